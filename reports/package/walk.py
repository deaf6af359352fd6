"""The declared walks: from a selected subject, step by step, to the papers that bear on it.

Each selector has its table of steps. A step takes the subjects that records found so far name in
certain roles, and fetches the records of certain kinds about them. The same tables stand in
`selection.json` and in the report, so that a reader can say what should have been found.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Final

from audit.records import KINDS
from audit.store import Store
from audit.store.state import LIVE, Snapshot
from audit.store.types import StoredRecord
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
    "goods_in_inspection",
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


@dataclass(frozen=True, slots=True)
class Edge:
    """A step with the roles it follows. papers: only subjects of records at most so deep."""

    step: Step
    roles: tuple[str, ...]


def _edge(
    start: str,
    end: str,
    roles: tuple[str, ...],
    kinds: tuple[str, ...],
    depth: int,
    zh: str,
    en: str,
) -> Edge:
    known = tuple(kind for kind in kinds if kind in KINDS)
    return Edge(Step(start, end, known, depth, False, zh, en), roles)


_PAPERS = _edge(
    "record",
    "paper",
    ("order", "shipment", "delivery", "invoice"),
    PAPERS,
    1,
    "所涉订单、随货同行单、发票、运输与签收",
    "orders, delivery notes, invoices, transport, acceptance",
)
_PRODUCT = _edge(
    "record",
    "device",
    ("device",),
    PRODUCT,
    1,
    "产品资料、首营品种、标签、合格证",
    "product data, first approval, labels",
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
_PARTIES = _edge(
    "record",
    "party",
    (
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
    ),
    PARTY,
    2,
    "供货者、购货者、注册人、承运单位的证照、备案、授权与首营审批",
    "licences, filings, letters and approvals of the parties",
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
    "运输途中的温度记录",
    "temperature logs of the transport",
)
_CALIBRATION = _edge(
    "record",
    "logger",
    ("logger",),
    CALIBRATION,
    3,
    "记录仪的校准证书",
    "calibration of the loggers",
)

WALKS: Final[dict[str, tuple[Edge, ...]]] = {
    "lot": (_PAPERS, _PRODUCT, _CERTIFICATE, _PARTIES, _LICENCES, _COLD, _CALIBRATION),
    "party": (_PRODUCT, _CERTIFICATE, _LICENCES),
    "period": (_PRODUCT, _CERTIFICATE, _PARTIES, _LICENCES, _CALIBRATION),
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
DOCUMENTS: Final = Step(
    "record",
    "document",
    (),
    1,
    False,
    "上述记录所依据的原件及其收件、读取条目",
    "the originals behind these records, with receipt and reading",
)


def walk(
    store: Store, at: Snapshot, by: str, found: Iterable[StoredRecord]
) -> Iterator[tuple[StoredRecord, str]]:
    """What the steps of a selector reach from the records found first: (record, because).

    Each record once; superseded ones that a reached record corrects come with it.
    """
    known: dict[int, StoredRecord] = {record.seq: record for record in found}
    started = set(known)
    for edge in WALKS[by]:
        subjects: dict[str, str] = {}
        for record in known.values():
            if edge.step.depth == 1 and record.seq not in started:
                continue
            for role in edge.roles:
                for subject in record.subjects.get(role, ()):
                    subjects.setdefault(subject, role)
        if not subjects or not edge.step.kinds:
            continue
        reached = store.records_of(at, edge.step.kinds, sorted(subjects), states=LIVE)
        for subject, records in sorted(reached.items()):
            for record in records:
                if record.seq not in known:
                    known[record.seq] = record
                    yield record, f"{subjects[subject]} {subject}"
    older = {r.supersedes for r in known.values() if r.supersedes is not None} - set(known)
    while older:
        for record in store.by_seqs(at, sorted(older)):
            known[record.seq] = record
            yield record, "superseded"
        older = {r.supersedes for r in known.values() if r.supersedes is not None} - set(known)


def steps(by: str) -> tuple[Step, ...]:
    """The declared walk of a selector, as it is printed."""
    return (STARTS[by], *(edge.step for edge in WALKS[by] if edge.step.kinds), DOCUMENTS)
