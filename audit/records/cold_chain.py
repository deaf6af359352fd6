"""The cold chain: what loggers measured, and that the loggers were calibrated.

Readings themselves lie in packed chunks; the record commits to them by digest.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from enum import StrEnum

from pydantic import AwareDatetime, model_validator

from audit.records.identifiers import logger_key, named_key, party_key, segment
from audit.records.model import Part, Record, Ref, RetentionClass, articles, register, term
from audit.records.parts import Place
from audit.records.quantities import Quantity, TemperatureUnit


class LogForm(StrEnum):
    SERIES = "series"  # proves range, interval and gaps
    DAILY = "daily"  # proves range only


class SignatureState(StrEnum):
    """What the file proves by itself about its origin."""

    NONE = "none"
    UNCHECKED = "unchecked"  # signed, by a scheme we do not know
    VALID = "valid"
    INVALID = "invalid"


class DailyReading(Part):
    """One day of a device that keeps only aggregates. Minutes are the device's own counts."""

    on: date = term("日期", "Day")
    min: Quantity | None = term("最低温度", "Lowest temperature", unit="°C", default=None)
    max: Quantity | None = term("最高温度", "Highest temperature", unit="°C", default=None)
    mean: Quantity | None = term("平均温度", "Mean temperature", unit="°C", default=None)
    alarm_high_minutes: int | None = term(
        "超上限分钟数", "Minutes above the limit", unit="minutes", default=None
    )
    alarm_low_minutes: int | None = term(
        "超下限分钟数", "Minutes below the limit", unit="minutes", default=None
    )
    sensor_timeout_minutes: int | None = term(
        "传感器中断分钟数", "Minutes without sensor: a gap", unit="minutes", default=None
    )


@register
class TemperatureLog(Record):
    """One run of a logger: a series of readings, or daily aggregates. GSP 63, 67, 74, 95-97.

    Identity: logger, channel and run; without a run number the first and last reading. The zone
    of its clock is explicit: without it no time here would mean anything. Temperatures are °C;
    `unit_written` is what the file used. `mkt` is the logger's own statement.
    """

    kind = "temperature_log"
    zh, en, group = "温度记录", "Temperature log", "cold_chain"
    retention = RetentionClass.COLD_CHAIN
    affects = ("shipment", "logger", "warehouse", "vehicle", "box")
    mandatory = articles({"logger": "GSP 63, 74", "first": "GSP 63", "last": "GSP 63"})

    form: LogForm = term("记录形式", "Series or daily aggregate")
    logger: str = term("记录仪编号", "Logger serial number", matters=True)
    logger_model: str | None = term("记录仪型号", "Logger model", default=None)
    channel: str | None = term("通道", "Channel", default=None)
    run: str | None = term("运行编号", "Run number", default=None)
    zone: str = term("时区", "Zone of the logger's clock (IANA name or offset)", matters=True)
    unit_written: TemperatureUnit = term(
        "原始单位", "Unit in the file", default=TemperatureUnit.CELSIUS
    )
    interval_seconds: int | None = term(
        "记录间隔", "Recording interval", unit="seconds", default=None
    )
    count: int | None = term("读数个数", "Number of readings", unit="readings", default=None)
    gaps: int | None = term("空读数个数", "Blank readings", unit="readings", default=None)
    first: AwareDatetime | None = term("首个读数时间", "First reading", default=None)
    last: AwareDatetime | None = term("末个读数时间", "Last reading", default=None)
    min: Quantity | None = term("最低温度", "Lowest temperature", unit="°C", default=None)
    max: Quantity | None = term("最高温度", "Highest temperature", unit="°C", default=None)
    mean: Quantity | None = term("平均温度", "Mean temperature", unit="°C", default=None)
    mkt: Quantity | None = term(
        "平均动力学温度(记录仪)", "Mean kinetic temperature, as the logger says",
        unit="°C", default=None,
    )  # fmt: skip
    humidity_min: Quantity | None = term("最低湿度", "Lowest humidity", unit="%RH", default=None)
    humidity_max: Quantity | None = term("最高湿度", "Highest humidity", unit="%RH", default=None)
    limit_low: Quantity | None = term("报警下限", "Alarm limit, low", unit="°C", default=None)
    limit_high: Quantity | None = term("报警上限", "Alarm limit, high", unit="°C", default=None)
    signature: SignatureState = term(
        "文件签名", "Signature of the file", default=SignatureState.NONE
    )
    chunks: tuple[str, ...] = term("读数分块摘要", "SHA-256 of the packed chunks", default=())
    daily: tuple[DailyReading, ...] = term("每日汇总", "Daily aggregates", default=())
    place: Place = term("位置", "Where it hung or travelled", default_factory=Place)

    @model_validator(mode="after")
    def _whole(self) -> TemperatureLog:
        if self.form is LogForm.SERIES and (self.first is None or self.last is None):
            raise ValueError("a series needs its first and last reading")
        if self.form is LogForm.DAILY and not self.daily:
            raise ValueError("a daily log needs its days")
        if self.first and self.last and self.first > self.last:
            raise ValueError("a log ends before it begins")
        return self

    def identity(self) -> str:
        where = logger_key(self.logger) + (f"/{segment(self.channel)}" if self.channel else "")
        if self.run:
            return f"{where}@{segment(self.run)}"
        first, last = self._span()
        return f"{where}@{first}..{last}"

    def _span(self) -> tuple[str, str]:
        if self.first and self.last:
            return self.first.isoformat(), self.last.isoformat()
        days = [day.on for day in self.daily]
        return min(days).isoformat(), max(days).isoformat()

    def refs(self) -> Iterator[Ref]:
        yield Ref("logger", logger_key(self.logger))
        yield from self.place.refs()

    def occurred_on(self) -> date | None:
        return self.last.date() if self.last else max(day.on for day in self.daily)


@register
class CalibrationCertificate(Record):
    """A logger, sensor or other measuring equipment was calibrated. GSP 50; guide 2016-154.

    Identity: the equipment and the certificate's number.
    """

    kind = "calibration_certificate"
    zh, en, group = "校准证书", "Calibration certificate", "cold_chain"
    retention = RetentionClass.COLD_CHAIN
    master_data = True
    affects = ("logger", "equipment")
    mandatory = articles({"certificate_no": "GSP 50", "calibrated_on": "GSP 50"})

    equipment_no: str = term("设备编号", "Serial number of the equipment", matters=True)
    is_logger: bool = term("是否温度记录仪", "Is a temperature logger", default=True)
    equipment_name: str | None = term("设备名称", "Equipment", default=None)
    certificate_no: str = term("证书编号", "Certificate number", matters=True)
    calibrated_on: date = term("校准日期", "Calibrated on", matters=True)
    valid_to: date | None = term("有效期至", "Valid until", default=None, matters=True)
    laboratory: str | None = term("校准机构", "Laboratory", default=None)
    accreditation: str | None = term("资质编号", "Accreditation number", default=None)
    conforms: bool | None = term("结论", "Conforms", default=None, matters=True)
    max_error: Quantity | None = term("最大误差", "Largest error", unit="°C", default=None)
    uncertainty: Quantity | None = term("扩展不确定度", "Uncertainty", unit="°C", default=None)
    points: tuple[Quantity, ...] = term("校准点", "Calibration points", unit="°C", default=())

    @property
    def equipment_key(self) -> str:
        if self.is_logger:
            return logger_key(self.equipment_no)
        return named_key("equipment", self.equipment_no)

    def identity(self) -> str:
        return f"{self.equipment_key}@{segment(self.certificate_no)}"

    def refs(self) -> Iterator[Ref]:
        yield Ref("logger" if self.is_logger else "equipment", self.equipment_key)
        if self.laboratory:
            yield Ref("laboratory", party_key(name=self.laboratory))

    def valid_from(self) -> date | None:
        return self.calibrated_on

    def valid_until(self) -> date | None:
        return self.valid_to

    def occurred_on(self) -> date | None:
        return self.calibrated_on
