"""Ten million readings: verify every chunk's hash, unpack, find gaps and excursions, weigh MKT."""

from __future__ import annotations

import numpy as np

from audit.records.readings import Chunk, measured, pack, unpack_all, verify
from bench.row import Row, interleaved, timed
from checks.cold_chain.kernel import Limits, Window, mean_kinetic_temperature, read_leg

LEGS = 2_000
READINGS = 5_000
INTERVAL = 300
LIMITS = Limits(200, 800, INTERVAL)

Leg = tuple[Window, tuple[Chunk, ...]]


def _legs() -> tuple[list[Leg], list[tuple[np.ndarray, np.ndarray]]]:
    random = np.random.default_rng(20261031)
    packed: list[Leg] = []
    arrays = []
    for number in range(LEGS):
        times = np.arange(READINGS, dtype=np.int64) * INTERVAL + 1_700_000_000 + number
        slow = 60 * np.sin(np.arange(READINGS) / 47 + number)
        values = (500 + slow + random.normal(0, 25, READINGS)).astype(np.int16)
        if number % 4 == 0:
            values[2_000:2_030] += 600
        if number % 8 == 0:
            times, values = np.delete(times, slice(900, 940)), np.delete(values, slice(900, 940))
        window = Window(int(times[0]), int(times[-1]) + INTERVAL)
        packed.append((window, pack(times, values)))
        arrays.append((times, values))
    return packed, arrays


def rows() -> list[Row]:
    packed, arrays = _legs()

    def judged() -> float:
        with timed() as seconds:
            for window, chunks in packed:
                if verify([(chunk.sha256, chunk.data) for chunk in chunks]) is not None:
                    raise AssertionError("a chunk of the bench is damaged")
                times, values = measured(*unpack_all(chunk.data for chunk in chunks))
                read_leg(times, values, window, LIMITS)
        return seconds()

    def in_memory() -> float:
        with timed() as seconds:
            for times, values in arrays:
                steps = np.diff(times)
                _ = (steps > INTERVAL).sum(), ((values < 200) | (values > 800)).sum()
                mean_kinetic_temperature(values[:-1], steps)
        return seconds()

    took, reference = interleaved(3, judged, in_memory)
    return [
        Row(
            area="cold chain",
            work=f"{LEGS * READINGS:,} readings: hashes, gaps, excursions, MKT",
            value=took,
            unit="s",
            reference=reference,
            reference_is="numpy on arrays in memory",
            floor=1.0,
            aim=0.5,
            compared="value",
            smaller=True,
        )
    ]
