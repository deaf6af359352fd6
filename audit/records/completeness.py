"""Which fields that an article demands does a record lack?"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from audit.records.dates import Expiry, ExpiryState
from audit.records.model import Part, Record


@dataclass(frozen=True, slots=True)
class Lacking:
    """A field that is demanded and absent. path: like `lines.2.lot_no|serial_no`."""

    path: str
    article: str


def lacking(record: Record) -> tuple[Lacking, ...]:
    """Every demanded field that the record does not state, in the order of the kind's table.

    An expiry that is unknown counts as lacking; one that the label says there is none of does not.
    """
    return tuple(
        Lacking(where, article)
        for path, article in record.mandatory.items()
        for where in _absent(record, path)
    )


def demanded(cls: type[Record]) -> dict[str, str]:
    """Every single path that an article demands, alternatives side by side, and its article.

    Paths that are no field (`imported`, `not_direct`) say when the demand falls away.
    """
    found: dict[str, str] = {}
    for path, article in cls.mandatory.items():
        lines, star, rest = path.rpartition(".*.")
        found |= {lines + star + one: article for one in rest.split("|")}
    return found


def _absent(part: Any, path: str, prefix: str = "") -> Iterator[str]:
    head, dot, rest = path.partition(".*.")
    if dot:
        lines = getattr(part, head)
        if not lines:
            yield f"{prefix}{head}"
        for n, line in enumerate(lines):
            yield from _absent(line, rest, f"{prefix}{head}.{n}.")
        return
    if not any(_stated(part, one.split(".")) for one in path.split("|")):
        yield f"{prefix}{path}"


def _stated(value: Any, steps: list[str]) -> bool:
    for step in steps:
        if value is None:
            return False
        value = getattr(value, step)
    if isinstance(value, Expiry):
        return value.state is not ExpiryState.UNKNOWN
    return value is not None and value != "" and value != ()


def personal_paths(cls: type[Part]) -> tuple[str, ...]:
    """Paths of the personal fields of a kind, `*` for every line: masked in packages, erasable."""
    return tuple(_personal(cls, "", ()))


def _personal(cls: type[Part], prefix: str, seen: tuple[type[Part], ...]) -> Iterator[str]:
    if cls in seen:
        return
    for name, field in cls.model_fields.items():
        extra = field.json_schema_extra
        path = f"{prefix}{name}"
        if isinstance(extra, dict) and extra.get("personal"):
            yield path
            continue
        for inner, many in parts_in(field.annotation):
            yield from _personal(inner, f"{path}.*." if many else f"{path}.", (*seen, cls))


def parts_in(annotation: Any) -> Iterator[tuple[type[Part], bool]]:
    """The Part classes inside a field's type, and whether there may be many of them."""
    if isinstance(annotation, type) and issubclass(annotation, Part):
        yield annotation, False
        return
    many = getattr(annotation, "__origin__", None) is tuple
    for inner in getattr(annotation, "__args__", ()):
        for part, deeper in parts_in(inner):
            yield part, many or deeper
