"""Decimals and temperature ranges."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError

from audit.records.quantities import Exact, TemperatureRange, TemperatureUnit, celsius, plain

EXACT: TypeAdapter[Decimal] = TypeAdapter(Exact)
numbers = st.decimals(
    allow_nan=False, allow_infinity=False, min_value=-(10**15), max_value=10**15, places=12
)


@given(numbers)
def test_a_number_has_one_writing_and_keeps_its_value(number: Decimal) -> None:
    short = plain(number)
    assert short == number and "E" not in str(plain(number.quantize(Decimal(1)))).upper()
    assert (
        str(plain(short))
        == str(short)
        == str(plain(Decimal(f"{number:f}" + ("0" if "." in f"{number:f}" else ".0"))))
    )


@pytest.mark.parametrize(
    ("text", "low", "high"),
    [
        ("2-8℃", "2", "8"),
        ("2℃～8℃", "2", "8"),
        ("2~8 °C", "2", "8"),
        ("-25℃至-15℃", "-25", "-15"),
        ("-25--15℃", "-25", "-15"),
        ("2°C to 8°C", "2", "8"),
        ("≤25℃", None, "25"),
        ("不超过 30℃ 避光", None, "30"),
        ("30℃以下", None, "30"),
        ("-20℃以下保存", None, "-20"),
        ("不低于0℃", "0", None),
    ],
)
def test_label_wordings_are_read(text: str, low: str | None, high: str | None) -> None:
    read = TemperatureRange.read(text)
    assert read is not None and read.written == text
    assert read.low == (None if low is None else Decimal(low))
    assert read.high == (None if high is None else Decimal(high))


@pytest.mark.parametrize("text", ["阴凉干燥处", "常温", ""])
def test_a_wording_without_numbers_is_not_guessed(text: str) -> None:
    assert TemperatureRange.read(text) is None


def test_fahrenheit_is_converted_and_the_original_kept() -> None:
    read = TemperatureRange.read("36~46 °F")
    assert read is not None and read.written == "36~46 °F"
    assert read.low == celsius(Decimal(36), TemperatureUnit.FAHRENHEIT)
    assert str(read.high)[:8] == "7.777777"
    made = TemperatureRange.of(None, Decimal(77), TemperatureUnit.FAHRENHEIT)
    assert (made.high, made.written) == (Decimal(25), "~77°F")


@given(st.decimals(min_value=-200, max_value=500, places=2))
def test_fahrenheit_and_back_is_the_same_to_a_billionth(degrees: Decimal) -> None:
    back = celsius(degrees, TemperatureUnit.FAHRENHEIT) * 9 / 5 + 32
    assert abs(back - degrees) < Decimal("1e-9")


def test_a_number_beyond_any_use_is_refused_not_rounded() -> None:
    for huge in ("1" * 39, "1e1000000", "NaN", "Infinity"):
        with pytest.raises(ValueError):
            TemperatureRange.model_validate({"low": huge})


@pytest.mark.parametrize("wrong", [{}, {"low": "8", "high": "2"}])
def test_a_range_needs_a_limit_and_an_order(wrong: dict[str, str]) -> None:
    with pytest.raises(ValueError):
        TemperatureRange.model_validate(wrong)


@given(st.text())
def test_any_text_is_read_or_left(text: str) -> None:
    read = TemperatureRange.read(text)
    assert read is None or read.written == text


@pytest.mark.parametrize(
    ("written", "kept"),
    [
        ("1234567890.50", "1234567890.5"),
        ("-0.00", "0"),
        ("1E+5", "100000"),
        ("9" * 38, "9" * 38),
        ("1." + "0" * 40, "1"),
    ],
)
def test_a_number_of_up_to_38_digits_is_kept_exactly(written: str, kept: str) -> None:
    assert str(EXACT.validate_python(written)) == kept


@pytest.mark.parametrize("written", ["9" * 39, "1E+38", "0." + "0" * 30 + "1", "NaN", "Infinity"])
def test_a_number_outside_38_digits_or_30_places_is_refused(written: str) -> None:
    with pytest.raises(ValidationError):
        EXACT.validate_python(written)
