"""Registration certificates, changes, acceptance notices and filings as authorities set them."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from service.demo.model import Certificate, Company, Device, Period
from service.demo.writers.press import Pair, Paper
from service.demo.writers.words import day

PROVINCES = {
    "苏": "江苏省", "沪": "上海市", "粤": "广东省", "浙": "浙江省", "赣": "江西省", "豫": "河南省",
    "鲁": "山东省", "津": "天津市", "鄂": "湖北省",
}  # fmt: skip


def authority(number: str) -> str:
    """Who issued a number: the national authority, or that of its first character's province."""
    if number.startswith("国"):
        return "国家药品监督管理局"
    return f"{PROVINCES[number[0]]}药品监督管理局"


def registration(company: Company, device: Device, period: Period, number: str) -> Paper:
    """A registration certificate for one period of validity; reagents have a form of their own."""
    certificate = device.certificate
    first = period is certificate.periods[0]
    reagent = device.category == "6840"
    title = "中华人民共和国医疗器械注册证"
    return Paper(
        layout="framed",
        title=title + ("（体外诊断试剂）" if reagent else ""),
        title_size=17 if reagent else 19,
        number=("注册证编号", number),
        rows=[*_parties(company, certificate), *_product(device, reagent), *_remarks(first)],
        feet=_feet(number, period),
    )


def _parties(company: Company, certificate: Certificate) -> Iterator[Pair]:
    holder = company.parties[certificate.holder]
    yield "注册人名称", holder.name
    yield "注册人住所", holder.address
    yield "生产地址", holder.address
    if certificate.agent:
        agent = company.parties[certificate.agent]
        yield "代理人名称", agent.name
        yield "代理人住所", agent.address


def _product(device: Device, reagent: bool) -> Iterator[Pair]:
    yield "产品名称", device.name
    yield "管理类别", {1: "第一类", 2: "第二类", 3: "第三类"}[device.certificate.device_class]
    if reagent:
        yield "包装规格", device.model
        yield "主要组成成分", "由试剂、校准品和质控品组成，详见说明书。"
        yield "预期用途", f"用于体外检测人样本，供{device.name.split('（')[0]}相关辅助诊断。"
        yield (
            "产品储存条件及有效期",
            f"{device.storage.label()}保存，有效期{device.shelf_months}个月。",
        )
    else:
        yield "型号、规格", device.model
        yield "结构及组成", _structure(device)
        yield "适用范围", f"供医疗机构按说明书使用{device.name}。"
    yield "附件", "产品技术要求、说明书"


def _structure(device: Device) -> str:
    text = "由主体及附件组成。"
    if device.sterile:
        text += "经环氧乙烷灭菌，一次性使用。"
    if device.shelf_months:
        text += f"货架有效期{device.shelf_months}个月。"
    if device.storage.low is None:
        text += f"贮存温度{device.storage.label()}。"
    return text


def _remarks(first: bool) -> Iterator[Pair]:
    yield "其他内容", "/"
    yield "备注", "/" if first else "延续注册，注册证编号中的首次注册年份和流水号不变。"


def _feet(number: str, period: Period) -> list[Pair]:
    return [
        ("审批部门", authority(number)),
        ("批准日期", day(period.approved)),
        ("生效日期", day(period.begins)),
        ("有效期至", day(period.ends)),
    ]


def filing(company: Company, device: Device) -> Paper:
    """The information table of a class I filing."""
    certificate = device.certificate
    holder = company.parties[certificate.holder]
    number = certificate.number
    return Paper(
        layout="framed",
        title="第一类医疗器械备案信息表",
        number=("备案编号", number),
        rows=[
            ("备案人名称", holder.name),
            ("备案人组织机构代码", holder.uscc),
            ("备案人注册地址", holder.address),
            ("生产地址", holder.address),
            ("产品名称", device.name),
            ("型号、规格", device.model),
            ("产品描述", "非无菌提供，按说明书使用。"),
            ("预期用途", f"{device.name}的常规用途，不作他用。"),
            ("备注", "/"),
        ],
        feet=[
            ("备案部门", f"{PROVINCES[number[0]]}示例市市场监督管理局"),
            ("备案日期", day(certificate.first_approved)),
        ],
    )


def change(device: Device, index: int) -> Paper:
    """A change document: used together with the certificate."""
    one = device.certificate.changes[index]
    number = device.certificate.number
    return Paper(
        layout="framed",
        title="中华人民共和国医疗器械变更注册（备案）文件",
        title_size=15,
        number=("注册证编号", number),
        rows=[
            ("产品名称", device.name),
            ("变更内容", f"{one.what}由“{one.before}”变更为“{one.after}”。"),
            ("备注", f"本文件与“{number}”注册证共同使用。"),
        ],
        feet=[("审批部门", authority(number)), ("批准日期", day(one.approved))],
    )


def acceptance(company: Company, device: Device, index: int) -> Paper:
    """The notice that an application for renewal was accepted."""
    certificate = device.certificate
    renewal = certificate.renewals[index]
    applicant = company.parties[certificate.agent or certificate.holder]
    number = certificate.numbers[min(index, len(certificate.numbers) - 1)]
    return Paper(
        layout="letter",
        title="医疗器械注册申请受理通知书",
        number=("受理号", renewal.notice),
        prose=[
            f"{applicant.name}：",
            "你单位提出的医疗器械延续注册申请，经审查符合受理要求，现予受理。",
        ],
        rows=[
            ("申请事项", "医疗器械延续注册"),
            ("产品名称", device.name),
            ("注册证编号", number),
            ("申请人", applicant.name),
            ("申请日期", day(renewal.applied)),
            ("受理日期", day(renewal.accepted)),
        ],
        feet=[("受理部门", authority(number))],
    )


def issued(certificate: Certificate, period: Period) -> date:
    """The day a certificate was printed."""
    return max(period.approved, certificate.first_approved)
