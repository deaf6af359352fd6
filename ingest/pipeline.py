"""receive -> read -> recognise -> parse -> journal, or quarantine with a reason.

Originals are durable and receipted before anybody tries to read them. Reading runs in several
limited children at once; what they hand back is parsed and appended in the order of the documents,
so the same folder makes the same ledger. What a crash left unfinished is done first.
"""

from __future__ import annotations

import gc
import mimetypes
from collections import Counter, deque
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Any, Final

import orjson
import structlog

from audit.journal import (
    DocumentRead,
    Journal,
    NotApplicable,
    Outcome,
    Receipt,
    ReceiptSource,
    Written,
)
from audit.journal.records import derived_key
from audit.ledger import Lane
from audit.records.model import RecordDraft
from audit.store.types import StoredDocument
from base.clock import legal_day
from base.errors import DeviceTrailError, Message
from ingest import reasons
from ingest.parsers.build import NotARecord
from ingest.parsers.context import Context, Own
from ingest.parsers.sheet import RefusedRows
from ingest.parsers.temperature import TemperatureDraft
from ingest.readers import reasons as read_reasons
from ingest.readers.pool import ReaderPool
from ingest.readers.types import Integrity, ReadDocument, ReadOptions, Unreadable
from ingest.recognise import NotRecognised, Parsed, Recognised, recognise

ACTOR: Final = "system:ingest"
CHUNK: Final = 500
"""Records appended together."""
_ROWS_AN_ITEM: Final = 200
"""Refused rows named in one quarantine item."""
_DEPTH: Final = 3
"""Files inside files inside files; deeper ones are kept and not opened."""

OptionsOf = Callable[[StoredDocument], ReadOptions]
_log = structlog.get_logger("ingest")


class State(StrEnum):
    """How a document came out."""

    READ = "read"
    PARTIAL = "partial"  # some rows were refused and are in quarantine
    CONTAINER = "container"  # it only carried other documents
    QUARANTINED = "quarantined"
    DUPLICATE = "duplicate"  # the same bytes had been dealt with before


@dataclass(frozen=True, slots=True)
class DocumentOutcome:
    """One line of progress. records: newly recorded. duplicates: stood already with the same
    content. conflicts: stood already with other content, in quarantine. refused: rows."""

    sha256: str
    file_name: str
    state: State
    kind: str | None = None
    parser: str | None = None
    records: int = 0
    duplicates: int = 0
    conflicts: int = 0
    refused: int = 0
    reason: Message | None = None
    params: Mapping[str, Any] = field(default_factory=dict)


@contextmanager
def _rare_collections() -> Iterator[None]:
    """Let the cycle collector look less often: records make no cycles, and its looks at every
    seven hundred of them cost a quarter of the time."""
    before = gc.get_threshold()
    gc.set_threshold(max(50_000, before[0]), 20, 100)
    try:
        yield
    finally:
        gc.set_threshold(*before)


class _ParserFault(Exception):
    """A parser broke where it should have said why."""


def _parsed(known: Recognised, context: Context) -> Iterator[Parsed]:
    """What the parser makes; its own faults told apart from those of the ledger and the disk."""
    try:
        yield from known.parse(context)
    except DeviceTrailError:
        raise
    except Exception as error:
        raise _ParserFault(f"{type(error).__name__}: {error}"[:200]) from error


class _Sink:
    """Appends a document's records in chunks; the next is parsed while the last is made durable.

    counts: what became of the drafts so far. taken: drafts that were added.
    """

    def __init__(self, journal: Journal, actor: str, lane: Lane) -> None:
        self.counts: Counter[Outcome] = Counter()
        self.taken = 0
        self._journal, self._actor, self._lane = journal, actor, lane
        self._batch: list[RecordDraft] = []
        self._readings: dict[str, bytes] = {}
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="append")
        self._flying: Future[tuple[Written, ...]] | None = None

    def __enter__(self) -> _Sink:
        return self

    def __exit__(self, *_: object) -> None:
        self._thread.shutdown(wait=True)
        self._land()  # an append that failed in the background is not passed over

    def add(self, draft: RecordDraft, readings: Mapping[str, bytes]) -> None:
        """Take a draft; append what came before it when there is enough. Raises `Unavailable`."""
        if len(self._batch) == CHUNK:
            self._land()
            self._flying = self._thread.submit(self._appending(None))
        self._batch.append(draft)
        self._readings |= readings
        self.taken += 1

    def close(self, read: DocumentRead) -> None:
        """Append the rest, and the entry that closes the document. Raises `Unavailable`."""
        self._land()
        self._count(self._appending(read)())

    def _appending(self, read: DocumentRead | None) -> Callable[[], tuple[Written, ...]]:
        batch, readings = self._batch, self._readings
        first = self.taken - len(batch)
        self._batch, self._readings = [], {}
        return lambda: self._journal.append_records(
            self._actor, batch, read=read, lane=self._lane, first=first, readings=readings or None
        )

    def _land(self) -> None:
        if self._flying is not None:
            flying, self._flying = self._flying, None
            self._count(flying.result())

    def _count(self, written: Sequence[Written]) -> None:
        self.counts.update(one.outcome for one in written)


def media_type_of(file_name: str) -> str:
    """The type that a file name promises; content decides when it is read."""
    return mimetypes.guess_type(file_name)[0] or "application/octet-stream"


class Pipeline:
    """Documents in, records out.

    own: our own company, to tell our delivery notes and letters from others'. options_of: what a
    document's source settles about clocks and dates. workers: how many files are read at once.
    """

    def __init__(
        self,
        journal: Journal,
        readers: ReaderPool,
        *,
        own: Own | None = None,
        options_of: OptionsOf | None = None,
        workers: int = 2,
        actor: str = ACTOR,
    ) -> None:
        self.journal = journal
        self._readers = readers
        self._own = own or Own()
        self._options_of = options_of or (lambda document: ReadOptions())
        self._workers = workers
        self._actor = actor

    def receive(
        self,
        actor: str,
        content: bytes | Path,
        *,
        file_name: str,
        source: ReceiptSource,
        lane: Lane = Lane.BULK,
        note: str | None = None,
    ) -> Receipt:
        """Keep an original and its receipt, durably. Reading comes later. Raises Unavailable."""
        return self.journal.receive(
            actor,
            content,
            file_name=file_name,
            media_type=media_type_of(file_name),
            source=source,
            lane=lane,
            note=note,
        )

    def process(
        self, documents: Iterable[str], lane: Lane = Lane.BULK, *, again: bool = False
    ) -> Iterator[DocumentOutcome]:
        """Read documents that were received, in this order; files found inside come after theirs.

        A document that was dealt with before is a duplicate and is left alone, unless `again`.
        Raises Unavailable when the ledger or the originals cannot be reached; what was not
        finished then is unfinished work, done again later.
        """
        with (
            _rare_collections(),
            ThreadPoolExecutor(self._workers, thread_name_prefix="read") as threads,
        ):
            found_inside: deque[tuple[str, int]] = deque()
            work = ((sha256, 0) for sha256 in documents)
            reading: deque[tuple[StoredDocument, int, Future[ReadDocument] | None]] = deque()
            seen: set[str] = set()
            try:
                while True:
                    while len(reading) < self._workers * 2:
                        following = found_inside.popleft() if found_inside else next(work, None)
                        if following is None:
                            break
                        sha256, depth = following
                        stored = self._stored(sha256)
                        if sha256 in seen or not (again or self._is_open(stored)):
                            reading.append((stored, depth, None))
                            continue
                        seen.add(sha256)
                        reading.append((stored, depth, threads.submit(self._read, stored)))
                    if not reading:
                        return
                    stored, depth, future = reading.popleft()
                    if future is None:
                        name = stored.file_name or ""
                        yield DocumentOutcome(stored.sha256, name, State.DUPLICATE)
                        continue
                    outcome, inside = self._take(stored, future, lane)
                    yield outcome
                    if depth < _DEPTH:
                        found_inside.extend((sha256, depth + 1) for sha256 in inside)
            finally:
                for _, _, future in reading:
                    if future is not None:
                        future.cancel()

    def unfinished(self) -> list[str]:
        """Documents received and not dealt with, oldest first; among them those whose refused
        rows are in quarantine while their good rows are not all recorded."""
        journal = self.journal
        at = journal.store.snapshot(legal_day(journal.clock.now()))
        waiting = {item.document for item in journal.store.quarantine(at) if _is_rows(item.reason)}
        open_ = journal.store.documents(at, states=["received", "quarantined"])
        return [d.sha256 for d in open_ if d.state == "received" or d.sha256 in waiting]

    def resume(self, lane: Lane = Lane.BULK) -> Iterator[DocumentOutcome]:
        """Finish what an earlier run left."""
        return self.process(self.unfinished(), lane)

    # Reading

    def _stored(self, sha256: str) -> StoredDocument:
        journal = self.journal
        at = journal.store.snapshot(legal_day(journal.clock.now()))
        (found,) = journal.store.documents(at, sha256=[sha256])
        return found

    def _is_open(self, stored: StoredDocument) -> bool:
        if stored.state == "received":
            return True
        if stored.state != "quarantined":
            return False
        journal = self.journal
        at = journal.store.snapshot(legal_day(journal.clock.now()))
        items = journal.store.quarantine(at, documents=[stored.sha256])
        return any(_is_rows(item.reason) for item in items)

    def _read(self, stored: StoredDocument) -> ReadDocument:
        """In a thread: the original's bytes through a limited child."""
        options = self._options_of(stored)
        if stored.size > options.max_bytes:
            raise Unreadable(
                read_reasons.TOO_LARGE,
                what=stored.file_name or stored.sha256,
                actual=stored.size,
                limit=options.max_bytes,
            )
        data = b"".join(self.journal.documents.pieces(stored.sha256))
        return self._readers.read(data, stored.file_name or "", options)

    def _take(
        self, stored: StoredDocument, future: Future[ReadDocument], lane: Lane
    ) -> tuple[DocumentOutcome, list[str]]:
        try:
            read = future.result()
        except Unreadable as error:
            return self._put_aside(stored, error.message, error.params, None, lane), []
        inside = self._inside(stored, read, lane)
        self._integrity(stored, read.integrity)
        if inside and not (read.fields or read.pages or read.tables or read.series):
            closing_entry = self._closing(stored, read, "archive/1", "archive", State.CONTAINER)
            self.journal.append_records(self._actor, (), read=closing_entry, lane=lane)
            outcome = DocumentOutcome(stored.sha256, stored.file_name or "", State.CONTAINER)
            return outcome, inside
        return self._records(stored, read, lane), inside

    def _inside(self, stored: StoredDocument, read: ReadDocument, lane: Lane) -> list[str]:
        """Receive the files that a file carries, as documents of their own."""
        found = []
        for number, part in enumerate(read.embedded):
            name = str(stored.source.get("name", ""))  # its settings go for what is inside, too
            source = ReceiptSource("embedded", name, f"{stored.sha256}#{number}")
            receipt = self.receive(
                self._actor, part.data, file_name=part.name, source=source, lane=lane
            )
            found.append(receipt.sha256)
        return found

    def _integrity(self, stored: StoredDocument, checks: Sequence[Integrity]) -> None:
        """Keep what the file proves by itself, or fails to."""
        for check in checks:
            said = {
                "document": stored.sha256,
                "scheme": check.scheme,
                "state": check.state.value,
                "failed": list(check.failed),
                "details": dict(check.details),
            }
            key = derived_key("integrity", stored.sha256, orjson.dumps(said).hex())
            stream = f"document:{stored.sha256}"
            self.journal.note(self._actor, "document.integrity", said, streams=(stream,), key=key)

    # Records

    def _records(self, stored: StoredDocument, read: ReadDocument, lane: Lane) -> DocumentOutcome:
        try:
            known = recognise(read)
        except NotRecognised as error:
            return self._put_aside(stored, error.message, error.params, None, lane)
        context = Context(stored.sha256, stored.file_name or "", self._own)
        refused: list[RefusedRows] = []
        with _Sink(self.journal, self._actor, lane) as sink:
            try:
                for one in _parsed(known, context):
                    if isinstance(one, RefusedRows):
                        refused.append(one)
                    elif isinstance(one, TemperatureDraft):
                        sink.add(one.draft, {chunk.sha256: chunk.data for chunk in one.chunks})
                    else:
                        sink.add(one, {})
                if not sink.taken:
                    return self._nothing(stored, known.parser, refused, lane)
                state = State.PARTIAL if refused else State.READ
                self._refuse_rows(stored, known.parser, refused, sink.taken, lane)
                sink.close(self._closing(stored, read, known.parser, known.kind, state))
            except NotARecord as error:
                detail = _detail(known.parser, error)
                return self._put_aside(stored, error.message, error.params, detail, lane)
            except NotApplicable as error:
                detail = _json({"parser": known.parser})
                return self._put_aside(stored, error.message, error.params, detail, lane)
            except _ParserFault as fault:
                _log.error("parser failed", parser=known.parser, document=stored.sha256)
                params = {"kind": known.kind, "detail": str(fault)}
                detail = _json({"parser": known.parser})
                return self._put_aside(stored, reasons.PARSER_FAILED, params, detail, lane)
        return DocumentOutcome(
            stored.sha256,
            stored.file_name or "",
            state,
            known.kind,
            known.parser,
            sink.counts[Outcome.RECORDED],
            sink.counts[Outcome.DUPLICATE] + sink.counts[Outcome.REPEATED],
            sink.counts[Outcome.CONFLICT],
            sum(len(one.rows) for one in refused),
            reasons.ROWS_REFUSED if refused else None,
        )

    def _closing(
        self, stored: StoredDocument, read: ReadDocument, parser: str, kind: str, state: State
    ) -> DocumentRead:
        outcome = "records" if state is State.READ else state.value
        return DocumentRead(stored.sha256, read.reader, parser, kind, outcome)

    # Quarantine

    def _nothing(
        self, stored: StoredDocument, parser: str, refused: list[RefusedRows], lane: Lane
    ) -> DocumentOutcome:
        """Not one good row: the document as a whole waits."""
        if not refused:
            detail = _json({"parser": parser})
            return self._put_aside(stored, reasons.NOTHING_INSIDE, {}, detail, lane)
        first = refused[0].refusals[0]
        detail = _json(
            {"parser": parser, "rows": [one.as_json() for one in refused[:_ROWS_AN_ITEM]]}
        )
        return self._put_aside(stored, first.why, first.params, detail, lane)

    def _refuse_rows(
        self,
        stored: StoredDocument,
        parser: str,
        refused: list[RefusedRows],
        taken: int,
        lane: Lane,
    ) -> None:
        """The rows that make no record, with their cells and reasons, beside the good ones."""
        if not refused:
            return
        journal = self.journal
        at = journal.store.snapshot(legal_day(journal.clock.now()))
        standing = {
            item.detail
            for item in journal.store.quarantine(at, documents=[stored.sha256])
            if _is_rows(item.reason)
        }
        for start in range(0, len(refused), _ROWS_AN_ITEM):
            some = refused[start : start + _ROWS_AN_ITEM]
            params = {"refused": len(some), "total": taken + len(refused)}
            detail = _json({"parser": parser, "rows": [one.as_json() for one in some]})
            if detail in standing:
                continue  # a run that was interrupted had put these aside already
            key = derived_key("quarantine", stored.sha256, str(stored.since), detail)
            self.journal.quarantine(
                self._actor,
                stored.sha256,
                reasons.ROWS_REFUSED,
                params,
                detail,
                lane=lane,
                key=key,
            )

    def _put_aside(
        self,
        stored: StoredDocument,
        why: Message,
        params: Mapping[str, Any],
        detail: str | None,
        lane: Lane,
    ) -> DocumentOutcome:
        plain = {k: v if isinstance(v, int) else str(v) for k, v in params.items()}
        key = derived_key("quarantine", stored.sha256, why.code, str(stored.since))
        self.journal.quarantine(self._actor, stored.sha256, why, plain, detail, lane=lane, key=key)
        return DocumentOutcome(
            stored.sha256, stored.file_name or "", State.QUARANTINED, reason=why, params=plain
        )


def _is_rows(code: str) -> bool:
    return code == reasons.ROWS_REFUSED.code


def _detail(parser: str, error: NotARecord) -> str:
    """What was read and why it does not do, for the person who completes it."""
    return _json(
        {
            "parser": parser,
            "kind": error.kind.kind,
            "refusals": [refusal.as_json() for refusal in error.refusals],
            "fields": [
                {
                    "field": word.field,
                    "value": word.text if word.text is not None else word.written,
                    "written": word.written,
                    "source": word.source.value,
                    "place": word.place,
                }
                for word in error.words
            ],
        }
    )


def _json(value: object) -> str:
    return orjson.dumps(value, option=orjson.OPT_SORT_KEYS).decode()
