"""The cold chain in the house: arrival, waiting zone, storage, and goods that come back."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from decimal import Decimal
from typing import Final

from audit.records.cold_chain import TemperatureLog
from audit.records.goods import ColdArrival, Conclusion, GoodsInInspection
from audit.records.outbound import ReturnDirection, ReturnOutcome, ReturnRecord
from base.clock import legal_day
from checks.cold_chain.goods import ColdRange, centi, cold_devices, degrees, narrowest
from checks.cold_chain.judge import in_range, without_gap
from checks.cold_chain.kernel import Window
from checks.cold_chain.legs import Stay, seconds, stays, until, zone_logs
from checks.cold_chain.logs import Shown, local, moment, series_of, show
from checks.cold_chain.sentences import (
    LOG_STILL_DUE,
    NO_RANGE,
    NO_RETURN,
    NOT_COLD,
    NOT_STORED,
    PLACE_UNSAID,
    QUARANTINE_GOODS,
    RECEIPT_COMPLETE,
    RECEIPT_LACKS,
    RECEIPT_OUT,
    REFUSED_AT_DOOR,
    RETURN_LOG_NOT_HERE,
    RETURN_OUT,
    RETURN_RECORDED,
    RETURN_WITHOUT_RECORD,
    SHOULD_VERIFY_ARRIVAL,
    STORAGE_LOG_MISSING,
    SUPPLY_ARRIVAL,
    SUPPLY_LOG,
    SUPPLY_PLACE,
    SUPPLY_RANGE,
)
from checks.types import (
    Answer,
    Cure,
    Evidence,
    Exhibit,
    Hop,
    Policy,
    Result,
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

STORAGE_INTERVAL = parameter(
    "cold_chain.storage_interval",
    zh="贮存过程温度记录间隔",
    en="recording interval in storage",
    default=30,
    unit="minute",
    floor=1,
    origin="冷链指南 2016-154",
)
EXPORT_WITHIN = parameter(
    "cold_chain.export_within",
    zh="库房温度记录的导出周期",
    en="days within which the store's recorder is exported",
    default=45,
    unit="day",
    floor=0,
)

_GOODS: Final = Hop(("goods_in_inspection", "put_away", "stock_movement", "outbound_check"))
_STORED: Final = (
    _GOODS,
    Hop(("device",), role="device"),
    Hop(("temperature_log",), role="zone"),
)


def _limits(evidence: Evidence, *, transport: bool = False) -> ColdRange | Answer:
    devices = cold_devices(evidence)
    if not devices:
        return not_applicable(say(NOT_COLD))
    limits = narrowest(devices, transport=transport)
    if limits is None:
        seqs = tuple(exhibit.seq for exhibit in devices)
        return unknown(say(NO_RANGE), entries=seqs, cures=(Cure(say(SUPPLY_RANGE), seqs),))
    return limits


def expected_stays(
    evidence: Evidence, policy: Policy, valid_at: date
) -> Iterator[tuple[Stay, Window, list[Exhibit[TemperatureLog]]]]:
    """Each stay that began by `valid_at`, its window as far as logs can be expected, its logs.

    The recorder of a store is exported in periods: after its last export, silence is no gap until
    the period has passed.
    """
    lag = timedelta(days=policy.days(EXPORT_WITHIN, valid_at))
    for stay in stays(evidence):
        end = until(stay, valid_at)
        if stay.start >= end:
            continue
        logs = zone_logs(evidence, stay)
        exported = max((one.record.last for one in logs if one.record.last), default=None)
        if exported is not None and exported < end:
            due = legal_day(exported) + lag
            if valid_at <= due:
                end = max(exported, stay.start + timedelta(seconds=1))
        yield stay, Window(seconds(stay.start), seconds(end)), logs


def still_due(
    stay: Stay,
    window: Window,
    logs: list[Exhibit[TemperatureLog]],
    policy: Policy,
    valid_at: date,
) -> bool:
    """Whether the recorder's first export since the goods came may still be on its way."""
    lag = timedelta(days=policy.days(EXPORT_WITHIN, valid_at))
    later = any(seconds(one.record.last) >= window.end for one in logs if one.record.last)
    return valid_at <= legal_day(stay.start) + lag and not later


def _review(evidence: Evidence, policy: Policy, valid_at: date) -> date | None:
    """The first day on which time alone changes what is asked: the day a recorder falls due, or
    tomorrow while a lot is in store and its recorder is already silent too long."""
    lag = timedelta(days=policy.days(EXPORT_WITHIN, valid_at))
    days: list[date] = []
    for stay in stays(evidence):
        start = legal_day(stay.start)
        if start > valid_at:
            days.append(start)
            continue
        exported = [one.record.last for one in zone_logs(evidence, stay) if one.record.last]
        due = (legal_day(max(exported)) if exported else start) + lag
        ends = legal_day(stay.end) if stay.end else None
        if due >= valid_at:
            days.append(due + timedelta(days=1))
        elif ends is None or ends >= valid_at:
            days.append(valid_at + timedelta(days=1))
        if exported and legal_day(max(exported)) >= valid_at:
            days.append(valid_at + timedelta(days=1))
    return min(days, default=None)


def _storage(
    evidence: Evidence, policy: Policy, valid_at: date
) -> tuple[ColdRange | None, list[tuple[Stay, Shown]], Answer | None]:
    limits = _limits(evidence)
    if isinstance(limits, Answer):
        return None, [], limits
    allowed = policy.days(STORAGE_INTERVAL, valid_at) * 60
    found: list[tuple[Stay, Shown]] = []
    review = _review(evidence, policy, valid_at)
    lag = policy.days(EXPORT_WITHIN, valid_at)
    waiting: Answer | None = None
    for stay, window, logs in expected_stays(evidence, policy, valid_at):
        if stay.zone is None:
            cure = Cure(say(SUPPLY_PLACE), stay.entries)
            sentence = say(PLACE_UNSAID)
            return (
                limits,
                [],
                unknown(sentence, entries=stay.entries, cures=(cure,), review_at=review),
            )
        shown = show(evidence, logs, window, limits, allowed)
        if shown.silent and still_due(stay, window, logs, policy, valid_at):
            waiting = not_applicable(say(LOG_STILL_DUE, days=lag), review_at=review)
            continue
        found.append((stay, shown))
    if not found:
        return limits, [], waiting or not_applicable(say(NOT_STORED), review_at=review)
    return limits, found, None


def _worst(answers: list[Answer], review: date | None) -> Answer:
    order = (Result.FAIL, Result.UNKNOWN, Result.PASS, Result.NOT_APPLICABLE)
    worst = min(answers, key=lambda answer: order.index(answer.result))
    return Answer(
        worst.result, worst.found, worst.expected, worst.facts, worst.entries, worst.cures, review
    )


@rule(
    "cold_chain.storage",
    zh="贮存温度在标签范围内",
    en="Stored within its range",
    why_zh="冷库超温会影响在库的每一批产品。",
    why_en="A cold store out of range touches every lot in it.",
    severity=Severity.MAJOR,
    bases=(law("GSP", "71"),),
    subject="lot",
    reads=_STORED,
    readings=True,
    population="put-aways of cold lots",
    parameters=(STORAGE_INTERVAL, EXPORT_WITHIN),
    requirements=("R38",),
)
def storage(subject: str, evidence: Evidence, policy: Policy, valid_at: date) -> Answer:
    """Fails on a reading out of range in a zone while the lot lay there."""
    limits, found, ended = _storage(evidence, policy, valid_at)
    if ended is not None or limits is None:
        return ended or not_applicable(say(NOT_COLD))
    review = _review(evidence, policy, valid_at)
    return _worst(
        [
            unknown(
                _missing(stay, policy, valid_at),
                entries=stay.entries,
                cures=(Cure(say(SUPPLY_LOG), stay.entries),),
            )
            if shown.silent
            else in_range(limits, shown)
            for stay, shown in found
        ],
        review,
    )


def _missing(stay: Stay, policy: Policy, valid_at: date):  # type: ignore[no-untyped-def]
    end = seconds(until(stay, valid_at))
    zone = f"{stay.place.warehouse} {stay.place.zone}"
    return say(STORAGE_LOG_MISSING, zone=zone, start=local(seconds(stay.start)), end=local(end))


@rule(
    "cold_chain.storage_gap",
    zh="贮存温度记录连续",
    en="No gap in the store's readings",
    why_zh="库房温度记录中断的时段，无法证明在库产品的温度。",
    why_en="While the recorder was silent nothing shows how the goods were kept.",
    severity=Severity.MAJOR,
    bases=(law("GSP", "74(4)"),),
    subject="lot",
    reads=_STORED,
    readings=True,
    population="put-aways of cold lots",
    parameters=(STORAGE_INTERVAL, EXPORT_WITHIN),
    requirements=("R38",),
)
def storage_gap(subject: str, evidence: Evidence, policy: Policy, valid_at: date) -> Answer:
    """Fails on a stretch without readings in a zone while the lot lay there."""
    limits, found, ended = _storage(evidence, policy, valid_at)
    if ended is not None or limits is None:
        return ended or not_applicable(say(NOT_COLD))
    answers = []
    for stay, shown in found:
        if shown.silent:
            cure = Cure(say(SUPPLY_LOG), stay.entries)
            sentence = _missing(stay, policy, valid_at)
            answers.append(failed(sentence, expected=sentence, entries=stay.entries, cures=(cure,)))
        else:
            answers.append(without_gap(shown, stay.entries))
    return _worst(answers, _review(evidence, policy, valid_at))


_FIELDS: Final = {
    "mode": "运输方式 mode",
    "departed_at": "启运时间 departure",
    "arrived_at": "到货时间 arrival",
    "arrival_temperature": "到货温度 temperature at arrival",
    "in_transit": "在途温度 temperatures in transit",
}


def _lacks(cold: ColdArrival | None) -> list[str]:
    if cold is None:
        return list(_FIELDS.values())
    lacking = [name for name in list(_FIELDS)[:4] if getattr(cold, name) is None]
    known = cold.log is not None or (
        cold.in_transit_min is not None and cold.in_transit_max is not None
    )
    return [_FIELDS[name] for name in (*lacking, *(() if known else ("in_transit",)))]


@rule(
    "cold_chain.receipt",
    zh="冷链产品收货核实",
    en="Cold goods verified at arrival",
    why_zh="收货时不核实温度，此前的冷链就无从证明。",
    why_en="Unless temperatures are verified at the door, the chain before it cannot be shown.",
    severity=Severity.MAJOR,
    bases=(law("GSP", "63"), law("GSP", "67")),
    subject="lot",
    reads=(Hop(("goods_in_inspection",)), Hop(("device",), role="device")),
    population="goods-in inspections of cold lots",
    requirements=("R10", "R11"),
)
def receipt(subject: str, evidence: Evidence, policy: Policy, valid_at: date) -> Answer:
    """Fails when an accepted arrival lacks mode, times or temperatures, or was out of range."""
    limits = _limits(evidence, transport=True)
    inspections = evidence.of(GoodsInInspection)
    if isinstance(limits, Answer):
        return limits
    if not inspections:
        return not_applicable(say(NOT_STORED))
    expected = say(SHOULD_VERIFY_ARRIVAL)
    accepted = [e for e in inspections if e.record.conclusion is not Conclusion.REJECTED]
    if not accepted:
        entries = tuple(e.seq for e in inspections)
        return passed(say(REFUSED_AT_DOOR), expected=expected, entries=entries)
    for exhibit in accepted:
        cold = exhibit.record.cold
        entries = (exhibit.seq, *limits.entries)
        out = _out(limits, cold)
        if out is not None:
            wrong = say(RECEIPT_OUT, found=f"{out:f}", range=limits.text())
            cure = Cure(say(QUARANTINE_GOODS), (exhibit.seq,))
            return failed(wrong, expected=expected, entries=entries, cures=(cure,))
        if lacking := _lacks(cold):
            sentence = say(RECEIPT_LACKS, fields="; ".join(lacking))
            cure = Cure(say(SUPPLY_ARRIVAL), (exhibit.seq,))
            return failed(sentence, expected=expected, entries=entries, cures=(cure,))
    complete = say(RECEIPT_COMPLETE, range=limits.text())
    return passed(complete, expected=expected, entries=tuple(e.seq for e in accepted))


def _out(limits: ColdRange, cold: ColdArrival | None) -> Decimal | None:
    """The temperature at arrival or in transit that is out of range, if any."""
    if cold is None:
        return None
    for value in (cold.arrival_temperature, cold.in_transit_min, cold.in_transit_max):
        if value is not None and _outside(limits, centi(value)):
            return value
    return None


def _outside(limits: ColdRange, value: int) -> bool:
    return (limits.low is not None and value < limits.low) or (
        limits.high is not None and value > limits.high
    )


@rule(
    "cold_chain.return",
    zh="冷链退货有售出期间温度记录",
    en="Returned cold goods bring their temperature record",
    why_zh="离开本企业期间的温度无法证明的冷链退货，应当拒收。",
    why_en="Cold goods whose temperature while sold cannot be shown are to be refused.",
    severity=Severity.MAJOR,
    bases=(law("GSP", "67"),),
    subject="lot",
    reads=(
        Hop(("return_record",)),
        Hop(("device",), role="device"),
        Hop(("temperature_log",), role="logger", via=("return_record",)),
    ),
    readings=True,
    population="returns of cold lots",
    requirements=("R11",),
)
def returned(subject: str, evidence: Evidence, policy: Policy, valid_at: date) -> Answer:
    """Fails when cold goods were taken back without a temperature record, or out of range."""
    limits = _limits(evidence)
    if isinstance(limits, Answer):
        return limits
    returns = [
        e for e in evidence.of(ReturnRecord) if e.record.direction is ReturnDirection.FROM_CUSTOMER
    ]
    if not returns:
        return not_applicable(say(NO_RETURN))
    expected = say(RETURN_RECORDED)
    missing: Answer | None = None
    for exhibit in returns:
        record = exhibit.record
        if record.outcome is not ReturnOutcome.ACCEPTED:
            continue
        entries = (exhibit.seq, *limits.entries)
        cure = Cure(say(QUARANTINE_GOODS), (exhibit.seq,))
        if not (record.out_of_custody_log or record.out_of_custody_logger):
            without = say(RETURN_WITHOUT_RECORD)
            return failed(without, expected=expected, entries=entries, cures=(cure,))
        logs = _logs_of(evidence, exhibit)
        if not logs:
            name = record.out_of_custody_log or record.out_of_custody_logger
            need = Cure(say(SUPPLY_LOG), (exhibit.seq,))
            sentence = say(RETURN_LOG_NOT_HERE, log=name)
            missing = unknown(sentence, expected=expected, entries=entries, cures=(need,))
            continue
        out = _out_while_sold(evidence, exhibit, logs, limits)
        if out is not None:
            wrong = say(RETURN_OUT, found=degrees(out), range=limits.text())
            seqs = (*entries, *(log.seq for log in logs))
            return failed(wrong, expected=expected, entries=seqs, cures=(cure,))
    if missing is not None:
        return missing
    seqs = tuple(e.seq for e in returns)
    return passed(say(RETURN_RECORDED), expected=expected, entries=seqs)


def _logs_of(evidence: Evidence, exhibit: Exhibit[ReturnRecord]) -> list[Exhibit[TemperatureLog]]:
    record = exhibit.record
    loggers = set(exhibit.subjects.get("logger", ()))
    return [
        log
        for log in evidence.of(TemperatureLog)
        if loggers & set(log.subjects.get("logger", ()))
        or record.out_of_custody_log in (log.identity, log.document)
    ]


def _out_while_sold(
    evidence: Evidence,
    exhibit: Exhibit[ReturnRecord],
    logs: list[Exhibit[TemperatureLog]],
    limits: ColdRange,
) -> int | None:
    """The first reading out of range up to the day the goods came back."""
    for series in series_of(evidence, logs):
        for at, value in zip(series.times.tolist(), series.values.tolist(), strict=True):
            if legal_day(moment(at)) > exhibit.record.returned_on:
                break
            if _outside(limits, value):
                return int(value)
    return None
