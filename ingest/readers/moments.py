"""A column of written times as wall-clock seconds, with the order of day and month decided.

The order is decided by the whole column: what is impossible in one row is impossible for all. If
several orders remain, the one in which time runs forward at a regular pace wins, then the one
that the file's name confirms. What is still ambiguous is refused, never guessed.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

import numpy as np

from ingest.readers import reasons
from ingest.readers.types import Seconds, Unreadable

_DATE: Final = (
    r"\d{1,4}\s*[-/.年]\s*(?:\d{1,2}|[A-Za-z]{3,9})\s*[-/.月]\s*\d{1,4}日?|(?:19|20)\d{6}"
)
_CLOCK: Final = (
    r"(?:上午|下午|[AaPp][Mm])?\s*\d{1,2}[:：时]\d{1,2}(?:[:：分]\d{1,2}秒?(?:[.,]\d+)?)?分?"
    r"(?:\s*[AaPp]\.?[Mm]\.?)?"
)
_ZONE: Final = r"\s*(?:Z|[+-]\d{2}:?\d{2})?"
_DATE_FIRST: Final = re.compile(rf"^({_DATE})(?:[\sT,]+({_CLOCK})({_ZONE}))?$")
_CLOCK_FIRST: Final = re.compile(rf"^({_CLOCK})(\s+)({_DATE})$")
_COMPACT: Final = re.compile(r"^((?:19|20)\d{6})[\sT_-]?(\d{2})(\d{2})(\d{2})?$")
_CLOCK_ONLY: Final = re.compile(rf"^{_CLOCK}$")
_PARTS: Final = re.compile(r"[-/.年月日\s]+")
_EPOCH: Final = re.compile(r"^\d{10}(?:\d{3})?$")
_EPOCH_FROM: Final = 946_684_800
_EPOCH_UNTIL: Final = 4_102_444_800
_MONTHS: Final = {
    name: number
    for number, name in enumerate(
        ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"),
        start=1,
    )
}
_NAME_DATE: Final = re.compile(r"(?<!\d)(20\d{2})[-_.]?(\d{2})[-_.]?(\d{2})(?!\d{5})")
_NAME_SHORT: Final = re.compile(r"(?<!\d)(\d{2})[._-](\d{2})[._-](\d{2})(?!\d)")
ORDERS: Final = ("ymd", "dmy", "mdy")


@dataclass(frozen=True, slots=True)
class Moments:
    """seconds: wall clock since 1970, or Unix time when `zone` says so. order: what was decided.
    zone: stated by the values themselves (`Z`, `+08:00`, or a count of Unix seconds)."""

    seconds: Seconds
    zone: str | None
    order: str


def is_moment(text: str) -> bool:
    """Whether a cell holds a date with or without a time of day, or Unix seconds."""
    return bool(
        _DATE_FIRST.match(text)
        or _CLOCK_FIRST.match(text)
        or _COMPACT.match(text)
        or is_epoch(text)
    )


def is_epoch(text: str) -> bool:
    """Ten digits of seconds, or thirteen of milliseconds, within this century."""
    return bool(_EPOCH.match(text)) and _EPOCH_FROM <= int(text[:10]) < _EPOCH_UNTIL


def is_clock(text: str) -> bool:
    """Whether a cell holds a time of day alone."""
    return bool(_CLOCK_ONLY.match(text))


def read_moments(
    texts: Sequence[str],
    row_of: Callable[[int], int],
    file_name: str = "",
    order: str | None = None,
) -> Moments:
    """Raises Unreadable: `read.date_unreadable`, `read.date_order_ambiguous`.

    order: what the source has been asked (`dmy`, `mdy`, `ymd`); it must still fit every row.
    """
    if texts and all(map(is_epoch, texts)):
        # ten digits of seconds; milliseconds are dropped, no logger here reads that often
        values = np.fromiter((int(text[:10]) for text in texts), dtype=np.int64, count=len(texts))
        return Moments(values, "UTC", "epoch")
    days, clocks, zones = _split(texts, row_of)
    clock_of = {clock: _clock_seconds(clock) for clock in set(clocks)}
    for index, clock in enumerate(clocks):
        if clock_of[clock] is None:
            _unreadable(row_of(index), texts[index])
    seconds = np.fromiter((clock_of[clock] or 0 for clock in clocks), dtype=np.int64)
    candidates = _candidates(days, seconds, order)
    if not candidates:
        index = _first_impossible(days, order)
        _unreadable(row_of(index), texts[index])
    chosen = _decide(candidates, file_name)
    if chosen is None:
        raise Unreadable(reasons.DATE_ORDER_AMBIGUOUS, example=texts[0][:40])
    return Moments(candidates[chosen], _one_zone(zones, texts, row_of), chosen)


def _split(
    texts: Sequence[str], row_of: Callable[[int], int]
) -> tuple[list[str], list[str], list[str]]:
    days, clocks, zones = [], [], []
    for index, text in enumerate(texts):
        if match := _DATE_FIRST.match(text):
            day, clock, zone = match.groups()
        elif match := _CLOCK_FIRST.match(text):
            clock, zone, day = match.groups()
        elif match := _COMPACT.match(text):
            day, zone = match.group(1), ""
            clock = ":".join(part for part in match.groups()[1:] if part)
        else:
            _unreadable(row_of(index), text)
        days.append(day)
        clocks.append(clock or "")
        zones.append((zone or "").strip())
    return days, clocks, zones


def _unreadable(row: int, text: str) -> None:
    raise Unreadable(reasons.DATE_UNREADABLE, row=row, value=text[:40])


def _one_zone(
    zones: Sequence[str], texts: Sequence[str], row_of: Callable[[int], int]
) -> str | None:
    """The zone of the column. A column in two zones is nothing that a logger writes."""
    different = set(zones)
    if len(different) > 1:
        index = next(i for i, zone in enumerate(zones) if zone != zones[0])
        _unreadable(row_of(index), texts[index])
    zone = different.pop() if different else ""
    if zone in ("Z", "z"):
        return "UTC"
    return f"{zone[:3]}:{zone[-2:]}" if zone else None


def _clock_seconds(text: str) -> int | None:
    """Seconds of the day; 0 for a date alone, None when there is no such time."""
    if not text:
        return 0
    lower = text.lower().replace(".m", "m")
    afternoon = "pm" in lower or "下午" in lower
    half = afternoon or "am" in lower or "上午" in lower
    numbers = [int(part) for part in re.findall(r"\d+", re.split(r"[.,]\d", lower)[0])]
    hour, minute, second = (*numbers, 0)[:3]
    if half:
        if not 1 <= hour <= 12 and not (hour == 0 and not afternoon):
            return None
        hour = hour % 12 + (12 if afternoon else 0)
    if hour == 24 and minute == second == 0:
        return 86400
    return hour * 3600 + minute * 60 + second if hour < 24 and max(minute, second) < 60 else None


def _day_number(text: str, order: str) -> int | None:
    """Days since 1970 under one order, None when there is no such day."""
    if text.isdigit():
        parts = [text[:4], text[4:6], text[6:]]
        order = "ymd"
    else:
        parts = [part for part in _PARTS.split(text) if part]
    if len(parts) != 3:
        return None
    named = dict(zip(order, parts, strict=True))
    year, month, day = named["y"], named["m"], named["d"]
    if len(year) == 3 or len(day) > 2 or len(month) > 9 or (len(year) == 1):
        return None
    number = _MONTHS.get(month[:3].lower(), 0) if month.isalpha() else int(month)
    if not day.isdigit() or not year.isdigit():
        return None
    try:
        moment = date(int(year) + (2000 if len(year) == 2 else 0), number, int(day))
    except ValueError:
        return None
    return moment.toordinal() - date(1970, 1, 1).toordinal()


def _candidates(days: Sequence[str], seconds: Seconds, order: str | None) -> dict[str, Seconds]:
    """Every order under which all days exist. Orders that mean the same are listed once."""
    found: dict[str, Seconds] = {}
    unique = set(days)
    for name in (order,) if order else ORDERS:
        numbers = {day: _day_number(day, name) for day in unique}
        if any(number is None for number in numbers.values()):
            continue
        column = np.fromiter((numbers[day] or 0 for day in days), dtype=np.int64, count=len(days))
        total = column * 86400 + seconds
        if not any(np.array_equal(total, other) for other in found.values()):
            found[name] = total
    return found


def _first_impossible(days: Sequence[str], order: str | None) -> int:
    orders = (order,) if order else ORDERS
    worst = max(
        orders, key=lambda name: sum(_day_number(day, name) is not None for day in set(days))
    )
    return next(i for i, day in enumerate(days) if _day_number(day, worst) is None)


def _decide(candidates: dict[str, Seconds], file_name: str) -> str | None:
    if len(candidates) == 1:
        return next(iter(candidates))
    pace = {name: _irregularity(seconds) for name, seconds in candidates.items()}
    best = min(pace.values())
    steady = [name for name, value in pace.items() if value == best]
    if len(steady) == 1:
        return steady[0]
    named = _dates_in(file_name)
    confirmed = [
        name
        for name in steady
        if {int(candidates[name][0]) // 86400, int(candidates[name][-1]) // 86400} & named
    ]
    return confirmed[0] if len(confirmed) == 1 else None


def _irregularity(seconds: Seconds) -> tuple[int, int]:
    """How often time runs backwards, and how many steps differ from the usual one or are longer
    than a day: what is read by hand is read daily, what reads by itself reads more often."""
    steps = np.diff(seconds)
    if len(steps) == 0:
        return (0, 0)
    values, counts = np.unique(steps, return_counts=True)
    usual = counts[values >= 0].max(initial=0)
    return int((steps < 0).sum()), int(len(steps) - usual + (steps > 86400).sum())


def _dates_in(file_name: str) -> set[int]:
    """Days since 1970 that a file name mentions."""
    found = [match.groups() for match in _NAME_DATE.finditer(file_name)]
    found += [(f"20{y}", m, d) for y, m, d in _NAME_SHORT.findall(file_name)]
    numbers = (_day_number("-".join(parts), "ymd") for parts in found)
    return {number for number in numbers if number is not None}
