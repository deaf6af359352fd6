"""Tables to fill in for every record kind, and the same tables filled from records.

Three rows stand above the data: a hidden one with the kind and the stable keys, the bilingual
header, and a hint for each column (mandatory by which article, form, unit, codes). The first
column numbers the papers: rows with the same number are the lines of one paper.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Any, Final

from audit.records import KINDS
from audit.records.model import Record
from base.errors import Misuse, message
from ingest.columns import Column, columns_of
from ingest.values import Form

MARKER: Final = "devicetrail:"
"""The first cell of the hidden row is this and the schema's name, `record.lot/1`."""
PAPER_HEADER: Final = "单据序号 Paper"
PAPER_HINT: Final = "#同一单据各行写同一序号 same number for the lines of one paper"

UNKNOWN_KIND = message(
    "ingest.unknown_kind",
    zh="没有这种记录：{kind}",
    en="There is no such record kind: {kind}",
)

Cell = str | Decimal | date | int | None
_VALIDATION_LIMIT: Final = 255  # a spreadsheet's limit for a list written into the rule
_VALIDATED_ROWS: Final = 5_000


def kind_named(kind: str) -> type[Record]:
    """Raises `Misuse` for an unknown kind."""
    if kind not in KINDS:
        raise Misuse(UNKNOWN_KIND, kind=kind)
    return KINDS[kind]


def csv_table(kind: str, records: Iterable[Record] = ()) -> bytes:
    """One kind as CSV in UTF-8 with byte order mark, filled with `records` when given."""
    cls = kind_named(kind)
    text = io.StringIO(newline="")
    writer = csv.writer(text)
    writer.writerows(heading(cls))
    for row in rows(cls, records):
        writer.writerow(["" if cell is None else str(cell) for cell in row])
    return b"\xef\xbb\xbf" + text.getvalue().encode()


def xlsx_table(filled: Mapping[str, Sequence[Record]]) -> bytes:
    """A workbook with a sheet for each kind; an empty sequence gives the template alone."""
    import xlsxwriter  # heavy, and only needed where a workbook is made

    out = io.BytesIO()
    with xlsxwriter.Workbook(out, {"in_memory": True, "strings_to_formulas": False}) as book:
        formats = {
            "header": book.add_format({"bold": True, "text_wrap": True, "bg_color": "#DDE6F0"}),
            "must": book.add_format({"bold": True, "text_wrap": True, "bg_color": "#F6D9C6"}),
            "hint": book.add_format({"italic": True, "text_wrap": True, "font_color": "#666666"}),
            "text": book.add_format({"num_format": "@"}),
            "date": book.add_format({"num_format": "yyyy-mm-dd"}),
        }
        codes = _CodeSheet(book)
        for kind, records in filled.items():
            _sheet(book, kind_named(kind), records, formats, codes)
        codes.finish()
    return out.getvalue()


def heading(cls: type[Record]) -> tuple[list[str], list[str], list[str]]:
    """The three rows above the data: keys, headers, hints."""
    columns = columns_of(cls)
    return (
        [MARKER + cls.schema_name(), *(column.key for column in columns)],
        [PAPER_HEADER, *(column.header for column in columns)],
        [PAPER_HINT, *(column.hint for column in columns)],
    )


def rows(cls: type[Record], records: Iterable[Record]) -> Iterator[list[Cell]]:
    """The data rows of records: the paper's number, then a cell for each column.

    What a paper states once stands in its first row; item n of each list stands in row n.
    """
    columns = columns_of(cls)
    for number, record in enumerate(records, 1):
        items = {
            column.rows: _at(record, column.rows) or ()
            for column in columns
            if column.rows is not None
        }
        height = max([1, *(len(of_list) for of_list in items.values())])
        for line in range(height):
            row: list[Cell] = [str(number)]
            row.extend(_cell(record, column, items, line) for column in columns)
            yield row


def _cell(record: Record, column: Column, items: Mapping[Any, Sequence[Any]], line: int) -> Cell:
    if column.rows is None:
        value = _at(record, column.path) if line == 0 else None
    else:
        of_list = items[column.rows]
        value = _at(of_list[line], column.path) if line < len(of_list) else None
    if value is None or value == ():
        return None
    return column.write(value)


def _at(value: Any, path: Sequence[str]) -> Any:
    for step in path:
        if value is None:
            return None
        value = getattr(value, step)
    return value


class _CodeSheet:
    """A hidden sheet for code lists too long to stand in a validation rule."""

    def __init__(self, book: Any) -> None:
        self._book = book
        self._lists: list[list[str]] = []

    def source(self, choices: list[str]) -> list[str] | str:
        """What a validation rule points to."""
        if len(",".join(choices)) <= _VALIDATION_LIMIT and not any("," in one for one in choices):
            return choices
        if choices not in self._lists:
            self._lists.append(choices)
        column = self._lists.index(choices)
        from xlsxwriter.utility import xl_col_to_name

        name = xl_col_to_name(column)
        return f"='#codes'!${name}$1:${name}${len(choices)}"

    def finish(self) -> None:
        if self._lists:
            sheet = self._book.add_worksheet("#codes")
            for number, choices in enumerate(self._lists):
                sheet.write_column(0, number, choices)
            sheet.very_hidden()


def _sheet(
    book: Any,
    cls: type[Record],
    records: Sequence[Record],
    formats: Mapping[str, Any],
    codes: _CodeSheet,
) -> None:
    sheet = book.add_worksheet(_sheet_name(book, cls))
    keys, headers, hints = heading(cls)
    columns = columns_of(cls)
    for number, key in enumerate(keys):
        sheet.write_string(0, number, key)
        must = number > 0 and columns[number - 1].required
        sheet.write_string(1, number, headers[number], formats["must" if must else "header"])
        sheet.write_string(2, number, hints[number], formats["hint"])
    sheet.set_row(0, None, None, {"hidden": True})
    sheet.freeze_panes(3, 1)
    sheet.set_column(0, 0, 10, formats["text"])
    for number, column in enumerate(columns, 1):
        dated = column.form is Form.DATE
        sheet.set_column(number, number, 18, formats["date" if dated else "text"])
        choices = [zh or code for code, zh in column.codes] if column.form is Form.CODE else []
        if column.form is Form.YES_NO:
            choices = ["是", "否"]
        if choices:
            sheet.data_validation(
                3, number, _VALIDATED_ROWS, number,
                {"validate": "list", "source": codes.source(choices), "error_type": "warning"},
            )  # fmt: skip
    for at, row in enumerate(rows(cls, records), 3):
        for number, cell in enumerate(row):
            if type(cell) is date:
                sheet.write_datetime(at, number, cell, formats["date"])
            elif cell is not None:
                sheet.write_string(at, number, str(cell), formats["text"])


def _sheet_name(book: Any, cls: type[Record]) -> str:
    name = "".join(char for char in cls.zh if char not in "[]:*?/\\'")[:31] or cls.kind[:31]
    taken = {sheet.get_name() for sheet in book.worksheets()}
    return cls.kind[:31] if name in taken else name
