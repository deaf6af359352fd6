"""Delimited text (CSV, TSV, semicolons, bars) as rows of cells."""

from __future__ import annotations

import csv
import io
from collections import Counter
from typing import Final

from ingest.readers import reasons
from ingest.readers.tables import Grid, grid_of
from ingest.readers.types import ReadOptions, Unreadable

_DELIMITERS: Final = (",", "\t", ";", "|")
_SAMPLE_LINES: Final = 100


def delimiter_of(text: str) -> str | None:
    """The delimiter that most lines hold the same number of times; None when there is none.

    Quoted parts do not count. Commas lose against others where they are decimal marks.
    """
    lines = [line for line in text[:65536].splitlines()[:_SAMPLE_LINES] if line.strip()]
    best: tuple[float, int] | None = None
    chosen = None
    for delimiter in _DELIMITERS:
        counts = Counter(_bare(line).count(delimiter) for line in lines)
        counts.pop(0, None)
        if not counts:
            continue
        number, agreeing = counts.most_common(1)[0]
        score = (agreeing / len(lines), number)
        if agreeing * 2 >= len(lines) and (best is None or score > best):
            best, chosen = score, delimiter
    return chosen


def _bare(line: str) -> str:
    return "".join(line.split('"')[::2]) if '"' in line else line


def read_grid(text: str, options: ReadOptions) -> Grid:
    """Raises Unreadable: not delimited, too many cells, broken quoting."""
    delimiter = delimiter_of(text)
    if delimiter is None:
        raise Unreadable(reasons.UNKNOWN_FORMAT, detail="text without columns")
    csv.field_size_limit(1_000_000)
    wrapped = '="' in text
    rows: list[list[str]] = []
    cells = 0
    try:
        for row in csv.reader(io.StringIO(text, newline=""), delimiter=delimiter):
            cells += len(row)
            if cells > options.max_cells:
                raise Unreadable(reasons.TOO_MANY_CELLS, limit=options.max_cells)
            rows.append([_unwrapped(cell) for cell in row] if wrapped else row)
    except csv.Error as error:
        raise Unreadable(reasons.TRUNCATED, detail=str(error)[:120]) from error
    return grid_of(None, rows)


def _unwrapped(cell: str) -> str:
    """`="007"` is how exports keep leading zeros from a spreadsheet program."""
    if len(cell) > 2 and cell.startswith('="') and cell.endswith('"'):
        return cell[2:-1]
    return cell
