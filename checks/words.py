"""Words that stand for stored values when a sentence is shown: `pass`, `revoked`, a record kind.

A sentence stores the value; in either language it is shown by the word declared for it here, or as
it stands.
"""

from __future__ import annotations

from typing import Final

from base.errors import CATALOGUE, Lang, message

_PREFIX: Final = "word."

_WORDS: Final = {
    "pass": ("符合", "pass"),
    "fail": ("不符合", "fail"),
    "unknown": ("不明", "unknown"),
    "not_applicable": ("不适用", "not applicable"),
    "revoked": ("撤销或吊销", "revoked"),
    "re_evaluation": ("再评价后注销", "cancelled after re-evaluation"),
    "voluntary": ("主动注销", "withdrawn by its holder"),
    "lapsed": ("届满注销", "lapsed"),
    "operating_licence": ("医疗器械经营许可证", "operating licence"),
    "class_ii_filing": ("第二类医疗器械经营备案凭证", "class II filing"),
    "production_licence": ("医疗器械生产许可证", "production licence"),
    "institution_licence": ("医疗机构执业许可证或备案", "institution licence or filing"),
    "lot_expiry": ("批次有效期满后2年", "2 years after the lot's expiry"),
    "no_expiry": ("没有有效期，5年", "no expiry: 5 years"),
    "implant": ("植入类，永久", "implant: for ever"),
    "voucher": ("会计凭证，30年", "accounting voucher: 30 years"),
    "tax": ("涉税资料，10年", "tax paper: 10 years"),
    "policy": ("企业规定", "the company's own figure"),
    "implant_unknown": ("是否植入类不明", "whether it is an implant is not known"),
    "expiry_unknown": ("有效期不明", "the expiry is not known"),
    "lot_unknown": ("批次不明", "the lots are not known"),
    "booking_unknown": ("入账年度不明", "the year of booking is not known"),
    "day_unknown": ("内容或日期不明", "what it says, or its date, is not known"),
    "claim_open": ("债权债务未结清", "a claim is open"),
    "disposal": ("处置", "disposal"),
    "erasure": ("删除", "erasure"),
    "wholesale": ("批发", "wholesale"),
    "retail": ("零售", "retail"),
    "both": ("批零兼营", "wholesale and retail"),
    "missing": ("缺失", "missing"),
    "rotted": ("与收到时不一致", "not the bytes that were received"),
}

for _value, (_zh, _en) in _WORDS.items():
    message(_PREFIX + _value, zh=_zh, en=_en)


def worded(value: str, lang: Lang) -> str:
    """The word for a stored value, or the value itself."""
    known = CATALOGUE.get(_PREFIX + value)
    return known.text(lang) if known else value
