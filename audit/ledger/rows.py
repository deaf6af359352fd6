"""The ledger's SQL, driver-level, for SQLite and PostgreSQL. The only file that writes statements.

Every method takes a DBAPI cursor; transactions are the caller's. Statements are written with `?`
and turned into the driver's own mark once.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Final

from psycopg import Cursor as PsycopgCursor
from sqlalchemy import Engine

from audit.ledger.merkle import Frontier
from audit.ledger.tiles import WIDTH, Tile, TileNodes, TreeState, edge_spans
from base.errors import Misuse, message

NO_ENTRY = message("ledger.no_entry", zh="没有序号为 {seq} 的条目", en="there is no entry {seq}")
CHUNK: Final = 500
MAX_ROWS: Final = 128
"""Rows in one statement: 128 of the widest table stay below SQLite's old limit of 999 values."""
_blob = re.compile(r"\{([a-z_.]+)\}")

Row = tuple[Any, ...]
StreamHead = tuple[str, int, bytes, int, int]
"""stream, n, leaf, seq, slot"""


@dataclass(frozen=True, slots=True)
class Head:
    """A log's head row."""

    size: int
    root: bytes
    frontier: bytes
    head_leaf: bytes | None
    head_time: str | None


_COLUMNS: Final = {
    "entry": ("log_id", "seq", "key", "leaf", "raw"),
    "payload": ("log_id", "seq", "salt", "data"),
    "stream_link": ("log_id", "seq", "slot", "prev_seq", "prev_slot"),
    "stream_head": ("log_id", "stream", "n", "seq", "slot"),
    "tile": ("log_id", "level", "tile", "root", "middle", "data"),
    "erased": ("log_id", "seq", "by_seq"),
    "log_key": ("log_id", "number", "vkey", "from_size"),
    "checkpoint": ("log_id", "number", "size", "root", "note", "signed_at"),
}
_CONFLICT: Final = {
    "stream_head": " ON CONFLICT (log_id, stream)"
    " DO UPDATE SET n = excluded.n, seq = excluded.seq, slot = excluded.slot"
}
_TYPES: Final = {
    "entry": ("int4", "int8", "text", "bytea", "bytea"),
    "payload": ("int4", "int8", "bytea", "bytea"),
    "stream_link": ("int4", "int8", "int4", "int8", "int4"),
    "stream_head": ("int4", "text", "int8", "int8", "int4"),
    "tile": ("int4", "int4", "int8", "bytea", "bytea", "bytea"),
    "erased": ("int4", "int8", "int8"),
    "log_key": ("int4", "int4", "text", "int8"),
    "checkpoint": ("int4", "int4", "int8", "bytea", "text", "text"),
}
_COPIED: Final = ("entry", "payload", "stream_link", "tile")
COPY_ROWS: Final = 512


class Rows:
    """The statements of one log."""

    def __init__(self, dialect: str, log_id: int) -> None:
        self.postgresql = dialect == "postgresql"
        self.log_id = log_id
        self._inserts: dict[tuple[str, int], str] = {}
        self._arrays = {
            name: f"INSERT INTO ledger_{name} ({', '.join(_COLUMNS[name])}) SELECT * FROM unnest("  # noqa: S608
            f"{', '.join(f'%b::{kind}[]' for kind in kinds)}){_CONFLICT.get(name, '')}"
            for name, kinds in _TYPES.items()
        }
        self._copy = {
            name: f"COPY ledger_{name} ({', '.join(_COLUMNS[name])}) FROM STDIN (FORMAT BINARY)"
            for name in _COPIED
        }
        lock = " FOR UPDATE" if self.postgresql else ""
        head = "SELECT size, root, frontier, head_leaf, head_time FROM ledger_log WHERE log_id = ?"
        self._head = self.sql(head)
        self._head_locked = self.sql(head + lock)
        self._set_head = self.sql(
            "UPDATE ledger_log SET size = ?, root = ?, frontier = ?, head_leaf = ?, head_time = ?"
            " WHERE log_id = ?"
        )
        self._tile = self.sql(
            "SELECT {middle}, {data} FROM ledger_tile WHERE log_id = ? AND level = ? AND tile = ?"
        )

    def sql(self, statement: str) -> str:
        """A statement with the driver's own mark for `?`, and `{column}` read as bytes whatever
        SQLite holds there: a value that somebody changed to text must still be read and judged."""
        if self.postgresql:
            return _blob.sub(r"\1", statement).replace("?", "%s")
        return _blob.sub(r"CAST(\1 AS BLOB)", statement)

    def run(self, cursor: Any, statement: str, *values: object) -> Any:
        """Execute one statement and return the cursor."""
        cursor.execute(self.sql(statement), values)
        return cursor

    def insert(self, cursor: Any, name: str, rows: Sequence[Row]) -> None:
        """Append rows to one of the tables: few statements of many rows on SQLite, one of arrays
        on PostgreSQL (so that several can share a round trip), COPY for bulk there."""
        if not rows:
            return
        if not self.postgresql:
            self._many(cursor, name, rows)
        elif len(rows) < COPY_ROWS or name not in _COPIED:
            cursor.execute(self._arrays[name], list(map(list, zip(*rows, strict=True))))
        else:
            assert isinstance(cursor, PsycopgCursor)
            with cursor.copy(self._copy[name]) as copy:
                copy.set_types(_TYPES[name])
                for row in rows:
                    copy.write_row(row)

    def _many(self, cursor: Any, name: str, rows: Sequence[Row]) -> None:
        """Insert with few statements of many rows. Besides being quicker, SQLite's driver gives up
        the interpreter lock at each step, and with busy threads about each time costs a wait."""
        at, left = 0, len(rows)
        while left:
            count = min(MAX_ROWS, 1 << (left.bit_length() - 1))
            flat = [value for row in rows[at : at + count] for value in row]
            cursor.execute(self._insert(name, count), flat)
            at, left = at + count, left - count

    def _insert(self, name: str, count: int) -> str:
        statement = self._inserts.get((name, count))
        if statement is None:
            columns = _COLUMNS[name]
            row = f"({', '.join('?' * len(columns))})"
            statement = self._inserts[name, count] = self.sql(
                f"INSERT INTO ledger_{name} ({', '.join(columns)})"  # noqa: S608
                f" VALUES {', '.join([row] * count)}{_CONFLICT.get(name, '')}"
            )
        return statement

    def head(self, cursor: Any, *, lock: bool = False) -> Head:
        """The head row; with `lock`, held until the transaction ends (PostgreSQL)."""
        cursor.execute(self._head_locked if lock else self._head, (self.log_id,))
        return Head(*cursor.fetchone())

    def set_head(self, cursor: Any, head: Head) -> None:
        values = (head.size, head.root, head.frontier, head.head_leaf, head.head_time)
        cursor.execute(self._set_head, (*values, self.log_id))

    def stream_heads(self, cursor: Any, streams: Iterable[str]) -> list[StreamHead]:
        """The heads of those streams that exist."""
        found: list[StreamHead] = []
        for part in _chunks(list(streams)):
            found += self.run(
                cursor,
                "SELECT h.stream, h.n, {e.leaf}, h.seq, h.slot FROM ledger_stream_head h"  # noqa: S608
                " JOIN ledger_entry e ON e.log_id = h.log_id AND e.seq = h.seq"
                " WHERE h.log_id = ? AND h.stream IN " + _marks(part),
                self.log_id,
                *part,
            ).fetchall()
        return found

    def set_stream_heads(self, cursor: Any, heads: Iterable[tuple[str, int, int, int]]) -> None:
        """(stream, n, seq, slot): insert or move forward, in one order so that none deadlocks."""
        self.insert(cursor, "stream_head", [(self.log_id, *head) for head in sorted(heads)])

    def all_heads(self, cursor: Any) -> Iterator[tuple[str, int, bytes]]:
        """(stream, n, leaf) of all streams, sorted by the UTF-8 bytes of their names."""
        return iter(
            self.run(
                cursor,
                "SELECT h.stream, h.n, {e.leaf} FROM ledger_stream_head h JOIN ledger_entry e"
                " ON e.log_id = h.log_id AND e.seq = h.seq WHERE h.log_id = ? ORDER BY h.stream",
                self.log_id,
            ).fetchall()
        )

    def heads_at(self, cursor: Any, size: int) -> Iterator[tuple[str, int, bytes]]:
        """The same as `all_heads` was when the log held `size` entries."""
        return iter(
            self.run(
                cursor,
                "WITH RECURSIVE walk(stream, n, seq, slot) AS (SELECT stream, n, seq, slot FROM"
                " ledger_stream_head WHERE log_id = ? UNION ALL SELECT w.stream, w.n - 1,"
                " l.prev_seq, l.prev_slot FROM walk w JOIN ledger_stream_link l ON l.log_id = ?"
                " AND l.seq = w.seq AND l.slot = w.slot WHERE w.seq >= ?)"
                " SELECT w.stream, w.n, {e.leaf} FROM walk w JOIN ledger_entry e ON e.log_id = ?"
                " AND e.seq = w.seq WHERE w.seq < ? ORDER BY w.stream",
                *(self.log_id, self.log_id, size, self.log_id, size),
            ).fetchall()
        )

    def stream_seqs(self, cursor: Any, stream: str, start: int) -> list[int]:
        """The seqs of a stream's entries from running number `start`: a walk back from its head."""
        found = self.run(
            cursor,
            "WITH RECURSIVE walk(n, seq, slot) AS (SELECT n, seq, slot FROM ledger_stream_head"
            " WHERE log_id = ? AND stream = ? AND n >= ? UNION ALL SELECT w.n - 1, l.prev_seq,"
            " l.prev_slot FROM walk w JOIN ledger_stream_link l ON l.log_id = ? AND l.seq = w.seq"
            " AND l.slot = w.slot WHERE w.n > ?) SELECT seq FROM walk ORDER BY n",
            *(self.log_id, stream, start, self.log_id, start),
        )
        return [row[0] for row in found.fetchall()]

    def links(self, cursor: Any, start: int, stop: int) -> list[tuple[int, int, int, int]]:
        """(seq, slot, prev_seq, prev_slot) of the entries [start, stop), in order."""
        found: list[tuple[int, int, int, int]] = self.run(
            cursor,
            "SELECT seq, slot, prev_seq, prev_slot FROM ledger_stream_link WHERE log_id = ?"
            " AND seq >= ? AND seq < ? ORDER BY seq, slot",
            *(self.log_id, start, stop),
        ).fetchall()
        return found

    def rotations(self, cursor: Any) -> list[int]:
        """The seqs of the entries that the key table says brought a new key."""
        found = self.run(
            cursor,
            "SELECT from_size - 1 FROM ledger_log_key WHERE log_id = ? AND from_size > 0",
            self.log_id,
        )
        return [row[0] for row in found.fetchall()]

    def by_keys(self, cursor: Any, keys: Iterable[str]) -> list[tuple[str, bytes, bytes | None]]:
        """(key, raw, salt or None) of the stored entries among the keys."""
        found: list[tuple[str, bytes, bytes | None]] = []
        for part in _chunks(list(keys)):
            found += self.run(
                cursor,
                "SELECT e.key, {e.raw}, {p.salt} FROM ledger_entry e LEFT JOIN ledger_payload p"  # noqa: S608
                " ON p.log_id = e.log_id AND p.seq = e.seq WHERE e.log_id = ? AND e.key IN "
                + _marks(part),
                self.log_id,
                *part,
            ).fetchall()
        return found

    def range(self, cursor: Any, start: int, stop: int) -> list[tuple[int, bytes, bytes]]:
        """(seq, leaf, raw) of the entries [start, stop), in order."""
        found: list[tuple[int, bytes, bytes]] = self.run(
            cursor,
            "SELECT seq, {leaf}, {raw} FROM ledger_entry WHERE log_id = ? AND seq >= ? AND seq < ?"
            " ORDER BY seq",
            self.log_id,
            start,
            stop,
        ).fetchall()
        return found

    def payload_range(self, cursor: Any, start: int, stop: int) -> list[tuple[int, bytes, bytes]]:
        """(seq, salt, data) of the payloads in [start, stop), in order."""
        found: list[tuple[int, bytes, bytes]] = self.run(
            cursor,
            "SELECT seq, {salt}, {data} FROM ledger_payload"
            " WHERE log_id = ? AND seq >= ? AND seq < ? ORDER BY seq",
            self.log_id,
            start,
            stop,
        ).fetchall()
        return found

    def holds_payload(self, cursor: Any, seq: int) -> bool:
        """Whether an entry's payload is there."""
        statement = "SELECT 1 FROM ledger_payload WHERE log_id = ? AND seq = ?"
        return self.run(cursor, statement, self.log_id, seq).fetchone() is not None

    def delete_payload(self, cursor: Any, seq: int) -> None:
        """Delete a payload and its salt; the guard asks for an erasure that names it."""
        statement = "DELETE FROM ledger_payload WHERE log_id = ? AND seq = ?"
        self.run(cursor, statement, self.log_id, seq)

    def verification(self, cursor: Any, start: int, stop: int) -> list[Row]:
        """(seq, key, leaf, raw, salt, data) of the entries [start, stop), in order."""
        found: list[Row] = self.run(
            cursor,
            "SELECT e.seq, e.key, {e.leaf}, {e.raw}, {p.salt}, {p.data} FROM ledger_entry e"
            " LEFT JOIN ledger_payload p ON p.log_id = e.log_id AND p.seq = e.seq"
            " WHERE e.log_id = ? AND e.seq >= ? AND e.seq < ? ORDER BY e.seq",
            *(self.log_id, start, stop),
        ).fetchall()
        return found

    def tiles(self, cursor: Any, level: int, start: int, stop: int) -> list[Tile]:
        """The full tiles [start, stop) of a level, in order."""
        found = self.run(
            cursor,
            "SELECT level, tile, {root}, {middle}, {data} FROM ledger_tile"
            " WHERE log_id = ? AND level = ? AND tile >= ? AND tile < ? ORDER BY tile",
            self.log_id,
            level,
            start,
            stop,
        )
        return [Tile(*row) for row in found.fetchall()]

    def tile(self, cursor: Any, level: int, index: int) -> tuple[bytes, bytes] | None:
        cursor.execute(self._tile, (self.log_id, level, index))
        found: tuple[bytes, bytes] | None = cursor.fetchone()
        return found

    def edge(self, cursor: Any, level: int, start: int, stop: int) -> list[bytes]:
        """Nodes [start, stop) of a level, from the entries or from the roots of the tiles below."""
        if level == 0:
            statement = (
                "SELECT {leaf} FROM ledger_entry WHERE log_id = ? AND seq >= ? AND seq < ?"
                " ORDER BY seq"
            )
            values = (self.log_id, start, stop)
        else:
            statement = (
                "SELECT {root} FROM ledger_tile WHERE log_id = ? AND level = ? AND tile >= ?"
                " AND tile < ? ORDER BY tile"
            )
            values = (self.log_id, level - 1, start, stop)  # type: ignore[assignment]
        nodes = [row[0] for row in self.run(cursor, statement, *values).fetchall()]
        if len(nodes) != stop - start:
            raise Misuse(NO_ENTRY, seq=(start + len(nodes)) * WIDTH**level)
        return nodes

    def nodes(self, cursor: Any) -> TileNodes:
        """A node reader over this log."""
        return TileNodes(
            lambda level, index: self.tile(cursor, level, index),
            lambda level, start, stop: self.edge(cursor, level, start, stop),
        )

    def tree(self, cursor: Any, head: Head) -> TreeState:
        """What a writer needs to go on after a head row."""
        edges = [
            self.edge(cursor, level, *span) for level, span in enumerate(edge_spans(head.size))
        ]
        return TreeState(Frontier.from_bytes(head.size, head.frontier), edges)


@contextmanager
def reading(engine: Engine) -> Iterator[Any]:
    """A driver cursor outside any transaction, given back at the end."""
    with engine.connect() as connection:
        if engine.dialect.name == "postgresql":
            connection = connection.execution_options(isolation_level="AUTOCOMMIT")
        cursor = connection.connection.cursor()
        try:
            yield cursor
        finally:
            cursor.close()


@contextmanager
def snapshot(engine: Engine) -> Iterator[Any]:
    """A driver cursor inside one read transaction: everything read is of one moment."""
    with engine.connect() as connection:
        connection = connection.execution_options(isolation_level="AUTOCOMMIT")
        cursor = connection.connection.cursor()
        postgresql = engine.dialect.name == "postgresql"
        mode = " ISOLATION LEVEL REPEATABLE READ READ ONLY" if postgresql else ""
        cursor.execute(f"BEGIN{mode}")
        try:
            yield cursor
        finally:
            cursor.execute("ROLLBACK")
            cursor.close()


def _marks(values: list[str]) -> str:
    return f"({', '.join('?' * len(values))})"


def _chunks(values: list[str]) -> Iterator[list[str]]:
    for at in range(0, len(values), CHUNK):
        yield values[at : at + CHUNK]
