"""What is due, purely: jobs, their firings in China's time, and which of them were missed.

The worker that acts on this claims each firing by a row, so that any number of processes run it
once. A firing missed while nothing ran is caught up once, however many there were.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Final

from base.clock import SHANGHAI


@dataclass(frozen=True, slots=True)
class Job:
    """Something done every day at a time of day, or every so many minutes.

    at: China's time of day (daily). every: minutes between firings, counted from midnight; one of
    the two is set. weekdays: 0 Monday to 6 Sunday; empty for all.
    """

    name: str
    at: time | None = None
    every: int | None = None
    weekdays: frozenset[int] = frozenset()

    def __post_init__(self) -> None:
        if (self.at is None) == (self.every is None):
            raise ValueError(f"{self.name}: either a time of day or an interval")
        if self.every is not None and not 1 <= self.every <= 24 * 60:
            raise ValueError(f"{self.name}: from one minute to one day")


@dataclass(frozen=True, slots=True)
class Firing:
    """A job at the moment its schedule named. late: it was missed and is caught up."""

    job: str
    at: datetime
    late: bool


JOBS: Final = (
    Job("check.full", at=time(2, 30)),
    Job("check.incremental", every=5),
    Job("findings.remind", at=time(8, 30)),
    Job("documents.fixity", at=time(3, 30), weekdays=frozenset({6})),
)
"""The jobs that the checks themselves need."""

GRACE: Final = timedelta(minutes=1)
"""A firing taken up later than this counts as caught up."""


def latest_firing(job: Job, now: datetime) -> datetime:
    """The last moment not after `now` that the schedule names (aware, China's time)."""
    local = now.astimezone(SHANGHAI)
    if job.every is not None:
        minutes = (local.hour * 60 + local.minute) // job.every * job.every
        return _at(local.date(), time(minutes // 60, minutes % 60))
    assert job.at is not None
    day = local.date()
    while _at(day, job.at) > local or (job.weekdays and day.weekday() not in job.weekdays):
        day -= timedelta(days=1)
    return _at(day, job.at)


def next_firing(job: Job, now: datetime) -> datetime:
    """The first moment after `now` that the schedule names."""
    local = now.astimezone(SHANGHAI)
    if job.every is not None:
        following = latest_firing(job, now) + timedelta(minutes=job.every)
        midnight = _at(local.date() + timedelta(days=1), time())
        return min(following, midnight)
    assert job.at is not None
    day = local.date()
    while _at(day, job.at) <= local or (job.weekdays and day.weekday() not in job.weekdays):
        day += timedelta(days=1)
    return _at(day, job.at)


def due(
    jobs: Iterable[Job], done: Mapping[str, datetime], now: datetime, since: datetime
) -> tuple[Firing, ...]:
    """The firings to act on now: of each job at most the latest one that is not done yet.

    done: the last firing of each job that was acted on. since: when the schedule began; a job that
    never ran does not make up for the time before it.
    """
    found = []
    for job in jobs:
        latest = latest_firing(job, now)
        if latest > done.get(job.name, since):
            found.append(Firing(job.name, latest, now - latest > GRACE))
    return tuple(sorted(found, key=lambda firing: (firing.at, firing.job)))


def to_review(reviews: Iterable[tuple[date, str, str]], today: date) -> Sequence[tuple[str, str]]:
    """(rule, subject) pairs whose review day has come, each once, in order."""
    return sorted({(rule, subject) for day, rule, subject in reviews if day <= today})


def _at(day: date, moment: time) -> datetime:
    return datetime.combine(day, moment, tzinfo=SHANGHAI)
