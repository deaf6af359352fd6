"""The worker: real processes on one database, each firing done once."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import time
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, select

from audit.store import upgrade
from audit.store.tables import claim
from base.clock import FixedClock, rfc3339
from ingest.templates import csv_table
from service.claims import Claims
from tests.records.examples import example
from tests.service.desk import PASSWORDS, ROOT, Desk, command

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)


@pytest.fixture
def clock() -> FixedClock:
    return FixedClock(NOON)


@pytest.fixture
def tables(engine: Engine) -> Engine:
    upgrade(engine)
    return engine


def test_a_firing_is_claimed_by_one_only(tables: Engine, clock: FixedClock) -> None:
    one, other = Claims(tables, 1, clock), Claims(tables, 1, clock)
    other.owner = "elsewhere:1"
    assert one.take("check.daily", NOON)
    assert not other.take("check.daily", NOON)
    one.done("check.daily", NOON, "done")
    assert not other.take("check.daily", NOON)
    assert other.take("check.daily", NOON + timedelta(days=1))
    assert one.latest() == {"check.daily": NOON}


def test_the_claim_of_a_process_that_is_gone_is_taken_over(
    tables: Engine, clock: FixedClock
) -> None:
    gone = subprocess.Popen(["true"])
    gone.wait()
    one, other = Claims(tables, 1, clock), Claims(tables, 1, clock)
    one.owner = f"{os.uname().nodename}:{gone.pid}"
    assert one.take("check.daily", NOON)
    assert other.take("check.daily", NOON)
    assert not Claims(tables, 1, clock).take("check.daily", NOON)


def test_the_claim_of_another_host_is_taken_over_after_an_hour(
    tables: Engine, clock: FixedClock
) -> None:
    one, other = Claims(tables, 1, clock), Claims(tables, 1, clock)
    one.owner = "elsewhere:1"
    assert one.take("check.daily", NOON)
    clock.at = NOON + timedelta(minutes=59)
    assert not other.take("check.daily", NOON)
    clock.at = NOON + timedelta(minutes=61)
    assert other.take("check.daily", NOON)


def test_old_claims_are_forgotten_save_the_newest_of_each_job(
    tables: Engine, clock: FixedClock
) -> None:
    claims = Claims(tables, 1, clock)
    for days in (0, 1):
        firing = NOON + timedelta(days=days)
        claims.take("a", firing)
        claims.done("a", firing, "done")
    clock.at = NOON + timedelta(days=100)
    claims.sweep()
    with tables.connect() as connection:
        assert connection.execute(select(claim.c.firing)).scalars().all() == [
            rfc3339(NOON + timedelta(days=1))
        ]


class Running:
    """A worker process; its log lines are read when it has ended."""

    def __init__(self, desk: Desk, **more: str) -> None:
        self._process = subprocess.Popen(
            [*command(), "worker"],
            env=desk.environment(DEVICETRAIL_CHECKPOINT_SECONDS="1", **more),
            cwd=ROOT,
            stderr=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        self.lines: list[dict[str, Any]] = []
        self.code: int | None = None

    def until(self, event: str) -> None:
        """Read its log until it says that."""
        assert self._process.stderr is not None
        for line in self._process.stderr:
            self.lines.append(json.loads(line))
            if self.lines[-1]["event"] == event:
                return
        raise AssertionError(f"ended without {event}: {self.lines}")

    def stop(self) -> None:
        """SIGTERM, as a service manager sends it."""
        self._process.send_signal(signal.SIGTERM)
        _, rest = self._process.communicate(timeout=60)
        self.lines += [json.loads(line) for line in rest.splitlines()]
        self.code = self._process.returncode

    def done(self) -> list[tuple[str, str]]:
        return [(one["job"], one["firing"]) for one in self.lines if one["event"] == "job.done"]


@pytest.fixture
def two_workers() -> Iterator[Callable[..., tuple[Running, Running]]]:
    started: list[Running] = []

    def start(desk: Desk, **more: str) -> tuple[Running, Running]:
        started.extend(Running(desk, **more) for _ in range(2))
        return started[0], started[1]

    yield start
    for one in started:
        if one.code is None:
            one._process.kill()


@pytest.mark.parametrize("database", ["sqlite", "postgresql"])
def test_two_workers_do_each_firing_once_and_end_on_sigterm(
    database: str,
    request: pytest.FixtureRequest,
    tmp_path: Path,
    two_workers: Callable[..., tuple[Running, Running]],
) -> None:
    desk = Desk(tmp_path / "data", tmp_path / "state")
    where = ["--database", request.getfixturevalue("postgresql_url")]
    made = desk(
        *("init", "--organisation", "sample", "--quality", "head"),
        *(where if database == "postgresql" else ()),
        DEVICETRAIL_ADMIN_PASSWORD=PASSWORDS["admin"],
        DEVICETRAIL_QUALITY_PASSWORD=PASSWORDS["head"],
    )
    assert made.code == 0, made.said
    workers = two_workers(desk)
    for one in workers:
        one.until("worker.started")
    for _ in range(6):
        time.sleep(0.6)
        desk.sign_in("head")
    for _ in range(20):  # until the checkpoint after the last sign-in was signed
        seen = desk("verify", "--json").json
        if seen["signed_size"] == seen["size"]:
            break
        time.sleep(0.5)
    for one in workers:
        one.stop()
    assert [one.code for one in workers] == [0, 0]
    assert all(one.lines[-1]["event"] == "worker.ended" for one in workers)
    done = Counter(workers[0].done() + workers[1].done())
    firings = sorted(firing for job, firing in done if job == "checkpoint")
    assert set(done.values()) == {1}
    assert len(firings) >= 3
    seconds = [datetime.fromisoformat(firing) for firing in firings]
    assert seconds[-1] - seconds[0] == timedelta(seconds=len(seconds) - 1)  # none left out
    verified = desk("verify", "--json")
    assert verified.code == 0
    assert verified.json["signed_size"] == verified.json["size"]


def test_a_worker_takes_in_what_a_source_has_and_judges_it(desk: Desk, tmp_path: Path) -> None:
    folder = tmp_path / "drop"
    folder.mkdir()
    (folder / "lot.csv").write_bytes(csv_table("lot", [example("lot")]))
    desk.sign_in("admin")
    assert desk("source", "add", "drop", folder, "--zone", "Asia/Shanghai").code == 0
    answer = desk("worker", "--once")
    assert answer.code == 0, answer.said
    told = {one["job"]: one["outcome"] for one in map(json.loads, answer.err.splitlines())
            if one["event"] == "job.done"}  # fmt: skip
    assert told["pull.drop"] == "read 1"
    assert told["documents.fixity"] == "1 checked, 0 bad"
    assert not any(outcome.startswith("failed") for outcome in told.values())
    desk.sign_in("chen")
    (lot,) = desk.json("record", "list", "--kind", "lot")
    assert desk.json("record", "show", lot["seq"])["actor"] == "system:ingest"
    assert "check.run" in kinds(desk)


def test_a_daily_firing_that_was_missed_is_caught_up_once_and_recorded(desk: Desk) -> None:
    from service.house import open_house

    assert desk("worker", "--once").code == 0
    with open_house(desk.data) as house, house.engine.begin() as connection:
        for job, firing in connection.execute(select(claim.c.job, claim.c.firing)).all():
            earlier = datetime.fromisoformat(firing) - timedelta(days=3)
            connection.execute(
                claim.update()
                .where(claim.c.job == job, claim.c.firing == firing)
                .values(firing=rfc3339(earlier))
            )
    first = desk("worker", "--once")
    second = desk("worker", "--once")
    assert first.code == second.code == 0
    from tests.service.test_people import entries

    caught = Counter(str(one["job"]) for one in entries(desk, "schedule.caught_up"))
    assert caught == {"check.daily": 1, "stream.heads": 1, "documents.fixity": 1}


def test_work_that_was_interrupted_is_finished_at_start(desk: Desk, tmp_path: Path) -> None:
    from audit.journal import ReceiptSource
    from service.house import open_house

    with open_house(desk.data) as house:
        house.journal.receive(
            "user-x",
            csv_table("lot", [example("lot")]),
            file_name="lot.csv",
            source=ReceiptSource("upload"),
        )
    assert desk("worker", "--once").code == 0
    desk.sign_in("chen")
    assert len(desk.json("record", "list", "--kind", "lot")) == 1


def test_a_worker_without_its_key_says_so_and_ends(desk: Desk) -> None:
    shutil.rmtree(desk.data / "keys")
    answer = desk.child("worker")
    assert answer.code == 5
    assert "ledger.no_key" in answer.err
    assert "Traceback" not in answer.said


def kinds(desk: Desk) -> set[str]:
    from service.house import open_house

    with open_house(desk.data) as house:
        return {entry.kind for entry in house.log.entries()}
