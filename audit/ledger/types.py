"""The values that cross the ledger's border. No SQL, no clock, no files here."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from sqlalchemy import Connection


class Lane(StrEnum):
    """Which queue a caller waits in. Interactive is always drained before bulk."""

    INTERACTIVE = "interactive"
    BULK = "bulk"


@dataclass(frozen=True, slots=True)
class DocumentRef:
    """An original by its content address. `sha256` is 64 lower-case hex digits; `size` in bytes."""

    sha256: str
    size: int
    media_type: str


@dataclass(frozen=True, slots=True)
class Payload:
    """Bytes that an entry commits to but does not contain. `schema` is like `record.invoice/2`."""

    schema: str
    data: bytes


@dataclass(frozen=True, slots=True)
class Draft:
    """What a caller asks to append. The writer adds seq, prev, recorded_at and stream numbers.

    key: unique in the log; the same key with the same content answers the stored entry,
        with other content it is refused (`ledger.key_reused`).
    actor: opaque id from authentication.
    streams: normalised identifiers, at most 64, each at most once.
    occurred_at: the event's own time, when it has one.
    supersedes: seqs of the entries that this one replaces.
    expect: stream -> number of entries the stream must hold now, else `ledger.stream_moved`.
    """

    kind: str
    key: str
    actor: str
    payload: Payload | None = None
    streams: tuple[str, ...] = ()
    documents: tuple[DocumentRef, ...] = ()
    occurred_at: datetime | None = None
    supersedes: tuple[int, ...] = ()
    expect: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class StreamLink:
    """An entry's place in one stream: number from 0, leaf hash of the one before (if any)."""

    stream: str
    n: int
    prev: bytes | None


@dataclass(frozen=True, slots=True)
class PayloadCommit:
    """The commitment inside the entry: SHA-256("devicetrail/payload/v1\\n" || salt32 || bytes)."""

    commit: bytes
    size: int
    schema: str


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry as stored. `raw` is exactly what was hashed; the rest is read from it."""

    raw: bytes
    leaf: bytes
    origin: str
    seq: int
    prev: bytes | None
    kind: str
    key: str
    actor: str
    recorded_at: datetime
    occurred_at: datetime | None
    streams: tuple[StreamLink, ...]
    payload: PayloadCommit | None
    documents: tuple[DocumentRef, ...]
    supersedes: tuple[int, ...]
    ledger: Mapping[str, Any] | None = None
    """What the ledger says about itself, in its own kinds only (see `entry.py`)."""


@dataclass(frozen=True, slots=True)
class Appended:
    """An entry together with its payload bytes, as a projector sees it (None: none, or erased)."""

    entry: Entry
    payload: bytes | None


Projector = Callable[["Connection", Sequence[Appended]], None]
"""Writes read tables inside the append's own transaction. Must be a pure function of what it is
given and of the read tables; raising refuses the group of drafts and nothing of it stays."""
