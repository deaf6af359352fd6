"""What loggers measured to temperature logs, with the readings packed beside them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import ROUND_HALF_EVEN, Decimal
from typing import Any, Final

import numpy as np
from pydantic import ValidationError

from audit.records.cold_chain import TemperatureLog
from audit.records.model import RecordDraft
from audit.records.provenance import FieldSource, Source
from audit.records.readings import BLANK, Chunk, Times, Values, pack
from base.errors import message
from ingest.parsers.build import NotARecord, Refusal, as_text, lists, put, refusals_of
from ingest.readers.types import (
    AlarmLimit,
    DailyLog,
    Integrity,
    IntegrityState,
    Logger,
    ReadDocument,
    Series,
)
from ingest.values import plain

PARSER: Final = "temperature/1"

TIMES_CONTRADICT = message(
    "temperature.times_contradict",
    zh="记录仪 {logger} 同一时刻有两个不同的读数：{at}",
    en="Logger {logger} has two different readings at one time: {at}",
)
_HUNDRED: Final = Decimal(100)
_CENT: Final = Decimal("0.01")
_SIGNATURES: Final = {
    IntegrityState.VERIFIED: "valid",
    IntegrityState.FAILED: "invalid",
    IntegrityState.UNVERIFIABLE: "unchecked",
    IntegrityState.ISSUER_UNKNOWN: "unchecked",
}
_FACTS: Final = (
    (re.compile(r"运行编号\s*:\s*(\S+)"), "run"),
    (re.compile(r"(?:车牌号|车辆|车辆/箱号)\s*:\s*(\S+)"), "vehicle"),
    (re.compile(r"(?:保温箱|冷藏箱|箱号)(?:编?号)?\s*:\s*(\S+)"), "box"),
    (re.compile(r"(?:随货同行单号|运单号|发货单号)\s*:\s*(\S+)"), "shipment_no"),
    (re.compile(r"(?:位置|库区|监测区域)\s*:\s*(\S+)"), "zone"),
    (re.compile(r"(?:库房|仓库)(?:名称|地址)?\s*:\s*(\S+)"), "warehouse"),
    (re.compile(r"报警下限\s*:\s*(-?\d+(?:\.\d+)?)"), "limit_low"),
    (re.compile(r"报警上限\s*:\s*(-?\d+(?:\.\d+)?)"), "limit_high"),
)
_PLATE: Final = re.compile(
    r"^[京津沪渝冀豫云辽黑湘皖鲁新苏浙赣鄂桂甘晋蒙陕吉闽贵粤青藏川宁琼][A-Z]"
)


@dataclass(frozen=True, slots=True)
class TemperatureDraft:
    """A log's draft and its packed readings, in the order the record names them."""

    draft: RecordDraft
    chunks: tuple[Chunk, ...]


def is_temperature(read: ReadDocument) -> bool:
    """Whether a reader found a logger's readings or daily figures."""
    return bool(read.series or read.daily)


def parse_temperature(read: ReadDocument, document: str | None) -> Iterator[TemperatureDraft]:
    """A log for each sensor. Raises `NotARecord` when one of them makes no log."""
    facts = _facts(read)
    signature = _signature(read.integrity)
    several = len(read.series) > 1
    for series in read.series:
        yield _series(series, facts, signature, several, document)
    for daily in read.daily:
        yield _daily(daily, facts, signature, document)


def _series(
    series: Series, facts: dict[str, str], signature: str, several: bool, document: str | None
) -> TemperatureDraft:
    times, values = _ascending(series)
    said: dict[str, Any] = _of_logger(series.logger, facts) | {
        "form": "series",
        "zone": series.zone,
        "unit_written": "°F" if "f" in series.unit.lower() else "°C",
        "interval_seconds": series.interval,
        "count": len(times),
        "gaps": int((values == BLANK).sum()),
        "signature": signature,
    }
    if several:
        said["channel"] = series.channel
    if len(times):
        said["first"] = datetime.fromtimestamp(int(times[0]), UTC)
        said["last"] = datetime.fromtimestamp(int(times[-1]), UTC)
    known = values[values != BLANK].astype(np.int64)
    if len(known):
        said["min"] = Decimal(int(known.min())) / _HUNDRED
        said["max"] = Decimal(int(known.max())) / _HUNDRED
        mean = Decimal(int(known.sum())) / len(known) / _HUNDRED
        said["mean"] = mean.quantize(_CENT, ROUND_HALF_EVEN)
    if series.humidity is not None:
        humid = series.humidity[series.humidity != BLANK].astype(np.int64)
        if len(humid):
            said["humidity_min"] = Decimal(int(humid.min())) / _HUNDRED
            said["humidity_max"] = Decimal(int(humid.max())) / _HUNDRED
    if series.summary is not None:
        said["mkt"] = series.summary.mkt
        said |= _limits(series.summary.alarms)
    chunks = pack(times, values)
    said["chunks"] = tuple(chunk.sha256 for chunk in chunks)
    return TemperatureDraft(_draft(said, str(series.place), document), chunks)


def _ascending(series: Series) -> tuple[Times, Values]:
    """Readings in order of time, an identical one written twice once. Raises `NotARecord`."""
    times, values = series.seconds, series.celsius
    if len(times) > 1 and not bool(np.all(np.diff(times) > 0)):
        order = np.argsort(times, kind="stable")
        times, values = times[order], values[order]
        same = np.flatnonzero(np.diff(times) == 0)
        differing = same[values[same] != values[same + 1]]
        if len(differing):
            at = datetime.fromtimestamp(int(times[differing[0]]), UTC).isoformat()
            params = {"logger": series.logger.serial or "-", "at": at}
            raise NotARecord(TemperatureLog, [Refusal(TIMES_CONTRADICT, params)], ())
        keep = np.ones(len(times), bool)
        keep[same + 1] = False
        times, values = times[keep], values[keep]
    return np.asarray(times, np.int64), np.asarray(values, np.int16)


def _daily(
    daily: DailyLog, facts: dict[str, str], signature: str, document: str | None
) -> TemperatureDraft:
    said = _of_logger(daily.logger, facts) | {
        "form": "daily",
        "zone": daily.zone,
        "unit_written": "°F" if "f" in daily.unit.lower() else "°C",
        "signature": signature,
        "daily": tuple(
            {
                "on": day.day,
                "min": day.minimum,
                "max": day.maximum,
                "mean": day.mean,
                "alarm_high_minutes": day.minutes_high,
                "alarm_low_minutes": day.minutes_low,
                "sensor_timeout_minutes": day.sensor_timeout_minutes,
            }
            for day in daily.days
        ),
    }
    said |= _limits(daily.alarms)
    return TemperatureDraft(_draft(said, str(daily.place), document), ())


def _of_logger(logger: Logger, facts: dict[str, str]) -> dict[str, Any]:
    model = " ".join(part for part in (logger.vendor, logger.model) if part)
    said: dict[str, Any] = {
        "logger": logger.serial,
        "logger_model": model or None,
        "run": logger.run or facts.get("run"),
    }
    for name in ("limit_low", "limit_high"):
        if name in facts:
            said[name] = Decimal(facts[name])
    for name in ("vehicle", "box", "shipment_no", "zone", "warehouse"):
        if name in facts:
            said[f"place.{name}"] = facts[name]
    return said


def _facts(read: ReadDocument) -> dict[str, str]:
    """What stands above the readings: run, vehicle or box, place, alarm limits."""
    lines = [plain(cell) for table in read.tables for row in table.preamble for cell in row if cell]
    lines += [f"{field.name}:{plain(field.value)}" for field in read.fields]
    found: dict[str, str] = {}
    for line in lines:
        for pattern, name in _FACTS:
            if hit := pattern.search(line):
                found.setdefault(name, hit[1])
    vehicle = found.get("vehicle")
    if vehicle and not _PLATE.match(vehicle):
        found.setdefault("box", found.pop("vehicle"))
    return found


def _limits(alarms: tuple[AlarmLimit, ...]) -> dict[str, Decimal]:
    """The tightest limit on each side, as the logger was set."""
    high = [alarm.limit for alarm in alarms if alarm.side == "above"]
    low = [alarm.limit for alarm in alarms if alarm.side == "below"]
    limits = {}
    if high:
        limits["limit_high"] = min(high)
    if low:
        limits["limit_low"] = max(low)
    return limits


def _signature(integrity: tuple[Integrity, ...]) -> str:
    states = [_SIGNATURES[one.state] for one in integrity]
    return next((s for s in ("invalid", "unchecked", "valid") if s in states), "none")


def _draft(said: dict[str, Any], place: str, document: str | None) -> RecordDraft:
    tree: dict[str, Any] = {}
    for path, value in said.items():
        if value is not None:
            put(tree, path, value)
    try:
        record = TemperatureLog.model_validate(lists(tree))
    except ValidationError as error:
        raise NotARecord(TemperatureLog, refusals_of(TemperatureLog, error), ()) from error
    sources = tuple(
        FieldSource(path, Source.LOGGER, as_text(value), as_text(value), place)
        for path, value in said.items()
        if value is not None and path not in ("chunks", "daily")
    )
    return RecordDraft(record, document, sources, (), PARSER)
