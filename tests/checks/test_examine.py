"""What waits for confirmation holds a verdict back only where somebody has something to do."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime

import pytest

from checks.evidence import Evidence, Exhibit
from checks.examine import judge
from checks.policy import Policy
from checks.registry import RULES
from checks.rules.licences import NOT_YET
from checks.types import Answer, Result, say
from tests.checks.papers import D, ourselves

NOW, SOON, LATER = D(2025, 3, 1), D(2025, 4, 1), D(2025, 5, 1)
PASS, FAIL, UNKNOWN, NONE = Result.PASS, Result.FAIL, Result.UNKNOWN, Result.NOT_APPLICABLE
RECORDED = datetime(2025, 1, 1, tzinfo=UTC)
WAITING = Evidence(
    "party:x", (Exhibit(7, ourselves(), "party:x", RECORDED, "user:clerk", pending=True),)
)


@pytest.mark.parametrize(
    ("confirmed", "added", "said"),
    [
        (PASS, PASS, PASS),
        (PASS, NONE, PASS),
        (NONE, PASS, NONE),
        (NONE, FAIL, UNKNOWN),
        (FAIL, NONE, UNKNOWN),
        (PASS, FAIL, UNKNOWN),
        (FAIL, PASS, UNKNOWN),
        (NONE, UNKNOWN, UNKNOWN),
        (UNKNOWN, NONE, UNKNOWN),
    ],
)
def test_where_nobody_has_anything_to_do_the_confirmed_verdict_stands(
    confirmed: Result, added: Result, said: Result
) -> None:
    def answers(subject: str, evidence: Evidence, policy: Policy, valid_at: date) -> Answer:
        with_pending = bool(evidence.exhibits)
        result, review = (added, SOON) if with_pending else (confirmed, LATER)
        return Answer(result, say(NOT_YET, day=result.value), review_at=review)

    rule = replace(RULES["licence.buyer"], function=answers, bases=())
    verdict = judge(rule, WAITING, Policy(), NOW)
    assert verdict.result is said
    assert verdict.review_at == SOON
    waits = any(7 in cure.entries for cure in verdict.cures)
    assert waits == (said is UNKNOWN)
    if not waits:
        assert verdict.found == say(NOT_YET, day=confirmed.value)
