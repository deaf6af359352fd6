"""Zip containers (OFD, XLSX, zipped invoices), opened with limits before a byte is unpacked."""

from __future__ import annotations

import io
import re
import struct
import zipfile
import zlib
from collections.abc import Iterator
from pathlib import PurePosixPath
from typing import Final

from ingest.readers import reasons
from ingest.readers.types import ReadOptions, Unreadable

_TRIPS: Final = (
    zipfile.BadZipFile,
    zlib.error,
    struct.error,
    EOFError,
    OSError,
    RuntimeError,
    IndexError,
    ValueError,
    OverflowError,
)
"""What zipfile raises on a damaged archive (NotImplementedError is a RuntimeError)."""

_ENCRYPTED: Final = 0x1
_DRIVE: Final = re.compile(r"^[A-Za-z]:")


class Archive:
    """The members of one archive by name, without their leading slash. Reading is bounded."""

    def __init__(self, data: bytes, options: ReadOptions) -> None:
        """Raises Unreadable: truncated, too many members, encrypted, bomb, path outside."""
        try:
            self._zip = zipfile.ZipFile(io.BytesIO(data))
        except _TRIPS as error:
            raise Unreadable(reasons.TRUNCATED, detail=_short(error)) from error
        infos = self._zip.infolist()
        if len(infos) > options.max_members:
            raise Unreadable(reasons.TOO_MANY_MEMBERS, actual=len(infos), limit=options.max_members)
        if sum(info.file_size for info in infos) > options.max_unpacked:
            raise Unreadable(reasons.ZIP_BOMB, limit=options.max_unpacked)
        self._members: dict[str, zipfile.ZipInfo] = {}
        for info in infos:
            if info.flag_bits & _ENCRYPTED:
                raise Unreadable(reasons.ENCRYPTED)
            if not info.filename:
                raise Unreadable(reasons.TRUNCATED, detail="a member without a name")
            if not info.is_dir():
                self._members[safe_name(info.orig_filename)] = info

    def __contains__(self, name: str) -> bool:
        return name in self._members

    def __iter__(self) -> Iterator[str]:
        return iter(self._members)

    def read(self, name: str) -> bytes:
        """A member's bytes; never more than its directory entry declared.

        Raises KeyError when there is no such member, Unreadable when it is damaged."""
        try:
            return self._zip.read(self._members[name])
        except _TRIPS as error:
            raise Unreadable(reasons.TRUNCATED, detail=f"{name}: {_short(error)}") from error

    def head(self, name: str, size: int) -> bytes:
        """The first bytes of a member. Raises Unreadable when it is damaged."""
        try:
            with self._zip.open(self._members[name]) as member:
                return member.read(size)
        except _TRIPS as error:
            raise Unreadable(reasons.TRUNCATED, detail=f"{name}: {_short(error)}") from error


def safe_name(name: str) -> str:
    """The name relative to the archive. Raises Unreadable for any path that leaves it."""
    plain = name.replace("\\", "/")
    parts = PurePosixPath(plain).parts
    if plain.startswith("/") or ".." in parts or _DRIVE.match(plain) or "\x00" in plain:
        raise Unreadable(reasons.PATH_IN_ARCHIVE, name=name[:120])
    return plain


def _short(error: BaseException) -> str:
    return (str(error) or type(error).__name__)[:120]
