"""Companies and institutions, who may act for them, and that we checked them before dealing."""

from __future__ import annotations

from collections.abc import Iterator
from enum import StrEnum

from audit.records.identifiers import (
    party_key,
)
from audit.records.model import Record, Ref, RetentionClass, articles, register, term


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
