"""Licences, filings and institution licences as time lines; who holds what on a day."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date

from audit.records.licence_history import LicenceHistory, licence_history
from audit.records.licences import (
    InstitutionLicence,
    Licence,
)
from audit.records.model import Record
from audit.records.parties import Party, PartyRole
from checks.evidence import Evidence, Exhibit
from checks.validity.papers import application_of
from checks.validity.periods import Met, Segment, Span, Timeline, in_force
from checks.validity.renewal import Application, Permit, Regime, application_for, timeline

PERMIT_KINDS = (
    "operating_licence",
    "class_ii_filing",
    "production_licence",
    "institution_licence",
)


@dataclass(frozen=True, slots=True)
class HeldPermit:
    """One licence or filing with all its papers.

    kind: record kind. holders: subjects. line: in force, deemed, undecided. ends: last days of its
    terms. history: None for institutions.
    """

    subject: str
    kind: str
    number: str
    holders: frozenset[str]
    line: Timeline
    permit: Permit
    entries: tuple[int, ...]
    cancelled_on: date | None
    history: LicenceHistory | None

    @property
    def last_day(self) -> date | None:
        """The last day of the last term as printed; None when it does not end."""
        return self.permit.periods[-1].span.last if self.permit.periods else None

    @property
    def application(self) -> Application | None:
        """The renewal application for the last term, if one is known."""
        return application_for(self.permit, self.last_day) if self.last_day else None

    def on(self, day: date) -> Met:
        return self.line.on(day)


def permits(evidence: Evidence) -> tuple[HeldPermit, ...]:
    """Every licence in the evidence, its papers read together, in order of subject."""
    papers: dict[tuple[str, str], list[Exhibit[Record]]] = {}
    for exhibit in evidence.exhibits:
        if exhibit.kind in PERMIT_KINDS:
            for subject in exhibit.subjects.get("licence", ()):
                papers.setdefault((subject, exhibit.kind), []).append(exhibit)
    return tuple(_held(subject, kind, those) for (subject, kind), those in sorted(papers.items()))


def _held(subject: str, kind: str, papers: Sequence[Exhibit[Record]]) -> HeldPermit:
    holders = frozenset(h for paper in papers for h in paper.subjects.get("holder", ()))
    entries = tuple(sorted(paper.seq for paper in papers))
    if kind == "institution_licence":
        return _institution(subject, papers, holders, entries)
    records = [p.record for p in papers if isinstance(p.record, Licence)]
    history = licence_history(records)
    seqs = [paper.seq for paper in papers]
    terms = tuple(
        in_force(term.valid_from, term.valid_until, sorted({seqs[i] for i in term.of}))
        for term in history.terms
    )
    applications = tuple(
        application_of(known.fact, sorted({seqs[i] for i in known.of}))
        for known in history.applications
    )
    permit = Permit(Regime.LICENCE, terms, applications)
    cancelled = min((known.fact.on for known in history.cancellations), default=None)
    line = timeline(permit)
    return HeldPermit(
        subject, kind, records[0].number, holders,
        line.barred_from(cancelled) if cancelled else line,
        permit, entries, cancelled, history,
    )  # fmt: skip


def _institution(
    subject: str,
    papers: Sequence[Exhibit[Record]],
    holders: frozenset[str],
    entries: tuple[int, ...],
) -> HeldPermit:
    """Each print or check of an institution's licence is a term; the next one follows it."""
    terms: list[Segment] = []
    cancelled: date | None = None
    number = ""
    for paper in papers:
        record = paper.record
        if not isinstance(record, InstitutionLicence):
            continue
        number = record.number
        if record.cancelled_on:
            cancelled = min(record.cancelled_on, cancelled or record.cancelled_on)
        start = record.issued_on or record.checked_on
        terms.append(Segment(Span(start, record.valid_to), in_force(None, None).standing,
                             (paper.seq,)))  # fmt: skip
    permit = Permit(Regime.NONE, tuple(terms))
    line = timeline(permit)
    return HeldPermit(
        subject, "institution_licence", number, holders,
        line.barred_from(cancelled) if cancelled else line,
        permit, entries, cancelled, None,
    )  # fmt: skip


def held_by(party: str, those: Iterable[HeldPermit]) -> Iterator[HeldPermit]:
    """The permits of one party."""
    return (permit for permit in those if party in permit.holders)


def ourselves(evidence: Evidence) -> frozenset[str]:
    """Parties that master data calls ourselves."""
    return frozenset(
        subject
        for exhibit in evidence.of(Party)
        if PartyRole.SELF in exhibit.record.roles
        for subject in exhibit.subjects.get("party", ())
    )
