"""The quarantine as a workbook, to be worked through beside the originals."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, Final

from audit.store import Quarantined
from base.errors import Lang
from ingest.quarantine import detail_of

Say = Callable[[dict[str, Any]], str]

_SHEETS: Final = {
    "zh": (
        ("隔离项", ("编号", "文件", "原因", "代码", "原件")),
        ("未采用的行", ("编号", "行", "列", "内容", "原因")),
        ("已读到的字段", ("编号", "字段", "读作", "原文", "位置")),
    ),
    "en": (
        ("Items", ("No.", "File", "Reason", "Code", "Original")),
        ("Rows refused", ("No.", "Row", "Column", "Content", "Reason")),
        ("Fields read", ("No.", "Field", "Read as", "As written", "Place")),
    ),
}


def book(
    rows: Sequence[Mapping[str, Any]], items: Sequence[Quarantined], say: Say, lang: Lang
) -> bytes:
    """The workbook's bytes. `rows`: the items as shown in a list; `say`: a refusal in words."""
    import xlsxwriter

    listed = ([row[key] for key in ("item", "file_name", "reason", "code", "document")]
              for row in rows)  # fmt: skip
    bodies = (listed, _refused(items, say), _fields(items))
    out = io.BytesIO()
    options = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    with xlsxwriter.Workbook(out, options) as made:
        bold = made.add_format({"bold": True, "bg_color": "#DDE6F0"})
        for (name, headings), body in zip(_SHEETS[lang], bodies, strict=True):
            sheet = made.add_worksheet(name)
            sheet.write_row(0, 0, headings, bold)
            sheet.freeze_panes(1, 0)
            sheet.set_column(0, len(headings) - 1, 28)
            for number, row in enumerate(body, 1):
                sheet.write_row(number, 0, ["" if cell is None else cell for cell in row])
    return out.getvalue()


def _refused(items: Sequence[Quarantined], say: Say) -> Iterator[list[Any]]:
    for item in items:
        for paper in detail_of(item).get("rows", ()):
            why = "; ".join(say(refusal) for refusal in paper.get("refusals", ()))
            for row, cells in zip(paper.get("rows", ()), paper.get("cells", ()), strict=False):
                for column, content in cells.items():
                    yield [item.seq, row, column, content, why]


def _fields(items: Sequence[Quarantined]) -> Iterator[list[Any]]:
    for item in items:
        for said in detail_of(item).get("fields", ()):
            yield [item.seq, *(said.get(key) for key in ("field", "value", "written", "place"))]
