"""Letters, certificates of conformity, delivery notes, calibration certificates."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from service.demo.company import WAREHOUSE
from service.demo.facts import licence_for
from service.demo.model import Company, Letter, Line, Purchase
from service.demo.writers.press import Paper
from service.demo.writers.words import day, dotted, expiry, holder_name, number_on


def letter_paper(company: Company, letter: Letter) -> Paper:
    """授权书 of any of the three kinds."""
    grantor = company.parties[letter.grantor]
    if letter.person is None:
        return _registrants(company, letter)
    own = letter.kind == "own_sales"
    duty = "向医疗机构和经营企业销售产品" if own else f"与{company.self.name}洽谈业务、签订合同"
    return Paper(
        layout="letter",
        title="法人授权委托书" if own else "销售人员授权书",
        number=("编号", letter.number),
        prose=[
            f"兹授权我公司{letter.person.name}为销售代表，在授权区域和期限内{duty}。",
            "被授权人无转委托权。本授权书加盖公章后生效。",
        ],
        rows=[
            ("授权单位", grantor.name),
            ("统一社会信用代码", grantor.uscc),
            *([] if own else [("被授权单位", company.self.name)]),
            ("被授权人", letter.person.name),
            ("身份证号码", letter.person.identity_card),
            ("授权品种", letter.products),
            ("授权区域", letter.region),
            ("授权期限", f"{day(letter.begins)}至{day(letter.ends)}"),
        ],
        feet=[("法定代表人", grantor.legal_representative), ("签发日期", day(letter.signed))],
    )


def _registrants(company: Company, letter: Letter) -> Paper:
    grantor, grantee = company.parties[letter.grantor], company.parties[letter.grantee]
    return Paper(
        layout="letter",
        title="授权书",
        number=("编号", letter.number),
        prose=[
            f"我公司授权{grantee.name}在授权区域内经销我公司注册的医疗器械，可再授权下一级经销商。"
        ],
        rows=[
            ("授权单位", grantor.name),
            ("被授权单位", grantee.name),
            ("统一社会信用代码", grantee.uscc),
            ("授权品种", letter.products),
            ("授权区域", letter.region),
            ("授权期限", f"{day(letter.begins)}至{day(letter.ends)}"),
        ],
        feet=[("签发日期", day(letter.signed))],
    )


def conformity_paper(company: Company, line: Line, variant: int) -> Paper:
    """合格证; two makers' ways of dating it."""
    lot, device = line.lot, line.device
    assert lot.produced is not None and lot.conformity is not None
    write = dotted if variant % 2 else day
    last = write(lot.expires) if lot.expires else "/"
    return Paper(
        layout="card",
        paper="a5",
        title="产品合格证",
        title_size=16,
        rows=[
            ("产品名称", device.name),
            ("型号规格", device.model),
            ("注册证编号" if device.certificate.periods else "备案编号",
             number_on(device.certificate, lot.produced)),
            ("注册人", holder_name(company, device)),
            ("生产批号", lot.number),
            ("生产日期", write(lot.produced)),
            ("失效日期", last),
            *([("产品标识", device.di)] if device.udi_carrier else []),
            ("检验结论", "合格"),
            ("检验员", company.parties[device.certificate.holder].responsible),
            ("签发日期", write(lot.conformity)),
            ("合格证编号", f"HG-{lot.number}-{device.di[-5:]}"),
        ],
    )  # fmt: skip


def note_paper(company: Company, purchase: Purchase) -> Paper:
    """A supplier's 随货同行单, with his outbound seal."""
    supplier = company.parties[purchase.supplier]
    goods = [
        [
            str(number),
            line.device.name,
            line.device.model,
            number_on(line.device.certificate, purchase.shipped.date()),
            holder_name(company, line.device),
            line.lot.number,
            line.lot.produced.isoformat() if line.lot.produced else "/",
            expiry(line.lot),
            str(line.quantity),
            line.device.unit,
            line.device.storage.label(),
        ]
        for number, line in enumerate(purchase.lines, 1)
    ]
    return Paper(
        layout="goods",
        title=f"{supplier.name}随货同行单",
        title_size=14,
        size=8,
        flip=True,
        rows=[
            ("供货单位", supplier.name),
            ("单号", purchase.delivery_note),
            ("许可证编号", licence_for(supplier, purchase.lines[0].device) or "/"),
            ("收货单位", company.self.name),
            ("发货日期", purchase.shipped.date().isoformat()),
            ("订单号", purchase.order),
            ("收货地址", WAREHOUSE),
            ("发货地址", supplier.address),
            ("联系人", f"{company.self.contact} {company.self.phone}"),
            ("运输方式", purchase.mode),
            ("储运条件", purchase.lines[0].device.storage.label()),
        ],
        head=["序号", "产品名称", "规格型号", "注册证编号", "注册人", "生产批号", "生产日期",
              "失效日期", "数量", "单位", "储运条件"],
        widths=[3, 11, 8, 9, 9, 6, 6, 6, 4, 3, 6],
        goods=goods,
        feet=[
            ("启运时间", f"{purchase.shipped:%Y-%m-%d %H:%M}"),
            ("车牌号", purchase.vehicle),
            ("制单人", supplier.contact),
            ("收货人", purchase.receiver),
        ],
    )  # fmt: skip


@dataclass(frozen=True, slots=True)
class Calibration:
    """One calibration of a logger: until the day before the same day a year later."""

    number: str
    instrument: str
    logger: str
    owner: str
    calibrated: date
    until: date


def calibration_paper(company: Company, one: Calibration) -> Paper:
    """校准证书 with three points."""
    error = Decimal("0.1") if one.calibrated.year % 2 else Decimal("-0.2")
    points = (Decimal("-20.0"), Decimal("5.0"), Decimal("25.0"))
    return Paper(
        layout="results",
        title="校准证书",
        number=("证书编号", one.number),
        rows=[
            ("委托单位", company.parties[one.owner].name),
            ("仪器名称", one.instrument),
            ("型号规格", "TL-20"),
            ("出厂编号", one.logger),
            ("校准日期", day(one.calibrated)),
            ("有效期至", day(one.until)),
            ("校准机构", company.parties["laboratory"].name),
        ],
        head=["标准值（℃）", "示值（℃）", "误差（℃）", "扩展不确定度U（k=2）"],
        goods=[[str(p), str(p + error), str(error), "0.2"] for p in points],
        feet=[("校准结论", "符合要求"), ("最大误差", f"{abs(error)}℃"), ("校准员", "董清和")],
    )
