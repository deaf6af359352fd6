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
_blob = re.compile(r"\{([a-z_.]+)\}")

Row = tuple[Any, ...]
EntryRow = tuple[int, int, str, bytes, bytes]
"""log_id, seq, key, leaf, raw"""


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
    "stream_entry": ("log_id", "stream", "n", "seq"),
    "tile": ("log_id", "level", "tile", "root", "middle", "data"),
    "erased": ("log_id", "seq", "by_seq"),
    "log_key": ("log_id", "number", "vkey", "from_size"),
    "checkpoint": ("log_id", "number", "size", "root", "note", "signed_at"),
}
_TYPES: Final = {
    "entry": ("int4", "int8", "text", "bytea", "bytea"),
    "payload": ("int4", "int8", "bytea", "bytea"),
    "stream_entry": ("int4", "text", "int8", "int8"),
    "tile": ("int4", "int4", "int8", "bytea", "bytea", "bytea"),
}


class Rows:
    """The statements of one log."""

    def __init__(self, dialect: str, log_id: int) -> None:
        self.postgresql = dialect == "postgresql"
        self.log_id = log_id
        self._insert = {
            name: self.sql(
                f"INSERT INTO ledger_{name} ({', '.join(columns)})"  # noqa: S608
                f" VALUES ({', '.join('?' * len(columns))})"
            )
            for name, columns in _COLUMNS.items()
        }
        self._copy = {
            name: f"COPY ledger_{name} ({', '.join(_COLUMNS[name])}) FROM STDIN (FORMAT BINARY)"
            for name in _TYPES
        }
        lock = " FOR UPDATE" if self.postgresql else ""
        head = "SELECT size, root, frontier, head_leaf, head_time FROM ledger_log WHERE log_id = ?"
        self._head = self.sql(head)
        self._head_locked = self.sql(head + lock)
        self._set_head = self.sql(
            "UPDATE ledger_log SET size = ?, root = ?, frontier = ?, head_leaf = ?, head_time = ?"
            " WHERE log_id = ?"
        )
        self._set_streams = self.sql(
            "INSERT INTO ledger_stream_head (log_id, stream, n, seq, leaf) VALUES (?, ?, ?, ?, ?)"
            " ON CONFLICT (log_id, stream)"
            " DO UPDATE SET n = excluded.n, seq = excluded.seq, leaf = excluded.leaf"
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
        """Append rows to one of the append-only tables: COPY on PostgreSQL where that pays."""
        if not rows:
            return
        if self.postgresql and len(rows) > 4 and isinstance(cursor, PsycopgCursor):
            with cursor.copy(self._copy[name]) as copy:
                copy.set_types(_TYPES[name])
                for row in rows:
                    copy.write_row(row)
        else:
            cursor.executemany(self._insert[name], rows)

    def head(self, cursor: Any, *, lock: bool = False) -> Head:
        """The head row; with `lock`, held until the transaction ends (PostgreSQL)."""
        cursor.execute(self._head_locked if lock else self._head, (self.log_id,))
        return Head(*cursor.fetchone())

    def set_head(self, cursor: Any, head: Head) -> None:
        values = (head.size, head.root, head.frontier, head.head_leaf, head.head_time)
        cursor.execute(self._set_head, (*values, self.log_id))

    def stream_heads(self, cursor: Any, streams: Iterable[str]) -> list[tuple[str, int, bytes]]:
        """(stream, n, leaf) of those streams that exist."""
        found: list[tuple[str, int, bytes]] = []
        for part in _chunks(list(streams)):
            found += self.run(
                cursor,
                "SELECT stream, n, {leaf} FROM ledger_stream_head"  # noqa: S608
                " WHERE log_id = ? AND stream IN " + _marks(part),
                self.log_id,
                *part,
            ).fetchall()
        return found

    def set_stream_heads(self, cursor: Any, heads: Iterable[tuple[str, int, int, bytes]]) -> None:
        """(stream, n, seq, leaf): insert or move forward, in one order so that none deadlocks."""
        cursor.executemany(self._set_streams, [(self.log_id, *head) for head in sorted(heads)])

    def all_heads(self, cursor: Any) -> Iterator[tuple[str, int, bytes]]:
        """(stream, n, leaf) of all streams, sorted by the UTF-8 bytes of their names."""
        return iter(
            self.run(
                cursor,
                "SELECT stream, n, {leaf} FROM ledger_stream_head WHERE log_id = ? ORDER BY stream",
                self.log_id,
            ).fetchall()
        )

    def heads_at(self, cursor: Any, size: int) -> Iterator[tuple[str, int, bytes]]:
        """The same as `all_heads` was when the log held `size` entries."""
        return iter(
            self.run(
                cursor,
                "SELECT s.stream, s.n, {e.leaf} FROM (SELECT stream, max(n) AS n FROM"
                " ledger_stream_entry WHERE log_id = ? AND seq < ? GROUP BY stream) s"
                " JOIN ledger_stream_entry l ON l.log_id = ? AND l.stream = s.stream AND l.n = s.n"
                " JOIN ledger_entry e ON e.log_id = l.log_id AND e.seq = l.seq ORDER BY s.stream",
                *(self.log_id, size, self.log_id),
            ).fetchall()
        )

    def stream_seqs(self, cursor: Any, stream: str, start: int) -> list[int]:
        """The seqs of a stream's entries from running number `start`."""
        found = self.run(
            cursor,
            "SELECT seq FROM ledger_stream_entry WHERE log_id = ? AND stream = ? AND n >= ?"
            " ORDER BY n",
            *(self.log_id, stream, start),
        )
        return [row[0] for row in found.fetchall()]

    def stream_sums(
        self, cursor: Any, weight: int, modulus: int
    ) -> dict[str, tuple[int, int, int, int]]:
        """For each stream of the index: rows, largest n, sum of seq, weighted sum of seq."""
        found = self.run(
            cursor,
            "SELECT stream, count(*), max(n), sum(seq), sum(seq * (n * ? % ? + 1))"
            " FROM ledger_stream_entry WHERE log_id = ? GROUP BY stream".replace(
                "%", "%%" if self.postgresql else "%"
            ),
            *(weight, modulus, self.log_id),
        )
        return {row[0]: (row[1], row[2], int(row[3]), int(row[4])) for row in found.fetchall()}

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
