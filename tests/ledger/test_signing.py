"""Keys, checkpoints and rotation: what is signed, and what refuses to be."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from sqlalchemy import Engine

from audit.ledger import KeySigner, Log, create_key, load_signer, verify_log
from audit.ledger.checkpoint import body, open_checkpoint, read_unverified
from audit.ledger.keys import checkpoint_path, keep_checkpoint, make_current, write_durably
from audit.ledger.merkle import leaf_hash
from audit.ledger.note import fingerprint, open_note, parse_vkey, sign_note
from audit.ledger.proofs import parse_proof
from audit.ledger.rotation import statement, verify_rotation
from base.errors import IntegrityBroken, Misuse, Refused, Unavailable
from tests.ledger.making import ORIGIN, cut_to_one, draft, fill, spoil


def test_a_key_is_encrypted_owner_only_and_comes_back(tmp_path: Path) -> None:
    signer = create_key(tmp_path / "keys", ORIGIN, "correct horse")
    (pem,) = (tmp_path / "keys").glob("*.pem")
    assert pem.stat().st_mode & 0o777 == 0o600
    assert b"ENCRYPTED PRIVATE KEY" in pem.read_bytes()
    again = load_signer(tmp_path / "keys", "correct horse")
    assert again.vkey == signer.vkey
    assert parse_vkey(signer.vkey).holds(b"text", again.sign(b"text"))
    assert "PrivateKey" not in repr(again)


def test_a_wrong_passphrase_a_readable_file_and_no_file_are_not_available(tmp_path: Path) -> None:
    create_key(tmp_path, ORIGIN, "correct horse")
    with pytest.raises(Unavailable):
        load_signer(tmp_path, "battery staple")
    (pem,) = tmp_path.glob("*.pem")
    pem.chmod(0o640)
    with pytest.raises(Unavailable, match="640"):
        load_signer(tmp_path, "correct horse")
    with pytest.raises(Unavailable):
        load_signer(tmp_path / "none", "correct horse")
    with pytest.raises(Misuse):
        create_key(tmp_path, ORIGIN, "")


def test_a_key_file_under_another_keys_name_is_not_taken(tmp_path: Path) -> None:
    one = create_key(tmp_path, ORIGIN, "p")
    two = create_key(tmp_path, ORIGIN, "p")
    files = {key: tmp_path / f"{key.verifier.key_id.hex()}.pem" for key in (one, two)}
    shutil.copy(files[two], files[one])
    with pytest.raises(Unavailable, match="another key"):
        load_signer(tmp_path, "p", vkey=one.vkey)
    assert load_signer(tmp_path, "p", vkey=two.vkey).vkey == two.vkey


def test_a_file_is_replaced_whole_or_not_at_all(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "checkpoint"
    write_durably(path, b"old")
    synced: list[int] = []
    monkeypatch.setattr(os, "fsync", synced.append)
    write_durably(path, b"new")
    assert len(synced) == 2  # the file and its folder

    def fails(_handle: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", fails)
    with pytest.raises(OSError, match="No space"):
        write_durably(path, b"half")
    assert path.read_bytes() == b"new"
    assert [file.name for file in tmp_path.iterdir()] == ["checkpoint"]


def test_a_checkpoint_is_signed_kept_beside_the_key_and_verifies(
    log: Log, signer: KeySigner, key_dir: Path
) -> None:
    fill(log, 20)
    checkpoint = log.checkpoint()
    opened = open_checkpoint(checkpoint.note, [signer.verifier], ORIGIN)
    assert (opened.size, opened.root) == (21, log.root())
    assert checkpoint_path(key_dir, ORIGIN).read_text() == checkpoint.note
    assert log.last_checkpoint() == checkpoint
    assert [kept.size for kept in log.checkpoints()] == [1, 21]


def test_nothing_new_is_signed_while_the_log_has_not_grown(log: Log) -> None:
    assert log.checkpoint() == log.checkpoint()
    assert len(log.checkpoints()) == 1


def test_an_old_database_put_back_refuses_to_sign(
    engine: Engine, log: Log, open_log: Callable[..., Log]
) -> None:
    fill(log, 20)
    log.checkpoint()
    cut_to_one(engine, log)
    with pytest.raises(IntegrityBroken) as refused:
        open_log()
    assert (refused.value.code, refused.value.exit_code) == ("ledger.rolled_back", 3)
    with pytest.raises(IntegrityBroken):
        log.checkpoint()


def test_an_old_database_that_grew_again_differently_refuses_to_sign(
    engine: Engine, log: Log, open_log: Callable[..., Log]
) -> None:
    fill(log, 20)
    log.checkpoint()
    cut_to_one(engine, log)
    other = open_log(key_dir=None, signer=None)
    fill(other, 30, streams=3)
    other.close()
    with pytest.raises(IntegrityBroken) as refused:
        log.checkpoint()
    assert refused.value.code == "ledger.inconsistent"


@pytest.mark.parametrize("seq", [21, 30, 40])
def test_an_entry_changed_before_signing_is_read_back_and_not_signed(
    engine: Engine, log: Log, seq: int
) -> None:
    fill(log, 20)
    log.checkpoint()
    fill(log, 20)
    raw = log.entry(seq).raw.replace(b"user:1", b"user:2")
    spoil(engine, "UPDATE ledger_entry SET raw = :raw WHERE seq = :seq", raw=raw, seq=seq)
    with pytest.raises(IntegrityBroken) as refused:
        log.checkpoint()
    assert refused.value.code == "ledger.not_as_hashed"
    assert refused.value.params["seq"] == seq
    spoil(
        engine,
        "UPDATE ledger_entry SET leaf = :leaf WHERE seq = :seq",
        leaf=leaf_hash(raw),
        seq=seq,
    )
    with pytest.raises(IntegrityBroken):
        log.checkpoint()
    assert log.last_checkpoint().size == 21  # type: ignore[union-attr]


def test_a_head_row_that_the_entries_do_not_give_is_not_signed(engine: Engine, log: Log) -> None:
    fill(log, 20)
    spoil(engine, "UPDATE ledger_log SET root = :root", root=bytes(32))
    with pytest.raises(IntegrityBroken):
        log.checkpoint()
    with pytest.raises(IntegrityBroken):
        Log.open(engine).append(draft("more"))


def test_a_missing_checkpoint_beside_the_key_refuses(
    log: Log, key_dir: Path, open_log: Callable[..., Log]
) -> None:
    held = checkpoint_path(key_dir, ORIGIN)
    note = held.read_text()
    held.unlink()
    with pytest.raises(IntegrityBroken) as refused:
        open_log()
    assert refused.value.code == "ledger.checkpoint_missing"
    keep_checkpoint(key_dir, ORIGIN, note)
    assert open_log().checkpoint().size == 1


def test_a_forged_checkpoint_beside_the_key_refuses(
    log: Log, key_dir: Path, open_log: Callable[..., Log]
) -> None:
    forged = sign_note(body(ORIGIN, 1, log.root()), [KeySigner.generate(ORIGIN)])
    keep_checkpoint(key_dir, ORIGIN, forged)
    with pytest.raises(IntegrityBroken):
        open_log()


def test_a_crash_between_keeping_and_storing_a_checkpoint_is_harmless(
    engine: Engine, log: Log, monkeypatch: pytest.MonkeyPatch
) -> None:
    from audit.ledger import signing

    fill(log, 5)

    def crash(*_arguments: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as broken:
        broken.setattr(signing, "_store", crash)
        with pytest.raises(KeyboardInterrupt):
            log.checkpoint()
    assert [kept.size for kept in log.checkpoints()] == [1]
    fill(log, 5)
    assert log.checkpoint().size == 11
    assert verify_log(engine).ok


def test_signing_without_a_signer_or_with_another_key_is_refused(
    log: Log, open_log: Callable[..., Log]
) -> None:
    with pytest.raises(Misuse):
        open_log(signer=None).checkpoint()
    log.append(draft("a"))
    with pytest.raises(Refused) as refused:
        open_log(signer=KeySigner.generate(ORIGIN)).checkpoint()
    assert refused.value.code == "ledger.not_the_key"


def test_a_rotation_is_signed_by_both_keys_and_verifies(
    engine: Engine, log: Log, signer: KeySigner, open_log: Callable[..., Log]
) -> None:
    fill(log, 10)
    new = KeySigner.generate(ORIGIN)
    entry = log.rotate_key(new, "user:1")
    assert entry.kind == "log.key_rotated"
    assert entry.ledger is not None
    assert verify_rotation(entry.ledger["note"], ORIGIN, signer.verifier)[0] == new.verifier
    both = log.last_checkpoint()
    assert both is not None
    assert len(open_note(both.note, [signer.verifier, new.verifier]).verified) == 2
    fill(log, 10)
    after = log.checkpoint()
    with pytest.raises(IntegrityBroken):
        open_checkpoint(after.note, [signer.verifier], ORIGIN)
    open_checkpoint(after.note, [new.verifier], ORIGIN)
    for key in (signer, new):
        assert verify_log(engine, fingerprints=[fingerprint(key.vkey)]).ok
    assert log.verifiers() == [signer.verifier, new.verifier]
    with pytest.raises(Refused):
        open_log(signer=signer).checkpoint()
    assert open_log(signer=new).checkpoint().size == 22


def test_rotating_to_the_same_key_or_another_name_is_refused(log: Log, signer: KeySigner) -> None:
    for bad in (signer, KeySigner.generate("other.example/log")):
        with pytest.raises(Misuse):
            log.rotate_key(bad, "user:1")


def test_a_rotation_that_the_old_key_did_not_sign_is_found(
    engine: Engine, log: Log, monkeypatch: pytest.MonkeyPatch
) -> None:
    from audit.ledger import rotation

    thief, new = KeySigner.generate(ORIGIN), KeySigner.generate(ORIGIN)
    text_ = statement(ORIGIN, 1, log.root(), new.vkey)
    for signers in ([new], [thief, new]):
        with pytest.raises(IntegrityBroken):
            verify_rotation(sign_note(text_, signers), ORIGIN, log.verifiers()[0])
    real = sign_note
    monkeypatch.setattr(rotation, "sign_note", lambda text, signers: real(text, signers[1:]))
    log.rotate_key(new, "user:1")
    codes = {problem.code for problem in verify_log(engine).findings}
    assert "verify.rotation_wrong" in codes


def test_the_current_key_is_chosen_by_the_key_directory(tmp_path: Path) -> None:
    one = create_key(tmp_path, ORIGIN, "p")
    two = create_key(tmp_path, ORIGIN, "p")
    assert load_signer(tmp_path, "p").vkey == one.vkey
    make_current(tmp_path, two.vkey)
    assert load_signer(tmp_path, "p").vkey == two.vkey


def test_rotation_makes_the_new_key_current_where_it_is_kept(
    engine: Engine, tmp_path: Path
) -> None:
    keys = tmp_path / "k"
    first = create_key(keys, ORIGIN, "p")
    log = Log.create(engine, origin=ORIGIN, signer=first, key_dir=keys, actor="user:1")
    second = create_key(keys, ORIGIN, "p")
    log.rotate_key(second, "user:1")
    assert load_signer(keys, "p").vkey == second.vkey
    log.close()


def test_a_proof_text_is_believed_only_through_the_checkpoints_signature(
    log: Log, signer: KeySigner
) -> None:
    fill(log, 30)
    checkpoint = log.checkpoint()
    proof = parse_proof(log.proof_text(7, checkpoint))
    leaf = log.entry(7).leaf
    assert proof.verify(leaf, [signer.verifier], ORIGIN).size == 31
    thief = KeySigner.generate(ORIGIN)
    forged = parse_proof(
        str(proof).replace(checkpoint.note, sign_note(body(ORIGIN, 31, log.root()), [thief]))
    )
    for bad, error in (
        (forged, "ledger.no_verifiable_signature"),
        (parse_proof(str(proof).replace("index 7", "index 8")), "ledger.bad_proof"),
    ):
        with pytest.raises(IntegrityBroken) as refused:
            bad.verify(leaf, [signer.verifier], ORIGIN)
        assert refused.value.code == error
    with pytest.raises(IntegrityBroken):
        proof.verify(leaf, [signer.verifier], "another.example/log/1")
    with pytest.raises(IntegrityBroken):
        proof.verify(log.entry(8).leaf, [signer.verifier], ORIGIN)


def test_further_signature_lines_do_not_disturb_a_checkpoint(log: Log, signer: KeySigner) -> None:
    witness = KeySigner.generate("witness.example/w1")
    note = log.checkpoint().note
    cosigned = note + sign_note(read_unverified(note).origin + "\n", [witness]).split("\n\n")[1]
    opened = open_checkpoint(cosigned, [signer.verifier], ORIGIN)
    assert len(opened.lines) == 2


def test_a_note_with_loose_base64_is_refused(log: Log, signer: KeySigner) -> None:
    note = log.checkpoint().note
    for bad in (note[:-1] + "=\n", note.replace("=\n", "\n"), note[:-1] + " \n"):
        with pytest.raises(IntegrityBroken):
            open_checkpoint(bad, [signer.verifier], ORIGIN)
