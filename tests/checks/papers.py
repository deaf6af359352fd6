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
from audit.records.dates import CountedFrom, DayOrMonth, Duration, Expiry
from audit.records.parts import NamedParty
from audit.records.product import ConformityCertificate, Device, Lot, LotSource, YesNoUnknown

NUMBER = "国械注准20203140123"
FILING = "苏苏械备20210001号"
DI = "06901234567892"
LOT = f"lot:di:{DI}/A1"
CERTIFICATE = "certificate:国准:2020:3:0123"
D = date
FIRST, LAST = D(2020, 3, 1), D(2025, 2, 28)


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
