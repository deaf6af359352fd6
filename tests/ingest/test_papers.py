"""Printed papers: what stands on them comes out, however the form sets it."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from audit.records.certificates import CertificatePaper, RegistrationCertificate
from audit.records.cold_chain import CalibrationCertificate
from audit.records.dates import DayOrMonth, ExpiryState
from audit.records.licences import BusinessLicence, Licence, OperatingLicence
from audit.records.model import RecordDraft
from audit.records.parties import AuthorisationLetter, LetterType
from audit.records.product import ConformityCertificate
from audit.records.trade import DeliveryNote, Direction
from ingest.parsers.build import NotARecord
from ingest.parsers.context import Context, Own
from ingest.parsers.scope import scope_items
from ingest.readers.detect import read
from ingest.readers.types import ReadOptions
from ingest.recognise import NotRecognised, Recognised, recognise
from tests.ingest.conftest import OWN
from tests.ingest.forms import framed, lines, pdf, table

CONTEXT = Context("0" * 64, "paper.pdf", Own.of([OWN]))


def known(body: str, *, flipped: bool = False) -> Recognised:
    return recognise(read(pdf(body, flipped=flipped), "paper.pdf", ReadOptions()))


def parsed(body: str, *, flipped: bool = False) -> Any:
    (draft,) = known(body, flipped=flipped).parse(CONTEXT)
    assert isinstance(draft, RecordDraft)
    return draft.record


CERTIFICATE = (
    ("注册人名称", "示例血管介入器械有限公司"),
    ("注册人住所", "江苏省示例市介入路1号"),
    ("生产地址", "江苏省示例市介入路1号A座、B座及示例市经济技术开发区云帆路188号3号楼"),
    ("代理人名称", "/"),
    ("产品名称", "药物洗脱冠状动脉支架系统"),
    ("型号、规格", "XL-10、XL-20、XL-30"),
    (
        "结构及组成",
        "由支架、药物涂层及输送系统组成。支架为钴铬合金，药物为雷帕霉素，输送系统由球囊、导管和座组成。"
        "环氧乙烷灭菌，一次性使用。货架有效期24个月。",
    ),
    ("适用范围", "用于改善冠状动脉狭窄患者的血管直径。"),
    ("附件", "产品技术要求"),
    ("其他内容", "/"),
    ("备注", "/"),
)
FEET = lines("审批部门：国家药品监督管理局", "批准日期：2021年3月1日   生效日期：2021年3月1日",
             "有效期至：2026年2月28日")  # fmt: skip


@pytest.mark.parametrize("align", ["horizon", "top", "(center + horizon, left + horizon)"])
def test_a_certificate_is_read_wherever_its_frame_sets_the_labels(align: str) -> None:
    title = lines("中华人民共和国医疗器械注册证", "注册证编号：国械注准20213130001")
    record = parsed(title + framed(CERTIFICATE, align=align) + FEET)
    assert isinstance(record, RegistrationCertificate)
    assert record.paper is CertificatePaper.INITIAL
    assert record.registration_no == "国械注准20213130001"
    assert record.models == ("XL-10", "XL-20", "XL-30")
    assert record.structure == CERTIFICATE[6][1]
    assert record.production_address == CERTIFICATE[2][1]
    assert record.agent is None
    (period,) = record.periods
    assert (period.approved_on, period.valid_until) == (date(2021, 3, 1), date(2026, 2, 28))


def test_a_label_that_breaks_over_two_lines_still_names_its_value() -> None:
    rows = (
        ("注册人名称", "示例诊断有限公司"),
        ("产品名称", "促甲状腺激素测定试剂盒"),
        ("包装规格", "100人份/盒"),
        ("产品储存条件及有效期", "2℃～8℃保存，有效期12个月。"),
        ("附件", "产品技术要求、说明书"),
    )
    title = lines("中华人民共和国医疗器械注册证（体外诊断试剂）", "注册证编号：国械注准20213400002")
    record = parsed(title + framed(rows, label="24mm") + FEET)
    assert record.storage_text == "2℃～8℃保存，有效期12个月。"
    assert record.models == ("100人份/盒",)


def test_the_older_form_of_a_certificate_is_read_too() -> None:
    body = lines(
        "中华人民共和国医疗器械注册证",
        "注册号：国食药监械（准）字2013第3770123号",
        "生产企业名称：示例血管介入器械有限公司",
        "生产企业注册地址：江苏省示例市介入路1号",
        "生产地址：江苏省示例市介入路1号",
        "产品名称：一次性使用造影导管",
        "型号、规格：5F、6F",
        "产品性能结构及组成：由导管和座组成。",
        "产品适用范围：用于血管造影。",
        "批准日期：二〇一三年三月五日",
        "有效期至：二〇一七年三月四日",
    )
    record = parsed(body)
    assert record.key.startswith("certificate:国字准:2013:3:")
    assert record.periods[0].valid_until == date(2017, 3, 4)
    assert record.registrant.name == "示例血管介入器械有限公司"


def test_a_renewed_certificate_is_told_from_the_first_one() -> None:
    title = lines("中华人民共和国医疗器械注册证", "注册证编号：国械注准20163130001")
    assert parsed(title + framed(CERTIFICATE) + FEET).paper is CertificatePaper.RENEWAL


def test_a_change_document_is_not_taken_for_the_certificate() -> None:
    record = parsed(
        lines("中华人民共和国医疗器械变更注册（备案）文件", "注册证编号：国械注准20213130001")
        + framed((("产品名称", "支架系统"), ("变更内容", "型号、规格：增加XL-40"), ("备注", "/")))
        + lines("审批部门：国家药品监督管理局", "批准日期：2023年5月6日")
    )
    assert record.paper is CertificatePaper.CHANGE
    assert record.changes[0].text == "型号、规格：增加XL-40"


def test_an_acceptance_notice_tells_when_it_was_applied_for_and_accepted() -> None:
    record = parsed(
        lines(
            "医疗器械延续注册受理通知书",
            "受理号：CQZ2500123",
            "申请人：示例血管介入器械有限公司",
            "注册证编号：国械注准20213130001",
            "产品名称：支架系统",
            "申请日期：2025-07-01",
            "受理日期：2025-07-09",
        )
    )
    (application,) = record.applications
    assert (application.filed_on, application.accepted_on) == (date(2025, 7, 1), date(2025, 7, 9))
    assert application.notice_no == "CQZ2500123"


def test_an_operating_licence_gives_scope_mode_and_warehouses() -> None:
    record = parsed(
        lines("医疗器械经营许可证")
        + lines(
            "许可证编号：苏示药监械经营许20230001号",
            "企业名称：示例医疗器械销售有限公司",
            "统一社会信用代码：91320100MA1XXXXX0X",
            "法定代表人：某甲   企业负责人：某乙",
            "住　　所：江苏省示例市某路1号",
            "经营方式：批发",
            "经营场所：江苏省示例市某路1号",
            "库房地址：江苏省示例市某路2号；江苏省示例市某路3号",
            "经营范围：Ⅲ类：6821医用电子仪器设备，6840体外诊断试剂（含冷藏、冷冻），07医用诊察和监护器械***",
            "发证部门：示例市市场监督管理局",
            "发证日期：2023年4月10日",
            "有效期限：2023年4月10日至2028年4月9日",
        )
    )
    assert isinstance(record, OperatingLicence)
    assert (record.valid_on, record.valid_to) == (date(2023, 4, 10), date(2028, 4, 9))
    assert record.warehouses == ("江苏省示例市某路2号", "江苏省示例市某路3号")
    assert record.domicile == "江苏省示例市某路1号"
    codes = [(item.code, item.cold.value) for item in record.scope or ()]
    assert codes == [("6821", "unsaid"), ("6840", "yes"), ("07", "unsaid")]


def test_a_class_ii_filing_does_not_end() -> None:
    record = parsed(
        lines("第二类医疗器械经营备案凭证")
        + lines(
            "备案编号：苏示药监械经营备20230002号",
            "企业名称：示例医疗器械销售有限公司",
            "经营方式：批零兼营",
            "经营范围：二类：全部二类医疗器械",
            "备案日期：2023年4月10日",
        )
    )
    assert isinstance(record, Licence)
    assert (record.issued_on, record.valid_to) == (date(2023, 4, 10), None)
    assert record.scope is not None
    assert [item.unparsed for item in record.scope] == ["全部二类医疗器械"]


def test_a_business_licence_without_end_has_none() -> None:
    record = parsed(
        lines("营业执照", "统一社会信用代码：91320594MAY5DC5177", "名称：示例有限公司",
              "类型：有限责任公司", "法定代表人：某甲", "成立日期：2012年05月12日",
              "营业期限：2012年05月12日至长期", "住所：江苏省示例市某路1号",
              "登记机关：示例市市场监督管理局", "登记日期：2023年7月15日")
    )  # fmt: skip
    assert isinstance(record, BusinessLicence)
    assert (record.founded_on, record.issued_on, record.valid_to) == (
        date(2012, 5, 12), date(2023, 7, 15), None,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("grantor", "person", "expected"),
    [
        (OWN, "被授权人：某甲", LetterType.OWN_SALESPERSON),
        ("示例供货有限公司", "被授权人：某甲", LetterType.SUPPLIER_SALESPERSON),
        ("示例生产有限公司", f"被授权单位：{OWN}", LetterType.REGISTRANT_TO_DISTRIBUTOR),
    ],
)
def test_who_grants_and_to_whom_tells_the_three_letters_apart(
    grantor: str, person: str, expected: LetterType
) -> None:
    identity = ["身份证号：11010119900307771X"] if "被授权人" in person else []
    record = parsed(
        lines("授权委托书", "编号：SQ-1", f"授权单位：{grantor}", person, *identity,
              "授权区域：江苏省、浙江省", "授权期限：2026年1月1日至2026年12月31日",
              "授权产品：支架系统（国械注准20213130001）；导管（国械注准20213030002）",
              "签发日期：2025年12月20日")
    )  # fmt: skip
    assert isinstance(record, AuthorisationLetter)
    assert record.type is expected
    assert record.regions == ("江苏省", "浙江省")
    assert [(i.name, i.registration_no) for i in record.items] == [
        ("支架系统", "国械注准20213130001"),
        ("导管", "国械注准20213030002"),
    ]
    assert (record.valid_on, record.valid_to) == (date(2026, 1, 1), date(2026, 12, 31))


NOTE_HEAD = ("序号", "产品名称", "规格/型号", "注册证号/备案号", "生产企业", "生产批号/序列号",
             "生产日期", "有效期至", "数量", "单位", "储运条件")  # fmt: skip
NOTE_ROWS = (
    ("1", "药物洗脱冠状动脉支架系统（钴铬合金，雷帕霉素涂层）", "3.0×18", "国械注准20213130001",
     "示例血管介入器械有限公司", "L2601", "2026-01-05", "2028-01-04", "10", "套", "常温"),
    ("2", "一次性使用造影导管", "5F", "国械注准20213030002", "示例血管介入器械有限公司示例分公司",
     "C2602", "2026-02", "2029-01-31", "200", "根", "0℃～30℃，干燥避光"),
    ("3", "骨科工具包", "TB-1", "苏示械备20200003号", "示例工具有限公司", "T1", "2025-12-01", "/",
     "1", "套", "常温"),
)  # fmt: skip
NOTE_WIDTHS = (3, 10, 6, 11, 10, 7, 7, 7, 4, 4, 7)


def note(supplier: str = "示例供货有限公司", consignee: str = OWN) -> str:
    return (
        lines("医疗器械随货同行单")
        + lines(f"供货单位：{supplier}   单据编号：SH-001   发货日期：2026-03-02",
                f"收货单位：{consignee}   收货地址：江苏省示例市某路2号   联系电话：010-12345678",
                "许可证编号：苏示药监械经营许20230001号   运输方式：公路")
        + table(NOTE_HEAD, NOTE_ROWS, NOTE_WIDTHS)
        + lines("发货人：某甲   收货人签字：")
    )  # fmt: skip


def test_a_delivery_note_gives_every_lot_though_its_cells_break() -> None:
    record = parsed(note(), flipped=True)
    assert isinstance(record, DeliveryNote)
    assert record.direction is Direction.SUPPLIER
    assert [line.name for line in record.lines] == [row[1] for row in NOTE_ROWS]
    assert [line.registrant for line in record.lines] == [row[4] for row in NOTE_ROWS]
    assert [line.lot_no for line in record.lines] == ["L2601", "C2602", "T1"]
    assert [line.quantity for line in record.lines] == [Decimal(10), Decimal(200), Decimal(1)]
    assert record.lines[1].production_date == DayOrMonth(2026, 2)
    assert record.lines[1].storage_text == "0℃～30℃，干燥避光"
    assert record.lines[2].expiry.state is ExpiryState.NONE
    assert record.supplier.licence_no == "苏示药监械经营许20230001号"
    assert record.ship_to == "江苏省示例市某路2号"


def test_our_own_delivery_note_is_known_by_our_name() -> None:
    record = parsed(note(OWN, "示例医院"), flipped=True)
    assert record.direction is Direction.OURS


def test_a_certificate_of_conformity_gives_the_production_date() -> None:
    record = parsed(
        lines("合格证", "产品名称：造影导管", "规格型号：5F", "注册证编号：国械注准20213030002",
              "生产批号：C2602", "生产日期：2026.02.03", "失效日期：2029年02月02日",
              "有效期：3年", "检验结论：合格", "检验员：08", "编号：HG-1")
    )  # fmt: skip
    assert isinstance(record, ConformityCertificate)
    assert record.production_date == DayOrMonth(2026, 2, 3)
    assert record.expiry.on == DayOrMonth(2029, 2, 2)
    assert record.conforms
    assert record.shelf_life is None or record.shelf_life.months == 36


def test_a_calibration_certificate_names_the_logger_and_its_end() -> None:
    record = parsed(
        lines("校准证书", "证书编号：JZ2026-001", "委托单位：示例公司", "仪器名称：温度记录仪",
              "出厂编号：TL0001", "校准日期：2026-01-05", "建议下次校准日期：2027-01-04",
              "最大误差：0.2℃", "校准点：-20℃、5℃、25℃", "校准结论：符合要求")
    )  # fmt: skip
    assert isinstance(record, CalibrationCertificate)
    assert (record.equipment_no, record.valid_to) == ("TL0001", date(2027, 1, 4))
    assert record.points == (Decimal(-20), Decimal(5), Decimal(25))
    assert record.max_error == Decimal("0.2")


def test_a_paper_without_a_mandatory_field_names_the_field_and_its_article() -> None:
    body = lines("中华人民共和国医疗器械注册证", "注册证编号：国械注准20213130001")
    with pytest.raises(NotARecord) as caught:
        list(known(body + framed(CERTIFICATE)).parse(CONTEXT))
    assert caught.value.code == "record.field_missing"
    assert "有效期至" in caught.value.text("zh")


def test_a_letter_about_anything_else_is_nobodys_paper() -> None:
    with pytest.raises(NotRecognised) as caught:
        known(lines("关于春节放假的通知", "各位同事：", "放假七天。"))
    assert caught.value.code == "ingest.unknown_document"
    assert "关于春节放假的通知" in caught.value.text("zh")


def test_scope_text_that_is_not_understood_stays_as_an_item_of_its_own() -> None:
    items = scope_items("Ⅲ类：6822（角膜接触镜除外）、14-10（仅限创面敷料）；植入介入类产品")
    assert [item.get("code") for item in items] == ["6822", "14-10", None]
    assert items[0]["exclude"] == "角膜接触镜"
    assert items[1]["only"] == "创面敷料"
    assert items[2]["catalogue"] == "unknown"
    assert items[2]["unparsed"].strip("；") == "植入介入类产品"
