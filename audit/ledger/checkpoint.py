"""C2SP tlog-checkpoint: the signed statement of a log's size and root.

The note's text is `origin`, the decimal size, the base64 root, each on its line, then optional
non-empty extension lines. Size and root of anything are believed only from a checkpoint that was
opened with a known key.
"""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Iterable
from dataclasses import dataclass

from audit.ledger.merkle import HASH_SIZE
from audit.ledger.note import (
    OpenedNote,
    SignatureLine,
    Verifier,
    open_note,
    parse_note,
    strict_base64,
)
from base.errors import IntegrityBroken, message

BAD_CHECKPOINT = message(
    "ledger.bad_checkpoint", zh="检查点不成立：{reason}", en="not a checkpoint: {reason}"
)
OTHER_ORIGIN = message(
    "ledger.other_origin",
    zh="检查点属于 {found}，不属于 {expected}",
    en="the checkpoint is of {found}, expected {expected}",
)


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """A log's size and root, with the complete note they were read from."""

    origin: str
    size: int
    root: bytes
    note: str
    extensions: tuple[str, ...] = ()

    @property
    def lines(self) -> tuple[SignatureLine, ...]:
        """All signature lines of the note, verified or not."""
        return parse_note(self.note).lines


def body(origin: str, size: int, root: bytes) -> str:
    """The text that is signed."""
    return f"{origin}\n{size}\n{b64encode(root).decode()}\n"


def parse_body(text: str) -> tuple[str, int, bytes, tuple[str, ...]]:
    """Origin, size, root and extension lines of a checkpoint's text. Raises IntegrityBroken."""
    lines = text.split("\n")
    if len(lines) < 4 or lines.pop():
        raise _bad("fewer than three lines")
    origin, size, root, *extensions = lines
    if not origin or not all(extensions):
        raise _bad("an empty line")
    if not (size.isascii() and size.isdigit()) or (size[0] == "0" and size != "0"):
        raise _bad(f"the size {size[:40]!r}")
    if len(size) > 19 or int(size) >= 1 << 63:
        raise _bad("a size beyond 2^63-1")
    try:
        hashed = strict_base64(root)
    except ValueError as error:
        raise _bad(str(error)) from error
    if len(hashed) != HASH_SIZE:
        raise _bad(f"a root of {len(hashed)} bytes")
    return origin, int(size), hashed, tuple(extensions)


def read_unverified(note: str) -> Checkpoint:
    """Parse without believing: for showing, and to find which key is needed."""
    origin, size, root, extensions = parse_body(parse_note(note).text)
    return Checkpoint(origin, size, root, note, extensions)


def open_checkpoint(note: str, verifiers: Iterable[Verifier], origin: str) -> Checkpoint:
    """A checkpoint of `origin` signed by at least one of the keys. Raises IntegrityBroken."""
    opened: OpenedNote = open_note(note, verifiers)
    found, size, root, extensions = parse_body(opened.text)
    if found != origin:
        raise IntegrityBroken(OTHER_ORIGIN, expected=origin, found=found)
    return Checkpoint(found, size, root, note, extensions)


def _bad(why: str) -> IntegrityBroken:
    return IntegrityBroken(BAD_CHECKPOINT, reason=why)
