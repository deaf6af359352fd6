"""What a paper says of one lot. An order or a delivery note names many goods: only its head and
the lines about the lot lead on to other papers; and a paper about other lots alone is none of it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from typing import Final

from audit.records.cold_chain import TemperatureLog
from audit.records.goods import GoodsInInspection
from audit.records.model import Record, Ref
from audit.records.outbound import CustomerAcceptance, ReturnRecord, TransportRecord
from audit.records.sales import SalesRecord
from audit.records.trade import SalesOrder
from audit.store import Store
from audit.store.state import Snapshot
from audit.store.types import StoredRecord
from base.clock import SHANGHAI
from checks.source import device_of

SLACK: Final = timedelta(hours=1)
"""How far the times of a transport's papers may lie beside the logger's clock."""
LONGEST: Final = timedelta(days=7)
"""A transport whose papers do not say when it ended."""


@dataclass(frozen=True, slots=True)
class Journey:
    """One transport of the lot: what rode along, and when. log: a log that a paper names."""

    subjects: frozenset[str]
    start: datetime
    end: datetime
    log: str | None = None

    def touches(self, log: TemperatureLog) -> bool:
        """Whether a log covers some of the time under way."""
        return overlaps(log, self.start - SLACK, self.end + SLACK)


@dataclass(slots=True)
class Focus:
    """One lot, and what its papers were found to say while they passed by."""

    store: Store
    at: Snapshot
    lot: str
    device: str
    journeys: list[Journey] = field(default_factory=list)
    sellers: set[str] = field(default_factory=set)
    sold_on: set[date] = field(default_factory=set)
    buyers: set[str] = field(default_factory=set)
    _handed_over: dict[str, datetime] = field(default_factory=dict)
    _subjects: dict[str, str] = field(default_factory=dict)

    @classmethod
    def on(cls, store: Store, at: Snapshot, lot: str) -> Focus:
        """The focus on a lot by any of its identifiers."""
        subject = store.subject(at, lot)
        return cls(store, at, subject, store.subject(at, device_of(subject)))

    def concerns(self, record: StoredRecord) -> bool:
        """False for a paper that names lots, or products, and ours is not among them."""
        lots, devices = record.subjects.get("lot", ()), record.subjects.get("device", ())
        if lots:
            return self.lot in lots
        return not devices or self.device in devices

    def narrowed(self, record: StoredRecord) -> Mapping[str, tuple[str, ...]]:
        """Role -> subjects, of the head and of the lines about the lot."""
        if record.record is None:
            return record.subjects
        refs = list(record.record.refs())
        lines: dict[int, list[Ref]] = {}
        for ref in refs:
            if ref.line is not None:
                lines.setdefault(ref.line, []).append(ref)
        if not lines:
            return record.subjects
        self._resolve(refs)
        others = {
            number: those
            for number, those in lines.items()
            if not self._line_concerns([(ref.role, self._subjects[ref.identifier])
                                        for ref in those])
        }  # fmt: skip
        kept: dict[str, dict[str, None]] = {}
        for ref in refs:
            if ref.line is None or ref.line not in others:
                kept.setdefault(ref.role, {})[self._subjects[ref.identifier]] = None
        return {role: tuple(subjects) for role, subjects in kept.items()}

    def _line_concerns(self, named: Sequence[tuple[str, str]]) -> bool:
        lots = [subject for role, subject in named if role == "lot"]
        if lots:
            return self.lot in lots
        return self.device in [subject for role, subject in named if role == "device"]

    def _resolve(self, refs: Iterable[Ref]) -> None:
        unknown = {ref.identifier for ref in refs} - self._subjects.keys()
        if unknown:
            self._subjects |= self.store.subject_ids(self.at, sorted(unknown))

    def hear(self, record: StoredRecord, body: Record) -> None:
        """Note what a paper of the lot says of its sale and its transports."""
        match body:
            case SalesRecord() | SalesOrder():
                if body.salesperson:
                    self.sellers.add(body.salesperson)
                day = body.occurred_on()
                if day is not None:
                    self.sold_on.add(day)
                self.buyers.update(record.subjects.get("buyer", ()))
            case TransportRecord():
                start = body.departed_at or midnight(body.shipped_on)
                end = body.arrived_at or start + LONGEST
                self._ride(record, ("shipment", "logger", "vehicle", "box"), start, end)
            case CustomerAcceptance() if body.accepted_at is not None:
                for shipment in record.subjects.get("shipment", ()):
                    before = self._handed_over.get(shipment, body.accepted_at)
                    self._handed_over[shipment] = max(before, body.accepted_at)
            case GoodsInInspection() if body.cold is not None:
                cold = body.cold
                end = cold.arrived_at or midnight(body.inspected_on) + timedelta(days=1)
                start = cold.departed_at or end - LONGEST
                self._ride(record, ("vehicle", "box"), start, end, cold.log)
            case ReturnRecord():
                end = body.received_at or midnight(body.returned_on) + timedelta(days=1)
                log = body.out_of_custody_log
                self._ride(record, ("logger",), end - LONGEST, end, log)
            case _:
                return

    def _ride(
        self,
        record: StoredRecord,
        roles: Sequence[str],
        start: datetime,
        end: datetime,
        log: str | None = None,
    ) -> None:
        subjects = frozenset(one for role in roles for one in record.subjects.get(role, ()))
        self.journeys.append(Journey(subjects, start, max(start, end), log))

    def rode_along(self, log: StoredRecord) -> bool:
        """Whether a log was taken on one of the lot's transports, while it was under way."""
        body = log.record
        if not isinstance(body, TemperatureLog):
            return False
        named = {one for those in log.subjects.values() for one in those}
        for journey in self.journeys:
            if journey.log is not None and journey.log in (log.identity, log.document):
                return True
            if not journey.subjects & named:
                continue
            ends = [self._handed_over[one] for one in journey.subjects & self._handed_over.keys()]
            whole = Journey(journey.subjects, journey.start, max([journey.end, *ends]))
            shipments = {one for one in journey.subjects if one.startswith("shipment:")}
            if shipments & named or whole.touches(body):
                return True
        return False


def midnight(day: date) -> datetime:
    """The first moment of a legal day."""
    return datetime.combine(day, time(0), SHANGHAI)


def overlaps(log: TemperatureLog, start: datetime, end: datetime) -> bool:
    """Whether a log, series or daily, has anything to say of a stretch of time."""
    if log.first is not None and log.last is not None:
        return log.first <= end and log.last >= start
    days = [midnight(day.on) for day in log.daily]
    return any(day <= end and day + timedelta(days=1) >= start for day in days)
