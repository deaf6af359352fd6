"""Templates: what is filled in comes back as it was, in both forms, for every record kind."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from typing import Any

import openpyxl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from audit.records import KINDS
from audit.records.model import Record, RecordDraft
from ingest.columns import columns_of
from ingest.parsers.sheet import RefusedRows, Row, layout_of, parse_rows
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
def test_every_column_of_a_kind_has_its_own_key_and_header(kind: str) -> None:
    columns = columns_of(KINDS[kind])
    assert len({column.key for column in columns}) == len(columns)
    assert len({column.header for column in columns}) == len(columns)
    assert all(any("一" <= char <= "鿿" for char in column.zh) for column in columns)
