"""Templates: what is filled in comes back as it was, in both forms, for every record kind."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from decimal import Decimal
from operator import attrgetter
from typing import Any

import openpyxl
import orjson
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from audit.journal.records import payload_of
from audit.records import KINDS
from audit.records.model import Record, RecordDraft
from audit.records.sources import expand
from ingest.columns import columns_of
from ingest.parsers.sheet import RefusedRows, Row, layout_of, parse_rows
from ingest.readers.types import column_letters
from ingest.templates import csv_table, xlsx_table
from tests.ingest.strategies import records

EVERY_KIND = sorted(KINDS)


def rows_of_csv(data: bytes) -> list[Row]:
    lines = csv.reader(io.StringIO(data.decode("utf-8-sig"), newline=""))
    return [(number, [cell or None for cell in line]) for number, line in enumerate(lines, 1)]


def rows_of_xlsx(data: bytes) -> list[Row]:
    sheet = openpyxl.load_workbook(io.BytesIO(data), read_only=True).worksheets[0]
    return [
        (number, [None if cell is None else str(cell) for cell in line])
        for number, line in enumerate(sheet.iter_rows(values_only=True), 1)
    ]


def parsed(rows: Sequence[Row]) -> list[Record]:
    layout = layout_of(rows)
    assert layout is not None
    found = list(parse_rows(rows, layout, document=None, sheet="S"))
    refused = [one for one in found if isinstance(one, RefusedRows)]
    assert refused == []
    return [one.record for one in found if isinstance(one, RecordDraft)]


@pytest.mark.parametrize("kind", EVERY_KIND)
@settings(max_examples=6, deadline=None, suppress_health_check=list(HealthCheck))
@given(data=st.data())
def test_records_written_into_a_table_are_read_back_equal(kind: str, data: Any) -> None:
    made = data.draw(st.lists(records(KINDS[kind]), min_size=1, max_size=3))
    assert parsed(rows_of_csv(csv_table(kind, made))) == made
    assert parsed(rows_of_xlsx(xlsx_table({kind: made}))) == made


@pytest.mark.parametrize("kind", EVERY_KIND)
@settings(max_examples=6, deadline=None, suppress_health_check=list(HealthCheck))
@given(data=st.data())
def test_a_payload_names_every_cell_that_was_read_and_what_stood_there(
    kind: str, data: Any
) -> None:
    made = data.draw(st.lists(records(KINDS[kind]), min_size=1, max_size=3))
    rows = rows_of_csv(csv_table(kind, made))
    filled = {
        f"S!{column_letters(at)}{number}": cell.strip()
        for number, cells in rows[3:]
        for at, cell in enumerate(cells[1:], 2)
        if cell and cell.strip()
    }
    layout = layout_of(rows)
    assert layout is not None
    named: dict[str, str] = {}
    for draft in parse_rows(rows, layout, document=None, sheet="S"):
        assert isinstance(draft, RecordDraft)
        said = orjson.loads(orjson.dumps(payload_of(draft)))
        sources = list(expand(said["sources"], said["record"]))
        key = attrgetter("place")
        assert sorted(sources, key=key) == sorted(draft.sources, key=key)
        named |= {source.place: source.written for source in sources}
    assert named == filled


@pytest.mark.parametrize("kind", EVERY_KIND)
def test_every_column_of_a_kind_has_its_own_key_and_header(kind: str) -> None:
    columns = columns_of(KINDS[kind])
    assert len({column.key for column in columns}) == len(columns)
    assert len({column.header for column in columns}) == len(columns)
    assert all(any("一" <= char <= "鿿" for char in column.zh) for column in columns)


@pytest.mark.parametrize("kind", EVERY_KIND)
def test_every_code_of_a_list_is_told_apart_by_its_chinese_word(kind: str) -> None:
    for column in columns_of(KINDS[kind]):
        words = [zh for _, zh in column.codes if zh]
        assert len(set(words)) == len(words), column.key


def test_codes_units_and_articles_stand_in_the_hints() -> None:
    columns = {column.key: column for column in columns_of(KINDS["delivery_note"])}
    assert "我方 ours" in columns["direction"].hint
    assert "GSP 92(4)" in columns["lines[].quantity"].hint
    assert columns["lines[].quantity"].required


def test_a_template_offers_its_codes_and_hides_its_keys() -> None:
    book = openpyxl.load_workbook(io.BytesIO(xlsx_table({"delivery_note": []})))
    (sheet,) = [sheet for sheet in book.worksheets if sheet.title == "随货同行单"]
    assert sheet.row_dimensions[1].hidden
    assert sheet["A1"].value == "devicetrail:record.delivery_note/1"
    offered = [rule.formula1 for rule in sheet.data_validations.dataValidation]
    assert '"我方,供货者"' in offered


def export(*lines: str) -> list[Row]:
    """Another system's table, as a reader hands it over."""
    return [(n, line.split(",")) for n, line in enumerate(lines, 1)]


EXPORT = export(
    "2026年1月销售明细",
    "单据：销售出库",
    "销售单号,销售日期,购货单位,品名,规格型号,注册证号,批号,有效期至,数量,单位,单价(元),金额(元)",
    "XS1,２０２６/1/5,示例医院,导管,5F,国械注准20213030002,C1,2029.01.31,１０,根,¥12.50,125.00",
    'XS2,46028,示例医院,导管,5F,国械注准20213030002,C1,2029-01,"1",根,12.5,12.5',
)


def test_another_systems_export_is_understood_by_its_headings() -> None:
    layout = layout_of(EXPORT, [KINDS["sales_record"]])
    assert layout is not None
    assert layout.unmatched == ()
    first, second = parse_rows(EXPORT, layout, document=None, sheet=None)
    assert isinstance(first, RecordDraft)
    sale: Any = first.record
    assert (sale.record_no, str(sale.sold_on), sale.quantity) == ("XS1", "2026-01-05", 10)
    assert (sale.model, sale.unit_price) == ("5F", Decimal("12.5"))
    written = {source.field: source.written for source in first.sources}
    assert written["sold_on"] == "２０２６/1/5"
    understood = {source.field: source.value for source in first.sources}
    assert (understood["sold_on"], understood["expiry"]) == ("2026-01-05", "2029-01-31")
    assert isinstance(second, RefusedRows)
    assert [refusal.place for refusal in second.refusals] == ["I5"]


def test_a_table_that_two_kinds_fit_is_decided_by_its_title_or_not_at_all() -> None:
    class Twin(KINDS["sales_record"]):  # type: ignore[misc]
        kind, zh, en = "twin", "销售台账", "Sales ledger"

    both = [KINDS["sales_record"], Twin]
    assert layout_of(EXPORT[2:], both) is None
    titled = layout_of(EXPORT[2:], both, name="销售台账2026")
    assert titled is not None
    assert titled.kind is Twin


def test_rows_with_the_same_head_are_lines_of_one_paper_and_a_blank_head_goes_on() -> None:
    head = "随货同行单号,方向,供货企业·名称,收货单位·名称,发货日期,品名,型号,注册证号,批号,数量"
    rows = export(
        head,
        "SH1,供货者,甲公司,乙公司,2026-01-05,导管,5F,国械注准20213030002,C1,1",
        "SH2,供货者,甲公司,乙公司,2026-01-05,导管,5F,国械注准20213030002,C1,2",
        "SH1,供货者,甲公司,乙公司,2026-01-05,导管,6F,国械注准20213030002,C2,3",
        ",,,,,导管,7F,国械注准20213030002,C3,4",
    )
    layout = layout_of(rows, [KINDS["delivery_note"]])
    assert layout is not None
    found = list(parse_rows(rows, layout, document=None, sheet=None))
    lots = {
        one.record.identity(): [line.lot_no for line in one.record.lines]  # type: ignore[attr-defined]
        for one in found
        if isinstance(one, RecordDraft)
    }
    assert list(lots.values()) == [["C1", "C2", "C3"], ["C1"]]
