"""Numbers that are valid by form and check digit, and in ranges nobody has been given."""

from __future__ import annotations

import hashlib
import random
from datetime import date
from typing import Final

_CODE: Final = "0123456789ABCDEFGHJKLMNPQRTUWXY"
_ORGANISATION_WEIGHTS: Final = (3, 7, 9, 10, 5, 8, 4, 2)


def chance(seed: int, *names: object) -> random.Random:
    """A generator of its own for each purpose, so that one more item moves nothing else."""
    text = "/".join([str(seed), *map(str, names)])
    return random.Random(hashlib.sha256(text.encode()).digest())  # noqa: S311 - invents, guards nothing


def organisation_code(body: str) -> str:
    """Nine characters of GB 11714: the body's eight and the check character."""
    values = [int(char, 36) for char in body]
    total = sum(v * w for v, w in zip(values, _ORGANISATION_WEIGHTS, strict=True))
    check = (11 - total % 11) % 11
    return body + ("X" if check == 10 else str(check))


def uscc(category: str, region: str, body: str) -> str:
    """Unified social credit code of GB 32100: category (`91` company, `12` public institution)."""
    code = category + region + organisation_code(body)
    total = sum(_CODE.index(char) * pow(3, place, 31) for place, char in enumerate(code))
    return code + _CODE[(31 - total % 31) % 31]


def invented_uscc(rng: random.Random, category: str = "91", region: str = "320599") -> str:
    """A valid code whose organisation part begins with MAY, a range not yet assigned."""
    return uscc(
        category, region, "MAY" + "".join(rng.choice("0123456789ABCDEFGH") for _ in "12345")
    )


def gtin14(indicator: int, maker: int, item: int) -> str:
    """A GTIN-14 below the prefix 69999, which GS1 China has not assigned."""
    body = f"{indicator}69999{maker:04d}{item:03d}"
    total = sum(int(digit) * (3 if place % 2 == 0 else 1) for place, digit in enumerate(body))
    return body + str(-total % 10)


def registration_number(
    authority: str, form: str, year: int, device_class: int, category: str, serial: int
) -> str:
    """Like 国械注准20203139001 (order 47 art. 115). Serials from 9001 on were never reached."""
    return f"{authority}械注{form}{year}{device_class}{category}{serial:04d}"


def filing_number(authority: str, year: int, serial: int) -> str:
    """A class I filing like 苏示械备20229001号 (order 47 art. 116)."""
    return f"{authority}械备{year}{serial:04d}号"


def licence_number(authority: str, form: str, year: int, serial: int) -> str:
    """Like 苏示药监械经营许20239001号. form: 经营许, 经营备, 生产许, 生产备."""
    return f"{authority}药监械{form}{year}{serial:04d}号"


def institution_number(rng: random.Random, uscc_code: str) -> str:
    """22 characters: organisation code 9, region 6, economic type 2, category 4, profit 1."""
    return f"{uscc_code[8:17]}{uscc_code[2:8]}11A10{rng.choice('01')}1"


def einvoice_number(issued: date, region: str, serial: int) -> str:
    """20 digits of a fully digital e-invoice: year, region, channel, serial."""
    return f"{issued:%y}{region}2{serial:015d}"


def identity_card(born: date, serial: int) -> str:
    """18 characters with a right check character and region 000000, which nobody has."""
    body = f"000000{born:%Y%m%d}{serial:03d}"
    weights = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
    total = sum(int(digit) * weight for digit, weight in zip(body, weights, strict=True))
    return body + "10X98765432"[total % 11]


_DIGITS: Final = "零壹贰叁肆伍陆柒捌玖"
_PLACES: Final = ("", "拾", "佰", "仟")
_GROUPS: Final = ("", "万", "亿")


def amount_in_words(fen: int) -> str:
    """An amount in capital Chinese figures, as invoices print it. fen: hundredths of a yuan."""
    yuan, rest = divmod(fen, 100)
    words = _yuan_in_words(yuan) + "圆" if yuan else ""
    jiao, cents = divmod(rest, 10)
    if not rest:
        return (words or "零圆") + "整"
    if jiao:
        words += _DIGITS[jiao] + "角"
    elif words:
        words += "零"
    return words + (_DIGITS[cents] + "分" if cents else "整")


def _yuan_in_words(yuan: int) -> str:
    words, zero = "", False
    digits = str(yuan)
    for index, digit in enumerate(digits):
        place = len(digits) - 1 - index
        if digit == "0":
            zero = True
        else:
            words += ("零" if zero and words else "") + _DIGITS[int(digit)] + _PLACES[place % 4]
            zero = False
        if place % 4 == 0 and place:
            group = digits[max(0, index - 3) : index + 1]
            if group.strip("0"):
                words += _GROUPS[place // 4]
    return words
