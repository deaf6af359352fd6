"""Lots and their own expiry: in stock, sold, received, and soon to expire.

Expired devices may be neither bought nor sold (Regulations art. 55, order 54 art. 45); stock past
its expiry is isolated and disposed of (GSP 76). The day of expiry is the last day of use. A lot
whose sources state other expiries is judged at each; one of unknown expiry stays open.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, Final

from base.errors import message
from checks.stock import MOVES, Stock, stock_of
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
    Severity,
    earliest,
    failed,
    law,
    not_applicable,
    parameter,
    passed,
    rule,
    say,
    unknown,
)
from checks.validity.papers import StatedExpiry, lot_expiries
from checks.validity.periods import ONE_DAY

_LOT: Final = (Hop(("lot", "conformity_certificate", *MOVES)),)

NO_EXPIRY = message("lot.no_expiry", zh="标示没有有效期", en="the label states no expiry")
EXPIRY_UNKNOWN = message("lot.expiry_unknown", zh="有效期不明", en="the expiry is not known")
PHOTO = message("lot.photo_of_label", zh="提供标签照片（有效期）", en="photo of the label (expiry)")
NOT_EXPIRED = message("lot.not_expired", zh="有效期至 {expiry}", en="usable until {expiry}")
EXPIRED = message(
    "lot.expired", zh="已于 {expiry} 届满，仍有库存", en="expired on {expiry} and still in stock"
)
EXPIRED_ISOLATED = message(
    "lot.expired_isolated",
    zh="已于 {expiry} 届满，已移入不合格品区",
    en="expired on {expiry}, moved to the nonconforming zone",
)
NONE_LEFT = message("lot.none_left", zh="没有库存", en="none is left in stock")
STOCK_UNKNOWN = message(
    "lot.stock_unknown",
    zh="已于 {expiry} 届满，库存数量不能确定",
    en="expired on {expiry}; how much is left cannot be told",
)
DISPUTED = message(
    "lot.expiry_disputed",
    zh="各来源的有效期得出不同结论（{expiries}）",
    en="the sources' expiries lead to different answers ({expiries})",
)
ISOLATE = message(
    "lot.isolate",
    zh="移入不合格品区，按制度销毁或退货并记录",
    en="move it to the nonconforming zone; destroy or return it and record that",
)
COUNT = message("lot.count", zh="盘点该批次", en="count this lot")
SHOULD_BE_OUT = message(
    "lot.should_be_isolated",
    zh="超过有效期的不在合格品区，不销售",
    en="what is past its expiry is isolated and not sold",
)


@dataclass(frozen=True, slots=True)
class Outcome:
    """What one possible expiry leads to."""

    result: Result
    found: Any
    review_at: date | None = None
    entries: tuple[int, ...] = ()


def _at_each(
    evidence: Evidence,
    judge: Callable[[date], Outcome],
    *,
    expected: Any,
    cures: tuple[Cure, ...],
    facts: dict[str, Any] | None = None,
    dates: dict[Selector, date] | None = None,
) -> Answer:
    """Judge at every expiry that a source states: one result stands, else unknown."""
    stated = lot_expiries(evidence)
    ends = _ends(stated)
    common: dict[str, Any] = {"dates": dates or {}}
    seqs = [one.entry for one in stated]
    if not stated:
        return unknown(say(EXPIRY_UNKNOWN), cures=(Cure(say(PHOTO)),), **common)
    if not ends:
        return not_applicable(say(NO_EXPIRY), entries=seqs, **common)
    outcomes = [judge(end) for end in ends]
    common["review_at"] = earliest(*(outcome.review_at for outcome in outcomes))
    common["facts"] = {"expiry": list(ends), **(facts or {})}
    common["entries"] = (*seqs, *(seq for outcome in outcomes for seq in outcome.entries))
    results = {outcome.result for outcome in outcomes}
    if len(ends) != len(stated):
        results.add(Result.NOT_APPLICABLE)  # another source says that there is none
    if len(results) > 1:
        shown = ", ".join(end.isoformat() for end in ends)
        return unknown(
            say(DISPUTED, expiries=shown), cures=(Cure(say(PHOTO), tuple(seqs)),), **common
        )
    first = outcomes[0]
    match first.result:
        case Result.PASS:
            return passed(first.found, expected=expected, **common)
        case Result.FAIL:
            return failed(first.found, expected=expected, cures=cures, **common)
        case Result.UNKNOWN:
            return unknown(first.found, expected=expected, cures=(Cure(say(COUNT)),), **common)
        case _:
            return not_applicable(first.found, **common)


def _ends(stated: Iterable[StatedExpiry]) -> tuple[date, ...]:
    days = {one.expiry.last_day: None for one in stated if one.expiry.last_day}
    return tuple(sorted(day for day in days if day))


@rule(
    "lot.expired_in_stock",
    zh="没有超过有效期的合格库存",
    en="No stock past its expiry among the saleable goods",
    why_zh="超过有效期的医疗器械要及时移出合格品区隔离，并按制度销毁或退货。",
    why_en="Devices past their expiry leave the saleable stock at once, are isolated, and are "
    "destroyed or returned.",
    bases=(law("GSP", "76"),),
    severity=Severity.CRITICAL,
    subject="lot",
    reads=_LOT,
    population="every lot that a paper names",
    requirements=("R23", "R39"),
)
def expired_in_stock(lot: str, evidence: Evidence, policy: Policy, valid_at: date) -> Answer:
    stock = stock_of(evidence, valid_at)

    def judge(end: date) -> Outcome:
        if valid_at <= end:
            return Outcome(Result.PASS, say(NOT_EXPIRED, expiry=end),
                           earliest(end + ONE_DAY, stock.next_move))  # fmt: skip
        return _left(stock, end)

    return _at_each(evidence, judge, expected=say(SHOULD_BE_OUT), cures=(Cure(say(ISOLATE)),))


def _left(stock: Stock, end: date) -> Outcome:
    common = (stock.next_move, stock.entries)
    if stock.saleable is None:
        return Outcome(Result.UNKNOWN, say(STOCK_UNKNOWN, expiry=end), *common)
    if stock.saleable > 0:
        return Outcome(Result.FAIL, say(EXPIRED, expiry=end), *common)
    what = say(EXPIRED_ISOLATED, expiry=end) if stock.isolated else say(NONE_LEFT)
    return Outcome(Result.PASS, what, *common)


SOLD_EXPIRED = message(
    "lot.sold_expired",
    zh="有效期至 {expiry}，{day} 仍有销售",
    en="usable until {expiry}, and sold on {day}",
)
SOLD_IN_TIME = message(
    "lot.sold_in_time",
    zh="销售均在有效期 {expiry} 之内",
    en="every sale was by its expiry {expiry}",
)
NOT_SOLD = message("lot.not_sold", zh="没有销售", en="none was sold")
SELL_NONE = message(
    "lot.sell_none_expired",
    zh="有效期届满后不销售",
    en="none is sold after its expiry",
)
RECALL_SOLD = message(
    "lot.take_back",
    zh="通知购货者停止使用并收回",
    en="tell the buyers to stop using it and take it back",
)


@rule(
    "lot.sold_after_expiry",
    zh="没有销售超过有效期的产品",
    en="None was sold past its expiry",
    why_zh="经营过期的医疗器械即违法。每次销售按当日是否在有效期内判断，届满当日仍可销售。",
    why_en="Dealing in expired devices is unlawful. Each sale is judged on its day; the day of "
    "expiry is still in time.",
    bases=(
        law("条例", "55", by=Selector.SALE),
        law("54号令", "45", by=Selector.SALE),
    ),
    severity=Severity.CRITICAL,
    subject="lot",
    reads=_LOT,
    population="every sales record and delivery note of ours that names the lot",
    requirements=("R23",),
)
def sold_after_expiry(lot: str, evidence: Evidence, policy: Policy, valid_at: date) -> Answer:
    sales = sorted(
        (day, exhibit.seq)
        for exhibit in evidence.exhibits
        if exhibit.kind == "sales_record" and (day := exhibit.record.occurred_on())
    )
    past = [(day, seq) for day, seq in sales if day <= valid_at]
    review_at = earliest(*(day for day, _ in sales if day > valid_at))
    if not past:
        return not_applicable(say(NOT_SOLD), review_at=review_at)
    last = past[-1][0]

    def judge(end: date) -> Outcome:
        late = [(day, seq) for day, seq in past if day > end]
        if late:
            what = say(SOLD_EXPIRED, expiry=end, day=late[0][0])
            return Outcome(Result.FAIL, what, review_at, tuple(seq for _, seq in late))
        return Outcome(Result.PASS, say(SOLD_IN_TIME, expiry=end), review_at)

    return _at_each(
        evidence, judge, expected=say(SELL_NONE), cures=(Cure(say(RECALL_SOLD)),),
        facts={"last_sold": last}, dates={Selector.SALE: last},
    )  # fmt: skip


RECEIVED_EXPIRED = message(
    "lot.received_expired",
    zh="有效期至 {expiry}，{day} 到货时已过期",
    en="usable until {expiry}, and already expired when it came on {day}",
)
RECEIVED_GOOD = message(
    "lot.received_in_time",
    zh="到货时在有效期 {expiry} 之内",
    en="it came before its expiry {expiry}",
)
NOT_RECEIVED = message("lot.not_received", zh="没有验收合格的到货", en="none was accepted")
ACCEPT_NONE = message(
    "lot.accept_none_expired", zh="不购进过期的医疗器械", en="no expired device is bought"
)
RETURN_IT = message(
    "lot.return_to_supplier", zh="拒收或退回供货者", en="refuse it or return it to the supplier"
)


@rule(
    "lot.received_expired",
    zh="到货时没有过期",
    en="Not expired when it came in",
    why_zh="不得采购过期的医疗器械。",
    why_en="Expired devices may not be bought.",
    bases=(law("GSP", "57", by=Selector.ACT), law("条例", "55", by=Selector.ACT)),
    severity=Severity.CRITICAL,
    subject="lot",
    reads=_LOT,
    population="every goods-in inspection that accepted the lot",
    requirements=("R23",),
)
def received_expired(lot: str, evidence: Evidence, policy: Policy, valid_at: date) -> Answer:
    arrivals = sorted(
        (day, exhibit.seq)
        for exhibit in evidence.named("goods_in_inspection")
        if getattr(exhibit.record, "accepted_quantity", None) != 0
        and getattr(exhibit.record, "conclusion", None) != "rejected"
        and (day := getattr(exhibit.record, "received_on", None) or exhibit.record.occurred_on())
    )
    past = [(day, seq) for day, seq in arrivals if day <= valid_at]
    review_at = earliest(*(day for day, _ in arrivals if day > valid_at))
    if not past:
        return not_applicable(say(NOT_RECEIVED), review_at=review_at)
    last = past[-1][0]

    def judge(end: date) -> Outcome:
        late = [(day, seq) for day, seq in past if day > end]
        if late:
            what = say(RECEIVED_EXPIRED, expiry=end, day=late[0][0])
            return Outcome(Result.FAIL, what, review_at, tuple(seq for _, seq in late))
        return Outcome(Result.PASS, say(RECEIVED_GOOD, expiry=end), review_at)

    return _at_each(
        evidence, judge, expected=say(ACCEPT_NONE), cures=(Cure(say(RETURN_IT)),),
        facts={"last_received": last}, dates={Selector.ACT: last},
    )  # fmt: skip


NEAR_DAYS = parameter(
    "lot.near_expiry_days",
    zh="近效期预警天数",
    en="Days before expiry from which stock counts as near its expiry",
    default=180,
    unit="day",
    floor=1,
    origin="GSP 76 asks for a warning; the number is the company's",
)
NEAR = message(
    "lot.near_expiry",
    zh="近效期：有效期至 {expiry}",
    en="near its expiry: usable until {expiry}",
)
NOT_NEAR = message("lot.not_near", zh="距有效期 {expiry} 尚远", en="its expiry {expiry} is far")
PAST = message(
    "lot.past_expiry",
    zh="已超过有效期 {expiry}，不再是近效期",
    en="past its expiry {expiry}, no longer near it",
)
SELL_FIRST = message(
    "lot.sell_first",
    zh="优先销售或与供货者协商退换",
    en="sell it first, or agree a return or exchange",
)
WARN_EARLY = message(
    "lot.warn_early", zh="近效期前处置完毕", en="dealt with before it is near its expiry"
)


@rule(
    "lot.near_expiry",
    zh="近效期预警",
    en="Stock near its expiry",
    why_zh="企业要跟踪库存有效期并采取近效期预警措施；预警天数由企业规定。",
    why_en="Stock is followed for its expiry and a warning is given in time; how many days before "
    "is the company's own figure.",
    bases=(law("GSP", "76"),),
    severity=Severity.NOTICE,
    subject="lot",
    reads=_LOT,
    population="every lot that a paper names",
    parameters=(NEAR_DAYS,),
    requirements=("R39",),
)
def near_expiry(lot: str, evidence: Evidence, policy: Policy, valid_at: date) -> Answer:
    ahead = timedelta(days=policy.days(NEAR_DAYS, valid_at))
    stock = stock_of(evidence, valid_at)

    def judge(end: date) -> Outcome:
        if valid_at > end:
            return Outcome(Result.NOT_APPLICABLE, say(PAST, expiry=end))
        from_day = end - ahead + ONE_DAY
        if valid_at < from_day:
            return Outcome(
                Result.PASS, say(NOT_NEAR, expiry=end), earliest(from_day, stock.next_move)
            )
        turn = earliest(end + ONE_DAY, stock.next_move)
        if stock.saleable is None:
            return Outcome(Result.UNKNOWN, say(NEAR, expiry=end), turn, stock.entries)
        if stock.saleable <= 0:
            return Outcome(Result.PASS, say(NONE_LEFT), turn, stock.entries)
        return Outcome(Result.FAIL, say(NEAR, expiry=end), turn, stock.entries)

    return _at_each(evidence, judge, expected=say(WARN_EARLY), cures=(Cure(say(SELL_FIRST)),))


FIT_TO_SHIP = message(
    "lot.fit_to_ship",
    zh="有效期至 {expiry}，可以出库",
    en="usable until {expiry}: fit to leave",
)
TOO_LATE = message(
    "lot.too_late_to_ship",
    zh="有效期至 {expiry}，{day} 不得出库",
    en="usable until {expiry}: may not leave on {day}",
)


@rule(
    "lot.fit_to_ship",
    zh="出库当日在有效期内",
    en="Within its expiry on the day it leaves",
    why_zh="超过有效期的不得出库。",
    why_en="What is past its expiry may not leave.",
    bases=(law("GSP", "87"), law("条例", "55")),
    severity=Severity.CRITICAL,
    subject="lot",
    reads=_LOT,
    population="every lot proposed for shipment",
    requirements=("R13", "R23", "R39"),
    gate=Gate(Effect.BLOCK, Effect.HOLD),
    gate_only=True,
)
def fit_to_ship(lot: str, evidence: Evidence, policy: Policy, valid_at: date) -> Answer:
    def judge(end: date) -> Outcome:
        if valid_at <= end:
            return Outcome(Result.PASS, say(FIT_TO_SHIP, expiry=end), end + ONE_DAY)
        return Outcome(Result.FAIL, say(TOO_LATE, expiry=end, day=end + ONE_DAY))

    return _at_each(evidence, judge, expected=say(SHOULD_BE_OUT), cures=(Cure(say(ISOLATE)),))
