"""An installation made once and copied for each test, with a few papers to take in."""

from __future__ import annotations

import shutil
from collections.abc import Iterable, Iterator
from pathlib import Path

import pytest
from argon2 import PasswordHasher

from audit.records import Record
from ingest.templates import csv_table
from service import accounts
from tests.records.examples import example
from tests.service.desk import Desk, found, staff


@pytest.fixture(scope="session", autouse=True)
def quick_passwords() -> Iterator[None]:
    """Hashes that cost little: these tests sign in a few hundred times."""
    quick = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(accounts, "hasher", lambda: quick)
        yield


@pytest.fixture(scope="session")
def founded(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data directory with an administrator, a quality head and one user of each other role."""
    place = tmp_path_factory.mktemp("founded")
    desk = Desk(place / "data", place / "state")
    answer = found(desk)
    assert answer.code == 0, answer.said
    staff(desk)
    return place


@pytest.fixture
def desk(founded: Path, tmp_path: Path) -> Desk:
    """A copy of that installation; nobody is signed in."""
    shutil.copytree(founded / "data", tmp_path / "data")
    return Desk(tmp_path / "data", tmp_path / "state")


def paper(folder: Path, name: str, kind: str, records: Iterable[Record]) -> Path:
    """A filled-in table of one kind, as a file."""
    folder.mkdir(exist_ok=True)
    path = folder / name
    path.write_bytes(csv_table(kind, records))
    return path


@pytest.fixture(scope="session")
def taken_in(founded: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The same after Chen took four papers in: master data, a lot, a sale, and one that nobody
    can read."""
    place = tmp_path_factory.mktemp("taken")
    shutil.copytree(founded / "data", place / "data")
    folder = place / "inbox"
    paper(folder, "device.csv", "device", [example("device")])
    paper(folder, "lot.csv", "lot", [example("lot")])
    paper(folder, "sales.csv", "sales_record", [example("sales_record")])
    (folder / "note.txt").write_text("nothing that anybody knows\n", "utf-8")
    desk = Desk(place / "data", place / "state")
    desk.sign_in("chen")
    answer = desk("ingest", folder)
    assert answer.code == 1, answer.said
    return place


@pytest.fixture
def filled(taken_in: Path, tmp_path: Path) -> Desk:
    """A copy of that installation; nobody is signed in."""
    shutil.copytree(taken_in / "data", tmp_path / "data")
    return Desk(tmp_path / "data", tmp_path / "state")


@pytest.fixture(scope="session")
def judged_once(taken_in: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The same after the head confirmed what waited and ran the checks."""
    place = tmp_path_factory.mktemp("judged")
    shutil.copytree(taken_in / "data", place / "data")
    desk = Desk(place / "data", place / "state")
    desk.sign_in("head")
    assert desk("record", "confirm", "--all", by="head").code == 0
    answer = desk("check", "run", "--valid-at", "2026-11-20")
    assert answer.code == 1, answer.said
    return place


@pytest.fixture
def judged(judged_once: Path, tmp_path: Path) -> Desk:
    """A copy of that installation; nobody is signed in."""
    shutil.copytree(judged_once / "data", tmp_path / "data")
    return Desk(tmp_path / "data", tmp_path / "state")
