"""The invented master data as typed records: what the papers say, without the papers."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import Final

from audit.records.certificates import (
    CertificateChange,
    CertificatePaper,
    Period,
    PeriodKind,
    RegistrationCertificate,
    RenewalApplication,
)
from audit.records.dates import CountedFrom, Duration
from audit.records.model import Record
from audit.records.parties import (
    AuthorisationLetter,
    DealingAs,
    LetterItem,
    LetterType,
    Party,
    PartyApproval,
    PartyRole,
)
from audit.records.parts import NamedParty
from audit.records.product import (
    ApprovalOutcome,
    Device,
    ProductApproval,
    UdiAgency,
    YesNoUnknown,
)
from audit.records.quantities import TemperatureRange
from service.demo import model
from service.demo.writers.certificates import PROVINCES, authority
from service.demo.writers.words import number_on, production_licence

ON_FILE_FROM: Final = date(2024, 2, 1)
"""Certificates that ended before this day are not on file: no lot in the books is so old."""
NOTICES_FROM: Final = date(2025, 7, 1)
"""Acceptance notices are on file from this day on."""
APPROVED: Final = date(2024, 10, 15)
"""Suppliers, customers and products were approved before the books were opened."""

_ROLES = {
    "self": (PartyRole.SELF,),
    "registrant": (PartyRole.REGISTRANT, PartyRole.MANUFACTURER),
    "foreign": (PartyRole.REGISTRANT, PartyRole.MANUFACTURER),
    "agent": (PartyRole.SUPPLIER, PartyRole.AGENT),
    "distributor": (PartyRole.SUPPLIER, PartyRole.DISTRIBUTOR),
    "hospital": (PartyRole.CUSTOMER, PartyRole.HOSPITAL),
    "dealer": (PartyRole.CUSTOMER, PartyRole.DISTRIBUTOR),
    "carrier": (PartyRole.CARRIER,),
    "laboratory": (PartyRole.LABORATORY,),
}


def named(party: model.Party, licence: str | None = None, *, coded: bool = True) -> NamedParty:
    """The party as our papers name it. coded False: by name alone, as goods-in papers do."""
    return NamedParty(
        name=party.name,
        uscc=(party.uscc or None) if coded else None,
        address=party.address,
        contact=f"{party.contact} {party.phone}",
        licence_no=licence,
    )


def licence_for(party: model.Party, device: model.Device) -> str | None:
    """The number under which a party may deal in a device: licence, filing or registration."""
    by_form = {licence.form: licence.number for licence in party.licences}
    wanted = ["institution", "production"]
    wanted += ["operating"] if device.certificate.device_class == 3 else ["class_ii", "operating"]
    return next((by_form[form] for form in wanted if form in by_form), None)


def parties(company: model.Company) -> Iterator[Record]:
    """Everybody we deal with."""
    suppliers = {device.supplier for device in company.devices}
    for party in company.parties.values():
        roles = _ROLES[party.kind]
        if party.key in suppliers and PartyRole.SUPPLIER not in roles:
            roles = (PartyRole.SUPPLIER, *roles)
        yield Party(
            name=party.name,
            uscc=party.uscc or None,
            roles=roles,
            country={"exempla": "DE", "sampleton": "US"}.get(party.key, "CN"),
            province=party.address[:3] if party.uscc else None,
            region="示例市" if party.uscc else None,
            address=party.address,
            delivery_addresses=(party.address,) if party.kind in ("hospital", "dealer") else (),
            contact=f"{party.contact} {party.phone}",
            legal_representative=party.legal_representative,
            responsible_person=party.responsible,
            code=party.key.upper(),
        )


_IMPLANTABLE = {True: YesNoUnknown.YES, False: YesNoUnknown.NO, None: YesNoUnknown.UNKNOWN}


def devices(company: model.Company) -> Iterator[Record]:
    """The product master, as the business keeps it."""
    for device in company.devices:
        paper = device.certificate
        band = TemperatureRange(
            low=device.storage.low, high=device.storage.high, written=device.storage.label()
        )
        agent = company.parties[paper.agent].name if paper.agent else None
        yield Device(
            name=device.name,
            model=device.model,
            registration_no=paper.number,
            registration_nos=tuple(dict.fromkeys(paper.numbers)),
            di=printed_di(device),
            agency=UdiAgency.GS1 if device.udi_carrier else None,
            device_class=paper.device_class,
            catalogue_code=None if device.category == "6840" else device.category,
            catalogue_code_2002="6840" if device.category == "6840" else None,
            ivd=device.category == "6840",
            implantable=_IMPLANTABLE[device.implantable],
            sterile=YesNoUnknown.YES if device.sterile else YesNoUnknown.NO,
            registrant=company.parties[paper.holder].name,
            registrant_uscc=company.parties[paper.holder].uscc or None,
            agent=agent,
            production_licence_no=production_licence(company, device),
            storage=band,
            transport=band,
            storage_text=f"{device.storage.label()}保存",
            cold_chain=device.cold,
            shelf_life=Duration(months=device.shelf_months, counted_from=CountedFrom.PRODUCTION)
            if device.shelf_months
            else None,
            service_life=Duration(months=12 * device.service_years)
            if device.service_years
            else None,
            unit=device.unit,
            item_code=f"HC-{device.key.upper()}",
            pi_has_lot=True,
            pi_has_serial=device.serial,
            pi_has_expiry=device.shelf_months is not None,
        )


def printed_di(device: model.Device) -> str | None:
    """The DI that papers carry; class I products are not marked yet."""
    return device.di if device.udi_carrier else None


def certificates(company: model.Company, device: model.Device) -> Iterator[RegistrationCertificate]:
    """Every paper about a product's certificate that is on file: periods, changes, notices."""
    paper = device.certificate
    if paper.filing:
        yield _filing(company, device)
        return
    for period, number in zip(paper.periods, paper.numbers, strict=True):
        if period.ends >= ON_FILE_FROM:
            yield _period(company, device, period, number)
    for change in paper.changes:
        yield RegistrationCertificate(
            registration_no=paper.number,
            paper=CertificatePaper.CHANGE,
            issued_on=change.approved,
            authority=authority(paper.number),
            name=device.name,
            changes=(
                CertificateChange(
                    on=change.approved,
                    text=f"{change.what}由“{change.before}”变更为“{change.after}”。",
                ),
            ),
        )
    for index, renewal in enumerate(paper.renewals):
        if renewal.accepted >= NOTICES_FROM:
            yield RegistrationCertificate(
                registration_no=paper.numbers[min(index, len(paper.numbers) - 1)],
                paper=CertificatePaper.ACCEPTANCE,
                authority=authority(paper.number),
                name=device.name,
                applications=(
                    RenewalApplication(
                        filed_on=renewal.applied,
                        accepted_on=renewal.accepted,
                        notice_no=renewal.notice,
                    ),
                ),
            )


def _period(
    company: model.Company, device: model.Device, period: model.Period, number: str
) -> RegistrationCertificate:
    paper = device.certificate
    first = period is paper.periods[0]
    return RegistrationCertificate(
        registration_no=number,
        paper=CertificatePaper.INITIAL if first else CertificatePaper.RENEWAL,
        issued_on=period.approved,
        authority=authority(number),
        registrant=NamedParty(
            name=company.parties[paper.holder].name, address=company.parties[paper.holder].address
        ),
        agent=NamedParty(
            name=company.parties[paper.agent].name, address=company.parties[paper.agent].address
        )
        if paper.agent
        else None,
        production_address=company.parties[paper.holder].address,
        name=device.name,
        models=(device.model,),
        device_class=paper.device_class,
        periods=(
            Period(
                valid_from=period.begins,
                valid_until=period.ends,
                approved_on=period.approved,
                kind=PeriodKind.INITIAL if first else PeriodKind.RENEWAL,
            ),
        ),
    )


def _filing(company: model.Company, device: model.Device) -> RegistrationCertificate:
    paper = device.certificate
    return RegistrationCertificate(
        registration_no=paper.number,
        paper=CertificatePaper.FILING,
        issued_on=paper.first_approved,
        authority=f"{PROVINCES[paper.number[0]]}示例市市场监督管理局",
        registrant=NamedParty(name=company.parties[paper.holder].name),
        name=device.name,
        models=(device.model,),
        device_class=1,
        periods=(Period(approved_on=paper.first_approved, valid_from=paper.first_approved),),
    )


_LETTERS = {
    "registrant": LetterType.REGISTRANT_TO_DISTRIBUTOR,
    "supplier_sales": LetterType.SUPPLIER_SALESPERSON,
    "own_sales": LetterType.OWN_SALESPERSON,
}


def letters(company: model.Company) -> Iterator[Record]:
    """Authorisation letters of all three kinds."""
    for letter in company.letters:
        grantee = company.parties[letter.grantee] if letter.grantee else None
        yield AuthorisationLetter(
            type=_LETTERS[letter.kind],
            letter_no=letter.number,
            grantor=NamedParty(
                name=company.parties[letter.grantor].name,
                uscc=company.parties[letter.grantor].uscc or None,
            ),
            grantee=NamedParty(name=grantee.name, uscc=grantee.uscc or None) if grantee else None,
            salesperson=letter.person.name if letter.person else None,
            id_number=letter.person.identity_card if letter.person else None,
            items=(LetterItem(all_products=True, written=letter.products),),
            regions=(letter.region,),
            valid_on=letter.begins,
            valid_to=letter.ends,
            issued_on=letter.signed,
        )


def party_approvals(company: model.Company) -> Iterator[Record]:
    """首营企业 and customer qualification, all before the first deal."""
    head = company.staff["head"].name
    suppliers = {device.supplier for device in company.devices}
    for party in company.parties.values():
        if party.key in suppliers:
            dealing = DealingAs.SUPPLIER
        elif party.kind in ("hospital", "dealer"):
            dealing = DealingAs.CUSTOMER
        elif party.kind == "carrier":
            dealing = DealingAs.CARRIER
        else:
            continue
        yield PartyApproval(
            party=named(party),
            dealing_as=dealing,
            outcome=ApprovalOutcome.APPROVED,
            applied_on=date(2024, 10, 10),
            approved_on=APPROVED,
            approvers=(company.staff["quality"].name, head),
            licence_nos=tuple(dict.fromkeys(one.number for one in party.licences)),
            seal_confirmed_by=company.staff["quality"].name,
        )


def product_approvals(company: model.Company) -> Iterator[Record]:
    """首营品种: each product of its supplier."""
    for device in company.devices:
        yield ProductApproval(
            name=device.name,
            model=device.model,
            registration_no=number_on(device.certificate, APPROVED),
            registrant=company.parties[device.certificate.holder].name,
            di=printed_di(device),
            supplier=NamedParty(
                name=company.parties[device.supplier].name,
                uscc=company.parties[device.supplier].uscc,
            ),
            outcome=ApprovalOutcome.APPROVED,
            applied_on=date(2024, 10, 12),
            approved_on=APPROVED,
            approvers=(company.staff["quality"].name, company.staff["head"].name),
            label_sample=f"标签样稿 {device.key}",
            seal_confirmed_by=company.staff["quality"].name,
        )
