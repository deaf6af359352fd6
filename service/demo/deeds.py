"""The invented trade as typed records: what each act leaves behind in the company's papers."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime
from decimal import Decimal
from functools import singledispatch
from typing import Any, Final

from audit.records.dates import DayOrMonth, Expiry, ExpiryState
from audit.records.goods import (
    ColdArrival,
    Conclusion,
    GoodsInInspection,
    MovementReason,
    OpeningBalance,
    PutAway,
    StockMovement,
    StockStatus,
    TransportMode,
)
from audit.records.identifiers import logger_key
from audit.records.model import Operator, Origin, Record
from audit.records.outbound import (
    AcceptanceLine,
    CustomerAcceptance,
    OutboundCheck,
    ReturnDirection,
    ReturnOutcome,
    ReturnRecord,
    TransportRecord,
)
from audit.records.parts import LotQuantity, Place
from audit.records.product import ConformityCertificate
from audit.records.sales import SalesRecord
from audit.records.trade import (
    DeliveryLine,
    DeliveryNote,
    Direction,
    Invoice,
    InvoiceForm,
    InvoiceLine,
    OrderLine,
    PurchaseOrder,
    SalesOrder,
    SealConfirmation,
    SealKind,
)
from service.demo import model
from service.demo.company import PENDING_ZONES, WAREHOUSE, ZONES
from service.demo.facts import licence_for, named, printed_di
from service.demo.trade import VAT
from service.demo.writers.invoices import item_name, line_tax, totals
from service.demo.writers.words import amount, fen, number_on, production_licence, udi

_MODES: Final = {
    "冷藏车": TransportMode.REFRIGERATED_VEHICLE,
    "冷藏箱": TransportMode.INSULATED_BOX,
    "公路运输": TransportMode.ORDINARY_VEHICLE,
    "厢式货车": TransportMode.ORDINARY_VEHICLE,
}


def operator(company: model.Company, name: str, at: datetime) -> Operator:
    """Somebody of the staff, by the warehouse system's own sign-in and clock."""
    person = next((one for one in company.staff.values() if one.name == name), None)
    login = person.login if person else None
    return Operator(name=name, origin=Origin.SOURCE_LOGIN, source_user=login, source_time=at)


def product(company: model.Company, device: model.Device, on: date) -> dict[str, Any]:
    """The product's fields as papers of that day print them."""
    return {
        "name": device.name,
        "model": device.model,
        "registration_no": number_on(device.certificate, on),
        "registrant": company.parties[device.certificate.holder].name,
        "production_licence_no": production_licence(company, device),
        "di": printed_di(device),
        "item_code": f"HC-{device.key.upper()}",
    }


def goods(
    company: model.Company, line: model.Line, on: date, quantity: int | None = None
) -> dict[str, Any]:
    """The fields of one lot with its quantity."""
    lot = line.lot
    serial = line.serials[0] if len(line.serials) == 1 else None
    return {
        **product(company, line.device, on),
        "lot_no": lot.number,
        "serial_no": serial,
        "production_date": DayOrMonth.of(lot.produced) if lot.produced else None,
        "expiry": expiry(lot),
        "udi": udi(lot, serial) if line.device.udi_carrier else None,
        "quantity": line.quantity if quantity is None else quantity,
        "unit": line.device.unit,
    }


def expiry(lot: model.Lot) -> Expiry:
    """Stated, or none where the label says that there is none."""
    if lot.expires is None:
        return Expiry(state=ExpiryState.NONE)
    return Expiry(state=ExpiryState.STATED, on=DayOrMonth.of(lot.expires))


def _priced(line: model.Line) -> dict[str, Any]:
    return {
        "unit_price": line.price,
        "amount": amount(line),
        "tax_included": False,
        "tax_rate": VAT,
    }


@singledispatch
def deeds(event: object, company: model.Company) -> Iterator[Record]:
    """Every record that an event leaves behind, in the order in which they come about."""
    raise TypeError(f"no event of the story: {type(event).__name__}")


@deeds.register
def _(event: model.Opening, company: model.Company) -> Iterator[Record]:
    for line in event.lines:
        if line.lot.conformity:
            yield conformity(company, line)
        yield OpeningBalance(
            **goods(company, line, event.day),
            as_of=event.day,
            place=Place(warehouse=WAREHOUSE, zone=ZONES[line.device.zone]),
            supplier=named(company.parties[line.device.supplier]),
        )


def conformity(company: model.Company, line: model.Line) -> ConformityCertificate:
    """The certificate of conformity that came with a lot."""
    lot = line.lot
    assert lot.produced is not None and lot.conformity is not None
    return ConformityCertificate(
        **product(company, lot.device, lot.produced),
        lot_no=lot.number,
        production_date=DayOrMonth.of(lot.produced),
        expiry=expiry(lot),
        certificate_no=f"HG-{lot.number}-{lot.device.di[-5:]}",
        issued_on=lot.conformity,
        conforms=True,
        manufacturer=company.parties[lot.device.certificate.holder].name,
    )


@deeds.register
def _(event: model.Purchase, company: model.Company) -> Iterator[Record]:
    yield purchase_order(event, company)
    for line in event.lines:
        if line.lot.conformity:
            yield conformity(company, line)
    if "note_missing" not in event.tags:
        yield supplier_note(event, company)
    yield from _inspections(event, company)
    yield from _put_away(event, company)
    yield invoice(company, event.invoice, purchase_order_no=event.order)


def purchase_order(event: model.Purchase, company: model.Company) -> PurchaseOrder:
    """采购订单."""
    supplier = company.parties[event.supplier]
    return PurchaseOrder(
        order_no=event.order,
        supplier=named(supplier, licence_for(supplier, event.lines[0].device), coded=False),
        ordered_on=event.ordered.date(),
        quality_clause=True,
        after_sales_clause=True,
        ship_to=WAREHOUSE,
        total=sum((amount(line) for line in event.lines), Decimal(0)),
        buyer_person=event.buyer,
        lines=tuple(
            OrderLine(
                **product(company, line.device, event.ordered.date()),
                quantity=line.quantity,
                unit=line.device.unit,
                **_priced(line),
            )
            for line in event.lines
        ),
        operator=operator(company, event.buyer, event.ordered),
    )


def supplier_note(event: model.Purchase, company: model.Company) -> DeliveryNote:
    """The supplier's 随货同行单, its seal confirmed by the inspector."""
    supplier = company.parties[event.supplier]
    day = event.shipped.date()
    return DeliveryNote(
        number=event.delivery_note,
        direction=Direction.SUPPLIER,
        supplier=named(supplier, licence_for(supplier, event.lines[0].device), coded=False),
        consignee=named(company.self),
        ship_to=WAREHOUSE,
        shipped_on=day,
        shipped_at=event.shipped,
        order_no=event.order,
        warehouse=supplier.address,
        storage_text=event.lines[0].device.storage.label(),
        seal=_sealed(event.inspector, event.received.date()),
        lines=_note_lines(company, event.lines, day),
    )


def _sealed(by: str, on: date) -> SealConfirmation:
    return SealConfirmation(
        kind=SealKind.OUTBOUND, confirmed_by=by, confirmed_on=on, matches_specimen=True
    )


def _note_lines(
    company: model.Company, lines: tuple[model.Line, ...], day: date
) -> tuple[DeliveryLine, ...]:
    return tuple(
        DeliveryLine(
            **goods(company, line, day),
            line_no=str(number),
            storage_text=line.device.storage.label(),
            transport_text=line.device.storage.label(),
        )
        for number, line in enumerate(lines, 1)
    )


def _inspections(event: model.Purchase, company: model.Company) -> Iterator[Record]:
    supplier = company.parties[event.supplier]
    for number, (line, refused) in enumerate(zip(event.lines, event.rejected, strict=True), 1):
        yield GoodsInInspection(
            **goods(company, line, event.shipped.date()),
            record_no=f"YS-{event.order[3:]}",
            line_no=str(number),
            supplier=named(supplier, licence_for(supplier, line.device), coded=False),
            purchased_on=event.ordered.date(),
            received_on=event.received.date(),
            inspected_on=event.inspected.date(),
            inspected_at=event.inspected,
            conclusion=Conclusion.PARTLY if refused else Conclusion.ACCEPTED,
            accepted_quantity=line.quantity - refused,
            rejected_quantity=refused,
            fault="外包装破损" if refused else None,
            disposition="拒收，退回供货者" if refused else None,
            inspector=operator(company, event.inspector, event.inspected),
            order_no=event.order,
            delivery_note_no=event.delivery_note,
            conformity_certificate_seen=line.lot.conformity is not None,
            cold=_cold_arrival(event) if line.device.cold else None,
            place=Place(warehouse=WAREHOUSE, zone=PENDING_ZONES[line.device.zone]),
        )


def _cold_arrival(event: model.Purchase) -> ColdArrival:
    values = [r.value for r in event.trip.readings if r.value is not None] if event.trip else []
    return ColdArrival(
        mode=_MODES[event.mode],
        departed_at=event.shipped,
        arrived_at=event.received,
        arrival_temperature=_degrees(values[-1]) if values else None,
        in_transit_min=_degrees(min(values)) if values else None,
        in_transit_max=_degrees(max(values)) if values else None,
        log=f"{logger_key(event.trip.logger)}@{event.trip.run}" if event.trip else None,
        vehicle=event.vehicle,
    )


def _degrees(hundredths: int) -> Decimal:
    return Decimal(hundredths) / 100


def _put_away(event: model.Purchase, company: model.Company) -> Iterator[Record]:
    for number, (line, refused) in enumerate(zip(event.lines, event.rejected, strict=True), 1):
        if line.quantity > refused:
            yield PutAway(
                **goods(company, line, event.shipped.date(), line.quantity - refused),
                record_no=f"RK-{event.order[3:]}",
                line_no=str(number),
                put_away_on=event.stored.date(),
                put_away_at=event.stored,
                place=Place(warehouse=WAREHOUSE, zone=ZONES[line.device.zone]),
                supplier=named(company.parties[event.supplier], coded=False),
                inspection_no=f"YS-{event.order[3:]}",
                operator=operator(company, event.keeper, event.stored),
            )


def invoice(
    company: model.Company,
    one: model.Invoice,
    *,
    purchase_order_no: str | None = None,
    order_no: str | None = None,
    delivery_note_no: str | None = None,
) -> Invoice:
    """An e-invoice, fully digital or of the older kind."""
    sums = totals(one)
    return Invoice(
        form=InvoiceForm.ELECTRONIC_SPECIAL if one.code else InvoiceForm.DIGITAL_SPECIAL,
        number=one.number,
        code=one.code,
        issued_on=one.issued,
        seller=_invoiced(company.parties[one.seller]),
        buyer=_invoiced(company.parties[one.buyer]),
        lines=tuple(
            InvoiceLine(
                line_no=str(number),
                name=item_name(line),
                spec=line.device.model,
                unit=line.device.unit,
                quantity=Decimal(line.quantity),
                unit_price=line.price,
                amount=amount(line),
                tax_rate=one.rate,
                tax=line_tax(line, one.rate),
            )
            for number, line in enumerate(one.lines, 1)
        ),
        amount=sums.net,
        tax=sums.tax,
        total=sums.gross,
        order_no=order_no,
        purchase_order_no=purchase_order_no,
        delivery_note_no=delivery_note_no,
        booked_on=one.issued,
        fiscal_year=one.issued.year,
        drawer=one.drawer,
    )


def _invoiced(party: model.Party) -> Any:
    return named(party).model_copy(update={"contact": None})


@deeds.register
def _(event: model.Sale, company: model.Company) -> Iterator[Record]:
    yield sales_order(event, company)
    yield from outbound_checks(event, company)
    yield our_note(event, company)
    yield transport(event, company)
    yield acceptance(event, company)
    yield from sales_records(event, company)
    if event.invoice:
        yield invoice(
            company, event.invoice, order_no=event.order, delivery_note_no=event.delivery_note
        )


def sales_order(event: model.Sale, company: model.Company) -> SalesOrder:
    """销售订单."""
    buyer = company.parties[event.customer]
    return SalesOrder(
        order_no=event.order,
        buyer=named(buyer, licence_for(buyer, event.lines[0].device)),
        ship_to=buyer.address,
        ordered_on=event.ordered.date(),
        total=sum((amount(line) for line in event.lines), Decimal(0)),
        lines=tuple(
            OrderLine(
                **product(company, line.device, event.ordered.date()),
                quantity=line.quantity,
                unit=line.device.unit,
                line_no=str(number),
                **_priced(line),
            )
            for number, line in enumerate(event.lines, 1)
        ),
        salesperson=company.staff[event.salesperson].name,
        operator=operator(company, company.staff[event.salesperson].name, event.ordered),
    )


def outbound_checks(event: model.Sale, company: model.Company) -> Iterator[OutboundCheck]:
    """出库复核记录, a line each."""
    buyer = company.parties[event.customer]
    for number, line in enumerate(event.lines, 1):
        yield OutboundCheck(
            **goods(company, line, event.shipped.date()),
            record_no=event.outbound,
            line_no=str(number),
            buyer=named(buyer, licence_for(buyer, line.device)),
            checked_on=event.picked.date(),
            checked_at=event.picked,
            order_no=event.order,
            delivery_note_no=event.delivery_note,
            warehouse=WAREHOUSE,
            zone=ZONES[line.device.zone],
            for_selection=event.purpose == "selection",
            operator=operator(company, event.checker, event.picked),
        )


def our_note(event: model.Sale, company: model.Company) -> DeliveryNote:
    """Our own 随货同行单."""
    buyer = company.parties[event.customer]
    day = event.shipped.date()
    return DeliveryNote(
        number=event.delivery_note,
        direction=Direction.OURS,
        supplier=named(company.self, licence_for(company.self, event.lines[0].device)),
        consignee=named(buyer, licence_for(buyer, event.lines[0].device)),
        ship_to=buyer.address,
        shipped_on=day,
        shipped_at=event.shipped,
        order_no=event.order,
        warehouse=WAREHOUSE,
        storage_text=event.lines[0].device.storage.label(),
        seal=_sealed(event.checker, event.picked.date()),
        lines=_note_lines(company, event.lines, day),
        operator=operator(company, event.checker, event.picked),
    )


def transport(event: model.Sale, company: model.Company) -> TransportRecord:
    """运输记录, with box and logger where the goods travel cold."""
    buyer = company.parties[event.customer]
    trip = event.trip
    values = [r.value for r in trip.readings if r.value is not None] if trip else []
    shown = trip is not None and trip.present and bool(values)
    return TransportRecord(
        record_no=f"YF-{event.delivery_note[2:]}",
        delivery_note_nos=(event.delivery_note,),
        consignee=named(buyer, licence_for(buyer, event.lines[0].device)),
        ship_to=buyer.address,
        mode=_MODES[event.mode],
        carrier=named(company.parties[event.carrier]) if event.carrier else None,
        waybill_no=event.waybill,
        plate=event.plate,
        staff=tuple(event.crew.split("、")) if event.crew else (),
        boxes=(trip.vehicle,) if trip else (),
        loggers=(trip.logger,) if trip else (),
        shipped_on=event.shipped.date(),
        departed_at=event.shipped,
        arrived_at=event.arrived,
        departure_temperature=_degrees(values[0]) if shown else None,
        arrival_temperature=_degrees(values[-1]) if shown else None,
        loaded_at_temperature=_degrees(values[0]) if shown else None,
        loaded_by=operator(company, event.checker, event.picked) if trip else None,
        received_by=event.acceptor,
        lines=tuple(
            LotQuantity(**goods(company, line, event.shipped.date())) for line in event.lines
        ),
        operator=operator(company, event.checker, event.picked),
    )


def acceptance(event: model.Sale, company: model.Company) -> CustomerAcceptance:
    """What the customer signed for."""
    values = [r.value for r in event.trip.readings if r.value is not None] if event.trip else []
    return CustomerAcceptance(
        delivery_note_no=event.delivery_note,
        order_no=event.order,
        customer=named(company.parties[event.customer]),
        accepted_on=event.accepted.date(),
        accepted_at=event.accepted,
        signed_by=event.acceptor,
        arrival_temperature=_degrees(values[-1])
        if event.trip and event.trip.present and values
        else None,
        temperature_record_handed_over=event.trip.present if event.trip else None,
        lines=tuple(
            AcceptanceLine(
                **goods(company, line, event.shipped.date()),
                accepted_quantity=line.quantity,
                rejected_quantity=Decimal(0),
            )
            for line in event.lines
        ),
    )


def sales_records(event: model.Sale, company: model.Company) -> Iterator[SalesRecord]:
    """销售记录; after a selection only what was used, on the day when that was confirmed."""
    buyer = company.parties[event.customer]
    selection = event.purpose == "selection"
    used = event.used or tuple(line.quantity for line in event.lines)
    for number, (line, quantity) in enumerate(zip(event.lines, used, strict=True), 1):
        if not quantity:
            continue
        yield SalesRecord(
            **goods(company, line, event.shipped.date(), quantity),
            record_no=event.order,
            line_no=str(number),
            sold_on=event.accepted.date() if selection else event.shipped.date(),
            buyer=named(buyer, licence_for(buyer, line.device)),
            ship_to=buyer.address,
            order_no=event.order,
            delivery_note_no=event.delivery_note,
            invoice_no=event.invoice.number if event.invoice else None,
            warehouse=WAREHOUSE,
            after_selection=selection,
            salesperson=company.staff[event.salesperson].name,
            unit_price=line.price,
            amount=fen(line.price * quantity),
            tax_included=False,
            tax_rate=VAT,
            operator=operator(company, event.checker, event.picked),
        )


@deeds.register
def _(event: model.GiveBack, company: model.Company) -> Iterator[Record]:
    for number, line in enumerate(event.lines, 1):
        yield ReturnRecord(
            **goods(company, line, event.of.shipped.date()),
            record_no=event.number,
            line_no=str(number),
            direction=ReturnDirection.FROM_CUSTOMER,
            returned_on=event.received.date(),
            received_at=event.received,
            outbound_no=event.of.outbound,
            delivery_note_no=event.of.delivery_note,
            order_no=event.of.order,
            party=named(company.parties[event.of.customer]),
            conditions_text=line.device.storage.label(),
            reason=event.reason,
            state="包装完好，未开启",
            outcome=ReturnOutcome.ACCEPTED if event.good else ReturnOutcome.NONCONFORMING,
            after_selection=event.of.purpose == "selection",
            inspector=operator(company, event.inspector, event.inspected),
        )


@deeds.register
def _(event: model.Scrap, company: model.Company) -> Iterator[Record]:
    fields = goods(company, event.line, event.moved.date())
    zone = None  # cold goods stay in the cold, under a red mark
    if not event.line.device.cold:
        zone = Place(warehouse=WAREHOUSE, zone="不合格品区")
    yield StockMovement(
        **fields,
        record_no=event.number,
        line_no="1",
        reason=MovementReason.STATUS,
        moved_on=event.moved.date(),
        moved_at=event.moved,
        place_from=Place(warehouse=WAREHOUSE, zone=ZONES[event.line.device.zone]),
        place_to=zone,
        status_from=StockStatus.QUALIFIED,
        status_to=StockStatus.NONCONFORMING,
        remark=event.reason,
        operator=operator(company, event.witness, event.moved),
    )
    yield StockMovement(
        **fields,
        record_no=event.number,
        line_no="2",
        reason=MovementReason.SCRAP,
        moved_on=event.destroyed.date(),
        moved_at=event.destroyed,
        place_from=zone or Place(warehouse=WAREHOUSE, zone=ZONES[event.line.device.zone]),
        status_from=StockStatus.NONCONFORMING,
        remark=f"销毁，审批人 {event.approved_by}，监销人 {event.witness}",
        operator=operator(company, event.witness, event.destroyed),
    )


@deeds.register
def _(event: model.Count, company: model.Company) -> Iterator[Record]:
    return iter(())
