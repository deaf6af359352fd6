"""Loggers: never in two places at once, and their own summaries true to their readings."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from itertools import combinations
from typing import Final

import numpy as np

from audit.records.cold_chain import LogForm, SignatureState, TemperatureLog
from audit.records.outbound import TransportRecord
from checks.cold_chain.goods import degrees
from checks.cold_chain.kernel import mean_kinetic_temperature
from checks.cold_chain.logs import Series, series_of
from checks.cold_chain.sentences import (
    CLEAR_UP_LOGGER,
    LOGGER_ONCE,
    LOGGER_TWICE,
    LOGGER_UNUSED,
    NO_SUMMARY,
    ORIGINAL_EXPORT,
    SIGNATURE_WRONG,
    SUMMARY_AGREES,
    SUMMARY_DIFFERS,
)
from checks.types import (
    Answer,
    Cure,
    Evidence,
    Exhibit,
    Hop,
    Policy,
    Severity,
    failed,
    law,
    not_applicable,
    passed,
    rule,
    say,
)

ROUNDING: Final = Decimal("0.1")
"""Loggers show and truncate to a tenth of a degree."""
MKT_ROUNDING: Final = Decimal("0.3")
"""Makers' activation energies differ a little (83.0 against 83.144 kJ/mol)."""


@rule(
    "cold_chain.logger_overlap",
    zh="一台记录仪不能同时在两处",
    en="One logger, one place",
    why_zh="同一台记录仪的数据被用于两次互不相干的运输，至少有一次不真实。",
    why_en="Readings of one logger used for two unconnected transports: one of them is untrue.",
    severity=Severity.MAJOR,
    bases=(law("GSP", "97"),),
    subject="logger",
    reads=(Hop(("transport_record",)),),
    population="transport records that name the logger",
    can_be_unknown=False,
)
def logger_overlap(subject: str, evidence: Evidence, policy: Policy, valid_at: date) -> Answer:
    """Fails when two transports overlap in time and share neither vehicle nor box."""
    timed = [
        exhibit
        for exhibit in evidence.of(TransportRecord)
        if exhibit.record.departed_at and exhibit.record.arrived_at
    ]
    if not timed:
        return not_applicable(say(LOGGER_UNUSED))
    expected = say(LOGGER_ONCE)
    for one, other in combinations(timed, 2):
        if _together(one, other) or not _overlap(one.record, other.record):
            continue
        entries = (one.seq, other.seq)
        found = say(LOGGER_TWICE, first=one.identity, second=other.identity)
        cure = (Cure(say(CLEAR_UP_LOGGER), entries),)
        return failed(found, expected=expected, entries=entries, cures=cure)
    return passed(say(LOGGER_ONCE), expected=expected, entries=tuple(e.seq for e in timed))


def _overlap(one: TransportRecord, other: TransportRecord) -> bool:
    a, b = one.departed_at, one.arrived_at
    c, d = other.departed_at, other.arrived_at
    return bool(a and b and c and d and a < d and c < b)


def _together(one: Exhibit[TransportRecord], other: Exhibit[TransportRecord]) -> bool:
    return any(
        set(one.subjects.get(role, ())) & set(other.subjects.get(role, ()))
        for role in ("vehicle", "box")
    )


@rule(
    "cold_chain.logger_summary",
    zh="记录仪汇总与读数一致",
    en="A logger's summary agrees with its readings",
    why_zh="汇总与读数不符，或签名不成立，说明文件被删改或截断。",
    why_en="A summary that its readings do not bear out, or a broken signature, shows tampering.",
    severity=Severity.MAJOR,
    bases=(law("GSP", "97"),),
    subject="logger",
    reads=(Hop(("temperature_log",)),),
    readings=True,
    population="temperature logs of the logger",
    can_be_unknown=False,
)
def logger_summary(subject: str, evidence: Evidence, policy: Policy, valid_at: date) -> Answer:
    """Fails on a signature that does not hold, or a stated number that the readings contradict."""
    expected = say(SUMMARY_AGREES)
    logs = evidence.of(TemperatureLog)
    entries = tuple(log.seq for log in logs)
    for log in logs:
        if log.record.signature is SignatureState.INVALID:
            cure = (Cure(say(ORIGINAL_EXPORT), (log.seq,)),)
            wrong = say(SIGNATURE_WRONG, seq=log.seq)
            return failed(wrong, expected=expected, entries=(log.seq,), cures=cure)
    compared = False
    whole = [log for log in logs if log.record.form is LogForm.SERIES]
    for series in series_of(evidence, whole):
        for field, stated, found, slack in _statements(series):
            compared = True
            if abs(stated - found) > slack:
                seq = series.exhibit.seq
                cure = (Cure(say(ORIGINAL_EXPORT), (seq,)),)
                differs = say(SUMMARY_DIFFERS, field=field, stated=f"{stated:f}", found=f"{found}")
                return failed(differs, expected=expected, entries=(seq,), cures=cure)
    if not compared:
        return not_applicable(say(NO_SUMMARY))
    return passed(say(SUMMARY_AGREES), expected=expected, entries=entries)


def _statements(series: Series) -> Iterator[tuple[str, Decimal, Decimal, Decimal]]:
    """(field, stated, found, permitted difference) for each number that the logger states."""
    record, values = series.exhibit.record, series.values
    if not len(values):
        return
    if record.count is not None:
        present = record.count - (record.gaps or 0)
        yield "读数个数 count", Decimal(present), Decimal(len(values)), Decimal(0)
    if record.min is not None:
        yield "最低 lowest", record.min, Decimal(degrees(int(values.min()))), ROUNDING
    if record.max is not None:
        yield "最高 highest", record.max, Decimal(degrees(int(values.max()))), ROUNDING
    if record.mkt is not None and len(series.times) > 1:
        holds = np.append(np.diff(series.times), 0)
        mkt = mean_kinetic_temperature(values, holds)
        if mkt is not None:
            yield "MKT", record.mkt, Decimal(f"{mkt:.2f}"), MKT_ROUNDING
