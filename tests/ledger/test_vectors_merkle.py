"""Public vectors of trees and proofs: transparency-dev (merkle, tessera) and sigstore."""

from __future__ import annotations

import json
from base64 import b64decode
from pathlib import Path
from typing import Any

import pytest

from audit.ledger.checkpoint import open_checkpoint
from audit.ledger.merkle import (
    EMPTY_ROOT,
    Frontier,
    consistency_proof,
    inclusion_proof,
    leaf_hash,
    node_hash,
    root_of,
    verify_consistency,
    verify_inclusion,
)
from audit.ledger.note import parse_vkey
from audit.ledger.tiles import TileNodes, fold
from base.errors import IntegrityBroken


def nodes_over(leaves: list[bytes]) -> TileNodes:
    """Our stored-tree reader over leaf hashes in memory."""

    def edge(level: int, start: int, stop: int) -> list[bytes]:
        width = 256**level
        return [fold(leaves[at * width : (at + 1) * width]) for at in range(start, stop)]

    return TileNodes(lambda _level, _index: None, edge)


def holds(verify: Any, *arguments: Any) -> bool:
    try:
        verify(*arguments)
    except IntegrityBroken:
        return False
    return True


def hashes(values: list[str] | None) -> list[bytes]:
    return [b64decode(value) for value in values or []]


def test_inclusion_vectors(vectors: Path) -> None:
    files = sorted((vectors / "transparency-dev+merkle/testdata/inclusion").rglob("*.json"))
    seen = {True: 0, False: 0}
    for file in files:
        case = json.loads(file.read_text())
        ok = holds(
            verify_inclusion,
            b64decode(case["leafHash"] or ""),
            case["leafIdx"],
            case["treeSize"],
            hashes(case["proof"]),
            b64decode(case["root"] or ""),
        )
        assert ok == (not case["wantErr"]), file
        seen[ok] += 1
    assert seen[True] >= 2
    assert seen[False] >= 20


def test_consistency_vectors(vectors: Path) -> None:
    files = sorted((vectors / "transparency-dev+merkle/testdata/consistency").rglob("*.json"))
    seen = {True: 0, False: 0}
    for file in files:
        case = json.loads(file.read_text())
        ok = holds(
            verify_consistency,
            case["size1"],
            case["size2"],
            b64decode(case["root1"] or ""),
            b64decode(case["root2"] or ""),
            hashes(case["proof"]),
        )
        assert ok == (not case["wantErr"]), file
        seen[ok] += 1
    assert seen[True] >= 2
    assert seen[False] >= 20


def test_the_known_tree_of_rfc_6962(vectors: Path) -> None:
    known = json.loads((vectors / "transparency-dev+merkle/rfc6962_known_tree.json").read_text())
    leaves = [leaf_hash(bytes.fromhex(text)) for text in known["leaves_hex"]]
    assert [leaf.hex() for leaf in leaves] == known["node_hashes"][0]
    frontier = Frontier()
    for size in range(len(leaves) + 1):
        assert frontier.root().hex() == known["roots_by_size"][size]
        assert [node.hex() for node in frontier.nodes] == known["compact_range_by_size"][size]
        assert root_of(leaves[:size]) == frontier.root()
        if size < len(leaves):
            frontier.push(leaves[size])
    nodes = nodes_over(leaves)
    for height, row in enumerate(known["node_hashes"]):
        assert [nodes(height, index).hex() for index in range(len(row))] == row
    for case in known["inclusion_proofs"]:
        proof = inclusion_proof(nodes, case["index"], case["size"])
        assert [value.hex() for value in proof] == case["proof"]
    for case in known["consistency_proofs"]:
        proof = consistency_proof(nodes, case["size1"], case["size2"])
        assert [value.hex() for value in proof] == case["proof"]
    hasher = known["hasher"]
    assert EMPTY_ROOT.hex() == hasher["empty_root"]
    assert leaf_hash(b"").hex() == hasher["empty_leaf"]
    assert leaf_hash(b"L123456").hex() == hasher["leaf_L123456"]
    assert node_hash(b"N123", b"N456").hex() == hasher["node_N123_N456"]


def test_tesseras_log_rebuilt_by_our_tree(vectors: Path) -> None:
    folder = vectors / "transparency-dev+tessera"
    known = json.loads((folder / "log_keys_and_entries.json").read_text())
    key = parse_vkey(known["vkey"])
    leaves = [leaf_hash(entry.encode()) for entry in known["entries_in_order"]]
    nodes = nodes_over(leaves)
    roots: dict[int, bytes] = {}
    for file in (folder / "testdata/log").glob("checkpoint.*"):
        checkpoint = open_checkpoint(file.read_text(), [key], known["origin"])
        size = checkpoint.size
        assert file.name == f"checkpoint.{size}"
        assert root_of(leaves[:size]) == checkpoint.root
        roots[size] = checkpoint.root
        tile = folder / f"testdata/log/tile/0/000.p/{size}"
        if tile.exists():
            assert b"".join(leaves[:size]) == tile.read_bytes()
    assert len(roots) >= 5
    for new, root in roots.items():
        for index in range(new):
            proof = inclusion_proof(nodes, index, new)
            verify_inclusion(leaves[index], index, new, proof, root)
        for old in roots:
            if 0 < old <= new:
                proof = consistency_proof(nodes, old, new)
                verify_consistency(old, new, roots[old], root, proof)


def test_sigstores_inclusion_proofs_and_checkpoints(vectors: Path) -> None:
    folder = vectors / "sigstore+sigstore-conformance/test/assets/bundle-verify"
    refused = {
        "bundle-empty-certificate-chain_fail",
        "bundle-invalid-base64-signature_fail",
        "inclusion-proof-corrupted-hash_fail",
        "incorrect-public-key_fail",
        "invalid-inclusion-proof_fail",
    }
    checked = 0
    for file in sorted(folder.glob("*/bundle.sigstore.json")):
        try:
            bundle = json.loads(file.read_text())
        except json.JSONDecodeError:
            continue
        material = bundle.get("verificationMaterial", {})
        for entry in material.get("tlogEntries", []):
            proof = entry.get("inclusionProof")
            if not proof or "canonicalizedBody" not in entry:
                continue
            ok = holds(
                verify_inclusion,
                leaf_hash(b64decode(entry["canonicalizedBody"])),
                int(proof["logIndex"]),
                int(proof["treeSize"]),
                hashes(proof.get("hashes")),
                b64decode(proof["rootHash"]),
            )
            assert ok == (file.parent.name not in refused), file.parent.name
            checked += 1
    assert checked >= 10


@pytest.mark.parametrize(
    ("size1", "size2", "proof"),
    [(0, 0, []), (0, 5, []), (0, 5, [bytes(32)]), (5, 5, [bytes(32)]), (6, 5, [])],
)
def test_size_0_and_equal_sizes_with_a_junk_proof_are_refused(
    size1: int, size2: int, proof: list[bytes]
) -> None:
    root = bytes(32)
    assert not holds(verify_consistency, size1, size2, root, root, proof)
