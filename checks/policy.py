"""Numbers that differ between companies: parameters with default, legal floor and origin.

A policy is a series of versions, each in force from its own day. A value below the law's floor
(or above its ceiling) is refused when the policy is made, never silently corrected.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any, Final, TypeVar, overload

from base.errors import Misuse, Refused, message

Value = int | Decimal | bool | str
T = TypeVar("T", int, Decimal, bool, str)

BELOW_FLOOR = message(
    "policy.below_floor",
    zh="参数 {name} 的值 {value} 低于法定下限 {floor}（{origin}）",
    en="{value} for {name} is below the legal floor {floor} ({origin})",
)
ABOVE_CEILING = message(
    "policy.above_ceiling",
    zh="参数 {name} 的值 {value} 高于法定上限 {ceiling}（{origin}）",
    en="{value} for {name} is above the legal ceiling {ceiling} ({origin})",
)
UNKNOWN_PARAMETER = message(
    "policy.unknown_parameter", zh="没有参数 {name}", en="there is no parameter {name}"
)
WRONG_TYPE = message(
    "policy.wrong_type",
    zh="参数 {name} 需要 {wanted}，得到 {value}",
    en="{name} takes {wanted}, not {value}",
)


@dataclass(frozen=True, slots=True)
class Parameter:
    """One number, text or switch.

    floor, ceiling: the law's bounds, inclusive (None: the law sets none). origin: where default
    and bounds come from, like `GSP 23` or `company policy`. unit: `day`, `working day`, `year`, ….
    """

    name: str
    zh: str
    en: str
    default: Value
    unit: str = ""
    floor: int | Decimal | None = None
    ceiling: int | Decimal | None = None
    origin: str = "company policy"


PARAMETERS: Final[dict[str, Parameter]] = {}


def parameter(
    name: str,
    *,
    zh: str,
    en: str,
    default: Value,
    unit: str = "",
    floor: int | Decimal | None = None,
    ceiling: int | Decimal | None = None,
    origin: str = "company policy",
) -> Parameter:
    """Declare a parameter once, beside its rule. Raises ValueError if the name is taken."""
    new = Parameter(name, zh, en, default, unit, floor, ceiling, origin)
    if PARAMETERS.setdefault(name, new) != new:
        raise ValueError(f"parameter declared twice: {name}")
    accept(new, default)
    return new


def accept(one: Parameter, value: Any) -> Value:
    """The value in the parameter's type, or Refused (bounds) or Misuse (type)."""
    typed = _typed(one, value)
    if isinstance(typed, (int, Decimal)) and not isinstance(typed, bool):
        if one.floor is not None and typed < one.floor:
            raise Refused(
                BELOW_FLOOR, name=one.name, value=typed, floor=one.floor, origin=one.origin
            )
        if one.ceiling is not None and typed > one.ceiling:
            raise Refused(
                ABOVE_CEILING, name=one.name, value=typed, ceiling=one.ceiling, origin=one.origin
            )
    return typed


def _typed(one: Parameter, value: Any) -> Value:
    wanted = type(one.default)
    if wanted is Decimal and isinstance(value, (str, int)) and not isinstance(value, bool):
        try:
            number = Decimal(value)
        except ArithmeticError:
            raise Misuse(WRONG_TYPE, name=one.name, wanted="decimal", value=value) from None
        if number.is_finite():
            return number
    elif type(value) is wanted:
        return value
    raise Misuse(WRONG_TYPE, name=one.name, wanted=wanted.__name__, value=value)


@dataclass(frozen=True, slots=True)
class PolicyVersion:
    """The values set from one day on; what it does not name stays as it was."""

    since: date
    values: Mapping[str, Value]
    seq: int = 0
    """The `policy.set` entry (0: none, the defaults)."""


@dataclass(frozen=True, slots=True)
class Policy:
    """All versions, oldest first. `Policy()` is the defaults."""

    versions: tuple[PolicyVersion, ...] = field(default=())

    @overload
    def value(self, which: Parameter, on: date) -> Any: ...
    @overload
    def value(self, which: Parameter, on: date, kind: type[T]) -> T: ...
    def value(self, which: Parameter, on: date, kind: type[T] | None = None) -> Any:
        """The value in force on a day; with `kind`, checked to be of that type."""
        found: Value = which.default
        for version in self.versions:
            if version.since <= on and which.name in version.values:
                found = version.values[which.name]
        if kind is not None and type(found) is not kind:
            raise Misuse(WRONG_TYPE, name=which.name, wanted=kind.__name__, value=found)
        return found

    def days(self, which: Parameter, on: date) -> int:
        """A whole number in force on a day."""
        return self.value(which, on, int)

    def next_change(self, after: date) -> date | None:
        """The first day later than `after` on which a version begins."""
        return min((v.since for v in self.versions if v.since > after), default=None)

    def values_on(self, on: date) -> dict[str, Value]:
        """Every declared parameter's value on a day, defaults included."""
        return {name: self.value(one, on) for name, one in sorted(PARAMETERS.items())}


def policy_from(sets: Iterable[tuple[date, Mapping[str, Any], int]]) -> Policy:
    """A policy from (first day, values, seq) triples in any order.

    Raises Misuse on an unknown parameter or wrong type, Refused beyond the law's bounds.
    """
    versions = []
    for since, values, seq in sets:
        for name in values:
            if name not in PARAMETERS:
                raise Misuse(UNKNOWN_PARAMETER, name=name)
        typed = {name: accept(PARAMETERS[name], value) for name, value in values.items()}
        versions.append(PolicyVersion(since, typed, seq))
    return Policy(tuple(sorted(versions, key=lambda v: (v.since, v.seq))))
