"""Kinds of damage to a package, as data: what is done, how far the damage is covered up, and the
code that must name it.

Cover: `bare` nothing else is touched; `tags` the tag manifests are made to agree; `listed` all
manifests are; `signed` the whole package's note is made again too, with the log's own key (the
owner himself is the forger).
"""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from hand_log import HandLog, HandSigner, canonical

Files = dict[str, bytes]
CUT = 12
LOT_2 = "data/entries/000000000/000000000002.json"
LOT_4 = "data/entries/000000000/000000000004.json"
HEADS = "data/entries/000000000/000000000011.json"
CUT_ENTRY = "data/entries/000000000/000000000012.json"
PROOF_4 = "data/proofs/000000000/000000000004.tlog-proof"
PAYLOAD_4 = "data/payloads/000000000/000000000004.json"
CUT_PAYLOAD = "data/payloads/000000000/000000000012.json"
SALTS = "data/payloads/salts.csv"
STREAMS = "data/heads/streams.jsonl"
SELECTION = "data/selection.json"
CHECKPOINT = "data/checkpoints/checkpoint"
EARLIER = "data/checkpoints/earlier/000000000006.checkpoint"
CONSISTENCY = "data/checkpoints/earlier/000000000006.consistency"


@dataclass(frozen=True)
class Damage:
    name: str
    code: str
    cover: str
    do: Callable[[Files], object]


DAMAGES: list[Damage] = []


def original(files: Files) -> str:
    return next(
        path for path in files if path.startswith("data/originals/") and "index" not in path
    )


def edit(path: str, old: bytes, new: bytes) -> Callable[[Files], None]:
    def do(files: Files) -> None:
        assert old in files[path], (path, old)
        files[path] = files[path].replace(old, new, 1)

    return do


def case(name: str, code: str, do: Callable[[Files], object], cover: str = "listed") -> None:
    DAMAGES.append(Damage(name, code, cover, do))


def drop(path: str) -> Callable[[Files], None]:
    def do(files: Files) -> None:
        del files[path]

    return do


def add(path: str, body: bytes = b"x") -> Callable[[Files], None]:
    return lambda files: files.update({path: body})


def json_edit(path: str, change: Callable[[Any], Any]) -> Callable[[Files], None]:
    def do(files: Files) -> None:
        value = json.loads(files[path])
        files[path] = canonical(change(value) or value)

    return do


def flip(path: str | None = None, at: int = -2) -> Callable[[Files], None]:
    def do(files: Files) -> None:
        body = bytearray(files[path or original(files)])
        body[at] ^= 1
        files[path or original(files)] = bytes(body)

    return do


def note_text(change: Callable[[list[str]], list[str]]) -> Callable[[Files], None]:
    """Change the checkpoint's text, signature untouched."""

    def do(files: Files) -> None:
        text, _, tail = files[CHECKPOINT].decode().partition("\n\n")
        files[CHECKPOINT] = ("\n".join(change(text.split("\n"))) + "\n\n" + tail).encode()

    return do


def resign_checkpoint(size: int, root: bytes, signer: HandSigner) -> Callable[[Files], None]:
    def do(files: Files) -> None:
        old = files[CHECKPOINT]
        text = f"{signer.name}\n{size}\n{base64.b64encode(root).decode()}\n"
        files[CHECKPOINT] = signer.note(text).encode()
        for path in files:
            if path.startswith("data/proofs/"):
                files[path] = files[path].replace(old, files[CHECKPOINT])

    return do


def line_edit(path: str, number: int, new: bytes | None) -> Callable[[Files], None]:
    def do(files: Files) -> None:
        lines = files[path].split(b"\n")
        lines[number : number + 1] = [] if new is None else [new]
        files[path] = b"\n".join(lines)

    return do


def swap(one: str, two: str) -> Callable[[Files], None]:
    def do(files: Files) -> None:
        files[one], files[two] = files[two], files[one]

    return do


def rebind(path: str, change: Callable[[Any], Any]) -> Callable[[Files], None]:
    """Change the selection, as somebody would who hopes that nobody compares digests."""
    return json_edit(path, change)


# --- bag ---
case("one byte of an original", "bag.digest", flip(), "bare")
case("one byte of the report's neighbour", "bag.digest", flip("data/README.zh.txt"), "bare")
case("an original is gone", "bag.missing", lambda f: drop(original(f))(f), "bare")
case("an extra file nobody lists", "bag.extra", add("data/extra.txt"), "bare")
case("an extra file that is listed", "bag.extra", add("data/extra.txt"))
case("an extra tag file", "bag.extra", add("notes.txt"))
case(
    "bagit.txt has a space too many",
    "bag.declaration",
    edit("bagit.txt", b"Version: ", b"Version:  "),
)
case("bagit.txt says another version", "bag.declaration", edit("bagit.txt", b"1.0", b"0.97"))
case(
    "bagit.txt begins with a byte order mark",
    "bag.declaration",
    edit("bagit.txt", b"BagIt", b"\xef\xbb\xbfBagIt"),
)
case(
    "bag-info names another size",
    "bag.oxum",
    edit("bag-info.txt", b"Payload-Oxum: ", b"Payload-Oxum: 9"),
    "tags",
)
case(
    "bag-info names another root",
    "bag.info",
    edit("bag-info.txt", b"DeviceTrail-Root: ", b"DeviceTrail-Root: 0"),
    "signed",
)
case(
    "bag-info says one thing twice",
    "bag.info",
    edit("bag-info.txt", b"DeviceTrail-Cut", b"DeviceTrail-Origin: x\nDeviceTrail-Cut"),
)
case(
    "the manifest lists a path outside the bag",
    "container.path",
    edit("manifest-sha256.txt", b"  data/selection.json", b"  data/../../selection.json"),
    "tags",
)
case(
    "the manifest lists an absolute path",
    "container.path",
    edit("manifest-sha256.txt", b"  data/selection.json", b"  /etc/passwd"),
    "tags",
)
case(
    "the manifest lists a file twice",
    "bag.manifest",
    lambda f: f.update({"manifest-sha256.txt": f["manifest-sha256.txt"] * 2}),
    "tags",
)
case(
    "the manifest's digests are upper case",
    "bag.manifest",
    lambda f: f.update({"manifest-sm3.txt": f["manifest-sm3.txt"].upper()}),
    "tags",
)
case(
    "the manifest encodes a path with percent signs",
    "bag.manifest",
    edit("manifest-sha256.txt", b"  data/selection.json", b"  data/selection%2Ejson"),
    "tags",
)
case("the SM3 manifest is gone", "bag.missing", drop("manifest-sm3.txt"), "bare")
case("the tag manifest is gone", "bag.missing", drop("tagmanifest-sha256.txt"), "bare")
case("one SM3 digest is wrong", "bag.digest", flip("manifest-sm3.txt", 3), "tags")
case(
    "carriage returns in a manifest",
    "bag.manifest",
    lambda f: f.update({"manifest-sha256.txt": f["manifest-sha256.txt"].replace(b"\n", b"\r\n")}),
    "tags",
)
case("a path climbs out of the package", "container.path", add("data/../../x"), "bare")
case("a path with a backslash", "container.path", add("data/originals\\x"), "bare")
case("two paths that differ in case only", "container.duplicate", add("data/README.ZH.txt"), "bare")
case("a path with a hidden control character", "container.path", add("data/a\u202eb"), "bare")
case(
    "the report was changed and the manifests too",
    "bag.note",
    edit("data/README.zh.txt", "账本".encode(), "帐本".encode()),
)
case("package.note is gone", "bag.missing", drop("package.note"), "bare")
case("package.note is for another cut", "bag.note", edit("package.note", b"\n12\n", b"\n13\n"))
case(
    "package.note's signature is damaged",
    "signature.invalid",
    lambda f: f.update({"package.note": _flip_signature(f["package.note"])}),
)

# --- signature ---
case("the checkpoint is gone", "bag.missing", drop(CHECKPOINT))
case(
    "the checkpoint has no signature",
    "signature.note",
    lambda f: f.update({CHECKPOINT: f[CHECKPOINT].split(b"\n\n")[0] + b"\n"}),
)
case(
    "the checkpoint names a greater size",
    "signature.invalid",
    note_text(lambda t: [t[0], "14", t[2]]),
)
case(
    "the checkpoint's size has a leading zero",
    "signature.checkpoint",
    note_text(lambda t: [t[0], "013", t[2]]),
)
case(
    "the checkpoint's root is not strict base64",
    "signature.checkpoint",
    note_text(lambda t: [t[0], t[1], t[2][:-1]]),
)
case(
    "the checkpoint's root is short",
    "signature.checkpoint",
    note_text(lambda t: [t[0], t[1], base64.b64encode(b"x" * 31).decode()]),
)
case("the checkpoint has an extra line", "signature.checkpoint", note_text(lambda t: [*t, "more"]))
case(
    "the checkpoint is of another log",
    "entry.origin",
    note_text(lambda t: ["trail.example/other/log/1", *t[1:]]),
)
case(
    "the checkpoint's signature is damaged",
    "signature.invalid",
    lambda f: f.update({CHECKPOINT: _flip_signature(f[CHECKPOINT])}),
)
case(
    "the checkpoint is signed by a stranger",
    "signature.missing",
    lambda f: f.update({CHECKPOINT: _foreign(f[CHECKPOINT])}),
)
case(
    "the key in entry 0 is malformed",
    "entry.profile",
    edit("data/entries/000000000/000000000000.json", b'"vkey":', b'"vkey": '),
)
case("the key in entry 0 is another's", "signature.missing", lambda f: _other_key(f))

# --- entry ---
case("an entry has a space", "entry.profile", edit(LOT_4, b'"v":1', b'"v": 1'))
case("an entry has a key twice", "entry.profile", edit(LOT_4, b'"v":1', b'"v":1,"v":1'))
case(
    "an entry's keys are not sorted",
    "entry.profile",
    lambda f: f.update({LOT_4: b'{"v":1,' + f[LOT_4][1:].replace(b',"v":1', b"")}),
)
case("an entry has a float", "entry.profile", edit(LOT_4, b'"v":1', b'"v":1.0'))
case("an entry has a null", "entry.profile", edit(LOT_4, b'"v":1', b'"v":null'))
case("an entry is no JSON", "entry.profile", edit(LOT_4, b"{", b"["))
case("an entry has an unknown member", "entry.field", json_edit(LOT_4, lambda e: e | {"zzz": 1}))
case(
    "an entry's time has no zone",
    "entry.field",
    json_edit(LOT_4, lambda e: e | {"recorded_at": "2026-03-01T08:00:00.000000"}),
)
case("an entry names another log", "entry.origin", json_edit(LOT_4, lambda e: e | {"origin": "x"}))
case("two entries swapped their files", "entry.seq", swap(LOT_2, LOT_4))
case(
    "an entry lies in the wrong folder",
    "container.path",
    lambda f: f.update({"data/entries/000000001/000000000004.json": f.pop(LOT_4)}),
)
case(
    "entry 0 is gone",
    "entry.missing",
    drop("data/entries/000000000/000000000000.json"),
)
case(
    "a later entry calls itself log.opened",
    "entry.field",
    json_edit(LOT_4, lambda e: e | {"kind": "log.opened"}),
)
case(
    "an entry has a stream twice",
    "entry.field",
    json_edit(LOT_4, lambda e: e | {"streams": e["streams"] * 2}),
)
case("the actor of an entry was changed", "tree.root", edit(LOT_4, b"user-1", b"user-2"))
case("the time of an entry was changed", "tree.root", edit(LOT_4, b"08:04", b"09:04"))

# --- tree ---
case("a proof is gone", "tree.missing", drop(PROOF_4))
case(
    "a proof is for another entry",
    "tree.proof",
    swap(PROOF_4, "data/proofs/000000000/000000000002.tlog-proof"),
)
case("a proof has another index", "tree.proof", edit(PROOF_4, b"index 4", b"index 5"))
case("a proof has another first line", "tree.proof", edit(PROOF_4, b"@v1", b"@v2"))
case("a proof carries another checkpoint", "tree.proof", edit(PROOF_4, b"\n13\n", b"\n14\n"))
case("a proof lacks a hash", "tree.root", line_edit(PROOF_4, 2, None))
case(
    "a proof has a hash too many",
    "tree.root",
    line_edit(PROOF_4, 2, base64.b64encode(b"x" * 32) + b"\n" + base64.b64encode(b"y" * 32)),
)
case(
    "a proof's hash is loose base64",
    "tree.proof",
    lambda f: f.update({PROOF_4: _loosen(f[PROOF_4])}),
)
case("a proof without its entry", "bag.extra", add("data/proofs/000000000/000000000003.tlog-proof"))

# --- cut ---
case(
    "an entry in the middle of the lot is withheld",
    "entry.missing",
    lambda f: [f.pop(LOT_4), f.pop(PROOF_4), f.pop(PAYLOAD_4)],
)
case(
    "the cut is gone",
    "cut.missing",
    lambda f: [f.pop(p) for p in list(f) if "000000000012" in p],
)
case("the cut's payload is gone", "cut.payload", drop(CUT_PAYLOAD))
case(
    "the cut's payload was changed",
    "payload.commit",
    edit(CUT_PAYLOAD, b'"tool":"test"', b'"tool":"rest"'),
)
case(
    "the selection was changed",
    "cut.selection",
    json_edit(SELECTION, lambda s: s | {"left_out": []} | {"whole": []}),
)
case(
    "a member is struck from the selection",
    "cut.selection",
    json_edit(SELECTION, lambda s: s | {"members": s["members"][1:]}),
)

# --- heads, streams ---
case("a covered stream is struck out", "cut.streams", lambda f: f.update({STREAMS: b""}))
case("a stream's head is one earlier", "heads.root", lambda f: f.update({STREAMS: _shorter(f)}))
case(
    "a map proof has a wrong hash",
    "heads.root",
    lambda f: f.update({STREAMS: _line(f, proof=lambda p: [*p[:-1], "00" * 32])}),
)
case(
    "a map proof has a wrong index",
    "heads.root",
    lambda f: f.update({STREAMS: _line(f, index=lambda i: i + 1)}),
)
case(
    "a map proof is for another stream",
    "heads.root",
    lambda f: f.update({STREAMS: _line(f, stream=lambda s: s + "x")}),
)
case("a stream is listed twice", "heads.proof", lambda f: f.update({STREAMS: f[STREAMS] * 2}))
case(
    "a map proof has a member too many",
    "heads.proof",
    lambda f: f.update({STREAMS: _line(f, more=lambda _: 1)}),
)

# --- payload ---
case("a payload was changed", "payload.commit", edit(PAYLOAD_4, b'"A1"', b'"B1"'))
case("a payload is gone", "payload.salt", drop(PAYLOAD_4))
case(
    "a payload and its salt are gone",
    "payload.missing",
    lambda f: [drop(PAYLOAD_4)(f), _salt(f, 4, None)],
)
case(
    "two payloads changed places",
    "payload.commit",
    swap(PAYLOAD_4, "data/payloads/000000000/000000000002.json"),
)
case("a salt is wrong", "payload.commit", lambda f: _salt(f, 4, "00" * 32))
case("a salt is gone", "payload.salt", lambda f: _salt(f, 4, None))
case("the table of salts has no head", "payload.salt", line_edit(SALTS, 0, None))
case(
    "a salt stands twice",
    "payload.salt",
    lambda f: f.update({SALTS: f[SALTS] + f[SALTS].split(b"\n")[-2] + b"\n"}),
)
case(
    "a payload for an entry that has none",
    "payload.undeclared",
    lambda f: ([add("data/payloads/000000000/000000000008.json")(f), _salt(f, 8, "00" * 32)]),
)

# --- document ---
case("an original was changed and its listing too", "document.hash", flip())
case(
    "an original is hidden, listings agree",
    "document.missing",
    lambda f: drop(original(f))(f),
)
case(
    "an original was put in that nobody names",
    "document.undeclared",
    add("data/originals/aa/" + "aa" * 32),
)
case(
    "an original lies in the wrong folder",
    "container.path",
    lambda f: f.update({"data/originals/00/" + original(f)[18:]: f.pop(original(f))}),
)

# --- record ---
case(
    "a readable record says something else",
    "record.differs",
    edit("data/records/party.jsonl", b"Acme", b"Acne"),
)
case(
    "a readable record has another number",
    "record.differs",
    edit("data/records/party.jsonl", b'"seq":9', b'"seq":2'),
)
case(
    "a readable record for an entry that is not here",
    "record.differs",
    edit("data/records/party.jsonl", b'"seq":9', b'"seq":5'),
)

# --- anchor ---
case(
    "an earlier checkpoint's root was changed",
    "signature.invalid",
    lambda f: f.update({EARLIER: _other_root(f[EARLIER])}),
    "signed",
)
case("an earlier checkpoint has no proof", "anchor.earlier", drop(CONSISTENCY), "signed")
case(
    "an earlier checkpoint lies under another size",
    "anchor.earlier",
    lambda f: ([f.update({p.replace("06.c", "07.c"): f.pop(p)}) for p in (EARLIER, CONSISTENCY)]),
    "signed",
)
case(
    "a consistency proof has a wrong hash",
    "anchor.consistency",
    line_edit(CONSISTENCY, 0, base64.b64encode(b"z" * 32)),
    "signed",
)
case(
    "a consistency proof is empty",
    "anchor.consistency",
    lambda f: f.update({CONSISTENCY: b""}),
    "signed",
)
case(
    "a consistency proof is loose base64",
    "anchor.consistency",
    lambda f: f.update({CONSISTENCY: b" " + f[CONSISTENCY]}),
    "signed",
)


def _flip_signature(note: bytes) -> bytes:
    head, _, line = note.rstrip(b"\n").rpartition(b" ")
    blob = bytearray(base64.b64decode(line))
    blob[-1] ^= 1
    return head + b" " + base64.b64encode(bytes(blob)) + b"\n"


def _foreign(note: bytes) -> bytes:
    text = note.decode().partition("\n\n")[0] + "\n"
    return HandSigner(text.split("\n")[0], seed=9).note(text).encode()


def _other_root(note: bytes) -> bytes:
    lines = note.split(b"\n")
    lines[2] = base64.b64encode(hashlib.sha256(b"other").digest())
    return b"\n".join(lines)


def _other_key(files: Files) -> None:
    path = "data/entries/000000000/000000000000.json"
    value = json.loads(files[path])
    value["ledger"]["vkey"] = HandSigner(value["origin"], seed=9).vkey
    files[path] = canonical(value)


def _loosen(proof: bytes) -> bytes:
    lines = proof.split(b"\n")
    lines[2] = lines[2][:-1] + b"\r="
    return b"\n".join(lines)


def _line(files: Files, **change: Callable[[Any], Any]) -> bytes:
    row = json.loads(files[STREAMS])
    for name, how in change.items():
        row[name] = how(row.get(name))
    return canonical(row) + b"\n"


def _shorter(files: Files) -> bytes:
    row = json.loads(files[STREAMS])
    row["n"] -= 1
    return canonical(row) + b"\n"


def _salt(files: Files, seq: int, salt: str | None) -> None:
    rows = dict(line.split(",") for line in files[SALTS].decode().split("\n")[1:-1])
    rows.pop(str(seq), None)
    if salt is not None:
        rows[str(seq)] = salt
    lines = [f"{one},{rows[one]}" for one in sorted(rows, key=int)]
    files[SALTS] = "\n".join(["seq,salt", *lines, ""]).encode()


__all__ = ["CUT", "DAMAGES", "Damage", "HandLog"]
