"""Cases as data: a rule, some records, a day, and the answer. One test runs them all.

They read as examples: each boundary has its day before, its day and the day after. The source
here holds records in memory and answers like the read tables; identifiers that records link are
one subject, and a lot follows its device.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from typing import Any

from audit.records.model import Record
from checks.evidence import Asked, Paper
from checks.examine import examine
from checks.policy import Policy, Value, policy_from
from checks.registry import RULES
from checks.source import device_of
from checks.verdicts import Result, Verdict

RECORDED_AT = datetime(2020, 1, 1, tzinfo=UTC)
BEGINNING = date(2000, 1, 1)


@dataclass(frozen=True, slots=True)
class Given:
    """One record in memory. recorded_at: the ledger's time, when a rule reads it."""

    record: Record
    state: str = "effective"
    recorded_at: datetime = RECORDED_AT
    document: str | None = None
    actor: str = "case"
    conflicts: tuple[Mapping[str, Any], ...] = ()


def pending(record: Record) -> Given:
    """Master data that nobody has confirmed."""
    return Given(record, state="pending")


@dataclass(frozen=True, slots=True)
class Case:
    """An example of a rule.

    name: a sentence. subject: any identifier of it. given: records, in order of entry (seq 0, 1,
    …). expect: the answer on `valid_at`. review_at, entries, says: checked when given (`says` is
    the code of the sentence found). policy: values in force from the beginning.
    """

    rule: str
    name: str
    subject: str
    given: tuple[Record | Given, ...]
    valid_at: date
    expect: Result
    says: str | None = None
    entries: tuple[int, ...] | None = None
    review_at: date | None = None
    policy: Mapping[str, Value] = field(default_factory=dict)
    papers: tuple[Paper, ...] = ()
    readings: Mapping[int, tuple[Any, ...]] = field(default_factory=dict)
    asked: tuple[Asked, ...] = ()

    @property
    def source(self) -> MemorySource:
        asked = {self.subject: self.asked} if self.asked else {}
        return MemorySource(self.given, papers=self.papers, readings=self.readings, asked=asked)

    @property
    def policies(self) -> Policy:
        return policy_from([(BEGINNING, self.policy, 0)] if self.policy else [])

    def verdict(self, on: date | None = None) -> Verdict:
        """What the rule says about the case's subject."""
        at = MemorySnapshot(on or self.valid_at, len(self.given))
        source = self.source
        subject = source.subject(self.subject)
        (verdict,) = examine(
            source, at, policy=self.policies, rules=(RULES[self.rule],), subjects=(subject,)
        )
        return verdict


@dataclass(frozen=True, slots=True)
class MemorySnapshot:
    """Ledger size and day."""

    valid_at: date
    known_at: int


@dataclass(frozen=True, slots=True)
class MemoryFound:
    """A record as the read tables would give it."""

    seq: int
    record: Record
    state: str
    identity: str
    document: str | None
    recorded_at: datetime
    actor: str
    subjects: Mapping[str, tuple[str, ...]]
    conflicts: tuple[Mapping[str, Any], ...] = ()


class MemorySource:
    """Answers like the read tables, from records in memory."""

    def __init__(
        self,
        given: Iterable[Record | Given],
        *,
        papers: Iterable[Paper] = (),
        readings: Mapping[int, tuple[Any, ...]] | None = None,
        asked: Mapping[str, tuple[Asked, ...]] | None = None,
    ) -> None:
        self._given = [one if isinstance(one, Given) else Given(one) for one in given]
        self._papers = {paper.sha256: paper for paper in papers}
        self._readings = readings or {}
        self._asked = asked or {}
        self._parents: dict[str, str] = {}
        for one in self._given:
            for a, b in one.record.links():
                self._join(a, b)
        self._found = [self._as_found(seq, one) for seq, one in enumerate(self._given)]

    def subject(self, identifier: str) -> str:
        """The subject behind an identifier: the first of its links; a lot follows its device."""
        if identifier.startswith("lot:"):
            device = self._root(device_of(identifier))
            return f"lot:{device.removeprefix('device:')}/{identifier.rsplit('/', 1)[1]}"
        return self._root(identifier)

    def subjects(self, at: Any, type: str) -> Iterator[str]:
        seen: dict[str, None] = {}
        for found in self._visible(at):
            for those in found.subjects.values():
                for one in those:
                    if one.partition(":")[0] == type:
                        seen[one] = None
        if type == "document":
            for found in self._visible(at):
                if found.document:
                    seen[f"document:{found.document}"] = None
            for sha in self._papers:
                seen[f"document:{sha}"] = None
        yield from sorted(seen)

    def records_of(
        self, at: Any, kinds: Sequence[str], subjects: Collection[str]
    ) -> Mapping[str, Sequence[MemoryFound]]:
        result: dict[str, list[MemoryFound]] = {subject: [] for subject in subjects}
        for found in self._visible(at):
            if found.record.kind not in kinds:
                continue
            named = {one for those in found.subjects.values() for one in those}
            named.add(f"document:{found.document}" if found.document else f"entry:{found.seq}")
            for one in named & result.keys():
                result[one].append(found)
        return result

    def resolve(self, at: Any, identifiers: Collection[str]) -> Mapping[str, str]:
        return {identifier: self.subject(identifier) for identifier in identifiers}

    def readings(self, at: Any, seq: int) -> Iterable[Any]:
        return self._readings.get(seq, ())

    def papers(self, at: Any, documents: Collection[str]) -> Mapping[str, Paper]:
        return {sha: self._papers[sha] for sha in documents if sha in self._papers}

    def asked(self, at: Any, subjects: Collection[str]) -> Mapping[str, tuple[Asked, ...]]:
        return {subject: self._asked[subject] for subject in subjects if subject in self._asked}

    def _visible(self, at: Any) -> Iterator[MemoryFound]:
        return (found for found in self._found if found.seq < at.known_at)

    def _as_found(self, seq: int, one: Given) -> MemoryFound:
        subjects: dict[str, tuple[str, ...]] = {}
        for ref in one.record.refs():
            subject = self.subject(ref.identifier)
            before = subjects.get(ref.role, ())
            if subject not in before:
                subjects[ref.role] = (*before, subject)
        return MemoryFound(
            seq, one.record, one.state, one.record.identity(), one.document, one.recorded_at,
            one.actor, subjects, one.conflicts,
        )  # fmt: skip

    def _root(self, identifier: str) -> str:
        while identifier in self._parents:
            identifier = self._parents[identifier]
        return identifier

    def _join(self, a: str, b: str) -> None:
        roots = sorted({self._root(a), self._root(b)})
        if len(roots) == 2:
            self._parents[roots[1]] = roots[0]
