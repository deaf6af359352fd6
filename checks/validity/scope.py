"""Whether goods are in a licence's scope: class, catalogue code, limits in words, cold goods.

Three answers: in, out, open. A certificate's two code digits are of the 2002 catalogue or of the
2017 one: from 23 on only the 2002 one has them, and numbers first given after 2018 carry the 2017
one; else both readings are judged unless the product's own catalogue code settles it. In-vitro
diagnostic reagents are not in the 2017 catalogue at all: they stay 6840.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Final

from audit.records.licences import Catalogue, ColdScope, ScopeItem
from audit.records.product import Device, YesNoUnknown
from audit.records.registration_numbers import NumberForm, RegistrationNumber
from audit.records.text import normalise
from checks.cold_chain.goods import is_cold

REAGENT: Final = "6840"
ANALYSER: Final = "22"
"""What the 2002 catalogue had under 6840 beside the reagents is 22 in that of 2017."""
LAST_OLD_YEAR: Final = 2018
"""The 2017 catalogue took effect on 1 August 2018; applications of before kept the old digits."""

_OLD_DIGITS: Final = frozenset(
    f"{n:02d}"
    for n in (*range(1, 11), 12, 13, 15, 16, *range(20, 29), *range(30, 35), 40, 41, 45, 46,
              54, 55, 56, 57, 58, 63, 64, 65, 66, 70, 77)
)  # fmt: skip
_NEW_DIGITS: Final = frozenset(f"{n:02d}" for n in range(1, 23))
_OLD: Final = re.compile(r"68\d{2}")
_NEW: Final = re.compile(r"(?:0[1-9]|1\d|2[0-2])(?:-?\d{2}){0,2}")
_LIMITS: Final = re.compile(r"不含|除外|不包括|不得|仅限|仅|限于|除")
_TERMS: Final = re.compile(r"[,;:、。/()]|以及|及|和|与|或|等|类|产品|医疗器械")
_IMPLANT: Final = "植入"
_REAGENT_WORDS: Final = "试剂"
_ANALYSER_WORDS: Final = "仪器"


class InScope(StrEnum):
    """Whether goods are in a scope."""

    IN = "in_scope"
    OPEN = "scope_open"
    OUT = "out_of_scope"


@dataclass(frozen=True, slots=True)
class Codes:
    """One reading of a product's catalogue codes; None: not known, "": it has none there."""

    of_2017: str | None
    of_2002: str | None


@dataclass(frozen=True, slots=True)
class Goods:
    """A product as a scope sees it. codes: every reading that its papers allow."""

    names: tuple[str, ...]
    device_class: int
    codes: tuple[Codes, ...]
    reagent: bool | None = None
    implantable: bool | None = None
    cold: bool | None = None

    @property
    def shown(self) -> str:
        """`13`, `6846` or `13/6813` where two readings stand."""
        known = {code for one in self.codes for code in (one.of_2017, one.of_2002) if code}
        return "/".join(sorted(known)) or "?"


def goods_of(
    names: Iterable[str], number: RegistrationNumber | None, devices: Sequence[Device], grade: int
) -> Goods:
    """What the number on the paper and the product's master data say together."""
    stated = {device.ivd for device in devices} - {None}
    ivd = stated.pop() if len(stated) == 1 else None
    codes = readings(number, devices, ivd)
    if ivd is None and all(one.of_2002 == REAGENT and one.of_2017 == "" for one in codes):
        ivd = True
    elif ivd is None and all(one.of_2017 for one in codes):
        ivd = False
    implants = {device.implantable for device in devices} - {YesNoUnknown.UNKNOWN}
    return Goods(
        names=tuple(dict.fromkeys([*names, *(device.name for device in devices)])),
        device_class=grade,
        codes=codes,
        reagent=ivd,
        implantable=implants == {YesNoUnknown.YES} if len(implants) == 1 else None,
        cold=any(is_cold(device) for device in devices) if devices else None,
    )


def readings(
    number: RegistrationNumber | None, devices: Sequence[Device], ivd: bool | None
) -> tuple[Codes, ...]:
    """Every reading of the codes: the digits of the number, settled by the master data."""
    new, old = _stated(devices)
    digits = number.code if number and number.form is not NumberForm.FILING else None
    if ivd or (ivd is None and (old == REAGENT or (digits == "40" and new is None and not
                                                   _may_be_old_analyser(number)))):  # fmt: skip
        return (Codes("", REAGENT),)
    if digits is None or number is None:
        return (Codes(new, old),)
    if digits == "40" and old is None:
        analyser = Codes(new or ANALYSER, REAGENT)
        return (analyser,) if ivd is False or new else (Codes("", REAGENT), analyser)
    may_be_old = digits in _OLD_DIGITS and (
        number.year <= LAST_OLD_YEAR or digits not in _NEW_DIGITS
    )
    may_be_new = digits in _NEW_DIGITS and number.form is NumberForm.REGISTRATION
    if may_be_old and may_be_new and (new or old):
        as_new = new is not None and new[:2] == digits
        as_old = old is not None and old[2:] == digits
        if as_new != as_old:
            may_be_new, may_be_old = as_new, as_old
    found = []
    if may_be_new:
        agrees = new is not None and new[:2] == digits
        found += [Codes(new, old)] if agrees else [Codes(digits, old)]
        if new is not None and not agrees and not may_be_old:
            found.append(Codes(new, old))
    if may_be_old:
        found.append(Codes(new, f"68{digits}"))
        if old is not None and old != f"68{digits}":
            found.append(Codes(new, old))
    return tuple(dict.fromkeys(found)) or (Codes(new, old),)


def _may_be_old_analyser(number: RegistrationNumber | None) -> bool:
    return number is not None and number.year <= LAST_OLD_YEAR


def _stated(devices: Sequence[Device]) -> tuple[str | None, str | None]:
    """The 2017 and the 2002 code of the master data, where it gives just one."""
    given = {normalise(d.catalogue_code) for d in devices if d.catalogue_code}
    given |= {normalise(d.catalogue_code_2002) for d in devices if d.catalogue_code_2002}
    new = {_hyphened(code) for code in given if _NEW.fullmatch(code)}
    old = {code for code in given if _OLD.fullmatch(code)}
    return (new.pop() if len(new) == 1 else None), (old.pop() if len(old) == 1 else None)


def _hyphened(code: str) -> str:
    plain = code.replace("-", "")
    return "-".join(plain[at : at + 2] for at in range(0, len(plain), 2))


def in_scope(goods: Goods, scope: Sequence[ScopeItem], permit_class: int) -> InScope:
    """Whether a scope covers the goods. permit_class: what an item means that names no class.

    One item that covers them is enough. What was not understood leaves it open.
    """
    loose = [item for item in scope if item.code is None and _LIMITS.search(_words(item))]
    answers = {_by_codes(goods, codes, scope, permit_class) for codes in goods.codes}
    if len(answers) > 1:
        return InScope.OPEN
    answer = answers.pop()
    if answer is InScope.IN and any(_concerns(_words(item), goods) for item in loose):
        return InScope.OPEN
    return answer


def _by_codes(goods: Goods, codes: Codes, scope: Sequence[ScopeItem], permit_class: int) -> InScope:
    one = replace(goods, codes=(codes,))
    own = [item for item in scope if (item.device_class or permit_class) == goods.device_class]
    coded = [item for item in own if item.code is not None]
    lists_2017 = any(_catalogue(item) is Catalogue.C2017 for item in coded)
    found = {_item(one, codes, item, settled=bool(codes.of_2017) and lists_2017) for item in own}
    return next((answer for answer in InScope if answer in found), InScope.OUT)


def _item(goods: Goods, codes: Codes, item: ScopeItem, *, settled: bool) -> InScope:
    """One item. settled: the 2017 code is known and the licence lists that catalogue, so a 2002
    code that nobody knows cannot help."""
    if item.code is None:
        return InScope.OPEN
    old = _catalogue(item) is Catalogue.C2002
    code = codes.of_2002 if old else codes.of_2017
    if code == "" or (old and _other_6840(goods, codes, item)):
        return InScope.OUT
    if code is None:
        return InScope.OUT if old and settled else InScope.OPEN
    covered = _covers(normalise(item.code), code)
    if covered is InScope.OUT:
        return covered
    return _worst([covered, *_limits(goods, item)])


def _catalogue(item: ScopeItem) -> Catalogue:
    """By the code's own form where the licence does not say: four digits are of 2002."""
    if item.catalogue is not Catalogue.UNKNOWN or item.code is None:
        return item.catalogue
    return Catalogue.C2002 if _OLD.fullmatch(normalise(item.code)) else Catalogue.C2017


def _other_6840(goods: Goods, codes: Codes, item: ScopeItem) -> bool:
    """6840 held reagents and analysers: an item named for the one is not the other; and nothing
    outside 22 of the new catalogue was ever 6840."""
    if normalise(item.code or "") != REAGENT:
        return False
    name = item.name or item.written or ""
    reagents, analysers = _REAGENT_WORDS in name, _ANALYSER_WORDS in name
    if goods.reagent is False and reagents and not analysers:
        return True
    if goods.reagent and analysers and not reagents:
        return True
    return bool(codes.of_2017) and codes.of_2017 is not None and codes.of_2017[:2] != ANALYSER


def _covers(item: str, code: str) -> InScope:
    """A category covers what is below it; of goods known only by category it is open."""
    item = item if _OLD.fullmatch(item) else _hyphened(item)
    if code == item or code.startswith(f"{item}-"):
        return InScope.IN
    return InScope.OPEN if item.startswith(f"{code}-") else InScope.OUT


def _limits(goods: Goods, item: ScopeItem) -> Iterator[InScope]:
    if item.unparsed:
        yield InScope.OPEN
    if item.only:
        yield {True: InScope.IN, False: InScope.OUT, None: InScope.OPEN}[_names(item.only, goods)]
    if item.exclude:
        named = _names(item.exclude, goods)
        if named or (named is None and _concerns(item.exclude, goods)):
            yield InScope.OUT if named else InScope.OPEN
    if goods.cold or goods.cold is None:
        yield _cold(goods, item)


def _cold(goods: Goods, item: ScopeItem) -> InScope:
    """Silence restricts nothing, except with reagents: there licences say it either way."""
    if item.cold is ColdScope.NO:
        return InScope.OUT if goods.cold else InScope.OPEN
    silent_reagent = item.cold is ColdScope.UNSAID and goods.reagent
    return InScope.OPEN if silent_reagent and goods.cold else InScope.IN


def _names(text: str, goods: Goods) -> bool | None:
    """Whether words of a licence name the goods; None when words alone cannot tell."""
    terms = [term for term in _TERMS.split(normalise(text)) if len(term) > 1]
    names = [normalise(name) for name in goods.names]
    if any(term in name or name in term for term in terms for name in names):
        return True
    if _IMPLANT in text and goods.implantable is not None:
        return goods.implantable
    if "诊断试剂" in text and goods.reagent is not None:
        return goods.reagent
    return None


def _concerns(text: str, goods: Goods) -> bool:
    """Whether words may be about the goods: two signs in a row in common with a name of theirs, or
    a trait of them."""
    plain = "".join(_TERMS.split(normalise(text)))
    pairs = {plain[at : at + 2] for at in range(len(plain) - 1)}
    shared = any(pair in normalise(name) for pair in pairs for name in goods.names)
    implant = _IMPLANT in text and goods.implantable is not False
    reagent = _REAGENT_WORDS in text and goods.reagent is not False
    cold = bool(re.search(r"冷藏|冷冻|冷链", text)) and goods.cold is not False
    return shared or implant or reagent or cold


def _words(item: ScopeItem) -> str:
    return item.unparsed or item.written or ""


def _worst(answers: Iterable[InScope]) -> InScope:
    found = set(answers)
    return next(one for one in (InScope.OUT, InScope.OPEN, InScope.IN) if one in found)
