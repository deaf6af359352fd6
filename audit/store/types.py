"""What the store hands out. Frozen values; a row never leaves the room as a row."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from audit.records import Record
from audit.store.state import State


@dataclass(frozen=True, slots=True)
class StoredRecord:
    """A record as known at a snapshot.

    seq: of its entry. state: at the snapshot. record: None once erased. identity: "" once erased.
    from_seq: entry that made it known (with its last lines); to_seq: entry that ended the state it
    has in the snapshot, if any has so far. supersedes: seq of the record that it corrects.
    subjects: role -> subject ids, each once, resolved at the snapshot.
    """

    seq: int
    kind: str
    record: Record | None
    state: State
    identity: str
    document: str | None
    recorded_at: datetime
    actor: str
    key: str
    from_seq: int
    to_seq: int | None
    subjects: Mapping[str, tuple[str, ...]]
    supersedes: int | None = None
    valid_from: date | None = None
    valid_until: date | None = None
    occurred_on: date | None = None
    conflicts: tuple[Mapping[str, Any], ...] = ()
    state_since: int = 0


@dataclass(frozen=True, slots=True)
class StoredDocument:
    """An original: its last state and its first receipt as known at a snapshot.

    state: `received` (unfinished work), `read`, `quarantined`, `released`, `rejected`, `disposed`.
    outcome: what the entry that set the state said. receipts: seqs of all arrivals, in order.
    """

    sha256: str
    state: str
    size: int
    media_type: str
    sm3: str | None
    file_name: str | None
    source: Mapping[str, Any]
    received_at: datetime
    received_by: str
    receipts: tuple[int, ...]
    outcome: Mapping[str, Any]
    since: int


@dataclass(frozen=True, slots=True)
class Quarantined:
    """Something that did not become a record. reason: stable code, its params beside it.

    state: `open`, `released`, `rejected`; ended: how it was released or why it was rejected.
    """

    seq: int
    document: str
    reason: str
    state: str
    params: Mapping[str, Any]
    detail: str | None
    draft: Mapping[str, Any] | None
    ended: str | None
    since: int


@dataclass(frozen=True, slots=True)
class StoredFinding:
    """A finding's present step. times: how often it opened. body: all members said so far."""

    fingerprint: str
    rule: str
    subject: str
    status: str
    opened_seq: int
    times: int
    body: Mapping[str, Any]
    since: int


@dataclass(frozen=True, slots=True)
class Fact:
    """A user, policy, hold, package, run, source or decision: name, status, all members said."""

    family: str
    name: str
    status: str
    first_seq: int
    body: Mapping[str, Any]
    since: int


@dataclass(frozen=True, slots=True)
class Link:
    """Two identifiers that are one subject, and the key of the record that says so."""

    a: str
    b: str
    because: str
    from_seq: int
    to_seq: int | None
