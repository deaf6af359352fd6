"""The cold-chain legs of a package: on the way to us, in store, on the way to the customer.

Windows come from the papers, limits from the label, readings from the loggers; everything is
gathered and judged by the rules' own functions, so that report and verdicts cannot disagree.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from enum import StrEnum
from typing import Any, Final

from audit.records.cold_chain import TemperatureLog
from audit.records.goods import GoodsInInspection
from audit.store import Store
from audit.store.state import Snapshot
from checks.cold_chain.goods import ColdRange, cold_devices, narrowest
from checks.cold_chain.kernel import Window
from checks.cold_chain.legs import Stay, logs_of, seconds, zone_logs
from checks.cold_chain.logs import Series, Shown, series_of, show
from checks.cold_chain.sentences import LOG_STILL_DUE, NO_RANGE, PLACE_UNSAID
from checks.evidence import Evidence, Exhibit
from checks.examine import rules_named
from checks.policy import Policy
from checks.rules.cold_storage import (
    EXPORT_WITHIN,
    STORAGE_INTERVAL,
    expected_stays,
    still_due,
)
from checks.rules.cold_transport import TRANSPORT_INTERVAL, Ride, rides
from checks.source import Fetched, gather
from checks.store_source import StoreSource, policy_at
from checks.verdicts import Answer, Result, Sentence, say

STORAGE: Final = "cold_chain.storage"
TRANSPORT: Final = "cold_chain.missing_leg"
CHUNK: Final = 100
"""Subjects gathered at once: their readings are in memory together."""


class LegKind(StrEnum):
    ARRIVAL = "arrival"
    STORAGE = "storage"
    TRANSPORT = "transport"


@dataclass(frozen=True, slots=True)
class Leg:
    """One leg. name: the waybill or note, or the zone. lots: whose leg it is.

    limits, shown: None where nothing could be judged; `remark` says why, `missing` that a record
    of temperatures should be there and is not. logs: what hung there or rode along. paper: what the
    goods-in inspection says of the way (lowest, highest), in centi-degrees.
    """

    kind: LegKind
    name: str
    lots: tuple[str, ...]
    window: Window | None
    interval: int
    limits: ColdRange | None
    shown: Shown | None
    series: tuple[Series, ...] = ()
    daily: tuple[Exhibit[TemperatureLog], ...] = ()
    remark: Sentence | None = None
    missing: bool = False
    paper: tuple[int, int] | None = None

    @property
    def faulty(self) -> bool:
        """Out of range, with a gap, or without a record that should be there."""
        shown = self.shown
        return self.missing or (
            shown is not None and bool(shown.excursions or shown.gaps or shown.daily_out)
        )


@dataclass(frozen=True, slots=True)
class Judging:
    """What legs are judged with: the store at a moment, and the company's parameters then."""

    fetched: Fetched
    policy: Policy
    valid_at: date

    @classmethod
    def at(cls, store: Store, at: Snapshot) -> Judging:
        return cls(Fetched(StoreSource(store), at), policy_at(store, at), at.valid_at)

    def gathered(
        self, rule: str, subjects: Sequence[str], *, readings: bool = True
    ) -> Iterator[Evidence]:
        """The bundles that a rule sees, subject by subject."""
        (declared,) = rules_named([rule])
        wanted = replace(declared, readings=readings)
        for start in range(0, len(subjects), CHUNK):
            self.fetched.forget()
            found = gather(self.fetched, wanted, subjects[start : start + CHUNK])
            yield from found.values()


def storage_evidence(store: Store, at: Snapshot, lot: str) -> Evidence:
    """What says where a lot lay and what hung there, without the readings."""
    (evidence,) = Judging.at(store, at).gathered(STORAGE, [lot], readings=False)
    return evidence


def stored(judging: Judging, lots: Sequence[str], within: Window | None) -> Iterator[Leg]:
    """The stays of cold lots. within: only this part of each."""
    allowed = judging.policy.days(STORAGE_INTERVAL, judging.valid_at) * 60
    for evidence in judging.gathered(STORAGE, lots):
        devices = cold_devices(evidence)
        if not devices:
            continue
        limits = narrowest(devices, transport=False)
        for stay, whole, logs in expected_stays(evidence, judging.policy, judging.valid_at):
            window = _clipped(whole, within)
            if window is not None:
                yield _stay(judging, evidence, stay, whole, window, logs, limits, allowed)


def _stay(
    judging: Judging,
    evidence: Evidence,
    stay: Stay,
    whole: Window,
    window: Window,
    logs: list[Exhibit[TemperatureLog]],
    limits: ColdRange | None,
    allowed: int,
) -> Leg:
    name = " ".join(filter(None, (stay.place.warehouse, stay.place.zone)))
    leg = Leg(LegKind.STORAGE, name, (evidence.subject,), window, allowed, limits, None)
    if limits is None:
        return replace(leg, remark=say(NO_RANGE))
    if stay.zone is None:
        return replace(leg, remark=say(PLACE_UNSAID))
    shown = show(evidence, logs, window, limits, allowed)
    if shown.silent:
        if still_due(stay, whole, logs, judging.policy, judging.valid_at):
            days = judging.policy.days(EXPORT_WITHIN, judging.valid_at)
            return replace(leg, remark=say(LOG_STILL_DUE, days=days))
        return replace(leg, missing=True)
    return _with_logs(leg, evidence, shown, zone_logs(evidence, stay))


def shipped(judging: Judging, shipments: Sequence[str], within: Window | None) -> Iterator[Leg]:
    """The trips of cold goods to customers, and deliveries of cold goods without any."""
    allowed = judging.policy.days(TRANSPORT_INTERVAL, judging.valid_at) * 60
    (due,) = rules_named([TRANSPORT])
    for evidence in judging.gathered(TRANSPORT, shipments):
        found, ended = rides(evidence, judging.policy, judging.valid_at)
        name = evidence.subject.removeprefix("shipment:")
        blank = Leg(LegKind.TRANSPORT, name, _lots(evidence), None, allowed, None, None)
        if ended is not None:
            if ended.result is not Result.NOT_APPLICABLE:
                yield replace(blank, remark=ended.found)
            continue
        answer = due.function(evidence.subject, evidence, judging.policy, judging.valid_at)
        if not found:
            yield replace(blank, remark=answer.found, missing=answer.result is Result.FAIL)
        for ride in found:
            yield from _ride(blank, evidence, ride, within, answer)


def _ride(
    blank: Leg, evidence: Evidence, ride: Ride, within: Window | None, due: Answer
) -> Iterator[Leg]:
    window = ride.trip.window
    if window is None or _clipped(window, within) is None:
        return
    record = ride.trip.record.record
    name = " ".join(dict.fromkeys(filter(None, (blank.name, record.waybill_no, record.plate))))
    leg = replace(blank, name=name, window=window, limits=ride.limits)
    if ride.shown.silent:
        missing = due.result is Result.FAIL
        yield replace(leg, missing=missing, remark=None if missing else due.found)
    else:
        yield _with_logs(leg, evidence, ride.shown, logs_of(evidence, ride.trip))


def arrived(
    judging: Judging,
    lots: Sequence[str],
    logs: Iterable[Exhibit[TemperatureLog]],
    readings: Mapping[int, tuple[Any, ...]],
    within: Window | None,
) -> Iterator[Leg]:
    """How cold lots came to our door. logs, readings: those that may have ridden along.

    The rule judges what the inspection wrote down; the drawing shows the logger beside it.
    """
    allowed = judging.policy.days(TRANSPORT_INTERVAL, judging.valid_at) * 60
    those = tuple(logs)
    for evidence in judging.gathered("cold_chain.receipt", lots, readings=False):
        limits = narrowest(cold_devices(evidence), transport=True)
        if limits is None:
            continue
        for exhibit in evidence.of(GoodsInInspection):
            cold = exhibit.record.cold
            if cold is None or cold.departed_at is None or cold.arrived_at is None:
                continue
            if cold.arrived_at <= cold.departed_at:
                continue
            window = Window(seconds(cold.departed_at), seconds(cold.arrived_at))
            if _clipped(window, within) is None:
                continue
            paper = None
            if cold.in_transit_min is not None and cold.in_transit_max is not None:
                paper = (round(cold.in_transit_min * 100), round(cold.in_transit_max * 100))
            supplier = exhibit.record.supplier.name
            name = " ".join(filter(None, (supplier, exhibit.record.delivery_note_no)))
            leg = Leg(LegKind.ARRIVAL, name, (evidence.subject,), window, allowed, limits, None,
                      paper=paper)  # fmt: skip
            rode = [log for log in those if _rode(exhibit, log)]
            bundle = Evidence(evidence.subject, tuple(rode), readings)
            shown = show(bundle, rode, window, limits, allowed)
            if shown.silent:
                yield replace(leg, missing=paper is None)
            else:
                yield _with_logs(leg, bundle, shown, rode)


def _rode(exhibit: Exhibit[GoodsInInspection], log: Exhibit[TemperatureLog]) -> bool:
    cold = exhibit.record.cold
    if cold is not None and cold.log is not None:
        return cold.log in (log.identity, log.document)
    return any(
        set(exhibit.subjects.get(role, ())) & set(log.subjects.get(role, ()))
        for role in ("vehicle", "box")
    )


def _with_logs(
    leg: Leg, evidence: Evidence, shown: Shown, logs: Sequence[Exhibit[TemperatureLog]]
) -> Leg:
    used = [log for log in logs if log.seq in shown.entries]
    series = tuple(series_of(evidence, used))
    drawn = {one.exhibit.seq for one in series}
    daily = tuple(log for log in used if log.seq not in drawn)
    return replace(leg, shown=shown, series=series, daily=daily)


def _lots(evidence: Evidence) -> tuple[str, ...]:
    return tuple(dict.fromkeys(
        lot for exhibit in evidence.exhibits for lot in exhibit.subjects.get("lot", ())
    ))  # fmt: skip


def _clipped(window: Window, within: Window | None) -> Window | None:
    if within is None:
        return window
    start, end = max(window.start, within.start), min(window.end, within.end)
    return Window(start, end) if start < end else None


def together(legs: Iterable[Leg]) -> list[Leg]:
    """Legs in order of time; the same leg of several lots once."""
    found: dict[object, Leg] = {}
    for leg in legs:
        limits = (leg.limits.low, leg.limits.high) if leg.limits else None
        entries = leg.shown.entries if leg.shown else ()
        key = (leg.kind, leg.name, leg.window, limits, entries)
        if key in found:
            lots = (*found[key].lots, *leg.lots)
            found[key] = replace(found[key], lots=tuple(dict.fromkeys(lots)))
        else:
            found[key] = leg
    return sorted(
        found.values(),
        key=lambda leg: (leg.window.start if leg.window else 0, leg.kind, leg.name),
    )
