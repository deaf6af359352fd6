"""Clock zones: understanding how a zone is written, and turning wall clocks into UTC."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta, timezone, tzinfo
from typing import Final
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import numpy as np

from ingest.readers import reasons
from ingest.readers.types import ReadOptions, Seconds, Unreadable

_OFFSET: Final = re.compile(
    r"(?:GMT|UTC|时区|Time\s*zone)\s*[:：=]?\s*(?:GMT|UTC)?\s*([+\-−])\s*(\d{1,2})(?:[:.]?(\d{2}))?",
    re.IGNORECASE,
)
_BARE_OFFSET: Final = re.compile(r"^([+\-−])(\d{1,2})(?::?(\d{2}))?$")
_PLAIN_UTC: Final = re.compile(r"\b(?:UTC|GMT)\b(?!\s*[+\-−]?\s*\d)", re.IGNORECASE)
_BEIJING: Final = re.compile(r"北京时间|\bChina Standard Time\b|\bCST\s*\(?\+?8", re.IGNORECASE)


def zone_in(text: str) -> str | None:
    """The zone that a heading states: `GMT-04:00` gives `-04:00`, 北京时间 gives `+08:00`."""
    if match := _OFFSET.search(text):
        return _written(match)
    if _BEIJING.search(text):
        return "+08:00"
    return "UTC" if _PLAIN_UTC.search(text) else None


def _written(match: re.Match[str]) -> str | None:
    sign, hours, minutes = match.groups()
    if int(hours) > 14 or int(minutes or 0) > 59:
        return None
    return f"{'+' if sign == '+' else '-'}{int(hours):02d}:{int(minutes or 0):02d}"


def zone_named(name: str) -> tzinfo:
    """The zone of a name or offset. Raises Unreadable (`read.zone_unknown`)."""
    if name.upper() in ("UTC", "GMT", "Z"):
        return UTC
    if match := _BARE_OFFSET.match(name):
        if (offset := _written(match)) is not None:
            minutes = int(offset[1:3]) * 60 + int(offset[4:6])
            return timezone(timedelta(minutes=minutes if offset[0] == "+" else -minutes))
    else:
        try:
            return ZoneInfo(name)
        except (ZoneInfoNotFoundError, ValueError, OSError):
            pass
    raise Unreadable(reasons.ZONE_UNKNOWN, zone=name[:60])


def settle(
    stated: str | None, serial: str | None, options: ReadOptions, file_name: str
) -> tuple[str | None, str | None]:
    """The zone and its origin: as the file states it, else as given for the logger or source.

    Raises Unreadable (`read.zone_missing`) when nobody says and wall clocks are not wanted.
    """
    if stated is not None:
        return stated, "file"
    given = options.logger_zones.get(serial or "") or options.zone
    if given is not None:
        zone_named(given)
        return given, "given"
    if options.wall_clock:
        return None, None
    raise Unreadable(reasons.ZONE_MISSING, logger=serial or file_name or "?")


def to_utc(wall: Seconds, zone: str | None) -> Seconds:
    """Wall-clock seconds as Unix time; unchanged when the zone is None.

    Where a clock was put back and an hour exists twice, the later meaning is taken as soon as the
    earlier one would make time run backwards in the file.
    """
    if zone is None or len(wall) == 0:
        return wall
    place = zone_named(zone)
    if isinstance(place, timezone):
        return wall - _offset(place, datetime(2000, 1, 1, tzinfo=place))
    days, back = np.unique(wall // 86400, return_inverse=True)
    at_start = np.array([_offset_at(place, int(day) * 96, 0) for day in days], dtype=np.int64)
    at_end = np.array([_offset_at(place, int(day) * 96 + 96, 0) for day in days], dtype=np.int64)
    if np.array_equal(at_start, at_end):
        return wall - at_start[back]
    quarters, back = np.unique(wall // 900, return_inverse=True)
    first = np.array([_offset_at(place, int(q), 0) for q in quarters], dtype=np.int64)
    second = np.array([_offset_at(place, int(q), 1) for q in quarters], dtype=np.int64)
    early, late = wall - first[back], wall - second[back]
    if np.array_equal(first, second):
        return early
    result = early.copy()
    for index in np.flatnonzero(early != late):
        if index and early[index] <= result[index - 1] < late[index]:
            result[index] = late[index]
    return result


def _offset_at(place: tzinfo, quarter: int, fold: int) -> int:
    naive = datetime(1970, 1, 1) + timedelta(seconds=quarter * 900)  # noqa: DTZ001 - a wall clock
    return _offset(place, naive.replace(tzinfo=place, fold=fold))


def _offset(place: tzinfo, moment: datetime) -> int:
    offset = place.utcoffset(moment)
    return 0 if offset is None else int(offset.total_seconds())
