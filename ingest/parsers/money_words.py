"""Amounts in Chinese words (`壹仟贰佰元叁角整`) as numbers, to compare with the figures."""

from __future__ import annotations

import re
import unicodedata
from decimal import Decimal
from typing import Final

_WRITTEN: Final = "零〇 壹一 贰二貳两 叁三參 肆四 伍五 陆六陸 柒七 捌八 玖九"
_DIGITS: Final = {char: value for value, chars in enumerate(_WRITTEN.split()) for char in chars}
_STEPS: Final = {"拾": 10, "十": 10, "佰": 100, "百": 100, "仟": 1000, "千": 1000}
_GROUPS: Final = {"万": 10**4, "萬": 10**4, "亿": 10**8, "億": 10**8}
_ASIDE: Final = re.compile(r"[\s⊗ⓧ×*]|人民币|\(?大写\)?|:")
_YUAN: Final = re.compile(r"[圆元圓]")


def amount_of_words(text: str) -> Decimal | None:
    """The amount in yuan; None when the text is no amount in words."""
    plain = re.sub(
        r"[\s⊗ⓧ×*]|人民币|[(（]?大写[)）]?|[:：]", "", unicodedata.normalize("NFKC", text)
    )
    negative = plain.startswith(("负", "-"))
    plain = plain.lstrip("负-").rstrip("整正")
    parts = _YUAN.split(plain)
    if not plain or len(parts) > 2:
        return None
    yuan, rest = (parts[0], parts[1]) if len(parts) == 2 else ("", parts[0])
    whole = _whole(yuan) if yuan else 0
    small = _small(rest)
    if whole is None or small is None or (not yuan and not rest):
        return None
    amount = Decimal(whole) + small
    return -amount if negative else amount


def _whole(text: str) -> int | None:
    total = section = digit = 0
    for char in text:
        if char in _DIGITS:
            if digit:
                return None  # two digits without a place between them
            digit = _DIGITS[char]
        elif char in _STEPS:
            section += (digit or 1) * _STEPS[char]
            digit = 0
        elif char in _GROUPS:
            section += digit
            total = (
                (total + section) * _GROUPS[char]
                if _GROUPS[char] == 10**8
                else (total + section * _GROUPS[char])
            )
            section = digit = 0
        else:
            return None
    return total + section + digit


def _small(text: str) -> Decimal | None:
    found = re.fullmatch(r"零?(?:(.)角)?零?(?:(.)分)?", text)
    if not found:
        return None
    jiao, fen = (found[1] or "零"), (found[2] or "零")
    if jiao not in _DIGITS or fen not in _DIGITS:
        return None
    return Decimal(_DIGITS[jiao] * 10 + _DIGITS[fen]) / 100
