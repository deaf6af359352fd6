"""What a rule answers: pass, fail, unknown or not applicable, with the facts it stands on.

Pure values. A rule's function returns an `Answer`; `Rule.judge` adds who asked about what and
which legal bases were in force, and makes it a `Verdict`.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any, Final

from base.errors import CATALOGUE, Lang, Message
from checks.law import Basis, Selector
from checks.words import worded


class Result(StrEnum):
    """The four answers. `unknown` names the missing evidence and never becomes allow."""

    PASS = "pass"  # noqa: S105 - an answer, not a password
    FAIL = "fail"
    UNKNOWN = "unknown"
    NOT_APPLICABLE = "not_applicable"


class Severity(StrEnum):
    """How bad a failure is; for statute rules it follows the penalty risked."""

    CRITICAL = "critical"
    MAJOR = "major"
    MINOR = "minor"
    NOTICE = "notice"


class Authority(StrEnum):
    """Who demands it."""

    STATUTE = "statute"
    CONTRACT = "contract"
    POLICY = "policy"


Scalar = str | int | bool
Fact = Scalar | tuple[Scalar, ...]
"""JSON without floats and nulls: quantities and money as text, dates as ISO 8601."""


def fact(value: Any) -> Fact:
    """A value as a fact. Raises TypeError on a float or an unknown type."""
    match value:
        case bool() | int() | str():
            return value
        case Decimal():
            return str(value)
        case datetime() | date():
            return value.isoformat()
        case list() | tuple():
            return tuple(_scalar(item) for item in value)
    raise TypeError(f"not a fact: {value!r}")


def _scalar(value: Any) -> Scalar:
    one = fact(value)
    if isinstance(one, tuple):
        raise TypeError(f"facts do not nest: {value!r}")
    return one


@dataclass(frozen=True, slots=True)
class Sentence:
    """A message with its places filled; shown in either language, stored as code and values."""

    message: Message
    params: tuple[tuple[str, str], ...] = ()

    def text(self, lang: Lang = "zh") -> str:
        shown = {name: worded(value, lang) for name, value in self.params}
        return self.message.text(lang, **shown)

    def document(self) -> dict[str, Any]:
        return {"code": self.message.code, "params": dict(self.params)}


def say(what: Message, **params: object) -> Sentence:
    """Fill a message's places with facts. Dates become ISO 8601."""
    return Sentence(what, tuple(sorted((name, _shown(value)) for name, value in params.items())))


def sentence_from(document: Mapping[str, Any]) -> Sentence:
    """The inverse of `Sentence.document`. Raises KeyError on a code this version does not know."""
    message = CATALOGUE[document["code"]]
    return Sentence(message, tuple(sorted(dict(document["params"]).items())))


def _shown(value: object) -> str:
    return value.isoformat() if isinstance(value, date) else str(value)


@dataclass(frozen=True, slots=True)
class Cure:
    """What would settle a verdict, in one sentence, and the entries it is about."""

    what: Sentence
    entries: tuple[int, ...] = ()

    def document(self) -> dict[str, Any]:
        return {**self.what.document(), "entries": list(self.entries)}


@dataclass(frozen=True, slots=True)
class Answer:
    """What a rule's function returns.

    expected, found: one sentence each (on unknown and not applicable, `found` is the reason).
    entries: seqs of the entries the answer stands on. review_at: the first legal day on which time
    alone may change the answer (None: never). dates: the day of each selector (act, production,
    sale) that chooses the legal bases; `valid_at` needs none.
    """

    result: Result
    found: Sentence
    expected: Sentence | None = None
    facts: Mapping[str, Fact] = field(default_factory=dict)
    entries: tuple[int, ...] = ()
    cures: tuple[Cure, ...] = ()
    review_at: date | None = None
    dates: Mapping[Selector, date] = field(default_factory=dict)
    cites: tuple[str, ...] | None = None
    authority: Authority | None = None


@dataclass(frozen=True, slots=True)
class Verdict:
    """One rule's answer about one subject at one `valid_at` and one ledger size."""

    rule: str
    subject: str
    result: Result
    severity: Severity
    authority: Authority
    found: Sentence
    expected: Sentence | None
    facts: Mapping[str, Fact]
    entries: tuple[int, ...]
    cures: tuple[Cure, ...]
    bases: tuple[Basis, ...]
    review_at: date | None

    @property
    def fingerprint(self) -> str:
        """Rule and subject: what makes two findings the same finding."""
        return fingerprint(self.rule, self.subject)

    def document(self) -> dict[str, Any]:
        """As values of the ledger's canonical encoding: no floats, no nulls, sorted entries, ISO
        dates. What there is not is empty, so that a later document always covers an earlier one."""
        return {
            "rule": self.rule,
            "subject": self.subject,
            "result": self.result.value,
            "severity": self.severity.value,
            "authority": self.authority.value,
            "found": self.found.document(),
            "expected": self.expected.document() if self.expected else {},
            "facts": {name: _json(value) for name, value in self.facts.items()},
            "entries": list(self.entries),
            "cure": [cure.document() for cure in self.cures],
            "bases": [basis.citation for basis in self.bases],
            "review_at": self.review_at.isoformat() if self.review_at else "",
        }

    def digest(self) -> str:
        """SHA-256 (hex) of `document()`: what two runs must agree on."""
        return digest_of(self.document())

    def said(self) -> str:
        """SHA-256 (hex) of `document()` without `review_at`: what a finding says, and what a
        replay must reproduce."""
        return digest_of({k: v for k, v in self.document().items() if k != "review_at"})

    def sooner(self, review_at: date | None) -> Verdict:
        """The same verdict, to be reviewed at the earlier of the two days."""
        return replace(self, review_at=earliest(self.review_at, review_at))


def fingerprint(rule: str, subject: str) -> str:
    """64 hex digits. A line feed cannot stand in a rule id, so two pairs never collide."""
    return hashlib.sha256(f"{rule}\n{subject}".encode()).hexdigest()


def digest_of(document: Any) -> str:
    """SHA-256 (hex) over sorted keys, no spaces, UTF-8."""
    text = json.dumps(document, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()


def digest_of_all(verdicts: Sequence[Verdict]) -> str:
    """SHA-256 (hex) over the sorted digests of all verdicts."""
    return digest_of(sorted(verdict.digest() for verdict in verdicts))


def earliest(*days: date | None) -> date | None:
    """The first of the days that are given; None when none is."""
    return min((day for day in days if day is not None), default=None)


def _json(value: Fact) -> Any:
    return list(value) if isinstance(value, tuple) else value


SEVERITY_ORDER: Final = tuple(Severity)
"""Worst first."""


def _facts(values: Mapping[str, Any] | None) -> dict[str, Fact]:
    return {name: fact(value) for name, value in (values or {}).items() if value is not None}


def _answer(result: Result, found: Sentence, **rest: Any) -> Answer:
    facts = _facts(rest.pop("facts", None))
    entries = tuple(sorted(set(rest.pop("entries", ()))))
    return Answer(result, found, facts=facts, entries=entries, **rest)


def passed(found: Sentence, **rest: Any) -> Answer:
    """The duty is met. Keywords are the fields of `Answer`."""
    return _answer(Result.PASS, found, **rest)


def failed(found: Sentence, *, expected: Sentence, **rest: Any) -> Answer:
    """The duty is not met: what was expected, what was found."""
    return _answer(Result.FAIL, found, expected=expected, **rest)


def unknown(found: Sentence, *, cures: tuple[Cure, ...], **rest: Any) -> Answer:
    """The evidence does not settle it: what is missing, and what would settle it."""
    return _answer(Result.UNKNOWN, found, cures=cures, **rest)


def not_applicable(found: Sentence, **rest: Any) -> Answer:
    """The rule does not reach this subject, or not yet, with the reason."""
    return _answer(Result.NOT_APPLICABLE, found, **rest)
