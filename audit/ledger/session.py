"""The writer's own database session: one connection, explicit transactions, full durability."""

from __future__ import annotations

import sqlite3
import time
from contextlib import AbstractContextManager, nullcontext, suppress
from typing import Any, Final

import psycopg
from sqlalchemy import Engine, event
from sqlalchemy.exc import DBAPIError

from base.errors import Unavailable, message

RETRY_SECONDS: Final = 0.0005
CACHE_KIB: Final = 64 << 10
WAL_PAGES: Final = 32_768
"""A commit folds the WAL into the database itself only beyond 128 MiB; see `wal.py`."""

LOCKED = message(
    "ledger.locked",
    zh="数据库被其他进程占用，等待 {seconds} 秒后放弃",
    en="the database is locked by another process; gave up after {seconds} s",
)
STORAGE_FAILED = message(
    "ledger.storage_failed",
    zh="存储失败，本次没有写入任何内容：{reason}",
    en="storage failed, nothing of this was written: {reason}",
)
_SQLITE_FAILURES: Final = frozenset(
    {
        sqlite3.SQLITE_BUSY,
        sqlite3.SQLITE_CANTOPEN,
        sqlite3.SQLITE_CORRUPT,
        sqlite3.SQLITE_FULL,
        sqlite3.SQLITE_IOERR,
        sqlite3.SQLITE_LOCKED,
        sqlite3.SQLITE_NOMEM,
        sqlite3.SQLITE_NOTADB,
        sqlite3.SQLITE_PROTOCOL,
        sqlite3.SQLITE_READONLY,
    }
)
_POSTGRESQL_FAILURES: Final = ("08", "40", "53", "55", "57", "58")
"""Classes: connection, rollback, resources, not in state (lock timeout), intervention, system."""


def storage_failure(error: BaseException) -> Unavailable | None:
    """The refusal for a whole batch when the storage itself failed; None when the error belongs to
    one group (a constraint, a projector)."""
    cause = error.orig if isinstance(error, DBAPIError) else error
    if isinstance(cause, sqlite3.Error):
        code = getattr(cause, "sqlite_errorcode", None)
        if code is not None and code & 0xFF in _SQLITE_FAILURES:
            return Unavailable(STORAGE_FAILED, reason=str(cause))
    elif isinstance(cause, psycopg.Error):
        state = cause.sqlstate
        if isinstance(cause, psycopg.errors.LockNotAvailable):
            return Unavailable(LOCKED, seconds="lock_timeout")
        if state is None and isinstance(cause, psycopg.OperationalError):
            return Unavailable(STORAGE_FAILED, reason=str(cause))
        if state is not None and state[:2] in _POSTGRESQL_FAILURES:
            return Unavailable(STORAGE_FAILED, reason=str(cause))
    return None


def durable(engine: Engine) -> None:
    """Make every new SQLite connection of an engine durable and its REPLACE visible to the guards.
    Safe to call again."""
    if engine.dialect.name == "sqlite" and not event.contains(engine, "connect", _pragmas):
        event.listen(engine, "connect", _pragmas)


def _pragmas(connection: Any, _record: object) -> None:
    cursor = connection.cursor()
    cursor.execute("PRAGMA journal_mode=WAL")
    cursor.execute("PRAGMA synchronous=FULL")
    cursor.execute("PRAGMA recursive_triggers=ON")
    cursor.close()


class Session:
    """One connection that the writer keeps. Not shared, not pooled."""

    def __init__(self, engine: Engine, patience: float) -> None:
        """`patience`: seconds to wait for a lock. Raises what the driver raises."""
        self.connection = engine.connect().execution_options(isolation_level="AUTOCOMMIT")
        self.connection.detach()
        self.patience = patience
        self._sqlite = engine.dialect.name == "sqlite"
        driver: Any = self.connection.connection.dbapi_connection
        assert driver is not None
        self._driver = driver
        self.cursor = driver.cursor()
        if self._sqlite:
            _pragmas(driver, None)
            self.cursor.execute("PRAGMA busy_timeout=0")
            self.cursor.execute(f"PRAGMA cache_size=-{CACHE_KIB}")
            self.cursor.execute(f"PRAGMA wal_autocheckpoint={WAL_PAGES}")
        else:
            self.cursor.execute("SET synchronous_commit = on")
            self.cursor.execute(f"SET lock_timeout = {int(patience * 1000)}")

    def begin(self) -> None:
        """Open a write transaction. Raises Unavailable when another process holds the lock."""
        if not self._sqlite:
            self.cursor.execute("BEGIN")
        else:
            # SQLite's own busy handler sleeps ever longer; asking again every half millisecond
            # halves the worst waits when two processes append.
            until = time.monotonic() + self.patience
            while not self._begin_immediate():
                if time.monotonic() >= until:
                    raise Unavailable(LOCKED, seconds=self.patience)
                time.sleep(RETRY_SECONDS)
        self._transaction = self.connection.begin()

    def pipeline(self, *, when: bool = True) -> AbstractContextManager[object]:
        """Statements inside share a round trip (PostgreSQL); errors may come only at the end."""
        if self._sqlite or not when:
            return nullcontext()
        pipeline: AbstractContextManager[object] = self._driver.pipeline()
        return pipeline

    def commit(self) -> None:
        """COMMIT, durably. When this raises, the outcome is not known."""
        self.cursor.execute("COMMIT")

    def ended(self) -> None:
        """The transaction is known to have ended."""
        self._transaction.close()

    def rollback(self) -> None:
        """Give up the transaction."""
        if self.in_transaction:
            self.cursor.execute("ROLLBACK")
        self._transaction.close()

    def savepoint(self) -> None:
        self.cursor.execute("SAVEPOINT ledger_group")

    def release(self) -> None:
        self.cursor.execute("RELEASE SAVEPOINT ledger_group")

    def back_to_savepoint(self) -> None:
        self.cursor.execute("ROLLBACK TO SAVEPOINT ledger_group")
        self.release()

    @property
    def in_transaction(self) -> bool:
        """Whether the transaction is still there: some failures end it, and a projector might."""
        if self._sqlite:
            return bool(self._driver.in_transaction)
        idle = psycopg.pq.TransactionStatus.IDLE
        unknown = psycopg.pq.TransactionStatus.UNKNOWN
        return self._driver.info.transaction_status not in (idle, unknown)

    def close(self) -> None:
        """Close the connection whatever state it is in. The driver's own first: it may be in a
        transaction that failed, and would hold SQLite's lock for as long as anybody knows of it."""
        # SQLite keeps a closed connection, and its lock, while a statement of it is held.
        with suppress(sqlite3.Error, psycopg.Error):
            self._driver.rollback()
        with suppress(sqlite3.Error, psycopg.Error):
            self.cursor.close()
            self._driver.close()
        self.connection.invalidate()
        self.connection.close()

    def _begin_immediate(self) -> bool:
        try:
            self.cursor.execute("BEGIN IMMEDIATE")
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode & 0xFF in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED):
                return False
            raise
        return True


__all__ = ["LOCKED", "STORAGE_FAILED", "Session", "durable", "storage_failure"]
