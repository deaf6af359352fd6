"""What was acknowledged is there, whatever died; what failed left nothing behind."""

from __future__ import annotations

import os
import signal
import sqlite3
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import psycopg
import pytest
from sqlalchemy import Engine, create_engine, text

from audit.ledger import Log, verify_log
from audit.ledger.session import Session
from base.clock import SystemClock
from base.errors import DeviceTrailError, IntegrityBroken, Unavailable, message
from tests.ledger.making import draft, fill, spoil

ROOT = Path(__file__).parents[2]
Start = Callable[..., "subprocess.Popen[str]"]
_no_begin = message("test.no_begin", zh="无法开始", en="cannot begin")


@pytest.fixture
def log(log: Log, open_log: Callable[..., Log]) -> Log:
    """The test's log by the true clock, which the other processes go by too."""
    return open_log(clock=SystemClock())


@pytest.fixture
def start(database_url: str, log: Log) -> Iterator[Start]:
    """Starts processes that append to the test's log, and waits until they are ready."""
    started: list[subprocess.Popen[str]] = []

    def begin(name: str, count: int, limit: int = 0) -> subprocess.Popen[str]:
        arguments = [database_url, name, str(count), str(limit)]
        process = subprocess.Popen(
            [sys.executable, "-m", "tests.ledger.appender", *arguments],
            cwd=ROOT,
            stdout=subprocess.PIPE,
            text=True,
        )
        started.append(process)
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
        return process

    yield begin
    for process in started:
        process.kill()
        process.wait()
        if process.stdout is not None:
            process.stdout.close()


def test_two_processes_on_one_log_are_safe(
    engine: Engine, log: Log, start: Start, key_dir: Path
) -> None:
    processes = [start(name, 30) for name in ("a", "b")]
    fill(log, 20)
    answers = {}
    for name, process in zip("ab", processes, strict=True):
        out, _ = process.communicate(timeout=60)
        answers[name] = [int(line) for line in out.split()]
    assert [len(seqs) for seqs in answers.values()] == [30, 30]
    assert log.size() == 1 + 20 + 2 * 30 * 3
    assert log.stream_size("lot:shared") == 180
    for name, seqs in answers.items():
        for turn, seq in enumerate(seqs):
            assert [entry.key for entry in log.entries(seq, seq + 3)] == [
                f"{name}-{turn}-{place}" for place in range(3)
            ]
    assert log.checkpoint().size == 201
    assert verify_log(engine, key_dir=key_dir).findings == ()


def test_what_a_killed_process_acknowledged_is_there_and_the_log_goes_on(
    engine: Engine, log: Log, start: Start, key_dir: Path
) -> None:
    for number in range(3):
        process = start(f"p{number}", 10_000)
        assert process.stdout is not None
        acknowledged = [int(process.stdout.readline()) for _ in range(4 + number)]
        process.send_signal(signal.SIGKILL)
        rest = process.communicate()[0]
        acknowledged += [int(line) for line in rest.splitlines(True) if line.endswith("\n")]
        for turn, seq in enumerate(acknowledged):
            assert log.entry(seq).key == f"p{number}-{turn}-0"
            assert log.payload(seq) == b"x" * 2_000
        assert (log.size() - 1) % 3 == number % 3  # groups of three, and one of ours each time
        log.append(draft(f"after-{number}", "lot:shared"))
        log.checkpoint()
        assert verify_log(engine, key_dir=key_dir).findings == ()


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_a_file_that_may_not_grow_refuses_and_leaves_nothing_half_written(
    engine: Engine, log: Log, start: Start
) -> None:
    process = start("full", 10_000, 400_000)
    lines = process.communicate(timeout=60)[0].split()
    assert lines[-1] == "ledger.storage_failed"
    assert log.size() == 1 + 3 * (len(lines) - 1)
    log.append(draft("after"))
    log.checkpoint()
    assert verify_log(engine).findings == ()


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_a_full_database_refuses_and_goes_on_when_there_is_room(engine: Engine, log: Log) -> None:
    log.append(draft("a"))
    session = log._writer._session
    assert session is not None
    session.cursor.execute("PRAGMA max_page_count=1")  # means: not beyond its present size
    refused: list[str] = []
    before = log.size()
    for number in range(200):
        try:
            log.append(*(draft(f"{number}-{place}", data=b"x" * 3_000) for place in range(5)))
        except Unavailable as error:
            refused.append(error.code)
            assert log.size() == before
            break
        before = log.size()
    assert refused == ["ledger.storage_failed"]
    log.append(draft("b", data=b"x" * 3_000))
    log.checkpoint()
    assert verify_log(engine).findings == ()


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
def test_a_connection_that_the_server_ends_is_opened_again(engine: Engine, log: Log) -> None:
    log.append(draft("a"))
    session = log._writer._session
    assert session is not None
    with engine.connect() as connection:
        connection.execute(
            text("SELECT pg_terminate_backend(:pid)"),
            {"pid": session._driver.info.backend_pid},
        )
    with pytest.raises(Unavailable):
        log.append(draft("b"))
    assert log.append(draft("b"))[0].seq == 2


def test_a_locked_database_is_given_up_after_a_bounded_wait(
    engine: Engine, log: Log, open_log: Callable[..., Log]
) -> None:
    impatient = open_log(patience=0.2)
    impatient.append(draft("a"))
    with engine.connect() as other:
        if engine.dialect.name == "sqlite":
            other.exec_driver_sql("BEGIN IMMEDIATE")
        else:
            other.execute(text("SELECT * FROM ledger_log FOR UPDATE"))
        with pytest.raises(Unavailable) as refused:
            impatient.append(draft("b"))
        assert refused.value.code == "ledger.locked"
        assert refused.value.exit_code == 5
        other.rollback()
    assert impatient.append(draft("b"))[0].seq == 2


def lost(engine: Engine) -> Exception:
    """What a driver says when the disk or the connection went away."""
    if engine.dialect.name == "sqlite":
        error = sqlite3.OperationalError("disk I/O error")
        error.sqlite_errorcode = sqlite3.SQLITE_IOERR
        return error
    return psycopg.OperationalError("server closed the connection unexpectedly")


def test_a_commit_that_happened_but_was_not_heard_of_is_settled_by_key(
    engine: Engine, log: Log, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = Session.commit

    def commits_then_fails(session: Session) -> None:
        real(session)
        raise lost(engine)

    log.append(draft("a", "lot:1"))
    with monkeypatch.context() as broken:
        broken.setattr(Session, "commit", commits_then_fails)
        entry, last = log.append(draft("b", "lot:1"), draft("c", "lot:1"))
    assert (entry.seq, last.seq, log.size()) == (2, 3, 4)
    assert log.append(draft("b", "lot:1"), draft("c", "lot:1")) == (entry, last)
    assert log.append(draft("d", "lot:1"))[0].streams[0].n == 3
    log.checkpoint()
    assert verify_log(engine).ok


def test_a_commit_that_did_not_happen_is_refused(
    engine: Engine, log: Log, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails(_session: Session) -> None:
        raise lost(engine)

    log.append(draft("a", "lot:1"))
    with monkeypatch.context() as broken:
        broken.setattr(Session, "commit", fails)
        with pytest.raises(Unavailable) as refused:
            log.append(draft("b", "lot:1"))
    assert refused.value.code == "ledger.storage_failed"
    assert log.size() == 2
    assert log.append(draft("b", "lot:1"))[0].streams[0].n == 1
    log.checkpoint()
    assert verify_log(engine).ok


@pytest.mark.parametrize("engine", ["sqlite"], indirect=True)
def test_a_commit_that_was_written_and_not_synced_is_not_called_unwritten(
    engine: Engine, log: Log, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails(_session: Session) -> None:
        error = sqlite3.OperationalError("disk I/O error")
        error.sqlite_errorname = "SQLITE_IOERR_FSYNC"
        raise error

    with monkeypatch.context() as broken:
        broken.setattr(Session, "commit", fails)
        with pytest.raises(Unavailable) as refused:
            log.append(draft("a"))
    assert refused.value.code == "ledger.unknown_outcome"
    assert log.append(draft("a"))[0].seq == 1


def test_a_commit_that_cannot_be_settled_says_so(
    engine: Engine, log: Log, monkeypatch: pytest.MonkeyPatch
) -> None:
    log.append(draft("a"))
    with monkeypatch.context() as broken:

        def fails_for_good(_session: Session) -> None:
            broken.setattr(Session, "begin", fails)
            raise lost(engine)

        def fails(_session: Session) -> None:
            raise Unavailable(_no_begin)

        broken.setattr(Session, "commit", fails_for_good)
        with pytest.raises(Unavailable) as refused:
            log.append(draft("b"))
    assert refused.value.code == "ledger.unknown_outcome"
    assert log.append(draft("b"))[0].key == "b"


def test_a_head_that_went_back_under_the_writer_refuses_everything(
    engine: Engine, log: Log
) -> None:
    fill(log, 5)
    spoil(engine, "UPDATE ledger_log SET size = 3")
    with pytest.raises(IntegrityBroken) as refused:
        log.append(draft("more"))
    assert refused.value.code == "ledger.head_changed"
    with pytest.raises(IntegrityBroken):
        log.append(draft("again"))


def test_a_queue_that_stays_full_pushes_back(engine: Engine, log: Log) -> None:
    log.append(draft("first"))
    entered, leave = threading.Event(), threading.Event()

    def slow(*_arguments: object) -> None:
        entered.set()
        leave.wait(30)

    log._writer._projector = slow  # the writer stands still inside its transaction
    log._writer._queue._patience = 0.05
    waiting = [log.submit([draft("held")])]
    entered.wait(10)
    with pytest.raises(Unavailable) as refused:
        for number in range(10):
            waiting.append(log.submit([draft(f"{number}-{n}") for n in range(1_000)]))
    assert refused.value.code == "ledger.busy"
    leave.set()
    assert all(future.result() for future in waiting)


@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
def test_a_writer_that_cannot_go_on_leaves_nobody_waiting(
    log: Log, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(_groups: object) -> None:
        raise SystemError("broken")

    monkeypatch.setattr(log._writer, "_answer", broken)
    first, second = log.submit([draft("a")]), log.submit([draft("b")])
    with pytest.raises((SystemError, Unavailable)):
        second.result(timeout=10)
    del first
    with pytest.raises(Unavailable):
        log.append(draft("c"))


def test_a_closed_log_writes_what_was_queued_and_takes_no_more(log: Log) -> None:
    waiting = [log.submit([draft(f"k{n}")]) for n in range(200)]
    log.close()
    assert {future.result()[0].seq for future in waiting} == set(range(1, 201))
    with pytest.raises(DeviceTrailError):
        log.append(draft("late"))


def test_a_log_is_not_used_across_a_fork(log: Log) -> None:
    pid = os.fork()
    if pid == 0:
        try:
            log.append(draft("child"))
        except DeviceTrailError as error:
            os._exit(7 if error.code == "ledger.after_fork" else 8)
        os._exit(9)
    assert os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == 7


def test_readers_do_not_wait_for_a_writer_in_another_process(
    engine: Engine, database_url: str, log: Log, start: Start
) -> None:
    process = start("w", 200)
    until = time.monotonic() + 20
    sizes = [log.size()]
    while process.poll() is None and time.monotonic() < until:
        size = log.size()
        assert size >= sizes[-1]
        assert (size - 1) % 3 == 0
        sizes.append(size)
    reader = create_engine(database_url)
    assert Log.open(reader).root() == log.root()
    reader.dispose()
