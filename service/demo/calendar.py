"""Working days and hours of the invented company. Fixed, so that no calendar's update moves it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from typing import Final

from base.clock import SHANGHAI

_CLOSED: Final = frozenset(
    [(10, day) for day in range(1, 8)] + [(1, day) for day in range(1, 4)]
    + [(5, day) for day in range(1, 6)] + [(2, day) for day in range(15, 24)]
)  # fmt: skip


def open_on(day: date) -> bool:
    """Whether the company works on this day: no weekend, none of its closed days."""
    return day.weekday() < 5 and (day.month, day.day) not in _CLOSED


def next_open(day: date, after: int = 0) -> date:
    """The first open day not before `day`, then `after` open days further."""
    while not open_on(day):
        day += timedelta(days=1)
    for _ in range(after):
        day += timedelta(days=1)
        while not open_on(day):
            day += timedelta(days=1)
    return day


def moment(day: date, hour: int, minute: int = 0) -> datetime:
    """A moment on a legal day, in Asia/Shanghai."""
    return datetime.combine(day, time(hour, minute), SHANGHAI)


def months(begin: date, end: date) -> Iterator[tuple[date, date]]:
    """First and last day of each calendar month from `begin` to `end`."""
    first = begin.replace(day=1)
    while first <= end:
        following = (first + timedelta(days=32)).replace(day=1)
        yield first, min(following - timedelta(days=1), end)
        first = following


def open_days(first: date, last: date) -> list[date]:
    """The open days of a stretch, both ends included."""
    days = ((first + timedelta(days=n)) for n in range((last - first).days + 1))
    return [day for day in days if open_on(day)]
