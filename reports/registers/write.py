"""The registers as one workbook. Streamed row by row; every cell is text.

Text keeps what a spreadsheet would spoil (registration numbers, UDIs, leading zeros), and a text
cell is never a formula, whatever it begins with.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Final

import xlsxwriter

from audit.records import KINDS
from base.clock import SHANGHAI
from base.errors import Lang
from reports.registers.columns import REGISTERS, columns, rows

ROWS: Final = 1_048_575
"""Rows a sheet can hold below its heading."""
CELL: Final = 32_767


@dataclass(frozen=True, slots=True)
class RegisterRow:
    """One record for a register: its entry number, kind and (masked) values."""

    seq: int
    kind: str
    record: Mapping[str, Any]


def write_registers(
    target: Path, records: Iterable[RegisterRow], *, lang: Lang, made_at: datetime, title: str
) -> int:
    """Write all registers to `target`; gives the number of rows.

    Records must come grouped by nothing in particular: they are sorted into sheets as they come.
    made_at is written into the file, so that the same records give the same bytes.
    """
    by_kind: dict[str, list[RegisterRow]] = {one.kind: [] for one in REGISTERS}
    for record in records:
        if record.kind in by_kind:
            by_kind[record.kind].append(record)
    written = 0
    with xlsxwriter.Workbook(
        str(target), {"constant_memory": True, "strings_to_formulas": False,
                      "strings_to_urls": False, "strings_to_numbers": False}
    ) as book:  # fmt: skip
        book.set_properties(
            {"title": title, "created": made_at.astimezone(SHANGHAI).replace(tzinfo=None)}
        )
        head = book.add_format(
            {"bold": True, "text_wrap": True, "valign": "top", "bg_color": "#0C5A6E",
             "font_color": "#FFFFFF", "border": 1, "border_color": "#C9D2D9"}
        )  # fmt: skip
        cell = book.add_format({"num_format": "@", "valign": "top"})
        for register in REGISTERS:
            sheet = book.add_worksheet(register.zh if lang == "zh" else register.en)
            of = columns(register.kind)
            names = ["条目" if lang == "zh" else "Entry", *(one.heading(lang) for one in of)]
            sheet.freeze_panes(1, 1)
            sheet.repeat_rows(0)
            sheet.set_landscape()
            sheet.set_paper(9)
            sheet.fit_to_pages(1, 0)
            sheet.set_row(0, 32)
            sheet.set_column(0, 0, 9)
            for at, one in enumerate(of, 1):
                sheet.set_column(at, at, min(34, max(12, len(one.zh) * 2 + 4)))
            for at, name in enumerate(names):
                sheet.write_string(0, at, name, head)
            row = 0
            for record in by_kind[register.kind]:
                for values in rows(of, KINDS[register.kind], record.record):
                    if row >= ROWS:
                        break
                    row += 1
                    for at, value in enumerate([str(record.seq), *values]):
                        sheet.write_string(row, at, value[:CELL], cell)
            written += row
            if row:
                sheet.autofilter(0, 0, row, len(of))
    return written
