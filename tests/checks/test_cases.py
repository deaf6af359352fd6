"""Every example of every rule gives the answer it says; every rule has its examples."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta

import pytest

from checks.cases import Case
from checks.evidence import Evidence
from checks.registry import RULES
from checks.verdicts import Result
from tests.checks.examples import CASES


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case.rule}: {case.name}")
def test_an_example_gives_the_answer_it_says(case: Case) -> None:
    verdict = case.verdict()
    shown = f"{verdict.found.text('en')} | {dict(verdict.facts)}"
    assert verdict.result is case.expect, shown
    if case.says is not None:
        assert verdict.found.message.code == case.says, shown
    if case.entries is not None:
        assert verdict.entries == case.entries
    if case.review_at is not None:
        assert verdict.review_at == case.review_at
    if verdict.result is Result.UNKNOWN:
        assert verdict.cures, "unknown names what would settle it"
    if verdict.result is Result.FAIL:
        assert verdict.expected, "a failure says what was expected"
    for sentence in (verdict.found, verdict.expected, *(cure.what for cure in verdict.cures)):
        if sentence is not None:
            assert sentence.text("zh") and sentence.text("en")


@pytest.mark.parametrize("rule", sorted(RULES))
def test_a_rule_has_examples_that_pass_fail_and_stay_unknown(rule: str) -> None:
    shown = {case.expect for case in CASES if case.rule == rule}
    assert {Result.PASS, Result.FAIL} <= shown
    needed = RULES[rule].can_be_unknown
    assert not needed or Result.UNKNOWN in shown


def _around(case: Case) -> Iterator[date]:
    """Every date in the case's records, a day before and after, and the case's own day."""
    days = {case.valid_at}
    found = case.source.records_of  # the same records the rule may see
    assert found
    exhibits = [given if not hasattr(given, "record") else given.record for given in case.given]
    for record in exhibits:
        days.update(Evidence.days_of(record))
    for paper in case.papers:
        days.add(paper.received_on)
        days.update(hold.placed_on for hold in paper.holds)
        days.update(hold.lifted_on for hold in paper.holds if hold.lifted_on)
        if paper.disposal:
            days.add(paper.disposal.on)
    for day in sorted(days):
        yield from (day - timedelta(days=1), day, day + timedelta(days=1))


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case.rule}: {case.name}")
def test_a_verdict_stands_until_its_review_day(case: Case) -> None:
    """Constant on [valid_at, review_at): sampled at every date in the records, a day around each,
    and at every review day itself."""
    days = sorted({*_around(case)})
    verdict = case.verdict(days[0])
    for day in days[1:]:
        while verdict.review_at is not None and verdict.review_at <= day:
            reviewed = verdict.review_at
            eve = case.verdict(reviewed - timedelta(days=1))
            assert eve.result is verdict.result, f"turned before {reviewed}"
            verdict = case.verdict(reviewed)
            assert verdict.review_at is None or verdict.review_at > reviewed
        now = case.verdict(day)
        assert now.result is verdict.result, f"turned on {day}, review was {verdict.review_at}"
        assert now.facts == verdict.facts, f"facts moved on {day}"
        assert now.entries == verdict.entries
