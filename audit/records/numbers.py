"""Licences, credit codes, UDI-DI, invoices: what is written, what it means, what is odd about it.

A wrong check character never rejects: the parser answers a value and `warnings`. Answers None only
where the text has no known form at all.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache
from typing import Final

from audit.records.registration_numbers import PROVINCES
from audit.records.text import normalise
from base.errors import Message, message

USCC_CHECK: Final = message(
    "identifier.uscc.check",
    zh="统一社会信用代码 {written} 的校验位不正确",
    en="Unified social credit code {written}: the check character is wrong",
)
GTIN_CHECK: Final = message(
    "identifier.gtin.check",
    zh="GTIN {written} 的校验位不正确",
    en="GTIN {written}: the check digit is wrong",
)
UDI_UNVERIFIED: Final = message(
    "identifier.udi.unverified",
    zh="产品标识 {written} 的发码机构校验规则未公开核实，未校验",
    en="Device identifier {written}: no published check rule of its agency, not checked",
)
INVOICE_YEAR: Final = message(
    "identifier.invoice.year",
    zh="数电发票号码 {written} 的年份早于数电发票启用",
    en="Invoice number {written}: its year lies before fully digital invoices existed",
)
INSTITUTION_FORM: Final = message(
    "identifier.institution.form",
    zh="医疗机构执业许可证登记号 {written} 不是 22 位",
    en="Medical institution number {written} does not have 22 characters",
)
LICENCE_OLD: Final = message(
    "identifier.licence.old_form",
    zh="证号 {written} 为旧版形式，有效期五年，应核对是否已换发",
    en="Licence number {written} has an older form: five-year licences in it have been replaced",
)


@dataclass(frozen=True, slots=True)
class Number:
    """A code understood: `value` is normalised, `warnings` say what is odd."""

    written: str
    value: str
    warnings: tuple[Message, ...] = ()


# ---- companies ---------------------------------------------------------------------------------

_USCC: Final = re.compile(r"^[0-9A-HJ-NP-RTUWXY]{2}\d{6}[0-9A-HJ-NP-RTUWXY]{10}$")


def parse_uscc(text: str) -> Number | None:
    """Unified social credit code, GB 32100: 18 characters with a check character."""
    value = normalise(text)
    if not _USCC.match(value) or not value.isascii():
        return None
    from stdnum.cn import uscc  # loads tables: only where a code is parsed

    return Number(text, value, () if uscc.is_valid(value) else (USCC_CHECK,))


# ---- licences ----------------------------------------------------------------------------------


class LicenceForm(StrEnum):
    OPERATING = "operating"  # 经营许可, class III
    OPERATING_FILING = "operating_filing"  # 经营备案, class II
    PRODUCTION = "production"  # 生产许可, class II and III
    PRODUCTION_FILING = "production_filing"  # 生产备案, class I


@dataclass(frozen=True, slots=True)
class LicenceNumber:
    written: str
    value: str
    form: LicenceForm
    authority: str
    year: int
    serial: str
    warnings: tuple[Message, ...] = ()


_LICENCE: Final = re.compile(
    rf"^([{PROVINCES}][一-鿿]{{0,3}}?)(食药监械|药监械|食药监|市监械|药械|械)(经营|生产)(许|备)"
    r"(?:字|第)?(\d{4})(?:第)?(\d{4,7})号?$"
)
_LICENCE_OLD: Final = re.compile(
    rf"^([{PROVINCES}][一-鿿]{{0,3}}?)(食药监械|药监械|食药管械|药管械|食药监|药监|械)"
    r"(?:\(?)(经营|生产)(许|备)(?:\)?)(?:证)?(?:字|第)?(?:(\d{4})第)?([0-9A-Z]{4,10})号?$"
)
_FORMS: Final = {
    ("经营", "许"): LicenceForm.OPERATING,
    ("经营", "备"): LicenceForm.OPERATING_FILING,
    ("生产", "许"): LicenceForm.PRODUCTION,
    ("生产", "备"): LicenceForm.PRODUCTION_FILING,
}


def parse_licence_no(text: str) -> LicenceNumber | None:
    """Operating and production licences and filings (order 54, order 53), older forms included."""
    plain = _without_label(normalise(text))
    if found := _LICENCE.match(plain):
        authority, _, act, grade, year, serial = found.groups()
        return LicenceNumber(
            text, plain.removesuffix("号"), _FORMS[act, grade], authority, int(year), serial
        )
    if found := _LICENCE_OLD.match(plain.replace("许可", "许").replace("备案", "备")):
        authority, _, act, grade, old_year, serial = found.groups()
        return LicenceNumber(
            text, plain.removesuffix("号"), _FORMS[act, grade], authority,
            int(old_year or 0), serial, (LICENCE_OLD,),
        )  # fmt: skip
    return None


def licence_value(text: str) -> str:
    """The number in its normalised writing, `号` at the end left out."""
    return _without_label(normalise(text)).removesuffix("号")


_LABEL: Final = re.compile(
    r"^(?:医疗机构|第[一二]类)?(?:医疗器械)?(?:经营|生产|执业)?(?:许可证|备案凭证|备案)?"
    r"(?:编号|证号|备案号|登记号):?"
)


def _without_label(plain: str) -> str:
    return _LABEL.sub("", plain)


_INSTITUTION: Final = re.compile(r"^[0-9A-Z]{22}$")


def parse_institution_no(text: str) -> Number:
    """Medical institution licence: 22 characters, letters allowed, older schemes 12 or 18.

    The schemes differ by place, so the form is a warning only.
    """
    value = _without_label(normalise(text))
    ok = bool(_INSTITUTION.match(value))
    return Number(text, value, () if ok else (INSTITUTION_FORM,))


# ---- device identifiers --------------------------------------------------------------------------


class Agency(StrEnum):
    GS1 = "GS1"
    MA = "MA"  # 中关村工信二维码, IDcode
    AHM = "AHM"  # 阿里健康


@dataclass(frozen=True, slots=True)
class DeviceIdentifier:
    """A UDI-DI. GS1: always the 14-digit form, so that GTIN-8, -12 and -13 meet it."""

    written: str
    value: str
    agency: Agency
    warnings: tuple[Message, ...] = ()


_MA: Final = re.compile(r"^MA\.156\.M\d\.\d{6}\.[0-9A-Z]{6,12}(?:\.[0-9A-Z]{1,4})?$")
_AHM: Final = re.compile(r"^(?:AHM[0-9A-Z.]{6,40}|8\d{6,19})$")


@lru_cache(maxsize=16_384)
def parse_device_identifier(text: str, agency: Agency | None = None) -> DeviceIdentifier | None:
    """UDI-DI of one of the three issuing agencies; `agency` when the source names it.

    MA and AHM publish no check rule that could be verified, so their codes are taken as written.
    """
    value = normalise(text).removeprefix("(01)")
    if agency in (None, Agency.GS1) and value.isascii() and value.isdigit():
        if len(value) in (8, 12, 13, 14):
            gtin = value.zfill(14)
            warned = () if gtin_check_digit(gtin[:-1]) == gtin[-1] else (GTIN_CHECK,)
            return DeviceIdentifier(text, gtin, Agency.GS1, warned)
        if agency is Agency.GS1:
            return None
    if value.startswith("MA.") and (agency is Agency.MA or _MA.match(value)):
        return DeviceIdentifier(text, value, Agency.MA, (UDI_UNVERIFIED,))
    if agency is Agency.AHM or (agency is None and _AHM.match(value)):
        return DeviceIdentifier(text, value, Agency.AHM, (UDI_UNVERIFIED,)) if value else None
    return None


def gtin_check_digit(digits: str) -> str:
    """Modulo-10 check digit of GS1 for the digits before it (weights 3 and 1 from the right)."""
    total = sum(int(d) * (3 if i % 2 == 0 else 1) for i, d in enumerate(reversed(digits)))
    return str(-total % 10)


# ---- invoices ----------------------------------------------------------------------------------

_DIGITAL: Final = re.compile(r"^[0-9]{20}$")
_CODE: Final = re.compile(r"^(?:[0-9]{10}|[0-9]{12})$")
_OLD: Final = re.compile(r"^[0-9]{8}$")


def parse_invoice_no(number: str, code: str | None = None) -> Number | None:
    """Fully digital: 20 digits, no code. Older: code of 10 or 12 digits plus number of 8,
    answered as `<code>-<number>`. Digits 3-4 of the digital form are the issuing region and are
    not compared with the seller: cities with their own budget have codes of their own."""
    plain = normalise(number)
    if _DIGITAL.match(plain) and not code:
        late = int(plain[:2]) >= 21
        return Number(number, plain, () if late else (INVOICE_YEAR,))
    if code and _OLD.match(plain) and _CODE.match(normalise(code)):
        return Number(f"{code} {number}", f"{normalise(code)}-{plain}")
    if not code and (found := re.match(r"^([0-9]{10}|[0-9]{12})-?([0-9]{8})$", plain)):
        return Number(number, f"{found[1]}-{found[2]}")
    return None


def invoice_value(number: str, code: str | None = None) -> str:
    """The number as a stream key part, also where its form is unknown (other countries)."""
    known = parse_invoice_no(number, code)
    if known:
        return known.value
    return f"{normalise(code)}-{normalise(number)}" if code else normalise(number)
