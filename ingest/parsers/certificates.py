"""Papers about registration certificates: certificate, change, filing, acceptance, cancellation.

Order 47 art. 76-88, forms of NMPA notice 2021-121; older forms say 注册号, 生产企业, 售后服务机构.
"""

from __future__ import annotations

import re
from typing import Final

from audit.records.certificates import RegistrationCertificate
from audit.records.registration_numbers import parse_registration_no
from ingest.parsers.build import Word
from ingest.parsers.frames import fold
from ingest.parsers.labels import find_day, find_days, is_nothing
from ingest.parsers.papers import Paper, Text, paper
from ingest.values import NotUnderstood, read_date

_HOLDER: Final = {
    "注册人名称": "registrant.name",
    "注册人": "registrant.name",
    "备案人名称": "registrant.name",
    "备案人": "registrant.name",
    "生产企业名称": "registrant.name",
    "生产者名称": "registrant.name",
    "注册人住所": "registrant.address",
    "备案人住所": "registrant.address",
    "备案人注册地址": "registrant.address",
    "生产企业注册地址": "registrant.address",
    "注册人统一社会信用代码": "registrant.uscc",
    "备案人组织机构代码": "registrant.uscc",
    "备案人统一社会信用代码": "registrant.uscc",
    "统一社会信用代码": "registrant.uscc",
    "代理人名称": "agent.name",
    "代理人": "agent.name",
    "代理人住所": "agent.address",
    "代理人注册地址": "agent.address",
}
_PRODUCT: Final = {
    "生产地址": "production_address",
    "受托生产企业": "contract_manufacturer",
    "受托生产企业名称": "contract_manufacturer",
    "产品名称": "name",
    "产品分类名称": "",
    "型号、规格": "",
    "型号规格": "",
    "型号/规格": "",
    "规格型号": "",
    "包装规格": "",
    "结构及组成": "structure",
    "结构与组成": "structure",
    "产品性能结构及组成": "structure",
    "主要组成成分": "structure",
    "产品描述": "structure",
    "适用范围": "intended_use",
    "产品适用范围": "intended_use",
    "预期用途": "intended_use",
    "产品储存条件及有效期": "storage_text",
    "储存条件及有效期": "storage_text",
    "产品有效期": "storage_text",
    "管理类别": "device_class",
    "分类编码": "catalogue_code",
    "附件": "",
    "其他内容": "",
    "其它内容": "",
    "备注": "",
    "变更情况": "",
    "售后服务机构": "",
    "产品标准": "",
}
_DATES: Final = {
    "批准日期": "",
    "生效日期": "",
    "有效期至": "",
    "有效期": "",
    "有效期限": "",
    "备案日期": "",
    "审批部门": "authority",
    "备案部门": "authority",
    "发证部门": "authority",
}
_NUMBERS: Final = {
    "注册证编号": "registration_no",
    "医疗器械注册证编号": "registration_no",
    "注册证号": "registration_no",
    "注册号": "registration_no",
    "原注册证编号": "former_registration_no",
}
_LONG: Final = frozenset(
    label for label in _PRODUCT if label not in ("管理类别", "分类编码", "产品名称")
) | {"变更内容", "变更情况"}
_ITEMS: Final = re.compile(r"[；;、，,\n]+")
_LATER: Final = 4
"""A certificate approved this many years after the year in its number is a renewed one."""


def _product(said: list[Word], text: Text) -> list[Word]:
    models = text.value("型号、规格", "型号规格", "型号/规格", "规格型号", "包装规格")
    if models and not is_nothing(models):
        listed = "；".join(part for part in _ITEMS.split(models) if part.strip())
        said.append(text.word("models", listed, models))
    cleaned = []
    for word in said:
        if word.field == "device_class":
            digit = _class(word.written)
            if digit is None:
                continue
            word = text.word("device_class", digit, word.written)
        cleaned.append(word)
    return cleaned


def _class(written: str) -> str | None:
    marks = ("三Ⅲ3", "二Ⅱ2", "一Ⅰ1")
    latin = re.search(r"I{1,3}", written.upper())
    if latin:
        return str(len(latin[0]))
    return next((mark[2] for mark in marks if any(one in written for one in mark)), None)


def _certificate(said: list[Word], text: Text) -> list[Word]:
    said = _product(said, text)
    renewed = _is_renewed(said, text)
    said.append(text.word("paper", "renewal" if renewed else "initial", "医疗器械注册证"))
    said.append(text.word("periods.0.kind", "renewal" if renewed else "initial", "医疗器械注册证"))
    return said + _period(text)


def _period(text: Text) -> list[Word]:
    """Approval, beginning and end, also from one range after 有效期."""
    said = []
    for label, field in (
        ("批准日期", "periods.0.approved_on"),
        ("生效日期", "periods.0.valid_from"),
        ("有效期至", "periods.0.valid_until"),
    ):
        value = text.value(label)
        if value and not is_nothing(value):
            said.append(text.word(field, find_day(value) or value, value))
    between = text.value("有效期", "有效期限")
    days = find_days(between or "")
    if between and days:
        said.append(text.word("periods.0.valid_until", days[-1], between))
        if len(days) > 1:
            said.append(text.word("periods.0.valid_from", days[0], between))
    approved = text.value("批准日期")
    if approved and find_day(approved):
        said.append(text.word("issued_on", find_day(approved) or "", approved))
    return said


def _is_renewed(said: list[Word], text: Text) -> bool:
    if re.search(r"延续注册|原注册证编号", fold(text.value("备注") or "")):
        return True
    number = next((word.written for word in said if word.field == "registration_no"), "")
    known = parse_registration_no(number)
    approved = find_day(text.value("批准日期") or text.value("生效日期") or "")
    if known is None or approved is None:
        return False
    try:
        return read_date(approved).year - known.year >= _LATER
    except NotUnderstood:
        return False


def _change(said: list[Word], text: Text) -> list[Word]:
    said = _product(said, text)
    said.append(text.word("paper", "change", "变更"))
    day = text.value("批准日期", "变更日期", "变更批准日期", "备案日期", "变更备案日期")
    if day:
        cut = find_day(day) or day
        said.append(text.word("changes.0.on", cut, day))
        said.append(text.word("issued_on", cut, day))
    for labels, field in (
        (("变更内容", "变更情况", "变更后内容", "变更事项"), "changes.0.text"),
        (("变更文件编号", "变更注册文件编号"), "changes.0.document_no"),
        (("变更文件编号", "变更注册文件编号"), "paper_no"),
    ):
        value = text.value(*labels)
        if value and not is_nothing(value):
            said.append(text.word(field, value, value))
    return said


def _acceptance(said: list[Word], text: Text) -> list[Word]:
    said.append(text.word("paper", "acceptance", "受理通知书"))
    for labels, field, dated in (
        (("受理号", "受理编号", "受理通知书编号"), "applications.0.notice_no", False),
        (("申请日期", "提交日期"), "applications.0.filed_on", True),
        (("受理日期", "日期"), "applications.0.accepted_on", True),
        (("受理日期", "日期"), "issued_on", True),
    ):
        value = text.value(*labels)
        if value and not is_nothing(value):
            cut = (find_day(value) or value) if dated else value
            said.append(text.word(field, cut, value))
    return said


def _filing(said: list[Word], text: Text) -> list[Word]:
    said = _product(said, text)
    said.append(text.word("paper", "filing", "备案"))
    said.append(text.word("device_class", "1", "第一类"))
    day = text.value("备案日期")
    if day:
        cut = find_day(day) or day
        said.append(text.word("periods.0.approved_on", cut, day))
        said.append(text.word("periods.0.valid_from", cut, day))
        said.append(text.word("issued_on", cut, day))
    return said


def _cancellation(said: list[Word], text: Text) -> list[Word]:
    said.append(text.word("paper", "cancellation", "注销"))
    day = text.value("注销日期", "吊销日期", "撤销日期")
    if day:
        said.append(text.word("cancellation.on", find_day(day) or day, day))
    reason = text.value("注销原因", "原因") or ""
    said.append(text.word("cancellation.reason", _reason(reason, text.whole), reason or "注销"))
    announced = text.value("公告日期")
    if announced:
        said.append(
            text.word("cancellation.announced_on", find_day(announced) or announced, announced)
        )
    return said


def _reason(reason: str, whole: str) -> str:
    for words, code in (
        (("吊销", "撤销"), "revoked"),
        (("再评价",), "re_evaluation"),
        (("届满", "未延续", "未申请延续", "到期"), "lapsed"),
        (("主动", "自行", "申请注销", "企业申请"), "voluntary"),
    ):
        if any(word in reason for word in words):
            return code
    return "revoked" if "吊销" in whole else "unknown"


CHANGE = paper(
    Paper(
        "registration_change",
        RegistrationCertificate,
        ("医疗器械变更注册(备案)文件", "医疗器械变更注册文件", "医疗器械变更备案文件",
         "医疗器械注册变更文件", "变更注册(备案)文件", "变更备案凭证"),
        _NUMBERS | _HOLDER | _PRODUCT | _DATES | {
            "变更内容": "", "变更后内容": "", "变更事项": "", "变更文件编号": "",
            "变更注册文件编号": "", "变更日期": "", "变更批准日期": "",
        },
        _LONG,
        ("registration_no", "changes.0.on"),
        finish=_change,
    )
)  # fmt: skip

ACCEPTANCE = paper(
    Paper(
        "registration_acceptance",
        RegistrationCertificate,
        ("医疗器械延续注册受理通知书", "延续注册受理通知书", "延续注册申请受理通知书",
         "医疗器械注册申请受理通知书", "受理通知书"),
        _NUMBERS | _HOLDER | {
            "产品名称": "name", "受理号": "", "受理编号": "", "受理通知书编号": "",
            "申请日期": "", "提交日期": "", "受理日期": "", "日期": "", "申请人": "registrant.name",
            "申请人名称": "registrant.name", "申请事项": "", "受理部门": "authority",
        },
        frozenset(),
        ("registration_no", "applications.0.accepted_on"),
        without=("许可",),
        says=("延续注册",),
        finish=_acceptance,
    )
)  # fmt: skip

CANCELLATION = paper(
    Paper(
        "registration_cancellation",
        RegistrationCertificate,
        ("医疗器械注册证注销", "注销医疗器械注册证", "吊销医疗器械注册证", "撤销医疗器械注册证"),
        _NUMBERS | _HOLDER | {
            "产品名称": "name", "注销日期": "", "吊销日期": "", "撤销日期": "", "注销原因": "",
            "原因": "", "公告日期": "", "公告编号": "cancellation.notice_no",
        },
        frozenset({"注销原因", "原因"}),
        ("registration_no", "cancellation.on"),
        finish=_cancellation,
    )
)  # fmt: skip

FILING = paper(
    Paper(
        "class_i_filing",
        RegistrationCertificate,
        ("第一类医疗器械备案凭证", "第一类医疗器械备案编号告知书", "第一类医疗器械备案信息表",
         "第一类体外诊断试剂备案凭证"),
        _HOLDER | _PRODUCT | _DATES | {
            "备案号": "registration_no", "备案编号": "registration_no",
        },
        _LONG,
        ("registration_no", "periods.0.approved_on"),
        finish=_filing,
    )
)  # fmt: skip

CERTIFICATE = paper(
    Paper(
        "registration_certificate",
        RegistrationCertificate,
        ("中华人民共和国医疗器械注册证(体外诊断试剂)", "中华人民共和国医疗器械注册证",
         "医疗器械注册证", "医疗器械注册登记表"),
        _NUMBERS | _HOLDER | _PRODUCT | _DATES,
        _LONG,
        ("registration_no", "periods.0.valid_until"),
        without=("受理通知书", "变更注册", "注销", "授权"),
        finish=_certificate,
    )
)  # fmt: skip
