"""From what the sources say to a record: best source first, disagreement kept, gaps named."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from enum import Enum
from functools import cache
from typing import Any, Final

from pydantic import ValidationError

from audit.records.model import Part, Record, RecordDraft
from audit.records.provenance import RANK, Conflict, FieldSource, Source
from audit.records.sources import SEPARATOR, value_text
from base.errors import AnswerIsNo, Message
from ingest import reasons
from ingest.columns import Column, columns_of
from ingest.values import NoSuchDay, NotUnderstood

_CODES: Final = frozenset(
    {"uscc", "registration_no", "former_registration_no", "number", "licence_no", "letter_no",
     "certificate_no", "equipment_no", "lot_no", "serial_no", "di", "udi", "id_number",
     "notice_no", "production_licence_no", "order_no", "paper_no"}
)  # fmt: skip
"""Fields that hold one code: a space inside comes from the setting of the page."""
_INDEX: Final = re.compile(r"\.\d+(?=\.|$)")


@dataclass(frozen=True, slots=True)
class Word:
    """What one source says on one field, before it is understood.

    field: path in the record, `lines.0.lot_no`. written: as it stands in the document.
    text: the part that is the value, when `written` holds more than that.
    """

    field: str
    written: str
    source: Source
    place: str
    confidence: Decimal = Decimal(1)
    text: str | None = None


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why something is no record: code, the places of its sentence, the cell or page, the text."""

    why: Message
    params: Mapping[str, str]
    place: str = ""
    written: str = ""

    def as_json(self) -> dict[str, Any]:
        """For the quarantine's detail."""
        return {
            "code": self.why.code,
            "params": dict(self.params),
            "place": self.place,
            "written": self.written,
        }


class NotARecord(AnswerIsNo):
    """What was read makes no record. `refusals` say why, `words` what was read all the same."""

    def __init__(self, kind: type[Record], refusals: Sequence[Refusal], words: Sequence[Word]):
        first = refusals[0]
        super().__init__(first.why, **first.params)
        self.kind = kind
        self.refusals = tuple(refusals)
        self.words = tuple(words)


@cache
def columns_by_key(kind: type[Record]) -> Mapping[str, Column]:
    """The columns of a kind by their stable key."""
    return {column.key: column for column in columns_of(kind)}


def column_of(kind: type[Record], field: str) -> Column:
    """The column of a field's path. Raises KeyError when the kind has no such field."""
    return columns_by_key(kind)[_INDEX.sub("[]", field)]


def draft(
    kind: type[Record], words: Iterable[Word], *, document: str | None, parser: str
) -> RecordDraft:
    """The record that the words make. Raises `NotARecord`.

    The best source wins (`RANK`, then confidence). Where another source says something else on a
    field that matters, both stay in a conflict.
    """
    said = [
        word for word in words if (word.text if word.text is not None else word.written).strip()
    ]
    by_field: dict[str, list[Word]] = {}
    for word in said:
        by_field.setdefault(word.field, []).append(word)
    tree: dict[str, Any] = {}
    sources: list[FieldSource] = []
    conflicts: list[Conflict] = []
    refusals: list[Refusal] = []
    for field, spoken in by_field.items():
        spoken.sort(key=lambda word: (RANK[word.source], -word.confidence))
        column = column_of(kind, field)
        understood = [_understand(column, word) for word in spoken]
        kept = next((one for one in understood if isinstance(one, _Understood)), None)
        if kept is None:
            refusals.extend(one for one in understood if isinstance(one, Refusal))
            continue
        put(tree, field, kept.value)
        sources.append(kept.source)
        for one in understood:
            if one is kept:
                continue
            other = one.source if isinstance(one, _Understood) else _unread(field, one, spoken)
            sources.append(other)
            if column.matters and (not isinstance(one, _Understood) or one.value != kept.value):
                conflicts.append(Conflict(field, kept.source, other))
    if refusals:
        raise NotARecord(kind, refusals, said)
    try:
        record = kind.model_validate(lists(tree))
    except ValidationError as error:
        raise NotARecord(kind, refusals_of(kind, error), said) from error
    return RecordDraft(record, document, tuple(sources), tuple(conflicts), parser)


@dataclass(frozen=True, slots=True)
class _Understood:
    value: object
    source: FieldSource


def _understand(column: Column, word: Word) -> _Understood | Refusal:
    text = (word.text if word.text is not None else word.written).strip()
    if word.source in (Source.PDF_TEXT, Source.OCR) and column.path[-1] in _CODES:
        text = "".join(text.split())
    try:
        value = column.read(text)
    except NotUnderstood as error:
        return refusal_of(column, text, error, word.place)
    return _Understood(
        value,
        FieldSource(
            word.field, word.source, as_text(value), word.written, word.place, word.confidence
        ),
    )


def _unread(field: str, refusal: Refusal, spoken: Sequence[Word]) -> FieldSource:
    word = next(w for w in spoken if w.place == refusal.place)
    return FieldSource(field, word.source, word.written, word.written, word.place, Decimal(0))


def refusal_of(column: Column, text: str, error: NotUnderstood, place: str) -> Refusal:
    """A value that was not understood, as a reason with its place."""
    field = f"{column.zh} {column.en}"
    if isinstance(error, NoSuchDay):
        return Refusal(reasons.DATE_IMPOSSIBLE, {"field": field, "value": text}, place, text)
    expected = column.form.value
    return Refusal(
        reasons.VALUE_INVALID, {"field": field, "value": text, "expected": expected}, place, text
    )


def refusals_of(kind: type[Record], error: ValidationError) -> list[Refusal]:
    """What a model refused: everything mandatory that is missing as one reason, then the rest."""
    name = f"{kind.zh} {kind.en}"
    missing: list[str] = []
    others: list[Refusal] = []
    for problem in error.errors(include_url=False, include_context=False):
        path = ".".join(str(step) for step in problem["loc"])
        if problem["type"] == "missing":
            missing.append(describe(kind, path))
        else:
            detail = f"{path}: {problem['msg']}" if path else problem["msg"]
            others.append(Refusal(reasons.RECORD_INVALID, {"kind": name, "detail": detail}, path))
    if missing:
        named = "；".join(dict.fromkeys(missing))
        others.insert(0, Refusal(reasons.FIELD_MISSING, {"kind": name, "fields": named}))
    return others


def describe(kind: type[Record], path: str) -> str:
    """A field as people know it, with the article that asks for it: `批号 Lot no. (GSP 84(1))`."""
    key = _INDEX.sub("[]", path)
    columns = columns_by_key(kind)
    column = columns.get(key)
    if column is None:
        inside = [c for k, c in columns.items() if k.startswith((f"{key}.", f"{key}[]"))]
        asked = [c for c in inside if c.required] or inside
        return "、".join(_described(c) for c in asked) or path
    return _described(column)


def _described(column: Column) -> str:
    return f"{column.zh} {column.en}" + (f" ({column.by})" if column.by else "")


def put(tree: dict[str, Any], field: str, value: object) -> None:
    """Set a value at `a.0.b`; list items are kept under their numbers until `lists`."""
    *above, last = field.split(".")
    node = tree
    for step in above:
        node = node.setdefault(step, {})
    node[last] = value


def lists(tree: Any) -> Any:
    """Nodes whose keys are all numbers become tuples, in the order of the numbers."""
    if not isinstance(tree, dict):
        return tree
    if tree and all(key.isdigit() for key in tree):
        return tuple(lists(tree[key]) for key in sorted(tree, key=int))
    return {key: lists(value) for key, value in tree.items()}


def as_text(value: object) -> str:
    """A value as sources state it: ISO dates, plain decimals, codes."""
    if isinstance(value, Enum):
        return str(value.value)
    if isinstance(value, date | datetime):
        return value.isoformat()
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, tuple):
        return SEPARATOR.join(as_text(item) for item in value)
    if isinstance(value, Part):
        return value_text(value.model_dump(mode="json", exclude_none=True))
    return str(value)
