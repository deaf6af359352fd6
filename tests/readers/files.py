"""Real files made for tests: PDFs, workbooks, archives, and ways to spoil them."""

from __future__ import annotations

import io
import zipfile
import zlib
from collections.abc import Sequence
from typing import Any

import pypdf
import xlsxwriter

_FONT = b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>"


def pdf(pages: Sequence[Sequence[str]], rotate: int = 0) -> bytes:
    """A PDF with a text layer, one list of lines for each page; tabs move to the next column."""
    objects: list[bytes] = [b"", b"", _FONT]
    kids = []
    for lines in pages:
        content = _content(lines)
        objects.append(b"<< /Length %d >>\nstream\n%s\nendstream" % (len(content), content))
        objects.append(
            b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Rotate %d "
            b"/Resources << /Font << /F1 3 0 R >> >> /Contents %d 0 R >>" % (rotate, len(objects))
        )
        kids.append(b"%d 0 R" % len(objects))
    objects[0] = b"<< /Type /Catalog /Pages 2 0 R >>"
    objects[1] = b"<< /Type /Pages /Count %d /Kids [%s] >>" % (len(kids), b" ".join(kids))
    return _written(objects)


def _content(lines: Sequence[str]) -> bytes:
    parts = [b"BT /F1 10 Tf"]
    for number, line in enumerate(lines):
        for column, text in enumerate(line.split("\t")):
            shown = text.encode("latin-1").replace(b"(", rb"\(").replace(b")", rb"\)")
            parts.append(
                b"1 0 0 1 %d %d Tm (%s) Tj" % (50 + 170 * column, 800 - 16 * number, shown)
            )
    return b"\n".join([*parts, b"ET"])


def _written(objects: Sequence[bytes]) -> bytes:
    out = io.BytesIO()
    out.write(b"%PDF-1.4\n")
    offsets = []
    for number, body in enumerate(objects, start=1):
        offsets.append(out.tell())
        out.write(b"%d 0 obj\n%s\nendobj\n" % (number, body))
    at = out.tell()
    out.write(b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1))
    for offset in offsets:
        out.write(b"%010d 00000 n \n" % offset)
    out.write(b"trailer << /Size %d /Root 1 0 R >>\n" % (len(objects) + 1))
    out.write(b"startxref\n%d\n%%%%EOF\n" % at)
    return out.getvalue()


def pdf_bomb(size: int) -> bytes:
    """A small PDF whose page unpacks, twice over, to `size` bytes."""
    packed = zlib.compress(zlib.compress(b" " * size, 9), 9)
    return _written(
        [
            b"<< /Type /Catalog /Pages 2 0 R >>",
            b"<< /Type /Pages /Count 1 /Kids [4 0 R] >>",
            b"<< /Length %d /Filter [/FlateDecode /FlateDecode] >>\nstream\n%s\nendstream"
            % (len(packed), packed),
            b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 3 0 R >>",
        ]
    )


def encrypted(data: bytes, password: str) -> bytes:
    """The same PDF behind a user password (empty: it opens for everyone)."""
    writer = pypdf.PdfWriter(clone_from=io.BytesIO(data))
    writer.encrypt(user_password=password, owner_password="owner", algorithm="AES-256")
    return _bytes_of(writer)


def with_attachments(data: bytes, attachments: dict[str, bytes]) -> bytes:
    """The same PDF with embedded files."""
    writer = pypdf.PdfWriter(clone_from=io.BytesIO(data))
    for name, content in attachments.items():
        writer.add_attachment(name, content)
    return _bytes_of(writer)


def _bytes_of(writer: pypdf.PdfWriter) -> bytes:
    out = io.BytesIO()
    writer.write(out)
    return out.getvalue()


def zipped(members: dict[str, bytes], level: int = 6) -> bytes:
    """An archive with these members, names as they are given."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED, compresslevel=level) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return out.getvalue()


def unzipped(data: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        return {name: archive.read(name) for name in archive.namelist() if name[-1] != "/"}


def workbook(
    rows: Sequence[Sequence[Any]], formats: dict[tuple[int, int], str] | None = None
) -> bytes:
    """A workbook of one sheet; `formats` gives number formats by (row, column) from 0."""
    out = io.BytesIO()
    book = xlsxwriter.Workbook(out, {"in_memory": True, "default_date_format": "yyyy-mm-dd hh:mm"})
    sheet = book.add_worksheet("Sheet1")
    for r, row in enumerate(rows):
        for c, value in enumerate(row):
            form = (formats or {}).get((r, c))
            sheet.write(r, c, value, book.add_format({"num_format": form}) if form else None)
    book.close()
    return out.getvalue()


def flip(data: bytes, bit: int) -> bytes:
    """The same bytes with one bit turned over."""
    changed = bytearray(data)
    changed[bit // 8] ^= 1 << (bit % 8)
    return bytes(changed)
