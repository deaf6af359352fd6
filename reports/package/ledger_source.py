"""`PackageSource` over the real ledger and the originals' store.

Reads in runs: neighbouring entries are one query. Proofs of a batch share the tree's nodes.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager
from datetime import date
from itertools import islice
from typing import BinaryIO, Final

from audit.documents import DocumentStore
from audit.ledger import Entry, Log
from audit.ledger.heads import Head, map_root
from audit.ledger.merkle import inclusion_proof
from audit.ledger.rows import Rows, reading
from audit.ledger.tiles import fold
from audit.store import Store
from base.errors import IntegrityBroken, message
from reports.package.model import StreamHead
from reports.package.source import Earlier, PayloadBytes

HEADS_GONE: Final = message(
    "package.heads_differ",
    zh="流首图与条目 {seq} 不符，检查包未写成",
    en="the map of stream heads does not give the root in entry {seq}; no package was written",
)
BATCH: Final = 500
CHECKPOINTS: Final = 32
"""At most so many earlier published checkpoints go into a package, the newest."""


class LedgerSource:
    """One log, its read tables (for the packages cut before) and its originals."""

    def __init__(self, log: Log, store: Store, documents: DocumentStore) -> None:
        self.origin = log.origin
        self._log = log
        self._store = store
        self._documents = documents
        self._rows = Rows(log.engine.dialect.name, log.log_id)

    def entries(self, seqs: Sequence[int]) -> Iterator[Entry]:
        for start, stop in runs(seqs):
            yield from self._log.entries(start, stop)

    def payloads(self, seqs: Sequence[int]) -> Iterator[PayloadBytes]:
        with reading(self._log.engine) as cursor:
            for start, stop in runs(seqs):
                for seq, salt, data in self._rows.payload_range(cursor, start, stop):
                    yield PayloadBytes(seq, bytes(salt), bytes(data))

    def proofs(self, seqs: Sequence[int], size: int) -> Iterator[tuple[bytes, ...]]:
        rest = iter(seqs)
        while batch := list(islice(rest, BATCH)):
            with reading(self._log.engine) as cursor:
                nodes = self._rows.nodes(cursor)
                found = [inclusion_proof(nodes, seq, size) for seq in batch]
            yield from found

    def heads(self, at: int, streams: Sequence[str]) -> Iterator[StreamHead]:
        if not streams:
            return
        facts = self._log.entry(at).ledger or {}
        with reading(self._log.engine) as cursor:
            heads = [Head(*row) for row in self._rows.heads_at(cursor, facts["size"])]
        count, root = map_root(heads)
        if (count, root.hex()) != (facts["count"], facts["root"]):
            raise IntegrityBroken(HEADS_GONE, seq=at)
        levels = [[head.map_leaf() for head in heads]]
        while len(levels[-1]) > 1:
            level = levels[-1]
            levels.append([fold(level[i : i + 2]) for i in range(0, len(level) - 1, 2)])
        places = {head.stream: index for index, head in enumerate(heads)}
        for stream in streams:
            index = places[stream]
            proof = inclusion_proof(lambda height, node: levels[height][node], index, count)
            yield StreamHead(stream, heads[index].n, heads[index].leaf, index, proof)

    def checkpoint_over(self, seq: int) -> str:
        first = next((one for one in self._log.checkpoints() if one.size > seq), None)
        return (first or self._log.checkpoint()).note

    def published_before(self, seq: int) -> Sequence[Earlier]:
        """The checkpoints of the packages exported before entry `seq`, the newest ones."""
        at = self._store.snapshot(self._store_day(), seq)
        sizes = {
            int(fact.body["checkpoint"])
            for fact in self._store.packages(at)
            if "checkpoint" in fact.body
        }
        kept = set(sorted(size for size in sizes if size <= seq)[-CHECKPOINTS:])
        return [
            Earlier(one.size, one.note)
            for one in sorted(
                {one.size: one for one in self._log.checkpoints()}.values(), key=lambda c: c.size
            )
            if one.size in kept
        ]

    def _store_day(self) -> date:
        return date(1970, 1, 1)  # packages do not depend on the world's date

    def consistency(self, old: int, new: int) -> tuple[bytes, ...]:
        return self._log.consistency_proof(old, new)

    def document(self, sha256: str) -> AbstractContextManager[BinaryIO]:
        return self._documents.open(sha256)


def runs(seqs: Sequence[int], longest: int = 1_000) -> Iterator[tuple[int, int]]:
    """Ascending numbers as [start, stop) runs of neighbours, none longer than `longest`."""
    start = stop = -1
    for seq in seqs:
        if seq != stop or stop - start >= longest:
            if stop > start:
                yield start, stop
            start = seq
        stop = seq + 1
    if stop > start:
        yield start, stop
