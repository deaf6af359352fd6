"""The verifier's own arithmetic against published cases, the ledger's, and damage at random."""

from __future__ import annotations

import base64
import json
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from damage import CUT
from hand_log import HandLog, cut, pack, sample, seal, unpack, write
from hypothesis import given, settings
from hypothesis import strategies as st

from audit.ledger import merkle
from reports.verifier import verify_package
from reports.verifier.verify import (
    Broken,
    Checkpoint,
    Key,
    canonical,
    consistent,
    open_note,
    root_of_inclusion,
    signed_by,
    strict_json,
    tree_root,
)

LOT = "lot:di:069/A1"


def cases(samples: Path, kind: str) -> list[tuple[str, dict[str, Any]]]:
    folder = samples / "ledger-vectors" / "transparency-dev+merkle" / "testdata" / kind
    found = [(str(p.relative_to(folder)), json.loads(p.read_text()))
             for p in sorted(folder.rglob("*.json"))]  # fmt: skip
    assert len(found) > 40
    return found


def raw(text: str | None) -> bytes:
    return base64.b64decode(text or "")


def test_published_inclusion_cases_are_judged_as_published(samples: Path) -> None:
    for name, case in cases(samples, "inclusion"):
        proof = [raw(node) for node in case["proof"] or ()]
        leaf, root = raw(case["leafHash"]), raw(case["root"])
        sound = len(leaf) == len(root) == 32 and all(len(node) == 32 for node in proof)
        found = root_of_inclusion(leaf, case["leafIdx"], case["treeSize"], proof)
        assert (sound and found == root) == (not case["wantErr"]), name


def test_published_consistency_cases_are_judged_as_published(samples: Path) -> None:
    for name, case in cases(samples, "consistency"):
        proof = [raw(node) for node in case["proof"] or ()]
        roots = raw(case["root1"]), raw(case["root2"])
        sound = all(len(node) == 32 for node in (*proof, *roots))
        found = consistent(case["size1"], roots[0], case["size2"], roots[1], proof)
        assert (sound and found) == (not case["wantErr"]), name


def test_published_notes_are_opened_or_refused_as_published(samples: Path) -> None:
    path = samples / "ledger-vectors" / "golang+mod" / "note_open.json"
    for case in json.loads(path.read_text())["cases"]:
        note = case["note"].encode() if "note" in case else base64.b64decode(case["note_b64"])
        try:
            keys = [Key(vkey, case["id"]) for vkey in case["vkeys"]]
            text, signatures = open_note(note, case["id"])
            signed = [signed_by(key, text, signatures, case["id"]) for key in keys]
            good = any(signed)
        except Broken:
            good = False
        if case["expect"] == "ok":
            assert good, case["id"]
        elif "ambiguous" not in case["id"]:  # we hold one key, never two of one name and id
            assert not good, case["id"]


@settings(max_examples=80, deadline=None)
@given(st.integers(1, 70), st.data())
def test_the_ledger_and_the_verifier_agree_on_every_proof(size: int, data: st.DataObject) -> None:
    leaves = [merkle.leaf_hash(bytes([n])) for n in range(size)]
    assert tree_root(leaves) == merkle.root_of(leaves)

    def node(height: int, index: int) -> bytes:
        return merkle.root_of(leaves[index << height : (index + 1) << height])

    index = data.draw(st.integers(0, size - 1))
    proof = merkle.inclusion_proof(node, index, size)
    assert root_of_inclusion(leaves[index], index, size, proof) == tree_root(leaves)
    other = data.draw(st.integers(0, size - 1))
    if other != index:
        assert root_of_inclusion(leaves[index], other, size, proof) != tree_root(leaves)
    old = data.draw(st.integers(1, size))
    path = merkle.consistency_proof(node, old, size)
    assert consistent(old, tree_root(leaves[:old]), size, tree_root(leaves), path)
    if path:
        assert not consistent(old, tree_root(leaves[:old]), size, tree_root(leaves), path[:-1])


@given(st.text())
def test_a_checkpoint_of_any_text_is_read_or_refused(text: str) -> None:
    try:
        Checkpoint(text, "here")
    except Broken as broken:
        assert broken.layer == "signature"


@given(st.binary(max_size=200))
def test_json_of_any_bytes_is_read_or_refused(data: bytes) -> None:
    try:
        value = strict_json(data, "entry.profile", "here")
    except Broken as broken:
        assert broken.code == "entry.profile"
    else:
        assert json.loads(canonical(value)) == value


@cache
def whole() -> tuple[HandLog, dict[str, bytes]]:
    """A sound package, its files by path."""
    log = sample()
    with TemporaryDirectory() as folder:
        return log, unpack(write(log, cut(log, [LOT], [1]), Path(folder) / "p.zip").path)


@settings(max_examples=40, deadline=None)
@given(st.data())
def test_any_changed_byte_is_found_whatever_was_covered_up(data: st.DataObject) -> None:
    log, before = whole()
    files = dict(before)
    path = data.draw(st.sampled_from(sorted(files)))
    body = bytearray(files[path])
    at = data.draw(st.integers(0, max(0, len(body) - 1)))
    body[at : at + 1] = data.draw(st.binary(max_size=3))
    files[path] = bytes(body)
    cover = data.draw(st.sampled_from(["bare", "listed", "signed"]))
    if cover != "bare" and path.startswith("data/"):
        seal(files, log.signer if cover == "signed" else None, CUT)
    with TemporaryDirectory() as folder:
        target = pack(files, Path(folder) / "p.zip")
        verdict = verify_package(target, fingerprint=log.signer.fingerprint)
    derived = ("data/README", "data/verify", "data/originals/index", "data/records/")
    if files == before:
        assert verdict.ok
    elif not (cover == "signed" and path.startswith(derived)):
        # A forger with the key may write another README; nothing that is proved may change.
        assert verdict.broken is not None, (path, at)


@pytest.mark.parametrize("odd", [1, "x", [], {}, {"seqs": 1}, {"seqs": {"a": 1}}, {"size": "x"}])
def test_an_own_entry_of_an_odd_shape_is_refused_not_a_crash(odd: object, tmp_path: Path) -> None:
    log = sample()
    log.append("erasure", ledger=odd)  # type: ignore[arg-type]
    write(log, cut(log, [LOT]), tmp_path / "p.zip")
    verdict = verify_package(tmp_path / "p.zip")
    assert verdict.ok or verdict.broken is not None
