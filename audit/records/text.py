"""How a written identifier becomes comparable: the same characters for the same meaning."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache
from typing import Final

_DASHES: Final = dict.fromkeys(map(ord, "‐‑‒–—―−﹣－ー"), "-")
_BRACKETS: Final = str.maketrans("【〔［〈《】〕］〉》", "((((()))))")
_SPACE: Final = re.compile(r"[\s\u200b-\u200f\u2060\ufeff\u00ad]+")


@lru_cache(maxsize=16_384)
def normalise(text: str) -> str:
    """Full width to half width, one kind of bracket and dash, no spaces, upper case.

    Idempotent. For identifiers only: never for names shown to people.
    """
    if text.isascii():
        return _SPACE.sub("", text.upper()).replace("[", "(").replace("]", ")")
    while (folded := _fold(text)) != text:  # a removed space may join two signs into one
        text = folded
    return text


def _fold(text: str) -> str:
    plain = text.translate(_DASHES).translate(_BRACKETS).replace("[", "(").replace("]", ")")
    return _SPACE.sub("", unicodedata.normalize("NFKC", plain.upper()))


def escape(text: str) -> str:
    """One segment of a stream key: `/` separates segments, so it is written `%2F` inside one."""
    return text.replace("%", "%25").replace("/", "%2F")


@lru_cache(maxsize=16_384)
def segment(text: str) -> str:
    """Normalised and escaped."""
    return escape(normalise(text))
