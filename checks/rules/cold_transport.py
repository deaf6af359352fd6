"""The cold chain under way: from departure to hand-over, judged from the documents' times.

The label's transport range decides, else its storage range. The recording intervals of the guide
2016-154 are guide values: keeping to them is minor, being out of range or without any record is
major.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, Final

from audit.records.goods import TransportMode
from audit.records.outbound import TransportRecord
from checks.cold_chain.goods import ColdRange, cold_devices, narrowest
from checks.cold_chain.judge import in_range, without_gap
from checks.cold_chain.legs import Trip, logs_of, trips
from checks.cold_chain.logs import Shown, local, show
from checks.cold_chain.sentences import (
    AGGREGATES_ONLY,
    COLLECTED,
    LOGGED,
    MODE_UNSAID,
    NO_LOG,
    NO_RANGE,
    NO_TRANSPORT_RECORD,
    NOT_COLD,
    OFTEN_ENOUGH,
    QUARANTINE_GOODS,
    RANGES_DIFFER,
    RIGHT_MODE,
    SET_LOGGER,
    SHOULD_BE_LOGGED,
    SHOULD_BE_OFTEN,
    SUPPLY_BOXES,
    SUPPLY_LOG,
    SUPPLY_RANGE,
    SUPPLY_TIMES,
    TIME_MISSING,
    TIMES_CONTRADICT,
    TOO_RARE,
    UNDER_WAY,
    WRONG_MODE,
)
from checks.types import (
    Answer,
    Authority,
    Cure,
    Evidence,
    Hop,
    Policy,
    Severity,
    failed,
    law,
    not_applicable,
    parameter,
    passed,
    rule,
    say,
    unknown,
)

TRANSPORT_INTERVAL = parameter(
    "cold_chain.transport_interval",
    zh="运输过程温度记录间隔",
    en="recording interval in transport",
    default=5,
    unit="minute",
    floor=1,
    origin="冷链指南 2016-154",
)
EXCURSION_INTERVAL = parameter(
    "cold_chain.excursion_interval",
    zh="超温时温度记录间隔",
    en="recording interval while out of range",
    default=2,
    unit="minute",
    floor=1,
    origin="冷链指南 2016-154",
)
RECORD_WITHIN = parameter(
    "cold_chain.record_within",
    zh="发货后应收齐运输与温度记录的天数",
    en="days after dispatch within which transport and temperature records must be in",
    default=7,
    unit="day",
    floor=0,
)

_SHIPMENT: Final = (
    Hop(
        (
            "delivery_note",
            "sales_record",
            "transport_record",
            "customer_acceptance",
            "temperature_log",
        )
    ),
    Hop(("device",), role="device"),
)
_WITH_LOGS: Final = (
    *_SHIPMENT,
    Hop(("temperature_log",), role="logger", via=("transport_record",)),
    Hop(("temperature_log",), role="vehicle", via=("transport_record",)),
    Hop(("temperature_log",), role="box", via=("transport_record",)),
)
_WORDS: Final = {"departed_at": ("启运时间", "departure"), "arrived_at": ("到达时间", "arrival")}


@dataclass(frozen=True, slots=True)
class Ride:
    """A trip of cold goods with what the loggers show of it."""

    trip: Trip
    limits: ColdRange
    shown: Shown


def _shipped_on(evidence: Evidence) -> date | None:
    days = [one.record.occurred_on() for one in evidence.exhibits if one.kind != "device"]
    return min((day for day in days if day is not None), default=None)


def _goods(evidence: Evidence) -> list[Any]:
    named = {
        subject
        for exhibit in evidence.exhibits
        if exhibit.kind != "device"
        for subject in exhibit.subjects.get("device", ())
    }
    return cold_devices(evidence, named)


def _own(evidence: Evidence) -> bool:
    """Whether any of our own papers of the shipment is there; a log alone is no shipment."""
    return any(
        one.kind in ("delivery_note", "sales_record", "transport_record")
        for one in evidence.exhibits
    )


def _collected(evidence: Evidence) -> bool:
    records = evidence.of(TransportRecord)
    return bool(records) and all(
        one.record.mode is TransportMode.CUSTOMER_COLLECTS for one in records
    )


def rides(evidence: Evidence, policy: Policy, valid_at: date) -> tuple[list[Ride], Answer | None]:
    """The shipment's trips read, or the answer that ends the question before any reading."""
    devices = _goods(evidence)
    if not devices or not _own(evidence):
        return [], not_applicable(say(NOT_COLD))
    if _collected(evidence):
        return [], not_applicable(say(COLLECTED))
    limits = narrowest(devices, transport=True)
    named = tuple(exhibit.seq for exhibit in devices)
    if limits is None:
        cure = Cure(say(SUPPLY_RANGE), named)
        return [], unknown(say(NO_RANGE), entries=named, cures=(cure,))
    if limits.contradictory:
        cure = Cure(say(SUPPLY_BOXES), named)
        return [], unknown(say(RANGES_DIFFER), entries=named, cures=(cure,))
    found: list[Ride] = []
    for trip in trips(evidence):
        if trip.window is None:
            return [], _incomplete(evidence, trip, policy, valid_at)
        allowed = policy.days(TRANSPORT_INTERVAL, valid_at) * 60
        logs = logs_of(evidence, trip)
        found.append(Ride(trip, limits, show(evidence, logs, trip.window, limits, allowed)))
    return found, None


def _incomplete(evidence: Evidence, trip: Trip, policy: Policy, valid_at: date) -> Answer:
    if (waiting := _waiting(evidence, policy, valid_at)) is not None:
        return waiting
    cure = Cure(say(SUPPLY_TIMES), trip.entries)
    if trip.lacks == "order":
        return unknown(say(TIMES_CONTRADICT), entries=trip.entries, cures=(cure,))
    zh, en = _WORDS[trip.lacks or "arrived_at"]
    what = f"{zh} / {en}"
    return unknown(say(TIME_MISSING, field=what), entries=trip.entries, cures=(cure,))


def _waiting(evidence: Evidence, policy: Policy, valid_at: date) -> Answer | None:
    """Not applicable while papers may still be on their way; None once they are due."""
    days = policy.days(RECORD_WITHIN, valid_at)
    shipped = _shipped_on(evidence)
    if shipped is not None and valid_at <= shipped + timedelta(days=days):
        return not_applicable(
            say(UNDER_WAY, days=days), review_at=shipped + timedelta(days=days + 1)
        )
    return None


def _silent(ride: Ride, evidence: Evidence, policy: Policy, valid_at: date) -> Answer:
    """What the readings' rules say where no reading is: `missing_leg` speaks of it."""
    if (waiting := _waiting(evidence, policy, valid_at)) is not None:
        return waiting
    return unknown(
        _no_log(ride.trip),
        entries=ride.trip.entries,
        cures=(Cure(say(SUPPLY_LOG), ride.trip.entries),),
    )


def _no_log(trip: Trip) -> Any:
    assert trip.window is not None
    return say(NO_LOG, start=local(trip.window.start), end=local(trip.window.end))


@rule(
    "cold_chain.missing_leg",
    zh="冷链运输有运输记录和温度记录",
    en="Cold transport is recorded",
    why_zh="没有在途温度记录，就无法证明产品全程处于要求的温度。",
    why_en="Without readings on the way nothing shows that the goods stayed within their range.",
    severity=Severity.MAJOR,
    bases=(law("GSP", "96"), law("GSP", "97")),
    subject="shipment",
    reads=_WITH_LOGS,
    readings=True,
    population="own delivery notes and sales of cold goods",
    parameters=(TRANSPORT_INTERVAL, RECORD_WITHIN),
    requirements=("R14",),
)
def missing_leg(subject: str, evidence: Evidence, policy: Policy, valid_at: date) -> Answer:
    """Fails when cold goods left without a transport record, or a trip has no readings at all."""
    found, ended = rides(evidence, policy, valid_at)
    if ended is not None:
        return ended
    expected = say(SHOULD_BE_LOGGED)
    silent = [ride for ride in found if ride.shown.silent]
    if not found or silent:
        if (waiting := _waiting(evidence, policy, valid_at)) is not None:
            return waiting
        entries = tuple(e.seq for e in evidence.exhibits if e.kind != "device")
        sentence = _no_log(silent[0].trip) if silent else say(NO_TRANSPORT_RECORD)
        cure = Cure(say(SUPPLY_LOG if silent else SUPPLY_TIMES), entries)
        return failed(sentence, expected=expected, entries=entries, cures=(cure,))
    return passed(say(LOGGED), expected=expected, entries=_entries(found))


def _entries(found: list[Ride]) -> tuple[int, ...]:
    return tuple(seq for ride in found for seq in (*ride.trip.entries, *ride.shown.entries))


def _each(
    evidence: Evidence, policy: Policy, valid_at: date
) -> Iterator[tuple[Ride | None, Answer | None]]:
    """Every ride, or the answer that stands for what cannot be read."""
    found, ended = rides(evidence, policy, valid_at)
    if ended is not None:
        yield None, ended
        return
    if not found:
        waiting = _waiting(evidence, policy, valid_at)
        cure = Cure(say(SUPPLY_TIMES))
        yield None, waiting or unknown(say(NO_TRANSPORT_RECORD), cures=(cure,))
    for ride in found:
        silent = ride.shown.silent
        yield ride, _silent(ride, evidence, policy, valid_at) if silent else None


def _worst(answers: list[Answer]) -> Answer:
    order = ("fail", "unknown", "pass", "not_applicable")
    return min(answers, key=lambda answer: order.index(answer.result.value))


@rule(
    "cold_chain.excursion",
    zh="运输温度在标签范围内",
    en="Kept within its range on the way",
    why_zh="超出标示温度的产品，其质量和有效期不再有保证。",
    why_en="Goods that left their stated range can no longer be relied on.",
    severity=Severity.MAJOR,
    bases=(law("GSP", "97"),),
    subject="shipment",
    reads=_WITH_LOGS,
    readings=True,
    population="own delivery notes and sales of cold goods",
    parameters=(TRANSPORT_INTERVAL, RECORD_WITHIN),
    requirements=("R11",),
)
def excursion(subject: str, evidence: Evidence, policy: Policy, valid_at: date) -> Answer:
    """Fails on a reading out of range between departure and hand-over. A daily aggregate out of
    range fails where the whole day was under way, else it stays unknown."""
    answers = [
        ended if ended is not None or ride is None else in_range(ride.limits, ride.shown)
        for ride, ended in _each(evidence, policy, valid_at)
    ]
    return _worst([answer for answer in answers if answer is not None])


@rule(
    "cold_chain.gap",
    zh="运输温度记录连续",
    en="No gap in the readings on the way",
    why_zh="没有读数的时间段里发生了什么，谁也无法证明。",
    why_en="Nobody can show what happened while nothing was recorded.",
    severity=Severity.MAJOR,
    bases=(law("GSP", "97"),),
    subject="shipment",
    reads=_WITH_LOGS,
    readings=True,
    population="own delivery notes and sales of cold goods",
    parameters=(TRANSPORT_INTERVAL, RECORD_WITHIN),
    requirements=("R11",),
)
def gap(subject: str, evidence: Evidence, policy: Policy, valid_at: date) -> Answer:
    """Fails on a stretch between departure and hand-over that no logger covers, longer than both
    the permitted interval and one and a half of the logger's own."""
    answers = []
    for ride, ended in _each(evidence, policy, valid_at):
        if ended is not None or ride is None:
            answers.append(ended)
        else:
            answers.append(without_gap(ride.shown, ride.trip.entries))
    return _worst([answer for answer in answers if answer is not None])


@rule(
    "cold_chain.interval",
    zh="运输温度记录间隔",
    en="Recorded often enough on the way",
    why_zh="间隔太长的记录会漏过短时超温；指南给出的间隔是推荐值。",
    why_en="Rare readings miss short excursions; the guide's intervals are recommended values.",
    severity=Severity.MINOR,
    authority=Authority.POLICY,
    bases=(law("冷链指南", "8"),),
    subject="shipment",
    reads=_WITH_LOGS,
    readings=True,
    population="own delivery notes and sales of cold goods",
    parameters=(TRANSPORT_INTERVAL, EXCURSION_INTERVAL, RECORD_WITHIN),
)
def interval(subject: str, evidence: Evidence, policy: Policy, valid_at: date) -> Answer:
    """Fails when the logger's own interval is longer than the guide's, in range or out of it."""
    minutes = policy.days(TRANSPORT_INTERVAL, valid_at)
    quick = policy.days(EXCURSION_INTERVAL, valid_at)
    expected = say(SHOULD_BE_OFTEN, minutes=minutes, excursion=quick)
    answers = []
    for ride, ended in _each(evidence, policy, valid_at):
        if ended is not None or ride is None:
            answers.append(ended)
            continue
        shown = ride.shown
        entries = (*ride.trip.entries, *shown.entries)
        cure = (Cure(say(SET_LOGGER), shown.entries),)
        if shown.only_daily:
            answers.append(not_applicable(say(AGGREGATES_ONLY), expected=expected, entries=entries))
        elif shown.interval is not None and shown.interval > minutes * 60:
            rare = say(TOO_RARE, found=shown.interval, allowed=minutes * 60)
            answers.append(failed(rare, expected=expected, entries=entries, cures=cure))
        elif shown.excursion_interval is not None and shown.excursion_interval > quick * 60:
            rare = say(TOO_RARE, found=shown.excursion_interval, allowed=quick * 60)
            answers.append(failed(rare, expected=expected, entries=entries, cures=cure))
        else:
            answers.append(passed(say(OFTEN_ENOUGH), expected=expected, entries=entries))
    return _worst([answer for answer in answers if answer is not None])


_COLD_MODES: Final = {TransportMode.REFRIGERATED_VEHICLE, TransportMode.INSULATED_BOX}


@rule(
    "cold_chain.mode",
    zh="冷链产品的运输方式",
    en="A cold means of transport",
    why_zh="普通车辆无法保证运输过程的温度。",
    why_en="An ordinary vehicle cannot keep the temperature.",
    severity=Severity.MAJOR,
    bases=(law("GSP", "97"),),
    subject="shipment",
    reads=_SHIPMENT,
    population="transport records of cold goods",
    requirements=("R15",),
)
def mode(subject: str, evidence: Evidence, policy: Policy, valid_at: date) -> Answer:
    """Fails when cold goods travelled with neither refrigerated vehicle nor insulated box."""
    if not _goods(evidence) or not _own(evidence):
        return not_applicable(say(NOT_COLD))
    records = evidence.of(TransportRecord)
    if _collected(evidence) or not records:
        return not_applicable(say(COLLECTED if records else NO_TRANSPORT_RECORD))
    expected = say(RIGHT_MODE)
    entries = tuple(one.seq for one in records)
    unsaid = False
    for one in records:
        record = one.record
        if record.mode in _COLD_MODES or record.boxes:
            continue
        if record.mode is None:
            unsaid = True
            continue
        wrong = say(WRONG_MODE, mode=record.mode.value)
        cure = (Cure(say(QUARANTINE_GOODS), entries),)
        return failed(wrong, expected=expected, entries=(one.seq,), cures=cure)
    if unsaid:
        cure = (Cure(say(SUPPLY_TIMES), entries),)
        return unknown(say(MODE_UNSAID), expected=expected, entries=entries, cures=cure)
    return passed(say(RIGHT_MODE), expected=expected, entries=entries)
