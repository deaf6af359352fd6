"""Licences on the day of the act; renewal of our own; the maker's on the day of production."""

from audit.records.certificates import Cancellation, CancellationReason, Decision
from audit.records.licences import LicencePaper
from base.calendar import early_window
from checks.cases import Case, pending
from checks.verdicts import Result
from tests.checks.papers import (
    DEALER,
    DELIVERY,
    LICENCE,
    LOT,
    SECOND,
    SHIPMENT,
    SUPPLIER,
    D,
    delivery,
    device,
    filing,
    goods,
    inspected,
    institution,
    licence,
    licence_notice,
    lot,
    makers_licence,
    ourselves,
    shipment,
    sold,
)

PASS, FAIL, UNKNOWN, NONE = Result.PASS, Result.FAIL, Result.UNKNOWN, Result.NOT_APPLICABLE
NOW = D(2025, 12, 1)
END = D(2025, 6, 30)
BEFORE, AFTER = D(2025, 6, 29), D(2025, 7, 1)
WINDOW = early_window(END, most=90, least=30)
CLASS_II = goods(registration_no=SECOND, di=None)
CLASS_I = goods(registration_no="苏苏械备20210001号", di=None)
REFUSED = Decision.REFUSED
CANCEL = Cancellation(on=D(2025, 3, 1), reason=CancellationReason.REVOKED)

SUPPLIERS = "licence.supplier"


def _supplier(name: str, expect: Result, *given: object, says: str | None = None) -> Case:
    return Case(SUPPLIERS, name, DELIVERY, given, NOW, expect, says)  # type: ignore[arg-type]


def _own_goods(**more: object) -> object:
    return delivery(END, goods(registrant=SUPPLIER.name), **more)


CASES = [
    _supplier("the day before his licence ends", PASS, licence(SUPPLIER), delivery(BEFORE)),
    _supplier("the day his licence ends", PASS, licence(SUPPLIER), delivery(END)),
    _supplier("the day after his licence ended", FAIL, licence(SUPPLIER), delivery(AFTER)),
    _supplier("the day before his licence began", FAIL, licence(SUPPLIER, D(2023, 1, 1)),
              delivery(D(2022, 12, 31))),
    _supplier("the day his licence began", PASS, licence(SUPPLIER, D(2023, 1, 1)),
              delivery(D(2023, 1, 1))),
    _supplier("before any of the cited texts was in force", NONE, licence(SUPPLIER),
              delivery(D(2020, 6, 30)), says="check.no_basis_in_force"),
    _supplier("no licence on file", UNKNOWN, delivery(END), says="licence.not_on_file"),
    _supplier("deemed renewed", PASS, licence(SUPPLIER), delivery(AFTER),
              licence_notice(WINDOW.last, WINDOW.last, holder=SUPPLIER), says="licence.deemed"),
    _supplier("applied too late: nothing deemed", FAIL, licence(SUPPLIER), delivery(AFTER),
              licence_notice(D(2025, 6, 20), D(2025, 6, 21), holder=SUPPLIER)),
    _supplier("applied too early: open", UNKNOWN, licence(SUPPLIER), delivery(AFTER),
              licence_notice(D(2024, 12, 1), D(2024, 12, 2), holder=SUPPLIER)),
    _supplier("class II goods need the filing, not the licence", UNKNOWN, licence(SUPPLIER),
              delivery(END, CLASS_II), says="licence.not_on_file"),
    _supplier("class II goods with a filing that does not end", PASS, filing(SUPPLIER),
              delivery(AFTER, CLASS_II)),
    _supplier("class I goods need neither", NONE, delivery(AFTER, CLASS_I)),
    _supplier("the licence was revoked before he shipped", FAIL, licence(SUPPLIER),
              licence(SUPPLIER, paper=LicencePaper.CANCELLATION, cancellation=CANCEL),
              delivery(D(2025, 3, 1))),
    _supplier("the licence was revoked after he shipped", PASS, licence(SUPPLIER),
              licence(SUPPLIER, paper=LicencePaper.CANCELLATION, cancellation=CANCEL),
              delivery(D(2025, 2, 28))),
    _supplier("a registrant ships his own product from his own address", PASS,
              makers_licence(premises=("苏州路1号",)), _own_goods(warehouse="苏州路1号")),
    _supplier("a registrant ships his own product from somewhere", UNKNOWN,
              makers_licence(premises=("苏州路1号",)), _own_goods(),
              says="licence.registrant_from_where"),
    _supplier("a registrant ships from another address without a licence", UNKNOWN,
              makers_licence(premises=("苏州路1号",)), _own_goods(warehouse="南京路9号"),
              says="licence.not_on_file"),
    _supplier("a pending licence holds", UNKNOWN, pending(licence(SUPPLIER)), delivery(END)),
    _supplier("a pending loss of the licence never passes", UNKNOWN, licence(SUPPLIER),
              pending(licence(SUPPLIER, paper=LicencePaper.CANCELLATION, cancellation=CANCEL)),
              delivery(END)),
    _supplier("only the inspection is on file", PASS, licence(SUPPLIER), inspected(END)),
    Case(SUPPLIERS, "shipped in the future", DELIVERY, (licence(SUPPLIER), delivery(END)), BEFORE,
         NONE, review_at=END),
]  # fmt: skip

RECEIPT, SHIP = "licence.own_receipt", "licence.own_shipment"


def _own(rule: str, name: str, day: D, expect: Result, *given: object) -> Case:
    subject = DELIVERY if rule == RECEIPT else SHIPMENT
    papers = (delivery(D(2020, 8, 1)), inspected(day)) if rule == RECEIPT else (shipment(day),)
    return Case(rule, name, subject, (ourselves(), *papers, *given), NOW, expect)  # type: ignore[arg-type]


for RULE in (RECEIPT, SHIP):
    CASES += [
        _own(RULE, "the day before our licence ends", BEFORE, PASS, licence()),
        _own(RULE, "the day our licence ends", END, PASS, licence()),
        _own(RULE, "the day after our licence ended", AFTER, FAIL, licence()),
        _own(RULE, "renewed in time", AFTER, PASS, licence(),
             licence(first=AFTER, last=D(2030, 6, 30), paper=LicencePaper.RENEWED)),
        _own(RULE, "deemed renewed", AFTER, PASS, licence(),
             licence_notice(WINDOW.first, D(2025, 3, 1))),
        _own(RULE, "refused before the end", AFTER, FAIL, licence(),
             licence_notice(WINDOW.first, D(2025, 3, 1), REFUSED, D(2025, 6, 1))),
        _own(RULE, "a refusal that came later leaves the days before it open", AFTER, UNKNOWN,
             licence(), licence_notice(WINDOW.first, D(2025, 3, 1), REFUSED, D(2025, 8, 1))),
        _own(RULE, "our licence is not on file", END, UNKNOWN),
    ]  # fmt: skip

BUYER = "licence.buyer"


def _buyer(name: str, day: D, expect: Result, *given: object) -> Case:
    return Case(BUYER, name, SHIPMENT, (shipment(day), *given), NOW, expect)  # type: ignore[arg-type]


def _dealer(name: str, day: D, expect: Result, *given: object) -> Case:
    papers = (shipment(day, consignee=DEALER), sold(day, buyer=DEALER), *given)
    return Case(BUYER, name, SHIPMENT, papers, NOW, expect)  # type: ignore[arg-type]


CASES += [
    _buyer("a hospital the day before its licence ends", BEFORE, PASS, institution()),
    _buyer("a hospital on the day its licence ends", END, PASS, institution()),
    _buyer("a hospital the day after its licence ended", AFTER, FAIL, institution()),
    _buyer("a hospital whose licence shows no end", AFTER, PASS, institution(None)),
    _buyer("a hospital struck off", D(2025, 5, 1), FAIL, institution(cancelled_on=D(2025, 5, 1))),
    _buyer("nothing about the buyer on file", END, UNKNOWN),
    _dealer("a dealer on the last day of his licence", END, PASS, licence(DEALER)),
    _dealer("a dealer the day after", AFTER, FAIL, licence(DEALER)),
    _dealer("the hospital's licence is not the dealer's", END, UNKNOWN, institution()),
]  # fmt: skip

RENEWAL, DUE = "licence.renewal", "licence.renewal_due"
DAY = D(2025, 1, 2) - D(2025, 1, 1)
OURS = (ourselves(), licence())


def _renewal(rule: str, name: str, on: D, expect: Result, *given: object) -> Case:
    return Case(rule, name, LICENCE, (*OURS, *given), on, expect)  # type: ignore[arg-type]


LATE = licence_notice(WINDOW.last + DAY, WINDOW.last + DAY)
CASES += [
    _renewal(RENEWAL, "before the window", WINDOW.first - DAY, PASS),
    _renewal(RENEWAL, "in the window without an application", WINDOW.last, PASS),
    _renewal(RENEWAL, "the day after the window without an application", WINDOW.last + DAY, FAIL),
    _renewal(RENEWAL, "filed on the first day", NOW, PASS,
             licence_notice(WINDOW.first, D(2025, 4, 1))),
    _renewal(RENEWAL, "filed the day before the first", NOW, UNKNOWN,
             licence_notice(WINDOW.first - DAY, D(2025, 4, 1))),
    _renewal(RENEWAL, "filed on the last day", NOW, PASS,
             licence_notice(WINDOW.last, D(2025, 6, 1))),
    _renewal(RENEWAL, "filed the day after the last", NOW, FAIL, LATE),
    _renewal(RENEWAL, "only the acceptance is known and it is late", NOW, UNKNOWN,
             licence_notice(accepted=WINDOW.last + DAY)),
    _renewal(RENEWAL, "an application without any date", NOW, UNKNOWN,
             licence_notice(notice_no="受理1号")),
    _renewal(RENEWAL, "refused", NOW, FAIL,
             licence_notice(WINDOW.first, D(2025, 3, 1), REFUSED, D(2025, 6, 1))),
    Case(RENEWAL, "not ours", LICENCE, (licence(SUPPLIER),), NOW, NONE),
    _renewal(DUE, "the day before the window", WINDOW.first - DAY, PASS),
    _renewal(DUE, "the first day of the window", WINDOW.first, FAIL),
    _renewal(DUE, "the last day of the window", WINDOW.last, FAIL),
    _renewal(DUE, "the day after the window", WINDOW.last + DAY, PASS),
    _renewal(DUE, "filed", WINDOW.last, PASS, licence_notice(WINDOW.first, WINDOW.first)),
]  # fmt: skip

MAKER = "licence.production"
NO = "苏药监械生产许20200009号"


def _maker(name: str, made: D, expect: Result, *given: object) -> Case:
    papers = (inspected(D(2025, 11, 1), production_licence_no=NO), lot(production_date=made))
    return Case(MAKER, name, LOT, (*papers, *given), NOW, expect)  # type: ignore[arg-type]


CASES += [
    _maker("made the day before the licence ends", BEFORE, PASS, makers_licence()),
    _maker("made on the last day", END, PASS, makers_licence()),
    _maker("made the day after", AFTER, FAIL, makers_licence()),
    _maker("made while deemed renewed", AFTER, PASS, makers_licence(), makers_licence(
        paper=LicencePaper.ACCEPTANCE, valid_to=None,
        application={"filed_on": WINDOW.first, "accepted_on": D(2025, 3, 1)})),
    _maker("made after the end, applied for, no acceptance notice", AFTER, UNKNOWN,
           makers_licence(), makers_licence(paper=LicencePaper.ACCEPTANCE, valid_to=None,
                                            application={"filed_on": WINDOW.first})),
    _maker("the licence is not on file", END, UNKNOWN),
    Case(MAKER, "imported goods name none", LOT, (device(), lot(production_date=END)), NOW, NONE),
]  # fmt: skip
