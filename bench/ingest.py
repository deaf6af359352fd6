"""Reading files through warm limited workers, against the plain library in this process."""

from __future__ import annotations

import csv
import io
import time
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta

import openpyxl
import pypdf
import typst
import xlsxwriter

from base.fonts import font_paths
from bench.row import Row, interleaved
from ingest.readers.pool import ReaderPool
from ingest.readers.types import ReadOptions

AREA = "ingest"
ROUNDS = 25
LINES = 5_000
READINGS = 10_000
ZONE = ReadOptions(zone="Asia/Shanghai")


def delivery_note() -> bytes:
    """A delivery note (随货同行单) of forty lines on two pages, from a supplier's system."""
    lines = "".join(
        f"[{n}], [冠状动脉药物洗脱支架系统], [国械注准2024313{n:04d}], [3.0×{n + 8}mm], "
        f"[L24{n:05d}], [2026-01-{n % 28 + 1:02d}], [2028-12-31], [盒], [{n % 9 + 1}],\n"
        for n in range(1, 41)
    )
    source = f"""#set page(paper: "a4", flipped: true, margin: 12mm)
#set text(font: "Noto Sans SC", size: 8pt)
= 随货同行单
供货单位：某某医疗器械有限公司 #h(1fr) 单号：SH-2026-000123 #h(1fr) 发货日期：2026-11-20
#table(columns: 9, [序号], [产品名称], [注册证号], [规格], [批号], [生产日期], [有效期至], [单位],
[数量], {lines})
收货单位：某某医院 #h(1fr) 运输方式：冷藏车 #h(1fr) 储运条件：2–8 ℃"""
    compiled: bytes = typst.compile(source.encode(), font_paths=list(map(str, font_paths())))  # type: ignore[misc]
    return compiled


def pypdf_alone(data: bytes) -> None:
    for page in pypdf.PdfReader(io.BytesIO(data)).pages:
        page.extract_text()


def register() -> list[list[object]]:
    """A purchase register with one line an item."""
    day = date(2026, 1, 1)
    return [
        ["单号", "供货单位", "产品名称", "注册证号", "批号", "数量", "单价", "验收日期"],
        *(
            [
                f"PO-{n:06d}",
                f"供货单位{n % 40}",
                "一次性使用输液器",
                f"国械注准2023314{n % 9999:04d}",
                f"L{n:06d}",
                n % 90 + 1,
                n % 700 + 0.5,
                day + timedelta(days=n % 300),
            ]
            for n in range(LINES)
        ),
    ]


def as_csv(rows: list[list[object]]) -> bytes:
    out = io.StringIO()
    csv.writer(out).writerows(rows)
    return out.getvalue().encode()


def as_xlsx(rows: list[list[object]]) -> bytes:
    out = io.BytesIO()
    book = xlsxwriter.Workbook(out, {"in_memory": True, "default_date_format": "yyyy-mm-dd"})
    sheet = book.add_worksheet()
    for number, row in enumerate(rows):
        sheet.write_row(number, 0, row)
    book.close()
    return out.getvalue()


def openpyxl_alone(data: bytes) -> None:
    book = openpyxl.load_workbook(io.BytesIO(data), read_only=True, data_only=True)
    for sheet in book.worksheets:
        for _ in sheet.iter_rows(values_only=True):
            pass


def csv_alone(data: bytes) -> None:
    for _ in csv.reader(io.StringIO(data.decode())):
        pass


def logger_file() -> bytes:
    start = datetime(2026, 1, 1, tzinfo=UTC)
    return "".join(
        [
            "采集时间,温度(℃),湿度(%RH)\n",
            *(
                f"{start + timedelta(minutes=5 * n):%Y-%m-%d %H:%M:%S},"
                f"{4 + n % 30 / 10:.1f},55.{n % 10}\n"
                for n in range(READINGS)
            ),
        ]
    ).encode()


def _seconds(work: Callable[[], object]) -> Callable[[], float]:
    def measure() -> float:
        started = time.perf_counter()
        work()
        return time.perf_counter() - started

    return measure


def rows() -> list[Row]:
    """Each figure beside the library that does the bare minimum of the same work."""
    pdf, listing, log = delivery_note(), register(), logger_file()
    text, book = as_csv(listing), as_xlsx(listing)
    with ReaderPool() as pool:
        for data, name in ((pdf, "a.pdf"), (text, "a.csv"), (book, "a.xlsx"), (log, "log.csv")):
            pool.read(data, name, ZONE)
        ours, bare = interleaved(
            ROUNDS,
            _seconds(lambda: pool.read(pdf, "note.pdf")),
            _seconds(lambda: pypdf_alone(pdf)),
        )
        sheet, plain_sheet = interleaved(
            3,
            _seconds(lambda: pool.read(book, "register.xlsx")),
            _seconds(lambda: openpyxl_alone(book)),
        )
        table, plain_table, series, plain_series = interleaved(
            9,
            _seconds(lambda: pool.read(text, "register.csv")),
            _seconds(lambda: csv_alone(text)),
            _seconds(lambda: pool.read(log, "log.csv", ZONE)),
            _seconds(lambda: csv_alone(log)),
        )
    return [
        Row(
            AREA,
            "ingest of a text PDF (warm limited workers)",
            ours * 1000,
            "ms",
            bare * 1000,
            "pypdf text alone",
            floor=3.0,
            aim=1.5,
            smaller=True,
            note="two pages, both text orders, attachments and signatures looked for",
        ),
        Row(
            AREA,
            "reading an XLSX register (warm limited workers)",
            sheet * 1000,
            "ms",
            plain_sheet * 1000,
            "openpyxl read-only alone",
            floor=3.0,
            aim=2.0,
            smaller=True,
            note=f"{LINES:,} rows; reading only",
        ),
        Row(
            AREA,
            "reading a CSV register (warm limited workers)",
            LINES / table,
            "rows/s",
            LINES / plain_table,
            "csv alone",
            note=f"{LINES:,} rows; reading only",
        ),
        Row(
            AREA,
            "reading a logger's CSV into a series",
            READINGS / series,
            "readings/s",
            READINGS / plain_series,
            "csv alone",
            note=f"{READINGS:,} readings with humidity",
        ),
    ]
