"""Parameters and their versions: types, the law's floor, the day from which a value counts."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest

from base.errors import Misuse, Refused
from checks.policy import Parameter, Policy, accept, parameter, policy_from
from checks.registry import RULES, rule
from checks.revision import revision
from checks.rules.lots import NEAR_DAYS
from checks.rules.retention import POLICY_YEARS
from checks.verdicts import Authority, Severity

D = date


def test_a_value_at_the_floor_is_taken_and_one_below_is_refused() -> None:
    policy = policy_from([(D(2026, 1, 1), {"retention.years": 5}, 7)])
    assert policy.days(POLICY_YEARS, D(2026, 1, 1)) == 5
    with pytest.raises(Refused, match="below the legal floor 5"):
        policy_from([(D(2026, 1, 1), {"retention.years": 4}, 7)])


def test_a_ceiling_is_kept_too() -> None:
    one = Parameter("t.ceiling", "", "", 5, ceiling=10)
    assert accept(one, 10) == 10
    with pytest.raises(Refused, match="above the legal ceiling"):
        accept(one, 11)


def test_a_version_counts_from_its_first_day_and_leaves_the_rest_as_it_was() -> None:
    policy = policy_from(
        [
            (D(2026, 3, 1), {"lot.near_expiry_days": 90}, 9),
            (D(2026, 1, 1), {"lot.near_expiry_days": 120, "retention.years": 6}, 7),
        ]
    )
    assert [policy.days(NEAR_DAYS, day) for day in (D(2025, 12, 31), D(2026, 1, 1))] == [180, 120]
    assert [policy.days(NEAR_DAYS, day) for day in (D(2026, 2, 28), D(2026, 3, 1))] == [120, 90]
    assert policy.days(POLICY_YEARS, D(2026, 4, 1)) == 6
    assert policy.next_change(D(2026, 1, 1)) == D(2026, 3, 1)
    assert policy.next_change(D(2026, 3, 1)) is None


def test_a_later_entry_for_the_same_day_wins() -> None:
    day = D(2026, 1, 1)
    policy = policy_from([(day, {"retention.years": 8}, 9), (day, {"retention.years": 6}, 7)])
    assert policy.days(POLICY_YEARS, day) == 8


@pytest.mark.parametrize("value", ["5", 5.0, True, None])
def test_a_value_of_another_type_is_a_misuse(value: object) -> None:
    with pytest.raises(Misuse, match="takes int"):
        accept(POLICY_YEARS, value)


def test_a_decimal_is_read_from_text_and_infinity_is_none() -> None:
    one = Parameter("t.decimal", "", "", Decimal("1.5"))
    assert accept(one, "2.25") == Decimal("2.25")
    for wrong in ("NaN", "Infinity", "x"):
        with pytest.raises(Misuse):
            accept(one, wrong)


def test_an_unknown_parameter_is_a_misuse_and_a_name_is_declared_once() -> None:
    with pytest.raises(Misuse, match="there is no parameter"):
        policy_from([(D(2026, 1, 1), {"no.such": 1}, 1)])
    with pytest.raises(ValueError, match="declared twice"):
        parameter("retention.years", zh="", en="", default=9)


def test_the_revision_follows_the_policy_and_is_the_same_for_the_same() -> None:
    changed = policy_from([(D(2026, 1, 1), {"retention.years": 6}, 7)])
    assert revision() == revision(Policy())
    assert revision() != revision(changed)


def test_a_rule_is_named_once_and_a_statute_rule_cites_its_law() -> None:
    words = {"zh": "", "en": "", "why_zh": "", "why_en": ""}
    with pytest.raises(ValueError, match="cites its law"):
        rule("test.none", severity=Severity.MINOR, subject="lot", reads=(), **words)
    enter = rule(
        "lot.near_expiry", severity=Severity.MINOR, subject="lot", reads=(),
        authority=Authority.POLICY, **words,
    )  # fmt: skip
    with pytest.raises(ValueError, match="declared twice"):
        enter(RULES["lot.near_expiry"].function)
    with pytest.raises(ValueError, match="not a rule id"):
        rule("Bad", severity=Severity.MINOR, subject="lot", reads=(), **words)


@pytest.mark.parametrize("name", sorted(RULES))
def test_every_rule_says_in_both_languages_what_it_is_and_why(name: str) -> None:
    one = RULES[name]
    for text in (one.zh, one.en, one.why_zh, one.why_en, one.population):
        assert text.strip()
    for parameter_ in one.parameters:
        assert parameter_.zh and parameter_.en and parameter_.origin
