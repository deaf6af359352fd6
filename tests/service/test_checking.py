"""Judging, findings and policy, from the command line."""

from __future__ import annotations

from typing import Any

from tests.service.desk import Desk


def first(desk: Desk) -> dict[str, Any]:
    return dict(desk.json("findings", "list")[0])


def test_a_run_answers_no_while_something_is_open(judged: Desk) -> None:
    judged.sign_in("chen")
    answer = judged("check", "run", "--valid-at", "2026-11-20", "--json")
    assert answer.code == 1
    told = answer.json
    assert told["steps"] == []  # the run before said it all
    assert told["findings"]
    assert {one["status"] for one in told["findings"]} == {"open"}
    assert told["counts"]["unknown"] >= len(told["findings"])


def test_a_question_about_the_past_writes_nothing(judged: Desk) -> None:
    judged.sign_in("chen")
    size = judged.json("log", "checkpoint")["size"]
    answer = judged("check", "run", "--known-at", "3", "--json")
    assert answer.code == 0
    assert answer.json["entry"] is None
    assert judged.json("log", "checkpoint")["size"] == size


def test_a_run_can_be_kept_to_some_rules(judged: Desk) -> None:
    judged.sign_in("chen")
    told = judged("check", "run", "--rule", "lot", "--json").json
    assert {rule.split(".")[0] for rule in told["rules"]} == {"lot"}
    assert judged("check", "run", "--rule", "nonsense").code == 2


def test_a_finding_is_shown_in_both_languages(judged: Desk) -> None:
    judged.sign_in("inspector")
    finding = first(judged)
    english = judged("findings", "show", finding["short"])
    chinese = judged("findings", "show", finding["short"], lang="zh")
    assert english.code == chinese.code == 0
    assert "finding.opened" in english.out
    assert english.out.splitlines()[5] != chinese.out.splitlines()[5]
    assert judged("findings", "show", "").code == 2
    assert judged("findings", "show", "zz").code == 2


def test_acknowledging_is_a_step_with_a_name(judged: Desk) -> None:
    judged.sign_in("chen")
    finding = first(judged)
    assert judged("findings", "ack", finding["short"], "--reason", "on it").code == 0
    shown = judged.json("findings", "show", finding["short"])
    assert shown["status"] == "acknowledged"
    assert [step["step"] for step in shown["steps"]] == ["finding.opened", "finding.acknowledged"]
    assert shown["steps"][-1]["reason"] == "on it"


def test_only_the_quality_head_waives_and_only_for_a_reason(judged: Desk) -> None:
    judged.sign_in("chen")
    finding = first(judged)
    words = ("findings", "waive", finding["short"], "--until", "2099-01-01", "--reason")
    assert judged(*words, "agreed", by="chen").code == 4
    judged.sign_in("head")
    assert judged(*words, " ", by="head").code == 2
    assert judged(*words, "agreed", by="chen").code == 4
    assert judged(*words, "agreed", by="head").code == 0
    assert finding["fingerprint"] not in {
        one["fingerprint"] for one in judged.json("findings", "list")
    }
    shown = judged.json("findings", "show", finding["short"])
    assert (shown["status"], shown["until"]) == ("waived", "2099-01-01")
    past = judged(*words[:4], "2001-01-01", "--reason", "x", by="head")
    assert past.code == 2


def test_rules_are_listed_and_explained(judged: Desk) -> None:
    judged.sign_in("inspector")
    rules = judged.json("rules", "list")
    assert len(rules) > 20
    shown = judged.json("rules", "show", rules[0]["id"])
    assert shown["why"]
    assert shown["reads"]
    assert judged("rules", "show", "nonsense").code == 2


def test_a_parameter_is_set_by_signature_from_a_day_on(judged: Desk) -> None:
    judged.sign_in("head")
    words = ("policy", "set", "retention.years", "7", "--reason", "our own", "--from", "2027-01-01")
    assert judged(*words, by="chen").code == 4
    assert judged(*words, by="head").code == 0

    def value(*more: str) -> int:
        rows = {row["name"]: row for row in judged.json("policy", "show", *more)}
        return int(rows["retention.years"]["value"])

    assert value("--valid-at", "2026-12-31") == 5
    assert value("--valid-at", "2027-01-01") == 7


def test_the_law_is_a_floor(judged: Desk) -> None:
    judged.sign_in("head")
    low = judged("policy", "set", "retention.years", "4", "--reason", "x", by="head")
    assert low.code == 4
    assert "policy.below_floor" in low.err
    assert judged("policy", "set", "retention.years", "x", "--reason", "x", by="head").code == 2
    assert judged("policy", "set", "no.such", "1", "--reason", "x", by="head").code == 2
    judged.sign_in("chen")
    assert judged("policy", "set", "retention.years", "9", "--reason", "x", by="chen").code == 4
