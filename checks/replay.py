"""Judge an old finding again on the evidence it was judged on, and compare.

Used by `verify --deep`: the store is one rebuilt from entries alone, so agreement says that the
finding follows from the ledger and from nothing else.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Any

from audit.ledger.problems import Layer, Problem
from audit.store import Store
from base.errors import message
from checks.examine import examine
from checks.registry import RULES
from checks.revision import revision
from checks.store_source import StoreSource, policy_at
from checks.verdicts import Verdict


class Replayed(StrEnum):
    """What a replay found."""

    SAME = "same"
    DIFFERENT = "different"
    REVISION_NOT_INSTALLED = "revision_not_installed"
    NO_VERDICT = "no_verdict"  # the entry carries none: a step that a person took


@dataclass(frozen=True, slots=True)
class Replay:
    """The outcome; for a difference, the members that differ: name -> (then, now)."""

    outcome: Replayed
    differences: Mapping[str, tuple[Any, Any]]

    @property
    def ok(self) -> bool:
        return self.outcome is not Replayed.DIFFERENT


def replay(store: Store, payload: Mapping[str, Any]) -> Replay:
    """Judge again what a finding entry says was judged.

    store: made from the first `known_at` entries or more. payload: of the finding entry.
    """
    if "verdict_sha256" not in payload:
        return Replay(Replayed.NO_VERDICT, {})
    at = store.snapshot(date.fromisoformat(payload["opened_valid_at"]), payload["known_at"])
    policy = policy_at(store, at)
    if payload["revision"] != revision(policy) or payload["rule"] not in RULES:
        return Replay(Replayed.REVISION_NOT_INSTALLED, {})
    (verdict,) = examine(
        StoreSource(store),
        at,
        policy=policy,
        rules=(RULES[payload["rule"]],),
        subjects=(payload["subject"],),
    )
    if verdict.said() == payload["verdict_sha256"]:
        return Replay(Replayed.SAME, {})
    return Replay(Replayed.DIFFERENT, _differences(payload, verdict))


def _differences(payload: Mapping[str, Any], verdict: Verdict) -> dict[str, tuple[Any, Any]]:
    now = verdict.document()
    compared = ("result", "severity", "found", "expected", "facts", "entries", "cure", "bases")
    return {
        name: (payload.get(name), now[name]) for name in compared if payload.get(name) != now[name]
    }


FINDING_DIFFERS = message(
    "verify.finding_differs",
    zh="发现项 {subject} 按当时所知重新判断，结论不同",
    en="the finding {subject}, judged again on what was known then, comes out differently",
)


def replay_findings(store: Store) -> Iterator[Problem]:
    """Every finding whose last verdict does not follow from the entries: for `verify_deep`."""
    at = store.snapshot(date.max)
    for finding in store.findings(at):
        again = replay(store, finding.body)
        if not again.ok:
            yield Problem(
                FINDING_DIFFERS,
                Layer.DECISION,
                finding.since,
                str(finding.body.get("result")),
                ", ".join(sorted(again.differences)) or "another verdict",
                f"{finding.rule} {finding.subject}",
            )
