"""Configured sources: a connector, its name in receipts, what it settles about its files."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import orjson

from audit.journal import Journal, ReceiptSource
from audit.ledger import Lane
from audit.store.types import StoredDocument
from base.errors import Unavailable
from ingest.ahead import ahead
from ingest.connectors.folder import FolderConnector
from ingest.connectors.types import Connector, Item, Skipped
from ingest.pipeline import ACTOR, DocumentOutcome, OptionsOf, Pipeline
from ingest.readers.types import ReadOptions

_AHEAD: Final = 16
"""So many receipts are made durable while earlier documents are still being read."""


@dataclass(frozen=True, slots=True)
class Source:
    """name: stable, goes into every receipt. options: clocks and dates of its files."""

    name: str
    connector: Connector
    options: ReadOptions = field(default_factory=ReadOptions)


@dataclass(slots=True)
class Pulled:
    """What one pull found. total: items to receive. skipped grows while `outcomes` is consumed:
    what cannot be fetched now is named there and listed again by the next pull."""

    total: int
    skipped: list[Skipped]
    waiting: tuple[str, ...]
    outcomes: Iterator[DocumentOutcome]


def folder_source(name: str, root: Path, options: ReadOptions | None = None) -> Source:
    """A folder as a source. Raises `Unavailable` when it does not exist."""
    return Source(name, FolderConnector(root), options or ReadOptions())


def options_by_source(sources: Iterable[Source], otherwise: ReadOptions | None = None) -> OptionsOf:
    """For `Pipeline`: the options of the source that a document first came from."""
    known = {source.name: source.options for source in sources}
    default = otherwise or ReadOptions()

    def options_of(document: StoredDocument) -> ReadOptions:
        return known.get(str(document.source.get("name", "")), default)

    return options_of


def known_refs(journal: Journal, source: Source) -> frozenset[str]:
    """The cursor: what of this source is on record, item by item."""
    rows = journal.store.read(
        "SELECT source FROM read_receipt WHERE log_id = ? AND connector = ?", source.connector.kind
    )
    said = (orjson.loads(row[0]) for row in rows if row[0])
    return frozenset(one["ref"] for one in said if one.get("name", "") == source.name)


def pull(
    source: Source, pipeline: Pipeline, *, actor: str = ACTOR, lane: Lane = Lane.BULK
) -> Pulled:
    """Receive what is new and read it. Raises `Unavailable` when the source cannot be listed.

    An item is acknowledged when its receipt is durable, before it is read.
    """
    listing = source.connector.listing(known_refs(pipeline.journal, source))
    pulled = Pulled(len(listing.items), list(listing.skipped), listing.waiting, iter(()))
    received = _received(source, pipeline, listing.items, pulled.skipped, actor, lane)
    pulled.outcomes = pipeline.process(ahead(received, _AHEAD), lane)
    return pulled


def _received(
    source: Source,
    pipeline: Pipeline,
    items: Iterable[Item],
    skipped: list[Skipped],
    actor: str,
    lane: Lane,
) -> Iterator[str]:
    for item in items:
        try:
            content = source.connector.fetch(item)
        except Unavailable as error:
            params = tuple((name, str(value)) for name, value in error.params.items())
            skipped.append(Skipped(item.name, error.message, params))
            continue
        receipt = pipeline.receive(
            actor,
            content,
            file_name=item.name.rpartition("/")[2],
            source=ReceiptSource(source.connector.kind, source.name, item.ref),
            lane=lane,
        )
        source.connector.acknowledge(item, receipt.sha256)
        yield receipt.sha256
