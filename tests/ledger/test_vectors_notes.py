"""Public vectors of signed notes, checkpoints and proof texts."""

from __future__ import annotations

import json
from base64 import b64decode
from hashlib import new as new_hash
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import load_der_public_key

from audit.ledger import KeySigner
from audit.ledger.checkpoint import body, open_checkpoint, parse_body, read_unverified
from audit.ledger.note import Verifier, open_note, parse_note, parse_vkey
from audit.ledger.proofs import parse_proof
from base.errors import IntegrityBroken, Misuse


def load(path: Path) -> Any:
    if not path.exists():
        pytest.skip(f"no {path.name} in this set of vectors")
    return json.loads(path.read_text())


def test_gos_notes_open_as_go_opens_them(vectors: Path) -> None:
    cases = load(vectors / "golang+mod/note_open.json")["cases"]
    for case in cases:
        raw = case["note"] if "note" in case else b64decode(case["note_b64"])
        keys = [parse_vkey(text) for text in case["vkeys"]]
        if case["expect"] == "ok":
            opened = open_note(raw, keys)
            assert [line.name for line in opened.verified] == case["verified"], case["id"]
            assert [line.name for line in opened.unverified] == case["unverified"], case["id"]
        else:
            with pytest.raises(IntegrityBroken):
                open_note(raw, keys)
    assert len(cases) >= 5


def test_gos_keys_and_every_piece_and_mangling_of_one(vectors: Path) -> None:
    keys = load(vectors / "golang+mod/note_keys.json")
    for text in keys["vkey_ok"]:
        assert parse_vkey(text).vkey == text
    for bad in keys.get("vkey_bad", []):
        with pytest.raises(Misuse):
            parse_vkey(bad if isinstance(bad, str) else bad["vkey"])


def test_every_piece_and_every_mangling_of_a_key_is_refused() -> None:
    text = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW"
    assert parse_vkey(text).vkey == text
    whole = len(text)
    pieces = [text[a:b] for a in range(whole) for b in range(a, whole) if (a, b) != (0, whole)]
    mangled = [text[:at] + chr(ord(text[at]) + 1) + text[at + 1 :] for at in range(whole)]
    for bad in pieces + mangled:
        with pytest.raises(Misuse):
            parse_vkey(bad)


def test_the_examples_of_the_c2sp_specifications(vectors: Path) -> None:
    examples = load(vectors / "C2SP+C2SP/spec_examples.json")
    example = examples["note_verifies"]
    opened = open_note(example["note"], [parse_vkey(example["vkey"])])
    assert opened.text == "This is an example message.\n"
    paragraphs = parse_note(examples["note_parse_only"])
    assert paragraphs.text.count("\n\n") == 1
    assert [line.name for line in paragraphs.lines] == ["quasimodo.example/salvatore"]
    wanted = examples["checkpoint_parse"]
    text = body(wanted["origin"], wanted["size"], b64decode(wanted["root_b64"]))
    assert parse_body(text)[:2] == (wanted["origin"], wanted["size"])
    assert examples["cosignature_signed_message"].endswith(text)


def test_checkpoint_bodies(vectors: Path) -> None:
    cases = load(vectors / "transparency-dev+formats/checkpoint_body.json")
    for case in cases["bad"]:
        with pytest.raises(IntegrityBroken):
            parse_body(case["text"])
    # Their good cases have roots that are no hash; given one, the same lines are read.
    for case in cases["ok"]:
        with pytest.raises(IntegrityBroken):
            parse_body(case["text"])
        lines = case["text"].split("\n")
        lines[2] = "CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I="
        if "" in lines[3:-1]:
            continue
        origin, size, _, extensions = parse_body("\n".join(lines))
        assert (origin, size) == (case["origin"], case["size"])
        assert "".join(f"{line}\n" for line in extensions) == case.get("rest", "")


def test_proof_texts(vectors: Path) -> None:
    cases = load(vectors / "transparency-dev+formats/tlog_proof.json")
    for case in cases["ok"]:
        proof = parse_proof(case["text"])
        assert proof.index == case["index"]
        assert list(proof.hashes) == [b64decode(value) for value in case["hashes_b64"]]
        assert proof.checkpoint == case["checkpoint"]
        assert str(proof) == case["text"]
    for case in cases["bad"]:
        with pytest.raises(IntegrityBroken):
            parse_proof(case["text"])


def test_other_kinds_of_signature_are_never_taken_for_verified(vectors: Path) -> None:
    cases = load(vectors / "transparency-dev+formats/ecdsa_and_ct_notes.json")
    for bad in cases["vkey_bad"]:
        with pytest.raises(Misuse):
            parse_vkey(bad)
    for case in cases["ecdsa_ok"] + cases["ct_ok"]:
        with pytest.raises(Misuse):
            parse_vkey(case["vkey"])
        name = read_unverified(case["note"]).lines[0].name
        ours = Verifier(name, bytes(32))
        with pytest.raises(IntegrityBroken) as refused:
            open_note(case["note"], [ours])
        assert refused.value.code == "ledger.no_verifiable_signature"


def test_rekors_checkpoints(vectors: Path) -> None:
    folder = vectors / "sigstore+sigstore-conformance/test/assets/bundle-verify"
    seen = {True: 0, False: 0}
    for case in sorted(folder.glob("rekor2-*")):
        trusted = json.loads((case / "trusted_root.json").read_text())
        keys = []
        for log in trusted["tlogs"]:
            public = load_der_public_key(b64decode(log["publicKey"]["rawBytes"]))
            if log["publicKey"]["keyDetails"] == "PKIX_ED25519":
                host = log["baseUrl"].removeprefix("https://")
                keys.append(Verifier(host, public.public_bytes_raw()))  # type: ignore[union-attr]
        bundle = json.loads((case / "bundle.sigstore.json").read_text())
        for entry in bundle["verificationMaterial"].get("tlogEntries", []):
            envelope = entry.get("inclusionProof", {}).get("checkpoint", {}).get("envelope")
            if envelope is None:
                continue
            try:
                checkpoint = open_checkpoint(envelope, keys, envelope.split("\n")[0])
                root = b64decode(entry["inclusionProof"]["rootHash"])
                ok = checkpoint.root == root
            except IntegrityBroken:
                ok = False
            wrong = case.name.startswith("rekor2-checkpoint-") and case.name.endswith("_fail")
            assert ok == (not wrong), case.name
            seen[ok] += 1
    assert seen[True] >= 2
    assert seen[False] >= 1


def test_sm3_is_the_published_one(vectors: Path) -> None:
    lines = (vectors / "pyca+cryptography_vectors/SM3-oscca.txt").read_text().splitlines()
    fields = [line.split(" = ") for line in lines if " = " in line]
    cases = 0
    length, data = 0, b""
    for name, value in fields:
        if name == "Len":
            length = int(value)
        elif name == "Msg":
            data = bytes.fromhex(value)[: length // 8]
        else:
            assert new_hash("sm3", data).hexdigest() == value
            cases += 1
    assert cases >= 5


def test_what_ed25519_accepts_at_its_edges_is_what_it_accepted(vectors: Path) -> None:
    """Not right or wrong: another outcome after an upgrade means that two verifiers may disagree
    about an old signature. A residue of low order and a non-canonical R are never accepted."""
    cases = load(vectors / "C2SP+CCTV/ed25519/ed25519vectors.json")
    accepted: dict[str, int] = {}
    for case in cases:
        ok = Verifier("vector", bytes.fromhex(case["key"])).holds(
            case["msg"].encode(), bytes.fromhex(case["sig"])
        )
        for flag in case["flags"] or ["plain"]:
            accepted[flag] = accepted.get(flag, 0) + ok
            assert not (ok and flag in {"low_order_residue", "non_canonical_R"}), case["number"]
    if len(cases) == 914:
        whole = {"non_canonical_A": 36, "low_order_R": 99, "low_order_A": 122}
        assert {flag: accepted[flag] for flag in whole} == whole


def test_rfc_8032_signatures(vectors: Path) -> None:
    path = vectors / "pyca+cryptography_vectors/Ed25519-sign.input"
    if not path.exists():
        pytest.skip("no Ed25519-sign.input in this set of vectors")
    for line in path.read_text().splitlines():
        secret, public, text, signed = line.split(":")[:4]
        private = Ed25519PrivateKey.from_private_bytes(bytes.fromhex(secret[:64]))
        signature = bytes.fromhex(signed)[:64]
        assert KeySigner("n", private).sign(bytes.fromhex(text)) == signature
        assert Verifier("n", bytes.fromhex(public)).holds(bytes.fromhex(text), signature)
