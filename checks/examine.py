"""Judging: rules times subjects at one snapshot. Reads through a source, writes nothing.

Each pair is judged once on confirmed evidence and once with pending master data added. Where the
two agree, that is the verdict; where they differ it is unknown, and the cure is to confirm or
refuse the entries that wait.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import date
from itertools import islice
from typing import Any, Final

from audit.records.model import Record
from base.errors import Misuse, message
from checks import rules as families
from checks.evidence import Evidence, Exhibit
from checks.policy import Policy
from checks.registry import RULES, Rule
from checks.source import EvidenceSource, Fetched, gather
from checks.verdicts import Cure, Result, Verdict, earliest, say

assert families, "importing the package enters every rule"

CHUNK: Final = 2_000
"""Subjects gathered at once: bounds memory, keeps questions to the database few."""

UNKNOWN_RULE = message(
    "check.unknown_rule", zh="没有编号为 {rule} 的规则", en="there is no rule {rule}"
)
DIFFERS_WITH_PENDING = message(
    "check.differs_with_pending",
    zh="已确认的资料得出“{confirmed}”，加上待确认的资料得出“{pending}”",
    en="confirmed evidence gives '{confirmed}', with what is pending it is '{pending}'",
)
CONFIRM_OR_REFUSE = message(
    "check.confirm_or_refuse",
    zh="确认或拒绝条目 {entries}",
    en="confirm or refuse entry {entries}",
)


def rules_named(names: Iterable[str] | None) -> tuple[Rule, ...]:
    """Rules by id or family, all when None, in order of id. Raises Misuse on an unknown name."""
    if names is None:
        return tuple(RULES[id] for id in sorted(RULES))
    chosen: dict[str, Rule] = {}
    for name in names:
        found = {id: rule for id, rule in RULES.items() if name in (id, rule.family)}
        if not found:
            raise Misuse(UNKNOWN_RULE, rule=name)
        chosen |= found
    return tuple(chosen[id] for id in sorted(chosen))


def examine(
    source: EvidenceSource,
    at: Any,
    *,
    policy: Policy | None = None,
    rules: Sequence[Rule] | None = None,
    subjects: Iterable[str] | None = None,
) -> Iterator[Verdict]:
    """Every verdict at a snapshot, grouped by type of subject.

    subjects: only these (each goes to the rules of its type); None: all there are.
    """
    chosen = tuple(RULES[id] for id in sorted(RULES)) if rules is None else tuple(rules)
    given = None if subjects is None else tuple(dict.fromkeys(subjects))
    by_type: dict[str, list[Rule]] = {}
    for rule in chosen:
        by_type.setdefault(rule.subject, []).append(rule)
    fetched = Fetched(source, at)
    for type, those in sorted(by_type.items()):
        if given is None:
            population = iter(source.subjects(at, type))
        else:
            population = (one for one in given if one.partition(":")[0] == type)
        while chunk := tuple(islice(population, CHUNK)):
            fetched.forget()
            _prefetch(fetched, those, chunk)
            for rule in those:
                bundles = gather(fetched, rule, chunk)
                for subject in chunk:
                    yield judge(rule, bundles[subject], policy or Policy(), at.valid_at)


def _prefetch(fetched: Fetched, rules: Sequence[Rule], subjects: Sequence[str]) -> None:
    """What the rules ask of the subjects themselves, in one question for all rules."""
    kinds = {kind for rule in rules for hop in rule.reads if not hop.role for kind in hop.kinds}
    fetched.want(sorted(kinds), subjects)


_NOBODY_ACTS: Final = {Result.PASS, Result.NOT_APPLICABLE}
"""Whichever of the two holds in the end, nobody has anything to do meanwhile (ADR 0011)."""


def judge(rule: Rule, evidence: Evidence, policy: Policy, valid_at: date) -> Verdict:
    """One rule on one bundle, twice where something in it is pending."""
    confirmed = rule.judge(evidence.subject, _confirmed(evidence), policy, valid_at)
    if not evidence.pending:
        return confirmed
    added = rule.judge(evidence.subject, _with_pending(evidence), policy, valid_at)
    review_at = earliest(confirmed.review_at, added.review_at)
    if confirmed.result is added.result or {confirmed.result, added.result} == _NOBODY_ACTS:
        return confirmed.sooner(review_at)
    # Name only what waits and speaks for the other answer; all of it when that cannot be told.
    waiting = tuple(seq for seq in evidence.pending if seq in added.entries) or evidence.pending
    shown = ", ".join(str(seq) for seq in waiting)
    return replace(
        confirmed,
        result=Result.UNKNOWN,
        found=say(
            DIFFERS_WITH_PENDING,
            confirmed=confirmed.result.value,
            pending=added.result.value,
        ),
        entries=tuple(sorted({*confirmed.entries, *waiting})),
        cures=(Cure(say(CONFIRM_OR_REFUSE, entries=shown), waiting),),
        bases=confirmed.bases or added.bases,
        review_at=review_at,
    )


def _confirmed(evidence: Evidence) -> Evidence:
    if not evidence.pending:
        return evidence
    return replace(evidence, exhibits=tuple(e for e in evidence.exhibits if not e.pending))


def _with_pending(evidence: Evidence) -> Evidence:
    """Pending records beside the confirmed ones; in place of what they correct, or of those of the
    same identity."""
    waiting = {(e.kind, e.identity) for e in evidence.exhibits if e.pending}
    corrected = {e.supersedes for e in evidence.exhibits if e.pending}

    def stays(exhibit: Exhibit[Record]) -> bool:
        same = (exhibit.kind, exhibit.identity) in waiting or exhibit.seq in corrected
        return exhibit.pending or not same

    return replace(evidence, exhibits=tuple(e for e in evidence.exhibits if stays(e)))
