"""How papers write dates, money and ranges."""

from __future__ import annotations

from datetime import date
from decimal import ROUND_HALF_UP, Decimal

from audit.records.dates import add_months
from service.demo.model import Certificate, Company, Device, Line, Lot


def day(value: date) -> str:
    """2025年3月7日."""
    return f"{value.year}年{value.month}月{value.day}日"


def dashed(value: date) -> str:
    """2025-03-07."""
    return value.isoformat()


def dotted(value: date) -> str:
    """2025.03.07."""
    return f"{value:%Y.%m.%d}"


def fen(value: Decimal) -> Decimal:
    """Rounded to hundredths of a yuan, half up."""
    return value.quantize(Decimal("0.01"), ROUND_HALF_UP)


def amount(line: Line) -> Decimal:
    """The line without tax."""
    return fen(line.price * line.quantity)


def number_on(certificate: Certificate, on: date) -> str:
    """The registration number as papers of that day print it."""
    number = certificate.numbers[0]
    for period, printed in zip(certificate.periods, certificate.numbers, strict=False):
        if period.begins <= on:
            number = printed
    return number


def holder_name(company: Company, device: Device) -> str:
    """The registrant or filer of a product."""
    return company.parties[device.certificate.holder].name


def production_licence(company: Company, device: Device) -> str | None:
    """Number of the registrant's production licence; none for registrants abroad."""
    licences = company.parties[device.certificate.holder].licences
    return next((one.number for one in licences if one.form == "production"), None)


def expiry(lot: Lot) -> str:
    """The expiry as a paper prints it."""
    return dashed(lot.expires) if lot.expires else "/"


def udi(lot: Lot, serial: str | None = None) -> str:
    """The full carrier in human readable form: DI, production date, expiry, lot, serial."""
    text = f"(01){lot.device.di}"
    if lot.produced:
        text += f"(11){lot.produced:%y%m%d}"
    if lot.expires:
        text += f"(17){lot.expires:%y%m%d}"
    text += f"(10){lot.number}"
    return text + (f"(21){serial}" if serial else "")


def life(device: Device) -> str:
    """Shelf life as a certificate states it."""
    return f"{device.shelf_months}个月" if device.shelf_months else "/"


def some_years(value: date, years: int) -> date:
    """So many years on."""
    return add_months(value, 12 * years)
