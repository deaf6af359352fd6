"""Licences and filings on the day of the act they permit, and their renewal.

Class III needs an operating licence, class II a filing, class I neither (order 54 art. 4).
Registrants that sell their own devices from their own address need none (art. 27). A licence is
judged on the day of the act: the supplier's on the day he ships, ours on the days we receive and
ship, the buyer's on the day we ship. Five-year licences are renewed 90 to 30 working days before
they end; what the authority has not decided by then counts as renewed (order 54 art. 16; for
production licences Regulations art. 32 with the Administrative Licensing Law art. 50).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

from audit.records.goods import GoodsInInspection
from audit.records.licences import ProductionLicence
from audit.records.product import Device
from audit.records.registration_numbers import parse_registration_no
from audit.records.trade import DeliveryNote, Direction
from base.errors import message
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
    passed,
    rule,
    say,
    unknown,
)
from checks.validity.papers import lot_made
from checks.validity.periods import Standing
from checks.validity.permits import PERMIT_KINDS, HeldPermit, held_by, ourselves, permits
from checks.validity.production import entries_of

NEEDED: Final = {3: "operating_licence", 2: "class_ii_filing"}

NO_CLASS_NEEDS_ONE = message(
    "licence.none_needed",
    zh="只有第一类医疗器械，不需要经营许可或备案",
    en="class I goods only: neither licence nor filing is needed",
)
CLASS_UNKNOWN = message(
    "licence.class_unknown",
    zh="产品管理类别不明，无法判断需要许可还是备案",
    en="the class of the goods is not known, so neither is what permit they need",
)
STATE_CLASS = message(
    "licence.state_class",
    zh="补充注册证编号或产品管理类别",
    en="supply the registration number or the class",
)
NO_PERMIT = message(
    "licence.not_on_file",
    zh="没有 {holder} 的{wanted}资料",
    en="no {wanted} of {holder} is on file",
)
SUPPLY_PERMIT = message(
    "licence.supply",
    zh="提供 {day} 当日有效的许可证或备案凭证",
    en="supply the licence or filing that was in force on {day}",
)
IN_FORCE = message(
    "licence.in_force",
    zh="{day} 当日许可或备案有效：{numbers}",
    en="in force on {day}: {numbers}",
)
DEEMED = message(
    "licence.deemed",
    zh="{day} 当日许可已受理延续、逾期未作决定，视为准予延续：{numbers}",
    en="renewal deemed granted on {day} (accepted, not decided in time): {numbers}",
)
OUT = message(
    "licence.out",
    zh="{day} 当日许可或备案已失效：{numbers}",
    en="no longer (or not yet) in force on {day}: {numbers}",
)
UNDECIDED = message(
    "licence.undecided",
    zh="{day} 当日许可的延续结果未定：{numbers}",
    en="whether it was renewed is open on {day}: {numbers}",
)
SHOULD_BE = message(
    "licence.should_be_in_force",
    zh="行为当日许可或备案有效",
    en="a licence or filing in force on the day of the act",
)
RENEWAL_PAPERS = message(
    "licence.renewal_papers",
    zh="提供延续申请、受理通知书、决定或延续后的许可证",
    en="supply the application, the acceptance notice, the decision or the renewed licence",
)
STOP = message(
    "licence.stop", zh="停止该业务直至许可恢复有效", en="stop the business until it is permitted"
)
OWN_PRODUCT = message(
    "licence.registrant_sells_own",
    zh="注册人、备案人在其住所或生产地址销售自己的产品，不需要经营许可或备案",
    en="a registrant selling its own devices from its own address needs neither licence nor filing",
)
OWN_PRODUCT_WHERE = message(
    "licence.registrant_from_where",
    zh="注册人销售自己的产品，发货地址是否为其住所或生产地址不明",
    en="a registrant sells its own devices; whether they left from its own address is not known",
)
STATE_ADDRESS = message(
    "licence.state_address",
    zh="补充发货地址，或提供经营许可证、备案凭证",
    en="supply the ship-from address, or a licence or filing",
)
NOT_THIS_KIND = message("licence.not_this_kind", zh="不是此类单据", en="not this kind of document")
NOT_SHIPPED = message("licence.no_act", zh="没有发货或收货日期", en="no day of the act is known")
WHO_WE_ARE = message(
    "licence.who_we_are",
    zh="没有标明本企业的单位资料",
    en="no party is marked as ourselves",
)
MARK_SELF = message(
    "licence.mark_self", zh="在单位资料中标明本企业", en="mark ourselves among the parties"
)


@dataclass(frozen=True, slots=True)
class Act:
    """Something that needs a permit: who did it, when, with goods of which classes."""

    party: str
    on: date
    classes: frozenset[int]
    unknown_class: bool
    entries: tuple[int, ...]


def permitted(act: Act, evidence: Evidence) -> Answer:
    """Whether the party held what the classes need on the day of the act.

    Fails only where papers say that it was not in force; papers that are not there leave it open.
    """
    dates = {Selector.ACT: act.on}
    wanted = [NEEDED[grade] for grade in sorted(act.classes, reverse=True) if grade in NEEDED]
    if not wanted and act.unknown_class:
        return unknown(say(CLASS_UNKNOWN), cures=(Cure(say(STATE_CLASS)),),
                       entries=act.entries, dates=dates)  # fmt: skip
    if not wanted:
        return not_applicable(say(NO_CLASS_NEEDS_ONE), entries=act.entries, dates=dates)
    own = tuple(held_by(act.party, permits(evidence)))
    answers = [standing_of([p for p in own if p.kind == kind], act, kind) for kind in wanted]
    worst = min(answers, key=lambda answer: _WORST.index(answer.result))
    if worst.result is Result.PASS and act.unknown_class:
        return unknown(say(CLASS_UNKNOWN), cures=(Cure(say(STATE_CLASS)),),
                       entries=worst.entries, dates=dates)  # fmt: skip
    return worst


_WORST: Final = (Result.FAIL, Result.UNKNOWN, Result.PASS, Result.NOT_APPLICABLE)


def standing_of(own: Sequence[HeldPermit], act: Act, kind: str) -> Answer:
    """What a party's permits of one kind say about a day; one in force is enough."""
    dates = {Selector.ACT: act.on}
    if not own:
        return unknown(
            say(NO_PERMIT, holder=act.party, wanted=kind),
            cures=(Cure(say(SUPPLY_PERMIT, day=act.on)),),
            entries=act.entries,
            dates=dates,
        )
    meetings = [(permit, permit.on(act.on)) for permit in own]
    good = [(p, met) for p, met in meetings if met.wholly_in_force]
    open_ = [(p, met) for p, met in meetings if not met.wholly_in_force and not met.wholly_out]
    speaks = good or open_ or meetings
    numbers = ", ".join(sorted({permit.number for permit, _ in speaks}))
    entries = (*act.entries, *(seq for permit, _ in speaks for seq in permit.entries))
    facts = {
        "act": act.on,
        "party": act.party,
        "permit": kind,
        "numbers": sorted({permit.number for permit, _ in speaks}),
        "standing": sorted({s.value for _, met in speaks for s in met.standings}),
    }
    expected = say(SHOULD_BE)
    if good:
        deemed = all(Standing.DEEMED in met.standings for _, met in good)
        found = say(DEEMED if deemed else IN_FORCE, day=act.on, numbers=numbers)
        return passed(found, expected=expected, facts=facts, entries=entries, dates=dates)
    if open_:
        return unknown(
            say(UNDECIDED, day=act.on, numbers=numbers),
            expected=expected,
            cures=(Cure(say(RENEWAL_PAPERS)),),
            facts=facts,
            entries=entries,
            dates=dates,
        )
    return failed(
        say(OUT, day=act.on, numbers=numbers),
        expected=expected,
        facts=facts,
        entries=entries,
        cures=(Cure(say(SUPPLY_PERMIT, day=act.on)), Cure(say(STOP))),
        dates=dates,
    )


def classes_of(evidence: Evidence, kinds: Iterable[str]) -> tuple[frozenset[int], bool]:
    """Classes of all goods on the papers of these kinds, and whether one is not known."""
    classes: set[int] = set()
    missing = False
    by_device: dict[str, int] = {}
    for device in evidence.of(Device):
        if device.record.device_class:
            for subject in device.subjects.get("device", ()):
                by_device[subject] = device.record.device_class
    for kind in kinds:
        for exhibit in evidence.named(kind):
            lines = getattr(exhibit.record, "lines", None)
            for line in (exhibit.record,) if lines is None else lines:
                number = getattr(line, "registration_no", None)
                parsed = parse_registration_no(number) if number else None
                if parsed:
                    classes.add(parsed.device_class)
                    continue
                found = {by_device[d] for d in exhibit.subjects.get("device", ()) if d in by_device}
                classes |= found
                missing = missing or not found
    return frozenset(classes), missing


_PERMITS_OF: Final = {
    role: (Hop(PERMIT_KINDS, role=role, via=via),)
    for role, via in (
        ("supplier", ("delivery_note", "goods_in_inspection")),
        ("consignee", ("delivery_note",)),
        ("buyer", ("sales_record",)),
    )
}
_DEVICES: Final = Hop(("device",), role="device")


def _later(evidence: Evidence, valid_at: date, *days: date | None) -> date | None:
    """The first act day that is still ahead."""
    return earliest(*(day for day in days if day and day > valid_at))


NOT_YET = message(
    "licence.not_yet", zh="{day} 的行为尚未发生", en="the act of {day} is still to come"
)


@rule(
    "licence.supplier",
    zh="供货者发货当日具有合法资质",
    en="The supplier was licensed on the day he shipped",
    why_zh="从没有有效许可或备案的企业购进即违法。按供货者发货当日判断；注册人、备案人在其住所或生产地址"
    "销售自己的产品除外。",
    why_en="Buying from a company without a licence or filing in force is unlawful. Judged on the "
    "day the supplier shipped; registrants selling their own devices from their own address are "
    "excepted.",
    bases=(
        law("条例", "45", by=Selector.ACT),
        law("54号令", "32", by=Selector.ACT),
        law("GSP", "53", by=Selector.ACT),
    ),
    severity=Severity.CRITICAL,
    subject="delivery",
    reads=(Hop(("delivery_note", "goods_in_inspection")), *_PERMITS_OF["supplier"], _DEVICES),
    population="every delivery that a delivery note or an inspection record names",
    requirements=("R19", "R26", "R27", "R28", "R92", "R100"),
)
def supplier_licensed(delivery: str, evidence: Evidence, policy: Policy, valid_at: date) -> Answer:
    notes = evidence.of(DeliveryNote)
    inspections = evidence.of(GoodsInInspection)
    shipped = [note.record.shipped_on for note in notes]
    if not shipped:
        days = [i.record.received_on or i.record.inspected_on for i in inspections]
        shipped = [min(days)] if days else []
    if not shipped:
        return not_applicable(say(NOT_SHIPPED))
    on = min(shipped)
    if on > valid_at:
        return not_applicable(say(NOT_YET, day=on), review_at=on)
    papers = (*notes, *inspections)
    suppliers = dict.fromkeys(s for paper in papers for s in paper.subjects.get("supplier", ()))
    classes, missing = classes_of(evidence, ("delivery_note", "goods_in_inspection"))
    entries = tuple(paper.seq for paper in papers)
    answers = []
    for supplier in suppliers:
        act = Act(supplier, on, classes, missing, entries)
        answer = permitted(act, evidence)
        if answer.result in (Result.FAIL, Result.UNKNOWN):
            answer = _own_products(supplier, on, evidence, answer)
        answers.append(answer)
    return min(answers, key=lambda answer: _WORST.index(answer.result))


def _own_products(supplier: str, on: date, evidence: Evidence, otherwise: Answer) -> Answer:
    """Order 54 art. 27: all goods are the supplier's own registered products."""
    notes = evidence.of(DeliveryNote)
    registrants = [note.subjects.get("registrant", ()) for note in notes]
    lines = [line for note in notes for line in note.record.lines]
    if not lines or not all(set(those) == {supplier} for those in registrants):
        return otherwise
    if not all(line.registrant for line in lines):
        return otherwise
    own = {
        _plain(address)
        for exhibit in evidence.of(ProductionLicence)
        if supplier in exhibit.subjects.get("holder", ())
        for address in (exhibit.record.domicile, *(exhibit.record.premises or ()))
        if address
    }
    own |= {_plain(n.record.supplier.address) for n in notes if n.record.supplier.address}
    where = {_plain(note.record.warehouse) for note in notes if note.record.warehouse}
    entries = otherwise.entries
    dates = {Selector.ACT: on}
    if where and where <= own:
        return passed(say(OWN_PRODUCT), entries=entries, facts={"from": sorted(where)}, dates=dates)
    if where and own:
        return otherwise
    return unknown(
        say(OWN_PRODUCT_WHERE), cures=(Cure(say(STATE_ADDRESS)),), entries=entries, dates=dates
    )


def _plain(text: str) -> str:
    return "".join(text.split())


_SELF: Final = (
    Hop(("party", *PERMIT_KINDS), role="self"),
    Hop(("party", *PERMIT_KINDS), role="supplier"),
    Hop(("party", *PERMIT_KINDS), role="consignee"),
)


@rule(
    "licence.own_receipt",
    zh="收货当日本企业具有合法资质",
    en="We were licensed on the day we received",
    why_zh="收货当日本企业的经营许可证或备案凭证必须有效（含视为准予延续）。",
    why_en="Our own licence or filing is in force on the day goods come in, deemed renewal "
    "included.",
    bases=(law("条例", "42", by=Selector.ACT), law("54号令", "4", by=Selector.ACT)),
    severity=Severity.CRITICAL,
    subject="delivery",
    reads=(Hop(("delivery_note", "goods_in_inspection")), *_SELF, _DEVICES),
    population="every delivery that a delivery note or an inspection record names",
    requirements=("R26", "R28", "R92"),
)
def own_on_receipt(delivery: str, evidence: Evidence, policy: Policy, valid_at: date) -> Answer:
    inspections = evidence.of(GoodsInInspection)
    days = [i.record.received_on or i.record.inspected_on for i in inspections]
    if not days:
        return not_applicable(say(NOT_SHIPPED))
    on = min(days)
    if on > valid_at:
        return not_applicable(say(NOT_YET, day=on), review_at=on)
    notes = evidence.of(DeliveryNote)
    us = ourselves(evidence) or frozenset(
        s for note in notes if not note.record.direct for s in note.subjects.get("consignee", ())
    )
    kinds = ("delivery_note", "goods_in_inspection")
    entries = tuple(paper.seq for paper in (*notes, *inspections))
    return _ours(us, on, kinds, evidence, entries)


@rule(
    "licence.own_shipment",
    zh="发货当日本企业具有合法资质",
    en="We were licensed on the day we shipped",
    why_zh="发货当日本企业的经营许可证或备案凭证必须有效（含视为准予延续）。",
    why_en="Our own licence or filing is in force on the day goods leave, deemed renewal included.",
    bases=(law("条例", "42", by=Selector.ACT), law("54号令", "4", by=Selector.ACT)),
    severity=Severity.CRITICAL,
    subject="shipment",
    reads=(Hop(("delivery_note",)), *_SELF, _DEVICES),
    population="every shipment that our delivery notes name",
    requirements=("R26", "R28", "R92"),
    gate=Gate(Effect.BLOCK, Effect.HOLD),
)
def own_on_shipment(shipment: str, evidence: Evidence, policy: Policy, valid_at: date) -> Answer:
    notes = [n for n in evidence.of(DeliveryNote) if n.record.direction is Direction.OURS]
    if not notes:
        return not_applicable(say(NOT_SHIPPED))
    on = min(note.record.shipped_on for note in notes)
    if on > valid_at:
        return not_applicable(say(NOT_YET, day=on), review_at=on)
    us = frozenset(s for note in notes for s in note.subjects.get("supplier", ()))
    return _ours(us, on, ("delivery_note",), evidence, tuple(note.seq for note in notes))


def _ours(
    us: frozenset[str],
    on: date,
    kinds: tuple[str, ...],
    evidence: Evidence,
    entries: tuple[int, ...],
) -> Answer:
    dates = {Selector.ACT: on}
    if not us:
        return unknown(say(WHO_WE_ARE), cures=(Cure(say(MARK_SELF)),), entries=entries, dates=dates)
    classes, missing = classes_of(evidence, kinds)
    answers = [permitted(Act(one, on, classes, missing, entries), evidence) for one in sorted(us)]
    return max(answers, key=lambda answer: _WORST.index(answer.result))


@rule(
    "licence.buyer",
    zh="发货当日购货者具有合法资质",
    en="The buyer was licensed on the day we shipped",
    why_zh="只能销售给有合法资质的生产企业、经营企业、使用单位或有合理使用需求的单位；按本企业发货当日"
    "核对其许可、备案或执业许可。",
    why_en="Goods go only to licensed makers, distributors, users, or units with a stated need. "
    "Judged on the day we ship by their licence, filing or institution licence.",
    bases=(
        law("GSP", "81", by=Selector.ACT),
        law("GSP", "82", by=Selector.ACT),
    ),
    severity=Severity.CRITICAL,
    subject="shipment",
    reads=(
        Hop(("delivery_note", "sales_record")),
        Hop(PERMIT_KINDS, role="buyer"),
        Hop(PERMIT_KINDS, role="consignee"),
        Hop(("use_need_statement",), role="buyer"),
        Hop(("use_need_statement",), role="consignee"),
        _DEVICES,
    ),
    population="every shipment that our delivery notes name",
    requirements=("R22", "R102"),
    gate=Gate(Effect.BLOCK, Effect.HOLD),
)
def buyer_licensed(shipment: str, evidence: Evidence, policy: Policy, valid_at: date) -> Answer:
    notes = [n for n in evidence.of(DeliveryNote) if n.record.direction is Direction.OURS]
    sales = evidence.named("sales_record")
    days = [note.record.shipped_on for note in notes]
    days += [day for sale in sales if (day := sale.record.occurred_on())]
    if not days:
        return not_applicable(say(NOT_SHIPPED))
    on = min(note.record.shipped_on for note in notes) if notes else min(days)
    if on > valid_at:
        return not_applicable(say(NOT_YET, day=on), review_at=on)
    buyers = dict.fromkeys(b for sale in sales for b in sale.subjects.get("buyer", ()))
    if not buyers:
        buyers = dict.fromkeys(b for note in notes for b in note.subjects.get("consignee", ()))
    kinds = ("delivery_note",) if notes else ("sales_record",)
    classes, missing = classes_of(evidence, kinds)
    entries = (*(note.seq for note in notes), *(sale.seq for sale in sales))
    answers = [_buyer(Act(buyer, on, classes, missing, entries), evidence) for buyer in buyers]
    return min(answers, key=lambda answer: _WORST.index(answer.result))


USE_NEED = message(
    "licence.use_need",
    zh="其他有合理使用需求的单位，已有使用需求说明",
    en="a unit with a reasonable need; its statement of need is on file",
)


def _buyer(act: Act, evidence: Evidence) -> Answer:
    """An institution by its own licence, a maker by its production licence, a unit with a stated
    need by that statement, anybody else as a distributor."""
    own = tuple(held_by(act.party, permits(evidence)))
    dates = {Selector.ACT: act.on}
    for kind in ("institution_licence", "production_licence"):
        of_kind = [permit for permit in own if permit.kind == kind]
        if of_kind:
            answer = standing_of(of_kind, act, kind)
            if answer.result is Result.PASS or len(of_kind) == len(own):
                return answer
    stated = [
        e.seq
        for e in evidence.named("use_need_statement")
        if any(act.party in those for those in e.subjects.values())
        and ((day := e.record.occurred_on()) is None or day <= act.on)
    ]
    if stated and not own:
        return passed(say(USE_NEED), entries=(*act.entries, *stated), dates=dates)
    return permitted(act, evidence)


PRODUCTION_NOT_STATED = message(
    "licence.production_not_stated",
    zh="资料没有生产许可证号（进口产品没有）",
    en="no production licence is named (imported goods have none)",
)


@rule(
    "licence.production",
    zh="生产当日生产许可证有效",
    en="The production licence was in force when the lot was made",
    why_zh="第二、三类国产器械由持有效生产许可证的企业生产。已受理且逾期未作决定的延续视为准予；没有受理"
    "通知的不能判断。",
    why_en="Domestic class II and III devices are made under a production licence in force. A "
    "renewal accepted and not decided in time counts as granted; without an acceptance notice it "
    "stays open.",
    bases=(law("条例", "45"), law("GSP", "53")),
    severity=Severity.MAJOR,
    subject="lot",
    reads=(
        Hop(("lot", "conformity_certificate", "goods_in_inspection", "put_away",
             "opening_balance", "receipt")),
        Hop(("device",), role="device"),
        Hop(("production_licence",), role="production_licence"),
    ),
    population="every lot that a paper names",
    requirements=("R27", "R93"),
)  # fmt: skip
def maker_licensed(lot: str, evidence: Evidence, policy: Policy, valid_at: date) -> Answer:
    named = dict.fromkeys(
        licence
        for exhibit in evidence.exhibits
        if exhibit.names("lot", lot)
        for licence in exhibit.subjects.get("production_licence", ())
    )
    if not named:
        return not_applicable(say(PRODUCTION_NOT_STATED))
    spans = lot_made(evidence)
    shown = ", ".join(made.span.shown() for made in spans)
    own = [p for p in permits(evidence) if p.subject in named]
    entries = entries_of(spans)
    if not own:
        return unknown(
            say(NO_PERMIT, holder=", ".join(named), wanted="production_licence"),
            cures=(Cure(say(SUPPLY_PERMIT, day=shown)),),
            entries=entries,
        )
    meetings = [permit.line.meets(made.span) for permit in own for made in spans]
    numbers = ", ".join(sorted({permit.number for permit in own}))
    entries = (*entries, *(seq for permit in own for seq in permit.entries))
    facts = {
        "made": shown,
        "numbers": sorted({permit.number for permit in own}),
        "standing": sorted({s.value for met in meetings for s in met.standings}),
    }
    expected = say(SHOULD_BE)
    if all(met.wholly_in_force for met in meetings):
        deemed = any(Standing.DEEMED in met.standings for met in meetings)
        return passed(
            say(DEEMED if deemed else IN_FORCE, day=shown, numbers=numbers),
            expected=expected, facts=facts, entries=entries,
        )  # fmt: skip
    if all(met.wholly_out for met in meetings):
        return failed(
            say(OUT, day=shown, numbers=numbers), expected=expected, facts=facts,
            entries=entries, cures=(Cure(say(SUPPLY_PERMIT, day=shown)),),
        )  # fmt: skip
    return unknown(
        say(UNDECIDED, day=shown, numbers=numbers), expected=expected, facts=facts,
        entries=entries, cures=(Cure(say(RENEWAL_PAPERS)),),
    )  # fmt: skip
