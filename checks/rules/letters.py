"""Authorisation letters: valid on the day of the deal they cover. Three types, never exchanged.

The supplier's salesperson sells to us under a letter of his company (GSP 53(3)); our salesperson
sells under ours (GSP 78); a supplier who is not the registrant shows the registrant's letter by
agreement, which the law does not demand. Products, regions and identity numbers are judged by the
scope family; here it is the day.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from audit.records.model import Record
from audit.records.parties import AuthorisationLetter, LetterType
from audit.records.trade import PurchaseOrder, SalesOrder
from base.errors import message
from checks.types import (
    Answer,
    Authority,
    Cure,
    Effect,
    Evidence,
    Exhibit,
    Gate,
    Hop,
    Policy,
    Selector,
    Severity,
    failed,
    law,
    not_applicable,
    passed,
    rule,
    say,
    unknown,
)
from checks.validity.permits import ourselves

Letter = Exhibit[AuthorisationLetter]

NOT_SUCH_ORDER = message("letter.not_such_order", zh="不是此类订单", en="not an order of this kind")
AHEAD = message("letter.ahead", zh="{day} 的订单尚未发生", en="the order of {day} is still to come")
COVERED = message(
    "letter.covered",
    zh="{day} 在授权期限 {period} 内",
    en="{day} lies within the letter's {period}",
)
NOT_COVERED = message(
    "letter.not_covered",
    zh="{day} 没有有效的授权书（已有期限 {period}）",
    en="no letter was valid on {day} (on file: {period})",
)
NONE_ON_FILE = message(
    "letter.none_on_file", zh="没有此类授权书", en="no letter of this kind is on file"
)
NO_NAME = message(
    "letter.no_salesperson",
    zh="订单没有写明销售人员，不能判断适用哪份授权书",
    en="the order names no salesperson, so which letter applies cannot be told",
)
SHOULD_COVER = message(
    "letter.should_cover", zh="交易当日有有效的授权书", en="a letter valid on the day of the deal"
)
SUPPLY = message(
    "letter.supply", zh="提供 {day} 当日有效的授权书", en="supply the letter valid on {day}"
)
NAME_PERSON = message(
    "letter.name_salesperson", zh="补充销售人员姓名", en="supply the salesperson's name"
)
REGISTRANT_SELLS = message(
    "letter.registrant_sells",
    zh="供货者就是注册人或备案人",
    en="the supplier is the registrant himself",
)


def _last(letter: Letter) -> date | None:
    """The last day of a letter: withdrawal ends it the day before."""
    record = letter.record
    withdrawn = record.withdrawn_on
    ends = [record.valid_to] if record.valid_to else []
    if withdrawn:
        ends.append(date.fromordinal(withdrawn.toordinal() - 1))
    return min(ends, default=None)


def _letters(evidence: Evidence, type: LetterType) -> list[Letter]:
    """Letters of a type; a withdrawn one stands for the letter it withdraws."""
    of_type = [e for e in evidence.of(AuthorisationLetter) if e.record.type is type]
    withdrawn = {e.record.key for e in of_type if e.record.withdrawn_on}
    return [e for e in of_type if e.record.withdrawn_on or e.record.key not in withdrawn]


def _covers(letter: Letter, day: date) -> bool:
    last = _last(letter)
    return letter.record.valid_on <= day and (last is None or day <= last)


def _judged(order: Exhibit[Record], day: date, letters: Sequence[Letter], valid_at: date) -> Answer:
    dates = {Selector.ACT: day}
    if day > valid_at:
        return not_applicable(say(AHEAD, day=day), entries=(order.seq,), review_at=day, dates=dates)
    if not letters:
        return unknown(
            say(NONE_ON_FILE), cures=(Cure(say(SUPPLY, day=day)),), entries=(order.seq,),
            dates=dates,
        )  # fmt: skip
    good = [letter for letter in letters if _covers(letter, day)]
    speaks = good or letters
    period = ", ".join(f"{e.record.valid_on}/{_last(e) or '..'}" for e in speaks)
    entries = (order.seq, *(e.seq for e in speaks))
    facts = {"act": day, "periods": sorted(period.split(", "))}
    expected = say(SHOULD_COVER)
    if good:
        return passed(
            say(COVERED, day=day, period=period), expected=expected, facts=facts,
            entries=entries, dates=dates,
        )  # fmt: skip
    return failed(
        say(NOT_COVERED, day=day, period=period), expected=expected, facts=facts,
        entries=entries, cures=(Cure(say(SUPPLY, day=day)),), dates=dates,
    )  # fmt: skip


@rule(
    "letter.supplier_salesperson",
    zh="订货当日供货者销售人员的授权书有效",
    en="The supplier's salesperson held a letter on the day of the order",
    why_zh="首次采购前应取得供货者销售人员的授权书，载明品种、地域和期限；每次采购都应在期限之内。",
    why_en="Before the first purchase the supplier's salesperson shows a letter with products, "
    "region and period; every order lies within the period.",
    bases=(law("GSP", "53", by=Selector.ACT),),
    severity=Severity.MAJOR,
    subject="order",
    reads=(
        Hop(("purchase_order",)),
        Hop(("authorisation_letter",), role="supplier", via=("purchase_order",)),
    ),
    population="every purchase order",
    requirements=("R19", "R21", "R101"),
)
def supplier_salesperson(order: str, evidence: Evidence, policy: Policy, valid_at: date) -> Answer:
    orders = evidence.of(PurchaseOrder)
    if not orders:
        return not_applicable(say(NOT_SUCH_ORDER))
    first = orders[0]
    suppliers = set(first.subjects.get("supplier", ()))
    letters = [
        letter
        for letter in _letters(evidence, LetterType.SUPPLIER_SALESPERSON)
        if suppliers & set(letter.subjects.get("grantor", ()))
    ]
    return _judged(first, first.record.ordered_on, letters, valid_at)


@rule(
    "letter.own_salesperson",
    zh="接单当日本企业销售人员的授权书有效",
    en="Our salesperson held a letter on the day of the order",
    why_zh="本企业销售人员销售时应提供加盖公章的授权书，载明品种、地域和期限。",
    why_en="Our salespeople sell under our own letter with products, region and period.",
    bases=(law("GSP", "78", by=Selector.ACT),),
    severity=Severity.MAJOR,
    subject="order",
    reads=(
        Hop(("sales_order",)),
        Hop(("party", "authorisation_letter"), role="self"),
    ),
    population="every sales order",
    requirements=("R21", "R101"),
    gate=Gate(Effect.HOLD, Effect.WARN),
)
def own_salesperson(order: str, evidence: Evidence, policy: Policy, valid_at: date) -> Answer:
    orders = evidence.of(SalesOrder)
    if not orders:
        return not_applicable(say(NOT_SUCH_ORDER))
    first = orders[0]
    day = first.record.ordered_on
    who = first.record.salesperson
    us = ourselves(evidence)
    letters = [
        letter
        for letter in _letters(evidence, LetterType.OWN_SALESPERSON)
        if us & set(letter.subjects.get("grantor", ()))
    ]
    if letters and who is None and day <= valid_at:
        return unknown(
            say(NO_NAME), cures=(Cure(say(NAME_PERSON)),), entries=(first.seq,),
            dates={Selector.ACT: day},
        )  # fmt: skip
    own = [letter for letter in letters if letter.record.salesperson == who]
    return _judged(first, day, own, valid_at)


@rule(
    "letter.registrant",
    zh="订货当日注册人授权有效",
    en="The registrant's letter was valid on the day of the order",
    why_zh="供货者不是注册人时，按约定应有注册人或其代理人给供货者或本企业的授权，且在期限之内。法规没有"
    "普遍要求。",
    why_en="A supplier who is not the registrant shows, by agreement, a letter of the registrant "
    "or his agent to him or to us, valid on the day. No law demands it in general.",
    authority=Authority.CONTRACT,
    severity=Severity.MINOR,
    subject="order",
    reads=(
        Hop(("purchase_order",)),
        Hop(("authorisation_letter",), role="registrant", via=("purchase_order",)),
    ),
    population="every purchase order whose lines name a registrant other than the supplier",
    requirements=("R21",),
)
def registrant_letter(order: str, evidence: Evidence, policy: Policy, valid_at: date) -> Answer:
    orders = evidence.of(PurchaseOrder)
    if not orders:
        return not_applicable(say(NOT_SUCH_ORDER))
    first = orders[0]
    registrants = set(first.subjects.get("registrant", ()))
    if registrants <= set(first.subjects.get("supplier", ())):
        return not_applicable(say(REGISTRANT_SELLS), entries=(first.seq,))
    letters = [
        letter
        for letter in _letters(evidence, LetterType.REGISTRANT_TO_DISTRIBUTOR)
        if registrants & set(letter.subjects.get("grantor", ()))
    ]
    return _judged(first, first.record.ordered_on, letters, valid_at)
