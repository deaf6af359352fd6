"""The legs of a shipment and of a lot's storage: their windows, from the documents' times."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Final

from audit.records.cold_chain import TemperatureLog
from audit.records.goods import GoodsInInspection, PutAway, StockMovement, StockStatus
from audit.records.identifiers import named_key
from audit.records.outbound import CustomerAcceptance, OutboundCheck, TransportRecord
from audit.records.parts import Place
from audit.records.quantities import Quantity
from base.clock import SHANGHAI
from checks.cold_chain.kernel import Window
from checks.evidence import Evidence, Exhibit

_ZERO: Final = Quantity(0)
_GIVEN_UP: Final = frozenset({StockStatus.NONCONFORMING})


def seconds(at: datetime) -> int:
    return int(at.timestamp())


def day_end(on: date) -> datetime:
    """The last second of a legal day: what a paper with only a date allows us to say."""
    return datetime.combine(on, time(23, 59, 59), SHANGHAI)


@dataclass(frozen=True, slots=True)
class Trip:
    """One transport record of a shipment: departure to hand-over.

    window None: a time is missing (`lacks` names it) or the times contradict each other.
    """

    record: Exhibit[TransportRecord]
    window: Window | None
    lacks: str | None
    entries: tuple[int, ...]


def trips(evidence: Evidence) -> Iterator[Trip]:
    """Every transport record of the shipment. The leg ends when the customer took the goods over,
    where his acceptance gives a time later than the arrival."""
    accepted = [
        exhibit
        for exhibit in evidence.of(CustomerAcceptance)
        if exhibit.record.accepted_at is not None
    ]
    for exhibit in evidence.of(TransportRecord):
        record = exhibit.record
        ends = [record.arrived_at] if record.arrived_at else []
        ends += [one.record.accepted_at for one in accepted if one.record.accepted_at]
        entries = (exhibit.seq, *(one.seq for one in accepted))
        if record.departed_at is None:
            yield Trip(exhibit, None, "departed_at", entries)
        elif not ends:
            yield Trip(exhibit, None, "arrived_at", entries)
        elif max(ends) <= record.departed_at:
            yield Trip(exhibit, None, "order", entries)
        else:
            window = Window(seconds(record.departed_at), seconds(max(ends)))
            yield Trip(exhibit, window, None, entries)


def logs_of(evidence: Evidence, trip: Trip) -> list[Exhibit[TemperatureLog]]:
    """Logs that rode along: hung on this shipment, or by a logger, vehicle or box of the record."""
    record = trip.record
    wanted = {
        subject
        for role in ("shipment", "logger", "vehicle", "box")
        for subject in record.subjects.get(role, ())
    }
    return [
        log
        for log in evidence.of(TemperatureLog)
        if wanted & {one for those in log.subjects.values() for one in those}
    ]


@dataclass(frozen=True, slots=True)
class Stay:
    """A lot in one zone, from being put there until it left. end None: it is still there.

    given_up: it lies there as nonconforming goods, which nobody keeps cold for sale any more.
    """

    zone: str | None
    place: Place
    start: datetime
    end: datetime | None
    entries: tuple[int, ...]
    given_up: bool = False


def stays(evidence: Evidence) -> list[Stay]:
    """Where the lot was stored: waiting zone, put-away, movements, until all of it had left.

    A paper with a date and no time counts from the end of that day, so that no reading is asked
    for at an hour when the goods may not have been there yet.
    """
    found = [*_waiting(evidence), *_put(evidence)]
    gone, last = _gone(evidence)
    placed: list[Stay] = []
    ordered = sorted(found, key=lambda stay: stay.start)
    moves = [stay for stay in ordered if stay.end is None]
    for index, stay in enumerate(moves):
        following = [one for one in moves[index + 1 :] if stay.zone != one.zone or one.given_up]
        leaves = following[0].start if following and _moved(evidence, following[0]) else None
        end = leaves or (gone if gone and gone > stay.start else None)
        entries = (*stay.entries, *(last if end == gone and gone else ()))
        if not stay.given_up and (end is None or end > stay.start):
            placed.append(Stay(stay.zone, stay.place, stay.start, end, entries))
    placed += [stay for stay in ordered if stay.end is not None]
    return sorted(placed, key=lambda stay: stay.start)


def _moved(evidence: Evidence, stay: Stay) -> bool:
    """Whether a stay came about by a movement: a second delivery does not move the first."""
    return any(exhibit.seq in stay.entries for exhibit in evidence.of(StockMovement))


def _waiting(evidence: Evidence) -> Iterator[Stay]:
    """Arrival to put-away, in the zone where cold goods wait for inspection (GSP 63)."""
    put = evidence.of(PutAway)
    for exhibit in evidence.of(GoodsInInspection):
        cold, place = exhibit.record.cold, exhibit.record.place
        arrived = cold.arrived_at if cold else None
        if arrived is None or not place.zone:
            continue
        after = [one for one in put if one.record.put_away_at and one.record.put_away_at > arrived]
        if after:
            first = min(after, key=lambda one: one.record.put_away_at or day_end(date.max))
            end = first.record.put_away_at
            yield Stay(zone_of(place), place, arrived, end, (exhibit.seq, first.seq))


def _put(evidence: Evidence) -> Iterator[Stay]:
    for exhibit in evidence.of(PutAway):
        record = exhibit.record
        start = record.put_away_at or day_end(record.put_away_on)
        yield Stay(zone_of(record.place), record.place, start, None, (exhibit.seq,))
    for moved in evidence.of(StockMovement):
        record_ = moved.record
        if record_.place_to is not None or record_.status_to in _GIVEN_UP:
            start = record_.moved_at or day_end(record_.moved_on)
            place = record_.place_to or Place()
            given_up = record_.status_to in _GIVEN_UP
            yield Stay(zone_of(place), place, start, None, (moved.seq,), given_up)


def zone_of(place: Place) -> str | None:
    """The zone's identifier, as the store's own recorder names it."""
    if place.warehouse and place.zone:
        return named_key("zone", place.warehouse, place.zone)
    return None


def _gone(evidence: Evidence) -> tuple[datetime | None, tuple[int, ...]]:
    """When the last of the lot left, if as much left as was put away."""
    into = sum((e.record.quantity for e in evidence.of(PutAway)), _ZERO)
    checks = evidence.of(OutboundCheck)
    out = sum((e.record.quantity for e in checks), _ZERO)
    if not checks or out < into:
        return None, ()
    last = max(checks, key=lambda e: e.record.checked_at or day_end(e.record.checked_on))
    return last.record.checked_at or day_end(last.record.checked_on), (last.seq,)


def zone_logs(evidence: Evidence, stay: Stay) -> list[Exhibit[TemperatureLog]]:
    """The logs that hung in the stay's zone."""
    return [
        log
        for log in evidence.of(TemperatureLog)
        if stay.zone is not None and zone_of(log.record.place) == stay.zone
    ]


def until(stay: Stay, valid_at: date) -> datetime:
    """The end of a stay, at most the end of the day on which it is judged."""
    today = datetime.combine(valid_at, time(0), SHANGHAI) + timedelta(days=1)
    return min(stay.end or today, today).astimezone(UTC)
