"""Rows on their way into the read tables: collected, then written many at a time.

Single statements cost more than rows, so inserts wait in memory until something has to be read or
changed. Every entry's identifiers get a row in `read_subject` when they are first seen.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import Connection, Table

from audit.ledger.types import Entry
from audit.store import sql
from audit.store.derive import Memo
from audit.store.sql import Row, Value
from base.clock import rfc3339


class Batch:
    """What one projector call writes. Not shared between threads."""

    def __init__(
        self,
        connection: Connection,
        log_id: int,
        memo: Memo,
        on_seen: Callable[[Batch, dict[str, int]], None],
    ) -> None:
        """`on_seen` gets the identifiers named since the last flush, with the entry that did."""
        self.connection = connection
        self.log_id = log_id
        self.memo = memo
        self.open_headers: dict[str, OpenHeader] = {}
        self.identities: dict[tuple[str, str], tuple[int, tuple[int, ...]]] = {}
        """(kind, identity) of waiting records, with their seq and what they supersede."""
        self._on_seen = on_seen
        self._moment: tuple[datetime | None, str] = (None, "")
        self._rows: defaultdict[Table, list[Row]] = defaultdict(list)
        self._seen: dict[str, int] = {}
        self._checks: list[Callable[[], None]] = []

    def add(self, table: Table, *row: object) -> None:
        """A new row, without its log_id, values in the order of the table's columns."""
        self._rows[table].append((self.log_id, *row))

    def time(self, moment: datetime) -> str:
        """RFC 3339; entries of one transaction share their moment."""
        if self._moment[0] is not moment:
            self._moment = (moment, rfc3339(moment))
        return self._moment[1]

    def saw(self, identifiers: Iterable[str], seq: int) -> None:
        """An entry names these identifiers."""
        for identifier in identifiers:
            self._seen.setdefault(identifier, seq)

    def before_flush(self, check: Callable[[], None]) -> None:
        """Run once before the waiting rows are written."""
        self._checks.append(check)

    def query(self, statement: str, *values: Value) -> list[Row]:
        """Read rows, those waiting included. The first `?` is the log_id."""
        self.flush()
        return sql.query(self.connection, statement, self.log_id, *values)

    def peek(self, statement: str, *values: Value) -> list[Row]:
        """Read rows that are written already."""
        return sql.query(self.connection, statement, self.log_id, *values)

    def change(self, statement: str, *values: Value) -> int:
        """Run an UPDATE or DELETE whose last condition is `log_id = ?`; how many rows."""
        self.flush()
        return sql.execute(self.connection, statement, *values, self.log_id)

    def flush(self) -> None:
        """Write what waits."""
        checks, self._checks = self._checks, []
        for check in checks:
            check()
        seen, self._seen = self._seen, {}
        if seen:
            self._on_seen(self, seen)
        rows, self._rows = self._rows, defaultdict(list)
        for table, waiting in rows.items():
            sql.insert(self.connection, table, waiting)


@dataclass(slots=True)
class OpenHeader:
    """A record whose lines are still coming, in the entries that follow its header.

    expected, lines: how many lines it announced, and how many came. parts: payloads in order.
    carriers: (seq, first line) of each entry of lines.
    """

    entry: Entry
    expected: int
    parts: list[bytes]
    lines: int = 0
    carriers: list[tuple[int, int]] = field(default_factory=list)
