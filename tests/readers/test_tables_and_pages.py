"""Spreadsheets, delimited text and PDF pages: cells as written, columns where they stand."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ingest.readers.layout import Piece, lay_out
from ingest.readers.pool import ReaderPool
from ingest.readers.types import Issuer, ReadOptions
from tests.readers.files import pdf, with_attachments, workbook


@pytest.mark.parametrize(
    ("delimiter", "encoding"),
    [(",", "utf-8"), ("\t", "utf-8-sig"), (";", "gb18030"), ("|", "utf-16")],
)
def test_delimited_text_gives_its_header_and_rows(
    pool: ReaderPool, delimiter: str, encoding: str
) -> None:
    lines = [
        "随货同行单",
        "供货单位：某某公司",
        "",
        "产品名称,批号,数量",
        "支架,007,20",
        "导管,L2402,",
    ]
    data = "\n".join(line.replace(",", delimiter) for line in lines).encode(encoding)
    (table,) = pool.read(data, "note.csv").tables
    assert table.columns == ("产品名称", "批号", "数量")
    assert table.rows == (("支架", "007", "20"), ("导管", "L2402", None))
    assert table.header_row == 4
    assert table.preamble == (("随货同行单",), ("供货单位：某某公司",))
    assert str(table.place(1, 1)) == "B6"


def test_quoted_cells_keep_delimiters_and_line_breaks(pool: ReaderPool) -> None:
    data = '名称,说明\n支架,"3,5 mm\n无菌"\n导管,"""A"" 型"\n'.encode()
    (table,) = pool.read(data, "a.csv").tables
    assert table.rows == (("支架", "3,5 mm\n无菌"), ("导管", '"A" 型'))


def test_codes_wrapped_against_spreadsheets_are_unwrapped(pool: ReaderPool) -> None:
    data = '批号,数量\n"=""007""",2\n="008",3\n'.encode()
    (table,) = pool.read(data, "a.csv").tables
    assert table.rows == (("007", "2"), ("008", "3"))


def test_workbook_cells_read_as_a_person_reads_them(pool: ReaderPool) -> None:
    data = workbook(
        [
            ["编码", "数量", "单价", "税率", "生产日期", "入库时间", "批号", "合格"],
            [
                42,
                20,
                9.91150442,
                0.13,
                datetime(2024, 3, 1),
                datetime(2024, 3, 1, 9, 30),
                "007",
                True,
            ],
            [7, 1.0, 0.1 + 0.2, 0.06, datetime(2024, 2, 29), datetime(2024, 3, 2), "L1", False],
        ],
        {
            (1, 0): "000000",
            (2, 0): "000000",
            (1, 3): "0%",
            (2, 3): "0%",
            (1, 4): "yyyy-mm-dd",
            (2, 4): "yyyy/m/d",
            (1, 5): "yyyy-mm-dd hh:mm",
            (2, 5): "yyyy-mm-dd hh:mm",
        },
    )
    (table,) = pool.read(data, "stock.xlsx").tables
    assert table.rows == (
        ("000042", "20", "9.91150442", "13%", "2024-03-01", "2024-03-01 09:30:00", "007", "TRUE"),
        ("000007", "1", "0.3", "6%", "2024-02-29", "2024-03-02 00:00:00", "L1", "FALSE"),
    )
    assert str(table.place(1, 6)) == "Sheet1!G3"


def test_a_title_over_the_header_is_not_the_header(pool: ReaderPool) -> None:
    data = workbook([["验收记录"], [None], ["批号", "数量", "结论"], ["L1", 5, "合格"]])
    (table,) = pool.read(data, "a.xlsx").tables
    assert (table.header_row, table.columns) == (3, ("批号", "数量", "结论"))


def test_an_invoice_number_typed_as_a_number_is_doubtful(pool: ReaderPool) -> None:
    data = workbook([["发票号码", "金额"], [26322000000012345678, 10]])
    document = pool.read(data, "a.xlsx")
    assert document.notes == ("sheet.precision_doubtful:Sheet1!A2",)


CELL = st.text(
    st.characters(codec="utf-8", exclude_categories=("Cc", "Cs", "Zs", "Zl", "Zp")),
    min_size=1,
    max_size=12,
)


@settings(max_examples=40, deadline=None)
@given(
    rows=st.lists(st.lists(CELL, min_size=3, max_size=3), min_size=1, max_size=8),
    comma=st.booleans(),
)
def test_text_cells_come_back_letter_by_letter(
    pool: ReaderPool, rows: list[list[str]], comma: bool
) -> None:
    mark = "," if comma else "\t"
    quoted = [[f'"{cell.replace(chr(34), chr(34) * 2)}"' for cell in row] for row in rows]
    text = "\n".join(mark.join(row) for row in [["甲列", "乙列", "丙列"], *quoted])
    (table,) = pool.read(text.encode(), "a.csv").tables
    assert [list(row) for row in table.rows] == rows


def test_a_page_keeps_its_columns(pool: ReaderPool) -> None:
    note = pdf(
        [["Item\tLot\tQty", "Coronary stent\tL2401\t20", "Guide wire\tW77\t5"], ["Page two"]]
    )
    document = pool.read(note, "note.pdf")
    assert [page.number for page in document.pages] == [1, 2]
    header, first, second = document.pages[0].layout_text.splitlines()
    assert header.index("Lot") == first.index("L2401") == second.index("W77")
    assert header.index("Qty") == first.index("20") == second.index("5")


def test_a_number_set_apart_from_its_chinese_letters_stays_one_word() -> None:
    pieces = [
        Piece(100, 50, 10, "国械注准", 140),
        Piece(142.5, 50, 10, "20243130001", 200),
        Piece(205, 50, 10, "L24", 220),
    ]
    assert lay_out(pieces, 5).split() == ["国械注准20243130001", "L24"]


def test_broken_xml_inside_a_pdf_is_handed_on_and_named(pool: ReaderPool) -> None:
    data = with_attachments(pdf([["Contract 17"]]), {"data.xml": b"<a><b>"})
    document = pool.read(data, "a.pdf")
    assert document.notes == ("pdf.attachment_unreadable:data.xml",)
    assert document.embedded[0].data == b"<a><b>"


@pytest.mark.parametrize("turn", [90, 180, 270])
def test_a_turned_page_is_set_out_as_it_is_seen(pool: ReaderPool, turn: int) -> None:
    """The text is written along the paper; how the page is shown decides what is a line."""
    document = pool.read(pdf([["one", "two", "three"]], rotate=turn), "a.pdf")
    words = document.pages[0].layout_text.split()
    assert sorted(words) == ["one", "three", "two"]
    lines = document.pages[0].layout_text.splitlines()
    assert len(lines) == (3 if turn == 180 else 1)


def test_reports_that_one_library_cannot_open_are_read_by_the_other(
    pool: ReaderPool, loggers: Path
) -> None:
    for path in sorted((loggers / "berlinger").glob("*/*.pdf")):
        document = pool.read(path.read_bytes(), path.name)
        assert path.name.split("_")[0] in document.pages[0].text
    notes = [
        pool.read(path.read_bytes(), path.name).notes
        for path in (loggers / "berlinger").glob("Fridge*/*.pdf")
    ]
    assert all(note and note[0].startswith("pdf.pypdf_failed") for note in notes)


def test_a_berlinger_report_keeps_a_day_on_one_line(pool: ReaderPool, loggers: Path) -> None:
    path = next((loggers / "berlinger" / "FridgeTag 2").glob("*.pdf"))
    lines = pool.read(path.read_bytes(), path.name).pages[0].layout_text.splitlines()
    (day,) = [line for line in lines if "12.02.2023" in line]
    assert "+17.4" in day and "+16.6" in day and "+18.0" in day


def test_the_name_alone_never_decides(pool: ReaderPool) -> None:
    note = pdf([["Delivery note"]])
    assert pool.read(note, "no-extension").format == "pdf"
    assert pool.read(note, "strange.bin").format == "pdf"


def test_options_cross_the_border_whole(pool: ReaderPool) -> None:
    options = ReadOptions(zone="UTC", logger_zones={"a": "+08:00"}, max_pages=7, date_order="dmy")
    options = replace(options, issuers=(Issuer("a", "b" * 128, "confirmed"),))
    data = b"Time,Temp (\xc2\xb0C)\n05/04/2024 10:00,4\n05/04/2024 10:05,4\n"
    (series,) = pool.read(data, "a.csv", options).series
    assert datetime.fromtimestamp(int(series.seconds[0]), UTC).year == 2024
    assert series.zone == "UTC"
