"""What the worker does, job by job. Each is told to stop by `stopping` and says how it went.

Nobody is signed in here: entries carry `system`, `system:ingest` or `system:checks`, and nothing
is done that needs a person's word.
"""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from typing import Final

from base.clock import legal_day
from checks.schedule import Job as Daily
from checks.schedule import latest_firing
from service.house import House
from service.intake import FolderSettings, configured, pipeline_for
from service.people import SYSTEM_ACTOR

Stopping = Callable[[], bool]
Work = Callable[[House, Stopping], str]

HEADS_AT: Final = time(0, 10)
FIXITY_AT: Final = time(3, 30)


@dataclass(frozen=True, slots=True)
class Job:
    """Work with its schedule: every so often, counted from 1970, or daily at China's time."""

    name: str
    work: Work
    every: timedelta | None = None
    daily_at: time | None = None

    def firing(self, now: datetime) -> datetime:
        """The last moment not after `now` that the schedule names, in UTC."""
        if self.every is not None:
            begin = datetime(1970, 1, 1, tzinfo=UTC)
            return begin + (now - begin) // self.every * self.every
        return latest_firing(Daily(self.name, at=self.daily_at), now).astimezone(UTC)


def jobs_of(house: House) -> list[Job]:
    """Every job of an installation, in the order in which they are best done at once."""
    settings = house.settings
    hour, minute = map(int, settings.daily_check_at.split(":"))
    return [
        *(_pulling(source) for source in configured(house)),
        Job("check.daily", daily_check, daily_at=time(hour, minute)),
        Job("documents.fixity", fixity_sample, daily_at=FIXITY_AT),
        Job("stream.heads", stream_heads, daily_at=HEADS_AT),
        Job("checkpoint", checkpoint, every=timedelta(seconds=settings.checkpoint_seconds)),
    ]


def _pulling(source: FolderSettings) -> Job:
    def work(house: House, stopping: Stopping) -> str:
        return pull(house, source, stopping)

    return Job(f"pull.{source.name}", work, every=timedelta(minutes=source.every_minutes))


def checkpoint(house: House, stopping: Stopping) -> str:
    """Sign what was appended since the last time, if anything."""
    last = house.log.last_checkpoint()
    if last is not None and last.size == house.log.size():
        return "nothing new"
    return f"size {house.log.checkpoint().size}"


def stream_heads(house: House, stopping: Stopping) -> str:
    return f"entry {house.log.append_stream_heads(SYSTEM_ACTOR).seq}"


def daily_check(house: House, stopping: Stopping) -> str:
    """Judge every rule for today."""
    import checks.rules
    from checks.run import run

    assert checks.rules
    result = run(house.journal, legal_day(house.clock.now()))
    return f"{len(result.events)} steps of findings"


def fixity_sample(house: House, stopping: Stopping) -> str:
    """Re-hash some originals, chosen anew each day; what is wrong becomes an entry."""
    from audit.documents import Fixity
    from audit.journal import Journal

    journal: Journal = house.journal
    standing = [
        document.sha256
        for document in house.store.documents(house.now())
        if document.state != "disposed"
    ]
    chosen = random.SystemRandom().sample(
        standing, min(len(standing), house.settings.fixity_sample)
    )
    seen: Counter[Fixity] = Counter()
    for sha256 in chosen:
        if stopping():
            break
        seen[journal.check_fixity(SYSTEM_ACTOR, sha256)] += 1
    bad = seen.total() - seen[Fixity.OK]
    said = {"checked": seen.total(), "bad": bad, "originals": len(standing)}
    journal.note(SYSTEM_ACTOR, "fixity.sampled", said)
    return f"{seen.total()} checked, {bad} bad"


def pull(house: House, source: FolderSettings, stopping: Stopping) -> str:
    """Take in what a source has that is new. Children that read are started only when needed."""
    from ingest.pipeline import ACTOR
    from ingest.sources import known_refs
    from ingest.sources import pull as pull_from

    connected = source.connected()
    listing = connected.connector.listing(known_refs(house.journal, connected))
    if not listing.items:
        return "nothing new"
    states: Counter[str] = Counter()
    with pipeline_for(house, ACTOR) as pipeline:
        for outcome in pull_from(connected, pipeline).outcomes:
            states[outcome.state.value] += 1
            if stopping():
                break
    return ", ".join(f"{state} {count}" for state, count in sorted(states.items()))


def resume(house: House, stopping: Stopping) -> str:
    """Finish what an interrupted run left."""
    from ingest.pipeline import ACTOR

    count = 0
    if not house.journal.unfinished():
        return "nothing left"
    with pipeline_for(house, ACTOR) as pipeline:
        for count, _ in enumerate(pipeline.resume(), 1):  # noqa: B007 - counted for the outcome
            if stopping():
                break
    return f"{count} documents"
