"""From the bytes of a file to what stands in it: find the kind, use its reader.

This runs in a limited child (`ingest.readers.pool`); readers are imported when first needed.
Outside callers use `ReaderPool.read`, tests may call `read` directly.
"""

from __future__ import annotations

from ingest.readers import reasons
from ingest.readers.archive import Archive
from ingest.readers.kinds import Kind, check_name, kind_of, kind_of_zip
from ingest.readers.types import (
    Embedded,
    ReadDocument,
    ReadOptions,
    Unreadable,
)


def read(data: bytes, file_name: str, options: ReadOptions) -> ReadDocument:
    """Read a file by its content. `file_name` only confirms, and dates a logger's file.

    Raises Unreadable with a stable reason for everything that cannot be read.
    """
    if not data:
        raise Unreadable(reasons.EMPTY)
    if len(data) > options.max_bytes:
        raise Unreadable(reasons.TOO_LARGE, actual=len(data), limit=options.max_bytes)
    kind = kind_of(data)
    if kind is Kind.ZIP:
        archive = Archive(data, options)
        kind = kind_of_zip(set(archive))
        check_name(file_name, kind)
        return _read_container(kind, archive, data, file_name, options)
    check_name(file_name, kind)
    return _read_single(kind, data, file_name, options)


def _read_container(
    kind: Kind, archive: Archive, data: bytes, file_name: str, options: ReadOptions
) -> ReadDocument:
    if kind is Kind.OFD:
        from ingest.readers.ofd import read_ofd

        return read_ofd(archive, options)
    if kind is Kind.XLSX:
        from ingest.readers.documents import read_workbook

        return read_workbook(archive, data, file_name, options)
    if kind is Kind.WORD:
        raise Unreadable(reasons.UNKNOWN_FORMAT, detail="Word (.docx)")
    return _read_zip(archive, options)


def _read_single(kind: Kind, data: bytes, file_name: str, options: ReadOptions) -> ReadDocument:
    if kind is Kind.PDF:
        from ingest.readers.pdf import read_pdf

        return read_pdf(data, options)
    if kind is Kind.XML:
        from ingest.readers.documents import read_xml

        return read_xml(data)
    if kind is Kind.BERLINGER:
        from ingest.readers.berlinger import read_berlinger

        return read_berlinger(data, options, file_name)
    if kind is Kind.BIOVOICE:
        from ingest.readers.biovoice import read_biovoice

        return read_biovoice(data, options, file_name)
    if kind is Kind.IMAGE:
        raise Unreadable(reasons.OCR_NEEDED)
    if kind is Kind.OLE:
        # Office wraps an encrypted workbook in the old container; the entry's name is UTF-16
        if "EncryptedPackage".encode("utf-16-le") in data:
            raise Unreadable(reasons.ENCRYPTED)
        raise Unreadable(reasons.UNKNOWN_FORMAT, detail="Office 97-2003 (.xls, .doc)")
    if kind is Kind.HTML:
        raise Unreadable(reasons.UNKNOWN_FORMAT, detail="HTML")
    from ingest.readers.documents import read_text

    return read_text(data, file_name, options)


def _read_zip(archive: Archive, options: ReadOptions) -> ReadDocument:
    """One file in a zip is read in its place; several are documents of their own."""
    names = sorted(archive)
    if not names:
        raise Unreadable(reasons.EMPTY)
    if len(names) == 1:
        data = archive.read(names[0])
        if kind_of(data) is Kind.XML:
            from ingest.readers.documents import read_xml

            return read_xml(data, names[0])
    return ReadDocument(
        media_type="application/zip",
        format="zip",
        reader="zip/1",
        embedded=tuple(Embedded(name, archive.read(name)) for name in names),
    )
