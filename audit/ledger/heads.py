"""The sorted map of all streams' heads, its root and proofs. Language-neutral format, version 1.

A `stream.heads` entry with seq s states, in its member `ledger`, for the entries 0..s-1:

    size   s, the number of entries covered
    count  how many streams they touch
    root   the RFC 6962 root over one leaf for each stream, sorted by the UTF-8 bytes of its name

The entry itself joins no stream.

    leaf data = "devicetrail/stream-head/v1\\n" || stream || "\\n" || n || "\\n" || leaf || "\\n"

`n` (decimal) is the running number of the stream's last entry below `size`, `leaf` its leaf hash
in hex. The map leaf's hash is SHA-256(0x00 || leaf data), nodes are SHA-256(0x01 || l || r), the
map of no streams has the root SHA-256(""). A stream name never contains a control character.

A **map proof** that a stream stands at (n, leaf) is an RFC 6962 inclusion proof of that map leaf
at its index in a tree of `count` leaves. A proof that a stream is **absent** is the inclusion
proofs of the two neighbours it would stand between: indices i and i+1 with
name(i) < stream < name(i+1); at either end only the first (index 0) or last (index count-1).

A package's cut (`package.cut`) uses the same leaf data and tree over the streams it covers.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final

from audit.ledger.entry import STREAM_HEADS, Prepared, prepare
from audit.ledger.merkle import Frontier, inclusion_proof, leaf_hash, verify_inclusion
from audit.ledger.queue import Group
from audit.ledger.rows import Rows
from audit.ledger.tiles import fold
from audit.ledger.types import Draft, Entry, Lane
from base.errors import IntegrityBroken, Misuse, message

PREFIX: Final = b"devicetrail/stream-head/v1\n"

NOT_HEADS = message(
    "ledger.not_heads",
    zh="条目 {seq} 不是流头条目",
    en="entry {seq} is not a stream.heads entry",
)
HEADS_DIFFER = message(
    "ledger.heads_differ",
    zh="流头证明不成立：{reason}",
    en="the map proof does not hold: {reason}",
)


@dataclass(frozen=True, slots=True)
class Head:
    """A stream's last entry below some size: running number and leaf hash."""

    stream: str
    n: int
    leaf: bytes

    def map_leaf(self) -> bytes:
        """The hash of this head's leaf in the map."""
        return leaf_hash(PREFIX + f"{self.stream}\n{self.n}\n{self.leaf.hex()}\n".encode())


@dataclass(frozen=True, slots=True)
class MapPlace:
    """A head, its index in the map and its inclusion proof."""

    head: Head
    index: int
    hashes: tuple[bytes, ...]


@dataclass(frozen=True, slots=True)
class HeadProof:
    """What shows where a stream stands, or that it is absent, under one map root.

    `places` holds the stream's own place, or its one or two neighbours when it is absent.
    """

    stream: str
    places: tuple[MapPlace, ...]

    @property
    def present(self) -> bool:
        return len(self.places) == 1 and self.places[0].head.stream == self.stream

    def verify(self, count: int, root: bytes) -> Head | None:
        """The stream's head, or None when it is proved absent. `count` and `root` come from a
        verified `stream.heads` entry. Raises IntegrityBroken."""
        for place in self.places:
            verify_inclusion(place.head.map_leaf(), place.index, count, place.hashes, root)
        if self.present:
            return self.places[0].head
        name = self.stream.encode()
        below = [p for p in self.places if p.head.stream.encode() < name]
        above = [p for p in self.places if p.head.stream.encode() > name]
        # The place the stream would have: between two neighbours, at an end, or in an empty map.
        low = below[0].index if len(below) == 1 else -1
        high = above[0].index if len(above) == 1 else count
        if len(below) + len(above) != len(self.places) or len(below) > 1 or len(above) > 1:
            raise IntegrityBroken(HEADS_DIFFER, reason="not the stream's neighbours")
        if high != low + 1:
            raise IntegrityBroken(HEADS_DIFFER, reason=f"indices {low} and {high} do not adjoin")
        return None


def map_root(heads: Sequence[Head] | Iterator[Head]) -> tuple[int, bytes]:
    """Count and root over heads that are sorted by the UTF-8 bytes of their names."""
    frontier = Frontier()
    for head in heads:
        frontier.push(head.map_leaf())
    return frontier.size, frontier.root()


def prove_in(heads: Sequence[Head], stream: str) -> HeadProof:
    """The proof of a stream, present or absent, in a sorted list of heads."""
    names = [head.stream.encode() for head in heads]
    name = stream.encode()
    at = _bisect(names, name)
    if at < len(heads) and names[at] == name:
        indices = [at]
    else:
        indices = [index for index in (at - 1, at) if 0 <= index < len(heads)]
    levels = [[head.map_leaf() for head in heads]]
    while len(levels[-1]) > 1:
        level = levels[-1]
        levels.append([fold(level[at : at + 2]) for at in range(0, len(level) - 1, 2)])
    size = len(heads)
    return HeadProof(
        stream,
        tuple(
            MapPlace(
                heads[index],
                index,
                inclusion_proof(lambda height, node: levels[height][node], index, size),
            )
            for index in indices
        ),
    )


def group(rows: Rows, origin: str, draft: Draft) -> Group:
    """The group that computes the map under the head lock and appends `stream.heads`."""

    def late(cursor: Any, size: int) -> list[Prepared]:
        count, root = map_root(Head(*row) for row in rows.all_heads(cursor))
        facts = {"count": count, "root": root.hex(), "size": size}
        return [prepare(draft, origin, ledger=facts)]

    return Group([], Lane.INTERACTIVE, late=late)


def prove(cursor: Any, rows: Rows, stream: str, entry: Entry) -> HeadProof:
    """The proof of a stream under a stored `stream.heads` entry. Raises Misuse when it is another
    kind, IntegrityBroken when the stored streams do not give its root."""
    facts = entry.ledger
    if entry.kind != STREAM_HEADS or facts is None:
        raise Misuse(NOT_HEADS, seq=entry.seq)
    heads = [Head(*row) for row in rows.heads_at(cursor, facts["size"])]
    count, root = map_root(heads)
    if (count, root.hex()) != (facts["count"], facts["root"]):
        raise IntegrityBroken(HEADS_DIFFER, reason=f"expected {facts['root']}, found {root.hex()}")
    return prove_in(heads, stream)


def _bisect(names: list[bytes], name: bytes) -> int:
    low, high = 0, len(names)
    while low < high:
        middle = (low + high) // 2
        if names[middle] < name:
            low = middle + 1
        else:
            high = middle
    return low
