"""What loggers say of one window: series judged reading by reading, daily aggregates day by day.

Several loggers may ride along. The window is covered where any of them reads; an excursion on one
of them is an excursion, whatever the others show.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any, Final

import numpy as np

from audit.records.cold_chain import LogForm, TemperatureLog
from audit.records.readings import Times, Values, measured, unpack_all, verify
from base.clock import SHANGHAI
from base.errors import IntegrityBroken, message
from checks.cold_chain.goods import ColdRange, centi
from checks.cold_chain.kernel import Excursion, Gap, LegReading, Limits, Position, Window, read_leg
from checks.evidence import Evidence, Exhibit

CHUNK_CHANGED = message(
    "cold_chain.chunk_changed",
    zh="条目 {seq} 的温度读数分块与其摘要 {sha256} 不符",
    en="a chunk of readings of entry {seq} is not what its digest {sha256} names",
)

OWN_INTERVAL_SLACK: Final = 1.5
"""A reading later than this many of the logger's own intervals is missing, not merely rare."""


_KEPT: Final = 128
_UNPACKED: Final[dict[tuple[str, ...], tuple[Times, Values]]] = {}
"""Series by the digests of their chunks, oldest first: a store's log is read for every lot in it.
Digests name content, so what is kept here can never be another series."""


@dataclass(frozen=True, slots=True)
class Series:
    """One temperature log's readings, blanks left out."""

    exhibit: Exhibit[TemperatureLog]
    times: Times
    values: Values

    @property
    def interval(self) -> int | None:
        """Seconds between readings: as the logger states it, else the middle one observed."""
        if self.exhibit.record.interval_seconds:
            return self.exhibit.record.interval_seconds
        return int(np.median(np.diff(self.times))) if len(self.times) > 1 else None


@dataclass(frozen=True, slots=True)
class DailyOut:
    """A day of a daily log that was out of range; `whole`: wholly inside the window."""

    on: date
    low: int | None
    high: int | None
    whole: bool
    seq: int


@dataclass(frozen=True, slots=True)
class Shown:
    """Everything the logs show of one window.

    gaps: where no logger reads. interval: the longest own interval among the series, in seconds.
    daily_out, daily_silent: days out of range, or without sensor, by daily logs. only_daily: no
    series reads in the window, so nothing proves intervals.
    """

    reading: LegReading | None
    gaps: tuple[Gap, ...]
    excursions: tuple[Excursion, ...]
    interval: int | None
    excursion_interval: int | None
    daily_out: tuple[DailyOut, ...]
    daily_silent: tuple[tuple[date, bool], ...]
    only_daily: bool
    entries: tuple[int, ...]

    @property
    def silent(self) -> bool:
        """No log says anything about the window."""
        return not self.entries


def moment(seconds: int) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)


def local(seconds: int) -> str:
    """A moment for a reader in China: `2026-03-01 08:05`."""
    return f"{datetime.fromtimestamp(seconds, SHANGHAI):%Y-%m-%d %H:%M}"


def series_of(evidence: Evidence, logs: Iterable[Exhibit[TemperatureLog]]) -> list[Series]:
    """Unpack the series among the logs. Raises IntegrityBroken on a chunk that was changed."""
    return [
        Series(exhibit, *_unpacked(exhibit, evidence.readings))
        for exhibit in logs
        if exhibit.record.form is LogForm.SERIES
    ]


def _unpacked(
    exhibit: Exhibit[TemperatureLog], readings: Mapping[int, tuple[Any, ...]]
) -> tuple[Times, Values]:
    digests = exhibit.record.chunks
    if (known := _UNPACKED.get(digests)) is not None:
        return known
    chunks: tuple[bytes, ...] = readings.get(exhibit.seq, ())
    pairs = list(zip(digests, chunks, strict=True))
    if (changed := verify(pairs)) is not None:
        raise IntegrityBroken(CHUNK_CHANGED, seq=exhibit.seq, sha256=changed)
    while len(_UNPACKED) >= _KEPT:
        _UNPACKED.pop(next(iter(_UNPACKED)))
    return _UNPACKED.setdefault(digests, measured(*unpack_all(chunks)))


def show(
    evidence: Evidence,
    logs: Sequence[Exhibit[TemperatureLog]],
    window: Window,
    limits: ColdRange,
    interval: int,
) -> Shown:
    """Read all logs in one window. `interval`: the longest permitted distance, in seconds."""
    kernel = Limits(limits.low, limits.high, interval)
    touching = [
        one
        for one in series_of(evidence, logs)
        if len(one.times) and one.times[-1] > window.start - interval and one.times[0] < window.end
    ]
    excursions: list[Excursion] = []
    quick: int | None = None
    for one in touching:
        read = read_leg(one.times, one.values, window, kernel)
        excursions.extend(read.excursions)
        if read.excursions and one.interval is not None:
            quick = max(quick or 0, one.interval)
    own = [one.interval for one in touching if one.interval is not None]
    daily = [log for log in logs if log.record.form is LogForm.DAILY and _touches(log, window)]
    out, silent = _daily(daily, window, limits)
    reading = _together(touching, window, kernel) if touching else None
    gaps = _true_gaps(reading, max(own, default=0), interval) if reading else ()
    if daily:
        gaps = tuple(gap for gap in gaps if not _daily_covers(daily, gap))
    return Shown(
        reading=reading,
        gaps=gaps if touching else _daily_gaps(daily, window),
        excursions=tuple(sorted(excursions, key=lambda one: (one.start, one.end))),
        interval=max(own, default=None),
        excursion_interval=quick,
        daily_out=out,
        daily_silent=silent,
        only_daily=bool(daily) and not touching,
        entries=tuple(sorted({one.exhibit.seq for one in touching} | {log.seq for log in daily})),
    )


def _together(touching: Sequence[Series], window: Window, kernel: Limits) -> LegReading:
    """All loggers as one, for coverage and MKT; at the same second the warmer reading counts."""
    if len(touching) == 1:
        return read_leg(touching[0].times, touching[0].values, window, kernel)
    times = np.concatenate([one.times for one in touching])
    values = np.concatenate([one.values for one in touching])
    order = np.lexsort((-values.astype(np.int32), times))
    times, values = times[order], values[order]
    first = np.append(True, times[1:] != times[:-1])
    return read_leg(times[first], values[first], window, kernel)


def _true_gaps(reading: LegReading, own: int, interval: int) -> tuple[Gap, ...]:
    """Leave out what is only a coarse setting of the logger: that is judged by the interval."""

    def missing(gap: Gap) -> bool:
        silence = gap.end - gap.start + (0 if gap.position is Position.START else interval)
        return silence > max(interval, own * OWN_INTERVAL_SLACK)

    return tuple(gap for gap in reading.gaps if gap.position is Position.WHOLE or missing(gap))


def _day(on: date) -> Window:
    start = datetime(on.year, on.month, on.day, tzinfo=SHANGHAI)
    return Window(int(start.timestamp()), int((start + timedelta(days=1)).timestamp()))


def _touches(log: Exhibit[TemperatureLog], window: Window) -> bool:
    return any(_overlaps(_day(day.on), window) for day in log.record.daily)


def _overlaps(a: Window, b: Window) -> bool:
    return a.start < b.end and b.start < a.end


def _daily(
    logs: Iterable[Exhibit[TemperatureLog]], window: Window, limits: ColdRange
) -> tuple[tuple[DailyOut, ...], tuple[tuple[date, bool], ...]]:
    out: list[DailyOut] = []
    silent: list[tuple[date, bool]] = []
    for log in logs:
        for day in log.record.daily:
            span = _day(day.on)
            if not _overlaps(span, window):
                continue
            whole = window.start <= span.start and span.end <= window.end
            low = None if day.min is None else centi(day.min)
            high = None if day.max is None else centi(day.max)
            cold = low is not None and limits.low is not None and low < limits.low
            warm = high is not None and limits.high is not None and high > limits.high
            if cold or warm:
                out.append(DailyOut(day.on, low, high, whole, log.seq))
            if day.sensor_timeout_minutes or (low is None and high is None):
                silent.append((day.on, whole))
    return tuple(out), tuple(silent)


def _daily_covers(logs: Iterable[Exhibit[TemperatureLog]], gap: Gap) -> bool:
    days = {day.on for log in logs for day in log.record.daily}
    return _days_between(gap.start, gap.end) <= days


def _daily_gaps(logs: Sequence[Exhibit[TemperatureLog]], window: Window) -> tuple[Gap, ...]:
    if not logs:
        return ()
    days = {day.on for log in logs for day in log.record.daily}
    missing = sorted(_days_between(window.start, window.end) - days)
    return tuple(
        Gap(max(_day(on).start, window.start), min(_day(on).end, window.end), Position.INNER)
        for on in missing
    )


def _days_between(start: int, end: int) -> set[date]:
    first = datetime.fromtimestamp(start, SHANGHAI).date()
    last = datetime.fromtimestamp(end - 1, SHANGHAI).date()
    return {first + timedelta(days=n) for n in range((last - first).days + 1)}
