"""Writes a package: one pass over entries, proofs, payloads and originals, in order.

Memory holds the selection (a small row for each member) and a few files at a time; never the
evidence itself. The same selection and cut give the same bytes: order, times and names come from
the log, save the signatures.
"""

from __future__ import annotations

import base64
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from functools import partial
from itertools import islice
from pathlib import Path
from typing import BinaryIO, Final, cast

from audit.ledger.checkpoint import read_unverified
from audit.ledger.note import Signer, fingerprint, parse_vkey, sign_note
from base.errors import IntegrityBroken, Misuse, message
from reports.package import readme
from reports.package.bag import Bag, Digests, Source
from reports.package.container import container
from reports.package.model import Document, Given, Selection
from reports.package.source import PackageSource
from reports.package.views import RecordViews, Spools
from reports.verifier import VERIFY_PY

DOCUMENT_CHANGED: Final = message(
    "package.document_changed",
    zh="原件 {sha256} 的内容已不是登记时的内容，检查包未写成",
    en="The original {sha256} is not what was recorded; no package was written",
)
PAYLOAD_GONE: Final = message(
    "package.payload_gone",
    zh="第 {seq} 条的内容读不到，也没有删除它的条目，检查包未写成",
    en="The payload of entry {seq} is missing without an erasure; no package was written",
)
OTHER_KEY: Final = message(
    "package.other_key",
    zh="截取 {seq} 之后密钥已更换，请另行截取",
    en="The key has been rotated since the cut {seq}; cut a new package",
)
BATCH: Final = 500


@dataclass(frozen=True, slots=True)
class Extra:
    """A derived file made beforehand: report, findings volume, registers."""

    path: str
    file: Path


@dataclass(frozen=True, slots=True)
class Plan:
    """What is to be written: the cut as the log knows it, and the files that go with it.

    frame: the log's own entries beside the members: 0, rotations, erasures, heads; and the cut.
    selection_json: the exact bytes that the cut binds.
    """

    cut: int
    heads: int
    selection: Selection
    selection_json: bytes
    frame: tuple[int, ...]
    extras: tuple[Extra, ...] = ()
    info: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Written:
    """A finished package. manifest: SHA-256 of `manifest-sha256.txt`, for `package.exported`."""

    path: Path
    manifest: str
    size: int
    files: int
    checkpoint_size: int
    root: bytes
    fingerprint: str


def write_package(
    target: Path,
    plan: Plan,
    source: PackageSource,
    signer: Signer,
    *,
    progress: Callable[[int], None] = lambda _files: None,
) -> Written:
    """Write `plan` to `target` (a zip, or a folder).

    Raises Misuse when the target exists, Unavailable when it cannot be written or the log cannot
    be read, IntegrityBroken when an original or payload is not what was recorded.
    """
    note = source.checkpoint_over(plan.cut)
    checkpoint = read_unverified(note)
    if not any(
        line.name == source.origin and line.key_id == parse_vkey(signer.vkey).key_id
        for line in checkpoint.lines
    ):
        raise Misuse(OTHER_KEY, seq=plan.cut)
    key = fingerprint(signer.vkey)
    with container(target) as sink, Bag(sink) as bag, Spools() as spools:
        for path, data in readme.files(plan.selection, source.origin, key):
            bag.put(path, data)
        bag.put("verify.py", VERIFY_PY.read_bytes())
        bag.put("selection.json", plan.selection_json)
        bag.put("checkpoints/checkpoint", note.encode())
        _write_earlier(bag, plan.cut, source, checkpoint.size)
        _write_heads(bag, plan, source)
        for extra in plan.extras:
            bag.stream(Source(extra.path, extra.file.stat().st_size, _opener(extra.file)))
        seqs = sorted({*plan.frame, *(one.seq for one in plan.selection.members)})
        for entry in source.entries(seqs):
            bag.put(f"entries/{place(entry.seq)}.json", entry.raw)
            progress(bag.files)
        tail = b"\n\n" + note.encode()
        for seq, proof in zip(seqs, source.proofs(seqs, checkpoint.size), strict=True):
            lines = [f"index {seq}", *(base64.b64encode(node).decode() for node in proof)]
            head = "c2sp.org/tlog-proof@v1\n" + "\n".join(lines)
            bag.put(f"proofs/{place(seq)}.tlog-proof", head.encode() + tail)
            progress(bag.files)
        _write_payloads(bag, plan, source, spools, seqs, progress)
        _write_originals(bag, plan.selection.documents, source, spools)
        info = {
            **plan.info,
            "DeviceTrail-Origin": source.origin,
            "DeviceTrail-Size": str(checkpoint.size),
            "DeviceTrail-Root": checkpoint.root.hex(),
            "DeviceTrail-Fingerprint": key,
            "DeviceTrail-Cut": str(plan.cut),
        }

        def signed(manifest: str) -> bytes:
            text = f"devicetrail/package/v1\n{source.origin}\n{plan.cut}\n{manifest}\n"
            return sign_note(text, [signer]).encode()

        manifest = bag.finish(info, signed)
    return Written(
        target, manifest, bag.bytes, bag.files, checkpoint.size, checkpoint.root, key
    )  # fmt: skip


def place(seq: int) -> str:
    """Where an entry's files lie: a folder for each thousand."""
    return f"{seq // 1000:09d}/{seq:012d}"


def _opener(file: Path) -> Callable[[], AbstractContextManager[BinaryIO]]:
    return lambda: cast(BinaryIO, file.open("rb"))


def _write_earlier(bag: Bag, cut: int, source: PackageSource, size: int) -> None:
    for earlier in source.published_before(cut):
        if not 0 < earlier.size <= size:
            continue
        proof = source.consistency(earlier.size, size) if earlier.size < size else ()
        lines = "".join(base64.b64encode(node).decode() + "\n" for node in proof)
        bag.put(f"checkpoints/earlier/{earlier.size:012d}.checkpoint", earlier.note.encode())
        bag.put(f"checkpoints/earlier/{earlier.size:012d}.consistency", lines.encode())


def _write_heads(bag: Bag, plan: Plan, source: PackageSource) -> None:
    heads = source.heads(plan.heads, plan.selection.whole)
    bag.put("heads/streams.jsonl", b"".join(head.to_line() for head in heads))


def _write_payloads(
    bag: Bag,
    plan: Plan,
    source: PackageSource,
    spools: Spools,
    seqs: Sequence[int],
    progress: Callable[[int], None],
) -> None:
    """Payloads in scope with their salts, and the readable records made from them."""
    said = {one.seq: one for one in plan.selection.members}
    wanted = [
        seq
        for seq in seqs
        if seq == plan.cut
        or (seq in said and said[seq].payload in (Given.GIVEN, Given.MASKED))
        or (seq not in said)
    ]
    views = RecordViews(spools)
    salts = spools.open("salts")
    salts.write(b"seq,salt\n")
    must = {seq for seq in wanted if seq in said} | {plan.cut}
    for batch in _batches(wanted):
        for payload in source.payloads(batch):
            must.discard(payload.seq)
            member = said.get(payload.seq)
            masked = member is not None and member.payload is Given.MASKED
            if not masked:
                bag.put(f"payloads/{place(payload.seq)}.json", payload.data)
                salts.write(f"{payload.seq},{payload.salt.hex()}\n".encode())
            if member is not None:
                views.add(payload.seq, member.kind, payload.data, masked=masked)
            progress(bag.files)
    if must:
        raise IntegrityBroken(PAYLOAD_GONE, seq=min(must))
    bag.stream(spools.source("payloads/salts.csv", "salts"))
    for path, name in views.finish():
        bag.stream(spools.source(path, name))


def _write_originals(
    bag: Bag, documents: Sequence[Document], source: PackageSource, spools: Spools
) -> None:
    given = [one for one in documents if one.given]
    if not given:
        return

    def check(one: Source, found: Digests) -> None:
        if one.path.rsplit("/", 1)[1] != found.sha256:
            raise IntegrityBroken(DOCUMENT_CHANGED, sha256=one.path.rsplit("/", 1)[1])

    def originals() -> Iterator[Source]:
        for one in given:
            path = f"originals/{one.sha256[:2]}/{one.sha256}"
            yield Source(path, one.size, partial(source.document, one.sha256))

    bag.put_all(originals(), check)
    bag.stream(spools.source("originals/index.csv", "index"))


def _batches(seqs: Iterable[int]) -> Iterator[list[int]]:
    rest = iter(seqs)
    while batch := list(islice(rest, BATCH)):
        yield batch
