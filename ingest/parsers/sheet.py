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
from audit.records.provenance import FieldSource, Source
from ingest.columns import Column
from ingest.headers import match_headers
from ingest.parsers.build import (
    NotARecord,
    Refusal,
    as_text,
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


@dataclass(slots=True)
class _Paper:
    rows: list[Row] = field(default_factory=list)


def all_rows(table: Table) -> list[Row]:
    """Every row of a table, what the reader took for title and header included."""
    head = table.header_row
    above = table.preamble
    found: list[Row] = [(head - len(above) + n, row) for n, row in enumerate(above)]
    if head:
        found.append((head, table.columns))
    found.extend(zip(table.row_numbers, table.rows, strict=True))
    return found


def layout_of(rows: Sequence[Row], kinds: Iterable[type[Record]] | None = None) -> Layout | None:
    """The layout of a filled template, else the best of `kinds` by its headers, else None."""
    for index, (_, cells) in enumerate(rows[:_LOOK_FOR_HEADER]):
        first = (cells[0] or "").strip() if cells else ""
        if first.startswith(MARKER):
            return _marked(first.removeprefix(MARKER), cells, rows, index)
    best: tuple[float, Layout] | None = None
    for kind in KINDS.values() if kinds is None else kinds:
        for index, (_, cells) in enumerate(rows[:_LOOK_FOR_HEADER]):
            if sum(1 for cell in cells if cell) < 2:
                continue
            matched = match_headers(kind, cells)
            if matched.score and (best is None or matched.score > best[0]):
                layout = Layout(
                    kind, matched.columns, matched.paper, index + 1, False, matched.unmatched
                )
                best = (matched.score, layout)
    return best[1] if best else None


def _marked(
    schema: str, cells: Sequence[str | None], rows: Sequence[Row], index: int
) -> Layout | None:
    name = schema.removeprefix("record.").partition("/")[0]
    kind = KINDS.get(name)
    if kind is None:
        return None
    by_key = columns_by_key(kind)
    columns = tuple(
        (at, by_key[key])
        for at, key in enumerate((cell or "").strip() for cell in cells)
        if key in by_key
    )
    unknown = tuple(c for c in cells[1:] if c and c.strip() not in by_key)
    first = index + 1
    headers = {column.header for _, column in columns}
    while first < len(rows) and _is_heading(rows[first][1], headers):
        first += 1
    return Layout(kind, columns, 0, first, True, unknown)


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


class _Plan:
    """What to do with each cell, worked out once a table."""

    def __init__(self, layout: Layout, sheet: str | None, first_column: int) -> None:
        self.kind = layout.kind
        self._paper = layout.paper
        self._prefix = f"{sheet}!" if sheet else ""
        self._letters = {
            at: column_letters(first_column + at)
            for at in [*(at for at, _ in layout.columns), layout.paper]
            if at is not None
        }
        self._own = [(at, column) for at, column in layout.columns if column.rows is None]
        self._lists: dict[tuple[str, ...], list[tuple[int, Column]]] = {}
        for at, column in layout.columns:
            if column.rows is not None:
                self._lists.setdefault(column.rows, []).append((at, column))

    def papers(self, rows: Iterable[Row]) -> Iterator[list[Row]]:
        """Rows that belong to one paper: by number, else by equal head, blank head continues."""
        filled = (row for row in rows if any(cell and cell.strip() for cell in row[1]))
        data = (row for row in filled if not self._is_remark(row[1]))
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
        head = tuple(_text(cells, at) for at, _ in self._own)
        return head if any(head) else None

    def draft(self, paper: list[Row], document: str | None) -> RecordDraft:
        tree: dict[str, Any] = {}
        sources: list[FieldSource] = []
        refusals: list[Refusal] = []
        for at, column in self._own:
            for number, cells in paper:
                text = _text(cells, at)
                if text:
                    self._take(
                        tree, column.path, column.key, column, text, number, at, sources, refusals
                    )
                    break
        for path, columns in self._lists.items():
            items: dict[str, Any] = {}
            for number, cells in paper:
                item: dict[str, Any] = {}
                prefix = f"{'.'.join(path)}.{len(items)}."
                for at, column in columns:
                    text = _text(cells, at)
                    if text:
                        name = prefix + ".".join(column.path)
                        self._take(
                            item, column.path, name, column, text, number, at, sources, refusals
                        )
                if item:
                    items[str(len(items))] = item
            if items:
                _set(tree, path, items)
        if refusals:
            raise NotARecord(self.kind, refusals, ())
        try:
            record = self.kind.model_validate(lists(tree) if self._lists else tree)
        except ValidationError as error:
            raise NotARecord(self.kind, refusals_of(self.kind, error), ()) from error
        return RecordDraft(record, document, tuple(sources), (), PARSER)

    def _take(
        self,
        tree: dict[str, Any],
        path: tuple[str, ...],
        name: str,
        column: Column,
        text: str,
        number: int,
        at: int,
        sources: list[FieldSource],
        refusals: list[Refusal],
    ) -> None:
        place = f"{self._prefix}{self._letters[at]}{number}"
        try:
            value = column.read(text)
        except NotUnderstood as error:
            refusals.append(refusal_of(column, text, error, place))
            return
        _set(tree, path, value)
        understood = text if value is text else as_text(value)
        sources.append(FieldSource(name, Source.SHEET, understood, text, place))

    def cells(self, row: Sequence[str | None]) -> dict[str, str]:
        """The cells of a row by the stable keys, as written."""
        found = {column.key: _text(row, at) for at, column in self._own}
        for columns in self._lists.values():
            found |= {column.key: _text(row, at) for at, column in columns}
        return {key: text for key, text in found.items() if text}


def _text(cells: Sequence[str | None], at: int) -> str:
    return (cells[at] or "").strip() if at < len(cells) else ""


def _set(tree: dict[str, Any], path: tuple[str, ...], value: object) -> None:
    for step in path[:-1]:
        tree = tree.setdefault(step, {})
    tree[path[-1]] = value
