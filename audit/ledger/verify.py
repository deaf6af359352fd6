"""Verification of a whole log from what is stored.

1. Take the head row and everything that is small, in one read transaction.
2. Verify the entries range by range, here or on any `concurrent.futures.Executor` (`ranges`).
3. Join the ranges: chain, streams, upper tiles, root, roots at every signed size.
4. Compare erasures with what is missing, `stream.heads` with the map recomputed, the head rows
   and index rows with the entries.
5. Follow the keys from `log.opened` through every rotation; verify every checkpoint by the key in
   force at its size.
6. Compare with what the verifier holds: a fingerprint, earlier checkpoints, the one beside the key.

Nothing is believed from a column that the entry bytes can tell. Read tables, documents, decisions,
anchors and witnesses are other rooms' layers; they add their own `Problem`s.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any, Final

from sqlalchemy import Engine

from audit.ledger import problems as p
from audit.ledger.checkpoint import Checkpoint, open_checkpoint, read_unverified
from audit.ledger.entry import (
    CLOCK_STEPPED,
    ERASURE,
    KEY_ROTATED,
    OPENED,
    STREAM_HEADS,
    parse_entry,
)
from audit.ledger.heads import Head as StreamHead
from audit.ledger.keys import read_checkpoint
from audit.ledger.merkle import Frontier
from audit.ledger.note import Verifier, fingerprint, parse_vkey
from audit.ledger.problems import Layer, Problem
from audit.ledger.ranges import RangeResult, StreamSpan, verify_range
from audit.ledger.register import find_log
from audit.ledger.rotation import verify_rotation
from audit.ledger.rows import Rows, reading, snapshot
from audit.ledger.tables import FORMAT
from audit.ledger.tiles import WIDTH, Tile, check_tile
from base.errors import DeviceTrailError, Lang, message

RANGE: Final = WIDTH * 128

COMPARED = message(
    "verify.compared",
    zh="与您此前持有的凭据一致（{what}）",
    en="agrees with what you held before ({what})",
)
NOT_COMPARED = message(
    "verify.not_compared",
    zh="在密钥 {key} 下自洽；未与您此前持有的任何凭据比较",
    en="self-consistent under key {key}; not compared with anything you held before",
)
BROKEN = message(
    "verify.broken",
    zh="不成立：{count} 处问题，首个为 {first}",
    en="broken: {count} problems, the first is {first}",
)


@dataclass(frozen=True, slots=True)
class VerificationReport:
    """What was found. `findings` are sorted, the first bad index first."""

    origin: str
    size: int
    root: bytes
    signed_size: int
    """Size of the largest checkpoint whose signature and root hold; entries beyond are unsigned."""
    fingerprints: tuple[str, ...]
    """Of the keys that the log has had, oldest first."""
    compared: tuple[str, ...]
    """What from outside the log agreed: a fingerprint, earlier checkpoints."""
    findings: tuple[Problem, ...]

    @property
    def ok(self) -> bool:
        return not self.findings

    def verdict(self, lang: Lang = "zh") -> str:
        """One sentence; without a trust root from outside it says so."""
        if self.findings:
            first = self.findings[0].text(lang)
            return BROKEN.text(lang, count=len(self.findings), first=first)
        if self.compared:
            return COMPARED.text(lang, what=", ".join(self.compared))
        return NOT_COMPARED.text(lang, key=", ".join(self.fingerprints))


def verify_log(
    engine: Engine,
    *,
    origin: str | None = None,
    executor: Executor | None = None,
    fingerprints: Sequence[str] = (),
    earlier: Sequence[str] = (),
    key_dir: Path | None = None,
    step: int = RANGE,
) -> VerificationReport:
    """Verify a log. `fingerprints`: of keys the verifier trusts (any that the log has had will do);
    `earlier`: notes of checkpoints held before; `key_dir`: also compare with the checkpoint beside
    the key; `step`: entries in a range, a multiple of 256. Raises Unavailable when there is no such
    log or it is from a newer version; everything else is a finding."""
    log_id, origin = find_log(engine, origin)
    with snapshot(engine) as cursor:
        check = _Check(engine, Rows(engine.dialect.name, log_id), origin, cursor)
        check.notes(earlier, key_dir)
        check.ranges(executor, step)
        check.joined()
        check.own_entries()
        check.stored_rows()
        check.erasures()
        check.signatures()
        check.trust(fingerprints)
        return check.report()


class _Check:
    """One verification, step by step."""

    def __init__(self, engine: Engine, rows: Rows, origin: str, cursor: Any) -> None:
        self.engine = engine
        self.rows = rows
        self.origin = origin
        self.cursor = cursor
        self.head = rows.head(cursor)
        self.size = self.head.size
        self.problems: list[Problem] = []
        self.results: list[RangeResult] = []
        self.streams: dict[str, StreamSpan] = {}
        self.erased: dict[int, int] = {}
        self.unheld: set[int] = set()
        self.wanted: dict[int, list[int]] = {}
        self.keys: list[tuple[Verifier, int]] = []
        """Keys in order, each with the first size it may sign."""
        self.roots: dict[int, bytes] = {}
        self.root = b""
        self.signed = 0
        self.compared: list[str] = []
        self.checkpoints: list[tuple[str, str]] = []

    def notes(self, earlier: Sequence[str], key_dir: Path | None) -> None:
        """Gather every checkpoint there is to compare with."""
        stored = self.rows.run(
            self.cursor,
            "SELECT number, size, root, note FROM ledger_checkpoint WHERE log_id = ?"
            " ORDER BY number",
            self.rows.log_id,
        ).fetchall()
        for number, size, root, note in stored:
            self.checkpoints.append((f"stored checkpoint {number}", note))
            try:
                read = read_unverified(note)
            except DeviceTrailError:
                continue  # said where its signature is checked
            if (read.size, read.root) != (size, bytes(root)):
                self.add(p.COLUMN_CHANGED, Layer.SIGNATURE, None, read.size, size, "checkpoint")
        if not stored:
            self.add(p.NO_CHECKPOINT, Layer.SIGNATURE, None, "one", "none", "database")
        for note in earlier:
            self.checkpoints.append(("earlier checkpoint", note))
        if key_dir is not None:
            beside = read_checkpoint(key_dir, self.origin)
            if beside is None:
                self.add(p.NO_CHECKPOINT, Layer.SIGNATURE, None, "one", "none", "key directory")
            else:
                self.checkpoints.append(("checkpoint beside the key", beside))

    def ranges(self, executor: Executor | None, step: int) -> None:
        """Verify all ranges; a worker elsewhere is given the address, not the engine."""
        wanted = sorted({size for size in self._wanted() if size <= self.size})
        spans = [(low, min(self.size, low + step)) for low in range(0, self.size, step)]
        if executor is None:
            self.results = [
                verify_range(self.engine, self.rows.log_id, self.origin, *span, wanted)
                for span in spans
            ]
        else:
            url = self.engine.url.render_as_string(hide_password=False)
            futures = [
                executor.submit(verify_range, url, self.rows.log_id, self.origin, *span, wanted)
                for span in spans
            ]
            self.results = [future.result() for future in futures]
        for result in self.results:
            self.problems += result.problems
            self.unheld |= result.unheld
        for size in wanted:
            self.wanted.setdefault(size // WIDTH, []).append(size)

    def joined(self) -> None:
        """Chain and streams across ranges; the upper tiles; the roots."""
        for left, right in pairwise(self.results):
            if left.last_leaf != right.first_prev:
                found = right.first_prev or "none"
                self.add(p.CHAIN_BROKEN, Layer.CHAIN, right.start, left.last_leaf, found, "prev")
        frontier, roots = Frontier(), []
        for result in self.results:
            for name, span in result.streams.items():
                self._join_stream(name, span)
            self._keep_roots(frontier, result)
            for root in result.tile_roots:
                frontier.push_perfect(root, 8)
                roots.append(root)
                self._keep_roots(frontier, result)
            for leaf in result.rest:
                frontier.push(leaf)
        self.root = frontier.root()
        self._upper_tiles(roots)
        head = self.head
        last = self.results[-1].last_leaf if self.results else None
        time = self.results[-1].last_time if self.results else None
        compared: list[tuple[str, str | None, str | None]] = [
            ("root", self.root.hex(), head.root.hex()),
            ("frontier", frontier.to_bytes().hex(), head.frontier.hex()),
            ("head_leaf", last, None if head.head_leaf is None else head.head_leaf.hex()),
            ("head_time", time, head.head_time),
        ]
        for what, entries_say, row_says in compared:
            if entries_say != row_says:
                self.add(p.HEAD_ROW_CHANGED, Layer.TREE, None, entries_say, row_says, what)

    def _keep_roots(self, frontier: Frontier, result: RangeResult) -> None:
        """The roots at wanted sizes within the tile that begins where the frontier stands."""
        for size in self.wanted.get(frontier.size // WIDTH, ()):
            if size == frontier.size:
                self.roots[size] = frontier.root()
            elif size in result.partial:
                self.roots[size] = Frontier(size, frontier.nodes + result.partial[size]).root()

    def _join_stream(self, name: str, span: StreamSpan) -> None:
        total = self.streams.get(name)
        n, leaf = (0, "none") if total is None else (total.n + 1, total.leaf)
        if span.first != n or (span.first_prev or "none") != leaf:
            self.add(
                p.STREAM_BROKEN,
                Layer.STREAM,
                span.first_seq,
                f"{n} after {leaf}",
                f"{span.first} after {span.first_prev or 'none'}",
                name,
            )
        before = None if total is None else (total.seq, total.slot)
        if span.first and span.stored != before:
            self.add(
                p.STREAM_INDEX_CHANGED,
                Layer.STREAM,
                span.first_seq,
                before,
                span.stored,
                name,
            )
        self.streams[name] = span

    def _upper_tiles(self, roots: list[bytes]) -> None:
        level, nodes = 1, roots
        while len(nodes) >= WIDTH:
            above = []
            stored = {
                t.index: t for t in self.rows.tiles(self.cursor, level, 0, len(nodes) // WIDTH)
            }
            for index in range(len(nodes) // WIDTH):
                data = b"".join(nodes[index * WIDTH : (index + 1) * WIDTH])
                right = Tile(level, index, *check_tile(data), data)
                found, name = stored.get(index), f"{level}/{index}"
                first = index * WIDTH ** (level + 1)
                if found is None:
                    self.add(p.TILE_MISSING, Layer.TREE, first, right.root.hex(), "none", name)
                elif found != right:
                    self.add(
                        p.TILE_CHANGED, Layer.TREE, first, right.root.hex(), found.root.hex(), name
                    )
                above.append(right.root)
            level, nodes = level + 1, above
        count = self._one("SELECT count(*) FROM ledger_tile WHERE log_id = ?")
        expected, full = 0, self.size // WIDTH
        while full:
            expected, full = expected + full, full // WIDTH
        if count > expected:
            self.add(p.TILE_CHANGED, Layer.TREE, None, expected, count, "count")

    def own_entries(self) -> None:
        """The ledger's own entries in order: keys, heads, erasures, clock."""
        moved: dict[str, tuple[int, str]] = {}
        leaves: dict[str, bytes] = {}
        for result in self.results:
            for seq, kind, facts, delta in result.own:
                try:
                    if kind == OPENED:
                        self.keys.append((parse_vkey(facts["vkey"]), 0))
                        newer = max(facts["formats"].values())
                        if newer > FORMAT:
                            self.add(p.ENTRY_MALFORMED, Layer.TREE, seq, FORMAT, newer, "formats")
                    elif kind == KEY_ROTATED:
                        self._rotated(seq, facts["note"])
                    elif kind == STREAM_HEADS:
                        moved |= delta
                        self._heads(seq, facts, moved, leaves)
                    elif kind == ERASURE:
                        self._erasure(seq, facts["seqs"])
                    else:
                        assert kind == CLOCK_STEPPED
                except (DeviceTrailError, KeyError, TypeError, ValueError) as error:
                    self.add(p.ENTRY_MALFORMED, Layer.TREE, seq, "the format", repr(error), kind)
            moved |= result.moved

    def _rotated(self, seq: int, note: str) -> None:
        try:
            new, size, root = verify_rotation(note, self.origin, self.keys[-1][0])
        except (DeviceTrailError, IndexError) as error:
            subject = "signature"
            self.add(p.ROTATION_WRONG, Layer.SIGNATURE, seq, "both keys", str(error), subject)
            return
        if size > seq or self.roots.get(size) != root:
            found = self.roots.get(size, b"").hex()
            self.add(p.ROTATION_WRONG, Layer.SIGNATURE, seq, root.hex(), found, f"size {size}")
        self.keys.append((new, seq + 1))

    def _heads(
        self,
        seq: int,
        facts: dict[str, Any],
        moved: dict[str, tuple[int, str]],
        leaves: dict[str, bytes],
    ) -> None:
        """Recompute the sorted map; only streams that moved are hashed again."""
        for name, (n, leaf) in moved.items():
            leaves[name] = StreamHead(name, n, bytes.fromhex(leaf)).map_leaf()
        moved.clear()
        frontier = Frontier()
        for name in sorted(leaves, key=str.encode):
            frontier.push(leaves[name])
        for what, expected, found in (
            ("size", seq, facts["size"]),
            ("count", frontier.size, facts["count"]),
            ("root", frontier.root().hex(), facts["root"]),
        ):
            if expected != found:
                self.add(p.HEADS_WRONG, Layer.HEADS, seq, expected, found, what)

    def _erasure(self, seq: int, named: list[int]) -> None:
        for erased in named:
            if not 0 <= erased < seq or erased in self.erased:
                self.add(p.ERASURE_WRONG, Layer.PAYLOAD, seq, f"below {seq}, once", erased, "seqs")
            else:
                self.erased[erased] = seq

    def stored_rows(self) -> None:
        """Rows that only repeat what entries say: stream heads, stream index, counts."""
        beyond = self._one(
            "SELECT min(seq) FROM ledger_entry WHERE log_id = ? AND seq >= ?", self.size
        )
        if beyond is not None:
            self.add(p.ENTRY_BEYOND, Layer.TREE, beyond, f"size {self.size}", f"seq {beyond}")
        stored = {
            row[0]: row[1:]
            for row in self.rows.run(
                self.cursor,
                "SELECT stream, n, seq, slot FROM ledger_stream_head WHERE log_id = ?",
                self.rows.log_id,
            ).fetchall()
        }
        for name in sorted(self.streams.keys() | stored.keys(), key=_bytes):
            span, found = self.streams.get(name), stored.get(name)
            right = None if span is None else (span.n, span.seq, span.slot)
            if right != found:
                # An entry whose stream's name was altered must not blame the one before it.
                index = max(row[1] for row in (right, found) if row is not None)
                self.add(p.STREAM_HEAD_CHANGED, Layer.STREAM, index, right, found, name)

    def erasures(self) -> None:
        """A payload is missing if and only if an erasure entry names it."""
        for seq in sorted(self.unheld - self.erased.keys()):
            if not self._erased_since(seq):
                self.add(p.PAYLOAD_MISSING, Layer.PAYLOAD, seq, "a payload", "none")
        for seq in sorted(self.erased.keys() - self.unheld):
            by = f"erased by {self.erased[seq]}"
            self.add(p.PAYLOAD_PRESENT, Layer.PAYLOAD, seq, by, "a payload")
        listed = dict(
            self.rows.run(
                self.cursor,
                "SELECT seq, by_seq FROM ledger_erased WHERE log_id = ?",
                self.rows.log_id,
            ).fetchall()
        )
        if listed != self.erased:
            wrong = sorted(set(listed.items()) ^ set(self.erased.items()))[0]
            self.add(
                p.ERASURE_WRONG,
                Layer.PAYLOAD,
                wrong[0],
                self.erased.get(wrong[0]),
                listed.get(wrong[0]),
                "erased rows",
            )
        beyond = self._one(
            "SELECT count(*) FROM ledger_payload p WHERE p.log_id = ? AND NOT EXISTS (SELECT 1"
            " FROM ledger_entry e WHERE e.log_id = p.log_id AND e.seq = p.seq)"
        )
        if beyond:
            self.add(p.PAYLOAD_UNASKED, Layer.PAYLOAD, None, 0, beyond)

    def _erased_since(self, seq: int) -> bool:
        """Whether an entry appended after this verification began erased the payload."""
        with reading(self.engine) as cursor:
            for (by_seq,) in self.rows.run(
                cursor,
                "SELECT by_seq FROM ledger_erased WHERE log_id = ? AND seq = ? AND by_seq >= ?",
                *(self.rows.log_id, seq, self.size),
            ).fetchall():
                for _, _, raw in self.rows.range(cursor, by_seq, by_seq + 1):
                    facts = parse_entry(raw).ledger
                    return facts is not None and seq in facts.get("seqs", ())
        return False

    def signatures(self) -> None:
        """Every checkpoint by the key in force at its size, against the root recomputed."""
        table = self.rows.run(
            self.cursor,
            "SELECT vkey, from_size FROM ledger_log_key WHERE log_id = ? ORDER BY number",
            self.rows.log_id,
        ).fetchall()
        expected = [(key.vkey, size) for key, size in self.keys]
        if [tuple(row) for row in table] != expected:
            self.add(p.KEY_TABLE_CHANGED, Layer.SIGNATURE, None, expected, table)
        for name, note in self.checkpoints:
            try:
                size = read_unverified(note).size
                checkpoint = open_checkpoint(note, [self._key_at(size)], self.origin)
            except DeviceTrailError as error:
                self.add(p.SIGNATURE_WRONG, Layer.SIGNATURE, None, "a signature", error, name)
                continue
            self._compare(name, checkpoint)

    def _compare(self, name: str, checkpoint: Checkpoint) -> None:
        size = checkpoint.size
        if size > self.size:
            self.add(p.TRUNCATED, Layer.TREE, self.size, size, self.size, name)
        elif self.roots.get(size) != checkpoint.root:
            found = self.roots.get(size, b"").hex()
            self.add(p.ROOT_DIFFERS, Layer.TREE, None, checkpoint.root.hex(), found, str(size))
        else:
            self.signed = max(self.signed, size)
            if not name.startswith("stored "):
                self.compared.append(f"{name} of size {size}")

    def _key_at(self, size: int) -> Verifier:
        """The key that may sign a size. A log whose first entry is unreadable has none."""
        in_force = [key for key, first in self.keys if first <= size]
        return in_force[-1] if in_force else Verifier(self.origin, bytes(32))

    def trust(self, fingerprints: Sequence[str]) -> None:
        """Whether one of the trusted fingerprints is of a key that the log has had; the rotations
        between it and today's key were verified above."""
        if not fingerprints:
            return
        had = {fingerprint(key.vkey) for key, _ in self.keys}
        matched = [value for value in fingerprints if value.lower() in had]
        if matched:
            self.compared += [f"fingerprint {value.lower()}" for value in matched]
        else:
            self.add(
                p.OTHER_KEY, Layer.SIGNATURE, None, ", ".join(fingerprints), ", ".join(sorted(had))
            )

    def report(self) -> VerificationReport:
        return VerificationReport(
            self.origin,
            self.size,
            self.root,
            self.signed,
            tuple(fingerprint(key.vkey) for key, _ in self.keys),
            tuple(self.compared),
            tuple(sorted(self.problems, key=lambda problem: problem.rank)),
        )

    def add(
        self,
        why: Any,
        layer: Layer,
        index: int | None,
        expected: object,
        found: object,
        subject: str = "",
    ) -> None:
        self.problems.append(Problem(why, layer, index, str(expected), str(found), subject))

    def _one(self, statement: str, *values: object) -> Any:
        return self.rows.run(self.cursor, statement, self.rows.log_id, *values).fetchone()[0]

    def _wanted(self) -> Iterator[int]:
        """Sizes whose roots will be compared: of checkpoints and of rotation statements."""
        for _, note in self.checkpoints:
            try:
                yield read_unverified(note).size
            except DeviceTrailError:
                continue
        for seq in self.rows.rotations(self.cursor):
            for _, _, raw in self.rows.range(self.cursor, seq, seq + 1):
                size = _rotation_size(raw)
                if size is not None:
                    yield size


def _rotation_size(raw: bytes) -> int | None:
    try:
        facts = parse_entry(raw).ledger
        assert facts is not None
        return int(facts["note"].split("\n")[2])
    except (DeviceTrailError, AssertionError, KeyError, ValueError, IndexError):
        return None


def _bytes(text: str) -> bytes:
    return text.encode("utf-8", "surrogatepass")


__all__ = ["VerificationReport", "verify_log"]
