"""Originals: received, read, quarantined, released, rejected, disposed of, re-hashed.

A document may come several times: each arrival is a row of `read_receipt`, and the document
itself has one state. A document that stands at `received` is unfinished work, taken up again when
the service starts.
"""

from __future__ import annotations

from typing import Any, Final

import orjson

from audit.ledger.types import Entry
from audit.store import tables as t
from audit.store.derive import canonical_text
from audit.store.projection.batch import Batch
from audit.store.projection.registry import projects

RETRY: Final = "retry"
"""`how` of a release that asks for another reading: the document is unfinished work again."""


@projects("document.received", name="document.received", revision=1)
def received(batch: Batch, entry: Entry, payload: bytes | None) -> None:
    """{file_name, source: {connector, name, ref}, media_type, size, sha256, sm3, note?}."""
    said: dict[str, Any] = orjson.loads(payload) if payload is not None else {}
    (document,) = entry.documents
    source = said.get("source")
    batch.add(
        t.receipt,
        entry.seq,
        document.sha256,
        document.size,
        document.media_type,
        said.get("sm3"),
        said.get("file_name"),
        source["connector"] if source else None,
        canonical_text(source) if source else None,
        batch.time(entry.recorded_at),
        entry.actor,
        entry.seq,
        None,
    )
    standing = _standing(batch, document.sha256)
    if standing is None or standing == "disposed":
        _set(batch, document.sha256, "received", entry, None, standing)


@projects("document.read", name="document.read", revision=1)
def read(batch: Batch, entry: Entry, payload: bytes | None) -> None:
    """{document, reader, parser, kind, records: [keys], duplicates: [seqs], outcome}."""
    _outcome(batch, entry, payload, "read")


@projects("document.disposed", name="document.disposed", revision=1)
def disposed(batch: Batch, entry: Entry, payload: bytes | None) -> None:
    """{document, why, …}: the original is gone after its retention; its hash stays."""
    _outcome(batch, entry, payload, "disposed")


@projects("document.quarantined", name="document.quarantined", revision=1)
def quarantined(batch: Batch, entry: Entry, payload: bytes | None) -> None:
    """{document, reason, params, detail?, draft?}: what could not become a record, and why."""
    said: dict[str, Any] = orjson.loads(payload) if payload is not None else {}
    document = said.get("document") or entry.documents[0].sha256
    batch.add(
        t.quarantine,
        entry.seq,
        document,
        said.get("reason", "erased"),
        "open",
        canonical_text(said["params"]) if "params" in said else None,
        said.get("detail"),
        canonical_text(said["draft"]) if "draft" in said else None,
        None,
        entry.seq,
        None,
    )
    _set(batch, document, "quarantined", entry, None, _standing(batch, document))


@projects("document.released", name="document.released", revision=1)
def released(batch: Batch, entry: Entry, payload: bytes | None) -> None:
    """{document, how, seq?}: out of quarantine, one item or all of the document's."""
    _end(batch, entry, payload, "released", "how")


@projects("document.rejected", name="document.rejected", revision=1)
def rejected(batch: Batch, entry: Entry, payload: bytes | None) -> None:
    """{document, why, seq?}: kept, and never to become a record."""
    _end(batch, entry, payload, "rejected", "why")


@projects("document.fixity", name="document.fixity", revision=1)
def fixity(batch: Batch, entry: Entry, payload: bytes | None) -> None:
    """{document, result}: an original was re-hashed and found missing, rotted or restored."""
    if payload is None:
        return
    said = orjson.loads(payload)
    batch.add(
        t.fact,
        "fixity",
        f"{said['document']}@{entry.seq}",
        said["result"],
        entry.seq,
        canonical_text(said),
        entry.seq,
        None,
    )


def _outcome(batch: Batch, entry: Entry, payload: bytes | None, state: str) -> None:
    if payload is None:
        return
    said = orjson.loads(payload)
    document = said["document"]
    _set(batch, document, state, entry, canonical_text(said), _standing(batch, document))


def _end(batch: Batch, entry: Entry, payload: bytes | None, state: str, why: str) -> None:
    if payload is None:
        return
    said = orjson.loads(payload)
    one = said.get("seq")
    columns = "seq, document, reason, params, detail, draft"
    items = batch.query(
        f"SELECT {columns}, from_seq FROM read_quarantine WHERE log_id = ?"  # noqa: S608
        " AND document = ? AND state = 'open' AND to_seq IS NULL",
        said["document"],
    )
    for seq, document, reason, params, detail, draft, _ in items:
        if one is not None and seq != one:
            continue
        batch.change(
            "UPDATE read_quarantine SET to_seq = ? WHERE seq = ? AND to_seq IS NULL AND log_id = ?",
            entry.seq,
            seq,
        )
        batch.add(
            t.quarantine,
            *(seq, document, reason, state, params, detail, draft, said.get(why), entry.seq, None),
        )
    if all(one in (None, item[0]) for item in items):
        standing = _standing(batch, said["document"])
        if standing == "quarantined":
            again = state == "released" and said.get("how") == RETRY
            now = "received" if again else state
            _set(batch, said["document"], now, entry, canonical_text(said), standing)


def _standing(batch: Batch, sha256: str) -> str | None:
    rows = batch.query(
        "SELECT state FROM read_document WHERE log_id = ? AND sha256 = ? AND to_seq IS NULL",
        sha256,
    )
    return rows[0][0] if rows else None


def _set(
    batch: Batch, sha256: str, state: str, entry: Entry, body: str | None, standing: str | None
) -> None:
    if standing is not None:
        batch.change(
            "UPDATE read_document SET to_seq = ? WHERE sha256 = ? AND to_seq IS NULL"
            " AND log_id = ?",
            entry.seq,
            sha256,
        )
    batch.add(t.document, sha256, state, entry.seq, body, entry.seq, None)
