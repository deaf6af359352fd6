"""Readings against a window: each example can be followed with a pencil."""

from __future__ import annotations

import math

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from checks.cold_chain.kernel import (
    Excursion,
    Gap,
    Limits,
    Position,
    Side,
    Window,
    mean_kinetic_temperature,
    read_leg,
)

FRIDGE = Limits(low=200, high=800, interval=300)


def leg(readings, window=(0, 3600), limits=FRIDGE):
    times = np.array([t for t, _ in readings], dtype=np.int64)
    values = np.array([v for _, v in readings], dtype=np.int16)
    return read_leg(times, values, Window(*window), limits)


def every(step, until, value=500):
    return [(t, value) for t in range(0, until, step)]


def test_a_leg_read_all_the_way_is_covered_and_has_no_gap():
    result = leg(every(300, 3600))
    assert (result.covered, result.gaps, result.excursions) == (3600, (), ())
    assert result.longest_interval == 300


def test_without_readings_the_whole_window_is_one_gap():
    result = leg([])
    assert result.gaps == (Gap(0, 3600, Position.WHOLE),)
    assert (result.covered, result.mkt) == (0, None)


def test_readings_that_begin_late_and_stop_early_leave_gaps_at_both_ends():
    result = leg([(600, 500), (900, 500), (1200, 500)], window=(0, 3600))
    assert result.gaps == (Gap(0, 600, Position.START), Gap(1500, 3600, Position.END))
    assert result.covered == 900


def test_a_reading_shortly_before_departure_still_holds_at_departure():
    result = leg([(-120, 500), (180, 500)], window=(0, 480))
    assert result.gaps == ()
    assert result.covered == 480


def test_a_reading_too_long_before_departure_does_not_hold():
    assert leg([(-300, 500), (60, 500)], window=(0, 360)).gaps == (Gap(0, 60, Position.START),)


def test_exactly_the_allowed_interval_is_no_gap_and_one_second_more_is():
    assert leg([(0, 500), (300, 500)], window=(0, 600)).gaps == ()
    assert leg([(0, 500), (301, 500)], window=(0, 600)).gaps == (Gap(300, 301, Position.INNER),)


def test_the_limit_itself_is_in_range_and_a_hundredth_beyond_is_not():
    assert leg([(0, 800)], window=(0, 300)).excursions == ()
    assert leg([(0, 801)], window=(0, 300)).excursions[0].side is Side.HIGH
    assert leg([(0, 200)], window=(0, 300)).excursions == ()
    assert leg([(0, 199)], window=(0, 300)).excursions[0].side is Side.LOW


def test_an_excursion_lasts_until_the_next_reading_in_range():
    result = leg([(0, 500), (300, 900), (600, 950), (900, 500)], window=(0, 1200))
    assert result.excursions == (Excursion(300, 900, Side.HIGH, 950, 2, 600, 600),)
    assert (result.seconds_high, result.longest_high, result.seconds_low) == (600, 600, 0)


def test_an_excursion_beside_a_gap_is_of_unknown_duration():
    (one,) = leg([(0, 500), (300, 900), (1200, 500)], window=(0, 1500)).excursions
    assert (one.seconds, one.seconds_at_most, one.duration_known) == (300, 900, False)
    (one,) = leg([(0, 500), (900, 900), (1200, 500)], window=(0, 1500)).excursions
    assert (one.seconds, one.seconds_at_most, one.duration_known) == (300, 900, False)


def test_a_jump_from_too_warm_to_too_cold_is_two_excursions():
    result = leg([(0, 900), (300, 100)], window=(0, 600))
    assert [one.side for one in result.excursions] == [Side.HIGH, Side.LOW]


def test_one_sided_limits_judge_one_side_only():
    frozen = Limits(low=None, high=-2000, interval=300)
    result = leg([(0, -4000), (300, -1900)], window=(0, 600), limits=frozen)
    assert [one.peak for one in result.excursions] == [-1900]


def test_mkt_of_a_constant_temperature_is_that_temperature():
    values = np.full(12, 525, dtype=np.int16)
    mkt = mean_kinetic_temperature(values, np.full(12, 300, dtype=np.int64))
    assert mkt is not None
    assert math.isclose(mkt, 5.25, abs_tol=1e-9)


def test_mkt_weighs_by_time_and_leans_to_the_warm_side():
    values = np.array([200, 2000], dtype=np.int16)
    brief = mean_kinetic_temperature(values, np.array([3000, 300], dtype=np.int64))
    equal = mean_kinetic_temperature(values, np.array([300, 300], dtype=np.int64))
    assert brief is not None and equal is not None
    assert brief < equal
    assert equal > 11.0


@given(
    st.lists(st.integers(-5000, 9000), min_size=0, max_size=80, unique=True),
    st.data(),
)
def test_covered_time_and_gaps_always_make_up_the_window(moments, data):
    values = data.draw(
        st.lists(st.integers(-500, 1500), min_size=len(moments), max_size=len(moments))
    )
    result = leg(list(zip(sorted(moments), values, strict=True)))
    assert result.covered + sum(gap.end - gap.start for gap in result.gaps) == 3600
    assert all(one.seconds <= one.seconds_at_most <= 3600 for one in result.excursions)
    edges = [edge for gap in result.gaps for edge in (gap.start, gap.end)]
    assert edges == sorted(edges)
