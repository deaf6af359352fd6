"""The demo company as a folder of files, or straight as records for benchmarks."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Final

from audit.records.model import Record, RecordDraft
from service.demo import facts
from service.demo.company import found_company
from service.demo.deeds import deeds
from service.demo.inbox import DemoFile, inbox
from service.demo.papers import BEGIN, END
from service.demo.planted import (
    FAULTS,
    QUIET,
    Aftermath,
    Planted,
    aftermath,
    near_expiry,
    resolve,
)
from service.demo.spoiled import spoiled
from service.demo.story import make_world, play
from service.demo.writers.loggers import ISSUER_NAME, issuer_key
from service.demo.writers.press import Press

SEED: Final = 20261031
ZONE: Final = "Asia/Shanghai"
"""The zone of every logger's clock here: confirmed with the source, not stated in most files."""


@dataclass(frozen=True, slots=True)
class SignedBy:
    """The key under which the demo's logger certificates verify; it is nobody's real key."""

    name: str
    key: str
    state: str
    origin: str


@dataclass(frozen=True, slots=True)
class DemoCompany:
    """What was written, and what is to be expected of it.

    root: the inbox folder. confirmations: files whose master data quality staff confirm; withheld:
    one that nobody has confirmed. planted must alarm, quiet must not; those of `after` only once
    the demonstration has done what they say. valid_at: the last day.
    """

    root: Path
    files: tuple[DemoFile, ...]
    planted: tuple[Planted, ...]
    quiet: tuple[Planted, ...]
    after: tuple[Aftermath, ...]
    confirmations: tuple[str, ...]
    withheld: tuple[str, ...]
    begins: date
    valid_at: date
    zone: str
    issuer: SignedBy


def generate(target: Path, *, seed: int = SEED, scale: int = 1) -> DemoCompany:
    """Write the invented company's documents below `target`. The same seed, the same bytes.

    Raises Unavailable when the fonts are missing.
    """
    world = make_world(seed, scale)
    press = Press()
    sound = tuple(inbox(world, press))
    by_about = {one.about: one for one in sound}
    broken = tuple(spoiled(world, press, by_about))
    files = (*sound, *(one.file for one in broken))
    for one in files:
        path = target / one.path
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(one.data)
    paths = {one.about: one.path for one in files}
    faults = resolve(world, FAULTS, paths)
    return DemoCompany(
        root=target,
        files=files,
        planted=(*faults, *near_expiry(world, paths), *(one.planted for one in broken)),
        quiet=resolve(world, QUIET, paths),
        after=aftermath(world, {one.about: (one.path, one.data) for one in files}),
        confirmations=tuple(one.path for one in files if one.master and not one.withheld),
        withheld=tuple(one.path for one in files if one.withheld),
        begins=BEGIN,
        valid_at=END,
        zone=ZONE,
        issuer=SignedBy(ISSUER_NAME, issuer_key(), "confirmed", "sample key of the demonstration"),
    )


def record_drafts(seed: int = SEED, scale: int = 1) -> Iterator[RecordDraft]:
    """The same world as drafts without files: about 5,000 at scale 1, growing with the scale.

    Made month by month, so that memory does not grow with the number of drafts.
    """
    company = found_company(seed)
    masters: list[Iterator[Record]] = [
        facts.parties(company),
        facts.devices(company),
        *(facts.certificates(company, device) for device in company.devices),
        facts.letters(company),
        facts.party_approvals(company),
        facts.product_approvals(company),
    ]
    for group in masters:
        for record in group:
            yield RecordDraft(record, None, parser="demo/1")
    for event in play(company, scale):
        for record in deeds(event, company):
            yield RecordDraft(record, None, parser="demo/1")
