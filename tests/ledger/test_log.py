"""Appending and reading, on SQLite and on PostgreSQL."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from pathlib import Path

import pytest
from sqlalchemy import Connection, Engine, text

from audit.ledger import Appended, DocumentRef, Draft, KeySigner, Lane, Log, Payload, Restored
from audit.ledger.merkle import verify_consistency, verify_inclusion
from base.clock import FixedClock
from base.errors import IntegrityBroken, Misuse, Refused, Unavailable, message
from tests.ledger.making import ORIGIN, draft, fill, tamper

_refused_by_projector = message("test.projector", zh="拒绝", en="refused")


def test_entry_0_opens_the_log_and_names_the_key(log: Log, signer: KeySigner) -> None:
    opened = log.entry(0)
    assert (opened.kind, opened.prev, opened.seq) == ("log.opened", None, 0)
    assert opened.ledger is not None
    assert opened.ledger["vkey"] == signer.vkey
    assert opened.leaf == sha256(b"\0" + opened.raw).digest()


def test_an_entry_is_stored_as_the_bytes_that_were_hashed(log: Log) -> None:
    occurred = datetime(2026, 2, 28, 16, 30, tzinfo=UTC)
    document = DocumentRef("ab" * 32, 17, "application/pdf")
    (entry,) = log.append(
        draft(
            "k1",
            'lot:甲"1',
            "party:91330000",
            data="名".encode(),
            documents=(document,),
            occurred_at=occurred,
            supersedes=(0,),
        )
    )
    assert json.loads(entry.raw) == {
        "actor": "user:1",
        "documents": [{"media_type": "application/pdf", "sha256": "ab" * 32, "size": 17}],
        "key": "k1",
        "kind": "record.invoice",
        "occurred_at": "2026-02-28T16:30:00.000000Z",
        "origin": ORIGIN,
        "payload": {
            "commit": sha256(
                b"devicetrail/payload/v1\n" + (log.payload_salt(1) or b"") + "名".encode()
            ).hexdigest(),
            "schema": "record.invoice/1",
            "size": 3,
        },
        "prev": log.entry(0).leaf.hex(),
        "recorded_at": "2026-03-01T08:00:00.000000Z",
        "seq": 1,
        "streams": [{"n": 0, "stream": 'lot:甲"1'}, {"n": 0, "stream": "party:91330000"}],
        "supersedes": [0],
        "v": 1,
    }
    assert log.entry(1) == entry
    assert log.payload(1) == "名".encode()
    assert log.entry_by_key("k1") == entry
    assert log.entry_by_key("k2") is None


def test_a_group_is_contiguous_and_its_streams_are_numbered_and_linked(log: Log) -> None:
    first = log.append(draft("a", "lot:1"), draft("b", "lot:1", "lot:2"))
    (third,) = log.append(draft("c", "lot:1"))
    assert [entry.seq for entry in first] == [1, 2]
    assert [(link.stream, link.n) for link in first[1].streams] == [("lot:1", 1), ("lot:2", 0)]
    assert first[1].streams[0].prev == first[0].leaf
    assert (third.streams[0].n, third.streams[0].prev) == (2, first[1].leaf)
    assert log.stream_seqs("lot:1") == [1, 2, 3]
    assert log.stream_seqs("lot:1", 2) == [3]
    assert (log.stream_size("lot:1"), log.stream_size("lot:none")) == (3, 0)


def test_the_same_key_with_the_same_content_answers_the_stored_entry(log: Log) -> None:
    (entry,) = log.append(draft("a", "lot:1", data=b"one"))
    assert log.append(draft("a", "lot:1", data=b"one")) == (entry,)
    assert log.size() == 2


@pytest.mark.parametrize(
    "other",
    [
        draft("a", "lot:1", data=b"two"),
        draft("a", "lot:2", data=b"one"),
        draft("a", "lot:1", data=None),
        draft("a", "lot:1", data=b"one", supersedes=(0,)),
        draft("a", "lot:1", data=b"one", occurred_at=datetime(2026, 1, 1, tzinfo=UTC)),
        Draft("record.receipt", "a", "user:1", Payload("record.invoice/1", b"one"), ("lot:1",)),
        Draft("record.invoice", "a", "user:2", Payload("record.invoice/1", b"one"), ("lot:1",)),
        Draft("record.invoice", "a", "user:1", Payload("record.invoice/2", b"one"), ("lot:1",)),
    ],
)
def test_the_same_key_with_other_content_is_refused(log: Log, other: Draft) -> None:
    log.append(draft("a", "lot:1", data=b"one"))
    with pytest.raises(Misuse) as refused:
        log.append(other)
    assert refused.value.code == "ledger.key_reused"
    assert log.size() == 2


def test_a_group_of_which_only_some_keys_are_there_is_refused(log: Log) -> None:
    log.append(draft("a"))
    with pytest.raises(Misuse) as refused:
        log.append(draft("a"), draft("b"))
    assert refused.value.code == "ledger.key_reused"


def test_two_clients_with_one_key_at_the_same_time_get_one_entry(log: Log) -> None:
    answers = [log.submit([draft("same", "lot:1", data=b"x")]) for _ in range(20)]
    assert len({answer.result()[0].seq for answer in answers}) == 1
    assert log.size() == 2


def test_an_expected_stream_size_lets_exactly_one_of_two_win(log: Log) -> None:
    wanted = [log.submit([draft(f"take-{i}", "lot:1", expect={"lot:1": 0})]) for i in range(5)]
    errors = [future.exception() for future in wanted]
    assert errors.count(None) == 1
    assert {error.code for error in errors if isinstance(error, Refused)} == {"ledger.stream_moved"}
    assert log.stream_size("lot:1") == 1


def test_an_expectation_about_a_stream_that_the_draft_does_not_join_is_checked(log: Log) -> None:
    log.append(draft("a", "lot:1"))
    log.append(draft("b", expect={"lot:1": 1, "lot:2": 0}))
    with pytest.raises(Refused):
        log.append(draft("c", expect={"lot:1": 2}))


def test_superseding_an_entry_that_does_not_exist_yet_is_refused(log: Log) -> None:
    with pytest.raises(Misuse) as refused:
        log.append(draft("a", supersedes=(1,)))
    assert refused.value.code == "ledger.supersedes_future"


@pytest.mark.parametrize(
    ("bad", "key"),
    [
        (draft("a b"), "key"),
        (draft(""), "key"),
        (draft("k", "lot"), "streams"),
        (draft("k", "lot:a\nb"), "streams"),
        (draft("k", "lot:\ud800"), "streams"),
        (draft("k", "lot:1", "lot:1"), "streams"),
        (draft("k", *(f"lot:{n}" for n in range(65))), "streams"),
        (draft("k", documents=(DocumentRef("AB" * 32, 1, "a/b"),)), "documents[0].sha256"),
        (draft("k", documents=(DocumentRef("ab" * 32, -1, "a/b"),)), "documents[0].size"),
        (draft("k", occurred_at=datetime(2026, 1, 1)), "occurred_at"),
        (draft("k", supersedes=(0, 0)), "supersedes"),
        (draft("k", expect={"lot:1": -1}), "expect.lot:1"),
        (Draft("Record", "k", "u"), "kind"),
        (Draft("log.opened", "k", "u"), "kind"),
        (Draft("erasure", "k", "u"), "kind"),
        (Draft("record.invoice", "k", "u", Payload("Invoice", b"")), "payload.schema"),
        (Draft("record.invoice", "k", "名"), "actor"),
    ],
)
def test_what_cannot_stand_in_an_entry_is_refused_by_name(log: Log, bad: Draft, key: str) -> None:
    with pytest.raises(Misuse) as refused:
        log.append(bad)
    assert refused.value.params["key"] == key
    assert log.size() == 1


def test_an_entry_beyond_65535_bytes_is_refused(log: Log) -> None:
    with pytest.raises(Misuse) as refused:
        log.append(draft("k", *(f"lot:{'长' * 400}{n}" for n in range(64))))
    assert refused.value.code == "ledger.entry_too_large"
    (entry,) = log.append(draft("k", *(f"lot:{'长' * 280}{n}" for n in range(64))))
    assert len(entry.raw) < 65_536


def test_one_bad_group_fails_alone(engine: Engine, log: Log, open_log: Callable[..., Log]) -> None:
    def refuses_bad(_connection: Connection, appended: list[Appended]) -> None:
        if any(item.payload == b"bad" for item in appended):
            raise Misuse(_refused_by_projector)

    projected = open_log(projector=refuses_bad)
    futures = [
        projected.submit([draft(f"k{i}", "lot:1", data=b"bad" if i % 4 == 2 else b"good")])
        for i in range(40)
    ]
    failed = [i for i, future in enumerate(futures) if future.exception() is not None]
    assert failed == list(range(2, 40, 4))
    assert projected.size() == 31
    assert [entry.streams[0].n for entry in projected.entries(1)] == list(range(30))
    assert projected.root() == projected.checkpoint().root


def test_the_projection_is_in_the_same_transaction(
    engine: Engine, log: Log, open_log: Callable[..., Log]
) -> None:
    with engine.begin() as connection:
        connection.execute(text("CREATE TABLE seen (seq INTEGER PRIMARY KEY, data TEXT)"))

    def project(connection: Connection, appended: list[Appended]) -> None:
        connection.execute(
            text("INSERT INTO seen VALUES (:seq, :data)"),
            [{"seq": item.entry.seq, "data": (item.payload or b"").decode()} for item in appended],
        )
        if any(item.payload == b"late refusal" for item in appended):
            raise Misuse(_refused_by_projector)

    projected = open_log(projector=project)
    projected.append(draft("a", data=b"one"))
    with pytest.raises(Misuse):
        projected.append(draft("b", data=b"late refusal"))
    projected.append(draft("c", data=b"two"))
    with engine.connect() as connection:
        assert [tuple(row) for row in connection.execute(text("SELECT * FROM seen"))] == [
            (1, "one"),
            (2, "two"),
        ]


def test_every_lane_is_drained(log: Log) -> None:
    bulk = [log.submit([draft(f"b{i}", data=b"x" * 100)], Lane.BULK) for i in range(300)]
    quick = [log.submit([draft(f"q{i}")]) for i in range(30)]
    assert {future.result()[0].seq for future in bulk + quick} == set(range(1, 331))


def test_many_threads_get_contiguous_groups(log: Log) -> None:
    seen: list[tuple[int, ...]] = []

    def client(number: int) -> None:
        for turn in range(10):
            entries = log.append(
                *(draft(f"{number}-{turn}-{i}", f"lot:{number}") for i in range(3))
            )
            seen.append(tuple(entry.seq for entry in entries))

    threads = [threading.Thread(target=client, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(seq for group in seen for seq in group) == list(range(1, 241))
    assert all(group == tuple(range(group[0], group[0] + 3)) for group in seen)
    assert all(log.stream_size(f"lot:{number}") == 30 for number in range(8))


def test_proofs_hold_at_every_kind_of_size(log: Log) -> None:
    fill(log, 600)
    sizes = [1, 2, 255, 256, 257, 511, 512, 513, 600, 601]
    for size in sizes:
        root = log.root(size)
        for seq in {0, size // 3, size // 2, size - 1}:
            leaf = log.entry(seq).leaf
            verify_inclusion(leaf, seq, size, log.inclusion_proof(seq, size), root)
        verify_consistency(size, 601, root, log.root(), log.consistency_proof(size, 601))
    assert log.root(601) == log.root()


def test_a_proof_beyond_the_log_is_refused(log: Log) -> None:
    with pytest.raises(Misuse):
        log.inclusion_proof(1, 1)
    with pytest.raises(Misuse):
        log.root(2)
    with pytest.raises(Misuse):
        log.entry(1)


def test_reading_gives_entries_and_payloads_in_order(log: Log) -> None:
    fill(log, 250)
    assert [entry.seq for entry in log.entries()] == list(range(251))
    assert [entry.seq for entry in log.entries(249)] == [249, 250]
    assert [item.payload for item in log.appended(1, 4)] == [b"p1", b"p2", b"p3"]
    assert list(log.entries(9, 9)) == []


def test_the_clock_going_back_more_than_five_seconds_is_an_entry(
    log: Log, clock: FixedClock
) -> None:
    log.append(draft("a"))
    clock.at -= timedelta(seconds=5)
    log.append(draft("b"))
    clock.at -= timedelta(seconds=5, microseconds=1)
    (after,) = log.append(draft("c"))
    assert after.seq == 4
    stepped = log.entry(3)
    assert stepped.kind == "clock.stepped"
    assert stepped.ledger == {
        "from": "2026-03-01T07:59:55.000000Z",
        "to": "2026-03-01T07:59:49.999999Z",
    }
    assert [entry.kind for entry in log.entries()].count("clock.stepped") == 1


def test_a_log_is_opened_again_and_goes_on(log: Log, open_log: Callable[..., Log]) -> None:
    fill(log, 300)
    log.close()
    again = open_log()
    assert again.append(draft("next", "lot:1"))[0].prev == again.entry(300).leaf
    assert again.checkpoint().size == 302
    with pytest.raises(Unavailable):
        log.append(draft("more"))


def test_the_same_origin_cannot_be_created_twice(log: Log, engine: Engine, key_dir: Path) -> None:
    with pytest.raises(Refused) as refused:
        Log.create(
            engine,
            origin=ORIGIN,
            signer=KeySigner.generate(ORIGIN),
            key_dir=key_dir,
            actor="user:1",
        )
    assert refused.value.code == "ledger.log_exists"


def test_two_logs_in_one_database_do_not_mix(log: Log, engine: Engine, tmp_path: Path) -> None:
    name = "ledger.example/org-2/log/1"
    other = Log.create(
        engine,
        origin=name,
        signer=KeySigner.generate(name),
        key_dir=tmp_path / "other",
        actor="user:1",
    )
    log.append(draft("a", "lot:1"))
    other.append(draft("a", "lot:1", data=b"other"))
    assert (log.size(), other.size()) == (2, 2)
    assert log.log_id != other.log_id
    assert (log.payload(1), other.payload(1)) == (b"{}", b"other")
    with pytest.raises(Misuse) as unclear:
        Log.open(engine)
    assert unclear.value.code == "ledger.several_logs"
    other.close()


def test_a_new_incarnation_names_what_it_was_restored_from(
    log: Log, engine: Engine, tmp_path: Path
) -> None:
    name = "ledger.example/org-1/log/2"
    last = log.checkpoint()
    new = Log.create(
        engine,
        origin=name,
        signer=KeySigner.generate(name),
        key_dir=tmp_path / "new",
        actor="user:1",
        restored=Restored(ORIGIN, last.note),
    )
    opened = new.entry(0).ledger
    assert opened is not None
    assert opened["restored"] == {"origin": ORIGIN, "checkpoint": last.note}
    new.close()


def test_a_database_without_a_log_is_not_available(engine: Engine) -> None:
    with pytest.raises(Unavailable):
        Log.open(engine)


def test_data_from_a_newer_version_is_not_opened(log: Log, engine: Engine) -> None:
    log.close()
    with engine.begin() as connection:
        connection.execute(text("UPDATE ledger_log SET format = 2, size = size + 1"))
    with pytest.raises(Unavailable) as newer:
        Log.open(engine)
    assert newer.value.code == "ledger.newer_format"


def test_another_writer_on_the_same_database_is_caught_up_with(
    log: Log, open_log: Callable[..., Log]
) -> None:
    other = open_log()
    for turn in range(6):
        (log if turn % 2 else other).append(*(draft(f"{turn}-{i}", "lot:1") for i in range(60)))
    assert [entry.streams[0].n for entry in log.entries(1)] == list(range(360))
    assert log.checkpoint().size == 361


def test_a_stored_entry_that_is_not_as_hashed_is_not_read_on(log: Log, engine: Engine) -> None:
    fill(log, 3)
    tamper(engine, "UPDATE ledger_entry SET raw = leaf WHERE seq = 2")
    with pytest.raises(IntegrityBroken):
        list(log.entries())
