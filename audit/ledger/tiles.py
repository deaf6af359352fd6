"""The tree as it is stored: immutable 256-wide tiles, and the edge that is not a full tile yet.

Tile (level, index) holds the 256 perfect nodes of height 8*level from index*256, as in C2SP
tlog-tiles. Its row also carries its own root (height 8 above) and the 16 nodes of height 4 between,
so that a proof hashes 15 + 15 nodes of a tile rather than 255. The right edge has no rows: leaves
are read from the entries, nodes of height 8*level from the roots of the tiles one level below.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from hashlib import sha256
from typing import Final

from audit.ledger.merkle import HASH_SIZE, Frontier

WIDTH: Final = 256
LEVEL_HEIGHT: Final = 8
MIDDLE_HEIGHT: Final = 4


@dataclass(frozen=True, slots=True)
class Tile:
    """A full tile: its root, the 16 nodes in the middle, its 256 hashes."""

    level: int
    index: int
    root: bytes
    middle: bytes
    data: bytes


class TreeState:
    """What a writer needs to go on: frontier, and for each level the hashes of the unfull tile."""

    __slots__ = ("edges", "frontier", "middles")

    def __init__(self, frontier: Frontier, edges: list[list[bytes]]) -> None:
        """`edges[level]` holds the size's `(size >> 8*level) % 256` last nodes of that level."""
        self.frontier = frontier
        self.edges = edges
        self.middles = [
            [fold(edge[at : at + 16]) for at in range(0, len(edge) - 15, 16)] for edge in edges
        ]

    @property
    def size(self) -> int:
        return self.frontier.size

    def copy(self) -> TreeState:
        new = object.__new__(TreeState)
        new.frontier = self.frontier.copy()
        new.edges = [edge.copy() for edge in self.edges]
        new.middles = [middle.copy() for middle in self.middles]
        return new

    def push(self, leaf: bytes, full: list[Tile]) -> None:
        """Append one leaf hash; tiles that it completes are added to `full`, lowest first."""
        frontier = self.frontier
        nodes, index, node, height = frontier.nodes, frontier.size, leaf, 0
        self._keep(0, leaf)
        while index & 1:
            node = sha256(b"\1" + nodes.pop() + node).digest()
            index >>= 1
            height += 1
            if not height & 3:
                if height & 7:
                    self.middles[height >> 3].append(node)
                else:
                    level = (height >> 3) - 1
                    data, middle = b"".join(self.edges[level]), b"".join(self.middles[level])
                    full.append(Tile(level, frontier.size >> height, node, middle, data))
                    self.edges[level].clear()
                    self.middles[level].clear()
                    self._keep(level + 1, node)
        nodes.append(node)
        frontier.size += 1

    def _keep(self, level: int, node: bytes) -> None:
        if level == len(self.edges):
            self.edges.append([])
            self.middles.append([])
        self.edges[level].append(node)


def edge_spans(size: int) -> list[tuple[int, int]]:
    """For each level the range [begin, end) of nodes that are in no full tile, as `TreeState` takes
    them. There is always a level 0; a level above exists once there is a node of it."""
    spans = []
    count = size
    while True:
        spans.append((count - count % WIDTH, count))
        count //= WIDTH
        if not count:
            return spans


def fold(hashes: list[bytes]) -> bytes:
    """The root over a power of two of nodes."""
    while len(hashes) > 1:
        hashes = [
            sha256(b"\1" + hashes[at] + hashes[at + 1]).digest() for at in range(0, len(hashes), 2)
        ]
    return hashes[0]


ReadTile = Callable[[int, int], "tuple[bytes, bytes] | None"]
"""Answers (middle, data) of the full tile (level, index), or None when there is none."""
ReadEdge = Callable[[int, int, int], list[bytes]]
"""Answers the nodes [begin, end) of a level that are in no full tile."""


class TileNodes:
    """A `NodeReader` over stored tiles; each is read at most once."""

    def __init__(self, tile: ReadTile, edge: ReadEdge) -> None:
        self._read_tile = tile
        self._read_edge = edge
        self._tiles: dict[tuple[int, int], tuple[bytes, bytes] | None] = {}
        self._edges: dict[int, tuple[int, list[bytes]]] = {}
        self._known: dict[tuple[int, int], bytes] = {}

    def know(self, height: int, index: int, node: bytes) -> None:
        """Give a node that need not be read, as those of a verified frontier."""
        self._known[height, index] = node

    def __call__(self, height: int, index: int) -> bytes:
        """The perfect node (height, index)."""
        known = self._known.get((height, index))
        if known is None:
            known = self._known[height, index] = self._compute(height, index)
        return known

    def _compute(self, height: int, index: int) -> bytes:
        level, above = divmod(height, LEVEL_HEIGHT)
        begin, end = index << above, (index + 1) << above
        number = begin // WIDTH
        key = (level, number)
        if key not in self._tiles:
            self._tiles[key] = self._read_tile(level, number)
        found = self._tiles[key]
        if found is None:
            return fold(self._edge(level, number, begin, end))
        middle, data = found
        if above < MIDDLE_HEIGHT:
            return fold(_cut(data, begin % WIDTH, (end - 1) % WIDTH + 1))
        first = begin % WIDTH >> MIDDLE_HEIGHT
        return fold(_cut(middle, first, first + (1 << (above - MIDDLE_HEIGHT))))

    def _edge(self, level: int, number: int, begin: int, end: int) -> list[bytes]:
        first = number * WIDTH
        start, nodes = self._edges.get(level, (first, []))
        if start != first:
            nodes = []
        if first + len(nodes) < end:
            nodes = nodes + self._read_edge(level, first + len(nodes), end)
        self._edges[level] = (first, nodes)
        return nodes[begin - first : end - first]


def _cut(data: bytes, begin: int, end: int) -> list[bytes]:
    return [data[at * HASH_SIZE : (at + 1) * HASH_SIZE] for at in range(begin, end)]


def check_tile(data: bytes) -> tuple[bytes, bytes]:
    """What a full tile's root and middle must be, computed from its data."""
    nodes = _cut(data, 0, len(data) // HASH_SIZE)
    middles = [fold(nodes[at : at + 16]) for at in range(0, len(nodes), 16)]
    return fold(middles), b"".join(middles)
