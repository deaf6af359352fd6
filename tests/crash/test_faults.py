"""A disk that fails at every single call: the answer is a sentence or a success, never half of one.

After SQLite's own way of testing. A real process opens the house, appends one entry (or receives
one original, or signs a checkpoint) and closes; strace makes its n-th call of one kind fail, for
every n there is. Whatever the process answered, all layers verify, a promise is kept, and doing it
again under the same key does it once.
"""

from __future__ import annotations

import logging
import os
import shutil
import signal
import subprocess
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path

import pytest

from audit.documents import LocalDocuments
from tests.crash.house import House, strays
from tests.crash.ingest_child import Order
from tests.crash.lives import Life, Nursery

CALLS = (
    ("fsync", "EIO"),
    ("fdatasync", "EIO"),
    ("pwrite64", "ENOSPC"),
    ("pwrite64", "EIO"),
    ("write", "ENOSPC"),
    ("ftruncate", "EIO"),
    ("link,linkat", "ENOSPC"),
    ("rename,renameat,renameat2", "EIO"),
    ("mkdir,mkdirat", "ENOSPC"),
)
"""Calls that make something durable or give it a name, and how a disk refuses them."""
_log = logging.getLogger(__name__)
ACTS = ("append", "receive", "sign")
COMMIT = 3
"""Which `fdatasync` of the writer makes its first COMMIT durable: after the header of a new WAL and
its folder."""

pytestmark = [
    pytest.mark.xdist_group("crash"),
    pytest.mark.skipif(shutil.which("strace") is None, reason="strace is not installed"),
]


class Bench:
    """One house in which one thing is done over and over while the disk fails."""

    def __init__(self, house: House, children: Nursery, folder: Path) -> None:
        self.house, self.children, self.folder = house, children, folder
        self.trace = folder / "strace"

    def fail(self, act: str, calls: str, error: str, nth: int, *, dies: bool = False) -> bool:
        """One life with one fault, and all questions after it; whether the fault came up. dies:
        the process ends without closing, right after it answered."""
        key = f"{act}-{calls.partition(',')[0]}-{error}-{nth}"
        key += "-dies" * dies
        order = self.house.order(act=act, key=key, dies=dies)
        life = self._traced(order, f"inject={calls}:error={error}:when={nth}")
        injected = [line for line in self.trace.read_text().splitlines() if "INJECTED" in line]
        where = f"{key}: {life.lines[1:]} after {injected}\n{life.trouble}"
        assert life.status == 0, where
        answers = life.said("answer")
        assert len(answers) == 1, where
        self._judge(order, answers[0], where)
        again = self._untraced(act, key)
        assert again.said("answer")[0][0] == "ok", f"{where}\nagain: {again.lines} {again.trouble}"
        assert self.house.complaints() == [], where
        assert self._times(act, key) == 1, where
        return bool(injected)

    def _judge(self, order: Order, answer: list[str], where: str) -> None:
        """Before anything is repaired: what stands is what the process said.

        Only a COMMIT whose fsync failed may yet come back, from the WAL that a process left which
        died before it could close or write again. Under its key it is then there once.
        """
        assert answer[0] in ("ok", "Unavailable"), where
        with self.house.opened() as journal:
            assert isinstance(journal.documents, LocalDocuments)
            left = list((journal.documents.root / ".incoming").iterdir())
            assert left == [], f"{where}: half a file stayed, {left}"
            if answer[0] == "ok":
                assert strays(journal) == [], where
        assert self.house.complaints() == [], where
        times = self._times(order.act, order.key)
        if answer[0] == "ok":
            assert times == 1, f"{where}: promised and not there"
        elif answer[1] == "ledger.storage_failed":
            assert times == 0, f"{where}: said to be not written, and is there"

    def _times(self, act: str, key: str) -> int:
        """How often what was to be done stands in the ledger."""
        with self.house.opened() as journal:
            if act != "receive":
                return int(journal.log.entry_by_key(key) is not None)
            digest = sha256(paper(key)).hexdigest()
            return len(journal.log.stream_seqs(f"document:{digest}"))

    def _traced(self, order: Order, inject: str) -> Life:
        tracers: list[subprocess.Popen[bytes]] = []

        def attach(pid: int) -> None:
            kinds = inject.partition("=")[2].partition(":")[0]
            command = ["strace", "-f", "-o", str(self.trace), "-e", f"trace={kinds}"]
            tracer = subprocess.Popen(
                [*command, "-e", inject, "-p", str(pid)], stderr=subprocess.PIPE
            )
            tracers.append(tracer)
            assert tracer.stderr is not None
            said = tracer.stderr.readline().decode()
            os.kill(pid, signal.SIGUSR1)
            if "ptrace" in said:
                pytest.skip(f"strace may not attach here: {said.strip()[:100]}")
            assert "attached" in said

        life = self.children.life(order, begun=attach)
        tracers[0].communicate(timeout=60)
        return life

    def _untraced(self, act: str, key: str) -> Life:
        return self.children.life(
            self.house.order(act=act, key=key), begun=lambda pid: os.kill(pid, signal.SIGUSR1)
        )


def paper(key: str) -> bytes:
    """What `ingest_child` receives under this key."""
    return f"a paper {key}".encode()


@pytest.fixture
def bench(make_house: Callable[[str], House], children: Nursery, tmp_path: Path) -> Bench:
    return Bench(make_house("sqlite"), children, tmp_path)


@pytest.mark.parametrize("act", ACTS)
def test_a_disk_that_fails_once_is_answered_with_a_sentence(bench: Bench, act: str) -> None:
    came_up = [
        bench.fail(act, "fdatasync", "EIO", COMMIT),
        bench.fail(act, "fdatasync", "EIO", COMMIT, dies=True),
        bench.fail(act, "pwrite64", "ENOSPC", 12),
    ]
    if act != "append":
        came_up.append(bench.fail(act, "fsync", "EIO", 1))
    if act == "receive":
        came_up.append(bench.fail(act, "link,linkat", "ENOSPC", 1))
    assert all(came_up)


@pytest.mark.slow
@pytest.mark.timeout(1800)
@pytest.mark.parametrize("act", ACTS)
def test_a_disk_that_fails_at_any_call_is_answered_with_a_sentence(bench: Bench, act: str) -> None:
    faults = dict.fromkeys(CALLS, 0)
    for calls, error in CALLS:
        while bench.fail(act, calls, error, faults[calls, error] + 1):
            faults[calls, error] += 1
    for nth in range(1, faults["fdatasync", "EIO"] + 1):
        bench.fail(act, "fdatasync", "EIO", nth, dies=True)
    _log.info("%s: %d faults, %s", act, sum(faults.values()), faults)
    assert faults["pwrite64", "ENOSPC"] > 0
    assert faults["fsync", "EIO"] + faults["fdatasync", "EIO"] > 0
    assert act != "receive" or faults["link,linkat", "ENOSPC"] > 0
