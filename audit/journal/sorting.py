"""Which drafts are new: against the same call, against what stands, against work done before."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from audit.journal.aside import quarantine_key
from audit.journal.records import Ready, derived_key, ready
from audit.journal.types import Outcome, Written
from audit.ledger import Lane
from audit.store import Store
from audit.store.types import StoredRecord
from base.clock import Clock, legal_day


@dataclass(slots=True)
class Call:
    """One call of `append_records`: what became of each draft so far, and who said what first.

    before: the fates of the document's earlier drafts, when it comes in several calls.
    said: (kind, identity) -> index of the draft that said it first, its body and key.
    """

    actor: str
    lane: Lane
    before: Sequence[Written]
    fates: dict[int, Written] = field(default_factory=dict)
    said: dict[tuple[str, str], tuple[int, str, str]] = field(default_factory=dict)


@dataclass(slots=True)
class Sorted:
    """What a look at the read tables made of a run of drafts, by index.

    conflicts: with what they contradict, in words. repeated: index of the earlier draft that says
    the same.
    """

    new: dict[int, Ready] = field(default_factory=dict)
    conflicts: dict[int, tuple[Ready, str]] = field(default_factory=dict)
    repeated: dict[int, int] = field(default_factory=dict)


def place(one: Ready) -> tuple[str, str]:
    """What makes two papers the same record."""
    return one.derived.kind, one.derived.identity


def sort(
    store: Store, clock: Clock, call: Call, prepared: Mapping[int, Ready], look: bool
) -> Sorted:
    """Part the drafts: stored already, said twice, standing already, contradicting, new.

    The fates of those stored or standing are entered in the call. Without `look` the read tables
    are not asked, and a record that stands already is left for them to refuse.
    """
    done = Sorted()
    said = dict(call.said)
    for at, one in prepared.items():
        known = said.get(place(one))
        if known is None:
            said[place(one)] = (at, one.derived.body, one.key)
            done.new[at] = one
        elif known[1] == one.derived.body:
            done.repeated[at] = known[0]
        else:
            done.conflicts[at] = (one, known[2])
    if look:
        _look(store, clock, call, done)
    return done


def _look(store: Store, clock: Clock, call: Call, done: Sorted) -> None:
    asked = [one.key for one in done.new.values()]
    stored: dict[str, int] = dict(
        store.read(
            "SELECT key, seq FROM ledger_entry WHERE log_id = ? AND key IN :many",
            asked + [quarantine_key(one) for one in done.new.values()],
        )
    )
    heads = store.identity_heads({place(one) for one in done.new.values()})
    seqs = {*stored.values(), *heads.values()}
    records: dict[int, StoredRecord] = {}
    if seqs:
        at_now = store.snapshot(legal_day(clock.now()))
        records = {record.seq: record for record in store.by_seqs(at_now, seqs)}
    for at, one in list(done.new.items()):
        fate = _fate(one, stored, heads.get(place(one)), records)
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
        key = derived_key("record", one.key, one.derived.body)
        one = ready(one.drafts[0].actor, one.draft, key)
        if standing is None:
            return one
    put_aside = stored.get(quarantine_key(one))
    if put_aside is not None:
        return Written(Outcome.CONFLICT, put_aside, quarantine_key(one), standing)
    if standing is None or standing == one.draft.supersedes:
        return None
    if records[standing].record == one.draft.record:
        return Written(Outcome.DUPLICATE, standing, records[standing].key, standing)
    return Written(Outcome.CONFLICT, -1, quarantine_key(one), standing)
