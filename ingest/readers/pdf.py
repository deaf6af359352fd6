"""Text PDF: pypdf for the text in drawing order, pdfium for columns, each for the other's failures.

pypdf is written in Python and forgiving, but cannot open some loggers' reports; pdfium opens
those, and sets text out by its position in less time than pypdf's own layout mode.
"""

from __future__ import annotations

import io
import logging
from collections.abc import Callable, Iterator
from typing import Any, Final

import pypdf
import pypdfium2
import pypdfium2.raw as pdfium_c
from pypdf.errors import DependencyError, FileNotDecryptedError, PyPdfError

from ingest.readers import reasons
from ingest.readers.einvoice import invoice_fields, vocabulary_of
from ingest.readers.layout import Piece, lay_out
from ingest.readers.markup import parse_xml
from ingest.readers.types import (
    Embedded,
    FieldValue,
    Integrity,
    IntegrityState,
    ReadDocument,
    ReadOptions,
    TextPage,
    Unreadable,
)

READER: Final = "pdf/1"
_COLUMN_POINTS: Final = 4.5
_FEW: Final = 4
"""A page with fewer visible characters has no text layer worth the name."""

_PYPDF_TRIPS: Final = (
    PyPdfError,
    ValueError,
    KeyError,
    TypeError,
    IndexError,
    AttributeError,
    OverflowError,
    AssertionError,
    NotImplementedError,
    OSError,
    EOFError,
)
"""What pypdf raises on damaged files: its own errors and whatever its code trips over."""

logging.getLogger("pypdf").setLevel(logging.CRITICAL)


def read_pdf(data: bytes, options: ReadOptions) -> ReadDocument:
    """Raises Unreadable: encrypted, cut off, too many pages, no text layer."""
    notes: list[str] = []
    layout = _Layout(data)
    try:
        texts, attached, signed = _by_pypdf(data, options)
    except _PYPDF_TRIPS as error:
        notes.append(f"pdf.pypdf_failed:{type(error).__name__}")
        if layout.document is None:
            raise Unreadable(reasons.TRUNCATED, detail=layout.failure) from error
        texts, attached, signed = layout.texts(options), layout.attachments(), layout.signed()
    pages = tuple(_pages(texts, layout))
    layout.close()
    fields, embedded, spoiled = _attached(attached)
    notes.extend(f"pdf.attachment_unreadable:{name}" for name in spoiled)
    empty = [page.number for page in pages if _visible(page.text) < _FEW]
    if len(empty) == len(pages) and not fields:
        raise Unreadable(reasons.OCR_NEEDED)
    notes.extend(f"pdf.page_without_text:{number}" for number in empty)
    integrity = [Integrity("pdf-signature", IntegrityState.UNVERIFIABLE)] if signed else []
    return ReadDocument(
        media_type="application/pdf",
        format="pdf-with-invoice" if fields else "pdf",
        reader=READER,
        pages=pages,
        fields=tuple(fields),
        integrity=tuple(integrity),
        embedded=tuple(embedded),
        notes=tuple(notes),
    )


def _by_pypdf(data: bytes, options: ReadOptions) -> tuple[list[str], dict[str, list[bytes]], bool]:
    reader = pypdf.PdfReader(io.BytesIO(data))
    if reader.is_encrypted:
        # an empty user password is no secret: such files open for everyone
        try:
            if not reader.decrypt(""):
                raise Unreadable(reasons.ENCRYPTED)
        except (DependencyError, FileNotDecryptedError) as error:
            raise Unreadable(reasons.ENCRYPTED) from error
    count = len(reader.pages)
    if count > options.max_pages:
        raise Unreadable(reasons.TOO_MANY_PAGES, actual=count, limit=options.max_pages)
    texts = [page.extract_text() for page in reader.pages]
    attached = {name: list(versions) for name, versions in reader.attachments.items()}
    return texts, attached, b"/ByteRange" in data


def _visible(text: str) -> int:
    return sum(not char.isspace() for char in text[:200])


def _pages(texts: list[str], layout: _Layout) -> Iterator[TextPage]:
    for number, text in enumerate(texts, start=1):
        set_out = layout.page(number - 1)
        if _visible(text) < _FEW <= _visible(set_out):
            text = layout.text(number - 1)
        yield TextPage(number, text, set_out or text)


class _Layout:
    """The same file through pdfium. `document` is None when pdfium cannot open it."""

    def __init__(self, data: bytes) -> None:
        self.failure = ""
        self.document: pypdfium2.PdfDocument | None = None
        try:
            self.document = pypdfium2.PdfDocument(data)
        except pypdfium2.PdfiumError as error:
            self.failure = str(error)[:120]
            if "assword" in self.failure:
                raise Unreadable(reasons.ENCRYPTED) from error

    def close(self) -> None:
        if self.document is not None:
            self.document.close()

    def _on_page(self, index: int, work: Callable[[Any, Any], str]) -> str:
        if self.document is None or index >= len(self.document):
            return ""
        try:
            page = self.document[index]
            try:
                text_page = page.get_textpage()
                try:
                    return work(text_page, page)
                finally:
                    text_page.close()
            finally:
                page.close()
        except pypdfium2.PdfiumError:
            return ""

    def text(self, index: int) -> str:
        return self._on_page(index, lambda page, _: str(page.get_text_bounded()))

    def page(self, index: int) -> str:
        """The page's text with its columns kept by spaces."""
        return self._on_page(index, _set_out)

    def texts(self, options: ReadOptions) -> list[str]:
        count = 0 if self.document is None else len(self.document)
        if count > options.max_pages:
            raise Unreadable(reasons.TOO_MANY_PAGES, actual=count, limit=options.max_pages)
        return [self.text(index) for index in range(count)]

    def attachments(self) -> dict[str, list[bytes]]:
        found: dict[str, list[bytes]] = {}
        for index in range(0 if self.document is None else self.document.count_attachments()):
            attachment = self.document.get_attachment(index)  # type: ignore[union-attr]
            found.setdefault(attachment.get_name(), []).append(bytes(attachment.get_data()))
        return found

    def signed(self) -> bool:
        return self.document is not None and pdfium_c.FPDF_GetSignatureCount(self.document) > 0


def _set_out(text_page: Any, page: Any) -> str:
    turn = page.get_rotation()
    width, height = page.get_size()
    if turn in (90, 270):
        width, height = height, width
    pieces = []
    for index in range(text_page.count_rects()):
        left, bottom, right, top = text_page.get_rect(index)
        text = str(text_page.get_text_bounded(left, bottom, right, top)).replace("\r\n", " ")
        if turn == 90:
            across, end, middle, size = bottom, top, (left + right) / 2, right - left
        elif turn == 180:
            across, end = width - right, width - left
            middle, size = (bottom + top) / 2, top - bottom
        elif turn == 270:
            across, end = height - top, height - bottom
            middle, size = width - (left + right) / 2, right - left
        else:
            across, end = left, right
            middle, size = height - (bottom + top) / 2, top - bottom
        pieces.append(Piece(across, middle, size, text, end))
    return lay_out(pieces, _COLUMN_POINTS)


def _attached(
    attached: dict[str, list[bytes]],
) -> tuple[list[FieldValue], list[Embedded], list[str]]:
    """Fields of an embedded invoice; every other embedded file is a document of its own.

    XML that is merely broken is handed on like any other file, and named; a DTD is refused."""
    fields: list[FieldValue] = []
    embedded: list[Embedded] = []
    spoiled: list[str] = []
    for name, versions in attached.items():
        for data in versions:
            found: list[FieldValue] = []
            if name.lower().endswith(".xml"):
                try:
                    root = parse_xml(data, name)
                    if (vocabulary := vocabulary_of(root)) is not None:
                        found = invoice_fields(root, vocabulary, name)
                except Unreadable as refusal:
                    if refusal.message is not reasons.TRUNCATED:
                        raise
                    spoiled.append(name)
            if found:
                fields.extend(found)
            else:
                embedded.append(Embedded(name, data))
    return fields, embedded, spoiled
