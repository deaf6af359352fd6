"""Files that cannot be taken as they are: each must end in quarantine, with its reason."""

from __future__ import annotations

import io
from datetime import UTC, datetime
from typing import Final

from PIL import Image, ImageFilter
from pypdf import PdfReader, PdfWriter
from pypdf.generic import ArrayObject, ByteStringObject

_PASSWORD: Final = "sample"  # noqa: S105 - of a sample that must stay closed


def cut_off(data: bytes) -> bytes:
    """The first three fifths of a file: an upload that broke off."""
    return data[: len(data) * 3 // 5]


def locked(pdf: bytes) -> bytes:
    """The same PDF behind a password. The old cipher has no random part: same bytes every time."""
    writer = PdfWriter(clone_from=PdfReader(io.BytesIO(pdf)))
    mark = ByteStringObject(b"sample-document-")
    writer._ID = ArrayObject((mark, mark))
    writer.encrypt(_PASSWORD, algorithm="RC4-128")
    writer._ID = ArrayObject((mark, mark))  # the second mark was drawn anew, and protects nothing
    out = io.BytesIO()
    writer.write(out)
    return out.getvalue()


def scanned(picture: bytes) -> bytes:
    """A page as a scanner gives it: grey, a little turned, no text layer."""
    with Image.open(io.BytesIO(picture)) as page:
        grey = page.convert("L").rotate(0.6, expand=False, fillcolor=250)
        soft = grey.filter(ImageFilter.GaussianBlur(0.6))
    out = io.BytesIO()
    at = datetime(2026, 9, 1, 1, 0, tzinfo=UTC).timetuple()
    soft.save(out, "PDF", resolution=110, quality=70, creationDate=at, modDate=at)
    return out.getvalue()


def with_entity(xml: bytes) -> bytes:
    """An XML invoice with a document type that declares an entity."""
    head, _, rest = xml.partition(b"?>")
    return head + b'?>\n<!DOCTYPE EInvoice [<!ENTITY note "sample">]>' + rest


def program() -> bytes:
    """Something that calls itself a PDF and is not one."""
    return b"MZ" + bytes(range(256)) * 8
