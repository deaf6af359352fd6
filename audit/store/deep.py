"""Deep verification: what is beside the ledger agrees with it. Continues `audit.ledger.verify_log`.

1. Replay all entries into a scratch database and compare every derived table row by row
   (layer `read-table`).
2. Re-hash every original that an entry names and none disposes of (layer `document`).
3. Re-hash every chunk of readings that a record commits to (layer `payload`).
4. Let the layers above judge again what they once decided, on the replayed rows (layer
   `decision`).

The ledger's own verification comes first: here its entries and payloads are believed.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from hashlib import sha256
from itertools import islice
from typing import Any, Final

import orjson
from sqlalchemy import Connection, Table

from audit.documents import DocumentStore, Fixity
from audit.ledger import Log
from audit.ledger.problems import Layer, Problem
from audit.store import sql
from audit.store import tables as t
from audit.store.difference import difference
from audit.store.replay import frozen, scratch
from audit.store.revisions import require_current
from audit.store.store import Store
from base.errors import message

Replayer = Callable[[Store], Iterable[Problem]]
"""Judges again, on a store that was made from entries and payloads alone."""

ROW_CHANGED = message(
    "verify.row_changed",
    zh="读取表 {subject} 的一行被改动",
    en="a row of the read table {subject} was changed",
)
ROW_MISSING = message(
    "verify.row_missing",
    zh="读取表 {subject} 缺少一行",
    en="a row of the read table {subject} is missing",
)
ROW_EXTRA = message(
    "verify.row_extra",
    zh="读取表 {subject} 多出一行",
    en="the read table {subject} holds a row that no entry made",
)
DOCUMENT_MISSING = message(
    "verify.document_missing", zh="原件 {subject} 缺失", en="the original {subject} is missing"
)
DOCUMENT_ROTTED = message(
    "verify.document_rotted",
    zh="原件 {subject} 的内容已改变",
    en="the content of the original {subject} has changed",
)
CHUNK_MISSING = message(
    "verify.chunk_missing",
    zh="温度读数块 {subject} 缺失",
    en="the chunk of temperature readings {subject} is missing",
)
CHUNK_CHANGED = message(
    "verify.chunk_changed",
    zh="温度读数块 {subject} 的内容已改变",
    en="the content of the chunk of temperature readings {subject} has changed",
)

_CHUNKS_AT_ONCE: Final = 200


def verify_deep(
    log: Log, documents: DocumentStore, *, replayers: Sequence[Replayer] = ()
) -> list[Problem]:
    """Every problem found, the first bad index first; for each derived table the first bad row.

    Raises Unavailable "rebuild first" when the tables were made by older projections.
    """
    require_current(log.engine, log.log_id)
    with frozen(log.engine) as connection:
        statement = "SELECT size FROM ledger_log WHERE log_id = ?"
        size: int = sql.query(connection, statement, log.log_id)[0][0]
        with scratch(log, size) as truth:
            problems = list(_tables(connection, truth))
            problems += _documents(truth, documents)
            problems += _chunks(connection, truth)
            for replayer in replayers:
                problems += replayer(truth)
    return sorted(problems, key=lambda problem: problem.rank)


def _tables(live: Connection, truth: Store) -> Iterator[Problem]:
    with frozen(truth.engine) as expected:
        for table in t.DERIVED:
            problem = _first_difference(
                table, _rows(expected, table, truth.log_id), _rows(live, table, truth.log_id)
            )
            if problem is not None:
                yield problem


def _first_difference(
    table: Table, expected: Iterator[sql.Row], found: Iterator[sql.Row]
) -> Problem | None:
    columns = [column.name for column in table.columns]
    key = [columns.index(column.name) for column in table.primary_key.columns]
    from_seq = columns.index("from_seq")

    def key_of(row: sql.Row) -> sql.Row:
        return tuple(row[at] for at in key)

    def name(row: sql.Row) -> str:
        parts = " ".join(f"{columns[at]}={row[at]}" for at in key if columns[at] != "log_id")
        return f"{table.name} ({parts})"

    while True:
        want, have = next(expected, None), next(found, None)
        if want is None and have is None:
            return None
        if have is None or (want is not None and key_of(want) < key_of(have)):
            assert want is not None
            return _problem(ROW_MISSING, want[from_seq], name(want), "a row", "none")
        if want is None or key_of(have) < key_of(want):
            return _problem(ROW_EXTRA, have[from_seq], name(have), "no row", "one")
        for column, one, other in zip(columns, want, have, strict=True):
            if one != other:
                kind = want[columns.index("kind")] if table is t.record else None
                said = difference(column, kind, one, other)
                return _problem(ROW_CHANGED, want[from_seq], f"{name(want)}.{column}", *said)


def _documents(truth: Store, documents: DocumentStore) -> Iterator[Problem]:
    rows = truth.read(
        "SELECT r.document, MIN(r.seq) FROM read_receipt r JOIN read_document d"
        " ON d.log_id = r.log_id AND d.sha256 = r.document AND d.to_seq IS NULL"
        " AND d.state <> 'disposed' WHERE r.log_id = ? GROUP BY r.document ORDER BY MIN(r.seq)"
    )
    for digest, seq in rows:
        result = documents.fixity(digest)
        if result is not Fixity.OK:
            why = DOCUMENT_MISSING if result is Fixity.MISSING else DOCUMENT_ROTTED
            yield Problem(why, Layer.DOCUMENT, seq, digest, result.value, digest)


def _chunks(live: Connection, truth: Store) -> Iterator[Problem]:
    named = iter(
        (digest, seq)
        for seq, body in truth.read(
            "SELECT seq, body FROM read_record WHERE log_id = ? AND kind = 'temperature_log'"
            " AND body IS NOT NULL ORDER BY seq"
        )
        for digest in orjson.loads(body).get("chunks", ())
    )
    while some := dict(islice(named, _CHUNKS_AT_ONCE)):
        statement = "SELECT sha256, data FROM reading_chunk WHERE sha256 IN :many"
        held: dict[str, Any] = dict(sql.query(live, statement, sorted(some)))
        for digest, seq in some.items():
            if digest not in held:
                yield Problem(CHUNK_MISSING, Layer.PAYLOAD, seq, digest, "none", digest)
            elif (found := sha256(held[digest]).hexdigest()) != digest:
                yield Problem(CHUNK_CHANGED, Layer.PAYLOAD, seq, digest, found, digest)


def _rows(connection: Connection, table: Table, log_id: int) -> Iterator[sql.Row]:
    columns = ", ".join(column.name for column in table.columns)
    order = ", ".join(column.name for column in table.primary_key.columns)
    return sql.stream(
        connection,
        f"SELECT {columns} FROM {table.name} WHERE log_id = ? ORDER BY {order}",  # noqa: S608
        log_id,
    )


def _problem(why: Any, index: int, subject: str, expected: str, found: str) -> Problem:
    return Problem(why, Layer.READ_TABLE, index, expected[:200], found[:200], subject)
