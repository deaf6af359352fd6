"""Appending records: what is new, what stands already, what contradicts it.

The read tables refuse a second live record of one identity inside the append's own transaction.
So the journal may look first, without a lock, and simply looks again when somebody was faster.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, field
from typing import Any, Final

import orjson

from audit.journal.aside import conflict_draft, quarantine_key, quarantined_draft
from audit.journal.links import link_drafts, unlink_drafts
from audit.journal.records import Ready, derived_key, pipeline_key, ready
from audit.journal.sorting import Call, Sorted, place, sort
from audit.journal.types import DocumentRead, Outcome, Written
from audit.ledger import Draft, Entry, Lane, Log, Payload
from audit.ledger.entry import new_key
from audit.records import RecordDraft
from audit.store import IdentityTaken, Store
from audit.store.derive import Memo
from base.clock import Clock
from base.errors import Message, Refused, message

GROUP: Final = 500
"""Records that are appended together."""
LOOK_FIRST: Final = 4
"""Groups of more records than this look for standing ones before they try."""
ATTEMPTS: Final = 20
GROUP_ENTRIES: Final = 2_000
GROUP_BYTES: Final = 16 << 20
"""Well within what the ledger takes as one group."""

CONTENDED = message(
    "journal.contended",
    zh="同一记录正被反复写入，请稍后再试",
    en="the same record keeps being written by others; try again",
)


@dataclass(slots=True)
class _Run:
    """Drafts that are appended together, and where their caller waits for them."""

    prepared: dict[int, Ready]
    read: DocumentRead | None
    done: Sorted = field(default_factory=Sorted)
    futures: list[Future[tuple[Entry, ...]]] = field(default_factory=list)

    def remember(self, memo: Memo) -> None:
        for one in self.prepared.values():
            one.remember(memo)

    def forget(self, memo: Memo) -> None:
        for one in self.prepared.values():
            one.forget(memo)


class Appending:
    """The part of the journal that appends records and quarantines what contradicts them."""

    def __init__(self, log: Log, store: Store, memo: Memo, clock: Clock) -> None:
        self._log = log
        self._store = store
        self._memo = memo
        self._clock = clock

    def records(
        self,
        actor: str,
        drafts: Sequence[RecordDraft],
        read: DocumentRead | None,
        lane: Lane,
        before: Sequence[Written],
        first: int | None,
        key: str | None,
    ) -> tuple[Written, ...]:
        """See `Journal.append_records`."""
        first = len(before) if first is None else first
        if len(drafts) == 1 and read is None and drafts[0].document is None:
            own = new_key() if key is None else derived_key("record", actor, key, str(first))
            written = self._at_once(actor, drafts[0], own, lane)
            if written is not None:
                return (written,)
        call = Call(actor, lane, before)
        waiting: _Run | None = None
        try:
            for start in range(0, max(1, len(drafts)), GROUP):
                prepared = {
                    at: ready(actor, drafts[at], self._key(drafts[at], actor, key, first + at))
                    for at in range(start, min(start + GROUP, len(drafts)))
                }
                # While one run is being written, the next was made ready.
                if waiting is not None:
                    self._finish(call, waiting)
                closing = read if start + GROUP >= len(drafts) else None
                waiting = _Run(prepared, closing)
                self._start(call, waiting)
            if waiting is not None:
                self._finish(call, waiting)
        finally:
            if waiting is not None:
                waiting.forget(self._memo)
        return tuple(call.fates[at] for at in range(len(drafts)))

    def _key(self, draft: RecordDraft, actor: str, key: str | None, index: int) -> str:
        if key is not None and draft.document is None:
            return derived_key("record", actor, key, str(index))
        return pipeline_key(draft, index)

    def _at_once(self, actor: str, draft: RecordDraft, key: str, lane: Lane) -> Written | None:
        """The common case, one record by itself: try, and look only when that is refused."""
        one = ready(actor, draft, key)
        entries = (*one.drafts, *self._links(actor, one))
        one.remember(self._memo)
        try:
            return Written(Outcome.RECORDED, self._log.append(*entries, lane=lane)[0].seq, key)
        except IdentityTaken:
            return None
        finally:
            one.forget(self._memo)

    def correction(self, actor: str, draft: RecordDraft, key: str) -> Written:
        """Append a record that supersedes another, with the change of links that follows."""
        one = ready(actor, draft, key)
        one.remember(self._memo)
        try:
            appended = self._log.append(*one.drafts, *self._links(actor, one))
        finally:
            one.forget(self._memo)
        return Written(Outcome.RECORDED, appended[0].seq, key, draft.supersedes)

    def _links(self, actor: str, one: Ready) -> list[Draft]:
        """What a record that counts at once changes about identities: its own links, and the end
        of those that rest on the record which it supersedes."""
        if not _counts_at_once(one.draft):
            return []
        drafts = link_drafts(actor, one.draft.record, one.key)
        if one.draft.supersedes is not None:
            rows = self._store.read(
                "SELECT key FROM read_record WHERE log_id = ? AND seq = ?", one.draft.supersedes
            )
            standing = self._store.links_because([row[0] for row in rows])
            drafts += unlink_drafts(actor, standing, one.key)
        return drafts

    def quarantine(
        self,
        actor: str,
        document: str,
        reason: Message,
        params: Mapping[str, Any],
        detail: str | None,
        draft: RecordDraft | Mapping[str, Any] | None,
        lane: Lane,
        key: str | None,
    ) -> Entry:
        """See `Journal.quarantine`."""
        entry = quarantined_draft(actor, document, reason, params, detail, draft, key or new_key())
        return self._log.append(entry, lane=lane)[0]

    def _start(self, call: Call, run: _Run, *, look: bool | None = None) -> None:
        """Sort the run's drafts and hand what is new to the ledger."""
        run.remember(self._memo)
        if look is None:
            look = len(run.prepared) > LOOK_FIRST or any(
                one.draft.document for one in run.prepared.values()
            )
        done = run.done = sort(self._store, self._clock, call, run.prepared, look)
        units: list[list[Draft]] = [
            [*one.drafts, *self._links(call.actor, one)] for one in done.new.values()
        ]
        units += [[conflict_draft(call.actor, *conflict)] for conflict in done.conflicts.values()]
        if run.read is not None:
            units.append([self._read(call, done, run.read)])
        run.futures = [self._log.submit(group, call.lane) for group in _packed(units)]

    def _finish(self, call: Call, run: _Run) -> None:
        """Wait until the run is durable; look and try again when somebody was faster."""
        for _ in range(ATTEMPTS):
            try:
                seqs = {e.key: e.seq for future in run.futures for e in future.result()}
            except IdentityTaken:
                self._start(call, run, look=True)
                continue
            run.forget(self._memo)
            self._enter(call, run, seqs)
            return
        raise Refused(CONTENDED)

    def _enter(self, call: Call, run: _Run, seqs: Mapping[str, int]) -> None:
        """Note what became of the run's drafts."""
        for at, one in run.done.new.items():
            call.fates[at] = Written(Outcome.RECORDED, seqs[one.key], one.key)
        for at, (one, _) in run.done.conflicts.items():
            key = quarantine_key(one)
            standing = call.fates[at].against if at in call.fates else None
            call.fates[at] = Written(Outcome.CONFLICT, seqs[key], key, standing)
        for at, first in run.done.repeated.items():
            call.fates[at] = Written(Outcome.REPEATED, call.fates[first].seq, call.fates[first].key)
        for at, one in run.prepared.items():
            call.said.setdefault(place(one), (at, one.derived.body, one.key))

    def _read(self, call: Call, done: Sorted, read: DocumentRead) -> Draft:
        fates = [*call.before, *(fate for _, fate in sorted(call.fates.items()))]
        keys = [fate.key for fate in fates if fate.outcome is Outcome.RECORDED]
        said = {
            "document": read.document,
            "reader": read.reader,
            "parser": read.parser,
            "kind": read.kind,
            "outcome": read.outcome,
            "records": list(dict.fromkeys([*keys, *(one.key for one in done.new.values())])),
            "duplicates": sorted({f.seq for f in fates if f.outcome is Outcome.DUPLICATE}),
            "repeated": len(done.repeated)
            + sum(fate.outcome is Outcome.REPEATED for fate in fates),
        }
        since = self._store.read(
            "SELECT MAX(by_seq) FROM read_document WHERE log_id = ? AND sha256 = ?"
            " AND state = 'received'",
            read.document,
        )[0][0]
        key = derived_key("read", read.document, read.parser, str(since))
        stream = f"document:{read.document}"
        return Draft(
            "document.read", key, call.actor, Payload("document.read/1", _json(said)), (stream,)
        )


def _counts_at_once(draft: RecordDraft) -> bool:
    return not (draft.record.master_data or draft.record.frees_goods)


def _packed(units: Sequence[list[Draft]]) -> Iterator[list[Draft]]:
    """Groups of whole units, each small enough for the ledger."""
    group: list[Draft] = []
    size = 0
    for unit in units:
        weight = sum(len(draft.payload.data) for draft in unit if draft.payload is not None)
        if group and (len(group) + len(unit) > GROUP_ENTRIES or size + weight > GROUP_BYTES):
            yield group
            group, size = [], 0
        group.extend(unit)
        size += weight
    if group:
        yield group


def _json(value: Mapping[str, Any]) -> bytes:
    return orjson.dumps(value, option=orjson.OPT_SORT_KEYS)
