"""Originals in a local folder: written aside, made durable, then linked to their address.

The order is what makes a crash harmless, and a test watches it under strace:

1. write the bytes to a temporary file in the same file system, hashing as they pass;
2. fsync the file;
3. make the folder of the address if needed, and fsync the folder it was made in;
4. link (never rename over) the file to its address, so an original is never overwritten;
5. fsync the folder of the address; remove the temporary name.

A crash before 4 leaves only a temporary file, which `sweep` removes; one after 4 leaves an original
without an entry, which the next receipt of the same bytes finds. Both are harmless.
"""

from __future__ import annotations

import hashlib
import os
import secrets
import time
from collections.abc import Iterator
from contextlib import AbstractContextManager, suppress
from pathlib import Path
from typing import BinaryIO, Final

from audit.documents.types import (
    MISSING,
    PIECE,
    Fixity,
    Stored,
    pieces_of,
    require_address,
    unavailable,
    verified,
)
from base.errors import IntegrityBroken

_INCOMING: Final = ".incoming"
_DAY: Final = 86_400


class LocalDocuments:
    """Originals under `root`, in one folder for each first byte of the address."""

    def __init__(self, root: Path) -> None:
        """Make the folder if it is not there. Raises Unavailable when that is not possible."""
        self.root = root
        self._incoming = root / _INCOMING
        try:
            _make_durable_folder(self._incoming)
        except OSError as error:
            raise unavailable(error, str(root)) from error

    def path(self, sha256: str) -> Path:
        """Where the original stands or would stand."""
        return self.root / require_address(sha256)[:2] / sha256

    def put(self, content: bytes | Path) -> Stored:
        temporary = self._incoming / secrets.token_hex(16)
        try:
            try:
                sha256, sm3, size = _write_durably(temporary, content)
                return self._link(temporary, sha256, sm3, size)
            finally:
                with suppress(FileNotFoundError):
                    temporary.unlink()
        except OSError as error:
            raise unavailable(error, str(self.root)) from error

    def open(self, sha256: str) -> AbstractContextManager[BinaryIO]:
        try:
            return self.path(sha256).open("rb")
        except FileNotFoundError as error:
            raise IntegrityBroken(MISSING, sha256=sha256) from error
        except OSError as error:
            raise unavailable(error, str(self.root)) from error

    def pieces(self, sha256: str) -> Iterator[bytes]:
        with self.open(sha256) as stream:
            yield from verified(sha256, iter(lambda: stream.read(PIECE), b""))

    def fixity(self, sha256: str) -> Fixity:
        try:
            found = _sha256_of(self.path(sha256))
        except FileNotFoundError:
            return Fixity.MISSING
        except OSError as error:
            raise unavailable(error, str(self.root)) from error
        return Fixity.OK if found == sha256 else Fixity.ROTTED

    def remove(self, sha256: str) -> bool:
        target = self.path(sha256)
        try:
            target.unlink()
            _fsync_folder(target.parent)
        except FileNotFoundError:
            return False
        except OSError as error:
            raise unavailable(error, str(self.root)) from error
        return True

    def sweep(self, older_than: float = _DAY) -> int:
        """Remove temporary files left by a crash more than `older_than` seconds ago; how many."""
        swept = 0
        for left in self._incoming.iterdir():
            with suppress(FileNotFoundError):
                if left.stat().st_mtime <= time.time() - older_than:
                    left.unlink()
                    swept += 1
        return swept

    def _link(self, temporary: Path, sha256: str, sm3: str, size: int) -> Stored:
        target = self.path(sha256)
        _make_durable_folder(target.parent)
        existed, restored = False, False
        try:
            os.link(temporary, target)
        except FileExistsError:
            if _sha256_of(target) == sha256:
                existed = True
            else:
                target.rename(target.with_name(f"{sha256}.rotted-{secrets.token_hex(4)}"))
                os.link(temporary, target)
                restored = True
        # Also when it existed: whoever linked it may not have reached his own fsync yet.
        _fsync_folder(target.parent)
        return Stored(sha256, sm3, size, existed, restored)


def _write_durably(path: Path, content: bytes | Path) -> tuple[str, str, int]:
    sha256, sm3, size = hashlib.sha256(), hashlib.new("sm3"), 0
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o400)
    with os.fdopen(handle, "wb", buffering=0) as stream:
        for piece in pieces_of(content):
            sha256.update(piece)
            sm3.update(piece)
            size += len(piece)
            view = memoryview(piece)
            while view:
                view = view[stream.write(view) :]
        os.fsync(stream.fileno())
    return sha256.hexdigest(), sm3.hexdigest(), size


def _make_durable_folder(folder: Path) -> None:
    """mkdir -p, with an fsync of every folder in which one was made."""
    if folder.is_dir():
        return
    _make_durable_folder(folder.parent)
    with suppress(FileExistsError):
        folder.mkdir(mode=0o700)
    _fsync_folder(folder.parent)


def _fsync_folder(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _sha256_of(path: Path) -> str:
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()
