"""What the columns of a logger's table are, by their headings and by what stands in them."""

from __future__ import annotations

import re
import tomllib
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from importlib import resources
from itertools import pairwise

from ingest.readers.moments import is_clock, is_epoch, is_moment
from ingest.readers.tables import HEADER_WITHIN, Grid, Row
from ingest.readers.values import MISSING, is_number

ENOUGH_ROWS = 20
"""From so many rows on, a column that never changes is the name of something, not a measurement."""

CLOSING_ROWS = 20
"""Remarks below the readings are at most so many rows."""


class ColumnKind(StrEnum):
    """Kinds that the profile names, and those that the content shows."""

    EVENT = "event"
    LIMIT = "limit"
    DEW = "dew"
    HUMIDITY = "humidity"
    TEMPERATURE = "temperature"
    OTHER = "other"
    SENSOR = "sensor"
    DATE = "date"
    TIME = "time"
    INDEX = "index"
    BLANK = "blank"
    CONSTANT = "constant"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Vendor:
    """A maker by its marks; see profiles.toml."""

    name: str
    mark: str
    serial: str | None = None
    serial_row: str | None = None


@dataclass(frozen=True, slots=True)
class Profile:
    kinds: tuple[tuple[ColumnKind, re.Pattern[str]], ...]
    vendors: tuple[Vendor, ...]


@cache
def profile() -> Profile:
    """The profile that comes with the product."""
    text = resources.files("ingest.readers").joinpath("profiles.toml").read_text("utf-8")
    data = tomllib.loads(text)
    kinds = tuple((ColumnKind(name), re.compile(rule)) for name, rule in data["columns"].items())
    return Profile(kinds, tuple(Vendor(**row) for row in data["vendors"]))


def plain(text: str) -> str:
    """Lower case, half width, dots and underscores as spaces: how headings are compared."""
    if not text.isascii():
        text = text.replace("℃", "°c").replace("℉", "°f")
        text = unicodedata.normalize("NFKC", text)
    return re.sub(r"[._\s]+", " ", text).strip().lower()


def kind_of_heading(text: str) -> ColumnKind | None:
    """None when the heading says nothing, or names both temperature and humidity."""
    words = plain(text)
    for kind, rule in profile().kinds:
        if rule.search(words):
            if kind is ColumnKind.HUMIDITY and _names_temperature(words):
                return None
            return kind
    return None


def _names_temperature(words: str) -> bool:
    return bool(dict(profile().kinds)[ColumnKind.TEMPERATURE].search(words))


@dataclass(frozen=True, slots=True)
class Start:
    """Where readings begin. row: index into the grid. moment: the column of the time. clock: the
    column of the time of day, when it stands apart from the date."""

    row: int
    moment: int
    clock: int | None


def find_start(grid: Grid) -> Start | None:
    """The first row with a time in a column that goes on giving times."""
    for index, row in enumerate(grid.rows[:HEADER_WITHIN]):
        for column, cell in enumerate(row):
            if cell and is_moment(cell) and _goes_on(grid.rows[index : index + 50], column):
                return Start(index, *_with_clock(row, column))
    return None


def _goes_on(rows: Sequence[Row], column: int) -> bool:
    """Whether the column gives times from here on, save for some closing remarks."""
    times = sum(column < len(row) and is_moment(row[column] or "") for row in rows)
    return times * 2 > len(rows)


def closing_rows(grid: Grid, start: Start) -> int:
    """How many rows at the end have no time: remarks, sums, names of those who exported."""
    at = start.moment
    count = 0
    for row in reversed(grid.rows[start.row + 1 :]):
        if count == CLOSING_ROWS or (at < len(row) and is_moment(row[at] or "")):
            break
        count += 1
    return count


def _with_clock(row: Row, moment: int) -> tuple[int, int | None]:
    """A column with date and time together is better than a date beside a time."""
    for index, cell in enumerate(row):
        if cell and is_moment(cell) and (":" in cell or is_epoch(cell)):
            return index, None
    after = moment + 1
    if after < len(row) and is_clock(row[after] or ""):
        return moment, after
    return moment, None


def headings(grid: Grid, start: Start) -> list[list[str]]:
    """For every column the texts above it, nearest first. Rows of one cell belong to no column."""
    width = max(map(len, grid.rows[: start.row + 50]))
    result: list[list[str]] = [[] for _ in range(width)]
    for row in reversed(grid.rows[: start.row]):
        if sum(cell is not None for cell in row) < 2:
            continue
        for index, cell in enumerate(row[:width]):
            if cell:
                result[index].append(cell)
    return result


def kinds_of(grid: Grid, start: Start, heads: list[list[str]]) -> list[ColumnKind]:
    """One kind for each column."""
    rows = grid.rows[start.row :]
    kinds = []
    for index, texts in enumerate(heads):
        if index in (start.moment, start.clock):
            kinds.append(ColumnKind.TIME)
            continue
        named = next(filter(None, map(kind_of_heading, texts)), None)
        column = [row[index] if index < len(row) else None for row in rows]
        kinds.append(_kind(named, texts, column))
    return kinds


def _kind(named: ColumnKind | None, texts: list[str], column: list[str | None]) -> ColumnKind:
    present = {cell for cell in column if cell is not None}
    if named is ColumnKind.TEMPERATURE and not _measures(present):
        named = None
    if named in (None, ColumnKind.INDEX, ColumnKind.SENSOR):
        if not present:
            return ColumnKind.BLANK
        if _counts(column):
            return ColumnKind.INDEX
        if named is not ColumnKind.SENSOR and len(present) == 1 and len(column) >= ENOUGH_ROWS:
            return ColumnKind.CONSTANT
    return named or ColumnKind.UNKNOWN


def _measures(present: set[str]) -> bool:
    """Whether a column named for temperature mostly holds readings; none is a silent sensor.

    The odd word among readings is not decided here: it refuses the file later."""
    sample = sorted(present)[:200]
    return sum(is_number(cell) or cell.lower() in MISSING for cell in sample) * 2 >= len(sample)


def _counts(column: list[str | None]) -> bool:
    """Whether a column only numbers the rows."""
    first = column[:50]
    if not all(cell and cell.isdigit() and len(cell) < 10 for cell in first) or len(first) < 2:
        return False
    numbers = [int(cell) for cell in first if cell]
    return all(b - a == 1 for a, b in pairwise(numbers))
