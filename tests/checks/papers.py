"""Short ways to write the papers that examples are made of. One product, one supplier, us."""

from __future__ import annotations

from datetime import date
from typing import Any

from audit.records.certificates import (
    Cancellation,
    CancellationReason,
    CertificateChange,
    CertificatePaper,
    Decision,
    Period,
    PeriodKind,
    RegistrationCertificate,
    RenewalApplication,
)
from audit.records.cold_chain import CalibrationCertificate
from audit.records.dates import CountedFrom, DayOrMonth, Duration, Expiry
from audit.records.goods import Conclusion, GoodsInInspection, OpeningBalance, StockMovement
from audit.records.identifiers import delivery_key, licence_key
from audit.records.licences import (
    ClassIIFiling,
    InstitutionLicence,
    LicencePaper,
    OperatingLicence,
    ProductionLicence,
)
from audit.records.outbound import ReturnRecord
from audit.records.parties import AuthorisationLetter, LetterType, Party, PartyRole
from audit.records.parts import NamedParty
from audit.records.product import ConformityCertificate, Device, Lot, LotSource, YesNoUnknown
from audit.records.sales import SalesRecord
from audit.records.trade import (
    DeliveryLine,
    DeliveryNote,
    Direction,
    PurchaseOrder,
    SalesOrder,
)

NUMBER = "国械注准20203140123"
FILING = "苏苏械备20210001号"
DI = "06901234567892"
LOT = f"lot:di:{DI}/A1"
CERTIFICATE = "certificate:国准:2020:3:0123"
D = date
FIRST, LAST = D(2020, 3, 1), D(2025, 2, 28)
BEGIN, END = D(2020, 7, 1), D(2025, 6, 30)
LICENCE = licence_key("苏食药监械经营许20200001号")


def certificate(
    first: date = FIRST, last: date | None = LAST, **more: Any
) -> RegistrationCertificate:
    """The certificate as first issued, valid 2020-03-01 to 2025-02-28."""
    period = Period(valid_from=first, valid_until=last)
    given = {
        "registration_no": NUMBER,
        "paper": CertificatePaper.INITIAL,
        "issued_on": first,
        "name": "一次性使用吻合器",
        "periods": (period,),
        **more,
    }
    return RegistrationCertificate(**given)


def renewal(first: date, last: date, approved: date | None = None) -> RegistrationCertificate:
    """A renewed certificate."""
    period = Period(
        valid_from=first, valid_until=last, approved_on=approved, kind=PeriodKind.RENEWAL
    )
    return certificate(
        first, last, paper=CertificatePaper.RENEWAL, issued_on=approved or first, periods=(period,)
    )


def notice(
    filed: date | None = None,
    accepted: date | None = None,
    decision: Decision | None = None,
    decided: date | None = None,
    notice_no: str | None = None,
) -> RegistrationCertificate:
    """An acceptance notice, or a decision, on a renewal."""
    paper = CertificatePaper.DECISION if decision else CertificatePaper.ACCEPTANCE
    return RegistrationCertificate(
        registration_no=NUMBER,
        paper=paper,
        issued_on=decided or accepted or filed,
        applications=(
            RenewalApplication(
                filed_on=filed,
                accepted_on=accepted,
                decision=decision,
                decided_on=decided,
                notice_no=notice_no,
            ),
        ),
    )


def cancelled(on: date, reason: CancellationReason) -> RegistrationCertificate:
    """A notice of cancellation."""
    return RegistrationCertificate(
        registration_no=NUMBER,
        paper=CertificatePaper.CANCELLATION,
        issued_on=on,
        cancellation=Cancellation(on=on, reason=reason),
    )


def change(on: date, **more: Any) -> RegistrationCertificate:
    """A change document."""
    return RegistrationCertificate(
        registration_no=NUMBER,
        paper=CertificatePaper.CHANGE,
        issued_on=on,
        changes=(CertificateChange(on=on, **more),),
    )


def device(**more: Any) -> Device:
    """The product."""
    given = {
        "name": "一次性使用吻合器",
        "model": "XL-10",
        "registration_no": NUMBER,
        "di": DI,
        "device_class": 3,
        "implantable": YesNoUnknown.NO,
        **more,
    }
    return Device(**given)


def lot(source: LotSource = LotSource.LABEL, **more: Any) -> Lot:
    """What a source says of lot A1: no dates unless given."""
    given = {"di": DI, "lot_no": "A1", "registration_no": NUMBER, "source": source, **more}
    if isinstance(given.get("production_date"), date):
        given["production_date"] = DayOrMonth.of(given["production_date"])
    return Lot(**given)


def conformity(**more: Any) -> ConformityCertificate:
    """The certificate of conformity of lot A1."""
    given = {
        "name": "一次性使用吻合器",
        "di": DI,
        "lot_no": "A1",
        "registration_no": NUMBER,
        "conforms": True,
        **more,
    }
    return ConformityCertificate(**given)


def months(count: int, counted: CountedFrom = CountedFrom.PRODUCTION) -> Duration:
    """A shelf or service life."""
    return Duration(months=count, counted_from=counted)


def until(on: date) -> Expiry:
    """A stated expiry."""
    return Expiry(on=DayOrMonth.of(on), state="stated")  # type: ignore[arg-type]


def party(name: str, **more: Any) -> NamedParty:
    """A company on a paper."""
    return NamedParty(name=name, **more)


# Companies and licences.

SUPPLIER = party("北辰医疗器械有限公司")
US = party("江南医械有限公司")
HOSPITAL = party("江南市第一人民医院")
DEALER = party("东海医疗有限公司")


def ourselves() -> Party:
    """Our own entry among the parties."""
    return Party(name=US.name, roles=(PartyRole.SELF,))


def licence(
    holder: NamedParty = US,
    first: date = BEGIN,
    last: date = END,
    number: str = "苏食药监械经营许20200001号",
    **more: Any,
) -> OperatingLicence:
    """An operating licence, 2020-07-01 to 2025-06-30."""
    given = {
        "number": number,
        "paper": LicencePaper.ISSUED,
        "issued_on": first,
        "valid_to": last,
        "holder": holder,
        **more,
    }
    return OperatingLicence(**given)


def licence_notice(
    filed: date | None = None,
    accepted: date | None = None,
    decision: Decision | None = None,
    decided: date | None = None,
    holder: NamedParty = US,
    number: str = "苏食药监械经营许20200001号",
    notice_no: str | None = None,
) -> OperatingLicence:
    """An acceptance notice, or a decision, on the renewal of an operating licence."""
    return OperatingLicence(
        number=number,
        paper=LicencePaper.DECISION if decision else LicencePaper.ACCEPTANCE,
        issued_on=decided or accepted or filed,
        holder=holder,
        application=RenewalApplication(
            filed_on=filed,
            accepted_on=accepted,
            decision=decision,
            decided_on=decided,
            notice_no=notice_no,
        ),
    )


def filing(holder: NamedParty = US, first: date = BEGIN, **more: Any) -> ClassIIFiling:
    """A class II filing."""
    given = {
        "number": "苏械备经营20200001号",
        "paper": LicencePaper.ISSUED,
        "issued_on": first,
        "holder": holder,
        **more,
    }
    return ClassIIFiling(**given)


def makers_licence(first: date = BEGIN, last: date = END, **more: Any) -> ProductionLicence:
    """The supplier's production licence."""
    given = {
        "number": "苏药监械生产许20200009号",
        "paper": LicencePaper.ISSUED,
        "issued_on": first,
        "valid_to": last,
        "holder": SUPPLIER,
        **more,
    }
    return ProductionLicence(**given)


def institution(last: date | None = END, **more: Any) -> InstitutionLicence:
    """The hospital's licence."""
    given = {
        "number": "PDY00001X32010012A1001",
        "holder": HOSPITAL,
        "issued_on": D(2020, 7, 1),
        "valid_to": last,
        **more,
    }
    return InstitutionLicence(**given)


# Goods.

SECOND = "苏械注准20202140456"


def goods(**more: Any) -> dict[str, Any]:
    """One line: ten pieces of lot A1."""
    return {
        "name": "一次性使用吻合器",
        "di": DI,
        "registration_no": NUMBER,
        "model": "XL-10",
        "lot_no": "A1",
        "quantity": 10,
        "unit": "件",
        **more,
    }


def delivery(shipped: date, line: dict[str, Any] | None = None, **more: Any) -> DeliveryNote:
    """A supplier's delivery note to us."""
    given = {
        "number": "D1",
        "direction": Direction.SUPPLIER,
        "supplier": SUPPLIER,
        "consignee": US,
        "shipped_on": shipped,
        "lines": (DeliveryLine(**(line or goods())),),
        **more,
    }
    return DeliveryNote(**given)


def shipment(shipped: date, line: dict[str, Any] | None = None, **more: Any) -> DeliveryNote:
    """Our delivery note to the hospital."""
    given = {
        "number": "S1",
        "direction": Direction.OURS,
        "supplier": US,
        "consignee": HOSPITAL,
        "shipped_on": shipped,
        "lines": (DeliveryLine(**(line or goods())),),
        **more,
    }
    return DeliveryNote(**given)


def inspected(on: date, **more: Any) -> GoodsInInspection:
    """Lot A1 inspected on arrival, all accepted."""
    given = goods(
        record_no="G1",
        supplier=SUPPLIER,
        inspected_on=on,
        conclusion=Conclusion.ACCEPTED,
        accepted_quantity=10,
        delivery_note_no="D1",
        **more,
    )
    return GoodsInInspection(**given)


def sold(on: date, **more: Any) -> SalesRecord:
    """Ten of lot A1 sold to the hospital."""
    given = {
        **goods(record_no="V1", sold_on=on, buyer=HOSPITAL, delivery_note_no="S1"),
        **more,
    }
    return SalesRecord(**given)


DELIVERY = delivery_key(SUPPLIER.key, "D1")
SHIPMENT = "shipment:S1"


def moved(on: date, to: str = "nonconforming", quantity: int = 10, **more: Any) -> StockMovement:
    """Lot A1 changes its status."""
    given = goods(
        record_no="M1",
        reason="status",
        moved_on=on,
        status_from="qualified",
        status_to=to,
        **more,
    )
    return StockMovement(**{**given, "quantity": quantity})


def opening(on: date, quantity: int = 10, **more: Any) -> OpeningBalance:
    """Stock when the record keeping began."""
    return OpeningBalance(**{**goods(as_of=on, **more), "quantity": quantity})


def returned(on: date, outcome: str = "accepted", **more: Any) -> ReturnRecord:
    """Ten of lot A1 came back from the hospital."""
    given = goods(
        record_no="R1", direction="from_customer", returned_on=on, party=HOSPITAL, outcome=outcome
    )
    return ReturnRecord(**{**given, **more})


def letter(
    type: LetterType = LetterType.SUPPLIER_SALESPERSON,
    first: date = BEGIN,
    last: date | None = END,
    grantor: NamedParty = SUPPLIER,
    **more: Any,
) -> AuthorisationLetter:
    """A letter of the supplier for his salesperson, 2020-07-01 to 2025-06-30."""
    given = {
        "type": type,
        "letter_no": "L1",
        "grantor": grantor,
        "salesperson": "张三",
        "valid_on": first,
        "valid_to": last,
        **more,
    }
    return AuthorisationLetter(**given)


def _order_line(**more: Any) -> dict[str, Any]:
    return {key: value for key, value in goods(**more).items() if key != "lot_no"}


def purchase(on: date, **more: Any) -> PurchaseOrder:
    """Our order to the supplier."""
    line = _order_line(**more)
    return PurchaseOrder(order_no="P1", supplier=SUPPLIER, ordered_on=on, lines=(line,))


def order(on: date, **more: Any) -> SalesOrder:
    """The hospital's order to us, taken by 张三."""
    given = {
        "order_no": "O1",
        "buyer": HOSPITAL,
        "ordered_on": on,
        "salesperson": "张三",
        "lines": (_order_line(),),
        **more,
    }
    return SalesOrder(**given)


def calibration(on: date, valid_to: date | None = None, **more: Any) -> CalibrationCertificate:
    """Logger T1 calibrated."""
    given = {
        "equipment_no": "T1",
        "certificate_no": f"K{on}",
        "calibrated_on": on,
        "valid_to": valid_to,
        **more,
    }
    return CalibrationCertificate(**given)
