"""BagIt 1.0 (RFC 8493), written as a stream: files go to the sink, their digests to manifests.

SHA-256 and SM3 stand side by side (SM3 is the national digest that a Chinese inspector's tools
know). Manifest lines are spooled, so that memory does not grow. Hashing runs in threads a little
ahead of writing: both digests let go of the interpreter's lock.
"""

from __future__ import annotations

import hashlib
import os
import tempfile
from collections import deque
from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import AbstractContextManager, ExitStack
from dataclasses import dataclass
from types import TracebackType
from typing import IO, BinaryIO, Final, Self

from reports.package.container import Sink, pieces

BAGIT_TXT: Final = b"BagIt-Version: 1.0\nTag-File-Character-Encoding: UTF-8\n"
WHOLE: Final = 8 << 20
"""Files up to this size are read whole and hashed in a thread; larger ones in pieces."""
AHEAD: Final = 8 << 20
"""How many bytes may wait between reading and writing."""


@dataclass(frozen=True, slots=True)
class Digests:
    """Both digests of one file, in hex."""

    sha256: str
    sm3: str


@dataclass(frozen=True, slots=True)
class Source:
    """A file to come: its path in the package, its size, and how to open it."""

    path: str
    size: int
    open: Callable[[], AbstractContextManager[BinaryIO]]


def digests(data: bytes) -> Digests:
    """SHA-256 and SM3 of bytes in memory."""
    return Digests(hashlib.sha256(data).hexdigest(), hashlib.new("sm3", data).hexdigest())


class _Hashed:
    """A stream that hashes what is read through it."""

    def __init__(self, source: BinaryIO) -> None:
        self._source = source
        self._hashes = (hashlib.sha256(), hashlib.new("sm3"))

    def read(self, size: int = -1) -> bytes:
        data = self._source.read(size)
        for one in self._hashes:
            one.update(data)
        return data

    def digests(self) -> Digests:
        return Digests(*(one.hexdigest() for one in self._hashes))


class Bag:
    """One bag being written. Payload files first, then `finish` with the tag files."""

    def __init__(self, sink: Sink) -> None:
        self._sink = sink
        self._stack = ExitStack()
        self._sha256, self._sm3 = (
            self._stack.enter_context(tempfile.TemporaryFile())  # noqa: SIM115 - the stack closes it
            for _ in range(2)
        )
        self._threads = self._stack.enter_context(
            ThreadPoolExecutor(max_workers=max(2, min(8, os.cpu_count() or 2)))
        )
        self.bytes = 0
        self.files = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._stack.close()

    def put(self, path: str, data: bytes) -> Digests:
        """A payload file, `path` below `data/`."""
        found = digests(data)
        self._sink.put(f"data/{path}", data)
        self._count(path, len(data), found)
        return found

    def stream(self, source: Source) -> Digests:
        """A payload file of any size, read in pieces."""
        with source.open() as file:
            hashed = _Hashed(file)
            self._sink.stream(f"data/{source.path}", hashed, source.size)  # type: ignore[arg-type]
        found = hashed.digests()
        self._count(source.path, source.size, found)
        return found

    def put_all(self, sources: Iterable[Source], check: Callable[[Source, Digests], None]) -> None:
        """Many payload files, in order, hashed ahead of the writing. `check` may refuse one."""
        waiting: deque[tuple[Source, Future[tuple[bytes, Digests]]]] = deque()
        held = 0

        def write_first() -> int:
            source, future = waiting.popleft()
            data, found = future.result()
            check(source, found)
            self._sink.put(f"data/{source.path}", data)
            self._count(source.path, len(data), found)
            return source.size

        for source in sources:
            if source.size > WHOLE:
                while waiting:
                    held -= write_first()
                check(source, self.stream(source))
                continue
            while waiting and held + source.size > AHEAD:
                held -= write_first()
            held += source.size
            waiting.append((source, self._threads.submit(_whole, source)))
        while waiting:
            write_first()

    def _count(self, path: str, size: int, found: Digests) -> None:
        self._sha256.write(f"{found.sha256}  data/{path}\n".encode())
        self._sm3.write(f"{found.sm3}  data/{path}\n".encode())
        self.bytes += size
        self.files += 1

    def finish(self, info: Mapping[str, str], note: Callable[[str], bytes]) -> str:
        """Manifests, bag-info.txt, package.note and tag manifests. Gives the manifest's SHA-256.

        note: makes `package.note` from that digest.
        """
        lines = [f"{label}: {value}\n" for label, value in info.items()]
        lines.append(f"Payload-Oxum: {self.bytes}.{self.files}\n")
        tags: dict[str, Digests] = {}

        def tag(path: str, data: bytes) -> Digests:
            self._sink.put(path, data)
            return tags.setdefault(path, digests(data))

        tag("bagit.txt", BAGIT_TXT)
        tag("bag-info.txt", "".join(lines).encode())
        manifest = self._manifest("manifest-sha256.txt", self._sha256)
        tags["manifest-sha256.txt"] = manifest
        tags["manifest-sm3.txt"] = self._manifest("manifest-sm3.txt", self._sm3)
        tag("package.note", note(manifest.sha256))
        for name in ("sha256", "sm3"):
            listed = "".join(f"{getattr(found, name)}  {path}\n" for path, found in tags.items())
            self._sink.put(f"tagmanifest-{name}.txt", listed.encode())
        return manifest.sha256

    def _manifest(self, path: str, spool: IO[bytes]) -> Digests:
        size = spool.tell()
        spool.seek(0)
        hashed = _Hashed(spool)  # type: ignore[arg-type]
        self._sink.stream(path, hashed, size)  # type: ignore[arg-type]
        return hashed.digests()


def _whole(source: Source) -> tuple[bytes, Digests]:
    with source.open() as file:
        data = b"".join(pieces(file, source.size, source.path))
    return data, digests(data)
