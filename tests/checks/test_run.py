"""Runs on a real journal: findings open, change, are waived, come back and go; replay agrees."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path

import pytest
from sqlalchemy import Engine

from audit.journal import Journal, Signature
from audit.records import Record, RecordDraft
from audit.records.product import LotSource
from audit.store import verify_deep
from audit.store.types import StoredFinding
from base.errors import Misuse, Refused
from checks.examine import rules_named
from checks.replay import Replayed, replay, replay_findings
from checks.run import RunResult, run
from checks.steps import acknowledge, waive
from checks.verdicts import Result, fingerprint
from tests.checks.papers import LOT, D, certificate, device, inspected, lot, renewal, sold, until
from tests.journal.making import new_journal

NOW = D(2026, 3, 1)
HEAD = Signature("user:head", "李四", "approved", "password")
RULE = "certificate.production_date"
FINDING = fingerprint(RULE, LOT)


@pytest.fixture
def journal(
    sqlite_url: str, make_engine: Callable[[str], Engine], tmp_path: Path
) -> Iterator[Journal]:
    made = new_journal(make_engine(sqlite_url), tmp_path)
    yield made
    made.close()


@pytest.fixture
def on_both(engine: Engine, tmp_path: Path) -> Iterator[Journal]:
    """A journal once on SQLite and once on PostgreSQL."""
    made = new_journal(engine, tmp_path)
    yield made
    made.close()


def _put(journal: Journal, *records: Record) -> tuple[int, ...]:
    drafts = [RecordDraft(record, None) for record in records]
    return tuple(w.seq for w in journal.append_records("user:clerk", drafts, read=None))


def _confirm(journal: Journal, *seqs: int) -> None:
    journal.confirm(HEAD, seqs)


def _finding(journal: Journal, of: str = FINDING) -> StoredFinding:
    at = journal.store.snapshot(NOW)
    (found,) = journal.store.findings(at, fingerprints=[of])
    return found


def _run(journal: Journal, on: date = NOW) -> RunResult:
    return run(journal, on, rules=[RULE])


def _lapsed(journal: Journal) -> None:
    """A lot made after its certificate lapsed, everything confirmed."""
    one, *_ = _put(journal, certificate(), device(), lot(production_date=D(2025, 3, 10)))
    _confirm(journal, one)


def test_a_failure_opens_a_finding_with_the_entries_behind_it(journal: Journal) -> None:
    _lapsed(journal)
    result = _run(journal)
    assert result.counts == {RULE: {"fail": 1}}
    finding = _finding(journal)
    assert (finding.status, finding.rule, finding.subject) == ("open", RULE, LOT)
    assert finding.body["facts"]["made"] == "2025-03-10"
    assert finding.body["bases"] == ["47号令 112", "条例 55", "54号令 45"]
    entries = finding.body["entries"]
    assert [journal.store.record(journal.store.snapshot(NOW), seq) for seq in entries]


def test_a_run_that_finds_nothing_new_writes_only_its_own_entry(journal: Journal) -> None:
    _lapsed(journal)
    first = _run(journal)
    size = journal.store.size()
    again = _run(journal)
    assert again.events == ()
    assert journal.store.size() == size + 1
    assert again.verdicts_sha256 == first.verdicts_sha256
    (_, last) = journal.store.runs(journal.store.snapshot(NOW))
    assert last.body["counts"] == {RULE: {"fail": 1}}
    assert last.body["revision"] == again.revision


def test_a_pending_renewal_holds_and_its_confirmation_resolves(journal: Journal) -> None:
    _lapsed(journal)
    _run(journal)
    (pending,) = _put(journal, renewal(D(2025, 3, 1), D(2030, 2, 28)))
    held = _run(journal)
    (verdict,) = held.verdicts
    assert verdict.result is Result.UNKNOWN
    assert verdict.cures[0].entries == (pending,)
    assert _finding(journal).body["result"] == "unknown"
    _confirm(journal, pending)
    _run(journal)
    assert _finding(journal).status == "resolved_by_recheck"


def test_a_recurrence_reopens_the_same_finding_and_counts(journal: Journal) -> None:
    _lapsed(journal)
    _run(journal)
    (seq,) = _put(journal, renewal(D(2025, 3, 1), D(2030, 2, 28)))
    _confirm(journal, seq)
    _run(journal)
    _put(journal, lot(LotSource.PERSON, production_date=D(2031, 1, 1)))
    _run(journal)
    finding = _finding(journal)
    assert (finding.status, finding.times) == ("open", 2)


def test_a_waiver_rests_the_finding_and_it_comes_back_the_day_after(journal: Journal) -> None:
    _lapsed(journal)
    _run(journal)
    waive(journal, HEAD, FINDING, reason="最后一批，已与注册人核实", until=D(2026, 3, 31))
    _run(journal, D(2026, 3, 31))
    assert _finding(journal).status == "waived"
    _run(journal, D(2026, 4, 1))
    assert _finding(journal).status == "open"


def test_a_waiver_needs_a_reason_and_a_day_that_has_not_passed(journal: Journal) -> None:
    _lapsed(journal)
    _run(journal)
    with pytest.raises(Misuse, match="no_reason"):
        waive(journal, HEAD, FINDING, reason=" ", until=D(2026, 3, 31))
    with pytest.raises(Misuse, match="not_in_future"):
        waive(journal, HEAD, FINDING, reason="x", until=D(2026, 2, 28))


def test_seen_is_a_step_and_a_finding_that_is_over_takes_none(journal: Journal) -> None:
    _lapsed(journal)
    _run(journal)
    acknowledge(journal, HEAD, FINDING)
    assert _finding(journal).status == "acknowledged"
    _run(journal)
    assert _finding(journal).status == "acknowledged"
    (seq,) = _put(journal, renewal(D(2025, 3, 1), D(2030, 2, 28)))
    _confirm(journal, seq)
    _run(journal)
    with pytest.raises(Refused, match="is over already"):
        acknowledge(journal, HEAD, FINDING)


def test_a_run_as_known_earlier_answers_and_writes_nothing(on_both: Journal) -> None:
    _lapsed(on_both)
    size = on_both.store.size()
    (seq,) = _put(on_both, renewal(D(2025, 3, 1), D(2030, 2, 28)))
    _confirm(on_both, seq)
    grown = on_both.store.size()
    then = run(on_both, NOW, known_at=size, rules=[RULE])
    assert (then.counts, then.entry) == ({RULE: {"fail": 1}}, None)
    assert on_both.store.size() == grown
    assert _run(on_both).counts == {RULE: {"pass": 1}}


def test_every_rule_runs_on_a_small_company(on_both: Journal) -> None:
    seqs = _put(
        on_both,
        certificate(),
        device(),
        lot(production_date=D(2023, 3, 10), expiry=until(D(2026, 1, 31))),
        inspected(D(2023, 5, 1)),
        sold(D(2023, 6, 1), quantity=4),
    )
    _confirm(on_both, *seqs[:2])
    whole = run(on_both, NOW, keep_all=True)
    assert whole.entry is not None
    by_rule = {verdict.rule: verdict.result for verdict in whole.verdicts}
    assert by_rule["lot.expired_in_stock"] is Result.FAIL
    assert by_rule["lot.sold_after_expiry"] is Result.PASS
    assert by_rule[RULE] is Result.PASS
    alone = run(on_both, NOW, subjects=[LOT], keep_all=True, record=False)
    lots = {v.digest() for v in whole.verdicts if v.subject == LOT}
    assert {v.digest() for v in alone.verdicts} == lots


def test_a_finding_replays_on_what_was_known_then_and_a_forged_one_does_not(
    journal: Journal,
) -> None:
    _lapsed(journal)
    _run(journal)
    body = dict(_finding(journal).body)
    _put(journal, lot(LotSource.PERSON, production_date=D(2024, 1, 1)))
    assert replay(journal.store, body).outcome is Replayed.SAME
    forged = json.loads(json.dumps(body))
    forged["verdict_sha256"] = "0" * 64
    forged["facts"]["made"] = "2024-01-01"
    again = replay(journal.store, forged)
    assert again.outcome is Replayed.DIFFERENT
    assert again.differences["facts"][0]["made"] == "2024-01-01"
    other = {**body, "revision": "f" * 64}
    assert replay(journal.store, other).outcome is Replayed.REVISION_NOT_INSTALLED


def test_deep_verification_judges_the_findings_again(on_both: Journal) -> None:
    _lapsed(on_both)
    _run(on_both)
    found = verify_deep(on_both.log, on_both.documents, replayers=[replay_findings])
    assert [p for p in found if p.layer == "decision"] == []
    on_both.note(
        "user:forger",
        "finding.changed",
        {**_finding(on_both).body, "verdict_sha256": "0" * 64, "result": "pass"},
        streams=(LOT,),
    )
    (problem,) = verify_deep(on_both.log, on_both.documents, replayers=[replay_findings])
    assert problem.code == "verify.finding_differs"


def test_an_unknown_rule_is_a_misuse() -> None:
    with pytest.raises(Misuse, match="unknown_rule"):
        rules_named(["lot.no_such_thing"])
