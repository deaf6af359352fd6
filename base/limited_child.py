"""The inside of a limited child process: set the limits, import the target, answer jobs.

Standard library and orjson only until the target is imported. Nothing here may trust a job's
bytes; the parent trusts nothing that comes back either (see `base.limited`).
"""

from __future__ import annotations

import gc
import importlib
import os
import resource
import select
import socket
import struct
import sys
from collections.abc import Callable, Sequence
from typing import Any, Final

import orjson

Target = Callable[[Any, Sequence[bytes]], tuple[Any, Sequence[bytes]]]

HEAD: Final = struct.Struct("<II")
"""Length of the JSON part and number of blobs; the blobs' lengths follow as u64 each."""

MAX_BLOBS: Final = 4096


def pack(value: Any, blobs: Sequence[bytes]) -> list[bytes]:
    """A frame: head, lengths, JSON, blobs. `value` must be what orjson can write."""
    text = orjson.dumps(value, option=orjson.OPT_NON_STR_KEYS)
    sizes = struct.pack(f"<{len(blobs)}Q", *map(len, blobs))
    return [HEAD.pack(len(text), len(blobs)) + sizes + text, *blobs]


def receive(sock: socket.socket, count: int) -> bytearray:
    """Exactly `count` bytes. Raises EOFError when the other side is gone."""
    data = bytearray(count)
    view = memoryview(data)
    got = 0
    while got < count:
        more = sock.recv_into(view[got:])
        if more == 0:
            raise EOFError("the other side closed")
        got += more
    return data


def read_frame(sock: socket.socket) -> tuple[Any, list[bytes]]:
    """A frame as the child reads it: from the parent, who is trusted."""
    length, count = HEAD.unpack(receive(sock, HEAD.size))
    sizes = struct.unpack(f"<{count}Q", receive(sock, 8 * count))
    value = orjson.loads(receive(sock, length))
    return value, [bytes(receive(sock, size)) for size in sizes]


def send(sock: socket.socket, frame: Sequence[bytes]) -> None:
    for part in frame:
        sock.sendall(part)


def confine(memory_bytes: int) -> None:
    """Limits that hold for the rest of this process's life: no files, no children, no cores."""
    resource.setrlimit(resource.RLIMIT_AS, (memory_bytes, memory_bytes))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_NPROC, (0, 0))
    resource.setrlimit(resource.RLIMIT_NOFILE, (64, 64))


def allow_cpu(seconds: float) -> None:
    """Let this process use `seconds` more of processor time; the kernel ends it beyond that."""
    usage = resource.getrusage(resource.RUSAGE_SELF)
    soft = int(usage.ru_utime + usage.ru_stime + seconds) + 2
    resource.setrlimit(resource.RLIMIT_CPU, (soft, resource.RLIM_INFINITY))


def idle_imports(sock: socket.socket, names: Sequence[str]) -> None:
    """Import the heavy modules while nothing is asked, so that the start itself is quick."""
    for name in names:
        if select.select([sock], [], [], 0)[0]:
            return
        importlib.import_module(name)
    gc.collect()
    gc.freeze()


def answer(target: Target, value: Any, blobs: Sequence[bytes], output_bytes: int) -> list[bytes]:
    """The frame for one job. An exception of the target becomes a word, never a traceback."""
    try:
        result, parts = target(value, blobs)
        frame = pack({"ok": result}, parts)
    except MemoryError:
        return pack({"hit": "memory"}, ())
    except RecursionError:
        return pack({"hit": "crashed", "detail": "RecursionError"}, ())
    except Exception as error:  # noqa: BLE001 - the border: any failure of the target is one answer
        return pack({"hit": "crashed", "detail": type(error).__name__}, ())
    if sum(map(len, frame)) > output_bytes or len(parts) > MAX_BLOBS:
        return pack({"hit": "output"}, ())
    return frame


def main(argv: Sequence[str]) -> None:
    """fd, module:function, memory bytes, output bytes, comma-separated modules to warm up."""
    sock = socket.socket(fileno=int(argv[0]))
    module, _, name = argv[1].partition(":")
    quiet = os.open(os.devnull, os.O_RDWR)
    for stream in (0, 1, 2):
        os.dup2(quiet, stream)
    confine(int(argv[2]))
    target: Target = getattr(importlib.import_module(module), name)
    send(sock, pack({"ready": os.getpid()}, ()))
    idle_imports(sock, [part for part in argv[4].split(",") if part])
    gc.disable()
    while True:
        try:
            job, blobs = read_frame(sock)
        except EOFError:
            return
        allow_cpu(float(job["seconds"]))
        send(sock, answer(target, job["value"], blobs, int(argv[3])))
        del job, blobs
        gc.collect()


if __name__ == "__main__":
    main(sys.argv[1:])
