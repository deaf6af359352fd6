"""Registers for a period, straight from the read tables."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from pathlib import Path

from audit.records import codec
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
