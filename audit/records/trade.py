"""Orders, invoices and delivery notes: what was agreed, billed and sent along."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from enum import StrEnum

from pydantic import AwareDatetime, model_validator

from audit.records.identifiers import (
    certificate_key,
    delivery_key,
    device_key,
    invoice_key,
    lot_key,
    named_key,
    purchase_order_key,
    sales_order_key,
    shipment_key,
    warehouse_key,
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
from audit.records.parts import LotQuantity, NamedParty, PricedFields, ProductQuantity
from audit.records.quantities import Money, Quantity


class DirectReason(StrEnum):
    """The only reasons for which goods may go straight from supplier to buyer. GSP 59."""

    DISASTER = "disaster"  # 灾情
    EPIDEMIC = "epidemic"  # 疫情
    EMERGENCY = "emergency"  # 突发事件
    CLINICAL_URGENT = "clinical_urgent"  # 临床紧急救治
    LARGE_EQUIPMENT_ONLY = "large_equipment_only"  # 仅经营大型医用设备
    OTHER = "other"


class OrderLine(ProductQuantity, PricedFields):
    """So many of a product at a price; a lot only where the buyer asks for one."""

    line_no: str | None = term("行号", "Line number", default=None)
    lot_no: str | None = term("生产批号", "Lot asked for", default=None)
    expected_on: date | None = term("交货日期", "Delivery date", default=None)


_ORDER = {
    "lines.*.name": "GSP 55",
    "lines.*.model|spec": "GSP 55",
    "lines.*.registrant": "GSP 55",
    "lines.*.registration_no": "GSP 55",
    "lines.*.unit_price": "GSP 55",
    "lines.*.amount": "GSP 55",
}


@register
class PurchaseOrder(Record):
    """采购订单/采购记录. GSP 55, 58 (with `unit` and date); direct shipment GSP 59.
    Identity: order number."""

    kind = "purchase_order"
    zh, en, group = "采购订单", "Purchase order", "trade"
    retention = RetentionClass.GOODS_IN
    affects = ("order", "device")
    mandatory = articles({**_ORDER, "lines.*.unit": "GSP 58", "ordered_on": "GSP 58"})

    order_no: str = term("采购订单号", "Order number", matters=True)
    supplier: NamedParty = term("供货者", "Supplier", matters=True)
    ordered_on: date = term("购货日期", "Date of order", matters=True)
    expected_on: date | None = term("预计到货日期", "Expected on", default=None)
    contract_no: str | None = term("合同编号", "Contract number", default=None)
    quality_clause: bool | None = term("约定质量责任", "States quality duties", default=None)
    after_sales_clause: bool | None = term("约定售后责任", "States after-sales", default=None)
    direct: bool = term("是否直调", "Direct shipment", default=False)
    direct_reason: DirectReason | None = term("直调原因", "Why direct", default=None)
    ship_to: str | None = term("收货地址", "Ship-to address", default=None)
    total: Money | None = term("总金额", "Total", default=None, unit="in `currency`", matters=True)
    currency: str = term("币种", "Currency", default="CNY")
    lines: tuple[OrderLine, ...] = term("明细", "Lines")
    buyer_person: str | None = term("采购员", "Purchaser", default=None, personal=True)
    operator: Operator | None = term("操作人", "Operator", default=None)

    def identity(self) -> str:
        return purchase_order_key(self.order_no)

    def refs(self) -> Iterator[Ref]:
        yield Ref("order", purchase_order_key(self.order_no))
        yield from self.supplier.refs("supplier")
        if self.contract_no:
            yield Ref("contract", named_key("contract", self.contract_no))
        for n, line in enumerate(self.lines):
            yield from line.product_refs(n)

    def occurred_on(self) -> date | None:
        return self.ordered_on


@register
class SalesOrder(Record):
    """销售订单: what a customer ordered. Identity: our order number."""

    kind = "sales_order"
    zh, en, group = "销售订单", "Sales order", "trade"
    retention = RetentionClass.SALES
    affects = ("order", "device")
    mandatory = articles({"buyer.name": "GSP 82, 84", "lines.*.registration_no": "GSP 84(1)"})

    order_no: str = term("销售订单号", "Order number", matters=True)
    customer_order_no: str | None = term("客户订单号", "Customer's number", default=None)
    buyer: NamedParty = term("购货者", "Buyer", matters=True)
    ship_to: str | None = term("收货地址", "Ship-to address", default=None)
    ordered_on: date = term("订单日期", "Date of order", matters=True)
    deliver_by: date | None = term("要求到货日期", "Deliver by", default=None)
    contract_no: str | None = term("合同编号", "Contract number", default=None)
    direct: bool = term("是否直调", "Direct shipment", default=False)
    direct_reason: DirectReason | None = term("直调原因", "Why direct", default=None)
    total: Money | None = term("总金额", "Total", default=None, unit="in `currency`", matters=True)
    currency: str = term("币种", "Currency", default="CNY")
    lines: tuple[OrderLine, ...] = term("明细", "Lines")
    salesperson: str | None = term("销售人员", "Salesperson", default=None, personal=True)
    operator: Operator | None = term("操作人", "Operator", default=None)

    def identity(self) -> str:
        return sales_order_key(self.order_no)

    def refs(self) -> Iterator[Ref]:
        yield Ref("order", sales_order_key(self.order_no))
        yield from self.buyer.refs("buyer")
        if self.contract_no:
            yield Ref("contract", named_key("contract", self.contract_no))
        for n, line in enumerate(self.lines):
            yield from line.product_refs(n)

    def occurred_on(self) -> date | None:
        return self.ordered_on


class InvoiceForm(StrEnum):
    DIGITAL_SPECIAL = "digital_special"  # 数电专票, QR 31
    DIGITAL_ORDINARY = "digital_ordinary"  # 数电普票, QR 32
    ELECTRONIC_SPECIAL = "electronic_special"  # 增值税电子专用发票, QR 08
    ELECTRONIC_ORDINARY = "electronic_ordinary"  # 增值税电子普通发票, QR 10
    PAPER_SPECIAL = "paper_special"  # 增值税专用发票, QR 01
    PAPER_ORDINARY = "paper_ordinary"  # 增值税普通发票, QR 04
    ROLL = "roll"  # 卷式
    RAIL = "rail"  # 铁路电子客票, QR 51
    AIR = "air"  # 航空运输电子客票行程单
    FOREIGN = "foreign"  # abroad: Factur-X, UBL
    OTHER = "other"


class InvoiceLine(Part):
    """One line. Unit price and amount are without tax unless the invoice says otherwise. Papers
    seldom name certificate or lot; where they do, the line names the subject."""

    line_no: str | None = term("行号", "Line number", default=None)
    name: str = term("项目名称", "Item", matters=True)
    spec: str | None = term("规格型号", "Specification and model", default=None, matters=True)
    unit: str | None = term("单位", "Unit", default=None)
    quantity: Quantity | None = term(
        "数量", "Quantity", unit="in `unit`", default=None, matters=True
    )
    unit_price: Money | None = term("单价", "Unit price", unit="in `currency`", default=None)
    amount: Money = term("金额", "Amount without tax", unit="in `currency`", matters=True)
    tax_rate: Quantity | None = term("税率", "Tax rate", unit="1 = 100 %", default=None)
    tax_note: str | None = term("税率说明", "Untaxed, exempt or margin taxation", default=None)
    tax: Money | None = term("税额", "Tax", unit="in `currency`", default=None, matters=True)
    tax_code: str | None = term("税收分类编码", "Tax classification code", default=None)
    discount: bool = term("是否折扣行", "Discount line", default=False)
    registration_no: str | None = term("注册证编号", "Registration number", default=None)
    di: str | None = term("产品标识 UDI-DI", "UDI-DI", default=None)
    lot_no: str | None = term("生产批号", "Lot number", default=None)

    def refs(self, line: int) -> Iterator[Ref]:
        if self.registration_no:
            yield Ref("certificate", certificate_key(self.registration_no), line)
        if self.di or self.registration_no:
            key = device_key(di=self.di, registration_no=self.registration_no, model=self.spec)
            yield Ref("device", key, line)
            if self.lot_no:
                yield Ref("lot", lot_key(key, lot_no=self.lot_no), line)


@register
class Invoice(Record):
    """发票 in every form, red ones included. Invoice rules 2023 art. 3, 28; kept as accounting
    voucher 30 years from the end of the fiscal year of booking (order 79 art. 14-15).

    Identity: number (20 digits), or code and number of older forms; abroad seller and number.
    """

    kind = "invoice"
    zh, en, group = "发票", "Invoice", "trade"
    retention = RetentionClass.ACCOUNTING
    affects = ("invoice", "order")
    mandatory = articles(
        {
            "seller.name": "发票管理办法 21",
            "buyer.name": "发票管理办法 21",
            "issued_on": "发票管理办法 21",
            "total": "发票管理办法 21",
            "red_of|blue": "发票管理办法 21",
        }
    )

    form: InvoiceForm = term("发票种类", "Form", matters=True)
    number: str = term("发票号码", "Invoice number", matters=True)
    code: str | None = term("发票代码", "Invoice code (older forms)", default=None, matters=True)
    check_code: str | None = term("校验码", "Check code", default=None)
    issued_on: date = term("开票日期", "Issued on", matters=True)
    issued_at: AwareDatetime | None = term("开票时间", "Issued at", default=None)
    seller: NamedParty = term("销售方", "Seller", matters=True)
    buyer: NamedParty = term("购买方", "Buyer", matters=True)
    lines: tuple[InvoiceLine, ...] = term("明细", "Lines", default=())
    amount: Money | None = term(
        "合计金额", "Sum without tax", unit="in `currency`", default=None, matters=True
    )
    tax: Money | None = term(
        "合计税额", "Sum of tax", unit="in `currency`", default=None, matters=True
    )
    total: Money = term("价税合计", "Total with tax", unit="in `currency`", matters=True)
    total_in_words: str | None = term("价税合计大写", "Total in words", default=None)
    currency: str = term("币种", "Currency", default="CNY")
    red: bool = term("是否红字", "Red (credit) invoice", default=False, matters=True)
    red_of: str | None = term("对应蓝字发票号码", "Invoice it reverses", default=None, matters=True)
    red_of_code: str | None = term("对应蓝字发票代码", "Code of the reversed one", default=None)
    red_notice_no: str | None = term("红字确认单编号", "Red notice number", default=None)
    order_no: str | None = term("订单号", "Sales order number", default=None)
    purchase_order_no: str | None = term("采购订单号", "Purchase order number", default=None)
    delivery_note_no: str | None = term("随货同行单号", "Our delivery note", default=None)
    booked_on: date | None = term("入账日期", "Booked on", default=None)
    fiscal_year: int | None = term("入账会计年度", "Fiscal year of booking", default=None)
    drawer: str | None = term("开票人", "Drawn by", default=None, personal=True)
    payee: str | None = term("收款人", "Payee", default=None, personal=True)
    reviewer: str | None = term("复核人", "Reviewer", default=None, personal=True)
    remark: str | None = term("备注", "Remark", default=None)

    @model_validator(mode="after")
    def _coded(self) -> Invoice:
        if self.red and self.total > 0:
            raise ValueError("a red invoice has a negative total")
        return self

    @property
    def blue(self) -> bool | None:
        """True for an ordinary invoice, else None: a red one names what it reverses."""
        return None if self.red else True

    @property
    def key(self) -> str:
        return invoice_key(self.number, self.code)

    def identity(self) -> str:
        if self.form in (InvoiceForm.FOREIGN, InvoiceForm.OTHER):
            return f"{self.key}@{self.seller.key}"
        return self.key

    def refs(self) -> Iterator[Ref]:
        yield Ref("invoice", self.key)
        yield Ref("seller", self.seller.key)
        yield Ref("buyer", self.buyer.key)
        if self.red_of:
            yield Ref("reversed_invoice", invoice_key(self.red_of, self.red_of_code))
        if self.order_no:
            yield Ref("order", sales_order_key(self.order_no))
        if self.purchase_order_no:
            yield Ref("order", purchase_order_key(self.purchase_order_no))
        if self.delivery_note_no:
            yield Ref("shipment", shipment_key(self.delivery_note_no))
        for n, line in enumerate(self.lines):
            yield from line.refs(n)

    def occurred_on(self) -> date | None:
        return self.issued_on


class Direction(StrEnum):
    OURS = "ours"  # we ship
    SUPPLIER = "supplier"  # a supplier ships to us, or straight to our buyer


class SealKind(StrEnum):
    OUTBOUND = "outbound"  # 出库章
    COMPANY = "company"  # 公章
    LOGISTICS = "logistics"  # outbound seal of the third-party logistics company


class SealConfirmation(Part):
    """A person looked at the seal. Never set by a program that reads pictures."""

    kind: SealKind = term("印章种类", "Kind of seal")
    confirmed_by: str = term("确认人", "Confirmed by", personal=True)
    confirmed_on: date = term("确认日期", "Confirmed on")
    matches_specimen: bool | None = term("与备案样章一致", "Matches the specimen", default=None)


class DeliveryLine(LotQuantity):
    """A lot in the delivery, with the conditions stated for it."""

    line_no: str | None = term("行号", "Line number", default=None)
    storage_text: str | None = term("贮存条件", "Storage conditions", default=None, matters=True)
    transport_text: str | None = term("运输条件", "Transport conditions", default=None)
    package: str | None = term("箱号", "Package number", default=None)


@register
class DeliveryNote(Record):
    """随货同行单, ours or a supplier's. GSP 91, 92; direct shipment 93. Kept with goods-in.

    Identity: ours by number, a supplier's by supplier and number.
    """

    kind = "delivery_note"
    zh, en, group = "随货同行单", "Delivery note", "goods"
    retention = RetentionClass.GOODS_IN
    affects = ("shipment", "delivery", "lot")
    mandatory = articles(
        {
            "supplier.name": "GSP 92(1)",
            "lines.*.registrant": "GSP 92(2)",
            "lines.*.name": "GSP 92(3)",
            "lines.*.model|spec": "GSP 92(3)",
            "lines.*.registration_no": "GSP 92(3)",
            "lines.*.lot_no|serial_no": "GSP 92(4)",
            "lines.*.expiry": "GSP 92(4)",
            "lines.*.quantity": "GSP 92(4)",
            "conditions": "GSP 92(5)",
            "consignee.name": "GSP 92(7)",
            "ship_to": "GSP 92(7)",
            "consignee.contact": "GSP 92(7)",
            "shipped_on": "GSP 92(7)",
            "seal": "GSP 91",
            "direct_marked|not_direct": "GSP 93",
            "direct_company|not_direct": "GSP 93",
            "direct_reason|not_direct": "GSP 93",
        }
    )

    number: str = term("随货同行单号", "Number", matters=True)
    direction: Direction = term("方向", "Ours or the supplier's", matters=True)
    supplier: NamedParty = term("供货企业", "Supplier (ourselves on our own)", matters=True)
    logistics: NamedParty | None = term(
        "专门提供运输贮存服务的企业", "Third-party logistics company", default=None
    )
    consignee: NamedParty = term("收货单位", "Consignee", matters=True)
    ship_to: str | None = term("收货地址", "Ship-to address", default=None, matters=True)
    shipped_on: date = term("发货日期", "Shipped on", matters=True)
    shipped_at: AwareDatetime | None = term("启运时间", "Departure", default=None)
    transport_text: str | None = term("运输条件", "Transport conditions", default=None)
    storage_text: str | None = term("贮存条件", "Storage conditions", default=None)
    direct: bool = term("是否直调", "Direct shipment", default=False, matters=True)
    direct_marked: bool | None = term("直调标识", "Marked as direct", default=None)
    direct_company: str | None = term("直调企业名称", "Direct-shipping company", default=None)
    direct_reason: DirectReason | None = term("直调原因", "Why direct", default=None)
    seal: SealConfirmation | None = term("出库印章", "Outbound seal", default=None, matters=True)
    order_no: str | None = term("订单号", "Our order number", default=None)
    warehouse: str | None = term("发货库房", "Ship-from warehouse", default=None)
    lines: tuple[DeliveryLine, ...] = term("明细", "Lines")
    operator: Operator | None = term("操作人", "Operator", default=None)

    @property
    def not_direct(self) -> bool | None:
        """True for an ordinary delivery, else None: a direct one is marked, with its reason."""
        return None if self.direct else True

    @property
    def conditions(self) -> str | None:
        """Storage or transport conditions, of the note or of every line."""
        stated = [line.storage_text or line.transport_text for line in self.lines]
        own = self.storage_text or self.transport_text
        return own or (stated[0] if stated and all(stated) else None)

    @property
    def key(self) -> str:
        if self.direction is Direction.OURS:
            return shipment_key(self.number)
        return delivery_key(self.supplier.key, self.number)

    def identity(self) -> str:
        return self.key

    def refs(self) -> Iterator[Ref]:
        ours = self.direction is Direction.OURS
        yield Ref("shipment" if ours else "delivery", self.key)
        yield from self.supplier.refs("supplier")
        yield from self.consignee.refs("consignee")
        if self.logistics:
            yield from self.logistics.refs("logistics")
        if self.order_no:
            make = sales_order_key if ours else purchase_order_key
            yield Ref("order", make(self.order_no))
        if self.warehouse:
            yield Ref("warehouse", warehouse_key(self.warehouse))
        for n, line in enumerate(self.lines):
            yield from line.lot_refs(n)

    def occurred_on(self) -> date | None:
        return self.shipped_on
