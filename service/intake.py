"""Sources as entries, and the pipeline put together for one piece of work.

A configured source is a `source.added` entry: its name, its folder, what it settles about clocks.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from audit.store import Fact, StoredDocument
from base.errors import Misuse, message
from ingest.connectors.folder import FolderConnector
from ingest.parsers.context import Own
from ingest.pipeline import Pipeline
from ingest.readers.berlinger import built_in_issuers
from ingest.readers.pool import ReaderPool
from ingest.readers.types import Issuer, ReadOptions
from ingest.readers.zones import zone_named
from ingest.sources import Source
from service.house import House
from service.settings import Settings

UNKNOWN_SOURCE = message("source.unknown", zh="没有来源 {name}", en="there is no source {name}")
SOURCE_EXISTS = message(
    "source.exists", zh="来源 {name} 已存在", en="there already is a source {name}"
)


@dataclass(frozen=True, slots=True)
class FolderSettings:
    """A folder where papers already are, as its entry says.

    zone, date_order, temperature_unit: what its files leave open (see `ReadOptions`).
    every_minutes: how often the worker looks.
    """

    name: str
    path: Path
    zone: str | None = None
    date_order: str | None = None
    temperature_unit: str | None = None
    every_minutes: int = 5

    @property
    def options(self) -> ReadOptions:
        return ReadOptions(
            zone=self.zone, date_order=self.date_order, temperature_unit=self.temperature_unit
        )

    def connected(self) -> Source:
        """Ready to be pulled. Raises Unavailable when the folder is not there."""
        return Source(self.name, FolderConnector(self.path), self.options)


def configured(house: House) -> list[FolderSettings]:
    """Every source that is in use, in order of its name."""
    return [_from(fact) for fact in house.store.facts(house.now(), "source", statuses=["active"])]


def source_named(house: House, name: str) -> FolderSettings:
    """Raises Misuse when there is no such source."""
    for found in configured(house):
        if found.name == name:
            return found
    raise Misuse(UNKNOWN_SOURCE, name=name)


def add_source(house: House, by: str, new: FolderSettings) -> None:
    """Enter a source. Raises Misuse on a taken name or an unknown zone, Unavailable when the
    folder is not there."""
    if any(one.name == new.name for one in configured(house)):
        raise Misuse(SOURCE_EXISTS, name=new.name)
    if new.zone is not None:
        zone_named(new.zone)
    new.connected()
    said: dict[str, Any] = {
        "source": new.name,
        "connector": "folder",
        "path": str(new.path),
        "every_minutes": new.every_minutes,
    }
    optional = {
        "zone": new.zone,
        "date_order": new.date_order,
        "temperature_unit": new.temperature_unit,
    }
    said |= {key: value for key, value in optional.items() if value is not None}
    house.journal.note(by, "source.added", said)


def remove_source(house: House, by: str, name: str) -> None:
    """Pull a source no longer. What came from it stays."""
    source_named(house, name)
    house.journal.note(by, "source.removed", {"source": name})


@contextmanager
def pipeline_for(
    house: House, actor: str, *, otherwise: ReadOptions | None = None
) -> Iterator[Pipeline]:
    """The pipeline, with its reading children, for one piece of work.

    otherwise: options of files that come from no configured source.
    """
    settings = house.settings
    own = Own.of((settings.organisation_name,), (settings.uscc,) if settings.uscc else ())
    issuers = _issuers(settings)
    default = replace(otherwise or ReadOptions(), issuers=issuers)
    known = {one.name: replace(one.options, issuers=issuers) for one in configured(house)}

    def options_of(document: StoredDocument) -> ReadOptions:
        return known.get(str(document.source.get("name", "")), default)

    with ReaderPool(settings.readers) as readers:
        yield Pipeline(
            house.journal,
            readers,
            own=own,
            options_of=options_of,
            workers=settings.readers,
            actor=actor,
        )


def _issuers(settings: Settings) -> tuple[Issuer, ...] | None:
    """The built-in keys and the installation's own; None when there are none of its own."""
    if not settings.issuers:
        return None
    own = (Issuer(one.name, one.key, one.state, one.origin) for one in settings.issuers)
    return (*built_in_issuers(), *own)


def _from(fact: Fact) -> FolderSettings:
    body = fact.body
    return FolderSettings(
        fact.name,
        Path(body["path"]),
        body.get("zone"),
        body.get("date_order"),
        body.get("temperature_unit"),
        body["every_minutes"],
    )
