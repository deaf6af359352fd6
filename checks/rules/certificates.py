"""Registration certificates: at the day of production, by the day of sale, renewal, cancellation.

A device counts as registered when it was made within its certificate's validity (order 47 art.
112), so a lot made before the certificate lapsed may still be sold; certificates cancelled after
re-evaluation or revoked bar trade from their day (Regulations art. 66); re-classification notices
end the sale of some product kinds on a day whatever their production date.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date
from typing import Final

from audit.records.certificates import CancellationReason, RegistrationCertificate
from audit.records.product import ConformityCertificate, Device, Lot
from audit.records.registration_numbers import parse_registration_no
from base.errors import message
from checks.stock import MOVES, stock_of
from checks.types import (
    Answer,
    Cure,
    Effect,
    Evidence,
    Gate,
    Hop,
    Policy,
    Result,
    Selector,
    Sentence,
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
from checks.validity.papers import (
    LOT_PAPERS,
    Certificate,
    certificates,
    lot_lines,
    lot_made,
)
from checks.validity.periods import Met, Span, Standing, Timeline
from checks.validity.production import Made, entries_of
from checks.validity.reclassification import cut_offs, names_kind, turns

_TO_CERTIFICATE: Final = (
    Hop(LOT_PAPERS),
    Hop(("device",), role="device"),
    Hop(("registration_certificate",), role="certificate"),
)
_SALES: Final = ("sales_record",)

NO_NUMBER = message(
    "certificate.no_number",
    zh="该批次的资料没有注册证编号或备案编号",
    en="no paper of this lot gives a registration or filing number",
)
NOT_ON_FILE = message(
    "certificate.not_on_file",
    zh="没有 {certificate} 的注册证或备案凭证",
    en="no certificate or filing of {certificate} is on file",
)
SUPPLY_CERTIFICATE = message(
    "certificate.supply", zh="提供注册证或备案凭证", en="supply the certificate or filing"
)
FILING = message(
    "certificate.filing_has_no_end",
    zh="第一类备案没有有效期",
    en="a class I filing has no period of validity",
)
MADE_WITHIN = message(
    "certificate.made_within",
    zh="生产日期 {made} 在注册证有效期内",
    en="made {made}, while the certificate was in force",
)
MADE_DEEMED = message(
    "certificate.made_while_deemed",
    zh="生产日期 {made} 在视为准予延续期间（已受理，逾期未作决定）",
    en="made {made}, while renewal was deemed granted (accepted, not decided in time)",
)
MADE_OUTSIDE = message(
    "certificate.made_outside",
    zh="生产日期 {made} 不在注册证有效期内",
    en="made {made}, outside the certificate's validity",
)
MADE_PARTLY = message(
    "certificate.made_partly",
    zh="可能的生产日期 {made} 只有一部分在注册证有效期内",
    en="possibly made {made}, only partly within the certificate's validity",
)
MADE_UNDECIDED = message(
    "certificate.made_undecided",
    zh="生产日期 {made} 在有效期届满之后、延续结果确定之前",
    en="made {made}, after the expiry and before the renewal was settled",
)
MADE_UNKNOWN = message(
    "certificate.made_unknown",
    zh="生产日期无从得知",
    en="nothing tells when the lot was made",
)
MADE_DISPUTED = message(
    "certificate.made_disputed",
    zh="各来源的日期得出不同结论（生产日期 {made}）",
    en="the sources' dates lead to different answers (made {made})",
)
SHOULD_BE_WITHIN = message(
    "certificate.should_be_within",
    zh="生产日期在注册证 {certificate} 的有效期内",
    en="made within the validity of certificate {certificate}",
)
PHOTO = message(
    "certificate.photo",
    zh="提供标签照片或合格证（生产日期）",
    en="photo of the label or certificate of conformity (production date)",
)
RENEWAL_PAPERS = message(
    "certificate.renewal_papers",
    zh="提供延续注册证、受理通知书或审批决定",
    en="supply the renewed certificate, the acceptance notice or the decision",
)
OTHER_LOT = message(
    "certificate.quarantine_lot",
    zh="停止经营该批次并联系供货者",
    en="stop dealing in this lot and contact the supplier",
)


def numbers_of(evidence: Evidence) -> tuple[tuple[str, ...], bool]:
    """Certificates of the lot, and whether its own papers name them (else the device does)."""
    own: dict[str, None] = {}
    for exhibit in (*evidence.of(Lot), *evidence.of(ConformityCertificate)):
        own.update(dict.fromkeys(exhibit.subjects.get("certificate", ())))
    if own:
        return tuple(own), True
    for line in lot_lines(evidence):
        own.update(dict.fromkeys(line.exhibit.subjects.get("certificate", ())))
    if len(own) == 1:
        return tuple(own), True
    devices = (one for e in evidence.of(Device) for one in e.subjects.get("certificate", ()))
    return tuple(dict.fromkeys(devices)) or tuple(own), False


@rule(
    "certificate.production_date",
    zh="生产日期在注册证有效期内",
    en="The lot was made while its certificate was in force",
    why_zh="注册证有效期按生产日期判断：有效期内生产的产品，在其自身有效期内可以继续经营；"
    "有效期外生产的属于未依法注册。只知年月或区间时逐日判断，不能确定的不放行。",
    why_en="The certificate is judged on the day of production: goods made while it was in force "
    "may be sold until their own expiry, goods made outside it are unregistered. A month or an "
    "interval is judged day by day; what stays open is not released.",
    bases=(law("47号令", "112"), law("条例", "55"), law("54号令", "45")),
    severity=Severity.CRITICAL,
    subject="lot",
    reads=_TO_CERTIFICATE,
    population="every lot that a paper names",
    requirements=("R23", "R24"),
    gate=Gate(Effect.BLOCK, Effect.HOLD),
)
def made_in_validity(lot: str, evidence: Evidence, policy: Policy, valid_at: date) -> Answer:
    numbers, own = numbers_of(evidence)
    if not numbers:
        return unknown(say(NO_NUMBER), cures=(Cure(say(SUPPLY_CERTIFICATE)),))
    known = certificates(evidence)
    spans = lot_made(evidence)
    answers = [_made_under(number, known.get(number), spans) for number in numbers]
    if own:
        return _agreed(answers, spans)
    return min(answers, key=lambda answer: _BEST.index(answer.result))


_BEST: Final = (Result.PASS, Result.UNKNOWN, Result.FAIL, Result.NOT_APPLICABLE)


def _agreed(answers: Sequence[Answer], spans: Sequence[Made]) -> Answer:
    """Papers that name different certificates are each judged; one answer stands, else unknown."""
    if len({answer.result for answer in answers}) == 1:
        return answers[0]
    return unknown(
        say(MADE_DISPUTED, made=_shown(spans)),
        cures=(Cure(say(PHOTO)),),
        entries={entry for answer in answers for entry in answer.entries},
    )


def _made_under(number: str, known: Certificate | None, spans: Sequence[Made]) -> Answer:
    if known is None or not known.history.periods:
        entries = known.entries if known else ()
        return unknown(
            say(NOT_ON_FILE, certificate=number),
            cures=(Cure(say(SUPPLY_CERTIFICATE)),),
            entries=entries,
        )
    if all(period.valid_until is None for period in known.history.periods):
        return not_applicable(say(FILING), entries=known.entries)
    meetings = [line.meets(made.span) for line in known.timelines for made in spans]
    results = {_result(met) for met in meetings}
    entries = (*entries_of(spans), *known.entries)
    facts = {
        "certificate": number,
        "made": _shown(spans),
        "stated": all(made.stated for made in spans),
        "validity": [interval.shown() for interval in _validity(known.timelines)],
        "changes": [
            change.fact.on
            for change in known.history.changes
            if any(made.span.last is None or change.fact.on <= made.span.last for made in spans)
        ],
        "standing": sorted({s.value for met in meetings for s in met.standings}),
    }
    expected = say(SHOULD_BE_WITHIN, certificate=number)
    made = _shown(spans)
    if results == {Result.PASS}:
        deemed = any(Standing.DEEMED in met.standings for met in meetings)
        found = say(MADE_DEEMED if deemed else MADE_WITHIN, made=made)
        return passed(found, expected=expected, facts=facts, entries=entries)
    if results == {Result.FAIL}:
        return failed(
            say(MADE_OUTSIDE, made=made),
            expected=expected,
            facts=facts,
            entries=entries,
            cures=(Cure(say(OTHER_LOT)),),
        )
    return unknown(
        _why_open(meetings, results, spans),
        expected=expected,
        facts=facts,
        entries=entries,
        cures=tuple(_cures(meetings, spans)),
    )


def _result(met: Met) -> Result:
    if met.wholly_in_force:
        return Result.PASS
    return Result.FAIL if met.wholly_out else Result.UNKNOWN


def _why_open(meetings: Sequence[Met], results: set[Result], spans: Sequence[Made]) -> Sentence:
    made = _shown(spans)
    if all(made.span.last is None and made.span.first is None for made in spans):
        return say(MADE_UNKNOWN)
    if len(results) > 1:
        return say(MADE_DISPUTED, made=made)
    if any(Standing.UNDECIDED in met.standings for met in meetings):
        return say(MADE_UNDECIDED, made=made)
    return say(MADE_PARTLY, made=made)


def _cures(meetings: Sequence[Met], spans: Sequence[Made]) -> Iterable[Cure]:
    if any(Standing.UNDECIDED in met.standings for met in meetings):
        yield Cure(say(RENEWAL_PAPERS))
    known = all(made.stated and made.span.first == made.span.last for made in spans)
    if not known or len(spans) > 1:
        yield Cure(say(PHOTO), entries_of(spans))
    elif len(meetings) > 1:
        yield Cure(say(SUPPLY_CERTIFICATE))


def _shown(spans: Sequence[Made]) -> str:
    return ", ".join(made.span.shown() for made in spans)


def _validity(timelines: Iterable[Timeline]) -> tuple[Span, ...]:
    spans = {
        segment.span: None
        for line in timelines
        for segment in line.segments
        if segment.standing is Standing.IN_FORCE
    }
    return tuple(spans)


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
