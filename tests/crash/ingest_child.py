"""The process that is killed, and the one that starts it again and again.

    python -m tests.crash.ingest_child

reads one order (a line of JSON) after another from its input and forks a child for each, so that a
life begins with everything imported and costs tenths of a second. The child opens the house for
itself, does what the order says, and ends. It says what it has reached, and above all what it has
been promised, in lines on the common output; those are true even if it is killed an instant later.

The parent is the reaper of whatever a killed child leaves behind, so it can say how many of the
child's own children outlived it.
"""

from __future__ import annotations

import ctypes
import os
import signal
import sys
import time
import traceback
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import orjson
import structlog
from sqlalchemy import create_engine, text

import ingest.pipeline
from audit.documents import LocalDocuments
from audit.journal import Journal, ReceiptSource
from audit.ledger import load_signer
from base.errors import DeviceTrailError
from ingest import sources
from ingest.connectors.folder import FolderConnector
from ingest.connectors.types import Item
from ingest.pipeline import Pipeline
from ingest.readers.pool import ReaderPool
from ingest.readers.types import ReadOptions
from ingest.recognise import recognise  # noqa: F401 - and with it every parser, before the fork
from tests.crash.papers import SOURCE, ZONE_OF_LOGGERS

ORIGIN: Final = "crash.example/house/log/1"
PASSPHRASE: Final = "crash"
CHUNK: Final = 25
"""Records in one append, and refused rows in one quarantine item, so that a register of a few
hundred rows takes many of them."""
SIGN_EVERY: Final = 8
"""Documents between two checkpoints."""
ORPHAN_SECONDS: Final = 30.0
"""How long the children of a killed process may take to end by themselves."""
_SUBREAPER: Final = 36
_TRACED_BY_ANYONE: Final = 0x59616D61


@dataclass(frozen=True, slots=True)
class Order:
    """url: of the database. house: folder with `originals` and `keys`. inbox: files to take in.

    act: `ingest`, or under injected faults `append`, `receive` or `sign`, which first wait for
    SIGUSR1. dies: it ends without closing anything.
    """

    url: str
    house: str
    inbox: str = ""
    readers: int = 2
    act: str = "ingest"
    key: str = ""
    dies: bool = False


def say(*words: str | int) -> None:
    """One line in one system call, and another one than those that faults are injected into."""
    os.writev(1, [" ".join(map(str, words)).replace("\n", " ").encode() + b"\n"])


class WitnessedFolder(FolderConnector):
    """Says which receipts have been promised to be durable."""

    def acknowledge(self, item: Item, sha256: str) -> None:
        say("received", sha256, item.ref.encode().hex())


def open_journal(order: Order) -> Journal:
    """As the service does at its start."""
    house = Path(order.house)
    return Journal.open(
        create_engine(order.url),
        LocalDocuments(house / "originals"),
        origin=ORIGIN,
        signer=load_signer(house / "keys", PASSPHRASE),
        key_dir=house / "keys",
    )


def run_ingest(order: Order) -> None:
    """Finish what was left, then take in the folder, signing now and then."""
    say("opening")
    journal = open_journal(order)
    say("opened", journal.log.size())
    source = sources.Source(
        SOURCE, WitnessedFolder(Path(order.inbox)), ReadOptions(zone=ZONE_OF_LOGGERS)
    )
    with ReaderPool(workers=order.readers) as pool:
        pipeline = Pipeline(
            journal, pool, options_of=sources.options_by_source([source]), workers=order.readers
        )
        done = 0
        for outcomes in (pipeline.resume(), _pulled(source, pipeline)):
            for outcome in outcomes:
                say("done", outcome.sha256, outcome.state)
                done += 1
                if done % SIGN_EVERY == 0:
                    say("signed", journal.log.checkpoint().size)
        say("closing")
    say("signed", journal.log.checkpoint().size)
    journal.close()
    journal.log.engine.dispose()
    say("closed")


def _pulled(source: sources.Source, pipeline: Pipeline):  # type: ignore[no-untyped-def]
    """The pull begins when what was left is done."""
    yield from sources.pull(source, pipeline).outcomes


def run_under_faults(order: Order) -> None:
    """One operation from opening to closing. Whatever a fault leads to must be a sentence."""
    say("waiting")
    signal.sigwait({signal.SIGUSR1})
    journal = reader = None
    try:
        journal = open_journal(order)
        reader = journal.log.engine.connect()  # as every service has some: the WAL outlives errors
        reader.execute(text("SELECT count(*) FROM ledger_entry"))
        if order.act == "append":
            entry = journal.note(
                "user:1", "policy.set", {"policy": order.key}, streams=("policy:x",), key=order.key
            )
            say("answer", "ok", entry.seq)
        elif order.act == "receive":
            content = f"a paper {order.key}".encode()
            source = ReceiptSource("folder", SOURCE, order.key)
            receipt = journal.receive("user:1", content, file_name=order.key, source=source)
            say("answer", "ok", receipt.seq)
        else:
            journal.note("user:1", "policy.set", {"policy": order.key}, key=order.key)
            say("answer", "ok", journal.log.checkpoint().size)
    except DeviceTrailError as error:
        say("answer", type(error).__name__, error.code, error.text("zh"), error.text("en"))
    if order.dies:
        return  # as by a kill: nothing is closed, and the next process has the WAL to recover
    if reader is not None:
        reader.close()
    if journal is not None:
        journal.close()
        journal.log.engine.dispose()


def live(order: Order) -> None:
    """All of a child's life. Ends the process."""
    status = 1
    try:
        if order.act == "ingest":
            run_ingest(order)
        else:
            run_under_faults(order)
        status = 0
    except BaseException:  # noqa: BLE001 - the child may only end by _exit
        sys.stderr.write(traceback.format_exc())
        sys.stderr.flush()
    os._exit(status)


def bury(pid: int) -> tuple[int, int]:
    """Wait for a child and everything it leaves behind: its status, how many had to be ended."""
    _, status = os.waitpid(pid, 0)
    until = time.monotonic() + ORPHAN_SECONDS
    while True:
        try:
            left, _ = os.waitpid(-1, os.WNOHANG)
        except ChildProcessError:
            return status, 0
        if left == 0:
            if time.monotonic() > until:
                return status, _end_the_rest()
            time.sleep(0.002)


def _end_the_rest() -> int:
    """Kill the children of this process, which only the dead one can have left; how many."""
    children = Path(f"/proc/self/task/{os.getpid()}/children").read_text().split()
    for child in children:
        os.kill(int(child), signal.SIGKILL)
        os.waitpid(int(child), 0)
    return len(children)


def main() -> None:
    """Serve orders until the input ends."""
    structlog.configure(logger_factory=structlog.PrintLoggerFactory(sys.stderr))
    ingest.pipeline.CHUNK = CHUNK  # type: ignore[misc]
    ingest.pipeline._ROWS_AN_ITEM = CHUNK // 3  # type: ignore[misc]
    libc = ctypes.CDLL(None)
    libc.prctl(_SUBREAPER, 1, 0, 0, 0)
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGUSR1})
    for line in sys.stdin.buffer:
        order = Order(**orjson.loads(line))
        pid = os.fork()
        if pid == 0:
            if order.act == "ingest":
                signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGUSR1})
            else:
                libc.prctl(_TRACED_BY_ANYONE, ctypes.c_ulong(2**64 - 1), 0, 0, 0)
            os.close(0)
            say("born", os.getpid())
            live(order)
        status, orphans = bury(pid)
        say("buried", os.waitstatus_to_exitcode(status), orphans)


if __name__ == "__main__":
    main()
