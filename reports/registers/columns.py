"""The columns of each register: exactly the fields that the articles demand of the record kind.

They come from the models (`mandatory`, `term`), so that a register never says less than the law,
nor in other words. Pure.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final, get_args

from pydantic import BaseModel

from audit.records import KINDS, Record
from base.errors import Lang


@dataclass(frozen=True, slots=True)
class Register:
    """One sheet: its name in both languages and the record kind it lists."""

    zh: str
    en: str
    kind: str
    more: tuple[tuple[str, str], ...] = ()
    """Fields that the article demands and the model's type already requires."""


REGISTERS: Final = (
    Register(
        "购进记录",
        "Purchases",
        "purchase_order",
        (("lines.*.quantity", "GSP 58"), ("supplier.name", "GSP 58")),
    ),
    Register("进货查验记录", "Goods-in inspection", "goods_in_inspection"),
    Register("销售记录", "Sales", "sales_record", (("unit", "GSP 84(1)"),)),
    Register("出库复核记录", "Outbound checks", "outbound_check"),
    Register("运输记录", "Transport", "transport_record"),
)


@dataclass(frozen=True, slots=True)
class Column:
    """A field by its path inside the record (`lines.*.name`), its heading and its article."""

    path: tuple[str, ...]
    zh: str
    en: str
    article: str

    def heading(self, lang: Lang) -> str:
        """The term, with the article below."""
        return f"{self.zh if lang == 'zh' else self.en}\n{self.article}"


def columns(kind: str) -> tuple[Column, ...]:
    """The columns of a kind, in the order of its articles; each field once."""
    cls = KINDS[kind]
    found: dict[tuple[str, ...], Column] = {}
    numbers: list[str] = [n for n in ("record_no", "order_no") if n in cls.model_fields]
    demands = [(numbers[0], "")] if numbers else []
    demands += list(cls.mandatory.items())
    demands += [one for register in REGISTERS if register.kind == kind for one in register.more]
    for path, article in demands:
        *before, last = path.split(".")
        for name in last.split("|"):
            parts = (*before, name)
            terms = _terms(cls, parts)
            if terms is not None:
                zh, en = terms
                found.setdefault(parts, Column(parts, zh, en, article))
    return tuple(found.values())


def _terms(cls: type[BaseModel], path: tuple[str, ...]) -> tuple[str, str] | None:
    """The field's heading; None for what is no field (a condition that the model computes)."""
    here: type[BaseModel] | None = cls
    said: list[tuple[str, str]] = []
    for name in path:
        if name == "*":
            continue
        if here is None or name not in here.model_fields:
            return None
        info = here.model_fields[name]
        extra = info.json_schema_extra if isinstance(info.json_schema_extra, dict) else {}
        said.append((str(extra.get("zh", name)), str(extra.get("en", name))))
        here = next(iter(_models(info.annotation)), None)
    kept = said[1:] if "*" in path else said
    return " ".join(zh for zh, _ in kept), ": ".join(en for _, en in kept)


def _models(annotation: object) -> Iterator[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
        return
    for inner in get_args(annotation):
        yield from _models(inner)


def rows(
    of: tuple[Column, ...], cls: type[Record], record: Mapping[str, Any]
) -> Iterator[list[str]]:
    """A record's rows: one, or one for each of its lines."""
    by_line = any("*" in column.path for column in of)
    lines = record.get("lines") or [{}] if by_line else [{}]
    for line in lines:
        yield [
            text(_value(line, column.path[2:]) if "*" in column.path
                 else _value(record, column.path))
            for column in of
        ]  # fmt: skip


def _value(values: Any, path: tuple[str, ...]) -> Any:
    for name in path:
        if not isinstance(values, Mapping):
            return None
        values = values.get(name)
    return values


def text(value: Any) -> str:
    """A value as it is read by people: parts joined, nothing rounded."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "是" if value else "否"
    if isinstance(value, Mapping):
        if "state" in value:  # an expiry: its date, or that the label states none
            return str(value.get("on", "无" if value["state"] == "none" else ""))
        if "origin" in value:  # who did it
            return str(value.get("name", ""))
        return " ".join(filter(None, (text(one) for one in value.values())))
    if isinstance(value, list | tuple):
        return "; ".join(filter(None, (text(one) for one in value)))
    return str(value)
