"""From a folder to the ledger: what is good is recorded, what is bad waits with its reason."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import orjson
import pytest

from audit.journal import Journal, ReceiptSource
from audit.records.model import RecordDraft
from audit.records.parts import NamedParty
from audit.records.sales import SalesRecord
from audit.records.sources import expand
from audit.store import State as RecordState
from audit.store.types import StoredRecord
from base.errors import CATALOGUE, Unavailable
from ingest import quarantine
from ingest.parsers.build import NotARecord
from ingest.pipeline import DocumentOutcome, Pipeline, State
from ingest.recognise import Recognised
from ingest.sources import Source, folder_source, known_refs, pull
from ingest.templates import csv_table, xlsx_table
from tests.ingest.forms import framed, lines, pdf
from tests.ingest.test_papers import CERTIFICATE, FEET, note
from tests.journal.making import now
from tests.readers import files

SALE = SalesRecord(
    record_no="XS1", line_no="1", sold_on=date(2026, 1, 5), buyer=NamedParty(name="示例医院"),
    name="导管", model="5F", registration_no="国械注准20213030002", lot_no="C2602",
    expiry="2029-01-31", quantity=Decimal(2), unit="根",
)  # fmt: skip
GOOD = csv_table("sales_record", [SALE])
TITLE = lines("中华人民共和国医疗器械注册证", "注册证编号：国械注准20213130001")
NO_DAY = framed(CERTIFICATE) + lines("批准日期：2021年3月1日", "有效期至：2026年2月30日")


def sale(number: int, **changes: Any) -> SalesRecord:
    return SALE.model_copy(update={"record_no": f"XS{number}", **changes})


def take(pipeline: Pipeline, *contents: tuple[str, bytes]) -> list[DocumentOutcome]:
    """Receive and process files, as an upload would."""
    received = [
        pipeline.receive("user:clerk", data, file_name=name, source=ReceiptSource("upload")).sha256
        for name, data in contents
    ]
    return list(pipeline.process(received))


def sales(journal: Journal) -> list[StoredRecord]:
    return list(journal.store.records(now(journal), ["sales_record"]))


def scan() -> bytes:
    return files.pdf([[""]])


BAD: tuple[tuple[str, str, Any], ...] = (
    ("cut-off.pdf", "read.truncated", lambda: pdf(TITLE)[:600]),
    ("locked.pdf", "read.encrypted", lambda: files.encrypted(files.pdf([["x"]]), "secret")),
    ("large.csv", "read.too_large", lambda: b"a,b\n" + b"1,2\n" * 600_000),
    ("bomb.zip", "read.zip_bomb", lambda: files.zipped({"a.txt": b"0" * 9_000_000})),
    ("entity.xml", "read.xml_entity", lambda: b'<!DOCTYPE a [<!ENTITY b "c">]><EInvoice/>'),
    ("path.zip", "read.path_in_archive", lambda: files.zipped({"../../etc/passwd": b"x"})),
    ("program.pdf", "read.type_mismatch", lambda: b"<html><body>not a pdf</body></html>"),
    ("empty.csv", "read.empty", lambda: b""),
    ("scan.pdf", "read.ocr_needed", scan),
    ("holiday.pdf", "ingest.unknown_document", lambda: pdf(lines("关于春节放假的通知"))),
    ("columns.csv", "ingest.unknown_document", lambda: "颜色,味道\n红,甜\n蓝,酸\n".encode()),
    ("no-expiry.pdf", "record.field_missing", lambda: pdf(TITLE + framed(CERTIFICATE))),
    ("no-day.pdf", "record.date_impossible", lambda: pdf(TITLE + NO_DAY)),
    ("no-day.csv", "record.date_impossible", lambda: GOOD.replace(b"2026-01-05", b"2026-02-30")),
    ("word.csv", "record.value_invalid", lambda: GOOD.replace(b",2,", ",若干,".encode())),
    ("no-lot.csv", "record.invalid", lambda: GOOD.replace(b"C2602", b"")),
    ("template.csv", "ingest.nothing_inside", lambda: csv_table("sales_record")),
)  # fmt: skip


@pytest.mark.parametrize(("name", "code", "make"), BAD, ids=[f"{b[0]}:{b[1]}" for b in BAD])
def test_bad_input_waits_with_its_bytes_and_reason_and_the_next_file_goes_on(
    pipeline: Pipeline, journal: Journal, name: str, code: str, make: Any
) -> None:
    data = make()
    bad, good = take(pipeline, (name, data), ("good.csv", GOOD))
    assert (bad.state, bad.reason.code if bad.reason else None) == (State.QUARANTINED, code)
    assert (good.state, good.records) == (State.READ, 1)
    assert b"".join(journal.documents.pieces(bad.sha256)) == data
    (item,) = journal.store.quarantine(now(journal))
    assert (item.document, item.reason, item.state) == (bad.sha256, code, "open")
    message = CATALOGUE[code]
    zh, en = (message.text(lang, **item.params) for lang in ("zh", "en"))
    assert zh != en
    assert any("一" <= char <= "鿿" for char in zh)


def test_a_missing_field_is_named_with_its_article_in_the_quarantine(
    pipeline: Pipeline, journal: Journal
) -> None:
    take(pipeline, ("no-lot.csv", csv_table("sales_record").replace(b"record_no", b"record_nr")
                    + GOOD.splitlines(keepends=True)[-1]))  # fmt: skip
    (item,) = journal.store.quarantine(now(journal))
    assert item.reason == "record.field_missing"
    assert "销售单号" in item.params["fields"]


def test_the_same_bytes_twice_are_one_document_with_two_receipts(
    pipeline: Pipeline, journal: Journal
) -> None:
    first, second = take(pipeline, ("a.csv", GOOD), ("b.csv", GOOD))
    assert (first.state, second.state) == (State.READ, State.DUPLICATE)
    (document,) = journal.store.documents(now(journal))
    assert len(document.receipts) == 2
    assert len(sales(journal)) == 1


def test_the_same_record_in_another_file_is_a_duplicate(
    pipeline: Pipeline, journal: Journal
) -> None:
    _, again = take(pipeline, ("a.csv", GOOD), ("b.xlsx", xlsx_table({"sales_record": [SALE]})))
    assert (again.records, again.duplicates) == (0, 1)
    assert len(sales(journal)) == 1


def test_the_same_record_with_other_content_is_a_conflict_and_both_are_kept(
    pipeline: Pipeline, journal: Journal
) -> None:
    other = csv_table("sales_record", [sale(1, quantity=Decimal(3))])
    _, second = take(pipeline, ("a.csv", GOOD), ("b.csv", other))
    assert second.conflicts == 1
    (item,) = journal.store.quarantine(now(journal))
    assert item.reason == "record.conflict"
    assert item.draft is not None
    assert item.draft["record"]["quantity"] == "3"
    assert [stored.record.quantity for stored in sales(journal)] == [Decimal(2)]  # type: ignore[union-attr]


def test_an_unknown_party_is_no_error_and_waits_as_a_reference(
    pipeline: Pipeline, journal: Journal
) -> None:
    (outcome,) = take(pipeline, ("note.pdf", pdf(note(), flipped=True)))
    assert (outcome.state, outcome.kind) == (State.READ, "delivery_note")
    (stored,) = journal.store.records(now(journal), ["delivery_note"])
    assert stored.subjects["supplier"] == ("party:name:示例供货有限公司",)


def test_master_data_waits_for_confirmation(pipeline: Pipeline, journal: Journal) -> None:
    take(pipeline, ("certificate.pdf", pdf(TITLE + framed(CERTIFICATE) + FEET)))
    (stored,) = journal.store.records(
        now(journal), ["registration_certificate"], states=list(RecordState)
    )
    assert stored.state is RecordState.PENDING


def test_good_rows_go_on_and_bad_rows_wait_with_their_cells(
    pipeline: Pipeline, journal: Journal
) -> None:
    table = csv_table("sales_record", [sale(n) for n in range(1, 6)])
    table = table.replace(b"XS3,1,2026-01-05", b"XS3,1,2026-13-05")
    (outcome,) = take(pipeline, ("sales.csv", table))
    assert (outcome.state, outcome.records, outcome.refused) == (State.PARTIAL, 4, 1)
    (item,) = journal.store.quarantine(now(journal))
    assert (item.reason, item.params) == ("ingest.rows_refused", {"refused": 1, "total": 5})
    (row,) = quarantine.detail_of(item)["rows"]
    assert row["rows"] == [6]
    assert row["cells"][0]["record_no"] == "XS3"
    (refusal,) = row["refusals"]
    assert refusal["code"] == "record.date_impossible"
    assert (refusal["place"], refusal["written"]) == ("D6", "2026-13-05")


def test_every_field_says_where_it_came_from(pipeline: Pipeline, journal: Journal) -> None:
    take(pipeline, ("sales.xlsx", xlsx_table({"sales_record": [SALE]})))
    (stored,) = sales(journal)
    payload = journal.log.payload(stored.seq)
    assert payload is not None
    said = orjson.loads(payload)
    sources = {one.field: one for one in expand(said["sources"], said["record"])}
    assert sources["sold_on"].written == "2026-01-05"
    assert sources["sold_on"].place == "销售记录!D4"
    assert sources["buyer.name"].source == "sheet"
    assert (sources["expiry"].value, sources["expiry"].written) == ("2029-01-31", "2029-01-31")


def test_files_in_an_archive_are_documents_of_their_own(
    pipeline: Pipeline, journal: Journal
) -> None:
    archive = files.zipped({"a/sales.csv": GOOD, "b/bad.csv": b""})
    outcomes = take(pipeline, ("papers.zip", archive))
    assert [outcome.state for outcome in outcomes] == [
        State.CONTAINER, State.READ, State.QUARANTINED,
    ]  # fmt: skip
    assert pipeline.unfinished() == []


def test_what_a_crash_left_is_finished_at_the_next_start(
    pipeline: Pipeline, journal: Journal
) -> None:
    receipt = pipeline.receive(
        "user:clerk", GOOD, file_name="a.csv", source=ReceiptSource("upload")
    )
    assert pipeline.unfinished() == [receipt.sha256]
    assert [outcome.records for outcome in pipeline.resume()] == [1]
    assert pipeline.unfinished() == []


@pytest.mark.parametrize("fail_at", [1, 2, 3, 4])
def test_a_document_interrupted_anywhere_is_redone_without_doubling_anything(
    pipeline: Pipeline, journal: Journal, monkeypatch: pytest.MonkeyPatch, fail_at: int
) -> None:
    table = csv_table("sales_record", [sale(n) for n in range(1, 1202)])
    table = table.replace(b"XS7,1,2026-01-05", b"XS7,1,2026-13-05")
    receipt = pipeline.receive(
        "user:clerk", table, file_name="a.csv", source=ReceiptSource("upload")
    )
    calls = 0

    def failing(name: str) -> None:
        real = getattr(journal, name)

        def maybe(*args: Any, **kwargs: Any) -> Any:
            nonlocal calls
            calls += 1
            if calls == fail_at:
                raise Unavailable(CATALOGUE["source.root_missing"], name="disk")
            return real(*args, **kwargs)

        monkeypatch.setattr(journal, name, maybe)

    failing("append_records")
    failing("quarantine")
    with pytest.raises(Unavailable):
        list(pipeline.process([receipt.sha256]))
    assert pipeline.unfinished() == [receipt.sha256]
    (outcome,) = pipeline.resume()
    assert outcome.state is State.PARTIAL
    assert len(sales(journal)) == 1200
    assert len(journal.store.quarantine(now(journal))) == 1
    assert pipeline.unfinished() == []


def test_a_fault_in_a_parser_is_a_reason_and_no_outage(
    pipeline: Pipeline, journal: Journal, monkeypatch: pytest.MonkeyPatch
) -> None:
    def breaks(self: Recognised, *_: object) -> None:
        raise ZeroDivisionError("a fault")

    monkeypatch.setattr("ingest.parsers.sheet._Plan.draft", breaks)
    (outcome,) = take(pipeline, ("a.csv", GOOD))
    assert outcome.reason is not None
    assert outcome.reason.code == "ingest.parser_failed"
    monkeypatch.undo()
    (again,) = quarantine.retry(pipeline, "user:quality", codes=["ingest.parser_failed"])
    assert (again.state, again.records) == (State.READ, 1)
    assert journal.store.quarantine(now(journal)) == []


def test_a_retry_by_parser_takes_only_what_that_parser_refused(pipeline: Pipeline) -> None:
    take(
        pipeline,
        ("no-expiry.pdf", pdf(TITLE + framed(CERTIFICATE))),
        ("no-day.csv", GOOD.replace(b"2026-01-05", b"2026-02-30")),
    )
    found = quarantine.waiting(pipeline.journal, parser="registration_certificate/1")
    assert [item.reason for item in found] == ["record.field_missing"]
    (again,) = quarantine.retry(pipeline, "user:quality", parser="registration_certificate/1")
    assert again.reason is not None
    assert again.reason.code == "record.field_missing"
    assert len(quarantine.waiting(pipeline.journal)) == 2


def test_a_person_completes_what_waits_and_is_named_as_its_source(
    pipeline: Pipeline, journal: Journal
) -> None:
    take(pipeline, ("no-day.csv", GOOD.replace(b"2026-01-05", b"2026-02-30")))
    (item,) = quarantine.waiting(journal)
    (written,) = quarantine.correct(journal, "user:quality", item.seq, SALE)
    (stored,) = sales(journal)
    assert (stored.seq, stored.actor, stored.document) == (
        written.seq, "user:quality", item.document,
    )  # fmt: skip
    assert quarantine.waiting(journal) == []
    assert pipeline.unfinished() == []
    with pytest.raises(Exception, match=r"quarantine\.not_waiting"):
        quarantine.reject(journal, "user:quality", item.seq, "twice")


def test_a_rejected_document_stays_and_never_becomes_a_record(
    pipeline: Pipeline, journal: Journal
) -> None:
    (outcome,) = take(pipeline, ("holiday.pdf", pdf(lines("关于春节放假的通知"))))
    (item,) = quarantine.waiting(journal)
    quarantine.reject(journal, "user:quality", item.seq, "不属于资料")
    assert quarantine.waiting(journal) == []
    assert journal.document_known(outcome.sha256)
    assert pipeline.unfinished() == []


def _names(outcomes: Sequence[DocumentOutcome]) -> list[str]:
    return [outcome.file_name for outcome in outcomes]


def test_a_folder_is_pulled_once_in_order_and_left_as_it_was(
    pipeline: Pipeline, journal: Journal, tmp_path: Path
) -> None:
    root = tmp_path / "inbox"
    (root / "sub").mkdir(parents=True)
    for number, name in enumerate(("b.csv", "a.csv", "sub/c.csv"), 1):
        (root / name).write_bytes(csv_table("sales_record", [sale(number)]))
    source = folder_source("papers", root)
    first = pull(source, pipeline)
    assert first.total == 3
    assert _names(list(first.outcomes)) == ["a.csv", "b.csv", "c.csv"]
    assert pull(source, pipeline).total == 0
    assert sorted(path.name for path in root.rglob("*.csv")) == ["a.csv", "b.csv", "c.csv"]
    assert len(known_refs(journal, source)) == 3
    assert known_refs(journal, folder_source("other", root)) == frozenset()


def test_a_source_is_acknowledged_only_after_its_receipt(
    pipeline: Pipeline, journal: Journal, tmp_path: Path
) -> None:
    (tmp_path / "in").mkdir()
    (tmp_path / "in/a.csv").write_bytes(GOOD)
    source = folder_source("papers", tmp_path / "in")
    known: list[bool] = []

    class Watching:
        kind = "folder"
        listing = source.connector.listing
        fetch = source.connector.fetch

        def acknowledge(self, item: object, sha256: str) -> None:
            known.append(journal.document_known(sha256))

    list(pull(Source("papers", Watching()), pipeline).outcomes)
    assert known == [True]


def test_a_file_that_goes_away_before_it_is_fetched_is_named_and_the_others_go_on(
    pipeline: Pipeline, tmp_path: Path
) -> None:
    root = tmp_path / "in"
    root.mkdir()
    (root / "a.csv").write_bytes(GOOD)
    (root / "b.csv").write_bytes(csv_table("sales_record", [sale(2)]))
    pulled = pull(folder_source("papers", root), pipeline)
    (root / "a.csv").unlink()
    assert [outcome.records for outcome in pulled.outcomes] == [1]
    assert [(s.name, s.why.code) for s in pulled.skipped] == [("a.csv", "source.unreadable")]
    shutil.rmtree(root)
    with pytest.raises(Unavailable):
        pull(folder_source("papers", root), pipeline)


def test_an_invoice_keeps_what_it_contradicts_itself_about(
    pipeline: Pipeline, journal: Journal, samples: Path
) -> None:
    data = (samples / "invoices/fully-digital-einvoice.xml").read_bytes()
    spoiled = data.replace(b"<TotalTaxAm>158.42<", b"<TotalTaxAm>158.52<")
    assert spoiled != data
    (outcome,) = take(pipeline, ("invoice.xml", spoiled))
    assert (outcome.state, outcome.kind) == (State.READ, "invoice")
    (stored,) = journal.store.records(now(journal), ["invoice"])
    fields = {conflict["field"] for conflict in stored.conflicts}
    assert {"total", "tax", "seller.uscc"} <= fields


def test_an_ofd_that_was_tampered_with_says_so_in_the_ledger(
    pipeline: Pipeline, journal: Journal, samples: Path
) -> None:
    data = (samples / "invoices/vat-signed-one-digest-wrong.ofd").read_bytes()
    (outcome,) = take(pipeline, ("invoice.ofd", data))
    assert outcome.kind == "invoice"
    kinds = [entry.kind for entry in journal.log.entries(0, journal.store.size())]
    assert "document.integrity" in kinds


def test_a_signed_logger_file_becomes_readings_that_the_record_commits_to(
    pipeline: Pipeline, journal: Journal, samples: Path
) -> None:
    data = (samples / "loggers/biovoice/2622930045_202006091730.bv").read_bytes()
    (outcome,) = take(pipeline, ("2622930045_202006091730.bv", data))
    assert (outcome.kind, outcome.records) == ("temperature_log", 1)
    (stored,) = journal.store.records(now(journal), ["temperature_log"])
    assert stored.record is not None
    assert len(journal.store.readings(now(journal), stored.seq)) == 3


def test_a_draft_carries_the_refusals_of_all_its_fields() -> None:
    from audit.records.provenance import Source as Said
    from ingest.parsers.build import Word, draft

    words = [
        Word("sold_on", "2026-02-30", Said.SHEET, "A1"),
        Word("quantity", "若干", Said.SHEET, "B1"),
    ]
    with pytest.raises(NotARecord) as caught:
        draft(SalesRecord, words, document=None, parser="test/1")
    assert [refusal.why.code for refusal in caught.value.refusals] == [
        "record.date_impossible", "record.value_invalid",
    ]  # fmt: skip


def test_the_better_source_wins_and_the_disagreement_stays() -> None:
    from audit.records.provenance import Source as Said
    from ingest.parsers.build import Word, draft

    words = [
        Word("sold_on", "2026-01-06", Said.OCR, "p1", Decimal("0.7")),
        Word("sold_on", "2026-01-05", Said.EMBEDDED_XML, "x"),
        Word("sold_on", "2026年1月5日", Said.PDF_TEXT, "p2"),
        *(
            Word(name, value, Said.SHEET, "-")
            for name, value in (
                ("record_no", "XS1"), ("buyer.name", "示例医院"), ("name", "导管"),
                ("registration_no", "国械注准20213030002"), ("lot_no", "C1"), ("quantity", "1"),
            )
        ),
    ]  # fmt: skip
    made: RecordDraft = draft(SalesRecord, words, document=None, parser="test/1")
    assert isinstance(made.record, SalesRecord)
    assert made.record.sold_on == date(2026, 1, 5)
    assert [s.written for s in made.sources if s.field == "sold_on"] == [
        "2026-01-05", "2026年1月5日", "2026-01-06",
    ]  # fmt: skip
    (conflict,) = made.conflicts
    assert (conflict.kept.source, conflict.other.source) == (Said.EMBEDDED_XML, Said.OCR)
