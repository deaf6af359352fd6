"""Findings: what a run has to say about what is open. Pure; the runner writes the entries.

A finding is rule and subject. A recurrence reopens it and counts, never makes a twin. A finding
that was waived comes back by itself the day after its waiver ends.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Any, Final

from checks.verdicts import Result, Verdict


class FindingState(StrEnum):
    OPEN = "open"
    ACKNOWLEDGED = "acknowledged"
    IN_CAPA = "in_capa"
    VERIFYING = "verifying"
    WAIVED = "waived"
    NOT_APPLICABLE = "not_applicable"
    RESOLVED_BY_RECHECK = "resolved_by_recheck"
    CLOSED = "closed"


OVER: Final = frozenset({FindingState.RESOLVED_BY_RECHECK, FindingState.CLOSED})
WORTH_A_FINDING: Final = frozenset({Result.FAIL, Result.UNKNOWN})


@dataclass(frozen=True, slots=True)
class Finding:
    """A finding as the read tables have it. `count`: how often it was opened."""

    fingerprint: str
    rule: str
    subject: str
    state: FindingState
    verdict_sha256: str
    count: int = 1
    until: date | None = None
    """Last day of the waiver."""

    def waived(self, on: date) -> bool:
        return self.state is FindingState.WAIVED and self.until is not None and on <= self.until


@dataclass(frozen=True, slots=True)
class Event:
    """One entry to write: its kind and flat payload."""

    kind: str
    payload: Mapping[str, Any]

    @property
    def subject(self) -> str:
        return str(self.payload["subject"])

    @property
    def fingerprint(self) -> str:
        return str(self.payload["fingerprint"])


@dataclass(frozen=True, slots=True)
class Context:
    """Where and when the verdicts were judged."""

    valid_at: date
    known_at: int
    revision: str


def payload_of(
    verdict: Verdict, context: Context, state: FindingState, *, count: int
) -> dict[str, Any]:
    """The flat payload of a finding entry that carries a verdict."""
    document = verdict.document()
    return {
        "fingerprint": verdict.fingerprint,
        "rule": verdict.rule,
        "subject": verdict.subject,
        "state": state.value,
        "severity": document["severity"],
        "result": document["result"],
        "opened_valid_at": context.valid_at.isoformat(),
        "known_at": context.known_at,
        "revision": context.revision,
        "verdict_sha256": verdict.said(),
        "facts": document["facts"],
        "expected": document["expected"],
        "found": document["found"],
        "entries": document["entries"],
        "cure": document["cure"],
        "bases": document["bases"],
        "authority": document["authority"],
        "count": count,
    }


def reconcile(
    verdicts: Iterable[Verdict], known: Mapping[str, Finding], context: Context
) -> Iterable[Event]:
    """What has to be written so that the findings say what the verdicts say.

    known: the findings so far, by fingerprint; findings without a verdict here stay as they are.
    """
    for verdict in verdicts:
        finding = known.get(verdict.fingerprint)
        if verdict.result in WORTH_A_FINDING:
            event = _stands(verdict, finding, context)
        else:
            event = _gone(verdict, finding, context)
        if event is not None:
            yield event


def _stands(verdict: Verdict, finding: Finding | None, context: Context) -> Event | None:
    if finding is None:
        payload = payload_of(verdict, context, FindingState.OPEN, count=1)
        return Event("finding.opened", payload)
    ended = finding.state is FindingState.WAIVED and not finding.waived(context.valid_at)
    if finding.state in OVER or ended:
        payload = payload_of(verdict, context, FindingState.OPEN, count=finding.count + 1)
        payload["reason"] = "waiver ended" if ended else "found again"
        return Event("finding.reopened", payload)
    if finding.state is FindingState.NOT_APPLICABLE:
        return None  # two people said that it does not apply; the verdict does not argue
    if finding.verdict_sha256 == verdict.said():
        return None
    payload = payload_of(verdict, context, finding.state, count=finding.count)
    if finding.until is not None:
        payload["until"] = finding.until.isoformat()
    return Event("finding.changed", payload)


def _gone(verdict: Verdict, finding: Finding | None, context: Context) -> Event | None:
    if finding is None or finding.state in OVER or finding.state is FindingState.NOT_APPLICABLE:
        return None
    state = FindingState.RESOLVED_BY_RECHECK
    payload = payload_of(verdict, context, state, count=finding.count)
    return Event("finding.resolved_by_recheck", payload)
