"""Days, months, intervals, expiry and durations."""

from __future__ import annotations

from contextlib import suppress
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from audit.records.dates import (
    DayOrMonth,
    Duration,
    Expiry,
    ExpiryState,
    Interval,
    add_months,
)

days = st.dates(min_value=date(1950, 1, 1), max_value=date(2150, 12, 31))


@pytest.mark.parametrize(
    "text",
    ["2027-05-31", "2027/5/31", "2027.05.31", "20270531", "2027年5月31日", "２０２７－０５－３１"],
)
def test_year_first_days_are_read_in_every_form(text: str) -> None:
    assert DayOrMonth.parse(text) == DayOrMonth(2027, 5, 31)


@pytest.mark.parametrize("text", ["2027-05", "2027/5", "202705", "2027年05月", "20270500"])
def test_a_month_stays_a_month(text: str) -> None:
    month = DayOrMonth.parse(text)
    assert not month.is_day and str(month) == "2027-05"
    assert (month.first, month.last) == (date(2027, 5, 1), date(2027, 5, 31))


@pytest.mark.parametrize("text", ["", "31.05.2027", "2027", "2027-13", "2027-02-29", "5月", "abc"])
def test_day_first_or_impossible_dates_are_refused(text: str) -> None:
    with pytest.raises(ValueError):
        DayOrMonth.parse(text)


def test_february_ends_when_the_year_says() -> None:
    assert DayOrMonth(2028, 2).last == date(2028, 2, 29)
    assert DayOrMonth(2027, 2).last == date(2027, 2, 28)


@given(days)
def test_written_days_and_months_are_read_back(day: date) -> None:
    whole = DayOrMonth.of(day)
    assert DayOrMonth.parse(str(whole)) == whole and whole.first == whole.last == day
    month = DayOrMonth(day.year, day.month)
    assert DayOrMonth.parse(str(month)) == month and month.first <= day <= month.last


@given(st.text())
def test_any_text_is_read_or_refused_but_never_breaks(text: str) -> None:
    with suppress(ValueError):
        assert DayOrMonth.parse(text).first


@pytest.mark.parametrize(
    ("digits", "near", "read"),
    [
        ("270531", 2026, "2027-05-31"),
        ("270500", 2026, "2027-05"),
        ("751231", 2026, "2075-12-31"),
        ("771231", 2026, "1977-12-31"),
        ("991231", 2026, "1999-12-31"),
        ("000101", 2099, "2100-01-01"),
    ],
)
def test_gs1_dates_take_the_century_nearest_to_the_year_of_reading(
    digits: str, near: int, read: str
) -> None:
    assert str(DayOrMonth.from_yymmdd(digits, near=near)) == read


@given(st.integers(1980, 2120), st.integers(0, 99))
def test_gs1_years_lie_at_most_fifty_years_ahead_and_forty_nine_back(near: int, yy: int) -> None:
    year = DayOrMonth.from_yymmdd(f"{yy:02d}0101", near=near).year
    assert year % 100 == yy and -49 <= year - near <= 50


@given(days, days, days)
def test_intervals_agree_with_their_days(a: date, b: date, c: date) -> None:
    low, high = min(a, b), max(a, b)
    whole = Interval(first=low, last=high)
    assert whole.contains(c) == (low <= c <= high)
    assert whole.covers(Interval(first=c, last=c)) == whole.contains(c)
    assert whole.touches(Interval(first=c, last=c)) == whole.contains(c)
    assert Interval().covers(whole) and not whole.covers(Interval())
    assert Interval(first=low).contains(high) and Interval(last=low).touches(whole)


def test_an_interval_cannot_end_before_it_begins() -> None:
    with pytest.raises(ValueError, match="ends before"):
        Interval(first=date(2026, 1, 2), last=date(2026, 1, 1))


def test_stated_none_and_unknown_expiry_are_three_things() -> None:
    stated = Expiry.model_validate("2027-05")
    none, unknown = Expiry.model_validate("none"), Expiry.model_validate("unknown")
    assert stated.last_day == date(2027, 5, 31)
    assert (none.state, unknown.state) == (ExpiryState.NONE, ExpiryState.UNKNOWN)
    assert none != unknown and none.last_day is unknown.last_day is None
    assert Expiry() == unknown


def test_an_expiry_date_belongs_to_a_stated_expiry_only() -> None:
    with pytest.raises(ValueError):
        Expiry.model_validate({"state": "none", "on": "2027-05"})
    with pytest.raises(ValueError):
        Expiry.model_validate({"state": "stated"})


def test_a_life_lasts_at_least_a_day() -> None:
    assert Duration(months=24).days == 0
    for wrong in ({}, {"months": -1}, {"months": 1, "days": -3}):
        with pytest.raises(ValueError):
            Duration.model_validate(wrong)


@given(days, st.integers(-600, 600))
def test_adding_months_clamps_to_the_months_end(day: date, months: int) -> None:
    moved = add_months(day, months)
    assert (moved.year * 12 + moved.month) - (day.year * 12 + day.month) == months
    assert moved.day == day.day or (moved + timedelta(days=1)).day == 1
    assert moved.day <= day.day


def test_a_month_back_from_the_end_of_march_is_the_end_of_february() -> None:
    assert add_months(date(2027, 3, 31), -1) == date(2027, 2, 28)
    assert add_months(add_months(date(2027, 3, 31), -1), -1) == date(2027, 1, 28)
