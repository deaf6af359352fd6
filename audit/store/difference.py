"""Where two values of a read table differ, in a few words and without naming a person. Pure.

A body is JSON of many fields: only the first field that differs is named, with its values where
the record model knows the field and says that it is not personal.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import zip_longest
from typing import Any, Final

import orjson

from audit.records import KINDS
from audit.records.completeness import personal_paths

NEAR: Final = 20
"""Characters shown on either side of the first that differs."""
FREE_TEXT: Final = frozenset({"file_name", "detail", "ended", "reason"})
"""Columns that people fill in: what they say may name somebody."""
_ABSENT: Final = object()


def difference(column: str, kind: str | None, want: object, have: object) -> tuple[str, str]:
    """What to say of a column's value as it should be and as it is.

    kind: the record kind whose fields a body holds; None where no model says what is personal.
    """
    pair = _json(want), _json(have)
    if all(isinstance(one, dict | list) for one in pair):
        path, one, other = next(_leaves("", *pair), ("", None, None))
        if kind is None or kind not in KINDS or _personal(kind, path):
            hint = "a personal field" if kind in KINDS else "not shown"
            return f"{path}: ({hint})", f"{path}: ({hint}, another value)"
        one, other = _near(_text(one), _text(other))
        return f"{path}: {one}", f"{path}: {other}"
    if column in FREE_TEXT or any(isinstance(one, dict | list) for one in pair):
        return "(not shown)", "(not shown, another value)"
    return _near(str(want), str(have))


def _json(value: object) -> Any:
    if not isinstance(value, str) or value[:1] not in ("{", "["):
        return value
    try:
        return orjson.loads(value)
    except orjson.JSONDecodeError:
        return value


def _leaves(path: str, one: Any, other: Any) -> Iterator[tuple[str, Any, Any]]:
    """Every place where two values differ, in order of path: (path, one, other)."""
    if isinstance(one, dict) and isinstance(other, dict):
        for name in sorted(one.keys() | other.keys()):
            inner = f"{path}.{name}" if path else name
            yield from _leaves(inner, one.get(name, _ABSENT), other.get(name, _ABSENT))
    elif isinstance(one, list) and isinstance(other, list):
        for at, (a, b) in enumerate(zip_longest(one, other, fillvalue=_ABSENT)):
            yield from _leaves(f"{path}.{at}" if path else str(at), a, b)
    elif one != other:
        yield path, one, other


def _personal(kind: str, path: str) -> bool:
    """Whether a path of a record lies in a personal field, or above one, or in no known field."""
    parts = ["*" if part.isdigit() else part for part in path.split(".")]
    if parts[0] not in KINDS[kind].model_fields:
        return True
    for personal in personal_paths(KINDS[kind]):
        names = personal.split(".")
        shorter = min(len(names), len(parts))
        if names[:shorter] == parts[:shorter]:
            return True
    return False


def _text(value: Any) -> str:
    if value is _ABSENT:
        return "(absent)"
    return orjson.dumps(value).decode()


def _near(one: str, other: str) -> tuple[str, str]:
    """Both values around their first difference."""
    at = next(
        (n for n, (a, b) in enumerate(zip(one, other, strict=False)) if a != b),
        min(len(one), len(other)),
    )
    start = max(0, at - NEAR)

    def cut(text: str) -> str:
        end = at + NEAR
        return ("…" if start else "") + text[start:end] + ("…" if len(text) > end else "")

    return cut(one), cut(other)
