"""A record kind laid flat: one column for each value that a row of a table can hold.

Groups of fields become columns with the group's path (`supplier.name`). A list of groups becomes
columns with `[]` in the path (`lines[].lot_no`) and one row for each item. A list of plain values
is one cell, items parted by `；`. What is deeper or of several shapes is a cell of JSON.
"""

from __future__ import annotations

import types
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import date, datetime, time
from decimal import Decimal
from enum import Enum
from functools import cache
from typing import Annotated, Any, Final, Literal, Union, get_args, get_origin

from pydantic import AwareDatetime, TypeAdapter, ValidationError
from pydantic.fields import FieldInfo

from audit.records.dates import DayOrMonth, Expiry, ExpiryState
from audit.records.model import Part, Record
from base.clock import SHANGHAI
from ingest import values
from ingest.code_terms import code_terms, read_code
from ingest.values import Form, NoSuchDay, NotUnderstood

Path = tuple[str, ...]
Reading = Callable[[str], object]
Writing = Callable[[Any], "str | Decimal | date | int"]


@dataclass(frozen=True, slots=True)
class Column:
    """One value of a record as a column.

    key: stable, `lines[].lot_no`. path: below the record, or below one item when `rows` names the
    list. label: Chinese and English, the groups' names in front. codes: what a cell may hold, with
    their terms. read raises NotUnderstood; write is its inverse.
    """

    key: str
    path: Path
    rows: Path | None
    zh: str
    en: str
    form: Form
    required: bool
    by: str | None
    unit: str | None
    personal: bool
    matters: bool
    codes: tuple[tuple[str, str], ...]
    read: Reading
    write: Writing

    @property
    def header(self) -> str:
        return f"{self.zh} {self.en}"

    @property
    def hint(self) -> str:
        """What to write, in both languages: mandatory by which article, form, unit, codes."""
        zh, en = _FORM_HINTS[self.form]
        parts = []
        if self.required:
            parts.append("必填 required" + (f"（{self.by}）" if self.by else ""))
        elif self.by:
            parts.append(self.by)
        parts.append(f"{zh} {en}".strip())
        if self.unit:
            parts.append(self.unit)
        if self.codes:
            parts.append(" / ".join(f"{zh} {code}" if zh else code for code, zh in self.codes))
        return "；".join(part for part in parts if part)


_FORM_HINTS: Final[dict[Form, tuple[str, str]]] = {
    Form.TEXT: ("", ""),
    Form.DATE: ("日期", "date 2026-01-31"),
    Form.MONTH: ("日期或年月", "date or month 2026-01-31, 2026-01"),
    Form.EXPIRY: ("日期、年月、无、未知", "date, month, none, unknown"),
    Form.MOMENT: ("日期时间，未写时区即北京时间", "date and time, Beijing time unless stated"),
    Form.TIME: ("时刻", "time 08:30"),
    Form.NUMBER: ("数字", "number"),
    Form.WHOLE: ("整数", "whole number"),
    Form.YES_NO: ("是/否", "yes/no"),
    Form.CODE: ("", ""),
    Form.LIST: ("多项用；分开", "items parted by ;"),
    Form.JSON: ("JSON", ""),
}


@cache
def columns_of(kind: type[Record]) -> tuple[Column, ...]:
    """The columns of a kind in the order of its fields, each label once."""
    by = {
        "[].".join(key.split(".*.")): article
        for keys, article in kind.mandatory.items()
        for key in keys.split("|")
    }
    return tuple(
        replace(column, by=column.by or _article(column.key, by))
        for column in _fields(kind, (), None, (), required=True)
    )


def _article(key: str, by: dict[str, str]) -> str | None:
    """The article of the field, or of the group or list that it stands in."""
    group = key
    while group:
        if group in by:
            return by[group]
        group = group.rpartition(".")[0] if "." in group else ""
        group = group.removesuffix("[]")
    return None


def _fields(
    part: type[Part],
    path: Path,
    rows: Path | None,
    labels: tuple[tuple[str, str], ...],
    *,
    required: bool,
) -> Iterator[Column]:
    # a kind's own fields (its number, its day) before those it shares with others (the product);
    # where the paper lies is asked last: it is nobody's first thought
    own = part.__annotations__
    fields = sorted(
        part.model_fields.items(),
        key=lambda item: (item[0] == "paper_location", item[0] not in own),
    )
    for name, field in fields:
        extra = field.json_schema_extra if isinstance(field.json_schema_extra, dict) else {}
        label = (str(extra.get("zh", name)), str(extra.get("en", name)))
        must = required and field.is_required()
        yield from _field(field, (*path, name), rows, (*labels, label), must, extra)


def _field(
    field: FieldInfo,
    path: Path,
    rows: Path | None,
    labels: tuple[tuple[str, str], ...],
    required: bool,
    extra: dict[str, Any],
) -> Iterator[Column]:
    inner = _unwrap(field.annotation)
    if _is_part(inner) and inner is not Expiry and not _recursive(inner):
        yield from _fields(inner, path, rows, labels, required=required)
        return
    item = _item(inner)
    if item is not None and _is_part(item) and rows is None and not _recursive(item):
        yield from _fields(item, (), path, labels, required=required)
        return
    whole = field.annotation
    if field.metadata:
        whole = Annotated[(whole, *field.metadata)]  # type: ignore[assignment]
    unit = extra.get("unit")
    form, codes, read, write = _cell(inner, item, whole, str(unit) if unit else None)
    prefix = "" if rows is None else ".".join(rows) + "[]."
    yield Column(
        key=prefix + ".".join(path),
        path=path,
        rows=rows,
        zh="·".join(zh for zh, _ in labels),
        en=" · ".join(en for _, en in labels),
        form=form,
        required=required,
        by=str(extra["by"]) if extra.get("by") else None,
        unit=str(unit) if unit else None,
        personal=bool(extra.get("personal")),
        matters=bool(extra.get("matters")),
        codes=codes,
        read=read,
        write=write,
    )


def _cell(
    inner: Any, item: Any, whole: Any, unit: str | None
) -> tuple[Form, tuple[tuple[str, str], ...], Reading, Writing]:
    """How one value of a type is read from a cell and written into one."""
    if inner is Expiry:
        return Form.EXPIRY, (), _read_expiry, _write_expiry
    if inner is DayOrMonth:
        return Form.MONTH, (), read_day_or_month, str
    if inner is str:
        return Form.TEXT, (), str, str
    if inner is bool:
        return Form.YES_NO, (), values.read_yes_no, lambda value: "是" if value else "否"
    if inner is int:
        return Form.WHOLE, (), lambda text: values.read_whole(text, unit), int
    if inner is Decimal:
        return Form.NUMBER, (), lambda text: values.read_number(text, unit), Decimal
    if inner in (datetime, AwareDatetime):
        return Form.MOMENT, (), values.read_moment, _write_moment
    if inner is date:
        return Form.DATE, (), values.read_date, lambda value: value
    if inner is time:
        return Form.TIME, (), values.read_time, lambda value: value.isoformat()
    if isinstance(inner, type) and issubclass(inner, Enum):
        terms = code_terms(inner.__name__, [str(member.value) for member in inner])
        return Form.CODE, terms, lambda text: inner(read_code(terms, text)), _write_code(terms)
    if get_origin(inner) is Literal:
        terms = code_terms("", [str(value) for value in get_args(inner)])
        return Form.CODE, terms, lambda text: read_code(terms, text), _write_code(terms)
    if item is not None and not _is_part(item):
        _, codes, read, write = _cell(_unwrap(item), None, item, unit)
        return (
            Form.LIST,
            codes,
            lambda text: tuple(read(entry) for entry in values.read_list(text)),
            lambda items: values.write_list([str(write(entry)) for entry in items]),
        )
    adapter = _adapter(whole)
    return (
        Form.JSON,
        (),
        lambda text: _read_json(adapter, text),
        lambda value: _json(adapter, value),
    )


def read_day_or_month(text: str) -> DayOrMonth:
    """A day, or a month when no day is stated. Raises NoSuchDay, NotUnderstood."""
    month = values.read_month(text)
    if month:
        return DayOrMonth(*month)
    try:
        return DayOrMonth.of(values.read_date(text))
    except NoSuchDay:
        raise
    except NotUnderstood:
        pass
    try:
        return DayOrMonth.parse(text)
    except ValueError as error:
        raise NotUnderstood(text) from error


_NO_EXPIRY: Final = frozenset({"none", "无", "无有效期", "长期", "不限", "/", "-", "—"})
_UNKNOWN: Final = frozenset({"unknown", "未知", "不详"})


def _read_expiry(text: str) -> Expiry:
    word = values.plain(text).lower()
    if word in _NO_EXPIRY:
        return Expiry(state=ExpiryState.NONE)
    if word in _UNKNOWN:
        return Expiry(state=ExpiryState.UNKNOWN)
    return Expiry(state=ExpiryState.STATED, on=read_day_or_month(text))


def _write_expiry(value: Expiry) -> str:
    if value.on is not None:
        return str(value.on)
    return "无" if value.state is ExpiryState.NONE else "未知"


def _write_moment(value: datetime) -> str:
    if value.tzinfo is None:
        return value.isoformat(sep=" ")
    if value.utcoffset() == value.astimezone(SHANGHAI).utcoffset():
        return value.replace(tzinfo=None).isoformat(sep=" ")
    return value.isoformat(sep=" ")


def _write_code(terms: tuple[tuple[str, str], ...]) -> Writing:
    labels = {code: zh or code for code, zh in terms}
    return lambda value: labels[str(value.value if isinstance(value, Enum) else value)]


def _read_json(adapter: TypeAdapter[Any], text: str) -> object:
    try:
        return adapter.validate_json(text)
    except ValidationError as error:
        raise NotUnderstood(text) from error


def _json(adapter: TypeAdapter[Any], value: object) -> str:
    return adapter.dump_json(value).decode()


@cache
def _cached_adapter(whole: Any) -> TypeAdapter[Any]:
    return TypeAdapter(whole)


def _adapter(whole: Any) -> TypeAdapter[Any]:
    return _cached_adapter(whole)


def _unwrap(annotation: Any) -> Any:
    """The type behind `Annotated` and `| None`; a union of several stays a union."""
    while True:
        origin = get_origin(annotation)
        if origin is Annotated:
            annotation = get_args(annotation)[0]
        elif origin in (Union, types.UnionType):
            options = [arg for arg in get_args(annotation) if arg is not type(None)]
            if len(options) != 1:
                return annotation
            annotation = options[0]
        else:
            return annotation


def _item(annotation: Any) -> Any:
    """The type of the items when the annotation is a tuple of any length, else None."""
    if get_origin(annotation) in (tuple, list, frozenset):
        args = get_args(annotation)
        if len(args) == 1 or (len(args) == 2 and args[1] is Ellipsis):
            return _unwrap(args[0])
    return None


def _is_part(annotation: Any) -> bool:
    return isinstance(annotation, type) and issubclass(annotation, Part)


def _recursive(part: type[Part], above: tuple[type[Part], ...] = ()) -> bool:
    if part in above:
        return True
    for field in part.model_fields.values():
        inner = _unwrap(field.annotation)
        inner = _item(inner) or inner
        if _is_part(inner) and _recursive(inner, (*above, part)):
            return True
    return False
