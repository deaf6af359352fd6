"""Text as people and programs write it, to values: dates, numbers, yes and no, codes.

Full-width characters, Chinese and Excel forms of dates, thousands separators and units beside the
number are understood. What is not understood raises; nothing is guessed and nothing rounded.
"""

from __future__ import annotations

import re
import unicodedata
from datetime import UTC, date, datetime, time, timedelta, timezone, tzinfo
from decimal import Decimal, InvalidOperation
from enum import StrEnum
from functools import lru_cache
from typing import Final

from base.clock import SHANGHAI


class Form(StrEnum):
    """What a value can be, as it is called in templates and in refusals."""

    TEXT = "text"
    DATE = "date"
    MONTH = "date or month"
    EXPIRY = "date, month, none or unknown"
    MOMENT = "date and time"
    TIME = "time of day"
    NUMBER = "number"
    WHOLE = "whole number"
    YES_NO = "yes or no"
    CODE = "code of the list"
    LIST = "list"
    JSON = "JSON"


class NotUnderstood(ValueError):
    """The text is not a value of the form asked for."""


class NoSuchDay(NotUnderstood):
    """The text has the shape of a date, and the calendar has no such day."""


_EXCEL_EPOCH: Final = date(1899, 12, 30)
_SERIAL: Final = re.compile(r"(\d{5})(?:\.(\d+))?")
_DAY: Final = re.compile(r"(\d{4})\s*[-/.年]\s*(\d{1,2})\s*[-/.月]\s*(\d{1,2})\s*[日号]?")
_MONTH: Final = re.compile(r"(\d{4})\s*[-/.年]\s*(\d{1,2})\s*月?")
_COMPACT: Final = re.compile(r"(\d{4})(\d{2})(\d{2})")
_CLOCK: Final = re.compile(
    r"(\d{1,2})[:时点](\d{1,2})(?:[:分](\d{1,2})(?:\.(\d{1,6}))?秒?|分)?\s*"
    r"(Z|[+-]\d{2}:?\d{2})?",
    re.IGNORECASE,
)
_CHINESE_DIGITS: Final = str.maketrans("〇○零一二三四五六七八九", "000123456789")
_CHINESE_DATE: Final = re.compile(
    r"([〇○零一二三四五六七八九]{4})年([一二三四五六七八九十]{1,3})月(?:([一二三四五六七八九十]{1,3})[日号])?"
)
_GROUPED: Final = re.compile(r"[+-]?\d{1,3}(?:,\d{3})+(?:\.\d+)?")
_NUMBER: Final = re.compile(r"[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d{1,3})?")
_MONEY: Final = re.compile(r"^(?:CNY|RMB|¥|\$|€)\s*|\s*(?:元|圆|整)+$", re.IGNORECASE)
_YES: Final = frozenset({"是", "有", "y", "yes", "true", "t", "1", "√", "✓", "对"})
_NO: Final = frozenset({"否", "无", "n", "no", "false", "f", "0", "×", "✗", "x", "非"})


def plain(text: str) -> str:
    """Half-width, compatibility forms resolved, outer blanks gone."""
    return unicodedata.normalize("NFKC", text).strip()


@lru_cache(maxsize=4096)
def read_date(text: str) -> date:
    """`2024-03-05`, `2024/3/5`, `2024年3月5日`, `20240305`, `二〇二四年三月五日`, an Excel serial.

    A time of midnight beside the day is dropped. Raises NoSuchDay, NotUnderstood.
    """
    value = plain(text)
    day, rest = _day(value)
    if rest and not re.fullmatch(r"[T\s]*0{1,2}:00(:00(\.0+)?)?", rest):
        raise NotUnderstood(text)
    return day


@lru_cache(maxsize=4096)
def read_month(text: str) -> tuple[int, int] | None:
    """Year and month when the text states no day (`2024-03`, `2024年3月`, `202403`), else None."""
    value = plain(text)
    chinese = _CHINESE_DATE.fullmatch(value)
    if chinese and chinese[3] is None:
        return int(chinese[1].translate(_CHINESE_DIGITS)), _chinese_number(chinese[2])
    found = _MONTH.fullmatch(value) or re.fullmatch(r"((?:19|20)\d{2})(0[1-9]|1[0-2])", value)
    if not found:
        return None
    year, month = int(found[1]), int(found[2])
    if not 1 <= month <= 12 or year < 1900:
        raise NoSuchDay(text)
    return year, month


def read_moment(text: str) -> datetime:
    """A day with a time. Without a zone it is Beijing time, the legal time of these papers.

    Raises NoSuchDay, NotUnderstood; a day without a time is not understood.
    """
    value = plain(text)
    serial = _SERIAL.fullmatch(value)
    if serial and serial[2]:
        seconds = round(Decimal(f"0.{serial[2]}") * 86_400)
        start = datetime.combine(_serial_day(serial[1], text), time(), SHANGHAI)
        return start + timedelta(seconds=int(seconds))
    day, rest = _day(value)
    clock = _CLOCK.fullmatch(rest.lstrip("Tt ").strip())
    if not clock:
        raise NotUnderstood(text)
    try:
        at = time(
            int(clock[1]),
            int(clock[2]),
            int(clock[3] or 0),
            int((clock[4] or "0").ljust(6, "0")),
        )
    except ValueError as error:
        raise NoSuchDay(text) from error
    return datetime.combine(day, at, _zone(clock[5]))


def read_time(text: str) -> time:
    """A time of day, `8:30` or `08:30:15`."""
    clock = _CLOCK.fullmatch(plain(text))
    if not clock or clock[5]:
        raise NotUnderstood(text)
    try:
        return time(int(clock[1]), int(clock[2]), int(clock[3] or 0))
    except ValueError as error:
        raise NotUnderstood(text) from error


def read_number(text: str, unit: str | None = None) -> Decimal:
    """A decimal number; currency marks, thousands separators and the field's own unit may stand by.

    `13%` is 0.13. Raises NotUnderstood, also for NaN and infinity.
    """
    try:
        number = Decimal(text)
    except InvalidOperation:
        number = _written_number(text, unit)
    if not number.is_finite():
        raise NotUnderstood(text)
    return number


def _written_number(text: str, unit: str | None) -> Decimal:
    value = plain(text)
    if unit:
        value = value.removesuffix(plain(unit)).strip()
    value = _MONEY.sub("", _MONEY.sub("", value)).replace("−", "-")
    share = value.endswith("%")
    value = value.removesuffix("%").strip()
    if _GROUPED.fullmatch(value):
        value = value.replace(",", "")
    if not _NUMBER.fullmatch(value):
        raise NotUnderstood(text)
    return Decimal(value) / 100 if share else Decimal(value)


def read_whole(text: str, unit: str | None = None) -> int:
    """A whole number; `12.0` is 12, `12.5` is not understood."""
    number = read_number(text, unit)
    if number != number.to_integral_value():
        raise NotUnderstood(text)
    return int(number)


def read_yes_no(text: str) -> bool:
    """是/否, 有/无, yes/no, true/false, 1/0, √/×."""
    value = plain(text).lower()
    if value in _YES:
        return True
    if value in _NO:
        return False
    raise NotUnderstood(text)


def read_list(text: str) -> list[str]:
    """Items parted by `；`, `;` or a line break; a backslash keeps the next character."""
    items: list[str] = []
    item: list[str] = []
    escaped = False
    for char in text:
        if escaped:
            item.append(char)
            escaped = False
        elif char == "\\":
            escaped = True
        elif char in "；;\n":
            items.append("".join(item))
            item = []
        else:
            item.append(char)
    items.append("".join(item) + ("\\" if escaped else ""))
    return [kept for kept in (entry.strip() for entry in items) if kept]


def write_list(items: list[str]) -> str:
    """The inverse of `read_list`."""
    return "；".join(re.sub(r"([\\；;\n])", r"\\\1", item) for item in items)


def _day(value: str) -> tuple[date, str]:
    """The day at the beginning, and what follows it."""
    found = _DAY.match(value) or _COMPACT.match(value)
    if found:
        year, month, day = (int(part) for part in found.groups())
        try:
            if year < 1900:
                raise NoSuchDay(value)
            return date(year, month, day), value[found.end() :]
        except NoSuchDay:
            raise
        except ValueError as error:
            raise NoSuchDay(value) from error
    chinese = _CHINESE_DATE.match(value)
    if chinese and chinese[3]:
        try:
            parts = (
                int(chinese[1].translate(_CHINESE_DIGITS)),
                _chinese_number(chinese[2]),
                _chinese_number(chinese[3]),
            )
            return date(*parts), value[chinese.end() :]
        except ValueError as error:
            raise NoSuchDay(value) from error
    serial = _SERIAL.fullmatch(value)
    if serial and not (serial[2] or "").strip("0"):
        return _serial_day(serial[1], value), ""
    raise NotUnderstood(value)


def _serial_day(number: str, written: str) -> date:
    days = int(number)
    if not 10_000 <= days <= 73_050:  # 1927 to the end of 2099
        raise NotUnderstood(written)
    return _EXCEL_EPOCH + timedelta(days=days)


def _chinese_number(text: str) -> int:
    tens, ten, ones = text.rpartition("十")
    if not ten:
        return int(text.translate(_CHINESE_DIGITS))
    return (int(tens.translate(_CHINESE_DIGITS)) if tens else 1) * 10 + (
        int(ones.translate(_CHINESE_DIGITS)) if ones else 0
    )


def _zone(written: str | None) -> tzinfo:
    if not written:
        return SHANGHAI
    if written in "Zz":
        return UTC
    sign = -1 if written[0] == "-" else 1
    hours, minutes = int(written[1:3]), int(written[-2:])
    return timezone(sign * timedelta(hours=hours, minutes=minutes))
