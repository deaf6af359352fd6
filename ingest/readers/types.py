"""What a reader hands over: plain, frozen values that cross a process border as data, not as code.

Times of day without a zone are not evidence: a series carries UTC seconds together with the zone
that was used and who stated it, or wall-clock seconds together with `zone=None`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import Final

import numpy as np
import numpy.typing as npt

from base.errors import DeviceTrailError, Message

Seconds = npt.NDArray[np.int64]
Hundredths = npt.NDArray[np.int16]

GAP: Final = -32768
"""The value of a missing reading (`--.-`, blank, sensor fault). Never zero, never averaged."""


class Source(StrEnum):
    """Who says so. `rank` orders them, best first; a person outranks every machine."""

    PERSON = "person"
    EMBEDDED_XML = "embedded_xml"
    XBRL = "xbrl"
    OFD_TAG = "ofd_tag"
    BARCODE = "barcode"
    LOGGER = "logger"
    SHEET = "sheet"
    PDF_TEXT = "pdf_text"
    OCR = "ocr"

    @property
    def rank(self) -> int:
        """0 is the best source."""
        return _RANK[self]


_RANK: Final[dict[Source, int]] = {source: rank for rank, source in enumerate(Source)}


@dataclass(frozen=True, slots=True)
class Place:
    """Where a value stands in its file.

    page: from 1. box: left, bottom, right, top in points from the page's lower left corner.
    cell: as a spreadsheet names it, `Sheet1!B7`. path: member of a container and element in it,
    `Doc_0/Attachs/original_invoice.xml#Buyer/BuyerName`.
    """

    page: int | None = None
    box: tuple[float, float, float, float] | None = None
    cell: str | None = None
    path: str | None = None

    def __str__(self) -> str:
        parts = [self.path, self.cell, None if self.page is None else f"p{self.page}"]
        if self.box is not None:
            parts.append("[" + " ".join(f"{edge:g}" for edge in self.box) + "]")
        return " ".join(part for part in parts if part) or "-"


@dataclass(frozen=True, slots=True)
class FieldValue:
    """A named value as it stands in the file: not converted, only stripped.

    Names are canonical English snake_case (`invoice_number`, `seller_uscc`, `total_with_tax`);
    lines of an invoice are `lines.N.item_name|spec|unit|quantity|unit_price|amount|tax_rate|
    tax_amount`, N from 1.
    """

    name: str
    value: str
    source: Source
    place: Place
    confidence: Decimal = Decimal(1)


@dataclass(frozen=True, slots=True)
class TextPage:
    """A page's text, once in drawing order and once with its columns kept by spaces. From 1."""

    number: int
    text: str
    layout_text: str


@dataclass(frozen=True, slots=True)
class Table:
    """Rows under a header, cells as shown (leading zeros kept), blank is None.

    sheet: the sheet's name, None for delimited text. header_row and row_numbers count from 1 as
    the program that shows the file does; header_row is 0 when there is none and the columns are
    then named by their letters. preamble: the rows above the header, as they stand.
    """

    name: str
    sheet: str | None
    header_row: int
    columns: tuple[str, ...]
    rows: tuple[tuple[str | None, ...], ...]
    row_numbers: tuple[int, ...]
    first_column: int = 1
    preamble: tuple[tuple[str | None, ...], ...] = ()

    def place(self, row: int, column: int) -> Place:
        """The cell of `rows[row][column]`."""
        cell = f"{column_letters(self.first_column + column)}{self.row_numbers[row]}"
        return Place(cell=f"{self.sheet}!{cell}" if self.sheet else cell)


@dataclass(frozen=True, slots=True)
class Logger:
    """The instrument as the file names it. run: a restartable logger's number of the trip."""

    vendor: str | None = None
    model: str | None = None
    serial: str | None = None
    run: str | None = None
    firmware: str | None = None


@dataclass(frozen=True, slots=True)
class AlarmLimit:
    """One alarm as the instrument states it. side: above or below. minutes as it counted them."""

    side: str
    limit: Decimal
    allowed_minutes: int | None = None
    minutes: int | None = None
    cumulative: bool | None = None


@dataclass(frozen=True, slots=True)
class LoggerSummary:
    """What the instrument itself says of the run, in °C; compared with the readings later."""

    minimum: Decimal | None = None
    maximum: Decimal | None = None
    mean: Decimal | None = None
    mkt: Decimal | None = None
    count: int | None = None
    alarms: tuple[AlarmLimit, ...] = ()


@dataclass(frozen=True, slots=True, eq=False)
class Series:
    """Readings of one sensor, in the file's order.

    seconds: int64; Unix time when `zone` is known, else wall-clock seconds since 1970-01-01.
    celsius: int16 hundredths of a degree Celsius, GAP where nothing was measured.
    humidity: int16 hundredths of a per cent relative humidity, or None when not measured.
    zone: `UTC`, `+08:00` or an IANA name; zone_origin: `file` or `given`. unit: as written,
    degrees Fahrenheit are converted (half to even). interval: seconds, as stated or the median.
    channel: the column's heading. place: where the readings begin.
    """

    logger: Logger
    channel: str
    zone: str | None
    zone_origin: str | None
    unit: str
    interval: int | None
    seconds: Seconds
    celsius: Hundredths
    place: Place
    humidity: Hundredths | None = None
    summary: LoggerSummary | None = None

    def __len__(self) -> int:
        return len(self.seconds)


@dataclass(frozen=True, slots=True)
class DailyAggregate:
    """A day as the logger counted it, in °C and minutes.

    day: the logger's own calendar day. minutes_high and minutes_low: beyond the alarm limits.
    sensor_timeout_minutes: time without a measurement, a gap that the logger itself admits.
    complete: False for the day on which the file was written.
    """

    day: date
    minimum: Decimal | None
    maximum: Decimal | None
    mean: Decimal | None
    minutes_high: int
    minutes_low: int
    sensor_timeout_minutes: int
    complete: bool = True
    minimum_at: str | None = None
    maximum_at: str | None = None


@dataclass(frozen=True, slots=True)
class DailyLog:
    """The days of one logger that keeps no single readings, oldest first."""

    logger: Logger
    zone: str | None
    zone_origin: str | None
    unit: str
    days: tuple[DailyAggregate, ...]
    alarms: tuple[AlarmLimit, ...]
    place: Place


class IntegrityState(StrEnum):
    """What a check of the file's own proof came to."""

    VERIFIED = "verified"
    FAILED = "failed"
    UNVERIFIABLE = "unverifiable"
    ISSUER_UNKNOWN = "issuer_unknown"


@dataclass(frozen=True, slots=True)
class Integrity:
    """What the file proves by itself.

    scheme: `ofd-sm3`, `berlinger-ecdsa-p256`, `pdf-signature`, `sm2-detached`. failed: the names of
    the members or levels that do not agree. details: what was checked, in stable keys.
    """

    scheme: str
    state: IntegrityState
    failed: tuple[str, ...] = ()
    details: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Embedded:
    """A file inside the file, to be received as a document of its own."""

    name: str
    data: bytes


@dataclass(frozen=True, slots=True)
class ReadDocument:
    """Everything a reader found. `reader` is `name/version`; `notes` are stable codes."""

    media_type: str
    format: str
    reader: str
    pages: tuple[TextPage, ...] = ()
    tables: tuple[Table, ...] = ()
    fields: tuple[FieldValue, ...] = ()
    series: tuple[Series, ...] = ()
    daily: tuple[DailyLog, ...] = ()
    integrity: tuple[Integrity, ...] = ()
    embedded: tuple[Embedded, ...] = ()
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ReadOptions:
    """What the source of a file settles, and how much of a file is read at all.

    zone: the clock's zone for every file of this source (`Asia/Shanghai`, `+08:00`, `UTC`).
    logger_zones: the zone of single loggers by serial; it outranks `zone`.
    wall_clock: hand a series over with `zone=None` instead of refusing it (to show it to a person).
    date_order: `dmy`, `mdy` or `ymd` for numeric dates, when the source has been asked.
    temperature_unit: `C` or `F`, for sources whose files state none.
    issuers: the keys under which logger certificates verify; None for those that are built in.
    Sizes are bytes, after unpacking where something is packed.
    """

    zone: str | None = None
    logger_zones: Mapping[str, str] = field(default_factory=dict)
    wall_clock: bool = False
    date_order: str | None = None
    temperature_unit: str | None = None
    issuers: tuple[Issuer, ...] | None = None
    max_bytes: int = 64 * 1024 * 1024
    max_unpacked: int = 256 * 1024 * 1024
    max_members: int = 2_000
    max_pages: int = 500
    max_cells: int = 5_000_000


@dataclass(frozen=True, slots=True)
class Issuer:
    """A key under which a maker's lot certificates verify, and how far it is to be trusted.

    name: as certificates name the issuer, empty for any. key: 128 hex digits, X and Y of a P-256
    point, each little-endian. state: `consistent_across_lots` or `confirmed` by the maker.
    """

    name: str
    key: str
    state: str
    origin: str = ""


class Unreadable(DeviceTrailError):
    """The file cannot be read, or not surely enough; the reason code is stable (`read.*`)."""

    def __init__(self, why: Message, **params: str | int) -> None:
        super().__init__(why, **params)


def column_letters(number: int) -> str:
    """Spreadsheet letters of a column counted from 1: 1 is A, 27 is AA."""
    letters = ""
    while number > 0:
        number, rest = divmod(number - 1, 26)
        letters = chr(65 + rest) + letters
    return letters
