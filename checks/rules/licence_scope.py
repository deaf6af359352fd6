"""Scope, mode and addresses of licences on the day of the act they permit.

Beside `licences`, which asks whether a licence was in force: here, whether what it says covers the
goods, the way of business and the place. Where no licence was in force there is nothing to compare
with; that other rule speaks. A registrant's own products need no licence, hence no scope (order 54
art. 27). Where a paper does not carry an address or a mode, nothing is concluded from that.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from audit.records.goods import GoodsInInspection
from audit.records.identifiers import party_key
from audit.records.licence_history import LicenceVersion
from audit.records.licences import BusinessMode, InstitutionLicence, Licence
from audit.records.model import Record
from audit.records.parts import ProductFields
from audit.records.product import Device
from audit.records.registration_numbers import parse_registration_no
from audit.records.sales import SaleMode, SalesRecord
from audit.records.trade import DeliveryNote, Direction
from base.errors import message
from checks.evidence import Exhibit
from checks.rules.licences import (
    CLASS_UNKNOWN,
    MARK_SELF,
    NEEDED,
    NOT_SHIPPED,
    NOT_YET,
    STATE_CLASS,
    STOP,
    WHO_WE_ARE,
)
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
    failed,
    law,
    not_applicable,
    passed,
    rule,
    say,
    unknown,
)
from checks.validity.addresses import Same, listed
from checks.validity.permits import PERMIT_KINDS, HeldPermit, held_by, ourselves, permits
from checks.validity.scope import Goods, InScope, goods_of, in_scope

COVERED = message(
    "scope.covered",
    zh="{day} 当日在许可或备案载明的范围内：{numbers}",
    en="within what the licence or filing states on {day}: {numbers}",
)
COVERS = message(
    "scope.should_cover",
    zh="许可或备案的经营范围、经营方式和地址覆盖该行为",
    en="scope, mode and addresses of the licence or filing cover the act",
)
OUTSIDE = message(
    "scope.outside",
    zh="{goods}（分类编码 {codes}）不在{holder}的经营范围内：{numbers}",
    en="{goods} (code {codes}) is outside the scope of {holder}: {numbers}",
)
UNSETTLED = message(
    "scope.unsettled",
    zh="{goods}（分类编码 {codes}）是否在{holder}的经营范围内不能确定：{numbers}",
    en="whether {goods} (code {codes}) is in the scope of {holder} is not settled: {numbers}",
)
NOT_STATED = message(
    "scope.not_stated",
    zh="许可或备案资料没有经营范围：{numbers}",
    en="the papers of the licence or filing state no scope: {numbers}",
)
OTHER_MODE = message(
    "scope.other_mode",
    zh="经营方式“{mode}”不含所需的“{wanted}”：{numbers}",
    en="the mode '{mode}' does not include '{wanted}': {numbers}",
)
MODE_UNCLEAR = message(
    "scope.mode_unclear",
    zh="许可或备案的经营方式不明：{numbers}",
    en="the mode of the licence or filing is not clear: {numbers}",
)
ELSEWHERE = message(
    "scope.elsewhere",
    zh="地址“{place}”不在许可或备案载明的地址中：{numbers}",
    en="the address '{place}' is not among those of the licence or filing: {numbers}",
)
PLACE_UNSETTLED = message(
    "scope.place_unsettled",
    zh="地址“{place}”与许可或备案载明的地址写法不同，不能确定是否同一处：{numbers}",
    en="'{place}' is written otherwise than the addresses of the licence or filing; whether it is "
    "one of them is not settled: {numbers}",
)
NO_PERMIT_THEN = message(
    "scope.no_permit_then",
    zh="{day} 当日没有可对照的有效许可或备案，由资质有效性规则判断",
    en="no licence or filing in force on {day} to compare with; the rule on its validity speaks",
)
STATE_CODE = message(
    "scope.state_code",
    zh="补充产品的分类编码、冷链属性，或由人员对照许可证原文后更正范围条目",
    en="supply the product's catalogue code and cold handling, or compare with the licence as "
    "written and correct its scope items",
)
CHANGED_LICENCE = message(
    "scope.changed_licence",
    zh="提供覆盖该产品和地址的许可证、备案凭证或变更文件",
    en="supply a licence, filing or change document that covers the product and the address",
)
STATE_SCOPE = message(
    "scope.state_scope",
    zh="补录许可证或备案凭证的经营范围和经营方式",
    en="complete scope and mode from the licence or filing",
)
STATE_PLACE = message(
    "scope.state_place",
    zh="写明完整地址，或将库房名称与许可证上的地址关联",
    en="write the address in full, or link the warehouse's name with its address on the licence",
)


@dataclass(frozen=True, slots=True)
class Line:
    """One product on a paper. registrant: as subject, where the paper names one."""

    goods: Goods | None  # None: the class is not known
    device_class: int | None
    registrant: str | None
    entries: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Point:
    """One thing that was compared."""

    result: Result
    found: Sentence
    cures: tuple[Cure, ...] = ()
    outside: str = ""


FINE: Final = Point(Result.PASS, say(COVERS))


@dataclass(frozen=True, slots=True)
class Held:
    """A permit in force on the day, what it says then, and the papers that say so."""

    permit: HeldPermit
    version: LicenceVersion | None
    papers: tuple[Exhibit[Record], ...]


def lines_of(evidence: Evidence, kinds: Iterable[str]) -> Iterator[Line]:
    """Every product line on the papers of some kinds."""
    devices = evidence.of(Device)
    for kind in kinds:
        for exhibit in evidence.named(kind):
            record = exhibit.record
            lines = getattr(record, "lines", None)
            for index, fields in enumerate((record,) if lines is None else lines):
                if isinstance(fields, ProductFields):
                    on_line = None if lines is None else index
                    yield _line(exhibit, fields, on_line, devices)


def _line(
    exhibit: Exhibit[Record],
    fields: ProductFields,
    index: int | None,
    devices: Sequence[Exhibit[Device]],
) -> Line:
    own = [
        device
        for device in devices
        for subject in device.subjects.get("device", ())
        if exhibit.names("device", subject)
        and (index is None or index in exhibit.lines.get(subject, ()))
    ]
    number = parse_registration_no(fields.registration_no) if fields.registration_no else None
    grades = {device.record.device_class for device in own if device.record.device_class}
    grade = number.device_class if number else (grades.pop() if len(grades) == 1 else None)
    records = [device.record for device in own]
    goods = goods_of((fields.name,), number, records, grade) if grade else None
    named = party_key(name=fields.registrant) if fields.registrant else None
    return Line(goods, grade, named, (exhibit.seq, *(device.seq for device in own)))


def held_then(parties: Collection[str], on: date, evidence: Evidence) -> tuple[Held, ...]:
    """The permits of some parties that were in force on a day, as they read then."""
    known = permits(evidence)
    mine = {permit.subject: permit for party in parties for permit in held_by(party, known)}
    found = []
    for permit in mine.values():
        if not permit.on(on).wholly_in_force:
            continue
        papers = [
            exhibit
            for exhibit in evidence.exhibits
            if exhibit.kind == permit.kind and exhibit.names("licence", permit.subject)
        ]
        version = permit.history.version_on(on) if permit.history else None
        if version is not None:
            stated = [paper for paper in papers if isinstance(paper.record, Licence)]
            papers = [stated[index] for index in version.of]
        found.append(Held(permit, version, tuple(papers)))
    return tuple(found)


def _of_kind(held: Sequence[Held], grade: int) -> tuple[Held, ...]:
    return tuple(one for one in held if one.permit.kind == NEEDED.get(grade))


def _numbers(held: Iterable[Held]) -> str:
    return ", ".join(sorted({one.permit.number for one in held}))


def scope_points(lines: Iterable[Line], held: Sequence[Held], holder: str) -> Iterator[Point]:
    """Every line beside the scopes that may cover it."""
    for line in lines:
        if line.goods is None:
            yield Point(Result.UNKNOWN, say(CLASS_UNKNOWN), (Cure(say(STATE_CLASS)),))
            continue
        mine = _of_kind(held, line.goods.device_class)
        if mine:
            yield _scope_point(line.goods, line.goods.device_class, mine, holder)


def _scope_point(goods: Goods, grade: int, mine: Sequence[Held], holder: str) -> Point:
    numbers = _numbers(mine)
    scopes = [held.version.scope for held in mine if held.version and held.version.scope]
    answers = {in_scope(goods, scope, grade) for scope in scopes}
    names = {"goods": goods.names[0], "codes": goods.shown, "holder": holder, "numbers": numbers}
    if InScope.IN in answers:
        return FINE
    if InScope.OPEN in answers:
        return Point(Result.UNKNOWN, say(UNSETTLED, **names), (Cure(say(STATE_CODE)),))
    if len(scopes) < len(mine):
        return Point(Result.UNKNOWN, say(NOT_STATED, numbers=numbers), (Cure(say(STATE_SCOPE)),))
    cures = (Cure(say(CHANGED_LICENCE)), Cure(say(STOP)))
    return Point(Result.FAIL, say(OUTSIDE, **names), cures, goods.names[0])


def mode_points(held: Iterable[Held], wanted: BusinessMode) -> Iterator[Point]:
    """Whether the mode of each licence allows wholesale, or retail."""
    for one in held:
        mode = one.version.mode if one.version else None
        if mode is BusinessMode.UNKNOWN:
            found = say(MODE_UNCLEAR, numbers=one.permit.number)
            yield Point(Result.UNKNOWN, found, (Cure(say(STATE_SCOPE)),))
        elif mode is not None and mode not in (wanted, BusinessMode.BOTH):
            found = say(OTHER_MODE, mode=mode, wanted=wanted, numbers=one.permit.number)
            cures = (Cure(say(CHANGED_LICENCE)), Cure(say(STOP)))
            yield Point(Result.FAIL, found, cures, wanted.value)


def place_point(
    stated: str | None,
    subjects: Collection[str],
    held: Sequence[Held],
    *,
    domicile: bool,
    service: bool = False,
) -> Iterator[Point]:
    """Whether an address stands on one of the licences. subjects: warehouses it was linked to;
    domicile: the registered address counts too; service: goods lie with a logistics company."""
    places = [place for one in held for place in _places(one, domicile=domicile)]
    if not stated or not places:
        return
    linked = {w for one in held for p in one.papers for w in p.subjects.get("warehouse", ())}
    same = Same.YES if linked & set(subjects) else listed(stated, places)
    if same is Same.NO and service:
        same = Same.OPEN
    numbers = _numbers(held)
    match same:
        case Same.YES:
            yield FINE
        case Same.OPEN:
            found = say(PLACE_UNSETTLED, place=stated, numbers=numbers)
            yield Point(Result.UNKNOWN, found, (Cure(say(STATE_PLACE)),))
        case Same.NO:
            found = say(ELSEWHERE, place=stated, numbers=numbers)
            cures = (Cure(say(CHANGED_LICENCE)), Cure(say(STATE_PLACE)))
            yield Point(Result.FAIL, found, cures, stated)


def _places(held: Held, *, domicile: bool) -> Iterator[str]:
    version = held.version
    if version is None:
        for paper in held.papers:
            if isinstance(paper.record, InstitutionLicence) and paper.record.address:
                yield paper.record.address
        return
    if version.warehouses is None and not domicile:
        return  # the papers we hold do not say where its warehouses are
    yield from version.warehouses or ()
    yield from version.premises or ()
    if domicile and version.domicile:
        yield version.domicile


_WORST: Final = (Result.FAIL, Result.UNKNOWN, Result.PASS)


def concluded(
    points: Sequence[Point], held: Sequence[Held], on: date, entries: Iterable[int], party: str
) -> Answer:
    """The worst point speaks; nothing compared: the rule does not reach the act."""
    dates = {Selector.ACT: on}
    seqs = (*entries, *(seq for one in held for seq in one.permit.entries))
    if not points:
        return not_applicable(say(NO_PERMIT_THEN, day=on), entries=seqs, dates=dates)
    worst = min(points, key=lambda point: _WORST.index(point.result))
    common: dict[str, Any] = {
        "facts": {
            "act": on,
            "party": party,
            "numbers": sorted({one.permit.number for one in held}),
            "outside": sorted({p.outside for p in points if p.outside}),
        },
        "entries": seqs,
        "dates": dates,
    }
    if worst.result is Result.PASS:
        found = say(COVERED, day=on, numbers=_numbers(held))
        return passed(found, expected=say(COVERS), **common)
    cures = tuple(dict.fromkeys(c for p in points if p.result is worst.result for c in p.cures))
    if worst.result is Result.FAIL:
        return failed(worst.found, expected=say(COVERS), cures=cures, **common)
    return unknown(worst.found, expected=say(COVERS), cures=cures, **common)


def _worst_answer(answers: Sequence[Answer]) -> Answer:
    order = (*_WORST, Result.NOT_APPLICABLE)
    return min(answers, key=lambda answer: order.index(answer.result))


_SUPPLIER_PAPERS: Final = ("delivery_note", "goods_in_inspection")


@rule(
    "licence.supplier_scope",
    zh="供货者的经营范围和经营方式覆盖所供产品",
    en="The supplier's scope and mode cover what he supplied",
    why_zh="供货者只能在其许可或备案的范围内批发。按其发货当日的版本，核对产品的管理类别、分类编码（2002版、"
    "2017版）、限定文字和冷藏冷冻标注；注册人、备案人自己的产品除外。",
    why_en="A supplier wholesales only within his licence or filing. Judged by its version on the "
    "day he shipped: class, catalogue code (2002, 2017), limits in words, cold goods. A "
    "registrant's own products are excepted.",
    bases=(law("条例", "45", by=Selector.ACT), law("GSP", "53", by=Selector.ACT)),
    severity=Severity.CRITICAL,
    subject="delivery",
    reads=(
        Hop(_SUPPLIER_PAPERS),
        Hop(PERMIT_KINDS, role="supplier", via=_SUPPLIER_PAPERS),
        Hop(("device",), role="device"),
    ),
    population="every delivery that a delivery note or an inspection record names",
    requirements=("R28", "R29", "R100"),
)
def supplier_scope(delivery: str, evidence: Evidence, policy: Policy, valid_at: date) -> Answer:
    notes = evidence.of(DeliveryNote)
    inspections = evidence.of(GoodsInInspection)
    days = [note.record.shipped_on for note in notes]
    days = days or [i.record.received_on or i.record.inspected_on for i in inspections]
    if not days:
        return not_applicable(say(NOT_SHIPPED))
    on = min(days)
    if on > valid_at:
        return not_applicable(say(NOT_YET, day=on), review_at=on)
    papers: tuple[Exhibit[Any], ...] = (*notes, *inspections)
    lines = tuple(lines_of(evidence, ("delivery_note",) if notes else ("goods_in_inspection",)))
    seqs = (*(paper.seq for paper in papers), *(seq for line in lines for seq in line.entries))
    answers = []
    for supplier in dict.fromkeys(s for p in papers for s in p.subjects.get("supplier", ())):
        own_names = {supplier}
        own_names |= {party_key(name=p.record.supplier.name) for p in papers if p.record.supplier}
        foreign = [line for line in lines if line.registrant not in own_names]
        held = held_then((supplier,), on, evidence)
        points = list(scope_points(foreign, held, supplier))
        if any(point.result is not Result.UNKNOWN for point in points):
            used = _used(held, foreign)
            points += mode_points(used, BusinessMode.WHOLESALE)
        answers.append(concluded(points, held, on, seqs, supplier))
    return _worst_answer(answers) if answers else not_applicable(say(NOT_SHIPPED))


def _used(held: Sequence[Held], lines: Iterable[Line]) -> tuple[Held, ...]:
    """The permits that goods of these classes need."""
    kinds = {NEEDED.get(line.device_class) for line in lines if line.device_class}
    return tuple(one for one in held if one.permit.kind in kinds)


_SELF: Final = (
    Hop(("party", *PERMIT_KINDS), role="self"),
    Hop(("party", *PERMIT_KINDS), role="supplier"),
    Hop(("party", *PERMIT_KINDS), role="consignee"),
)
_OWN_BASES: Final = (law("54号令", "4", by=Selector.ACT), law("54号令", "66", by=Selector.ACT))


@rule(
    "licence.own_receipt_scope",
    zh="购进的产品和收货地址在本企业许可范围内",
    en="What we took in, and where, is within our own licence",
    why_zh="购进的产品必须在本企业收货当日的经营范围内，收货地址必须是许可或备案载明的库房或经营场所。",
    why_en="Goods taken in are within our scope on that day, at an address on our licence or "
    "filing.",
    bases=_OWN_BASES,
    severity=Severity.CRITICAL,
    subject="delivery",
    reads=(Hop(_SUPPLIER_PAPERS), *_SELF, Hop(("device",), role="device")),
    population="every delivery that a delivery note or an inspection record names",
    requirements=("R28", "R29"),
)
def own_receipt_scope(delivery: str, evidence: Evidence, policy: Policy, valid_at: date) -> Answer:
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
    seqs = tuple(paper.seq for paper in (*notes, *inspections))
    if not us:
        return not_applicable(say(WHO_WE_ARE), cures=(Cure(say(MARK_SELF)),), entries=seqs)
    lines = tuple(lines_of(evidence, _SUPPLIER_PAPERS))
    held = held_then(us, on, evidence)
    used = _used(held, lines)
    points = list(scope_points(lines, held, ", ".join(sorted(us))))
    for note in notes:
        if not note.record.direct:
            points += place_point(note.record.ship_to, (), used, domicile=False)
    seqs = (*seqs, *(seq for line in lines for seq in line.entries))
    return concluded(points, used, on, seqs, ", ".join(sorted(us)))


@rule(
    "licence.own_scope",
    zh="销售的产品、经营方式和发货库房在本企业许可范围内",
    en="What we ship, how and from where, is within our own licence",
    why_zh="发货当日按本企业许可证、备案凭证当时的版本核对：产品类别和分类编码、批发或零售、发货库房。擅自变更"
    "经营范围、经营方式、库房地址可被处罚。",
    why_en="By the version of our licence or filing on the day we ship: class and code of the "
    "goods, wholesale or retail, ship-from warehouse. Changing any of them without permission is "
    "punishable.",
    bases=_OWN_BASES,
    severity=Severity.CRITICAL,
    subject="shipment",
    reads=(Hop(("delivery_note", "sales_record")), *_SELF, Hop(("device",), role="device")),
    population="every shipment that our delivery notes name",
    requirements=("R28", "R29"),
    gate=Gate(Effect.BLOCK, Effect.HOLD),
)
def own_scope(shipment: str, evidence: Evidence, policy: Policy, valid_at: date) -> Answer:
    notes = _ours(evidence)
    if not notes:
        return not_applicable(say(NOT_SHIPPED))
    on = min(note.record.shipped_on for note in notes)
    if on > valid_at:
        return not_applicable(say(NOT_YET, day=on), review_at=on)
    us = frozenset(s for note in notes for s in note.subjects.get("supplier", ()))
    lines = tuple(lines_of(evidence, ("delivery_note",)))
    held = held_then(us, on, evidence)
    used = _used(held, lines)
    points = list(scope_points(lines, held, ", ".join(sorted(us))))
    sales = evidence.of(SalesRecord)
    for mode in dict.fromkeys(sale.record.mode for sale in sales):
        retail = mode is SaleMode.RETAIL
        points += mode_points(used, BusinessMode.RETAIL if retail else BusinessMode.WHOLESALE)
    papers: tuple[Exhibit[DeliveryNote] | Exhibit[SalesRecord], ...] = (*notes, *sales)
    for paper in papers:
        if not paper.record.direct:
            points += place_point(
                paper.record.warehouse, paper.subjects.get("warehouse", ()), used, domicile=False,
                service=any(note.record.logistics is not None for note in notes),
            )  # fmt: skip
    seqs = (*(p.seq for p in (*notes, *sales)), *(seq for line in lines for seq in line.entries))
    return concluded(points, used, on, seqs, ", ".join(sorted(us)))


@rule(
    "licence.buyer_scope",
    zh="购货者的经营范围覆盖所购产品，收货地址在其证照上",
    en="The buyer's scope covers the goods, and the ship-to is on his licence",
    why_zh="首次销售前核实购货者的证明文件和经营范围，保证流向真实。按本企业发货当日其许可或备案的版本核对经营"
    "范围；收货地址应为其许可、备案或执业许可载明的地址。",
    why_en="The buyer's papers and scope are verified so that goods go where they may. By the "
    "version of his licence or filing on the day we ship; the ship-to is an address on his "
    "licence, filing or institution licence.",
    bases=(law("GSP", "81", by=Selector.ACT), law("GSP", "82", by=Selector.ACT)),
    severity=Severity.CRITICAL,
    subject="shipment",
    reads=(
        Hop(("delivery_note", "sales_record")),
        Hop(PERMIT_KINDS, role="buyer"),
        Hop(PERMIT_KINDS, role="consignee"),
        Hop(("device",), role="device"),
    ),
    population="every shipment that our delivery notes name",
    requirements=("R22", "R29", "R102"),
    gate=Gate(Effect.BLOCK, Effect.HOLD),
)
def buyer_scope(shipment: str, evidence: Evidence, policy: Policy, valid_at: date) -> Answer:
    notes, sales = _ours(evidence), evidence.of(SalesRecord)
    days = [note.record.shipped_on for note in notes] or [s.record.sold_on for s in sales]
    if not days:
        return not_applicable(say(NOT_SHIPPED))
    on = min(days)
    if on > valid_at:
        return not_applicable(say(NOT_YET, day=on), review_at=on)
    consignees = tuple(dict.fromkeys(c for n in notes for c in n.subjects.get("consignee", ())))
    buyers = tuple(dict.fromkeys(b for s in sales for b in s.subjects.get("buyer", ())))
    lines = tuple(lines_of(evidence, ("delivery_note",) if notes else ("sales_record",)))
    seqs = (*(p.seq for p in (*notes, *sales)), *(seq for line in lines for seq in line.entries))
    answers = []
    for buyer in buyers or consignees:
        held = held_then((buyer,), on, evidence)
        users = [one for one in held if one.permit.kind in _BUYS_FREELY]
        points = [] if users else list(scope_points(lines, held, buyer))
        there = held_then((buyer, *consignees), on, evidence)
        if users or any(point.result is not Result.UNKNOWN for point in points):
            stated = (*(n.record.ship_to for n in notes), *(s.record.ship_to for s in sales))
            for to in dict.fromkeys(stated):
                points += place_point(to, (), there, domicile=True)
        answers.append(concluded(points, held, on, seqs, buyer))
    return _worst_answer(answers) if answers else not_applicable(say(NOT_SHIPPED))


_BUYS_FREELY: Final = ("institution_licence", "production_licence")
"""Users and makers buy what they use: their licences list no device codes to buy by."""


def _ours(evidence: Evidence) -> tuple[Exhibit[DeliveryNote], ...]:
    return tuple(n for n in evidence.of(DeliveryNote) if n.record.direction is Direction.OURS)
