"""Certificates at the day of sale: cancelled, or overtaken by a re-classification notice.

Certificates cancelled after re-evaluation or revoked bar trade from their day whatever the
production date (Regulations art. 66); re-classification notices end the sale of some product kinds
on a day.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Final

from audit.records.certificates import CancellationReason, RegistrationCertificate
from audit.records.product import Device, Lot
from audit.records.registration_numbers import parse_registration_no
from base.errors import message
from checks.rules.certificates import NOT_ON_FILE, OTHER_LOT, SUPPLY_CERTIFICATE, numbers_of
from checks.stock import MOVES, stock_of
from checks.types import (
    Answer,
    Cure,
    Effect,
    Evidence,
    Gate,
    Hop,
    Policy,
    Selector,
    Severity,
    earliest,
    failed,
    law,
    not_applicable,
    passed,
    rule,
    say,
    unknown,
)
from checks.validity.papers import LOT_PAPERS, certificates
from checks.validity.reclassification import cut_offs, names_kind, turns

_SALES: Final = ("sales_record",)

BARRED = message(
    "certificate.barred",
    zh="注册证自 {on} 起被注销或撤销（{reason}），该日起不得经营",
    en="the certificate was cancelled on {on} ({reason}); no trade from that day",
)
SOLD_BARRED = message(
    "certificate.sold_while_barred",
    zh="注册证自 {on} 起被注销或撤销（{reason}），{sold} 仍有销售",
    en="the certificate was cancelled on {on} ({reason}), yet goods were sold on {sold}",
)
WITHDRAWN = message(
    "certificate.withdrawn",
    zh="注册证自 {on} 起注销，原因 {reason}，是否影响经营待查明",
    en="the certificate was cancelled on {on}, reason {reason}: whether trade is barred is open",
)
NOT_CANCELLED = message(
    "certificate.not_cancelled",
    zh="没有注销或撤销的记录",
    en="no cancellation is on file",
)
LAPSE_ANNOUNCED = message(
    "certificate.lapse_announced",
    zh="注销仅因有效期届满，按生产日期判断",
    en="cancelled only because it lapsed: the production date decides",
)
NO_TRADE = message(
    "certificate.no_trade",
    zh="注销或撤销之日起不经营该产品",
    en="no trade in the product from the day of cancellation",
)
CANCELLATION_NOTICE = message(
    "certificate.cancellation_notice",
    zh="提供写明注销原因的公告",
    en="supply the notice that gives the reason",
)

GONE_BEFORE = message(
    "certificate.gone_before_bar",
    zh="注销或撤销之前已全部售出或退出",
    en="all of the lot had left before the cancellation",
)

_BARRING: Final = frozenset({CancellationReason.REVOKED, CancellationReason.RE_EVALUATION})
_OPEN: Final = frozenset({CancellationReason.VOLUNTARY, CancellationReason.UNKNOWN})


@rule(
    "certificate.cancelled",
    zh="注册证未被撤销或因再评价注销",
    en="The certificate was not revoked or cancelled after re-evaluation",
    why_zh="被撤销、吊销或再评价后注销的产品自该日起不得经营，与生产日期无关；因届满注销的按生产日期"
    "判断；主动注销或原因不明的先停下来查明。",
    why_en="Products whose certificate was revoked or cancelled after re-evaluation may not be "
    "traded from that day, whenever they were made. A cancellation for lapse follows the "
    "production date. A voluntary one, or one without a reason, is held until it is clear.",
    bases=(law("条例", "66"), law("条例", "55")),
    severity=Severity.CRITICAL,
    subject="lot",
    reads=(
        Hop((*LOT_PAPERS, *MOVES)),
        Hop(("device",), role="device"),
        Hop(("registration_certificate",), role="certificate"),
    ),
    population="every lot that a paper names",
    requirements=("R23", "R24"),
    gate=Gate(Effect.BLOCK, Effect.HOLD),
)
def not_cancelled(lot: str, evidence: Evidence, policy: Policy, valid_at: date) -> Answer:
    numbers, _ = numbers_of(evidence)
    known = certificates(evidence)
    found = [known[number] for number in numbers if number in known]
    if not found:
        return not_applicable(say(NOT_ON_FILE, certificate=", ".join(numbers)))
    cancelled = [(fact, seqs) for one in found for fact, seqs in one.cancellations]
    ahead = earliest(*(fact.on for fact, _ in cancelled if fact.on > valid_at))
    past = [(fact, seqs) for fact, seqs in cancelled if fact.on <= valid_at]
    barring = min(
        ((fact, seqs) for fact, seqs in past if fact.reason in _BARRING),
        key=lambda pair: pair[0].on,
        default=None,
    )
    if barring is not None:
        fact, seqs = barring
        sold = sorted(
            (day, e.seq)
            for e in evidence.named("sales_record")
            if (day := e.record.occurred_on()) and fact.on <= day <= valid_at
        )
        facts = {"cancelled": fact.on, "reason": fact.reason.value}
        stock = stock_of(evidence, valid_at)
        if not sold and stock.gone:
            return passed(say(GONE_BEFORE), facts=facts, entries=(*seqs, *stock.entries),
                          review_at=stock.next_move)  # fmt: skip
        if sold:
            facts["sold"] = sold[0][0]
            what = say(SOLD_BARRED, on=fact.on, reason=fact.reason.value, sold=sold[0][0])
        else:
            what = say(BARRED, on=fact.on, reason=fact.reason.value)
        return failed(
            what,
            expected=say(NO_TRADE),
            facts=facts,
            entries=(*seqs, *(seq for _, seq in sold)),
            cures=(Cure(say(OTHER_LOT)),),
            review_at=earliest(ahead, stock.next_move),
        )
    for fact, seqs in past:
        if fact.reason in _OPEN:
            return unknown(
                say(WITHDRAWN, on=fact.on, reason=fact.reason.value),
                cures=(Cure(say(CANCELLATION_NOTICE), seqs),),
                facts={"cancelled": fact.on, "reason": fact.reason.value},
                entries=seqs,
                review_at=ahead,
            )
    lapse = any(fact.reason is CancellationReason.LAPSED for fact, _ in past)
    return passed(
        say(LAPSE_ANNOUNCED if lapse else NOT_CANCELLED),
        entries=[seq for one in found for seq in one.entries],
        review_at=ahead,
    )


NO_CUT_OFF = message(
    "certificate.no_cut_off",
    zh="没有对该产品设定销售截止日的公告",
    en="no notice sets a last day of sale for this product",
)
CLASS_HIGH_ENOUGH = message(
    "certificate.class_high_enough",
    zh="注册证类别符合调整后的要求",
    en="the certificate's class meets the adjusted requirement",
)
NOT_YET_CUT_OFF = message(
    "certificate.not_yet_cut_off",
    zh="销售截止日 {since} 之前",
    en="before the cut-off on {since}",
)
CUT_OFF = message(
    "certificate.cut_off",
    zh="{notice}：自 {since} 起未取得第三类注册证不得销售，{act} 的行为依据的是第{grade}类注册证",
    en="{notice}: no sale from {since} without a class III certificate; on {act} there was only "
    "one of class {grade}",
)
NEEDS_CLASS = message(
    "certificate.needs_class",
    zh="自 {since} 起取得第三类注册证方可销售",
    en="from {since} on sold only under a class III certificate",
)
KIND_OPEN = message(
    "certificate.kind_open",
    zh="分类编码 {code} 下的部分产品自 {since} 起须有第三类注册证，产品名称不能判断是否属于",
    en="some products under {code} need a class III certificate from {since}; the name does not "
    "tell whether this is one",
)
STATE_KIND = message(
    "certificate.state_kind",
    zh="由质量人员确认产品是否属于公告所列品种",
    en="quality staff confirm whether the product is of the kind in the notice",
)


@rule(
    "certificate.reclassified",
    zh="分类调整后的销售截止日",
    en="Last day of sale after re-classification",
    why_zh="个别分类调整公告规定自某日起未取得更高类别注册证不得销售，与生产日期无关。每次销售按当日已"
    "发布的公告判断。",
    why_en="Some re-classification notices end the sale of a product kind on a day unless a "
    "certificate of the higher class exists, whatever the production date. Each sale is judged by "
    "the notices issued by its day.",
    bases=(
        law("2022-30", "二(一)", by=Selector.ACT),
        law("2023-101", "二(一)", by=Selector.ACT),
        law("2024-84", "", by=Selector.ACT),
    ),
    severity=Severity.CRITICAL,
    subject="lot",
    reads=(
        Hop((*LOT_PAPERS, *_SALES)),
        Hop(("device",), role="device"),
        Hop(("registration_certificate",), role="certificate"),
    ),
    population="every lot that a paper names",
    requirements=("R96",),
    gate=Gate(Effect.BLOCK, Effect.HOLD),
)
def class_after_cut_off(lot: str, evidence: Evidence, policy: Policy, valid_at: date) -> Answer:
    codes = _codes(evidence)
    days = tuple(day for code in codes for day in turns(code))
    if not days:
        return not_applicable(say(NO_CUT_OFF))
    numbers, _ = numbers_of(evidence)
    grade, entries = _grade(evidence, numbers)
    acts = [(valid_at, -1)] + [
        (day, e.seq)
        for e in evidence.named("sales_record")
        if (day := e.record.occurred_on()) and day <= valid_at
    ]
    later = [
        day
        for e in evidence.named("sales_record")
        if (day := e.record.occurred_on()) and day > valid_at
    ]
    review_at = earliest(*(day for day in (*days, *later) if day > valid_at))
    if grade >= 3:
        return passed(say(CLASS_HIGH_ENOUGH), facts={"class": grade}, entries=entries,
                      review_at=review_at, dates={Selector.ACT: valid_at})  # fmt: skip
    names = _names(evidence)
    open_: Answer | None = None
    for act, seq in sorted(acts, key=lambda pair: (pair[1] < 0, pair)):
        for code in codes:
            for one in cut_offs(code, act):
                if act < one.since:
                    continue
                facts = {"code": code, "since": one.since, "class": grade or None}
                seqs = (*entries, *((seq,) if seq >= 0 else ()))
                if grade and any(names_kind(one, name) for name in names):
                    facts["act"] = act if seq >= 0 else None
                    return failed(
                        say(CUT_OFF, notice=one.law, since=one.since, grade=grade,
                            act=act if seq >= 0 else one.since),
                        expected=say(NEEDS_CLASS, since=one.since), facts=facts, entries=seqs,
                        cures=(Cure(say(OTHER_LOT)),), review_at=review_at,
                        dates={Selector.ACT: act}, cites=(one.law,),
                    )  # fmt: skip
                open_ = open_ or unknown(
                    say(KIND_OPEN, code=code, since=one.since),
                    cures=(Cure(say(STATE_KIND if grade else SUPPLY_CERTIFICATE)),),
                    facts=facts, entries=seqs, review_at=review_at, dates={Selector.ACT: act},
                    cites=(one.law,),
                )  # fmt: skip
    if open_ is not None:
        return open_
    ahead = min((one.since for c in codes for one in cut_offs(c, valid_at)), default=None)
    what = say(NO_CUT_OFF) if ahead is None else say(NOT_YET_CUT_OFF, since=ahead)
    return passed(what, entries=entries, review_at=review_at, dates={Selector.ACT: valid_at})


def _codes(evidence: Evidence) -> tuple[str, ...]:
    stated = [e.record.catalogue_code for e in evidence.of(Device)]
    stated += [e.record.catalogue_code for e in evidence.of(RegistrationCertificate)]
    return tuple(dict.fromkeys(code for code in stated if code))


def _names(evidence: Evidence) -> tuple[str, ...]:
    names = [e.record.name for e in evidence.of(Device)]
    names += [e.record.name or "" for e in evidence.of(RegistrationCertificate)]
    names += [e.record.name or "" for e in evidence.of(Lot)]
    return tuple(dict.fromkeys(name for name in names if name))


def _grade(evidence: Evidence, numbers: Sequence[str]) -> tuple[int, tuple[int, ...]]:
    """The highest class that the lot's certificates have, by the digit in their numbers (0: no
    certificate on file), and their entries."""
    best, entries = 0, []
    for exhibit in evidence.of(RegistrationCertificate):
        if not set(numbers) & set(exhibit.subjects.get("certificate", ())):
            continue
        entries.append(exhibit.seq)
        parsed = parse_registration_no(exhibit.record.registration_no)
        best = max(best, parsed.device_class if parsed else exhibit.record.device_class or 0)
    return best, tuple(entries)
