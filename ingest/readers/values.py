"""Readings as text into whole hundredths, exactly: no binary rounding, no missing value as zero."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from decimal import ROUND_HALF_EVEN, Decimal
from typing import Final

import numpy as np

from ingest.readers import reasons
from ingest.readers.types import GAP, Hundredths, Unreadable

MISSING: Final = frozenset(
    {"", "-", "--", "---", "----", "--.-", "---.-", "-.-", "--.--", "/", "\\", "*"}
    | {"na", "n/a", "nan", "null", "none", "nil", "err", "error", "ol", "or", "ur"}
    | {"open", "fault", "sensor", "probe", "#n/a", "#value!"}
    | {"无", "空", "故障", "断线", "离线", "断开", "异常", "无数据", "未连接", "缺失"}
)
"""What loggers write where nothing was measured (lower case). Each of them is a gap."""

_NUMBER: Final = re.compile(
    r"^([+\-−]?)\s*(\d{1,6})(?:([.,])(\d{0,9}))?\s*"
    r"(°\s*[cf]|º\s*[cf]|℃|℉|deg\s*[cf]|∞\s*[cf]|[cfk]|摄氏度|%\s*rh|rh\s*%|%)?$"
)
_FAHRENHEIT: Final = re.compile(r"[f℉]$")


def unit_of(text: str) -> str | None:
    """`C` or `F` when a cell carries its unit: `13.1 °C`."""
    match = _NUMBER.match(text.strip().lower())
    written = match.group(5) if match else None
    if written is None or "%" in written:
        return None
    return "F" if _FAHRENHEIT.search(written) else "C"


def is_number(text: str) -> bool:
    """Whether a cell is a reading, with or without its unit."""
    return _NUMBER.match(text.strip().lower()) is not None


def hundredths(
    cells: Sequence[str | None], unit: str, row_of: Callable[[int], int]
) -> tuple[Hundredths, int]:
    """Hundredths of a degree Celsius (or per cent with unit `%`), and how many were impossible.

    unit: `C`, `F` or `%`. Half goes to even. A number that no sensor can mean (a fault code such
    as 999.9 or -300) becomes a gap and is counted. Equal texts are read once: a column repeats
    itself. Raises Unreadable (`read.value_unreadable`) for text that is neither a number nor a
    known mark of absence; `row_of` gives the row number of a cell for that message.
    """
    known: dict[str | None, int] = {None: GAP}
    impossible: set[str | None] = set()
    for text in set(cells):
        if text is None:
            continue
        value = _one(text, unit)
        if value is None:
            row = row_of(list(cells).index(text))
            raise Unreadable(reasons.VALUE_UNREADABLE, row=row, value=text[:40])
        if value != GAP and not _possible(value, unit):
            impossible.add(text)
            value = GAP
        known[text] = value
    count = sum(cell in impossible for cell in cells) if impossible else 0
    return np.fromiter((known[cell] for cell in cells), dtype=np.int16, count=len(cells)), count


def _one(text: str, unit: str) -> int | None:
    bare = text.strip().lower()
    if bare in MISSING:
        return GAP
    match = _NUMBER.match(bare)
    if match is None:
        return None
    sign, whole, _, decimals, written = match.groups()
    value = Decimal(f"{'-' if sign in ('-', '−') else ''}{whole}.{decimals or '0'}")
    fahrenheit = unit == "F"
    if unit != "%" and written is not None:
        fahrenheit = _FAHRENHEIT.search(written) is not None
    if fahrenheit:
        value = (value - 32) * 5 / 9
    return int((value * 100).to_integral_value(ROUND_HALF_EVEN))


def _possible(value: int, unit: str) -> bool:
    if unit == "%":
        return 0 <= value <= 11000
    return -27315 <= value <= 32767
