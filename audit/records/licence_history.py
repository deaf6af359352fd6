"""What several papers say of one licence, merged: validity, and content by version."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from audit.records.certificates import (
    Cancellation,
    KnownFact,
    RenewalApplication,
    merge_applications,
    merge_facts,
)
from audit.records.dates import Interval
from audit.records.licences import (
    BusinessMode,
    ClassIIFiling,
    Licence,
    LicencePaper,
    OperatingLicence,
    ScopeItem,
)
from audit.records.parts import NamedParty


@dataclass(frozen=True, slots=True)
class LicenceTerm:
    """One term of validity, both days inclusive; valid_until None does not end (filings).

    of: indexes of the records that state it.
    """

    valid_from: date
    valid_until: date | None
    of: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class LicenceVersion:
    """What the licence says from `since` until the next version. None: no paper said it yet.

    of: indexes of the records whose words are in it.
    """

    since: date
    paper: LicencePaper
    holder: NamedParty
    domicile: str | None
    premises: tuple[str, ...] | None
    mode: BusinessMode | None
    scope: tuple[ScopeItem, ...] | None
    warehouses: tuple[str, ...] | None
    third_party_logistics: bool | None
    of: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class LicenceHistory:
    """All that several papers say of one licence, in order of time."""

    key: str
    terms: tuple[LicenceTerm, ...]
    versions: tuple[LicenceVersion, ...]
    applications: tuple[KnownFact[RenewalApplication], ...]
    cancellations: tuple[KnownFact[Cancellation], ...]

    def version_on(self, day: date) -> LicenceVersion | None:
        """What the licence said on that day; None before the first paper we hold."""
        return next((v for v in reversed(self.versions) if v.since <= day), None)

    def term_on(self, day: date) -> LicenceTerm | None:
        """The term in force that day by its dates alone: cancellation and deemed renewal are
        the rules' business."""
        for t in self.terms:
            if Interval(first=t.valid_from, last=t.valid_until).contains(day):
                return t
        return None


_CONTENT_PAPERS = (
    LicencePaper.ISSUED,
    LicencePaper.CHANGED,
    LicencePaper.RENEWED,
    LicencePaper.REISSUED,
    LicencePaper.EXTRACT,
)


def licence_history(records: Sequence[Licence]) -> LicenceHistory:
    """Merge the papers of one licence. The order of `records` does not change the answer (only
    the indexes in `of` follow it). Raises ValueError when they name different licences or when
    there is none."""
    keys = {record.key for record in records}
    if len(keys) != 1:
        raise ValueError(f"one licence's papers are needed, not those of {len(keys)}")
    papers = [(r, i) for i, r in enumerate(records) if r.paper in _CONTENT_PAPERS]
    papers = [(r, i) for r, i in papers if _begins(r) is not None]
    papers.sort(key=lambda p: (_since(p[0]), _ORDER[p[0].paper], p[0].model_dump_json()))
    return LicenceHistory(
        key=keys.pop(),
        terms=_terms(papers),
        versions=_versions(papers),
        applications=merge_applications(
            [(r.application, i) for i, r in enumerate(records) if r.application]
        ),
        cancellations=merge_facts(
            [(r.cancellation, i) for i, r in enumerate(records) if r.cancellation],
            lambda cancellation: (cancellation.on, cancellation.reason),
        ),
    )


_ORDER = {paper: n for n, paper in enumerate(_CONTENT_PAPERS)}


def _begins(record: Licence) -> date | None:
    return record.valid_on or record.issued_on


def _since(record: Licence) -> date:
    """The day from which the paper's words count: its issue; a new term begins with its term."""
    day = record.issued_on or record.valid_on
    assert day is not None  # papers without a day were left out
    return day


def _terms(papers: list[tuple[Licence, int]]) -> tuple[LicenceTerm, ...]:
    """Changes and reissues keep the term (order 54 art. 15, 19): one that ends on a known day
    belongs to that term; where it is the only paper we hold, the term is known from its issue."""
    known: dict[date | None, LicenceTerm] = {}
    for record, i in papers:
        start = record.valid_on or _renewed_from(record, known) or _since(record)
        same = known.get(record.valid_to)
        if same is None:
            known[record.valid_to] = LicenceTerm(start, record.valid_to, (i,))
        else:
            first = min(start, same.valid_from)
            known[record.valid_to] = LicenceTerm(first, record.valid_to, (*same.of, i))
    return tuple(sorted(known.values(), key=lambda t: (t.valid_from, t.valid_until or date.max)))


def _renewed_from(record: Licence, known: dict[date | None, LicenceTerm]) -> date | None:
    """Order 54 art. 16, order 53 art. 17: approved in time, the new term begins on the day after
    the old one; approved later, on the day of approval."""
    if record.paper is not LicencePaper.RENEWED or record.valid_to is None:
        return None
    before = max((end for end in known if end and end < record.valid_to), default=None)
    approved = _since(record)
    return before + timedelta(days=1) if before and approved <= before else approved


def _versions(papers: list[tuple[Licence, int]]) -> tuple[LicenceVersion, ...]:
    versions: list[LicenceVersion] = []
    for record, i in papers:
        last = versions[-1] if versions else None
        version = _next(last, record, i)
        if last and last.since == version.since:
            versions[-1] = version
        else:
            versions.append(version)
    return tuple(versions)


def _next(last: LicenceVersion | None, record: Licence, i: int) -> LicenceVersion:
    """The paper's own words over those of the version before it."""
    trade = record if isinstance(record, OperatingLicence | ClassIIFiling) else None
    said = {
        "domicile": record.domicile,
        "premises": record.premises,
        "scope": record.scope,
        "mode": trade.mode if trade else None,
        "warehouses": trade.warehouses if trade else None,
        "third_party_logistics": trade.third_party_logistics if trade else None,
    }
    kept = any(word is None and last and getattr(last, name) is not None
               for name, word in said.items())  # fmt: skip
    words = {
        name: getattr(last, name) if word is None and last else word for name, word in said.items()
    }
    return LicenceVersion(
        since=_since(record),
        paper=record.paper,
        holder=record.holder,
        of=(*(last.of if last and kept else ()), i),
        **words,  # type: ignore[arg-type]
    )
