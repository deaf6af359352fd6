"""Everyday trade: what is bought when little is left, who orders what, what grows too old."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from datetime import date, timedelta
from decimal import Decimal
from typing import Final

from service.demo import papers
from service.demo.calendar import next_open, open_days
from service.demo.company import LETTER_GAP
from service.demo.model import Device, Event, Lot, Sale
from service.demo.papers import BEGIN, END
from service.demo.trade import Books

ORDERS_IN: Final = 6
ORDERS_OUT: Final = 15
COLD_OUT: Final = 1
"""Orders a month at scale 1, and cold deliveries a month."""
_LAST_ORDER: Final = 14
"""Days before the end after which nothing is ordered, so that every order is fulfilled."""

_NOT_BOUGHT: Final[dict[str, date]] = {
    "alginate": date(2025, 8, 20),
    "lenscare": date(2025, 6, 10),
}
_NOT_TRADED: Final[dict[str, tuple[date, date]]] = {
    LETTER_GAP[0]: (date(2025, 12, 20), LETTER_GAP[1]),
    papers.LATE_LICENCE[0]: (papers.LATE_LICENCE[1] - timedelta(days=20), END),
    papers.BUYER_LAPSED[0]: (papers.BUYER_LAPSED[1] - timedelta(days=20), END),
    papers.BUYER_RENEWED[0]: (papers.BUYER_RENEWED[1] - timedelta(days=20), END),
}


Step = tuple[date, Callable[[], Event | None]]
"""A day, and what is done on it; None when it turned out that there was nothing to do."""


def target(device: Device, scale: int) -> int:
    """How many of a device the company likes to hold."""
    steps = ((2, 3000), (10, 600), (60, 150), (200, 60), (1000, 24), (5000, 8))
    for ceiling, quantity in steps:
        if device.cost < ceiling:
            return quantity * scale
    return 3 * scale


def opening_lots(books: Books, scale: int) -> list[tuple[Lot, int]]:
    """One lot of every device, made some months before the books were opened."""
    lots = []
    for device in books.company.devices:
        age = books.rng.randint(40, 120)
        produced = max(BEGIN - timedelta(days=age), device.certificate.first_approved)
        lots.append((books.lot(device, produced), target(device, scale)))
    return lots


def agenda(books: Books, first: date, last: date, scale: int) -> list[Step]:
    """What everyday trade plans for a month, each with its day."""
    days = [day for day in open_days(first, last) if day <= END - timedelta(days=_LAST_ORDER)]
    if not days:
        return []
    out = [day for day in days if next_open(day, 1) <= last]
    steps: list[Step] = []
    for _ in range(ORDERS_IN * scale):
        day = books.rng.choice(days)
        steps.append((day, lambda day=day: _replenish(books, day, scale)))  # type: ignore[misc]
    for number in range((ORDERS_OUT + COLD_OUT) * scale):
        day, zone = books.rng.choice(out), "ambient"
        if number >= ORDERS_OUT * scale:
            zone = "cold" if books.rng.random() < 0.8 else "frozen"
        steps.append((day, lambda day=day, zone=zone: _supply(books, day, zone)))  # type: ignore[misc]
    return steps


def _replenish(books: Books, day: date, scale: int) -> Event | None:
    """One purchase order: the supplier of what is scarcest, a few of his devices."""
    wanted = _scarcest(books, day, scale)
    if not wanted:
        return None
    return books.buy(day, [_fresh(books, device, day, scale) for device in wanted])


def _scarcest(books: Books, day: date, scale: int) -> list[Device]:
    held: dict[str, int] = {}
    for lot, quantity in books.stock.items():
        if lot not in books.kept:
            held[lot.device.key] = held.get(lot.device.key, 0) + quantity
    share = {
        device.key: Decimal(held.get(device.key, 0)) / target(device, scale)
        for device in books.company.devices
        if _bought(device, day)
    }
    scarce = sorted(
        (device for device in books.company.devices if device.key in share),
        key=lambda device: share[device.key],
    )
    if not scarce or share[scarce[0].key] > 1:
        return []
    chosen = scarce[0]
    alike = [d for d in scarce if d.supplier == chosen.supplier and d.zone == chosen.zone]
    return [device for device in alike[: books.rng.randint(2, 4)] if share[device.key] <= 1]


def _bought(device: Device, day: date) -> bool:
    return day < _NOT_BOUGHT.get(device.key, date.max) and _free(device.supplier, day)


def _free(party: str, day: date) -> bool:
    begin, end = _NOT_TRADED.get(party, (date.max, date.max))
    return not begin <= day <= end


def _fresh(books: Books, device: Device, day: date, scale: int) -> tuple[Lot, int]:
    produced = day - timedelta(days=books.rng.randint(12, 60))
    return books.lot(device, produced), target(device, scale)


def _supply(books: Books, day: date, zone: str) -> Event | None:
    """One sales order of goods of one zone, the first to expire first."""
    lots = _picked(books, _shelf(books, zone), day)
    if not lots:
        return None
    return books.sell(day, _customer(books, day, zone), lots)


def _shelf(books: Books, zone: str) -> list[Lot]:
    """Lots on sale in a zone, the first to expire first."""
    return sorted(
        (lot for lot in books.stock if lot.device.zone == zone and lot not in books.kept),
        key=lambda lot: (lot.expires or date.max, lot.number),
    )


def _customer(books: Books, day: date, zone: str) -> str:
    able = [
        party.key
        for party in books.company.parties.values()
        if party.kind in ("hospital", "dealer")
        and _free(party.key, day)
        and (zone == "ambient" or party.key != papers.BUYER_NARROW)
    ]
    return books.rng.choice(able)


def _picked(books: Books, shelf: list[Lot], day: date) -> list[tuple[Lot, int]]:
    margin = day + timedelta(days=45)
    on_sale: dict[str, Lot] = {}
    for lot in shelf:
        if books.available[lot] <= day and (lot.expires is None or lot.expires > margin):
            on_sale.setdefault(lot.device.key, lot)
    if not on_sale:
        return []
    keys = books.rng.sample(sorted(on_sale), min(len(on_sale), books.rng.randint(1, 3)))
    lots = []
    for key in keys:
        lot = on_sale[key]
        most = max(1, target(lot.device, 1) // 4)
        lots.append((lot, min(books.stock[lot], books.rng.randint(max(1, most // 3), most))))
    return lots


def grow_old(books: Books, last: date) -> Iterator[Event]:
    """What expires before the next month's end leaves the shelf and is destroyed."""
    day = next_open(last - timedelta(days=4))
    limit = last + timedelta(days=31)
    for lot in list(books.stock):
        if lot.expires and lot.expires <= limit and lot not in books.kept and day <= last:
            yield books.scrap(day, lot)


def comes_back(books: Books, sales: Sequence[Sale], last: date) -> Iterator[Event]:
    """A customer sends a few pieces of ambient goods back, unopened, before the month is over."""
    for sale in sorted(sales, key=lambda sale: sale.accepted):
        day = next_open(sale.accepted.date(), 6)
        first = sale.lines[0]
        plain = sale.trip is None and sale.purpose == "sale" and not first.serials
        if plain and day <= last and not sale.tags:
            quantities = [min(2, first.quantity), *[0] * (len(sale.lines) - 1)]
            yield books.take_back(day, sale, quantities, "客户订错规格，包装未开启")
            return
