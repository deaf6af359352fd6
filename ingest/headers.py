"""Header cells of other programs' tables, matched to the columns of a kind."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from operator import itemgetter
from typing import Final

from audit.records.model import Record
from ingest.columns import Column, columns_of
from ingest.readers.types import column_letters
from ingest.templates import PAPER_HEADER
from ingest.values import plain

_ASIDE: Final = re.compile(r"\([^)]*\)|（[^）]*）|\[[^\]]*\]")
_MARKS: Final = re.compile(r"[\s*:_·.\-/、，,()（）]+")

SYNONYMS: Final[tuple[frozenset[str], ...]] = tuple(
    frozenset(group.split())
    for group in (
        "批号 生产批号 产品批号 批次 批次号 批号序列号 生产批号或序列号 生产批号序列号 "
        "lot lotno batch batchno lotnumber",
        "序列号 产品序列号 sn serial serialno",
        "注册证号 注册证编号 注册证备案号 注册证号备案号 注册证编号备案编号 注册证号或备案凭证编号 "
        "注册证备案凭证编号 医疗器械注册证号 注册证编号或备案编号 注册证号或备案号 注册证 "
        "批准文号 registrationno",
        "产品名称 名称 品名 医疗器械名称 商品名称 器械名称 productname",
        "型号 产品型号 规格型号 型号规格 型号或规格 规格或型号 model",
        "规格 产品规格 spec specification",
        "数量 qty quantity",
        "单位 计量单位 unit",
        "单价 含税单价 unitprice price",
        "金额 amount",
        "总金额 合计金额 价税合计 total",
        "有效期 有效期至 失效日期 失效期 使用期限 使用期限或失效日期 expiry expirydate",
        "生产日期 productiondate mfgdate",
        "供货者 供货企业 供货单位 供应商 供应商名称 供货者名称 供货单位名称 supplier",
        "购货者 购货单位 客户 客户名称 购货者名称 购货单位名称 收货单位 customer buyer",
        "注册人 注册人备案人 医疗器械注册人 注册人名称 生产企业 生产厂家 生产厂商 manufacturer",
        "受托生产企业 委托生产企业",
        "产品标识 udidi di udi-di",
    )
)


_NAMES_NOTHING: Final = frozenset(
    {"名称", "地址", "联系方式", "日期", "时间", "来源", "许可证或备案编号", "统一社会信用代码"}
)
"""Last words of a group's fields that say nothing without the group."""


@dataclass(frozen=True, slots=True)
class Matched:
    """score: 0 when some mandatory column is missing; else how much of both sides was matched."""

    columns: tuple[tuple[int, Column], ...]
    paper: int | None
    score: float
    unmatched: tuple[str, ...]


def match_headers(kind: type[Record], cells: Sequence[str | None]) -> Matched:
    """Which cell names which column. A column is taken once, by the best of its names."""
    taken: dict[str, int] = {}
    paper: int | None = None
    unmatched: list[str] = []
    names = _names(kind)
    for at, cell in enumerate(cells):
        if not cell or not cell.strip() or cell == column_letters(at + 1):
            continue  # the reader names a column without heading by its letters
        if fold(cell) == fold(PAPER_HEADER):
            paper = at
            continue
        column = next((names[n] for n in _spoken(cell) if n in names), None)
        if column is None or column.key in taken:
            unmatched.append(cell.strip())
        else:
            taken[column.key] = at
    columns = columns_of(kind)
    used_lists = {c.rows for c in columns if c.key in taken}
    must = [c for c in columns if c.required and (c.rows is None or c.rows in used_lists)]
    if len(taken) < 2 or any(column.key not in taken for column in must):
        score = 0.0
    else:
        share = len(taken) / (len(taken) + len(unmatched))
        score = share + len(taken) / 1000 + len(must) / 10_000
    found = tuple(sorted(((taken[c.key], c) for c in columns if c.key in taken), key=itemgetter(0)))
    return Matched(found, paper, score, tuple(unmatched))


@cache
def _names(kind: type[Record]) -> dict[str, Column]:
    """Every name under which a column is known; a name of two columns is nobody's."""
    sure: dict[str, Column] = {}
    loose: dict[str, list[Column]] = {}
    for column in columns_of(kind):
        for name in (column.key, column.header, column.zh, column.en):
            sure.setdefault(fold(name), column)
        groups, english = column.zh.split("·"), column.en.split(" · ")
        short = [groups[-1], english[-1]]
        if len(groups) > 1:
            if groups[-1] in _NAMES_NOTHING:
                short = []  # a party's name or address is not the product's
            short += [groups[-2] + groups[-1], groups[-2] if groups[-1] == "名称" else ""]
        for name in filter(None, short):
            for same in {fold(name), *_synonyms(fold(name))}:
                loose.setdefault(same, []).append(column)
    for name, columns in loose.items():
        if len({column.key for column in columns}) == 1:
            sure.setdefault(name, columns[0])
    return sure


def _synonyms(name: str) -> frozenset[str]:
    for group in SYNONYMS:
        if name in group:
            return group
    return frozenset()


def _spoken(cell: str) -> list[str]:
    """The names a header cell may mean: whole, without what stands in brackets, each language."""
    whole = plain(cell)
    bare = _ASIDE.sub("", whole)
    chinese = "".join(re.findall(r"[一-鿿]+", bare))
    return list(dict.fromkeys(n for n in (fold(whole), fold(bare), fold(chinese)) if n))


def fold(text: str) -> str:
    """What remains of a name when spelling does not count."""
    return _MARKS.sub("", plain(text)).lower()
