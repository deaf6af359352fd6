"""The product: UDI-DI master data, lots, certificates of conformity, first approval."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from enum import StrEnum

from pydantic import model_validator

from audit.records.dates import DayOrMonth, Duration, Expiry, Interval
from audit.records.identifiers import (
    certificate_key,
    device_key,
    di_key,
    lot_key,
    party_key,
    registration_model_key,
    segment,
)
from audit.records.model import Part, Record, Ref, RetentionClass, articles, register, term
from audit.records.parts import LotFields, NamedParty, ProductFields
from audit.records.quantities import PackageLevel, Quantity, TemperatureRange


class YesNoUnknown(StrEnum):
    """Unknown is never read as no: an implant kept too short a time is lost evidence."""

    YES = "yes"
    NO = "no"
    UNKNOWN = "unknown"


class UdiAgency(StrEnum):
    GS1 = "GS1"
    MA = "MA"
    AHM = "AHM"
    OTHER = "other"


class Package(Part):
    """A package level: its own DI, and how many of the contained DI are in it."""

    di: str = term("包装产品标识", "DI of the package")
    level: PackageLevel = term("包装级别", "Package level")
    contains: str = term("内含小包装产品标识", "DI of the contained package")
    count: Quantity = term("内含数量", "Contained packages", unit="packages of `contains`")


@register
class Device(Record):
    """A product with its UDI-DI, catalogue, `implantable`, storage and transport ranges.

    UDI rules 2019-66; storage range from the label or the UDI database. Identity: UDI-DI, else
    registration number with model and specification. GSP 54, 71(1).
    """

    kind = "device"
    zh, en, group = "产品主数据", "Device master data", "product"
    retention = RetentionClass.GOODS_IN
    master_data = True
    affects = ("device", "lot")
    mandatory = articles(
        {
            "name": "GSP 54",
            "model|spec": "GSP 54",
            "registration_no": "GSP 54(1)",
            "registrant": "GSP 55",
        }
    )

    name: str = term("产品名称", "Product name", matters=True)
    model: str | None = term("型号", "Model", default=None, matters=True)
    spec: str | None = term("规格", "Specification", default=None, matters=True)
    registration_no: str | None = term(
        "注册证编号或备案编号", "Registration or filing number", default=None, matters=True
    )
    registration_nos: tuple[str, ...] = term(
        "全部注册证编号", "All registration numbers of the product", default=()
    )
    di: str | None = term("最小销售单元产品标识", "UDI-DI of the smallest sales unit", default=None)
    agency: UdiAgency | None = term("发码机构", "Issuing agency", default=None)
    unit_of_use_di: str | None = term("使用单元产品标识", "DI of the unit of use", default=None)
    body_di: str | None = term("本体产品标识", "DI marked on the device", default=None)
    packages: tuple[Package, ...] = term("包装标识", "Package levels", default=())
    device_class: int | None = term("管理类别", "Class (1 to 3)", default=None, matters=True)
    catalogue_code: str | None = term(
        "分类编码", "Catalogue code (2017, NN-NN-NN)", default=None, matters=True
    )
    catalogue_code_2002: str | None = term(
        "原分类编码", "Catalogue code (2002, 68NN)", default=None, matters=True
    )
    ivd: bool | None = term("是否体外诊断试剂", "In-vitro diagnostic reagent", default=None)
    implantable: YesNoUnknown = term(
        "是否植入", "Implantable", default=YesNoUnknown.UNKNOWN, matters=True
    )
    single_use: YesNoUnknown = term("是否一次性使用", "Single use", default=YesNoUnknown.UNKNOWN)
    sterile: YesNoUnknown = term("是否无菌包装", "Sterile pack", default=YesNoUnknown.UNKNOWN)
    registrant: str | None = term("注册人/备案人", "Registrant or filer", default=None)
    registrant_uscc: str | None = term(
        "注册人统一社会信用代码", "Credit code of the registrant", default=None
    )
    agent: str | None = term("代理人", "Agent in China", default=None)
    contract_manufacturer: str | None = term("受托生产企业", "Contract manufacturer", default=None)
    production_licence_no: str | None = term(
        "生产许可证号或备案编号", "Production licence or filing number", default=None
    )
    structure: str | None = term("结构及组成", "Structure and composition", default=None)
    storage: TemperatureRange | None = term(
        "贮存温度", "Storage temperature", default=None, unit="°C", matters=True
    )
    transport: TemperatureRange | None = term(
        "运输温度", "Transport temperature", default=None, unit="°C", matters=True
    )
    humidity_low: Quantity | None = term("湿度下限", "Lowest humidity", default=None, unit="%RH")
    humidity_high: Quantity | None = term("湿度上限", "Highest humidity", default=None, unit="%RH")
    storage_text: str | None = term("贮存条件原文", "Storage conditions as written", default=None)
    transport_text: str | None = term(
        "运输条件原文", "Transport conditions as written", default=None
    )
    cold_chain: bool | None = term("是否冷链管理", "Cold or frozen handling", default=None)
    shelf_life: Duration | None = term("保质期", "Shelf life", default=None, matters=True)
    service_life: Duration | None = term("使用期限", "Service life", default=None)
    unit: str | None = term("单位", "Unit of the smallest sales unit", default=None)
    item_code: str | None = term("货号", "Own item code", default=None)
    pi_has_lot: bool | None = term("标识含批号", "UDI-PI holds lot", default=None)
    pi_has_serial: bool | None = term("标识含序列号", "UDI-PI holds serial", default=None)
    pi_has_production_date: bool | None = term("标识含生产日期", "UDI-PI holds date", default=None)
    pi_has_expiry: bool | None = term("标识含失效日期", "UDI-PI holds expiry", default=None)
    medical_insurance_code: str | None = term(
        "医保医用耗材分类与代码", "Medical insurance consumable code", default=None
    )
    published_on: date | None = term("标识发布日期", "UDI published on", default=None)
    source_version: str | None = term("数据库版本号", "Version in the UDI database", default=None)

    @model_validator(mode="after")
    def _named(self) -> Device:
        if not (self.di or self.registration_no):
            raise ValueError("a device needs a UDI-DI or a registration number")
        return self

    @property
    def key(self) -> str:
        return device_key(
            di=self.di, registration_no=self.registration_no, model=self.model, spec=self.spec
        )

    def identity(self) -> str:
        return f"{self.key}@{self.source_version}" if self.source_version else self.key

    def refs(self) -> Iterator[Ref]:
        yield Ref("device", self.key)
        for other in self._identifiers():
            if other != self.key:
                yield Ref("device", other)
        for number in self._registration_nos():
            yield Ref("certificate", certificate_key(number))
        if self.registrant or self.registrant_uscc:
            key = party_key(uscc=self.registrant_uscc, name=self.registrant)
            yield Ref("registrant", key)
        if self.agent:
            yield Ref("agent", party_key(name=self.agent))

    def links(self) -> Iterator[tuple[str, str]]:
        for other in self._identifiers():
            if other != self.key:
                yield self.key, other

    def occurred_on(self) -> date | None:
        return self.published_on

    def _registration_nos(self) -> tuple[str, ...]:
        first = (self.registration_no,) if self.registration_no else ()
        return tuple(dict.fromkeys((*first, *self.registration_nos)))

    def _identifiers(self) -> tuple[str, ...]:
        """Every name under which papers may call this product. A number without model is left
        out: it would join all models of one certificate."""
        names = [di_key(d) for d in (self.di, self.unit_of_use_di, self.body_di) if d]
        names += [di_key(package.di) for package in self.packages]
        if self.model or self.spec:
            names += [
                registration_model_key(number, self.model, self.spec)
                for number in self._registration_nos()
            ]
        return tuple(dict.fromkeys(names))


class LotSource(StrEnum):
    """Who says what is known of a lot, best first for the production date."""

    CONFORMITY_CERTIFICATE = "conformity_certificate"
    LABEL = "label"
    UDI = "udi"
    PERSON = "person"
    DELIVERY_NOTE = "delivery_note"
    SYSTEM = "system"


@register
class Lot(Record):
    """What one source says of a lot or a serial number. Sources that differ stay side by side.

    Identity: the lot and the source. Dates known to the month stay months (label, UDI day 00).
    Order 47 art. 112 judges the certificate on the production date.
    """

    kind = "lot"
    zh, en, group = "批次", "Lot", "product"
    retention = RetentionClass.GOODS_IN
    affects = ("lot",)

    name: str | None = term("产品名称", "Product name", default=None)
    di: str | None = term("产品标识 UDI-DI", "UDI-DI", default=None)
    registration_no: str | None = term(
        "注册证编号或备案编号", "Registration or filing number", default=None
    )
    model: str | None = term("型号", "Model", default=None)
    spec: str | None = term("规格", "Specification", default=None)
    lot_no: str | None = term("生产批号", "Lot number", default=None, matters=True)
    serial_no: str | None = term("序列号", "Serial number", default=None, matters=True)
    source: LotSource = term("信息来源", "Who says so")
    production_date: DayOrMonth | None = term(
        "生产日期", "Production date", default=None, matters=True
    )
    production_between: Interval | None = term(
        "生产日期区间", "Production date, as an interval", default=None, matters=True
    )
    sterilised_on: DayOrMonth | None = term("灭菌日期", "Sterilisation date", default=None)
    expiry: Expiry = term("失效日期", "Expiry date", default_factory=Expiry, matters=True)
    shelf_life: Duration | None = term("保质期", "Shelf life", default=None, matters=True)
    service_life: Duration | None = term("使用期限", "Service life", default=None)
    manufacturer: str | None = term("生产企业", "Manufacturer", default=None)
    udi: str | None = term("医疗器械唯一标识 UDI", "Full UDI carrier", default=None)
    stated_on: date | None = term("记录日期", "Date of the statement", default=None)

    @model_validator(mode="after")
    def _one_production(self) -> Lot:
        if self.production_date and self.production_between:
            raise ValueError("a production date is either a day or month, or an interval")
        if not (self.lot_no or self.serial_no):
            raise ValueError("a lot number or a serial number is needed")
        if not (self.di or self.registration_no):
            raise ValueError("a product needs a UDI-DI or a registration number")
        return self

    @property
    def production(self) -> Interval | None:
        """The days on which this source lets the lot be made; None when it does not say."""
        if self.production_date:
            return Interval(first=self.production_date.first, last=self.production_date.last)
        return self.production_between

    @property
    def device_key(self) -> str:
        return device_key(
            di=self.di, registration_no=self.registration_no, model=self.model, spec=self.spec
        )

    @property
    def key(self) -> str:
        return lot_key(self.device_key, lot_no=self.lot_no, serial_no=self.serial_no)

    def identity(self) -> str:
        return f"{self.key}@{self.source.value}"

    def refs(self) -> Iterator[Ref]:
        yield Ref("lot", self.key)
        yield Ref("device", self.device_key)
        if self.registration_no:
            yield Ref("certificate", certificate_key(self.registration_no))
        if self.manufacturer:
            yield Ref("manufacturer", party_key(name=self.manufacturer))

    def valid_until(self) -> date | None:
        return self.expiry.last_day

    def occurred_on(self) -> date | None:
        return self.stated_on


@register
class ConformityCertificate(LotFields, Record):
    """合格证: the manufacturer says that this lot conforms, and when it was made. GSP 57, 64.

    Identity: lot, and the certificate's own number or date.
    """

    kind = "conformity_certificate"
    zh, en, group = "合格证明文件", "Certificate of conformity", "product"
    retention = RetentionClass.GOODS_IN
    affects = ("lot",)
    mandatory = articles({"conforms": "GSP 57, 64", "certificate_no|issued_on": "GSP 64"})

    certificate_no: str | None = term("合格证编号", "Certificate number", default=None)
    issued_on: date | None = term("签发日期", "Issued on", default=None, matters=True)
    conforms: bool = term("是否合格", "Conforms", matters=True)
    sterilised_on: DayOrMonth | None = term("灭菌日期", "Sterilisation date", default=None)
    shelf_life: Duration | None = term("保质期", "Shelf life", default=None, matters=True)
    manufacturer: str | None = term("生产企业", "Manufacturer", default=None)
    inspector: str | None = term("检验员", "Inspector", default=None, personal=True)

    def identity(self) -> str:
        own = segment(self.certificate_no) if self.certificate_no else str(self.issued_on or "")
        return f"{self.lot_key}@{own}"

    def refs(self) -> Iterator[Ref]:
        yield from self.lot_refs()
        if self.manufacturer:
            yield Ref("manufacturer", party_key(name=self.manufacturer))

    def occurred_on(self) -> date | None:
        return self.issued_on


class ApprovalOutcome(StrEnum):
    APPROVED = "approved"
    REFUSED = "refused"


@register
class ProductApproval(ProductFields, Record):
    """首营品种: the product of this supplier was checked before the first purchase. GSP 54.

    Identity: supplier, product and day of approval. The approval's time is that of its
    confirmation in the system, not of the paper.
    """

    kind = "product_approval"
    zh, en, group = "首营品种审核", "First approval of a product", "product"
    retention = RetentionClass.GOODS_IN
    master_data = True
    affects = ("device", "party")
    mandatory = articles(
        {
            "registration_no": "GSP 54(1)",
            "label_sample": "GSP 54(2)",
            "supplier": "GSP 54",
            "seal_confirmed_by": "GSP 54",
        }
    )

    supplier: NamedParty = term("供货者", "Supplier")
    outcome: ApprovalOutcome = term("审核结论", "Outcome", matters=True)
    approved_on: date = term("审批日期", "Approved on", matters=True)
    approvers: tuple[str, ...] = term("审批人", "Approvers", default=(), personal=True)
    applied_on: date | None = term("申请日期", "Applied on", default=None)
    label_sample: str | None = term(
        "标签样稿或图片", "Label sample or picture (document digest)", default=None
    )
    seal_confirmed_by: str | None = term(
        "供货者公章确认人", "Who confirmed the supplier's seal", default=None, personal=True
    )
    remark: str | None = term("备注", "Remark", default=None)

    def identity(self) -> str:
        return f"{self.supplier.key}/{self.device_key}/{self.approved_on}"

    def refs(self) -> Iterator[Ref]:
        yield from self.product_refs()
        yield from self.supplier.refs("supplier")

    def valid_from(self) -> date | None:
        return self.approved_on if self.outcome is ApprovalOutcome.APPROVED else None

    def occurred_on(self) -> date | None:
        return self.approved_on
