"""Records to and from the plain values that the ledger commits to.

`dump` gives canonical-JSON-safe values only: text, integers, truth values, lists and mappings.
Decimals are text without trailing zeros, dates ISO 8601, absent fields left out, no float ever.
A version that is no longer current is read through its upcasters, step by step.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from hashlib import sha256
from typing import Any, Final

from pydantic import ValidationError

from audit.records.model import KINDS, Record
from base.errors import AnswerIsNo, Misuse, message

UNKNOWN_KIND: Final = message(
    "record.kind_unknown",
    zh="没有名为 {kind} 的记录种类",
    en="There is no record kind {kind}",
)
UNKNOWN_VERSION: Final = message(
    "record.version_unknown",
    zh="记录种类 {kind} 没有第 {version} 版，或没有升级办法",
    en="Record kind {kind} has no version {version}, or no way up from it",
)
NOT_VALID: Final = message(
    "record.not_valid",
    zh="{kind} 记录不完整或不一致：{faults}",
    en="The {kind} record is incomplete or contradicts itself: {faults}",
)

Upcaster = Callable[[dict[str, Any]], dict[str, Any]]
UPCASTERS: Final[dict[tuple[str, int], Upcaster]] = {}


class RecordNotValid(AnswerIsNo):
    """The values do not make a record. `faults`: path in the record and what is wrong there."""

    def __init__(self, kind: str, faults: tuple[tuple[str, str], ...]) -> None:
        self.faults = faults
        said = "; ".join(f"{path}: {why}" if path else why for path, why in faults)
        super().__init__(NOT_VALID, kind=kind, faults=said)


def upcaster(kind: str, version: int) -> Callable[[Upcaster], Upcaster]:
    """Declare how data of `version` become data of `version + 1`."""

    def declare(step: Upcaster) -> Upcaster:
        if UPCASTERS.setdefault((kind, version), step) is not step:
            raise ValueError(f"upcaster declared twice: {kind}/{version}")
        return step

    return declare


def dump(record: Record) -> dict[str, Any]:
    """The record as canonical-JSON-safe values. `load` gives back an equal record."""
    return record.model_dump(mode="json", exclude_none=True)


def load(kind: str, version: int, data: Mapping[str, Any]) -> Record:
    """The record that `data` of that version stands for.

    Raises Misuse for an unknown kind or version, RecordNotValid when the values make no record.
    """
    cls = KINDS.get(kind)
    if cls is None:
        raise Misuse(UNKNOWN_KIND, kind=kind)
    values = dict(data)
    for step in range(version, cls.version):
        if (kind, step) not in UPCASTERS:
            raise Misuse(UNKNOWN_VERSION, kind=kind, version=version)
        values = UPCASTERS[kind, step](values)
    if version > cls.version or version < 1:
        raise Misuse(UNKNOWN_VERSION, kind=kind, version=version)
    try:
        return cls.model_validate(values)
    except ValidationError as error:
        raise RecordNotValid(kind, faults_of(error)) from error


def load_schema(schema: str, data: Mapping[str, Any]) -> Record:
    """As `load`, from a schema name like `record.sales_record/1`."""
    name, _, version = schema.removeprefix("record.").rpartition("/")
    if not version.isdigit():
        raise Misuse(UNKNOWN_KIND, kind=schema)
    return load(name, int(version), data)


def faults_of(error: ValidationError) -> tuple[tuple[str, str], ...]:
    """Path and cause of every fault; the values themselves are left out, they may be personal."""
    found = error.errors(include_url=False, include_input=False, include_context=False)
    return tuple((".".join(map(str, fault["loc"])), fault["msg"]) for fault in found)


def digest(record: Record) -> str:
    """SHA-256 in hex of the record's kind, version and values in canonical JSON. An approval is
    bound to it; equal records have equal digests."""
    return sha256(
        json.dumps(
            {"record": dump(record), "schema": record.schema_name()},
            ensure_ascii=False, sort_keys=True, separators=(",", ":"), allow_nan=False,
        ).encode()
    ).hexdigest()  # fmt: skip
