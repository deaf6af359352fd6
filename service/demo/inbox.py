"""The invented company's documents as files, in the formats and folders in which they would come.

`inbox` yields every file of the sound world, `writers.broken` adds those that cannot be taken.
Each fact stands in one file only: what is on paper here is left out of the registers.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date

from audit.records.licences import (
    BusinessLicence,
    InstitutionLicence,
)
from audit.records.model import Record
from ingest.templates import xlsx_table
from service.demo import cold, facts, instruments
from service.demo.calendar import months
from service.demo.company import WAREHOUSE, ZONES
from service.demo.deeds import deeds
from service.demo.model import (
    Device,
    Event,
    Invoice,
    Party,
    Purchase,
    Sale,
    Trip,
    World,
)
from service.demo.numbers import chance
from service.demo.papers import BEGIN, BUYER_RENEWED, END
from service.demo.writers import certificates, invoices, licences, loggers, ofd, slips
from service.demo.writers.press import Press

PAPER_HOSPITALS = 6
"""So many hospitals' licences are on file as papers, the others in a register."""
PAPER_FROM = date(2026, 9, 15)
"""From this day on invoices, suppliers' notes and certificates of conformity are on file."""


@dataclass(frozen=True, slots=True)
class DemoFile:
    """A file of the inbox. path: below the inbox, with `/`. source: the folder it is pulled from.

    about: what it is, so that a planted fault can name it. master: holds master data, which
    somebody of quality confirms; withheld: nobody has confirmed it yet.
    """

    path: str
    data: bytes = field(repr=False)
    about: str
    master: bool = False
    withheld: bool = False

    @property
    def source(self) -> str:
        return self.path.partition("/")[0]


def inbox(world: World, press: Press) -> Iterator[DemoFile]:
    """Every sound file, master data first, then month by month."""
    yield from certificate_files(world, press)
    yield from licence_files(world, press)
    yield from letter_files(world, press)
    yield from calibration_files(world, press)
    yield from master_registers(world)
    for event in world.events:
        yield from event_files(world, press, event)
    yield from month_registers(world)
    yield from storage_files(world)


def _house(party: Party) -> str:
    room = {"self": "self", "hospital": "customers", "dealer": "customers"}
    folder = room.get(party.kind, "suppliers")
    return folder if folder == "self" else f"{folder}/{party.key}"


def certificate_files(world: World, press: Press) -> Iterator[DemoFile]:
    """Certificates, filings, changes and acceptance notices, as suppliers send them."""
    company = world.company
    for device in company.devices:
        paper = device.certificate
        folder = f"suppliers/{device.supplier}/certificates"
        if paper.filing:
            data = press.pdf(certificates.filing(company, device), paper.first_approved)
            yield DemoFile(f"{folder}/备案_{paper.number}.pdf", data, f"filing/{device.key}", True)
            continue
        for period, number in zip(paper.periods, paper.numbers, strict=True):
            if period.ends >= facts.ON_FILE_FROM:
                data = press.pdf(
                    certificates.registration(company, device, period, number), period.approved
                )
                name = f"注册证_{number}_{period.ends:%Y%m%d}.pdf"
                about = f"certificate/{device.key}/{period.ends}"
                yield DemoFile(f"{folder}/{name}", data, about, True)
        yield from _notices(world, press, device, folder)


def _notices(world: World, press: Press, device: Device, folder: str) -> Iterator[DemoFile]:
    paper = device.certificate
    for index, change in enumerate(paper.changes):
        data = press.pdf(certificates.change(device, index), change.approved)
        name = f"变更_{paper.number}_{change.approved:%Y%m%d}.pdf"
        yield DemoFile(f"{folder}/{name}", data, f"change/{device.key}", True)
    for index, renewal in enumerate(paper.renewals):
        if renewal.accepted >= facts.NOTICES_FROM:
            data = press.pdf(
                certificates.acceptance(world.company, device, index), renewal.accepted
            )
            name = f"受理_{renewal.notice}.pdf"
            yield DemoFile(f"{folder}/{name}", data, f"acceptance/{device.key}/{index}", True)


def licence_files(world: World, press: Press) -> Iterator[DemoFile]:
    """Licences and filings of ourselves, suppliers, dealers and some hospitals."""
    company = world.company
    for party, licence in licences.papers(company):
        if licence.form == "institution" and int(party.key[-2:]) > PAPER_HOSPITALS:
            continue
        period = licence.period
        assert period is not None
        data = press.pdf(licences.licence_paper(company, licence), period.approved)
        name = {"operating": "经营许可证", "production": "生产许可证", "class_ii": "二类备案",
                "institution": "执业许可证"}[licence.form]  # fmt: skip
        pending = (party.key, licence.action) == (BUYER_RENEWED[0], "延续")
        yield DemoFile(
            f"{_house(party)}/{name}_{period.approved:%Y%m%d}.pdf", data,
            f"licence/{licence.key}", True, pending,
        )  # fmt: skip
    for party in company.parties.values():
        if party.kind in ("self", "registrant", "agent", "distributor"):
            data = press.pdf(licences.business(party), licences.issued_on(party))
            yield DemoFile(
                f"{_house(party)}/营业执照.pdf", data, f"business/{party.key}", master=True
            )


def letter_files(world: World, press: Press) -> Iterator[DemoFile]:
    """Authorisation letters of all three kinds."""
    for letter in world.company.letters:
        data = press.pdf(slips.letter_paper(world.company, letter), letter.signed)
        folder = _house(world.company.parties[letter.grantor])
        if letter.kind == "registrant":
            folder = f"suppliers/{letter.grantee}"
        yield DemoFile(f"{folder}/授权书_{letter.number}.pdf", data, f"letter/{letter.key}", True)


def calibration_files(world: World, press: Press) -> Iterator[DemoFile]:
    """Calibration certificates of the loggers that ride in boxes."""
    for one in instruments.calibrations(world.company):
        if instruments.printed(one):
            data = press.pdf(slips.calibration_paper(world.company, one), one.calibrated)
            name = f"self/校准证书_{one.logger}_{one.calibrated:%Y%m%d}.pdf"
            yield DemoFile(name, data, f"calibration/{one.logger}/{one.calibrated.year}", True)


def master_registers(world: World) -> Iterator[DemoFile]:
    """Master data that the business keeps in workbooks, and the opening balance."""
    company = world.company
    tables: dict[str, list[Record]] = {
        "往来单位": list(facts.parties(company)),
        "产品主数据": list(facts.devices(company)),
        "首营企业与购货者": list(facts.party_approvals(company)),
        "首营品种": list(facts.product_approvals(company)),
        "医疗机构执业许可": list(_institutions(company.parties.values())),
        "客户营业执照": list(_businesses(company.parties.values())),
        "校准台账": [
            instruments.as_record(company, one)
            for one in instruments.calibrations(company)
            if not instruments.printed(one)
        ],
    }
    for name, records in tables.items():
        yield DemoFile(f"registers/master/{name}.xlsx", _book(records), f"master/{name}", True)
    opening = list(deeds(world.events[0], company))
    yield DemoFile("registers/master/期初库存.xlsx", _book(opening), "master/opening", True)


def _institutions(parties: Iterable[Party]) -> Iterator[Record]:
    for party in parties:
        if party.kind != "hospital" or int(party.key[-2:]) <= PAPER_HOSPITALS:
            continue
        licence = party.licences[0]
        assert licence.period is not None
        yield InstitutionLicence(
            number=licence.number,
            holder=facts.named(party),
            legal_representative=party.legal_representative,
            responsible_person=party.responsible,
            address=party.address,
            issued_on=licence.period.begins,
            valid_to=licence.period.ends,
            authority="示例市卫生健康委员会",
        )


def _businesses(parties: Iterable[Party]) -> Iterator[Record]:
    for party in parties:
        if party.kind == "dealer":
            yield BusinessLicence(
                uscc=party.uscc,
                name=party.name,
                type="有限责任公司",
                legal_representative=party.legal_representative,
                address=party.address,
                founded_on=party.founded,
                issued_on=licences.issued_on(party),
                authority="示例市市场监督管理局",
            )


def _book(records: list[Record]) -> bytes:
    """A workbook with a sheet for each kind, in the order in which kinds first appear."""
    sheets: dict[str, list[Record]] = {}
    for record in records:
        sheets.setdefault(record.kind, []).append(record)
    return loggers.steady(xlsx_table(sheets))


def on_paper(event: Event) -> bool:
    """Whether a purchase's note and certificates of conformity are files of their own."""
    return isinstance(event, Purchase) and (event.ordered.date() >= PAPER_FROM or bool(event.tags))


def invoice_on_file(event: Event) -> bool:
    """Whether this event's invoice is a file of its own: the latest, and the older kind."""
    if isinstance(event, Purchase) and (event.tags or event.invoice.code):
        return True
    return isinstance(event, Purchase | Sale) and event.ordered.date() >= PAPER_FROM


def event_files(world: World, press: Press, event: Event) -> Iterator[DemoFile]:
    """The papers of one event that are files of their own."""
    if isinstance(event, Purchase | Sale) and event.invoice and invoice_on_file(event):
        yield _invoice(world, event.invoice)
    if isinstance(event, Purchase) and on_paper(event):
        yield from _purchase_papers(world, press, event)
    if isinstance(event, Purchase) and event.trip:
        yield _trip(event.trip, f"{event.supplier}_{event.delivery_note}")
    if isinstance(event, Sale) and event.trip and _shown(event):
        yield _trip(event.trip, event.delivery_note)


def _shown(event: Sale) -> bool:
    """Not where nothing was logged, nor where `spoiled` lays an edited log in its place."""
    return event.trip is not None and event.trip.present and "tampered_log" not in event.tags


def _purchase_papers(world: World, press: Press, event: Purchase) -> Iterator[DemoFile]:
    company, folder = world.company, f"suppliers/{event.supplier}"
    if "note_missing" not in event.tags:
        data = press.pdf(slips.note_paper(company, event), event.shipped.date())
        name = f"{folder}/notes/随货同行单_{event.delivery_note}.pdf"
        yield DemoFile(name, data, f"note/{event.order}")
    for number, line in enumerate(event.lines):
        if line.lot.conformity:
            data = press.pdf(slips.conformity_paper(company, line, number), line.lot.conformity)
            name = f"{folder}/conformity/合格证_{line.lot.number}_{line.device.key}.pdf"
            yield DemoFile(name, data, f"conformity/{line.device.key}/{line.lot.number}")


def _invoice(world: World, invoice: Invoice) -> DemoFile:
    """XML as a rule; older ones and every fourth as OFD."""
    company = world.company
    turn = int(invoice.number[-4:]) % 4
    if invoice.code:
        data, ending = ofd.ofd(company, invoice, "original"), "ofd"
    elif turn == 0:
        form = ("xbrl", "none")[int(invoice.number[-5:]) // 4 % 2]
        data, ending = ofd.ofd(company, invoice, form), "ofd"
    else:
        data, ending = invoices.digital_xml(company, invoice), "xml"
    name = f"invoices/{invoice.issued:%Y-%m}/{invoice.code or ''}{invoice.number}.{ending}"
    return DemoFile(name, data, f"invoice/{invoice.number}")


def _trip(trip: Trip, name: str) -> DemoFile:
    return DemoFile(path_of_trip(trip, name), loggers.export(trip), f"trip/{trip.key}")


def path_of_trip(trip: Trip, name: str) -> str:
    """Where a trip's log lies: by day, delivery and logger."""
    ending = {"berlinger": "txt", "xlsx": "xlsx"}.get(trip.form, "csv")
    return f"loggers/transport/{trip.departed:%Y%m%d}_{name}_{trip.logger}.{ending}"


def month_registers(world: World) -> Iterator[DemoFile]:
    """Workbooks of each month: goods in, goods out, returns and scrap; a sheet for each kind."""
    company = world.company
    rare: list[Record] = []
    for first, last in months(BEGIN, END):
        goods_in: list[Record] = []
        goods_out: list[Record] = []
        for event in world.events[1:]:
            if not first <= _day(event) <= last:
                continue
            records = [one for one in deeds(event, company) if not _is_paper(event, one)]
            (goods_in if isinstance(event, Purchase) else goods_out
             if isinstance(event, Sale) else rare).extend(records)  # fmt: skip
        month = f"{first:%Y-%m}"
        quarterly = {"退货与报损": rare} if first.month % 3 == 1 else {}
        for name, records in {"进货": goods_in, "销售": goods_out, **quarterly}.items():
            if records:
                path = f"registers/{month}/{name}登记_{month}.xlsx"
                yield DemoFile(path, _book(records), f"register/{name}/{month}")
        if quarterly:
            rare = []


def _is_paper(event: Event, record: Record) -> bool:
    if record.kind == "invoice":
        return invoice_on_file(event)
    return record.kind in ("conformity_certificate", "delivery_note") and on_paper(event)


def _day(event: Event) -> date:
    at = getattr(event, "ordered", None) or getattr(event, "received", None)
    at = at or getattr(event, "moved", None) or getattr(event, "at", None)
    assert at is not None
    day: date = at.date()
    return day


def storage_files(world: World) -> Iterator[DemoFile]:
    """Our store's recorders, exported every eight months; two points where cold goods lie."""
    starts = [BEGIN, date(2025, 7, 1), date(2026, 3, 1)]
    for logger, (kind, zone) in instruments.STORES.items():
        for number, first in enumerate(starts):
            last = date.fromordinal(starts[number + 1].toordinal() - 1) if number < 2 else END
            rng = chance(world.company.seed, "store", logger, number)
            points = [cold.storage(rng, kind, first, last)]
            if zone in (ZONES["cold"], ZONES["frozen"]):
                points.append(cold.storage(rng, kind, first, last))
            data = loggers.storage(logger, WAREHOUSE, zone, points)
            path = f"loggers/storage/{zone}_{first:%Y%m%d}-{last:%Y%m%d}.csv"
            yield DemoFile(path, data, f"storage/{logger}/{first:%Y%m%d}")
