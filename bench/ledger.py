"""The ledger on SQLite: appends against raw sqlite3, waiting clients against direct writers,
interactive appends beside bulk."""

from __future__ import annotations

import sqlite3
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path

from sqlalchemy import create_engine

from audit.ledger import Draft, KeySigner, Lane, Log, Payload
from bench.row import Row, interleaved, percentile, timed

ORIGIN = "bench.example/log/1"
DATA = b"x" * 1024
BATCH = 100
BATCHES = 100
_keys = count()


def draft(streams: int, keys: Iterator[int] = _keys) -> Draft:
    """A draft of 1 KB that joins so many of a thousand lots, a hundred parties, ten thousand
    devices."""
    number = next(keys)
    names = (f"lot:{number % 1000}", f"party:{number % 100}", f"device:{number % 9973}")
    payload = Payload("record.invoice/1", DATA)
    return Draft("record.invoice", f"{number:032d}", "user:1", payload, names[:streams])


@contextmanager
def sqlite_log(folder: Path) -> Iterator[Log]:
    """A fresh log in a file of its own."""
    number = next(_keys)
    engine = create_engine(f"sqlite:///{folder / f'{number}.db'}")
    signer = KeySigner.generate(ORIGIN)
    log = Log.create(
        engine, origin=ORIGIN, signer=signer, key_dir=folder / f"k{number}", actor="user:1"
    )
    yield log
    log.close()
    engine.dispose()


def raw_appends(folder: Path) -> float:
    """Rows a second: one row an entry, a hundred in a durable transaction, nothing else."""
    path = folder / f"raw{next(_keys)}.db"
    connection = sqlite3.connect(path, isolation_level=None)
    connection.execute("PRAGMA journal_mode=WAL")
    connection.execute("PRAGMA synchronous=FULL")
    connection.execute("CREATE TABLE t (seq INTEGER PRIMARY KEY, leaf BLOB, data BLOB)")
    leaf, row = b"l" * 32, 0
    with timed() as seconds:
        for _ in range(BATCHES):
            connection.execute("BEGIN IMMEDIATE")
            connection.executemany(
                "INSERT INTO t VALUES (?, ?, ?)", [(row + n, leaf, DATA) for n in range(BATCH)]
            )
            connection.execute("COMMIT")
            row += BATCH
    connection.close()
    return row / seconds()


def ledger_appends(folder: Path, streams: int) -> float:
    """Entries a second: groups of a hundred, each durable before the next, with key."""
    with sqlite_log(folder) as log:
        log.append(draft(streams))
        groups = [[draft(streams) for _ in range(BATCH)] for _ in range(BATCHES)]
        with timed() as seconds:
            for group in groups:
                log.append(*group)
        return BATCHES * BATCH / seconds()


def direct_writers(folder: Path, clients: int = 64, each: int = 60) -> float:
    """Rows a second: every client its own connection and its own durable transaction."""
    path = folder / f"direct{next(_keys)}.db"
    first = sqlite3.connect(path)
    first.execute("PRAGMA journal_mode=WAL")
    first.execute("CREATE TABLE t (seq INTEGER PRIMARY KEY, leaf BLOB, data BLOB)")
    first.close()

    def client() -> None:
        connection = sqlite3.connect(path, timeout=60, isolation_level=None)
        connection.execute("PRAGMA synchronous=FULL")
        for _ in range(each):
            connection.execute("BEGIN IMMEDIATE")
            connection.execute("INSERT INTO t (leaf, data) VALUES (?, ?)", (b"l" * 32, DATA))
            connection.execute("COMMIT")
        connection.close()

    return clients * each / together([client] * clients)


def waiting_clients(log: Log, clients: int = 64, each: int = 300) -> tuple[float, list[float]]:
    """Entries a second and each append's seconds, every client waiting for durability."""
    took: list[list[float]] = [[] for _ in range(clients)]
    drafts = [[draft(1) for _ in range(each)] for _ in range(clients)]

    def client(number: int) -> None:
        mine = took[number]
        for one in drafts[number]:
            started = time.perf_counter()
            log.append(one)
            mine.append(time.perf_counter() - started)

    seconds = together([lambda n=n: client(n) for n in range(clients)])  # type: ignore[misc]
    return clients * each / seconds, [one for mine in took for one in mine]


def together(work: list[Callable[[], None]]) -> float:
    """Seconds that all take when they start at once."""
    threads = [threading.Thread(target=one) for one in work]
    with timed() as seconds:
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    return seconds()


def interactive_beside_bulk(log: Log, records: int = 100_000) -> tuple[float, float]:
    """p99 of interactive appends in seconds, alone and while records are ingested in bulk."""

    def measure(until: Callable[[], bool]) -> list[float]:
        taken: list[float] = []
        while not until():
            one = draft(1)
            started = time.perf_counter()
            log.append(one)
            taken.append(time.perf_counter() - started)
            time.sleep(0.002)
        return taken

    alone_until = time.perf_counter() + 3
    alone = measure(lambda: time.perf_counter() > alone_until)
    bulk = threading.Thread(target=lambda: ingest(log, records))
    bulk.start()
    beside = measure(lambda: not bulk.is_alive())
    bulk.join()
    return percentile(alone, 0.99), percentile(beside, 0.99)


def ingest(log: Log, records: int) -> None:
    """Bulk in groups of twenty-five, a few ahead of the writer."""
    waiting = [log.submit([draft(1) for _ in range(25)], Lane.BULK) for _ in range(records // 25)]
    for future in waiting:
        future.result()


def rows() -> list[Row]:
    """Appends, waiting clients, lanes."""
    with tempfile.TemporaryDirectory(dir=Path.cwd()) as name:
        folder = Path(name)
        raw, *ours = interleaved(
            5,
            lambda: raw_appends(folder),
            *(lambda n=n: ledger_appends(folder, n) for n in (0, 1, 3)),
        )
        asked = {0: (0.35, 0.50), 1: (0.25, 0.40), 3: (0.15, 0.28)}
        found = [
            Row(
                "ledger",
                f"append, batches of 100, SQLite, {streams} streams",
                rate,
                "entries/s",
                raw,
                "raw sqlite3",
                *asked[streams],
            )
            for streams, rate in zip(asked, ours, strict=True)
        ]
        taken: list[float] = []

        def ledger_clients() -> float:
            with sqlite_log(folder) as log:
                rate, seconds = waiting_clients(log)
            taken.extend(seconds)
            return rate

        direct, clients = interleaved(3, lambda: direct_writers(folder), ledger_clients)
        found.append(
            Row(
                "ledger",
                "64 waiting clients, one stream, SQLite",
                clients,
                "entries/s",
                direct,
                "direct writers",
                12_000,
                20_000,
                "value",
                note=f"p50 {percentile(taken, 0.5) * 1e3:.2f} ms,"
                f" p99.9 {percentile(taken, 0.999) * 1e3:.1f} ms",
            )
        )
        with sqlite_log(folder) as log:
            alone, beside = interactive_beside_bulk(log)
        found.append(
            Row(
                "ledger",
                "interactive append p99 beside bulk of 100,000",
                beside * 1e3,
                "ms",
                alone * 1e3,
                "without bulk",
                5,
                2,
                smaller=True,
            )
        )
    return found
