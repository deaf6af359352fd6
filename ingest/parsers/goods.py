"""Papers that travel with goods: delivery notes and certificates of conformity. GSP 64, 91, 92."""

from __future__ import annotations

import re
from typing import Final

from audit.records.product import ConformityCertificate
from audit.records.provenance import Source
from audit.records.trade import DeliveryNote
from ingest.parsers.build import Word
from ingest.parsers.labels import (
    TEXT_CONFIDENCE,
    find_day,
    find_month,
    is_nothing,
)
from ingest.parsers.layout_table import TableRow, table_rows
from ingest.parsers.papers import Paper, Text, paper
from ingest.values import NotUnderstood, plain, read_number

_HEADINGS: Final = {
    "line_no": "序号 行号",
    "name": "产品名称 品名 名称 商品名称 医疗器械名称 产品名称及型号",
    "model": "规格型号 型号规格 规格/型号 型号/规格 型号、规格 规格、型号 型号",
    "spec": "规格",
    "registration_no": "注册证号 注册证编号 注册证编号/备案编号 注册证号/备案号 注册证/备案编号 "
    "注册证号或备案号 注册证编号或备案编号 注册证号/备案凭证编号 注册证号或备案凭证编号 "
    "注册/备案号 "
    "医疗器械注册证编号 注册证/备案号",
    "registrant": "注册人 注册人/备案人 注册人/备案人名称 注册人名称 生产企业 生产厂家 "
    "生产企业名称 注册人(备案人) 注册人/备案人/生产企业 注册人或备案人 生产厂商",
    "contract_manufacturer": "受托生产企业 受托生产企业名称",
    "production_licence_no": "生产许可证号 生产许可证编号 生产许可证号/备案号 生产许可证/备案号 "
    "生产许可/备案号 生产许可证号/备案编号 生产许可证编号/备案编号 生产许可证",
    "lot_no": "批号 生产批号 生产批号/序列号 批号/序列号 批号或序列号 生产批号或者序列号 "
    "生产批号或序列号 产品批号 批号(序列号)",
    "serial_no": "序列号",
    "production_date": "生产日期",
    "expiry": "有效期 有效期至 失效日期 失效期 使用期限 使用期限/失效日期 使用期限或失效日期 "
    "使用期限或者失效日期 有效期/失效期 效期",
    "quantity": "数量 发货数量",
    "unit": "单位",
    "storage_text": "储运条件 贮存条件 储存条件 运输及贮存条件 储存运输条件 贮存、运输条件 "
    "运输贮存条件 "
    "贮运条件 运输、贮存条件 存储条件",
    "transport_text": "运输条件",
    "udi": "UDI 医疗器械唯一标识 唯一标识 唯一标识UDI",
    "di": "UDI-DI 产品标识 产品标识(UDI-DI) DI",
    "package": "箱号 件号",
    "unit_price": "单价 单价(元)",
    "amount": "金额 金额(元)",
    "remark": "备注",
}
HEADINGS: Final = {written: name for name, group in _HEADINGS.items() for written in group.split()}
"""Headings of goods tables as companies write them, to field names."""
_UNUSED: Final = frozenset({"unit_price", "amount", "remark"})
_TIGHT: Final = frozenset(
    {"registration_no", "lot_no", "serial_no", "production_licence_no", "udi", "di",
     "production_date", "expiry", "quantity", "line_no"}
)  # fmt: skip
_ANCHORS: Final = ("line_no", "quantity", "unit")
_DI: Final = re.compile(r"\(01\)\s*(\d{14})")


def _lines(text: Text) -> list[Word]:
    said: list[Word] = []
    for n, row in enumerate(table_rows(text.pages, HEADINGS, _ANCHORS)):
        said.extend(_line(n, row))
    return said


def _line(n: int, row: TableRow) -> list[Word]:
    said = []
    for name, written in row.cells.items():
        if name in _UNUSED or (is_nothing(written) and name != "expiry"):
            continue
        value = re.sub(r"\s+", "", written) if name in _TIGHT else written
        if name in ("expiry", "production_date"):
            value = _day_or_month(value)
        if name == "quantity":
            said += _quantity(n, row, value)
            continue
        said.append(_word(f"lines.{n}.{name}", value, written, row.page))
        if name == "udi" and (found := _DI.search(plain(value))):
            said.append(_word(f"lines.{n}.di", found[1], written, row.page))
    return said


def _quantity(n: int, row: TableRow, value: str) -> list[Word]:
    """`10` or `10盒`: the unit may stand behind the number."""
    found = re.fullmatch(r"([\d,.]+)\s*([一-鿿a-zA-Z]*)", plain(value))
    if found is None:
        return [_word(f"lines.{n}.quantity", value, value, row.page)]
    said = [_word(f"lines.{n}.quantity", found[1], value, row.page)]
    if found[2] and "unit" not in row.cells:
        said.append(_word(f"lines.{n}.unit", found[2], value, row.page))
    return said


def _word(field: str, value: str, written: str, page: int) -> Word:
    return Word(field, written, Source.PDF_TEXT, f"p{page}", TEXT_CONFIDENCE, value)


def _day_or_month(value: str) -> str:
    if is_nothing(value):
        return "无"
    return find_day(value) or find_month(value) or value


def _delivery(said: list[Word], text: Text) -> list[Word]:
    own = text.context.own
    supplier = text.value("供货企业名称", "供货企业", "供货单位", "供货者", "发货单位")
    ours = own.is_us(supplier)
    said.append(text.word("direction", "ours" if ours else "supplier", supplier or "随货同行单"))
    if "直调" in text.whole.split("发货", 1)[0] or text.value("直调企业名称", "直调原因"):
        said.append(text.word("direct", "是", "直调"))
        said.append(text.word("direct_marked", "是", "直调"))
        reason = text.value("直调原因")
        if reason:
            said.append(text.word("direct_reason", _direct_reason(reason), reason))
    moment = text.value("启运时间", "发货时间", "起运时间")
    if moment and re.search(r"\d:\d", plain(moment)):
        said.append(text.word("shipped_at", moment, moment))
    return said + _lines(text)


def _direct_reason(written: str) -> str:
    for word, code in (
        ("灾", "disaster"),
        ("疫", "epidemic"),
        ("突发", "emergency"),
        ("临床", "clinical_urgent"),
        ("急救", "clinical_urgent"),
        ("大型", "large_equipment_only"),
    ):
        if word in written:
            return code
    return "other"


DELIVERY_NOTE: Final = paper(
    Paper(
        "delivery_note",
        DeliveryNote,
        ("随货同行单", "随货同行清单", "医疗器械随货同行单", "出库随货同行单",
         "销售出库随货同行单"),
        {
            "随货同行单号": "number", "随货同行单编号": "number", "单据编号": "number",
            "单号": "number", "单据号": "number", "编号": "number", "出库单号": "number",
            "供货企业名称": "supplier.name", "供货企业": "supplier.name",
            "供货单位": "supplier.name", "供货者": "supplier.name", "发货单位": "supplier.name",
            "供货企业地址": "supplier.address", "供货单位地址": "supplier.address",
            "供货企业许可证号": "supplier.licence_no", "经营许可证号": "supplier.licence_no",
            "经营许可证编号": "supplier.licence_no", "供货方许可证号": "supplier.licence_no",
            "许可证号": "supplier.licence_no", "许可证编号": "supplier.licence_no",
            "许可证/备案号": "supplier.licence_no", "供货单位许可证号": "supplier.licence_no",
            "供货单位许可证编号": "supplier.licence_no", "供货单位电话": "supplier.contact",
            "供货企业联系方式": "supplier.contact",
            "收货单位": "consignee.name", "收货单位名称": "consignee.name",
            "购货单位": "consignee.name", "购货者": "consignee.name", "客户名称": "consignee.name",
            "收货地址": "ship_to", "收货单位地址": "ship_to", "地址": "ship_to",
            "联系方式": "consignee.contact", "联系电话": "consignee.contact",
            "收货人": "", "联系人": "consignee.contact", "收货联系人": "consignee.contact",
            "电话": "consignee.contact",
            "收货联系方式": "consignee.contact", "收货单位联系方式": "consignee.contact",
            "联系人及电话": "consignee.contact", "收货人及电话": "consignee.contact",
            "发货日期": "shipped_on", "出库日期": "shipped_on", "日期": "shipped_on",
            "开单日期": "", "启运时间": "", "起运时间": "", "发货时间": "",
            "运输条件": "transport_text", "贮存条件": "storage_text", "储存条件": "storage_text",
            "储运条件": "storage_text", "运输及贮存条件": "storage_text",
            "运输、贮存条件": "storage_text", "运输方式": "", "承运单位": "", "运单号": "",
            "委托运输单位": "", "运输单位": "", "车牌号": "", "采购订单号": "",
            "订单号": "order_no", "销售订单号": "order_no", "订单编号": "order_no",
            "发货库房": "warehouse", "发货仓库": "warehouse", "发货地址": "warehouse",
            "库房地址": "warehouse", "专门提供运输贮存服务的企业": "logistics.name",
            "第三方物流企业": "logistics.name", "贮存配送企业": "logistics.name",
            "直调企业名称": "direct_company", "直调企业": "direct_company", "直调原因": "",
            "发货人": "", "制单人": "", "复核人": "", "送货人": "", "收货人签字": "", "备注": "",
            "业务员": "", "销售人员": "", "合计": "", "出库专用章": "", "收货签字": "",
            "开票员": "",
            "出库复核人": "", "保管员": "", "页码": "", "到货时间": "", "收货日期": "",
        },
        frozenset(),
        ("number", "supplier.name", "consignee.name", "shipped_on", "lines.0.name"),
        finish=_delivery,
    )
)  # fmt: skip


def _conformity(said: list[Word], text: Text) -> list[Word]:
    conclusion = text.value("检验结论", "结论", "检验结果", "检验判定", "判定")
    whole = conclusion or text.whole
    bad = bool(re.search(r"不合格|不符合", whole)) and "不合格品" not in whole
    good = bool(re.search(r"合格|符合", whole))
    if good or bad:
        said.append(text.word("conforms", "否" if bad else "是", conclusion or "合格证"))
    said += _life(text)
    udi = text.value("UDI", "唯一标识", "医疗器械唯一标识")
    if udi and (found := _DI.search(plain(udi))):
        said.append(text.word("di", found[1], udi))
    for labels, field in (
        (("生产日期", "制造日期"), "production_date"),
        (("灭菌日期",), "sterilised_on"),
        (("有效期至", "失效日期", "失效期", "使用期限", "有效期"), "expiry"),
    ):
        value = text.value(*labels)
        if value and (cut := find_day(value) or find_month(value)):
            said.append(text.word(field, cut, value))
        elif value and field == "expiry" and is_nothing(value):
            said.append(text.word(field, "无", value))  # the line is there and struck out
    lot = text.value("生产批号", "批号", "产品批号", "批号/序列号")
    if lot and not is_nothing(lot):
        said.append(text.word("lot_no", re.sub(r"\s+", "", lot), lot))
    return said


def _life(text: Text) -> list[Word]:
    """`有效期：24个月` or `货架有效期 3 年`: a length, not a day."""
    value = text.value("保质期", "货架有效期", "有效期", "使用期限") or ""
    found = re.search(r"(\d+)\s*(个?月|年|天|日)(?!\s*\d)", plain(value))
    if not found or find_day(value):
        return []
    try:
        number = int(read_number(found[1]))
    except NotUnderstood:
        return []
    if found[2] in ("天", "日"):
        return [text.word("shelf_life.days", str(number), value)]
    months = number * (12 if found[2] == "年" else 1)
    return [text.word("shelf_life.months", str(months), value)]


CONFORMITY: Final = paper(
    Paper(
        "conformity_certificate",
        ConformityCertificate,
        ("产品合格证", "合格证", "医疗器械产品合格证", "检验合格证", "产品合格证明", "合格证明文件",
         "产品检验合格证"),
        {
            "合格证编号": "certificate_no", "编号": "certificate_no", "证书编号": "certificate_no",
            "报告编号": "certificate_no", "产品名称": "name", "名称": "name", "品名": "name",
            "型号": "model", "规格型号": "model", "型号规格": "model", "型号、规格": "model",
            "规格": "spec", "型号/规格": "model", "规格/型号": "model", "包装规格": "model",
            "注册证编号": "registration_no", "注册证号": "registration_no",
            "备案编号": "registration_no", "注册证编号/备案编号": "registration_no",
            "注册证号/备案号": "registration_no", "备案号": "registration_no",
            "注册证编号或备案编号": "registration_no",
            "注册人": "registrant", "注册人/备案人": "registrant", "注册人名称": "registrant",
            "备案人": "registrant", "生产企业": "manufacturer", "生产单位": "manufacturer",
            "生产企业名称": "manufacturer", "受托生产企业": "contract_manufacturer",
            "生产许可证号": "production_licence_no", "生产许可证编号": "production_licence_no",
            "生产批号": "", "批号": "", "产品批号": "", "批号/序列号": "", "序列号": "serial_no",
            "生产日期": "", "制造日期": "", "灭菌日期": "", "有效期至": "", "失效日期": "",
            "失效期": "", "使用期限": "", "有效期": "", "保质期": "", "货架有效期": "",
            "检验结论": "", "结论": "", "检验结果": "", "检验判定": "", "判定": "", "检验依据": "",
            "检验员": "inspector", "检验人": "inspector", "签发日期": "issued_on",
            "检验日期": "issued_on", "日期": "issued_on", "出具日期": "issued_on",
            "UDI-DI": "di", "产品标识": "di", "UDI": "udi", "唯一标识": "udi",
            "医疗器械唯一标识": "udi", "数量": "", "生产数量": "", "执行标准": "", "质检章": "",
            "产品技术要求": "", "批准放行人": "",
        },
        frozenset(),
        ("name",),
        without=("校准",),
        finish=_conformity,
    )
)  # fmt: skip
