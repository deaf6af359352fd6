"""What a store of originals promises, and the sentences it uses when it cannot keep the promise."""

from __future__ import annotations

import errno
import hashlib
import re
from collections.abc import Iterable, Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import BinaryIO, Final, Protocol

from base.errors import IntegrityBroken, Misuse, Unavailable, message

PIECE: Final = 1 << 20
"""Bytes read at a time: one original never has to fit into memory to be hashed."""

NOT_AN_ADDRESS = message(
    "documents.not_an_address",
    zh="“{sha256}”不是原件的内容地址（64 位小写十六进制）",
    en="'{sha256}' is not the content address of an original (64 lower-case hex digits)",
)
MISSING = message(
    "documents.missing",
    zh="原件 {sha256} 不在库中",
    en="the original {sha256} is not in the store",
)
ROTTED = message(
    "documents.rotted",
    zh="原件 {sha256} 的内容已改变：现为 {found}",
    en="the content of the original {sha256} has changed: it is now {found}",
)
FULL = message(
    "documents.full",
    zh="原件库空间不足，未写入任何内容：{place}",
    en="the store of originals is full, nothing was written: {place}",
)
READ_ONLY = message(
    "documents.read_only",
    zh="原件库不可写：{place}（{reason}）",
    en="the store of originals cannot be written: {place} ({reason})",
)
UNREACHABLE = message(
    "documents.unreachable",
    zh="原件库不可用：{place}（{reason}）",
    en="the store of originals is not available: {place} ({reason})",
)

is_address = re.compile(r"[0-9a-f]{64}").fullmatch


class Fixity(StrEnum):
    """What re-hashing an original showed."""

    OK = "ok"
    MISSING = "missing"
    ROTTED = "rotted"


@dataclass(frozen=True, slots=True)
class Stored:
    """An original that is now durable.

    sha256, sm3: 64 lower-case hex digits. size: bytes. existed: the same bytes were here before.
    restored: what stood under this address had rotted and was put aside for these bytes.
    """

    sha256: str
    sm3: str
    size: int
    existed: bool
    restored: bool = False


class DocumentStore(Protocol):
    """Originals by SHA-256. Safe to use from several threads and processes at once."""

    def put(self, content: bytes | Path) -> Stored:
        """Make the bytes durable; return only then. The same bytes again are one original.

        Raises Unavailable when they could not be kept; then nothing of them is visible.
        """
        ...

    def open(self, sha256: str) -> AbstractContextManager[BinaryIO]:
        """The original as a binary stream, unverified. Raises IntegrityBroken when missing."""
        ...

    def pieces(self, sha256: str) -> Iterator[bytes]:
        """The original piece by piece; after the last one raises IntegrityBroken if its hash
        is not its address, or at once when it is missing."""
        ...

    def fixity(self, sha256: str) -> Fixity:
        """Re-hash the original. Raises Unavailable when the store does not answer."""
        ...

    def remove(self, sha256: str) -> bool:
        """Dispose of an original; False when it was not there. Only after its entry says so."""
        ...


def hash_pieces(pieces: Iterable[bytes]) -> tuple[str, str, int]:
    """SHA-256, SM3 (GB/T 32905) and length in bytes, in one pass."""
    sha256, sm3, size = hashlib.sha256(), hashlib.new("sm3"), 0
    for piece in pieces:
        sha256.update(piece)
        sm3.update(piece)
        size += len(piece)
    return sha256.hexdigest(), sm3.hexdigest(), size


def pieces_of(content: bytes | Path) -> Iterator[bytes]:
    """The content in pieces of at most `PIECE` bytes."""
    if isinstance(content, bytes):
        for start in range(0, len(content), PIECE):
            yield content[start : start + PIECE]
        return
    with content.open("rb") as stream:
        while piece := stream.read(PIECE):
            yield piece


def verified(sha256: str, pieces: Iterable[bytes]) -> Iterator[bytes]:
    """Hand the pieces on and raise IntegrityBroken after the last if they are not `sha256`."""
    seen = hashlib.sha256()
    for piece in pieces:
        seen.update(piece)
        yield piece
    if seen.hexdigest() != sha256:
        raise IntegrityBroken(ROTTED, sha256=sha256, found=seen.hexdigest())


def require_address(sha256: str) -> str:
    """The address itself. Raises Misuse when it is none, so no path can be smuggled in."""
    if not is_address(sha256):
        raise Misuse(NOT_AN_ADDRESS, sha256=sha256)
    return sha256


def unavailable(error: OSError, place: str) -> Unavailable:
    """The sentence for what the operating system said."""
    if error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG):
        return Unavailable(FULL, place=place)
    reason = error.strerror or str(error)
    if error.errno in (errno.EROFS, errno.EACCES, errno.EPERM):
        return Unavailable(READ_ONLY, place=place, reason=reason)
    return Unavailable(UNREACHABLE, place=place, reason=reason)
