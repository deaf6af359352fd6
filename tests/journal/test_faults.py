"""Storage that fails: full, locked, unwritable. Refused whole; then the work goes on."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from sqlalchemy import Engine, create_engine, event

from audit.documents import LocalDocuments
from audit.journal import Journal
from audit.ledger.verify import verify_log
from audit.store import verify_deep
from audit.store.chunks import store_chunks
from base.errors import Unavailable
from tests.journal.making import draft, new_journal, now, paper, read_of, sale


@pytest.fixture
def sqlite_journal(sqlite_url: str, tmp_path: Path) -> Iterator[Journal]:
    engine = create_engine(sqlite_url)
    made = new_journal(engine, tmp_path)
    yield made
    made.close()
    engine.dispose()


def test_a_full_database_refuses_the_whole_group_and_takes_the_next(
    sqlite_url: str, make_engine: Callable[[str], Engine], tmp_path: Path
) -> None:
    engine = make_engine(sqlite_url)
    new_journal(engine, tmp_path).close()
    pages: dict[str, int] = {}

    def limit(connection: sqlite3.Connection, _: object) -> None:
        used = connection.execute("PRAGMA page_count").fetchone()[0]
        connection.execute(f"PRAGMA max_page_count = {pages.get('most', used + 40)}")

    event.listen(engine, "connect", limit)
    engine.dispose()
    journal = Journal.open(engine, LocalDocuments(tmp_path / "originals"))
    receipt = paper(journal)
    many = [draft(sale(f"XS{n}", ship_to="路" * 200), receipt) for n in range(400)]
    with pytest.raises(Unavailable, match="full"):
        journal.append_records("source:erp", many, read=read_of(receipt))
    assert list(journal.store.records(now(journal), ["sales_record"])) == []
    assert journal.unfinished() == [receipt.sha256]
    journal.close()
    engine.dispose()
    pages["most"] = 100_000
    journal = Journal.open(engine, LocalDocuments(tmp_path / "originals"))
    journal.append_records("source:erp", many, read=read_of(receipt))
    assert journal.unfinished() == []
    assert verify_log(engine).findings == ()
    assert verify_deep(journal.log, journal.documents) == []
    journal.close()


def test_a_database_locked_by_another_process_is_not_available_and_then_is(
    sqlite_url: str, make_engine: Callable[[str], Engine], tmp_path: Path
) -> None:
    engine = make_engine(sqlite_url)
    new_journal(engine, tmp_path).close()
    journal = Journal.open(engine, LocalDocuments(tmp_path / "originals"), patience=0.2)
    other = sqlite3.connect(tmp_path / "devicetrail.db", isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    with pytest.raises(Unavailable, match="locked"):
        journal.append_records("source:erp", [draft(sale())])
    assert list(journal.store.records(now(journal), ["sales_record"])) == []
    other.execute("ROLLBACK")
    journal.append_records("source:erp", [draft(sale())])
    assert len(list(journal.store.records(now(journal), ["sales_record"]))) == 1
    other.close()
    journal.close()


def test_readings_wait_for_the_lock_and_then_give_up(
    sqlite_journal: Journal, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from hashlib import sha256

    monkeypatch.setattr("audit.store.sql.PATIENCE", 0.1)
    other = sqlite3.connect(tmp_path / "devicetrail.db", isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    chunks = {sha256(b"chunk").hexdigest(): b"chunk"}
    with pytest.raises(Unavailable, match=r"store\.locked"):
        store_chunks(sqlite_journal.log.engine, chunks)
    other.execute("ROLLBACK")
    assert store_chunks(sqlite_journal.log.engine, chunks) == 1
    assert store_chunks(sqlite_journal.log.engine, chunks) == 0
    other.close()


def test_an_original_that_cannot_be_kept_leaves_no_entry(
    sqlite_journal: Journal, tmp_path: Path
) -> None:
    incoming = tmp_path / "originals" / ".incoming"
    incoming.rmdir()
    incoming.write_bytes(b"a file where a folder should be")
    with pytest.raises(Unavailable, match=r"documents\."):
        paper(sqlite_journal)
    assert sqlite_journal.log.size() == 1
