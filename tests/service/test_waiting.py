"""The quarantine: seen, read again, closed by signature, handed out as a workbook."""

from __future__ import annotations

from pathlib import Path

from openpyxl import load_workbook

from ingest.templates import csv_table
from tests.records.examples import example
from tests.service.desk import Desk


def item_of(desk: Desk) -> int:
    (item,) = desk.json("quarantine", "list")
    return int(item["item"])


def test_an_item_says_what_it_is_and_why_it_waits(filled: Desk) -> None:
    filled.sign_in("chen")
    item = item_of(filled)
    shown = filled.json("quarantine", "show", item)
    assert shown["code"] == "read.unknown_format"
    assert (
        filled("quarantine", "show", item, lang="zh").out != filled("quarantine", "show", item).out
    )
    assert filled("quarantine", "show", 0).code == 2


def test_an_item_that_is_rejected_by_signature_waits_no_longer(filled: Desk) -> None:
    from tests.service.test_people import entries

    filled.sign_in("chen")
    item = item_of(filled)
    assert filled("quarantine", "reject", item, "--reason", "spam", by="head").code == 4
    assert filled("quarantine", "reject", item, "--reason", "spam", by="chen").code == 0
    assert filled.json("quarantine", "list") == []
    (rejected,) = entries(filled, "document.rejected")
    assert rejected["why"] == "spam"
    assert rejected["signature"]
    assert filled("quarantine", "reject", item, "--reason", "spam", by="chen").code == 2


def test_business_closes_nothing(filled: Desk) -> None:
    filled.sign_in("chen")
    item = item_of(filled)
    filled.sign_in("li")
    for verb in ("reject", "release"):
        assert filled("quarantine", verb, item, "--reason", "x", by="li").code == 4


def test_reading_again_leaves_what_still_cannot_be_read(filled: Desk) -> None:
    filled.sign_in("chen")
    answer = filled("quarantine", "retry", "--json")
    assert answer.code == 1
    assert [one["state"] for one in answer.json] == ["quarantined"]
    assert len(filled.json("quarantine", "list")) == 1


def test_refused_rows_come_out_as_a_workbook(desk: Desk, tmp_path: Path) -> None:
    good = csv_table("lot", [example("lot"), example("lot", lot_no="C9", udi=None)])
    table = tmp_path / "lots.csv"
    lines = [
        line.replace(b"2024-05", b"2024-02-31") if b"C9" in line else line
        for line in good.splitlines(keepends=True)
    ]
    table.write_bytes(b"".join(lines))
    desk.sign_in("chen")
    answer = desk("ingest", table, "--json")
    assert answer.code == 1
    (outcome,) = answer.json
    assert (outcome["state"], outcome["records"], outcome["refused"]) == ("partial", 1, 1)
    out = tmp_path / "waiting.xlsx"
    assert desk("quarantine", "export", "--xlsx", out).code == 0
    book = load_workbook(out, read_only=True)
    rows = list(book["Rows refused"].iter_rows(values_only=True))
    assert any("2024-02-31" in str(cell) for row in rows[1:] for cell in row)
    items = list(book["Items"].iter_rows(values_only=True))
    assert items[1][1] == "lots.csv"
    assert desk("quarantine", "export", "--xlsx", out).code == 2
