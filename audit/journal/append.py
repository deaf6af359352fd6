"""Appending records: what is new, what stands already, what contradicts it.

The read tables refuse a second live record of one identity inside the append's own transaction.
So the journal may look first, without a lock, and simply looks again when somebody was faster.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

import orjson

from audit.journal.links import link_drafts, unlink_drafts
from audit.journal.records import Ready, derived_key, payload_of, pipeline_key, ready
from audit.journal.types import DocumentRead, Outcome, Written
from audit.ledger import Draft, Entry, Lane, Log, Payload, canonical
from audit.ledger.entry import new_key
from audit.records import RecordDraft
from audit.store import IdentityTaken, Store
from audit.store.derive import Memo
from audit.store.types import StoredRecord
from base.clock import Clock, legal_day
from base.errors import Message, Refused, message

GROUP: Final = 500
"""Records that are appended together."""
LOOK_FIRST: Final = 4
"""Groups of more records than this look for standing ones before they try."""
ATTEMPTS: Final = 20
GROUP_ENTRIES: Final = 2_000
GROUP_BYTES: Final = 16 << 20
"""Well within what the ledger takes as one group."""

CONFLICT = message(
    "record.conflict",
    zh="{kind} {identity} 已有内容不同的记录（{against}）",
    en="{kind} {identity} is recorded already with other content ({against})",
)
CONTENDED = message(
    "journal.contended",
    zh="同一记录正被反复写入，请稍后再试",
    en="the same record keeps being written by others; try again",
)


@dataclass(slots=True)
class _Call:
    """One call of `records`: what became of each draft so far, and who said what first.

    said: (kind, identity) -> index of the draft that said it first, and its body.
    """

    actor: str
    lane: Lane
    before: Sequence[Written]
    fates: dict[int, Written] = field(default_factory=dict)
    said: dict[tuple[str, str], tuple[int, str, str]] = field(default_factory=dict)


@dataclass(slots=True)
class _Sorted:
    """What a look at the read tables made of a run of drafts."""

    new: dict[int, Ready] = field(default_factory=dict)
    conflicts: dict[int, tuple[Ready, str]] = field(default_factory=dict)
    repeated: dict[int, int] = field(default_factory=dict)
    """Index of a draft -> index of the earlier one that says the same."""


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
        call = _Call(actor, lane, before)
        for start in range(0, max(1, len(drafts)), GROUP):
            run = drafts[start : start + GROUP]
            prepared = {}
            for at, draft in enumerate(run, start):
                own = pipeline_key(draft, first + at)
                if key is not None and draft.document is None:
                    own = derived_key("record", actor, key, str(first + at))
                prepared[at] = ready(actor, draft, own)
            self._run(call, prepared, read if start + GROUP >= len(drafts) else None)
        return tuple(call.fates[at] for at in range(len(drafts)))

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
        entry = _quarantined(actor, document, reason, params, detail, draft, key or new_key())
        return self._log.append(entry, lane=lane)[0]

    def _run(self, call: _Call, prepared: dict[int, Ready], read: DocumentRead | None) -> None:
        for one in prepared.values():
            one.remember(self._memo)
        look = len(prepared) > LOOK_FIRST or any(r.draft.document for r in prepared.values())
        try:
            for _ in range(ATTEMPTS):
                done = self._sorted(call, prepared, look)
                try:
                    self._append(call, done, read)
                except IdentityTaken:
                    look = True
                    continue
                for at, one in prepared.items():
                    call.said.setdefault(_place(one), (at, one.derived.body, one.key))
                return
            raise Refused(CONTENDED)
        finally:
            for one in prepared.values():
                one.forget(self._memo)

    def _sorted(self, call: _Call, prepared: dict[int, Ready], look: bool) -> _Sorted:
        """Part the drafts: stored already, said twice, standing already, contradicting, new."""
        done = _Sorted()
        said = dict(call.said)
        for at, one in prepared.items():
            place = _place(one)
            if place not in said:
                said[place] = (at, one.derived.body, one.key)
                done.new[at] = one
            elif said[place][1] == one.derived.body:
                done.repeated[at] = said[place][0]
            else:
                done.conflicts[at] = (one, said[place][2])
        if look:
            self._look(call, done)
        return done

    def _look(self, call: _Call, done: _Sorted) -> None:
        asked = {one.key: at for at, one in done.new.items()}
        asked |= {_quarantine_key(one): at for at, one in done.new.items()}
        stored: dict[str, int] = dict(
            self._store.read(
                "SELECT key, seq FROM ledger_entry WHERE log_id = ? AND key IN :many",
                sorted(asked),
            )
        )
        heads = self._store.identity_heads({_place(one) for one in done.new.values()})
        seqs = {*stored.values(), *heads.values()}
        at_now = self._store.snapshot(legal_day(self._clock.now()))
        records = {r.seq: r for r in self._store.by_seqs(at_now, seqs)} if seqs else {}
        for at, one in list(done.new.items()):
            fate = self._fate(one, stored, heads.get(_place(one)), records)
            if fate is None:
                continue
            if isinstance(fate, Ready):
                done.new[at] = fate
                continue
            del done.new[at]
            if fate.outcome is Outcome.CONFLICT and fate.seq < 0:
                done.conflicts[at] = (one, f"entry {fate.against}")
            call.fates[at] = fate

    def _fate(
        self,
        one: Ready,
        stored: Mapping[str, int],
        standing: int | None,
        records: Mapping[int, StoredRecord],
    ) -> Written | Ready | None:
        """None: new. A `Ready`: new, under another key. A seq of -1: still to be quarantined."""
        before = stored.get(one.key)
        if before is not None and before in records:
            if records[before].record == one.draft.record:
                return Written(Outcome.RECORDED, before, one.key)
            # The same place of the same document, read otherwise by the same parser.
            one = ready(
                one.drafts[0].actor, one.draft, derived_key("record", one.key, one.derived.body)
            )
            one.remember(self._memo)
            if standing is None:
                return one
        put_aside = stored.get(_quarantine_key(one))
        if put_aside is not None:
            return Written(Outcome.CONFLICT, put_aside, _quarantine_key(one), standing)
        if standing is None or standing == one.draft.supersedes:
            return None
        if records[standing].record == one.draft.record:
            return Written(Outcome.DUPLICATE, standing, records[standing].key, standing)
        return Written(Outcome.CONFLICT, -1, _quarantine_key(one), standing)

    def _append(self, call: _Call, done: _Sorted, read: DocumentRead | None) -> None:
        """Append what is left, in as few groups as the ledger takes."""
        units: list[list[Draft]] = []
        for one in done.new.values():
            unit = list(one.drafts)
            unit += self._links(call.actor, one)
            units.append(unit)
        for one, against in done.conflicts.values():
            units.append([_conflict(call.actor, one, against)])
        if read is not None:
            units.append([self._read(call, done, read)])
        seqs: dict[str, int] = {}
        for group in _packed(units):
            for entry in self._log.append(*group, lane=call.lane):
                seqs[entry.key] = entry.seq
        for at, one in done.new.items():
            call.fates[at] = Written(Outcome.RECORDED, seqs[one.key], one.key)
        for at, (one, _) in done.conflicts.items():
            key = _quarantine_key(one)
            standing = call.fates[at].against if at in call.fates else None
            call.fates[at] = Written(Outcome.CONFLICT, seqs[key], key, standing)
        for at, first in done.repeated.items():
            call.fates[at] = Written(Outcome.REPEATED, call.fates[first].seq, call.fates[first].key)

    def _read(self, call: _Call, done: _Sorted, read: DocumentRead) -> Draft:
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


def _place(one: Ready) -> tuple[str, str]:
    return one.derived.kind, one.derived.identity


def _counts_at_once(draft: RecordDraft) -> bool:
    return not (draft.record.master_data or draft.record.frees_goods)


def _quarantine_key(one: Ready) -> str:
    return derived_key("quarantine", one.key)


def _conflict(actor: str, one: Ready, against: str) -> Draft:
    kind, identity = _place(one)
    params = {"kind": kind, "identity": identity, "against": against}
    if one.draft.document is None:
        raise Refused(CONFLICT, **params)
    key = _quarantine_key(one)
    return _quarantined(actor, one.draft.document, CONFLICT, params, None, one.draft, key)


def _quarantined(
    actor: str,
    document: str,
    reason: Message,
    params: Mapping[str, Any],
    detail: str | None,
    draft: RecordDraft | Mapping[str, Any] | None,
    key: str,
) -> Draft:
    said: dict[str, Any] = {"document": document, "reason": reason.code}
    said["params"] = {
        name: value if isinstance(value, str | int) else str(value)
        for name, value in params.items()
    }
    if detail is not None:
        said["detail"] = detail
    if isinstance(draft, RecordDraft):
        said["draft"] = {"schema": draft.record.schema_name(), **payload_of(draft)}
    elif draft is not None:
        said["draft"] = dict(draft)
    canonical.check(said)
    kind = "document.quarantined"
    return Draft(kind, key, actor, Payload(f"{kind}/1", _json(said)), (f"document:{document}",))


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
