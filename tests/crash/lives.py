"""Starting the ingest child, and killing it at a moment drawn by lot."""

from __future__ import annotations

import os
import random
import select
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path

import orjson

from tests.crash.ingest_child import Order

PATIENCE = 120.0
"""Seconds without a word after which a child counts as hanging."""
_ROOT = Path(__file__).parents[2]


@dataclass(frozen=True, slots=True)
class Moment:
    """When to kill: `delay` seconds after the child's line number `line` (0: after its birth), of
    those that begin with `word` if there is one."""

    line: int
    word: str
    delay: float


@dataclass(slots=True)
class Life:
    """What a child said until it ended. status: its exit code, or minus the signal's number.

    orphans: processes of its own that had to be ended after it. first_done: seconds to the first
    document that was dealt with.
    """

    lines: list[list[str]] = field(default_factory=list)
    status: int = 0
    orphans: int = 0
    first_done: float = 0.0
    trouble: str = ""

    @property
    def killed(self) -> bool:
        return self.status == -signal.SIGKILL

    @property
    def phase(self) -> str:
        """What it had said last."""
        return self.lines[-1][0] if self.lines else "born"

    def said(self, word: str) -> list[list[str]]:
        return [line[1:] for line in self.lines if line[0] == word]


class Nursery:
    """Bears children from one process that has everything imported."""

    def __init__(self, errors: Path) -> None:
        self._errors = errors
        with errors.open("wb") as stderr:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "tests.crash.ingest_child"],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=stderr,
                cwd=_ROOT,
                bufsize=0,
                env={**os.environ, "OPENBLAS_NUM_THREADS": "1"},
            )
        assert self._process.stdout is not None
        self._out = self._process.stdout.fileno()
        self._rest = b""

    def life(
        self,
        order: Order,
        moment: Moment | None = None,
        begun: Callable[[int], None] | None = None,
    ) -> Life:
        """One life, to its own end or to that moment. `begun` is called with the process id after
        the child's first line."""
        assert self._process.stdin is not None
        before = self._errors.stat().st_size
        self._process.stdin.write(orjson.dumps(asdict(order)) + b"\n")
        life = Life()
        born = self._line(PATIENCE)
        assert born is not None and born[0] == "born", self._trouble(before)
        pid, start = int(born[1]), time.monotonic()
        child = os.pidfd_open(pid)
        try:
            due = start + moment.delay if moment is not None and moment.line == 0 else None
            while True:
                left = PATIENCE if due is None else max(0.0, due - time.monotonic())
                line = self._line(left)
                if line is None:
                    assert due is not None, f"no word for {PATIENCE} s, last {life.phase}"
                    signal.pidfd_send_signal(child, signal.SIGKILL)
                    due, moment = None, None
                elif line[0] == "buried":
                    life.status, life.orphans = int(line[1]), int(line[2])
                    break
                else:
                    life.lines.append(line)
                    if begun is not None and len(life.lines) == 1:
                        begun(pid)
                    if line[0] == "done" and not life.first_done:
                        life.first_done = time.monotonic() - start
                    if moment is not None and moment.line and due is None:
                        seen = sum(line[0].startswith(moment.word) for line in life.lines)
                        due = time.monotonic() + moment.delay if seen >= moment.line else None
        finally:
            os.close(child)
        life.trouble = self._trouble(before)
        return life

    def close(self) -> None:
        """End the process; it has no children between two lives."""
        assert self._process.stdin is not None
        self._process.stdin.close()
        try:
            self._process.wait(10)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        os.close(self._out)

    def _line(self, seconds: float) -> list[str] | None:
        """The next line, or None when none came in time."""
        until = time.monotonic() + seconds
        while b"\n" not in self._rest:
            left = until - time.monotonic()
            if left <= 0 or not select.select([self._out], [], [], left)[0]:
                return None
            more = os.read(self._out, 1 << 16)
            assert more, f"the nursery ended: {self._trouble(0)}"
            self._rest += more
        line, _, self._rest = self._rest.partition(b"\n")
        return line.decode().split(" ")

    def _trouble(self, since: int) -> str:
        with self._errors.open("rb") as file:
            file.seek(since)
            return file.read().decode("utf-8", "replace")


@contextmanager
def nursery() -> Iterator[Nursery]:
    with tempfile.TemporaryDirectory(prefix="dt-crash-") as folder:
        opened = Nursery(Path(folder) / "errors")
        try:
            yield opened
        finally:
            opened.close()


def drawn(lot: random.Random, calm: Life) -> Moment:
    """A moment in a life. Some lie anywhere in the time from birth to the second document of an
    undisturbed one, where readers start; most follow something that was said by so little that
    appending, signing or reading goes on; some lie at the very end."""
    kind = lot.random()
    if kind < 0.35:
        return Moment(0, "", lot.uniform(0.0, 2 * calm.first_done))
    if kind < 0.93:
        return Moment(lot.randint(1, 16), "", lot.uniform(0.0, 0.03))
    return Moment(1, lot.choice(("closing", "signed")), lot.uniform(0.0, 0.01))
