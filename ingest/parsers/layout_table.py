"""A table of goods in the text of a page: headings above, cells that may break over lines.

Columns are told by where their headings stand, rows by a column that every row fills with one
line (number, quantity). A cell of several lines stands around the middle of its row.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

from ingest.parsers.frames import cells, fold
from ingest.parsers.labels import join_lines
from ingest.readers.layout import display_width
from ingest.readers.types import TextPage

_ENOUGH: Final = 4
_END: Final = re.compile(r"^\s*(合计|总计|小计|备注|以下空白|第\s*\d+\s*页)|[:：]")
_HEAD_LINES: Final = 3


@dataclass(frozen=True, slots=True)
class TableRow:
    """A row's cells by heading, and the page it stands on."""

    cells: Mapping[str, str]
    page: int


@dataclass(slots=True)
class _Column:
    start: int
    end: int
    text: str

    def overlap(self, start: int, end: int) -> int:
        return min(self.end, end) - max(self.start, start)

    @property
    def middle(self) -> float:
        return (self.start + self.end) / 2


def table_rows(
    pages: Sequence[TextPage], headings: Mapping[str, str], anchors: Collection[str]
) -> list[TableRow]:
    """The rows of every page's table.

    headings: how a heading may be written, to its canonical name. anchors: canonical names of
    columns that have one line in every row, best first.
    """
    known = {fold(written): name for written, name in headings.items()}
    found: list[TableRow] = []
    for page in pages:
        found.extend(_page(page, known, list(anchors)))
    return found


def _page(page: TextPage, known: Mapping[str, str], anchors: list[str]) -> list[TableRow]:
    lines = [cells(line) for line in (page.layout_text or page.text).split("\n")]
    head = _head(lines, known)
    if head is None:
        return []
    columns, first = head
    names = [known.get(fold(column.text), "") for column in columns]
    placed: list[dict[int, str]] = []
    for row in lines[first:]:
        if _ends(row):
            break
        line: dict[int, str] = {}
        for start, text in _parted(columns, row):
            at = _nearest(columns, start, start + display_width(text))
            line[at] = f"{line[at]} {text}" if at in line else text
        placed.append(line)
    anchor = next(
        (names.index(name) for name in anchors if name in names and _fills(placed, names, name)),
        None,
    )
    if anchor is None:
        return []
    return [
        TableRow(
            {name: text for at, name in enumerate(names) if name and (text := _joined(block, at))},
            page.number,
        )
        for block in _blocks(placed, anchor)
    ]


def _parted(
    columns: Sequence[_Column], row: Sequence[tuple[int, str]]
) -> Iterator[tuple[int, str]]:
    """Cells, those that lie under several headings taken apart at their single spaces."""
    for start, text in row:
        end = start + display_width(text)
        if sum(column.overlap(start, end) > 0 for column in columns) < 2 or " " not in text:
            yield start, text
            continue
        for found in re.finditer(r"\S+", text):
            yield start + display_width(text[: found.start()]), found[0]


def _head(
    lines: Sequence[Sequence[tuple[int, str]]], known: Mapping[str, str]
) -> tuple[list[_Column], int] | None:
    """The headings, each whole although broken over lines, and the first line below them."""
    best: tuple[int, list[_Column], int] | None = None
    for at in range(len(lines)):
        for height in range(1, _HEAD_LINES + 1):
            block = lines[at : at + height]
            if len(block) < height or any(_ends(row) for row in block) or not block[0]:
                break
            columns = _merge(block)
            hits = sum(fold(column.text) in known for column in columns)
            if hits >= _ENOUGH and (best is None or hits > best[0]):
                best = (hits, columns, at + height)
    return None if best is None else (best[1], best[2])


def _merge(block: Sequence[Sequence[tuple[int, str]]]) -> list[_Column]:
    columns: list[_Column] = []
    pieces = [(start, line, text) for line, row in enumerate(block) for start, text in row]
    for start, _, text in sorted(pieces, key=lambda piece: (piece[1], piece[0])):
        end = start + display_width(text)
        same = next((c for c in columns if c.overlap(start, end) > 0), None)
        if same is None:
            columns.append(_Column(start, end, text))
        else:
            same.start, same.end = min(same.start, start), max(same.end, end)
            same.text += text
    return sorted(columns, key=lambda column: column.start)


def _nearest(columns: Sequence[_Column], start: int, end: int) -> int:
    middle = (start + end) / 2
    return max(
        range(len(columns)),
        key=lambda at: (
            max(columns[at].overlap(start, end), 0),
            -abs(columns[at].middle - middle),
        ),
    )


def _ends(row: Sequence[tuple[int, str]]) -> bool:
    return bool(row) and bool(_END.search(row[0][1]))


def _fills(placed: Sequence[Mapping[int, str]], names: Sequence[str], name: str) -> bool:
    at = names.index(name)
    return any(at in line for line in placed)


def _blocks(placed: Sequence[dict[int, str]], anchor: int) -> list[list[dict[int, str]]]:
    """Lines of each row: as many above the anchor as below it, or all below when that fails."""
    at = [n for n, line in enumerate(placed) if anchor in line]
    if not at:
        return []
    gaps = [b - a - 1 for a, b in pairwise(at)] + [len(placed) - at[-1] - 1]
    before, centred = [at[0]], True
    for gap in gaps[:-1]:
        before.append(gap - before[-1])
        centred = centred and before[-1] >= 0
    centred = centred and gaps[-1] >= before[-1] >= 0
    if not centred:
        before = [0] * len(at)
    blocks = []
    for n, (anchor_line, gap) in enumerate(zip(at, gaps, strict=True)):
        after = before[n] if centred else gap
        blocks.append(list(placed[anchor_line - before[n] : anchor_line + after + 1]))
    return blocks


def _joined(block: Sequence[Mapping[int, str]], at: int) -> str:
    return join_lines([line[at] for line in block if at in line])
