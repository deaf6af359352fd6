"""How far a lot's package reaches, and what it says of what it left out."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
from small_trade import DEPARTED, HOSPITAL, LOT, SELF, SUPPLIER, House, goods, licence

from audit.records.cold_chain import LogForm, TemperatureLog
from audit.records.outbound import OutboundCheck
from audit.records.parties import AuthorisationLetter, LetterItem, LetterType
from audit.records.parts import NamedParty, Place
from audit.records.product import ConformityCertificate
from audit.records.sales import SalesRecord
from audit.records.trade import DeliveryLine, DeliveryNote, Direction, OrderLine, PurchaseOrder
from audit.store.state import Snapshot
from reports.package import ByLot, Exported, Request, export_package

OTHER = NamedParty(name="浙江另一家医疗器械有限公司")


@dataclass
class Reached:
    """The entries of a package, and what it left out: (kind, reason) -> how many."""

    done: Exported

    def __contains__(self, seq: int) -> bool:
        return any(one.seq == seq for one in self.done.selection.members)

    def left(self, kind: str) -> int:
        return sum(
            one.count
            for one in self.done.selection.left_out
            if one.kind == f"record.{kind}" and "not taken" in one.en
        )


def reached(house: House) -> Reached:
    done = export_package(
        house.journal, Request(ByLot(LOT)), house.folder / "p.zip", house.signer, actor="quality"
    )
    return Reached(done)


def log(name: str, place: Place, first: datetime, hours: int = 24) -> TemperatureLog:
    return TemperatureLog(
        form=LogForm.SERIES, logger=name, zone="Asia/Shanghai", first=first,
        last=first + timedelta(hours=hours), place=place,
    )  # fmt: skip


def letter(type: LetterType, grantor: NamedParty, **more: object) -> AuthorisationLetter:
    said: dict[str, object] = {
        "type": type, "grantor": grantor, "valid_on": date(2026, 1, 1),
        "valid_to": date(2026, 12, 31), "items": (LetterItem(all_products=True),), **more,
    }  # fmt: skip
    return AuthorisationLetter(**said)


def test_only_logs_of_the_zone_come_and_only_of_the_days_it_lay_there(house: House) -> None:
    stay = datetime(2026, 2, 27, tzinfo=UTC)
    here, aside = Place(warehouse="冷库 1 号", zone="A"), Place(warehouse="冷库 1 号", zone="B")
    gone = OutboundCheck(**goods(quantity=180), record_no="CK-12", buyer=HOSPITAL,
                         checked_on=date(2026, 3, 3))  # fmt: skip
    house.paper("出库2.csv", b"the rest", gone)
    (mine,) = house.paper("a.txt", b"a", log("S1", here, stay))
    (other_zone,) = house.paper("b.txt", b"b", log("S2", aside, stay))
    (before,) = house.paper("c.txt", b"c", log("S1", here, stay - timedelta(days=20)))
    (after,) = house.paper("d.txt", b"d", log("S1", here, stay + timedelta(days=20)))
    found = reached(house)
    assert mine in found
    assert not any(seq in found for seq in (other_zone, before, after))
    assert found.left("temperature_log") == 2  # the other zone is never asked for


def test_a_logger_brings_only_the_run_of_the_lots_own_transport(house: House) -> None:
    elsewhere = Place(shipment_no="SX-9999", vehicle="沪A12345")
    (later,) = house.paper("e.txt", b"e", log("SN4411", elsewhere, DEPARTED + timedelta(days=9)))
    (same_vehicle,) = house.paper(
        "f.txt", b"f", log("V-1", Place(vehicle="沪A12345"), DEPARTED, hours=6)
    )
    found = reached(house)
    assert same_vehicle in found
    assert later not in found
    assert found.left("temperature_log") == 1


def test_own_letters_are_those_of_the_people_who_sold_the_lot(house: House) -> None:
    own = LetterType.OWN_SALESPERSON
    (sold,) = house.paper("g.pdf", b"g", letter(own, SELF, salesperson="孙七", letter_no="1"))
    (another,) = house.paper("h.pdf", b"h", letter(own, SELF, salesperson="吴十", letter_no="2"))
    found = reached(house)
    assert sold in found
    assert another not in found
    assert found.left("authorisation_letter") == 1


def test_where_no_salesperson_is_named_the_letters_of_the_day_come(house: House) -> None:
    (sale,) = (one.seq for one in house.journal.store.records(now(house), ["sales_record"]))
    named = house.journal.store.record(now(house), sale)
    assert named is not None
    assert isinstance(named.record, SalesRecord)
    unnamed = named.record.model_copy(update={"salesperson": None})
    house.journal.correct("quality", sale, unnamed, "the name was wrong")
    own = LetterType.OWN_SALESPERSON
    (stood,) = house.paper("g.pdf", b"g", letter(own, SELF, salesperson="孙七", letter_no="1"))
    past = letter(own, SELF, salesperson="吴十", letter_no="2", valid_on=date(2024, 1, 1),
                  valid_to=date(2024, 12, 31))  # fmt: skip
    (ended,) = house.paper("h.pdf", b"h", past)
    to_other = letter(own, SELF, salesperson="吴十", letter_no="3", grantee=OTHER)
    (elsewhere,) = house.paper("i.pdf", b"i", to_other)
    found = reached(house)
    assert sale in found  # superseded, and in the lot's stream
    assert stood in found
    assert ended not in found
    assert elsewhere not in found


def test_letters_and_licences_are_those_of_the_lots_own_parties(house: House) -> None:
    theirs = LetterType.SUPPLIER_SALESPERSON
    (supplier,) = house.paper("j.pdf", b"j", letter(theirs, SUPPLIER, letter_no="S1"))
    (stranger,) = house.paper("k.pdf", b"k", letter(theirs, OTHER, grantee=SELF, letter_no="S2"))
    given = LetterType.REGISTRANT_TO_DISTRIBUTOR
    (to_other,) = house.paper("l.pdf", b"l", letter(given, SUPPLIER, grantee=OTHER, letter_no="R"))
    (papers,) = house.paper("m.pdf", b"m", licence("浙药监械经营许20220099号", OTHER))
    found = reached(house)
    assert supplier in found
    assert not any(seq in found for seq in (stranger, to_other, papers))
    assert found.left("authorisation_letter") == 2


OTHER_GOODS = {"name": "敷料", "model": "D-1", "registration_no": "国械注准20213140999",
               "registrant": OTHER.name, "di": "06909999999990"}  # fmt: skip


def test_other_goods_on_the_same_papers_lead_no_further(house: House) -> None:
    mine = {key: value for key, value in goods(quantity=5).items() if key != "lot_no"}
    order = PurchaseOrder(
        order_no="PO-2", supplier=SUPPLIER, ordered_on=date(2026, 2, 21),
        lines=(OrderLine(**mine), OrderLine(**OTHER_GOODS, quantity=Decimal(1), unit="盒")),
    )  # fmt: skip
    note = DeliveryNote(
        number="N-2", direction=Direction.SUPPLIER, supplier=SUPPLIER, consignee=SELF,
        order_no="PO-2", shipped_on=date(2026, 2, 25),
        lines=(DeliveryLine(**goods(quantity=5)),
               DeliveryLine(**OTHER_GOODS, lot_no="Q1", quantity=Decimal(1), unit="盒")),
    )  # fmt: skip
    (delivered,) = house.paper("n.pdf", b"n", note)
    (ordered,) = house.paper("o.pdf", b"o", order)
    (licensed,) = house.paper("p.pdf", b"p", licence("浙药监械经营许20220099号", OTHER))
    named = {key: value for key, value in goods("ZZ9").items() if key not in ("quantity", "unit")}
    (sibling,) = house.paper("q.pdf", b"q", ConformityCertificate(**named, conforms=True))
    found = reached(house)
    assert delivered in found
    assert ordered in found
    assert licensed not in found
    assert sibling not in found
    assert found.left("conformity_certificate") == 1


def now(house: House) -> Snapshot:
    return house.journal.store.snapshot(date(2026, 3, 4))


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_every_step_and_reason_stands_in_the_selection(house: House, lang: str) -> None:
    house.paper("h.pdf", b"h", letter(LetterType.OWN_SALESPERSON, SELF, salesperson="吴十"))
    selection = reached(house).done.selection
    assert {step.end for step in selection.walk} >= {"letter", "temperature", "licence"}
    assert all(getattr(one, lang) for one in (*selection.walk, *selection.left_out))
