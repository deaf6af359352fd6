"""A rule is metadata and a pure function; `RULES` holds them all.

@rule(
    "lot.expired_in_stock",
    zh="超过有效期的库存", en="Stock past its expiry",
    why_zh="…", why_en="…",
    bases=(law("GSP", "76"),),
    severity=Severity.CRITICAL,
    subject="lot",
    reads=(Hop(("lot", "stock_movement")),),
    requirements=("R39",),
)
def expired_in_stock(subject, evidence, policy, valid_at) -> Answer: ...
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from typing import Final

from base.errors import message
from checks.evidence import Evidence, Hop
from checks.law import Basis, Selector
from checks.policy import Parameter, Policy
from checks.verdicts import Answer, Authority, Result, Severity, Verdict, say

NO_BASIS = message(
    "check.no_basis_in_force",
    zh="{day} 当日所引依据均未施行",
    en="none of the cited provisions was in force on {day}",
)

Judge = Callable[[str, Evidence, Policy, date], Answer]


class Effect(StrEnum):
    """What a verdict does at the gate."""

    BLOCK = "block"
    HOLD = "hold"
    WARN = "warn"


@dataclass(frozen=True, slots=True)
class Gate:
    """Where a rule stands before a shipment. Empty purposes or stages: all of them.

    on_unknown is never allow: BLOCK is not meaningful there, HOLD or WARN are.
    """

    on_fail: Effect
    on_unknown: Effect = Effect.HOLD
    purposes: frozenset[str] = frozenset()
    stages: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Rule:
    """Everything a rule declares, and its function.

    id: stable, `family.name`. subject: type of subject, the prefix of its identifier (`lot`).
    reads: the hops that gather its evidence. population: the independent list that says a record
    was due, in words. readings, papers: whether temperature readings and the state of originals
    are loaded. gate: None when the gate does not ask it. requirements: rows of the catalogues that
    it serves. can_be_unknown: False only where its own records always settle it.
    gate_only: a question about a proposed act, not about what happened; runs leave it out.
    """

    id: str
    zh: str
    en: str
    why_zh: str
    why_en: str
    authority: Authority
    bases: tuple[Basis, ...]
    severity: Severity
    subject: str
    reads: tuple[Hop, ...]
    population: str
    parameters: tuple[Parameter, ...]
    requirements: tuple[str, ...]
    clauses: tuple[str, ...]
    readings: bool
    papers: bool
    can_be_unknown: bool
    gate_only: bool
    gate: Gate | None
    function: Judge

    @property
    def family(self) -> str:
        return self.id.split(".", 1)[0]

    @property
    def kinds(self) -> frozenset[str]:
        """Record kinds it reads: entries of these may change its verdict."""
        return frozenset(kind for hop in self.reads for kind in hop.kinds)

    def judge(self, subject: str, evidence: Evidence, policy: Policy, valid_at: date) -> Verdict:
        """Ask the function and complete its answer with bases and the policy's next change."""
        answer = self.function(subject, evidence, policy, valid_at)
        in_force = self._in_force(answer, valid_at)
        if self.bases and not in_force and answer.result is not Result.NOT_APPLICABLE:
            day = min(answer.dates.values(), default=valid_at)
            answer = Answer(
                Result.NOT_APPLICABLE,
                say(NO_BASIS, day=day),
                entries=answer.entries,
                review_at=answer.review_at,
            )
        return (
            Verdict(
                rule=self.id,
                subject=subject,
                result=answer.result,
                severity=self.severity,
                authority=answer.authority or self.authority,
                found=answer.found,
                expected=answer.expected,
                facts=answer.facts,
                entries=answer.entries,
                cures=answer.cures,
                bases=_cited(in_force, answer.cites),
                review_at=answer.review_at,
            )
            .sooner(policy.next_change(valid_at))
            .sooner(_next_turn(self.bases, valid_at))
        )

    def _in_force(self, answer: Answer, valid_at: date) -> tuple[Basis, ...]:
        days = {Selector.VALID_AT: valid_at, **answer.dates}
        return tuple(
            basis for basis in self.bases if basis.in_force(days.get(basis.selected_by, valid_at))
        )


def _cited(bases: tuple[Basis, ...], cites: tuple[str, ...] | None) -> tuple[Basis, ...]:
    """The bases that state the duty of this answer, by citation or by text."""
    if cites is None:
        return bases
    return tuple(one for one in bases if one.citation in cites or one.law.key in cites)


def _next_turn(bases: Iterable[Basis], after: date) -> date | None:
    """The next day on which a basis begins or has ended."""
    starts = [basis.in_force_from for basis in bases]
    ends = [basis.in_force_until + timedelta(days=1) for basis in bases if basis.in_force_until]
    return min((day for day in (*starts, *ends) if day > after), default=None)


RULES: Final[dict[str, Rule]] = {}

_ID = re.compile(r"[a-z][a-z0-9_]*\.[a-z][a-z0-9_]*")


def rule(
    id: str,
    *,
    zh: str,
    en: str,
    why_zh: str,
    why_en: str,
    severity: Severity,
    subject: str,
    reads: tuple[Hop, ...],
    authority: Authority = Authority.STATUTE,
    bases: tuple[Basis, ...] = (),
    population: str = "",
    parameters: tuple[Parameter, ...] = (),
    requirements: tuple[str, ...] = (),
    clauses: tuple[str, ...] = (),
    readings: bool = False,
    papers: bool = False,
    can_be_unknown: bool = True,
    gate_only: bool = False,
    gate: Gate | None = None,
) -> Callable[[Judge], Rule]:
    """Enter a function in `RULES` under its metadata.

    Raises ValueError on a malformed or repeated id, and on a statute rule without a basis.
    """
    if not _ID.fullmatch(id):
        raise ValueError(f"not a rule id: {id}")
    if authority is Authority.STATUTE and not bases:
        raise ValueError(f"a statute rule cites its law: {id}")

    def enter(function: Judge) -> Rule:
        new = Rule(
            id, zh, en, why_zh, why_en, authority, bases, severity, subject, reads, population,
            parameters, requirements, clauses, readings, papers, can_be_unknown,
            gate_only, gate, function,
        )  # fmt: skip
        if id in RULES:
            raise ValueError(f"rule declared twice: {id}")
        RULES[id] = new
        return new

    return enter
