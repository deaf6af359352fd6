"""Child processes with limits, for work on bytes that nobody has looked at yet.

A child has no environment, no files to write, no children, a ceiling on memory, on processor time
and on what it may answer. It is warm: started before the first job, used for many, thrown away
after any limit, any crash, and after `jobs` jobs. What crosses the border is JSON and raw bytes,
never pickle, so a child that a hostile file has taken over can lie but cannot run code here.
"""

from __future__ import annotations

import contextlib
import queue
import signal
import socket
import struct
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from types import TracebackType
from typing import Any, Final, Self

import orjson

from base.errors import DeviceTrailError, Unavailable, message
from base.limited_child import HEAD, MAX_BLOBS, pack

TIMEOUT = message(
    "limited.timeout", zh="子进程超过 {limit} 秒，已中止", en="The child exceeded {limit} s"
)
MEMORY = message(
    "limited.memory",
    zh="子进程内存超过 {limit} 字节，已中止",
    en="The child exceeded {limit} bytes of memory",
)
OUTPUT = message(
    "limited.output",
    zh="子进程的结果超过 {limit} 字节",
    en="The child's answer exceeded {limit} bytes",
)
CRASHED = message("limited.crashed", zh="子进程崩溃：{detail}", en="The child crashed: {detail}")
NO_START = message(
    "limited.no_start", zh="子进程无法启动：{detail}", en="No child could be started: {detail}"
)
CLOSED = message("limited.closed", zh="子进程池已关闭", en="The pool of children is closed")

START_SECONDS: Final = 60.0


class Limit(StrEnum):
    """Which limit ended a job."""

    TIMEOUT = "timeout"
    MEMORY = "memory"
    OUTPUT = "output"
    CRASHED = "crashed"


class LimitHit(DeviceTrailError):
    """A job did not come to its end. The pool has replaced the child and is ready again."""

    def __init__(self, hit: Limit, /, **params: str | int | float) -> None:
        self.hit = hit
        why = {
            Limit.TIMEOUT: TIMEOUT,
            Limit.MEMORY: MEMORY,
            Limit.OUTPUT: OUTPUT,
            Limit.CRASHED: CRASHED,
        }[hit]
        super().__init__(why, **params)


@dataclass(frozen=True, slots=True)
class Parcel:
    """What crosses the border: a JSON value, and byte strings that it may name by position."""

    value: Any
    blobs: tuple[bytes, ...] = ()


@dataclass(frozen=True, slots=True)
class Terms:
    """target: `module:function` taking (value, blobs) and returning the same. warm: modules that
    an idle child imports. Limits are for one job; memory is the whole address space of a child.
    jobs: how many a child does before it is replaced by a fresh one."""

    target: str
    seconds: float
    memory_bytes: int
    output_bytes: int
    warm: tuple[str, ...] = ()
    jobs: int = 200


class _Child:
    """One process and the socket to it. Not shared between threads at the same time."""

    def __init__(self, terms: Terms) -> None:
        self.terms = terms
        self.done = 0
        self._ready = False
        here, there = socket.socketpair()
        root = str(Path(__file__).resolve().parent.parent)
        paths = [root, *(path for path in sys.path if path and path != root)]
        code = f"import sys; sys.path[:] = {paths!r}; from base.limited_child import main; "
        with there:
            self._process = subprocess.Popen(  # noqa: S603
                [
                    sys.executable,
                    *("-I", "-S", "-B", "-X", "utf8", "-c", code + "main(sys.argv[1:])"),
                    *(str(there.fileno()), terms.target, str(terms.memory_bytes)),
                    *(str(terms.output_bytes), ",".join(terms.warm)),
                ],
                pass_fds=(there.fileno(),),
                env={"PATH": "", "LANG": "C.UTF-8", "OPENBLAS_NUM_THREADS": "1"},
                cwd="/",
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                start_new_session=True,
            )
        self._sock = here

    def wait_until_ready(self) -> None:
        """Raises Unavailable when the child cannot start at all: a fault of the house, not of a
        file."""
        if self._ready:
            return
        try:
            value, _ = self._receive(time.monotonic() + START_SECONDS)
        except (OSError, EOFError, LimitHit) as error:
            self.kill()
            raise Unavailable(NO_START, detail=str(error) or type(error).__name__) from error
        self._ready = "ready" in value

    def run(self, value: Any, blobs: Sequence[bytes]) -> Parcel:
        """One job. Raises LimitHit; after that the child must not be used again."""
        self.wait_until_ready()
        terms = self.terms
        self.done += 1
        until = time.monotonic() + terms.seconds
        try:
            self._sock.settimeout(terms.seconds)
            for part in pack({"value": value, "seconds": terms.seconds}, blobs):
                self._sock.sendall(part)
            reply, parts = self._receive(until)
        except TimeoutError as error:
            raise LimitHit(Limit.TIMEOUT, limit=terms.seconds) from error
        except (OSError, EOFError) as error:
            raise self._death() from error
        if "hit" in reply:
            raise self._hit(reply)
        if "ok" not in reply:
            raise LimitHit(Limit.CRASHED, detail="answer without a result")
        return Parcel(reply["ok"], parts)

    def _hit(self, reply: dict[str, Any]) -> LimitHit:
        if reply["hit"] == "memory":
            return LimitHit(Limit.MEMORY, limit=self.terms.memory_bytes)
        if reply["hit"] == "output":
            return LimitHit(Limit.OUTPUT, limit=self.terms.output_bytes)
        return LimitHit(Limit.CRASHED, detail=str(reply.get("detail", ""))[:80])

    def _death(self) -> LimitHit:
        """What the exit status tells about a child that went away in the middle of a job."""
        try:
            status = self._process.wait(timeout=5)
        except subprocess.TimeoutExpired:
            return LimitHit(Limit.CRASHED, detail="closed its socket")
        if status == -signal.SIGXCPU:
            return LimitHit(Limit.TIMEOUT, limit=self.terms.seconds)
        name = signal.Signals(-status).name if status < 0 else f"exit {status}"
        return LimitHit(Limit.CRASHED, detail=name)

    def _receive(self, until: float) -> tuple[dict[str, Any], tuple[bytes, ...]]:
        """A frame from a child that nobody trusts: sizes are checked before anything is stored."""
        length, count = HEAD.unpack(self._exactly(HEAD.size, until))
        if count > MAX_BLOBS or length > self.terms.output_bytes:
            raise LimitHit(Limit.OUTPUT, limit=self.terms.output_bytes)
        sizes = struct.unpack(f"<{count}Q", self._exactly(8 * count, until))
        if length + sum(sizes) > self.terms.output_bytes:
            raise LimitHit(Limit.OUTPUT, limit=self.terms.output_bytes)
        text = self._exactly(length, until)
        blobs = tuple(bytes(self._exactly(size, until)) for size in sizes)
        try:
            value = orjson.loads(text)
        except orjson.JSONDecodeError as error:
            raise LimitHit(Limit.CRASHED, detail="answer is not JSON") from error
        if not isinstance(value, dict):
            raise LimitHit(Limit.CRASHED, detail="answer is not an object")
        return value, blobs

    def _exactly(self, count: int, until: float) -> bytearray:
        data = bytearray(count)
        view = memoryview(data)
        got = 0
        while got < count:
            left = until - time.monotonic()
            if left <= 0:
                raise TimeoutError
            self._sock.settimeout(left)
            more = self._sock.recv_into(view[got:])
            if more == 0:
                raise EOFError("the child is gone")
            got += more
        return data

    def alive(self) -> bool:
        return self._process.poll() is None

    def kill(self) -> None:
        """End the process at once and reap it."""
        self._process.kill()
        self._sock.close()
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._process.wait(timeout=5)


class LimitedPool:
    """Warm limited children. `run` may be called from many threads; each job has one child."""

    def __init__(self, terms: Terms, workers: int = 1) -> None:
        self.terms = terms
        self._closed = False
        self._idle: queue.LifoQueue[_Child] = queue.LifoQueue()
        for _ in range(workers):
            self._idle.put(_Child(terms))
        self._workers = workers

    def run(self, value: Any, blobs: Sequence[bytes] = ()) -> Parcel:
        """Do one job in a child. The wait for a free child is not part of the job's time.

        Raises LimitHit when the job met a limit or the child crashed, and Unavailable when no
        child can be started or the pool is closed.
        """
        if self._closed:
            raise Unavailable(CLOSED)
        child = self._idle.get()
        keep = False
        try:
            if not child.alive():
                child.kill()
                child = _Child(self.terms)
            parcel = child.run(value, blobs)
            keep = child.done < self.terms.jobs
        finally:
            if not keep:
                child.kill()
                child = _Child(self.terms)
            self._idle.put(child)
        return parcel

    def close(self) -> None:
        """Wait for the running jobs and end all children."""
        if self._closed:
            return
        self._closed = True
        for _ in range(self._workers):
            self._idle.get().kill()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()
