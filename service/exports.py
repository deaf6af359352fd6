"""Registers for a period, straight from the read tables."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from pathlib import Path

from audit.records import codec
from audit.records.identifiers import party_key, segment
from audit.records.numbers import parse_uscc
from base.errors import Lang, Misuse, message
from reports.package.personal import masked
from reports.package.request import Purpose
from reports.registers import REGISTERS, RegisterRow, write_registers
from service.house import House

UNKNOWN_PURPOSE = message(
    "export.unknown_purpose",
    zh="没有用途 {purpose}；可用：{known}",
    en="there is no purpose {purpose}; known are {known}",
)


SEVERAL_LOTS = message(
    "export.several_lots",
    zh="批号 {number} 对应多个产品，请给出批次标识之一：{lots}",
    en="several products have a lot {number}; name one of these keys: {lots}",
)


def purpose_named(name: str) -> Purpose:
    """Raises Misuse on an unknown purpose."""
    if name not in set(Purpose):
        raise Misuse(UNKNOWN_PURPOSE, purpose=name, known=", ".join(Purpose))
    return Purpose(name)


def write_period(
    house: House,
    target: Path,
    first: date | None,
    last: date | None,
    *,
    lang: Lang,
    personal: bool,
) -> int:
    """Write what happened from `first` to `last`, both included (None: no bound); rows written."""
    at = house.now()

    def rows() -> Iterator[RegisterRow]:
        for stored in house.store.records(at, [one.kind for one in REGISTERS]):
            day = stored.occurred_on
            outside = day is None or (first and day < first) or (last and day > last)
            if stored.record is None or ((first or last) and outside):
                continue
            values = codec.dump(stored.record)
            shown = values if personal else masked(stored.kind, values)
            yield RegisterRow(stored.seq, stored.kind, shown)

    name = house.settings.organisation_name
    return write_registers(target, rows(), lang=lang, made_at=house.clock.now(), title=name)


def party_named(word: str) -> str:
    """A party's key from what a person types: the key itself, a credit code, or a name."""
    if word.startswith("party:"):
        return word
    code = parse_uscc(word)
    return party_key(uscc=code.value) if code is not None else party_key(name=word)


def lot_named(house: House, word: str) -> str:
    """A lot's key from what a person types: the key itself, or a lot or serial number.

    Raises Misuse when several products have a lot of that number. An unknown number is handed on
    as it is: the export says that nothing is known of it.
    """
    if word.startswith("lot:"):
        return word
    endings = (f"/{segment(word)}", f"/SN:{segment(word)}")
    found = [one for one in house.store.subjects(house.now(), "lot") if one.endswith(endings)]
    if len(found) > 1:
        raise Misuse(SEVERAL_LOTS, number=word, lots=", ".join(found))
    return found[0] if found else f"lot:{word}"
