"""`Log`: one legal entity's ledger in one database. The door for everybody above.

Reading needs only an engine and an origin; appending starts the writer on first use; signing needs
the signer and the key directory. A `Log` may be used from many threads, and several processes may
each open the same log.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import Future
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, Final

from sqlalchemy import Engine

from audit.ledger import erasure, heads, rotation, signing
from audit.ledger.checkpoint import Checkpoint, read_unverified
from audit.ledger.entry import (
    ERASURE,
    FORMATS,
    OPENED,
    SALT_SIZE,
    STREAM_HEADS,
    new_key,
    parse_entry,
    prepare,
)
from audit.ledger.keys import holds_key, make_current
from audit.ledger.merkle import (
    Frontier,
    consistency_proof,
    frontier_of,
    inclusion_proof,
    perfect_nodes,
)
from audit.ledger.note import Signer, Verifier
from audit.ledger.proofs import TlogProof
from audit.ledger.queue import Group
from audit.ledger.register import find_log, new_log
from audit.ledger.rows import NO_ENTRY, Rows, reading
from audit.ledger.session import durable
from audit.ledger.tables import create_tables
from audit.ledger.types import Appended, Draft, Entry, Lane, Payload, Projector
from audit.ledger.writer import Writer
from base.clock import Clock, SystemClock
from base.errors import IntegrityBroken, Misuse, message

PATIENCE: Final = 5.0
READ_STEP: Final = 1_000
GROUP_ENTRIES: Final = 4_096
GROUP_BYTES: Final = 64 << 20

BAD_GROUP = message(
    "ledger.bad_group",
    zh="一组条目不成立：{reason}",
    en="the group of drafts is not acceptable: {reason}",
)
NO_SIGNER = message(
    "ledger.no_signer",
    zh="账本打开时没有给出签名密钥",
    en="the log was opened without a signer and key directory",
)
AFTER_FORK = message(
    "ledger.after_fork",
    zh="账本由其他进程打开，请在本进程重新打开",
    en="the log was opened by another process; open it again in this one",
)


@dataclass(frozen=True, slots=True)
class Restored:
    """What a new incarnation says of the one it was restored from."""

    origin: str
    checkpoint: str
    heads: bytes | None = None


class Log:
    """See the module. Made by `create` or `open`."""

    def __init__(
        self,
        engine: Engine,
        rows: Rows,
        origin: str,
        signer: Signer | None,
        key_dir: Path | None,
        clock: Clock,
        projector: Projector | None,
        patience: float,
    ) -> None:
        self.engine = engine
        self.origin = origin
        self.log_id = rows.log_id
        self._rows = rows
        self._signer = signer
        self._key_dir = key_dir
        self._clock = clock
        self._writer = Writer(engine, rows, origin, clock, projector, patience)
        self._pid = os.getpid()

    @classmethod
    def create(
        cls,
        engine: Engine,
        *,
        origin: str,
        signer: Signer,
        key_dir: Path,
        clock: Clock | None = None,
        actor: str,
        projector: Projector | None = None,
        restored: Restored | None = None,
        patience: float = PATIENCE,
    ) -> Log:
        """Create the tables where absent, write entry 0 `log.opened`, sign the first checkpoint.

        Raises Refused when the origin exists, Misuse when it cannot stand in a note.
        """
        verifier = Verifier(origin, b"\0" * 32)
        durable(engine)
        with engine.begin() as connection:
            create_tables(connection)
        log_id = new_log(engine, verifier.name, signer.vkey, patience)
        rows = Rows(engine.dialect.name, log_id)
        clock = clock or SystemClock()
        log = cls(engine, rows, origin, signer, key_dir, clock, projector, patience)
        facts: dict[str, Any] = {"formats": dict(FORMATS), "vkey": signer.vkey}
        if restored is not None:
            facts["restored"] = {"origin": restored.origin, "checkpoint": restored.checkpoint}
            if restored.heads is not None:
                facts["restored"]["heads"] = restored.heads.hex()
        log.append_own(Draft(OPENED, new_key(), actor), facts)
        log.checkpoint()
        return log

    @classmethod
    def open(
        cls,
        engine: Engine,
        *,
        origin: str | None = None,
        signer: Signer | None = None,
        key_dir: Path | None = None,
        clock: Clock | None = None,
        projector: Projector | None = None,
        patience: float = PATIENCE,
    ) -> Log:
        """Open an existing log; without `origin`, the only one. Raises Unavailable when there is
        none or it is from a newer version, IntegrityBroken when the stored log is smaller than or
        disagrees with the checkpoint kept beside the key."""
        durable(engine)
        log_id, origin = find_log(engine, origin)
        rows = Rows(engine.dialect.name, log_id)
        if key_dir is not None:
            with reading(engine) as cursor:
                signing.last_signed(cursor, rows, origin, key_dir)
        clock = clock or SystemClock()
        return cls(engine, rows, origin, signer, key_dir, clock, projector, patience)

    # Appending

    def submit(
        self, drafts: Sequence[Draft], lane: Lane = Lane.INTERACTIVE
    ) -> Future[tuple[Entry, ...]]:
        """Queue a group to be appended contiguously and atomically. The future resolves once it is
        durable and projected. Raises Misuse on a bad draft, Unavailable when the queue stays full.
        """
        future: Future[tuple[Entry, ...]] = Future()
        future.set_running_or_notify_cancel()
        self._put(Group(self._prepare(drafts), lane, future=future))
        return future

    def append(self, *drafts: Draft, lane: Lane = Lane.INTERACTIVE) -> tuple[Entry, ...]:
        """`submit` and wait. Raises what the group was refused with."""
        group = Group(self._prepare(drafts), lane)
        self._put(group)
        return group.wait()

    def append_own(
        self, draft: Draft, facts: Mapping[str, Any], group: Group | None = None
    ) -> Entry:
        """Append one of the ledger's own kinds. For this package only."""
        if group is None:
            group = Group([prepare(draft, self.origin, ledger=facts)], Lane.INTERACTIVE)
        self._put(group)
        return group.wait()[0]

    def _prepare(self, drafts: Sequence[Draft]) -> list[Any]:
        if not 0 < len(drafts) <= GROUP_ENTRIES:
            raise Misuse(BAD_GROUP, reason=f"{len(drafts)} drafts, 1 to {GROUP_ENTRIES}")
        random, origin = os.urandom(SALT_SIZE * len(drafts)), self.origin
        items = [
            prepare(draft, origin, salt=random[at : at + SALT_SIZE])
            for draft, at in zip(drafts, range(0, len(random), SALT_SIZE), strict=True)
        ]
        if len(items) > 1:
            if len({draft.key for draft in drafts}) != len(drafts):
                raise Misuse(BAD_GROUP, reason="a key named twice")
            if sum(item.size for item in items) > GROUP_BYTES:
                raise Misuse(BAD_GROUP, reason=f"more than {GROUP_BYTES} bytes")
        return items

    def _put(self, group: Group) -> None:
        if os.getpid() != self._pid:
            raise Misuse(AFTER_FORK)
        self._writer.put(group)

    # Reading

    def size(self) -> int:
        """Number of entries in the database now."""
        with reading(self.engine) as cursor:
            return self._rows.head(cursor).size

    def entry(self, seq: int) -> Entry:
        """One entry. Raises Misuse when there is none, IntegrityBroken when it is not as hashed."""
        for found in self.entries(seq, seq + 1):
            return found
        raise Misuse(NO_ENTRY, seq=seq)

    def entries(self, start: int = 0, stop: int | None = None) -> Iterator[Entry]:
        """The entries [start, stop), to the present end by default. Raises IntegrityBroken at one
        whose bytes do not have the stored leaf hash."""
        for appended in self._read(start, stop, payloads=False):
            yield appended.entry

    def appended(self, start: int = 0, stop: int | None = None) -> Iterator[Appended]:
        """The entries [start, stop) with their payload bytes (None: none, or erased)."""
        return self._read(start, stop, payloads=True)

    def _read(self, start: int, stop: int | None, *, payloads: bool) -> Iterator[Appended]:
        stop = self.size() if stop is None else stop
        while start < stop:
            end = min(stop, start + READ_STEP)
            with reading(self.engine) as cursor:
                found = self._rows.range(cursor, start, end)
                kept = self._rows.payload_range(cursor, start, end) if payloads else []
            data = {row[0]: row[2] for row in kept}
            for seq, leaf, raw in found:
                entry = parse_entry(raw)
                if entry.leaf != leaf or entry.seq != seq:
                    raise IntegrityBroken(
                        signing.NOT_AS_HASHED,
                        seq=seq,
                        what="leaf hash",
                        expected=leaf.hex(),
                        found=entry.leaf.hex(),
                    )
                yield Appended(entry, data.get(seq))
            if len(found) < end - start:
                return
            start = end

    def payload(self, seq: int) -> bytes | None:
        """An entry's payload bytes; None when it has none or it was erased."""
        found = self._payload(seq)
        return None if found is None else found[1]

    def payload_salt(self, seq: int) -> bytes | None:
        """The salt of an entry's payload; None when it has none or it was erased."""
        found = self._payload(seq)
        return None if found is None else found[0]

    def _payload(self, seq: int) -> tuple[bytes, bytes] | None:
        with reading(self.engine) as cursor:
            for _, salt, data in self._rows.payload_range(cursor, seq, seq + 1):
                return salt, data
        return None

    def entry_by_key(self, key: str) -> Entry | None:
        """The entry of a key, or None."""
        with reading(self.engine) as cursor:
            for _, raw, _ in self._rows.by_keys(cursor, [key]):
                return parse_entry(raw)
        return None

    def stream_size(self, stream: str) -> int:
        """How many entries a stream holds: the number to give in `Draft.expect`."""
        with reading(self.engine) as cursor:
            for _, n, *_ in self._rows.stream_heads(cursor, [stream]):
                return n + 1
        return 0

    def stream_seqs(self, stream: str, start: int = 0) -> list[int]:
        """The seqs of a stream's entries, from its running number `start`."""
        with reading(self.engine) as cursor:
            return self._rows.stream_seqs(cursor, stream, start)

    # Proving

    def root(self, size: int | None = None) -> bytes:
        """The root hash at a size, now by default."""
        with reading(self.engine) as cursor:
            if size is None:
                return self._rows.head(cursor).root
            return frontier_of(self._rows.nodes(cursor), size).root()

    def inclusion_proof(self, seq: int, size: int) -> tuple[bytes, ...]:
        """RFC 6962 inclusion proof of entry `seq` in the first `size` entries."""
        with reading(self.engine) as cursor:
            nodes, head = self._rows.nodes(cursor), self._rows.head(cursor)
            if size == head.size:
                # The head row holds the right edge; a wrong one would only make a proof that fails.
                frontier = Frontier.from_bytes(head.size, head.frontier)
                for place, node in zip(perfect_nodes(0, size), frontier.nodes, strict=True):
                    nodes.know(*place, node)
            return inclusion_proof(nodes, seq, size)

    def consistency_proof(self, old: int, new: int) -> tuple[bytes, ...]:
        """RFC 6962 consistency proof between two sizes, 0 < old <= new."""
        with reading(self.engine) as cursor:
            return consistency_proof(self._rows.nodes(cursor), old, new)

    def proof_text(self, seq: int, checkpoint: Checkpoint) -> str:
        """The C2SP tlog-proof of an entry under a checkpoint of this log."""
        hashes = self.inclusion_proof(seq, checkpoint.size)
        return str(TlogProof(seq, hashes, checkpoint.note))

    def verifiers(self) -> list[Verifier]:
        """All keys that the log has had, oldest first; the last is in force."""
        with reading(self.engine) as cursor:
            return signing.known_keys(cursor, self._rows)

    # Signing

    def checkpoint(self) -> Checkpoint:
        """Sign the log as it stands, or return the last checkpoint when it has not grown. Raises
        IntegrityBroken when what is stored does not continue what was signed."""
        signer, key_dir = self._signing()
        return signing.sign(self.engine, self._rows, self.origin, [signer], key_dir, self._clock)

    def last_checkpoint(self) -> Checkpoint | None:
        """The newest checkpoint in the database, not verified again."""
        with reading(self.engine) as cursor:
            for note in signing.stored_checkpoints(cursor, self._rows, 1):
                return read_unverified(note)
        return None

    def checkpoints(self) -> list[Checkpoint]:
        """All checkpoints in the database, oldest first, not verified again."""
        with reading(self.engine) as cursor:
            notes = signing.stored_checkpoints(cursor, self._rows)
        return [read_unverified(note) for note in reversed(notes)]

    def rotate_key(self, new_signer: Signer, actor: str) -> Entry:
        """Hand over to a new key: an entry signed by both, then a checkpoint signed by both. The
        key directory names the new key as current when it holds it."""
        signer, key_dir = self._signing()
        entry = rotation.rotate(self, self._rows, signer, new_signer, actor)
        self._signer = new_signer
        if holds_key(key_dir, new_signer.vkey):
            make_current(key_dir, new_signer.vkey)
        signing.sign(
            self.engine,
            self._rows,
            self.origin,
            [signer, new_signer],
            key_dir,
            self._clock,
        )
        return entry

    def _signing(self) -> tuple[Signer, Path]:
        if self._signer is None or self._key_dir is None:
            raise Misuse(NO_SIGNER)
        return self._signer, self._key_dir

    # Streams' heads and erasure

    def append_stream_heads(self, actor: str) -> Entry:
        """Append `stream.heads` over all entries before it."""
        draft = Draft(STREAM_HEADS, new_key(), actor)
        return self.append_own(draft, {}, heads.group(self._rows, self.origin, draft))

    def heads_proof(self, stream: str, heads_seq: int) -> heads.HeadProof:
        """The map proof of a stream under the `stream.heads` entry `heads_seq`."""
        with reading(self.engine) as cursor:
            return heads.prove(cursor, self._rows, stream, self.entry(heads_seq))

    def erase(
        self,
        seqs: Sequence[int],
        actor: str,
        reason: str,
        *,
        key: str | None = None,
        streams: Sequence[str] = (),
        payload: Payload | None = None,
    ) -> Entry:
        """Delete the payloads and salts of entries, under an `erasure` entry that names them.

        `reason` is a code, never personal; free text goes into `payload`. Whether erasure is
        allowed (retention, legal hold) is decided by the caller. Raises Misuse for an entry without
        payload or already erased.
        """
        draft = Draft(ERASURE, key or new_key(), actor, payload=payload, streams=tuple(streams))
        return self.append_own(
            draft, {}, erasure.group(self._rows, self.origin, draft, seqs, reason)
        )

    def close(self) -> None:
        """Write what is queued and stop the writer. The engine stays open."""
        if os.getpid() == self._pid:
            self._writer.close()

    def __enter__(self) -> Log:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()
