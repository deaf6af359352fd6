"""What the invented world is made of: frozen values, no files, no records.

Money is in yuan without tax unless said otherwise, quantities in the product's own unit, moments
are aware (Asia/Shanghai).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal


@dataclass(frozen=True, slots=True)
class Period:
    """A stretch of validity, both ends inclusive, and when the authority granted it."""

    approved: date
    begins: date
    ends: date


@dataclass(frozen=True, slots=True)
class Licence:
    """One version of a licence or filing. form: operating, production, class_ii, institution.

    scope: classification codes of devices of class III (or II for a filing), 2017 catalogue and
    6840 for reagents. cold: whether the scope includes cold-stored goods, None where unsaid.
    """

    key: str
    holder: str
    form: str
    number: str
    period: Period | None
    action: str = "核发"
    scope: tuple[str, ...] = ()
    cold: bool | None = None
    mode: str = "批发"
    warehouses: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Party:
    """A company, hospital or authority. kind: self, registrant, agent, distributor, hospital,
    dealer, carrier, foreign, laboratory."""

    key: str
    name: str
    kind: str
    uscc: str
    region: str
    address: str
    contact: str
    phone: str
    legal_representative: str
    responsible: str
    founded: date
    licences: tuple[Licence, ...] = ()


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody who works for us or for a supplier. number: staff number or identity card."""

    name: str
    login: str
    post: str
    identity_card: str = ""


@dataclass(frozen=True, slots=True)
class Letter:
    """An authorisation letter. kind: registrant, supplier_sales, own_sales."""

    key: str
    kind: str
    number: str
    grantor: str
    grantee: str
    person: Person | None
    products: str
    region: str
    signed: date
    begins: date
    ends: date


@dataclass(frozen=True, slots=True)
class Renewal:
    """A renewal application and what became of it: granted, or still undecided."""

    applied: date
    accepted: date
    notice: str


@dataclass(frozen=True, slots=True)
class Change:
    """A 变更注册 document: read together with the certificate."""

    approved: date
    number: str
    what: str
    before: str
    after: str


@dataclass(frozen=True, slots=True, eq=False)
class Certificate:
    """A registration certificate, or a filing of class I (no periods)."""

    key: str
    number: str
    device_class: int
    category: str
    holder: str
    agent: str | None
    first_approved: date
    periods: tuple[Period, ...]
    numbers: tuple[str, ...]
    """The number as printed on each period's paper; code digits may change at a renewal."""
    renewals: tuple[Renewal, ...] = ()
    changes: tuple[Change, ...] = ()

    @property
    def filing(self) -> bool:
        return self.device_class == 1


@dataclass(frozen=True, slots=True)
class Range:
    """A temperature range in °C; None where the label sets no limit on that side."""

    low: Decimal | None
    high: Decimal | None

    def label(self) -> str:
        if self.low is None:
            return f"不高于{self.high}℃"
        if self.high is None:
            return f"不低于{self.low}℃"
        return f"{self.low}℃～{self.high}℃"


@dataclass(frozen=True, slots=True, eq=False)
class Device:
    """A product in one model. shelf_months None: the label gives no expiry."""

    key: str
    name: str
    model: str
    certificate: Certificate
    supplier: str
    category: str
    unit: str
    cost: Decimal
    price: Decimal
    shelf_months: int | None
    storage: Range
    zone: str
    di: str
    implantable: bool | None
    sterile: bool
    serial: bool
    tax_category: str
    udi_carrier: bool
    service_years: int | None = None

    @property
    def cold(self) -> bool:
        return self.zone in ("cold", "frozen")


@dataclass(frozen=True, slots=True, eq=False)
class Lot:
    """A production lot. produced None: no paper states the day of production."""

    device: Device
    number: str
    produced: date | None
    expires: date | None
    conformity: date | None
    """Date of the certificate of conformity that came with it, None where none was supplied."""


@dataclass(frozen=True, slots=True)
class Reading:
    """Hundredths of a degree Celsius, None where the logger measured nothing."""

    at: datetime
    value: int | None


@dataclass(frozen=True, slots=True)
class Trip:
    """A transport under a temperature logger. form: csv_gb, csv_utf8, xlsx, berlinger."""

    key: str
    logger: str
    run: int
    vehicle: str
    departed: datetime
    arrived: datetime
    low: int
    high: int
    interval: int
    readings: tuple[Reading, ...]
    form: str
    note: str = ""
    """Our delivery note, where it is our delivery."""
    present: bool = True


@dataclass(frozen=True, slots=True)
class Line:
    """Goods on a paper. price without tax, a unit."""

    device: Device
    lot: Lot
    quantity: int
    price: Decimal
    serials: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Invoice:
    """A fully digital e-invoice, or one of the older kind with code and number."""

    number: str
    code: str | None
    issued: date
    seller: str
    buyer: str
    lines: tuple[Line, ...]
    rate: Decimal
    drawer: str


@dataclass(frozen=True, slots=True)
class Purchase:
    """An order to a supplier and everything that followed until the goods lay in their zone."""

    order: str
    ordered: datetime
    approved: datetime
    supplier: str
    salesperson: str
    buyer: str
    lines: tuple[Line, ...]
    delivery_note: str
    shipped: datetime
    received: datetime
    inspected: datetime
    stored: datetime
    mode: str
    vehicle: str
    receiver: str
    inspector: str
    keeper: str
    rejected: tuple[int, ...]
    invoice: Invoice
    trip: Trip | None
    tags: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Sale:
    """An order of a customer and everything that followed until he accepted the goods.

    purpose: sale or selection. For a selection `used` says how many of each line stayed.
    """

    order: str
    ordered: datetime
    customer: str
    salesperson: str
    lines: tuple[Line, ...]
    outbound: str
    picked: datetime
    checker: str
    delivery_note: str
    shipped: datetime
    arrived: datetime
    accepted: datetime
    mode: str
    carrier: str | None
    waybill: str | None
    plate: str | None
    crew: str | None
    acceptor: str
    invoice: Invoice | None
    trip: Trip | None
    purpose: str = "sale"
    used: tuple[int, ...] = ()
    tags: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class GiveBack:
    """Goods that came back from a customer. good: put back into stock after inspection."""

    number: str
    of: Sale
    lines: tuple[Line, ...]
    received: datetime
    inspected: datetime
    inspector: str
    reason: str
    good: bool
    tags: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Opening:
    """Stock on the day the books were opened."""

    day: date
    lines: tuple[Line, ...]


@dataclass(frozen=True, slots=True)
class Count:
    """A stock-take: what lay there, agreeing with the books."""

    number: str
    at: datetime
    counter: str
    lines: tuple[tuple[Lot, int], ...]


@dataclass(frozen=True, slots=True)
class Scrap:
    """Goods taken out of sale and destroyed."""

    number: str
    line: Line
    moved: datetime
    destroyed: datetime
    reason: str
    judged_by: str
    approved_by: str
    witness: str


Event = Opening | Purchase | Sale | GiveBack | Count | Scrap


@dataclass(frozen=True, slots=True)
class Company:
    """The master data: who is who, what is sold, under which papers."""

    seed: int
    self: Party
    parties: dict[str, Party]
    devices: tuple[Device, ...]
    certificates: tuple[Certificate, ...]
    letters: tuple[Letter, ...]
    staff: dict[str, Person]
    supplier_sales: dict[str, Person]


@dataclass(frozen=True, slots=True)
class World:
    """The company and two years of its trade."""

    company: Company
    events: tuple[Event, ...] = field(default=())
