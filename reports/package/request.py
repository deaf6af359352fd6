"""What somebody asks for: which evidence, for what purpose, and what may be disclosed for it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from typing import Any, Final

from base.errors import Lang, Misuse, message

BAD_PERIOD: Final = message(
    "package.bad_period",
    zh="期间不对：{start} 至 {end}",
    en="the period is wrong: {start} to {end}",
)


class Purpose(StrEnum):
    """Why it is asked. Personal data leave the house only where the purpose allows."""

    INSPECTION = "inspection"  # by an authority
    DUE_DILIGENCE = "due_diligence"  # of a customer or partner
    SELF_INSPECTION = "self_inspection"

    @property
    def personal(self) -> bool:
        """Whether personal fields may be shown."""
        return self is not Purpose.DUE_DILIGENCE


@dataclass(frozen=True, slots=True)
class ByLot:
    """One lot, by its identifier (`lot:…`)."""

    lot: str


@dataclass(frozen=True, slots=True)
class ByParty:
    """One supplier, customer or other party, by its identifier (`party:…`)."""

    party: str


@dataclass(frozen=True, slots=True)
class ByPeriod:
    """Everything that happened on the legal days from `start` to `end`, both included."""

    start: date
    end: date

    def __post_init__(self) -> None:
        if self.start > self.end:
            raise Misuse(BAD_PERIOD, start=self.start, end=self.end)


Selector = ByLot | ByParty | ByPeriod


@dataclass(frozen=True, slots=True)
class Request:
    """A request for a package.

    asked_by: who asks (the authority, the customer). findings: the findings volume is released.
    withheld: record kinds that the request's scope leaves out. lang: of the report.
    """

    selector: Selector
    purpose: Purpose = Purpose.INSPECTION
    asked_by: str = ""
    reference: str = ""
    findings: bool = False
    withheld: tuple[str, ...] = ()
    lang: Lang = "zh"
    valid_at: date | None = None
    more: Mapping[str, str] = field(default_factory=dict)

    def to_payload(self) -> dict[str, Any]:
        """The request as `package.cut` keeps it."""
        value: dict[str, Any] = {"lang": self.lang, "purpose": self.purpose.value}
        match self.selector:
            case ByLot(lot):
                value |= {"by": "lot", "value": lot}
            case ByParty(party):
                value |= {"by": "party", "value": party}
            case ByPeriod(start, end):
                value |= {"by": "period", "from": start.isoformat(), "to": end.isoformat()}
        if self.asked_by:
            value["asked_by"] = self.asked_by
        if self.reference:
            value["reference"] = self.reference
        if self.withheld:
            value["withheld"] = sorted(self.withheld)
        if self.findings:
            value["findings"] = True
        return value
