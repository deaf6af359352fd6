"""Work for limited children that misbehaves in each of the ways a hostile file can cause."""

from __future__ import annotations

import os
import signal
import socket
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

Result = tuple[Any, Sequence[bytes]]


def act(value: Any, blobs: Sequence[bytes]) -> Result:
    """Does what `value["do"]` names."""
    deed = DEEDS[value["do"]]
    return deed(value, blobs)


def _echo(value: Any, blobs: Sequence[bytes]) -> Result:
    return {"got": value, "pid": os.getpid()}, [blob[::-1] for blob in blobs]


def _sleep(value: Any, blobs: Sequence[bytes]) -> Result:
    time.sleep(600)
    return None, []


def _spin(value: Any, blobs: Sequence[bytes]) -> Result:
    while True:
        pass


def _eat(value: Any, blobs: Sequence[bytes]) -> Result:
    kept = []
    while True:
        kept.append(bytearray(8 * 1024 * 1024))


def _shout(value: Any, blobs: Sequence[bytes]) -> Result:
    return None, [bytes(value["size"])]


def _fault(value: Any, blobs: Sequence[bytes]) -> Result:
    os.kill(os.getpid(), signal.SIGSEGV)
    return None, []


def _leave(value: Any, blobs: Sequence[bytes]) -> Result:
    sys.exit(3)


def _raise(value: Any, blobs: Sequence[bytes]) -> Result:
    raise ZeroDivisionError("secret text that stays in the child")


def _environment(value: Any, blobs: Sequence[bytes]) -> Result:
    return dict(os.environ), []


def _write(value: Any, blobs: Sequence[bytes]) -> Result:
    try:
        Path(value["path"]).write_bytes(b"x" * 10)
    except OSError as error:
        return {"refused": type(error).__name__}, []
    return {"refused": None}, []


def _lie(value: Any, blobs: Sequence[bytes]) -> Result:
    """Writes straight to the parent's socket: a frame of its own making, then waits."""
    for number in range(3, 64):
        try:
            family = socket.socket(fileno=os.dup(number))
        except OSError:
            continue
        family.sendall(blobs[0])
        time.sleep(600)
    return None, []


DEEDS = {
    "echo": _echo,
    "sleep": _sleep,
    "spin": _spin,
    "eat": _eat,
    "shout": _shout,
    "fault": _fault,
    "leave": _leave,
    "raise": _raise,
    "environment": _environment,
    "write": _write,
    "lie": _lie,
}
