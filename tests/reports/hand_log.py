"""A log in memory, made by hand from the format's words alone, that can also be made to lie.

It shares no code with `audit.ledger` beyond the value types that the package writer takes.
"""

from __future__ import annotations

import base64
import hashlib
import io
import json
import zipfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, nullcontext
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, BinaryIO

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from audit.ledger.types import DocumentRef, Entry, StreamLink
from reports.package.model import Given, Member, Selection, StreamHead, cut_payload
from reports.package.source import Earlier, PayloadBytes
from reports.package.write import Plan, Written, write_package

START = datetime(2026, 3, 1, 8, 0, tzinfo=UTC)
ORIGIN = "trail.example/acme/log/1"


def canonical(value: object) -> bytes:
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()


def sha(*parts: bytes) -> bytes:
    return hashlib.sha256(b"".join(parts)).digest()


def root(leaves: Sequence[bytes]) -> bytes:
    if not leaves:
        return sha()
    if len(leaves) == 1:
        return leaves[0]
    split = 1 << ((len(leaves) - 1).bit_length() - 1)
    return sha(b"\1", root(leaves[:split]), root(leaves[split:]))


def inclusion(leaves: Sequence[bytes], index: int) -> list[bytes]:
    if len(leaves) == 1:
        return []
    split = 1 << ((len(leaves) - 1).bit_length() - 1)
    if index < split:
        return [*inclusion(leaves[:split], index), root(leaves[split:])]
    return [*inclusion(leaves[split:], index - split), root(leaves[:split])]


def consistency(leaves: Sequence[bytes], old: int, whole: bool = True) -> list[bytes]:
    if old == len(leaves):
        return [] if whole else [root(leaves)]
    split = 1 << ((len(leaves) - 1).bit_length() - 1)
    if old <= split:
        return [*consistency(leaves[:split], old, whole), root(leaves[split:])]
    return [*consistency(leaves[split:], old - split, False), root(leaves[:split])]


class HandSigner:
    """Signs notes in the log's name. `seed` makes the key the same in every run."""

    def __init__(self, name: str, seed: int = 1) -> None:
        self._key = Ed25519PrivateKey.from_private_bytes(bytes([seed]) * 32)
        blob = b"\1" + self._key.public_key().public_bytes_raw()
        self.name = name
        self.key_id = sha(name.encode(), b"\n", blob)[:4]
        self.vkey = f"{name}+{self.key_id.hex()}+{base64.b64encode(blob).decode()}"
        self.fingerprint = hashlib.sha256(self.vkey.encode()).hexdigest()

    def sign(self, text: bytes) -> bytes:
        return self._key.sign(text)

    def line(self, text: str) -> str:
        blob = self.key_id + self.sign(text.encode())
        return f"\u2014 {self.name} {base64.b64encode(blob).decode()}\n"

    def note(self, text: str) -> str:
        return f"{text}\n{self.line(text)}"


class HandLog:
    """Entries, payloads, originals and checkpoints of one log."""

    def __init__(self, origin: str = ORIGIN, seed: int = 1) -> None:
        self.origin = origin
        self.signer = HandSigner(origin, seed)
        self.raws: list[bytes] = []
        self.stored: dict[int, tuple[bytes, bytes]] = {}
        self.originals: dict[str, bytes] = {}
        self.at: dict[str, tuple[int, bytes]] = {}
        self.maps: dict[int, list[tuple[str, int, bytes]]] = {}
        self.published: list[int] = []
        self.append("log.opened", ledger={"formats": {"entry": 1}, "vkey": self.signer.vkey})

    @property
    def leaves(self) -> list[bytes]:
        return [sha(b"\0", raw) for raw in self.raws]

    def append(
        self,
        kind: str,
        payload: dict[str, Any] | bytes | None = None,
        *,
        streams: Sequence[str] = (),
        documents: Sequence[bytes] = (),
        ledger: dict[str, Any] | None = None,
        links: list[dict[str, Any]] | None = None,
        **change: Any,
    ) -> int:
        seq = len(self.raws)
        entry: dict[str, Any] = {
            "actor": "user-1",
            "key": f"key-{seq}",
            "kind": kind,
            "origin": self.origin,
            "recorded_at": f"{START + timedelta(minutes=seq):%Y-%m-%dT%H:%M:%S}.000000Z",
            "seq": seq,
            "v": 1,
        }
        if seq:
            entry["prev"] = sha(b"\0", self.raws[-1]).hex()
        if ledger is not None:
            entry["ledger"] = ledger
        if payload is not None:
            data = payload if isinstance(payload, bytes) else canonical(payload)
            salt = sha(b"salt", str(seq).encode())
            schema = f"{kind}/1"
            commit = sha(b"devicetrail/payload/v1\n", salt, data).hex()
            entry["payload"] = {"commit": commit, "schema": schema, "size": len(data)}
            self.stored[seq] = (salt, data)
        if streams:
            entry["streams"] = []
            for stream in streams:
                n, prev = self.at.get(stream, (-1, b""))
                link = {"n": n + 1, "stream": stream}
                entry["streams"].append(link | ({"prev": prev.hex()} if n >= 0 else {}))
        if documents:
            entry["documents"] = []
            for data in documents:
                name = hashlib.sha256(data).hexdigest()
                self.originals[name] = data
                entry["documents"].append(
                    {"media_type": "application/pdf", "sha256": name, "size": len(data)}
                )
        if links is not None:
            entry["streams"] = links
        entry.update(change)
        self.raws.append(canonical(entry))
        for link in entry.get("streams", []):
            self.at[link["stream"]] = (link["n"], self.leaves[-1])
        return seq

    def record(self, kind: str, record: dict[str, Any], *streams: str, **more: Any) -> int:
        return self.append(f"record.{kind}", {"record": record}, streams=streams, **more)

    def append_heads(self, left_out: Sequence[str] = ()) -> int:
        heads = sorted(
            ((name, *place) for name, place in self.at.items() if name not in left_out),
            key=lambda one: one[0].encode(),
        )
        seq = len(self.raws)
        top = root([self.map_leaf(*one) for one in heads])
        self.maps[seq] = heads
        return self.append(
            "stream.heads", ledger={"count": len(heads), "root": top.hex(), "size": seq}
        )

    @staticmethod
    def map_leaf(stream: str, n: int, leaf: bytes) -> bytes:
        return sha(b"\0", f"devicetrail/stream-head/v1\n{stream}\n{n}\n{leaf.hex()}\n".encode())

    def rotate(self, seed: int) -> int:
        size, new = len(self.raws), HandSigner(self.origin, seed)
        top = base64.b64encode(root(self.leaves)).decode()
        text = f"devicetrail/key-rotation/v1\n{self.origin}\n{size}\n{top}\n{new.vkey}\n"
        note = self.signer.note(text) + new.line(text)
        seq = self.append("log.key_rotated", ledger={"note": note})
        self.signer = new
        return seq

    def checkpoint(self, size: int) -> str:
        top = base64.b64encode(root(self.leaves[:size])).decode()
        return self.signer.note(f"{self.origin}\n{size}\n{top}\n")

    # --- PackageSource ---

    def entries(self, seqs: Sequence[int]) -> Iterator[Entry]:
        for seq in seqs:
            raw = self.raws[seq]
            value = json.loads(raw)
            yield Entry(
                raw,
                sha(b"\0", raw),
                self.origin,
                seq,
                bytes.fromhex(value["prev"]) if seq else None,
                value["kind"],
                value["key"],
                value["actor"],
                datetime.fromisoformat(value["recorded_at"]),
                None,
                tuple(
                    StreamLink(
                        one["stream"], one["n"], bytes.fromhex(one["prev"]) if one["n"] else None
                    )
                    for one in value.get("streams", ())
                ),
                None,
                tuple(
                    DocumentRef(one["sha256"], one["size"], one["media_type"])
                    for one in value.get("documents", ())
                ),
                tuple(value.get("supersedes", ())),
            )

    def payloads(self, seqs: Sequence[int]) -> Iterator[PayloadBytes]:
        return (PayloadBytes(seq, *self.stored[seq]) for seq in seqs if seq in self.stored)

    def proofs(self, seqs: Sequence[int], size: int) -> Iterator[tuple[bytes, ...]]:
        leaves = self.leaves[:size]
        return (tuple(inclusion(leaves, seq)) for seq in seqs)

    def heads(self, at: int, streams: Sequence[str]) -> Iterator[StreamHead]:
        heads = self.maps[at]
        leaves = [self.map_leaf(*one) for one in heads]
        places = {name: index for index, (name, _, _) in enumerate(heads)}
        for name in streams:
            index = places[name]
            _, n, leaf = heads[index]
            yield StreamHead(name, n, leaf, index, tuple(inclusion(leaves, index)))

    def checkpoint_over(self, seq: int) -> str:
        return self.checkpoint(seq + 1)

    def published_before(self, seq: int) -> Sequence[Earlier]:
        return [Earlier(size, self.checkpoint(size)) for size in self.published if size <= seq]

    def consistency(self, old: int, new: int) -> tuple[bytes, ...]:
        return tuple(consistency(self.leaves[:new], old))

    def document(self, sha256: str) -> AbstractContextManager[BinaryIO]:
        return nullcontext(io.BytesIO(self.originals[sha256]))


Row = tuple[int, Given]


def cut(
    log: HandLog,
    whole: Sequence[str],
    more: Sequence[int] = (),
    status: Callable[[int], Given] | None = None,
    heads: int | None = None,
    **change: Any,
) -> Plan:
    """Select the entries of whole streams and `more`, append heads and cut, and plan."""
    from reports.package.model import Document

    heads = log.append_heads() if heads is None else heads
    seqs = set(more)
    for entry in log.entries(range(heads)):
        if any(link.stream in whole for link in entry.streams):
            seqs.add(entry.seq)
    change = {"range": None, **change}
    span = change.pop("range")
    if span:
        seqs |= set(range(*span)) - {0}
    members = []
    documents = {}
    for entry in log.entries(sorted(seqs)):
        given = Given.GIVEN if entry.seq in log.stored else Given.NONE
        if status:
            given = status(entry.seq) if given is Given.GIVEN else given
        members.append(Member(entry.seq, entry.kind, "stream", given))
        for ref in entry.documents:
            documents[ref.sha256] = Document(ref.sha256, ref.size, ref.media_type, True)
    selection = Selection(
        {"by": "lot", "value": "lot:x"},
        heads,
        START.date(),
        tuple(members),
        tuple(documents[name] for name in sorted(documents)),
        tuple(sorted(whole, key=str.encode)),
        range=span,
    )
    seq = len(log.raws)
    frame = {0, heads}
    for entry in log.entries(range(seq)):
        if entry.kind in ("log.key_rotated", "erasure"):
            frame.add(entry.seq)
    frame -= {one.seq for one in members}
    text = selection.to_json(sorted(frame))
    leaves = log.leaves
    payload = json.loads(
        cut_payload(
            selection,
            text,
            package="PK-1",
            heads=heads,
            leaves=[leaves[one.seq] for one in members],
            streams=list(log.heads(heads, selection.whole)),
            tool="test",
        )
    )
    payload.update(change)
    log.append("package.cut", payload)
    return Plan(seq, heads, selection, text, (*sorted(frame), seq))


def write(log: HandLog, plan: Plan, target: Path) -> Written:
    return write_package(target, plan, log, log.signer)


def sample(seed: int = 1) -> HandLog:
    """A small log: two lots, their papers, some strangers in between, an erased contact."""
    log = HandLog(seed=seed)
    lot, other, party = "lot:di:069/A1", "lot:di:069/B2", "party:uscc:91310000607378149L"
    paper = b"%PDF-1.7 delivery note " * 20
    received = log.append(
        "document.received",
        {
            "file_name": "随货同行单.pdf",
            "media_type": "application/pdf",
            "size": len(paper),
            "sha256": hashlib.sha256(paper).hexdigest(),
            "source": {"connector": "folder"},
        },
        streams=["document:" + hashlib.sha256(paper).hexdigest()],
        documents=[paper],
    )
    assert received == 1
    log.record("purchase_record", {"lot_no": "A1", "quantity": "10"}, lot, party)
    log.append("user.signed_in", {"user": "u1"})
    log.record("put_away", {"lot_no": "A1", "zone": "2–8 ℃"}, lot)
    log.record("put_away", {"lot_no": "B2"}, other, party)
    log.published.append(len(log.raws))
    log.record("sales_record", {"lot_no": "A1", "buyer": "某医院"}, lot, party)
    gone = log.append("record.party", {"record": {"contact": "张三"}}, streams=[party])
    del log.stored[gone]
    log.append("erasure", ledger={"reason": "asked", "seqs": [gone]})
    log.record("party", {"name": "Acme", "contact": "李四"}, lot)
    log.record("outbound_check", {"lot_no": "A1"}, lot)
    return log


def unpack(package: Path) -> dict[str, bytes]:
    """A package's files by path (below its top folder)."""
    with zipfile.ZipFile(package) as archive:
        return {name.split("/", 1)[1]: archive.read(name) for name in archive.namelist()}


def seal(
    files: dict[str, bytes],
    signer: HandSigner | None = None,
    cut_seq: int = 0,
    tags_only: bool = False,
) -> None:
    """Make manifests, sizes and (with a key) the whole package's note agree with the files."""
    if not tags_only:
        _seal_payload(files, signer, cut_seq)
    tags = {
        path: body
        for path, body in files.items()
        if not path.startswith("data/") and not path.startswith("tagmanifest")
    }
    for name in ("sha256", "sm3"):
        listed = (f"{hashlib.new(name, body).hexdigest()}  {path}\n" for path, body in tags.items())
        files[f"tagmanifest-{name}.txt"] = "".join(listed).encode()


def _seal_payload(files: dict[str, bytes], signer: HandSigner | None, cut_seq: int) -> None:
    data = {path: body for path, body in files.items() if path.startswith("data/")}
    info = files["bag-info.txt"].decode().splitlines()
    oxum = f"Payload-Oxum: {sum(map(len, data.values()))}.{len(data)}"
    lines = [oxum if line.startswith("Payload-Oxum") else line for line in info]
    files["bag-info.txt"] = ("\n".join(lines) + "\n").encode()
    for name in ("sha256", "sm3"):
        listed = (f"{hashlib.new(name, body).hexdigest()}  {path}\n" for path, body in data.items())
        files[f"manifest-{name}.txt"] = "".join(listed).encode()
    if signer is not None:
        digest = hashlib.sha256(files["manifest-sha256.txt"]).hexdigest()
        text = f"devicetrail/package/v1\n{signer.name}\n{cut_seq}\n{digest}\n"
        files["package.note"] = signer.note(text).encode()


def pack(files: dict[str, bytes], target: Path) -> Path:
    with zipfile.ZipFile(target, "w") as archive:
        for path, body in files.items():
            archive.writestr(f"package/{path}", body)
    return target
