"""Where a field's value came from: every source that spoke is kept, the best one is used."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from typing import Final


class Source(StrEnum):
    """Who says so. Order of trust is `RANK`; a person's confirmation outranks all and is named."""

    PERSON = "person"
    EMBEDDED_XML = "embedded_xml"
    XBRL = "xbrl"
    OFD_TAG = "ofd_tag"
    BARCODE = "barcode"
    LOGGER = "logger"
    SHEET = "sheet"
    SYSTEM = "system"
    PDF_TEXT = "pdf_text"
    OCR = "ocr"


RANK: Final[dict[Source, int]] = {source: rank for rank, source in enumerate(Source)}
"""Smaller is better. `system` is a row read from another system's own interface."""


@dataclass(frozen=True, slots=True)
class FieldSource:
    """One source's word on one field of a record.

    field: path inside the record, like `lines.0.lot_no`.
    value: what was understood, as text. written: what stands in the document, untouched.
    place: where, in words a person can follow: `p1`, `Sheet1!C7`, `EInvoice/Header/EIid`.
    confidence: 0 to 1; 1 for structured sources.
    """

    field: str
    source: Source
    value: str
    written: str
    place: str
    confidence: Decimal = Decimal(1)


@dataclass(frozen=True, slots=True)
class Conflict:
    """Two sources disagree on a field that matters. Both are kept; a rule opens a finding."""

    field: str
    kept: FieldSource
    other: FieldSource
