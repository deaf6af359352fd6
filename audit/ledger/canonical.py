"""Canonical JSON for entries: the subset of RFC 8785 (JCS) on which sorted `orjson` agrees with it.

Inside the profile: objects with keys of `[a-z0-9_.]+`, arrays, strings of Unicode scalar values,
true, false and integers of at most 2^53-1 in magnitude; depth <= 32; <= 65,535 bytes. Decimals are
written as strings, an absent value is left out. Everything else is refused, naming the place.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Final

import orjson

from base.errors import IntegrityBroken, Misuse, message

MAX_BYTES: Final = 65_535
MAX_DEPTH: Final = 32
MAX_INTEGER: Final = 2**53 - 1

OUTSIDE_PROFILE = message(
    "ledger.outside_profile",
    zh="条目中“{key}”的值不符合规范编码：{reason}",
    en="the value at '{key}' is outside the canonical encoding: {reason}",
)
NOT_CANONICAL = message(
    "ledger.not_canonical",
    zh="条目字节不是规范编码：{reason}",
    en="the entry's bytes are not canonical: {reason}",
)

_is_key = re.compile(r"[a-z0-9_.]+").fullmatch


def encode(value: Mapping[str, Any]) -> bytes:
    """The one byte form of an object. Raises Misuse naming the key that is outside the profile."""
    check(value)
    try:
        raw = orjson.dumps(value, option=orjson.OPT_SORT_KEYS)
    except (TypeError, orjson.JSONEncodeError) as error:
        raise Misuse(OUTSIDE_PROFILE, key="", reason=str(error)) from error
    if len(raw) > MAX_BYTES:
        raise Misuse(OUTSIDE_PROFILE, key="", reason=f"{len(raw)} bytes, at most {MAX_BYTES}")
    return raw


def string(value: str, key: str) -> bytes:
    """One string as JSON. Raises Misuse when it holds a lone surrogate."""
    try:
        return orjson.dumps(value)
    except orjson.JSONEncodeError as error:
        raise Misuse(OUTSIDE_PROFILE, key=key, reason="not Unicode text") from error


def decode(raw: bytes) -> dict[str, Any]:
    """Parse strictly: written again it must be the same bytes, so a duplicate key, white space,
    another order or another escape is refused. Raises IntegrityBroken."""
    try:
        value = orjson.loads(raw)
    except orjson.JSONDecodeError as error:
        raise IntegrityBroken(NOT_CANONICAL, reason=str(error)) from error
    if not isinstance(value, dict):
        raise IntegrityBroken(NOT_CANONICAL, reason="not an object")
    if orjson.dumps(value, option=orjson.OPT_SORT_KEYS) != raw:
        raise IntegrityBroken(
            NOT_CANONICAL, reason="duplicate or unsorted keys, white space or another escape"
        )
    return value


def check(value: object, key: str = "", depth: int = 0) -> None:
    """Walk a value and raise Misuse at the first thing outside the profile."""
    if value is True or value is False:
        return
    kind = type(value)
    if kind is str:
        return
    if kind is int:
        if not -MAX_INTEGER <= value <= MAX_INTEGER:  # type: ignore[operator]
            raise Misuse(OUTSIDE_PROFILE, key=key, reason=f"{value} is beyond 2^53-1")
    elif kind is dict:
        _deeper(key, depth)
        for name, inner in value.items():  # type: ignore[attr-defined]
            if type(name) is not str or not _is_key(name):
                raise Misuse(OUTSIDE_PROFILE, key=_join(key, name), reason="keys are [a-z0-9_.]+")
            check(inner, _join(key, name), depth + 1)
    elif kind is list or kind is tuple:
        _deeper(key, depth)
        for place, inner in enumerate(value):  # type: ignore[arg-type]
            check(inner, f"{key}[{place}]", depth + 1)
    elif value is None:
        raise Misuse(OUTSIDE_PROFILE, key=key, reason="null; leave the key out")
    elif kind is float:
        raise Misuse(OUTSIDE_PROFILE, key=key, reason="a float; write decimals as strings")
    else:
        raise Misuse(OUTSIDE_PROFILE, key=key, reason=f"a {kind.__name__}")


def _join(key: str, name: object) -> str:
    return f"{key}.{name}" if key else str(name)


def _deeper(key: str, depth: int) -> None:
    if depth >= MAX_DEPTH:
        raise Misuse(OUTSIDE_PROFILE, key=key, reason=f"deeper than {MAX_DEPTH}")
