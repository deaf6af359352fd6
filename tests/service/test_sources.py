"""Sources, ingest and templates."""

from __future__ import annotations

from pathlib import Path

import pytest

from ingest.templates import csv_table
from tests.records.examples import example
from tests.service.desk import PASSWORDS, Desk


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "drop"
    made.mkdir()
    (made / "lot.csv").write_bytes(csv_table("lot", [example("lot")]))
    return made


def test_a_source_is_tried_then_pulled_and_nothing_is_taken_twice(desk: Desk, folder: Path) -> None:
    desk.sign_in("admin")
    assert desk("source", "add", "drop", folder, "--every", 15).code == 0
    (listed,) = desk.json("source", "list")
    assert (listed["name"], listed["every_minutes"]) == ("drop", 15)
    assert desk.json("source", "test", "drop")["new"] == 1
    assert desk("source", "pull").code == 4  # the administrator takes nothing in
    desk.sign_in("chen")
    (outcome,) = desk.json("source", "pull", "drop")
    assert (outcome["state"], outcome["records"]) == ("read", 1)
    assert desk.json("source", "pull") == []
    assert desk.json("source", "test", "drop")["new"] == 0
    desk.sign_in("admin")
    assert desk("source", "remove", "drop").code == 0
    assert desk.json("source", "list") == []
    assert desk("source", "pull", "drop").code == 4


def test_a_source_needs_a_folder_a_free_name_and_a_zone_that_exists(
    desk: Desk, folder: Path
) -> None:
    desk.sign_in("admin")
    assert desk("source", "add", "drop", folder / "none").code == 5
    assert desk("source", "add", "drop", folder, "--zone", "Mars/Olympus").code != 0
    assert desk.json("source", "list") == []
    assert desk("source", "add", "drop", folder).code == 0
    assert desk("source", "add", "drop", folder).code == 2
    assert desk("source", "test", "other").code == 2


def test_a_path_that_is_not_there_is_said_before_anything_is_taken(
    desk: Desk, folder: Path
) -> None:
    desk.sign_in("chen")
    answer = desk("ingest", folder, folder / "none")
    assert answer.code == 2
    assert "cli.no_path" in answer.err
    assert desk.json("document", "list") == []


def test_interrupted_work_of_the_same_person_is_finished_by_the_next_ingest(
    desk: Desk, folder: Path, tmp_path: Path
) -> None:
    from audit.journal import ReceiptSource
    from service.house import open_house

    desk.sign_in("chen")
    me = desk.json("whoami")["user"]
    with open_house(desk.data) as house:
        for actor, lot in ((me, "L1"), ("user-other", "L2")):
            data = csv_table("lot", [example("lot", lot_no=lot, udi=None)])
            source = ReceiptSource("upload")
            house.journal.receive(actor, data, file_name=f"{lot}.csv", source=source)
    outcomes = desk.json("ingest", folder)
    assert [one["file_name"] for one in outcomes] == ["L1.csv", "lot.csv"]


@pytest.mark.parametrize("name", ["lot.csv", "lot.xlsx"])
def test_a_template_is_written_without_a_session(name: str, tmp_path: Path) -> None:
    nobody = Desk(tmp_path / "nowhere", tmp_path / "state")
    out = tmp_path / name
    assert nobody("template", "lot", "--out", out).code == 0
    assert out.stat().st_size > 100
    assert nobody("template", "lot", "--out", out).code == 2
    assert nobody("template", "nonsense", "--out", tmp_path / "x.csv").code == 2


def test_the_whole_line_runs_on_postgresql(
    postgresql_url: str, folder: Path, tmp_path: Path
) -> None:
    desk = Desk(tmp_path / "data", tmp_path / "state")
    made = desk(
        *("init", "--organisation", "sample", "--quality", "head", "--database", postgresql_url),
        DEVICETRAIL_ADMIN_PASSWORD=PASSWORDS["admin"],
        DEVICETRAIL_QUALITY_PASSWORD=PASSWORDS["head"],
    )
    assert made.code == 0, made.said
    desk.sign_in("head")
    assert desk("ingest", folder).code == 0
    assert desk("check", "run", "--valid-at", "2026-11-20").code == 1
    assert desk("verify", "--deep").code == 0
