"""Questions to the read tables. Every one takes a `Snapshot`; sets go in, sets come out."""

# ruff: noqa: S608 - statements are joined from constants; values travel as parameters
from __future__ import annotations

import heapq
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from datetime import date, datetime
from itertools import islice
from typing import Any, Final

import orjson
from sqlalchemy import Connection, Engine

from audit.records import codec
from audit.store import sql
from audit.store.sql import VISIBLE, Row
from audit.store.state import LIVE, Snapshot, State
from audit.store.subjects import Subjects
from audit.store.types import StoredRecord
from audit.store.worklists import Worklists
from base.errors import IntegrityBroken, message

PAGE: Final = 2_000
"""Records read at a time when a whole kind is asked for."""

CHUNK_MISSING = message(
    "store.chunk_missing",
    zh="记录 {seq} 的读数块 {sha256} 不在库中",
    en="a chunk of readings of record {seq} is missing: {sha256}",
)

_RECORD: Final = (
    "SELECT r.seq, r.kind, r.version, r.identity, r.document, r.valid_from, r.valid_until,"
    " r.occurred_on, r.recorded_at, r.actor, r.key, r.supersedes, r.conflicts, r.body, r.from_seq,"
    " s.state, s.from_seq, s.to_seq"
    " FROM read_record r CROSS JOIN read_state s WHERE s.log_id = r.log_id AND s.seq = r.seq"
    f" AND {VISIBLE.format('s')} AND r.log_id = ? AND r.from_seq < ?"
)
"""CROSS JOIN keeps SQLite from starting at the wrong table; it keeps no statistics of its own."""
_ALL: Final = tuple(State)


class Store(Worklists, Subjects):
    """The read tables of one log. Cheap to make, safe between threads."""

    def __init__(self, engine: Engine, log_id: int, *, chunks: Engine | None = None) -> None:
        """`chunks`: the database that holds the reading chunks, when it is another one."""
        self.engine = engine
        self.log_id = log_id
        self._chunks = chunks or engine

    def snapshot(self, valid_at: date, known_at: int | None = None) -> Snapshot:
        """A moment of knowledge: now, or at an earlier size of the ledger."""
        return Snapshot(self.size() if known_at is None else known_at, valid_at)

    def size(self) -> int:
        """Entries in the log now."""
        rows = self.read("SELECT size FROM ledger_log WHERE log_id = ?")
        return int(rows[0][0]) if rows else 0

    def read(self, statement: str, *values: sql.Value) -> list[Row]:
        """Rows of a statement whose first `?` is the log_id."""
        with sql.reading(self.engine) as connection:
            return sql.query(connection, statement, self.log_id, *values)

    # Records

    def records(
        self,
        at: Snapshot,
        kinds: Sequence[str],
        *,
        states: Collection[State] = LIVE,
        after_seq: int = -1,
        limit: int | None = None,
    ) -> Iterator[StoredRecord]:
        """Records of some kinds in order of seq, those after `after_seq`, at most `limit`."""
        each = [self._kind(at, kind, states, after_seq, limit) for kind in dict.fromkeys(kinds)]
        merged = each[0] if len(each) == 1 else heapq.merge(*each, key=lambda record: record.seq)
        return islice(merged, limit)

    def _kind(
        self,
        at: Snapshot,
        kind: str,
        states: Collection[State],
        after_seq: int,
        limit: int | None,
    ) -> Iterator[StoredRecord]:
        """One kind, page by page along its own index."""
        size = PAGE if limit is None else min(PAGE, limit)
        while True:
            with sql.reading(self.engine) as connection:
                rows = sql.query(
                    connection,
                    f"{_RECORD} AND r.kind = ? AND r.seq > ? AND s.state IN :many"
                    " ORDER BY r.seq LIMIT ?",
                    *(at.known_at, at.known_at, self.log_id, at.known_at),
                    *(kind, after_seq, _names(states), size),
                )
                page = self._stored(connection, at, rows, states)
            yield from page
            if len(rows) < size:
                return
            after_seq = rows[-1][0]

    def records_of(
        self,
        at: Snapshot,
        kinds: Sequence[str],
        subjects: Collection[str],
        *,
        states: Collection[State] = LIVE,
    ) -> dict[str, list[StoredRecord]]:
        """Records that name the subjects in any role, by subject id, in order of seq.

        `subjects` are ids as `subject` gives them; every one has its list, empty if nothing is
        known of it. Thousands in one call are one query.
        """
        found: dict[str, list[StoredRecord]] = {subject: [] for subject in subjects}
        if not found:
            return found
        with sql.reading(self.engine) as connection:
            pairs = sql.query(
                connection,
                "SELECT DISTINCT i.subject, f.seq FROM read_subject i"
                " CROSS JOIN read_ref f :index(read_ref_identifier)"
                f" WHERE i.log_id = ? AND i.subject IN :many AND {VISIBLE.format('i')}"
                " AND f.log_id = i.log_id AND f.identifier = i.identifier AND f.kind IN :many"
                " AND f.from_seq < ?",
                *(self.log_id, list(found), at.known_at, at.known_at, list(kinds), at.known_at),
            )
            seqs = sorted({seq for _, seq in pairs})
            stored = {r.seq: r for r in self._by_seqs(connection, at, seqs, states)}
        for subject, seq in sorted(pairs):
            if seq in stored:
                found[subject].append(stored[seq])
        return found

    def record(self, at: Snapshot, seq: int) -> StoredRecord | None:
        """One record in whatever state; None when the entry is no record or not known yet."""
        return next(iter(self.by_seqs(at, [seq])), None)

    def by_seqs(
        self, at: Snapshot, seqs: Collection[int], *, states: Collection[State] = _ALL
    ) -> list[StoredRecord]:
        """Records by their entries, in order of seq."""
        with sql.reading(self.engine) as connection:
            return self._by_seqs(connection, at, sorted(seqs), states)

    def by_identity(
        self, at: Snapshot, kind: str, identity: str, *, states: Collection[State] = LIVE
    ) -> list[StoredRecord]:
        """Records of one identity: more than one only while a correction waits."""
        return self.by_identities(at, [(kind, identity)], states=states)

    def by_identities(
        self,
        at: Snapshot,
        identities: Collection[tuple[str, str]],
        *,
        states: Collection[State] = LIVE,
    ) -> list[StoredRecord]:
        """Records of many (kind, identity) pairs, in order of seq."""
        wanted = set(identities)
        return [
            record
            for record in self._where(
                at, "r.identity IN :many", sorted({i for _, i in wanted}), states
            )
            if (record.kind, record.identity) in wanted
        ]

    def by_document(
        self, at: Snapshot, sha256: str, *, states: Collection[State] = _ALL
    ) -> list[StoredRecord]:
        """Records that were read from an original, in order of seq."""
        return self._where(at, "r.document IN :many", [sha256], states)

    def changed(self, at: Snapshot, since: int) -> list[StoredRecord]:
        """Records that are new or whose state changed by the entries [since, known_at)."""
        rows = self.read(
            "SELECT DISTINCT seq FROM read_state WHERE log_id = ? AND from_seq >= ?"
            " AND from_seq < ?",
            since,
            at.known_at,
        )
        return self.by_seqs(at, [row[0] for row in rows])

    def identity_heads(self, identities: Collection[tuple[str, str]]) -> dict[tuple[str, str], int]:
        """The live record of each (kind, identity) as the tables stand now: its seq."""
        named = self.read(
            "SELECT kind, identity, seq FROM read_record WHERE log_id = ? AND identity IN :many"
            " ORDER BY seq",
            sorted({identity for _, identity in identities}),
        )
        asked = [row for row in named if (row[0], row[1]) in identities]
        if not asked:
            return {}
        live = self.read(
            "SELECT seq FROM read_state WHERE log_id = ? AND seq IN :many AND to_seq IS NULL"
            " AND state IN ('effective', 'pending', 'confirmed')",
            [row[2] for row in asked],
        )
        standing = {row[0] for row in live}
        return {(kind, identity): seq for kind, identity, seq in asked if seq in standing}

    def readings(self, at: Snapshot, seq: int) -> tuple[bytes, ...]:
        """The packed chunks of a temperature log, in order; see `audit.records.readings`.

        Raises IntegrityBroken when one is missing. Their hashes are the reader's to check.
        """
        return self.readings_of(at, [seq]).get(seq, ())

    def readings_of(self, at: Snapshot, seqs: Collection[int]) -> dict[int, tuple[bytes, ...]]:
        """The packed chunks of several temperature logs."""
        wanted: dict[int, tuple[str, ...]] = {
            stored.seq: getattr(stored.record, "chunks", ()) for stored in self.by_seqs(at, seqs)
        }
        digests = sorted({digest for chunks in wanted.values() for digest in chunks})
        with sql.reading(self._chunks) as connection:
            rows = sql.query(
                connection, "SELECT sha256, data FROM reading_chunk WHERE sha256 IN :many", digests
            )
        data = {digest: bytes(chunk) for digest, chunk in rows}
        for seq, chunks in wanted.items():
            for digest in chunks:
                if digest not in data:
                    raise IntegrityBroken(CHUNK_MISSING, seq=seq, sha256=digest)
        return {seq: tuple(data[d] for d in chunks) for seq, chunks in wanted.items()}

    # Within

    def _where(
        self, at: Snapshot, condition: str, values: list[str], states: Collection[State]
    ) -> list[StoredRecord]:
        with sql.reading(self.engine) as connection:
            rows = sql.query(
                connection,
                f"{_RECORD} AND {condition} ORDER BY r.seq",
                *(at.known_at, at.known_at, self.log_id, at.known_at, values),
            )
            return self._stored(connection, at, rows, states)

    def _by_seqs(
        self, connection: Connection, at: Snapshot, seqs: list[int], states: Collection[State]
    ) -> list[StoredRecord]:
        rows = sql.query(
            connection,
            f"{_RECORD} AND r.seq IN :many ORDER BY r.seq",
            *(at.known_at, at.known_at, self.log_id, at.known_at, seqs),
        )
        return self._stored(connection, at, rows, states)

    def _stored(
        self,
        connection: Connection,
        at: Snapshot,
        rows: Iterable[Row],
        states: Collection[State],
    ) -> list[StoredRecord]:
        kept = [
            row for row in rows if (State.ERASED if row[13] is None else State(row[15])) in states
        ]
        subjects = self._subjects_of(connection, at, [row[0] for row in kept])
        return [_as_record(row, subjects.get(row[0], {})) for row in kept]

    def _subjects_of(
        self, connection: Connection, at: Snapshot, seqs: list[int]
    ) -> dict[int, Mapping[str, tuple[str, ...]]]:
        found: dict[int, dict[str, dict[str, None]]] = defaultdict(lambda: defaultdict(dict))
        if seqs:
            rows = sql.query(
                connection,
                "SELECT f.seq, f.role, COALESCE(i.subject, f.identifier) FROM read_ref f"
                " LEFT JOIN read_subject i ON i.log_id = f.log_id AND i.identifier = f.identifier"
                f" AND {VISIBLE.format('i')} WHERE f.log_id = ? AND f.seq IN :many"
                " ORDER BY f.seq, f.n",
                *(at.known_at, at.known_at, self.log_id, seqs),
            )
            for seq, role, subject in rows:
                found[seq][role][subject] = None
        return {
            seq: {role: tuple(ids) for role, ids in roles.items()} for seq, roles in found.items()
        }


def _as_record(row: Row, subjects: Mapping[str, tuple[str, ...]]) -> StoredRecord:
    (seq, kind, version, identity, document, valid_from, valid_until, occurred_on) = row[:8]
    (recorded_at, actor, key, supersedes, conflicts, body, from_seq, state, since, until) = row[8:]
    erased = body is None
    return StoredRecord(
        seq=seq,
        kind=kind,
        record=None if erased else codec.load(kind, version, orjson.loads(body)),
        state=State.ERASED if erased else State(state),
        identity=identity or "",
        document=document,
        recorded_at=datetime.fromisoformat(recorded_at),
        actor=actor,
        key=key,
        from_seq=from_seq,
        to_seq=until,
        subjects=subjects,
        supersedes=supersedes,
        valid_from=_day(valid_from),
        valid_until=_day(valid_until),
        occurred_on=_day(occurred_on),
        conflicts=tuple(orjson.loads(conflicts)) if conflicts else (),
        state_since=since,
    )


def _names(states: Collection[State]) -> list[str]:
    """The states as they stand in rows: an erased record keeps the state it had."""
    if State.ERASED in states:
        return [state.value for state in State]
    return [state.value for state in states]


def _day(text: Any) -> date | None:
    return date.fromisoformat(text) if text else None
