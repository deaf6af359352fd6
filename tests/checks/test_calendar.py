"""Working days: the published calendar, the estimate beyond it, and windows before an expiry."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from base.calendar import (
    after_working_days,
    early_window,
    is_working_day,
    published,
    working_days,
)

DAYS = st.dates(date(2023, 1, 1), date(2029, 12, 31))


def test_a_make_up_sunday_is_worked_and_a_holiday_monday_is_not() -> None:
    assert is_working_day(date(2024, 2, 4))  # Sunday, made up for the Spring Festival
    assert not is_working_day(date(2024, 2, 12))  # Monday of the festival


def test_the_day_of_filing_does_not_count_and_the_expiry_day_does() -> None:
    friday, monday = date(2024, 3, 1), date(2024, 3, 4)
    assert working_days(friday, monday).days == 1
    assert working_days(monday, monday).days == 0
    assert working_days(monday, friday).days == 0


def test_years_without_a_published_calendar_are_estimated_and_say_so() -> None:
    assert not published(2031)
    assert working_days(date(2031, 9, 30), date(2031, 10, 8)).days == 3  # 6, 7, 8 October
    assert working_days(date(2031, 9, 30), date(2031, 10, 8)).provisional
    assert not working_days(date(2024, 3, 1), date(2024, 3, 29)).provisional


def test_a_window_ends_on_its_last_day_and_not_the_day_after() -> None:
    window = early_window(date(2025, 6, 30), most=90, least=30)
    assert working_days(window.first, date(2025, 6, 30)).days == 90
    assert working_days(window.first - timedelta(days=1), date(2025, 6, 30)).days == 91
    assert working_days(window.last, date(2025, 6, 30)).days == 30
    assert working_days(window.last + timedelta(days=1), date(2025, 6, 30)).days == 29


@given(DAYS, st.integers(0, 40), st.integers(0, 60))
def test_a_day_is_in_the_window_exactly_when_its_count_is(
    expiry: date, least: int, width: int
) -> None:
    most = least + width
    window = early_window(expiry, most=most, least=least)
    for day in (
        window.first - timedelta(days=1),
        window.first,
        window.last,
        window.last + timedelta(days=1),
    ):
        inside = day <= expiry and least <= working_days(day, expiry).days <= most
        assert window.contains(day) == inside


@given(DAYS, st.integers(1, 60))
def test_counting_forward_and_counting_between_agree(start: date, days: int) -> None:
    end = after_working_days(start, days).on
    assert working_days(start, end).days == days
    assert is_working_day(end)


def test_a_window_upside_down_is_refused() -> None:
    with pytest.raises(ValueError, match="not a window"):
        early_window(date(2025, 6, 30), most=30, least=90)
