"""XLSX workbooks as grids of text.

Cells read as a person reads them where that matters: text stays text, dates become ISO dates,
percentages keep their sign, codes keep the leading zeros their format shows. Other numbers are
given in full, not as rounded for display. Formulas count with the value they were saved with.
"""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Iterator, Sequence
from datetime import date, datetime, time, timedelta
from typing import Any, Final
from xml.etree.ElementTree import ParseError

import openpyxl
from defusedxml.common import DefusedXmlException
from openpyxl.utils.exceptions import InvalidFileException

from ingest.readers import reasons
from ingest.readers.tables import Grid, grid_of
from ingest.readers.types import ReadOptions, Unreadable, column_letters

_ZEROS: Final = re.compile(r"^0{2,}$")
_MANY: Final = 50
"""So many notes say enough about a workbook."""


def read_grids(data: bytes, options: ReadOptions) -> tuple[list[Grid], list[str]]:
    """All sheets that hold anything, and notes. Raises Unreadable.

    The archive's own limits (`archive.Archive`) must have been checked before.
    """
    notes: list[str] = []
    try:
        book = openpyxl.load_workbook(io.BytesIO(data), read_only=True, data_only=True)
        left = options.max_cells
        grids = []
        for sheet in book.worksheets:
            sheet.reset_dimensions()
            rows: list[list[str | None]] = []
            for row in sheet.iter_rows():
                left -= len(row)
                if left < 0:
                    raise Unreadable(reasons.TOO_MANY_CELLS, limit=options.max_cells)
                texts = [_text(cell) for cell in row]
                rows.append(texts)
                for column in _doubtful(row, texts) if len(notes) < _MANY else ():
                    cell = f"{column_letters(column)}{len(rows)}"
                    notes.append(f"sheet.precision_doubtful:{sheet.title}!{cell}")
            grid = grid_of(sheet.title, rows)
            if sheet.sheet_state != "visible":
                notes.append(f"sheet.hidden:{sheet.title}")
            if grid.rows:
                grids.append(grid)
    except DefusedXmlException as error:
        raise Unreadable(reasons.XML_ENTITY) from error
    except (
        InvalidFileException,
        zipfile.BadZipFile,
        ParseError,
        LookupError,
        ValueError,
        TypeError,
        AttributeError,
        ArithmeticError,
        OSError,
        EOFError,
    ) as error:
        # openpyxl meets a damaged part with whatever its own code trips over
        raise Unreadable(reasons.TRUNCATED, detail=str(error)[:120]) from error
    return grids, notes


def _text(cell: Any) -> str | None:
    value = cell.value
    if value is None or isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    if isinstance(value, int | float):
        return _number(value, cell.number_format or "General")
    if isinstance(value, datetime):
        return _moment(value, cell.number_format or "")
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, time):
        return value.isoformat("seconds")
    if isinstance(value, timedelta):
        return str(value)
    return str(value)


def _number(value: float, form: str) -> str:
    if _ZEROS.match(form) and value == int(value) and value >= 0:
        return str(int(value)).zfill(len(form))
    if "%" in form:
        return f"{_plain(value * 100)}%"
    return _plain(value)


def _plain(value: float) -> str:
    """Fifteen digits, no exponent, no trailing zeros."""
    if isinstance(value, int):
        return str(value)
    text = f"{value:.15g}"
    if "e" in text or "n" in text:
        return f"{value:.0f}" if abs(value) >= 1 else f"{value:.15f}".rstrip("0")
    return text


def _moment(value: datetime, form: str) -> str:
    """A date alone where the format shows no time of day; else to the nearest second."""
    value = value + timedelta(microseconds=500_000)
    value = value.replace(microsecond=0)
    if "h" not in form.lower() and value.time() == time(0):
        return value.date().isoformat()
    return value.isoformat(" ")


def _doubtful(row: Sequence[Any], texts: Sequence[str | None]) -> Iterator[int]:
    """Columns of numbers too long to have been kept: an invoice number typed as a number.

    Spreadsheets keep fifteen digits of a number."""
    for index, text in enumerate(texts):
        if text and len(text) > 15 and text.isdigit() and not isinstance(row[index].value, str):
            yield index + 1
