"""The border between child and parent: random bytes never pass as documents, nor end the pool."""

from __future__ import annotations

import copy
from functools import cache
from pathlib import Path
from typing import Any

import orjson
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ingest.readers.detect import read
from ingest.readers.pool import ReaderPool
from ingest.readers.types import ReadDocument, ReadOptions, Unreadable
from ingest.readers.wire import NotThisShape, decode_document, encode
from tests.readers.files import pdf, workbook, zipped

CHINA = ReadOptions(zone="Asia/Shanghai")


@cache
def _seeds(samples: Path) -> list[tuple[str, bytes]]:
    found = [
        (path.name, path.read_bytes())
        for folder in ("loggers", "invoices")
        for path in sorted((samples / folder).rglob("*"))
        if path.is_file() and path.stat().st_size < 60_000
    ]
    return [
        *found,
        ("note.pdf", pdf([["Item\tLot", "Stent\tL1"]])),
        ("book.xlsx", workbook([["批号", "数量"], ["L1", 2]])),
        ("mail.zip", zipped({"a.csv": b"a,b\n1,2\n"})),
    ]


def _mutated(data: st.DataObject, original: bytes) -> bytes:
    changed = bytearray(original)
    for _ in range(data.draw(st.integers(1, 6))):
        if not changed:
            break
        at = data.draw(st.integers(0, len(changed) - 1))
        match data.draw(st.sampled_from(["flip", "cut", "remove", "insert", "repeat", "zero"])):
            case "flip":
                changed[at] ^= 1 << data.draw(st.integers(0, 7))
            case "cut":
                del changed[at:]
            case "remove":
                del changed[at : at + data.draw(st.integers(1, 400))]
            case "insert":
                changed[at:at] = data.draw(st.binary(min_size=1, max_size=40))
            case "repeat":
                changed[at:at] = changed[at : at + 300] * data.draw(st.integers(1, 20))
            case "zero":
                changed[at : at + 16] = bytes(len(changed[at : at + 16]))
    return bytes(changed)


@settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(data=st.data())
def test_a_spoiled_file_gives_a_document_or_a_reason(
    pool: ReaderPool, samples: Path, data: st.DataObject
) -> None:
    seeds = dict(_seeds(samples))
    name = data.draw(st.sampled_from(sorted(seeds)))
    original = seeds[name]
    spoiled = _mutated(data, original)
    try:
        document = pool.read(spoiled, name, CHINA)
    except Unreadable as refusal:
        assert refusal.code.startswith("read.")
        assert refusal.text("zh") and refusal.text("en")
        assert refusal.code not in ("read.crashed", "read.timeout", "read.memory"), str(refusal)
    else:
        assert isinstance(document, ReadDocument)
        assert document.reader


@settings(max_examples=60, deadline=None)
@given(data=st.binary(max_size=3000), name=st.sampled_from(["", "a.pdf", "a.csv", "a.ofd", "a.bv"]))
def test_noise_gives_a_reason_or_a_table(pool: ReaderPool, data: bytes, name: str) -> None:
    try:
        document = pool.read(data, name)
    except Unreadable as refusal:
        assert refusal.code not in ("read.crashed", "read.timeout", "read.memory"), str(refusal)
    else:
        assert document.tables


def test_every_sample_crosses_the_border_unchanged(pool: ReaderPool, samples: Path) -> None:
    for name, original in _seeds(samples):
        try:
            direct = read(original, name, CHINA)
        except Unreadable as refusal:
            with pytest.raises(Unreadable, match=refusal.code.replace(".", r"\.")):
                pool.read(original, name, CHINA)
            continue
        crossed = pool.read(original, name, CHINA)
        assert _flat(crossed) == _flat(direct), name


def _flat(document: ReadDocument) -> tuple[Any, list[bytes]]:
    value, blobs = encode(document)
    return orjson.loads(orjson.dumps(value)), blobs


def _document() -> tuple[Any, list[bytes]]:
    text = "时间,温度(℃),湿度(%)\n2024-03-01 00:00,4,50\n2024-03-01 00:05,5,51\n"
    return _flat(read(text.encode(), "a.csv", CHINA))


def _paths(value: Any, at: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    found = [at]
    if isinstance(value, dict):
        for key in value:
            found += _paths(value[key], (*at, key))
    elif isinstance(value, list):
        for index, item in enumerate(value):
            found += _paths(item, (*at, index))
    return found


@settings(max_examples=120, deadline=None)
@given(data=st.data())
def test_an_answer_of_another_shape_is_not_believed(data: st.DataObject) -> None:
    """Replace any part of a true answer by something else: it decodes to the same types or not."""
    value, blobs = _document()
    value = copy.deepcopy(value)
    path = data.draw(st.sampled_from(_paths(value)[1:]))
    other = data.draw(
        st.sampled_from(
            [None, 7, -1, 1.5, "x", "", [], {}, [None], {"blob": 99}, {"blob": -1}, True]
        )
    )
    holder = value
    for step in path[:-1]:
        holder = holder[step]
    holder[path[-1]] = other
    try:
        document = decode_document(value, blobs)
    except NotThisShape:
        return
    assert isinstance(document, ReadDocument)
    again, _ = _flat(document)
    assert type(again) is dict


def test_a_true_answer_is_believed() -> None:
    value, blobs = _document()
    document = decode_document(value, blobs)
    assert [len(series) for series in document.series] == [2]


@pytest.mark.parametrize("blobs", [[], [b"1"], [b"12345678" * 3, b"1234", b"1234"]])
def test_arrays_that_do_not_fit_are_not_believed(blobs: list[bytes]) -> None:
    value, _ = _document()
    with pytest.raises(NotThisShape):
        decode_document(value, blobs)
