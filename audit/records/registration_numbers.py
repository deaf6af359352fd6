"""Registration and filing numbers of devices, in every form since 2000.

Order 47 art. 115-116 (and order 4 of 2014 before it) for the present forms; the older forms
`…食药监械(准)字…` came to an end by 2019 unless renewed under a new number. A renewal keeps first
year and serial, while the two code digits may change (2002 catalogue to 2017 catalogue).
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from enum import StrEnum
from functools import lru_cache
from typing import Final

from audit.records.text import normalise, segment
from base.errors import Message, message

PROVINCES: Final = "京津沪渝冀豫云辽黑湘皖鲁新苏浙赣鄂桂甘晋蒙陕吉闽贵粤青藏川宁琼"

CROSS_RULE: Final = message(
    "identifier.registration.cross_rule",
    zh="注册证编号 {written} 的审批机关、形式与管理类别不相符",
    en="Registration number {written}: authority, form and class do not agree",
)
OLD_YEAR: Final = message(
    "identifier.registration.year",
    zh="注册证编号 {written} 的年份与编号形式不相符",
    en="Registration number {written}: this form was not in use in that year",
)
CODE_DIGITS: Final = message(
    "identifier.registration.code",
    zh="注册证编号 {written} 的分类编码两位数字不在任何目录中",
    en="Registration number {written}: its two code digits stand in no catalogue",
)


class NumberForm(StrEnum):
    REGISTRATION = "registration"  # 国械注准…, since October 2014
    FILING = "filing"  # 国械备…, class I
    LEGACY = "legacy"  # 国食药监械(准)字…, 2000 to 2014


@dataclass(frozen=True, slots=True)
class RegistrationNumber:
    """A number as understood. `written` is untouched, `value` normalised, `key` the identity.

    origin: 准 domestic, 进 imported, 许 Hong Kong, Macao and Taiwan, 试 trial (legacy), 备 filing.
    code: two digits of the catalogue, 2002 or 2017; None on filings.
    """

    written: str
    value: str
    key: str
    form: NumberForm
    authority: str
    origin: str
    year: int
    device_class: int
    code: str | None
    serial: str
    warnings: tuple[Message, ...] = ()

    @property
    def imported(self) -> bool:
        return self.origin in "进许" or (self.form is NumberForm.FILING and self.authority == "国")


_AUTHORITY: Final = rf"(国|[{PROVINCES}][一-鿿]{{0,2}}?)"
_MODERN: Final = re.compile(
    rf"^(国|[{PROVINCES}])械注(准|进|许)(\d{{4}})([123])(\d{{2}})(\d{{4,5}})号?$"
)
_FILING: Final = re.compile(rf"^{_AUTHORITY}械备(\d{{4}})(\d{{4,6}})号?$")
_LEGACY: Final = re.compile(
    rf"^{_AUTHORITY}(?:食药监|药监|食药管|药管)械\(?(准|进|许|试)\)?字?(\d{{4}})"
    r"第([123])(\d{2})(\d{3,5})号?(?:\(?(更|延|补)\)?)?$"
)
_MODERN_SINCE: Final = 2014
_CODES_2017: Final = frozenset(f"{n:02d}" for n in range(1, 23))
_CODES_2002: Final = frozenset(
    f"{n:02d}"
    for n in (*range(1, 11), 12, 13, 15, 16, *range(20, 29), *range(30, 35), 40, 41, 45, 46)
) | {"54", "55", "56", "57", "58", "63", "64", "65", "66", "70", "77"}


@lru_cache(maxsize=16_384)
def parse_registration_no(text: str) -> RegistrationNumber | None:
    """The number understood with its warnings, or None when it has no known form."""
    plain = _tidy(text)
    if found := _MODERN.match(plain):
        authority, origin, year, grade, code, serial = found.groups()
        return _with_warnings(
            RegistrationNumber(
                text, plain.removesuffix("号"),
                _key(f"{authority}{origin}", year, grade, serial),
                NumberForm.REGISTRATION, authority, origin, int(year), int(grade), code, serial,
            )
        )  # fmt: skip
    if found := _FILING.match(plain):
        authority, year, serial = found.groups()
        return RegistrationNumber(
            text, plain.removesuffix("号"), f"certificate:备:{authority}:{year}:{serial}",
            NumberForm.FILING, authority, "备", int(year), 1, None, serial,
            () if int(year) >= _MODERN_SINCE else (OLD_YEAR,),
        )  # fmt: skip
    if found := _LEGACY.match(plain):
        authority, origin, year, grade, code, serial, _ = found.groups()
        return _with_warnings(
            RegistrationNumber(
                text, plain, _key(f"{authority}字{origin}", year, grade, serial),
                NumberForm.LEGACY, authority, origin, int(year), int(grade), code, serial,
            )
        )  # fmt: skip
    return None


def certificate_key(text: str) -> str:
    """Identity stream of a certificate or class I filing, whatever is written.

    `certificate:国准:2020:3:0123`; a form nobody knows: `certificate:other:<normalised>`.
    """
    number = parse_registration_no(text)
    return number.key if number else f"certificate:other:{segment(text)}"


def registration_value(text: str) -> str:
    """The number in its normalised writing, code digits kept, for device identifiers."""
    number = parse_registration_no(text)
    return number.value if number else normalise(text)


def _tidy(text: str) -> str:
    plain = normalise(text)
    for label in ("医疗器械注册证编号", "注册证编号", "注册证号", "备案编号", "备案号", "编号"):
        plain = plain.removeprefix(label)
    return plain.lstrip(":;")


def _key(authority_and_form: str, year: str, grade: str, serial: str) -> str:
    return f"certificate:{authority_and_form}:{year}:{grade}:{serial}"


def _with_warnings(number: RegistrationNumber) -> RegistrationNumber:
    warnings: list[Message] = []
    if not _cross_rule(number):
        warnings.append(CROSS_RULE)
    modern = number.form is NumberForm.REGISTRATION
    if modern != (number.year >= _MODERN_SINCE) and not (not modern and number.year == 2014):
        warnings.append(OLD_YEAR)
    if number.code not in _CODES_2002 | (_CODES_2017 if modern else frozenset()):
        warnings.append(CODE_DIGITS)
    return replace(number, warnings=tuple(warnings)) if warnings else number


def _cross_rule(number: RegistrationNumber) -> bool:
    """准 by the state is class 3, by a province class 2; 进 and 许 are the state's, class 2 or 3.

    Legacy: cities registered class 1, provinces class 2, the state class 3; imports any class.
    """
    state, grade = number.authority == "国", number.device_class
    if number.origin in "进许":
        return state and (grade in (2, 3) or number.form is NumberForm.LEGACY)
    if number.form is NumberForm.LEGACY:
        return grade == 3 if state else grade == (2 if len(number.authority) == 1 else 1)
    return grade == (3 if state else 2)
