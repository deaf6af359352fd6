"""Days known exactly, days known only to the month, and intervals of days. Both ends inclusive."""

from __future__ import annotations

import re
from calendar import monthrange
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Any, Final

from pydantic import GetCoreSchemaHandler, model_validator
from pydantic_core import core_schema

from audit.records.model import Part, term
from audit.records.text import normalise

_FORMS: Final = (
    re.compile(r"^(\d{4})[-/.](\d{1,2})(?:[-/.](\d{1,2}))?$"),
    re.compile(r"^(\d{4})年(\d{1,2})月(?:(\d{1,2})(?:日|号))?$"),
    re.compile(r"^(\d{4})(\d{2})(\d{2})?$"),
)


@dataclass(frozen=True, slots=True)
class DayOrMonth:
    """A legal day, or a whole month when the source gives no day (label, UDI with day 00).

    Written `2027-05-31` or `2027-05`. Raises ValueError for an impossible date.
    """

    year: int
    month: int
    day: int | None = None

    def __post_init__(self) -> None:
        date(self.year, self.month, 1 if self.day is None else self.day)

    @classmethod
    def of(cls, day: date) -> DayOrMonth:
        return cls(day.year, day.month, day.day)

    @classmethod
    def parse(cls, text: str) -> DayOrMonth:
        """Year-first forms: 2027-05-31, 2027/5, 2027.05.31, 20270531, 202705, 2027年5月31日.

        Day 00 means the month. Raises ValueError for anything else: day-first forms are
        ambiguous and are decided by the reader that sees the whole column.
        """
        plain = normalise(text)
        for form in _FORMS:
            if found := form.match(plain):
                year, month, day = found.groups()
                return cls(int(year), int(month), int(day) or None if day else None)
        raise ValueError(f"neither a day nor a month: {text!r}")

    @classmethod
    def from_yymmdd(cls, text: str, *, near: int) -> DayOrMonth:
        """A GS1 date (six digits; day 00 is the month). near: the year of reading, which decides
        the century: at most 50 years ahead and 49 back (GS1 General Specifications 7.12)."""
        if not re.fullmatch(r"[0-9]{6}", text):
            raise ValueError(f"not a GS1 date: {text!r}")
        year = near - near % 100 + int(text[:2])
        if year - near >= 51:
            year -= 100
        elif near - year >= 50:
            year += 100
        return cls(year, int(text[2:4]), int(text[4:]) or None)

    @property
    def first(self) -> date:
        return date(self.year, self.month, self.day or 1)

    @property
    def last(self) -> date:
        return date(self.year, self.month, self.day or monthrange(self.year, self.month)[1])

    @property
    def is_day(self) -> bool:
        return self.day is not None

    def __str__(self) -> str:
        month = f"{self.year:04d}-{self.month:02d}"
        return month if self.day is None else f"{month}-{self.day:02d}"

    @classmethod
    def __get_pydantic_core_schema__(
        cls, source: Any, handler: GetCoreSchemaHandler
    ) -> core_schema.CoreSchema:
        return core_schema.no_info_plain_validator_function(
            cls._accept, serialization=core_schema.to_string_ser_schema()
        )

    @classmethod
    def __get_pydantic_json_schema__(cls, source: Any, handler: Any) -> dict[str, Any]:
        return {"type": "string", "pattern": r"^\d{4}-\d{2}(-\d{2})?$"}

    @classmethod
    def _accept(cls, value: object) -> DayOrMonth:
        if isinstance(value, DayOrMonth):
            return value
        if isinstance(value, str):
            return cls.parse(value)
        if type(value) is date:
            return cls.of(value)
        raise ValueError("a day or a month is needed")


class Interval(Part):
    """Days from `first` to `last`, both inclusive; None leaves that side open."""

    first: date | None = term("最早", "Earliest day", default=None)
    last: date | None = term("最晚", "Latest day", default=None)

    @model_validator(mode="after")
    def _in_order(self) -> Interval:
        if self.first and self.last and self.first > self.last:
            raise ValueError("an interval ends before it begins")
        return self

    def contains(self, day: date) -> bool:
        return (self.first is None or self.first <= day) and (self.last is None or day <= self.last)

    def covers(self, other: Interval) -> bool:
        """Every day of `other` is in this interval."""
        low = self.first is None or (other.first is not None and self.first <= other.first)
        high = self.last is None or (other.last is not None and other.last <= self.last)
        return low and high

    def touches(self, other: Interval) -> bool:
        """At least one day is in both."""
        before = self.last and other.first and self.last < other.first
        after = self.first and other.last and self.first > other.last
        return not before and not after


class ExpiryState(StrEnum):
    STATED = "stated"
    NONE = "none"  # the label says there is none: keep 5 years
    UNKNOWN = "unknown"  # nobody has said yet: keep until known


class Expiry(Part):
    """Use-by or expiry date: stated, none stated by the label, or unknown. Three different things.

    Accepts a date, `2027-05`, `none` or `unknown` in place of the mapping.
    """

    state: ExpiryState = term("状态", "State", default=ExpiryState.UNKNOWN)
    on: DayOrMonth | None = term("失效日期", "Expiry date", default=None, matters=True)

    @model_validator(mode="before")
    @classmethod
    def _short_forms(cls, value: Any) -> Any:
        if value in (ExpiryState.NONE, ExpiryState.UNKNOWN):
            return {"state": value}
        if isinstance(value, str | date | DayOrMonth):
            return {"state": ExpiryState.STATED, "on": value}
        return value

    @model_validator(mode="after")
    def _agrees(self) -> Expiry:
        if (self.state is ExpiryState.STATED) != (self.on is not None):
            raise ValueError("an expiry date belongs to a stated expiry, and only to one")
        return self

    @property
    def last_day(self) -> date | None:
        """Last day of use; a month counts to its end."""
        return self.on.last if self.on else None


class CountedFrom(StrEnum):
    PRODUCTION = "production"
    STERILISATION = "sterilisation"
    UNKNOWN = "unknown"


class Duration(Part):
    """A shelf life or service life, in months and/or days, and where the count begins."""

    months: int = term("月数", "Months", unit="months", default=0)
    days: int = term("天数", "Days", unit="days", default=0)
    counted_from: CountedFrom = term("起算", "Counted from", default=CountedFrom.UNKNOWN)

    @model_validator(mode="after")
    def _positive(self) -> Duration:
        if self.months < 0 or self.days < 0 or not self.months + self.days:
            raise ValueError("a life lasts at least one day")
        return self


def add_months(day: date, months: int) -> date:
    """The same day some months later (earlier when negative), clamped to the month's end."""
    index = day.year * 12 + day.month - 1 + months
    year, month = divmod(index, 12)
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))
