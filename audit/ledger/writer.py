"""Group commit: one writer for each log in a process.

1. Take what waits: at most 256 entries, 4 MiB or about 10 ms of work, interactive before bulk.
2. Begin, lock the head row, compare it with what this writer last wrote or read. Another process
   may have appended (then catch up, proving that what we knew is a prefix); nothing else may.
3. Place all groups and write them at once. If anything fails, roll back and place each group in
   its own savepoint, so that one bad group fails alone.
4. Project into read tables, write full tiles, stream heads and the head row. COMMIT.
5. Only then answer the callers. An unknown COMMIT outcome is settled by looking up the keys.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import Engine
from sqlalchemy.exc import DBAPIError

from audit.ledger.entry import (
    CLOCK_STEPPED,
    Prepared,
    new_key,
    parse_entry,
    place,
    prepare,
    same_content,
)
from audit.ledger.merkle import Frontier, frontier_of
from audit.ledger.queue import CLOSED, Group, Queue
from audit.ledger.rows import COPY_ROWS, Head, Rows
from audit.ledger.session import Session, storage_failure
from audit.ledger.tiles import Tile, TreeState
from audit.ledger.types import Appended, Draft, Entry, Lane, Projector, StreamLink
from audit.ledger.wal import WalFolder
from base.clock import Clock, parse_rfc3339, rfc3339
from base.errors import IntegrityBroken, Misuse, Refused, Unavailable, message

BATCH_ENTRIES: Final = 256
BATCH_AT_LEAST: Final = 64
"""Most of a small batch's time is the commit, not its entries. Without a floor, one slow commit
would make the next batch smaller, each entry seem dearer, and so on down to one at a time."""
BATCH_BYTES: Final = 4 << 20
BATCH_SECONDS: Final = {Lane.INTERACTIVE: 0.010, Lane.BULK: 0.004}
"""About the work in one batch: whoever comes just after it began waits that long."""
CLOCK_TOLERANCE: Final = timedelta(seconds=5)
CACHED_STREAMS: Final = 200_000

KEY_REUSED = message(
    "ledger.key_reused",
    zh="键值 {key} 已用于内容不同的条目 {seq}",
    en="the key {key} already belongs to entry {seq} with other content",
)
STREAM_MOVED = message(
    "ledger.stream_moved",
    zh="{stream} 现有 {found} 个条目，预期 {expected} 个",
    en="{stream} holds {found} entries now, expected {expected}",
)
SUPERSEDES_FUTURE = message(
    "ledger.supersedes_future",
    zh="条目 {seq} 不能取代尚不存在的条目 {superseded}",
    en="entry {seq} cannot supersede entry {superseded}, which does not exist yet",
)
HEAD_CHANGED = message(
    "ledger.head_changed",
    zh="账本头与已知不符：预期 {expected}，实际 {found}",
    en="the log's head is not what it was: expected {expected}, found {found}",
)
UNKNOWN_OUTCOME = message(
    "ledger.unknown_outcome",
    zh="提交结果未知，请以同一键值重试：{reason}",
    en="the outcome of the commit is not known; try again with the same key: {reason}",
)
PROJECTOR_ENDED = message(
    "ledger.projector_ended_transaction",
    zh="投影结束了追加所在的事务",
    en="the projector ended the append's transaction",
)


_Place = tuple[int, bytes, int, int]
"""Where a stream stands: n, leaf hash, seq and slot of its last entry."""


@dataclass(slots=True)
class _Known:
    """Where the log stands as this writer last saw it committed."""

    tree: TreeState
    root: bytes
    leaf: bytes | None
    time: str | None


@dataclass(slots=True)
class _Batch:
    """One transaction in the making."""

    tree: TreeState
    leaf: bytes | None
    moment: datetime
    time: str
    moved: dict[str, _Place] = field(default_factory=dict)
    settled: list[tuple[Group, tuple[Entry, ...] | BaseException]] = field(default_factory=list)
    written: int = 0


class Writer:
    """Owns the queue, the thread and the only writing connection of one log in this process."""

    def __init__(
        self,
        engine: Engine,
        rows: Rows,
        origin: str,
        clock: Clock,
        projector: Projector | None,
        patience: float,
    ) -> None:
        self._engine = engine
        self._rows = rows
        self._origin = origin
        self._clock = clock
        self._projector = projector
        self._patience = patience
        self._queue = Queue(patience)
        self._session: Session | None = None
        self._known: _Known | None = None
        self._heads: dict[str, _Place] = {}
        self._seconds_per_entry = BATCH_SECONDS[Lane.INTERACTIVE] / BATCH_ENTRIES
        self._thread: threading.Thread | None = None
        self._starting = threading.Lock()
        self._folder: WalFolder | None = None

    def put(self, group: Group) -> None:
        """Queue a group for the next batch. Raises Unavailable when closed or full."""
        if self._thread is None:
            self._start()
        self._queue.put(group)

    def close(self) -> None:
        """Write what is queued, then end the thread and the connection."""
        self._queue.close()
        thread = self._thread
        if thread is not None and thread is not threading.current_thread():
            thread.join()

    def _start(self) -> None:
        with self._starting:
            if self._thread is None:
                if not self._rows.postgresql:
                    self._folder = WalFolder(self._engine)
                name = f"ledger-{self._rows.log_id}"
                self._thread = threading.Thread(target=self._run, name=name, daemon=True)
                self._thread.start()

    def _run(self) -> None:
        groups: list[Group] = []
        try:
            while groups := self._queue.drain(self._limits(), BATCH_BYTES):
                self._answer(groups)
        except BaseException as error:
            # Nobody waits for a writer that is gone: all are refused with the reason.
            self._queue.close()
            for group in groups + self._queue.abandoned():
                group.settle(error)
            raise
        finally:
            self._drop_session()
            if self._folder is not None:
                self._folder.close()

    def _limits(self) -> dict[Lane, int]:
        return {
            lane: max(BATCH_AT_LEAST, min(BATCH_ENTRIES, int(seconds / self._seconds_per_entry)))
            for lane, seconds in BATCH_SECONDS.items()
        }

    def _answer(self, groups: list[Group]) -> None:
        """Write one batch and settle every group of it."""
        started = time.perf_counter()
        try:
            answers = self._write(groups)
        except Exception as error:  # noqa: BLE001 - every caller gets it; the writer goes on
            answers = [(group, error) for group in groups]
        if any(not isinstance(answer, BaseException) for _, answer in answers):
            took = (time.perf_counter() - started) / max(1, sum([len(g.items) for g in groups]))
            self._seconds_per_entry += (took - self._seconds_per_entry) / 8
        for group, answer in answers:
            group.settle(answer)
        if self._folder is not None:
            self._folder.wrote(sum([group.size for group in groups]))

    def _write(self, groups: list[Group]) -> list[tuple[Group, Any]]:
        """One transaction. Returns every group's answer."""
        try:
            session = self._session or self._open_session()
            batch = self._begin(session)
            if self._one_trip(groups):
                answers = self._written_in_one_trip(session, batch, groups)
                if answers is not None:
                    return answers
                batch = self._begin(session)
            if not self._placed_together(session, batch, groups):
                batch = self._begin(session)
                for group in groups:
                    self._place_alone(session, batch, group)
            head = self._head(batch)
        except Exception as error:
            self._drop_session()
            failed = storage_failure(error)
            if failed is not None:
                raise failed from error
            raise
        if head is None:
            session.rollback()
            return self._answers(batch, groups)
        try:
            with session.pipeline():
                self._rows.set_head(session.cursor, head)
                session.commit()
            session.ended()
        except Exception as error:  # noqa: BLE001 - settled by looking up the keys
            self._drop_session()
            return self._settle_unknown(batch, groups, error)
        return self._committed(batch, head, groups)

    def _one_trip(self, groups: list[Group]) -> bool:
        """Whether everything from the first row to COMMIT can be sent before any answer is read:
        on PostgreSQL, when nobody looks at the rows in between."""
        return (
            self._rows.postgresql
            and self._projector is None
            and all(group.late is None and group.after is None for group in groups)
            and sum([len(item.streams) + 1 for g in groups for item in g.items]) < COPY_ROWS
        )

    def _written_in_one_trip(
        self, session: Session, batch: _Batch, groups: list[Group]
    ) -> list[tuple[Group, Any]] | None:
        """Place and commit in one round trip; None, rolled back, when a statement was refused."""
        head: Head | None = None
        try:
            with session.pipeline():
                self._place(session, batch, groups, pipeline=False)
                head = self._head(batch)
                if head is not None:
                    self._rows.set_head(session.cursor, head)
                    session.commit()
        except Exception as error:  # noqa: BLE001 - each group then has its own try
            if storage_failure(error) is not None:
                self._drop_session()
                return self._settle_unknown(batch, groups, error)
            session.rollback()
            return None
        if head is None:
            session.rollback()
            return self._answers(batch, groups)
        session.ended()
        return self._committed(batch, head, groups)

    def _committed(self, batch: _Batch, head: Head, groups: list[Group]) -> list[tuple[Group, Any]]:
        """From now on this is what is known."""
        self._known = _Known(batch.tree, head.root, head.head_leaf, head.head_time)
        if len(self._heads) > CACHED_STREAMS:
            self._heads.clear()
        self._heads.update(batch.moved)
        return self._answers(batch, groups)

    def _answers(self, batch: _Batch, groups: list[Group]) -> list[tuple[Group, Any]]:
        asked = set(map(id, groups))
        return [pair for pair in batch.settled if id(pair[0]) in asked]

    def _open_session(self) -> Session:
        self._session = Session(self._engine, self._patience)
        return self._session

    def _drop_session(self) -> None:
        """After a failure nothing in memory is trusted: the next batch reads the head again."""
        if self._session is not None:
            self._session.close()
        self._session = None
        self._heads.clear()

    def _begin(self, session: Session) -> _Batch:
        """Begin, lock the head and compare it with what is known."""
        with session.pipeline():
            session.begin()
            head = self._rows.head(session.cursor, lock=True)
        known = self._known
        if known is None or (head.size, head.head_leaf) != (known.tree.size, known.leaf):
            known = self._known = self._catch_up(session.cursor, head)
            self._heads.clear()
        moment = self._clock.now()
        batch = _Batch(known.tree.copy(), known.leaf, moment, rfc3339(moment))
        if known.time is not None:
            before = parse_rfc3339(known.time)
            if moment < before - CLOCK_TOLERANCE:
                facts = {"from": known.time, "to": batch.time}
                draft = Draft(CLOCK_STEPPED, new_key(), "system:ledger")
                stepped = Group([prepare(draft, self._origin, ledger=facts)], Lane.INTERACTIVE)
                self._place(session, batch, [stepped])
        return batch

    def _catch_up(self, cursor: Any, head: Head) -> _Known:
        """Read the tree behind a head row that is not the one we know, proving that it agrees with
        itself and that what we knew is a prefix of it. Raises IntegrityBroken."""
        known = self._known
        if known is not None and head.size <= known.tree.size:
            expected = f"{known.tree.size} {(known.leaf or b'').hex()}"
            found = f"{head.size} {(head.head_leaf or b'').hex()}"
            raise IntegrityBroken(HEAD_CHANGED, expected=expected, found=found)
        nodes = self._rows.nodes(cursor)
        for size, root in [(head.size, head.root)] + (
            [(known.tree.size, known.root)] if known is not None else []
        ):
            stored = frontier_of(nodes, size).root()
            if stored != root:
                raise IntegrityBroken(HEAD_CHANGED, expected=root.hex(), found=stored.hex())
        if Frontier.from_bytes(head.size, head.frontier).root() != head.root:
            raise IntegrityBroken(HEAD_CHANGED, expected=head.root.hex(), found="frontier")
        return _Known(self._rows.tree(cursor, head), head.root, head.head_leaf, head.head_time)

    def _placed_together(self, session: Session, batch: _Batch, groups: list[Group]) -> bool:
        """All groups at once; False, with the transaction rolled back, when that cannot be."""
        try:
            # A group made late reads what the groups before it wrote.
            if len(groups) == 1 or all(group.late is None for group in groups):
                self._place(session, batch, groups)
                return True
        except Exception as error:
            if storage_failure(error) is not None:
                raise
        session.rollback()
        return False

    def _place_alone(self, session: Session, batch: _Batch, group: Group) -> None:
        """One group in its own savepoint, after looking whether its keys are already there."""
        before = (batch.tree.copy(), batch.leaf, dict(batch.moved), batch.written)
        session.savepoint()
        try:
            stored = self._stored(session.cursor, group.items)
            if stored is not None:
                batch.settled.append((group, stored))
            else:
                self._place(session, batch, [group])
        except Exception as error:
            if storage_failure(error) is not None or not session.in_transaction:
                raise
            session.back_to_savepoint()
            batch.tree, batch.leaf, batch.moved, batch.written = before
            batch.settled.append((group, error))
        else:
            session.release()

    def _stored(self, cursor: Any, items: Sequence[Prepared]) -> tuple[Entry, ...] | None:
        """The stored entries when all keys exist with the same content; None when none exists.
        Raises Misuse when a key is there with other content, or only some are."""
        found = {row[0]: row for row in self._rows.by_keys(cursor, [i.draft.key for i in items])}
        if not found:
            return None
        entries = []
        for item in items:
            row = found.get(item.draft.key)
            if row is None:
                any_key, any_row = next(iter(found.items()))
                raise Misuse(KEY_REUSED, key=any_key, seq=parse_entry(any_row[1]).seq)
            entry = parse_entry(row[1])
            if not same_content(entry, item.draft, row[2]):
                raise Misuse(KEY_REUSED, key=entry.key, seq=entry.seq)
            entries.append(entry)
        return tuple(entries)

    def _place(
        self, session: Session, batch: _Batch, groups: list[Group], *, pipeline: bool = True
    ) -> None:
        """Give the groups their places and write their rows. A group whose expectation does not
        hold is answered so and takes no place."""
        rows, cursor, log_id = self._rows, session.cursor, self._rows.log_id
        self._load_heads(cursor, batch, groups)
        entry_rows, payload_rows, link_rows = [], [], []
        touched: dict[str, tuple[str, int, int, int]] = {}
        moved, projected = batch.moved, self._projector is not None
        full: list[Tile] = []
        appended: list[Appended] = []
        placed: list[tuple[Group, tuple[Entry, ...]]] = []
        for group in groups:
            items = group.items
            if group.late is not None:
                items = group.late(cursor, batch.tree.size)
                self._load_items(cursor, batch, items)
            refusal = self._refusal(batch, items)
            if refusal is not None:
                batch.settled.append((group, refusal))
                continue
            entries = []
            for item in items:
                seq = batch.tree.size
                links = tuple([self._link(batch, stream) for stream in item.draft.streams])
                entry = place(item, self._origin, seq, batch.leaf, batch.moment, batch.time, links)
                batch.leaf = leaf = entry.leaf
                batch.tree.push(leaf, full)
                entry_rows.append((log_id, seq, entry.key, leaf, entry.raw))
                for slot, link in enumerate(links):
                    stream, n = link.stream, link.n
                    if n:
                        before = moved.get(stream) or self._heads[stream]
                        link_rows.append((log_id, seq, slot, before[2], before[3]))
                    moved[stream] = (n, leaf, seq, slot)
                    touched[stream] = (stream, n, seq, slot)
                payload = item.draft.payload
                data = None if payload is None else payload.data
                if data is not None:
                    payload_rows.append((log_id, seq, item.salt, data))
                if projected:
                    appended.append(Appended(entry, data))
                entries.append(entry)
            placed.append((group, tuple(entries)))
        small = len(link_rows) + len(entry_rows) < COPY_ROWS
        with session.pipeline(when=pipeline and small):
            rows.insert(cursor, "entry", entry_rows)
            rows.insert(cursor, "payload", payload_rows)
            rows.insert(cursor, "stream_link", link_rows)
            rows.insert(
                cursor, "tile", [(log_id, t.level, t.index, t.root, t.middle, t.data) for t in full]
            )
            rows.set_stream_heads(cursor, touched.values())
        for group, group_entries in placed:
            if group.after is not None:
                group.after(cursor, group_entries)
        if self._projector is not None and appended:
            self._projector(session.connection, appended)
            if not session.in_transaction:
                raise Misuse(PROJECTOR_ENDED)
        batch.settled += placed
        batch.written += len(entry_rows)

    def _head(self, batch: _Batch) -> Head | None:
        """The new head row; None when nothing was placed."""
        if not batch.written:
            return None
        frontier = batch.tree.frontier
        return Head(frontier.size, frontier.root(), frontier.to_bytes(), batch.leaf, batch.time)

    def _refusal(self, batch: _Batch, items: Sequence[Prepared]) -> Refused | Misuse | None:
        """What stands against a group before any of it is placed."""
        seq = batch.tree.size
        for at, item in enumerate(items):
            for stream, expected in item.draft.expect.items():
                found = self._count(batch, stream)
                if found != expected:
                    return Refused(STREAM_MOVED, stream=stream, expected=expected, found=found)
            for superseded in item.draft.supersedes:
                if superseded >= seq + at:
                    return Misuse(SUPERSEDES_FUTURE, seq=seq + at, superseded=superseded)
        return None

    def _count(self, batch: _Batch, stream: str) -> int:
        last = batch.moved.get(stream) or self._heads.get(stream)
        return 0 if last is None else last[0] + 1

    def _link(self, batch: _Batch, stream: str) -> StreamLink:
        last = batch.moved.get(stream) or self._heads.get(stream)
        if last is None:
            return StreamLink(stream, 0, None)
        return StreamLink(stream, last[0] + 1, last[1])

    def _load_heads(self, cursor: Any, batch: _Batch, groups: list[Group]) -> None:
        self._load_items(cursor, batch, [item for group in groups for item in group.items])

    def _load_items(self, cursor: Any, batch: _Batch, items: Sequence[Prepared]) -> None:
        """Read the heads of all streams named, once while nobody else appends."""
        names: set[str] = set()
        for item in items:
            names.update(item.draft.streams)
            if item.draft.expect:
                names.update(item.draft.expect)
        names = {name for name in names if name not in self._heads and name not in batch.moved}
        if names:
            for stream, n, leaf, seq, slot in self._rows.stream_heads(cursor, names):
                self._heads[stream] = (n, leaf, seq, slot)

    def _settle_unknown(
        self, batch: _Batch, groups: list[Group], error: Exception
    ) -> list[tuple[Group, Any]]:
        """The COMMIT raised: look under the head lock whether the entries are there."""
        answers = self._answers(batch, groups)
        keys = [e.key for _, a in answers if not isinstance(a, BaseException) for e in a]
        try:
            session = self._open_session()
            session.begin()
            self._rows.head(session.cursor, lock=True)
            raws = {row[0]: row[1] for row in self._rows.by_keys(session.cursor, keys)}
            session.rollback()
        except (DBAPIError, Unavailable, OSError) as second:
            self._drop_session()
            unknown = Unavailable(UNKNOWN_OUTCOME, reason=f"{error}; {second}")
            return [(group, unknown) for group in groups]
        lost = storage_failure(error) or error
        if _unsynced(error):
            # The frames are whole in the WAL: until something is committed over them, a crash
            # would bring them back. So it is not known that nothing was written.
            lost = Unavailable(UNKNOWN_OUTCOME, reason=str(error))
        found: dict[int, Any] = {}
        for group, answer in answers:
            refused = isinstance(answer, BaseException)
            there = refused or all(raws.get(entry.key) == entry.raw for entry in answer)
            found[id(group)] = answer if there else lost
        # A group that was not placed before the failure is refused with it.
        return [(group, found.get(id(group), lost)) for group in groups]


def _unsynced(error: Exception) -> bool:
    """Whether SQLite wrote a transaction and then could not sync it."""
    cause = getattr(error, "orig", None) or error
    return getattr(cause, "sqlite_errorname", "") == "SQLITE_IOERR_FSYNC"


__all__ = ["CLOSED", "KEY_REUSED", "STREAM_MOVED", "Writer"]
