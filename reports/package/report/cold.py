"""The cold-chain chapter: every leg in one list, the telling ones drawn, in words and figures."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from audit.records.cold_chain import TemperatureLog
from audit.store import Store
from audit.store.state import Snapshot
from audit.store.types import StoredRecord
from base.errors import Lang
from checks.cold_chain.kernel import Window
from checks.cold_chain.legs import day_end, seconds
from checks.evidence import Exhibit
from reports.package.focus import midnight
from reports.package.legs import Judging, Leg, arrived, shipped, stored, together
from reports.package.report.cold_words import LegWords
from reports.package.report.words import Words
from reports.package.request import ByLot, ByPeriod, Selector
from reports.pdf.model import Chart, Section, Table

MOST: Final = 40
"""Drawings in one report, faulty legs first; what is beyond stands in the list only."""
LISTED: Final = 600
"""Legs in the list; a month of a small company has some hundred."""
_MOVES: Final = ("goods_in_inspection", "put_away", "stock_movement", "outbound_check")
_SHIPS: Final = ("sales_record", "outbound_check", "transport_record")


@dataclass(frozen=True, slots=True)
class ColdChain:
    """The chapter's parts. legs: how many there are; 0: no cold goods in the package."""

    table: Table
    charts: tuple[Chart, ...]
    legs: int
    faulty: int


def section(w: Words) -> Section | None:
    """The chapter; None where no goods of the package are kept cold."""
    request = w.facts.request
    found = cold_chain(w.store, w.at, w.shown, request.selector, request.lang)
    if not found.legs:
        return None
    text = w.t(
        "范围取自产品标签：运输途中按运输温度（未标明的按贮存温度），库内按贮存温度；不用记录仪自设的报警限。"
        "起止取自单据：启运至交接，入库至离库。判断方法与系统核查相同。"
        "绿带为标签范围，红色斜纹为超限，黄色斜纹为无读数。",
        "Limits are the label's: its transport range on the way (else its storage range), its "
        "storage range in store; never the logger's own alarm settings. Start and end come "
        "from the papers: departure to hand-over, put-away until it left. Judged as the "
        "system's checks judge. Green: the label's range; red hatching: out of range; yellow "
        "hatching: no readings.",
    )
    count = w.t(
        f"共 {found.legs} 段，其中 {found.faulty} 段超限、缺失或无记录；"
        f"绘出 {len(found.charts)} 段。",
        f"{found.legs} legs, {found.faulty} of them out of range, with gaps or without record; "
        f"{len(found.charts)} drawn.",
    )
    return Section(w.t("冷链", "Cold chain"), (text, count), (found.table,), found.charts)


def cold_chain(
    store: Store,
    at: Snapshot,
    shown: Mapping[int, StoredRecord],
    selector: Selector,
    lang: Lang,
) -> ColdChain:
    """The legs of what the package shows; drawn only where the package gives their logs."""
    legs = _legs(store, at, shown, selector)
    words = LegWords(lang, isinstance(selector, ByLot), shown)
    numbered = list(enumerate(legs, 1))
    telling = sorted(numbered, key=lambda one: (not one[1].faulty, one[0]))[:MOST]
    drawn = [chart for number, leg in sorted(telling, key=lambda one: one[0])
             if (chart := words.chart(number, leg)) is not None]  # fmt: skip
    faulty = sum(leg.faulty for leg in legs)
    return ColdChain(words.table(numbered[:LISTED]), tuple(drawn), len(legs), faulty)


def _legs(
    store: Store, at: Snapshot, shown: Mapping[int, StoredRecord], selector: Selector
) -> list[Leg]:
    judging = Judging.at(store, at)
    within = None
    if isinstance(selector, ByPeriod):
        end = seconds(day_end(selector.end)) + 1
        within = Window(seconds(midnight(selector.start)), end)
    lots = _named(shown, _MOVES, "lot")
    if isinstance(selector, ByLot):
        lots = [store.subject(at, selector.lot)]
    on_the_way = {
        seq: stored
        for seq, stored in shown.items()
        if isinstance(stored.record, TemperatureLog) and not stored.record.place.zone
    }
    exhibits = [_exhibit(stored) for stored in on_the_way.values()]
    readings = store.readings_of(at, sorted(on_the_way))
    return together(
        [
            *arrived(judging, lots, exhibits, readings, within),
            *stored(judging, lots, within),
            *shipped(judging, _named(shown, _SHIPS, "shipment"), within),
        ]
    )


def _named(shown: Mapping[int, StoredRecord], kinds: Sequence[str], role: str) -> list[str]:
    return sorted(
        {
            subject
            for stored in shown.values()
            if stored.kind in kinds
            for subject in stored.subjects.get(role, ())
        }
    )


def _exhibit(stored: StoredRecord) -> Exhibit[TemperatureLog]:
    assert isinstance(stored.record, TemperatureLog)
    return Exhibit(
        stored.seq, stored.record, stored.identity, stored.recorded_at, stored.actor,
        document=stored.document, subjects=stored.subjects,
    )  # fmt: skip
