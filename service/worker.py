"""The background process: a schedule in memory, firings claimed in the database.

APScheduler only says when; which worker acts is decided by a claim (`service.claims`). A daily
firing that passed while nothing ran is caught up at start, once however many there were, and an
entry says so. SIGTERM and SIGINT finish what is running and end.
"""

from __future__ import annotations

import logging
import signal
import threading
from datetime import UTC, datetime
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING, Final

import structlog

from base.clock import SHANGHAI, rfc3339
from base.errors import DeviceTrailError
from service import logs
from service.claims import Claims
from service.house import House, as_unavailable, open_house
from service.jobs import Job, jobs_of, resume
from service.people import SYSTEM_ACTOR

if TYPE_CHECKING:
    from apscheduler.schedulers.background import BackgroundScheduler

RESUME: Final = "resume"
RELIST_SECONDS: Final = 30
"""How often the worker looks for sources that were added or removed."""

_log = structlog.get_logger("worker")


def serve(data: Path, *, once: bool = False) -> None:
    """Run until told to stop; `once`: do what is due and end. Raises as `open_house`."""
    logs.to_stderr(logging.INFO)
    stop = threading.Event()

    def told(_signal: int, _frame: FrameType | None) -> None:
        stop.set()

    before = {name: signal.signal(name, told) for name in (signal.SIGTERM, signal.SIGINT)}
    try:
        with open_house(data, signing=True) as house:
            worker = Worker(house, stop)
            worker.catch_up(everything=once)
            if not once:
                worker.run()
    finally:
        for name, handler in before.items():
            signal.signal(name, handler)
    _log.info("worker.ended")


class Worker:
    """One process's part in the schedule."""

    def __init__(self, house: House, stop: threading.Event) -> None:
        self._house = house
        self._stop = stop
        self._claims = Claims(house.engine, house.log.log_id, house.clock)
        self._scheduled: dict[str, Job] = {}

    def catch_up(self, *, everything: bool) -> None:
        """Finish interrupted work, then the daily firings that were missed.

        A job that never ran does not make up for the time before this installation's first worker;
        `everything` runs what is due all the same, jobs that go by interval included.
        """
        now = self._house.clock.now()
        minute = now.replace(second=0, microsecond=0)
        if self._claims.take(RESUME, minute):
            self._work(Job(RESUME, resume), minute, late=False)
        done = self._claims.latest()
        for job in jobs_of(self._house):
            firing = job.firing(now)
            missed = job.daily_at is not None and job.name in done and done[job.name] < firing
            if (missed or everything) and not self._stop.is_set():
                self.fire(job, late=missed)
        self._claims.sweep()

    def run(self) -> None:
        """Follow the schedule until told to stop; then finish what is running."""
        from apscheduler.schedulers.background import BackgroundScheduler

        scheduler = BackgroundScheduler(
            timezone=SHANGHAI,
            job_defaults={"misfire_grace_time": None, "coalesce": True, "max_instances": 1},
        )
        self._enter(scheduler)
        scheduler.start()
        _log.info("worker.started", owner=self._claims.owner, jobs=sorted(self._scheduled))
        while not self._stop.wait(RELIST_SECONDS):
            self._enter(scheduler)
        scheduler.shutdown(wait=True)

    def fire(self, job: Job, *, late: bool = False) -> bool:
        """Act on a job's present firing, unless another worker has it."""
        firing = job.firing(self._house.clock.now())
        try:
            if not self._claims.take(job.name, firing):
                return False
        except Exception as error:
            if as_unavailable(error) is None:
                raise
            _log.error("job.not_claimed", job=job.name, error=str(error))
            return False
        self._work(job, firing.astimezone(UTC), late=late)
        return True

    def _work(self, job: Job, firing: datetime, *, late: bool) -> None:
        when = rfc3339(firing)
        try:
            if late:
                said = {"job": job.name, "firing": when}
                self._house.journal.note(SYSTEM_ACTOR, "schedule.caught_up", said)
            outcome = job.work(self._house, self._stop.is_set)
        except DeviceTrailError as error:
            outcome = f"failed: {error.code}"
            _log.error("job.failed", job=job.name, firing=when, error=error.text("en"))
        except Exception as error:  # noqa: BLE001 - one job's fault does not end the others
            outcome = f"failed: {type(error).__name__}"
            _log.exception("job.failed", job=job.name, firing=when)
        try:
            self._claims.done(job.name, firing, outcome)
        except Exception as error:
            if as_unavailable(error) is None:
                raise
            _log.error("job.not_closed", job=job.name, error=str(error))
        _log.info("job.done", job=job.name, firing=when, outcome=outcome, late=late)

    def _enter(self, scheduler: BackgroundScheduler) -> None:
        """Bring the schedule in line with the sources as they stand."""
        from apscheduler.triggers.cron import CronTrigger
        from apscheduler.triggers.interval import IntervalTrigger

        try:
            wanted = {job.name: job for job in jobs_of(self._house)}
        except DeviceTrailError as error:
            _log.error("schedule.not_read", error=error.text("en"))
            return
        for name in self._scheduled.keys() - wanted.keys():
            scheduler.remove_job(name)
        for name, job in wanted.items():
            before = self._scheduled.get(name)
            if before is not None and (before.every, before.daily_at) == (job.every, job.daily_at):
                continue
            if job.every is not None:
                begin = job.firing(self._house.clock.now()) + job.every
                trigger = IntervalTrigger(seconds=int(job.every.total_seconds()), start_date=begin)
            else:
                assert job.daily_at is not None
                trigger = CronTrigger(
                    hour=job.daily_at.hour, minute=job.daily_at.minute, timezone=SHANGHAI
                )
            scheduler.add_job(self.fire, trigger, args=[job], id=name, replace_existing=True)
        self._scheduled = wanted
