"""A table, filled template or another system's export, to many records. Good rows go on.

The header row is found by what stands in it, so titles above it do no harm. A row that makes no
record is reported with its cells and reasons; nothing of it is lost and the others are not held up.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from pydantic import ValidationError

from audit.records import KINDS
from audit.records.model import Record, RecordDraft
from audit.records.sources import RowCells, TableSources
from ingest.columns import Column
from ingest.headers import match_headers
from ingest.parsers.build import (
    NotARecord,
    Refusal,
    columns_by_key,
    lists,
    refusal_of,
    refusals_of,
)
from ingest.readers.types import Table, column_letters
from ingest.templates import MARKER
from ingest.values import NotUnderstood

PARSER: Final = "sheet/1"
_LOOK_FOR_HEADER: Final = 30
_NAMED: Final = 0.3
_TOO_CLOSE: Final = 0.002

Row = tuple[int, Sequence[str | None]]
"""A row's number as the program that shows the file counts it, and its cells."""


@dataclass(frozen=True, slots=True)
class RefusedRows:
    """Rows of one paper that make no record: their numbers, their cells, why."""

    rows: tuple[int, ...]
    cells: tuple[dict[str, str], ...]
    refusals: tuple[Refusal, ...]

    def as_json(self) -> dict[str, Any]:
        """For the quarantine's detail."""
        return {
            "rows": list(self.rows),
            "cells": list(self.cells),
            "refusals": [refusal.as_json() for refusal in self.refusals],
        }


@dataclass(frozen=True, slots=True)
class Layout:
    """Which column of a table holds which column of a kind. first: index of the first data row."""

    kind: type[Record]
    columns: tuple[tuple[int, Column], ...]
    paper: int | None
    first: int
    marked: bool
    unmatched: tuple[str, ...] = ()

    @property
    def share(self) -> float:
        """How much of the headings that stand there was understood."""
        return len(self.columns) / (len(self.columns) + len(self.unmatched))


def all_rows(table: Table) -> list[Row]:
    """Every row of a table, what the reader took for title and header included."""
    head = table.header_row
    above = table.preamble
    found: list[Row] = [(head - len(above) + n, row) for n, row in enumerate(above)]
    if head:
        found.append((head, table.columns))
    found.extend(zip(table.row_numbers, table.rows, strict=True))
    return found


def layout_of(
    rows: Sequence[Row], kinds: Iterable[type[Record]] | None = None, name: str = ""
) -> Layout | None:
    """The layout of a filled template, else the best of `kinds` by its headers, else None.

    name: the sheet's. A kind named there or above the headers is preferred; where two kinds fit
    equally well and neither is named, nobody guesses.
    """
    for index, (_, cells) in enumerate(rows[:_LOOK_FOR_HEADER]):
        first = (cells[0] or "").strip() if cells else ""
        if first.startswith(MARKER):
            return _marked(first.removeprefix(MARKER), cells, rows, index)
    found: list[tuple[float, Layout]] = []
    for kind in KINDS.values() if kinds is None else kinds:
        of_kind = [scored for scored in _by_headers(rows, kind, name) if scored[0] > 0]
        if of_kind:
            found.append(max(of_kind, key=lambda scored: scored[0]))
    found.sort(key=lambda scored: -scored[0])
    if not found or (len(found) > 1 and found[0][0] - found[1][0] < _TOO_CLOSE):
        return None
    return found[0][1]


def _by_headers(
    rows: Sequence[Row], kind: type[Record], name: str
) -> Iterator[tuple[float, Layout]]:
    above = name
    for index, (_, cells) in enumerate(rows[:_LOOK_FOR_HEADER]):
        if sum(1 for cell in cells if cell) >= 2:
            matched = match_headers(kind, cells)
            if matched.score:
                named = _NAMED if kind.zh in above else 0.0
                layout = Layout(
                    kind, matched.columns, matched.paper, index + 1, False, matched.unmatched
                )
                yield matched.score + named, layout
        above += "".join(cell for cell in cells if cell)


def _marked(
    schema: str, cells: Sequence[str | None], rows: Sequence[Row], index: int
) -> Layout | None:
    name = schema.removeprefix("record.").partition("/")[0]
    kind = KINDS.get(name)
    if kind is None:
        return None
    by_key = columns_by_key(kind)
    named: dict[str, int] = {}
    unknown = []
    for at, cell in enumerate(cells):
        key = (cell or "").strip()
        if key in by_key and key not in named:
            named[key] = at
        elif key and at:
            unknown.append(key)
    columns = tuple((at, by_key[key]) for key, at in named.items())
    first = index + 1
    headers = {column.header for _, column in columns}
    while first < len(rows) and _is_heading(rows[first][1], headers):
        first += 1
    return Layout(kind, columns, 0, first, True, tuple(unknown))


def _is_heading(cells: Sequence[str | None], headers: set[str]) -> bool:
    """The header row or the hint row of a template."""
    if cells and (cells[0] or "").startswith("#"):
        return True
    filled = [cell.strip() for cell in cells if cell]
    return bool(filled) and sum(cell in headers for cell in filled) * 2 > len(filled)


def parse_rows(
    rows: Sequence[Row],
    layout: Layout,
    *,
    document: str | None,
    sheet: str | None,
    first_column: int = 1,
) -> Iterator[RecordDraft | RefusedRows]:
    """A draft or a refusal for each paper, in the order of their first rows."""
    plan = _Plan(layout, sheet, first_column)
    for paper in plan.papers(rows[layout.first :]):
        try:
            yield plan.draft(paper, document)
        except NotARecord as refused:
            yield RefusedRows(
                tuple(number for number, _ in paper),
                tuple(plan.cells(row) for _, row in paper),
                refused.refusals,
            )


_REMEMBERED: Final = 4096
"""Cells of a column whose meaning is remembered: names, dates and codes repeat."""
_UNKNOWN: Final = object()

Heard = dict[int, tuple[list[str], list[str], list[str]]]
"""By row: the fields that were read from it, the letters of their columns, the cells' texts."""


@dataclass(slots=True)
class _Field:
    """A column of the table, ready to take cells."""

    at: int
    column: Column
    letters: str
    known: dict[str, object] = field(default_factory=dict)

    def understand(self, text: str) -> object:
        """The value. Raises NotUnderstood."""
        value = self.column.read(text)
        if len(self.known) < _REMEMBERED:
            self.known[text] = value
        return value


class _Plan:
    """What to do with each cell, worked out once a table."""

    def __init__(self, layout: Layout, sheet: str | None, first_column: int) -> None:
        self.kind = layout.kind
        self._paper = layout.paper
        self._sheet = sheet or None
        self._prefix = f"{sheet}!" if sheet else ""
        self._shapes: dict[tuple[str, ...], dict[str, str]] = {}
        self._own: list[_Field] = []
        self._lists: dict[tuple[str, ...], list[_Field]] = {}
        for at, column in layout.columns:
            one = _Field(at, column, column_letters(first_column + at))
            if column.rows is None:
                self._own.append(one)
            else:
                self._lists.setdefault(column.rows, []).append(one)

    def papers(self, rows: Iterable[Row]) -> Iterator[list[Row]]:
        """Rows that belong to one paper: by number, else by equal head, blank head continues."""
        data = (row for row in rows if _is_filled(row[1]) and not self._is_remark(row[1]))
        if not self._lists:
            for row in data:
                yield [row]
            return
        groups: dict[tuple[object, ...], list[Row]] = {}
        last: tuple[object, ...] | None = None
        for row in data:
            key = self._head(row[1])
            if key is None:
                key = last if last is not None else ("", row[0])
            groups.setdefault(key, []).append(row)
            last = key
        yield from groups.values()

    def _is_remark(self, cells: Sequence[str | None]) -> bool:
        """Only the column of paper numbers holds remarks: elsewhere `#12` is a value."""
        return self._paper is not None and _text(cells, self._paper).startswith("#")

    def _head(self, cells: Sequence[str | None]) -> tuple[object, ...] | None:
        if self._paper is not None:
            number = _text(cells, self._paper)
            if number:
                return ("#", number)
        head = tuple(_text(cells, one.at) for one in self._own)
        return head if any(head) else None

    def draft(self, paper: list[Row], document: str | None) -> RecordDraft:
        """The record of a paper's rows. Raises `NotARecord`."""
        tree: dict[str, Any] = {}
        heard: Heard = {}
        refusals: list[Refusal] = []
        if not self._lists:
            number, cells = paper[0]
            self._take(self._own, cells, number, "", tree, heard, refusals)
        else:
            self._take_lines(paper, tree, heard, refusals)
        if refusals:
            raise NotARecord(self.kind, refusals, ())
        try:
            record = self.kind.model_validate(lists(tree) if self._lists else tree)
        except ValidationError as error:
            raise NotARecord(self.kind, refusals_of(self.kind, error), ()) from error
        rows = tuple(
            RowCells(self._sheet, number, self._shape(tuple(names), letters), tuple(written))
            for number, (names, letters, written) in heard.items()
            if names
        )
        return RecordDraft(record, document, TableSources(record, rows), (), PARSER)

    def _shape(self, names: tuple[str, ...], letters: list[str]) -> dict[str, str]:
        """Which column each field stands in: one mapping for all rows that fill the same fields."""
        known = self._shapes.get(names)
        if known is None:
            known = dict(zip(names, letters, strict=True))
            if len(self._shapes) < _REMEMBERED:
                self._shapes[names] = known
        return known

    def _take_lines(
        self,
        paper: list[Row],
        tree: dict[str, Any],
        heard: Heard,
        refusals: list[Refusal],
    ) -> None:
        """The paper's own fields from the first row that states each, then a list item a row."""
        for one in self._own:
            row = next((row for row in paper if _text(row[1], one.at)), None)
            if row is not None:
                self._take((one,), row[1], row[0], "", tree, heard, refusals)
        for path, fields in self._lists.items():
            items: dict[str, Any] = {}
            for number, cells in paper:
                item: dict[str, Any] = {}
                prefix = f"{'.'.join(path)}.{len(items)}."
                self._take(fields, cells, number, prefix, item, heard, refusals)
                if item:
                    items[str(len(items))] = item
            if items:
                _set(tree, path, items)

    def _take(
        self,
        fields: Sequence[_Field],
        cells: Sequence[str | None],
        number: int,
        prefix: str,
        tree: dict[str, Any],
        heard: Heard,
        refusals: list[Refusal],
    ) -> None:
        """Values of one row's cells, and where they stood. The hot loop of every import."""
        width = len(cells)
        names, letters, written = heard.setdefault(number, ([], [], []))
        for one in fields:
            text = cells[one.at] if one.at < width else None
            if not text or not (text := text.strip()):
                continue
            found = one.known.get(text, _UNKNOWN)
            if found is _UNKNOWN:
                try:
                    found = one.understand(text)
                except NotUnderstood as error:
                    place = f"{self._prefix}{one.letters}{number}"
                    refusals.append(refusal_of(one.column, text, error, place))
                    continue
            path = one.column.path
            if len(path) == 1:
                tree[path[0]] = found
            else:
                _set(tree, path, found)
            names.append(prefix + ".".join(path) if prefix else one.column.key)
            letters.append(one.letters)
            written.append(text)

    def cells(self, row: Sequence[str | None]) -> dict[str, str]:
        """The cells of a row by the stable keys, as written."""
        every = [*self._own, *(one for fields in self._lists.values() for one in fields)]
        found = {one.column.key: _text(row, one.at) for one in every}
        return {key: text for key, text in found.items() if text}


def _is_filled(cells: Sequence[str | None]) -> bool:
    return any(cell and not cell.isspace() for cell in cells)


def _text(cells: Sequence[str | None], at: int) -> str:
    return (cells[at] or "").strip() if at < len(cells) else ""


def _set(tree: dict[str, Any], path: tuple[str, ...], value: object) -> None:
    for step in path[:-1]:
        tree = tree.setdefault(step, {})
    tree[path[-1]] = value
