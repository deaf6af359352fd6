"""Time: the true clock, the legal calendar day, and the one textual form that entries use."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime
from typing import Final, Protocol
from zoneinfo import ZoneInfo

SHANGHAI: Final = ZoneInfo("Asia/Shanghai")
"""Legal dates are calendar days of this zone, end inclusive."""


_RFC3339: Final = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z", re.ASCII)


class Clock(Protocol):
    """Where the time comes from. Never a form, never a file."""

    def now(self) -> datetime:
        """The present moment, aware, in UTC."""
        ...


class SystemClock:
    """The server's own clock."""

    def now(self) -> datetime:
        return datetime.now(UTC)


class FixedClock:
    """A clock that stands where it is put: for tests, replay and reproducible demonstrations."""

    def __init__(self, at: datetime) -> None:
        self.at = at

    def now(self) -> datetime:
        return self.at


def rfc3339(moment: datetime) -> str:
    """RFC 3339 in UTC with exactly six fraction digits. Raises ValueError on a naive datetime."""
    if moment.tzinfo is None:
        raise ValueError("a moment needs a time zone")
    utc = moment.astimezone(UTC)
    return f"{utc:%Y-%m-%dT%H:%M:%S}.{utc.microsecond:06d}Z"


def parse_rfc3339(text: str) -> datetime:
    """The inverse of `rfc3339`. Raises ValueError on any other form."""
    if not _RFC3339.fullmatch(text):
        raise ValueError(f"not a moment in UTC with six fraction digits: {text!r}")
    return datetime.fromisoformat(text)


def legal_day(moment: datetime) -> date:
    """The calendar day in China on which a moment falls."""
    return moment.astimezone(SHANGHAI).date()
