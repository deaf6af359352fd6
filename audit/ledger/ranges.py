"""Verification of one range of entries: a function that any process can be given.

Everything is judged by the entry bytes: hash again, parse, follow the chain and the streams, open
the commitments, rebuild the full tiles. What only the whole log can tell (streams that began
earlier, erasures that come later, the upper tiles, the root) is returned for `verify` to join.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from functools import lru_cache
from hashlib import sha256
from typing import Any

import orjson
from sqlalchemy import Engine, create_engine

from audit.ledger import problems as p
from audit.ledger.entry import (
    COMMIT_PREFIX,
    OPENED,
    OWN_KINDS,
    STREAM_HEADS,
    parse_entry,
)
from audit.ledger.merkle import Frontier
from audit.ledger.problems import Layer, Problem
from audit.ledger.rows import Rows, reading
from audit.ledger.tiles import WIDTH, Tile, check_tile
from base.errors import DeviceTrailError

READ_STEP = WIDTH * 2


@dataclass(slots=True)
class StreamSpan:
    """One stream inside a range: how it begins, how it ends, and sums over its entries."""

    first: int
    first_prev: str | None
    first_seq: int
    n: int
    leaf: str
    seq: int
    slot: int
    stored: tuple[int, int] | None = None
    """Where the index says that the stream was before the range."""


@dataclass(slots=True)
class RangeResult:
    """What a range is, for joining with its neighbours."""

    start: int
    stop: int
    problems: list[Problem] = field(default_factory=list)
    first_prev: str | None = None
    last_leaf: str | None = None
    last_time: str | None = None
    tile_roots: list[bytes] = field(default_factory=list)
    rest: list[bytes] = field(default_factory=list)
    """Leaf hashes after the last full tile."""
    partial: dict[int, list[bytes]] = field(default_factory=dict)
    """For each wanted size the frontier of its unfull tile."""
    streams: dict[str, StreamSpan] = field(default_factory=dict)
    own: list[tuple[int, str, dict[str, Any], dict[str, tuple[int, str]]]] = field(
        default_factory=list
    )
    """seq, kind, `ledger` member; for `stream.heads` the streams that moved since the last one."""
    moved: dict[str, tuple[int, str]] = field(default_factory=dict)
    """Streams that moved since the last `stream.heads` of the range."""
    unheld: set[int] = field(default_factory=set)
    """Entries whose payload is not there."""


@lru_cache(maxsize=4)
def _engine(url: str) -> Engine:
    return create_engine(url)


def verify_range(
    source: str | Engine, log_id: int, origin: str, start: int, stop: int, wanted: Sequence[int]
) -> RangeResult:
    """Verify the entries [start, stop); start is a multiple of 256. `source` is an address when
    another process is to read. `wanted` are tree sizes whose roots will be compared."""
    engine = _engine(source) if isinstance(source, str) else source
    rows = Rows(engine.dialect.name, log_id)
    result = RangeResult(start, stop)
    scan = _Scan(rows, origin, result, [size for size in wanted if start < size <= stop])
    for low in range(start, stop, READ_STEP):
        high = min(stop, low + READ_STEP)
        with reading(engine) as cursor:
            found = rows.verification(cursor, low, high)
            links = rows.links(cursor, low, high)
            tiles = {
                tile.index: tile for tile in rows.tiles(cursor, 0, low // WIDTH, high // WIDTH)
            }
        for begin in range(low, high, WIDTH):
            end = min(high, begin + WIDTH)
            group = found[begin - low : end - low]
            if len(found) != high - low:
                group = [row for row in found if begin <= row[0] < end]
            scan.tile(begin, end, group, tiles.get(begin // WIDTH))
        scan.index(links)
    result.last_leaf = scan.before
    result.moved = scan.moved()
    return result


class _Scan:
    """Walks a range tile by tile, carrying the chain and the streams."""

    def __init__(self, rows: Rows, origin: str, result: RangeResult, wanted: list[int]) -> None:
        self.rows = rows
        self.origin = origin
        self.result = result
        self.wanted: dict[int, list[int]] = {}
        for size in wanted:
            self.wanted.setdefault(size // WIDTH, []).append(size)
        self.before: str | None = None
        self.expected: list[tuple[int, int, int, int]] = []
        self.unknown: dict[tuple[int, int], StreamSpan] = {}
        self.asked = -1

    def index(self, links: list[tuple[int, int, int, int]]) -> None:
        """Compare the stream index rows with what the entries since the last call say."""
        if self.unknown:
            known = []
            for link in links:
                span = self.unknown.pop(link[:2], None)
                if span is None:
                    known.append(link)
                else:
                    span.stored = link[2:]
            self.unknown.clear()
            links = known
        if links != self.expected:
            seq, _, *_ = sorted(set(links) ^ set(self.expected))[0]
            right = [link for link in self.expected if link[0] == seq]
            found = [link for link in links if link[0] == seq]
            self._add(p.STREAM_INDEX_CHANGED, Layer.STREAM, seq, right, found, f"entry {seq}")
        self.expected = []

    def tile(self, begin: int, end: int, rows: list[Any], tile: Tile | None) -> None:
        """The entries of one tile, full or not."""
        if len(rows) != end - begin:
            rows = self._with_gaps(begin, end, rows, tile)
        leaves = self._entries(begin, rows, tile)
        for size in self.wanted.get(begin // WIDTH, ()):
            if begin < size <= end:
                part = Frontier()
                for leaf in leaves[: size - begin]:
                    part.push(leaf)
                self.result.partial[size] = part.nodes
        if end - begin < WIDTH:
            self.result.rest = leaves
            return
        data = b"".join(leaves)
        root, middle = check_tile(data)
        self.result.tile_roots.append(root)
        self._compare_tile(begin, Tile(0, begin // WIDTH, root, middle, data), tile)

    def _entries(self, begin: int, rows: list[Any], tile: Tile | None) -> list[bytes]:
        """Check the rows in order; returns the leaf hashes to build the tree from."""
        result, origin, before = self.result, self.origin, self.before
        streams = result.streams
        loads, dumps, sort = orjson.loads, orjson.dumps, orjson.OPT_SORT_KEYS
        leaves: list[bytes] = []
        expected = self.expected
        for seq, key, stored, raw, salt, data in rows:
            if raw is None:  # a gap, already reported
                leaves.append(stored)
                before = stored.hex()
                continue
            leaf = sha256(b"\0" + raw).digest()
            if leaf != stored:
                leaf = self._changed(seq, begin, leaf, stored, tile)
            leaves.append(leaf)
            leaf_hex = leaf.hex()
            try:
                value = loads(raw)
                if dumps(value, option=sort) != raw:
                    raise ValueError("duplicate or unsorted keys, white space or another escape")
                prev = value.get("prev")
                kind = value["kind"]
                commit = value.get("payload")
                if prev != before:
                    self._chain(seq, before, prev)
                if value["seq"] != seq:
                    self._add(p.CHAIN_BROKEN, Layer.CHAIN, seq, seq, value["seq"], "seq")
                if value["origin"] != origin or value["v"] != 1:
                    named = f"{value['origin']} v{value['v']}"
                    self._add(p.ENTRY_MALFORMED, Layer.TREE, seq, f"{origin} v1", named, "origin")
                if value["key"] != key:
                    self._add(p.COLUMN_CHANGED, Layer.TREE, seq, value["key"], key, "key")
                for slot, link in enumerate(value.get("streams", ())):
                    name, n = link["stream"], link["n"]
                    span = streams.get(name)
                    if span is None:
                        span = StreamSpan(n, link.get("prev"), seq, n, leaf_hex, seq, slot)
                        streams[name] = span
                        if n:
                            self.unknown[seq, slot] = span
                    else:
                        if n != span.n + 1 or link.get("prev") != span.leaf:
                            self._stream(seq, name, span.n + 1, span.leaf, n, link.get("prev"))
                        if n:
                            expected.append((seq, slot, span.seq, span.slot))
                        span.n, span.leaf, span.seq, span.slot = n, leaf_hex, seq, slot
                if commit is not None:
                    if salt is None:
                        result.unheld.add(seq)
                    else:
                        found = sha256(COMMIT_PREFIX + salt + data).hexdigest()
                        if found != commit["commit"] or len(data) != commit["size"]:
                            wanted = f"{commit['commit']} of {commit['size']} bytes"
                            got = f"{found} of {len(data)} bytes"
                            self._add(p.PAYLOAD_CHANGED, Layer.PAYLOAD, seq, wanted, got)
                elif salt is not None:
                    self._add(p.PAYLOAD_UNASKED, Layer.PAYLOAD, seq, "none", f"{len(data)} bytes")
                if kind in OWN_KINDS:
                    self._own(seq, kind, raw)
                elif "ledger" in value:
                    self._add(p.ENTRY_MALFORMED, Layer.TREE, seq, "no ledger member", kind, kind)
                result.last_time = value["recorded_at"]
            except (KeyError, TypeError, ValueError, AttributeError) as error:
                self._add(p.ENTRY_MALFORMED, Layer.TREE, seq, "the format", repr(error), "entry")
            if before is None and seq == result.start:
                result.first_prev = _prev_of(raw)
            before = leaf_hex
        self.before = before
        return leaves

    def _own(self, seq: int, kind: str, raw: bytes) -> None:
        """Keep one of the ledger's own entries."""
        try:
            entry = parse_entry(raw)
        except DeviceTrailError as error:
            self._add(p.ENTRY_MALFORMED, Layer.TREE, seq, "the format", str(error), kind)
            return
        if entry.ledger is None or (kind == OPENED) != (seq == 0):
            self._add(p.ENTRY_MALFORMED, Layer.TREE, seq, "its ledger member", str(seq), kind)
            return
        moved = self.moved() if kind == STREAM_HEADS else {}
        self.result.own.append((seq, kind, dict(entry.ledger), moved))

    def moved(self) -> dict[str, tuple[int, str]]:
        """The streams that moved since this was last asked."""
        found = {
            name: (span.n, span.leaf)
            for name, span in self.result.streams.items()
            if span.seq > self.asked
        }
        self.asked = max([self.asked, *(span.seq for span in self.result.streams.values())])
        return found

    def _with_gaps(self, begin: int, end: int, rows: list[Any], tile: Tile | None) -> list[Any]:
        """Report the missing entries and stand in for them with the hash that others know."""
        there = {row[0]: row for row in rows}
        filled: list[Any] = []
        for seq in range(begin, end):
            row = there.get(seq)
            if row is None:
                self._add(p.ENTRY_MISSING, Layer.TREE, seq, "an entry", "none")
                known = _tile_leaf(tile, seq)
                following = there.get(seq + 1)
                if known is None and following is not None:
                    with suppress(ValueError):
                        known = bytes.fromhex(_prev_of(following[3]) or "")
                row = (seq, None, known or bytes(32), None, None, None)
            filled.append(row)
        return filled

    def _changed(
        self, seq: int, begin: int, hashed: bytes, stored: bytes, tile: Tile | None
    ) -> bytes:
        """The bytes and the column disagree: say which was changed, and go on with the hash that
        the tile knows, so that one changed entry is one problem."""
        known = _tile_leaf(tile, seq)
        if known == hashed:
            self._add(p.LEAF_CHANGED, Layer.TREE, seq, hashed.hex(), stored.hex())
            return hashed
        self._add(p.ENTRY_CHANGED, Layer.TREE, seq, stored.hex(), hashed.hex())
        return stored

    def _chain(self, seq: int, before: str | None, prev: object) -> None:
        if before is not None or seq == 0:
            self._add(p.CHAIN_BROKEN, Layer.CHAIN, seq, before or "none", prev or "none", "prev")

    def _stream(self, seq: int, name: str, n: int, leaf: str, found: object, prev: object) -> None:
        self._add(
            p.STREAM_BROKEN, Layer.STREAM, seq, f"{n} after {leaf}", f"{found} after {prev}", name
        )

    def _compare_tile(self, begin: int, right: Tile, stored: Tile | None) -> None:
        name = f"0/{right.index}"
        if stored is None:
            self._add(p.TILE_MISSING, Layer.TREE, begin, right.root.hex(), "none", name)
            return
        for part in ("data", "middle", "root"):
            wanted, found = getattr(right, part), getattr(stored, part)
            if wanted != found:
                at = begin + (_first_difference(wanted, found) // 32 if part == "data" else 0)
                digests = sha256(wanted).hexdigest(), sha256(found).hexdigest()
                self._add(p.TILE_CHANGED, Layer.TREE, at, *digests, f"{name} {part}")
                return  # the nodes above differ because of it

    def _add(
        self,
        why: Any,
        layer: Layer,
        index: int,
        expected: object,
        found: object,
        subject: str = "",
    ) -> None:
        self.result.problems.append(Problem(why, layer, index, str(expected), str(found), subject))


def _tile_leaf(tile: Tile | None, seq: int) -> bytes | None:
    if tile is None:
        return None
    at = seq % WIDTH * 32
    return tile.data[at : at + 32]


def _prev_of(raw: bytes) -> str | None:
    with suppress(ValueError, AttributeError):
        prev = orjson.loads(raw).get("prev")
        return prev if isinstance(prev, str) else None
    return None


def _first_difference(left: bytes, right: bytes) -> int:
    for at, (one, other) in enumerate(zip(left, right, strict=False)):
        if one != other:
            return at
    return min(len(left), len(right))
