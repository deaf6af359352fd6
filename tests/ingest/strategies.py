"""Records of every kind, made from the models themselves."""

from __future__ import annotations

import types
from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal
from enum import Enum
from typing import Annotated, Any, Literal, Union, get_args, get_origin

from hypothesis import reject
from hypothesis import strategies as st
from pydantic import AwareDatetime, ValidationError

from audit.records.dates import DayOrMonth, Expiry, ExpiryState
from audit.records.model import Part, Record

FIELDS: dict[tuple[str, str], st.SearchStrategy[Any]] = {
    ("Approval", "digest"): st.text("0123456789abcdef", min_size=64, max_size=64),
    ("ExternalCode", "subject"): st.from_regex(r"device:di:[0-9]{14}", fullmatch=True),
}
"""Fields whose form is narrower than their type."""
DAYS = st.dates(date(1950, 1, 1), date(2098, 12, 31))
ALPHABET = "aZ09 -/()（）;；\\\n,\"'=#国械注准字第２ＡⅡ℃~～<>&é😀"
TEXTS = (
    st.text(ALPHABET, min_size=1, max_size=8)
    .map(str.strip)
    .filter(lambda text: bool(text) and text[0] != "#")
)
OFFSETS = st.sampled_from([timezone(timedelta(hours=8)), UTC, timezone(-timedelta(hours=5))])
MONTHS = st.builds(DayOrMonth, st.integers(1950, 2098), st.integers(1, 12))
DAYS_OR_MONTHS = DAYS.map(DayOrMonth.of) | MONTHS


def records(kind: type[Record]) -> st.SearchStrategy[Any]:
    """Valid records of a kind."""
    return _part(kind)


@st.composite
def _part(draw: st.DrawFn, part: type[Part]) -> Any:
    for _ in range(12):
        values = {}
        for name, field in part.model_fields.items():
            if field.is_required() or draw(st.integers(0, 9)) < 6:
                own = FIELDS.get((part.__name__, name))
                values[name] = draw(_of(field.annotation) if own is None else own)
        if not values and not issubclass(part, Record):
            continue  # a group that says nothing is the same as none
        try:
            return part.model_validate(values)
        except ValidationError:
            continue
    return reject()


def _of(annotation: Any) -> st.SearchStrategy[Any]:
    origin, args = get_origin(annotation), get_args(annotation)
    if origin is Annotated:
        return _of(args[0])
    if origin in (Union, types.UnionType):
        return st.one_of(*(_of(arg) for arg in args if arg is not type(None)))
    if origin is Literal:
        return st.sampled_from(args)
    if origin in (tuple, list, frozenset):
        return st.lists(_of(args[0]), min_size=1, max_size=3, unique=True).map(origin)
    if annotation is Expiry:
        stated = DAYS_OR_MONTHS.map(lambda on: Expiry(state=ExpiryState.STATED, on=on))
        return stated | st.sampled_from([Expiry(state=ExpiryState.NONE), Expiry()])
    if annotation is DayOrMonth:
        return DAYS_OR_MONTHS
    if isinstance(annotation, type) and issubclass(annotation, Part):
        return _part(annotation)
    if isinstance(annotation, type) and issubclass(annotation, Enum):
        return st.sampled_from(list(annotation))
    if annotation is bool:
        return st.booleans()
    if annotation is int:
        return st.integers(1, 3)
    if annotation is Decimal:
        return st.decimals(0, 10**6, places=3)
    if annotation in (datetime, AwareDatetime):
        naive = st.datetimes(datetime(1950, 1, 1), datetime(2098, 1, 1))
        return st.builds(lambda at, zone: at.replace(tzinfo=zone), naive, OFFSETS)
    if annotation is date:
        return DAYS
    if annotation is str:
        return TEXTS
    raise TypeError(f"no strategy for {annotation!r}")
