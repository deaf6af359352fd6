"""Working days in China, by the State Council's yearly arrangement as `chinesecalendar` has it.

Years the library does not know yet (or any more) are estimated: Monday to Friday less the holidays
that fall on a fixed date; every answer that leans on such a year is marked provisional.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache
from importlib.metadata import version
from typing import Final

import chinese_calendar

_FIXED_HOLIDAYS: Final = frozenset({(1, 1), (5, 1), (5, 2), (10, 1), (10, 2), (10, 3)})
"""Month and day of the holidays of the solar calendar (the State Council's holiday rules)."""

SOURCE: Final = f"chinesecalendar {version('chinesecalendar')}"
"""The data behind the answers: part of the rule-set revision."""


@dataclass(frozen=True, slots=True)
class Count:
    """A number of working days. provisional: it leans on a year without a published calendar."""

    days: int
    provisional: bool


@dataclass(frozen=True, slots=True)
class Window:
    """Calendar days from `first` to `last`, both inclusive."""

    first: date
    last: date
    provisional: bool

    def contains(self, day: date) -> bool:
        return self.first <= day <= self.last


@dataclass(frozen=True, slots=True)
class Deadline:
    """The last legal day of a limit in working days."""

    on: date
    provisional: bool


@cache
def published(year: int) -> bool:
    """Whether the year's arrangement is known."""
    try:
        chinese_calendar.is_workday(date(year, 1, 1))
    except NotImplementedError:
        return False
    return True


def is_working_day(day: date) -> bool:
    """Whether people work that day, make-up days included. Estimated in unpublished years."""
    if published(day.year):
        return bool(chinese_calendar.is_workday(day))
    return day.weekday() < 5 and (day.month, day.day) not in _FIXED_HOLIDAYS


def working_days(after: date, until: date) -> Count:
    """How many working days lie after one day, up to and including another; 0 when it is earlier.

    An application on day d is `working_days(d, expiry)` working days early.
    """
    span = range(after.toordinal() + 1, until.toordinal() + 1)
    days = sum(is_working_day(date.fromordinal(ordinal)) for ordinal in span)
    years = range(after.year, until.year + 1)
    return Count(days, bool(span) and not all(published(year) for year in years))


def early_window(expiry: date, *, most: int, least: int) -> Window:
    """The days on which an act is between `least` and `most` working days before an expiry day.

    Raises ValueError unless 0 <= least <= most.
    """
    if not 0 <= least <= most:
        raise ValueError(f"not a window: {least} to {most} working days")
    day, count = expiry, 0
    last = expiry if least == 0 else None
    while True:
        count += is_working_day(day)  # working days after (day - 1), up to the expiry day
        if count > most:
            break
        day -= timedelta(days=1)
        if last is None and count == least:
            last = day
    assert last is not None
    return Window(day, last, not all(published(year) for year in range(day.year, expiry.year + 1)))


def after_working_days(start: date, days: int) -> Deadline:
    """The day on which that many working days after `start` have been counted."""
    day, left = start, days
    while left > 0:
        day += timedelta(days=1)
        left -= is_working_day(day)
    return Deadline(day, not all(published(year) for year in range(start.year, day.year + 1)))
