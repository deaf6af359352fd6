"""Values as people and programs write them."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from base.clock import SHANGHAI
from ingest import values
from ingest.ahead import ahead
from ingest.parsers.money_words import amount_of_words


@pytest.mark.parametrize(
    "text",
    ["2026-03-05", "2026/3/5", "2026.03.05", "2026年3月5日", "20260305", "二〇二六年三月五日",
     "２０２６年３月５日", "46086", "2026-03-05 00:00:00", "2026-03-05T00:00:00", " 2026-03-05 "],
)  # fmt: skip
def test_a_day_is_understood_in_every_form(text: str) -> None:
    assert values.read_date(text) == date(2026, 3, 5)


@pytest.mark.parametrize(
    "text", ["2026-02-30", "2026-13-01", "2025年2月29日", "二〇二六年十三月一日"]
)
def test_a_day_that_no_calendar_has_is_told_from_a_word(text: str) -> None:
    with pytest.raises(values.NoSuchDay):
        values.read_date(text)


@pytest.mark.parametrize("text", ["长期", "2026", "5/3/2026", "2026-03-05 08:30", "", "12.5"])
def test_what_is_no_day_is_not_guessed(text: str) -> None:
    with pytest.raises(values.NotUnderstood) as caught:
        values.read_date(text)
    assert not isinstance(caught.value, values.NoSuchDay)


@given(st.dates(date(1950, 1, 1), date(2098, 12, 31)))
def test_excels_day_numbers_are_days(day: date) -> None:
    assert values.read_date(str((day - date(1899, 12, 30)).days)) == day


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2026-03", (2026, 3)),
        ("2026年12月", (2026, 12)),
        ("202603", (2026, 3)),
        ("2026-03-05", None),
    ],
)
def test_a_month_is_told_from_a_day(text: str, expected: tuple[int, int] | None) -> None:
    assert values.read_month(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2026-03-05 08:30", datetime(2026, 3, 5, 8, 30, tzinfo=SHANGHAI)),
        ("2026/3/5 8:30:15", datetime(2026, 3, 5, 8, 30, 15, tzinfo=SHANGHAI)),
        ("2026年3月5日 8时30分", datetime(2026, 3, 5, 8, 30, tzinfo=SHANGHAI)),
        ("2026-03-05T08:30:00Z", datetime(2026, 3, 5, 8, 30, tzinfo=UTC)),
        ("2026-03-05T08:30:00-05:00",
         datetime(2026, 3, 5, 8, 30, tzinfo=timezone(-timedelta(hours=5)))),
        ("46086.5", datetime(2026, 3, 5, 12, tzinfo=SHANGHAI)),
    ],
)  # fmt: skip
def test_a_moment_without_a_zone_is_beijing_time(text: str, expected: datetime) -> None:
    assert values.read_moment(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [("1,234.50", "1234.50"), ("￥1234.5", "1234.5"), ("１２．５", "12.5"), ("13%", "0.13"),
     ("-0.5", "-0.5"), ("5℃", "5"), ("12元", "12")],
)  # fmt: skip
def test_a_number_is_understood_with_what_stands_beside_it(text: str, expected: str) -> None:
    assert values.read_number(text, "°C") == Decimal(expected)


@pytest.mark.parametrize("text", ["若干", "1,23", "NaN", "Infinity", "1-2", "", "12盒"])
def test_what_is_no_number_is_not_guessed(text: str) -> None:
    with pytest.raises(values.NotUnderstood):
        values.read_number(text)


@given(st.lists(st.text("a;；\\\n ", min_size=1).map(str.strip).filter(bool), max_size=4))
def test_a_list_in_a_cell_comes_back_whatever_stands_in_its_items(items: list[str]) -> None:
    assert values.read_list(values.write_list(items)) == items


@pytest.mark.parametrize(
    ("words", "expected"),
    [("壹万陆仟圆整", "16000"), ("伍拾肆圆叁角整", "54.3"), ("捌仟零叁拾肆圆叁角整", "8034.3"),
     ("壹亿零伍万元零柒分", "100050000.07"), ("（大写）⊗ 壹拾元整", "10"), ("负壹佰元整", "-100"),
     ("零元伍角", "0.5")],
)  # fmt: skip
def test_an_amount_in_words_is_a_number(words: str, expected: str) -> None:
    assert amount_of_words(words) == Decimal(expected)


@pytest.mark.parametrize("words", ["", "示例", "12元", "壹贰叁圆整"])
def test_words_that_are_no_amount_are_none(words: str) -> None:
    assert amount_of_words(words) is None


def test_work_done_ahead_comes_in_order_and_its_error_where_it_belongs() -> None:
    def made() -> object:
        yield from range(5)
        raise ValueError("here")

    taken = []
    with pytest.raises(ValueError, match="here"):
        for one in ahead(made(), 2):  # type: ignore[arg-type,var-annotated]
            taken.append(one)
    assert taken == [0, 1, 2, 3, 4]


def test_a_taker_that_stops_early_stops_the_maker() -> None:
    started: list[int] = []

    def made() -> object:
        for n in range(1000):
            started.append(n)
            yield n

    taker = ahead(made(), 2)  # type: ignore[arg-type,var-annotated]
    assert next(taker) == 0
    taker.close()
    assert len(started) < 10
