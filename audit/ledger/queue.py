"""Where callers wait: groups of drafts in two bounded lanes, drained by one writer.

A group is appended contiguously and atomically. The lanes are plain lists under one lock, so that
sixty-four callers and the writer touch the lock once for each group and once for each batch.
"""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable, Mapping
from concurrent.futures import Future
from typing import Any, Final

from audit.ledger.entry import Prepared
from audit.ledger.types import Entry, Lane
from base.errors import Unavailable, message

QUEUE_ENTRIES: Final = 4_096
QUEUE_BYTES: Final = 64 << 20

BUSY = message(
    "ledger.busy",
    zh="账本繁忙：等待 {seconds} 秒后队列仍满，请以同一键值重试",
    en="the ledger is busy: its queue stayed full for {seconds} s; try again with the same key",
)
CLOSED = message("ledger.closed", zh="账本已关闭", en="the log is closed")

Settled = "tuple[Entry, ...] | BaseException"
Late = Callable[[Any, int], "list[Prepared]"]
"""Drafts that can only be made under the head lock: takes the cursor and the size there."""


class Group:
    """Drafts to append together, and where their caller waits."""

    __slots__ = ("_future", "_outcome", "_waiting", "after", "items", "lane", "late", "size")

    def __init__(
        self,
        items: list[Prepared],
        lane: Lane,
        *,
        future: Future[tuple[Entry, ...]] | None = None,
        late: Late | None = None,
        after: Callable[[Any, tuple[Entry, ...]], None] | None = None,
    ) -> None:
        """`late` makes the drafts under the head lock; `after` writes beside them in the same
        transaction."""
        self.items = items
        self.lane = lane
        self.late = late
        self.after = after
        self.size = sum(item.size for item in items)
        self._future = future
        self._outcome: tuple[Entry, ...] | BaseException | None = None
        if future is None:
            self._waiting = threading.Lock()
            self._waiting.acquire()

    def settle(self, outcome: tuple[Entry, ...] | BaseException) -> None:
        """Answer the caller, once."""
        future = self._future
        if future is None:
            if self._outcome is None:
                self._outcome = outcome
                self._waiting.release()
        elif not future.done():
            if isinstance(outcome, BaseException):
                future.set_exception(outcome)
            else:
                future.set_result(outcome)

    def wait(self) -> tuple[Entry, ...]:
        """Block until settled; returns the entries or raises."""
        self._waiting.acquire()
        outcome = self._outcome
        assert outcome is not None
        if isinstance(outcome, BaseException):
            raise outcome
        return outcome


class Queue:
    """Two lanes with back-pressure. `put` from any thread, `drain` from the writer's only."""

    def __init__(self, patience: float) -> None:
        """`patience`: seconds that `put` waits for room."""
        self._patience = patience
        self._lock = threading.Lock()
        self._room = threading.Condition(self._lock)
        self._filled = threading.Condition(self._lock)
        self._lanes: Mapping[Lane, deque[Group]] = {lane: deque() for lane in Lane}
        self._entries = dict.fromkeys(Lane, 0)
        self._bytes = dict.fromkeys(Lane, 0)
        self._idle = False
        self._crowded = False
        self._closed = False

    def put(self, group: Group) -> None:
        """Queue a group. Raises Unavailable when there is no room in time or the log is closed."""
        lane, count = group.lane, len(group.items)
        with self._lock:
            if self._entries[lane] >= QUEUE_ENTRIES or self._bytes[lane] >= QUEUE_BYTES:
                self._wait_for_room(lane)
            if self._closed:
                raise Unavailable(CLOSED)
            self._lanes[lane].append(group)
            self._entries[lane] += count
            self._bytes[lane] += group.size
            if self._idle:
                self._idle = False
                self._filled.notify()

    def drain(self, limits: Mapping[Lane, int], size: int) -> list[Group]:
        """Wait for work and take the next batch: whole groups, interactive first, at least one.

        A lane adds to the batch while it holds fewer entries than the lane's limit and fewer bytes
        than `size`, so that bulk rides along but makes nobody wait for a full batch of it. An empty
        list: closed and nothing left.
        """
        batch: list[Group] = []
        held, held_bytes = 0, 0
        with self._lock:
            while not any(self._lanes.values()):
                if self._closed:
                    return batch
                self._idle = True
                self._filled.wait()
            for lane, waiting in self._lanes.items():
                while waiting:
                    group = waiting[0]
                    count = len(group.items)
                    if batch and (held + count > limits[lane] or held_bytes + group.size > size):
                        break
                    batch.append(waiting.popleft())
                    held += count
                    held_bytes += group.size
                    self._entries[lane] -= count
                    self._bytes[lane] -= group.size
            if self._crowded:
                self._crowded = False
                self._room.notify_all()
        return batch

    def abandoned(self) -> list[Group]:
        """Take out everything that still waits, for a writer that cannot go on."""
        with self._lock:
            left = [group for waiting in self._lanes.values() for group in waiting]
            for waiting in self._lanes.values():
                waiting.clear()
        return left

    def close(self) -> None:
        """Take no more; what is queued is still drained."""
        with self._lock:
            self._closed = True
            self._filled.notify_all()
            self._room.notify_all()

    def _wait_for_room(self, lane: Lane) -> None:
        until = time.monotonic() + self._patience
        while not self._closed and (
            self._entries[lane] >= QUEUE_ENTRIES or self._bytes[lane] >= QUEUE_BYTES
        ):
            left = until - time.monotonic()
            if left <= 0:
                raise Unavailable(BUSY, seconds=self._patience)
            self._crowded = True
            self._room.wait(left)
