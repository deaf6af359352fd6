"""Goods going out and coming back: checked, transported, accepted by the customer, returned."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from enum import StrEnum

from pydantic import AwareDatetime

from audit.records.goods import TransportMode
from audit.records.identifiers import (
    delivery_key,
    logger_key,
    named_key,
    purchase_order_key,
    sales_order_key,
    segment,
    shipment_key,
    warehouse_key,
)
from audit.records.model import Operator, Record, Ref, RetentionClass, articles, register, term
from audit.records.parts import LotQuantity, NamedParty, reference
from audit.records.quantities import Quantity


class OutboundProblem(StrEnum):
    """What bars goods from leaving. GSP 87."""

    PACKAGE = "package"  # damaged, soiled, badly sealed
    LABEL = "label"  # missing, unreadable, not matching
    EXPIRED = "expired"
    OTHER = "other"


@register
class OutboundCheck(LotQuantity, Record):
    """出库复核记录: one lot checked before it leaves. GSP 87, 88, 89. Identity: number and line."""

    kind = "outbound_check"
    zh, en, group = "出库复核记录", "Outbound check", "goods"
    retention = RetentionClass.SALES
    affects = ("lot", "order", "shipment")
    mandatory = articles(
        {
            "name": "GSP 88",
            "model|spec": "GSP 88",
            "registrant": "GSP 88",
            "registration_no": "GSP 88",
            "lot_no|serial_no": "GSP 88",
            "expiry": "GSP 88",
            "unit": "GSP 88",
            "quantity": "GSP 88",
            "buyer.name": "GSP 88",
            "checked_on": "GSP 88",
        }
    )

    record_no: str = term("出库单号", "Number", matters=True)
    line_no: str | None = term("行号", "Line number", default=None)
    buyer: NamedParty = term("购货者", "Buyer", matters=True)
    checked_on: date = term("出库日期", "Checked on", matters=True)
    checked_at: AwareDatetime | None = term("复核时间", "Checked at", default=None)
    passed: bool = term("复核合格", "Passed", default=True, matters=True)
    problems: tuple[OutboundProblem, ...] = term("异常情况", "What was wrong", default=())
    problem_text: str | None = term("异常说明", "What was wrong, in words", default=None)
    reported_to_quality: bool | None = term("已报告质管", "Reported to quality", default=None)
    order_no: str | None = term("销售订单号", "Sales order", default=None)
    delivery_note_no: str | None = term("随货同行单号", "Delivery note", default=None)
    warehouse: str | None = term("发货库房", "Ship-from warehouse", default=None)
    zone: str | None = term("库区", "Zone", default=None)
    for_selection: bool = term("选配出库", "Out for the hospital's selection", default=False)
    operator: Operator | None = term("复核人员", "Checked by", default=None)

    def identity(self) -> str:
        return reference(segment(self.record_no), self.line_no, self.lot_key)

    def refs(self) -> Iterator[Ref]:
        yield from self.lot_refs()
        yield from self.buyer.refs("buyer")
        yield Ref("outbound", named_key("outbound", self.record_no))
        if self.order_no:
            yield Ref("order", sales_order_key(self.order_no))
        if self.delivery_note_no:
            yield Ref("shipment", shipment_key(self.delivery_note_no))
        if self.warehouse:
            yield Ref("warehouse", warehouse_key(self.warehouse))

    def occurred_on(self) -> date | None:
        return self.checked_on


@register
class TransportRecord(Record):
    """运输记录: one shipment on its way. GSP 95-97. Identity: own number, else waybill, else the
    delivery note and day. Contracted: carrier and waybill; own: plate number and staff."""

    kind = "transport_record"
    zh, en, group = "运输记录", "Transport record", "goods"
    retention = RetentionClass.SALES
    affects = ("shipment", "vehicle", "box", "logger")
    mandatory = articles(
        {
            "consignee.name": "GSP 96",
            "ship_to": "GSP 96",
            "consignee.contact": "GSP 96",
            "mode": "GSP 96",
            "lines.*.name": "GSP 96",
            "lines.*.model|spec": "GSP 96",
            "lines.*.registration_no": "GSP 96",
            "lines.*.lot_no|serial_no": "GSP 96",
            "lines.*.unit": "GSP 96",
            "lines.*.quantity": "GSP 96",
            "shipped_on": "GSP 96",
            "carrier|plate": "GSP 96",
            "waybill_no|plate": "GSP 96",
            "staff|carrier": "GSP 96",
        }
    )

    record_no: str | None = term("运输单号", "Number", default=None)
    delivery_note_nos: tuple[str, ...] = term("随货同行单号", "Delivery notes", default=())
    consignee: NamedParty = term("收货单位", "Consignee", matters=True)
    ship_to: str | None = term("收货地址", "Ship-to address", default=None, matters=True)
    mode: TransportMode | None = term("运输方式", "Mode", default=None, matters=True)
    carrier: NamedParty | None = term("承运单位", "Carrier", default=None, matters=True)
    waybill_no: str | None = term("运单号", "Waybill number", default=None, matters=True)
    plate: str | None = term("车牌号", "Plate number", default=None, matters=True)
    staff: tuple[str, ...] = term("运输人员", "Staff", default=(), personal=True)
    boxes: tuple[str, ...] = term("保温箱编号", "Box numbers", default=())
    loggers: tuple[str, ...] = term("温度记录仪编号", "Logger serial numbers", default=())
    shipped_on: date = term("发货日期", "Shipped on", matters=True)
    departed_at: AwareDatetime | None = term("启运时间", "Departure", default=None, matters=True)
    arrived_at: AwareDatetime | None = term("到达时间", "Arrival", default=None, matters=True)
    departure_temperature: Quantity | None = term(
        "启运温度", "Temperature at departure", unit="°C", default=None
    )
    arrival_temperature: Quantity | None = term(
        "到达温度", "Temperature at arrival", unit="°C", default=None
    )
    loaded_at_temperature: Quantity | None = term(
        "装载前温度", "Box or vehicle before loading", unit="°C", default=None
    )
    loaded_by: Operator | None = term("装载负责人", "In charge of loading", default=None)
    received_by: str | None = term("签收人", "Signed for by", default=None, personal=True)
    lines: tuple[LotQuantity, ...] = term("明细", "Lines", default=())
    operator: Operator | None = term("操作人", "Operator", default=None)

    def identity(self) -> str:
        if self.record_no:
            return f"no/{segment(self.record_no)}"
        if self.waybill_no:
            carrier = self.carrier.key if self.carrier else ""
            return f"waybill/{carrier}/{segment(self.waybill_no)}"
        notes = "+".join(sorted(segment(no) for no in self.delivery_note_nos))
        return f"shipment/{notes or self.consignee.key}/{self.shipped_on}"

    def refs(self) -> Iterator[Ref]:
        for number in self.delivery_note_nos:
            yield Ref("shipment", shipment_key(number))
        yield from self.consignee.refs("consignee")
        if self.carrier:
            yield from self.carrier.refs("carrier")
        if self.plate:
            yield Ref("vehicle", named_key("vehicle", self.plate))
        for box in self.boxes:
            yield Ref("box", named_key("box", box))
        for logger in self.loggers:
            yield Ref("logger", logger_key(logger))
        for n, line in enumerate(self.lines):
            yield from line.lot_refs(n)

    def occurred_on(self) -> date | None:
        return self.shipped_on


class AcceptanceLine(LotQuantity):
    """How much of a lot the customer took."""

    accepted_quantity: Quantity | None = term(
        "验收合格数量", "Accepted", unit="in `unit`", default=None, matters=True
    )
    rejected_quantity: Quantity | None = term(
        "拒收数量", "Refused", unit="in `unit`", default=None, matters=True
    )
    fault: str | None = term("不合格事项", "What was wrong", default=None)


@register
class CustomerAcceptance(Record):
    """The customer's acceptance of our delivery: signed receipt or his inspection. GSP 60; order
    18 art. 9. Identity: customer and shipment, or the customer's own number."""

    kind = "customer_acceptance"
    zh, en, group = "客户验收/签收记录", "Customer acceptance", "goods"
    retention = RetentionClass.SALES
    affects = ("shipment", "order", "lot")
    mandatory = articles({"signed_by": "GSP 60", "accepted_on": "GSP 60", "lines": "18号令 9"})

    record_no: str | None = term("验收单号", "Customer's number", default=None)
    delivery_note_no: str | None = term("随货同行单号", "Delivery note", default=None)
    order_no: str | None = term("销售订单号", "Sales order", default=None)
    customer: NamedParty = term("收货单位", "Customer", matters=True)
    accepted_on: date = term("验收日期", "Accepted on", matters=True)
    accepted_at: AwareDatetime | None = term("签收时间", "Handed over at", default=None)
    signed_by: str | None = term("签收人", "Signed by", default=None, personal=True)
    accepted: bool = term("验收合格", "Accepted", default=True, matters=True)
    arrival_temperature: Quantity | None = term(
        "到货温度", "Temperature at arrival", unit="°C", default=None
    )
    temperature_record_handed_over: bool | None = term(
        "已交付温度记录", "Temperature record handed over", default=None
    )
    lines: tuple[AcceptanceLine, ...] = term("明细", "Lines", default=())
    remark: str | None = term("备注", "Remark", default=None)
    operator: Operator | None = term("操作人", "Operator", default=None)

    def identity(self) -> str:
        own = self.record_no or self.delivery_note_no or f"{self.order_no or ''}@{self.accepted_on}"
        kind = "no" if self.record_no else "shipment" if self.delivery_note_no else "order"
        return f"{self.customer.key}/{kind}/{segment(own)}"

    def refs(self) -> Iterator[Ref]:
        yield from self.customer.refs("customer")
        if self.delivery_note_no:
            yield Ref("shipment", shipment_key(self.delivery_note_no))
        if self.order_no:
            yield Ref("order", sales_order_key(self.order_no))
        for n, line in enumerate(self.lines):
            yield from line.lot_refs(n)

    def occurred_on(self) -> date | None:
        return self.accepted_on


class ReturnDirection(StrEnum):
    FROM_CUSTOMER = "from_customer"  # 销后退回
    TO_SUPPLIER = "to_supplier"  # 购进退出


class ReturnOutcome(StrEnum):
    ACCEPTED = "accepted"
    REFUSED = "refused"
    NONCONFORMING = "nonconforming"


@register
class ReturnRecord(LotQuantity, Record):
    """退货记录: one lot that came back, or went back. GSP 106, 107; cold goods need the record of
    their temperature while out of our custody, else they are refused (67).

    Identity: number and line; without a line number, the lot.
    """

    kind = "return_record"
    zh, en, group = "退货记录", "Return record", "goods"
    retention = RetentionClass.SALES
    affects = ("lot", "order")
    mandatory = articles(
        {
            "returned_on": "GSP 107",
            "outbound_no": "GSP 107",
            "party.name": "GSP 107",
            "name": "GSP 107",
            "model|spec": "GSP 107",
            "registrant": "GSP 107",
            "registration_no": "GSP 107",
            "conditions_text": "GSP 107",
            "lot_no|serial_no": "GSP 107",
            "expiry": "GSP 107",
            "reason": "GSP 107",
            "state": "GSP 107",
            "quantity": "GSP 107",
            "inspector": "GSP 107",
        }
    )

    record_no: str = term("退货单号", "Number", matters=True)
    line_no: str | None = term("行号", "Line number", default=None)
    direction: ReturnDirection = term("退货方向", "From customer or to supplier", matters=True)
    returned_on: date = term("退货日期", "Returned on", matters=True)
    received_at: AwareDatetime | None = term("收到时间", "Received at", default=None)
    outbound_no: str | None = term("原出库单号", "Original outbound number", default=None)
    delivery_note_no: str | None = term("原随货同行单号", "Original delivery note", default=None)
    order_no: str | None = term("原订单号", "Original order", default=None)
    party: NamedParty = term("退货单位", "Who returns (or receives)", matters=True)
    conditions_text: str | None = term(
        "运输及贮存条件", "Transport and storage conditions", default=None
    )
    reason: str | None = term("退货原因", "Reason", default=None)
    state: str | None = term("产品质量状态", "Quality state of the goods", default=None)
    outcome: ReturnOutcome | None = term("验收结论", "Outcome", default=None, matters=True)
    out_of_custody_log: str | None = term(
        "售出期间温度记录", "Temperature record while sold (identity or document digest)",
        default=None, matters=True,
    )  # fmt: skip
    out_of_custody_logger: str | None = term(
        "售出期间记录仪编号", "Logger while sold", default=None
    )
    after_selection: bool = term("选配未使用退回", "Unused after selection (GSP 90)", default=False)
    inspector: Operator | None = term("验收人员", "Inspector", default=None)

    def identity(self) -> str:
        return reference(segment(self.record_no), self.line_no, self.lot_key)

    def refs(self) -> Iterator[Ref]:
        from_customer = self.direction is ReturnDirection.FROM_CUSTOMER
        yield from self.lot_refs()
        yield from self.party.refs("returner" if from_customer else "supplier")
        if self.outbound_no:
            yield Ref("outbound", named_key("outbound", self.outbound_no))
        if self.delivery_note_no and from_customer:
            yield Ref("shipment", shipment_key(self.delivery_note_no))
        if self.delivery_note_no and not from_customer:
            yield Ref("delivery", delivery_key(self.party.key, self.delivery_note_no))
        if self.order_no:
            make = sales_order_key if from_customer else purchase_order_key
            yield Ref("order", make(self.order_no))
        if self.out_of_custody_logger:
            yield Ref("logger", logger_key(self.out_of_custody_logger))

    def occurred_on(self) -> date | None:
        return self.returned_on
