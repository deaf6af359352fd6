"""The small bundle of evidence that a rule sees, and how a rule says what it needs.

`Evidence` is complete for one subject at one ledger size: the engine gathers it, the rule only
reads it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum
from typing import Any, Generic, TypeVar

from audit.records.dates import DayOrMonth
from audit.records.model import Record
from audit.records.provenance import Conflict

R = TypeVar("R", bound=Record)
R_co = TypeVar("R_co", bound=Record, covariant=True)


@dataclass(frozen=True, slots=True)
class Exhibit(Generic[R_co]):
    """One record as evidence.

    seq: its entry. pending: master data that quality staff have not confirmed yet.
    subjects: role -> subjects it names. lines: subject -> indices of the lines that name it
    (empty for a subject that the head names). document: SHA-256 of the original. supersedes: the
    entry that it corrects. conflicts: where the paper's own sources disagree. signed: a person
    confirmed it.
    """

    seq: int
    record: R_co
    identity: str
    recorded_at: datetime
    actor: str
    pending: bool = False
    document: str | None = None
    subjects: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    lines: Mapping[str, tuple[int, ...]] = field(default_factory=dict)
    supersedes: int | None = None
    conflicts: tuple[Conflict, ...] = ()
    signed: bool = False

    @property
    def kind(self) -> str:
        return self.record.kind

    def names(self, role: str, subject: str) -> bool:
        """Whether the record names that subject in that role."""
        return subject in self.subjects.get(role, ())


class Fixity(StrEnum):
    """What the last look at an original's bytes found."""

    UNSEEN = "unseen"  # never looked at since receipt
    SOUND = "sound"
    MISSING = "missing"
    ROTTED = "rotted"  # the bytes no longer have the digest they were received under


@dataclass(frozen=True, slots=True)
class Disposal:
    """An original that was destroyed on purpose: when, and the ledger's size before that entry."""

    on: date
    seq: int


@dataclass(frozen=True, slots=True)
class Hold:
    """A legal hold on an original: placed, and lifted only when two people did so."""

    seq: int
    placed_on: date
    lifted_on: date | None = None


class ProofState(StrEnum):
    """What a check of a file's own proof came to when it was read."""

    VERIFIED = "verified"
    FAILED = "failed"
    UNVERIFIABLE = "unverifiable"
    ISSUER_UNKNOWN = "issuer_unknown"


@dataclass(frozen=True, slots=True)
class Proof:
    """What a file proves by itself: digests of its members, a signature.

    failed: names of the members or levels that do not agree. entry: the entry that says so.
    """

    scheme: str
    state: ProofState
    failed: tuple[str, ...]
    entry: int


@dataclass(frozen=True, slots=True)
class Asked:
    """A disposal or an erasure that somebody asked for and that was refused.

    act: `disposal` or `erasure`. result: of the question whether it was allowed (`fail`: a duty or
    a hold ran; `unknown`: not settled). until: the last day of the duty, as known then.
    """

    act: str
    on: date
    by: str
    result: str
    duty: str
    until: str
    entry: int


@dataclass(frozen=True, slots=True)
class Paper:
    """What is known of an original document beside the records read from it.

    quarantined: it could not be read or was not sure enough, and waits for a person.
    checked_on: the day of the last fixity check; entries: the entries that say all this. proofs:
    what the file proves by itself, each with its entry.
    """

    sha256: str
    received_on: date
    fixity: Fixity = Fixity.UNSEEN
    checked_on: date | None = None
    quarantined: bool = False
    disposal: Disposal | None = None
    holds: tuple[Hold, ...] = ()
    entries: tuple[int, ...] = ()
    proofs: tuple[Proof, ...] = ()

    def held(self, on: date) -> bool:
        """Whether a legal hold stands on a day."""
        return any(
            hold.placed_on <= on and (hold.lifted_on is None or on < hold.lifted_on)
            for hold in self.holds
        )


@dataclass(frozen=True, slots=True)
class Evidence:
    """Everything a rule asked for about one subject.

    exhibits: in order of entry. readings: seq of a temperature_log -> its chunks of readings, as
    the store gives them (only for rules with `readings=True`). papers: originals by SHA-256 (only
    for rules with `papers=True`). asked: disposals and erasures of the subject that were refused
    (the same rules).
    """

    subject: str
    exhibits: tuple[Exhibit[Record], ...] = ()
    readings: Mapping[int, tuple[Any, ...]] = field(default_factory=dict)
    papers: Mapping[str, Paper] = field(default_factory=dict)
    asked: tuple[Asked, ...] = ()

    def of(self, kind: type[R]) -> tuple[Exhibit[R], ...]:
        """All exhibits of one record kind, in order of entry."""
        return tuple(
            exhibit  # type: ignore[misc]  # narrowed by the record's own class
            for exhibit in self.exhibits
            if isinstance(exhibit.record, kind)
        )

    def named(self, kind: str) -> tuple[Exhibit[Record], ...]:
        """The same by the kind's name."""
        return tuple(exhibit for exhibit in self.exhibits if exhibit.kind == kind)

    @property
    def pending(self) -> tuple[int, ...]:
        """Seqs of the exhibits that wait for confirmation."""
        return tuple(exhibit.seq for exhibit in self.exhibits if exhibit.pending)

    def days(self) -> Iterator[date]:
        """Every date that stands in the bundle: where a verdict can turn."""
        for exhibit in self.exhibits:
            yield from self.days_of(exhibit.record)

    @staticmethod
    def days_of(record: Record) -> Iterator[date]:
        """Every date that stands in one record."""
        return _days(record.model_dump())


def _days(value: Any) -> Iterator[date]:
    match value:
        case datetime():
            yield value.date()
        case date():
            yield value
        case DayOrMonth():
            yield value.first
            yield value.last
        case dict():
            for item in value.values():
                yield from _days(item)
        case list() | tuple():
            for item in value:
                yield from _days(item)
        case _:
            return


@dataclass(frozen=True, slots=True)
class Hop:
    """One step of gathering: records of these kinds that name the subjects reached by `role`.

    role "" is the rule's own subject; "self" is ourselves, as master data says; "device" of a lot
    is read from the lot's own identifier; any other role is followed through records already
    gathered, of kinds in `via` (all kinds when empty). Hops run in order, each one set-based over
    thousands of subjects.
    """

    kinds: tuple[str, ...]
    role: str = ""
    via: tuple[str, ...] = ()
