"""Readings against a window and limits: gaps, coverage, excursions, mean kinetic temperature.

The window comes from the documents (departure, arrival, put-away, hand-over), never from the first
and last reading. A reading **holds** until the next one, at most for the interval that the leg
allows; the last holds until the window's end, at most the same; all is clipped to the window.
Coverage, excursion time and MKT all use this same holding.

Times are epoch seconds, temperatures centi-degrees Celsius. A missing mark in the file (`--.-`,
blank) is no reading: it is absent from the arrays, so that it widens the distance between its
neighbours and is never zero.

Mean kinetic temperature: T = (dH/R) / -ln(sum(w * exp(-dH/(R T_i))) / sum(w)), dH/R = 10,000 K,
0 °C = 273.15 K, w = the time each reading holds (USP <1079.2>).
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

import numpy as np
from numpy.typing import NDArray

Seconds = NDArray[np.int64]
Centi = NDArray[np.int16]

DELTA_H_OVER_R: Final = 10_000.0
"""Kelvin: 83.144 kJ/mol divided by the gas constant."""
ZERO_CELSIUS: Final = 273.15


class Side(StrEnum):
    LOW = "low"
    HIGH = "high"


class Position(StrEnum):
    START = "start"
    INNER = "inner"
    END = "end"
    WHOLE = "whole"


@dataclass(frozen=True, slots=True)
class Window:
    """A leg's time, from its documents. `end` is after `start`."""

    start: int
    end: int

    @property
    def seconds(self) -> int:
        return self.end - self.start


@dataclass(frozen=True, slots=True)
class Limits:
    """Allowed range (inclusive; None: no limit on that side) and longest interval in seconds."""

    low: int | None
    high: int | None
    interval: int


@dataclass(frozen=True, slots=True)
class Gap:
    """A stretch of the window that no reading covers."""

    start: int
    end: int
    position: Position


@dataclass(frozen=True, slots=True)
class Excursion:
    """A run of readings out of range on one side.

    seconds: time the readings hold, the least it can have been. seconds_at_most: with the gaps
    beside or inside it added; greater than `seconds` means of unknown duration.
    """

    start: int
    end: int
    side: Side
    peak: int
    readings: int
    seconds: int
    seconds_at_most: int

    @property
    def duration_known(self) -> bool:
        return self.seconds == self.seconds_at_most


@dataclass(frozen=True, slots=True)
class LegReading:
    """What the readings show of one leg. Temperatures None when no reading falls in the window."""

    readings: int
    covered: int
    lowest: int | None
    highest: int | None
    mkt: float | None
    longest_interval: int | None
    gaps: tuple[Gap, ...]
    excursions: tuple[Excursion, ...]
    seconds_low: int
    seconds_high: int
    longest_low: int
    longest_high: int


def read_leg(times: Seconds, values: Centi, window: Window, limits: Limits) -> LegReading:
    """Judge one leg. `times` strictly ascending; readings outside the window are ignored save
    the last one before it, which may still hold at its start.

    Raises ValueError if the times do not ascend, or the window is empty.
    """
    if window.end <= window.start:
        raise ValueError("a leg's window ends after it starts")
    if len(times) > 1 and not bool(np.all(times[1:] > times[:-1])):
        raise ValueError("readings must be in ascending order of time")
    first = int(np.searchsorted(times, window.start - limits.interval, side="right"))
    last = int(np.searchsorted(times, window.end, side="left"))
    t, v = times[first:last], values[first:last]
    if len(t):
        # Of the readings before the window only the last one can still hold at its start.
        inside = int(np.searchsorted(t, window.start, side="right"))
        t, v = t[max(inside - 1, 0) :], v[max(inside - 1, 0) :]
    if not len(t):
        whole = Gap(window.start, window.end, Position.WHOLE)
        return LegReading(0, 0, None, None, None, None, (whole,), (), 0, 0, 0, 0)

    following = np.append(t[1:], window.end)
    until = np.minimum(np.minimum(following, t + limits.interval), window.end)
    since = np.maximum(t, window.start)
    holds = np.maximum(until - since, 0)
    gaps = _gaps(t, since, until, window)
    excursions = _excursions(v, since, until, following, holds, window, limits)
    low = [one.seconds for one in excursions if one.side is Side.LOW]
    high = [one.seconds for one in excursions if one.side is Side.HIGH]
    return LegReading(
        readings=len(t),
        covered=int(holds.sum()),
        lowest=int(v.min()),
        highest=int(v.max()),
        mkt=mean_kinetic_temperature(v, holds),
        longest_interval=int(np.diff(t).max()) if len(t) > 1 else None,
        gaps=gaps,
        excursions=excursions,
        seconds_low=sum(low),
        seconds_high=sum(high),
        longest_low=max(low, default=0),
        longest_high=max(high, default=0),
    )


def mean_kinetic_temperature(values: Centi, weights: Seconds) -> float | None:
    """MKT in °C of centi-degree readings weighted by seconds; None when nothing is weighted."""
    total = float(weights.sum())
    if total <= 0:
        return None
    kelvin = values.astype(np.float64) / 100.0 + ZERO_CELSIUS
    mean = float(np.dot(weights, np.exp(-DELTA_H_OVER_R / kelvin))) / total
    return float(DELTA_H_OVER_R / -np.log(mean) - ZERO_CELSIUS)


def _gaps(t: Seconds, since: Seconds, until: Seconds, window: Window) -> tuple[Gap, ...]:
    found: list[Gap] = []
    if int(since[0]) > window.start:
        found.append(Gap(window.start, int(since[0]), Position.START))
    for index in np.flatnonzero(until[:-1] < t[1:]):
        start = max(int(until[index]), window.start)
        found.append(Gap(start, int(t[index + 1]), Position.INNER))
    if int(until[-1]) < window.end:
        found.append(Gap(max(int(until[-1]), window.start), window.end, Position.END))
    return tuple(found)


def _excursions(
    v: Centi,
    since: Seconds,
    until: Seconds,
    following: Seconds,
    holds: Seconds,
    window: Window,
    limits: Limits,
) -> tuple[Excursion, ...]:
    side = np.zeros(len(v), dtype=np.int8)
    if limits.low is not None:
        side[v < limits.low] = -1
    if limits.high is not None:
        side[v > limits.high] = 1
    if not side.any():
        return ()
    starts = np.concatenate(([0], np.flatnonzero(np.diff(side)) + 1))
    stops = np.append(starts[1:], len(v))
    seconds = np.add.reduceat(holds, starts).tolist()
    highest, lowest = np.maximum.reduceat(v, starts), np.minimum.reduceat(v, starts)
    found = []
    for run in np.flatnonzero(side[starts]).tolist():
        start, stop = int(starts[run]), int(stops[run])
        high = bool(side[start] > 0)
        begins = int(since[start])
        before = max(int(until[start - 1]), window.start) if start else window.start
        after = min(int(following[stop - 1]), window.end)
        found.append(
            Excursion(
                start=begins,
                end=int(until[stop - 1]),
                side=Side.HIGH if high else Side.LOW,
                peak=int(highest[run] if high else lowest[run]),
                readings=stop - start,
                seconds=seconds[run],
                seconds_at_most=max(after - min(before, begins), seconds[run]),
            )
        )
    return tuple(found)
