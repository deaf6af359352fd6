"""Decimal quantities, money and temperatures. Never a float."""

from __future__ import annotations

import re
from decimal import Context, Decimal
from enum import StrEnum
from typing import Annotated, Any, Final

from pydantic import AfterValidator, BeforeValidator, model_validator
from pydantic_core import PydanticKnownError

from audit.records.model import Part, term
from audit.records.text import normalise


def _no_float(value: Any) -> Any:
    if isinstance(value, float | bool):
        raise ValueError("a float or a truth value is no exact quantity")
    return value


def plain(value: Decimal) -> Decimal:
    """The same number without trailing zeros or exponent, so that 10 and 10.00 are one content.
    For numbers of at most 60 digits; record fields take at most 38."""
    short = value.normalize(_WIDE)
    exponent = short.as_tuple().exponent
    if isinstance(exponent, int) and exponent > 0:
        short = short.quantize(Decimal(1), context=_WIDE)
    return abs(short) if short.is_zero() else short


_WIDE: Final = Context(prec=60)
_CELSIUS: Final = Context(prec=28)

_DIGITS: Final = 38
_PLACES: Final = 30


def _exact(value: Decimal) -> Decimal:
    """At most 38 digits that count, 30 of them behind the point; then `plain`. Every number of
    every imported row passes here, so what is plain already is given back as it is."""
    _, digits, exponent = value.as_tuple()
    assert isinstance(exponent, int)  # the type refuses NaN and infinity
    if -_PLACES <= exponent <= 0 and len(digits) <= _PLACES:
        if digits[-1] or (exponent == 0 and len(digits) > 1):
            return value
        return plain(value)
    shown = "".join(map(str, digits)).rstrip("0")
    exponent = exponent + len(digits) - len(shown) if shown else 0
    places = max(0, -exponent)
    if max(len(shown) + max(0, exponent), places) > _DIGITS:
        raise PydanticKnownError("decimal_max_digits", {"max_digits": _DIGITS})
    if places > _PLACES:
        raise PydanticKnownError("decimal_max_places", {"decimal_places": _PLACES})
    return plain(value)


Exact = Annotated[Decimal, BeforeValidator(_no_float), AfterValidator(_exact)]
Quantity = Exact
Money = Exact


class PackageLevel(StrEnum):
    EACH = "each"
    INNER = "inner"
    CASE = "case"
    PALLET = "pallet"


class TemperatureUnit(StrEnum):
    CELSIUS = "°C"
    FAHRENHEIT = "°F"


def celsius(value: Decimal, unit: TemperatureUnit) -> Decimal:
    """Degrees Celsius, 28 significant digits: the same °F is always the same °C."""
    if unit is TemperatureUnit.CELSIUS:
        return plain(value)
    return plain(_CELSIUS.divide(_CELSIUS.multiply(value - 32, Decimal(5)), Decimal(9)))


_NUMBER: Final = r"([-+]?\d+(?:\.\d+)?)"
_RANGE: Final = re.compile(rf"{_NUMBER}°?[CF]?(?:~|-|至|到|TO){_NUMBER}°?[CF]?")
_AT_MOST: Final = re.compile(
    rf"(?:<=|<|≤|≦|不超过|不高于|(?<!不)低于|BELOW){_NUMBER}|{_NUMBER}°?[CF]?(?:以下|OR?LESS)"
)
_AT_LEAST: Final = re.compile(
    rf"(?:>=|>|≥|≧|不低于|(?<!不)高于|ABOVE){_NUMBER}|{_NUMBER}°?[CF]?(?:以上|OR?MORE)"
)


class TemperatureRange(Part):
    """Permitted temperatures in °C, both ends inclusive; an open side is None. `written` is the
    label's own text, °F included."""

    low: Exact | None = term("下限", "Lowest", unit="°C", default=None, matters=True)
    high: Exact | None = term("上限", "Highest", unit="°C", default=None, matters=True)
    written: str | None = term("原文", "As written", default=None)

    @model_validator(mode="after")
    def _in_order(self) -> TemperatureRange:
        if self.low is None and self.high is None:
            raise ValueError("a temperature range needs a limit on at least one side")
        if self.low is not None and self.high is not None and self.low > self.high:
            raise ValueError("a temperature range ends below its beginning")
        return self

    @classmethod
    def of(
        cls,
        low: Decimal | None,
        high: Decimal | None,
        unit: TemperatureUnit,
        written: str | None = None,
    ) -> TemperatureRange:
        """From limits in either unit; the written form is kept, or made from the numbers."""
        if written is None and unit is TemperatureUnit.FAHRENHEIT:
            written = f"{'' if low is None else low}~{'' if high is None else high}{unit.value}"
        return cls(
            low=None if low is None else celsius(low, unit),
            high=None if high is None else celsius(high, unit),
            written=written,
        )

    @classmethod
    def read(cls, text: str) -> TemperatureRange | None:
        """A label's wording (2-8℃, ≤25℃, 36~46°F, 30℃以下); None when it states no number."""
        line = normalise(text).replace("℃", "°C").replace("℉", "°F").replace("º", "°")
        line = line.replace("～", "~").replace("∼", "~")
        unit = TemperatureUnit.FAHRENHEIT if "°F" in line else TemperatureUnit.CELSIUS
        if found := _RANGE.search(line):
            low, high = sorted((Decimal(found[1]), Decimal(found[2])))
            return cls.of(low, high, unit, text)
        most, least = _AT_MOST.search(line), _AT_LEAST.search(line)
        if most is None and least is None:
            return None
        return cls.of(
            None if least is None else Decimal(least[1] or least[2]),
            None if most is None else Decimal(most[1] or most[2]),
            unit,
            text,
        )
