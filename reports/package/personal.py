"""Which fields of a record are personal, and the record without them. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any, Final, get_args

from pydantic import BaseModel

from audit.records import KINDS

MASK: Final = "***"


def _parts(annotation: object) -> Iterator[type[BaseModel]]:
    """The models inside an annotation like `tuple[Line, ...] | None`."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
        return
    for inner in get_args(annotation):
        yield from _parts(inner)


@cache
def _fields(cls: type[BaseModel]) -> Mapping[str, tuple[bool, tuple[type[BaseModel], ...]]]:
    """Field name -> is it personal, and which models it may hold."""
    found = {}
    for name, info in cls.model_fields.items():
        extra = info.json_schema_extra
        personal = isinstance(extra, dict) and bool(extra.get("personal"))
        found[name] = (personal, tuple(_parts(info.annotation)))
    return found


def has_personal(kind: str, record: Mapping[str, Any]) -> bool:
    """True when a record of this kind carries a value in a personal field."""
    cls = KINDS.get(kind)
    return cls is not None and _masked(cls, record) != record


def masked(kind: str, record: Mapping[str, Any]) -> dict[str, Any]:
    """The record with `***` in every personal field that holds something."""
    cls = KINDS.get(kind)
    return dict(record) if cls is None else _masked(cls, record)


def _masked(cls: type[BaseModel], values: Mapping[str, Any]) -> dict[str, Any]:
    fields = _fields(cls)
    out: dict[str, Any] = {}
    for name, value in values.items():
        personal, parts = fields.get(name, (False, ()))
        out[name] = MASK if personal and value else _inside(parts, value)
    return out


def _inside(parts: tuple[type[BaseModel], ...], value: Any) -> Any:
    if not parts:
        return value
    if isinstance(value, dict):
        fitting = [part for part in parts if set(value) <= set(part.model_fields)]
        for part in fitting or list(parts):
            value = _masked(part, value)
        return value
    if isinstance(value, list):
        return [_inside(parts, one) for one in value]
    return value
