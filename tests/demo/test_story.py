"""Two years of trade: same seed same story, stock that balances, the scenarios in their places."""

from collections import Counter, defaultdict
from datetime import date, datetime
from itertools import pairwise

import pytest

from service.demo import papers
from service.demo.calendar import open_on
from service.demo.deeds import deeds
from service.demo.generate import SEED, record_drafts
from service.demo.model import Count, GiveBack, Lot, Opening, Purchase, Sale, Scrap, World
from service.demo.planted import FAULTS, QUIET
from service.demo.story import make_world


def moves(world: World) -> list[tuple[datetime | date, Lot, int]]:
    """Every change of stock with its moment, in the order of time."""
    found: list[tuple[str, Lot, int]] = []
    for event in world.events:
        if isinstance(event, Opening):
            found += [(f"{event.day}T00:00", line.lot, line.quantity) for line in event.lines]
        elif isinstance(event, Purchase):
            at = event.stored.isoformat()
            found += [
                (at, line.lot, line.quantity - bad)
                for line, bad in zip(event.lines, event.rejected, strict=True)
            ]
        elif isinstance(event, Sale):
            at = event.picked.isoformat()
            found += [(at, line.lot, -line.quantity) for line in event.lines]
        elif isinstance(event, GiveBack) and event.good:
            at = event.inspected.isoformat()
            found += [(at, line.lot, line.quantity) for line in event.lines]
        elif isinstance(event, Scrap):
            found.append((event.moved.isoformat(), event.line.lot, -event.line.quantity))
    return sorted(found, key=lambda move: move[0])  # type: ignore[return-value]


def test_the_same_seed_tells_the_same_story_and_another_seed_another(world: World) -> None:
    again, other = make_world(SEED), make_world(SEED + 1)
    first = [one.record for one in record_drafts(SEED)]
    assert [repr(e) for e in again.events] == [repr(e) for e in world.events]
    assert [repr(e) for e in other.events] != [repr(e) for e in world.events]
    assert first == [one.record for one in record_drafts(SEED)]


def test_no_lot_is_ever_taken_from_before_it_is_there(world: World) -> None:
    held: dict[Lot, int] = defaultdict(int)
    for at, lot, quantity in moves(world):
        held[lot] += quantity
        assert held[lot] >= 0, (at, lot.device.key, lot.number)


def test_every_stock_take_agrees_with_the_books_by_lot(world: World) -> None:
    counts = [event for event in world.events if isinstance(event, Count)]
    assert len(counts) == 4
    for count in counts:
        held: dict[Lot, int] = defaultdict(int)
        for at, lot, quantity in moves(world):
            if str(at) <= count.at.isoformat():
                held[lot] += quantity
        assert {lot: n for lot, n in held.items() if n} == dict(count.lines)


def test_serial_numbers_leave_only_once_and_only_after_they_came(world: World) -> None:
    inside: set[str] = set()
    for event in world.events:
        if isinstance(event, Opening | Purchase):
            inside |= {s for line in event.lines for s in line.serials}
        elif isinstance(event, Sale):
            for line in event.lines:
                assert set(line.serials) <= inside
                inside -= set(line.serials)
                assert not line.device.serial or len(line.serials) == line.quantity


def test_times_of_one_act_run_forward(world: World) -> None:
    for event in world.events:
        if isinstance(event, Purchase):
            steps = [event.ordered, event.shipped, event.received, event.inspected, event.stored]
            assert event.ordered < event.approved
        elif isinstance(event, Sale):
            steps = [event.ordered, event.picked, event.shipped, event.arrived, event.accepted]
        else:
            continue
        assert all(a < b for a, b in pairwise(steps)), event


def test_orders_fall_on_working_days_of_the_two_years(world: World) -> None:
    for event in world.events:
        if isinstance(event, Purchase | Sale):
            day = event.ordered.date()
            assert papers.BEGIN <= day <= papers.END and open_on(day)


def test_number_series_have_no_gaps(world: World) -> None:
    series: dict[str, list[int]] = defaultdict(list)
    for event in world.events:
        if isinstance(event, Sale):
            for number in (event.order, event.outbound, event.delivery_note):
                head, _, tail = number.rpartition("-")
                series[head].append(int(tail))
    for head, numbers in series.items():
        assert sorted(numbers) == list(range(1, len(numbers) + 1)), head


def test_a_box_rides_once_at_a_time(world: World) -> None:
    trips = sorted(
        (e.trip.logger, e.trip.departed, e.trip.arrived)
        for e in world.events
        if isinstance(e, Sale) and e.trip is not None
    )
    for (logger, _, arrived), (other, departed, _) in pairwise(trips):
        assert logger != other or arrived < departed


def test_quiet_trips_stay_in_range_without_gaps(world: World) -> None:
    bent = {
        "excursion_delivery", "excursion_frozen", "gap_delivery", "late_start", "missing_leg",
    }  # fmt: skip
    for event in world.events:
        trip = getattr(event, "trip", None)
        if trip is None or bent & set(event.tags):  # type: ignore[union-attr]
            continue
        assert all(r.value is not None and trip.low < r.value < trip.high for r in trip.readings)
        assert trip.readings[0].at <= trip.departed and trip.readings[-1].at >= trip.arrived
        steps = {(b.at - a.at).total_seconds() for a, b in pairwise(trip.readings)}
        assert steps == {trip.interval * 60}


def test_lots_are_made_under_a_certificate_in_force_but_for_the_planted_ones(world: World) -> None:
    outside = set()
    for event in world.events:
        if not isinstance(event, Opening | Purchase):
            continue
        for line in event.lines:
            periods, made = line.device.certificate.periods, line.lot.produced
            if not periods or made is None:
                continue
            if not any(one.begins <= made <= one.ends for one in periods):
                outside |= set(event.tags) if isinstance(event, Purchase) else {"opening"}
    assert outside == {"made_after_lapse", "deemed_renewal"}


def test_nothing_but_the_planted_lot_is_sold_after_its_expiry(world: World) -> None:
    late = [
        event.tags
        for event in world.events
        if isinstance(event, Sale)
        for line in event.lines
        if line.lot.expires and line.lot.expires < event.shipped.date()
    ]
    assert late == [("expired_sale",)]


def test_every_record_of_the_world_is_the_only_one_of_its_identity(world: World) -> None:
    seen = Counter((d.record.kind, d.record.identity()) for d in record_drafts())
    assert [key for key, times in seen.items() if times > 1] == []
    assert sum(seen.values()) > 5000
    assert world.events


@pytest.mark.parametrize("seed", [1, 2, 3, 4])
def test_any_seed_plays_every_scenario_to_its_end(seed: int) -> None:
    world = make_world(seed)
    played = {tag for event in world.events for tag in getattr(event, "tags", ())}
    assert {case.name for case in (*FAULTS, *QUIET)} - played == {
        "renewal_not_filed", "lapsed_alginate", "lapsed_lenscare",
    }, "only these rest on papers and on no act"  # fmt: skip
    held: dict[Lot, int] = defaultdict(int)
    for _, lot, quantity in moves(world):
        held[lot] += quantity
        assert held[lot] >= 0


@pytest.mark.parametrize("scale", [1, 3])
def test_records_grow_with_the_scale(scale: int) -> None:
    sales = sum(1 for d in record_drafts(scale=scale) if d.record.kind == "sales_order")
    assert 0.85 * 380 * scale < sales < 1.15 * 420 * scale


def test_drafts_come_month_by_month(world: World) -> None:
    days = [
        day
        for event in world.events
        for record in deeds(event, world.company)
        if record.kind == "sales_order" and (day := record.occurred_on())
    ]
    assert [f"{day:%Y-%m}" for day in days] == sorted(f"{day:%Y-%m}" for day in days)
