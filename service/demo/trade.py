"""The books of the invented company: every act in order, stock kept by lot, nothing from nowhere.

`Books` is the one thing here that changes; what it hands out is frozen. Quantities balance by lot:
opening balance and accepted goods less what left, plus what came back, is what the books hold.
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Final

from audit.records.dates import add_months
from service.demo import cold
from service.demo.calendar import moment, next_open, open_on
from service.demo.company import SELF
from service.demo.model import (
    Company,
    Count,
    Device,
    GiveBack,
    Invoice,
    Line,
    Lot,
    Opening,
    Purchase,
    Reading,
    Sale,
    Scrap,
    Trip,
)
from service.demo.numbers import chance, einvoice_number

VAT: Final = Decimal("0.13")
SUPPLIER_VAN: Final = "苏E88K66"
DIGITAL_FROM: Final = date(2024, 12, 1)
"""Before this day some sellers still issued electronic invoices with code and number."""
OWN_PLATE: Final = "苏E88F01"
COLD_PLATE: Final = "苏E88L02"
BOXES: Final = ("BX-01", "BX-02", "BX-03")
BOX_LOGGERS: Final = {"BX-01": "HC-TL-0101", "BX-02": "HC-TL-0102", "BX-03": "QDEMO0003"}
IDLE_FROM: Final = date(2026, 5, 1)
TRIP_MINUTES: Final = 5


@dataclass
class Books:
    """Stock by lot and running numbers, while the two years are being played."""

    company: Company
    rng: random.Random
    stock: dict[Lot, int] = field(default_factory=dict)
    available: dict[Lot, date] = field(default_factory=dict)
    """The first day on which a lot may be ordered: it lies in its zone."""
    kept: set[Lot] = field(default_factory=set)
    """Lots that a scenario needs: everyday trade leaves them alone."""
    marks: dict[str, Lot] = field(default_factory=dict)
    """Lots by the name of the scenario that made them."""
    serials: dict[Lot, list[str]] = field(default_factory=dict)
    _busy: set[tuple[str, date]] = field(default_factory=set)
    _numbers: dict[str, int] = field(default_factory=dict)

    def number(self, series: str) -> int:
        """The next number of a series of our own or of a supplier: no gaps."""
        self._numbers[series] = self._numbers.get(series, 0) + 1
        return self._numbers[series]

    def lot(
        self,
        device: Device,
        produced: date,
        *,
        stated: bool = True,
        conformity: bool = True,
        expires: date | None = None,
    ) -> Lot:
        """A new lot. stated False: no paper says when it was made; conformity: 合格证 supplied."""
        count = self.number(f"lot/{device.key}/{produced:%y%m%d}")
        number = f"{produced:%y%m%d}{chr(64 + count) if count < 27 else f'A{count}'}"
        if device.shelf_months and expires is None:
            expires = add_months(produced, device.shelf_months) - timedelta(days=1)
        day = produced + timedelta(days=2) if conformity and stated else None
        return Lot(device, number, produced if stated else None, expires, day)

    def line(self, lot: Lot, quantity: int, *, selling: bool) -> Line:
        """Goods on a paper: new serial numbers when bought, the oldest ones when sold."""
        price = lot.device.price if selling else lot.device.cost
        if not lot.device.serial:
            return Line(lot.device, lot, quantity, price)
        if selling:
            held = self.serials[lot]
            return Line(lot.device, lot, quantity, price, tuple(held[:quantity]))
        serials = [
            f"{lot.number}{self.number(f'sn/{lot.device.key}'):04d}" for _ in range(quantity)
        ]
        return Line(lot.device, lot, quantity, price, tuple(serials))

    def put(self, line: Line, day: date, quantity: int | None = None) -> None:
        """Goods into stock, on sale from `day`."""
        self.available.setdefault(line.lot, day)
        moved = line.quantity if quantity is None else quantity
        self.stock[line.lot] = self.stock.get(line.lot, 0) + moved
        if line.serials:
            self.serials.setdefault(line.lot, []).extend(line.serials[:moved])

    def take(self, line: Line) -> None:
        """Goods out of stock. Raises ValueError when there are not so many."""
        held = self.stock.get(line.lot, 0)
        if held < line.quantity:
            raise ValueError(f"{line.lot.number}: {held} held, {line.quantity} taken")
        if held == line.quantity:
            del self.stock[line.lot]
        else:
            self.stock[line.lot] = held - line.quantity
        if line.serials:
            left = [s for s in self.serials[line.lot] if s not in line.serials]
            self.serials[line.lot] = left

    def open(self, day: date, lots: Sequence[tuple[Lot, int]]) -> Opening:
        """Stock on the day the books were opened."""
        lines = tuple(self.line(lot, quantity, selling=False) for lot, quantity in lots)
        for line in lines:
            self.put(line, day)
        return Opening(day, lines)

    def count(self, day: date) -> Count:
        """A stock-take that agrees with the books."""
        held = tuple((lot, n) for lot, n in self.stock.items() if self.available[lot] <= day)
        return Count(f"PD{day:%Y%m%d}", moment(day, 16), self.company.staff["keeper"].name, held)

    def buy(
        self,
        day: date,
        lots: Sequence[tuple[Lot, int]],
        *,
        rejected: Sequence[int] | None = None,
        tags: tuple[str, ...] = (),
        reception: int = 4,
    ) -> Purchase:
        """Order on `day`, goods some open days later, inspected and stored the same day."""
        rng, staff = self.rng, self.company.staff
        lines = tuple(self.line(lot, quantity, selling=False) for lot, quantity in lots)
        supplier = lines[0].device.supplier
        is_cold = any(line.device.cold for line in lines)
        arrived = next_open(day, reception)
        received = moment(arrived, rng.randint(9, 14), rng.randint(0, 59))
        shipped = received - timedelta(hours=rng.randint(3, 6) if is_cold else 26)
        inspected = received + timedelta(minutes=rng.randint(40, 90))
        refused = tuple(rejected or (0,) * len(lines))
        for line, bad in zip(lines, refused, strict=True):
            self.put(line, arrived, line.quantity - bad)
        ordered = moment(day, rng.randint(9, 11), rng.randint(0, 59))
        return Purchase(
            order=f"CG{day:%Y%m}-{self.number(f'CG{day:%Y%m}'):03d}",
            ordered=ordered,
            approved=ordered + timedelta(hours=3),
            supplier=supplier,
            salesperson=self.company.supplier_sales[supplier].name,
            buyer=staff["buyer"].name,
            lines=lines,
            delivery_note=f"{supplier[:2].upper()}{shipped:%y%m%d}{self.number(supplier):04d}",
            shipped=shipped,
            received=received,
            inspected=inspected,
            stored=inspected + timedelta(minutes=rng.randint(20, 60)),
            mode="冷藏车" if is_cold else "公路运输",
            vehicle=SUPPLIER_VAN if is_cold else f"苏A{rng.randint(10000, 88888)}",
            receiver=staff["receiver"].name,
            inspector=staff["inspector"].name,
            keeper=staff["keeper"].name,
            rejected=refused,
            invoice=self._invoice(arrived + timedelta(days=3), supplier, SELF, lines),
            trip=self._trip(lines, shipped, received, SUPPLIER_VAN, f"{supplier.upper()}-TR")
            if is_cold
            else None,
            tags=tags,
        )  # fmt: skip

    def sell(
        self,
        day: date,
        customer: str,
        lots: Sequence[tuple[Lot, int]],
        *,
        salesperson: str | None = None,
        purpose: str = "sale",
        used: Sequence[int] = (),
        tags: tuple[str, ...] = (),
        box: str | None = None,
        shipped: datetime | None = None,
    ) -> Sale:
        """Order on `day`, picked, checked and shipped the next open day, accepted on arrival."""
        rng, staff = self.rng, self.company.staff
        lines = tuple(self.line(lot, quantity, selling=True) for lot, quantity in lots)
        for line in lines:
            self.take(line)
        is_cold = any(line.device.cold for line in lines)
        leaving = next_open(day, 1)
        picked = moment(leaving, 8, rng.randint(30, 59))
        shipped = shipped or moment(leaving, rng.randint(9, 11), rng.randint(0, 59))
        own = is_cold or rng.random() < 0.6
        arrived = shipped + timedelta(minutes=rng.randint(70, 210) if own else 60 * 25)
        accepted = arrived + timedelta(minutes=rng.randint(15, 45))
        box = (box or self._free_box(shipped)) if is_cold else None
        note = f"TH{leaving:%Y%m}-{self.number(f'TH{leaving:%Y%m}'):04d}"
        outbound = f"CK{leaving:%Y%m}-{self.number(f'CK{leaving:%Y%m}'):04d}"
        seller = salesperson or rng.choice(("sales1", "sales2", "sales3"))
        invoice = None
        if purpose == "sale":
            invoice = self._invoice(next_open(shipped.date(), 2), SELF, customer, lines)
        return Sale(
            order=f"XS{day:%Y%m}-{self.number(f'XS{day:%Y%m}'):04d}",
            ordered=moment(day, rng.randint(9, 16), rng.randint(0, 59)),
            customer=customer,
            salesperson=seller,
            lines=lines,
            outbound=outbound,
            picked=picked,
            checker=staff["checker"].name,
            delivery_note=note,
            shipped=shipped,
            arrived=arrived,
            accepted=accepted,
            mode="冷藏箱" if is_cold else "厢式货车",
            carrier=None if own else "carrier",
            waybill=None if own else f"SS{leaving:%y%m%d}{self.number('waybill'):05d}",
            plate=(COLD_PLATE if is_cold else OWN_PLATE) if own else None,
            crew=f"{staff['driver'].name}、{staff['escort'].name}" if own else None,
            acceptor=self.company.parties[customer].contact,
            invoice=invoice,
            trip=self._trip(lines, shipped, accepted, box, BOX_LOGGERS[box], note) if box else None,
            purpose=purpose,
            used=tuple(used),
            tags=tags,
        )

    def take_back(
        self,
        day: date,
        sale: Sale,
        quantities: Sequence[int],
        reason: str,
        *,
        good: bool = True,
        tags: tuple[str, ...] = (),
    ) -> GiveBack:
        """Goods of a sale that came back: into stock again when good."""
        lines = tuple(
            replace(line, quantity=count, serials=line.serials[len(line.serials) - count :])
            for line, count in zip(sale.lines, quantities, strict=True)
            if count
        )
        if good:
            for line in lines:
                self.put(line, day)
        received = moment(day, self.rng.randint(9, 15), self.rng.randint(0, 59))
        return GiveBack(
            number=f"TH{day:%Y%m}-R{self.number(f'R{day:%Y%m}'):03d}",
            of=sale,
            lines=lines,
            received=received,
            inspected=received + timedelta(minutes=50),
            inspector=self.company.staff["inspector"].name,
            reason=reason,
            good=good,
            tags=tags,
        )

    def scrap(self, day: date, lot: Lot) -> Scrap:
        """What is left of a lot goes to the zone for nonconforming goods and is destroyed."""
        line = self.line(lot, self.stock[lot], selling=True)
        self.take(line)
        staff = self.company.staff
        moved = moment(day, 15, 20)
        return Scrap(
            f"BH{day:%Y%m}-{self.number(f'BH{day:%Y%m}'):03d}", line, moved,
            moment(next_open(day, 10), 10, 30), "近效期未售出，超过有效期", staff["quality"].name,
            staff["head"].name, staff["keeper"].name,
        )  # fmt: skip

    def _invoice(self, day: date, seller: str, buyer: str, lines: tuple[Line, ...]) -> Invoice:
        region = self.company.parties[seller].region[:2]
        number = einvoice_number(day, region, 900000000000000 + self.number(f"invoice/{region}"))
        drawer = self.company.staff["finance"].name
        if seller != SELF:
            drawer = self.company.parties[seller].responsible
        code = None
        if seller != SELF and day < DIGITAL_FROM:
            code = f"0{region}00{day:%y}00113"
            number = str(90000000 + self.number("old invoice"))
        return Invoice(number, code, day, seller, buyer, lines, VAT, drawer)

    def reserve(self, box: str, ordered: date) -> None:
        """Keep a box for what is ordered on that day and leaves on the next open one."""
        self._busy.add((box, next_open(ordered, 1)))

    def _free_box(self, shipped: datetime) -> str:
        """A box that nobody else uses on that day."""
        box = next((one for one in BOXES[:2] if (one, shipped.date()) not in self._busy), BOXES[-1])
        self._busy.add((box, shipped.date()))
        return box

    def _trip(
        self,
        lines: tuple[Line, ...],
        begin: datetime,
        end: datetime,
        vehicle: str,
        logger: str,
        note: str = "",
    ) -> Trip:
        zone = "frozen" if any(line.device.zone == "frozen" for line in lines) else "cold"
        start = begin - timedelta(minutes=begin.minute % TRIP_MINUTES + 10, seconds=begin.second)
        last = end + timedelta(minutes=TRIP_MINUTES - end.minute % TRIP_MINUTES)
        low, high = cold.BANDS[zone]
        run = self.number(f"run/{logger}")
        rng = chance(self.company.seed, "trip", logger, run)
        readings: tuple[Reading, ...] = cold.quiet(rng, zone, start, last, TRIP_MINUTES)
        form = (
            "berlinger" if logger.startswith("QDEMO") else ("csv_gb", "csv_utf8", "xlsx")[run % 3]
        )
        return Trip(
            f"{logger}-{run:04d}", logger, run, vehicle, begin, end, low, high, TRIP_MINUTES,
            readings, form, note,
        )  # fmt: skip


def first_open(day: date) -> date:
    """The day itself when the company works on it, else the next one."""
    return day if open_on(day) else next_open(day)
