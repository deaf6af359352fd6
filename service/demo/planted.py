"""What the demonstration is about: faults put in on purpose, and what must not alarm.

Each is known by name. The trade ones are acts of `scenarios`; what their readings show is bent
there too; the ingest ones are files made by `spoiled`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from hashlib import sha256
from typing import Final, Literal

from audit.records.identifiers import (
    certificate_key,
    delivery_key,
    device_key,
    document_key,
    logger_key,
    lot_key,
    party_key,
    purchase_order_key,
    sales_order_key,
    shipment_key,
)
from checks.rules.lots import NEAR_DAYS
from service.demo import instruments, papers
from service.demo.facts import printed_di
from service.demo.model import Event, GiveBack, Lot, Opening, Purchase, Sale, Scrap, World

Family = Literal["expiry", "cold_chain", "retention", "ingest"]
Outcome = Literal["fail", "unknown", "pass", "quarantined", "duplicate", "noted"]


@dataclass(frozen=True, slots=True)
class Planted:
    """A fault put in on purpose, or a case that must not alarm.

    rule: the id of the rule that must speak; for ingest the reason code of the quarantine, or
    what notes that a file could not prove itself. outcome: what it must say. subject: the stream
    key it names, empty for ingest. file: the file it rests on, relative to the inbox; for a file
    that is missing, one that names it. also: rules that cannot but speak on the same subject too.
    """

    name: str
    zh: str
    en: str
    family: Family
    rule: str
    outcome: Outcome
    subject: str
    file: str
    also: tuple[str, ...] = ()


def lot_subject(lot: Lot) -> str:
    """The stream key of a lot."""
    device = lot.device
    paper = device.certificate
    key = device_key(di=printed_di(device), registration_no=paper.number, model=device.model)
    return lot_key(key, lot_no=lot.number)


@dataclass(frozen=True, slots=True)
class _Case:
    """One row of the table below. subject and about are worked out from the tagged events."""

    name: str
    zh: str
    en: str
    family: Family
    rule: str
    outcome: Outcome
    subject: Callable[[_Acts], str]
    about: Callable[[_Acts], str]
    also: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class _Acts:
    """The events of one scenario, and the world they happened in."""

    world: World
    events: tuple[Event, ...]

    @property
    def purchase(self) -> Purchase:
        return next(one for one in self.events if isinstance(one, Purchase))

    @property
    def sale(self) -> Sale:
        return next(one for one in self.events if isinstance(one, Sale))


def _lot(acts: _Acts) -> str:
    event = next(one for one in acts.events if isinstance(one, Purchase | Sale))
    return lot_subject(event.lines[0].lot)


def _shipment(acts: _Acts) -> str:
    return shipment_key(acts.sale.delivery_note)


def _delivery(acts: _Acts) -> str:
    supplier = acts.world.company.parties[acts.purchase.supplier]
    return delivery_key(party_key(name=supplier.name), acts.purchase.delivery_note)


def _sales_order(acts: _Acts) -> str:
    return sales_order_key(acts.sale.order)


def _purchase_order(acts: _Acts) -> str:
    return purchase_order_key(acts.purchase.order)


def _note(acts: _Acts) -> str:
    return f"note/{acts.purchase.order}"


def _goods_in(acts: _Acts) -> str:
    return f"register/进货/{acts.purchase.ordered:%Y-%m}"


def _sold(acts: _Acts) -> str:
    return f"register/销售/{acts.sale.ordered:%Y-%m}"


def _trip(acts: _Acts) -> str:
    event = next(one for one in acts.events if isinstance(one, Purchase | Sale))
    assert event.trip is not None
    return f"trip/{event.trip.key}"


def _conformity(acts: _Acts) -> str:
    lot = acts.purchase.lines[0].lot
    return f"conformity/{lot.device.key}/{lot.number}"


def _certificate_of(key: str) -> Callable[[_Acts], str]:
    def subject(acts: _Acts) -> str:
        device = next(one for one in acts.world.company.devices if one.key == key)
        return certificate_key(device.certificate.number)

    return subject


def _paper_of(key: str) -> Callable[[_Acts], str]:
    def about(acts: _Acts) -> str:
        device = next(one for one in acts.world.company.devices if one.key == key)
        return f"certificate/{key}/{device.certificate.periods[-1].ends}"

    return about


def _fixed(text: str) -> Callable[[_Acts], str]:
    return lambda acts: text


_SILENT: Final = ("cold_chain.excursion", "cold_chain.gap", "cold_chain.interval")
"""Without readings these cannot be judged."""
_PENDING: Final = f"licence/{papers.BUYER_RENEWED[0]}/operating/2"

FAULTS: Final[tuple[_Case, ...]] = (
    _Case("made_after_lapse", "注册证失效后生产的批次", "a lot made after its certificate lapsed",
          "expiry", "certificate.production_date", "fail", _lot, _conformity),
    _Case("date_unknown_straddles", "生产日期不明，可能区间跨越注册证失效日",
          "a lot without production date whose possible days straddle the lapse",
          "expiry", "certificate.production_date", "unknown", _lot, _goods_in),
    _Case("expired_sale", "过期后销售", "sold after its expiry date",
          "expiry", "lot.sold_after_expiry", "fail", _lot, _sold),
    _Case("supplier_licence_ended", "供货者许可证到期后发货", "the supplier shipped after his "
          "licence had ended", "expiry", "licence.supplier", "fail", _delivery, _note),
    _Case("buyer_licence_ended", "购货者许可证到期后向其发货", "shipped to a buyer whose licence "
          "had ended", "expiry", "licence.buyer", "fail", _shipment, _sold),
    _Case("buyer_licence_pending", "购货者换发的许可证尚未确认",
          "the buyer's renewed licence is not confirmed yet",
          "expiry", "licence.buyer", "unknown", _shipment, _fixed(_PENDING),
          ("licence.buyer_scope",)),
    _Case("buyer_scope", "超出购货者许可范围", "outside the scope of the buyer's licence",
          "expiry", "licence.buyer_scope", "fail", _shipment,
          _fixed(f"licence/{papers.BUYER_NARROW}/operating")),
    _Case("letter_ended", "供货者销售人员授权书未覆盖采购日", "no letter of the supplier's "
          "salesperson covers the day of the order", "expiry", "letter.supplier_salesperson",
          "fail", _purchase_order, _fixed("letter/supplier/bingwu/2026")),
    _Case("own_letter_ended", "本公司销售人员授权书未覆盖销售日", "no letter of our own "
          "salesperson covers the day of the sale", "expiry", "letter.own_salesperson", "fail",
          _sales_order, _fixed("letter/own/sales4/2026")),
    _Case("renewal_not_filed", "注册证到期前六个月未申请延续", "a certificate ends within six "
          "months and no renewal was filed", "expiry", "certificate.renewal", "fail",
          _certificate_of("nebuliser"), _paper_of("nebuliser"), ("certificate.expiring",)),
    _Case("calibration_overdue", "记录仪校准过期后使用", "a logger used after its calibration "
          "had ended", "expiry", "calibration.logger", "fail",
          _fixed(logger_key(instruments.OVERDUE)),
          _fixed(f"calibration/{instruments.OVERDUE}/2025")),
    _Case("excursion_delivery", "配送途中超温", "too warm on the way to the hospital",
          "cold_chain", "cold_chain.excursion", "fail", _shipment, _trip,
          ("cold_chain.interval",)),
    _Case("excursion_frozen", "冷冻品到货途中超温", "frozen goods thawed on the way to us",
          "cold_chain", "cold_chain.receipt", "fail", _lot, _trip),
    _Case("gap_delivery", "在途温度记录中断", "a gap in the readings on the way",
          "cold_chain", "cold_chain.gap", "fail", _shipment, _trip),
    _Case("late_start", "启运后才开始记录温度", "the logger was switched on after departure",
          "cold_chain", "cold_chain.gap", "fail", _shipment, _trip),
    _Case("missing_leg", "冷链配送没有温度记录", "a cold delivery without any readings",
          "cold_chain", "cold_chain.missing_leg", "fail", _shipment, _sold, _SILENT),
    _Case("tampered_log", "温度记录被改动，不能作为证明", "the only log was tampered with and "
          "proves nothing", "cold_chain", "cold_chain.missing_leg", "fail", _shipment, _sold,
          _SILENT),
    _Case("lapsed_alginate", "注册证到期未延续", "a certificate ended and nobody had renewed it",
          "expiry", "certificate.renewal", "fail", _certificate_of("alginate"),
          _paper_of("alginate")),
    _Case("lapsed_lenscare", "注册证到期未延续", "a certificate ended and nobody had renewed it",
          "expiry", "certificate.renewal", "fail", _certificate_of("lenscare"),
          _paper_of("lenscare")),
    _Case("note_missing", "进货没有随货同行单，无法证明注册人从何处发货", "goods came in without "
          "their delivery note: from where the registrant shipped cannot be shown", "retention",
          "licence.supplier", "unknown", _delivery, _goods_in),
)  # fmt: skip
"""Every fault of the trade itself; those of files stand in `spoiled`."""

QUIET: Final[tuple[_Case, ...]] = (
    _Case("made_before_lapse", "注册证失效前生产、失效后销售", "made before the certificate "
          "lapsed, sold after", "expiry", "certificate.production_date", "pass", _lot,
          _conformity),
    _Case("date_unknown_covered", "生产日期不明，但可能区间全在注册证有效期内", "no production "
          "date, and every possible day is covered", "expiry", "certificate.production_date",
          "pass", _lot, _goods_in),
    _Case("deemed_renewal", "延续已受理、逾期未决定，视为准予延续", "renewal filed in time and "
          "undecided: deemed granted", "expiry", "certificate.production_date", "pass", _lot,
          _conformity),
    _Case("signed_log", "签名的温度记录，全程合格", "a signed log, in range all the way",
          "cold_chain", "cold_chain.excursion", "pass", _shipment, _trip),
    _Case("selection_2606", "选配送出、部分使用、其余退回", "a surgical set sent, partly used, "
          "the rest returned", "retention", "licence.buyer", "pass", _shipment, _sold),
)  # fmt: skip
"""What looks alike and is in order: no rule may alarm."""


@dataclass(frozen=True, slots=True)
class Aftermath:
    """What the demonstration does to a stored original after everything was taken in.

    what: lost (its bytes are taken away behind the store's back, then fixity is checked) or
    disposed (somebody disposes of it before its time). planted: the fault that must be found.
    """

    what: Literal["lost", "disposed"]
    file: str
    planted: Planted


_AFTERMATH: Final[tuple[tuple[Literal["lost", "disposed"], str, str, str, str, str], ...]] = (
    ("lost", "deemed_renewal", "original_lost", "保存期内原件丢失",
     "an original was lost while it had to be kept", "retention.original"),
    ("disposed", "date_unknown_covered", "disposed_early", "保存期满前被处置",
     "an original was disposed of before its time", "retention.disposed_early"),
)  # fmt: skip


def aftermath(world: World, files: dict[str, tuple[str, bytes]]) -> tuple[Aftermath, ...]:
    """The originals that get lost or thrown away. files: what one is about, to path and bytes."""
    found = []
    for what, tag, name, zh, en, rule in _AFTERMATH:
        purchase = next(
            event for event in world.events if isinstance(event, Purchase) and tag in event.tags
        )
        path, data = files[f"note/{purchase.order}"]
        subject = document_key(sha256(data).hexdigest())
        planted = Planted(name, zh, en, "retention", rule, "fail", subject, path)
        found.append(Aftermath(what, path, planted))
    return tuple(found)


def near_expiry(world: World, paths: dict[str, str]) -> tuple[Planted, ...]:
    """Lots still in stock on the last day that the policy counts as near their expiry."""
    limit = papers.END + timedelta(days=int(NEAR_DAYS.default))
    found = []
    for lot, (left, about) in _left(world).items():
        if left and lot.expires and lot.expires < limit:
            name = f"near_expiry_{lot.device.key}_{lot.number}"
            found.append(
                Planted(
                    name, "近效期库存", "stock near its expiry", "expiry", "lot.near_expiry",
                    "fail", lot_subject(lot), paths[about],
                )
            )  # fmt: skip
    return tuple(found)


def _left(world: World) -> dict[Lot, tuple[int, str]]:
    """What the books hold in the end of each lot, and the register in which it came."""
    held: dict[Lot, int] = {}
    came: dict[Lot, str] = {}
    for event in world.events:
        if isinstance(event, Opening | Purchase):
            about = "master/opening"
            if isinstance(event, Purchase):
                about = f"register/进货/{event.ordered:%Y-%m}"
            came |= dict.fromkeys((line.lot for line in event.lines), about)
        for lot, change in _changes(event):
            held[lot] = held.get(lot, 0) + change
    return {lot: (held[lot], about) for lot, about in came.items()}


def _changes(event: Event) -> list[tuple[Lot, int]]:
    match event:
        case Opening():
            return [(line.lot, line.quantity) for line in event.lines]
        case Purchase():
            pairs = zip(event.lines, event.rejected, strict=True)
            return [(line.lot, line.quantity - bad) for line, bad in pairs]
        case Sale():
            return [(line.lot, -line.quantity) for line in event.lines]
        case GiveBack():
            return [(line.lot, line.quantity if event.good else 0) for line in event.lines]
        case Scrap():
            return [(event.line.lot, -event.line.quantity)]
    return []


def resolve(world: World, cases: tuple[_Case, ...], paths: dict[str, str]) -> tuple[Planted, ...]:
    """The cases with their subjects and files. paths: what a file is about, to its path."""
    tagged: dict[str, list[Event]] = {}
    for event in world.events:
        for tag in getattr(event, "tags", ()):
            tagged.setdefault(tag, []).append(event)
    found = []
    for case in cases:
        acts = _Acts(world, tuple(tagged.get(case.name, ())))
        about = case.about(acts)
        found.append(
            Planted(
                case.name, case.zh, case.en, case.family, case.rule, case.outcome,
                case.subject(acts), paths[about], case.also,
            )
        )  # fmt: skip
    return tuple(found)
