"""The guards refuse what a mistake would do to the ledger's tables."""

from __future__ import annotations

import pytest
from sqlalchemy import Engine, text
from sqlalchemy.exc import DBAPIError

from audit.ledger import Log, verify_log
from audit.ledger.session import durable
from tests.ledger.making import fill

TABLES = ["entry", "payload", "stream_link", "tile", "checkpoint", "log_key", "erased"]


@pytest.fixture
def full(log: Log) -> Log:
    fill(log, 260)
    log.erase([3], "user:1", "test")
    return log


@pytest.mark.parametrize(
    "statement",
    [f"DELETE FROM ledger_{table}" for table in [*TABLES, "log", "stream_head"]]
    + [f"UPDATE ledger_{table} SET log_id = 2" for table in [*TABLES, "log", "stream_head"]]
    + [
        "UPDATE ledger_entry SET raw = leaf WHERE seq = 5",
        "UPDATE ledger_payload SET data = salt WHERE seq = 5",
        "DELETE FROM ledger_payload WHERE seq = 5",
        "UPDATE ledger_log SET size = size - 1",
        "UPDATE ledger_log SET root = frontier",
        "UPDATE ledger_stream_head SET n = n - 1",
        "UPDATE ledger_stream_head SET seq = 1",
    ],
)
def test_rows_are_not_changed_or_deleted(engine: Engine, full: Log, statement: str) -> None:
    with pytest.raises(DBAPIError, match="ledger"), engine.begin() as connection:
        connection.execute(text(statement))
    assert verify_log(engine).ok


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_replacing_a_row_is_refused_on_sqlite(engine: Engine, full: Log) -> None:
    durable(engine)
    for statement in (
        "INSERT OR REPLACE INTO ledger_entry SELECT log_id, seq, key, leaf, leaf"
        " FROM ledger_entry WHERE seq = 5",
        "REPLACE INTO ledger_payload SELECT log_id, seq, salt, salt FROM ledger_payload"
        " WHERE seq = 5",
        "INSERT OR REPLACE INTO ledger_entry SELECT log_id, 9999, key, leaf, raw"
        " FROM ledger_entry WHERE seq = 5",
    ):
        with pytest.raises(DBAPIError, match=r"append-only|erasure"), engine.begin() as connection:
            connection.execute(text(statement))
    assert verify_log(engine).ok


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
@pytest.mark.parametrize("table", [*TABLES, "log", "stream_head"])
def test_truncating_is_refused_on_postgresql(engine: Engine, full: Log, table: str) -> None:
    with pytest.raises(DBAPIError, match="refuses TRUNCATE"), engine.begin() as connection:
        connection.execute(text(f"TRUNCATE ledger_{table}"))


def test_full_durability_is_set(engine: Engine, log: Log) -> None:
    log.append_stream_heads("user:1")
    session = log._writer._session
    assert session is not None
    if engine.dialect.name == "sqlite":
        session.cursor.execute("PRAGMA synchronous")
        assert session.cursor.fetchone() == (2,)  # FULL
        session.cursor.execute("PRAGMA journal_mode")
        assert session.cursor.fetchone() == ("wal",)
    else:
        session.cursor.execute("SHOW synchronous_commit")
        assert session.cursor.fetchone() == ("on",)
