"""What becomes of a record: effective, pending, confirmed, refused, superseded, erased."""

from __future__ import annotations

import pytest

from audit.journal import Journal, Outcome
from audit.records import RecordDraft
from audit.records.holds import QualityRelease, ReleaseOutcome
from audit.store import State
from base.errors import Misuse, Refused
from tests.journal.making import (
    CLERK,
    DAY,
    HEAD,
    QUALITY,
    device,
    draft,
    now,
    paper,
    read_of,
    sale,
    signed,
)


def state(journal: Journal, seq: int) -> State:
    found = journal.store.record(now(journal), seq)
    assert found is not None
    return found.state


def add_device(journal: Journal, name: str = "导管") -> int:
    return journal.append_records(CLERK, [draft(device(name))])[0].seq


def test_a_sale_counts_at_once(journal: Journal) -> None:
    (written,) = journal.append_records("source:erp", [draft(sale())])
    assert state(journal, written.seq) is State.EFFECTIVE


def test_master_data_waits_until_somebody_else_signs_it(journal: Journal) -> None:
    seq = add_device(journal)
    assert state(journal, seq) is State.PENDING
    with pytest.raises(Refused, match=r"journal\.own_confirmation"):
        journal.confirm(signed(CLERK), [seq])
    journal.confirm(signed(QUALITY), [seq])
    assert state(journal, seq) is State.CONFIRMED
    with pytest.raises(Refused, match=r"store\.not_pending"):
        journal.confirm(signed(QUALITY), [seq])


def test_what_frees_goods_counts_only_when_signed(journal: Journal) -> None:
    release = QualityRelease(hold_no="ZL-1", outcome=ReleaseOutcome.FREED, released_on=DAY)
    (written,) = journal.append_records(CLERK, [draft(release)])
    assert state(journal, written.seq) is State.PENDING


def test_a_refused_record_no_longer_stands_in_the_way(journal: Journal) -> None:
    seq = add_device(journal)
    journal.refuse(signed(reason="看不清"), [seq])
    assert state(journal, seq) is State.REFUSED
    (again,) = journal.append_records(CLERK, [draft(device("导管"))])
    assert again.outcome is Outcome.RECORDED


def test_several_are_confirmed_all_or_none(journal: Journal) -> None:
    one = add_device(journal)
    other = journal.append_records(CLERK, [draft(device(di="06901234567908", model="Y"))])[0].seq
    journal.refuse(signed(), [other])
    with pytest.raises(Refused):
        journal.confirm(signed(), [one, other])
    assert state(journal, one) is State.PENDING


def test_a_pending_correction_leaves_the_confirmed_record_standing(journal: Journal) -> None:
    old = add_device(journal)
    journal.confirm(signed(), [old])
    new = journal.correct(CLERK, old, device("球囊导管"), "名称有误").seq
    assert (state(journal, old), state(journal, new)) == (State.CONFIRMED, State.PENDING)
    journal.confirm(signed(), [new])
    assert (state(journal, old), state(journal, new)) == (State.SUPERSEDED, State.CONFIRMED)


def test_refusing_the_correction_of_a_pending_record_gives_that_record_back(
    journal: Journal,
) -> None:
    old = add_device(journal)
    new = journal.correct(CLERK, old, device("球囊导管"), "名称有误").seq
    assert (state(journal, old), state(journal, new)) == (State.SUPERSEDED, State.PENDING)
    journal.refuse(signed(), [new])
    assert (state(journal, old), state(journal, new)) == (State.PENDING, State.REFUSED)


def test_a_corrected_sale_is_superseded_and_names_its_successor(journal: Journal) -> None:
    (old,) = journal.append_records("source:erp", [draft(sale(quantity=10))])
    new = journal.correct(CLERK, old.seq, sale(quantity=12), "数量有误")
    found = journal.store.records(now(journal), ["sales_record"])
    assert [(r.seq, r.supersedes) for r in found] == [(new.seq, old.seq)]
    with pytest.raises(Misuse, match=r"journal\.no_record"):
        journal.correct(CLERK, old.seq, sale(quantity=13), "又改")


def test_two_corrections_racing_for_one_record_leave_one(journal: Journal) -> None:
    (old,) = journal.append_records("source:erp", [draft(sale())])
    journal.correct(CLERK, old.seq, sale(quantity=12), "数量有误")
    late = RecordDraft(sale(quantity=13), None, supersedes=old.seq, reason="又改")
    with pytest.raises(Refused, match=r"store\.not_live"):
        journal.append_records(CLERK, [late])


def test_an_erased_record_leaves_a_tombstone_that_names_nothing(journal: Journal) -> None:
    receipt = paper(journal)
    (written,) = journal.append_records(
        "source:erp", [draft(sale(), receipt)], read=read_of(receipt)
    )
    before = now(journal)
    journal.erase(HEAD, [written.seq], "person.request")
    for at in (before, now(journal)):
        tomb = journal.store.record(at, written.seq)
        assert tomb is not None
        assert (tomb.state, tomb.record, tomb.identity) == (State.ERASED, None, "")
        assert tomb.subjects == {}
        assert list(journal.store.records(at, ["sales_record"])) == []
    subjects = list(journal.store.subjects(now(journal), "lot"))
    assert journal.store.records_of(now(journal), ["sales_record"], subjects)[subjects[0]] == []


def test_records_come_in_pages_without_gap_or_repetition(
    journal: Journal, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("audit.store.store.PAGE", 3)
    journal.append_records("source:erp", [draft(sale(f"XS{n}")) for n in range(10)])
    seqs = [r.seq for r in journal.store.records(now(journal), ["sales_record"])]
    assert seqs == list(range(1, 11))
    some = journal.store.records(now(journal), ["sales_record"], after_seq=4, limit=4)
    assert [r.seq for r in some] == [5, 6, 7, 8]


def test_thousands_of_subjects_are_one_question(journal: Journal) -> None:
    drafts = [draft(sale(f"XS{n}", lot_no=f"L{n}")) for n in range(1_200)]
    journal.append_records("source:erp", drafts)
    at = now(journal)
    lots = list(journal.store.subjects(at, "lot"))
    found = journal.store.records_of(at, ["sales_record"], [*lots, "lot:di:1/none"])
    assert len(lots) == 1_200
    assert found.pop("lot:di:1/none") == []
    assert all(len(records) == 1 for records in found.values())
    assert {s for r in found.values() for s in r[0].subjects["lot"]} == set(lots)


def test_what_changed_since_a_size_is_found(journal: Journal) -> None:
    old = add_device(journal)
    since = now(journal).known_at
    journal.append_records("source:erp", [draft(sale())])
    journal.confirm(signed(), [old])
    changed = journal.store.changed(now(journal), since)
    assert [r.kind for r in changed] == ["device", "sales_record"]
