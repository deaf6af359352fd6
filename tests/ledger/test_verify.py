"""Verification names the first bad index and the layer, whatever was changed behind its back."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from concurrent.futures import Executor, ProcessPoolExecutor, ThreadPoolExecutor
from datetime import UTC, datetime
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import orjson
import pytest
from sqlalchemy import Engine, create_engine, text

from audit.ledger import KeySigner, Layer, Log, verify_log
from audit.ledger.keys import checkpoint_path
from audit.ledger.merkle import leaf_hash
from audit.ledger.note import fingerprint
from base.clock import FixedClock
from tests.ledger.making import ORIGIN, cut_to_one, draft, fill, spoil


def first(engine: Engine, **more: Any) -> tuple[str, str, int | None]:
    """Code, layer and index of the first finding."""
    findings = verify_log(engine, **more).findings
    assert findings, "nothing was found"
    return findings[0].code, findings[0].layer.value, findings[0].index


def make_full(log: Log) -> Log:
    """600 entries with two full tiles, heads, an erasure, and a checkpoint at the end."""
    fill(log, 300)
    log.checkpoint()
    log.append_stream_heads("user:1")
    fill(log, 296)
    log.erase([7], "user:1", "pipl.request")
    log.append_stream_heads("user:1")
    log.checkpoint()
    assert log.size() == 600
    return log


@pytest.fixture
def full(log: Log) -> Log:
    return make_full(log)


@pytest.fixture(scope="module")
def full_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The same log as a SQLite file, made once, to be copied for each change."""
    folder = tmp_path_factory.mktemp("full")
    engine = create_engine(f"sqlite:///{folder / 'full.db'}")
    signer, clock = KeySigner.generate(ORIGIN), FixedClock(datetime(2026, 3, 1, 8, tzinfo=UTC))
    log = Log.create(
        engine, origin=ORIGIN, signer=signer, key_dir=folder / "keys", clock=clock, actor="user:1"
    )
    make_full(log).close()
    with engine.connect() as connection:
        connection.execute(text("PRAGMA wal_checkpoint(TRUNCATE)"))
    engine.dispose()
    return folder / "full.db"


@pytest.fixture
def copied(full_file: Path, tmp_path: Path, make_engine: Callable[[str], Engine]) -> Engine:
    shutil.copy(full_file, tmp_path / "copy.db")
    return make_engine(f"sqlite:///{tmp_path / 'copy.db'}")


def test_an_untouched_log_verifies_and_says_what_it_was_not_compared_with(
    engine: Engine, full: Log, signer: KeySigner, key_dir: Path
) -> None:
    report = verify_log(engine)
    assert report.findings == ()
    assert (report.size, report.root, report.signed_size) == (600, full.root(), 600)
    assert report.verdict("en") == (
        f"self-consistent under key {fingerprint(signer.vkey)};"
        " not compared with anything you held before"
    )
    held = full.checkpoints()[0].note
    compared = verify_log(
        engine, fingerprints=[fingerprint(signer.vkey)], earlier=[held], key_dir=key_dir
    )
    assert compared.ok
    assert len(compared.compared) == 3
    assert "agrees with what you held" in compared.verdict("en")


@pytest.mark.parametrize("kind", ["threads", "processes"])
def test_ranges_can_be_given_to_any_executor(engine: Engine, full: Log, kind: str) -> None:
    pool: Executor = (
        ThreadPoolExecutor(2)
        if kind == "threads"
        else ProcessPoolExecutor(2, mp_context=get_context("spawn"))
    )
    with pool:
        report = verify_log(engine, executor=pool, step=256)
        assert report.findings == ()
        assert report.root == full.root()
        spoil(engine, "UPDATE ledger_payload SET data = :data WHERE seq = 500", data=b"x")
        assert first(engine, executor=pool, step=256) == ("verify.payload_changed", "payload", 500)


@pytest.mark.parametrize("seq", [0, 5, 255, 256, 300, 511, 512, 599])
def test_a_changed_entry_byte_is_one_finding(copied: Engine, seq: int) -> None:
    engine, full = copied, Log.open(copied)
    raw = full.entry(seq).raw.replace(b"user:1", b"user:2")
    spoil(engine, "UPDATE ledger_entry SET raw = :raw WHERE seq = :seq", raw=raw, seq=seq)
    assert first(engine) == ("verify.entry_changed", "tree", seq)
    report = verify_log(engine)
    assert report.findings[0].found == leaf_hash(raw).hex()
    assert [problem.index for problem in report.findings if problem.layer == Layer.TREE] == [seq]


@pytest.mark.parametrize("seq", [0, 5, 255, 256, 511])
def test_a_changed_leaf_column_is_told_from_a_changed_entry(copied: Engine, seq: int) -> None:
    engine = copied
    leaf = bytes(32)
    spoil(engine, "UPDATE ledger_entry SET leaf = :leaf WHERE seq = :seq", leaf=leaf, seq=seq)
    assert first(engine) == ("verify.leaf_changed", "tree", seq)
    assert len(verify_log(engine).findings) == 1


def test_a_leaf_column_changed_at_the_edge_is_found(engine: Engine, full: Log) -> None:
    spoil(engine, "UPDATE ledger_entry SET leaf = :leaf WHERE seq = 550", leaf=bytes(32))
    assert first(engine)[1:] == ("tree", 550)


@pytest.mark.parametrize("seq", [5, 300, 550])
def test_an_entry_rewritten_with_its_leaf_breaks_the_chain_at_the_next(
    engine: Engine, full: Log, seq: int
) -> None:
    raw = full.entry(seq).raw.replace(b"user:1", b"user:2")
    spoil(
        engine,
        "UPDATE ledger_entry SET raw = :raw, leaf = :leaf WHERE seq = :seq",
        raw=raw,
        leaf=leaf_hash(raw),
        seq=seq,
    )
    findings = verify_log(engine).findings
    layers = {(problem.layer.value, problem.index) for problem in findings}
    assert ("chain", seq + 1) in layers
    assert min(problem.index for problem in findings if problem.index is not None) in (seq, seq + 1)
    assert any(problem.code == "verify.root_differs" for problem in findings)


def test_the_whole_log_rewritten_without_the_key_differs_from_what_was_signed(
    engine: Engine, full: Log
) -> None:
    # Someone rewrites the last entry with everything derived from it: only the signature is left.
    raw = full.entry(599).raw.replace(b"user:1", b"user:2")
    leaf = leaf_hash(raw)
    spoil(
        engine,
        "UPDATE ledger_entry SET raw = :raw, leaf = :leaf WHERE seq = 599",
        raw=raw,
        leaf=leaf,
    )
    report = verify_log(engine)
    assert "verify.root_differs" in {problem.code for problem in report.findings}
    assert report.signed_size < 600


@pytest.mark.parametrize(
    ("statement", "expected"),
    [
        (
            "UPDATE ledger_payload SET data = :bytes WHERE seq = 5",
            ("verify.payload_changed", "payload", 5),
        ),
        (
            "UPDATE ledger_payload SET salt = :bytes WHERE seq = 5",
            ("verify.payload_changed", "payload", 5),
        ),
        ("DELETE FROM ledger_payload WHERE seq = 5", ("verify.payload_missing", "payload", 5)),
        (
            "INSERT INTO ledger_payload (log_id, seq, salt, data) VALUES (1, 7, :bytes, :bytes)",
            ("verify.payload_present_after_erasure", "payload", 7),
        ),
        (
            "INSERT INTO ledger_payload (log_id, seq, salt, data) VALUES (1, 0, :bytes, :bytes)",
            ("verify.payload_unasked", "payload", 0),
        ),
        (
            "INSERT INTO ledger_payload (log_id, seq, salt, data) VALUES (1, 999, :bytes, :bytes)",
            ("verify.payload_unasked", "payload", None),
        ),
        ("DELETE FROM ledger_erased WHERE seq = 7", ("verify.erasure_wrong", "payload", 7)),
        (
            "UPDATE ledger_tile SET data = :bytes WHERE tile = 1",
            ("verify.tile_changed", "tree", 256),
        ),
        (
            "UPDATE ledger_tile SET root = :bytes WHERE tile = 0",
            ("verify.tile_changed", "tree", 0),
        ),
        (
            "UPDATE ledger_tile SET middle = :bytes WHERE tile = 0",
            ("verify.tile_changed", "tree", 0),
        ),
        ("DELETE FROM ledger_tile WHERE tile = 1", ("verify.tile_missing", "tree", 256)),
        ("DELETE FROM ledger_entry WHERE seq = 20", ("verify.entry_missing", "tree", 20)),
        ("DELETE FROM ledger_entry WHERE seq = 599", ("verify.entry_missing", "tree", 599)),
        ("DELETE FROM ledger_entry WHERE seq = 0", ("verify.entry_missing", "tree", 0)),
        (
            "UPDATE ledger_entry SET key = 'other' WHERE seq = 20",
            ("verify.column_changed", "tree", 20),
        ),
        (
            "UPDATE ledger_stream_head SET n = 1 WHERE stream = 'lot:3'",
            ("verify.stream_head_changed", "stream", 598),
        ),
        (
            "DELETE FROM ledger_stream_head WHERE stream = 'lot:3'",
            ("verify.stream_head_changed", "stream", 598),
        ),
        (
            "DELETE FROM ledger_stream_link WHERE seq = 40 AND slot = 1",
            ("verify.stream_index_changed", "stream", 40),
        ),
        (
            "UPDATE ledger_stream_link SET prev_seq = 4 WHERE seq = 40 AND slot = 0",
            ("verify.stream_index_changed", "stream", 40),
        ),
        (
            "INSERT INTO ledger_stream_link VALUES (1, 40, 9, 1, 1)",
            ("verify.stream_index_changed", "stream", 40),
        ),
        (
            "UPDATE ledger_log SET root = :bytes",
            ("verify.head_row_changed", "tree", None),
        ),
        ("UPDATE ledger_log SET frontier = root", ("verify.head_row_changed", "tree", None)),
        ("UPDATE ledger_log SET head_leaf = root", ("verify.head_row_changed", "tree", None)),
        ("UPDATE ledger_log SET head_time = 'never'", ("verify.head_row_changed", "tree", None)),
        ("UPDATE ledger_log SET size = 599", ("verify.truncated", "tree", 599)),
        ("UPDATE ledger_log SET size = 601", ("verify.entry_missing", "tree", 600)),
        (
            "UPDATE ledger_checkpoint SET size = 5",
            ("verify.column_changed", "signature", None),
        ),
        (
            "UPDATE ledger_checkpoint SET note = replace(note, '600', '599')",
            ("verify.column_changed", "signature", None),
        ),
        ("DELETE FROM ledger_checkpoint", ("verify.no_checkpoint", "signature", None)),
        ("DELETE FROM ledger_log_key", ("verify.key_table_changed", "signature", None)),
    ],
)
def test_each_change_is_named(
    copied: Engine, statement: str, expected: tuple[str, str, int | None]
) -> None:
    engine = copied
    values: dict[str, object] = {"bytes": b"spoiled"} if ":bytes" in statement else {}
    spoil(engine, statement, **values)
    code, layer, _ = expected
    found = {
        (problem.code, problem.layer.value, problem.index)
        for problem in verify_log(engine).findings
    }
    if code == "verify.stream_head_changed":
        assert (code, layer) in {item[:2] for item in found}
    else:
        assert expected in found
    for problem in verify_log(engine).findings:
        assert problem.text("zh")
        assert problem.text("en")
        assert "invalid" not in problem.text("en")


def test_changes_are_named_on_either_database(engine: Engine, full: Log) -> None:
    changes = {
        "UPDATE ledger_payload SET salt = :bytes WHERE seq = 5": "verify.payload_changed",
        "DELETE FROM ledger_payload WHERE seq = 6": "verify.payload_missing",
        "UPDATE ledger_tile SET middle = :bytes WHERE tile = 0": "verify.tile_changed",
        "DELETE FROM ledger_entry WHERE seq = 20": "verify.entry_missing",
        "UPDATE ledger_stream_head SET n = 1 WHERE stream = 'lot:3'": "verify.stream_head_changed",
        "UPDATE ledger_stream_link SET prev_seq = 4 WHERE seq = 40 AND slot = 1": (
            "verify.stream_index_changed"
        ),
        "UPDATE ledger_log SET head_leaf = :bytes": "verify.head_row_changed",
        "DELETE FROM ledger_checkpoint": "verify.no_checkpoint",
    }
    for statement, code in changes.items():
        values: dict[str, object] = {"bytes": b"spoiled"} if ":bytes" in statement else {}
        spoil(engine, statement, **values)
        assert code in {problem.code for problem in verify_log(engine).findings}


def test_a_log_cut_short_is_seen_against_the_checkpoint_beside_the_key(
    engine: Engine, full: Log, key_dir: Path
) -> None:
    held = checkpoint_path(key_dir, ORIGIN).read_text()
    cut_to_one(engine, full)
    assert first(engine, key_dir=key_dir)[0] == "verify.truncated"
    assert first(engine, earlier=[held])[0] == "verify.truncated"


def test_a_checkpoint_by_another_key_does_not_hold(engine: Engine, full: Log) -> None:
    from audit.ledger.checkpoint import body
    from audit.ledger.note import sign_note

    forged = sign_note(body(ORIGIN, 600, full.root()), [KeySigner.generate(ORIGIN)])
    spoil(engine, "UPDATE ledger_checkpoint SET note = :note WHERE number = 2", note=forged)
    assert first(engine) == ("verify.signature_wrong", "signature", None)
    assert verify_log(engine, earlier=[forged]).findings[0].code == "verify.signature_wrong"


def test_a_key_that_the_log_never_had_is_not_trusted(engine: Engine, full: Log) -> None:
    other = KeySigner.generate(ORIGIN)
    assert first(engine, fingerprints=[fingerprint(other.vkey)]) == (
        "verify.other_key",
        "signature",
        None,
    )


def test_a_fork_of_a_stream_inside_signed_entries_is_found(engine: Engine, log: Log) -> None:
    """A dishonest server numbers a stream anew; everything else it makes is consistent."""
    log.append(draft("a", "lot:1"), draft("b", "lot:1"))
    log._writer._heads["lot:1"] = (0, log.entry(1).leaf, 1, 0)
    log.append(draft("c", "lot:1"), draft("d", "lot:1"))
    log.checkpoint()
    code, layer, index = first(engine)
    assert (code, layer, index) == ("verify.stream_broken", "stream", 3)


def test_a_gap_in_a_stream_across_ranges_is_found(engine: Engine, log: Log) -> None:
    fill(log, 300, streams=1)
    log._writer._heads["lot:0"] = (400, log.entry(300).leaf, 300, 0)
    log.append(draft("after", "lot:0"))
    log.checkpoint()
    found = verify_log(engine, step=256).findings
    assert ("verify.stream_broken", 301) in {(p.code, p.index) for p in found}


def test_a_wrong_heads_root_is_found(
    engine: Engine, log: Log, monkeypatch: pytest.MonkeyPatch
) -> None:
    fill(log, 20)

    def all_but_one(cursor: Any) -> Any:
        return list(type(log._rows).all_heads(log._rows, cursor))[1:]

    monkeypatch.setattr(log._rows, "all_heads", all_but_one)
    log.append_stream_heads("user:1")
    log.checkpoint()
    found = {(p.code, p.layer.value, p.index, p.subject) for p in verify_log(engine).findings}
    assert found == {
        ("verify.heads_wrong", "heads", 21, "count"),
        ("verify.heads_wrong", "heads", 21, "root"),
    }


def test_duplicate_keys_in_an_entry_are_found_even_when_signed(engine: Engine, full: Log) -> None:
    raw = full.entry(5).raw
    doubled = b'{"actor":"user:9",' + raw[1:]
    assert orjson.loads(doubled) == orjson.loads(raw)
    spoil(
        engine,
        "UPDATE ledger_entry SET raw = :raw, leaf = :leaf WHERE seq = 5",
        raw=doubled,
        leaf=leaf_hash(doubled),
    )
    found = {(p.code, p.index) for p in verify_log(engine).findings}
    assert ("verify.entry_malformed", 5) in found


def test_a_growing_log_verifies_at_the_size_where_it_began(
    engine: Engine, full: Log, open_log: Callable[..., Log]
) -> None:
    fill(full, 50)
    report = verify_log(engine)
    assert report.findings == ()
    assert (report.size, report.signed_size) == (650, 600)


def test_a_log_of_one_entry_verifies(engine: Engine, log: Log) -> None:
    assert verify_log(engine).ok


@pytest.mark.slow
def test_upper_tiles_are_checked(engine: Engine, log: Log) -> None:
    for first_key in range(0, 66_000, 4_000):
        log.append(*(draft(f"k{n}", data=None) for n in range(first_key, first_key + 4_000)))
    log.checkpoint()
    assert verify_log(engine, step=16_384).findings == ()
    spoil(engine, "UPDATE ledger_tile SET middle = :x WHERE level = 1", x=b"")
    assert first(engine) == ("verify.tile_changed", "tree", 0)
