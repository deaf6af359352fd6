"""What a run writes about findings, purely: every state against every result."""

from __future__ import annotations

from datetime import date

import pytest

from base.errors import message
from checks.findings import Context, Finding, FindingState, reconcile
from checks.verdicts import Authority, Result, Severity, Verdict, say

WHAT = message("test.finding", zh="发现", en="found")
NOW = date(2026, 3, 1)
CONTEXT = Context(NOW, 100, "r" * 64)
OPEN = (FindingState.OPEN, FindingState.ACKNOWLEDGED, FindingState.IN_CAPA, FindingState.VERIFYING)
OVER = (FindingState.RESOLVED_BY_RECHECK, FindingState.CLOSED)


def _verdict(
    result: Result, entries: tuple[int, ...] = (1,), review: date | None = None
) -> Verdict:
    return Verdict(
        "lot.x", "lot:1", result, Severity.MAJOR, Authority.POLICY, say(WHAT), None, {}, entries,
        (), (), review,
    )  # fmt: skip


def _finding(state: FindingState, verdict: Verdict, until: date | None = None) -> Finding:
    return Finding(verdict.fingerprint, "lot.x", "lot:1", state, verdict.said(), 1, until)


def _kinds(verdict: Verdict, finding: Finding | None) -> list[str]:
    known = {finding.fingerprint: finding} if finding else {}
    return [event.kind for event in reconcile([verdict], known, CONTEXT)]


@pytest.mark.parametrize("result", [Result.FAIL, Result.UNKNOWN])
def test_a_first_failure_or_unknown_opens(result: Result) -> None:
    assert _kinds(_verdict(result), None) == ["finding.opened"]


@pytest.mark.parametrize("result", [Result.PASS, Result.NOT_APPLICABLE])
def test_nothing_is_written_where_all_is_well(result: Result) -> None:
    assert _kinds(_verdict(result), None) == []
    for state in OVER:
        assert _kinds(_verdict(result), _finding(state, _verdict(Result.FAIL))) == []


@pytest.mark.parametrize("state", OPEN)
def test_the_same_verdict_again_is_silence_and_another_is_a_change(state: FindingState) -> None:
    finding = _finding(state, _verdict(Result.FAIL))
    assert _kinds(_verdict(Result.FAIL), finding) == []
    assert _kinds(_verdict(Result.FAIL, review=NOW), finding) == []
    assert _kinds(_verdict(Result.FAIL, (1, 2)), finding) == ["finding.changed"]
    assert _kinds(_verdict(Result.UNKNOWN), finding) == ["finding.changed"]


@pytest.mark.parametrize("state", OPEN)
def test_a_pass_resolves_what_is_open(state: FindingState) -> None:
    finding = _finding(state, _verdict(Result.FAIL))
    assert _kinds(_verdict(Result.PASS), finding) == ["finding.resolved_by_recheck"]


@pytest.mark.parametrize("state", OVER)
def test_what_was_over_reopens_and_counts(state: FindingState) -> None:
    finding = _finding(state, _verdict(Result.FAIL))
    (event,) = reconcile([_verdict(Result.FAIL)], {finding.fingerprint: finding}, CONTEXT)
    assert (event.kind, event.payload["count"]) == ("finding.reopened", 2)


def test_a_waiver_holds_on_its_last_day_and_not_on_the_next() -> None:
    verdict = _verdict(Result.FAIL)
    assert _kinds(verdict, _finding(FindingState.WAIVED, verdict, NOW)) == []
    ended = _finding(FindingState.WAIVED, verdict, date(2026, 2, 28))
    assert _kinds(verdict, ended) == ["finding.reopened"]


def test_what_two_people_called_not_applicable_is_left_alone() -> None:
    finding = _finding(FindingState.NOT_APPLICABLE, _verdict(Result.FAIL))
    assert _kinds(_verdict(Result.UNKNOWN), finding) == []
    assert _kinds(_verdict(Result.PASS), finding) == []


def test_a_finding_without_a_verdict_stays_as_it_is() -> None:
    finding = _finding(FindingState.OPEN, _verdict(Result.FAIL))
    assert list(reconcile([], {finding.fingerprint: finding}, CONTEXT)) == []
