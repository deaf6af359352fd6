"""The small bundle of evidence that a rule sees, and how a rule says what it needs.

`Evidence` is complete for one subject at one ledger size: the engine gathers it, the rule only
reads it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, Generic, TypeVar

from audit.records.dates import DayOrMonth
from audit.records.model import Record

R = TypeVar("R", bound=Record)
R_co = TypeVar("R_co", bound=Record, covariant=True)


@dataclass(frozen=True, slots=True)
class Exhibit(Generic[R_co]):
    """One record as evidence.

    seq: its entry. pending: master data that quality staff have not confirmed yet.
    subjects: role -> subjects it names. lines: subject -> indices of the lines that name it
    (empty for a subject that the head names). document: SHA-256 of the original.
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

    @property
    def kind(self) -> str:
        return self.record.kind

    def names(self, role: str, subject: str) -> bool:
        """Whether the record names that subject in that role."""
        return subject in self.subjects.get(role, ())


@dataclass(frozen=True, slots=True)
class Evidence:
    """Everything a rule asked for about one subject.

    exhibits: in order of entry. readings: seq of a temperature_log -> its chunks of readings, as
    the store gives them (only for rules with `readings=True`).
    """

    subject: str
    exhibits: tuple[Exhibit[Record], ...] = ()
    readings: Mapping[int, tuple[Any, ...]] = field(default_factory=dict)

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
            yield from _days(exhibit.record.model_dump())


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

    role "" is the rule's own subject; role "device" of a lot is read from the lot's own identifier;
    any other role is followed through records already gathered, of kinds in `via` (all kinds when
    empty). Hops run in order, each one set-based over thousands of subjects.
    """

    kinds: tuple[str, ...]
    role: str = ""
    via: tuple[str, ...] = ()
