"""Which identifiers are one subject, in whatever order papers arrive."""

from __future__ import annotations

import tempfile
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import create_engine

from audit.journal import Journal
from audit.records.product import LotSource
from audit.store.projection.identity import moved_to, owner, rank
from base.errors import Misuse
from tests.journal.making import (
    CLERK,
    Party,
    device,
    draft,
    lot_by_di,
    lot_by_number,
    new_journal,
    now,
    sale,
    signed,
)

BY_DI = "device:di:06901234567892"
BY_NUMBER = "device:reg:国械注准20203140123/XL-10"
LOT_DI = "lot:di:06901234567892/A1"
LOT_NUMBER = "lot:reg:国械注准20203140123/XL-10/A1"


def add_and_confirm(journal: Journal, *records: object) -> list[int]:
    written = journal.append_records(CLERK, [draft(record) for record in records])  # type: ignore[arg-type]
    seqs = [one.seq for one in written]
    journal.confirm(signed(), seqs)
    return seqs


def test_a_confirmed_device_joins_its_identifiers_and_its_lots(journal: Journal) -> None:
    journal.append_records(CLERK, [draft(lot_by_di()), draft(lot_by_number())])
    store = journal.store
    assert list(store.subjects(now(journal), "lot")) == [LOT_DI, LOT_NUMBER]
    add_and_confirm(journal, device())
    at = now(journal)
    assert store.subject(at, BY_NUMBER) == BY_DI
    assert store.closure(at, LOT_NUMBER) == {LOT_DI, LOT_NUMBER}
    both = store.records_of(at, ["lot"], [LOT_DI])[LOT_DI]
    assert [r.subjects["lot"] for r in both] == [(LOT_DI,), (LOT_DI,)]


def test_a_pending_device_joins_nothing(journal: Journal) -> None:
    journal.append_records(CLERK, [draft(device())])
    assert journal.store.subject(now(journal), BY_NUMBER) == BY_NUMBER


def test_a_lot_that_arrives_after_its_device_was_linked_follows_it(journal: Journal) -> None:
    add_and_confirm(journal, device())
    journal.append_records(CLERK, [draft(lot_by_number())])
    assert journal.store.subject(now(journal), LOT_NUMBER) == LOT_DI


def test_a_correction_takes_back_only_what_the_old_record_said(journal: Journal) -> None:
    (seq,) = add_and_confirm(journal, device())
    corrected = journal.correct(CLERK, seq, device(model="XL-20"), "型号有误")
    journal.confirm(signed(), [corrected.seq])
    at = now(journal)
    assert journal.store.subject(at, BY_NUMBER) == BY_NUMBER
    assert journal.store.subject(at, "device:reg:国械注准20203140123/XL-20") == BY_DI


def test_a_link_that_two_records_state_stands_until_both_are_gone(journal: Journal) -> None:
    one, other = add_and_confirm(journal, device(), device(source_version="2"))
    for seq, left in ((one, BY_DI), (other, BY_NUMBER)):
        changed = device(model="XL-99", source_version="2" if seq == other else None)
        corrected = journal.correct(CLERK, seq, changed, "型号有误")
        journal.confirm(signed(), [corrected.seq])
        assert journal.store.subject(now(journal), BY_NUMBER) == left


def test_a_person_links_and_unlinks_two_lot_numbers(journal: Journal) -> None:
    add_and_confirm(journal, device())
    journal.append_records(CLERK, [draft(lot_by_di("A1")), draft(lot_by_number("A-1"))])
    a, b = LOT_DI, "lot:reg:国械注准20203140123/XL-10/A-1"
    journal.link(CLERK, a, b, "同一批，写法不同")
    assert journal.store.subject(now(journal), a) == journal.store.subject(now(journal), b)
    journal.unlink(CLERK, a, b, "核对后并非同一批")
    at = now(journal)
    assert journal.store.subject(at, a) == LOT_DI
    assert journal.store.subject(at, b) == "lot:di:06901234567892/A-1"


def test_a_suppliers_name_and_code_are_one_and_so_are_his_delivery_notes(
    journal: Journal,
) -> None:
    add_and_confirm(journal, Party(name="某某医疗公司", uscc="91310000MA1FL4B24L"))
    at = now(journal)
    assert journal.store.subject(at, "party:name:某某医疗公司") == "party:uscc:91310000MA1FL4B24L"
    journal.append_records("source:erp", [draft(sale(buyer={"name": "某某医疗公司"}))])
    (found,) = journal.store.records_of(
        now(journal), ["sales_record"], ["party:uscc:91310000MA1FL4B24L"]
    )["party:uscc:91310000MA1FL4B24L"]
    assert found.subjects["buyer"] == ("party:uscc:91310000MA1FL4B24L",)


def test_subjects_of_different_types_are_never_one(journal: Journal) -> None:
    with pytest.raises(Misuse, match=r"store\.link_types"):
        journal.link(CLERK, BY_DI, LOT_DI, "误操作")


def test_a_delivery_note_follows_its_supplier() -> None:
    note = "delivery:name:某某公司/SH-1"
    assert owner(note) == "party:name:某某公司"
    assert moved_to(note, "party:uscc:9131") == "delivery:uscc:9131/SH-1"
    assert rank("delivery:uscc:9131/SH-1") < rank(note)


DEEDS = ["device", "second", "lot_di", "lot_number", "link", "party"]


@settings(max_examples=20, deadline=None)
@given(st.permutations(DEEDS))
def test_subjects_do_not_depend_on_the_order_of_arrival(order: list[str]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        engine = create_engine(f"sqlite:///{Path(folder) / 'order.db'}")
        journal = new_journal(engine, Path(folder))
        for deed in order:
            if deed == "device":
                add_and_confirm(journal, device())
            elif deed == "second":
                add_and_confirm(journal, device(di="06901234567908"))
            elif deed == "lot_di":
                journal.append_records(CLERK, [draft(lot_by_di())])
            elif deed == "lot_number":
                journal.append_records(CLERK, [draft(lot_by_number(source=LotSource.UDI))])
            elif deed == "link":
                journal.link(CLERK, "lot:di:06901234567908/A1", "lot:di:07000000000001/B", "标签")
            else:
                add_and_confirm(journal, Party(name="甲", former_names=("乙", "丙")))
        at = now(journal)
        assert journal.store.closure(at, LOT_NUMBER) >= {
            LOT_DI,
            LOT_NUMBER,
            "lot:di:06901234567908/A1",
            "lot:di:07000000000001/B",
        }
        assert journal.store.subject(at, LOT_NUMBER) == LOT_DI
        assert journal.store.subject(at, "device:di:06901234567908") == BY_DI
        assert journal.store.subject(at, "party:name:甲") == "party:name:丙"
        journal.close()
        engine.dispose()
