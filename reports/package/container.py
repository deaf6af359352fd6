"""Where a package is written: a zip of stored members, or a folder. Whole, or not there at all.

Both are built under a temporary name in the target's own folder, made durable, and only then
given their name. The zip is deterministic: members in the order written, one fixed time, no
compression, sizes and CRCs in the local headers; its directory is spooled to a temporary file, so
that memory does not grow with the number of members.
"""

from __future__ import annotations

import errno
import os
import shutil
import struct
import tempfile
import uuid
import zlib
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO, Final, Protocol

from base.errors import Misuse, Unavailable, message

EXISTS = message(
    "package.exists",
    zh="已有同名文件或文件夹：{name}。检查包从不覆盖旧的",
    en="{name} exists already. A package never replaces another",
)
NO_SPACE = message(
    "package.no_space",
    zh="磁盘空间不足，检查包未写成：{name}。没有留下半个包",
    en="No space left for the package {name}. No half package was left behind",
)
NOT_WRITTEN = message(
    "package.not_written",
    zh="检查包写不成：{name}（{reason}）。没有留下半个包",
    en="The package {name} could not be written ({reason}). No half package was left behind",
)

CHUNK: Final = 1 << 20
_DOS_DATE: Final = (1980 - 1980) << 9 | 1 << 5 | 1  # 1980-01-01 00:00, the earliest a zip knows
_LIMIT32: Final = 0xFFFFFFFF
_LIMIT16: Final = 0xFFFF


class Sink(Protocol):
    """Takes files one after the other."""

    def put(self, path: str, data: bytes) -> None:
        """A whole file."""
        ...

    def stream(self, path: str, source: BinaryIO, size: int) -> None:
        """A file read in pieces; `size` bytes, else Unavailable (it changed while being read)."""
        ...

    def close(self) -> None:
        """Everything durable."""
        ...


class ZipSink:
    """Stored members under one top folder, zip64 where a limit is passed."""

    def __init__(self, file: BinaryIO, top: str, spool: BinaryIO) -> None:
        self._file = file
        self._top = top
        self._directory = spool
        self._count = 0
        self._at = 0

    def put(self, path: str, data: bytes) -> None:
        name = f"{self._top}/{path}".encode()
        header = _local(name, len(data), zlib.crc32(data))
        self._file.write(header)
        self._file.write(data)
        self._listed(name, len(data), zlib.crc32(data), len(header) + len(data))

    def stream(self, path: str, source: BinaryIO, size: int) -> None:
        name = f"{self._top}/{path}".encode()
        header = _local(name, size, 0)
        self._file.write(header)
        crc = 0
        for piece in pieces(source, size, path):
            crc = zlib.crc32(piece, crc)
            self._file.write(piece)
        self._file.seek(self._at)
        self._file.write(_local(name, size, crc))
        self._file.seek(0, os.SEEK_END)
        self._listed(name, size, crc, len(header) + size)

    def _listed(self, name: bytes, size: int, crc: int, length: int) -> None:
        extra = b""
        wide = [value for value in (size, size, self._at) if value >= _LIMIT32]
        if wide:
            extra = struct.pack("<HH", 1, 8 * len(wide)) + struct.pack(f"<{len(wide)}Q", *wide)
        shown = min(size, _LIMIT32)
        needs = 45 if wide else 20
        self._directory.write(
            struct.pack("<4sBBHHHHHIIIHHHHHII", b"PK\1\2", needs, 3, needs, 0x800, 0, 0, _DOS_DATE,
                        crc, shown, shown, len(name), len(extra), 0, 0, 0, 0o100644 << 16,
                        min(self._at, _LIMIT32)) + name + extra
        )  # fmt: skip
        self._count += 1
        self._at += length

    def close(self) -> None:
        length = self._directory.tell()
        self._directory.seek(0)
        shutil.copyfileobj(self._directory, self._file, CHUNK)
        if self._count >= _LIMIT16 or length >= _LIMIT32 or self._at >= _LIMIT32:
            end = self._at + length
            self._file.write(
                struct.pack("<4sQHHIIQQQQ", b"PK\6\6", 44, 45, 45, 0, 0, self._count, self._count,
                            length, self._at)
                + struct.pack("<4sIQI", b"PK\6\7", 0, end, 1)
            )  # fmt: skip
        count, place = min(self._count, _LIMIT16), min(self._at, _LIMIT32)
        self._file.write(
            struct.pack(
                "<4sHHHHIIH", b"PK\5\6", 0, 0, count, count, min(length, _LIMIT32), place, 0
            )
        )
        self._file.flush()
        os.fsync(self._file.fileno())


def _local(name: bytes, size: int, crc: int) -> bytes:
    """A member's header; names are UTF-8 (flag 0x800)."""
    extra = struct.pack("<HHQQ", 1, 16, size, size) if size >= _LIMIT32 else b""
    shown = min(size, _LIMIT32)
    needs = 45 if extra else 20
    return (
        struct.pack("<4sHHHHHIIIHH", b"PK\3\4", needs, 0x800, 0, 0, _DOS_DATE, crc, shown, shown,
                    len(name), len(extra)) + name + extra
    )  # fmt: skip


class FolderSink:
    """Plain files below a folder, each made durable."""

    def __init__(self, root: Path) -> None:
        self._root = root
        self._folders: set[Path] = set()

    def put(self, path: str, data: bytes) -> None:
        with self._open(path) as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())

    def stream(self, path: str, source: BinaryIO, size: int) -> None:
        with self._open(path) as file:
            for piece in pieces(source, size, path):
                file.write(piece)
            file.flush()
            os.fsync(file.fileno())

    def _open(self, path: str) -> BinaryIO:
        full = self._root / path
        if full.parent not in self._folders:
            full.parent.mkdir(parents=True, exist_ok=True)
            self._folders.add(full.parent)
        return full.open("xb")

    def close(self) -> None:
        for folder in sorted({self._root, *self._folders}, reverse=True):
            _fsync_folder(folder)


def pieces(source: BinaryIO, size: int, path: str) -> Iterator[bytes]:
    """What `source` gives, in pieces. Raises Unavailable unless it is `size` bytes."""
    left = size
    while piece := source.read(CHUNK):
        left -= len(piece)
        if left < 0:
            break
        yield piece
    if left:
        raise Unavailable(NOT_WRITTEN, name=path, reason=f"expected {size} bytes, found others")


@contextmanager
def container(target: Path) -> Iterator[Sink]:
    """A sink for the package `target`: a zip when it ends in `.zip`, else a folder.

    Raises Misuse when the target exists, Unavailable when the disk is full or refuses. Whatever
    is raised inside, nothing is left under the target's name.
    """
    if target.exists() or target.is_symlink():
        raise Misuse(EXISTS, name=target.name)
    part = target.with_name(f".{target.name}.{uuid.uuid4().hex[:12]}.partial")
    try:
        try:
            if target.suffix == ".zip":
                with part.open("xb", buffering=CHUNK) as file, _spool(part) as spool:
                    zip_sink = ZipSink(file, target.stem, spool)
                    yield zip_sink
                    zip_sink.close()
                _name_file(part, target)
            else:
                part.mkdir()
                folder_sink = FolderSink(part)
                yield folder_sink
                folder_sink.close()
                part.rename(target)
            _fsync_folder(target.parent)
        except FileExistsError as error:
            raise Misuse(EXISTS, name=target.name) from error
        except OSError as error:
            full = error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
            why = NO_SPACE if full else NOT_WRITTEN
            reason = error.strerror or str(error)
            raise Unavailable(why, name=target.name, reason=reason) from error
    finally:
        if part.is_dir():
            shutil.rmtree(part, ignore_errors=True)
        else:
            with suppress(FileNotFoundError):
                part.unlink()


@contextmanager
def _spool(beside: Path) -> Iterator[BinaryIO]:
    with tempfile.TemporaryFile(dir=beside.parent) as spool:
        yield spool


def _name_file(part: Path, target: Path) -> None:
    """Give the finished zip its name, without ever replacing another file."""
    try:
        os.link(part, target)
    except OSError as error:
        if error.errno not in (errno.EPERM, errno.ENOTSUP, errno.EOPNOTSUPP):
            raise
        part.rename(target)  # a file system without hard links; `target` was free when we began


def _fsync_folder(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
