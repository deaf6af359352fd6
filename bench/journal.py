"""The journal: what it costs to project into read tables while appending, and to ingest in bulk."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date
from decimal import Decimal
from itertools import count
from pathlib import Path

from sqlalchemy import create_engine
from sqlalchemy.engine import make_url

from audit.documents import LocalDocuments
from audit.journal import DocumentRead, Journal, ReceiptSource
from audit.ledger import KeySigner, Lane
from audit.records import RecordDraft
from audit.records.parts import NamedParty
from audit.records.product import Lot, LotSource
from audit.records.sales import SalesRecord
from audit.store import rebuild, verify_deep
from bench.ledger import direct_writers, sqlite_log, together, waiting_clients
from bench.ledger_postgresql import locked_rows, server
from bench.row import Row, interleaved, percentile, timed

ORIGIN = "bench.example/journal/log/1"
CLIENTS = 64
BULK = 20_000
_numbers = count()
Make = Callable[[int], RecordDraft]


@contextmanager
def journal(folder: Path, address: str | None = None) -> Iterator[Journal]:
    """A fresh journal: a SQLite file, or a schema of its own in the PostgreSQL at `address`."""
    number = next(_numbers)
    home = folder / str(number)
    home.mkdir()
    url = make_url(f"sqlite:///{home / 'bench.db'}")
    if address is not None:
        schema = f"journal_{number}"
        with create_engine(address).begin() as connection:
            connection.exec_driver_sql(f"CREATE SCHEMA {schema}")
        url = make_url(address).update_query_dict({"options": f"-csearch_path={schema}"})
    engine = create_engine(url)
    made = Journal.create(
        engine,
        LocalDocuments(home / "originals"),
        origin=ORIGIN,
        signer=KeySigner.generate(ORIGIN),
        key_dir=home / "keys",
        actor="user:bench",
    )
    yield made
    made.close()
    engine.dispose()


def lot(n: int) -> RecordDraft:
    """A small record: one lot of one device."""
    return RecordDraft(Lot(di="06901234567892", lot_no=f"L{n}", source=LotSource.LABEL), None)


def sale(n: int) -> RecordDraft:
    """An ordinary one: device, lot, certificate, buyer, as an export has it."""
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


def waiting(target: Journal, make: Make, each: int = 200) -> tuple[float, list[float]]:
    """Records a second and every wait: each client appends one, waits until it is durable and
    projected, and goes on."""
    ready = [[make(c * each + n) for n in range(each)] for c in range(CLIENTS)]
    waits: list[list[float]] = [[] for _ in range(CLIENTS)]

    def client(at: int) -> None:
        for draft in ready[at]:
            began = time.perf_counter()
            target.append_records("user:bench", [draft], lane=Lane.INTERACTIVE)
            waits[at].append(time.perf_counter() - began)

    seconds = together([lambda at=at: client(at) for at in range(CLIENTS)])  # type: ignore[misc]
    return CLIENTS * each / seconds, [one for some in waits for one in some]


def ingested(target: Journal) -> float:
    """Records a second of one document of many rows, as a sales export would come."""
    receipt = target.receive(
        "source:erp", b"export", file_name="export.csv", source=ReceiptSource("folder")
    )
    drafts = [RecordDraft(sale(n).record, receipt.sha256, parser="bench/1") for n in range(BULK)]
    read = DocumentRead(receipt.sha256, "csv/1", "bench/1", "sales_record")
    with timed() as seconds:
        target.append_records("source:erp", drafts, read=read, lane=Lane.BULK)
    return BULK / seconds()


def rows() -> list[Row]:
    """On SQLite, then on PostgreSQL."""
    with tempfile.TemporaryDirectory(dir=Path.cwd()) as name:
        folder = Path(name)
        found = _sqlite(folder)
        with server() as address:
            found += _postgresql(folder, address)
    return found


def _sqlite(folder: Path) -> list[Row]:
    taken: list[float] = []

    def clients(make: Make) -> float:
        with journal(folder) as target:
            rate, waits = waiting(target, make)
        taken.extend(waits)
        return rate

    def bare() -> float:
        with sqlite_log(folder) as log:
            return waiting_clients(log)[0]

    (folder / "direct").mkdir()
    direct, without, small = interleaved(
        3, lambda: direct_writers(folder / "direct"), bare, lambda: clients(lot)
    )
    note = (
        f"p50 {percentile(taken, 0.5) * 1e3:.1f} ms, p99.9 {percentile(taken, 0.999) * 1e3:.1f} ms"
    )
    ordinary = clients(sale)
    with journal(folder) as target:
        bulk = ingested(target)
        size = target.log.size()
        with timed() as comparing:
            assert verify_deep(target.log, target.documents) == []
        with timed() as rebuilding:
            rebuild(target.log)
    work = f"{CLIENTS} waiting clients, journal with projection"
    return [
        Row("journal", work, small, "records/s", direct, "direct writers", 0.67, 1.2, note=note),
        Row("journal", f"{work}, one subject", small, "records/s", without, "bare ledger", 0.42),
        Row("journal", f"{work}, sales records", ordinary, "records/s", without, "bare ledger"),
        Row("journal", "bulk ingest", bulk, "records/s", None, "", 4_000, 8_000, "value"),
        Row("journal", "compared with a replay", size / comparing(), "entries/s"),
        Row("journal", "rebuilt", size / rebuilding(), "entries/s"),
    ]


def _postgresql(folder: Path, address: str) -> list[Row]:
    def clients() -> float:
        with journal(folder, address) as target:
            return waiting(target, lot, each=60)[0]

    direct, ours = interleaved(3, lambda: locked_rows(address), clients)
    with journal(folder, address) as target:
        bulk = ingested(target)
    work = f"{CLIENTS} waiting clients, journal with projection, PostgreSQL"
    return [
        Row("journal", work, ours, "records/s", direct, "FOR UPDATE an entry", 4, 8),
        Row("journal", "bulk ingest, PostgreSQL", bulk, "records/s"),
    ]
