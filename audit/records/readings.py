"""Temperature readings in packed chunks: a day or two of a logger in a few kilobytes.

A chunk holds at most 1,440 readings, is named by the SHA-256 of its bytes, and is what a
temperature log's record commits to. Format, version 1, little-endian:

    "DTR1" || zlib( count u16 | t0 i64 | (count-1) x u32 | v0 i16 | (count-1) x u16 )

`t0` is epoch seconds (UTC) of the first reading, then the distance of each to the one before, in
seconds, at least 1. `v0` is hundredths of a degree Celsius, then differences modulo 2^16. The
value -32768 is a blank or `--.-` in the file: no reading, never zero.
"""

from __future__ import annotations

import hashlib
import zlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

MOST: Final = 1_440
BLANK: Final = -32_768
_MAGIC: Final = b"DTR1"
_HEAD: Final = 2 + 8
_LARGEST: Final = _HEAD + 4 * (MOST - 1) + 2 * MOST

Times = NDArray[np.int64]
Values = NDArray[np.int16]


@dataclass(frozen=True, slots=True)
class Chunk:
    """Packed readings and their name."""

    sha256: str
    data: bytes


def pack(times: Times, values: Values) -> tuple[Chunk, ...]:
    """Cut a series into chunks. `times` strictly ascending epoch seconds, `values` centi-degrees.

    Raises ValueError on unequal lengths or times that do not ascend.
    """
    if len(times) != len(values):
        raise ValueError("as many values as times")
    distances = np.diff(times)
    if len(distances) and (int(distances.min()) < 1 or int(distances.max()) >= 1 << 32):
        raise ValueError("times must ascend, by less than 2^32 seconds")
    return tuple(
        _chunk(times[start : start + MOST], values[start : start + MOST])
        for start in range(0, len(times), MOST)
    )


def _chunk(times: Times, values: Values) -> Chunk:
    body = b"".join(
        (
            np.array(len(times), "<u2").tobytes(),
            times[:1].astype("<i8").tobytes(),
            np.diff(times).astype("<u4").tobytes(),
            values[:1].astype("<i2").tobytes(),
            np.diff(values.astype("<i2").view("<u2")).tobytes(),
        )
    )
    data = _MAGIC + zlib.compress(body, 1)
    return Chunk(hashlib.sha256(data).hexdigest(), data)


def unpack(data: bytes) -> tuple[Times, Values]:
    """The inverse for one chunk. Raises ValueError on anything that `pack` did not make."""
    if data[:4] != _MAGIC:
        raise ValueError("not a chunk of readings")
    inflate = zlib.decompressobj()
    try:
        body = inflate.decompress(data[4:], _LARGEST + 1)
    except zlib.error as wrong:
        raise ValueError(f"a damaged chunk of readings: {wrong}") from wrong
    if not inflate.eof or inflate.unused_data or len(body) < _HEAD:
        raise ValueError("a damaged chunk of readings")
    count = int.from_bytes(body[:2], "little")
    if not 0 < count <= MOST or len(body) != _HEAD + 4 * (count - 1) + 2 * count:
        raise ValueError("a chunk of readings of the wrong length")
    times = np.empty(count, np.int64)
    times[0] = np.frombuffer(body, "<i8", 1, 2)[0]
    times[1:] = np.frombuffer(body, "<u4", count - 1, _HEAD)
    np.cumsum(times, out=times)
    at = _HEAD + 4 * (count - 1)
    steps = np.frombuffer(body, "<u2", count, at)
    values = np.cumsum(steps, dtype=np.uint16).astype("<u2").view("<i2").astype(np.int16)
    return times, values


def unpack_all(chunks: Iterable[bytes]) -> tuple[Times, Values]:
    """All chunks of one log, one after the other. Raises ValueError unless they ascend."""
    parts = [unpack(chunk) for chunk in chunks]
    if not parts:
        return np.empty(0, np.int64), np.empty(0, np.int16)
    times = np.concatenate([part[0] for part in parts])
    if len(times) > 1 and not bool(np.all(times[1:] > times[:-1])):
        raise ValueError("chunks out of order")
    return times, np.concatenate([part[1] for part in parts])


def measured(times: Times, values: Values) -> tuple[Times, Values]:
    """Without the blanks."""
    present = values != BLANK
    return times[present], values[present]


def verify(chunks: Sequence[tuple[str, bytes]]) -> str | None:
    """The first (digest, bytes) pair whose bytes are not what the digest names; None if all are."""
    for digest, data in chunks:
        if hashlib.sha256(data).hexdigest() != digest:
            return digest
    return None
