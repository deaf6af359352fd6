"""Readers of the everyday kinds: XML invoices, workbooks, delimited text."""

from __future__ import annotations

from typing import Final

from ingest.readers import reasons
from ingest.readers.archive import Archive
from ingest.readers.delimited import read_grid
from ingest.readers.einvoice import invoice_fields, vocabulary_of
from ingest.readers.logs import read_log
from ingest.readers.markup import PROLOG_BYTES, check_prolog, local, parse_xml
from ingest.readers.plain import decode_text
from ingest.readers.tables import Grid, table_of
from ingest.readers.types import (
    Integrity,
    IntegrityState,
    ReadDocument,
    ReadOptions,
    Series,
    Table,
    Unreadable,
)

XLSX_TYPE: Final = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def read_xml(data: bytes, member: str = "") -> ReadDocument:
    """An invoice in one of the known vocabularies. Raises Unreadable for any other XML."""
    root = parse_xml(data)
    vocabulary = vocabulary_of(root)
    if vocabulary is None:
        raise Unreadable(reasons.UNKNOWN_FORMAT, detail=f"XML <{local(root)[:60]}>")
    fields = invoice_fields(root, vocabulary, member)
    # the tax bureau's signature is SM2 over parts of the file; its key is not carried along
    signed = any(field.name == "signature_time" for field in fields)
    integrity = (Integrity("sm2-detached", IntegrityState.UNVERIFIABLE),) if signed else ()
    return ReadDocument(
        media_type="application/xml",
        format=vocabulary.name,
        reader="xml/1",
        fields=tuple(fields),
        integrity=integrity,
    )


def read_workbook(
    archive: Archive, data: bytes, file_name: str, options: ReadOptions
) -> ReadDocument:
    """Every sheet as a table, and as series where it is a temperature log."""
    from ingest.readers.sheets import read_grids

    if "xl/workbook.xml" not in archive:
        raise Unreadable(reasons.TRUNCATED, detail="xl/workbook.xml is missing")
    for name in archive:
        if name.endswith((".xml", ".rels", ".vml")):
            check_prolog(archive.head(name, PROLOG_BYTES))
    grids, notes = read_grids(data, options)
    return _tabular(grids, file_name, options, XLSX_TYPE, "xlsx", notes)


def read_text(data: bytes, file_name: str, options: ReadOptions) -> ReadDocument:
    """Delimited text as a table, and as series where it is a temperature log."""
    decoded = decode_text(data)
    if decoded is None:
        raise Unreadable(reasons.UNKNOWN_FORMAT, detail=f"bytes {data[:8].hex(' ')}")
    text, encoding = decoded
    grid = read_grid(text, options)
    return _tabular([grid], file_name, options, "text/csv", "delimited", [f"encoding:{encoding}"])


def _tabular(
    grids: list[Grid],
    file_name: str,
    options: ReadOptions,
    media_type: str,
    form: str,
    notes: list[str],
) -> ReadDocument:
    tables: list[Table] = []
    series: list[Series] = []
    for grid in grids:
        log = read_log(grid, file_name, options)
        if log is not None:
            series.extend(log.series)
            notes = notes + list(log.notes)
        tables.append(table_of(grid, grid.sheet or file_name))
    if not tables:
        raise Unreadable(reasons.EMPTY)
    if not series and all(table.header_row == 0 for table in tables):
        raise Unreadable(reasons.HEADER_MISSING)
    return ReadDocument(
        media_type=media_type,
        format=f"{form}-log" if series else form,
        reader="tables/1",
        tables=tuple(tables),
        series=tuple(series),
        notes=tuple(notes),
    )
