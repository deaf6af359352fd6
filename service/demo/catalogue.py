"""What the invented distributor sells, and with whom it trades: read from two tables.

Codes are those of the 2017 catalogue (two-level; 6840 for reagents). Products, prices and shelf
lives are plausible, not anybody's.
"""

from __future__ import annotations

import csv
from dataclasses import dataclass
from pathlib import Path
from typing import Final


@dataclass(frozen=True, slots=True)
class Item:
    """A product before it has a certificate number, an article number and a history.

    zone: ambient, cold (2 to 8 °C), frozen (-25 to -15 °C). flags: I implantable, S sterile,
    N serial numbers, M imported, E no expiry on the label. first: year of the first registration.
    cost, price: yuan without tax, a unit. life: months.
    """

    key: str
    supplier: str
    name: str
    model: str
    device_class: int
    code: str
    unit: str
    cost: str
    price: str
    life: int | None
    zone: str
    flags: str
    first: int


@dataclass(frozen=True, slots=True)
class Name:
    """A company or hospital before it has numbers. kind: registrant, agent, distributor,
    `foreign:<agent>`, `maker:<distributor>`, hospital, dealer, carrier, laboratory, self."""

    key: str
    name: str
    kind: str
    region: str
    province: str
    address: str


def _rows(name: str) -> list[dict[str, str]]:
    with (Path(__file__).parent / name).open(encoding="utf-8", newline="") as table:
        return list(csv.DictReader(table))


def _item(row: dict[str, str]) -> Item:
    numbers = {
        "device_class": int(row["device_class"]),
        "first": int(row["first"]),
        "life": int(row["life"]) if row["life"] else None,
    }
    return Item(**(row | numbers))  # type: ignore[arg-type]


ITEMS: Final = tuple(_item(row) for row in _rows("items.csv"))
NAMES: Final = tuple(Name(**row) for row in _rows("companies.csv"))
SUPPLIERS: Final = tuple(n for n in NAMES if n.kind in ("registrant", "agent", "distributor"))
HOLDER: Final = {n.kind.partition(":")[2]: n.key for n in NAMES if ":" in n.kind}
"""Registrant behind an agent's or distributor's products, by the one who sells them."""

SURNAMES: Final = "陈林黄周吴徐孙胡朱高郭何罗郑梁谢宋唐许邓冯韩曹曾彭萧蔡潘田董"
GIVEN: Final = (
    "一帆", "若谷", "思齐", "明远", "清和", "知行", "子衿", "怀瑾", "望舒", "景行",
    "安然", "书宁", "嘉树", "云舒", "予安", "静姝", "修文", "亦凡", "晓岚", "立诚",
)  # fmt: skip
