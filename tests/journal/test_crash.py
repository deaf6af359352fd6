"""kill -9 during ingest, again and again: what was confirmed to a caller is there, whole and once.

`crash_child.py` is the process that dies. After each death the log is verified, the read tables
are compared with a replay, and unfinished documents are read again under the same keys.
"""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from sqlalchemy import Engine, text

from audit.documents import LocalDocuments
from audit.journal import Journal
from audit.ledger.verify import verify_log
from audit.store import State, verify_deep
from tests.journal.crash_child import ROWS, finish
from tests.journal.making import new_journal, now

ROOT = Path(__file__).parents[2]


def run_until_killed(url: str, folder: Path, begin: int, seconds: float) -> list[list[str]]:
    """Start the child, kill it `seconds` after it is ready, return what it was told."""
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    arguments = [sys.executable, "-m", "tests.journal.crash_child", url, str(folder), str(begin)]
    child = subprocess.Popen(
        arguments, stdout=subprocess.PIPE, env=environment, cwd=ROOT, text=True
    )
    assert child.stdout is not None
    said = [child.stdout.readline()]
    assert said[0].split()[:1] in (["ready"], ["received"], ["recorded"]), "the child did not start"
    time.sleep(seconds)
    child.send_signal(signal.SIGKILL)
    said += child.stdout.read().splitlines()
    child.wait()
    return [line.split() for line in said if line.strip() != "ready" and len(line.split()) == 2]


def check_after_a_crash(journal: Journal, told: list[list[str]]) -> None:
    """Everything that a caller was told is there, whole."""
    assert verify_log(journal.log.engine).findings == ()
    assert verify_deep(journal.log, journal.documents) == []
    at = now(journal)
    documents = {document.sha256: document.state for document in journal.store.documents(at)}
    states = {r.seq: r.state for r in journal.store.records(at, ["device"])}
    for what, which in told:
        if what == "received":
            assert which in documents
        elif what == "read":
            assert documents[which] == "read"
        elif what == "recorded":
            assert int(which) in states
        else:
            assert states[int(which)] is State.CONFIRMED


def take_up_again(journal: Journal) -> None:
    """What the service does at its start: read what was received and not finished."""
    for sha256 in journal.unfinished():
        with journal.documents.open(sha256) as stream:
            finish(journal, sha256, int(stream.read().decode().split()[1]))
    at = now(journal)
    assert journal.unfinished() == []
    numbers = [
        record.identity.partition("/")[0] for record in journal.store.records(at, ["sales_record"])
    ]
    assert len(numbers) == len(set(numbers))
    for document in journal.store.documents(at, states=["read"]):
        assert len(document.outcome["records"]) == ROWS


def crash(engine: Engine, folder: Path, times: int, seed: int) -> None:
    chance = random.Random(seed)
    new_journal(engine, folder).close()
    url = engine.url.render_as_string(hide_password=False)
    documents = LocalDocuments(folder / "originals")
    told = []
    for time_ in range(times):
        told += run_until_killed(url, folder, 1_000 * time_, chance.uniform(0.0, 0.25))
        journal = Journal.open(engine, documents)
        check_after_a_crash(journal, told)
        if chance.random() < 0.5 or time_ == times - 1:
            take_up_again(journal)
            assert verify_deep(journal.log, documents) == []
        journal.close()
    with engine.connect() as connection:
        rows = connection.execute(text("SELECT COUNT(*) FROM read_record")).scalar()
    assert rows, "nothing was ever appended: the test would prove nothing"


def test_ten_kills_lose_nothing_and_double_nothing(
    sqlite_url: str, make_engine: Callable[[str], Engine], tmp_path: Path
) -> None:
    crash(make_engine(sqlite_url), tmp_path, 10, seed=1)


def test_two_kills_on_postgresql_lose_nothing(
    postgresql_url: str, make_engine: Callable[[str], Engine], tmp_path: Path
) -> None:
    crash(make_engine(postgresql_url), tmp_path, 2, seed=2)


@pytest.mark.slow
@pytest.mark.timeout(3_600)
def test_two_hundred_kills_lose_nothing_and_double_nothing(
    database_url: str, make_engine: Callable[[str], Engine], tmp_path: Path
) -> None:
    for round_ in range(10):
        folder = tmp_path / str(round_)
        folder.mkdir()
        if "sqlite" in database_url:
            engine = make_engine(f"sqlite:///{folder / 'crash.db'}")
        else:
            engine = make_engine(database_url)
            if round_:
                crash_again(engine, folder, 20, seed=round_)
                continue
        crash(engine, folder, 20, seed=round_)


def crash_again(engine: Engine, folder: Path, times: int, seed: int) -> None:
    """A fresh log in the same database would share its tables; start with empty ones."""
    with engine.begin() as connection:
        schema = connection.execute(text("SELECT current_schema()")).scalar()
        connection.execute(text(f"DROP SCHEMA {schema} CASCADE"))
        connection.execute(text(f"CREATE SCHEMA {schema}"))
    crash(engine, folder, times, seed)
