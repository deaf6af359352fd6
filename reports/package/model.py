"""What a package holds and why, as values; and the exact bytes that its cut binds.

`Selection` is written into the package as `data/selection.json` (canonical JSON) and its SHA-256
stands in the payload of `package.cut`. So the members, the walk that found them, and what was left
out and why are all fixed by one entry of the log.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Any, Final

from audit.ledger.merkle import leaf_hash, root_of

FORMAT: Final = "devicetrail/package/1"
CUT_SCHEMA: Final = "package.cut/1"
EXPORTED_SCHEMA: Final = "package.exported/1"


class Given(StrEnum):
    """Whether a member's payload is in the package."""

    GIVEN = "given"
    NONE = "none"  # the entry has no payload
    WITHHELD = "withheld"  # outside the request's scope: the commitment stands
    MASKED = "masked"  # personal fields: readable record with masks, payload withheld
    ERASED = "erased"  # deleted under an `erasure` entry, which is in the package


@dataclass(frozen=True, slots=True)
class Step:
    """One declared edge of the walk: from records of these subjects to those papers.

    start: what it leaves from (`lot`, `shipment`, …). end: what it reaches. kinds: the record
    kinds taken there (empty: all). depth: distance from the selected subject. whole: the streams
    reached are covered whole, so that nothing between was left out.
    """

    start: str
    end: str
    kinds: tuple[str, ...]
    depth: int
    whole: bool
    zh: str
    en: str


@dataclass(frozen=True, slots=True)
class Member:
    """One entry of the package. because: the subject or paper through which it was reached."""

    seq: int
    kind: str
    because: str
    payload: Given


@dataclass(frozen=True, slots=True)
class Document:
    """One original that a member names. why: reason code when it is not given."""

    sha256: str
    size: int
    media_type: str
    given: bool
    why: str = ""


@dataclass(frozen=True, slots=True)
class LeftOut:
    """What is not in the package although the walk met it: kind, how many, and why."""

    kind: str
    count: int
    zh: str
    en: str


@dataclass(frozen=True, slots=True)
class Selection:
    """Members in order of seq, originals in order of address, covered streams in order of name.

    known_at: size of the log that was read; valid_at: the world's date. range: for a period, the
    run of entries [from, to) that is here without a gap.
    """

    request: Mapping[str, Any]
    known_at: int
    valid_at: date
    members: tuple[Member, ...]
    documents: tuple[Document, ...] = ()
    whole: tuple[str, ...] = ()
    walk: tuple[Step, ...] = ()
    left_out: tuple[LeftOut, ...] = ()
    range: tuple[int, int] | None = None

    def to_json(self, frame: Sequence[int]) -> bytes:
        """`data/selection.json`. `frame`: the log's own entries beside the members, without the
        cut, whose number is not known before it is appended."""
        value = {
            "documents": [
                {
                    "given": one.given, "media_type": one.media_type, "sha256": one.sha256,
                    "size": one.size, **({"why": one.why} if one.why else {}),
                }
                for one in self.documents
            ],
            "format": FORMAT,
            "frame": sorted(frame),
            "known_at": self.known_at,
            "left_out": [
                {"count": one.count, "en": one.en, "kind": one.kind, "zh": one.zh}
                for one in self.left_out
            ],
            "members": [
                {"because": one.because, "kind": one.kind, "payload": one.payload.value,
                 "seq": one.seq}
                for one in self.members
            ],
            "request": dict(self.request),
            "valid_at": self.valid_at.isoformat(),
            "walk": [
                {
                    "depth": step.depth, "en": step.en, "from": step.start,
                    "kinds": list(step.kinds), "to": step.end, "whole": step.whole, "zh": step.zh,
                }
                for step in self.walk
            ],
            "whole": list(self.whole),
        }  # fmt: skip
        return canonical(value)


@dataclass(frozen=True, slots=True)
class StreamHead:
    """A covered stream's last entry below the heads entry, with its place in the signed map."""

    stream: str
    n: int
    leaf: bytes
    index: int
    proof: tuple[bytes, ...]

    def map_leaf(self) -> bytes:
        """Leaf hash of the sorted map stream -> (n, leaf); see `audit.ledger.heads`."""
        text = f"devicetrail/stream-head/v1\n{self.stream}\n{self.n}\n{self.leaf.hex()}\n"
        return leaf_hash(text.encode())

    def to_line(self) -> bytes:
        """One line of `data/heads/streams.jsonl`."""
        value = {
            "index": self.index, "leaf": self.leaf.hex(), "n": self.n,
            "proof": [one.hex() for one in self.proof], "stream": self.stream,
        }  # fmt: skip
        return canonical(value) + b"\n"


def canonical(value: object) -> bytes:
    """The one way to write JSON that entries and packages use."""
    text = json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return text.encode()


def cut_payload(
    selection: Selection,
    selection_json: bytes,
    *,
    package: str,
    heads: int,
    leaves: Sequence[bytes],
    streams: Sequence[StreamHead],
    tool: str,
) -> bytes:
    """The payload of `package.cut`.

    leaves: the members' leaf hashes in order. streams: the covered streams' heads in order of
    name; their root is that of the sorted list (stream, n, leaf), as in `stream.heads`.
    """
    value: dict[str, Any] = {
        "entries": {"count": len(leaves), "root": root_of(leaves).hex()},
        "format": FORMAT,
        "given": {
            "documents": sum(one.given for one in selection.documents),
            "payloads": sum(one.payload is Given.GIVEN for one in selection.members),
        },
        "heads": heads,
        "known_at": selection.known_at,
        "package": package,
        "request": dict(selection.request),
        "selection": hashlib.sha256(selection_json).hexdigest(),
        "streams": {
            "count": len(streams),
            "root": root_of([one.map_leaf() for one in streams]).hex(),
        },
        "tool": tool,
        "valid_at": selection.valid_at.isoformat(),
    }
    if selection.range is not None:
        value["range"] = {"from": selection.range[0], "to": selection.range[1]}
    return canonical(value)
