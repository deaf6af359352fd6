"""Authorisation letters of the three types. GSP 53(3), 78.

A letter without a person is the registrant's to a distributor; with a person it is ours when we
grant it, else a supplier's.
"""

from __future__ import annotations

import re
from typing import Final

from audit.records.parties import AuthorisationLetter
from ingest.parsers.build import Word
from ingest.parsers.labels import find_day, find_days, is_nothing
from ingest.parsers.papers import Paper, Text, paper
from ingest.values import plain

_ID: Final = re.compile(r"(?<!\d)\d{17}[\dXx](?!\d)")
_NUMBER: Final = re.compile(
    r"(?:国|[一-鿿]{1,3})械(?:注[准进许]|备)\s*\d{8,14}号?|[一-鿿]{1,4}食?药监械\S*?字\d{4}第\d+号"
)
_EVERYTHING: Final = re.compile(r"全部|所有|各类|全系列")
_PARTS: Final = re.compile(r"[;；\n]+")
_REGIONS: Final = re.compile(r"[、，,;；\s]+")
_PERIOD: Final = ("授权期限", "授权有效期", "有效期限", "有效期", "委托期限", "授权时间", "期限")
_PRODUCTS: Final = ("授权产品", "授权品种", "授权销售产品", "授权范围", "产品范围", "销售品种",
                    "授权销售的品种",
                    "产品名称", "授权经营品种", "授权销售品种", "委托销售品种")  # fmt: skip
_AREA: Final = (
    "授权区域",
    "授权地域",
    "销售区域",
    "地域",
    "销售地域",
    "授权销售区域",
    "授权销售地域",
    "区域",
)


def _letter(said: list[Word], text: Text) -> list[Word]:
    grantor = text.value("授权单位", "授权方", "授权人", "授权企业", "委托单位", "委托人")
    person = any(word.field == "salesperson" for word in said)
    identity = text.value("身份证号码", "身份证号", "身份证件号码", "身份证") or ""
    number = _ID.search(plain(identity)) or _ID.search(plain(text.whole))
    if number:
        said.append(text.word("id_number", number[0].upper(), identity or number[0]))
    code = "registrant_to_distributor"
    if person or number:
        ours = text.context.own.is_us(grantor)
        code = "own_salesperson" if ours else "supplier_salesperson"
    said.append(text.word("type", code, grantor or "授权书"))
    return said + _codes(text) + _period(text) + _products(text) + _regions(text)


def _codes(text: Text) -> list[Word]:
    """A credit code belongs to the party named last before it."""
    said: list[Word] = []
    party = ""
    for one in text.found:
        path = LETTER.labels.get(one.label, "")
        if path in ("grantor.name", "grantee.name"):
            party = path.removesuffix(".name")
        elif one.label == "统一社会信用代码" and party and not is_nothing(one.value):
            said.append(text.word(f"{party}.uscc", one.value, one.value))
    return said


def _period(text: Text) -> list[Word]:
    said: list[Word] = []
    value = text.value(*_PERIOD)
    days = find_days(value or "")
    if value and days:
        said.append(text.word("valid_on", days[0], value))
        if len(days) > 1:
            said.append(text.word("valid_to", days[-1], value))
    said += text.day("valid_on", "授权期限自", "生效日期", "开始日期", "授权开始日期")
    said += text.day("valid_to", "授权期限至", "有效期至", "截止日期", "授权截止日期")
    signed = text.value("签发日期", "授权日期", "签署日期", "日期", "出具日期")
    if signed and (day := find_day(signed)):
        said.append(text.word("issued_on", day, signed))
    return said


def _products(text: Text) -> list[Word]:
    value = text.value(*_PRODUCTS)
    if not value or is_nothing(value):
        return []
    numbers = [found[0] for found in _NUMBER.finditer(plain(value))]
    if not numbers and _EVERYTHING.search(value):
        return [
            text.word("items.0.all_products", "是", value),
            text.word("items.0.written", value, value),
        ]
    said: list[Word] = []
    parts = [part.strip() for part in _PARTS.split(value) if part.strip()]
    if len(parts) == 1 and len(numbers) > 1:
        parts = [part.strip() for part in re.split(r"[,，、;；]", value) if part.strip()]
    for n, part in enumerate(parts):
        number = _NUMBER.search(plain(part))
        if number:
            said.append(text.word(f"items.{n}.registration_no", number[0], value))
        name = re.sub(r"[()（）:：\s]+$|^\d+[.、]", "", _NUMBER.sub("", plain(part))).strip("(): ")
        if name and name not in ("注册证编号", "注册证号"):
            said.append(text.word(f"items.{n}.name", name, value))
        said.append(text.word(f"items.{n}.written", part, value))
    return said


def _regions(text: Text) -> list[Word]:
    value = text.value(*_AREA)
    if not value or is_nothing(value):
        return []
    parts = [part for part in _REGIONS.split(value) if part]
    return [text.word("regions", "；".join(parts), value)]


LETTER: Final = paper(
    Paper(
        "authorisation_letter",
        AuthorisationLetter,
        ("授权委托书", "法人授权委托书", "销售授权书", "经销授权书", "授权书", "销售人员授权书",
         "产品授权书", "代理授权书"),
        {
            "授权书编号": "letter_no", "编号": "letter_no", "授权编号": "letter_no",
            "委托书编号": "letter_no", "授权单位": "grantor.name", "授权方": "grantor.name",
            "授权人": "grantor.name", "授权企业": "grantor.name", "委托单位": "grantor.name",
            "委托人": "grantor.name", "授权单位统一社会信用代码": "grantor.uscc",
            "统一社会信用代码": "", "授权单位地址": "grantor.address",
            "被授权单位": "grantee.name", "被授权企业": "grantee.name", "被授权方": "grantee.name",
            "被授权经销商": "grantee.name", "受托单位": "grantee.name",
            "致": "", "被授权人": "salesperson", "被授权人姓名": "salesperson",
            "授权销售人员": "salesperson", "销售人员": "salesperson", "受托人": "salesperson",
            "姓名": "salesperson", "被委托人": "salesperson",
            "身份证号码": "", "身份证号": "", "身份证件号码": "", "身份证": "",
            "授权期限自": "", "授权期限至": "", "生效日期": "", "开始日期": "", "截止日期": "",
            "有效期至": "", "授权开始日期": "", "授权截止日期": "", "签发日期": "", "授权日期": "",
            "签署日期": "", "日期": "", "出具日期": "", "法定代表人": "", "联系电话": "",
            "授权事项": "", "备注": "", "往来单位": "", "购货单位": "", "销售对象": "",
            "转授权": "",
            **dict.fromkeys((*_PERIOD, *_PRODUCTS, *_AREA), ""),
        },
        frozenset(_PRODUCTS),
        ("grantor.name", "valid_on"),
        finish=_letter,
    )
)  # fmt: skip
