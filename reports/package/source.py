"""What the package writer asks of the ledger and the originals. No SQL, no records here."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import BinaryIO, Protocol

from audit.ledger.types import Entry
from reports.package.model import StreamHead


@dataclass(frozen=True, slots=True)
class PayloadBytes:
    """A payload as stored, with the salt of its commitment."""

    seq: int
    salt: bytes
    data: bytes


@dataclass(frozen=True, slots=True)
class Earlier:
    """An earlier published checkpoint (a signed note) and its size."""

    size: int
    note: str


class PackageSource(Protocol):
    """One log, read at fixed sizes. Every iterator follows the order of what was asked."""

    origin: str

    def entries(self, seqs: Sequence[int]) -> Iterator[Entry]:
        """Entries by number, read in batches."""
        ...

    def payloads(self, seqs: Sequence[int]) -> Iterator[PayloadBytes]:
        """Payloads that exist, in order; those erased or never there are left out."""
        ...

    def proofs(self, seqs: Sequence[int], size: int) -> Iterator[tuple[bytes, ...]]:
        """An inclusion proof for each number, in the tree of `size`."""
        ...

    def heads(self, at: int, streams: Sequence[str]) -> Iterator[StreamHead]:
        """Map proofs of these streams (sorted by name) in the `stream.heads` entry `at`."""
        ...

    def checkpoint_over(self, seq: int) -> str:
        """The first signed checkpoint that covers entry `seq`; signs one if there is none."""
        ...

    def published_before(self, seq: int) -> Sequence[Earlier]:
        """Checkpoints that left the house before entry `seq`, by size."""
        ...

    def consistency(self, old: int, new: int) -> tuple[bytes, ...]:
        """Proof that the tree of `new` continues that of `old`."""
        ...

    def document(self, sha256: str) -> AbstractContextManager[BinaryIO]:
        """An original, for reading."""
        ...
