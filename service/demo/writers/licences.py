"""Licences, filings and business licences as authorities set them."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import Final

from service.demo.model import Company, Licence, Party
from service.demo.writers.certificates import PROVINCES
from service.demo.writers.press import Pair, Paper
from service.demo.writers.words import day

NAMES: Final = {
    "01": "有源手术器械", "02": "无源手术器械", "03": "神经和心血管手术器械", "04": "骨科手术器械",
    "06": "医用成像器械", "07": "医用诊察和监护器械", "08": "呼吸、麻醉和急救器械",
    "09": "物理治疗器械", "10": "输血、透析和体外循环器械", "13": "无源植入器械",
    "14": "注输、护理和防护器械", "16": "眼科器械", "21": "医用软件", "22": "临床检验器械",
    "6840": "体外诊断试剂",
}  # fmt: skip
_GRADES: Final = {"operating": "Ⅲ类", "class_ii": "Ⅱ类", "production": "Ⅲ类"}


def scope(licence: Licence) -> str:
    """经营范围 or 生产范围: grade, catalogue, codes with names, cold goods where said."""
    items = []
    for code in licence.scope:
        item = f"{code} {NAMES[code]}".replace("、", "·")
        if code == "6840":
            item = "6840体外诊断试剂"
            if licence.cold and licence.form != "production":
                item += "（含冷藏、冷冻）"
        items.append(item)
    return f"{_GRADES[licence.form]}：" + "；".join(items)


def licence_paper(company: Company, licence: Licence) -> Paper:
    """The paper of one version of a licence or filing."""
    party = company.parties[licence.holder]
    if licence.form == "institution":
        return institution(party, licence)
    if licence.form == "class_ii":
        return filing(party, licence)
    period = licence.period
    assert period is not None
    production = licence.form == "production"
    rows: list[Pair] = [
        ("许可证编号", licence.number),
        ("企业名称", party.name),
        ("统一社会信用代码", party.uscc),
        ("法定代表人", party.legal_representative),
        ("企业负责人", party.responsible),
        ("住所", party.address),
    ]
    if production:
        rows += [("生产地址", party.address), ("生产范围", scope(licence))]
    else:
        rows += [
            ("经营方式", licence.mode),
            ("经营场所", party.address),
            ("库房地址", "；".join(licence.warehouses)),
            ("经营范围", scope(licence)),
        ]
    renewed = licence.action == "延续"
    return Paper(
        layout="licence",
        title=f"中华人民共和国医疗器械{'生产' if production else '经营'}许可证",
        rows=rows,
        feet=[
            ("发证部门", _authority(licence.number, production)),
            ("发证日期", day(period.approved)),
            ("有效期限", f"{day(period.begins)}至{day(period.ends)}"),
            ("备注", "延续，许可证编号不变" if renewed else "/"),
        ],
    )


def _authority(number: str, production: bool) -> str:
    province = PROVINCES[number[0]]
    return f"{province}药品监督管理局" if production else f"{province}示例市市场监督管理局"


def filing(party: Party, licence: Licence) -> Paper:
    """第二类医疗器械经营备案凭证: it does not end."""
    assert licence.period is not None
    return Paper(
        layout="licence",
        title="第二类医疗器械经营备案凭证",
        rows=[
            ("备案编号", licence.number),
            ("企业名称", party.name),
            ("统一社会信用代码", party.uscc),
            ("法定代表人", party.legal_representative),
            ("企业负责人", party.responsible),
            ("经营方式", licence.mode),
            ("住所", party.address),
            ("经营场所", party.address),
            ("库房地址", "；".join(licence.warehouses)),
            ("经营范围", scope(licence)),
        ],
        feet=[
            ("备案部门", _authority(licence.number, False)),
            ("备案日期", day(licence.period.begins)),
        ],
    )


def institution(party: Party, licence: Licence) -> Paper:
    """医疗机构执业许可证."""
    period = licence.period
    assert period is not None
    small = "社区" in party.name
    return Paper(
        layout="twofold",
        title="医疗机构执业许可证",
        rows=[
            ("机构名称", party.name),
            ("登记号", licence.number),
            ("统一社会信用代码", party.uscc),
            ("法定代表人", party.legal_representative),
            ("主要负责人", party.responsible),
            ("地址", party.address),
            ("诊疗科目", "全科医疗科、中医科" if small else "内科、外科、眼科、麻醉科、医学检验科"),
            ("有效期限", f"自{day(period.begins)}至{day(period.ends)}"),
        ],
        feet=[("发证机关", "示例市卫生健康委员会"), ("发证日期", day(period.begins))],
    )


def business(party: Party) -> Paper:
    """营业执照, for companies without end."""
    return Paper(
        layout="twofold",
        title="营业执照",
        subtitle="（副本）",
        number=("统一社会信用代码", party.uscc),
        flip=True,
        rows=[
            ("名称", party.name),
            ("类型", "有限责任公司"),
            ("法定代表人", party.legal_representative),
            ("注册资本", "壹仟万元整"),
            ("成立日期", day(party.founded)),
            ("营业期限", "长期"),
            ("住所", party.address),
            ("经营范围", "医疗器械的生产、经营（凭许可证经营）；货物进出口。"),
        ],
        feet=[("登记机关", "示例市市场监督管理局"), ("登记日期", day(issued_on(party)))],
    )


def issued_on(party: Party) -> date:
    """The day of the present business licence's copy."""
    return date(2023, 1 + len(party.key) % 12, 1 + len(party.name) % 28)


def papers(company: Company) -> Iterable[tuple[Party, Licence]]:
    """Every version of every licence."""
    for party in company.parties.values():
        for licence in party.licences:
            yield party, licence
