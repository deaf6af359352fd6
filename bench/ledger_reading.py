"""Reading what the ledger proves: an inclusion proof from cold, the verification of everything.

`LEDGER_BENCH_ENTRIES` sets the size of the log (a million by default).
"""

from __future__ import annotations

import hashlib
import os
import random
import tempfile
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path
from statistics import median
from typing import Any

from audit.ledger import Draft, Log, verify_log
from bench.ledger import draft, sqlite_log
from bench.row import Row, percentile, timed

ENTRIES = int(os.environ.get("LEDGER_BENCH_ENTRIES", "1000000"))
PROOFS = 300
VERIFIED = 200_000


def fill(log: Log, count: int, make: Callable[[], Draft]) -> None:
    """Append in groups of 2,000 without waiting for each."""
    waiting = [
        log.submit([make() for _ in range(min(2_000, count - first))])
        for first in range(0, count, 2_000)
    ]
    for future in waiting:
        future.result()


def cold_proofs(log: Log, size: int) -> list[float]:
    """Seconds for each proof of a random entry; nothing of the tree is kept between two."""
    taken = []
    picked = random.Random(1)
    for _ in range(PROOFS):
        seq = picked.randrange(size)
        with timed() as seconds:
            log.inclusion_proof(seq, size)
        taken.append(seconds())
    return taken


def pymerkle_proofs(folder: Path, size: int) -> list[float] | None:
    """The same by pymerkle's tree in SQLite, its first proofs after opening; None without it."""
    try:
        from pymerkle import SqliteTree
    except ImportError:
        return None
    tree: Any = SqliteTree(str(folder / "pymerkle.db"), algorithm="sha256")
    tree.append_entries([b"%d" % n for n in range(size)], chunksize=10_000)
    taken = []
    picked = random.Random(1)
    for _ in range(PROOFS // 3):
        index = picked.randrange(size) + 1
        with timed() as seconds:
            tree.prove_inclusion(index, size)
        taken.append(seconds())
    return taken


def hashing(log: Log) -> float:
    """Entries a second when each one's bytes and payload are only hashed, from memory."""
    held = [(item.entry.raw, item.payload or b"") for item in log.appended(0, 20_000)]
    with timed() as seconds:
        for raw, payload in held:
            hashlib.sha256(raw).digest()
            hashlib.sha256(payload).digest()
    return len(held) / seconds()


def verification(log: Log, workers: int) -> float:
    """Entries a second of a full verification, in this process or over worker processes."""
    if workers == 1:
        with timed() as seconds:
            report = verify_log(log.engine)
    else:
        with ProcessPoolExecutor(workers, mp_context=get_context("spawn")) as pool:
            for started in [pool.submit(int) for _ in range(workers)]:
                started.result()
            with timed() as seconds:
                report = verify_log(log.engine, executor=pool)
    assert report.ok, report.verdict("en")
    return report.size / seconds()


def rows() -> list[Row]:
    """Proofs at a million entries; verification of two hundred thousand with payloads."""
    with tempfile.TemporaryDirectory(dir=Path.cwd()) as name:
        folder = Path(name)
        numbers = iter(range(1 << 40))
        with sqlite_log(folder) as log:
            fill(log, ENTRIES, lambda: Draft("bench.entry", f"k{next(numbers)}", "user:1"))
            size = log.size()
            ours = cold_proofs(log, size)
            curve = {at: median(cold_proofs(log, at)) for at in (10_000, 100_000) if at < size}
        theirs = pymerkle_proofs(folder, size)
        found = [
            Row(
                "ledger_reading",
                f"inclusion proof at {size:,}, cold",
                median(ours) * 1e3,
                "ms",
                None if theirs is None else median(theirs) * 1e3,
                "" if theirs is None else "pymerkle",
                0.5,
                0.25,
                "value",
                smaller=True,
                note=f"p99 {percentile(ours, 0.99) * 1e3:.2f} ms; "
                + ", ".join(f"at {at:,} {took * 1e3:.2f} ms" for at, took in curve.items()),
            )
        ]
        with sqlite_log(folder) as log:
            fill(log, VERIFIED, lambda: draft(1))
            log.checkpoint()
            reference = hashing(log)
            alone = verification(log, 1)
            two = verification(log, 2)
        found.append(
            Row(
                "ledger_reading",
                "full verification, one process",
                alone,
                "entries/s",
                reference,
                "SHA-256 of the same bytes",
                150_000,
                220_000,
                "value",
            )
        )
        found.append(
            Row(
                "ledger_reading",
                "full verification, two processes",
                two,
                "entries/s",
                alone,
                "one process",
                1.5,
                1.8,
            )
        )
    return found
