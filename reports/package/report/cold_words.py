"""Cold-chain legs in words and figures: the list, the drawing of each, its facts and events."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Final

from audit.records.cold_chain import TemperatureLog
from audit.store.types import StoredRecord
from base.clock import SHANGHAI
from base.errors import Lang
from checks.cold_chain.goods import ColdRange, degrees
from checks.cold_chain.kernel import Excursion, Gap, Side, Window
from checks.cold_chain.legs import seconds
from checks.cold_chain.logs import Series, Shown
from reports.package.focus import midnight
from reports.package.legs import Leg, LegKind
from reports.pdf.chart import Curve, Span, draw
from reports.pdf.chart import Leg as Drawing
from reports.pdf.model import Chart, Pair, Table

_KINDS: Final = {
    LegKind.ARRIVAL: ("到货运输", "To us"),
    LegKind.STORAGE: ("贮存", "Storage"),
    LegKind.TRANSPORT: ("配送运输", "Delivery"),
}


class LegWords:
    """Puts legs into one language."""

    def __init__(self, lang: Lang, one_lot: bool, shown: Mapping[int, StoredRecord]) -> None:
        self._lang = lang
        self._one_lot = one_lot
        self._shown = shown

    def _t(self, zh: str, en: str) -> str:
        return zh if self._lang == "zh" else en

    def table(self, legs: Sequence[tuple[int, Leg]]) -> Table:
        """Every leg in a row; faulty ones marked."""
        heads = self._t(
            "序|环节|单号或库区|起止|标签范围|最低 / 最高|结论",
            "No.|Leg|Papers or zone|From, to|Label|Lowest / highest|Result",
        )
        return Table(
            self._t("各环节一览", "All legs"),
            tuple(heads.split("|")),
            ("8mm", "17mm", "1fr", "27mm", "21mm", "26mm", "30mm"),
            tuple(self._row(number, leg) for number, leg in legs),
            alarm=tuple(at for at, (_, leg) in enumerate(legs) if leg.faulty),
        )

    def _row(self, number: int, leg: Leg) -> tuple[str, ...]:
        return (
            str(number),
            self._t(*_KINDS[leg.kind]),
            leg.name,
            self._span(leg.window),
            self._range(leg.limits),
            self._extremes(leg),
            self._result(leg),
        )

    def _span(self, window: Window | None) -> str:
        return f"{_moment(window.start)}\n{_moment(window.end)}" if window else "—"

    def _range(self, limits: ColdRange | None) -> str:
        if limits is None:
            return "—"
        return limits.text().replace("<=", "≤").replace(">=", "≥").replace("~", " ~ ")

    def _extremes(self, leg: Leg) -> str:
        reading = leg.shown.reading if leg.shown and self._given(leg) else None
        if reading is not None and reading.lowest is not None:
            return f"{degrees(reading.lowest)} / {degrees(reading.highest)} °C"
        days = leg.shown.daily_out if leg.shown else ()
        if days:
            return f"{degrees(days[0].low)} / {degrees(days[0].high)} °C"
        if leg.paper is not None:
            said = f"{degrees(leg.paper[0])} / {degrees(leg.paper[1])} °C"
            return said + self._t("（单据）", " (paper)")
        return "—"

    def _result(self, leg: Leg) -> str:
        if leg.missing:
            return self._t("无温度记录", "no temperature record")
        if leg.remark is not None:
            return leg.remark.text(self._lang)
        if leg.shown is None:
            return self._t("仅单据载明", "as the paper says only")
        if not self._given(leg):
            return self._t("记录不在本包提供范围", "its log is not given here")
        said = []
        out = len(leg.shown.excursions) + len(leg.shown.daily_out)
        if out:
            said.append(self._t(f"超限 {out} 次", f"out of range: {out}"))
        if leg.shown.gaps:
            count = len(leg.shown.gaps)
            said.append(self._t(f"缺失 {count} 处", f"gaps: {count}"))
        return self._t("；", "; ").join(said) or self._t("在范围内，连续", "in range, no gap")

    def _given(self, leg: Leg) -> bool:
        """Whether the package gives every log that the leg rests on."""
        return leg.shown is not None and all(seq in self._shown for seq in leg.shown.entries)

    def chart(self, number: int, leg: Leg) -> Chart | None:
        """The leg drawn, or a red box where there should be a record; None: nothing to show."""
        title = f"{number}　{self._t(*_KINDS[leg.kind])}：{leg.name}"
        if self._lang == "en":
            title = f"{number}  {_KINDS[leg.kind][1]}: {leg.name}"
        if leg.missing:
            return Chart(title, "", title, self._when(leg), alarm=self._absent(leg))
        if leg.shown is None or not self._given(leg):
            return None
        facts = self._facts(leg, leg.shown)
        alt = title + ": " + "; ".join(f"{one.label} {one.value}" for one in facts)
        svg = self._svg(leg, leg.shown) if leg.series else ""
        alarm = "" if svg else self._t(
            "记录仪只存每日汇总，没有逐次读数可绘。", "The logger keeps daily aggregates only."
        )  # fmt: skip
        return Chart(title, svg, alt, facts, self._events(leg.shown), alarm, self._loggers(leg))

    def _absent(self, leg: Leg) -> str:
        if leg.window is None:
            said = leg.remark.text(self._lang) if leg.remark else ""
            return self._t("无温度记录。", "No temperature record. ") + said
        start, end = _moment(leg.window.start), _moment(leg.window.end)
        return self._t(
            f"无温度记录：{start} 至 {end} 的温度无法证明。",
            f"No temperature record: nothing shows the temperature from {start} to {end}.",
        )

    def _when(self, leg: Leg) -> tuple[Pair, ...]:
        if leg.window is None:
            return ()
        return (
            Pair(self._t("起", "From"), _moment(leg.window.start)),
            Pair(self._t("止", "To"), _moment(leg.window.end)),
            Pair(self._t("标签范围", "Label"), self._range(leg.limits)),
            Pair(self._t("时长", "Duration"), _length(leg.window.seconds, self._lang)),
        )

    def _svg(self, leg: Leg, shown: Shown) -> str:
        assert leg.window is not None
        assert leg.limits is not None
        first, *others = (_curve(one) for one in leg.series)
        own = max((one.interval or 0 for one in leg.series), default=0)
        spans = [Span(one.start, one.end) for one in shown.excursions]
        return draw(
            Drawing(
                first.times,
                first.values,
                Span(leg.window.start, leg.window.end),
                leg.limits.low,
                leg.limits.high,
                tuple(Span(one.start, one.end) for one in shown.gaps),
                tuple(spans),
                name=first.name,
                more=tuple(others),
                hold=max(leg.interval, own * 3 // 2),
            ),
            self._t("缺", "gap"),
        )

    def _facts(self, leg: Leg, shown: Shown) -> tuple[Pair, ...]:
        reading = shown.reading
        lost = sum(one.end - one.start for one in shown.gaps)
        out = sum(one.seconds for one in shown.excursions)
        longest = max((one.seconds for one in shown.excursions), default=0)
        covered = "—"
        if reading is not None and leg.window is not None:
            covered = f"{100 * reading.covered / max(1, leg.window.seconds):.1f} %"
        mkt = reading.mkt if reading is not None else None
        return (
            Pair(self._t("标签范围", "Label range"), self._range(leg.limits)),
            Pair(self._t("最低 / 最高", "Lowest / highest"), self._extremes(leg)),
            Pair(
                self._t("平均动力学温度", "Mean kinetic temperature"),
                "—" if mkt is None else f"{mkt:.1f} °C",
            ),
            Pair(self._t("覆盖率", "Coverage"), covered),
            Pair(
                self._t("超限（次 / 累计）", "Excursions (number / total)"),
                f"{len(shown.excursions)} / {_length(out, self._lang)}",
            ),
            Pair(
                self._t("最长连续超限", "Longest excursion"),
                _length(longest, self._lang),
            ),
            Pair(
                self._t("缺失（处 / 累计）", "Gaps (number / total)"),
                f"{len(shown.gaps)} / {_length(lost, self._lang)}",
            ),
            Pair(
                self._t("读数（个）", "Readings"), str(reading.readings if reading else 0)
            ),
        )  # fmt: skip

    def _loggers(self, leg: Leg) -> str:
        """Which loggers, from which entries, what they were set to; and whose leg it is."""
        said = []
        for log in (*(one.exhibit for one in leg.series), *leg.daily):
            own = _alarms(log.record)
            setting = self._t(f"，仪器自设 {own}", f", set to {own}") if own else ""
            entry = self._t(f"条目 {log.seq}", f"entry {log.seq}")
            said.append(f"{_name(log.record)}（{entry}{setting}）" if self._lang == "zh"
                        else f"{_name(log.record)} ({entry}{setting})")  # fmt: skip
        text = self._t("记录仪：", "Loggers: ") + self._t("；", "; ").join(said)
        if leg.limits is not None and leg.limits.entries:
            entries = self._t("、", ", ").join(map(str, leg.limits.entries))
            text += self._t(f"。标签范围见条目 {entries}", f". Label range: entry {entries}")
        if not self._one_lot:
            numbers = [lot.rsplit("/", 1)[-1] for lot in leg.lots]
            more = self._t(f" 等 {len(numbers)} 批", f" and others, {len(numbers)} in all")
            listed = ", ".join(numbers[:6]) + (more if len(numbers) > 6 else "")
            text += self._t(f"。批次：{listed}", f". Lots: {listed}")
        return text + self._t("。", ".")

    def _events(self, shown: Shown) -> Table | None:
        events = [
            *((one.start, self._excursion(one), True) for one in shown.excursions),
            *((one.start, self._gap(one), False) for one in shown.gaps),
            *((seconds(midnight(one.on)), self._day(one.on, one.low, one.high), True)
              for one in shown.daily_out),
        ]  # fmt: skip
        if not events:
            return None
        events.sort(key=lambda event: event[0])
        heads = self._t(
            "事件|开始|结束|时长|峰值|说明", "Event|From|To|Duration|Peak|Remark"
        )  # fmt: skip
        return Table(
            "",
            tuple(heads.split("|")),
            ("18mm", "32mm", "32mm", "26mm", "18mm", "1fr"),
            tuple(row for _, row, _ in events),
            alarm=tuple(at for at, (_, _, bad) in enumerate(events) if bad),
        )

    def _excursion(self, one: Excursion) -> tuple[str, ...]:
        above = one.side is Side.HIGH
        remark = ""
        if not one.duration_known:
            remark = self._t("其旁有缺失，实际时长不明", "beside a gap: true duration unknown")
        return (
            self._t("超上限", "above") if above else self._t("超下限", "below"),
            _moment(one.start),
            _moment(one.end),
            _length(one.seconds, self._lang),
            f"{degrees(one.peak)} °C",
            remark,
        )

    def _gap(self, one: Gap) -> tuple[str, ...]:
        zh, en = _POSITIONS[one.position.value]
        return (
            self._t("缺失", "gap"),
            _moment(one.start),
            _moment(one.end),
            _length(one.end - one.start, self._lang),
            "",
            self._t(zh, en),
        )

    def _day(self, on: date, low: int | None, high: int | None) -> tuple[str, ...]:
        said = self._t("全日汇总超限", "daily aggregate out of range")
        extremes = f"{degrees(low)} / {degrees(high)} °C"
        return (self._t("超限", "out"), str(on), str(on), "—", extremes, said)


_POSITIONS: Final = {
    "start": ("起始无读数", "nothing at the start"),
    "inner": ("记录间断", "interrupted"),
    "end": ("结束前无读数", "nothing at the end"),
    "whole": ("全程无读数", "no reading at all"),
}


def _curve(one: Series) -> Curve:
    return Curve(_name(one.exhibit.record), one.times.tolist(), one.values.tolist())


def _name(log: TemperatureLog) -> str:
    return " ".join(filter(None, (log.logger, log.channel)))


def _alarms(log: TemperatureLog) -> str:
    low, high = log.limit_low, log.limit_high
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
    if hours >= 72:
        days, hours = divmod(hours, 24)
        return f"{days} 天 {hours} 小时" if lang == "zh" else f"{days} d {hours} h"
    return f"{hours} 小时 {rest} 分" if lang == "zh" else f"{hours} h {rest} min"


def _moment(seconds: int) -> str:
    return f"{datetime.fromtimestamp(seconds, SHANGHAI):%Y-%m-%d %H:%M}"
