"""From a record's payload to the rows that the read tables hold of it. Pure.

The projector must give the same rows while appending and while rebuilding, so everything here is
a function of payload bytes. Turning bytes into a model costs more than writing its rows, and the
writer has just made the bytes from the model: it leaves the result in a `Memo` under the very
bytes, and the projector, which runs inside the append's transaction, finds it there instead of
parsing again. A memo changes when work is done, never its result.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import orjson

from audit.records import KINDS, Record, codec
from base.errors import Unavailable, message

KIND_UNKNOWN = message(
    "store.kind_unknown",
    zh="此版本不认识记录格式“{schema}”：数据由更新的版本写入",
    en="this version does not know the record format '{schema}': newer software wrote it",
)

LINES_SCHEMA: Final = "record.lines/1"
Parts = tuple[bytes, ...]


@dataclass(frozen=True, slots=True)
class Derived:
    """What the read tables hold of one record. `refs`: (role, identifier, line)."""

    kind: str
    version: int
    identity: str
    document: str | None
    valid_from: str | None
    valid_until: str | None
    occurred_on: str | None
    parser: str | None
    conflicts: str | None
    body: str
    refs: tuple[tuple[str, str, int | None], ...]


class Memo:
    """Results of `derive` that a writer already has at hand. Safe between threads."""

    def __init__(self) -> None:
        self._known: dict[Parts, Derived] = {}

    def remember(self, parts: Parts, derived: Derived) -> None:
        self._known[parts] = derived

    def forget(self, parts: Parts) -> None:
        self._known.pop(parts, None)

    def get(self, schema: str, parts: Parts) -> Derived:
        """What `derive` gives for these bytes."""
        return self._known.get(parts) or derive(schema, parts)


def derive(schema: str, parts: Parts) -> Derived:
    """Rows from a record's payload, and those of its `record.lines`, in order.

    Raises Unavailable when a newer version wrote a kind or version that this one does not know.
    """
    kind_of_schema(schema)
    payload = orjson.loads(parts[0])
    body = payload["record"]
    if len(parts) > 1:
        field = payload["lines_of"]["field"]
        body[field] = [line for part in parts[1:] for line in orjson.loads(part)["lines"]]
    record = codec.load_schema(schema, body)
    return derived_from(record, version_of_schema(schema), body, payload)


def derived_from(
    record: Record, version: int, body: Mapping[str, Any], payload: Mapping[str, Any]
) -> Derived:
    """The same from a model at hand, with its dumped body and the rest of its payload."""
    conflicts = payload.get("conflicts")
    return Derived(
        kind=record.kind,
        version=version,
        identity=record.identity(),
        document=payload.get("document"),
        valid_from=_iso(record.valid_from()),
        valid_until=_iso(record.valid_until()),
        occurred_on=_iso(record.occurred_on()),
        parser=payload.get("parser"),
        conflicts=canonical_text(conflicts) if conflicts else None,
        body=canonical_text(body),
        refs=tuple((ref.role, ref.identifier, ref.line) for ref in record.refs()),
    )


def kind_of_schema(schema: str) -> type[Record]:
    """The record kind of `record.<kind>/<version>`. Raises Unavailable when it is not known."""
    kind = KINDS.get(schema.removeprefix("record.").rpartition("/")[0])
    if kind is None or not schema.startswith("record.") or version_of_schema(schema) > kind.version:
        raise Unavailable(KIND_UNKNOWN, schema=schema)
    return kind


def version_of_schema(schema: str) -> int:
    return int(schema.rpartition("/")[2])


def canonical_text(value: Mapping[str, Any] | Sequence[Any]) -> str:
    """Sorted JSON as text."""
    return orjson.dumps(value, option=orjson.OPT_SORT_KEYS).decode()


def _iso(day: Any) -> str | None:
    return None if day is None else day.isoformat()
