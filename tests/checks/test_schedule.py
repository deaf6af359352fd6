"""What is due: firings in China's time, missed ones caught up once."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from base.clock import SHANGHAI
from checks.schedule import Job, due, latest_firing, next_firing, to_review

DAILY = Job("daily", at=time(2, 30))
FIVE = Job("five", every=5)
SUNDAYS = Job("sundays", at=time(3, 0), weekdays=frozenset({6}))
MOMENTS = st.datetimes(datetime(2024, 1, 1), datetime(2027, 1, 1)).map(
    lambda naive: naive.replace(tzinfo=UTC)
)
BEGIN = datetime(2024, 1, 1, tzinfo=UTC)


def _china(*parts: int) -> datetime:
    return datetime(*parts, tzinfo=SHANGHAI)  # type: ignore[arg-type,misc]


def test_a_daily_job_fires_at_its_time_in_china_and_not_a_minute_before() -> None:
    assert latest_firing(DAILY, _china(2026, 3, 1, 2, 29)) == _china(2026, 2, 28, 2, 30)
    assert latest_firing(DAILY, _china(2026, 3, 1, 2, 30)) == _china(2026, 3, 1, 2, 30)
    assert next_firing(DAILY, _china(2026, 3, 1, 2, 30)) == _china(2026, 3, 2, 2, 30)


def test_a_weekly_job_waits_for_its_day() -> None:
    assert latest_firing(SUNDAYS, _china(2026, 3, 7, 12)) == _china(2026, 3, 1, 3)
    assert next_firing(SUNDAYS, _china(2026, 3, 1, 3)) == _china(2026, 3, 8, 3)


def test_what_was_missed_is_caught_up_once() -> None:
    done = {"daily": _china(2026, 2, 20, 2, 30)}
    (firing,) = due([DAILY], done, _china(2026, 3, 1, 9), BEGIN)
    assert (firing.at, firing.late) == (_china(2026, 3, 1, 2, 30), True)
    assert due([DAILY], {"daily": firing.at}, _china(2026, 3, 1, 9), BEGIN) == ()


def test_a_job_that_never_ran_does_not_make_up_for_the_time_before_it_existed() -> None:
    begun = _china(2026, 3, 1, 3)
    assert due([DAILY], {}, _china(2026, 3, 1, 9), begun) == ()
    (firing,) = due([DAILY], {}, _china(2026, 3, 2, 2, 30), begun)
    assert not firing.late


@given(MOMENTS, st.sampled_from([DAILY, FIVE, SUNDAYS, Job("odd", every=7)]))
def test_the_last_firing_and_the_next_one_enclose_now(now: datetime, job: Job) -> None:
    last, following = latest_firing(job, now), next_firing(job, now)
    assert last <= now < following
    assert latest_firing(job, following) == following
    assert latest_firing(job, following - timedelta(microseconds=1)) == last


@pytest.mark.parametrize("wrong", [{}, {"at": time(1), "every": 5}, {"every": 0}, {"every": 1441}])
def test_a_job_without_one_clear_schedule_is_refused(wrong: dict[str, object]) -> None:
    with pytest.raises(ValueError, match="x:"):
        Job("x", **wrong)  # type: ignore[arg-type]


def test_reviews_are_due_on_their_day_and_each_pair_once() -> None:
    today = date(2026, 3, 1)
    reviews = [
        (today, "b", "lot:1"),
        (date(2026, 3, 2), "a", "lot:1"),
        (date(2026, 2, 1), "b", "lot:1"),
    ]
    assert to_review(reviews, today) == [("b", "lot:1")]
