"""What a person or a better parser does with documents that wait: retry, correct, reject."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from typing import Any

import orjson

from audit.journal import DocumentRead, Journal, Written
from audit.records.model import Record, RecordDraft
from audit.records.provenance import FieldSource, Source
from audit.store.types import Quarantined
from base.clock import legal_day
from base.errors import Misuse, message
from ingest.parsers.build import as_text
from ingest.pipeline import DocumentOutcome, Pipeline

NOT_WAITING = message(
    "quarantine.not_waiting",
    zh="隔离项 {item} 不存在或已处理",
    en="Quarantine item {item} does not exist or has been dealt with",
)
PERSON = "person/1"


def waiting(
    journal: Journal,
    *,
    documents: Collection[str] | None = None,
    codes: Collection[str] | None = None,
    parser: str | None = None,
) -> list[Quarantined]:
    """Open items, by document, by reason code, or by the parser that refused (`licence/1`)."""
    at = journal.store.snapshot(legal_day(journal.clock.now()))
    return [
        item
        for item in journal.store.quarantine(at, documents=documents)
        if (codes is None or item.reason in codes)
        and (parser is None or detail_of(item).get("parser") == parser)
    ]


def detail_of(item: Quarantined) -> dict[str, Any]:
    """The detail as values: parser, refusals, fields, rows; empty when there is none."""
    if not item.detail:
        return {}
    try:
        said = orjson.loads(item.detail)
    except orjson.JSONDecodeError:
        return {"text": item.detail}
    return said if isinstance(said, dict) else {"text": item.detail}


def retry(
    pipeline: Pipeline,
    actor: str,
    *,
    documents: Collection[str] | None = None,
    codes: Collection[str] | None = None,
    parser: str | None = None,
) -> Iterator[DocumentOutcome]:
    """Release what matches and read it again. Records that stand already are duplicates."""
    found = waiting(pipeline.journal, documents=documents, codes=codes, parser=parser)
    again = list(dict.fromkeys(item.document for item in found))
    for document in again:
        pipeline.journal.release(actor, document, "retry")
    # rows that were refused beside good ones leave the document read: ask for it by name
    yield from pipeline.process(again, again=True)


def correct(journal: Journal, actor: str, item: int, record: Record) -> tuple[Written, ...]:
    """Enter the record that a person made of a waiting document, beside the original.

    Every field has the person as its source, which outranks all others. Raises `Misuse` when the
    item does not wait.
    """
    found = _open(journal, item)
    draft = RecordDraft(record, found.document, tuple(_sources(record)), (), PERSON)
    read = DocumentRead(found.document, PERSON, PERSON, record.kind, "corrected")
    written = journal.append_records(actor, [draft], read=read, first=item)
    journal.release(actor, found.document, "corrected", seq=item)
    return written


def release(journal: Journal, actor: str, item: int, how: str) -> None:
    """Close an item that needs nothing more. Raises `Misuse` when it does not wait."""
    journal.release(actor, _open(journal, item).document, how, seq=item)


def reject(journal: Journal, actor: str, item: int, why: str) -> None:
    """Keep the original as something that never becomes a record. Raises `Misuse`."""
    journal.reject(actor, _open(journal, item).document, why, seq=item)


def _open(journal: Journal, item: int) -> Quarantined:
    found = next((one for one in waiting(journal) if one.seq == item), None)
    if found is None:
        raise Misuse(NOT_WAITING, item=item)
    return found


def _sources(record: Record) -> Iterator[FieldSource]:
    for name in sorted(record.model_fields_set):
        value = getattr(record, name)
        if value is not None and value != ():
            text = as_text(value)
            yield FieldSource(name, Source.PERSON, text, text, "-")
