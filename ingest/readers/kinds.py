"""What a file is, by its first bytes and its container, never by its name."""

from __future__ import annotations

from enum import StrEnum
from pathlib import PurePath
from typing import Final

from ingest.readers import reasons
from ingest.readers.types import Unreadable


class Kind(StrEnum):
    """Families of content; each has one reader or one reason."""

    PDF = "pdf"
    ZIP = "zip"
    OFD = "ofd"
    XLSX = "xlsx"
    WORD = "word"
    OLE = "ole"
    XML = "xml"
    HTML = "html"
    IMAGE = "image"
    BERLINGER = "berlinger"
    BIOVOICE = "biovoice"
    TEXT = "text"
    BINARY = "binary"


_IMAGES: Final = (
    b"\x89PNG\r\n\x1a\n",
    b"\xff\xd8\xff",
    b"GIF8",
    b"II*\x00",
    b"MM\x00*",
)
_TEXTUAL: Final = frozenset({Kind.TEXT, Kind.BERLINGER})
_ALLOWED: Final[dict[str, frozenset[Kind]]] = {
    "pdf": frozenset({Kind.PDF}),
    "ofd": frozenset({Kind.OFD}),
    "xml": frozenset({Kind.XML}),
    "zip": frozenset({Kind.ZIP, Kind.OFD, Kind.XLSX}),
    "xlsx": frozenset({Kind.XLSX, Kind.OLE}),
    "xlsm": frozenset({Kind.XLSX, Kind.OLE}),
    # loggers write tab-separated text and newer workbooks under the old extension
    "xls": _TEXTUAL | {Kind.OLE, Kind.XLSX},
    "csv": _TEXTUAL,
    "tsv": _TEXTUAL,
    "txt": _TEXTUAL | {Kind.XML},
    "bv": frozenset({Kind.BIOVOICE}),
    "png": frozenset({Kind.IMAGE}),
    "jpg": frozenset({Kind.IMAGE}),
    "jpeg": frozenset({Kind.IMAGE}),
    "tif": frozenset({Kind.IMAGE}),
    "tiff": frozenset({Kind.IMAGE}),
}


def kind_of(data: bytes) -> Kind:
    """The family of some bytes. Zip containers are told apart by `kind_of_zip`."""
    head = data[:1024]
    start = head.lstrip(b"\xef\xbb\xbf \t\r\n")
    if b"%PDF-" in head:
        return Kind.PDF
    if head.startswith((b"PK\x03\x04", b"PK\x05\x06")):
        return Kind.ZIP
    if head.startswith(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"):
        return Kind.OLE
    if head.startswith(_IMAGES) or _is_webp(head) or _is_bitmap(head):
        return Kind.IMAGE
    if head.startswith(b"Device: ") and b"\nFw Vers: " in head:
        return Kind.BERLINGER
    if is_biovoice(data):
        return Kind.BIOVOICE
    lower = start[:64].lower()
    if lower.startswith((b"<!doctype html", b"<html")):
        return Kind.HTML
    if start.startswith(b"<") or head.startswith((b"\xff\xfe<\x00", b"\xfe\xff\x00<")):
        return Kind.XML
    return Kind.TEXT


def _is_webp(head: bytes) -> bool:
    return head[:4] == b"RIFF" and head[8:12] == b"WEBP"


def _is_bitmap(head: bytes) -> bool:
    return head[:2] == b"BM" and head[6:10] == b"\x00\x00\x00\x00"


def kind_of_zip(names: set[str]) -> Kind:
    """Which container the members of a zip make."""
    if "OFD.xml" in names:
        return Kind.OFD
    if "[Content_Types].xml" in names:
        if any(name.startswith("word/") for name in names):
            return Kind.WORD
        return Kind.XLSX
    return Kind.ZIP


def is_biovoice(data: bytes) -> bool:
    """A header of half bytes, then the names; the first 253 bytes hold four bits each."""
    return len(data) > 409 and max(data[:253]) < 16 and data[275:278] in (b"GMT", b"UTC")


def check_name(file_name: str, kind: Kind) -> None:
    """Raises `read.type_mismatch` when the name promises another family than the content is."""
    extension = PurePath(file_name).suffix.lstrip(".").lower()
    allowed = _ALLOWED.get(extension)
    if allowed is not None and kind not in allowed:
        raise Unreadable(reasons.TYPE_MISMATCH, expected=extension, actual=str(kind))
