"""Records are appended once: duplicates named, contradictions put aside, redone work recognised."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import orjson
import pytest

from audit.journal import Journal, NotApplicable, Outcome
from audit.records import RecordDraft, codec
from audit.records.trade import DeliveryNote
from audit.store import State, verify_deep
from base.errors import Misuse, Refused
from tests.journal.making import (
    CLERK,
    DAY,
    HEAD,
    device,
    draft,
    now,
    paper,
    read_of,
    sale,
)


def outcomes(written: object) -> list[str]:
    return [one.outcome.value for one in written]  # type: ignore[attr-defined]


def note(lines: int) -> DeliveryNote:
    return DeliveryNote.model_validate(
        {
            "number": "SH-1",
            "direction": "supplier",
            "supplier": {"name": "某某公司"},
            "consignee": {"name": "本公司"},
            "shipped_on": DAY,
            "lines": [
                {
                    "name": "导管",
                    "model": f"XL-{n}",
                    "registration_no": "国械注准20203140123",
                    "lot_no": f"L{n}",
                    "quantity": "5",
                    "unit": "支",
                }
                for n in range(lines)
            ],
        }
    )


def test_the_same_record_again_is_a_duplicate_named_in_the_reading(journal: Journal) -> None:
    first, second = paper(journal, b"one"), paper(journal, b"two")
    (a,) = journal.append_records("source:erp", [draft(sale(), first)], read=read_of(first))
    (b,) = journal.append_records("source:erp", [draft(sale(), second)], read=read_of(second))
    assert (b.outcome, b.seq) == (Outcome.DUPLICATE, a.seq)
    document = journal.store.document(now(journal), second.sha256)
    assert document is not None
    assert document.outcome["duplicates"] == [a.seq]
    assert document.outcome["records"] == []


def test_the_same_record_with_other_content_goes_to_quarantine_and_both_are_kept(
    journal: Journal,
) -> None:
    first, second = paper(journal, b"one"), paper(journal, b"two")
    (a,) = journal.append_records("source:erp", [draft(sale(quantity=10), first)])
    both = [draft(sale(quantity=11), second), draft(sale("XS2"), second)]
    written = journal.append_records("source:erp", both, read=read_of(second))
    assert outcomes(written) == ["conflict", "recorded"]
    assert written[0].against == a.seq
    (item,) = journal.store.quarantine(now(journal))
    assert (item.reason, item.document) == ("record.conflict", second.sha256)
    assert item.draft is not None
    kept = codec.load_schema(item.draft["schema"], item.draft["record"])
    assert kept == sale(quantity=11)
    standing = journal.store.record(now(journal), a.seq)
    assert standing is not None and standing.state is State.EFFECTIVE


def test_a_contradiction_without_a_document_is_refused(journal: Journal) -> None:
    journal.append_records(CLERK, [draft(sale(quantity=10))])
    with pytest.raises(Refused, match=r"record\.conflict"):
        journal.append_records(CLERK, [draft(sale(quantity=11))])


def test_rows_that_repeat_within_one_paper_are_recorded_once(journal: Journal) -> None:
    receipt = paper(journal)
    rows = [draft(sale("XS1"), receipt), draft(sale("XS1"), receipt)]
    rows += [draft(sale("XS1", quantity=99), receipt)]
    written = journal.append_records("source:erp", rows, read=read_of(receipt))
    assert outcomes(written) == ["recorded", "repeated", "conflict"]
    assert written[1].seq == written[0].seq


def test_work_that_a_crash_interrupted_is_done_again_without_doubles(journal: Journal) -> None:
    receipt = paper(journal)
    rows = [draft(sale(f"XS{n}"), receipt) for n in range(20)]
    first = journal.append_records("source:erp", rows[:12])
    again = journal.append_records("source:erp", rows, read=read_of(receipt))
    assert [one.seq for one in again[:12]] == [one.seq for one in first]
    assert outcomes(again) == ["recorded"] * 20
    assert len(list(journal.store.records(now(journal), ["sales_record"]))) == 20
    document = journal.store.document(now(journal), receipt.sha256)
    assert document is not None and len(document.outcome["records"]) == 20
    size = journal.log.size()
    thrice = journal.append_records("source:erp", rows, read=read_of(receipt))
    assert thrice == again
    assert journal.log.size() == size


def test_a_conflict_that_was_put_aside_is_not_put_aside_twice(journal: Journal) -> None:
    journal.append_records(CLERK, [draft(sale(quantity=1))])
    receipt = paper(journal)
    rows = [draft(sale(quantity=2), receipt)]
    journal.append_records("source:erp", rows)
    journal.append_records("source:erp", rows, read=read_of(receipt))
    assert len(journal.store.quarantine(now(journal))) == 1


def test_the_same_place_read_otherwise_later_is_a_record_of_its_own(journal: Journal) -> None:
    receipt = paper(journal)
    journal.append_records("source:erp", [draft(sale("XS1"), receipt)])
    (again,) = journal.append_records("source:erp", [draft(sale("XS1-b"), receipt)])
    assert again.outcome is Outcome.RECORDED
    assert len(list(journal.store.records(now(journal), ["sales_record"]))) == 2


def test_a_clients_own_key_makes_a_retry_the_same_entry(journal: Journal) -> None:
    first = journal.append_records("key:erp", [draft(sale())], key="order-1")
    assert journal.append_records("key:erp", [draft(sale())], key="order-1") == first
    with pytest.raises(Misuse, match=r"ledger\.key_reused"):
        journal.append_records("key:erp", [draft(sale("XS9"))], key="order-1")


def test_many_threads_recording_one_sale_leave_one(journal: Journal) -> None:
    def record(_: int) -> Outcome:
        return journal.append_records("source:erp", [draft(sale())])[0].outcome

    with ThreadPoolExecutor(8) as pool:
        seen = sorted(pool.map(record, range(16)))
    assert seen.count(Outcome.RECORDED) == 1
    assert seen.count(Outcome.DUPLICATE) == 15


def test_more_rows_than_a_group_are_several_groups_and_one_reading(
    journal: Journal, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("audit.journal.append.GROUP", 7)
    receipt = paper(journal)
    rows = [draft(sale(f"XS{n % 18}"), receipt) for n in range(20)]
    written = journal.append_records("source:erp", rows, read=read_of(receipt))
    assert outcomes(written) == ["recorded"] * 18 + ["repeated"] * 2
    document = journal.store.document(now(journal), receipt.sha256)
    assert document is not None
    assert len(document.outcome["records"]) == 18
    assert document.outcome["repeated"] == 2


def test_a_paper_with_hundreds_of_lots_is_a_header_and_its_lines(journal: Journal) -> None:
    receipt = paper(journal)
    paper_note = note(300)
    (written,) = journal.append_records(
        "source:erp", [draft(paper_note, receipt)], read=read_of(receipt)
    )
    kinds = [entry.kind for entry in journal.log.entries(written.seq)]
    assert kinds[0] == "record.delivery_note"
    assert set(kinds[1:-1]) == {"record.lines"}
    assert all(len(entry.streams) <= 64 for entry in journal.log.entries())
    at = now(journal)
    stored = journal.store.record(at, written.seq)
    assert stored is not None
    assert stored.record == paper_note
    lot = "lot:reg:国械注准20203140123/XL-299/L299"
    assert [r.seq for r in journal.store.records_of(at, ["delivery_note"], [lot])[lot]] == [
        written.seq
    ]
    assert verify_deep(journal.log, journal.documents) == []
    again = journal.append_records("source:erp", [draft(paper_note, receipt)])
    assert outcomes(again) == ["recorded"] and again[0].seq == written.seq


def test_erasing_a_record_in_parts_erases_its_lines(journal: Journal) -> None:
    (written,) = journal.append_records("source:erp", [draft(note(100))])
    corrected = journal.correct(CLERK, written.seq, note(101), "少一行")
    journal.erase(HEAD, [written.seq, corrected.seq], "person.request")
    assert all(
        journal.log.payload(entry.seq) is None
        for entry in journal.log.entries()
        if entry.kind in ("record.delivery_note", "record.lines")
    )
    assert verify_deep(journal.log, journal.documents) == []


def test_a_header_with_too_many_subjects_is_refused_with_the_count(journal: Journal) -> None:
    packages = [
        {"di": f"{n:013d}", "level": "case", "contains": "1", "count": "1"} for n in range(70)
    ]
    with pytest.raises(NotApplicable, match="at most 64"):
        journal.append_records(CLERK, [draft(device(packages=packages))])


def test_a_payload_keeps_who_said_what(journal: Journal) -> None:
    from audit.records.provenance import Conflict, FieldSource, Source

    xml = FieldSource("quantity", Source.EMBEDDED_XML, "10", "10", "EInvoice/Qty")
    ocr = FieldSource("quantity", Source.OCR, "16", "16", "p1")
    one = RecordDraft(sale(), None, (xml, ocr), (Conflict("quantity", xml, ocr),), "invoice/3")
    (written,) = journal.append_records("source:erp", [one])
    payload = journal.log.payload(written.seq)
    assert payload is not None
    said = orjson.loads(payload)
    assert [s["source"] for s in said["sources"]] == ["embedded_xml", "ocr"]
    stored = journal.store.record(now(journal), written.seq)
    assert stored is not None
    assert stored.conflicts[0]["other"]["value"] == "16"


def test_a_float_in_a_note_is_refused_by_name(journal: Journal) -> None:
    with pytest.raises(Misuse, match="score"):
        journal.note("system:engine", "check.run", {"score": 0.5})


def test_a_hold_is_lifted_by_two_people(journal: Journal) -> None:
    journal.note(HEAD, "hold.placed", {"hold": "h1", "subjects": ["lot:1"]})
    journal.note(HEAD, "hold.lifted", {"hold": "h1"})
    with pytest.raises(Refused, match=r"store\.hold_second_person"):
        journal.note(HEAD, "hold.lifted", {"hold": "h1"})
    assert [h.name for h in journal.store.holds(now(journal), ["lot:1"])] == ["h1"]
    journal.note(CLERK, "hold.lifted", {"hold": "h1"})
    assert journal.store.holds(now(journal)) == []


def test_findings_users_and_policies_show_their_last_word(journal: Journal) -> None:
    opened = {"fingerprint": "f", "rule": "r", "subject": "lot:1", "severity": "major"}
    journal.note("system:engine", "finding.opened", opened)
    journal.note(HEAD, "finding.waived", {"fingerprint": "f", "until": "2026-06-01"})
    journal.note("system:engine", "finding.reopened", {"fingerprint": "f"})
    (finding,) = journal.store.findings(now(journal), statuses=["open"])
    assert (finding.times, finding.body["severity"], finding.body["until"]) == (
        2,
        "major",
        "2026-06-01",
    )
    with pytest.raises(Misuse, match=r"store\.no_finding"):
        journal.note(HEAD, "finding.waived", {"fingerprint": "none"})
    journal.note(HEAD, "user.added", {"user": "u1", "roles": ["auditor"], "until": "2026-02-01"})
    journal.note(HEAD, "user.added", {"user": "u2", "roles": ["business"]})
    assert [u.name for u in journal.store.users(now(journal))] == ["u2"]
    journal.note(HEAD, "policy.set", {"policy": "days", "value": 3})
    journal.note(HEAD, "policy.set", {"policy": "days", "value": 5, "valid_from": "2026-04-01"})
    assert [p.body["value"] for p in journal.store.policies(now(journal))] == [3]


def test_an_expectation_that_no_longer_holds_is_refused(journal: Journal) -> None:
    journal.note(HEAD, "finding.opened", _finding(), streams=["finding:f"], expect={"finding:f": 0})
    with pytest.raises(Refused, match=r"ledger\.stream_moved"):
        journal.note(
            HEAD,
            "finding.waived",
            {"fingerprint": "f"},
            streams=["finding:f"],
            expect={"finding:f": 0},
        )


def _finding() -> dict[str, str]:
    return {"fingerprint": "f", "rule": "r", "subject": "lot:1"}
