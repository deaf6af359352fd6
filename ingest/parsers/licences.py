"""Licences and filings of companies and institutions, and notices on their renewal.

Order 54 art. 14 (content of the operating licence), order 53 art. 14 (production licence).
"""

from __future__ import annotations

import re
from typing import Final

from audit.records.licences import (
    BusinessLicence,
    ClassIIFiling,
    InstitutionLicence,
    OperatingLicence,
    ProductionLicence,
)
from ingest.parsers.build import Word
from ingest.parsers.labels import find_day, find_days, is_nothing
from ingest.parsers.papers import Paper, Text, paper
from ingest.parsers.scope import scope_items

_COMPANY: Final = {
    "企业名称": "holder.name",
    "统一社会信用代码": "holder.uscc",
    "法定代表人": "legal_representative",
    "法定代表人(负责人)": "legal_representative",
    "企业负责人": "responsible_person",
    "住所": "domicile",
    "企业住所": "domicile",
    "发证部门": "authority",
    "发证机关": "authority",
    "备案部门": "authority",
    "备案机关": "authority",
}
_OPERATING: Final = {
    "许可证编号": "number",
    "许可证号": "number",
    "编号": "number",
    "经营方式": "",
    "经营场所": "",
    "经营范围": "",
    "库房地址": "",
    "仓库地址": "",
    "发证日期": "",
    "许可期限": "",
    "有效期限": "",
    "有效期": "",
    "有效期至": "",
    "变更记录": "",
    "备注": "",
}
_LONG: Final = frozenset(
    {"经营范围", "生产范围", "库房地址", "仓库地址", "经营场所", "生产地址", "住所", "变更记录"}
)
_PARTS: Final = re.compile(r"[;；\n]+")


def _licence(said: list[Word], text: Text, scope: str, places: str) -> list[Word]:
    renewed = bool(re.search(r"延续", text.whole))
    changed = bool(text.value("变更日期")) or bool(re.search(r"^\s*变更", text.whole, re.MULTILINE))
    code = "renewed" if renewed else "changed" if changed else "issued"
    said.append(text.word("paper", code, "许可证"))
    said += text.day("issued_on", "发证日期", "备案日期", "签发日期")
    said += _validity(text)
    said += _list(text, "premises", places)
    said += _list(text, "warehouses", "库房地址", "仓库地址") if scope == "经营范围" else []
    said += scope_words(text, scope)
    mode = text.value("经营方式")
    if mode:
        said.append(text.word("mode", _mode(mode), mode))
    return said


def _validity(text: Text) -> list[Word]:
    """`有效期限：2021年3月1日至2026年2月28日`, or 有效期至 alone."""
    said: list[Word] = []
    value = text.value("有效期至", "有效期限", "许可期限", "有效期")
    days = find_days(value or "")
    if value and days:
        said.append(text.word("valid_to", days[-1], value))
        if len(days) > 1:
            said.append(text.word("valid_on", days[0], value))
    elif value and not is_nothing(value) and "长期" not in value:
        said.append(text.word("valid_to", value, value))
    if not any(word.field == "valid_on" for word in said):
        said += text.day("valid_on", "生效日期", "有效期自")
    return said


def _list(text: Text, field: str, *labels: str) -> list[Word]:
    value = text.value(*labels)
    if not value or is_nothing(value):
        return []
    parts = [part.strip() for part in _PARTS.split(value) if part.strip()]
    return [text.word(field, "；".join(parts), value)]


def scope_words(text: Text, label: str) -> list[Word]:
    """The scope as written, and each of its items."""
    value = text.value(label)
    if not value or is_nothing(value):
        return []
    said = [text.word("scope_text", value, value)]
    for n, item in enumerate(scope_items(value)):
        said += [text.word(f"scope.{n}.{name}", str(part), value) for name, part in item.items()]
    return said


def _mode(written: str) -> str:
    if "批零" in written or ("批发" in written and "零售" in written):
        return "both"
    if "批发" in written:
        return "wholesale"
    return "retail" if "零售" in written else "unknown"


def _operating(said: list[Word], text: Text) -> list[Word]:
    return _licence(said, text, "经营范围", "经营场所")


def _production(said: list[Word], text: Text) -> list[Word]:
    filing = "备案凭证" in text.whole or "生产备案" in text.whole
    said.append(text.word("filing", "是" if filing else "否", "备案" if filing else "许可证"))
    return _licence(said, text, "生产范围", "生产地址")


def _notice(said: list[Word], text: Text) -> list[Word]:
    said.append(text.word("paper", "acceptance", "受理通知书"))
    said += text.text("application.notice_no", "受理号", "受理编号", "受理通知书编号")
    said += text.day("application.filed_on", "申请日期", "提交日期")
    said += text.day("application.accepted_on", "受理日期", "日期")
    said += text.day("issued_on", "受理日期", "日期")
    return said


def _business(said: list[Word], text: Text) -> list[Word]:
    said += text.day("founded_on", "成立日期", "注册日期")
    term = text.value("营业期限", "经营期限")
    days = find_days(term or "")
    if term and len(days) == 2:
        said.append(text.word("valid_to", days[1], term))
    elif term and days and "长期" not in term:
        said.append(text.word("valid_to", days[-1], term))
    issued = text.value("登记日期", "发证日期", "核准日期")
    if issued and find_day(issued):
        said.append(text.word("issued_on", find_day(issued) or "", issued))
    return said


def _institution(said: list[Word], text: Text) -> list[Word]:
    said += text.day("issued_on", "发证日期", "批准日期")
    said += text.day("checked_on", "校验日期")
    value = text.value("有效期限", "有效期", "有效期至")
    days = find_days(value or "")
    if value and days:
        said.append(text.word("valid_to", days[-1], value))
    departments = text.value("诊疗科目")
    if departments and not is_nothing(departments):
        parts = [part for part in re.split(r"[、,，;；/\s]+", departments) if part]
        said.append(text.word("departments", "；".join(parts), departments))
    if "备案" in text.whole.split("\n")[0]:
        said.append(text.word("is_filing", "是", "备案"))
    return said


RENEWAL_NOTICE = paper(
    Paper(
        "operating_licence_acceptance",
        OperatingLicence,
        ("医疗器械经营许可证延续受理通知书", "医疗器械经营许可延续受理通知书",
         "经营许可证延续申请受理通知书"),
        _COMPANY | {
            "许可证编号": "number", "原许可证编号": "number", "申请人": "holder.name",
            "受理号": "", "受理编号": "", "受理通知书编号": "", "申请日期": "", "提交日期": "",
            "受理日期": "", "日期": "", "申请事项": "", "受理部门": "authority",
        },
        needs=("number", "application.accepted_on"),
        finish=_notice,
    )
)  # fmt: skip

PRODUCTION_NOTICE = paper(
    Paper(
        "production_licence_acceptance",
        ProductionLicence,
        ("医疗器械生产许可证延续受理通知书", "医疗器械生产许可延续受理通知书"),
        RENEWAL_NOTICE.labels,
        needs=("number", "application.accepted_on"),
        finish=_notice,
    )
)

OPERATING = paper(
    Paper(
        "operating_licence",
        OperatingLicence,
        ("医疗器械经营许可证", "第三类医疗器械经营许可证", "医疗器械经营企业许可证"),
        _COMPANY | _OPERATING | {"变更日期": "", "生效日期": "", "签发日期": ""},
        _LONG,
        ("number", "valid_to"),
        without=("受理通知书", "授权", "备案凭证"),
        finish=_operating,
    )
)

CLASS_II = paper(
    Paper(
        "class_ii_filing",
        ClassIIFiling,
        ("第二类医疗器械经营备案凭证", "第二类医疗器械经营备案"),
        _COMPANY
        | {k: v for k, v in _OPERATING.items() if v != "number"}
        | {"备案编号": "number", "备案号": "number", "备案日期": "", "变更日期": ""},
        _LONG,
        ("number", "issued_on"),
        finish=_operating,
    )
)

PRODUCTION = paper(
    Paper(
        "production_licence",
        ProductionLicence,
        ("医疗器械生产许可证", "第一类医疗器械生产备案凭证", "医疗器械生产企业许可证"),
        _COMPANY | {
            "许可证编号": "number", "许可证号": "number", "备案编号": "number", "备案号": "number",
            "编号": "number", "生产地址": "", "生产范围": "", "发证日期": "", "备案日期": "",
            "有效期限": "", "许可期限": "", "有效期至": "", "有效期": "", "变更记录": "",
            "生产产品登记表": "", "备注": "", "生效日期": "", "变更日期": "",
        },
        _LONG,
        ("number",),
        without=("受理通知书",),
        finish=_production,
    )
)  # fmt: skip

BUSINESS = paper(
    Paper(
        "business_licence",
        BusinessLicence,
        ("营业执照",),
        {
            "统一社会信用代码": "uscc", "名称": "name", "企业名称": "name", "类型": "type",
            "法定代表人": "legal_representative", "负责人": "legal_representative",
            "住所": "address", "营业场所": "address", "经营场所": "address",
            "注册资本": "capital", "经营范围": "scope_text", "登记机关": "authority",
            "成立日期": "", "注册日期": "", "营业期限": "", "经营期限": "", "登记日期": "",
            "核准日期": "", "发证日期": "",
        },
        frozenset({"经营范围", "住所"}),
        ("uscc", "name"),
        without=("经营许可证", "授权"),
        finish=_business,
    )
)  # fmt: skip

INSTITUTION = paper(
    Paper(
        "institution_licence",
        InstitutionLicence,
        ("医疗机构执业许可证", "诊所备案凭证"),
        {
            "登记号": "number", "备案编号": "number", "机构名称": "holder.name",
            "医疗机构名称": "holder.name", "名称": "holder.name", "地址": "address",
            "统一社会信用代码": "holder.uscc",
            "法定代表人": "legal_representative", "主要负责人": "responsible_person",
            "机构类别": "category", "类别": "category", "诊疗科目": "", "所有制形式": "",
            "经营性质": "", "床位": "", "发证机关": "authority", "备案机关": "authority",
            "发证日期": "", "批准日期": "", "校验日期": "", "有效期限": "", "有效期": "",
            "有效期至": "",
        },
        frozenset({"诊疗科目", "地址"}),
        ("number", "holder.name"),
        finish=_institution,
    )
)  # fmt: skip
