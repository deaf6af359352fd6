"""The entry encoding: one byte form, everything else refused by name."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from audit.ledger import DocumentRef, Draft, Payload, StreamLink
from audit.ledger.canonical import MAX_INTEGER, decode, encode
from audit.ledger.entry import parse_entry, place, prepare
from base.clock import rfc3339
from base.errors import IntegrityBroken, Misuse

texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
values = st.recursive(
    st.booleans() | st.integers(-MAX_INTEGER, MAX_INTEGER) | texts,
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(st.from_regex(r"\A[a-z0-9_.]{1,8}\Z"), inner, max_size=4)
    ),
    max_leaves=12,
)
objects = st.dictionaries(st.from_regex(r"\A[a-z0-9_.]{1,8}\Z"), values, max_size=6)


def jcs(value: Any) -> bytes:
    """RFC 8785 for values without floats and with ASCII keys, by another encoder."""
    return json.dumps(
        value, ensure_ascii=False, sort_keys=True, separators=(",", ":"), allow_nan=False
    ).encode()


@given(objects)
def test_inside_the_profile_the_bytes_are_those_of_rfc_8785(value: dict[str, Any]) -> None:
    assert encode(value) == jcs(value)
    assert decode(encode(value)) == value


@pytest.mark.parametrize(
    ("value", "key"),
    [
        ({"a": 1.0}, "a"),
        ({"a": {"b": [1, None]}}, "a.b[1]"),
        ({"a": 2**53}, "a"),
        ({"a": -(2**53)}, "a"),
        ({"A": 1}, "A"),
        ({"": 1}, ""),
        ({"a b": 1}, "a b"),
        ({"é": 1}, "é"),
        ({1: 1}, "1"),
        ({"a": b"bytes"}, "a"),
        ({"a": datetime(2026, 1, 1, tzinfo=UTC)}, "a"),
        ({"a": {1, 2}}, "a"),
    ],
)
def test_what_is_outside_is_refused_with_its_key(value: dict[Any, Any], key: str) -> None:
    with pytest.raises(Misuse) as refused:
        encode(value)
    assert refused.value.params["key"] == key


def test_depth_and_size_are_limited() -> None:
    deep: Any = 1
    for _ in range(32):
        deep = {"a": deep}
    encode(deep)
    with pytest.raises(Misuse):
        encode({"a": deep})
    encode({"a": "x" * (65_535 - 8)})
    with pytest.raises(Misuse):
        encode({"a": "x" * (65_535 - 7)})


def test_a_lone_surrogate_is_refused() -> None:
    with pytest.raises(Misuse):
        encode({"a": "\ud800"})


@pytest.mark.parametrize(
    "raw",
    [
        b'{"a":1,"a":1}',
        b'{"a":{"b":1,"b":2}}',
        b'{"b":1,"a":1}',
        b'{"a": 1}',
        b'{"a":1}\n',
        b'{"a":"\\u0041"}',
        b'{"a":"\\/"}',
        b'{"a":1e1}',
        b"[]",
        b"1",
        b"",
        b'{"a":"\xff"}',
        b'\xef\xbb\xbf{"a":1}',
    ],
)
def test_other_bytes_for_the_same_object_are_refused(raw: bytes) -> None:
    with pytest.raises(IntegrityBroken):
        decode(raw)


def test_the_public_jcs_vectors_are_reproduced_or_refused(vectors: Path) -> None:
    folder = vectors / "cyberphone+json-canonicalization/testdata"
    files = sorted((folder / "input").glob("*.json"))
    assert files
    for file in files:
        value = json.loads(file.read_text())
        expected = (folder / "output" / file.name).read_bytes()
        try:
            encoded = encode({"v": value})
        except Misuse:
            encoded = None
        assert encoded in (None, b'{"v":' + expected + b"}"), file.name
        # Each string on its own is inside the profile, so its escapes are compared.
        for text in _strings(value):
            assert encode({"v": text})[5:-1] in expected, (file.name, text)


def _strings(value: Any) -> list[str]:
    if isinstance(value, str):
        return [value]
    inner = value.values() if isinstance(value, dict) else value if isinstance(value, list) else []
    return [text for item in inner for text in _strings(item)]


moments = st.datetimes(datetime(1970, 1, 1), datetime(2100, 1, 1), timezones=st.just(UTC))
names = st.from_regex(r"\A[a-z][a-z0-9_]{0,5}:\Z").flatmap(
    lambda prefix: st.text(
        st.characters(exclude_categories=["Cs", "Cc"]), min_size=1, max_size=20
    ).map(lambda rest: prefix + rest)
)
tokens = st.from_regex(r"\A[!-~]{1,40}\Z")
documents = st.builds(
    DocumentRef,
    st.from_regex(r"\A[0-9a-f]{64}\Z"),
    st.integers(0, MAX_INTEGER),
    st.sampled_from(["application/pdf", 'text/plain; charset="utf-8"']),
)
drafts = st.builds(
    Draft,
    kind=st.sampled_from(["record.invoice", "document.received"]),
    key=tokens,
    actor=tokens,
    payload=st.none() | st.builds(Payload, st.just("record.invoice/1"), st.binary(max_size=40)),
    streams=st.lists(names, unique=True, max_size=4).map(tuple),
    documents=st.lists(documents, max_size=2).map(tuple),
    occurred_at=st.none() | moments,
    supersedes=st.lists(st.integers(0, 9), unique=True, max_size=3).map(tuple),
)


@given(drafts, moments, st.binary(min_size=32, max_size=32), st.integers(0, 2**40))
def test_an_entry_is_canonical_and_reads_back_as_it_was_made(
    draft: Draft, moment: datetime, prev: bytes, n: int
) -> None:
    origin = 'ledger.example/"q"/log/1'
    links = tuple(
        StreamLink(stream, n + at, prev if at % 2 else None)
        for at, stream in enumerate(draft.streams)
    )
    text = rfc3339(moment)
    entry = place(prepare(draft, origin), origin, n + 10, prev, moment, text, links)
    assert parse_entry(entry.raw) == entry
    assert jcs(json.loads(entry.raw)) == entry.raw


def test_times_keep_six_digits_and_utc() -> None:
    moment = datetime(2026, 3, 1, 16, 0, 0, 1, tzinfo=UTC) + timedelta(0)
    draft = Draft("record.invoice", "k", "u", occurred_at=moment)
    assert '"occurred_at":"2026-03-01T16:00:00.000001Z"' in prepare(draft, "o").front
