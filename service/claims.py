"""Each firing of the schedule is claimed by a row, so that any number of workers runs it once.

A claim whose owner died before it was done is taken over: at once by a worker of the same host
that sees the process gone, else after an hour.
"""

from __future__ import annotations

import os
import socket
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import ColumnElement, Engine, and_, delete, func, insert, select, update
from sqlalchemy.exc import IntegrityError

from audit.store.tables import claim
from base.clock import Clock, parse_rfc3339, rfc3339

LEASE: Final = timedelta(hours=1)
KEEP: Final = timedelta(days=35)


class Claims:
    """Firings of one log's jobs, and who has them."""

    def __init__(self, engine: Engine, log_id: int, clock: Clock) -> None:
        self._engine = engine
        self._log_id = log_id
        self._clock = clock
        self.owner = f"{socket.gethostname()}:{os.getpid()}"

    def take(self, job: str, firing: datetime) -> bool:
        """Claim a firing. False when another worker has it or has done it."""
        row = {
            "log_id": self._log_id,
            "job": job,
            "firing": rfc3339(firing),
            "claimed_by": self.owner,
            "claimed_at": rfc3339(self._clock.now()),
        }
        try:
            with self._engine.begin() as connection:
                connection.execute(insert(claim).values(row))
        except IntegrityError:
            return self._take_over(job, firing)
        return True

    def done(self, job: str, firing: datetime, outcome: str) -> None:
        """Say what became of a firing that this worker had."""
        with self._engine.begin() as connection:
            connection.execute(
                update(claim)
                .where(self._is(job, firing), claim.c.claimed_by == self.owner)
                .values(done_at=rfc3339(self._clock.now()), outcome=outcome)
            )

    def latest(self) -> Mapping[str, datetime]:
        """The newest firing of each job that was done."""
        query = (
            select(claim.c.job, func.max(claim.c.firing))
            .where(claim.c.log_id == self._log_id, claim.c.done_at.is_not(None))
            .group_by(claim.c.job)
        )
        with self._engine.connect() as connection:
            return {job: parse_rfc3339(firing) for job, firing in connection.execute(query)}

    def sweep(self) -> None:
        """Forget firings of long ago, save the newest of each job."""
        before = rfc3339(self._clock.now() - KEEP)
        kept = {(job, rfc3339(firing)) for job, firing in self.latest().items()}
        old = and_(claim.c.log_id == self._log_id, claim.c.claimed_at < before)
        with self._engine.begin() as connection:
            rows = connection.execute(select(claim.c.job, claim.c.firing).where(old)).all()
            for job, firing in rows:
                if (job, firing) not in kept:
                    connection.execute(
                        delete(claim).where(old, claim.c.job == job, claim.c.firing == firing)
                    )

    def _take_over(self, job: str, firing: datetime) -> bool:
        with self._engine.connect() as connection:
            row = connection.execute(select(claim).where(self._is(job, firing))).first()
        if row is None or row.done_at is not None or not self._abandoned(row.claimed_by, row):
            return False
        with self._engine.begin() as connection:
            changed = connection.execute(
                update(claim)
                .where(
                    self._is(job, firing),
                    claim.c.claimed_by == row.claimed_by,
                    claim.c.claimed_at == row.claimed_at,
                    claim.c.done_at.is_(None),
                )
                .values(claimed_by=self.owner, claimed_at=rfc3339(self._clock.now()))
            )
        # Nobody's row changed: another worker was faster.
        return changed.rowcount == 1

    def _abandoned(self, owner: str, row: object) -> bool:
        claimed_at = parse_rfc3339(str(getattr(row, "claimed_at", "")))
        if self._clock.now() - claimed_at > LEASE:
            return True
        host, _, process = owner.rpartition(":")
        return host == socket.gethostname() and owner != self.owner and not _alive(int(process))

    def _is(self, job: str, firing: datetime) -> ColumnElement[bool]:
        return and_(
            claim.c.log_id == self._log_id,
            claim.c.job == job,
            claim.c.firing == rfc3339(firing),
        )


def _alive(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
