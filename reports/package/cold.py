"""The cold-chain legs of a package, ready to be drawn: windows from the papers, readings from the
loggers, judged by the same arithmetic as the rules (`checks.cold_chain.kernel`).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Final

from audit.records import readings
from audit.records.cold_chain import TemperatureLog
from audit.records.outbound import TransportRecord
from audit.store import Store
from audit.store.state import Snapshot
from audit.store.types import StoredRecord
from base.clock import SHANGHAI
from base.errors import Lang
from checks.cold_chain.kernel import LegReading, Limits, Side, Window, read_leg
from reports.pdf.chart import Leg, Span, draw
from reports.pdf.model import Chart, Pair, Table

TRANSPORT_INTERVAL: Final = 300
STORAGE_INTERVAL: Final = 1_800
MOST: Final = 40
"""Drawings in one report; what is beyond is counted in words and lies in the records."""


@dataclass(frozen=True, slots=True)
class _Window:
    title: str
    window: Window
    interval: int
    log: StoredRecord


def charts(
    store: Store, at: Snapshot, records: Mapping[int, StoredRecord], lang: Lang
) -> tuple[tuple[Chart, ...], int]:
    """The drawings, and how many legs there are in all."""
    legs = list(_legs(records, lang))
    drawn = [chart for leg in legs[:MOST] if (chart := _chart(store, at, leg, lang)) is not None]
    return tuple(drawn), len(legs)


def _legs(records: Mapping[int, StoredRecord], lang: Lang) -> Iterator[_Window]:
    logs = [r for _, r in sorted(records.items()) if isinstance(r.record, TemperatureLog)]
    used: set[int] = set()
    for _, stored in sorted(records.items()):
        record = stored.record
        if not isinstance(record, TransportRecord) or record.departed_at is None:
            continue
        for log in logs:
            if not _shared(stored, log) or log.record is None:
                continue
            arrived = record.arrived_at or getattr(log.record, "last", None)
            if arrived is None or arrived <= record.departed_at:
                continue
            used.add(log.seq)
            number = record.record_no or record.waybill_no or str(stored.seq)
            zh, en = f"运输：启运至到达　{number}", f"Transport: departure to arrival  {number}"
            window = Window(int(record.departed_at.timestamp()), int(arrived.timestamp()))
            yield _Window(zh if lang == "zh" else en, window, TRANSPORT_INTERVAL, log)
    for log in logs:
        record = log.record
        if log.seq in used or not isinstance(record, TemperatureLog) or record.first is None:
            continue
        if record.last is None or record.last <= record.first:
            continue
        place = " ".join(filter(None, (record.place.warehouse, record.place.zone)))
        if record.place.vehicle or record.place.shipment_no:
            zh, en = "在途记录（无对应运输记录）", "On the way (no transport record for it)"
        else:
            zh, en = f"贮存：{place}", f"Storage: {place}"
        window = Window(int(record.first.timestamp()), int(record.last.timestamp()))
        yield _Window(zh if lang == "zh" else en, window, STORAGE_INTERVAL, log)


def _shared(transport: StoredRecord, log: StoredRecord) -> bool:
    """One shipment or logger in common, or one vehicle on overlapping days."""
    for role in ("shipment", "logger", "box"):
        if set(transport.subjects.get(role, ())) & set(log.subjects.get(role, ())):
            return True
    return False


def _chart(store: Store, at: Snapshot, leg: _Window, lang: Lang) -> Chart | None:
    record = leg.log.record
    if not isinstance(record, TemperatureLog) or not record.chunks:
        return None
    times, values = readings.measured(*readings.unpack_all(store.readings(at, leg.log.seq)))
    low, high = _centi(record.limit_low), _centi(record.limit_high)
    found = read_leg(times, values, leg.window, Limits(low, high, leg.interval))
    svg = draw(
        Leg(
            times.tolist(),
            values.tolist(),
            Span(leg.window.start, leg.window.end),
            low,
            high,
            tuple(Span(one.start, one.end) for one in found.gaps),
            tuple(Span(one.start, one.end) for one in found.excursions),
        ),
        "缺" if lang == "zh" else "gap",
    )
    title = f"{leg.title}　{record.logger}（{leg.log.seq}）"
    facts = _facts(found, record, leg.window, lang)
    alt = title + ": " + "; ".join(f"{one.label} {one.value}" for one in facts)
    return Chart(title, svg, alt, facts, _events(found, lang))


def _facts(
    found: LegReading, record: TemperatureLog, window: Window, lang: Lang
) -> tuple[Pair, ...]:
    zh = lang == "zh"
    covered = 100 * found.covered / max(1, window.seconds)
    limits = _range(record.limit_low, record.limit_high) or ("未规定" if zh else "none stated")
    out = found.seconds_low + found.seconds_high
    lost = sum(one.end - one.start for one in found.gaps)
    return (
        Pair("规定范围" if zh else "Limits", limits),
        Pair(
            "最低 / 最高" if zh else "Lowest / highest",
            f"{_degrees(found.lowest)} / {_degrees(found.highest)}",
        ),
        Pair(
            "平均动力学温度" if zh else "Mean kinetic temperature",
            "—" if found.mkt is None else f"{found.mkt:.1f} °C",
        ),
        Pair("覆盖率" if zh else "Coverage", f"{covered:.1f} %"),
        Pair(
            "超限（次 / 累计）" if zh else "Excursions (number / total)",
            f"{len(found.excursions)} / {_length(out, lang)}",
        ),
        Pair(
            "最长连续超限" if zh else "Longest excursion",
            _length(max(found.longest_low, found.longest_high), lang),
        ),
        Pair(
            "缺失（处 / 累计）" if zh else "Gaps (number / total)",
            f"{len(found.gaps)} / {_length(lost, lang)}",
        ),
        Pair("读数（个）" if zh else "Readings", str(found.readings)),
    )


def _events(found: LegReading, lang: Lang) -> Table | None:
    zh = lang == "zh"
    events = [
        (
            one.start,
            (
                ("超上限" if one.side is Side.HIGH else "超下限")
                if zh
                else "above"
                if one.side is Side.HIGH
                else "below",
                _moment(one.start),
                _moment(one.end),
                _length(one.seconds, lang),
                _degrees(one.peak),
                ""
                if one.duration_known
                else ("其旁有缺失，实际时长不明" if zh else "beside a gap: true duration unknown"),
            ),
            True,
        )
        for one in found.excursions
    ] + [
        (
            one.start,
            (
                "缺失" if zh else "gap",
                _moment(one.start),
                _moment(one.end),
                _length(one.end - one.start, lang),
                "",
                _POSITIONS[one.position.value][0 if zh else 1],
            ),
            False,
        )
        for one in found.gaps
    ]
    if not events:
        return None
    events.sort(key=lambda event: event[0])
    heads = (
        ("事件", "开始", "结束", "时长", "峰值", "说明")
        if zh
        else ("Event", "From", "To", "Duration", "Peak", "Remark")
    )
    return Table(
        "",
        heads,
        ("18mm", "32mm", "32mm", "26mm", "18mm", "1fr"),
        tuple(row for _, row, _ in events),
        alarm=tuple(at for at, (_, _, bad) in enumerate(events) if bad),
    )


_POSITIONS: Final = {
    "start": ("起始无读数", "nothing at the start"),
    "inner": ("记录间断", "interrupted"),
    "end": ("结束前无读数", "nothing at the end"),
    "whole": ("全程无读数", "no reading at all"),
}


def _centi(value: Decimal | None) -> int | None:
    return None if value is None else int(value * 100)


def _degrees(centi: int | None) -> str:
    return "—" if centi is None else f"{centi / 100:g} °C"


def _range(low: Decimal | None, high: Decimal | None) -> str:
    if low is not None and high is not None:
        return f"{low:f} ~ {high:f} °C"
    if high is not None:
        return f"≤ {high:f} °C"
    return f"≥ {low:f} °C" if low is not None else ""


def _length(seconds: int, lang: Lang) -> str:
    minutes = round(seconds / 60)
    if minutes < 120:
        return f"{minutes} 分钟" if lang == "zh" else f"{minutes} min"
    hours, rest = divmod(minutes, 60)
    return f"{hours} 小时 {rest} 分" if lang == "zh" else f"{hours} h {rest} min"


def _moment(seconds: int) -> str:
    return f"{datetime.fromtimestamp(seconds, SHANGHAI):%Y-%m-%d %H:%M}"
