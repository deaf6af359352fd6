"""Erased payloads stay committed to; the map of stream heads proves where each stream stands."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import Engine

from audit.ledger import Log, Payload, verify_log
from audit.ledger.heads import Head, HeadProof, map_root, prove_in
from audit.ledger.merkle import EMPTY_ROOT
from base.errors import IntegrityBroken, Misuse
from tests.ledger.making import draft, fill


def test_erasing_deletes_payload_and_salt_and_keeps_the_entry(engine: Engine, log: Log) -> None:
    fill(log, 10)
    before = log.entry(4)
    entry = log.erase(
        [4, 2], "user:1", "pipl.request", streams=("lot:2",), payload=Payload("erasure/1", b"why")
    )
    assert entry.kind == "erasure"
    assert entry.ledger == {"reason": "pipl.request", "seqs": [2, 4]}
    assert (log.payload(4), log.payload_salt(4), log.payload(2)) == (None, None, None)
    assert log.entry(4) == before
    assert log.payload(entry.seq) == b"why"
    assert log.stream_seqs("lot:2")[-1] == entry.seq
    assert [item.payload for item in log.appended(2, 5)] == [None, b"p3", None]
    log.checkpoint()
    assert verify_log(engine).ok


@pytest.mark.parametrize("seqs", [[], [0], [99], [3, 3], [-1], list(range(5_000))])
def test_what_cannot_be_erased_is_refused_and_nothing_is_deleted(log: Log, seqs: list[int]) -> None:
    fill(log, 10)
    with pytest.raises(Misuse) as refused:
        log.erase([*seqs], "user:1", "pipl.request")
    assert refused.value.code == "ledger.cannot_erase"
    assert log.size() == 11
    assert log.payload(3) == b"p3"


def test_half_of_an_erasure_does_not_stay(log: Log) -> None:
    fill(log, 10)
    log.erase([3], "user:1", "pipl.request")
    with pytest.raises(Misuse):
        log.erase([4, 3], "user:1", "pipl.request")
    assert log.payload(4) == b"p4"
    with pytest.raises(Misuse):
        log.erase([5], "user:1", "A sentence about Zhang San")


def test_an_erased_entry_is_not_written_again_under_its_key(log: Log) -> None:
    log.append(draft("a", data=b"personal"))
    log.erase([1], "user:1", "pipl.request")
    with pytest.raises(Misuse) as refused:
        log.append(draft("a", data=b"personal"))
    assert refused.value.code == "ledger.key_reused"
    assert log.payload(1) is None


def test_heads_prove_presence_and_absence_at_their_own_size(engine: Engine, log: Log) -> None:
    fill(log, 50)
    entry = log.append_stream_heads("user:1")
    fill(log, 50)  # the streams go on; the proof is still of then
    facts = entry.ledger
    assert facts is not None
    assert (facts["size"], facts["count"]) == (entry.seq, 10)
    root = bytes.fromhex(facts["root"])
    for stream in [f"lot:{n}" for n in range(7)] + [f"party:{n}" for n in range(3)]:
        head = log.heads_proof(stream, entry.seq).verify(10, root)
        assert head is not None
        last = [seq for seq in log.stream_seqs(stream) if seq < entry.seq]
        assert (head.n, head.leaf) == (len(last) - 1, log.entry(last[-1]).leaf)
    for stream in ("lot:00", "a:0", "zone:9", "lot:35"):
        assert log.heads_proof(stream, entry.seq).verify(10, root) is None
    with pytest.raises(Misuse):
        log.heads_proof("lot:1", 3)
    log.checkpoint()
    assert verify_log(engine).ok


def test_heads_over_a_log_without_streams_have_the_empty_root(engine: Engine, log: Log) -> None:
    entry = log.append_stream_heads("user:1")
    assert entry.ledger == {"size": 1, "count": 0, "root": EMPTY_ROOT.hex()}
    assert log.heads_proof("lot:1", 1).verify(0, EMPTY_ROOT) is None
    log.checkpoint()
    assert verify_log(engine).ok


def test_heads_appended_together_with_other_entries_cover_what_is_before_them(
    engine: Engine, log: Log
) -> None:
    futures = [log.submit([draft(f"a{n}", f"lot:{n}")]) for n in range(20)]
    entry = log.append_stream_heads("user:1")
    more = [log.submit([draft(f"b{n}", f"lot:{n}")]) for n in range(20)]
    for future in futures + more:
        future.result()
    assert entry.ledger is not None
    assert entry.ledger["size"] == entry.seq
    log.checkpoint()
    assert verify_log(engine).ok


names = st.text("abc:é長\U0001f600", min_size=1, max_size=4)


@given(st.sets(names, max_size=20), names)
def test_every_stream_is_proved_present_or_absent(streams: set[str], asked: str) -> None:
    heads = [
        Head(stream, n, bytes([n]) * 32) for n, stream in enumerate(sorted(streams, key=str.encode))
    ]
    count, root = map_root(heads)
    proof = prove_in(heads, asked)
    found = proof.verify(count, root)
    assert (found is not None) == (asked in streams)
    if found is not None:
        assert found.stream == asked
    elif count:
        # A neighbour left out, or any place altered, proves nothing.
        if len(proof.places) == 2:
            for place in proof.places:
                with pytest.raises(IntegrityBroken):
                    HeadProof(asked, (place,)).verify(count, root)
        with pytest.raises(IntegrityBroken):
            HeadProof(asked, ()).verify(count, root)
    for at, place in enumerate(proof.places):
        places = list(proof.places)
        places[at] = replace(place, head=replace(place.head, n=place.head.n + 1))
        with pytest.raises(IntegrityBroken):
            HeadProof(asked, tuple(places)).verify(count, root)
