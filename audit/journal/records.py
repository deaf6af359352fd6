"""From a record draft to ledger drafts: payload bytes, streams, and what the tables will hold."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from hashlib import sha256
from typing import Any, Final

import orjson

from audit.ledger import Draft, Payload
from audit.ledger.entry import new_key
from audit.records import RecordDraft, codec
from audit.records.provenance import Conflict
from audit.records.sources import compact, one_source
from audit.store.derive import LINES_SCHEMA, Derived, Memo, derived_from
from base.errors import Misuse, message

MAX_STREAMS: Final = 64
LINES_AN_ENTRY: Final = 256

TOO_MANY_SUBJECTS = message(
    "journal.too_many_subjects",
    zh="{kind} 记录涉及的对象过多：{place} 有 {count} 个，最多 64 个",
    en="the {kind} record names too many subjects: {count} in {place}, at most 64",
)


class NotApplicable(Misuse):
    """A record that cannot be written as entries."""


@dataclass(frozen=True, slots=True)
class Ready:
    """A record draft made ready: its ledger drafts in order, and the rows they will become."""

    draft: RecordDraft
    key: str
    derived: Derived
    parts: tuple[bytes, ...]
    drafts: tuple[Draft, ...]

    def remember(self, memo: Memo) -> None:
        memo.remember(self.parts, self.derived)

    def forget(self, memo: Memo) -> None:
        memo.forget(self.parts)


def ready(actor: str, draft: RecordDraft, key: str) -> Ready:
    """Everything about a record that does not depend on its place in the log.

    Raises NotApplicable when its header or one line names more than 64 subjects.
    """
    record = draft.record
    body = codec.dump(record)
    payload = _payload(draft, body)
    derived = derived_from(record, record.version, body, payload)
    supersedes = () if draft.supersedes is None else (draft.supersedes,)
    schema, kind = record.schema_name(), f"record.{record.kind}"
    streams = tuple(dict.fromkeys(ref[1] for ref in derived.refs))
    if len(streams) <= MAX_STREAMS:
        payload["record"] = orjson.Fragment(derived.body)  # encoded already, the same way
        data = _bytes(payload)
        head = Draft(kind, key, actor, Payload(schema, data), streams, supersedes=supersedes)
        return Ready(draft, key, derived, (data,), (head,))
    field, header, runs = split(derived, body)
    body = {name: value for name, value in body.items() if name != field}
    lines_of = {"field": field, "count": len(runs[-1][2]) + runs[-1][0]}
    data = _bytes({**payload, "record": body, "lines_of": lines_of})
    drafts = [Draft(kind, key, actor, Payload(schema, data), header, supersedes=supersedes)]
    for start, names, lines in runs:
        part = Payload(LINES_SCHEMA, _bytes({"of": key, "start": start, "lines": lines}))
        drafts.append(Draft("record.lines", f"{key}.{start}", actor, part, names))
    parts = tuple(d.payload.data for d in drafts if d.payload is not None)
    return Ready(draft, key, derived, parts, tuple(drafts))


Run = tuple[int, tuple[str, ...], list[Any]]
"""First line, the streams of these lines, the lines."""


def split(derived: Derived, body: dict[str, Any]) -> tuple[str, tuple[str, ...], list[Run]]:
    """The field that holds the lines, the header's streams, and the lines in runs within 64."""
    header: dict[str, None] = {}
    of_line: dict[int, dict[str, None]] = {}
    for _, identifier, line in derived.refs:
        names = header if line is None else of_line.setdefault(line, {})
        names[identifier] = None
    field = _lines_field(body, max(of_line, default=-1))
    if field is None or len(header) > MAX_STREAMS:
        raise NotApplicable(
            TOO_MANY_SUBJECTS, kind=derived.kind, place="the header", count=len(header)
        )
    lines = body[field]
    runs: list[Run] = []
    start, names = 0, dict[str, None]()
    for at in range(len(lines)):
        own = of_line.get(at, {})
        if len(own) > MAX_STREAMS:
            place = f"line {at + 1}"
            raise NotApplicable(TOO_MANY_SUBJECTS, kind=derived.kind, place=place, count=len(own))
        if at > start and (len(names | own) > MAX_STREAMS or at - start >= LINES_AN_ENTRY):
            runs.append((start, tuple(names), lines[start:at]))
            start, names = at, {}
        names |= own
    runs.append((start, tuple(names), lines[start:]))
    return field, tuple(header), runs


def _lines_field(body: dict[str, Any], last: int) -> str | None:
    """The field whose members the references count: `lines` on papers, `subjects` of a hold."""
    lists = {name: len(value) for name, value in body.items() if isinstance(value, list)}
    fitting = {name: count for name, count in lists.items() if count > last}
    return max(fitting, key=lambda name: (name == "lines", fitting[name]), default=None)


def pipeline_key(draft: RecordDraft, index: int) -> str:
    """The key of the index-th record read from a document: the same again after a crash. A record
    that a person entered has a fresh one."""
    if draft.document is None:
        return new_key()
    return f"{_document_key(draft.document, draft.record.kind, draft.parser)}.{index}"


@lru_cache(maxsize=1_024)
def _document_key(document: str, kind: str, parser: str) -> str:
    return derived_key("record", document, kind, parser)


def derived_key(*parts: str) -> str:
    """An entry key that follows from its parts: 40 hex digits behind the first of them."""
    digest = sha256("\n".join(parts).encode()).hexdigest()
    return f"{parts[0]}-{digest[:40]}"


def payload_of(draft: RecordDraft) -> dict[str, Any]:
    """The payload of a record draft, as plain values."""
    return _payload(draft, codec.dump(draft.record))


def _payload(draft: RecordDraft, body: dict[str, Any]) -> dict[str, Any]:
    payload: dict[str, Any] = {"record": body, "parser": draft.parser}
    if draft.sources:
        payload["sources"] = compact(draft.sources, body)
    if draft.conflicts:
        payload["conflicts"] = list(_conflicts(draft.conflicts))
    if draft.document is not None:
        payload["document"] = draft.document
    if draft.reason is not None:
        payload["reason"] = draft.reason
    return payload


def _conflicts(conflicts: Sequence[Conflict]) -> Iterator[dict[str, Any]]:
    for conflict in conflicts:
        yield {
            "field": conflict.field,
            "kept": one_source(conflict.kept),
            "other": one_source(conflict.other),
        }


def _bytes(payload: dict[str, Any]) -> bytes:
    return orjson.dumps(payload, option=orjson.OPT_SORT_KEYS)
