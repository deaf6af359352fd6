"""What the engine asks of the read tables, and how it gathers a rule's evidence, set by set.

`EvidenceSource` is the border: `StoreSource` answers it from `audit.store`, `checks.cases` from
records in memory.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any, Protocol

from audit.records.model import Record
from audit.records.parties import Party, PartyRole
from audit.records.provenance import Conflict, FieldSource, Source
from checks.evidence import Asked, Evidence, Exhibit, Hop, Paper
from checks.registry import Rule

CONFIRMED = frozenset({"effective", "confirmed"})
PENDING = "pending"


class At(Protocol):
    """A snapshot: the ledger's size and the world's date."""

    @property
    def known_at(self) -> int: ...
    @property
    def valid_at(self) -> date: ...


class Found(Protocol):
    """A stored record as the read tables give it."""

    @property
    def seq(self) -> int: ...
    @property
    def record(self) -> Record: ...
    @property
    def state(self) -> StrEnum | str: ...
    @property
    def identity(self) -> str: ...
    @property
    def document(self) -> str | None: ...
    @property
    def recorded_at(self) -> datetime: ...
    @property
    def actor(self) -> str: ...
    @property
    def subjects(self) -> Mapping[str, tuple[str, ...]]: ...


class EvidenceSource(Protocol):
    """Set-based questions to the read tables at one snapshot."""

    def subjects(self, at: Any, type: str) -> Iterable[str]:
        """Every subject of a type (the prefix of its identifier), in a stable order."""
        ...

    def records_of(
        self, at: Any, kinds: Sequence[str], subjects: Collection[str]
    ) -> Mapping[str, Sequence[Found]]:
        """Records of these kinds that name a subject in any role, by subject, oldest first."""
        ...

    def resolve(self, at: Any, identifiers: Collection[str]) -> Mapping[str, str]:
        """The subject behind each identifier; an unknown one is its own subject."""
        ...

    def readings(self, at: Any, seq: int) -> Iterable[Any]:
        """The chunks of readings of a temperature_log entry."""
        ...

    def papers(self, at: Any, documents: Collection[str]) -> Mapping[str, Paper]:
        """What is known of originals by their SHA-256: fixity, proofs, holds, disposal."""
        ...

    def asked(self, at: Any, subjects: Collection[str]) -> Mapping[str, tuple[Asked, ...]]:
        """Disposals and erasures that were refused, by `document:` or `entry:` subject."""
        ...


def device_of(lot: str) -> str:
    """The device in a lot's identifier: `lot:di:069…/A1` -> `device:di:069…`."""
    return "device:" + lot.removeprefix("lot:").rsplit("/", 1)[0]


@dataclass
class Fetched:
    """Records already read for one snapshot: every (kind, subject) is asked for once."""

    source: EvidenceSource
    at: Any

    def __post_init__(self) -> None:
        self._records: dict[tuple[str, str], tuple[Found, ...]] = {}
        self._exhibits: dict[int, Exhibit[Record]] = {}
        self._resolved: dict[str, str] = {}
        self._readings: dict[int, tuple[Any, ...]] = {}
        self._ourselves: tuple[str, ...] | None = None

    def forget(self) -> None:
        """Let go of records, so that a long run holds one chunk at a time."""
        self._records.clear()
        self._exhibits.clear()
        self._readings.clear()

    def want(self, kinds: Iterable[str], subjects: Iterable[str]) -> None:
        """Read what is not here yet, in one question for each set of missing kinds."""
        kinds = tuple(dict.fromkeys(kinds))
        missing: dict[tuple[str, ...], list[str]] = {}
        for subject in dict.fromkeys(subjects):
            lacking = tuple(kind for kind in kinds if (kind, subject) not in self._records)
            if lacking:
                missing.setdefault(lacking, []).append(subject)
        for lacking, those in missing.items():
            found = self.source.records_of(self.at, lacking, those)
            for subject in those:
                by_kind: dict[str, list[Found]] = {kind: [] for kind in lacking}
                for one in found.get(subject, ()):
                    by_kind[one.record.kind].append(one)
                for kind, those_found in by_kind.items():
                    self._records[kind, subject] = tuple(those_found)

    def exhibits(self, kinds: Iterable[str], subject: str) -> Iterator[Exhibit[Record]]:
        """What was read; states other than effective, confirmed and pending are left out."""
        for kind in kinds:
            for found in self._records.get((kind, subject), ()):
                if found.state in CONFIRMED or found.state == PENDING:
                    yield self._exhibit(found)

    def subject(self, identifier: str) -> str:
        """The subject behind an identifier."""
        if identifier not in self._resolved:
            self._resolved.update(self.source.resolve(self.at, (identifier,)))
        return self._resolved.get(identifier, identifier)

    def ourselves(self) -> tuple[str, ...]:
        """The parties that master data calls ourselves."""
        if self._ourselves is None:
            parties = tuple(self.source.subjects(self.at, "party"))
            self.want(("party",), parties)
            self._ourselves = tuple(
                party
                for party in parties
                if any(PartyRole.SELF in roles for roles in self._roles(party))
            )
        return self._ourselves

    def _roles(self, party: str) -> Iterator[tuple[PartyRole, ...]]:
        for exhibit in self.exhibits(("party",), party):
            if isinstance(exhibit.record, Party) and exhibit.names("party", party):
                yield exhibit.record.roles

    def readings(self, seq: int) -> tuple[Any, ...]:
        if seq not in self._readings:
            self._readings[seq] = tuple(self.source.readings(self.at, seq))
        return self._readings[seq]

    def _exhibit(self, found: Found) -> Exhibit[Record]:
        known = self._exhibits.get(found.seq)
        if known is None:
            known = Exhibit(
                seq=found.seq,
                record=found.record,
                identity=found.identity,
                recorded_at=found.recorded_at,
                actor=found.actor,
                pending=found.state == PENDING,
                document=found.document,
                subjects=found.subjects,
                lines=self._lines(found.record),
                supersedes=getattr(found, "supersedes", None),
                conflicts=tuple(map(_conflict, getattr(found, "conflicts", ()))),
                signed=found.state == "confirmed",
            )
            self._exhibits[found.seq] = known
        return known

    def _lines(self, record: Record) -> dict[str, tuple[int, ...]]:
        refs = [ref for ref in record.refs() if ref.line is not None]
        unknown = {ref.identifier for ref in refs} - self._resolved.keys()
        if unknown:
            self._resolved.update(self.source.resolve(self.at, sorted(unknown)))
        lines: dict[str, tuple[int, ...]] = {}
        for ref in refs:
            subject = self._resolved.get(ref.identifier, ref.identifier)
            before = lines.get(subject, ())
            if ref.line is not None and ref.line not in before:
                lines[subject] = (*before, ref.line)
        return lines


def _conflict(said: Mapping[str, Any]) -> Conflict:
    return Conflict(said["field"], _spoken(said["kept"]), _spoken(said["other"]))


def _spoken(said: Mapping[str, Any]) -> FieldSource:
    """A source's word as its entry has it."""
    return FieldSource(
        field=said["field"],
        source=Source(said["source"]),
        value=said["value"],
        written=said["written"],
        place=said["place"],
        confidence=Decimal(said["confidence"]),
    )


def gather(fetched: Fetched, rule: Rule, subjects: Sequence[str]) -> dict[str, Evidence]:
    """The bundles of one rule for many subjects: one question a hop, not one a subject."""
    gathered: dict[str, dict[int, Exhibit[Record]]] = {subject: {} for subject in subjects}
    for hop in rule.reads:
        reached = {
            subject: _reached(fetched, hop, subject, gathered[subject]) for subject in subjects
        }
        fetched.want(hop.kinds, (one for those in reached.values() for one in those))
        for subject, those in reached.items():
            for one in those:
                for exhibit in fetched.exhibits(hop.kinds, one):
                    gathered[subject][exhibit.seq] = exhibit
    papers = _papers(fetched, rule, gathered)
    asked = fetched.source.asked(fetched.at, subjects) if rule.papers else {}
    return {
        subject: Evidence(
            subject,
            tuple(exhibits[seq] for seq in sorted(exhibits)),
            _readings(fetched, rule, exhibits.values()),
            papers.get(subject, {}),
            asked.get(subject, ()),
        )
        for subject, exhibits in gathered.items()
    }


def _reached(
    fetched: Fetched, hop: Hop, subject: str, exhibits: Mapping[int, Exhibit[Record]]
) -> tuple[str, ...]:
    if not hop.role:
        return (subject,)
    if hop.role == "self":
        return fetched.ourselves()
    reached: dict[str, None] = {}
    if hop.role == "device" and subject.startswith("lot:"):
        reached[fetched.subject(device_of(subject))] = None
    for exhibit in exhibits.values():
        if hop.via and exhibit.kind not in hop.via:
            continue
        for one in exhibit.subjects.get(hop.role, ()):
            reached[one] = None
    return tuple(reached)


def _readings(
    fetched: Fetched, rule: Rule, exhibits: Iterable[Exhibit[Record]]
) -> dict[int, tuple[Any, ...]]:
    if not rule.readings:
        return {}
    return {e.seq: fetched.readings(e.seq) for e in exhibits if e.kind == "temperature_log"}


def _papers(
    fetched: Fetched, rule: Rule, gathered: Mapping[str, Mapping[int, Exhibit[Record]]]
) -> dict[str, dict[str, Paper]]:
    if not rule.papers:
        return {}
    wanted: dict[str, set[str]] = {}
    for subject, exhibits in gathered.items():
        wanted[subject] = {e.document for e in exhibits.values() if e.document}
        if subject.startswith("document:"):
            wanted[subject].add(subject.removeprefix("document:"))
    found = fetched.source.papers(fetched.at, sorted(set().union(*wanted.values())))
    return {
        subject: {sha: found[sha] for sha in sorted(shas) if sha in found}
        for subject, shas in wanted.items()
    }
