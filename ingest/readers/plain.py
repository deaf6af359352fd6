"""Bytes to characters: which of the encodings in use here a text file is written in."""

from __future__ import annotations

import codecs
import re
from typing import Final

_BOMS: Final = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_HIGH_RUN: Final = re.compile(rb"[\x80-\xff]+")
_DEGREE_MAC: Final = re.compile(rb"(?<![\x80-\xff])\xa1(?=[CF])")
_CONTROL: Final = re.compile(rb"[\x00-\x08\x0e-\x1a\x1c-\x1f\x7f]")


def decode_text(data: bytes) -> tuple[str, str] | None:
    """The text and the name of its encoding, or None when the bytes are not text at all.

    UTF-8 proves itself. GB 18030 accepts almost anything, so it is believed only where high bytes
    stand in pairs: a lone degree sign before C or F is Latin-1 (B0) or Mac Roman (A1).
    """
    for bom, name in _BOMS:
        if data.startswith(bom):
            return _decoded(data, name)
    if _looks_binary(data):
        return None
    if (text := _decoded(data, "utf-8")) is not None:
        return text
    runs = _HIGH_RUN.findall(data)
    odd = sum(len(run) % 2 for run in runs)
    if odd * 5 < len(runs) and (text := _decoded(data, "gb18030")) is not None:
        return text
    name = "mac-roman" if _DEGREE_MAC.search(data) else "latin-1"
    high = sum(map(len, runs))
    return _decoded(data, name) if high * 10 < len(data) else None


def _decoded(data: bytes, name: str) -> tuple[str, str] | None:
    try:
        return data.decode(name), name
    except UnicodeDecodeError:
        return None


def _looks_binary(data: bytes) -> bool:
    """Control characters do not stand in text; a few strays in a long export are forgiven."""
    return len(_CONTROL.findall(data, 0, 65536)) * 500 > min(len(data), 65536)
