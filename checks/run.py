"""A run: judge, reconcile the findings, and say in an entry that it was done.

A run on an earlier ledger size is a question about the past: it answers and writes nothing.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from itertools import islice
from typing import Any, Final

from audit.journal import Journal
from base.clock import rfc3339
from checks.examine import examine, rules_named
from checks.findings import (
    OVER,
    WORTH_A_FINDING,
    Context,
    Event,
    Finding,
    FindingState,
    reconcile,
)
from checks.policy import Policy
from checks.registry import Rule
from checks.revision import revision
from checks.store_source import StoreSource, findings_at, policy_at
from checks.verdicts import Result, Verdict, digest_of, earliest

ACTOR: Final = "system:checks"
GROUP: Final = 200
"""Finding entries appended at once."""


@dataclass(slots=True)
class Tally:
    """What a run counts while verdicts pass by, without holding them."""

    counts: dict[str, Counter[str]] = field(default_factory=dict)
    digests: list[str] = field(default_factory=list)
    next_review_at: date | None = None

    def add(self, verdict: Verdict) -> None:
        self.counts.setdefault(verdict.rule, Counter())[verdict.result.value] += 1
        self.digests.append(verdict.digest())
        self.next_review_at = earliest(self.next_review_at, verdict.review_at)

    @property
    def sha256(self) -> str:
        """Over all verdicts, whatever order they came in."""
        return digest_of(sorted(self.digests))


@dataclass(frozen=True, slots=True)
class RunResult:
    """What a run found.

    verdicts: all of them when asked for, else those that fail or stay open. events: the finding
    entries (written when `recorded`). entry: seq of `check.run` (None: nothing was written).
    """

    valid_at: date
    known_at: int
    revision: str
    counts: Mapping[str, Mapping[str, int]]
    verdicts_sha256: str
    next_review_at: date | None
    verdicts: tuple[Verdict, ...]
    events: tuple[Event, ...]
    entry: int | None

    def count(self, result: Result) -> int:
        """How many verdicts had a result."""
        return sum(counts.get(result.value, 0) for counts in self.counts.values())


def run(
    journal: Journal,
    valid_at: date,
    known_at: int | None = None,
    rules: Iterable[str] | None = None,
    subjects: Collection[str] | None = None,
    *,
    actor: str = ACTOR,
    keep_all: bool = False,
    record: bool | None = None,
) -> RunResult:
    """Judge rules over subjects at a date and a ledger size.

    rules: ids or families; None all. subjects: None all. keep_all: hold every verdict, the passing
    ones too. record: write findings and the run's entry; by default where `known_at` is None.
    Raises Misuse on an unknown rule.
    """
    started = journal.clock.now()
    store = journal.store
    at = store.snapshot(valid_at, known_at)
    policy = policy_at(store, at)
    chosen = tuple(rule for rule in rules_named(rules) if not rule.gate_only)
    context = Context(valid_at, at.known_at, revision(policy))
    asked = None if subjects is None else set(store.subject_ids(at, subjects).values())
    known = findings_at(store, at, rules=[rule.id for rule in chosen])
    tally = Tally()
    kept: list[Verdict] = []
    judged: set[str] = set()
    for verdict in examine(
        StoreSource(store), at, policy=policy, rules=chosen, subjects=_sorted(asked)
    ):
        tally.add(verdict)
        judged.add(verdict.fingerprint)
        if keep_all or verdict.result in WORTH_A_FINDING or verdict.fingerprint in known:
            kept.append(verdict)
    events = [*reconcile(kept, known, context)]
    if asked is None:
        events += _left_behind(known, judged, context)
    entry = None
    if record if record is not None else known_at is None:
        entry = _write(journal, actor, events, tally, context, started, chosen, asked, policy)
    return RunResult(
        valid_at, at.known_at, context.revision, tally.counts, tally.sha256,
        tally.next_review_at, tuple(kept), tuple(events), entry,
    )  # fmt: skip


def _sorted(subjects: Collection[str] | None) -> tuple[str, ...] | None:
    return None if subjects is None else tuple(sorted(subjects))


def _left_behind(
    known: Mapping[str, Finding], judged: Collection[str], context: Context
) -> Iterable[Event]:
    """Findings whose subject is no longer one: two identifiers became one subject, or a record
    that named it was refused."""
    for fingerprint, finding in sorted(known.items()):
        if fingerprint not in judged and finding.state not in OVER:
            yield Event(
                "finding.resolved_by_recheck",
                {
                    "fingerprint": fingerprint,
                    "rule": finding.rule,
                    "subject": finding.subject,
                    "state": FindingState.RESOLVED_BY_RECHECK.value,
                    "reason": "no longer a subject",
                    "opened_valid_at": context.valid_at.isoformat(),
                    "known_at": context.known_at,
                    "revision": context.revision,
                    "count": finding.count,
                },
            )


def _write(
    journal: Journal,
    actor: str,
    events: Iterable[Event],
    tally: Tally,
    context: Context,
    started: datetime,
    rules: Collection[Rule],
    subjects: Collection[str] | None,
    policy: Policy,
) -> int:
    steps: Counter[str] = Counter()
    waiting = iter(events)
    while group := list(islice(waiting, GROUP)):
        steps.update(event.kind.removeprefix("finding.") for event in group)
        journal.notes(
            actor,
            [(e.kind, e.payload, (e.subject, f"finding:{e.fingerprint}")) for e in group],
        )
    ended = journal.clock.now()
    said: dict[str, Any] = {
        "valid_at": context.valid_at.isoformat(),
        "known_at": context.known_at,
        "revision": context.revision,
        "rules": sorted(rule.id for rule in rules),
        "whole": subjects is None,
        "subjects": len(subjects or ()),
        "counts": {rule: dict(sorted(counts.items())) for rule, counts in tally.counts.items()},
        "verdicts_sha256": tally.sha256,
        "findings": dict(sorted(steps.items())),
        "policies": [version.seq for version in policy.versions],
        "next_review_at": tally.next_review_at.isoformat() if tally.next_review_at else "",
        "started_at": rfc3339(started),
        "ended_at": rfc3339(ended),
    }
    return journal.note(actor, "check.run", said).seq
