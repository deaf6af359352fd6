"""Nothing is destroyed while a duty or a hold runs; what was destroyed is judged as known then."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date, datetime
from pathlib import Path

import pytest
from sqlalchemy import Engine

from audit.journal import DocumentRead, Journal, ReceiptSource, Signature
from audit.records import Record, RecordDraft
from base.clock import SHANGHAI, FixedClock
from base.errors import Refused
from checks.disposal import disposal_allowed, dispose, erase, erasure_allowed
from checks.run import run
from checks.verdicts import Result
from tests.checks.papers import D, device, inspected, lot, until
from tests.journal.making import new_journal

HEAD = Signature("user:head", "李四", "approved", "password")
LAST, FREE = D(2026, 6, 30), D(2026, 7, 1)


class Calendar(FixedClock):
    """A clock that is put on a day, at noon in China."""

    def on(self, day: date) -> None:
        self.at = datetime(day.year, day.month, day.day, 12, tzinfo=SHANGHAI)


@pytest.fixture
def clock() -> Calendar:
    return Calendar(datetime(2022, 3, 1, 12, tzinfo=SHANGHAI))


@pytest.fixture
def journal(
    sqlite_url: str, make_engine: Callable[[str], Engine], tmp_path: Path, clock: Calendar
) -> Iterator[Journal]:
    made = new_journal(make_engine(sqlite_url), tmp_path, clock)
    yield made
    made.close()


def _inspection_paper(journal: Journal) -> str:
    """An original with the inspection of a lot that expires on 2024-06-30."""
    receipt = journal.receive(
        "user:clerk", b"a paper", file_name="g1.pdf", source=ReceiptSource("upload")
    )
    read = DocumentRead(receipt.sha256, "pdf/1", "goods_in/1", "goods_in_inspection")
    draft = RecordDraft(inspected(D(2020, 3, 1)), receipt.sha256)
    journal.append_records("user:clerk", [draft], read=read)
    _known(journal, lot(expiry=until(D(2024, 6, 30))), device())
    return receipt.sha256


def _known(journal: Journal, *records: Record) -> None:
    drafts = [RecordDraft(record, None) for record in records]
    written = journal.append_records("user:clerk", drafts, read=None)
    journal.confirm(HEAD, [w.seq for w, r in zip(written, records, strict=True) if r.master_data])


def test_an_original_is_refused_on_the_last_day_and_let_go_the_day_after(
    journal: Journal, clock: Calendar
) -> None:
    document = _inspection_paper(journal)
    clock.on(LAST)
    with pytest.raises(Refused, match="2026-06-30"):
        dispose(journal, "user:head", document, "保存期满")
    assert journal.documents.fixity(document) == "ok"
    clock.on(FREE)
    dispose(journal, "user:head", document, "保存期满")
    assert journal.documents.fixity(document) == "missing"
    result = run(journal, FREE, rules=["retention"], keep_all=True)
    assert result.counts["retention.disposed_early"] == {"pass": 1}


def test_a_legal_hold_stops_it_until_two_people_lift_it(journal: Journal, clock: Calendar) -> None:
    document = _inspection_paper(journal)
    clock.on(FREE)
    placed = {"hold": "inspection-1", "all": True, "placed_on": "2026-06-01", "reason": "检查"}
    journal.note("user:head", "hold.placed", placed)
    assert disposal_allowed(journal, document, FREE).result is Result.FAIL
    journal.note("user:head", "hold.lifted", {"hold": "inspection-1", "reason": "结案"})
    assert disposal_allowed(journal, document, FREE).result is Result.FAIL
    journal.note("user:boss", "hold.lifted", {"hold": "inspection-1", "reason": "结案"})
    assert disposal_allowed(journal, document, FREE).result is Result.PASS


def test_a_hold_on_another_lot_does_not_stop_it(journal: Journal) -> None:
    document = _inspection_paper(journal)
    placed = {"hold": "h2", "subjects": ["lot:di:06901234567892/B2"], "placed_on": "2026-06-01"}
    journal.note("user:head", "hold.placed", placed)
    assert disposal_allowed(journal, document, FREE).result is Result.PASS
    placed = {"hold": "h3", "subjects": ["lot:di:06901234567892/A1"], "placed_on": "2026-06-01"}
    journal.note("user:head", "hold.placed", placed)
    assert disposal_allowed(journal, document, FREE).result is Result.FAIL


def test_asking_too_early_is_itself_a_finding(journal: Journal, clock: Calendar) -> None:
    document = _inspection_paper(journal)
    clock.on(LAST)
    with pytest.raises(Refused):
        dispose(journal, "user:clerk", document, "清理库房")
    (entry,) = [e for e in journal.log.entries() if e.kind == "document.disposal_asked"]
    assert entry.actor == "user:clerk"
    result = run(journal, LAST, rules=["retention.asked_early"])
    (verdict,) = result.verdicts
    assert verdict.subject == f"document:{document}"
    assert (verdict.result, verdict.entries) == (Result.FAIL, (entry.seq,))
    assert verdict.facts["by"] == ("user:clerk",)
    clock.on(FREE)
    dispose(journal, "user:clerk", document, "保存期满")
    again = run(journal, FREE, rules=["retention.asked_early"], keep_all=True)
    assert [v.result for v in again.verdicts] == [Result.FAIL], "having asked stays a finding"


def test_asking_too_early_for_an_erasure_is_a_finding_on_the_record(
    journal: Journal, clock: Calendar
) -> None:
    document = _inspection_paper(journal)
    (alone,) = journal.append_records(
        "user:clerk", [RecordDraft(inspected(D(2020, 4, 1), line_no="7"), None)], read=None
    )
    at = journal.store.snapshot(LAST)
    read = [r.seq for r in journal.store.by_document(at, document)]
    clock.on(LAST)
    with pytest.raises(Refused):
        erase(journal, "user:clerk", [alone.seq, *read], "请求删除")
    result = run(journal, LAST, rules=["retention.asked_early", "retention.erasure_asked_early"])
    assert {v.subject: v.result for v in result.verdicts} == {
        f"document:{document}": Result.FAIL,
        f"entry:{alone.seq}": Result.FAIL,
    }


def test_a_disposal_that_went_past_the_question_is_a_finding(
    journal: Journal, clock: Calendar
) -> None:
    document = _inspection_paper(journal)
    clock.on(LAST)
    journal.dispose("user:clerk", document, "清理", disposed_on=LAST.isoformat())
    result = run(journal, FREE, rules=["retention.disposed_early"])
    assert result.counts == {"retention.disposed_early": {"fail": 1}}


def test_a_lost_original_is_a_finding_while_its_duty_runs(
    journal: Journal, clock: Calendar
) -> None:
    document = _inspection_paper(journal)
    journal.documents.remove(document)
    journal.check_fixity("system:fixity", document)
    result = run(journal, D(2025, 1, 1), rules=["retention.original"])
    (verdict,) = result.verdicts
    assert verdict.found.message.code == "retention.broken"
    assert "缺失" in verdict.found.text("zh")


def test_erasure_asks_for_the_original_or_for_the_record_itself(
    journal: Journal, clock: Calendar
) -> None:
    _inspection_paper(journal)
    (written,) = journal.append_records(
        "user:clerk", [RecordDraft(inspected(D(2020, 4, 1), line_no="7"), None)], read=None
    )
    clock.on(LAST)
    with pytest.raises(Refused):
        erase(journal, "user:head", [written.seq], "duty_ended")
    clock.on(FREE)
    (verdict,) = erasure_allowed(journal, [written.seq], FREE)
    assert verdict.result is Result.PASS
    erase(journal, "user:head", [written.seq], "duty_ended")
    at = journal.store.snapshot(FREE)
    stored = journal.store.record(at, written.seq)
    assert stored is not None and stored.record is None
