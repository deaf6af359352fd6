"""The Chinese words for the codes that cells of a table may hold, and how a cell is read back."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from typing import Final

from ingest.values import NotUnderstood, plain

Terms = tuple[tuple[str, str], ...]

_ZH: Final[dict[str, str]] = {
    "yes": "是", "no": "否", "unknown": "未知", "none": "无", "stated": "载明", "other": "其他",
    "login": "系统登录", "source_login": "源系统登录", "typed": "手工填写",
    "each": "个", "inner": "中包装", "case": "箱", "pallet": "托盘",
    "production": "生产日期", "sterilisation": "灭菌日期",
    "approved": "同意", "refused": "不同意", "accepted": "合格", "rejected": "不合格",
    "partly": "部分合格", "nonconforming": "不合格品", "returned": "退货",
    "wholesale": "批发", "retail": "零售", "both": "批零兼营", "unsaid": "未载明",
    "acceptance": "受理通知", "decision": "审批决定", "cancellation": "注销", "extract": "登记摘录",
    "revoked": "吊销/撤销", "re_evaluation": "再评价注销", "voluntary": "主动注销",
    "lapsed": "到期未延续", "2002": "2002版目录", "2017": "2017版目录",
    "series": "连续读数", "daily": "每日汇总",
    "from_customer": "销后退回", "to_supplier": "购进退出",
    "freed": "解除", "partly_freed": "部分解除",
    "relocation": "移库", "status": "状态变更", "transfer": "调拨", "count": "盘点",
    "scrap": "报损",
    "supplier": "供货者", "customer": "购货者", "self": "本企业", "manufacturer": "生产企业",
    "registrant": "注册人/备案人", "agent": "代理人", "carrier": "承运单位",
    "third_party_logistics": "第三方物流", "service_provider": "服务商", "hospital": "医疗机构",
    "distributor": "经营企业", "retailer": "零售企业", "other_user": "其他使用单位",
    "laboratory": "校准机构", "consumer": "消费者",
    "registrant_to_distributor": "注册人授权经销", "supplier_salesperson": "供货者销售人员",
    "own_salesperson": "本企业销售人员",
}  # fmt: skip
"""By code, for codes that mean the same in every list."""

_LISTS: Final[dict[str, dict[str, str]]] = {
    "CertificatePaper": {
        "initial": "注册证", "renewal": "延续注册证", "change": "变更文件", "reissue": "补发",
        "filing": "备案凭证", "filing_change": "备案变更",
    },
    "PeriodKind": {"initial": "首次", "renewal": "延续"},
    "LicencePaper": {"issued": "核发", "changed": "变更", "renewed": "延续", "reissued": "补发"},
    "Decision": {"approved": "准予", "refused": "不予"},
    "ReturnOutcome": {"accepted": "收下", "refused": "拒收", "nonconforming": "不合格品"},
    "CodeSystem": {
        "erp": "ERP", "wms": "WMS", "hospital": "医院编码", "insurance": "医保编码",
        "procurement": "采购平台", "disease": "疾病编码", "drg": "DRG", "customs": "海关编码",
    },
    "SignatureState": {"unchecked": "未校验", "valid": "有效", "invalid": "无效"},
    "TransportMode": {
        "refrigerated_vehicle": "冷藏车", "insulated_box": "保温箱", "ordinary_vehicle": "普通车辆",
        "courier": "快递", "air": "航空", "rail": "铁路", "customer_collects": "客户自提",
    },
    "StockStatus": {
        "pending": "待验", "qualified": "合格", "held": "暂停", "nonconforming": "不合格",
        "returned": "退货", "to_ship": "待发",
    },
    "HoldReason": {
        "doubt": "质量疑问", "excursion": "超温", "complaint": "投诉", "recall": "召回",
        "stop_sale": "停售", "expiry": "效期", "papers": "资料不全",
    },
    "OutboundProblem": {"package": "包装问题", "label": "标签问题", "expired": "过期"},
    "LotSource": {
        "conformity_certificate": "合格证", "label": "标签", "udi": "UDI", "person": "人工",
        "delivery_note": "随货同行单", "system": "系统",
    },
    "DirectReason": {
        "disaster": "灾情", "epidemic": "疫情", "emergency": "突发事件",
        "clinical_urgent": "临床紧急救治", "large_equipment_only": "大型医用设备",
    },
    "InvoiceForm": {
        "digital_special": "数电专票", "digital_ordinary": "数电普票",
        "electronic_special": "电子专票", "electronic_ordinary": "电子普票",
        "paper_special": "纸质专票", "paper_ordinary": "纸质普票", "roll": "卷票",
        "rail": "铁路客票", "air": "航空行程单", "foreign": "境外发票",
    },
    "Direction": {"ours": "我方", "supplier": "供货者"},
    "SealKind": {"outbound": "出库章", "company": "公章", "logistics": "物流企业出库章"},
}  # fmt: skip
"""By name of the list and code, where a code means different things in different lists."""


def code_terms(name: str, codes: Sequence[str]) -> Terms:
    """The codes of a list, each with its Chinese word (empty where none is kept)."""
    own = _LISTS.get(name, {})
    return tuple((code, own.get(code) or _ZH.get(code, "")) for code in codes)


def read_code(terms: Terms, text: str) -> str:
    """The code meant by a cell: the code, its Chinese word, or both. Raises NotUnderstood."""
    found = _lookup(terms).get(_fold(text))
    if found is None:
        raise NotUnderstood(text)
    return found


@cache
def _lookup(terms: Terms) -> dict[str, str]:
    found: dict[str, str] = {}
    for code, zh in terms:
        for written in (code, code.replace("_", " "), zh, f"{zh} {code}", f"{code} {zh}"):
            if written.strip():
                found.setdefault(_fold(written), code)
    return found


def _fold(text: str) -> str:
    return plain(text).replace(" ", "").replace("_", "").lower()
