"""What writers hand to the journal and get back."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum


@dataclass(frozen=True, slots=True)
class ReceiptSource:
    """Where an original came from.

    connector: `folder`, `upload`, `imap`, … name: of the configured source. ref: what names this
    very item at the source (path, message id, object key); with it, the same item delivered again
    is the same receipt. user, at: the other system's own user and time, if it says so.
    """

    connector: str
    name: str = ""
    ref: str = ""
    user: str | None = None
    at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Receipt:
    """seq: of the `document.received` entry. duplicate: the same bytes had been received before."""

    seq: int
    sha256: str
    duplicate: bool


@dataclass(frozen=True, slots=True)
class DocumentRead:
    """How a document became records; closes its reading.

    document: its SHA-256. reader, parser: name and version. kind: what it was recognised as.
    outcome: a stable word (`records`, `nothing_new`, `informative`, …).
    """

    document: str
    reader: str
    parser: str
    kind: str
    outcome: str = "records"


class Outcome(StrEnum):
    """What became of a record draft."""

    RECORDED = "recorded"
    DUPLICATE = "duplicate"  # the same record with the same content stands already
    CONFLICT = "conflict"  # the same record with other content stands: in quarantine
    REPEATED = "repeated"  # an earlier draft of the same call says the same


@dataclass(frozen=True, slots=True)
class Written:
    """One draft's fate. seq: of the record, the one it repeats, or the quarantine entry.

    against: seq of the standing record, for duplicates and conflicts.
    """

    outcome: Outcome
    seq: int
    key: str
    against: int | None = None


@dataclass(frozen=True, slots=True)
class Signature:
    """An electronic signature: who, by what name, what it means, how he proved himself.

    The time is not here: the journal takes it from its own clock.
    """

    actor: str
    name: str
    meaning: str
    method: str
    reason: str | None = None
    note: dict[str, str] = field(default_factory=dict)
