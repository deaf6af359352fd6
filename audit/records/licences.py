"""Licences and filings of companies, and how many papers become one history of versions.

A licence keeps its number through changes, renewals and reissues (order 54 art. 15, 16, 19; order
53 art. 14, 17). Each paper is a record; `licence_history` merges them into versions. Whether a
renewal is deemed granted is computed by rules and never stored.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from enum import StrEnum
from typing import ClassVar

from pydantic import model_validator

from audit.records.certificates import Cancellation, RenewalApplication
from audit.records.identifiers import licence_key, party_key, segment, warehouse_key
from audit.records.model import Part, Record, Ref, RetentionClass, articles, register, term
from audit.records.parts import NamedParty


class LicencePaper(StrEnum):
    """Which paper about the licence this is."""

    ISSUED = "issued"  # 首次发证 / 首次备案
    CHANGED = "changed"  # 变更
    RENEWED = "renewed"  # 延续
    REISSUED = "reissued"  # 补发
    ACCEPTANCE = "acceptance"  # 延续受理通知
    DECISION = "decision"  # 准予/不予延续
    CANCELLATION = "cancellation"  # 注销、吊销、取消备案
    EXTRACT = "extract"  # a register's extract of the present state


class BusinessMode(StrEnum):
    WHOLESALE = "wholesale"  # 批发
    RETAIL = "retail"  # 零售
    BOTH = "both"  # 批零兼营
    UNKNOWN = "unknown"


class Catalogue(StrEnum):
    """Which catalogue a scope code belongs to."""

    C2002 = "2002"  # 6801, 6840, …
    C2017 = "2017"  # 01 to 22, with sub-codes NN-NN-NN
    UNKNOWN = "unknown"


class ColdScope(StrEnum):
    """Whether the item includes goods that need cold or frozen storage."""

    YES = "yes"
    NO = "no"
    UNSAID = "unsaid"


class ScopeItem(Part):
    """One entry of 经营范围 or 生产范围. A qualifier that could not be understood stays in
    `unparsed` and makes the answer unknown wherever it could matter."""

    catalogue: Catalogue = term("分类目录", "Catalogue", matters=True)
    code: str | None = term("分类编码", "Catalogue code", default=None, matters=True)
    device_class: int | None = term("管理类别", "Class (1 to 3)", default=None, matters=True)
    name: str | None = term("类别名称", "Name of the category", default=None)
    only: str | None = term("仅限", "Only these (text)", default=None, matters=True)
    exclude: str | None = term("除外", "Except these (text)", default=None, matters=True)
    cold: ColdScope = term("冷藏冷冻", "Cold or frozen goods", default=ColdScope.UNSAID)
    unparsed: str | None = term("未解析限定", "Qualifier not understood", default=None)
    written: str | None = term("原文", "As written", default=None)


class Licence(Record):
    """What operating licence, class II filing and production licence have in common.

    Identity: number, kind of paper, and the paper's own number or date. An absent field of a
    change paper means that it says nothing of it, not that it is empty.
    """

    retention = RetentionClass.GOODS_IN
    master_data = True
    affects = ("licence", "party", "warehouse")
    group = "party"
    ends: ClassVar[bool] = True
    """A filing does not end by time."""

    number: str = term("许可证编号/备案编号", "Licence or filing number", matters=True)
    paper: LicencePaper = term("文件种类", "Which paper", matters=True)
    paper_no: str | None = term("文件编号", "The paper's own number", default=None)
    issued_on: date | None = term("发证/备案日期", "Issued or filed on", default=None, matters=True)
    valid_on: date | None = term("有效期自", "Valid from", default=None, matters=True)
    valid_to: date | None = term("有效期限", "Valid until", default=None, matters=True)
    holder: NamedParty = term("企业名称", "Holder", matters=True)
    legal_representative: str | None = term(
        "法定代表人", "Legal representative", default=None, personal=True
    )
    responsible_person: str | None = term(
        "企业负责人", "Person responsible", default=None, personal=True
    )
    domicile: str | None = term("住所", "Domicile", default=None, matters=True)
    premises: tuple[str, ...] | None = term(
        "经营场所/生产地址", "Premises", default=None, matters=True
    )
    scope: tuple[ScopeItem, ...] | None = term("范围", "Scope", default=None, matters=True)
    scope_text: str | None = term("范围原文", "Scope as written", default=None)
    authority: str | None = term("发证/备案部门", "Authority", default=None)
    application: RenewalApplication | None = term("延续申请", "Renewal application", default=None)
    cancellation: Cancellation | None = term("注销", "Cancellation", default=None)

    @model_validator(mode="after")
    def _says_what_it_is(self) -> Licence:
        states = (LicencePaper.ISSUED, LicencePaper.RENEWED)
        if self.ends and self.paper in states and self.valid_to is None:
            raise ValueError("a licence states until when it is valid")
        notices = (LicencePaper.ACCEPTANCE, LicencePaper.DECISION)
        if self.paper in notices and self.application is None:
            raise ValueError("a notice on a renewal states the application")
        if self.paper is LicencePaper.CANCELLATION and self.cancellation is None:
            raise ValueError("a cancellation states its day and reason")
        start, end = self.valid_on or self.issued_on, self.valid_to
        if self.paper in states and start is None:
            raise ValueError("a licence states when it was issued")
        if start and end and start > end and self.paper is not LicencePaper.CANCELLATION:
            raise ValueError("a licence ends before it begins")
        return self

    @property
    def key(self) -> str:
        return licence_key(self.number)

    def identity(self) -> str:
        notice = self.application.notice_no if self.application else None
        own = self.paper_no or notice or str(self.occurred_on() or "")
        return f"{self.key}/{self.paper.value}/{segment(own)}"

    def refs(self) -> Iterator[Ref]:
        yield Ref("licence", self.key)
        yield Ref("holder", self.holder.key)
        for place in self.warehouse_places():
            yield Ref("warehouse", warehouse_key(place))

    def warehouse_places(self) -> tuple[str, ...]:
        """Addresses of the warehouses on the licence; production licences have none."""
        return ()

    def valid_from(self) -> date | None:
        return self.valid_on or self.issued_on

    def valid_until(self) -> date | None:
        return self.valid_to

    def occurred_on(self) -> date | None:
        if self.issued_on:
            return self.issued_on
        if self.cancellation:
            return self.cancellation.on
        if self.application:
            a = self.application
            return a.decided_on or a.accepted_on or a.filed_on
        return self.valid_on


_CONTENT = {
    "number": "54号令 14",
    "holder.name": "54号令 14",
    "holder.uscc": "54号令 14",
    "legal_representative": "54号令 14",
    "responsible_person": "54号令 14",
    "domicile": "54号令 14",
    "premises": "54号令 14",
    "mode": "54号令 14",
    "scope": "54号令 14",
    "warehouses": "54号令 14",
    "authority": "54号令 14",
    "issued_on": "54号令 14",
}


@register
class OperatingLicence(Licence):
    """医疗器械经营许可证 (class III): five years, scope, mode, premises, warehouses. Order 54
    art. 14-16, 19, 20."""

    kind = "operating_licence"
    zh, en = "医疗器械经营许可证", "Operating licence"
    mandatory = articles({**_CONTENT, "valid_to": "54号令 14"})

    mode: BusinessMode | None = term("经营方式", "Mode", default=None, matters=True)
    warehouses: tuple[str, ...] | None = term(
        "库房地址", "Warehouse addresses", default=None, matters=True
    )
    third_party_logistics: bool | None = term(
        "提供贮存运输服务", "Stores and ships for others", default=None
    )

    def warehouse_places(self) -> tuple[str, ...]:
        return self.warehouses or ()


@register
class ClassIIFiling(Licence):
    """第二类医疗器械经营备案凭证: does not end by time. Order 54 art. 4, 21-25."""

    kind = "class_ii_filing"
    zh, en = "第二类医疗器械经营备案凭证", "Class II operating filing"
    ends = False
    mandatory = articles(_CONTENT)

    mode: BusinessMode | None = term("经营方式", "Mode", default=None, matters=True)
    warehouses: tuple[str, ...] | None = term(
        "库房地址", "Warehouse addresses", default=None, matters=True
    )
    third_party_logistics: bool | None = term(
        "提供贮存运输服务", "Stores and ships for others", default=None
    )

    def warehouse_places(self) -> tuple[str, ...]:
        return self.warehouses or ()


@register
class ProductionLicence(Licence):
    """医疗器械生产许可证 (five years) or class I 生产备案 (does not end). Order 53 art. 14, 17."""

    kind = "production_licence"
    zh, en = "医疗器械生产许可证/备案", "Production licence or filing"
    ends = False
    mandatory = articles(
        {
            "number": "GSP 53(2)",
            "holder.name": "GSP 53(2)",
            "scope": "53号令 14",
            "premises": "53号令 14",
            "valid_to|filing": "53号令 14",
        }
    )

    filing: bool | None = term("是否第一类生产备案", "Is a class I filing", default=None)
    products: tuple[str, ...] = term(
        "生产产品登记", "Products registered on it (registration numbers)", default=()
    )

    @model_validator(mode="after")
    def _ends_unless_filing(self) -> ProductionLicence:
        states = (LicencePaper.ISSUED, LicencePaper.RENEWED)
        if self.paper in states and not self.filing and self.valid_to is None:
            raise ValueError("a production licence states until when it is valid")
        return self


@register
class BusinessLicence(Record):
    """营业执照 of a supplier, customer or of ourselves. GSP 53(1). Identity: credit code and day
    of issue; each new print is a version."""

    kind = "business_licence"
    zh, en, group = "营业执照", "Business licence", "party"
    retention = RetentionClass.GOODS_IN
    master_data = True
    affects = ("party",)
    mandatory = articles({"uscc": "GSP 53(1)", "name": "GSP 53(1)"})

    uscc: str = term("统一社会信用代码", "Unified social credit code", matters=True)
    name: str = term("名称", "Name", matters=True)
    type: str | None = term("类型", "Type of company", default=None)
    legal_representative: str | None = term(
        "法定代表人", "Legal representative", default=None, personal=True
    )
    address: str | None = term("住所", "Domicile", default=None)
    scope_text: str | None = term("经营范围", "Business scope", default=None)
    capital: str | None = term("注册资本", "Registered capital (as written)", default=None)
    founded_on: date | None = term("成立日期", "Founded on", default=None)
    valid_to: date | None = term("营业期限至", "Ends on", default=None, matters=True)
    issued_on: date | None = term("登记日期", "Registered on", default=None, matters=True)
    authority: str | None = term("登记机关", "Registration authority", default=None)
    cancelled_on: date | None = term("注销/吊销日期", "Struck off on", default=None, matters=True)

    @property
    def key(self) -> str:
        return party_key(uscc=self.uscc)

    def identity(self) -> str:
        state = f"/struck_off/{self.cancelled_on}" if self.cancelled_on else ""
        return f"{self.key}@{self.issued_on or ''}{state}"

    def refs(self) -> Iterator[Ref]:
        yield Ref("holder", self.key)
        yield Ref("party", party_key(name=self.name))

    def links(self) -> Iterator[tuple[str, str]]:
        yield self.key, party_key(name=self.name)

    def valid_from(self) -> date | None:
        return self.issued_on or self.founded_on

    def valid_until(self) -> date | None:
        return min((d for d in (self.valid_to, self.cancelled_on) if d), default=None)

    def occurred_on(self) -> date | None:
        return self.cancelled_on or self.issued_on


@register
class InstitutionLicence(Record):
    """医疗机构执业许可证 or clinic filing of a using unit. GSP 82; the number's form is a warning
    only. Identity: number and day of issue or check (校验)."""

    kind = "institution_licence"
    zh, en, group = "医疗机构执业许可证/备案", "Medical institution licence or filing", "party"
    retention = RetentionClass.SALES
    master_data = True
    affects = ("licence", "party")
    mandatory = articles({"number": "GSP 84", "holder.name": "GSP 82"})

    number: str = term("登记号", "Registration number", matters=True)
    is_filing: bool = term("是否备案", "Is a filing", default=False)
    holder: NamedParty = term("机构名称", "Institution", matters=True)
    legal_representative: str | None = term(
        "法定代表人", "Legal representative", default=None, personal=True
    )
    responsible_person: str | None = term(
        "主要负责人", "Person responsible", default=None, personal=True
    )
    category: str | None = term("机构类别", "Category of institution", default=None)
    departments: tuple[str, ...] = term("诊疗科目", "Departments", default=())
    address: str | None = term("地址", "Address", default=None)
    issued_on: date | None = term("发证日期", "Issued on", default=None, matters=True)
    valid_to: date | None = term("有效期至", "Valid until", default=None, matters=True)
    checked_on: date | None = term("校验日期", "Last periodic check", default=None)
    cancelled_on: date | None = term("注销日期", "Cancelled on", default=None, matters=True)
    authority: str | None = term("发证机关", "Authority", default=None)

    @property
    def key(self) -> str:
        return licence_key(self.number)

    def identity(self) -> str:
        day = self.cancelled_on or self.checked_on or self.issued_on or ""
        return f"{self.key}@{day}" + ("/cancelled" if self.cancelled_on else "")

    def refs(self) -> Iterator[Ref]:
        yield Ref("licence", self.key)
        yield Ref("holder", self.holder.key)

    def valid_from(self) -> date | None:
        return self.issued_on

    def valid_until(self) -> date | None:
        return min((d for d in (self.valid_to, self.cancelled_on) if d), default=None)

    def occurred_on(self) -> date | None:
        return self.cancelled_on or self.checked_on or self.issued_on
