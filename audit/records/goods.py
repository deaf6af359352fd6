"""Goods coming in: inspected, put away, moved, held, counted at the start."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from enum import StrEnum

from pydantic import AwareDatetime, model_validator

from audit.records.identifiers import (
    delivery_key,
    named_key,
    purchase_order_key,
    segment,
)
from audit.records.model import (
    Operator,
    Part,
    Record,
    Ref,
    RetentionClass,
    articles,
    register,
    term,
)
from audit.records.parts import LotQuantity, NamedParty, Place, reference
from audit.records.quantities import Quantity


class TransportMode(StrEnum):
    REFRIGERATED_VEHICLE = "refrigerated_vehicle"  # 冷藏车
    INSULATED_BOX = "insulated_box"  # 保温箱/冷藏箱
    ORDINARY_VEHICLE = "ordinary_vehicle"
    COURIER = "courier"
    AIR = "air"
    RAIL = "rail"
    CUSTOMER_COLLECTS = "customer_collects"
    OTHER = "other"


class ColdArrival(Part):
    """How cold goods travelled to the door. GSP 63, 67. Temperatures in °C."""

    mode: TransportMode | None = term("运输方式", "Transport mode", default=None, matters=True)
    departed_at: AwareDatetime | None = term("启运时间", "Departure", default=None, matters=True)
    arrived_at: AwareDatetime | None = term("到货时间", "Arrival", default=None, matters=True)
    arrival_temperature: Quantity | None = term(
        "到货温度", "Temperature at arrival", unit="°C", default=None, matters=True
    )
    in_transit_min: Quantity | None = term(
        "在途最低温度", "Lowest in transit", unit="°C", default=None
    )
    in_transit_max: Quantity | None = term(
        "在途最高温度", "Highest in transit", unit="°C", default=None
    )
    log: str | None = term(
        "在途温度记录", "Temperature log in transit (identity or document digest)", default=None
    )
    vehicle: str | None = term("车牌号", "Vehicle plate number", default=None)
    box: str | None = term("保温箱编号", "Box number", default=None)

    def refs(self) -> Iterator[Ref]:
        if self.vehicle:
            yield Ref("vehicle", named_key("vehicle", self.vehicle))
        if self.box:
            yield Ref("box", named_key("box", self.box))


class Conclusion(StrEnum):
    ACCEPTED = "accepted"
    PARTLY = "partly"
    REJECTED = "rejected"


@register
class GoodsInInspection(LotQuantity, Record):
    """进货查验(验收)记录: one lot of one delivery. GSP 65, order 54 art. 32; cold 63,
    67; direct 66.

    Identity: number of the inspection record and line; without a line number, the lot.
    """

    kind = "goods_in_inspection"
    zh, en, group = "进货查验记录", "Goods-in inspection", "goods"
    retention = RetentionClass.GOODS_IN
    affects = ("lot", "delivery", "order")
    mandatory = articles(
        {
            "name": "GSP 65(1)",
            "model|spec": "GSP 65(1)",
            "quantity": "GSP 65(1)",
            "registration_no": "GSP 65(2)",
            "registrant": "GSP 65(3)",
            "production_licence_no|imported": "GSP 65(3)",
            "lot_no|serial_no": "GSP 65(4)",
            "expiry": "GSP 65(4)",
            "purchased_on": "GSP 65(4)",
            "supplier.name": "GSP 65(5)",
            "supplier.address": "GSP 65(5)",
            "supplier.contact": "GSP 65(5)",
            "conclusion": "GSP 65(6)",
            "accepted_quantity": "GSP 65(6)",
            "inspector": "GSP 65(6)",
            "inspected_on": "GSP 65(6)",
            "fault|accepted_wholly": "GSP 67",
            "disposition|accepted_wholly": "GSP 67",
            "inspected_at_place|not_direct": "GSP 66",
        }
    )

    record_no: str = term("验收单号", "Number of the inspection record", matters=True)
    line_no: str | None = term("行号", "Line number", default=None)
    supplier: NamedParty = term("供货者", "Supplier", matters=True)
    purchased_on: date | None = term("购货日期", "Date of purchase", default=None, matters=True)
    received_on: date | None = term("到货日期", "Received on", default=None, matters=True)
    inspected_on: date = term("验收日期", "Inspected on", matters=True)
    inspected_at: AwareDatetime | None = term("验收时间", "Inspected at", default=None)
    conclusion: Conclusion = term("验收结论", "Conclusion", matters=True)
    accepted_quantity: Quantity | None = term(
        "验收合格数量", "Accepted", unit="in `unit`", default=None, matters=True
    )
    rejected_quantity: Quantity | None = term(
        "不合格数量", "Rejected", unit="in `unit`", default=None, matters=True
    )
    fault: str | None = term("不合格事项", "What was wrong", default=None)
    disposition: str | None = term("处置措施", "What was done about it", default=None)
    inspector: Operator | None = term("验收人员", "Inspector", default=None)
    order_no: str | None = term("采购订单号", "Purchase order", default=None)
    delivery_note_no: str | None = term("随货同行单号", "Supplier's delivery note", default=None)
    conformity_certificate_seen: bool | None = term(
        "合格证明文件", "Certificate of conformity seen", default=None
    )
    cold: ColdArrival | None = term("冷链到货", "Cold-chain arrival", default=None)
    place: Place = term("待验区", "Where it waited", default_factory=Place)
    direct: bool = term("是否直调", "Direct shipment", default=False)
    inspected_at_place: str | None = term("验收地点", "Place of inspection", default=None)

    @model_validator(mode="after")
    def _adds_up(self) -> GoodsInInspection:
        accepted, rejected = self.accepted_quantity, self.rejected_quantity
        if accepted is not None and accepted + (rejected or 0) > self.quantity:
            raise ValueError("more was accepted and rejected than arrived")
        if self.conclusion is Conclusion.REJECTED and accepted:
            raise ValueError("a rejected lot has no accepted quantity")
        return self

    @property
    def accepted_wholly(self) -> bool | None:
        """True when nothing was wrong, else None: fault and disposition are then demanded."""
        return True if self.conclusion is Conclusion.ACCEPTED else None

    @property
    def not_direct(self) -> bool | None:
        return None if self.direct else True

    def identity(self) -> str:
        return reference(segment(self.record_no), self.line_no, self.lot_key)

    def refs(self) -> Iterator[Ref]:
        yield from self.lot_refs()
        yield from self.supplier.refs("supplier")
        if self.order_no:
            yield Ref("order", purchase_order_key(self.order_no))
        if self.delivery_note_no:
            yield Ref("delivery", delivery_key(self.supplier.key, self.delivery_note_no))
        yield from self.place.refs()
        if self.cold:
            yield from self.cold.refs()

    def occurred_on(self) -> date | None:
        return self.inspected_on


@register
class PutAway(LotQuantity, Record):
    """入库记录. GSP 69, 70. Identity: number and line; without a line number, the lot."""

    kind = "put_away"
    zh, en, group = "入库记录", "Put-away", "goods"
    retention = RetentionClass.GOODS_IN
    affects = ("lot", "warehouse")
    mandatory = articles(
        {
            "name": "GSP 70(1)",
            "model|spec": "GSP 70(1)",
            "quantity": "GSP 70(1)",
            "registration_no": "GSP 70(2)",
            "registrant": "GSP 70(3)",
            "production_licence_no|imported": "GSP 70(3)",
            "lot_no|serial_no": "GSP 70(4)",
            "expiry": "GSP 70(4)",
            "put_away_on": "GSP 70(4)",
        }
    )

    record_no: str = term("入库单号", "Number", matters=True)
    line_no: str | None = term("行号", "Line number", default=None)
    put_away_on: date = term("入库日期", "Put away on", matters=True)
    put_away_at: AwareDatetime | None = term("入库时间", "Put away at", default=None)
    place: Place = term("货位", "Where", default_factory=Place)
    supplier: NamedParty | None = term("供货者", "Supplier", default=None)
    inspection_no: str | None = term("验收单号", "Inspection record", default=None)
    operator: Operator | None = term("操作人", "Operator", default=None)

    def identity(self) -> str:
        return reference(segment(self.record_no), self.line_no, self.lot_key)

    def refs(self) -> Iterator[Ref]:
        yield from self.lot_refs()
        yield from self.place.refs()
        if self.supplier:
            yield from self.supplier.refs("supplier")

    def occurred_on(self) -> date | None:
        return self.put_away_on


class StockStatus(StrEnum):
    PENDING = "pending"  # 待验
    QUALIFIED = "qualified"  # 合格
    HELD = "held"  # 质量疑问
    NONCONFORMING = "nonconforming"  # 不合格
    RETURNED = "returned"  # 退货
    TO_SHIP = "to_ship"  # 待发


class MovementReason(StrEnum):
    RELOCATION = "relocation"  # 移库/移位
    STATUS = "status"  # 状态变更
    TRANSFER = "transfer"  # 库间调拨
    COUNT = "count"  # 盘盈盘亏
    SCRAP = "scrap"  # 报损
    OTHER = "other"


@register
class StockMovement(LotQuantity, Record):
    """Goods changed place or status inside the company: the storage legs of the cold chain are
    read from these. GSP 71, 74, 76. A count difference has a sign. Identity: number and line."""

    kind = "stock_movement"
    zh, en, group = "库存移动", "Stock movement", "goods"
    retention = RetentionClass.GOODS_IN
    affects = ("lot", "warehouse")
    mandatory = articles({"moved_on": "GSP 71", "place_to|status_to": "GSP 71, 76"})

    record_no: str = term("单号", "Number", matters=True)
    line_no: str | None = term("行号", "Line number", default=None)
    reason: MovementReason = term("移动类型", "Why", matters=True)
    moved_on: date = term("日期", "Moved on", matters=True)
    moved_at: AwareDatetime | None = term("时间", "Moved at", default=None)
    place_from: Place | None = term("移出货位", "From", default=None)
    place_to: Place | None = term("移入货位", "To", default=None)
    status_from: StockStatus | None = term("原状态", "Status before", default=None, matters=True)
    status_to: StockStatus | None = term("新状态", "Status after", default=None, matters=True)
    remark: str | None = term("备注", "Remark", default=None)
    operator: Operator | None = term("操作人", "Operator", default=None)

    def identity(self) -> str:
        return reference(segment(self.record_no), self.line_no, self.lot_key)

    def refs(self) -> Iterator[Ref]:
        yield from self.lot_refs()
        for place in (self.place_from, self.place_to):
            if place:
                yield from place.refs()

    def occurred_on(self) -> date | None:
        return self.moved_on


@register
class OpeningBalance(LotQuantity, Record):
    """Stock on the day the record keeping begins, so that balance and custody have a start.

    Identity: day, place and lot.
    """

    kind = "opening_balance"
    zh, en, group = "期初库存", "Opening balance", "goods"
    retention = RetentionClass.GOODS_IN
    master_data = True
    affects = ("lot", "warehouse")
    mandatory = articles({"as_of": "GSP 77", "expiry": "GSP 77", "model|spec": "GSP 77"})

    as_of: date = term("期初日期", "Stock at the start of", matters=True)
    place: Place = term("货位", "Where", default_factory=Place)
    status: StockStatus = term("状态", "Status", default=StockStatus.QUALIFIED, matters=True)
    supplier: NamedParty | None = term("供货者", "Supplier", default=None)
    received_on: date | None = term("入库日期", "Received on", default=None)

    def identity(self) -> str:
        place = self.place
        where = "/".join(segment(p or "") for p in (place.warehouse, place.zone, place.bin))
        return f"{self.as_of}/{where}/{self.status.value}/{self.lot_key}"

    def refs(self) -> Iterator[Ref]:
        yield from self.lot_refs()
        yield from self.place.refs()
        if self.supplier:
            yield from self.supplier.refs("supplier")

    def occurred_on(self) -> date | None:
        return self.as_of
