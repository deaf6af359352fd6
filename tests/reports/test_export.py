"""From a real ledger to a package that verifies, by each selector."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path

import bagit
import pytest
from hand_log import unpack
from small_trade import DI, LOT, House, goods, trade_on

from audit.ledger import KeySigner
from audit.records.goods import PutAway
from base.errors import AnswerIsNo, IntegrityBroken, Misuse
from reports.package import (
    ByLot,
    ByParty,
    ByPeriod,
    Exported,
    Purpose,
    Request,
    Selector,
    export_package,
    write_again,
)
from reports.package.model import Given
from reports.verifier import verify_package

SELECTORS = [
    ByLot(LOT),
    ByParty("party:name:江苏某某生物科技有限公司"),
    ByPeriod(date(2026, 3, 1), date(2026, 3, 4)),
]


def export(house: House, selector: Selector, name: str = "p.zip", **more: object) -> Exported:
    request = Request(selector, **more)  # type: ignore[arg-type]
    return export_package(
        house.journal, request, house.folder / name, house.signer, actor="quality"
    )


@pytest.mark.parametrize("selector", SELECTORS, ids=["lot", "party", "period"])
def test_a_package_by_each_selector_verifies(house: House, selector: Selector) -> None:
    done = export(house, selector)
    verdict = verify_package(done.written.path, fingerprint=done.written.fingerprint)
    assert verdict.ok, verdict.broken
    assert verdict.compared
    assert verdict.documents >= 4
    assert verdict.records >= 4


def test_a_lot_brings_its_papers_and_leaves_others_out(house: House) -> None:
    done = export(house, ByLot(LOT))
    files = unpack(done.written.path)
    kinds = {path.split("/")[2].split(".")[0] for path in files if path.endswith(".jsonl")
             and "records" in path}  # fmt: skip
    assert kinds >= {
        "goods_in_inspection", "put_away", "sales_record", "outbound_check", "transport_record",
        "customer_acceptance", "registration_certificate", "operating_licence", "purchase_order",
        "temperature_log",
    }  # fmt: skip
    assert not any(b"ZZ9" in body for path, body in files.items() if "records/" in path)
    assert b"another lot" not in files.values()
    assert "入库.csv" in files["data/originals/index.csv"].decode()
    assert "别的批.csv" not in files["data/originals/index.csv"].decode()


def test_the_confirmation_of_a_certificate_is_in_the_package(house: House) -> None:
    kinds = [one.kind for one in export(house, ByLot(LOT)).selection.members]
    assert kinds.count("record.confirmed") >= 2
    assert "document.received" in kinds
    assert "document.read" in kinds


def test_the_folder_is_a_bag_to_others_as_well(house: House) -> None:
    done = export(house, ByLot(LOT), "folder")
    bagit.Bag(str(done.written.path)).validate()


def test_a_period_is_a_run_without_a_gap_and_gives_only_what_happened_in_it(house: House) -> None:
    done = export(house, ByPeriod(date(2026, 3, 1), date(2026, 3, 4)))
    assert done.selection.range is not None
    given = {one.kind for one in done.selection.members if one.payload is Given.GIVEN}
    assert "record.sales_record" in given
    withheld = [one for one in done.selection.members if one.payload is Given.WITHHELD]
    assert "record.put_away" in {one.kind for one in withheld}  # of February
    said = {(one.kind, one.count) for one in done.selection.left_out}
    assert any(kind == "record.put_away" for kind, _ in said)


def test_a_period_gives_every_log_that_covers_some_of_it(house: House) -> None:
    """The transport's log ended on the 2nd; a period that begins or ends then has it."""

    def given(start: int, end: int) -> bool:
        period = ByPeriod(date(2026, 3, start), date(2026, 3, end))
        done = export(house, period, f"{start}{end}.zip")
        return any(one.kind == "record.temperature_log" and one.payload is Given.GIVEN
                   for one in done.selection.members)  # fmt: skip

    assert given(1, 2)
    assert given(2, 4)
    with pytest.raises(AnswerIsNo):  # nothing happened on those days, and the log had ended
        given(3, 4)


def test_due_diligence_masks_personal_fields_and_keeps_such_originals_back(house: House) -> None:
    done = export(house, ByLot(LOT), purpose=Purpose.DUE_DILIGENCE)
    files = unpack(done.written.path)
    for name in ("王五", "赵六", "孙七", "周八"):
        for path, body in files.items():
            assert name.encode() not in body, (name, path)
    assert verify_package(done.written.path).ok
    reasons = {one.why for one in done.selection.documents}
    assert "original.personal" in reasons


def test_the_same_cut_is_written_again_byte_for_byte(house: House) -> None:
    done = export(house, ByLot(LOT))
    export(house, ByParty("party:name:江苏某某生物科技有限公司"), "other.zip")
    again = write_again(house.journal, done.cut.seq, house.folder / "again.zip", house.signer)
    assert unpack(again.written.path) == unpack(done.written.path)
    with pytest.raises(Misuse):
        write_again(house.journal, 1, house.folder / "no.zip", house.signer)


def test_a_later_package_proves_itself_against_an_earlier_one(house: House) -> None:
    first = export(house, ByLot(LOT), "first.zip")
    second = export(house, ByLot(LOT), "second.zip")
    verdict = verify_package(second.written.path, earlier=first.written.path)
    assert verdict.trust == ["earlier"], verdict.broken
    assert verdict.earlier == 1


def test_cut_and_export_are_entries_and_touch_no_stream(house: House) -> None:
    done = export(house, ByLot(LOT))
    assert done.exported is not None
    assert done.cut.streams == done.exported.streams == ()
    said = json.loads(house.journal.log.payload(done.exported.seq) or b"{}")
    assert said["manifest"] == done.written.manifest
    assert said["cut"] == done.cut.seq
    request = json.loads(house.journal.log.payload(done.cut.seq) or b"{}")["request"]
    assert request == {"by": "lot", "lang": "zh", "purpose": "inspection", "value": LOT}


def test_what_nobody_recorded_cannot_be_exported(house: House) -> None:
    with pytest.raises(AnswerIsNo):
        export(house, ByLot(f"lot:di:{DI}/NONE"))
    assert not (house.folder / "p.zip").exists()


def test_an_erased_payload_is_said_to_be_erased(house: House) -> None:
    found = [
        one.seq for one in export(house, ByLot(LOT)).selection.members
        if one.kind == "record.sales_record"
    ]  # fmt: skip
    house.journal.erase("quality", found, "asked")
    done = export(house, ByLot(LOT), "after.zip")
    verdict = verify_package(done.written.path)
    assert verdict.ok, verdict.broken
    assert verdict.withheld.get("record.sales_record") == 1


def test_a_cut_whose_contents_were_erased_since_is_not_written_again(house: House) -> None:
    done = export(house, ByLot(LOT))
    found = [one.seq for one in done.selection.members if one.kind == "record.sales_record"]
    house.journal.erase("quality", found, "asked")
    with pytest.raises(IntegrityBroken) as moved:
        write_again(house.journal, done.cut.seq, house.folder / "again.zip", house.signer)
    assert moved.value.code == "package.selection_moved"


def test_a_damaged_original_stops_the_export(house: House, tmp_path: Path) -> None:
    victim = next(path for path in (house.folder / "originals").rglob("*")
                  if path.is_file() and path.read_bytes() == b"sale")  # fmt: skip
    victim.chmod(0o644)
    victim.write_bytes(b"SALE")
    with pytest.raises(IntegrityBroken):
        export(house, ByLot(LOT))
    assert not (house.folder / "p.zip").exists()


def test_after_a_rotation_the_old_fingerprint_still_leads_to_the_package(house: House) -> None:
    before = export(house, ByLot(LOT), "before.zip")
    new = KeySigner.generate(house.journal.log.origin)
    house.journal.log.rotate_key(new, "administrator")
    with pytest.raises(Misuse) as refused:
        write_again(house.journal, before.cut.seq, house.folder / "again.zip", new)
    assert refused.value.code == "package.other_key"
    house.signer = new
    after = export(house, ByLot(LOT), "after.zip")
    for known in (before.written.fingerprint, after.written.fingerprint):
        verdict = verify_package(after.written.path, fingerprint=known)
        assert verdict.ok, verdict.broken
    held = verify_package(after.written.path, earlier=before.written.path)
    assert held.trust == ["earlier"], held.broken


def test_an_original_that_names_other_lots_comes_whole_and_says_so(house: House) -> None:
    """A list with rows of two lots is one paper: it is given, the other row's content is not."""
    rows = [PutAway(**goods(lot, 3), record_no=f"RK-{lot}", put_away_on=date(2026, 3, 3))
            for lot in ("A1B2", "ZZ9")]  # fmt: skip
    mine, other = house.paper("两批.csv", b"two lots", *rows)
    done = export(house, ByLot(LOT))
    given = {one.seq: one.payload for one in done.selection.members}
    assert given[mine] is Given.GIVEN
    assert other not in given
    assert b"two lots" in unpack(done.written.path).values()


def test_due_diligence_keeps_back_an_original_with_rows_of_others(house: House) -> None:
    rows = [PutAway(**goods(lot, 3), record_no=f"RK-{lot}", put_away_on=date(2026, 3, 3))
            for lot in ("A1B2", "ZZ9")]  # fmt: skip
    house.paper("两批.csv", b"two lots", *rows)
    done = export(house, ByLot(LOT), purpose=Purpose.DUE_DILIGENCE)
    assert b"two lots" not in unpack(done.written.path).values()
    assert "original.others" in {one.why for one in done.selection.documents}


def test_the_same_trade_on_postgresql_gives_a_package_that_verifies(
    postgresql_url: str, tmp_path: Path
) -> None:
    house = trade_on(postgresql_url, tmp_path)
    done = export(house, ByLot(LOT))
    house.journal.close()
    house.journal.log.engine.dispose()
    verdict = verify_package(done.written.path, fingerprint=done.written.fingerprint)
    assert verdict.ok, verdict.broken
    assert verdict.documents == 12
