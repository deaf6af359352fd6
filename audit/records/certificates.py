"""Registration certificates and class I filings, and how many papers become one history.

The same certificate arrives as several papers: the initial certificate, each renewal, each change
document, acceptance notices, decisions and cancellations. Each paper is a record of its own
(identity = certificate + kind of paper + the paper's own number or date); `certificate_history`
merges them. Whether a renewal is deemed granted is computed by rules and never stored.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from typing import Generic, TypeVar

from pydantic import model_validator

from audit.records.dates import Interval
from audit.records.identifiers import certificate_key, party_key, segment
from audit.records.model import Part, Record, Ref, RetentionClass, articles, register, term
from audit.records.parts import NamedParty
from audit.records.quantities import TemperatureRange


class CertificatePaper(StrEnum):
    """Which paper about the certificate this is."""

    INITIAL = "initial"  # 注册证
    RENEWAL = "renewal"  # 延续注册证
    CHANGE = "change"  # 变更注册(备案)文件
    REISSUE = "reissue"  # 补发, order 47 art. 66
    ACCEPTANCE = "acceptance"  # 延续注册受理通知书
    DECISION = "decision"  # 准予/不予延续注册 without a certificate of its own
    CANCELLATION = "cancellation"  # 注销、吊销、撤销公告
    FILING = "filing"  # 第一类备案凭证
    FILING_CHANGE = "filing_change"  # 备案变更
    EXTRACT = "extract"  # a register's extract: several periods at once


class PeriodKind(StrEnum):
    INITIAL = "initial"
    RENEWAL = "renewal"


class Decision(StrEnum):
    APPROVED = "approved"
    REFUSED = "refused"


class CancellationReason(StrEnum):
    """Revocation and re-evaluation bar from their day; a lapse follows the production-date rule;
    voluntary or unknown: hold."""

    REVOKED = "revoked"
    RE_EVALUATION = "re_evaluation"
    VOLUNTARY = "voluntary"
    LAPSED = "lapsed"
    UNKNOWN = "unknown"


class Period(Part):
    """One validity of a certificate, both days inclusive.

    Without `valid_from`, order 47 art. 84 decides it from `approved_on`. Without `valid_until`
    the period does not end (class I filing).
    """

    valid_from: date | None = term("生效日期", "Valid from", default=None, matters=True)
    valid_until: date | None = term("有效期至", "Valid until", default=None, matters=True)
    approved_on: date | None = term("批准日期", "Approved on", default=None, matters=True)
    kind: PeriodKind = term("首次/延续", "Initial or renewal", default=PeriodKind.INITIAL)

    @model_validator(mode="after")
    def _in_order(self) -> Period:
        if self.valid_from is None and self.approved_on is None:
            raise ValueError("a period needs its first day or the day of approval")
        start = self.valid_from or self.approved_on
        if start and self.valid_until and start > self.valid_until:
            raise ValueError("a period ends before it begins")
        return self


class CertificateChange(Part):
    """变更注册 or 变更备案: read together with the certificate, ends with it (order 47 art. 81)."""

    on: date = term("变更批准日期", "Change approved on", matters=True)
    document_no: str | None = term("变更文件编号", "Number of the change", default=None)
    text: str | None = term("变更内容", "What changes", default=None)
    name: str | None = term("变更后产品名称", "Product name after it", default=None)
    models: tuple[str, ...] | None = term("变更后型号规格", "Models after it", default=None)
    structure: str | None = term("变更后结构及组成", "Structure after it", default=None)
    storage_text: str | None = term("变更后贮存条件", "Storage after it", default=None)
    registrant: str | None = term("变更后注册人", "Registrant after it", default=None)
    agent: str | None = term("变更后代理人", "Agent after it", default=None)


class RenewalApplication(Part):
    """An application to renew, as far as it is known. In time: filed no later than six months
    before expiry (order 47 art. 82), judged by the filing date."""

    filed_on: date | None = term("申请日期", "Filed on", default=None, matters=True)
    accepted_on: date | None = term("受理日期", "Accepted on", default=None, matters=True)
    notice_no: str | None = term("受理号", "Acceptance number", default=None)
    decision: Decision | None = term("审批决定", "Decision", default=None, matters=True)
    decided_on: date | None = term("决定日期", "Decided on", default=None, matters=True)

    @model_validator(mode="after")
    def _known(self) -> RenewalApplication:
        if not (self.filed_on or self.accepted_on or self.decided_on or self.notice_no):
            raise ValueError("an application needs a date or its acceptance number")
        if (self.decision is None) != (self.decided_on is None):
            raise ValueError("a decision and its day belong together")
        return self


class Cancellation(Part):
    on: date = term("注销日期", "Cancelled on", matters=True)
    reason: CancellationReason = term("注销原因", "Reason", matters=True)
    announced_on: date | None = term("公告日期", "Announced on", default=None)
    notice_no: str | None = term("公告编号", "Number of the notice", default=None)


@register
class RegistrationCertificate(Record):
    """One paper about a registration certificate (class II, III) or filing (class I).

    Order 47 art. 81-84, 112, 115, 116; GSP 54(1), 57. Identity: certificate, kind of paper, and
    the paper's own number or date. The certificate's key leaves out the two code digits, which a
    renewal may change.
    """

    kind = "registration_certificate"
    zh, en, group = "医疗器械注册证/备案凭证", "Registration certificate or filing", "product"
    retention = RetentionClass.GOODS_IN
    master_data = True
    affects = ("certificate", "device", "lot")
    mandatory = articles(
        {
            "registration_no": "GSP 54(1)",
            "registrant": "GSP 58",
            "name": "GSP 58",
            "models": "GSP 58",
        }
    )

    registration_no: str = term(
        "注册证编号或备案编号", "Registration or filing number", matters=True
    )
    paper: CertificatePaper = term("文件种类", "Which paper", matters=True)
    paper_no: str | None = term("文件编号", "The paper's own number", default=None)
    issued_on: date | None = term("签发日期", "Date of the paper", default=None, matters=True)
    authority: str | None = term("审批/备案部门", "Authority", default=None)
    former_registration_no: str | None = term(
        "原注册证编号", "Former registration number", default=None
    )
    registrant: NamedParty | None = term("注册人/备案人", "Registrant or filer", default=None)
    agent: NamedParty | None = term("代理人", "Agent in China", default=None)
    production_address: str | None = term("生产地址", "Production address", default=None)
    contract_manufacturer: str | None = term("受托生产企业", "Contract manufacturer", default=None)
    name: str | None = term("产品名称", "Product name", default=None, matters=True)
    models: tuple[str, ...] = term("型号规格", "Models and specifications", default=())
    structure: str | None = term("结构及组成", "Structure and composition", default=None)
    intended_use: str | None = term("适用范围", "Intended use", default=None)
    storage: TemperatureRange | None = term(
        "贮存温度", "Storage temperature", default=None, unit="°C", matters=True
    )
    storage_text: str | None = term("贮存条件及有效期", "Storage and shelf life", default=None)
    device_class: int | None = term("管理类别", "Class (1 to 3)", default=None, matters=True)
    catalogue_code: str | None = term("分类编码", "Catalogue code", default=None, matters=True)
    conditions: str | None = term("附条件批准事项", "Conditions of approval", default=None)
    periods: tuple[Period, ...] = term("有效期", "Periods of validity", default=())
    changes: tuple[CertificateChange, ...] = term("变更", "Changes", default=())
    applications: tuple[RenewalApplication, ...] = term(
        "延续申请", "Renewal applications", default=()
    )
    cancellation: Cancellation | None = term("注销", "Cancellation", default=None)

    @model_validator(mode="after")
    def _says_what_it_is(self) -> RegistrationCertificate:
        paper = self.paper
        endless = not self.periods or any(p.valid_until is None for p in self.periods)
        if endless and paper in (CertificatePaper.INITIAL, CertificatePaper.RENEWAL):
            raise ValueError("a registration certificate states until when it is valid")
        if paper is CertificatePaper.FILING and not self.periods:
            raise ValueError("a filing states its date")
        if paper in (CertificatePaper.CHANGE, CertificatePaper.FILING_CHANGE) and not self.changes:
            raise ValueError("a change document states a change")
        needs_application = (CertificatePaper.ACCEPTANCE, CertificatePaper.DECISION)
        if paper in needs_application and not self.applications:
            raise ValueError("a notice on a renewal states the application")
        if paper is CertificatePaper.CANCELLATION and self.cancellation is None:
            raise ValueError("a cancellation notice states the cancellation")
        return self

    @property
    def key(self) -> str:
        return certificate_key(self.registration_no)

    def identity(self) -> str:
        return f"{self.key}/{self.paper.value}/{self._own_mark()}"

    def _own_mark(self) -> str:
        if self.paper_no:
            return segment(self.paper_no)
        for application in self.applications:
            if application.notice_no and self.paper is CertificatePaper.ACCEPTANCE:
                return segment(application.notice_no)
        return str(self.occurred_on() or "")

    def refs(self) -> Iterator[Ref]:
        yield Ref("certificate", self.key)
        if self.former_registration_no:
            yield Ref("former_certificate", certificate_key(self.former_registration_no))
        if self.registrant:
            yield from self.registrant.refs("registrant")
        if self.agent:
            yield from self.agent.refs("agent")
        if self.contract_manufacturer:
            yield Ref("contract_manufacturer", party_key(name=self.contract_manufacturer))

    def valid_from(self) -> date | None:
        starts = [p.valid_from or p.approved_on for p in self.periods]
        return min((s for s in starts if s), default=None)

    def valid_until(self) -> date | None:
        ends = [p.valid_until for p in self.periods]
        return None if None in ends else max((e for e in ends if e), default=None)

    def occurred_on(self) -> date | None:
        """Day of the paper, or of the latest act it tells of."""
        if self.issued_on:
            return self.issued_on
        days = [p.approved_on or p.valid_from for p in self.periods]
        days += [c.on for c in self.changes]
        days += [a.decided_on or a.accepted_on or a.filed_on for a in self.applications]
        days += [self.cancellation.on] if self.cancellation else []
        return max((d for d in days if d), default=None)


T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class KnownPeriod:
    """A period with both days worked out. of: indexes of the records that state it."""

    valid_from: date
    valid_until: date | None
    approved_on: date | None
    kind: PeriodKind
    of: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class KnownFact(Generic[T]):
    """A change, application or cancellation. of: indexes of the records that state it."""

    fact: T
    of: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class CertificateHistory:
    """All that several papers say of one certificate, in order of time.

    disagreements: pairs of record indexes that state the same period with other days; both stand
    in `periods`, so that a rule can judge at each value.
    """

    key: str
    periods: tuple[KnownPeriod, ...]
    changes: tuple[KnownFact[CertificateChange], ...]
    applications: tuple[KnownFact[RenewalApplication], ...]
    cancellations: tuple[KnownFact[Cancellation], ...]
    disagreements: tuple[tuple[int, int], ...]

    def validity(self) -> tuple[Interval, ...]:
        """The days on which some period holds, adjoining and overlapping periods joined."""
        joined: list[Interval] = []
        for period in self.periods:
            last = joined[-1] if joined else None
            if last and (last.last is None or period.valid_from <= last.last + timedelta(days=1)):
                if last.last is None or period.valid_until is None:
                    end = None
                else:
                    end = max(last.last, period.valid_until)
                joined[-1] = Interval(first=last.first, last=end)
            else:
                joined.append(Interval(first=period.valid_from, last=period.valid_until))
        return tuple(joined)


def certificate_history(records: Sequence[RegistrationCertificate]) -> CertificateHistory:
    """Merge the papers of one certificate. The order of `records` does not change the answer
    (only the indexes in `of` follow it). Raises ValueError when they name different certificates
    or when there is none."""
    keys = {record.key for record in records}
    if len(keys) != 1:
        raise ValueError(f"one certificate's papers are needed, not those of {len(keys)}")
    periods = _periods(
        [(period, i) for i, record in enumerate(records) for period in record.periods]
    )
    return CertificateHistory(
        key=keys.pop(),
        periods=periods,
        changes=merge_facts(
            [(c, i) for i, record in enumerate(records) for c in record.changes],
            lambda change: (change.on, change.document_no or ""),
        ),
        applications=merge_applications(
            [(a, i) for i, record in enumerate(records) for a in record.applications]
        ),
        cancellations=merge_facts(
            [(r.cancellation, i) for i, r in enumerate(records) if r.cancellation],
            lambda cancellation: (cancellation.on, cancellation.reason),
        ),
        disagreements=_disagreements(periods),
    )


def _periods(stated: list[tuple[Period, int]]) -> tuple[KnownPeriod, ...]:
    far = date.max
    stated = sorted(
        stated,
        key=lambda s: (
            s[0].valid_until or far, s[0].valid_from or s[0].approved_on or far, s[0].kind,
            s[0].approved_on or far,
        ),
    )  # fmt: skip
    known: dict[tuple[date, date | None], KnownPeriod] = {}
    for period, i in stated:
        start = period.valid_from or _start(period, [p for p, _ in stated])
        key = (start, period.valid_until)
        same = known.get(key)
        known[key] = KnownPeriod(
            start,
            period.valid_until,
            (same.approved_on if same else None) or period.approved_on,
            same.kind if same else period.kind,
            (*(same.of if same else ()), i),
        )
    return tuple(sorted(known.values(), key=lambda p: (p.valid_from, p.valid_until or far)))


def _start(period: Period, others: list[Period]) -> date:
    """Order 47 art. 84: approved before the old validity ends, a renewal begins on the day after
    it; approved later, on the day of approval. With the old validity unknown the day of approval
    is right too: the days up to the old expiry were covered anyway."""
    approved = period.approved_on
    assert approved is not None  # Period demands one of the two
    if period.kind is PeriodKind.INITIAL:
        return approved
    ends = [
        other.valid_until
        for other in others
        if other.valid_until and period.valid_until and other.valid_until < period.valid_until
    ]
    before = max(ends, default=None)
    return before + timedelta(days=1) if before and approved <= before else approved


def _disagreements(periods: tuple[KnownPeriod, ...]) -> tuple[tuple[int, int], ...]:
    found = []
    for n, one in enumerate(periods):
        for other in periods[n + 1 :]:
            both_initial = one.kind is other.kind is PeriodKind.INITIAL
            same_approval = one.approved_on is not None and one.approved_on == other.approved_on
            shared_day = one.valid_from == other.valid_from or one.valid_until == other.valid_until
            if both_initial or same_approval or shared_day:
                found.append((min(one.of), min(other.of)))
    return tuple(found)


def merge_facts(
    stated: list[tuple[T, int]], order: Callable[[T], tuple[date, str]]
) -> tuple[KnownFact[T], ...]:
    """Equal facts of several papers become one, in the order given."""
    grouped: dict[T, tuple[int, ...]] = {}
    for fact, i in sorted(stated, key=lambda s: order(s[0])):
        grouped[fact] = (*grouped.get(fact, ()), i)
    return tuple(KnownFact(fact, of) for fact, of in grouped.items())


def merge_applications(
    stated: list[tuple[RenewalApplication, int]],
) -> tuple[KnownFact[RenewalApplication], ...]:
    """Join what several notices say of one application: they share its number or one of its days
    and contradict each other nowhere."""
    merged: list[tuple[RenewalApplication, tuple[int, ...]]] = []
    for application, i in sorted(stated, key=lambda s: s[0].model_dump_json()):
        for n, (known, of) in enumerate(merged):
            if _same_application(known, application):
                both = {**known.model_dump(), **application.model_dump(exclude_none=True)}
                merged[n] = (RenewalApplication(**both), (*of, i))
                break
        else:
            merged.append((application, (i,)))
    merged.sort(key=lambda m: m[0].filed_on or m[0].accepted_on or m[0].decided_on or date.max)
    return tuple(KnownFact(application, of) for application, of in merged)


def _same_application(one: RenewalApplication, other: RenewalApplication) -> bool:
    a, b = one.model_dump(exclude_none=True), other.model_dump(exclude_none=True)
    if any(a[field] != b[field] for field in a.keys() & b.keys()):
        return False
    return bool(a.keys() & b.keys() & {"notice_no", "filed_on", "accepted_on"})
