"""A report about one lot, with everything a report can hold."""

# ruff: noqa: E501 - rows of a sample, one to a line

from __future__ import annotations

import math

from base.errors import Lang
from reports.pdf.chart import Leg, Span, draw
from reports.pdf.model import Chart, Pair, Report, Seal, Section, Table

FINGERPRINT = "11246e6362dce645b1b296272c68af5002f1c931a9f52e31e5fbc9b70350da18"
REGISTRATION = "国械注准20203140123"
START = 1_772_409_600


def leg() -> Leg:
    """Twenty hours in transport: one excursion, one gap."""
    times, values = [], []
    for minute in range(0, 1_200, 5):
        if 640 <= minute < 700:
            continue
        warm = 520 * math.exp(-(((minute - 420) / 45) ** 2))
        times.append(START + minute * 60)
        values.append(int(480 + 60 * math.sin(minute / 37) + warm))
    return Leg(
        times, values, Span(START - 1_800, START + 1_220 * 60), 200, 800,
        (Span(START - 1_800, START), Span(START + 635 * 60, START + 700 * 60)),
        (Span(START + 385 * 60, START + 460 * 60),),
    )  # fmt: skip


def report(lang: Lang = "zh", name: str = "上海某某医疗器械有限公司") -> Report:
    drawing = draw(leg(), "缺 gap" if lang == "zh" else "gap")
    custody = Table(
        "保管链", ("环节", "日期", "单据", "数量", "对方", "条目"),
        ("20mm", "22mm", "2fr", "16mm", "3fr", "14mm"),
        (
            ("采购", "2026-02-20", "PO-2026-0188", "200 盒", "江苏某某生物科技有限公司", "1021"),
            ("到货验收", "2026-02-26", "YS-20260226-03", "200 盒", "江苏某某生物科技有限公司", "1044"),
            ("入库上架", "2026-02-26", "冷库 1 号 A-03", "200 盒", "", "1047"),
            ("销售", "2026-03-01", "SO-2026-0310", "20 盒", "上海市第某人民医院", "1102"),
            ("出库复核", "2026-03-02", "CK-20260302-11", "20 盒", "上海市第某人民医院", "1109"),
            ("运输", "2026-03-02", "YD-7730018", "20 盒", "某某冷链物流有限公司", "1110"),
            ("客户验收", "2026-03-03", "SH-0081", "20 盒", "上海市第某人民医院", "1131"),
        ),
        mono=(2, 5),
    )  # fmt: skip
    certificates = Table(
        "产品注册证与备案凭证", ("证号", "产品", "注册人", "有效期", "生产日期在有效期内", "条目"),
        ("36mm", "3fr", "3fr", "30mm", "20mm", "14mm"),
        (
            (REGISTRATION, "人绒毛膜促性腺激素检测试剂盒", "江苏某某生物科技有限公司",
             "2020-05-18 至 2025-05-17", "是（2025-03-04）", "233"),
            ("国械备20190077", "样本稀释液", "某某诊断产品（德国）有限公司", "长期", "不适用", "240"),
        ),
        mono=(0, 5), alarm=(1,),
    )  # fmt: skip
    licences = Table(
        "经营与使用资质", ("单位", "角色", "许可证/备案号", "有效期至", "范围", "条目"),
        ("3fr", "14mm", "36mm", "20mm", "4fr", "14mm"),
        (
            ("江苏某某生物科技有限公司", "供货者", "苏食药监械生产许20150033号", "2027-06-30",
             "Ⅲ类：6840 体外诊断试剂（含冷链）", "120"),
            (name, "本企业", "沪浦药监械经营许20210456号", "2026-09-14",
             "Ⅲ类：6840 体外诊断试剂，2002 版 6821、6866", "8"),
            ("上海市第某人民医院", "购货者", "登记号 42500123X31011511A1001", "2031-12-31", "医疗机构", "131"),
        ),
        mono=(2, 5),
    )  # fmt: skip
    evidence = Table(
        "证据清单", ("条目", "种类", "登记时间", "SHA-256", "提供"),
        ("14mm", "30mm", "32mm", "1fr", "16mm"),
        tuple(
            (str(1000 + n), "document.received", f"2026-03-0{n % 9 + 1} 08:{n:02d}:11",
             f"{n:064x}".replace("0", "a"), "已提供")
            for n in range(40)
        ),
        mono=(0, 3),
    )  # fmt: skip
    cold = Chart(
        "运输：发货至收货　YD-7730018，记录仪 SN 4411-0923", drawing,
        "温度曲线：2026-03-02 07:30 至次日 04:20，2–8 ℃，一次超上限，两处缺失",
        (
            Pair("规定范围", "2 ~ 8 °C"), Pair("实测最低 / 最高", "4.2 / 10.4 °C"),
            Pair("平均动力学温度", "6.1 °C"), Pair("覆盖率", "93.1 %"),
            Pair("超温（次 / 累计）", "1 次 / 75 分钟"), Pair("最长连续超温", "75 分钟"),
            Pair("缺失（处 / 累计）", "2 处 / 95 分钟"), Pair("校准有效期至", "2026-11-30"),
        ),
        Table(
            "", ("事件", "开始", "结束", "时长", "峰值", "说明"),
            ("18mm", "32mm", "32mm", "20mm", "18mm", "1fr"),
            (
                ("超上限", "2026-03-02 14:25", "2026-03-02 15:40", "75 分钟", "10.4 °C", "保持左值计"),
                ("缺失", "2026-03-02 07:30", "2026-03-02 08:00", "30 分钟", "", "启运前无读数"),
                ("缺失", "2026-03-02 18:35", "2026-03-02 19:40", "65 分钟", "", "记录间断"),
            ),
            alarm=(0,),
        ),
    )  # fmt: skip
    return Report(
        lang=lang,
        title="批次检查报告" if lang == "zh" else "Inspection report on a lot",
        subtitle="医疗器械经营监督检查材料" if lang == "zh" else "Evidence for supervision",
        company=name,
        number="PK-20260304-0007",
        cover=(
            Pair("检查对象", "批次 A1B2（UDI-DI 06901234567892）"),
            Pair("产品", f"人绒毛膜促性腺激素检测试剂盒，{REGISTRATION}，XL-10"),
            Pair("请求", "监督检查，请求人：某某市场监督管理局；用途：inspection"),
            Pair("期间", "2026-02-01 至 2026-03-04"),
            Pair("截至", "账本 1,204 条时所知；事实日期 2026-03-04"),
        ),
        ledger=(
            Pair("账本", "trail.example/acme/log/1", True),
            Pair("大小", "1,207 条（检查点）"),
            Pair("根", "c9a60f4bd86c5c1f39d7a54bd3d7b8b56d7aeb1f7a3fd1e8c67bd0c8a26b5a10", True),
            Pair("密钥指纹", FINGERPRINT, True),
        ),
        fingerprint=FINGERPRINT,
        sections=(
            Section("范围与选取", (
                "本报告按下列路径自所选批次出发，逐层收集单据。“完整”的流从第 0 号到末端每一条都在包内。",
            ), (
                Table("选取路径", ("自", "至", "所取", "深度", "完整"),
                      ("18mm", "18mm", "1fr", "14mm", "14mm"),
                      (("批次", "批次", "该批次的全部记录", "0", "是"),
                       ("批次", "产品", "注册证、标签、首营品种", "1", "否"),
                       ("批次", "供货者", "营业执照、许可证、授权书", "1", "否"))),
                Table("未纳入", ("种类", "数量", "原因"), ("1fr", "20mm", "3fr"),
                      (("price_list", "4", "不在请求范围内：仅有承诺"),)),
            )),
            Section("完整性", ("1 条流完整：lot:di:06901234567892/A1B2，末号 9。",
                           "账本证明的是“登记之后未改、未删”；从未录入的事须靠三项核对："),
                    (Table("三项核对", ("核对", "期间", "结果"), ("1fr", "30mm", "2fr"),
                           (("自有编号断号", "2026-02", "无断号"),)),)),
            Section("批次保管链", (), (custody,), new_page=True),
            Section("证照与资质", (), (certificates, licences)),
            Section("冷链", (), (), (cold,), new_page=True),
            Section("证据清单", ("编号为账本条目号；SHA-256 为原件摘要，即包内文件名。",), (evidence,),
                    new_page=True),
        ),
        seal=Seal("本册内容由系统自账本生成，所列条目与原件可用核验程序独立验证。",
                  (Pair("电子签名", "质量负责人　王某　2026-03-04 10:22:31（确认报送）"),)),
        date="2026-03-04",
    )  # fmt: skip
