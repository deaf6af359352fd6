"""`Journal`: receive, append, quarantine, confirm, refuse, correct, note, erase, dispose."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

from sqlalchemy import Engine

from audit.documents import DocumentStore, Fixity
from audit.journal.append import Appending
from audit.journal.links import link_drafts, unlink_drafts
from audit.journal.records import derived_key
from audit.journal.types import DocumentRead, Receipt, ReceiptSource, Signature, Written
from audit.ledger import DocumentRef, Draft, Entry, Lane, Log, Payload, Signer, canonical
from audit.ledger.entry import new_key
from audit.ledger.writer import KEY_REUSED
from audit.records import Record, RecordDraft
from audit.store import Projection, Store
from audit.store.chunks import store_chunks
from audit.store.derive import canonical_text
from audit.store.migrate import upgrade
from audit.store.revisions import mark_current, require_current
from audit.store.state import LIVE, State
from audit.store.types import StoredRecord
from base.clock import Clock, SystemClock, legal_day, rfc3339
from base.errors import Message, Misuse, Refused, message

OWN_CONFIRMATION = message(
    "journal.own_confirmation",
    zh="记录 {seq} 由本人录入，须由他人确认",
    en="record {seq} was entered by the same person; somebody else has to confirm it",
)
NO_RECORD = message(
    "journal.no_record",
    zh="条目 {seq} 不是可处理的记录",
    en="entry {seq} is no record that can be acted on",
)
NO_DOCUMENT = message(
    "journal.no_document",
    zh="原件 {sha256} 从未收到",
    en="the original {sha256} was never received",
)

MEDIA_TYPE: Final = "application/octet-stream"


class Journal:
    """See the package. `log`, `store` and `documents` are there to be read through."""

    def __init__(
        self,
        log: Log,
        documents: DocumentStore,
        projection: Projection,
        clock: Clock | None = None,
    ) -> None:
        """`projection` is the very projector that `log` was opened with."""
        self.log = log
        self.store = Store(log.engine, log.log_id)
        self.documents = documents
        self.clock = clock or SystemClock()
        self._projection = projection
        self._appending = Appending(log, self.store, projection.memo, self.clock)

    @classmethod
    def create(
        cls,
        engine: Engine,
        documents: DocumentStore,
        *,
        origin: str,
        signer: Signer,
        key_dir: Path,
        actor: str,
        clock: Clock | None = None,
        **settings: Any,
    ) -> Journal:
        """Make the tables and the log. `settings` go to `Log.create`."""
        upgrade(engine)
        projection = Projection()
        log = Log.create(
            engine,
            origin=origin,
            signer=signer,
            key_dir=key_dir,
            actor=actor,
            clock=clock,
            projector=projection,
            **settings,
        )
        projection.log_id = log.log_id
        mark_current(engine, log.log_id)
        return cls(log, documents, projection, clock)

    @classmethod
    def open(
        cls,
        engine: Engine,
        documents: DocumentStore,
        *,
        clock: Clock | None = None,
        **settings: Any,
    ) -> Journal:
        """Open an existing log for writing. `settings` go to `Log.open`.

        Raises Unavailable when the database is of another version, or when its read tables were
        made by older projections ("rebuild first").
        """
        upgrade(engine)
        projection = Projection()
        log = Log.open(engine, clock=clock, projector=projection, **settings)
        projection.log_id = log.log_id
        require_current(engine, log.log_id)
        return cls(log, documents, projection, clock)

    def close(self) -> None:
        """Stop the writer. The engine stays open."""
        self.log.close()

    # Documents

    def receive(
        self,
        actor: str,
        content: bytes | Path,
        *,
        file_name: str,
        media_type: str = MEDIA_TYPE,
        source: ReceiptSource,
        lane: Lane = Lane.INTERACTIVE,
        note: str | None = None,
        key: str | None = None,
    ) -> Receipt:
        """Keep an original: its bytes durably first, then the entry that says so.

        The same item of the same source again is the same receipt; the same bytes from elsewhere
        are one document with a second receipt. Raises Unavailable when either cannot be kept.
        """
        stored = self.documents.put(content)
        said: dict[str, Any] = {
            "file_name": file_name,
            "media_type": media_type,
            "sha256": stored.sha256,
            "size": stored.size,
            "sm3": stored.sm3,
            "source": _source(source),
        }
        if note:
            said["note"] = note
        known = stored.existed and self.document_known(stored.sha256)
        if key is None and source.ref:
            key = derived_key(
                "receipt", actor, source.connector, source.name, source.ref, stored.sha256
            )
        draft = Draft(
            "document.received",
            key or new_key(),
            actor,
            Payload("document.received/1", encode(said)),
            (f"document:{stored.sha256}",),
            (DocumentRef(stored.sha256, stored.size, media_type),),
        )
        try:
            (entry,) = self.log.append(draft, lane=lane)
        except Misuse as error:
            if error.message is not KEY_REUSED or not source.ref:
                raise
            # The same item under another file name or with another note is another receipt.
            again = Draft(
                draft.kind, new_key(), actor, draft.payload, draft.streams, draft.documents
            )
            (entry,) = self.log.append(again, lane=lane)
        if stored.restored:
            self.note(
                actor,
                "document.fixity",
                {"document": stored.sha256, "result": "restored"},
                streams=(f"document:{stored.sha256}",),
            )
        return Receipt(entry.seq, stored.sha256, known and self._first(stored.sha256) != entry.seq)

    def document_known(self, sha256: str) -> bool:
        """Whether an entry speaks of this original."""
        return self._first(sha256) is not None

    def unfinished(self) -> list[str]:
        """Originals that were received and neither read nor quarantined: work to take up again."""
        found = self.store.documents(self._now(), states=["received"])
        return [document.sha256 for document in found]

    def quarantine(
        self,
        actor: str,
        document: str,
        reason: Message,
        params: Mapping[str, Any] | None = None,
        detail: str | None = None,
        draft: RecordDraft | None = None,
        *,
        lane: Lane = Lane.INTERACTIVE,
        key: str | None = None,
    ) -> Entry:
        """Put a document aside with the reason; `draft` is what could be read of it."""
        return self._appending.quarantine(
            actor, document, reason, params or {}, detail, draft, lane, key
        )

    def release(self, actor: str, document: str, how: str, *, seq: int | None = None) -> Entry:
        """Take a document, or the one item `seq`, out of quarantine. `how` is `retry` (read it
        again), `corrected`, …"""
        return self._end(actor, "document.released", document, "how", how, seq)

    def reject(self, actor: str, document: str, why: str, *, seq: int | None = None) -> Entry:
        """Keep a quarantined document, or one item, as something that never becomes a record."""
        return self._end(actor, "document.rejected", document, "why", why, seq)

    def check_fixity(self, actor: str, document: str) -> Fixity:
        """Re-hash an original; anything but `ok` becomes an entry."""
        result = self.documents.fixity(document)
        if result is not Fixity.OK:
            self.note(
                actor,
                "document.fixity",
                {"document": document, "result": result.value},
                streams=(f"document:{document}",),
            )
        return result

    def dispose(self, actor: str, document: str, why: str, **said: Any) -> Entry:
        """Remove an original after its retention: the entry first, then the bytes. Whether the
        duty has ended and no hold stands is decided by the caller."""
        if not self.document_known(document):
            raise Misuse(NO_DOCUMENT, sha256=document)
        entry = self.note(
            actor,
            "document.disposed",
            {"document": document, "why": why, **said},
            streams=(f"document:{document}",),
        )
        self.documents.remove(document)
        return entry

    # Records

    def append_records(
        self,
        actor: str,
        drafts: Sequence[RecordDraft],
        *,
        read: DocumentRead | None = None,
        lane: Lane = Lane.BULK,
        before: Sequence[Written] = (),
        first: int | None = None,
        key: str | None = None,
        readings: Mapping[str, bytes] | None = None,
    ) -> tuple[Written, ...]:
        """Append records, what they say of identities, and the closing `document.read`.

        Up to 500 records are one group, all or nothing; more are several groups, the last of
        which closes the document, so a crash between leaves unfinished work that is done again
        under the same keys. before: what earlier calls for the same document returned, when a
        long one comes in several; the reading then names all of it. first: index of the first
        draft within its document, else the number of `before`; keys follow from it. key: a
        client's own key, for records without a document.
        readings: packed chunks that temperature logs commit to, by their SHA-256.

        A record that stands already with the same content is a duplicate; with other content it
        goes to quarantine (`record.conflict`), or is refused when it has no document.
        """
        if readings:
            store_chunks(self.log.engine, readings)
        return self._appending.records(actor, drafts, read, lane, before, first, key)

    def correct(
        self,
        actor: str,
        seq: int,
        record: Record,
        reason: str,
        *,
        document: str | None = None,
        key: str | None = None,
        readings: Mapping[str, bytes] | None = None,
    ) -> Written:
        """Supersede a record. What it said stays in the ledger. Raises Refused when it no longer
        stands, Misuse when the entry is no record."""
        if readings:
            store_chunks(self.log.engine, readings)
        old = self._live(seq)
        draft = RecordDraft(
            record=record,
            document=document or old.document,
            parser="person/1",
            supersedes=seq,
            reason=reason,
        )
        return self._appending.correction(actor, draft, key or new_key())

    def confirm(self, signature: Signature, seqs: Sequence[int]) -> tuple[Entry, ...]:
        """Sign pending records, all or none; the identities they state hold from then on.

        Raises Refused when one is not pending or was entered by the signer himself.
        """
        drafts: list[Draft] = []
        for stored in self._records(seqs):
            if stored.actor == signature.actor:
                raise Refused(OWN_CONFIRMATION, seq=stored.seq)
            signing = self._signed("record.confirmed", stored, signature, "reason")
            drafts.append(signing)
            if stored.record is not None:
                drafts += link_drafts(signature.actor, stored.record, stored.key, by=signing.key)
            drafts += self._unlink_superseded(signature.actor, stored, signing.key)
        return self.log.append(*drafts)

    def refuse(self, signature: Signature, seqs: Sequence[int]) -> tuple[Entry, ...]:
        """Refuse pending records, all or none; `signature.reason` says why."""
        drafts = [
            self._signed("record.refused", stored, signature, "why")
            for stored in self._records(seqs)
        ]
        return self.log.append(*drafts)

    def link(self, actor: str, a: str, b: str, reason: str) -> Entry:
        """Say that two identifiers of one type are one subject, on a person's word."""
        said = {"a": a, "b": b, "reason": reason}
        return self.note(actor, "identity.linked", said, streams=(a, b))

    def unlink(
        self, actor: str, a: str, b: str, reason: str, *, because: str | None = None
    ) -> Entry:
        """Take a link back: one record's word, or without `because` everybody's."""
        said = {"a": a, "b": b, "reason": reason}
        if because:
            said["because"] = because
        return self.note(actor, "identity.unlinked", said, streams=(a, b))

    # Everything else

    def note(
        self,
        actor: str,
        kind: str,
        payload: Mapping[str, Any],
        *,
        streams: Sequence[str] = (),
        key: str | None = None,
        expect: Mapping[str, int] | None = None,
        lane: Lane = Lane.INTERACTIVE,
        documents: Sequence[DocumentRef] = (),
    ) -> Entry:
        """Append one entry of any other kind: findings, runs, packages, policies, users, holds.

        Raises Refused `ledger.stream_moved` when `expect` no longer holds.
        """
        return self.notes(
            actor,
            [(kind, payload, streams)],
            key=key,
            expect=expect,
            lane=lane,
            documents=documents,
        )[0]

    def notes(
        self,
        actor: str,
        entries: Sequence[tuple[str, Mapping[str, Any], Sequence[str]]],
        *,
        key: str | None = None,
        expect: Mapping[str, int] | None = None,
        lane: Lane = Lane.INTERACTIVE,
        documents: Sequence[DocumentRef] = (),
    ) -> tuple[Entry, ...]:
        """Several of them, all or nothing: (kind, payload, streams) each. With a key, the n-th
        entry after the first has `<key>.<n>`."""
        drafts = [
            Draft(
                kind,
                new_key() if key is None else (key if n == 0 else f"{key}.{n}"),
                actor,
                Payload(f"{kind}/1", encode(payload)),
                tuple(dict.fromkeys(streams)),
                tuple(documents) if n == 0 else (),
                expect=dict(expect or {}) if n == 0 else {},
            )
            for n, (kind, payload, streams) in enumerate(entries)
        ]
        return self.log.append(*drafts, lane=lane)

    def erase(self, actor: str, seqs: Sequence[int], reason: str) -> Entry:
        """Delete payloads under an `erasure` entry; the rows made of them become tombstones. The
        lines of a record in parts go with it. Whether a duty or hold forbids it is decided above.
        """
        parts = self.store.read(
            "SELECT seq FROM read_line WHERE log_id = ? AND of_seq IN :many", list(seqs)
        )
        return self.log.erase(sorted({*seqs, *(row[0] for row in parts)}), actor, reason)

    # Within

    def _now(self) -> Any:
        return self.store.snapshot(legal_day(self.clock.now()))

    def _first(self, sha256: str) -> int | None:
        rows = self.store.read(
            "SELECT MIN(seq) FROM read_receipt WHERE log_id = ? AND document = ?", sha256
        )
        first: int | None = rows[0][0]
        return first

    def _end(
        self, actor: str, kind: str, document: str, name: str, value: str, seq: int | None
    ) -> Entry:
        said: dict[str, Any] = {"document": document, name: value}
        if seq is not None:
            said["seq"] = seq
        return self.note(actor, kind, said, streams=(f"document:{document}",))

    def _records(self, seqs: Sequence[int]) -> list[StoredRecord]:
        found = {stored.seq: stored for stored in self.store.by_seqs(self._now(), seqs)}
        for seq in seqs:
            if seq not in found:
                raise Misuse(NO_RECORD, seq=seq)
        return [found[seq] for seq in seqs]

    def _live(self, seq: int) -> StoredRecord:
        (stored,) = self._records([seq])
        if stored.state not in LIVE:
            raise Misuse(NO_RECORD, seq=seq)
        return stored

    def _signed(self, kind: str, stored: StoredRecord, signature: Signature, why: str) -> Draft:
        said: dict[str, Any] = {
            "seq": stored.seq,
            "meaning": signature.meaning,
            "signature": {
                "actor": signature.actor,
                "name": signature.name,
                "at": rfc3339(self.clock.now()),
                "method": signature.method,
            },
        }
        if signature.reason:
            said[why] = signature.reason
        streams = stored.record.streams()[:64] if stored.record is not None else ()
        return Draft(kind, new_key(), signature.actor, Payload(f"{kind}/1", encode(said)), streams)

    def _unlink_superseded(self, actor: str, stored: StoredRecord, by: str) -> list[Draft]:
        if stored.supersedes is None or stored.record is None:
            return []
        old = self.store.record(self._now(), stored.supersedes)
        if old is None or old.state not in (State.EFFECTIVE, State.CONFIRMED):
            return []
        return unlink_drafts(actor, self.store.links_because([old.key]), by)


def encode(payload: Mapping[str, Any]) -> bytes:
    """A payload in canonical JSON. Raises Misuse naming the key outside the profile."""
    value = dict(payload)
    canonical.check(value)
    return canonical_text(value).encode()


def _source(source: ReceiptSource) -> dict[str, str]:
    said = {"connector": source.connector, "name": source.name, "ref": source.ref}
    if source.user is not None:
        said["user"] = source.user
    if source.at is not None:
        said["at"] = rfc3339(source.at)
    return said
