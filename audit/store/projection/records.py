"""Records: appended, completed by their lines, confirmed, refused, superseded.

    master data and what frees goods     pending --confirmed--> confirmed
                                         pending --refused--> refused
    everything else                      effective
    a correction                         ends what it supersedes: at once, when it is effective
                                         itself or the other was still pending; else once confirmed

So a pending correction never takes the place of confirmed data, and refusing a correction of a
pending record gives that record back.
"""

from __future__ import annotations

from collections.abc import Sequence

import orjson

from audit.ledger.types import Entry
from audit.store import tables as t
from audit.store.derive import Derived, kind_of_schema, version_of_schema
from audit.store.projection.batch import Batch, OpenHeader
from audit.store.projection.registry import projects
from audit.store.state import LIVE, State
from base.errors import Misuse, Refused, message

NO_RECORD = message(
    "store.no_record",
    zh="条目 {seq} 不是记录",
    en="entry {seq} is not a record",
)
NOT_PENDING = message(
    "store.not_pending",
    zh="记录 {seq} 不在待确认状态（现为 {state}）",
    en="record {seq} does not wait for confirmation (it is {state})",
)
NOT_LIVE = message(
    "store.not_live",
    zh="记录 {seq} 已失效（{state}），不能再更正",
    en="record {seq} no longer stands ({state}) and cannot be corrected",
)
IDENTITY_TAKEN = message(
    "store.identity_taken",
    zh="{kind} {identity} 已有记录 {seq}",
    en="{kind} {identity} is recorded already, in entry {seq}",
)
LINES_WITHOUT_HEADER = message(
    "store.lines_without_header",
    zh="明细没有紧跟其表头：{key}",
    en="lines do not follow their header: {key}",
)


class IdentityTaken(Refused):
    """A live record of that kind and identity exists, and the new one does not supersede it."""

    def __init__(self, kind: str, identity: str, seq: int) -> None:
        self.seq = seq
        super().__init__(IDENTITY_TAKEN, kind=kind, identity=identity, seq=seq)


@projects("record.*", name="record", revision=1)
def appended(batch: Batch, entry: Entry, payload: bytes | None) -> None:
    """record.<kind>: {record, sources, conflicts, document, parser, reason?, lines_of?}."""
    assert entry.payload is not None
    batch.saw((link.stream for link in entry.streams), entry.seq)
    if payload is None:
        _erased(batch, entry)
        return
    if b'"lines_of":' in payload:  # quotes inside strings are escaped, so this is the member
        expected = orjson.loads(payload)["lines_of"]["count"]
        batch.open_headers[entry.key] = OpenHeader(entry, expected, [payload])
        return
    derived = batch.memo.get(entry.payload.schema, (payload,))
    _write(batch, entry, derived, entry.seq, ())


@projects("record.lines", name="record.lines", revision=1)
def lines(batch: Batch, entry: Entry, payload: bytes | None) -> None:
    """{of: key of the header, start, lines}: the record appears with its last lines."""
    batch.saw((link.stream for link in entry.streams), entry.seq)
    if payload is None:
        return
    said = orjson.loads(payload)
    header = batch.open_headers.get(said["of"])
    if header is None or header.lines != said["start"]:
        raise Misuse(LINES_WITHOUT_HEADER, key=said["of"])
    header.parts.append(payload)
    header.carriers.append((entry.seq, said["start"]))
    header.lines += len(said["lines"])
    if header.lines < header.expected:
        return
    del batch.open_headers[said["of"]]
    assert header.entry.payload is not None
    derived = batch.memo.get(header.entry.payload.schema, tuple(header.parts))
    _write(batch, header.entry, derived, entry.seq, header.carriers)


@projects("record.confirmed", name="record.confirmed", revision=1)
def confirmed(batch: Batch, entry: Entry, payload: bytes | None) -> None:
    """{seq, meaning, reason?, signature}: a pending record now counts."""
    if payload is None:
        return
    seq = orjson.loads(payload)["seq"]
    _require_pending(batch, seq)
    set_state(batch, seq, State.CONFIRMED, entry.seq)
    for (superseded,) in batch.query(
        "SELECT supersedes FROM read_record WHERE log_id = ? AND seq = ?", seq
    ):
        if superseded is not None and current_state(batch, superseded) in LIVE:
            set_state(batch, superseded, State.SUPERSEDED, entry.seq)


@projects("record.refused", name="record.refused", revision=1)
def refused(batch: Batch, entry: Entry, payload: bytes | None) -> None:
    """{seq, why, signature}: a pending record does not count; what it had replaced waits again."""
    if payload is None:
        return
    seq = orjson.loads(payload)["seq"]
    _require_pending(batch, seq)
    set_state(batch, seq, State.REFUSED, entry.seq)
    replaced = batch.query(
        "SELECT s.seq FROM read_record r CROSS JOIN read_state s WHERE r.log_id = ?"
        " AND r.seq = ? AND s.log_id = r.log_id AND s.seq = r.supersedes AND s.to_seq IS NULL"
        " AND s.state = 'superseded' AND s.from_seq = r.from_seq",
        seq,
    )
    for (pending,) in replaced:
        set_state(batch, pending, State.PENDING, entry.seq)


@projects("erasure", name="erasure", revision=1)
def erased(batch: Batch, entry: Entry, payload: bytes | None) -> None:
    """Scrub what was made from the payloads that the entry names. See `tombstone`."""
    facts = entry.ledger or {}
    for seq in facts.get("seqs", ()):
        batch.add(t.erasure, seq, facts.get("reason"), entry.actor, entry.seq, None)
        tombstone(batch, seq)


def tombstone(batch: Batch, seq: int) -> None:
    """Leave of a row exactly what a rebuild without the payload would make: the entry's own facts.

    The row is keyed by seq and stays; identity, body, references and everything else that came
    from the payload go.
    """
    _forget_lines(batch, seq)
    batch.change(
        "UPDATE read_record SET identity = NULL, document = NULL, valid_from = NULL,"
        " valid_until = NULL, occurred_on = NULL, parser = NULL, conflicts = NULL, body = NULL,"
        " parts = 0, from_seq = seq WHERE seq = ? AND log_id = ?",
        seq,
    )
    batch.change("DELETE FROM read_ref WHERE seq = ? AND log_id = ?", seq)
    batch.change(
        "UPDATE read_receipt SET sm3 = NULL, file_name = NULL, connector = NULL, source = NULL"
        " WHERE seq = ? AND log_id = ?",
        seq,
    )
    batch.change(
        "UPDATE read_quarantine SET params = NULL, detail = NULL, draft = NULL"
        " WHERE seq = ? AND log_id = ?",
        seq,
    )


def _forget_lines(batch: Batch, seq: int) -> None:
    """A record in parts appeared with its last lines; its tombstone appears with its header."""
    for whole, superseded in batch.query(
        "SELECT from_seq, supersedes FROM read_record WHERE log_id = ? AND seq = ? AND parts > 0",
        seq,
    ):
        batch.change("DELETE FROM read_line WHERE of_seq = ? AND log_id = ?", seq)
        for of in (seq, superseded):
            for end in ("from_seq", "to_seq"):
                batch.change(
                    f"UPDATE read_state SET {end} = ? WHERE seq = ? AND {end} = ?"  # noqa: S608
                    " AND log_id = ?",
                    seq,
                    of,
                    whole,
                )


def current_state(batch: Batch, seq: int) -> State | None:
    """What has become of a record so far; None when the entry is no record."""
    rows = batch.query(
        "SELECT state FROM read_state WHERE log_id = ? AND seq = ? AND to_seq IS NULL", seq
    )
    return State(rows[0][0]) if rows else None


def set_state(batch: Batch, seq: int, state: State, by_seq: int) -> None:
    """Close the standing state row of a record and open the next."""
    batch.change(
        "UPDATE read_state SET to_seq = ? WHERE seq = ? AND to_seq IS NULL AND log_id = ?",
        by_seq,
        seq,
    )
    batch.add(t.state, seq, state.value, by_seq, None)


def _require_pending(batch: Batch, seq: int) -> None:
    state = current_state(batch, seq)
    if state is None:
        raise Misuse(NO_RECORD, seq=seq)
    if state is not State.PENDING:
        raise Refused(NOT_PENDING, seq=seq, state=state.value)


def _write(
    batch: Batch,
    entry: Entry,
    derived: Derived,
    from_seq: int,
    carriers: Sequence[tuple[int, int]],
) -> None:
    seq = entry.seq
    _enter(batch, entry, from_seq)
    batch.add(
        t.record,
        seq,
        derived.kind,
        derived.version,
        derived.identity,
        derived.document,
        derived.valid_from,
        derived.valid_until,
        derived.occurred_on,
        batch.time(entry.recorded_at),
        entry.actor,
        entry.key,
        derived.parser,
        entry.supersedes[0] if entry.supersedes else None,
        len(carriers),
        derived.conflicts,
        derived.body,
        from_seq,
        None,
    )
    for n, (role, identifier, line) in enumerate(derived.refs):
        batch.add(t.ref, seq, n, role, identifier, line, derived.kind, from_seq, None)
    for carrier, start in carriers:
        batch.add(t.line, carrier, seq, start, from_seq, None)
    _take_identity(batch, entry, derived)


def _enter(batch: Batch, entry: Entry, from_seq: int) -> None:
    """The first state of a record, and what it does to the one that it supersedes."""
    kind = kind_of_schema(entry.payload.schema)  # type: ignore[union-attr]
    state = State.PENDING if kind.master_data or kind.frees_goods else State.EFFECTIVE
    for old in entry.supersedes[:1]:
        standing = current_state(batch, old)
        if standing is None:
            raise Misuse(NO_RECORD, seq=old)
        if standing not in LIVE:
            raise Refused(NOT_LIVE, seq=old, state=standing.value)
        if state is State.EFFECTIVE or standing is State.PENDING:
            set_state(batch, old, State.SUPERSEDED, from_seq)
    batch.add(t.state, entry.seq, state.value, from_seq, None)


def _erased(batch: Batch, entry: Entry) -> None:
    """The row of a record whose payload is gone, as `tombstone` leaves it."""
    schema = entry.payload.schema  # type: ignore[union-attr]
    kind = kind_of_schema(schema)
    nothing = (None,) * 5
    batch.add(
        t.record,
        entry.seq,
        kind.kind,
        version_of_schema(schema),
        *nothing,
        batch.time(entry.recorded_at),
        entry.actor,
        entry.key,
        None,
        entry.supersedes[0] if entry.supersedes else None,
        0,
        None,
        None,
        entry.seq,
        None,
    )
    _enter(batch, entry, entry.seq)


def _take_identity(batch: Batch, entry: Entry, derived: Derived) -> None:
    """Refuse a second live record of one identity, once the batch knows them all."""
    taken = batch.identities
    if not taken:
        batch.before_flush(lambda: _check_identities(batch))
    place = (derived.kind, derived.identity)
    if place in taken and taken[place][0] not in entry.supersedes:
        raise IdentityTaken(*place, taken[place][0])
    before = taken[place][1] if place in taken else ()
    taken[place] = (entry.seq, entry.supersedes + before)


def _check_identities(batch: Batch) -> None:
    taken = batch.identities
    batch.identities = {}
    named = batch.peek(
        "SELECT kind, identity, seq FROM read_record WHERE log_id = ? AND identity IN :many",
        [identity for _, identity in taken],
    )
    if not named:
        return
    live = {
        row[0]
        for row in batch.peek(
            "SELECT seq FROM read_state WHERE log_id = ? AND seq IN :many AND to_seq IS NULL"
            " AND state IN ('effective', 'pending', 'confirmed')",
            [seq for _, _, seq in named],
        )
    }
    standing: dict[tuple[str, str], list[int]] = {}
    for kind, identity, seq in named:
        if seq in live:
            standing.setdefault((kind, identity), []).append(seq)
    for place, seqs in standing.items():
        if place in taken and not set(seqs) & set(taken[place][1]):
            raise IdentityTaken(*place, seqs[0])
