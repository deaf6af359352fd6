"""What the sources said, as a payload keeps it.

Two shapes stand in a payload's `sources`, in one list:

- one source's word on one field: `{confidence, field, place, source, value, written}`
- a row of a table, on every field that it filled:
  `{source: "sheet", sheet?, row, columns: {field: letters}, written?: {field: text}}`

In a row, `columns` names the cell of each field. The value is the record's own at that path. What
stands in the cell is in `written` wherever it is not, letter for letter, that value as text; so
`expand` gives back one `FieldSource` for each field, and nothing is lost.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache
from typing import Any, Final, overload

import orjson

from audit.records import codec
from audit.records.model import Record
from audit.records.provenance import FieldSource, Source

SEPARATOR: Final = "；"
"""Between the items of a list where it is shown as one text."""


@dataclass(frozen=True, slots=True)
class RowCells:
    """The cells of one row that fields of a record were read from.

    sheet: its name; None for delimited text. row: as the program that shows the file counts.
    columns: path of the field to the letters of its column. written: the cells' texts, in the
    order of `columns`.
    """

    sheet: str | None
    row: int
    columns: Mapping[str, str]
    written: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class TableSources(Sequence[FieldSource]):
    """The sources of a record that was read from rows of a table, each field from one cell."""

    record: Record
    rows: tuple[RowCells, ...]

    def __len__(self) -> int:
        return sum(len(row.written) for row in self.rows)

    def __iter__(self) -> Iterator[FieldSource]:
        return expand(compact(self, body := codec.dump(self.record)), body)

    @overload
    def __getitem__(self, at: int) -> FieldSource: ...
    @overload
    def __getitem__(self, at: slice) -> Sequence[FieldSource]: ...
    def __getitem__(self, at: int | slice) -> FieldSource | Sequence[FieldSource]:
        return tuple(self)[at]


def compact(sources: Sequence[FieldSource], body: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The sources as a payload keeps them. body: the record's dumped values."""
    if isinstance(sources, TableSources):
        return [_row(row, body) for row in sources.rows]
    return [one_source(source) for source in sources]


def one_source(source: FieldSource) -> dict[str, Any]:
    """One source's word on one field, as plain values."""
    return {
        "field": source.field,
        "source": source.source.value,
        "value": source.value,
        "written": source.written,
        "place": source.place,
        "confidence": str(source.confidence),
    }


def expand(said: Iterable[Mapping[str, Any]], body: Mapping[str, Any]) -> Iterator[FieldSource]:
    """The inverse of `compact`: a payload's `sources`, one `FieldSource` for each field."""
    for one in said:
        if "columns" not in one:
            yield FieldSource(
                one["field"],
                Source(one["source"]),
                one["value"],
                one["written"],
                one["place"],
                Decimal(one["confidence"]),
            )
            continue
        prefix = f"{one['sheet']}!" if "sheet" in one else ""
        written = one.get("written", {})
        for field, letters in one["columns"].items():
            value = value_text(_at(body, _path(field)))
            place = f"{prefix}{letters}{one['row']}"
            text = written.get(field, value)
            yield FieldSource(field, Source(one["source"]), value, text, place)


def value_text(value: Any) -> str:
    """A dumped value as one text: lists parted by `；`, an expiry by its date or its word."""
    if isinstance(value, str):
        return value
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, list):
        return SEPARATOR.join(map(value_text, value))
    if isinstance(value, dict):
        if value.keys() <= {"state", "on"}:
            return str(value.get("on") or value.get("state", ""))
        return orjson.dumps(value, option=orjson.OPT_SORT_KEYS).decode()
    return str(value)


def _row(row: RowCells, body: Mapping[str, Any]) -> dict[str, Any]:
    said: dict[str, Any] = {"source": "sheet", "row": row.row, "columns": row.columns}
    if row.sheet is not None:
        said["sheet"] = row.sheet
    written = {}
    for field, text in zip(row.columns, row.written, strict=True):
        # most fields are text at the top of the record: the hot loop of every import
        value = body.get(field)
        if value != text and value_text(_at(body, _path(field))) != text:
            written[field] = text
    if written:
        said["written"] = written
    return said


@lru_cache(maxsize=16_384)
def _path(field: str) -> tuple[str | int, ...]:
    return tuple(int(step) if step.isdigit() else step for step in field.split("."))


def _at(value: Any, path: tuple[str | int, ...]) -> Any:
    for step in path:
        try:
            value = value[step]
        except (KeyError, IndexError, TypeError):
            return None
    return value
