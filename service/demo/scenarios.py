"""The acts that carry the planted faults and the cases that must stay quiet, day by day.

Each act is tagged with the scenario's name; `planted` says what each is expected to raise.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta
from typing import Final, NamedTuple

from service.demo import cold, papers
from service.demo.model import Device, Event, Lot, Sale, Trip
from service.demo.trade import Books

Act = Callable[[Books], Event]


class Planned(NamedTuple):
    """An act and its day. box: the one that it must have; everyday trade leaves it alone then."""

    day: date
    act: Act
    box: str | None = None


def device(books: Books, key: str) -> Device:
    """A product of the company by its key."""
    return next(d for d in books.company.devices if d.key == key)


def _keep(books: Books, name: str, lot: Lot) -> Lot:
    books.kept.add(lot)
    books.marks[name] = lot
    return lot


def kept_opening(books: Books) -> list[tuple[Lot, int]]:
    """Lots that lay in stock from the first day and wait for their scenario."""
    infusion, gauze = device(books, "infusion"), device(books, "gauze")
    old = books.lot(infusion, date(2024, 3, 1))
    plain = books.lot(gauze, date(2024, 8, 20), conformity=False)
    return [(_keep(books, "expired_sale", old), 120), (_keep(books, "spare", plain), 100)]


def _bought(
    name: str, key: str, day: date, produced: date, quantity: int, *, stated: bool = True
) -> Planned:
    def act(books: Books) -> Event:
        lot = books.lot(device(books, key), produced, stated=stated, conformity=stated)
        return books.buy(day, [(_keep(books, name, lot), quantity)], tags=(name,))

    return Planned(day, act)


def _sold(
    name: str,
    day: date,
    customer: str,
    quantity: int,
    *,
    lot: str = "",
    salesperson: str | None = None,
) -> Planned:
    def act(books: Books) -> Event:
        marked = books.marks[lot or name]
        return books.sell(
            day, customer, [(marked, quantity)], salesperson=salesperson, tags=(name,)
        )

    return Planned(day, act)


def _any_lot(books: Books, key: str, day: date) -> tuple[Lot, int]:
    """A lot on the shelf and what it holds, the one that lasts longest."""
    held = [
        (lot, quantity)
        for lot, quantity in books.stock.items()
        if lot.device.key == key and lot not in books.kept and books.available[lot] <= day
    ]
    return max(held, key=lambda pair: (pair[0].expires or date.max, pair[0].number))


def _from_shelf(
    name: str,
    day: date,
    customer: str,
    key: str,
    quantity: int,
    *,
    salesperson: str | None = None,
    box: str | None = None,
    bend: Callable[[Trip], Trip | None] | None = None,
) -> Planned:
    def act(books: Books) -> Event:
        lot, held = _any_lot(books, key, day)
        sale = books.sell(
            day, customer, [(lot, min(quantity, held))],
            salesperson=salesperson, tags=(name,), box=box,
        )  # fmt: skip
        return replace(sale, trip=bend(sale.trip)) if bend and sale.trip else sale

    return Planned(day, act, box)


def _purchase_bent(
    name: str, key: str, day: date, quantity: int, bend: Callable[[Trip], Trip | None]
) -> Planned:
    def act(books: Books) -> Event:
        lot = books.lot(device(books, key), day - timedelta(days=25))
        purchase = books.buy(day, [(lot, quantity)], tags=(name,))
        assert purchase.trip is not None
        return replace(purchase, trip=bend(purchase.trip))

    return Planned(day, act)


def too_warm(peak: int, minutes: int) -> Callable[[Trip], Trip | None]:
    """The box or vehicle warms up to `peak` for about so many minutes on the way."""

    def bend(trip: Trip) -> Trip:
        middle = trip.departed + (trip.arrived - trip.departed) / 2
        half = timedelta(minutes=minutes / 2)
        return replace(
            trip, readings=cold.warmed(trip.readings, middle - half, middle + half, peak)
        )

    return bend


def hole(minutes: int) -> Callable[[Trip], Trip | None]:
    """The logger was off for so many minutes on the way."""

    def bend(trip: Trip) -> Trip:
        middle = trip.departed + (trip.arrived - trip.departed) / 2
        half = timedelta(minutes=minutes / 2)
        return replace(trip, readings=cold.without(trip.readings, middle - half, middle + half))

    return bend


def late_start(minutes: int) -> Callable[[Trip], Trip | None]:
    """The logger was switched on so many minutes after departure."""

    def bend(trip: Trip) -> Trip:
        begin = trip.departed + timedelta(minutes=minutes)
        return replace(trip, readings=tuple(r for r in trip.readings if r.at >= begin))

    return bend


def nothing_logged(trip: Trip) -> Trip:
    """The trip was made, and no file of the logger exists."""
    return replace(trip, present=False)


def _selection(day: date, customer: str) -> list[Planned]:
    """A surgical set is sent, some pieces are used, the rest comes back three days later."""
    name = f"selection_{day:%y%m}"
    sent: dict[str, Sale] = {}

    def send(books: Books) -> Event:
        plate, plates = _any_lot(books, "plate", day)
        screw, screws = _any_lot(books, "screw", day)
        sale = books.sell(
            day, customer, [(plate, min(4, plates)), (screw, min(16, screws))],
            purpose="selection", used=(1, 6), salesperson="sales1", tags=(name,),
        )  # fmt: skip
        sent[name] = sale
        return sale

    def back(books: Books) -> Event:
        sale = sent[name]
        rest = [line.quantity - n for line, n in zip(sale.lines, sale.used, strict=True)]
        return books.take_back(
            day + timedelta(days=7), sale, rest, "选配未使用，退回", tags=(name,)
        )

    return [Planned(day, send), Planned(day + timedelta(days=7), back)]


LATE_START_BOX: Final = "BX-01"


def acts() -> list[Planned]:
    """Every act of every scenario, with its day."""
    return [
        # expiry
        _bought("made_after_lapse", "alginate", date(2025, 10, 9), date(2025, 9, 20), 60),
        _sold("made_after_lapse", date(2025, 12, 9), "hospital03", 40),
        _bought("made_before_lapse", "lenscare", date(2025, 6, 16), date(2025, 5, 12), 80),
        _sold("made_before_lapse", date(2025, 10, 14), "hospital13", 50),
        _bought(
            "date_unknown_straddles", "lenscare", date(2025, 7, 8), date(2025, 6, 25), 40,
            stated=False,
        ),
        _sold("date_unknown_straddles", date(2025, 9, 16), "hospital13", 20),
        _bought(
            "date_unknown_covered", "gauze", date(2025, 5, 12), date(2025, 4, 8), 400, stated=False
        ),
        _sold("date_unknown_covered", date(2025, 6, 17), "hospital09", 200),
        _bought("deemed_renewal", "hemostat", date(2026, 6, 2), date(2026, 5, 6), 40),
        _sold("deemed_renewal", date(2026, 7, 7), "hospital01", 20),
        _sold("expired_sale", date(2026, 3, 3), "hospital16", 120),
        _bought("supplier_licence_ended", "defib", date(2026, 5, 14), date(2026, 4, 2), 2),
        _bought("letter_ended", "cannula", date(2026, 1, 14), date(2025, 12, 3), 600),
        _from_shelf("own_letter_ended", date(2026, 1, 12), "hospital05", "mask", 400,
                    salesperson="sales4"),
        _from_shelf("buyer_licence_ended", date(2026, 3, 17), papers.BUYER_LAPSED[0], "suture", 10),
        _from_shelf("buyer_licence_pending", date(2026, 8, 11), papers.BUYER_RENEWED[0], "suture",
                    10),
        _from_shelf("buyer_scope", date(2026, 4, 14), papers.BUYER_NARROW, "hbsag", 3, box="BX-02"),
        _from_shelf("calibration_overdue", date(2026, 6, 16), "hospital10", "hcv", 4, box="BX-02"),
        # cold chain
        _from_shelf("excursion_delivery", date(2025, 7, 22), "hospital02", "tni", 3, box="BX-01",
                    bend=too_warm(1240, 90)),
        _from_shelf("gap_delivery", date(2025, 9, 9), "hospital06", "hiv", 4, box="BX-01",
                    bend=hole(70)),
        _from_shelf("missing_leg", date(2026, 2, 10), "hospital07", "hbsag", 4, box="BX-01",
                    bend=nothing_logged),
        _from_shelf("late_start", date(2026, 5, 19), "hospital08", "crp", 6,
                    box=LATE_START_BOX, bend=late_start(45)),
        _purchase_bent("excursion_frozen", "flu", date(2026, 7, 14), 12, too_warm(-640, 80)),
        _from_shelf("tampered_log", date(2026, 8, 18), "hospital04", "hba1c", 5, box="BX-03"),
        _from_shelf("signed_log", date(2026, 4, 21), "hospital04", "hba1c", 5, box="BX-03"),
        _from_shelf("signed_log_2", date(2026, 9, 8), "hospital11", "pt", 5, box="BX-03"),
        # retention
        _bought("note_missing", "foley", date(2025, 3, 11), date(2025, 2, 3), 600),
        *_selection(date(2025, 1, 7), "hospital14"),
        *_selection(date(2025, 5, 13), "hospital14"),
        *_selection(date(2025, 11, 4), "hospital01"),
        *_selection(date(2026, 6, 9), "hospital14"),
    ]  # fmt: skip
