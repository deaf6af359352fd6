"""The cold-chain chapter says what the rules say: same windows, same limits, same readings."""

from __future__ import annotations

from datetime import date, timedelta

import numpy as np
import pytest
from small_trade import DEPARTED, LOT, House, acceptance, temperatures

from audit.records import readings
from audit.records.cold_chain import TemperatureLog
from audit.records.outbound import TransportRecord
from audit.records.parts import Place
from audit.store.state import Snapshot
from audit.store.types import StoredRecord
from base.errors import Lang
from checks.run import run
from reports.package.legs import Judging, shipped
from reports.package.report.cold import ColdChain, cold_chain
from reports.package.request import ByLot, ByPeriod

TODAY = date(2026, 3, 4)


def shown(house: House, at: Snapshot) -> dict[int, StoredRecord]:
    kinds = ["put_away", "sales_record", "transport_record", "temperature_log"]
    return {one.seq: one for one in house.journal.store.records(at, kinds)}


def chapter(house: House, lang: Lang = "en", on: date = TODAY, **but: object) -> ColdChain:
    at = house.journal.store.snapshot(on)
    given = {k: v for k, v in shown(house, at).items() if v.kind not in but.values()}
    return cold_chain(house.journal.store, at, given, ByLot(LOT), lang)


def rows(found: ColdChain, leg: str) -> list[tuple[str, ...]]:
    return [row for row in found.table.rows if row[1] == leg]


def test_the_label_decides_and_not_what_the_logger_was_set_to(house: House) -> None:
    found = chapter(house)
    (row,) = rows(found, "Delivery")
    assert row[4:6] == ("2 ~ 8 °C", "4.8 / 10.4 °C")
    (drawn,) = found.charts
    assert "≤ 8 °C" in drawn.svg
    assert "12 °C" not in drawn.svg
    assert "set to 0 ~ 12 °C" in drawn.note


def test_the_leg_ends_when_the_customer_took_the_goods_over(house: House) -> None:
    (row,) = rows(chapter(house), "Delivery")
    handed = acceptance().accepted_at
    assert handed == DEPARTED + timedelta(hours=13)
    assert row[3] == "2026-03-02 07:30\n2026-03-02 21:00"


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_report_and_rules_count_the_same(house: House, lang: Lang) -> None:
    result = run(house.journal, TODAY, rules=["cold_chain.excursion", "cold_chain.gap"],
                 keep_all=True, record=False)  # fmt: skip
    facts = {one.rule: dict(one.facts) for one in result.verdicts if one.facts}
    (leg,) = shipped(judging(house), ["shipment:SX-0302"], None)
    assert leg.shown is not None
    assert leg.shown.reading is not None
    assert len(leg.shown.excursions) == facts["cold_chain.excursion"]["excursions"]
    assert len(leg.shown.gaps) == facts["cold_chain.gap"]["gaps"]
    assert f"{leg.shown.reading.mkt:.2f}" == facts["cold_chain.excursion"]["mkt"]
    (row,) = rows(chapter(house, lang), "Delivery" if lang == "en" else "配送运输")
    said = row[-1]
    assert str(len(leg.shown.excursions)) in said
    assert str(len(leg.shown.gaps)) in said


def judging(house: House) -> Judging:
    store = house.journal.store
    return Judging.at(store, store.snapshot(TODAY))


def test_a_delivery_without_a_record_is_a_red_box_once_it_is_due(house: House) -> None:
    log = next(one for one in shown(house, house.journal.store.snapshot(TODAY)).values()
               if one.kind == "temperature_log")  # fmt: skip
    assert isinstance(log.record, TemperatureLog)
    elsewhere = log.record.model_copy(update={"place": Place(), "logger": "OTHER"})
    house.journal.correct("quality", log.seq, elsewhere, "it was another logger")
    early = chapter(house)
    assert not early.faulty
    (row,) = rows(early, "Delivery")
    assert "on their way" in row[-1]
    late = chapter(house, on=date(2026, 3, 20))
    assert late.faulty == 1
    boxes = [one for one in late.charts if one.alarm]
    assert boxes[0].svg == ""
    assert "No temperature record" in boxes[0].alarm
    assert late.table.alarm


def test_a_log_that_is_not_given_is_not_drawn(house: House) -> None:
    found = chapter(house, kind="temperature_log")
    assert not found.charts
    (row,) = rows(found, "Delivery")
    assert row[-1] == "its log is not given here"
    assert row[-2] == "—"


def test_a_store_whose_recorder_is_not_yet_due_says_so(house: House) -> None:
    (row,) = rows(chapter(house), "Storage")
    assert "not due yet" in row[-1]


def test_several_loggers_of_one_leg_are_drawn_together(house: House) -> None:
    log, _ = temperatures()
    times = np.arange(0, 46_800, 300, dtype=np.int64) + int(DEPARTED.timestamp())
    chunks = {one.sha256: one.data
              for one in readings.pack(times, np.full(len(times), 610, np.int16))}  # fmt: skip
    second = log.model_copy(update={"logger": "SN9", "chunks": tuple(chunks), "count": len(times)})
    house.paper("第二台.txt", b"second", second, chunks=chunks)
    (drawn,) = chapter(house).charts
    assert drawn.svg.count("<polyline") == 3  # the first logger's line is broken once
    assert "SN4411" in drawn.svg
    assert "SN9" in drawn.svg


def test_a_period_shows_only_its_own_part(house: House) -> None:
    store = house.journal.store
    at = store.snapshot(date(2026, 3, 20))
    later = ByPeriod(date(2026, 3, 3), date(2026, 3, 10))
    found = cold_chain(store, at, shown(house, at), later, "en")
    assert not rows(found, "Delivery")
    (row,) = (one for one in rows(found, "Storage") if one[2] == "冷库 1 号 A")
    assert row[3].splitlines()[0] == "2026-03-03 00:00"


def test_goods_that_no_label_keeps_cold_have_no_legs(house: House) -> None:
    store = house.journal.store
    at = store.snapshot(TODAY)
    device = next(iter(store.records(at, ["device"])))
    assert device.record is not None
    warm = device.record.model_copy(update={"cold_chain": False, "storage": None})
    house.confirm(house.journal.correct("clerk", device.seq, warm, "room temperature").seq)
    assert chapter(house).legs == 0


def test_transport_without_times_is_named_and_not_drawn(house: House) -> None:
    store = house.journal.store
    transport = next(iter(store.records(store.snapshot(TODAY), ["transport_record"])))
    assert isinstance(transport.record, TransportRecord)
    unsaid = transport.record.model_copy(update={"departed_at": None})
    house.journal.correct("quality", transport.seq, unsaid, "nobody wrote it down")
    found = chapter(house, on=date(2026, 3, 20))
    (row,) = rows(found, "Delivery")
    assert "departure" in row[-1]
    assert found.charts == ()
