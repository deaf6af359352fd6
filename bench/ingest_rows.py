"""Documents to durable, projected records: rows of tables and a printed paper, end to end."""

from __future__ import annotations

import csv
import io
import tempfile
import time
from collections.abc import Callable
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path

import openpyxl
import pypdf
from sqlalchemy import create_engine

from audit.documents import LocalDocuments
from audit.journal import Journal, ReceiptSource
from audit.ledger import KeySigner
from audit.records.parts import NamedParty
from audit.records.sales import SalesRecord
from bench.row import Row, interleaved
from ingest.parsers.context import Context
from ingest.pipeline import Pipeline
from ingest.readers.pool import ReaderPool
from ingest.recognise import recognise
from ingest.templates import csv_table, xlsx_table
from service.demo.model import Purchase
from service.demo.story import make_world
from service.demo.writers.press import Press
from service.demo.writers.slips import note_paper

AREA = "ingest"
LINES = 10_000
ROUNDS = 3
PAPERS = 15
ORIGIN = "bench.example.org/log/1"


def sales(start: int) -> list[SalesRecord]:
    """Sales records with the fields that GSP 84 asks for."""
    return [
        SalesRecord(
            record_no=f"XS{(start + n) // 4:07d}",
            line_no=str((start + n) % 4 + 1),
            sold_on=date(2026, 1, 1) + timedelta(days=n % 200),
            buyer=NamedParty(name=f"第{n % 300}医院", licence_no=f"PDY{n % 300}", contact="010-1"),
            ship_to=f"示例路{n % 300}号",
            name="一次性使用无菌导管",
            model="XL-10",
            registration_no="国械注准20203140123",
            registrant="示例医疗器械有限公司",
            production_licence_no="苏药监械生产许20220001号",
            lot_no=f"L{n % 5_000}",
            expiry="2028-01-31",
            quantity=Decimal(n % 9 + 1),
            unit="支",
            unit_price=Decimal("12.5"),
            amount=Decimal("12.5") * (n % 9 + 1),
        )
        for n in range(LINES)
    ]


def rows() -> list[Row]:
    """Tables of `LINES` rows through the whole pipeline; a delivery note through the parser."""
    with tempfile.TemporaryDirectory() as folder, ReaderPool(1) as pool:
        engine = create_engine(f"sqlite:///{Path(folder) / 'bench.db'}")
        journal = Journal.create(
            engine,
            LocalDocuments(Path(folder) / "originals"),
            origin=ORIGIN,
            signer=KeySigner.generate(ORIGIN),
            key_dir=Path(folder) / "keys",
            actor="user:bench",
        )
        pipeline = Pipeline(journal, pool)
        texts = iter([csv_table("sales_record", sales(n * LINES)) for n in range(ROUNDS)])
        books = iter(
            [xlsx_table({"sales_record": sales((ROUNDS + n) * LINES)}) for n in range(ROUNDS)]
        )
        plain_text = csv_table("sales_record", sales(0))
        plain_book = xlsx_table({"sales_record": sales(0)})
        table, plain_table, book, plain = interleaved(
            ROUNDS,
            lambda: _ingest(pipeline, "sales.csv", next(texts)),
            lambda: _seconds(lambda: _csv_alone(plain_text)),
            lambda: _ingest(pipeline, "sales.xlsx", next(books)),
            lambda: _seconds(lambda: _openpyxl_alone(plain_book)),
        )
        journal.close()
        engine.dispose()
        note, bare = _paper(pool)
    return [
        Row(
            AREA,
            "CSV rows to durable, projected records",
            LINES / table,
            "records/s",
            LINES / plain_table,
            "csv alone",
            floor=4_000,
            aim=8_000,
            compared="value",
            note=f"{LINES:,} sales records of 19 fields, every field with its cell",
        ),
        Row(
            AREA,
            "XLSX rows to durable, projected records",
            book,
            "s",
            plain,
            "openpyxl read-only alone",
            floor=3.0,
            aim=2.0,
            smaller=True,
            note=f"{LINES:,} sales records",
        ),
        Row(
            AREA,
            "a delivery note (PDF) to a draft record",
            note * 1000,
            "ms",
            bare * 1000,
            "pypdf text alone",
            floor=3.0,
            aim=1.5,
            smaller=True,
            note="read in a warm limited worker, recognised, parsed",
        ),
    ]


def _ingest(pipeline: Pipeline, name: str, data: bytes) -> float:
    began = time.perf_counter()
    receipt = pipeline.receive("user:bench", data, file_name=name, source=ReceiptSource("bench"))
    (outcome,) = pipeline.process([receipt.sha256])
    if outcome.records != LINES:
        raise RuntimeError(f"{outcome.records} records of {LINES}")
    return time.perf_counter() - began


def _paper(pool: ReaderPool) -> tuple[float, float]:
    world = make_world(1)
    purchase = next(event for event in world.events if isinstance(event, Purchase))
    pdf = Press().pdf(note_paper(world.company, purchase), date(2026, 1, 1))

    def ours() -> None:
        known = recognise(pool.read(pdf, "note.pdf"))
        list(known.parse(Context("0" * 64)))

    def bare() -> None:
        for page in pypdf.PdfReader(io.BytesIO(pdf)).pages:
            page.extract_text()

    taken, plain = interleaved(PAPERS, lambda: _seconds(ours), lambda: _seconds(bare))
    return taken, plain


def _csv_alone(data: bytes) -> None:
    for _ in csv.reader(io.StringIO(data.decode("utf-8-sig"), newline="")):
        pass


def _openpyxl_alone(data: bytes) -> None:
    book = openpyxl.load_workbook(io.BytesIO(data), read_only=True)
    for _ in book.worksheets[0].iter_rows(values_only=True):
        pass


def _seconds(work: Callable[[], object]) -> float:
    began = time.perf_counter()
    work()
    return time.perf_counter() - began
