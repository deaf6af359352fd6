"""The declared walks: from a selected subject, step by step, to the papers that bear on it.

Each selector has its table of steps. A step takes the subjects that records found so far name in
certain roles, and fetches the records of certain kinds about them; its test says which of those
bear on the lot, and why the others stay out. The same tables stand in `selection.json` and in the
report, so that a reader can say what should have been found.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from audit.records import KINDS
from audit.records.parties import AuthorisationLetter, LetterType, PartyRole
from audit.store import Store
from audit.store.state import LIVE, Snapshot
from audit.store.types import StoredRecord
from checks.cold_chain.legs import stays, until, zone_logs
from reports.package.focus import SLACK, Focus, overlaps
from reports.package.legs import storage_evidence
from reports.package.model import Step

PRODUCT: Final = ("device", "label", "product_approval", "external_code", "conformity_certificate")
CERTIFICATE: Final = ("registration_certificate",)
PARTY: Final = (
    "party",
    "business_licence",
    "operating_licence",
    "class_ii_filing",
    "production_licence",
    "institution_licence",
    "institution_filing",
    "use_need_statement",
    "party_approval",
    "authorisation_letter",
    "seal_specimen",
    "agreement",
    "approval",
)
PAPERS: Final = (
    "purchase_order",
    "sales_order",
    "order_confirmation",
    "invoice",
    "delivery_note",
    "receipt",
    "transport_record",
    "customer_acceptance",
    "acceptance_problem",
    "loading_record",
)
COLD: Final = ("temperature_log", "loading_record")
CALIBRATION: Final = ("calibration_certificate", "validation_report")
GOODS: Final = (
    "purchase_order",
    "sales_order",
    "invoice",
    "delivery_note",
    "receipt",
    "goods_in_inspection",
    "put_away",
    "stock_movement",
    "stock_check",
    "stock_count",
    "quality_hold",
    "quality_release",
    "sales_record",
    "outbound_check",
    "transport_record",
    "customer_acceptance",
    "acceptance_problem",
    "return_record",
    "nonconforming_record",
    "disposal_record",
    "recall",
    "stop_sale",
    "temperature_log",
    "loading_record",
)


Test = Callable[["Walk", StoredRecord], str]
"""Why a record that a step met stays out (a reason's code), or "" when it is taken."""


def _any(_walk: Walk, _record: StoredRecord) -> str:
    return ""


def _of_the_lot(walk: Walk, record: StoredRecord) -> str:
    return "" if walk.focus is None or walk.focus.concerns(record) else "walk.other_goods"


def _of_these_parties(walk: Walk, record: StoredRecord) -> str:
    """Papers of the parties themselves; letters of suppliers and registrants to us or to them."""
    named = {one for role in _HOLDS for one in record.subjects.get(role, ())}
    if named.isdisjoint(walk.parties):
        return "walk.other_party"
    letter = record.record
    if not isinstance(letter, AuthorisationLetter):
        return ""
    grantee = set(record.subjects.get("grantee", ()))
    given_here = not grantee or not grantee.isdisjoint({*walk.parties, *walk.own})
    return "" if given_here else "walk.other_party"


def _of_the_sellers(walk: Walk, record: StoredRecord) -> str:
    """Our letters for the salespeople whom the lot's sales name; where none is named, those that
    were valid on a day of sale, for anybody or for that buyer."""
    letter, focus = record.record, walk.focus
    if not isinstance(letter, AuthorisationLetter) or focus is None:
        return ""
    if letter.type is not LetterType.OWN_SALESPERSON:
        return "walk.other_party"
    if focus.sellers:
        return "" if letter.salesperson in focus.sellers else "walk.other_person"
    last = record.valid_until
    stood = any(letter.valid_on <= day and (not last or day <= last) for day in focus.sold_on)
    grantee = set(record.subjects.get("grantee", ()))
    to_buyer = not grantee or bool(grantee & focus.buyers)
    return "" if stood and to_buyer else "walk.other_person"


def _rode_along(walk: Walk, record: StoredRecord) -> str:
    if walk.focus is None or walk.focus.rode_along(record):
        return ""
    return "walk.other_time"


def _where_it_lay(walk: Walk, record: StoredRecord) -> str:
    return "" if record.seq in walk.beside else "walk.other_time"


_HOLDS: Final = ("party", "holder", "grantor", "subject", "licence")


@dataclass(frozen=True, slots=True)
class Edge:
    """A step with the roles it follows and the test of what it meets."""

    step: Step
    roles: tuple[str, ...]
    test: Test = _any


def _edge(
    start: str,
    end: str,
    roles: tuple[str, ...],
    kinds: tuple[str, ...],
    depth: int,
    zh: str,
    en: str,
    test: Test = _any,
) -> Edge:
    known = tuple(kind for kind in kinds if kind in KINDS)
    return Edge(Step(start, end, known, depth, False, zh, en), roles, test)


_PAPERS = _edge(
    "record",
    "paper",
    ("order", "shipment", "delivery", "invoice"),
    PAPERS,
    1,
    "写有该批次或其产品的订单、随货同行单、发票、运输与签收；同单其他货物不再延伸",
    "orders, delivery notes, invoices, transport, acceptance that name the lot or its product; "
    "other goods on them lead no further",
    _of_the_lot,
)
_PRODUCT = _edge(
    "record",
    "device",
    ("device",),
    PRODUCT,
    1,
    "产品资料、首营品种、标签、该批次的合格证",
    "product data, first approval, labels, the lot's own certificate of conformity",
    _of_the_lot,
)
_CERTIFICATE = _edge(
    "record",
    "certificate",
    ("certificate",),
    CERTIFICATE,
    1,
    "注册证、备案凭证及其变更与延续",
    "registration certificates with changes",
)
_PARTY_ROLES: Final = (
    "supplier",
    "buyer",
    "customer",
    "registrant",
    "carrier",
    "consignee",
    "grantor",
    "holder",
    "party",
    "contract_manufacturer",
)
_PARTIES = _edge(
    "record",
    "party",
    _PARTY_ROLES,
    PARTY,
    2,
    "单据所载供货者、购货者、注册人、承运单位的证照、备案、首营审批；供货者与注册人给本企业或彼此的授权",
    "licences, filings and approvals of the parties that the papers name; letters of suppliers "
    "and registrants to us or to each other",
    _of_these_parties,
)
_SELLERS = _edge(
    "sale",
    "letter",
    ("self",),
    ("authorisation_letter",),
    2,
    "该批次销售所载本企业销售人员的授权书；未载明人员的，为销售当日有效的授权书",
    "our letters for the salespeople whom the lot's sales name; where none is named, those valid "
    "on the day of sale",
    _of_the_sellers,
)
_LICENCES = _edge(
    "record",
    "licence",
    ("supplier_licence", "buyer_licence", "production_licence", "licence"),
    PARTY,
    2,
    "单据上写明的许可证与备案",
    "licences and filings that the papers name",
)
_COLD = _edge(
    "record",
    "temperature",
    ("shipment", "vehicle", "box", "logger"),
    COLD,
    2,
    "该批次各次运输途中的温度记录：同单，或同车、同箱、同记录仪且时间相交",
    "temperature logs of the lot's own transports: of the shipment, or of its vehicle, box or "
    "logger while it was under way",
    _rode_along,
)
_STORE = _edge(
    "zone",
    "temperature",
    ("zone",),
    COLD,
    2,
    "该批次实际存放库区的温度记录，与存放时间相交",
    "temperature logs of the zones where the lot lay, of the time it lay there",
    _where_it_lay,
)
_CALIBRATION = _edge(
    "record",
    "logger",
    ("logger",),
    CALIBRATION,
    3,
    "上述记录仪的校准证书",
    "calibration of these loggers",
)
_ALL_PARTIES = _edge(
    "record",
    "party",
    _PARTY_ROLES,
    PARTY,
    2,
    "供货者、购货者、注册人、承运单位的证照、备案、授权与首营审批",
    "licences, filings, letters and approvals of the parties",
)

WALKS: Final[dict[str, tuple[Edge, ...]]] = {
    "lot": (
        _PAPERS,
        _PRODUCT,
        _CERTIFICATE,
        _PARTIES,
        _SELLERS,
        _LICENCES,
        _COLD,
        _STORE,
        _CALIBRATION,
    ),
    "party": (_PRODUCT, _CERTIFICATE, _LICENCES),
    "period": (_PRODUCT, _CERTIFICATE, _ALL_PARTIES, _LICENCES, _CALIBRATION),
}
STARTS: Final[dict[str, Step]] = {
    "lot": Step(
        "lot",
        "lot",
        (),
        0,
        True,
        "该批次的全部条目（流完整）",
        "every entry of the lot (whole streams)",
    ),
    "party": Step(
        "party",
        "party",
        (),
        0,
        True,
        "该单位的全部条目（流完整）",
        "every entry of the party (whole streams)",
    ),
    "period": Step(
        "period",
        "entry",
        GOODS,
        0,
        True,
        "期间内登记的每一条（无间断）；内容限期间内的业务",
        "every entry recorded (no gap); contents of what happened in the period",
    ),
}
OWN: Final = Step(
    "self",
    "licence",
    tuple(k for k in PARTY if k in KINDS and k.endswith(("licence", "filing"))),
    1,
    False,
    "本企业的证照与备案",
    "our own licences and filings",
)
DOCUMENTS: Final = Step(
    "record",
    "document",
    (),
    1,
    False,
    "上述记录所依据的原件及其收件、读取条目",
    "the originals behind these records, with receipt and reading",
)


@dataclass(frozen=True, slots=True)
class Seen:
    """What a walk remembers of a record: what it names, never its body. There may be many."""

    seq: int
    kind: str
    document: str | None
    state_since: int
    supersedes: int | None
    subjects: Mapping[str, tuple[str, ...]]


class Walk:
    """One walk at one snapshot: hand it the records that it starts from, then let it run."""

    def __init__(self, store: Store, at: Snapshot, by: str, focus: Focus | None) -> None:
        self.focus = focus
        self.own = _ourselves(store, at)
        self.parties: frozenset[str] = frozenset()
        """Parties and licences that the present step asks about."""
        self.beside: frozenset[int] = frozenset()
        """Logs of the zones where the lot lay, at that time."""
        self._store = store
        self._at = at
        self._by = by
        self.known: dict[int, Seen] = {}
        self._named: dict[tuple[object, ...], Mapping[str, tuple[str, ...]]] = {}
        self._left: dict[int, tuple[str, str]] = {}

    def see(self, record: StoredRecord) -> None:
        """A record found, by the walk or before it."""
        if record.seq in self.known:
            return
        subjects = record.subjects
        if self.focus is not None and record.record is not None:
            self.focus.hear(record, record.record)
            subjects = self.focus.narrowed(record)
        same = self._named.setdefault(tuple(sorted(subjects.items())), subjects)
        self.known[record.seq] = Seen(
            record.seq, record.kind, record.document, record.state_since, record.supersedes, same
        )

    def run(self) -> Iterator[tuple[StoredRecord, str]]:
        """What the steps reach: (record, because), each once; superseded ones that a reached
        record corrects come with it."""
        started = set(self.known)
        for edge in WALKS[self._by]:
            subjects = self._asked(edge, started)
            if subjects and edge.step.kinds:
                yield from self._step(edge, subjects)
        yield from self._own_papers()
        while older := [r for r in self._store.by_seqs(self._at, self._superseded())
                        if r.seq not in self.known]:  # fmt: skip
            for record in older:
                self.see(record)
                yield record, "superseded"

    def _asked(self, edge: Edge, started: Collection[int]) -> dict[str, str]:
        """The subjects that a step goes to, with the role that led there."""
        if edge is _SELLERS:
            return dict.fromkeys(sorted(self.own), "self")
        subjects: dict[str, str] = {}
        for record in self.known.values():
            if edge.step.depth == 1 and record.seq not in started:
                continue
            for role in edge.roles:
                for subject in record.subjects.get(role, ()):
                    subjects.setdefault(subject, role)
        if edge is _PARTIES:
            for subject in self.own:
                subjects.pop(subject, None)
            self.parties = frozenset(subjects)
        if edge is _STORE:
            self.beside = self._stored(subjects)
        return subjects

    def _step(self, edge: Edge, subjects: dict[str, str]) -> Iterator[tuple[StoredRecord, str]]:
        reached = self._store.records_of(self._at, edge.step.kinds, sorted(subjects), states=LIVE)
        for subject, records in sorted(reached.items()):
            for record in records:
                if record.seq in self.known:
                    continue
                if why := edge.test(self, record):
                    self._left[record.seq] = (f"record.{record.kind}", why)
                    continue
                self.see(record)
                yield record, f"{subjects[subject]} {subject}"

    def _stored(self, zones: Collection[str]) -> frozenset[int]:
        """Logs that hung where the lot lay, of the time it lay there."""
        logs = self._store.records_of(self._at, ["temperature_log"], sorted(zones))
        if self.focus is None or not any(logs.values()):
            return frozenset()
        evidence = storage_evidence(self._store, self._at, self.focus.lot)
        return frozenset(
            log.seq
            for stay in stays(evidence)
            for log in zone_logs(evidence, stay)
            if overlaps(log.record, stay.start - SLACK, until(stay, self._at.valid_at))
        )

    def _own_papers(self) -> Iterator[tuple[StoredRecord, str]]:
        """Our own licences: each act in the package rests on them."""
        found = self._store.records_of(self._at, OWN.kinds, sorted(self.own))
        for subject, records in sorted(found.items()):
            for record in records:
                if record.seq not in self.known:
                    self.see(record)
                    yield record, f"self {subject}"

    def _superseded(self) -> list[int]:
        corrected = {r.supersedes for r in self.known.values() if r.supersedes is not None}
        return sorted(corrected - self.known.keys())

    def left(self) -> Counter[tuple[str, str]]:
        """What the walk met and did not take: (kind of entry, reason) and how many."""
        return Counter(
            reason for seq, reason in sorted(self._left.items()) if seq not in self.known
        )


def _ourselves(store: Store, at: Snapshot) -> frozenset[str]:
    return frozenset(
        subject
        for record in store.records(at, ["party"])
        if PartyRole.SELF in getattr(record.record, "roles", ())
        for subject in record.subjects.get("party", ())
    )


def steps(by: str) -> tuple[Step, ...]:
    """The declared walk of a selector, as it is printed."""
    return (STARTS[by], *(edge.step for edge in WALKS[by] if edge.step.kinds), OWN, DOCUMENTS)
