"""From records to dates: what a lot's papers say of its production, a permit's of its validity."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import product

from audit.records.certificates import (
    Cancellation,
    CertificateHistory,
    KnownPeriod,
    RegistrationCertificate,
    RenewalApplication,
    certificate_history,
)
from audit.records.certificates import Decision as PaperDecision
from audit.records.dates import CountedFrom, Duration, Expiry
from audit.records.model import Record
from audit.records.parts import LotFields
from audit.records.product import ConformityCertificate, Device, Lot, LotSource
from audit.records.text import normalise
from checks.evidence import Evidence, Exhibit
from checks.validity.periods import ONE_DAY, Span, Timeline, in_force
from checks.validity.production import LotDates, Made, ShelfLife, Stated, production_spans
from checks.validity.renewal import Application, Decision, Permit, Regime, timeline

SAYS_PRODUCTION = frozenset(
    {LotSource.CONFORMITY_CERTIFICATE, LotSource.LABEL, LotSource.UDI, LotSource.PERSON}
)
"""Whose word on the production date counts; a delivery note's does not."""

GOODS_HERE = (
    "opening_balance",
    "receipt",
    "goods_in_inspection",
    "put_away",
)
"""Kinds whose day shows that the lot already existed."""

LOT_PAPERS = ("lot", "conformity_certificate", *GOODS_HERE)
"""What is asked of a lot to find its dates."""

MOST_ALTERNATIVES = 16
"""Disagreeing papers are judged at each value up to this many combinations."""


@dataclass(frozen=True, slots=True)
class Line:
    """One lot's own words on a paper: a record of one lot, or a line of a longer one."""

    exhibit: Exhibit[Record]
    fields: LotFields


def lot_lines(evidence: Evidence, kinds: Iterable[str] | None = None) -> Iterator[Line]:
    """Every record or line that names the lot with its fields."""
    wanted = None if kinds is None else frozenset(kinds)
    for exhibit in evidence.exhibits:
        if wanted is not None and exhibit.kind not in wanted:
            continue
        record: object = exhibit.record
        if isinstance(record, LotFields):
            if exhibit.names("lot", evidence.subject):
                yield Line(exhibit, record)
            continue
        lines = getattr(record, "lines", ())
        for index in exhibit.lines.get(evidence.subject, ()):
            if index < len(lines) and isinstance(lines[index], LotFields):
                yield Line(exhibit, lines[index])


def lot_dates(evidence: Evidence) -> LotDates:
    """What the papers say about the lot that is the evidence's subject."""
    made: list[tuple[Span, int]] = []
    expiries: list[Stated] = []
    lives: list[ShelfLife] = []
    here: list[tuple[date, int]] = []
    for exhibit in evidence.of(Lot):
        lot = exhibit.record
        if lot.production and lot.source in SAYS_PRODUCTION:
            made.append((Span(lot.production.first, lot.production.last), exhibit.seq))
        if lot.expiry.on:
            expiries.append(Stated(lot.expiry.on, exhibit.seq))
        if lot.shelf_life:
            lives.append(_life(lot.shelf_life, lot.sterilised_on is not None, exhibit.seq))
        if lot.sterilised_on:
            here.append((lot.sterilised_on.last, exhibit.seq))
    for paper in evidence.of(ConformityCertificate):
        conformity = paper.record
        if conformity.production_date:
            when = conformity.production_date
            made.append((Span(when.first, when.last), paper.seq))
        if conformity.expiry.on:
            expiries.append(Stated(conformity.expiry.on, paper.seq))
        if conformity.shelf_life:
            sterilised = conformity.sterilised_on is not None
            lives.append(_life(conformity.shelf_life, sterilised, paper.seq))
        if conformity.issued_on:
            here.append((conformity.issued_on, paper.seq))
        if conformity.sterilised_on:
            here.append((conformity.sterilised_on.last, paper.seq))
    if not expiries:
        expiries += [
            Stated(line.fields.expiry.on, line.exhibit.seq)
            for line in lot_lines(evidence, GOODS_HERE)
            if line.fields.expiry.on
        ]
    if not lives:
        lives += [
            _life(device.record.shelf_life, False, device.seq)
            for device in evidence.of(Device)
            if device.record.shelf_life
        ]
    for kind in GOODS_HERE:
        for one in evidence.named(kind):
            day = one.record.occurred_on()
            if day is not None:
                here.append((day, one.seq))
    return LotDates(tuple(made), tuple(expiries), tuple(lives), tuple(here))


def _life(life: Duration, sterilised: bool, entry: int) -> ShelfLife:
    """A paper that gives a sterilisation date and does not say otherwise counts from it."""
    if sterilised and life.counted_from is CountedFrom.UNKNOWN:
        life = life.model_copy(update={"counted_from": CountedFrom.STERILISATION})
    return ShelfLife(life, entry)


def lot_made(evidence: Evidence) -> tuple[Made, ...]:
    """Every span in which the lot may have been made."""
    return production_spans(lot_dates(evidence))


@dataclass(frozen=True, slots=True)
class StatedExpiry:
    """An expiry as one paper has it."""

    expiry: Expiry
    entry: int


def lot_expiries(evidence: Evidence) -> tuple[StatedExpiry, ...]:
    """Every expiry that a paper states for the lot (unknown ones left out), distinct values."""
    found: dict[Expiry, int] = {}
    for exhibit in evidence.of(Lot):
        found.setdefault(exhibit.record.expiry, exhibit.seq)
    for line in lot_lines(evidence):
        found.setdefault(line.fields.expiry, line.exhibit.seq)
    return tuple(StatedExpiry(e, seq) for e, seq in found.items() if e.state != "unknown")


def application_of(known: RenewalApplication, entries: Sequence[int]) -> Application:
    """A renewal application as the time line takes it."""
    decision = {
        None: None,
        PaperDecision.APPROVED: Decision.APPROVED,
        PaperDecision.REFUSED: Decision.REFUSED,
    }[known.decision]
    return Application(
        filed_on=known.filed_on,
        accepted_on=known.accepted_on,
        notice=known.accepted_on is not None or known.notice_no is not None,
        decision=decision,
        decided_on=known.decided_on,
        entries=tuple(entries),
    )


@dataclass(frozen=True, slots=True)
class Certificate:
    """One certificate's papers, read together.

    timelines: one for each way to settle papers that disagree. cancellations: with their entries.
    """

    key: str
    papers: tuple[Exhibit[RegistrationCertificate], ...]
    history: CertificateHistory
    timelines: tuple[Timeline, ...]
    permits: tuple[Permit, ...]

    @property
    def entries(self) -> tuple[int, ...]:
        return tuple(paper.seq for paper in self.papers)

    @property
    def cancellations(self) -> tuple[tuple[Cancellation, tuple[int, ...]], ...]:
        return tuple((known.fact, self.seqs(known.of)) for known in self.history.cancellations)

    def seqs(self, of: Iterable[int]) -> tuple[int, ...]:
        """Entries of the papers with these indexes."""
        return tuple(sorted({self.papers[index].seq for index in of}))

    @property
    def device_class(self) -> int | None:
        """The class that the papers state, when they agree."""
        stated = {p.record.device_class for p in self.papers if p.record.device_class}
        return stated.pop() if len(stated) == 1 else None


def certificates(evidence: Evidence) -> dict[str, Certificate]:
    """Every certificate in the evidence, by subject."""
    papers: dict[str, list[Exhibit[RegistrationCertificate]]] = {}
    for exhibit in evidence.of(RegistrationCertificate):
        for subject in exhibit.subjects.get("certificate", ()):
            papers.setdefault(subject, []).append(exhibit)
    return {key: certificate(key, those) for key, those in papers.items()}


def certificate(key: str, papers: Sequence[Exhibit[RegistrationCertificate]]) -> Certificate:
    """Read one certificate's papers together."""
    history = certificate_history([paper.record for paper in papers])
    seqs = [paper.seq for paper in papers]
    applications = tuple(
        application_of(known.fact, sorted({seqs[i] for i in known.of}))
        for known in history.applications
    )
    permits = tuple(
        Permit(
            Regime.CERTIFICATE,
            tuple(
                in_force(p.valid_from, p.valid_until, sorted({seqs[i] for i in p.of}))
                for p in periods
            ),
            applications,
        )
        for periods in _alternatives(history)
    )
    return Certificate(
        key, tuple(papers), history, tuple(timeline(permit) for permit in permits), permits
    )


def model_gaps(known: Certificate, model: str | None) -> tuple[Span, ...]:
    """Days on which the certificate did not name the model, though some version of it does.

    Changes are read together with the certificate (order 47 art. 81): a model that a change added
    is covered from the change on. A model that no version names word for word tells nothing: the
    papers often describe models in words.
    """
    wanted = normalise(model or "")
    versions = sorted(_model_versions(known), key=lambda version: version[0])
    if not wanted or not any(wanted in named for _, named in versions):
        return ()
    gaps = []
    for index, (since, named) in enumerate(versions):
        if wanted in named:
            continue
        following = versions[index + 1][0] if index + 1 < len(versions) else None
        first = since if index else None
        last = following - ONE_DAY if following else None
        if first is None or last is None or first <= last:
            gaps.append(Span(first, last))
    return tuple(gaps)


def _model_versions(known: Certificate) -> Iterator[tuple[date, frozenset[str]]]:
    for paper in known.papers:
        start = paper.record.valid_from()
        if paper.record.models and start is not None:
            yield start, frozenset(normalise(model) for model in paper.record.models)
    for change in known.history.changes:
        if change.fact.models is not None:
            yield change.fact.on, frozenset(normalise(model) for model in change.fact.models)


def lot_model(evidence: Evidence) -> str | None:
    """The lot's model, else its specification, where its papers agree on one."""
    named = {line.fields.model or line.fields.spec for line in lot_lines(evidence)}
    named |= {e.record.model or e.record.spec for e in evidence.of(Lot)}
    named.discard(None)
    if not named:
        named = {e.record.model or e.record.spec for e in evidence.of(Device)} - {None}
    return named.pop() if len(named) == 1 else None


def _alternatives(history: CertificateHistory) -> Iterator[tuple[KnownPeriod, ...]]:
    """Every way to settle periods that disagree: of each pair, one or the other is left out."""
    pairs = [pair for pair in history.disagreements if pair[0] != pair[1]][:4]
    seen = set()
    for choice in product(*pairs):
        kept = tuple(p for p in history.periods if not (len(p.of) and min(p.of) in choice))
        if kept and kept not in seen:
            seen.add(kept)
            yield kept
    if not seen:
        yield history.periods
