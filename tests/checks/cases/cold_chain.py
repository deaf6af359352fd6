"""The cold chain: goods of 2 to 8 °C on the road, in store, coming back; and their loggers."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import numpy as np

from audit.records.cold_chain import DailyReading, LogForm, SignatureState, TemperatureLog
from audit.records.goods import (
    ColdArrival,
    Conclusion,
    GoodsInInspection,
    MovementReason,
    PutAway,
    StockMovement,
    StockStatus,
    TransportMode,
)
from audit.records.outbound import (
    CustomerAcceptance,
    OutboundCheck,
    ReturnDirection,
    ReturnOutcome,
    ReturnRecord,
    TransportRecord,
)
from audit.records.parts import LotQuantity, NamedParty, Place
from audit.records.product import Device
from audit.records.quantities import TemperatureRange
from audit.records.readings import pack
from checks.cases import Case
from checks.verdicts import Result
from tests.checks.papers import DI, LOT, D, device

PASS, FAIL, UNKNOWN, NONE = Result.PASS, Result.FAIL, Result.UNKNOWN, Result.NOT_APPLICABLE
DAY = D(2026, 3, 2)
NOW = D(2026, 4, 1)
SHIPMENT = "shipment:SO-1"
LOGGER = "logger:TL-1"
HOSPITAL = NamedParty(name="海川市示例医院")
COLD = TemperatureRange(low=Decimal(2), high=Decimal(8))
STORE, ZONE = "一号库", "冷库"


def at(hour: int, minute: int = 0, on: date = DAY) -> datetime:
    """A moment of the day of the shipment, in UTC."""
    return datetime(on.year, on.month, on.day, hour, minute, tzinfo=UTC)


BEFORE, AFTER = at(0, 55), at(4, 5)
MIDNIGHT, GONE = at(0), at(4, on=D(2026, 3, 4))


def cold(**more: Any) -> Device:
    return device(**{"cold_chain": True, "storage": COLD, **more})


def goods(**more: Any) -> LotQuantity:
    given = {"name": "示例试剂", "di": DI, "lot_no": "A1", "quantity": Decimal(10), "unit": "盒"}
    return LotQuantity(**{**given, **more})


def trip(**more: Any) -> TransportRecord:
    """From 01:00 to 04:00 UTC in a refrigerated vehicle with one logger."""
    given = {
        "record_no": "T-1",
        "delivery_note_nos": ("SO-1",),
        "consignee": HOSPITAL,
        "mode": TransportMode.REFRIGERATED_VEHICLE,
        "plate": "沪A00001",
        "loggers": ("TL-1",),
        "shipped_on": DAY,
        "departed_at": at(1),
        "arrived_at": at(4),
        "lines": (goods(),),
    }
    return TransportRecord(**{**given, **more})


def readings(
    start: datetime = BEFORE,
    end: datetime = AFTER,
    minutes: int = 5,
    value: int = 500,
    odd: dict[datetime, int] | None = None,
    without: tuple[datetime, datetime] | None = None,
) -> tuple[Any, Any]:
    """Times and centi-degrees: `odd` overrides single moments, `without` leaves a stretch out."""
    moments = [
        start + timedelta(minutes=minutes * n)
        for n in range(int((end - start).total_seconds()) // (60 * minutes) + 1)
    ]
    if without:
        moments = [one for one in moments if not without[0] < one < without[1]]
    values = [(odd or {}).get(one, value) for one in moments]
    times = np.array([int(one.timestamp()) for one in moments], dtype=np.int64)
    return times, np.array(values, dtype=np.int16)


def log(series: tuple[Any, Any], **more: Any) -> TemperatureLog:
    times, values = series
    given = {
        "form": LogForm.SERIES,
        "logger": "TL-1",
        "zone": "Asia/Shanghai",
        "first": datetime.fromtimestamp(int(times[0]), UTC),
        "last": datetime.fromtimestamp(int(times[-1]), UTC),
        "chunks": tuple(chunk.sha256 for chunk in pack(times, values)),
        "place": Place(shipment_no="SO-1"),
    }
    return TemperatureLog(**{**given, **more})


def case(
    rule: str,
    name: str,
    expect: Result,
    *given: Any,
    series: tuple[tuple[Any, Any], ...] = (),
    logs: tuple[dict[str, Any], ...] | None = None,
    subject: str = SHIPMENT,
    on: date = NOW,
    says: str | None = None,
    **policy: int,
) -> Case:
    """Records, then one temperature log for each series."""
    shapes = logs or tuple({} for _ in series)
    records = [*given, *(log(one, **shape) for one, shape in zip(series, shapes, strict=True))]
    packed = {
        len(given) + n: tuple(chunk.data for chunk in pack(*one)) for n, one in enumerate(series)
    }
    values = {f"cold_chain.{key}": value for key, value in policy.items()}
    return Case(
        f"cold_chain.{rule}", name, subject, tuple(records), on, expect, says,
        policy=values, readings=packed,
    )  # fmt: skip


def daily(*days: tuple[date, int, int, int]) -> TemperatureLog:
    """A log of daily aggregates: day, lowest, highest (°C), minutes without sensor."""
    return TemperatureLog(
        form=LogForm.DAILY,
        logger="TL-1",
        zone="Asia/Shanghai",
        daily=tuple(
            DailyReading(on=on, min=Decimal(low), max=Decimal(high), sensor_timeout_minutes=silent)
            for on, low, high, silent in days
        ),
        place=Place(shipment_no="SO-1"),
    )


QUIET = readings()
WARM = readings(odd={at(2): 900, at(2, 5): 950})
HOLE = readings(without=(at(2), at(2, 40)))
LATE = DAY + timedelta(days=8)

ROAD = [
    case("missing_leg", "a logger rode along", PASS, cold(), trip(), series=(QUIET,)),
    case("missing_leg", "no logger at all", FAIL, cold(), trip(), says="cold_chain.no_log"),
    case("missing_leg", "departure is not written down", UNKNOWN, cold(), trip(departed_at=None),
         series=(QUIET,), says="cold_chain.time_missing"),
    case("missing_leg", "arrival before departure", UNKNOWN, cold(), trip(arrived_at=at(0)),
         series=(QUIET,), says="cold_chain.times_contradict"),
    case("missing_leg", "seven days after dispatch the log may still come", NONE, cold(), trip(),
         on=DAY + timedelta(days=7), says="cold_chain.under_way"),
    case("missing_leg", "eight days after dispatch it is missing", FAIL, cold(), trip(), on=LATE),
    case("missing_leg", "goods that need no cold", NONE, device(), trip()),
    case("missing_leg", "the customer fetched them himself", NONE, cold(),
         trip(mode=TransportMode.CUSTOMER_COLLECTS), says="cold_chain.collected"),
    case("missing_leg", "the master data states no range", UNKNOWN, cold(storage=None), trip(),
         series=(QUIET,), says="cold_chain.no_range"),
    case("missing_leg", "a logger of another month", FAIL, cold(), trip(),
         series=(readings(at(1, on=D(2026, 1, 2)), at(4, on=D(2026, 1, 2))),)),
    case("excursion", "within the range all the way", PASS, cold(), trip(), series=(QUIET,)),
    case("excursion", "warm for two readings", FAIL, cold(), trip(), series=(WARM,),
         says="cold_chain.out_of_range"),
    case("excursion", "exactly at the upper limit", PASS, cold(), trip(),
         series=(readings(odd={at(2): 800}),)),
    case("excursion", "a tenth above the upper limit", FAIL, cold(), trip(),
         series=(readings(odd={at(2): 810}),)),
    case("excursion", "exactly at the lower limit", PASS, cold(), trip(),
         series=(readings(odd={at(2): 200}),)),
    case("excursion", "a tenth below the lower limit", FAIL, cold(), trip(),
         series=(readings(odd={at(2): 190}),)),
    case("excursion", "warm only before departure", PASS, cold(), trip(),
         series=(readings(start=at(0, 30), odd={at(0, 40): 1500}),)),
    case("excursion", "warm only after hand-over", PASS, cold(), trip(),
         series=(readings(odd={at(4, 5): 1500}),)),
    case("excursion", "warm between arrival and hand-over", FAIL, cold(), trip(),
         CustomerAcceptance(delivery_note_no="SO-1", customer=HOSPITAL, accepted_on=DAY,
                            accepted_at=at(5)),
         series=(readings(end=at(5), odd={at(4, 30): 1500}),)),
    case("excursion", "one of two loggers warm", FAIL, cold(), trip(),
         series=(QUIET, readings(value=900)), logs=({}, {"logger": "TL-2"})),
    case("excursion", "the transport range of the label wins over storage", PASS,
         cold(transport=TemperatureRange(low=Decimal(0), high=Decimal(25))), trip(),
         series=(readings(value=1500),)),
    case("excursion", "frozen goods that thaw", FAIL,
         cold(storage=TemperatureRange(high=Decimal(-15))), trip(),
         series=(readings(value=-1400),)),
    case("excursion", "frozen goods, deeper is no fault", PASS,
         cold(storage=TemperatureRange(high=Decimal(-15))), trip(),
         series=(readings(value=-2500),)),
    case("excursion", "46 °F on the label, 7.78 °C read: the limit itself", PASS,
         cold(storage=TemperatureRange.read("36~46°F")), trip(), series=(readings(value=778),)),
    case("excursion", "46 °F on the label, 7.79 °C read", FAIL,
         cold(storage=TemperatureRange.read("36~46°F")), trip(), series=(readings(value=779),)),
    case("excursion", "no readings at all", UNKNOWN, cold(), trip(), says="cold_chain.no_log"),
    case("excursion", "a daily log out of range on a day partly under way", UNKNOWN, cold(), trip(),
         daily((DAY, 3, 12, 0)), says="cold_chain.part_day_out"),
    case("excursion", "a daily log out of range on a day wholly under way", FAIL, cold(),
         trip(departed_at=at(1, on=D(2026, 3, 1)), arrived_at=at(4, on=D(2026, 3, 3))),
         daily((D(2026, 3, 1), 3, 7, 0), (DAY, 3, 12, 0), (D(2026, 3, 3), 3, 7, 0)),
         says="cold_chain.day_out_of_range"),
    case("excursion", "a daily log in range", PASS, cold(), trip(), daily((DAY, 3, 7, 0))),
    case("gap", "readings every five minutes", PASS, cold(), trip(), series=(QUIET,)),
    case("gap", "forty minutes without readings", FAIL, cold(), trip(), series=(HOLE,),
         says="cold_chain.gap_found"),
    case("gap", "one reading left out is longer than allowed", FAIL, cold(), trip(),
         series=(readings(without=(at(2), at(2, 10))),)),
    case("gap", "the second logger fills the hole of the first", PASS, cold(), trip(),
         series=(HOLE, readings(start=at(1, 50), end=at(3))), logs=({}, {"logger": "TL-2"})),
    case("gap", "the logger started five minutes after departure", PASS, cold(), trip(),
         series=(readings(start=at(1, 5)),)),
    case("gap", "the logger started ten minutes after departure", FAIL, cold(), trip(),
         series=(readings(start=at(1, 10)),)),
    case("gap", "the logger stopped five minutes before arrival", PASS, cold(), trip(),
         series=(readings(end=at(3, 55)),)),
    case("gap", "the logger stopped an hour before arrival", FAIL, cold(), trip(),
         series=(readings(end=at(3)),)),
    case("gap", "a logger set to ten minutes has no gap for that alone", PASS, cold(), trip(),
         series=(readings(start=at(1), minutes=10),)),
    case("gap", "no readings at all", UNKNOWN, cold(), trip()),
    case("gap", "a daily log whose sensor was silent on a day wholly under way", FAIL, cold(),
         trip(departed_at=at(1, on=D(2026, 3, 1)), arrived_at=at(4, on=D(2026, 3, 3))),
         daily((D(2026, 3, 1), 3, 7, 0), (DAY, 3, 7, 30), (D(2026, 3, 3), 3, 7, 0))),
    case("gap", "a daily log whose sensor was silent on a day partly under way", UNKNOWN, cold(),
         trip(), daily((DAY, 3, 7, 30))),
    case("interval", "every five minutes", PASS, cold(), trip(), series=(QUIET,)),
    case("interval", "every six minutes", FAIL, cold(), trip(),
         series=(readings(start=at(1), minutes=6),), says="cold_chain.too_rare"),
    case("interval", "every five minutes while out of range", FAIL, cold(), trip(),
         series=(WARM,)),
    case("interval", "every two minutes while out of range", PASS, cold(), trip(),
         series=(readings(minutes=1, odd={at(2): 900}),)),
    case("interval", "a company that allows ten minutes", PASS, cold(), trip(),
         series=(readings(start=at(1), minutes=10),), transport_interval=10),
    case("interval", "no readings at all", UNKNOWN, cold(), trip()),
    case("interval", "daily aggregates prove no interval", NONE, cold(), trip(),
         daily((DAY, 3, 7, 0))),
    case("mode", "a refrigerated vehicle", PASS, cold(), trip()),
    case("mode", "an ordinary vehicle", FAIL, cold(), trip(mode=TransportMode.ORDINARY_VEHICLE),
         says="cold_chain.wrong_mode"),
    case("mode", "a courier with an insulated box", PASS, cold(),
         trip(mode=TransportMode.COURIER, boxes=("B-1",))),
    case("mode", "the mode is not written down", UNKNOWN, cold(), trip(mode=None)),
    case("mode", "goods that need no cold", NONE, device(),
         trip(mode=TransportMode.ORDINARY_VEHICLE)),
]  # fmt: skip

MARCH = {"place": Place(warehouse=STORE, zone=ZONE), "logger": "WH-1"}


def put(**more: Any) -> PutAway:
    given = {
        "record_no": "IN-1", "name": "示例试剂", "di": DI, "lot_no": "A1",
        "quantity": Decimal(10), "unit": "盒", "put_away_on": DAY, "put_away_at": at(2),
        "place": Place(warehouse=STORE, zone=ZONE),
    }  # fmt: skip
    return PutAway(**{**given, **more})


def out(**more: Any) -> OutboundCheck:
    given = {
        "record_no": "OUT-1", "name": "示例试剂", "di": DI, "lot_no": "A1",
        "quantity": Decimal(10), "unit": "盒", "buyer": HOSPITAL, "checked_on": D(2026, 3, 4),
        "checked_at": at(2, on=D(2026, 3, 4)),
    }  # fmt: skip
    return OutboundCheck(**{**given, **more})


def arrival(**more: Any) -> ColdArrival:
    given = {
        "mode": TransportMode.REFRIGERATED_VEHICLE, "departed_at": at(0), "arrived_at": at(1),
        "arrival_temperature": Decimal(5), "in_transit_min": Decimal(3),
        "in_transit_max": Decimal(7),
    }  # fmt: skip
    return ColdArrival(**{**given, **more})


def inspection(cold_arrival: ColdArrival | None, **more: Any) -> GoodsInInspection:
    given = {
        "record_no": "YS-1", "name": "示例试剂", "di": DI, "lot_no": "A1",
        "quantity": Decimal(10), "unit": "盒", "supplier": NamedParty(name="示例供货者"),
        "inspected_on": DAY, "conclusion": Conclusion.ACCEPTED, "cold": cold_arrival,
    }  # fmt: skip
    return GoodsInInspection(**{**given, **more})


def came_back(**more: Any) -> ReturnRecord:
    given = {
        "record_no": "TH-1", "direction": ReturnDirection.FROM_CUSTOMER, "name": "示例试剂",
        "di": DI, "lot_no": "A1", "quantity": Decimal(1), "unit": "盒", "party": HOSPITAL,
        "returned_on": DAY, "outcome": ReturnOutcome.ACCEPTED,
    }  # fmt: skip
    return ReturnRecord(**{**given, **more})


def store(start: datetime = MIDNIGHT, end: datetime = GONE, **more: Any) -> tuple[Any, Any]:
    return readings(start, end, minutes=30, **more)


HOUSE = [
    case("storage", "stored and gone, the store in range", PASS, cold(), put(), out(),
         series=(store(),), logs=(MARCH,), subject=LOT),
    case("storage", "the store warm while the lot lay there", FAIL, cold(), put(), out(),
         series=(store(odd={at(6): 900}),), logs=(MARCH,), subject=LOT),
    case("storage", "the store warm before the lot came", PASS, cold(), put(), out(),
         series=(store(odd={at(0): 900}),), logs=(MARCH,), subject=LOT),
    case("storage", "the store warm after the lot had gone", PASS, cold(), put(), out(),
         series=(store(odd={at(3, on=D(2026, 3, 4)): 900}),), logs=(MARCH,), subject=LOT),
    case("storage", "another zone warm", UNKNOWN, cold(), put(), out(), series=(store(value=900),),
         logs=({"place": Place(warehouse=STORE, zone="阴凉库"), "logger": "WH-2"},), subject=LOT,
         on=D(2026, 6, 1)),
    case("storage", "moved into a warm zone", FAIL, cold(), put(),
         StockMovement(record_no="M-1", reason=MovementReason.RELOCATION, name="示例试剂", di=DI,
                       lot_no="A1", quantity=Decimal(10), unit="盒", moved_on=D(2026, 3, 3),
                       moved_at=at(1, on=D(2026, 3, 3)),
                       place_to=Place(warehouse=STORE, zone="待验区")),
         out(), series=(store(), store(value=1500)),
         logs=(MARCH, {"place": Place(warehouse=STORE, zone="待验区"), "logger": "WH-2"}),
         subject=LOT),
    case("storage", "given up as nonconforming, where no recorder hangs", PASS, cold(), put(),
         StockMovement(record_no="M-1", reason=MovementReason.STATUS, name="示例试剂", di=DI,
                       lot_no="A1", quantity=Decimal(10), unit="盒", moved_on=D(2026, 3, 3),
                       moved_at=at(1, on=D(2026, 3, 3)), status_to=StockStatus.NONCONFORMING,
                       place_to=Place(warehouse=STORE, zone="不合格品区")),
         series=(store(),), logs=(MARCH,), subject=LOT),
    case("storage", "no zone written down", UNKNOWN, cold(), put(place=Place(warehouse=STORE)),
         out(), subject=LOT, says="cold_chain.place_unsaid"),
    case("storage", "never put away", NONE, cold(), inspection(arrival()), subject=LOT),
    case("storage", "the recorder is not due yet", NONE, cold(), put(), subject=LOT,
         on=DAY + timedelta(days=45)),
    case("storage", "the recorder is overdue by a day", UNKNOWN, cold(), put(), subject=LOT,
         on=DAY + timedelta(days=46)),
    case("storage_gap", "read all the while", PASS, cold(), put(), out(), series=(store(),),
         logs=(MARCH,), subject=LOT),
    case("storage_gap", "three hours without readings", FAIL, cold(), put(), out(),
         series=(store(without=(at(6), at(9))),), logs=(MARCH,), subject=LOT),
    case("storage_gap", "never any recorder", FAIL, cold(), put(), out(), subject=LOT,
         on=D(2026, 6, 1)),
    case("storage_gap", "still in store, exported forty-five days ago", PASS, cold(), put(),
         series=(store(),), logs=(MARCH,), subject=LOT, on=D(2026, 4, 18)),
    case("storage_gap", "still in store, exported forty-six days ago", FAIL, cold(), put(),
         series=(store(),), logs=(MARCH,), subject=LOT, on=D(2026, 4, 19)),
    case("storage_gap", "no zone written down", UNKNOWN, cold(), put(place=Place()), out(),
         subject=LOT),
    case("storage_gap", "silent while it waited for inspection", FAIL, cold(),
         inspection(arrival(), place=Place(warehouse=STORE, zone="待验区")), put(), out(),
         series=(store(), readings(at(3), at(5), minutes=30)),
         logs=(MARCH, {"place": Place(warehouse=STORE, zone="待验区"), "logger": "WH-2"}),
         subject=LOT),
    case("receipt", "verified at the door", PASS, cold(), inspection(arrival()), subject=LOT),
    case("receipt", "nothing of the cold chain recorded", FAIL, cold(), inspection(None),
         subject=LOT, says="cold_chain.receipt_lacks"),
    case("receipt", "no temperature at arrival", FAIL, cold(),
         inspection(arrival(arrival_temperature=None)), subject=LOT),
    case("receipt", "nothing known of the way", FAIL, cold(),
         inspection(arrival(in_transit_min=None, in_transit_max=None)), subject=LOT),
    case("receipt", "warm in transit and accepted", FAIL, cold(),
         inspection(arrival(in_transit_max=Decimal("8.1"))), subject=LOT,
         says="cold_chain.receipt_out"),
    case("receipt", "at the limit in transit", PASS, cold(),
         inspection(arrival(in_transit_max=Decimal("8.0"))), subject=LOT),
    case("receipt", "warm in transit and refused", PASS, cold(),
         inspection(arrival(in_transit_max=Decimal(20)), conclusion=Conclusion.REJECTED),
         subject=LOT),
    case("receipt", "the master data states no range", UNKNOWN, cold(storage=None),
         inspection(arrival()), subject=LOT),
    case("receipt", "goods that need no cold", NONE, device(), inspection(None), subject=LOT),
    case("return", "taken back without a temperature record", FAIL, cold(), came_back(),
         subject=LOT, says="cold_chain.return_without_record"),
    case("return", "refused without a temperature record", PASS, cold(),
         came_back(outcome=ReturnOutcome.REFUSED), subject=LOT),
    case("return", "taken back with a record in range", PASS, cold(),
         came_back(out_of_custody_logger="TL-9"), series=(readings(),),
         logs=({"logger": "TL-9", "place": Place()},), subject=LOT),
    case("return", "taken back with a record out of range", FAIL, cold(),
         came_back(out_of_custody_logger="TL-9"), series=(readings(odd={at(2): 1500}),),
         logs=({"logger": "TL-9", "place": Place()},), subject=LOT, says="cold_chain.return_out"),
    case("return", "the record it names has not come", UNKNOWN, cold(),
         came_back(out_of_custody_logger="TL-9"), subject=LOT),
    case("return", "nothing came back", NONE, cold(), put(), subject=LOT),
]  # fmt: skip

SECOND = {"record_no": "T-2", "delivery_note_nos": ("SO-2",), "plate": "沪A00002"}
LOGGERS = [
    case("logger_overlap", "one transport after the other", PASS, trip(),
         trip(**SECOND, departed_at=at(4), arrived_at=at(6)), subject=LOGGER),
    case("logger_overlap", "two vehicles at once", FAIL, trip(),
         trip(**SECOND, departed_at=at(3, 59), arrived_at=at(6)), subject=LOGGER),
    case("logger_overlap", "two shipments in one vehicle", PASS, trip(),
         trip(record_no="T-2", delivery_note_nos=("SO-2",)), subject=LOGGER),
    case("logger_overlap", "a logger that hangs in a store", NONE, series=(QUIET,), subject=LOGGER),
    case("logger_summary", "states what it read", PASS, series=(QUIET,),
         logs=({"count": 39, "min": Decimal(5), "max": Decimal(5), "mkt": Decimal(5)},),
         subject=LOGGER),
    case("logger_summary", "states a lower peak than it read", FAIL, series=(WARM,),
         logs=({"max": Decimal("9.3")},), subject=LOGGER, says="cold_chain.summary_differs"),
    case("logger_summary", "a tenth off is rounding", PASS, series=(WARM,),
         logs=({"max": Decimal("9.4")},), subject=LOGGER),
    case("logger_summary", "readings were cut away", FAIL, series=(QUIET,),
         logs=({"count": 53},), subject=LOGGER),
    case("logger_summary", "the file's signature does not hold", FAIL, series=(QUIET,),
         logs=({"signature": SignatureState.INVALID},), subject=LOGGER,
         says="cold_chain.signature_wrong"),
    case("logger_summary", "states nothing", NONE, series=(QUIET,), subject=LOGGER),
]  # fmt: skip

CASES = [*ROAD, *HOUSE, *LOGGERS]
