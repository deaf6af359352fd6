"""Records from paper to confirmation, correction and disposal."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from tests.records.examples import example
from tests.service.conftest import paper
from tests.service.desk import Desk

OLD = "2015-03-01"


def record_of(desk: Desk, kind: str) -> dict[str, Any]:
    (one,) = desk.json("record", "list", "--kind", kind)
    return dict(desk.json("record", "show", one["seq"]))


def test_papers_become_records_and_what_cannot_be_read_waits(filled: Desk, taken_in: Path) -> None:
    filled.sign_in("chen")
    kinds = {one["kind"]: one["state"] for one in filled.json("record", "list")}
    assert kinds == {"device": "pending", "lot": "effective", "sales_record": "effective"}
    (item,) = filled.json("quarantine", "list")
    assert item["file_name"] == "note.txt"
    assert item["code"] == "read.unknown_format"
    again = filled("ingest", taken_in / "inbox", "--json")
    assert again.code == 0
    assert again.json == []


def test_the_same_bytes_again_are_a_duplicate(filled: Desk, taken_in: Path) -> None:
    filled.sign_in("chen")
    (outcome,) = filled.json("ingest", taken_in / "inbox" / "lot.csv")
    assert outcome["state"] == "duplicate"
    assert len(filled.json("record", "list", "--kind", "lot")) == 1


def test_nobody_confirms_what_he_handed_in(filled: Desk) -> None:
    filled.sign_in("chen")
    device = record_of(filled, "device")
    answer = filled("record", "confirm", device["seq"], by="chen")
    assert answer.code == 4
    assert "record.own_document" in answer.err
    assert filled.json("record", "confirm", "--all", by="chen") == {"confirmed": 0, "left": 1}
    filled.sign_in("wang")
    assert filled.json("record", "confirm", "--all", by="wang") == {"confirmed": 1, "left": 0}
    assert record_of(filled, "device")["state"] == "confirmed"


def test_a_confirmation_is_signed_by_proving_who_one_is_again(filled: Desk) -> None:
    filled.sign_in("head")
    device = record_of(filled, "device")
    assert filled("record", "confirm", device["seq"], by="chen").code == 4
    assert record_of(filled, "device")["state"] == "pending"
    assert filled("record", "confirm", device["seq"], "--reason", "seen", by="head").code == 0

    from tests.service.test_people import entries

    (confirmed,) = entries(filled, "record.confirmed")
    signature = confirmed["signature"]
    assert isinstance(signature, dict)
    assert signature["name"] == "Zhou Head"
    assert signature["method"] == "password"
    assert confirmed["meaning"] == "record.confirmed"
    assert confirmed["reason"] == "seen"


def test_neither_administrator_nor_business_confirms(filled: Desk) -> None:
    for name in ("admin", "li", "inspector"):
        filled.sign_in(name)
        assert filled("record", "confirm", "--all", by=name).code == 4


def test_a_refused_record_counts_no_longer(filled: Desk) -> None:
    filled.sign_in("head")
    device = record_of(filled, "device")
    refused = filled("record", "refuse", device["seq"], "--reason", "blurred seal", by="head")
    assert refused.code == 0, refused.said
    assert filled.json("record", "list", "--kind", "device") == []
    again = filled("record", "confirm", device["seq"], by="head")
    assert again.code == 4
    assert "record.not_pending" in again.err


def test_a_correction_supersedes_and_the_old_word_stays(filled: Desk) -> None:
    filled.sign_in("chen")
    lot = record_of(filled, "lot")
    corrected = filled.json(
        *("record", "correct", lot["seq"]),
        *("--set", "expiry=2028-05-31", "--reason", "misread"),
    )
    now = record_of(filled, "lot")
    assert now["seq"] == corrected["seq"]
    assert now["supersedes"] == lot["seq"]
    assert now["record"]["expiry"]["on"] == "2028-05-31"
    old = filled.json("record", "show", lot["seq"])
    assert old["state"] == "superseded"
    assert old["record"]["expiry"] == {"state": "none"}


def test_a_correction_that_makes_no_record_is_refused(filled: Desk) -> None:
    filled.sign_in("chen")
    lot = record_of(filled, "lot")
    for setting in ("expiry=soon", "no_such_field=1", "expiry", "lines.0.lot_no=1"):
        answer = filled("record", "correct", lot["seq"], "--set", setting, "--reason", "x")
        assert answer.code in (1, 2), answer.said
    assert record_of(filled, "lot")["seq"] == lot["seq"]


def test_business_sees_its_own_papers_only(filled: Desk, tmp_path: Path) -> None:
    filled.sign_in("chen")
    theirs = record_of(filled, "lot")
    filled.sign_in("li")
    assert filled.json("record", "list") == []
    assert filled.json("document", "list") == []
    assert filled.json("quarantine", "list") == []
    assert filled("record", "show", theirs["seq"]).code == 4
    own = paper(tmp_path / "own", "lot.csv", "lot", [example("lot", lot_no="B7", udi=None)])
    assert filled("ingest", own).code == 0
    assert [one["kind"] for one in filled.json("record", "list")] == ["lot"]


def test_reading_personal_data_is_an_entry(filled: Desk) -> None:
    from tests.service.test_people import entries

    filled.sign_in("inspector")
    sale = record_of(filled, "sales_record")
    (read,) = entries(filled, "personal.read")
    assert read["seq"] == sale["seq"]


def test_the_list_says_in_english_and_chinese_what_a_record_is(filled: Desk) -> None:
    filled.sign_in("chen")
    assert "Lot" in filled("record", "list").out
    assert "批次" in filled("record", "list", lang="zh").out


def test_an_original_comes_out_as_it_went_in(filled: Desk, taken_in: Path, tmp_path: Path) -> None:
    filled.sign_in("chen")
    lot = record_of(filled, "lot")
    out = tmp_path / "copy.csv"
    assert filled("document", "save", lot["document"], "--out", out).code == 0
    assert out.read_bytes() == (taken_in / "inbox" / "lot.csv").read_bytes()
    assert filled("document", "save", lot["document"], "--out", out).code == 2


def test_an_original_is_kept_while_a_duty_runs(filled: Desk) -> None:
    filled.sign_in("head")
    sale = record_of(filled, "sales_record")
    answer = filled("document", "dispose", sale["document"], "--reason", "space", by="head")
    assert answer.code == 4
    assert "document.must_keep" in answer.err
    assert filled.json("document", "show", sale["document"])["state"] == "read"


def test_an_original_whose_duties_ended_is_disposed_of_unless_held(
    desk: Desk, tmp_path: Path
) -> None:
    desk.sign_in("chen")
    old = paper(tmp_path / "own", "old.csv", "approval", [example("approval", approved_on=OLD)])
    (outcome,) = desk.json("ingest", old)
    original = outcome["sha256"]
    held = desk.json("hold", "place", "--reason", "dispute", "--subject", f"document:{original}")
    assert desk("document", "dispose", original, "--reason", "x", by="chen").code == 4

    desk.sign_in("head")
    refused = desk("document", "dispose", original, "--reason", "over", by="head")
    assert refused.code == 4
    assert "legal hold" in refused.err
    assert not desk.json("hold", "lift", held["hold"], "--reason", "over", by="head")["lifted"]
    again = desk("hold", "lift", held["hold"], "--reason", "over", by="head")
    assert again.code == 4, again.said
    assert "store.hold_second_person" in again.err

    desk.sign_in("wang")
    assert desk.json("hold", "lift", held["hold"], "--reason", "over", by="wang")["lifted"]
    desk.sign_in("head")
    assert desk("document", "dispose", original, "--reason", "over", by="head").code == 0
    assert desk.json("document", "show", original)["state"] == "disposed"
    assert not list((desk.data / "originals").glob(f"??/{original}"))
    assert desk("verify", "--deep").code == 0


def test_a_hold_names_what_it_holds(desk: Desk) -> None:
    desk.sign_in("head")
    assert desk("hold", "place", "--reason", "x").code == 2
    assert desk("hold", "lift", "hold-none", "--reason", "x", by="head").code == 2
