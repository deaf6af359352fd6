"""Biovoice `.bv` downloads: a header and readings in half bytes, least significant first.

Every number is spread over bytes that hold four bits each. The header ends with texts (name, zone,
configured by, notes); then the number of points and the points, four half bytes each for tenths of
a degree, followed by `dataend`. Times count seconds since 1970 on the logger's own clock, which
stands in the zone that `TimeBase` names: the files are named by that clock, and delayed starts
fall on its midnight.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import Final

import numpy as np
import numpy.typing as npt

from ingest.readers import reasons
from ingest.readers.types import (
    GAP,
    AlarmLimit,
    FieldValue,
    Logger,
    LoggerSummary,
    Place,
    ReadDocument,
    ReadOptions,
    Series,
    Source,
    Unreadable,
)
from ingest.readers.zones import settle, to_utc, zone_in

READER: Final = "biovoice/1"
_POINTS_AT: Final = 409
_END: Final = b"dataend"


@dataclass(frozen=True, slots=True)
class _Bytes:
    """Reads numbers and texts of the header."""

    data: bytes

    def number(self, at: int, size: int) -> int:
        return sum((self.data[at + i] & 15) << (4 * i) for i in range(size))

    def text(self, at: int, size: int) -> str:
        raw = self.data[at : at + size].split(b"\x00")[0].rstrip(b"\xcc")
        return raw.decode("gb18030", "replace").strip()


def read_biovoice(data: bytes, options: ReadOptions, file_name: str = "") -> ReadDocument:
    """Raises Unreadable: cut off (fewer points than the header counts), zone missing."""
    head = _Bytes(data)
    points = head.number(401, 8)
    end = data.rfind(_END)
    size = 0 if points == 0 else (end - _POINTS_AT) // points
    if end < _POINTS_AT or size not in (4, 8) or size * points != end - _POINTS_AT:
        raise Unreadable(reasons.TRUNCATED, detail=f"{points} points are announced")
    start, stop, interval = head.number(28, 8), head.number(36, 8), head.number(52, 8)
    if interval == 0 or (stop - start) // interval + 1 != points:
        raise Unreadable(reasons.TRUNCATED, detail="start, end and interval do not agree")
    serial = str(head.number(8, 8))
    logger = Logger(
        vendor="Biovoice",
        model=head.text(253, 22) or None,
        serial=serial,
        run=str(head.number(16, 4)),
    )
    zone, origin = settle(zone_in(head.text(275, 10)), serial, options, file_name)
    values = _points(data[_POINTS_AT:end], points, size)
    fahrenheit = head.number(60, 1) == 15
    wall = start + interval * np.arange(points, dtype=np.int64)
    series = Series(
        logger=logger,
        channel="T",
        zone=zone,
        zone_origin=origin,
        unit="F" if fahrenheit else "C",
        interval=interval,
        seconds=to_utc(wall, zone),
        celsius=_celsius(values[:, 0], fahrenheit),
        humidity=None if size == 4 else (values[:, 1] * 10).astype(np.int16),
        place=Place(path=f"byte {_POINTS_AT}"),
        summary=_summary(head, points, fahrenheit),
    )
    return ReadDocument(
        media_type="application/octet-stream",
        format="biovoice-bv",
        reader=READER,
        fields=tuple(_fields(head)),
        series=(series,),
        # no file with readings below zero was at hand: two's complement is the maker's usual way
        notes=("biovoice.below_zero",) if (series.celsius < 0).any() else (),
    )


def _points(data: bytes, points: int, size: int) -> npt.NDArray[np.int64]:
    """Tenths: one column, or two with humidity. Raises Unreadable where a byte is not a half."""
    halves = np.frombuffer(data, dtype=np.uint8)
    if halves.max() > 15:
        raise Unreadable(reasons.TRUNCATED, detail="a point is not made of half bytes")
    weights = 1 << (4 * np.arange(4, dtype=np.int64))
    return halves.reshape(points, size // 4, 4).astype(np.int64) @ weights


def _celsius(tenths: npt.NDArray[np.int64], fahrenheit: bool) -> npt.NDArray[np.int16]:
    """Hundredths of a degree; 16 bit two's complement below zero. 0x8000 is no reading."""
    signed = tenths.astype(np.uint16).astype(np.int16).astype(np.int64)
    if fahrenheit:
        # (f/10 - 32) * 5/9 in hundredths; half to even on whole numbers
        doubled = (signed - 320) * 50
        whole, rest = np.divmod(doubled, 9)
        result = whole + (rest * 2 > 9)
    else:
        result = signed * 10
    possible = (result >= -27315) & (result <= 32767)
    return np.where(possible, result, GAP).astype(np.int16)


def _tenths(head: _Bytes, at: int, fahrenheit: bool) -> Decimal:
    value = _celsius(np.array([head.number(at, 4)], dtype=np.int64), fahrenheit)
    return Decimal(int(value[0])) / 100


def _summary(head: _Bytes, points: int, fahrenheit: bool) -> LoggerSummary:
    alarms = [
        AlarmLimit(
            side=side,
            limit=Decimal(head.number(at, 4) & 0xFF) / 10,
            minutes=head.number(total_at, 8) // 60,
            cumulative=True,
        )
        for side, at, total_at in (
            ("above", 61, 157),
            ("above", 81, 149),
            ("below", 101, 173),
            ("below", 121, 181),
        )
    ]
    return LoggerSummary(
        mean=_tenths(head, 141, fahrenheit),
        mkt=_tenths(head, 145, fahrenheit),
        count=points,
        alarms=tuple(alarms),
    )


def _fields(head: _Bytes) -> Iterator[FieldValue]:
    for name, value, at in (
        ("logger_serial", str(head.number(8, 8)), 8),
        ("logger_model", head.text(253, 22), 253),
        ("time_base", head.text(275, 10), 275),
        ("configured_by", head.text(285, 20), 285),
        ("notes", head.text(305, 96), 305),
    ):
        if value:
            yield FieldValue(name, value, Source.LOGGER, Place(path=f"byte {at}"))
