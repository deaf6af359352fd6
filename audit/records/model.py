"""What a record kind is: a frozen Pydantic model that knows its identity, streams and duties.

A kind states its fields with type, unit and Chinese term; which are mandatory and by which
article; its identity (what makes two papers the same record); its validity; its retention class;
its streams; which fields are personal. Nothing here reads a file, a clock or a database.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from types import MappingProxyType
from typing import Any, ClassVar, Final

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field
from pydantic_core import PydanticUndefined

from audit.records.provenance import Conflict, FieldSource


class RetentionClass(StrEnum):
    """Which duty to keep applies. Several may apply to one paper; the longest wins."""

    GOODS_IN = "goods_in"  # with its delivery notes: GSP 23, order 54 art. 32
    SALES = "sales"  # GSP 23, order 54 art. 38
    COLD_CHAIN = "cold_chain"  # as the sale of its lot
    ACCOUNTING = "accounting"  # 30 years from the end of the fiscal year of booking
    OTHER = "other"  # the policy's own figure


class Origin(StrEnum):
    """How the operator and the time of an act were obtained (inspection clause 5.51)."""

    LOGIN = "login"  # our own sign-in and clock
    SOURCE_LOGIN = "source_login"  # another system's sign-in, with its user id and time
    TYPED = "typed"  # written by hand or picked from a list: itself a finding on some records


def term(
    zh: str,
    en: str,
    *,
    by: str | None = None,
    unit: str | None = None,
    personal: bool = False,
    matters: bool = False,
    default: Any = PydanticUndefined,
    default_factory: Any = None,
) -> Any:
    """A field with its Chinese and English term.

    by: the article that makes it mandatory, like `GSP 84(1)`. unit: fixed unit, like `°C`.
    personal: masked in packages, erasable. matters: a disagreement of sources opens a finding.
    A field without default is required; a required field that a paper lacks is quarantined.
    """
    extra: dict[str, Any] = {"zh": zh, "en": en, "personal": personal, "matters": matters}
    if by:
        extra["by"] = by
    if unit:
        extra["unit"] = unit
    if default_factory is not None:
        return Field(default_factory=default_factory, title=zh, json_schema_extra=extra)
    return Field(default=default, title=zh, json_schema_extra=extra)


def articles(demands: dict[str, str]) -> Mapping[str, str]:
    """The `mandatory` table of a kind: path of the field to the article that demands it."""
    return MappingProxyType(demands)


class Part(BaseModel):
    """A group of fields inside a record (a line, an operator, a period)."""

    model_config = ConfigDict(frozen=True, extra="forbid", str_strip_whitespace=True)


class Operator(Part):
    """Who did it and how we know (`origin`), with the other system's own user id and time."""

    name: str = term("操作人", "Operator", personal=True)
    origin: Origin = term("来源", "Origin")
    source_user: str | None = term("源系统用户", "User in the source system", default=None)
    source_time: AwareDatetime | None = term(
        "源系统时间", "Time in the source system", default=None
    )


@dataclass(frozen=True, slots=True)
class Ref:
    """A subject that a record names, by the identifier as written and normalised.

    role: what the subject is to this record (`device`, `lot`, `supplier`, `order`, …).
    identifier: a stream key (`audit.records.identifiers`). line: index of the line, if any.
    """

    role: str
    identifier: str
    line: int | None = None


class Record(Part):
    """Root of every record kind. Subclasses set the class variables and override the methods."""

    kind: ClassVar[str]
    version: ClassVar[int] = 1
    zh: ClassVar[str]
    en: ClassVar[str]
    group: ClassVar[str]
    retention: ClassVar[RetentionClass] = RetentionClass.OTHER
    master_data: ClassVar[bool] = False
    """Master data waits as `pending` until quality staff confirm it (inspection clause 5.51)."""
    frees_goods: ClassVar[bool] = False
    """Sets goods free (release of a hold, settled excursion): effective once quality signed."""
    affects: ClassVar[tuple[str, ...]] = ()
    """Subject types whose verdicts this kind can change: `lot`, `certificate`, `party`, …"""
    mandatory: ClassVar[Mapping[str, str]] = MappingProxyType({})
    """Fields that an article demands: path to article. `a|b`: one of both. `lines.*.a`: in every
    line. Those a record cannot be without are required by the type as well; the others may stand
    elsewhere (master data, invoice), so a record that lacks them is kept and a rule reports them
    (`audit.records.completeness`)."""

    paper_location: str | None = term(
        "纸质原件存放处", "Where the stamped original lies", default=None
    )

    def identity(self) -> str:
        """What makes two papers the same record, unique within the kind. Never personal."""
        raise TypeError(f"{type(self).__name__} does not say what makes two papers the same")

    def refs(self) -> Iterator[Ref]:
        """The subjects this record names, its own identity stream included."""
        return iter(())

    def links(self) -> Iterator[tuple[str, str]]:
        """Pairs of identifiers that this record says are one subject (a device's DI and number)."""
        return iter(())

    def valid_from(self) -> date | None:
        """First legal day on which the record is in force; None where validity has no meaning."""
        return None

    def valid_until(self) -> date | None:
        """Last legal day, inclusive; None where it does not end."""
        return None

    def occurred_on(self) -> date | None:
        """The legal day of the event or act, or of issue."""
        return None

    def streams(self) -> tuple[str, ...]:
        """Distinct identifiers in order of appearance."""
        return tuple(dict.fromkeys(ref.identifier for ref in self.refs()))

    @classmethod
    def schema_name(cls) -> str:
        return f"record.{cls.kind}/{cls.version}"


KINDS: Final[dict[str, type[Record]]] = {}


def register(cls: type[Record]) -> type[Record]:
    """Class decorator: enter a kind in `KINDS`. Raises ValueError on a name taken twice."""
    if KINDS.setdefault(cls.kind, cls) is not cls:
        raise ValueError(f"record kind declared twice: {cls.kind}")
    return cls


@dataclass(frozen=True, slots=True)
class RecordDraft:
    """A parsed record before the journal writes it.

    document: SHA-256 of the original it was read from (None: entered by a person or a system).
    sources: every source's word on every field. parser: name and version, like `licence/3`.
    supersedes: seq of the record entry it corrects, with the reason.
    """

    record: Record
    document: str | None
    sources: Sequence[FieldSource] = ()
    conflicts: tuple[Conflict, ...] = ()
    parser: str = "manual/1"
    supersedes: int | None = None
    reason: str | None = None
