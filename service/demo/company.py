"""The invented company: itself, its suppliers and customers, its products and their papers."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from functools import cached_property
from typing import Final

from service.demo import papers
from service.demo.catalogue import GIVEN, HOLDER, ITEMS, NAMES, SUPPLIERS, SURNAMES, Item, Name
from service.demo.model import (
    Certificate,
    Company,
    Device,
    Letter,
    Licence,
    Party,
    Period,
    Person,
    Range,
)
from service.demo.numbers import (
    chance,
    gtin14,
    identity_card,
    institution_number,
    invented_uscc,
)

SELF: Final = "self"
WAREHOUSE: Final = "江苏省示例市海川路88号1号库"
RANGES: Final = {
    "ambient": Range(Decimal(0), Decimal(30)),
    "cold": Range(Decimal(2), Decimal(8)),
    "frozen": Range(Decimal(-25), Decimal(-15)),
}
ZONES: Final = {
    "ambient": "常温合格区",
    "cold": "冷藏合格区",
    "frozen": "冷冻合格区",
}
PENDING_ZONES: Final = {"ambient": "待验区", "cold": "冷藏待验区", "frozen": "冷冻待验区"}

STAFF: Final = (
    ("head", "质量负责人"), ("quality", "质量管理员"), ("buyer", "采购员"), ("receiver", "收货员"),
    ("inspector", "验收员"), ("keeper", "仓库保管员"), ("checker", "出库复核员"),
    ("driver", "配送司机"), ("escort", "配送押运员"), ("sales1", "销售员"), ("sales2", "销售员"),
    ("sales3", "销售员"), ("sales4", "销售员"), ("manager", "企业负责人"), ("finance", "财务"),
)  # fmt: skip

LETTER_GAP: Final = ("bingwu", date(2026, 2, 1))
"""This supplier's letter for 2026 begins late: nothing covers January."""
OWN_LETTER_GAP: Final = ("sales4", date(2026, 1, 21))
"""Our own salesperson's letter for 2026 begins late."""


_KINDS: Final = {
    "foreign:jichuan": "foreign",
    "foreign:muyang": "foreign",
    "maker:tingsong": "registrant",
}


def found_company(seed: int) -> Company:
    """The master data of the invented company. The same seed gives the same company."""
    return _Founding(seed).company


@dataclass(frozen=True)
class _Founding:
    seed: int

    @cached_property
    def company(self) -> Company:
        certificates = tuple(self._certificates())
        return Company(
            self.seed,
            self.parties[SELF],
            self.parties,
            tuple(self._devices(certificates)),
            certificates,
            tuple(self._letters()),
            self.staff,
            self.supplier_sales,
        )

    @cached_property
    def staff(self) -> dict[str, Person]:
        return {
            key: self._person("staff", key, post, f"hc{number:03d}")
            for number, (key, post) in enumerate(STAFF, 1)
        }

    @cached_property
    def supplier_sales(self) -> dict[str, Person]:
        return {s.key: self._person("supplier", s.key, "销售员", "") for s in SUPPLIERS}

    def _person(self, room: str, key: str, post: str, login: str) -> Person:
        rng = chance(self.seed, "person", room, key)
        born = date(rng.randint(1975, 1999), rng.randint(1, 12), rng.randint(1, 28))
        return Person(_name(rng), login, post, identity_card(born, rng.randint(100, 999)))

    @cached_property
    def parties(self) -> dict[str, Party]:
        return {party.key: party for party in self._parties()}

    def _parties(self) -> Iterator[Party]:
        for serial, name in enumerate(NAMES, 9101):
            yield self._party(name, self._licences(name, serial))

    def _licences(self, name: Name, serial: int) -> tuple[Licence, ...]:
        key, province = name.key, name.province
        if name.kind in ("registrant", "maker:tingsong"):
            own = {name.key, name.kind.partition(":")[2]}
            codes = tuple(dict.fromkeys(_scope_code(i) for i in ITEMS if i.supplier in own))
            return papers.production(self.seed, key, province, serial, codes)
        if name.kind in ("agent", "distributor", "dealer", SELF):
            house = (WAREHOUSE if key == SELF else f"{name.address}1号库",)
            return (
                *papers.operating(self.seed, key, province, serial, warehouses=house),
                papers.class_ii(self.seed, key, province, serial, warehouses=house),
            )
        if name.kind == "hospital":
            return (self._institution(name),)
        return ()

    def _party(self, name: Name, licences: tuple[Licence, ...]) -> Party:
        rng = chance(self.seed, "party", name.key)
        founded = date(rng.randint(2002, 2014), rng.randint(1, 12), rng.randint(1, 28))
        phone = f"0000-{rng.randint(88000000, 88009999)}"
        return Party(
            name.key, name.name, _KINDS.get(name.kind, name.kind), self._uscc(name), name.region,
            name.address, _name(rng), phone, _name(rng), _name(rng), founded, licences,
        )  # fmt: skip

    def _uscc(self, name: Name) -> str:
        if name.kind.startswith("foreign"):
            return ""
        category = "12" if name.kind == "hospital" else "91"
        return invented_uscc(chance(self.seed, "uscc", name.key), category, name.region)

    def _institution(self, name: Name) -> Licence:
        rng = chance(self.seed, "institution", name.key)
        begins = date(rng.randint(2014, 2016), rng.randint(1, 12), rng.randint(1, 28))
        period = Period(begins, begins, papers.years_later(begins, 15) - timedelta(days=1))
        number = institution_number(rng, self._uscc(name))
        return Licence(f"{name.key}/institution", name.key, "institution", number, period)

    def _certificates(self) -> Iterator[Certificate]:
        provinces = {name.key: name.province for name in SUPPLIERS}
        for serial, item in enumerate(ITEMS, 9001):
            holder = HOLDER.get(item.supplier, item.supplier)
            agent = item.supplier if "M" in item.flags else None
            yield papers.certificate(
                self.seed, serial, item, holder, agent, provinces[item.supplier]
            )

    def _devices(self, certificates: tuple[Certificate, ...]) -> Iterator[Device]:
        makers = {name.key: 101 + number for number, name in enumerate(SUPPLIERS)}
        for number, (item, paper) in enumerate(zip(ITEMS, certificates, strict=True), 1):
            storage = RANGES[item.zone]
            if item.key == "hemostat":
                storage = Range(None, Decimal(25))
            yield Device(
                item.key, item.name, item.model, paper, item.supplier, item.code, item.unit,
                Decimal(item.cost), Decimal(item.price), item.life, storage, item.zone,
                gtin14(0, makers[item.supplier], number),
                None if item.key == "ovd" else "I" in item.flags,
                "S" in item.flags, "N" in item.flags, _tax_category(item),
                udi_carrier=item.device_class > 1,
                service_years=10 if "N" in item.flags and "E" in item.flags else None,
            )  # fmt: skip

    def _letters(self) -> Iterator[Letter]:
        for key in (name.key for name in SUPPLIERS):
            if key in HOLDER:
                signed = date(2024, 1, 5)
                yield Letter(
                    f"registrant/{key}", "registrant", f"SQ-{key.upper()}-2024", HOLDER[key], key,
                    None, "附件所列全部产品", "全国", signed, signed, date(2026, 12, 31),
                )  # fmt: skip
            for year, last in ((2024, 2025), (2026, 2026)):
                begins = date(year, 1, 1)
                if (key, year) == (LETTER_GAP[0], LETTER_GAP[1].year):
                    begins = LETTER_GAP[1]
                yield Letter(
                    f"supplier/{key}/{year}", "supplier_sales", f"WT{year}-{key.upper()}", key,
                    SELF, self.supplier_sales[key], "我公司生产或经营的全部医疗器械", "江苏省",
                    begins, begins, date(last, 12, 31),
                )  # fmt: skip
        for key in ("sales1", "sales2", "sales3", "sales4"):
            for number, (year, last) in enumerate(((2024, 2025), (2026, 2026)), 1):
                begins = date(year, 1, 1)
                if (key, year) == (OWN_LETTER_GAP[0], OWN_LETTER_GAP[1].year):
                    begins = OWN_LETTER_GAP[1]
                yield Letter(
                    f"own/{key}/{year}", "own_sales", f"HC-SQ-{year}-{key[-1]}{number}", SELF, "",
                    self.staff[key], "公司经营范围内全部产品", "江苏省示例市",
                    begins, begins, date(last, 12, 31),
                )  # fmt: skip


def _scope_code(item: Item) -> str:
    return item.code if item.code == "6840" else item.code[:2]


def _tax_category(item: Item) -> str:
    return "医疗诊断试剂" if item.code == "6840" else "医疗仪器器械"


def _name(rng: random.Random) -> str:
    return rng.choice(SURNAMES) + rng.choice(GIVEN)
