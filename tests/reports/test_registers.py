"""Registers: the fields of the articles, text that stays text, the entry beside each row."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest
from openpyxl import load_workbook

from audit.records import KINDS
from reports.registers import REGISTERS, RegisterRow, columns, write_registers

AT = datetime(2026, 3, 4, 2, 0, tzinfo=UTC)


def sale(**more: object) -> dict[str, object]:
    return {
        "record_no": "XS-1", "sold_on": "2026-03-01", "name": "试剂盒", "model": "XL-10",
        "registration_no": "国械注准20203400123", "lot_no": "00012", "quantity": "20",
        "unit": "盒", "buyer": {"name": "某医院", "address": "某路"}, **more,
    }  # fmt: skip


def write(path: Path, *records: RegisterRow, lang: str = "zh") -> dict[str, list[list[object]]]:
    write_registers(path, records, lang=lang, made_at=AT, title="t")  # type: ignore[arg-type]
    book = load_workbook(path)
    return {sheet.title: [[c.value for c in row] for row in sheet.rows] for sheet in book}


def test_every_sheet_is_there_also_when_empty(tmp_path: Path) -> None:
    sheets = write(tmp_path / "r.xlsx")
    assert list(sheets) == [one.zh for one in REGISTERS]
    assert all(len(rows) == 1 for rows in sheets.values())


@pytest.mark.parametrize("register", REGISTERS, ids=lambda one: one.kind)
def test_a_register_has_a_column_for_every_field_an_article_demands(register: object) -> None:
    kind = register.kind  # type: ignore[attr-defined]
    paths = {".".join(one.path) for one in columns(kind)}
    for demanded in KINDS[kind].mandatory:
        *before, last = demanded.split(".")
        assert any(".".join((*before, name)) in paths for name in last.split("|")), demanded


def test_numbers_and_leading_zeros_stay_text_and_the_entry_stands_first(tmp_path: Path) -> None:
    rows = write(tmp_path / "r.xlsx", RegisterRow(17, "sales_record", sale()))["销售记录"]
    assert rows[1][0] == "17"
    assert "00012" in rows[1]
    assert "国械注准20203400123" in rows[1]
    assert "20" in rows[1]


@pytest.mark.parametrize("evil", ["=1+1", "+1", "-1", "@SUM(A1)", "=cmd|' /C calc'!A0", "\t=1",
                                  "http://x.example/", "{=1}"])  # fmt: skip
def test_nothing_written_becomes_a_formula_or_a_link(evil: str, tmp_path: Path) -> None:
    path = tmp_path / "r.xlsx"
    write_registers(path, [RegisterRow(1, "sales_record", sale(lot_no=evil))], lang="zh",
                    made_at=AT, title="t")  # fmt: skip
    cells = [c for row in load_workbook(path)["销售记录"].rows for c in row]
    found = [c for c in cells if c.value is not None and str(c.value).strip() == evil.strip()]
    assert found
    assert all(cell.data_type == "s" and cell.hyperlink is None for cell in found)


def test_a_paper_with_lines_gives_a_row_for_each(tmp_path: Path) -> None:
    order = {
        "order_no": "PO-1", "ordered_on": "2026-02-20", "supplier": {"name": "供方"},
        "lines": [{"name": f"品{n}", "unit": "盒", "quantity": "1"} for n in range(3)],
    }  # fmt: skip
    rows = write(tmp_path / "r.xlsx", RegisterRow(5, "purchase_order", order))["购进记录"]
    assert [row[0] for row in rows[1:]] == ["5", "5", "5"]
    assert {"品0", "品1", "品2"} <= {str(cell) for row in rows[1:] for cell in row}


def test_headings_exist_in_both_languages_with_their_article(tmp_path: Path) -> None:
    zh = write(tmp_path / "zh.xlsx")["运输记录"][0]
    en = write(tmp_path / "en.xlsx", lang="en")["Transport"][0]
    assert len(zh) == len(en)
    assert any("GSP 96" in str(cell) for cell in en)
    assert any("收货单位" in str(cell) for cell in zh)


def test_the_same_records_give_the_same_bytes(tmp_path: Path) -> None:
    for name in ("a", "b"):
        write(tmp_path / f"{name}.xlsx", RegisterRow(17, "sales_record", sale()))
    assert (tmp_path / "a.xlsx").read_bytes() == (tmp_path / "b.xlsx").read_bytes()
