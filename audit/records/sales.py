"""Sales to customers: what left, to whom, of which lot."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from enum import StrEnum

from audit.records.identifiers import (
    invoice_key,
    sales_order_key,
    segment,
    shipment_key,
    warehouse_key,
)
from audit.records.model import Operator, Record, Ref, RetentionClass, articles, register, term
from audit.records.parts import LotQuantity, NamedParty, PricedFields, reference


class SaleMode(StrEnum):
    WHOLESALE = "wholesale"
    RETAIL = "retail"


@register
class SalesRecord(LotQuantity, PricedFields, Record):
    """销售记录: one lot sold to one buyer. GSP 84, order 54 art. 38; retail GSP 86; direct GSP 85.

    Identity: number of the sales record and line; without a line number, the lot.
    """

    kind = "sales_record"
    zh, en, group = "销售记录", "Sales record", "goods"
    retention = RetentionClass.SALES
    affects = ("lot", "order", "shipment")
    mandatory = articles(
        {
            "name": "GSP 84(1)",
            "model|spec": "GSP 84(1)",
            "registration_no": "GSP 84(1)",
            "quantity": "GSP 84(1)",
            "unit_price": "GSP 84(1)",
            "amount": "GSP 84(1)",
            "lot_no|serial_no": "GSP 84(2)",
            "expiry": "GSP 84(2)",
            "sold_on": "GSP 84(2)",
            "registrant": "GSP 84(3)",
            "production_licence_no|imported": "GSP 84(3)",
            "buyer.name": "GSP 84",
            "ship_to|retail": "GSP 84",
            "buyer.contact|retail": "GSP 84",
            "buyer.licence_no|retail": "GSP 84",
        }
    )

    record_no: str = term("销售单号", "Number of the sales record", matters=True)
    line_no: str | None = term("行号", "Line number", default=None)
    sold_on: date = term("销售日期", "Date of sale", matters=True)
    buyer: NamedParty = term("购货者", "Buyer", matters=True)
    ship_to: str | None = term("收货地址", "Ship-to address", default=None, matters=True)
    mode: SaleMode = term("经营方式", "Wholesale or retail", default=SaleMode.WHOLESALE)
    order_no: str | None = term("销售订单号", "Sales order", default=None)
    delivery_note_no: str | None = term("随货同行单号", "Delivery note", default=None)
    invoice_no: str | None = term("发票号码", "Invoice number", default=None)
    invoice_code: str | None = term("发票代码", "Invoice code", default=None)
    warehouse: str | None = term("发货库房", "Ship-from warehouse", default=None)
    direct: bool = term("是否直调", "Direct shipment from the supplier", default=False)
    after_selection: bool = term(
        "是否选配后确认", "Confirmed after the hospital's selection (GSP 89)", default=False
    )
    salesperson: str | None = term("销售人员", "Salesperson", default=None, personal=True)
    operator: Operator | None = term("操作人", "Operator", default=None)

    @property
    def retail(self) -> bool | None:
        """True for retail, else None: address, contact and licence of the buyer are demanded."""
        return True if self.mode is SaleMode.RETAIL else None

    def identity(self) -> str:
        return reference(segment(self.record_no), self.line_no, self.lot_key)

    def refs(self) -> Iterator[Ref]:
        yield from self.lot_refs()
        yield from self.buyer.refs("buyer")
        if self.order_no:
            yield Ref("order", sales_order_key(self.order_no))
        if self.delivery_note_no:
            yield Ref("shipment", shipment_key(self.delivery_note_no))
        if self.invoice_no:
            yield Ref("invoice", invoice_key(self.invoice_no, self.invoice_code))
        if self.warehouse:
            yield Ref("warehouse", warehouse_key(self.warehouse))

    def occurred_on(self) -> date | None:
        return self.sold_on
