"""Conflicts and proofs on a real journal: from the entry to the finding, and its cure."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from sqlalchemy import Engine

from audit.journal import DocumentRead, Journal, ReceiptSource, Signature
from audit.records import RecordDraft
from audit.records.provenance import Conflict, FieldSource, Source
from audit.store import rebuild, verify_deep
from checks.run import run
from checks.verdicts import Result
from tests.checks.papers import D, certificate, inspected
from tests.journal.making import new_journal

NOW = D(2026, 3, 1)
HEAD = Signature("user:head", "李四", "approved", "password")
XML = FieldSource("lot_no", Source.EMBEDDED_XML, "A1", "A1", "attachment.xml#Lot")
PRINTED = FieldSource("lot_no", Source.PDF_TEXT, "A7", "A7", "p1")


@pytest.fixture
def journal(
    sqlite_url: str, make_engine: Callable[[str], Engine], tmp_path: Path
) -> Iterator[Journal]:
    made = new_journal(make_engine(sqlite_url), tmp_path)
    yield made
    made.close()


def _received(journal: Journal, content: bytes, *drafts: RecordDraft) -> tuple[str, int]:
    receipt = journal.receive(
        "user:clerk", content, file_name="g1.ofd", source=ReceiptSource("upload")
    )
    read = DocumentRead(receipt.sha256, "ofd/1", "goods_in/1", "goods_in_inspection")
    own = [RecordDraft(d.record, receipt.sha256, conflicts=d.conflicts) for d in drafts]
    (written,) = journal.append_records("user:clerk", own, read=read)
    return receipt.sha256, written.seq


def _result(journal: Journal, rule: str) -> Result:
    (verdict,) = run(journal, NOW, rules=[rule], keep_all=True).verdicts
    return verdict.result


def _integrity(journal: Journal, document: str, state: str, *failed: str, of: str = "s1") -> None:
    said = {"document": document, "scheme": "ofd-sm3", "state": state, "failed": list(failed),
            "details": {"signature": of}}  # fmt: skip
    journal.note("system:ingest", "document.integrity", said, streams=(f"document:{document}",))


def test_two_words_on_one_lot_are_a_finding_until_a_person_corrects_it(journal: Journal) -> None:
    differs = Conflict("lot_no", XML, PRINTED)
    draft = RecordDraft(inspected(D(2026, 1, 5)), None, conflicts=(differs,))
    _, seq = _received(journal, b"a paper", draft)
    (verdict,) = run(journal, NOW, rules=["record.source_conflict"]).verdicts
    assert verdict.result is Result.FAIL
    for shown in (verdict.found.text("zh"), verdict.found.text("en")):
        assert all(part in shown for part in ("A1", "A7", "attachment.xml#Lot", "p1"))
    assert "生产批号" in verdict.found.text("zh")
    journal.correct("user:head", seq, inspected(D(2026, 1, 5), spec="10ml"), "核对原件")
    assert _result(journal, "record.source_conflict") is Result.PASS


def test_the_signature_on_master_data_settles_its_conflict(journal: Journal) -> None:
    name = FieldSource("name", Source.OCR, "吻台器", "吻台器", "p1")
    differs = Conflict("name", FieldSource("name", Source.SHEET, "吻合器", "吻合器", "A1"), name)
    _, seq = _received(journal, b"a paper", RecordDraft(certificate(), None, conflicts=(differs,)))
    assert _result(journal, "record.source_conflict") is Result.UNKNOWN
    journal.confirm(HEAD, [seq])
    assert _result(journal, "record.source_conflict") is Result.PASS


def test_a_digest_that_does_not_agree_is_a_finding_that_names_the_member(journal: Journal) -> None:
    document, _ = _received(journal, b"changed", RecordDraft(inspected(D(2026, 1, 5)), None))
    _integrity(journal, document, "verified", of="s1")
    assert _result(journal, "document.integrity") is Result.PASS
    _integrity(journal, document, "failed", "/Doc_0/Content.xml", of="s2")
    (verdict,) = run(journal, NOW, rules=["document.integrity"]).verdicts
    assert verdict.result is Result.FAIL
    assert "/Doc_0/Content.xml" in verdict.found.text("en")
    rebuild(journal.log)
    assert verify_deep(journal.log, journal.documents) == []
    assert _result(journal, "document.integrity") is Result.FAIL


def test_an_older_ledger_size_knows_only_the_proofs_of_then(journal: Journal) -> None:
    document, _ = _received(journal, b"changed", RecordDraft(inspected(D(2026, 1, 5)), None))
    before = journal.store.size()
    _integrity(journal, document, "failed", "/Doc_0/Content.xml")
    then = run(journal, NOW, before, rules=["document.integrity"])
    assert then.counts == {"document.integrity": {"not_applicable": 1}}
    assert _result(journal, "document.integrity") is Result.FAIL
