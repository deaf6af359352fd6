"""The Merkle tree of RFC 6962 / RFC 9162 as pure functions. SHA-256 throughout.

Leaf: SHA-256(0x00 || data). Node: SHA-256(0x01 || left || right). Empty tree: SHA-256(""). A tree
of n leaves splits at the largest power of two below n; an odd last node is never duplicated.

A **perfect node** (height, index) covers the leaves [index << height, (index + 1) << height).
The **frontier** (compact range) of a tree is its perfect nodes from left to right: popcount(size)
hashes. Proofs are generated over any `NodeReader` that answers perfect nodes.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from hashlib import sha256
from typing import Final

from base.errors import IntegrityBroken, Misuse, message

HASH_SIZE: Final = 32
EMPTY_ROOT: Final = sha256(b"").digest()

NodeReader = Callable[[int, int], bytes]
"""Answers the hash of the perfect node (height, index)."""

BAD_RANGE = message(
    "ledger.bad_range",
    zh="范围不成立：{begin} 至 {end}",
    en="the range {begin} to {end} does not exist",
)
BAD_PROOF = message(
    "ledger.bad_proof",
    zh="{what}证明不成立：{reason}",
    en="the {what} proof does not hold: {reason}",
)


def leaf_hash(data: bytes) -> bytes:
    """The hash of one entry's bytes."""
    return sha256(b"\0" + data).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """The hash of an inner node."""
    return sha256(b"\1" + left + right).digest()


class Frontier:
    """A tree's compact range: enough to append leaves and to know the root, nothing more."""

    __slots__ = ("nodes", "size")

    def __init__(self, size: int = 0, nodes: Iterable[bytes] = ()) -> None:
        """Raises IntegrityBroken when the number of nodes does not fit the size."""
        self.size = size
        self.nodes = list(nodes)
        if len(self.nodes) != size.bit_count():
            raise IntegrityBroken(BAD_RANGE, begin=0, end=size)

    def push(self, leaf: bytes) -> None:
        """Append one leaf hash."""
        index, nodes = self.size, self.nodes
        while index & 1:
            leaf = sha256(b"\1" + nodes.pop() + leaf).digest()
            index >>= 1
        nodes.append(leaf)
        self.size += 1

    def push_perfect(self, node: bytes, height: int) -> None:
        """Append a perfect subtree of 2^height leaves. The size must be a multiple of 2^height."""
        if self.size & ((1 << height) - 1):
            raise Misuse(BAD_RANGE, begin=self.size, end=self.size + (1 << height))
        index = self.size >> height
        while index & 1:
            node = node_hash(self.nodes.pop(), node)
            index >>= 1
        self.nodes.append(node)
        self.size += 1 << height

    def root(self) -> bytes:
        """The root hash of the tree so far."""
        if not self.nodes:
            return EMPTY_ROOT
        root = self.nodes[-1]
        for node in reversed(self.nodes[:-1]):
            root = sha256(b"\1" + node + root).digest()
        return root

    def copy(self) -> Frontier:
        return Frontier(self.size, self.nodes)

    def to_bytes(self) -> bytes:
        """Concatenated hashes, largest subtree first."""
        return b"".join(self.nodes)

    @classmethod
    def from_bytes(cls, size: int, data: bytes) -> Frontier:
        """The inverse of `to_bytes`. Raises IntegrityBroken when the length does not fit."""
        return cls(size, (data[at : at + HASH_SIZE] for at in range(0, len(data), HASH_SIZE)))


def root_of(leaves: Iterable[bytes]) -> bytes:
    """The root over leaf hashes."""
    frontier = Frontier()
    for leaf in leaves:
        frontier.push(leaf)
    return frontier.root()


def perfect_nodes(begin: int, end: int) -> Iterator[tuple[int, int]]:
    """The fewest perfect nodes (height, index) that cover [begin, end), from left to right."""
    while begin < end:
        height = (end - begin).bit_length() - 1
        if begin:
            height = min(height, (begin & -begin).bit_length() - 1)
        yield height, begin >> height
        begin += 1 << height


def frontier_of(node: NodeReader, size: int) -> Frontier:
    """The frontier of the first `size` leaves, read from stored nodes."""
    return Frontier(size, (node(height, index) for height, index in perfect_nodes(0, size)))


def subtree_root(node: NodeReader, begin: int, end: int) -> bytes:
    """MTH(D[begin:end]) where begin is a split point of the tree, as in proofs."""
    hashes = [node(height, index) for height, index in perfect_nodes(begin, end)]
    if not hashes:
        return EMPTY_ROOT
    root = hashes.pop()
    while hashes:
        root = node_hash(hashes.pop(), root)
    return root


def inclusion_ranges(index: int, size: int) -> list[tuple[int, int]]:
    """The leaf ranges whose roots are the inclusion proof, from the leaf upwards."""
    if not 0 <= index < size:
        raise Misuse(BAD_RANGE, begin=index, end=size)
    low, high, ranges = 0, size, []
    while high - low > 1:
        middle = low + _split(high - low)
        if index < middle:
            ranges.append((middle, high))
            high = middle
        else:
            ranges.append((low, middle))
            low = middle
    ranges.reverse()
    return ranges


def consistency_ranges(old: int, new: int) -> list[tuple[int, int]]:
    """The leaf ranges whose roots are the consistency proof, in RFC 6962's order."""
    if not 0 < old <= new:
        raise Misuse(BAD_RANGE, begin=old, end=new)
    low, high, ranges, whole = 0, new, [], True
    while old != high:
        middle = low + _split(high - low)
        if old <= middle:
            ranges.append((middle, high))
            high = middle
        else:
            ranges.append((low, middle))
            low, whole = middle, False
    if not whole:
        ranges.append((low, high))
    ranges.reverse()
    return ranges


def inclusion_proof(node: NodeReader, index: int, size: int) -> tuple[bytes, ...]:
    """RFC 6962 PATH(index, D[size]). Raises Misuse when index is not below size."""
    return tuple(subtree_root(node, *part) for part in inclusion_ranges(index, size))


def consistency_proof(node: NodeReader, old: int, new: int) -> tuple[bytes, ...]:
    """RFC 6962 PROOF(old, D[new]). Raises Misuse unless 0 < old <= new."""
    return tuple(subtree_root(node, *part) for part in consistency_ranges(old, new))


def verify_inclusion(
    leaf: bytes, index: int, size: int, proof: Sequence[bytes], root: bytes
) -> None:
    """RFC 9162 2.1.3.2. `size` and `root` must come from a verified checkpoint, never from the
    proof. Raises IntegrityBroken saying what was expected and what was found."""
    what = "inclusion"
    if not 0 <= index < size:
        raise _bad(what, f"index {index} is not below size {size}")
    _check_hashes(what, (leaf, root, *proof))
    at, last, node = index, size - 1, leaf
    for sibling in proof:
        if last == 0:
            raise _bad(what, f"{len(proof)} hashes are too many")
        if at & 1 or at == last:
            node = node_hash(sibling, node)
            while not at & 1 and at:
                at >>= 1
                last >>= 1
        else:
            node = node_hash(node, sibling)
        at >>= 1
        last >>= 1
    if last:
        raise _bad(what, f"{len(proof)} hashes are too few")
    if node != root:
        raise _bad(what, f"expected root {root.hex()}, found {node.hex()}")


def verify_consistency(
    old: int, new: int, old_root: bytes, new_root: bytes, proof: Sequence[bytes]
) -> None:
    """RFC 9162 2.1.4.2. An old size of 0 proves nothing and is refused; equal sizes need an empty
    proof and equal roots. Raises IntegrityBroken saying what was expected and what was found."""
    what = "consistency"
    if not 0 < old <= new:
        raise _bad(what, f"sizes {old} and {new}")
    _check_hashes(what, (old_root, new_root, *proof))
    if old == new:
        if proof:
            raise _bad(what, "equal sizes need an empty proof")
        if old_root != new_root:
            raise _bad(what, f"expected root {old_root.hex()}, found {new_root.hex()}")
        return
    path = list(proof)
    if old & (old - 1) == 0:
        path.insert(0, old_root)
    if not path:
        raise _bad(what, "the proof is empty")
    at, last = old - 1, new - 1
    while at & 1:
        at >>= 1
        last >>= 1
    from_old = from_new = path[0]
    for sibling in path[1:]:
        if last == 0:
            raise _bad(what, f"{len(proof)} hashes are too many")
        if at & 1 or at == last:
            from_old = node_hash(sibling, from_old)
            from_new = node_hash(sibling, from_new)
            while not at & 1 and at:
                at >>= 1
                last >>= 1
        else:
            from_new = node_hash(from_new, sibling)
        at >>= 1
        last >>= 1
    if last:
        raise _bad(what, f"{len(proof)} hashes are too few")
    if from_old != old_root:
        raise _bad(what, f"expected old root {old_root.hex()}, found {from_old.hex()}")
    if from_new != new_root:
        raise _bad(what, f"expected new root {new_root.hex()}, found {from_new.hex()}")


def _split(count: int) -> int:
    return 1 << ((count - 1).bit_length() - 1)


def _check_hashes(what: str, hashes: Iterable[bytes]) -> None:
    for value in hashes:
        if len(value) != HASH_SIZE:
            raise _bad(what, f"a hash of {len(value)} bytes")


def _bad(what: str, why: str) -> IntegrityBroken:
    return IntegrityBroken(BAD_PROOF, what=what, reason=why)
