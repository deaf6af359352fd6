"""Groups of fields that many kinds share: a party as a paper names it, goods, lots, acts."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from pydantic import AwareDatetime, model_validator

from audit.records.dates import DayOrMonth, Expiry
from audit.records.identifiers import (
    certificate_key,
    device_key,
    licence_key,
    lot_key,
    named_key,
    parse_registration_no,
    party_key,
    shipment_key,
    warehouse_key,
)
from audit.records.model import Operator, Part, Ref, term
from audit.records.quantities import Money, PackageLevel, Quantity


class NamedParty(Part):
    """A company or institution as a paper names it."""

    name: str = term("名称", "Name", matters=True)
    uscc: str | None = term("统一社会信用代码", "Unified social credit code", default=None)
    address: str | None = term("地址", "Address", default=None)
    contact: str | None = term("联系方式", "Contact", default=None, personal=True)
    licence_no: str | None = term(
        "许可证或备案编号", "Licence or filing number", default=None, matters=True
    )

    @property
    def key(self) -> str:
        return party_key(uscc=self.uscc, name=self.name)

    def refs(self, role: str, line: int | None = None) -> Iterator[Ref]:
        yield Ref(role, self.key, line)
        if self.licence_no:
            yield Ref(f"{role}_licence", licence_key(self.licence_no), line)


class ProductFields(Part):
    """A product as a paper names it."""

    name: str = term("产品名称", "Product name", matters=True)
    model: str | None = term("型号", "Model", default=None, matters=True)
    spec: str | None = term("规格", "Specification", default=None, matters=True)
    registration_no: str | None = term(
        "注册证编号或备案编号", "Registration or filing number", default=None, matters=True
    )
    registrant: str | None = term("注册人/备案人", "Registrant or filer", default=None)
    contract_manufacturer: str | None = term("受托生产企业", "Contract manufacturer", default=None)
    production_licence_no: str | None = term(
        "生产许可证号或备案编号", "Production licence or filing number", default=None
    )
    di: str | None = term("产品标识 UDI-DI", "UDI-DI", default=None, matters=True)
    item_code: str | None = term("货号", "Own item code", default=None)

    @model_validator(mode="after")
    def _named(self) -> ProductFields:
        if not (self.di or self.registration_no):
            raise ValueError("a product needs a UDI-DI or a registration number")
        return self

    @property
    def device_key(self) -> str:
        return device_key(
            di=self.di, registration_no=self.registration_no, model=self.model, spec=self.spec
        )

    @property
    def certificate_key(self) -> str | None:
        return certificate_key(self.registration_no) if self.registration_no else None

    @property
    def imported(self) -> bool | None:
        """True for an imported device, else None: a production licence is then demanded."""
        number = parse_registration_no(self.registration_no) if self.registration_no else None
        return True if number and number.imported else None

    def product_refs(self, line: int | None = None) -> Iterator[Ref]:
        yield Ref("device", self.device_key, line)
        if self.registration_no:
            yield Ref("certificate", certificate_key(self.registration_no), line)
        if self.registrant:
            yield Ref("registrant", party_key(name=self.registrant), line)
        if self.contract_manufacturer:
            yield Ref("contract_manufacturer", party_key(name=self.contract_manufacturer), line)
        if self.production_licence_no:
            yield Ref("production_licence", licence_key(self.production_licence_no), line)


class Amount(Part):
    """How many, of what unit, at which package level."""

    quantity: Quantity = term("数量", "Quantity", unit="in `unit`", matters=True)
    unit: str | None = term("单位", "Unit", default=None, matters=True)
    package_level: PackageLevel | None = term("包装级别", "Package level", default=None)


class PricedFields(Part):
    """Price and amount of a line, in `currency`; `tax_included` says which of the two they are."""

    unit_price: Money | None = term("单价", "Unit price", default=None, unit="in `currency`")
    amount: Money | None = term("金额", "Amount", default=None, unit="in `currency`", matters=True)
    tax_included: bool | None = term("是否含税", "Tax included", default=None)
    tax_rate: Quantity | None = term("税率", "Tax rate", default=None, unit="1 = 100 %")
    currency: str = term("币种", "Currency", default="CNY")


class LotFields(ProductFields):
    """A product of one lot or serial number. The production date may be absent: that alone is no
    fault, an interval is then derived from what else is known of the lot."""

    lot_no: str | None = term("生产批号", "Lot number", default=None, matters=True)
    serial_no: str | None = term("序列号", "Serial number", default=None, matters=True)
    production_date: DayOrMonth | None = term(
        "生产日期", "Production date", default=None, matters=True
    )
    expiry: Expiry = term(
        "使用期限或失效日期", "Use-by or expiry date", default_factory=Expiry, matters=True
    )
    udi: str | None = term("医疗器械唯一标识 UDI", "Full UDI carrier", default=None)

    @model_validator(mode="after")
    def _lot_or_serial(self) -> LotFields:
        if not (self.lot_no or self.serial_no):
            raise ValueError("a lot number or a serial number is needed")
        return self

    @property
    def lot_key(self) -> str:
        return lot_key(self.device_key, lot_no=self.lot_no, serial_no=self.serial_no)

    def lot_refs(self, line: int | None = None) -> Iterator[Ref]:
        yield Ref("lot", self.lot_key, line)
        yield from self.product_refs(line)


class LotQuantity(LotFields, Amount):
    """So many of one lot."""


class ProductQuantity(ProductFields, Amount):
    """So many of one product, of any lot."""


class Place(Part):
    """Where goods lie or travel, or where a logger hangs. `warehouse` is an address or a name."""

    warehouse: str | None = term("库房", "Warehouse", default=None)
    zone: str | None = term("库区", "Zone", default=None)
    bin: str | None = term("货位", "Bin", default=None)
    vehicle: str | None = term("车牌号", "Vehicle plate number", default=None)
    box: str | None = term("保温箱/冷藏箱", "Insulated or cool box", default=None)
    shipment_no: str | None = term("随货同行单号", "Shipment (delivery note) no.", default=None)
    measuring_point: str | None = term("测点", "Measuring point", default=None)

    def refs(self) -> Iterator[Ref]:
        if self.warehouse:
            yield Ref("warehouse", warehouse_key(self.warehouse))
            if self.zone:
                yield Ref("zone", named_key("zone", self.warehouse, self.zone))
        if self.vehicle:
            yield Ref("vehicle", named_key("vehicle", self.vehicle))
        if self.box:
            yield Ref("box", named_key("box", self.box))
        if self.shipment_no:
            yield Ref("shipment", shipment_key(self.shipment_no))


class Act(Part):
    """Somebody did something on a legal day, and at what time where the source knows it."""

    by: Operator | None = term("操作人", "Operator", default=None)
    on: date = term("日期", "Date", matters=True)
    at: AwareDatetime | None = term("时间", "Time", default=None)


def reference(number: str, line: str | None, fallback: str) -> str:
    """`<number>#<line>`; without a line number the fallback (the lot) tells lines apart."""
    return f"{number}#{line}" if line else f"{number}/{fallback}"
