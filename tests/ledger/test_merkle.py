"""The tree against its own definition, and every way to spoil a proof."""

from __future__ import annotations

from hashlib import sha256

import pytest
from hypothesis import given
from hypothesis import strategies as st

from audit.ledger.merkle import (
    EMPTY_ROOT,
    Frontier,
    consistency_proof,
    frontier_of,
    inclusion_proof,
    leaf_hash,
    node_hash,
    perfect_nodes,
    root_of,
    verify_consistency,
    verify_inclusion,
)
from audit.ledger.tiles import Tile, TileNodes, TreeState, check_tile, edge_spans
from base.errors import IntegrityBroken, Misuse

LEAVES = [leaf_hash(b"%d" % n) for n in range(1_200)]


def mth(leaves: list[bytes]) -> bytes:
    """RFC 6962 2.1, word for word."""
    if not leaves:
        return EMPTY_ROOT
    if len(leaves) == 1:
        return leaves[0]
    split = 1
    while split * 2 < len(leaves):
        split *= 2
    return node_hash(mth(leaves[:split]), mth(leaves[split:]))


def path(index: int, leaves: list[bytes]) -> list[bytes]:
    """RFC 6962 2.1.1, word for word."""
    if len(leaves) == 1:
        return []
    split = 1
    while split * 2 < len(leaves):
        split *= 2
    if index < split:
        return [*path(index, leaves[:split]), mth(leaves[split:])]
    return [*path(index - split, leaves[split:]), mth(leaves[:split])]


def subproof(old: int, leaves: list[bytes], whole: bool) -> list[bytes]:
    """RFC 6962 2.1.2, word for word."""
    if old == len(leaves):
        return [] if whole else [mth(leaves)]
    split = 1
    while split * 2 < len(leaves):
        split *= 2
    if old <= split:
        return [*subproof(old, leaves[:split], whole), mth(leaves[split:])]
    return [*subproof(old - split, leaves[split:], False), mth(leaves[:split])]


def stored(size: int) -> tuple[TreeState, TileNodes]:
    """A tree as a writer builds it and as a reader sees it."""
    tree, full = TreeState(Frontier(), [[]]), list[Tile]()
    for leaf in LEAVES[:size]:
        tree.push(leaf, full)
    tiles = {(tile.level, tile.index): tile for tile in full}

    def edge(level: int, start: int, stop: int) -> list[bytes]:
        if level == 0:
            return LEAVES[start:stop]
        return [tiles[level - 1, index].root for index in range(start, stop)]

    def read(level: int, index: int) -> tuple[bytes, bytes] | None:
        found = tiles.get((level, index))
        return None if found is None else (found.middle, found.data)

    return tree, TileNodes(read, edge)


def test_all_proofs_to_size_48_are_those_of_the_rfc_and_hold() -> None:
    for size in range(1, 49):
        leaves = LEAVES[:size]
        _, nodes = stored(size)
        root = mth(leaves)
        assert root_of(leaves) == frontier_of(nodes, size).root() == root
        for index in range(size):
            proof = inclusion_proof(nodes, index, size)
            assert list(proof) == path(index, leaves)
            verify_inclusion(leaves[index], index, size, proof, root)
        for old in range(1, size + 1):
            proof = consistency_proof(nodes, old, size)
            assert list(proof) == subproof(old, leaves, True)
            verify_consistency(old, size, mth(leaves[:old]), root, proof)


@given(st.integers(1, 1_200), st.data())
def test_proofs_across_tiles_are_those_of_the_rfc(size: int, data: st.DataObject) -> None:
    index = data.draw(st.integers(0, size - 1))
    old = data.draw(st.integers(1, size))
    tree, nodes = stored(size)
    leaves = LEAVES[:size]
    root = mth(leaves)
    assert tree.frontier.root() == root
    assert tree.frontier.nodes == frontier_of(nodes, size).nodes
    assert list(inclusion_proof(nodes, index, size)) == path(index, leaves)
    assert list(consistency_proof(nodes, old, size)) == subproof(old, leaves, True)


@given(st.integers(0, 1_200), st.integers(0, 300))
def test_a_tree_picked_up_from_its_edge_goes_on_as_if_never_put_down(size: int, more: int) -> None:
    more = min(more, 1_200 - size)
    straight, _ = stored(size + more)
    tree, nodes = stored(size)
    edges = [
        [nodes(8 * level, index) for index in range(*span)]
        for level, span in enumerate(edge_spans(size))
    ]
    assert edges == tree.edges[: len(edges)]
    again = TreeState(Frontier.from_bytes(size, tree.frontier.to_bytes()), edges)
    before, after = list[Tile](), list[Tile]()
    copied = tree.copy()
    for leaf in LEAVES[size : size + more]:
        again.push(leaf, before)
        copied.push(leaf, after)
    assert before == after
    assert again.frontier.nodes == copied.frontier.nodes == straight.frontier.nodes
    assert tree.size == size
    for tile in before:
        assert (tile.root, tile.middle) == check_tile(tile.data)


@given(st.integers(2, 300), st.data())
def test_one_flipped_bit_anywhere_refuses_a_proof(size: int, data: st.DataObject) -> None:
    _, nodes = stored(size)
    index = data.draw(st.integers(0, size - 1))
    proof = list(inclusion_proof(nodes, index, size))
    root = root_of(LEAVES[:size])
    at, bit = data.draw(st.integers(0, len(proof) - 1)), data.draw(st.integers(0, 255))
    spoilt = proof.copy()
    spoilt[at] = (int.from_bytes(proof[at], "big") ^ 1 << bit).to_bytes(32, "big")
    leaf = LEAVES[index]
    for bad in (
        (leaf, index, size, spoilt, root),
        (leaf, index, size, proof[:-1], root),
        (leaf, index, size, [*proof, proof[0]], root),
        (leaf, size, size, proof, root),
        (leaf, -1, size, proof, root),
        (root, index, size, proof, root),
        (leaf[:-1], index, size, proof, root),
        (sha256(leaf).digest(), index, size, proof, root),
    ):
        with pytest.raises(IntegrityBroken):
            verify_inclusion(*bad)


@given(st.integers(2, 300), st.data())
def test_a_spoilt_consistency_proof_is_refused(size: int, data: st.DataObject) -> None:
    _, nodes = stored(size)
    old = data.draw(st.integers(1, size - 1))
    proof = list(consistency_proof(nodes, old, size))
    old_root, root = root_of(LEAVES[:old]), root_of(LEAVES[:size])
    verify_consistency(old, size, old_root, root, proof)
    at = data.draw(st.integers(0, len(proof) - 1))
    spoilt = [bytes(32) if place == at else value for place, value in enumerate(proof)]
    for bad in (
        (old, size, old_root, root, spoilt),
        (old, size, root, old_root, proof),
        (old, size, old_root, root, [*proof, bytes(32)]),
        (old, size, old_root, root, proof[:-1]),
        (size, old, root, old_root, proof),
        (0, size, EMPTY_ROOT, root, proof),
        (size, size, root, root, proof),
    ):
        with pytest.raises(IntegrityBroken):
            verify_consistency(*bad)


def test_an_odd_last_node_is_never_duplicated() -> None:
    three = root_of(LEAVES[:3])
    assert three == node_hash(node_hash(LEAVES[0], LEAVES[1]), LEAVES[2])
    assert three != root_of([*LEAVES[:3], LEAVES[2]])


def test_a_leaf_cannot_pass_for_a_node() -> None:
    left, right = LEAVES[:2]
    assert leaf_hash(left + right) != node_hash(left, right)


@given(st.integers(0, 5_000), st.integers(0, 5_000))
def test_perfect_nodes_cover_a_range_once(begin: int, length: int) -> None:
    at = begin
    for height, index in perfect_nodes(begin, begin + length):
        assert index << height == at
        at += 1 << height
    assert at == begin + length


def test_a_frontier_of_the_wrong_length_is_refused() -> None:
    with pytest.raises(IntegrityBroken):
        Frontier(3, [bytes(32)])
    with pytest.raises(Misuse):
        frontier = Frontier(1, [bytes(32)])
        frontier.push_perfect(bytes(32), 1)
