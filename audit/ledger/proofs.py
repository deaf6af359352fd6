"""C2SP tlog-proof: an inclusion proof and its checkpoint in one text.

    c2sp.org/tlog-proof@v1
    extra <base64>            (optional)
    index <decimal>
    <base64 hash>             (0..63 lines)
    <blank line>
    <checkpoint, verbatim>

Only the index and the hashes come from the proof; size and root come from the checkpoint after its
signature was verified.
"""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from audit.ledger.checkpoint import Checkpoint, open_checkpoint
from audit.ledger.merkle import HASH_SIZE, verify_inclusion
from audit.ledger.note import Verifier, strict_base64
from base.errors import IntegrityBroken, message

HEADER: Final = "c2sp.org/tlog-proof@v1"

MALFORMED_PROOF = message(
    "ledger.malformed_proof", zh="证明文本格式不正确：{reason}", en="malformed proof text: {reason}"
)


@dataclass(frozen=True, slots=True)
class TlogProof:
    """A parsed proof; nothing in it is verified."""

    index: int
    hashes: tuple[bytes, ...]
    checkpoint: str
    extra: bytes | None = None

    def __str__(self) -> str:
        extra = "" if self.extra is None else f"extra {b64encode(self.extra).decode()}\n"
        hashes = "".join(b64encode(value).decode() + "\n" for value in self.hashes)
        return f"{HEADER}\n{extra}index {self.index}\n{hashes}\n{self.checkpoint}"

    def verify(self, leaf: bytes, verifiers: Iterable[Verifier], origin: str) -> Checkpoint:
        """Check the checkpoint's signature first, then the leaf against its size and root.

        Returns the verified checkpoint. Raises IntegrityBroken.
        """
        checkpoint = open_checkpoint(self.checkpoint, verifiers, origin)
        verify_inclusion(leaf, self.index, checkpoint.size, self.hashes, checkpoint.root)
        return checkpoint


def parse_proof(text: str) -> TlogProof:
    """Read a proof text strictly. Raises IntegrityBroken when malformed."""
    head, blank, checkpoint = text.partition("\n\n")
    if not blank or not checkpoint:
        raise _malformed("no blank line before the checkpoint")
    lines = head.split("\n")
    if lines.pop(0) != HEADER:
        raise _malformed("another header")
    extra = None
    if lines and lines[0].startswith("extra "):
        extra = _base64(lines.pop(0).removeprefix("extra "))
    if not lines or not lines[0].startswith("index "):
        raise _malformed("no index")
    number = lines.pop(0).removeprefix("index ")
    if not (number.isascii() and number.isdigit()) or (number[0] == "0" and number != "0"):
        raise _malformed(f"the index {number[:40]!r}")
    if len(number) > 19 or int(number) >= 1 << 63:
        raise _malformed("an index beyond 2^63-1")
    if len(lines) > 63:
        raise _malformed(f"{len(lines)} hashes")
    hashes = tuple(map(_base64, lines))
    if any(len(value) != HASH_SIZE for value in hashes):
        raise _malformed("a hash that is not 32 bytes")
    return TlogProof(int(number), hashes, checkpoint, extra)


def _base64(text: str) -> bytes:
    try:
        return strict_base64(text)
    except ValueError as error:
        raise _malformed(str(error)) from error


def _malformed(why: str) -> IntegrityBroken:
    return IntegrityBroken(MALFORMED_PROOF, reason=why)
