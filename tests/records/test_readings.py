"""Packed readings come back as they were, and nothing else is taken for them."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from audit.records.readings import BLANK, MOST, measured, pack, unpack, unpack_all, verify

series = st.lists(
    st.tuples(st.integers(1, 100_000), st.integers(-32_768, 32_767)), min_size=1, max_size=40
)


def arrays(steps):
    times = np.cumsum([step for step, _ in steps]).astype(np.int64) + 1_700_000_000
    return times, np.array([value for _, value in steps], dtype=np.int16)


@given(series)
def test_what_is_packed_comes_back(steps):
    times, values = arrays(steps)
    again = unpack_all(chunk.data for chunk in pack(times, values))
    assert np.array_equal(again[0], times)
    assert np.array_equal(again[1], values)


def test_a_long_series_is_cut_into_days_of_minutes():
    times = np.arange(3_000, dtype=np.int64) * 60
    chunks = pack(times, np.full(3_000, 500, dtype=np.int16))
    assert [len(unpack(chunk.data)[0]) for chunk in chunks] == [MOST, MOST, 120]
    assert verify([(chunk.sha256, chunk.data) for chunk in chunks]) is None


def test_blanks_are_no_readings():
    times, values = measured(np.array([0, 60, 120]), np.array([500, BLANK, 510], dtype=np.int16))
    assert times.tolist() == [0, 120]
    assert values.tolist() == [500, 510]


@pytest.mark.parametrize("times", [[0, 0], [60, 0]])
def test_times_that_do_not_ascend_are_refused(times):
    with pytest.raises(ValueError, match="ascend"):
        pack(np.array(times, dtype=np.int64), np.zeros(2, dtype=np.int16))


@given(series, st.data())
def test_a_flipped_bit_is_noticed_by_the_digest(steps, data):
    (chunk,) = pack(*arrays(steps))
    at = data.draw(st.integers(0, len(chunk.data) * 8 - 1))
    bad = bytearray(chunk.data)
    bad[at // 8] ^= 1 << at % 8
    assert verify([(chunk.sha256, bytes(bad))]) == chunk.sha256


@given(st.binary(max_size=200))
def test_other_bytes_are_refused_and_never_crash(data):
    for candidate in (data, b"DTR1" + data):
        with pytest.raises(ValueError, match="chunk"):
            unpack(candidate)


def test_a_bomb_is_not_inflated():
    import zlib

    with pytest.raises(ValueError, match="chunk"):
        unpack(b"DTR1" + zlib.compress(b"\0" * 50_000_000, 9))
