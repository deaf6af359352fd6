"""Companies and institutions, who may act for them, and that we checked them before dealing."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from enum import StrEnum

from audit.records.identifiers import certificate_key, letter_key, licence_key, mark, party_key
from audit.records.model import Part, Record, Ref, RetentionClass, articles, register, term
from audit.records.parts import NamedParty
from audit.records.product import ApprovalOutcome


class PartyRole(StrEnum):
    SELF = "self"
    SUPPLIER = "supplier"
    CUSTOMER = "customer"
    MANUFACTURER = "manufacturer"
    REGISTRANT = "registrant"
    AGENT = "agent"  # 代理人 of a foreign registrant
    CARRIER = "carrier"
    THIRD_PARTY_LOGISTICS = "third_party_logistics"
    SERVICE_PROVIDER = "service_provider"
    HOSPITAL = "hospital"
    DISTRIBUTOR = "distributor"
    RETAILER = "retailer"
    OTHER_USER = "other_user"  # a unit with a reasonable need, GSP 81
    LABORATORY = "laboratory"
    CONSUMER = "consumer"


@register
class Party(Record):
    """A company, institution or person we deal with, and in which roles. GSP 53, 82.

    Identity: credit code, else the name. Former names lead to the same party.
    """

    kind = "party"
    zh, en, group = "往来单位", "Party", "party"
    retention = RetentionClass.GOODS_IN
    master_data = True
    affects = ("party",)
    mandatory = articles(
        {"name": "GSP 65(5), 84", "address": "GSP 65(5), 84", "contact": "GSP 65(5), 84"}
    )

    name: str = term("名称", "Name", matters=True)
    uscc: str | None = term(
        "统一社会信用代码", "Unified social credit code", default=None, matters=True
    )
    former_names: tuple[str, ...] = term("曾用名/简称", "Former and short names", default=())
    roles: tuple[PartyRole, ...] = term("角色", "Roles", default=())
    country: str = term("国家/地区", "Country (ISO 3166-1)", default="CN")
    province: str | None = term("省份", "Province", default=None)
    region: str | None = term("区域", "Region (city, sales territory)", default=None)
    address: str | None = term("地址", "Address", default=None)
    delivery_addresses: tuple[str, ...] = term("收货地址", "Delivery addresses", default=())
    contact: str | None = term("联系方式", "Contact", default=None, personal=True)
    legal_representative: str | None = term(
        "法定代表人", "Legal representative", default=None, personal=True
    )
    responsible_person: str | None = term(
        "企业负责人", "Person responsible", default=None, personal=True
    )
    parent: str | None = term("上级集团", "Group it belongs to", default=None)
    code: str | None = term("单位编码", "Own code of the party", default=None)

    @property
    def key(self) -> str:
        return party_key(uscc=self.uscc, name=self.name)

    def identity(self) -> str:
        return self.key

    def refs(self) -> Iterator[Ref]:
        yield Ref("party", self.key)
        for other in self._names():
            yield Ref("party", other)
        if self.parent:
            yield Ref("parent", party_key(name=self.parent))

    def links(self) -> Iterator[tuple[str, str]]:
        for other in self._names():
            yield self.key, other

    def _names(self) -> tuple[str, ...]:
        keys = (party_key(name=name) for name in (self.name, *self.former_names))
        return tuple(key for key in dict.fromkeys(keys) if key != self.key)


class LetterType(StrEnum):
    """The three letters are not interchangeable: the gate for a sale uses the third."""

    REGISTRANT_TO_DISTRIBUTOR = "registrant_to_distributor"
    SUPPLIER_SALESPERSON = "supplier_salesperson"  # GSP 53(3)
    OWN_SALESPERSON = "own_salesperson"  # GSP 78


class LetterItem(Part):
    """What a letter covers: everything, a registrant's goods, a certificate, or named products."""

    all_products: bool = term("全部品种", "All products", default=False)
    registration_no: str | None = term("注册证编号", "Registration number", default=None)
    registrant: str | None = term("注册人", "Registrant", default=None)
    name: str | None = term("品种名称", "Product", default=None)
    models: tuple[str, ...] = term("型号规格", "Models", default=())
    written: str | None = term("原文", "As written", default=None)


@register
class AuthorisationLetter(Record):
    """授权书 of one of three types: products, regions, period, and for salespeople the identity
    number. GSP 53(3), 78. Identity: type, grantor, letter number; without a number its days and
    a mark that tells people apart without naming them."""

    kind = "authorisation_letter"
    zh, en, group = "授权书", "Authorisation letter", "party"
    retention = RetentionClass.GOODS_IN
    master_data = True
    affects = ("letter", "party")
    mandatory = articles(
        {
            "items": "GSP 53(3), 78",
            "regions": "GSP 53(3), 78",
            "valid_to": "GSP 53(3), 78",
            "id_number|grantee": "GSP 53(3), 78",
            "id_copy|grantee": "GSP 53(3)",
            "seal_confirmed_by": "GSP 53, 78",
        }
    )

    type: LetterType = term("授权类型", "Type of letter", matters=True)
    letter_no: str | None = term("授权书编号", "Letter number", default=None)
    grantor: NamedParty = term("授权方", "Grantor", matters=True)
    grantee: NamedParty | None = term("被授权企业", "Grantee company", default=None, matters=True)
    salesperson: str | None = term("被授权人", "Salesperson", default=None, personal=True)
    id_number: str | None = term("身份证件号码", "Identity number", default=None, personal=True)
    id_copy: str | None = term(
        "身份证件复印件", "Copy of the identity card (document digest)", default=None
    )
    items: tuple[LetterItem, ...] = term("授权品种", "Products", default=())
    regions: tuple[str, ...] = term("授权地域", "Regions", default=(), matters=True)
    valid_on: date = term("授权期限自", "Valid from", matters=True)
    valid_to: date | None = term("授权期限至", "Valid until", default=None, matters=True)
    issued_on: date | None = term("签发日期", "Issued on", default=None)
    may_sublicense: bool | None = term("可否转授权", "May be passed on", default=None)
    withdrawn_on: date | None = term("撤销日期", "Withdrawn on", default=None, matters=True)
    seal_confirmed_by: str | None = term(
        "公章确认人", "Who confirmed the seal", default=None, personal=True
    )

    @property
    def key(self) -> str:
        kind, grantor = self.type.value, self.grantor.key
        if self.letter_no:
            return letter_key(kind, grantor, self.letter_no)
        whom = self.id_number or self.salesperson
        who = self.grantee.key if self.grantee else mark(whom) if whom else ""
        return letter_key(kind, grantor, f"{self.valid_on}..{self.valid_to or ''}", who)

    def identity(self) -> str:
        return f"{self.key}/withdrawn" if self.withdrawn_on else self.key

    def refs(self) -> Iterator[Ref]:
        yield Ref("letter", self.key)
        yield Ref("grantor", self.grantor.key)
        if self.grantee:
            yield Ref("grantee", self.grantee.key)
        for n, item in enumerate(self.items):
            if item.registration_no:
                yield Ref("certificate", certificate_key(item.registration_no), n)
            if item.registrant:
                yield Ref("registrant", party_key(name=item.registrant), n)

    def valid_from(self) -> date | None:
        return self.valid_on

    def valid_until(self) -> date | None:
        return min((d for d in (self.valid_to, self.withdrawn_on) if d), default=None)

    def occurred_on(self) -> date | None:
        return self.withdrawn_on or self.issued_on or self.valid_on


class DealingAs(StrEnum):
    SUPPLIER = "supplier"
    CUSTOMER = "customer"
    CARRIER = "carrier"
    SERVICE_PROVIDER = "service_provider"


@register
class PartyApproval(Record):
    """首营企业 or customer qualification: the party's papers were checked before the first deal.
    GSP 53, 81, 82. Identity: party, role and day of approval. The approval's time is that of its
    confirmation in the system, not of the paper."""

    kind = "party_approval"
    zh, en, group = "首营企业/购货者资质审核", "Approval of a party", "party"
    retention = RetentionClass.GOODS_IN
    master_data = True
    affects = ("party",)
    mandatory = articles(
        {
            "business_licence": "GSP 53(1)",
            "licence_nos": "GSP 53(2), 82",
            "letter|dealing_as_customer": "GSP 53(3)",
            "delivery_note_specimen|dealing_as_customer": "GSP 53(4)",
            "seal_confirmed_by|dealing_as_customer": "GSP 53",
        }
    )

    party: NamedParty = term("单位", "Party", matters=True)
    dealing_as: DealingAs = term("审核身份", "Role approved")
    outcome: ApprovalOutcome = term("审核结论", "Outcome", matters=True)
    approved_on: date = term("审批日期", "Approved on", matters=True)
    applied_on: date | None = term("申请日期", "Applied on", default=None)
    approvers: tuple[str, ...] = term("审批人", "Approvers", default=(), personal=True)
    business_licence: str | None = term(
        "营业执照", "Business licence (number or document digest)", default=None
    )
    licence_nos: tuple[str, ...] = term("许可证/备案编号", "Licences and filings", default=())
    letter: str | None = term(
        "授权书", "Authorisation letter (number or document digest)", default=None
    )
    delivery_note_specimen: str | None = term(
        "随货同行单样式", "Specimen of the delivery note (document digest)", default=None
    )
    seal_confirmed_by: str | None = term(
        "印章样式确认人", "Who confirmed the seal specimen", default=None, personal=True
    )
    use_need_statement: str | None = term(
        "使用需求说明", "Statement of use need (document digest)", default=None
    )
    site_visit_on: date | None = term("现场核查日期", "Visited on", default=None)
    valid_to: date | None = term("审核有效期至", "Approval ends", default=None)
    remark: str | None = term("备注", "Remark", default=None)

    @property
    def dealing_as_customer(self) -> bool | None:
        """True for a customer, else None: the supplier's papers are then demanded."""
        return True if self.dealing_as is DealingAs.CUSTOMER else None

    def identity(self) -> str:
        return f"{self.party.key}/{self.dealing_as.value}/{self.approved_on}"

    def refs(self) -> Iterator[Ref]:
        yield Ref("party", self.party.key)
        for number in self.licence_nos:
            yield Ref("licence", licence_key(number))

    def valid_from(self) -> date | None:
        return self.approved_on if self.outcome is ApprovalOutcome.APPROVED else None

    def valid_until(self) -> date | None:
        return self.valid_to

    def occurred_on(self) -> date | None:
        return self.approved_on
