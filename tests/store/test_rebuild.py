"""Rebuilding, and refusing to work on tables of another version."""

from __future__ import annotations

import threading
from collections.abc import Callable
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import Engine, text
from sqlalchemy.exc import DBAPIError

from audit.documents import LocalDocuments
from audit.journal import Journal
from audit.ledger import tables as ledger_tables
from audit.store import rebuild, tables, upgrade, verify_deep
from audit.store.migrate import current
from audit.store.projection.registry import revisions
from audit.store.statistics import described
from base.errors import Unavailable
from tests.journal.making import CLERK, device, draft, now, sale, signed


def test_what_is_lost_is_made_again_and_people_stay_signed_in(journal: Journal) -> None:
    journal.append_records(CLERK, [draft(device())])
    journal.confirm(signed(), [1])
    before = list(journal.store.records(now(journal), ["device"]))
    with journal.log.engine.begin() as connection:
        for table in tables.DERIVED:
            connection.execute(text(f"DELETE FROM {table.name}"))
        connection.execute(
            text(
                "INSERT INTO web_session (log_id, token_hash, user_id, created_at, expires_at)"
                " VALUES (1, 'h', 'u', 'now', 'later')"
            )
        )
    assert list(journal.store.records(now(journal), ["device"])) == []
    rebuild(journal.log)
    assert list(journal.store.records(now(journal), ["device"])) == before
    with journal.log.engine.connect() as connection:
        assert connection.execute(text("SELECT COUNT(*) FROM web_session")).scalar() == 1


def test_appends_during_a_rebuild_wait_and_are_not_lost(journal: Journal) -> None:
    journal.append_records("source:erp", [draft(sale(f"XS{n}")) for n in range(200)])
    done = threading.Event()

    def append() -> None:
        for n in range(40):
            journal.append_records("source:erp", [draft(sale(f"later-{n}"))])
        done.set()

    writer = threading.Thread(target=append)
    writer.start()
    while not done.is_set():
        rebuild(journal.log)
    writer.join()
    assert len(list(journal.store.records(now(journal), ["sales_record"]))) == 240
    assert verify_deep(journal.log, journal.documents) == []


@pytest.mark.parametrize(("revision", "code"), [(0, "rebuild_first"), (99, "newer_rows")])
def test_rows_of_another_projection_are_not_worked_on(
    engine: Engine, journal: Journal, tmp_path: Path, revision: int, code: str
) -> None:
    with engine.begin() as connection:
        connection.execute(
            text("UPDATE read_projection SET revision = :r WHERE name = 'record'"), {"r": revision}
        )
    documents = LocalDocuments(tmp_path / "originals")
    with pytest.raises(Unavailable, match=rf"store\.{code}") as refused:
        Journal.open(engine, documents)
    assert refused.value.exit_code == 5
    with pytest.raises(Unavailable, match=rf"store\.{code}"):
        verify_deep(journal.log, documents)
    rebuild(journal.log)
    Journal.open(engine, documents).close()


def test_a_new_projection_asks_for_a_rebuild(engine: Engine, journal: Journal) -> None:
    with engine.begin() as connection:
        connection.execute(text("DELETE FROM read_projection WHERE name = 'finding'"))
    with pytest.raises(Unavailable, match=r"store\.rebuild_first"):
        Journal.open(engine, journal.documents)
    assert "finding" in revisions()


def test_a_database_from_a_newer_version_is_refused(engine: Engine) -> None:
    upgrade(engine)
    with engine.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    with pytest.raises(Unavailable, match=r"store\.newer_database") as refused:
        upgrade(engine)
    assert "9999" in refused.value.text("zh")


def test_migrations_make_exactly_the_tables_that_the_code_knows(
    database_url: str, make_engine: Callable[[str], Engine]
) -> None:
    engine = make_engine(database_url)
    assert current(engine) is None
    upgrade(engine)
    upgrade(engine)
    with engine.connect() as connection:
        context = MigrationContext.configure(connection)
        known = [ledger_tables.metadata, tables.metadata]
        assert compare_metadata(context, known) == []
    with pytest.raises(DBAPIError, match="ledger: ledger_log_key"), engine.begin() as connection:
        connection.execute(
            text("INSERT INTO ledger_log_key VALUES (1, 0, 'v', 0)"),
        )
        connection.execute(text("DELETE FROM ledger_log_key"))


def test_sqlite_is_told_of_every_index(
    sqlite_url: str, make_engine: Callable[[str], Engine]
) -> None:
    engine = make_engine(sqlite_url)
    upgrade(engine)
    plain = {table.name for table in tables.DERIVED} - {"read_record"}
    named = {str(index.name) for table in tables.DERIVED for index in table.indexes}
    assert described() == plain | named | {"sqlite_autoindex_read_record_1"}
    statement = (
        "EXPLAIN QUERY PLAN SELECT seq FROM read_ref WHERE log_id = 1 AND kind = 'lot'"
        " AND identifier IN (SELECT value FROM json_each('[]'))"
    )
    with engine.connect() as connection:
        plan = " ".join(str(row) for row in connection.execute(text(statement)))
    assert "read_ref_identifier" in plan
