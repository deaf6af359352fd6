"""The journal: 64 waiting clients, and bulk ingest, with projection; against direct writers.

Reference: each client writes its own row with plain `sqlite3` (PostgreSQL: `psycopg`) and waits
for its own durable commit, which is what a service without a shared writer does.

    python -m bench.journal [--seconds 5] [--clients 64] [--database URL]
"""

from __future__ import annotations

import argparse
import json
import sqlite3
import tempfile
import threading
import time
from collections.abc import Callable
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import psycopg
from sqlalchemy import create_engine, make_url

from audit.documents import LocalDocuments
from audit.journal import DocumentRead, Journal, ReceiptSource
from audit.ledger import KeySigner, Lane
from audit.records import RecordDraft
from audit.records.parts import NamedParty
from audit.records.product import Lot, LotSource
from audit.records.sales import SalesRecord
from audit.store import verify_deep

ORIGIN = "bench.example/journal/log/1"
BULK = 20_000


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--seconds", type=float, default=5.0)
    parser.add_argument("--clients", type=int, default=64)
    parser.add_argument("--database")
    parser.add_argument("--json", type=Path)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        rows = run(Path(folder), given.database, given.clients, given.seconds)
    for row in rows:
        print(f"{row['work']:<48} {row['rate']:>10,.0f}/s  {row.get('note', '')}")
    if given.json:
        given.json.write_text(json.dumps(rows, indent=1))


def run(folder: Path, database: str | None, clients: int, seconds: float) -> list[dict[str, Any]]:
    url = database or f"sqlite:///{folder / 'bench.db'}"
    rows = [reference(folder, database, clients, seconds)]
    engine = create_engine(url, pool_size=20, max_overflow=60)
    signer = KeySigner.generate(ORIGIN)
    journal = Journal.create(
        engine,
        LocalDocuments(folder / "originals"),
        origin=ORIGIN,
        signer=signer,
        key_dir=folder / "keys",
        actor="user:bench",
    )
    rows.append(waiting(journal, "64 clients, one-subject records", lot, clients, seconds))
    rows.append(waiting(journal, "64 clients, sales records", sale, clients, seconds))
    rows.append(bulk(journal))
    began = time.perf_counter()
    problems = verify_deep(journal.log, journal.documents)
    size = journal.log.size()
    rate = size / (time.perf_counter() - began)
    rows.append({"work": "deep verification, entries", "rate": rate, "note": f"{problems}"})
    journal.close()
    engine.dispose()
    return rows


def lot(n: int) -> RecordDraft:
    record = Lot(di="06901234567892", lot_no=f"L{n}", source=LotSource.LABEL)
    return RecordDraft(record, None)


def sale(n: int) -> RecordDraft:
    record = SalesRecord(
        record_no=f"XS{n}",
        sold_on=date(2026, 3, 1),
        name="一次性使用无菌导管",
        model="XL-10",
        registration_no="国械注准20203140123",
        di="06901234567892",
        lot_no=f"L{n % 5_000}",
        quantity=Decimal(10),
        unit="支",
        unit_price=Decimal("12.50"),
        amount=Decimal("125.00"),
        buyer=NamedParty(name=f"第{n % 300}医院", uscc="91310000MA1FL4B24L"),
        ship_to="上海市浦东新区张江路1号",
    )
    return RecordDraft(record, None)


def waiting(
    journal: Journal, work: str, make: Callable[[int], RecordDraft], clients: int, seconds: float
) -> dict[str, Any]:
    """Each client appends one record, waits until it is durable and projected, and goes on."""

    def append(n: int) -> None:
        journal.append_records(f"user:{n % 64}", [make(n)], lane=Lane.INTERACTIVE)

    return {"work": work, **_clients(append, clients, seconds)}


def bulk(journal: Journal) -> dict[str, Any]:
    """One document of many rows, as a sales export would come."""
    receipt = journal.receive(
        "source:erp", b"export", file_name="export.csv", source=ReceiptSource("folder")
    )
    records = [sale(10_000_000 + n) for n in range(BULK)]
    drafts = [RecordDraft(one.record, receipt.sha256, parser="bench/1") for one in records]
    read = DocumentRead(receipt.sha256, "csv/1", "bench/1", "sales_record")
    began = time.perf_counter()
    journal.append_records("source:erp", drafts, read=read, lane=Lane.BULK)
    return {"work": f"bulk ingest of {BULK} rows", "rate": BULK / (time.perf_counter() - began)}


def reference(folder: Path, database: str | None, clients: int, seconds: float) -> dict[str, Any]:
    """Every client its own connection and its own durable commit."""
    local = threading.local()
    path = folder / "reference.db"
    if database is None:
        with sqlite3.connect(path) as connection:
            connection.execute("PRAGMA journal_mode=WAL")
            connection.execute("CREATE TABLE row (n INTEGER PRIMARY KEY, body TEXT)")
    else:
        address = make_url(database).set(drivername="postgresql")
        conninfo = address.render_as_string(hide_password=False)
        with psycopg.connect(conninfo) as setup:
            setup.execute("CREATE TABLE IF NOT EXISTS bench_row (n BIGINT, body TEXT)")

    def append(n: int) -> None:
        if not hasattr(local, "connection"):
            if database is None:
                local.connection = sqlite3.connect(path, timeout=60)
                local.connection.execute("PRAGMA synchronous=FULL")
            else:
                local.connection = psycopg.connect(conninfo)
        mark = "?" if database is None else "%s"
        table = "row" if database is None else "bench_row"
        local.connection.execute(f"INSERT INTO {table} VALUES ({mark}, {mark})", (n, "x" * 600))
        local.connection.commit()

    return {"work": "reference: direct writers", **_clients(append, clients, seconds)}


def _clients(append: Callable[[int], None], clients: int, seconds: float) -> dict[str, Any]:
    times: list[list[float]] = [[] for _ in range(clients)]
    stop = time.perf_counter() + seconds

    def client(which: int) -> None:
        n = which
        while (began := time.perf_counter()) < stop:
            append(n)
            times[which].append(time.perf_counter() - began)
            n += clients

    began = time.perf_counter()
    threads = [threading.Thread(target=client, args=(which,)) for which in range(clients)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    took = time.perf_counter() - began
    every = sorted(one for some in times for one in some)
    p50, p999 = every[len(every) // 2] * 1000, every[int(len(every) * 0.999)] * 1000
    note = f"p50 {p50:.1f} ms  p99.9 {p999:.1f} ms  max {every[-1] * 1000:.0f} ms"
    return {"rate": len(every) / took, "p50_ms": p50, "p999_ms": p999, "note": note}


if __name__ == "__main__":
    main()
