"""Stream keys: the one name under which everything about a subject is found.

Every key is normalised and deterministic. A `/` inside a written value is escaped, because `/`
separates the parts of a key.
"""

from __future__ import annotations

from functools import lru_cache
from hashlib import sha256
from typing import Final

from audit.records.numbers import (
    Agency,
    DeviceIdentifier,
    LicenceForm,
    LicenceNumber,
    Number,
    gtin_check_digit,
    invoice_value,
    licence_value,
    parse_device_identifier,
    parse_institution_no,
    parse_invoice_no,
    parse_licence_no,
    parse_uscc,
)
from audit.records.registration_numbers import (
    NumberForm,
    RegistrationNumber,
    certificate_key,
    parse_registration_no,
    registration_value,
)
from audit.records.text import escape, normalise, segment

_KEPT: Final = 8_192
"""Keys that are remembered: the rows of one table name few parties, devices and papers."""


@lru_cache(maxsize=_KEPT)
def party_key(*, uscc: str | None = None, name: str | None = None) -> str:
    """`party:uscc:<code>` when the code is known, else `party:name:<normalised name>`.

    A code with a wrong check character still names the party that it was written for.
    Raises ValueError when neither is given.
    """
    if uscc and normalise(uscc):
        return f"party:uscc:{segment(uscc)}"
    if name and normalise(name):
        return f"party:name:{segment(name)}"
    raise ValueError("a party needs a credit code or a name")


def di_key(di: str) -> str:
    """`device:di:<UDI-DI>`, GTINs in 14 digits."""
    known = parse_device_identifier(di)
    return f"device:di:{escape(known.value) if known else segment(di)}"


def registration_model_key(
    registration_no: str, model: str | None = None, spec: str | None = None
) -> str:
    """`device:reg:<number>/<model>`; where model and specification differ: `<model>,<spec>`."""
    parts = tuple(dict.fromkeys(p for p in (segment(model or ""), segment(spec or "")) if p))
    return f"device:reg:{escape(registration_value(registration_no))}/{','.join(parts)}"


@lru_cache(maxsize=_KEPT)
def device_key(
    *,
    di: str | None = None,
    registration_no: str | None = None,
    model: str | None = None,
    spec: str | None = None,
) -> str:
    """The device's key, by UDI-DI when known. Raises ValueError when nothing names it."""
    if di and normalise(di):
        return di_key(di)
    if registration_no and normalise(registration_no):
        return registration_model_key(registration_no, model, spec)
    raise ValueError("a device needs a UDI-DI or a registration number")


@lru_cache(maxsize=_KEPT)
def lot_key(device: str, *, lot_no: str | None = None, serial_no: str | None = None) -> str:
    """`lot:<device>/<lot no>`, or `lot:<device>/SN:<serial>` where there is no lot.

    device: a key from `device_key`. Raises ValueError when neither lot nor serial is given.
    """
    inner = device.removeprefix("device:")
    if lot_no and normalise(lot_no):
        return f"lot:{inner}/{segment(lot_no)}"
    if serial_no and normalise(serial_no):
        return f"lot:{inner}/SN:{segment(serial_no)}"
    raise ValueError("a lot needs a lot number or a serial number")


@lru_cache(maxsize=_KEPT)
def licence_key(number: str) -> str:
    return f"licence:{escape(licence_value(number))}"


def purchase_order_key(number: str) -> str:
    return f"order:po:{segment(number)}"


def sales_order_key(number: str) -> str:
    return f"order:so:{segment(number)}"


def invoice_key(number: str, code: str | None = None) -> str:
    return f"invoice:{escape(invoice_value(number, code))}"


def shipment_key(delivery_note_no: str) -> str:
    """Our own delivery note, which is the shipment."""
    return f"shipment:{segment(delivery_note_no)}"


def delivery_key(supplier: str, number: str) -> str:
    """A supplier's delivery note. supplier: a party key."""
    return f"delivery:{escape(supplier.removeprefix('party:'))}/{segment(number)}"


def logger_key(serial: str) -> str:
    return f"logger:{segment(serial)}"


def letter_key(kind: str, grantor: str, *own: str) -> str:
    """kind: the type of letter. grantor: a party key. own: number, or days and whom it names."""
    parts = (kind, escape(grantor.removeprefix("party:")), *(segment(part) for part in own))
    return "letter:" + "/".join(parts)


def document_key(sha256_hex: str) -> str:
    return f"document:{sha256_hex.lower()}"


def warehouse_key(name: str) -> str:
    return f"warehouse:{segment(name)}"


def named_key(subject: str, *parts: str) -> str:
    """A key of another subject type: `hold:…`, `recall:…`, `employee:…`, `equipment:…`."""
    return f"{subject}:" + "/".join(segment(part) for part in parts)


def mark(text: str) -> str:
    """Four hex digits that tell two people apart without telling who they are.

    65,536 values: too few to find a name or an identity number by trying all of them.
    """
    return sha256(normalise(text).encode()).hexdigest()[:4]


__all__ = [
    "Agency",
    "DeviceIdentifier",
    "LicenceForm",
    "LicenceNumber",
    "Number",
    "NumberForm",
    "RegistrationNumber",
    "certificate_key",
    "delivery_key",
    "device_key",
    "di_key",
    "document_key",
    "escape",
    "gtin_check_digit",
    "invoice_key",
    "letter_key",
    "licence_key",
    "logger_key",
    "lot_key",
    "mark",
    "named_key",
    "normalise",
    "parse_device_identifier",
    "parse_institution_no",
    "parse_invoice_no",
    "parse_licence_no",
    "parse_registration_no",
    "parse_uscc",
    "party_key",
    "purchase_order_key",
    "registration_model_key",
    "registration_value",
    "sales_order_key",
    "segment",
    "shipment_key",
    "warehouse_key",
]
