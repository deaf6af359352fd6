"""Rows of cells from spreadsheets and delimited text, and the header that names their columns."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from ingest.readers.moments import is_clock, is_moment
from ingest.readers.types import Table, column_letters
from ingest.readers.values import is_number

Row = tuple[str | None, ...]

HEADER_WITHIN: Final = 40
"""Headers stand near the top; a preamble of a logger takes up to some thirty rows."""


@dataclass(frozen=True, slots=True)
class Grid:
    """The rows of one sheet that are not blank, cells stripped, with their row numbers."""

    sheet: str | None
    rows: tuple[Row, ...]
    row_numbers: tuple[int, ...]

    def width(self) -> int:
        return max(map(len, self.rows), default=0)


def grid_of(sheet: str | None, rows: Sequence[Sequence[str | None]]) -> Grid:
    """Strip cells and drop blank rows and blank cells at the ends of rows."""
    kept: list[Row] = []
    numbers: list[int] = []
    for number, cells in enumerate(rows, start=1):
        row = [(cell.strip() or None) if cell else None for cell in cells]
        while row and row[-1] is None:
            row.pop()
        if row:
            kept.append(tuple(row))
            numbers.append(number)
    return Grid(sheet, tuple(kept), tuple(numbers))


def header_index(grid: Grid) -> int | None:
    """The row that names the columns: words only, as wide as what follows. None without one."""
    for index, row in enumerate(grid.rows[:HEADER_WITHIN]):
        below = grid.rows[index + 1 : index + 21]
        if not below:
            return None
        named = [cell for cell in row if cell]
        usual = sorted(sum(cell is not None for cell in other) for other in below)[len(below) // 2]
        if len(named) * 10 < max(usual, 2) * 6:
            continue
        if not any(map(_is_value, named)):
            return index
        if sum(map(_is_value, named)) * 2 >= len(named):
            return None
    return None


def _is_value(cell: str) -> bool:
    return is_number(cell) or is_moment(cell) or is_clock(cell)


def table_of(grid: Grid, name: str) -> Table:
    """The grid as a table; without a header the columns are named by their letters."""
    at = header_index(grid)
    start = 0 if at is None else at + 1
    body = grid.rows[start:]
    width = max([*map(len, body), 0 if at is None else len(grid.rows[at])], default=0)
    heads = _padded(() if at is None else grid.rows[at], width)
    columns = tuple(head or column_letters(number) for number, head in enumerate(heads, start=1))
    return Table(
        name=name,
        sheet=grid.sheet,
        header_row=0 if at is None else grid.row_numbers[at],
        columns=columns,
        rows=tuple(row if len(row) == width else _padded(row, width) for row in body),
        row_numbers=grid.row_numbers[start:],
        preamble=() if at is None else grid.rows[:at],
    )


def _padded(row: Row, width: int) -> Row:
    return row + (None,) * (width - len(row))
