"""Temperatures under way and in store: plausible curves, quiet ones and ones that go wrong."""

from __future__ import annotations

import math
import random
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from typing import Final

from service.demo.calendar import moment
from service.demo.model import Reading

BANDS: Final = {"cold": (200, 800), "frozen": (-2500, -1500), "ambient": (0, 3000)}
"""Limits of a zone, hundredths of a degree Celsius."""
_CENTRE: Final = {"cold": 480, "frozen": -2000, "ambient": 2000}
_SWING: Final = {"cold": 60, "frozen": 120, "ambient": 350}


def quiet(
    rng: random.Random, zone: str, begin: datetime, end: datetime, minutes: int
) -> tuple[Reading, ...]:
    """Readings every `minutes` from begin to end, well inside the zone's band."""
    return tuple(_curve(rng, zone, begin, end, minutes))


def _curve(
    rng: random.Random, zone: str, begin: datetime, end: datetime, minutes: int
) -> Iterator[Reading]:
    centre, swing = _CENTRE[zone], _SWING[zone]
    phase = rng.uniform(0, 2 * math.pi)
    at, step, drift = begin, 0, 0.0
    while at <= end:
        drift = 0.9 * drift + rng.uniform(-0.12, 0.12) * swing
        wave = math.sin(phase + step * minutes / 47)
        season = 0.0
        if zone == "ambient":
            season = -450 * math.cos(2 * math.pi * (at.timetuple().tm_yday - 15) / 365)
        yield Reading(at, round((centre + 0.6 * swing * wave + drift + season) / 10) * 10)
        step += 1
        at = begin + timedelta(minutes=step * minutes)


def warmed(
    readings: tuple[Reading, ...], begin: datetime, end: datetime, peak: int
) -> tuple[Reading, ...]:
    """The same readings with a rise to `peak` (hundredths of a degree) between two moments."""
    span = (end - begin).total_seconds()
    changed = []
    for reading in readings:
        value = reading.value
        if value is not None and begin <= reading.at <= end:
            share = math.sin(math.pi * (reading.at - begin).total_seconds() / span)
            value = round((value + (peak - value) * share) / 10) * 10
        changed.append(Reading(reading.at, value))
    return tuple(changed)


def without(readings: tuple[Reading, ...], begin: datetime, end: datetime) -> tuple[Reading, ...]:
    """The same readings without those between two moments: the logger was off."""
    return tuple(r for r in readings if not begin < r.at < end)


def storage(
    rng: random.Random, zone: str, first: date, last: date, minutes: int = 30
) -> tuple[Reading, ...]:
    """A store's own recorder from the first minute of `first` to the last of `last`."""
    return quiet(rng, zone, moment(first, 0), moment(last, 23, 59), minutes)
