"""Replay entries and payloads into read tables: the real ones (`rebuild`) or a scratch database."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import islice
from pathlib import Path
from typing import Any, Final

from sqlalchemy import Connection, Engine, create_engine, event

from audit.ledger import Log
from audit.ledger import tables as ledger_tables
from audit.store import sql
from audit.store import tables as t
from audit.store.projection import Projection
from audit.store.revisions import write_current
from audit.store.statistics import write_statistics
from audit.store.store import Store

RUN: Final = 2_000
"""Entries projected at a time."""


def rebuild(log: Log) -> int:
    """Drop the derived rows of a log and make them again from its entries; how many entries.

    One transaction: readers see the old rows until the new ones are there, and appends wait.
    Operational tables and reading chunks are not touched.
    """
    with sql.writing(log.engine) as connection:
        lock = " FOR UPDATE" if connection.dialect.name == "postgresql" else ""
        statement = "SELECT size FROM ledger_log WHERE log_id = ?" + lock  # noqa: S608
        size: int = sql.query(connection, statement, log.log_id)[0][0]
        for table in t.DERIVED:
            sql.execute(connection, f"DELETE FROM {table.name} WHERE log_id = ?", log.log_id)  # noqa: S608
        replay(log, connection, size)
        write_current(connection, log.log_id)
    return size


def replay(log: Log, connection: Connection, size: int) -> None:
    """Project the first `size` entries of a log onto empty derived tables."""
    projection = Projection(log.log_id, whole=False)
    entries = log.appended(0, size)
    while run := list(islice(entries, RUN)):
        projection(connection, run)


@contextmanager
def scratch(log: Log, size: int) -> Iterator[Store]:
    """A store over a temporary SQLite database that holds what the first `size` entries say.

    Made from entries and payloads alone, so nothing in it can come from an edited read table.
    """
    with tempfile.TemporaryDirectory(prefix="devicetrail-replay-") as folder:
        engine = create_engine(f"sqlite:///{Path(folder) / 'replay.db'}")
        event.listen(engine, "connect", _fast)
        try:
            with engine.begin() as connection:
                t.metadata.create_all(connection)
                write_statistics(connection)
                ledger_tables.log.create(connection)
                connection.execute(
                    ledger_tables.log.insert().values(
                        log_id=log.log_id,
                        origin=log.origin,
                        format=ledger_tables.FORMAT,
                        size=size,
                        root=b"",
                        frontier=b"",
                    )
                )
            with sql.writing(engine) as connection:
                replay(log, connection, size)
            yield Store(engine, log.log_id, chunks=log.engine)
        finally:
            engine.dispose()


@contextmanager
def frozen(engine: Engine) -> Iterator[Connection]:
    """A connection whose reads all see one moment, whatever is appended meanwhile."""
    level = "REPEATABLE READ" if engine.dialect.name == "postgresql" else "SERIALIZABLE"
    with sql.unavailable(), engine.connect() as opened:
        connection = opened.execution_options(isolation_level=level)
        with connection.begin():
            if engine.dialect.name == "sqlite":
                driver: Any = connection.connection.dbapi_connection
                driver.execute("BEGIN")
            yield connection


def _fast(connection: Any, _record: object) -> None:
    """A scratch database may be lost at any time."""
    connection.execute("PRAGMA journal_mode=OFF")
    connection.execute("PRAGMA synchronous=OFF")
