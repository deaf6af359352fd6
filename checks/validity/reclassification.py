"""Notices that end the sale of a product kind on a day, whatever day the goods were made on.

An act is judged by the notices issued by its own day: a sale of 2023 knew the first date of
2022-30, not the one that 2024-84 put in its place. Where the texts at hand give no day of issue,
the last day of the month is taken.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Final

from checks.law import LAWS


@dataclass(frozen=True, slots=True)
class CutOff:
    """From `since` on, products of this kind may not be sold without a certificate of the class.

    code: catalogue code of 2017. words: one of them stands in the name of the product kind.
    kind: the same kind in several notices; the latest one issued counts.
    """

    law: str
    kind: str
    issued_on: date
    code: str
    words: tuple[str, ...]
    since: date
    needed_class: int

    @property
    def title(self) -> str:
        return LAWS[self.law].zh


CUT_OFFS: Final = (
    CutOff(
        "2022-30",
        "radio-frequency therapy",
        LAWS["2022-30"].since,
        "09-07-02",
        ("射频治疗仪", "射频皮肤治疗仪"),
        date(2024, 4, 1),
        3,
    ),
    CutOff(
        "2023-101",
        "ultrasonic tips",
        LAWS["2023-101"].since,
        "01-01-03",
        ("超声切割止血刀头", "超声软组织手术刀头", "超声吸引手术刀头"),
        date(2026, 1, 1),
        3,
    ),
    CutOff(
        "2023-101",
        "breast biopsy needles",
        LAWS["2023-101"].since,
        "01-01-06",
        ("旋切穿刺针",),
        date(2026, 1, 1),
        3,
    ),
    CutOff(
        "2024-84",
        "radio-frequency therapy",
        LAWS["2024-84"].since,
        "09-07-02",
        ("射频治疗仪", "射频皮肤治疗仪"),
        date(2026, 4, 1),
        3,
    ),
)


def cut_offs(code: str, on: date) -> tuple[CutOff, ...]:
    """The notices that govern a catalogue code on a day: the latest issued one of each kind."""
    latest: dict[str, CutOff] = {}
    for one in sorted(CUT_OFFS, key=lambda one: one.issued_on):
        if one.code == code and one.issued_on <= on:
            latest[one.kind] = one
    return tuple(latest.values())


def names_kind(one: CutOff, name: str) -> bool:
    """Whether a product's name says that it is of that kind."""
    return any(word in name for word in one.words)


def turns(code: str) -> tuple[date, ...]:
    """Every day on which something changes for a code: issues and cut-offs."""
    return tuple(
        sorted({day for one in CUT_OFFS if one.code == code for day in (one.issued_on, one.since)})
    )
