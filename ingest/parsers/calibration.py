"""Calibration certificates of loggers and sensors. GSP 50."""

from __future__ import annotations

import re
from typing import Final

from audit.records.cold_chain import CalibrationCertificate
from ingest.parsers.build import Word
from ingest.parsers.labels import find_day
from ingest.parsers.papers import Paper, Text, paper
from ingest.values import plain

_NAMES: Final = (
    "器具名称", "仪器名称", "设备名称", "被校仪器名称", "计量器具名称", "样品名称",
)  # fmt: skip
_NUMBER: Final = r"([-+]?\d+(?:\.\d+)?)"


def _calibration(said: list[Word], text: Text) -> list[Word]:
    name = (
        text.value("器具名称", "仪器名称", "设备名称", "被校仪器名称", "计量器具名称", "样品名称")
        or ""
    )
    logger = not re.search(r"天平|压力|流量|砝码|湿度计$", name) if name else True
    said.append(text.word("is_logger", "是" if logger else "否", name or "校准证书"))
    conclusion = text.value("校准结论", "结论", "校准结果", "检定结论", "判定")
    if conclusion and re.search(r"合格|符合|通过", conclusion):
        bad = re.search(r"不合格|不符合|未通过", conclusion)
        said.append(text.word("conforms", "否" if bad else "是", conclusion))
    for labels, field in (
        (("最大误差", "最大示值误差", "示值误差"), "max_error"),
        (("扩展不确定度", "不确定度", "测量不确定度"), "uncertainty"),
    ):
        value = text.value(*labels)
        if value and (found := re.search(rf"{_NUMBER}\s*(?:°C|℃)", plain(value))):
            said.append(text.word(field, found[1].lstrip("+"), value))
    points = text.value("校准点", "校准温度点", "测量点")
    if points:
        numbers = re.findall(rf"{_NUMBER}\s*(?:°C|℃)", plain(points))
        if numbers:
            said.append(text.word("points", "；".join(numbers), points))
    until = text.value("有效期至", "建议下次校准日期", "下次校准日期", "建议复校日期", "复校日期")
    if until and (day := find_day(until)):
        said.append(text.word("valid_to", day, until))
    return said


CALIBRATION: Final = paper(
    Paper(
        "calibration_certificate",
        CalibrationCertificate,
        ("校准证书", "检定证书", "校准报告"),
        {
            "证书编号": "certificate_no", "报告编号": "certificate_no", "编号": "",
            "出厂编号": "equipment_no", "器具编号": "equipment_no", "设备编号": "equipment_no",
            "仪器编号": "equipment_no", "记录仪编号": "equipment_no", "序列号": "equipment_no",
            "器具名称": "equipment_name", "仪器名称": "equipment_name",
            "设备名称": "equipment_name", "被校仪器名称": "equipment_name",
            "计量器具名称": "equipment_name", "样品名称": "equipment_name",
            "型号/规格": "", "型号规格": "", "规格型号": "", "型号": "",
            "制造单位": "", "制造厂": "",
            "生产厂家": "", "委托单位": "", "客户名称": "", "委托方": "", "送校单位": "",
            "校准日期": "calibrated_on", "检定日期": "calibrated_on",
            "有效期至": "", "建议下次校准日期": "", "下次校准日期": "", "建议复校日期": "",
            "复校日期": "", "校准机构": "laboratory", "校准单位": "laboratory",
            "实验室名称": "laboratory", "发证单位": "laboratory", "检定机构": "laboratory",
            "授权证书号": "accreditation", "CNAS证书号": "accreditation",
            "资质编号": "accreditation", "认可证书编号": "accreditation",
            "CNAS认可号": "accreditation", "校准结论": "", "结论": "", "校准结果": "",
            "检定结论": "", "判定": "", "最大误差": "", "最大示值误差": "", "示值误差": "",
            "扩展不确定度": "", "不确定度": "", "测量不确定度": "", "校准点": "", "校准温度点": "",
            "测量点": "", "校准依据": "", "校准地点": "", "环境条件": "", "校准员": "",
            "核验员": "",
            "批准人": "", "签发日期": "", "校准环境": "", "发布日期": "",
        },
        frozenset(),
        ("equipment_no", "certificate_no", "calibrated_on"),
        finish=_calibration,
    )
)  # fmt: skip
