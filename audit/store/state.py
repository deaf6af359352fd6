"""What may have become of a record, and how a moment of knowledge is named."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Final


class State(StrEnum):
    """What became of a record."""

    EFFECTIVE = "effective"  # counts since it was appended
    PENDING = "pending"  # waits for somebody of a quality role
    CONFIRMED = "confirmed"  # counts since it was signed
    REFUSED = "refused"
    SUPERSEDED = "superseded"  # by a correction
    ERASED = "erased"  # its payload is gone; an `erasure` entry says why


LIVE: Final = frozenset({State.EFFECTIVE, State.PENDING, State.CONFIRMED})
"""States in which a record stands, confirmed or not."""
COUNTING: Final = frozenset({State.EFFECTIVE, State.CONFIRMED})
"""States in which a record counts without anybody's further word."""


@dataclass(frozen=True, slots=True)
class Snapshot:
    """A moment of knowledge and a day of the world; every query takes one.

    known_at: a ledger size. Entry `seq` is known iff seq < known_at.
    valid_at: the legal day in China that is asked about. The store hands out what was known and
        leaves validity to the rules, save where a set is asked for by day (`policies`, `users`).
    """

    known_at: int
    valid_at: date
