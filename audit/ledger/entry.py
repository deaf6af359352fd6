"""The entry: what is hashed, and how it is written and read. Language-neutral format, version 1.

An independent verifier needs this page, SHA-256, Ed25519 and a JSON parser; nothing else.

**Hashes in JSON** are 64 lower-case hexadecimal digits. **Times** are RFC 3339, UTC, exactly six
fraction digits and `Z`: `2026-03-01T08:00:00.000000Z`.

**Encoding.** An entry is one JSON object in UTF-8, in the subset of RFC 8785 (JCS) described in
`canonical.py`: members sorted by key, no white space, keys of `[a-z0-9_.]+`, no null, no floats,
|integer| <= 2^53-1, depth <= 32, at most 65,535 bytes, each key once in its object; in strings
only `"`, `\\` and U+0000..U+001F are escaped (`\\b \\t \\n \\f \\r`, else `\\u00xx` lower case).
A reader parses it, refuses duplicate keys, and may check that writing it again gives the bytes.

Members (an absent value is left out, never null; empty lists are left out):

    actor        string, visible ASCII, 1..128     who, from authentication
    documents    [{media_type, sha256, size}]      originals by content address
    key          string, visible ASCII, 1..128     unique in the log
    kind         `[a-z][a-z0-9_]*(.[a-z0-9_]+)*`   at most 64 characters
    ledger       object                            only in the ledger's own kinds, below
    occurred_at  time                              the event's own time, if it has one
    origin       string                            the log; equal in all entries of the log
    payload      {commit, schema, size}            commitment to bytes kept outside
    prev         hash                              leaf hash of entry seq-1; absent in entry 0 only
    recorded_at  time                              the server's clock when it was appended
    seq          integer                           0-based leaf index
    streams      [{n, prev, stream}]               1..64, each stream once; see below
    supersedes   [integer]                         each < seq, each once
    v            1

    leaf hash = SHA-256(0x00 || entry bytes)        tree: RFC 6962, node = SHA-256(0x01 || l || r)

**payload.** `commit = SHA-256("devicetrail/payload/v1\\n" || salt || data)`, salt of 32 random
bytes, `size` = length of data in bytes, `schema` like `record.invoice/2`. Salt and data are kept
outside the entry and both vanish when the payload is erased.

**streams.** `n` is the entry's running number in that stream, from 0 without gaps; `prev` is the
leaf hash of the stream's entry n-1 and is absent when n = 0. So the entries of one stream prove
among themselves that none between them was left out.

**The ledger's own kinds** (no other kind has the member `ledger`; these kinds have it always):

    log.opened       entry 0 and only entry 0
                     {formats: {entry: 1, heads: 1, payload: 1, rotation: 1}, vkey: string
                      [, restored: {checkpoint: signed note, origin: string [, heads: hash]}]}
    log.key_rotated  {note: string}: a signed note by the old and by the new key, see below
    stream.heads     {count: integer, root: hash, size: integer}: see `heads.py`; size = seq
    erasure          {reason: string, seqs: [integer ascending]}: the payloads of these entries,
                     with their salts, were deleted; each < this entry's seq, each had a payload
    clock.stepped    {from: time, to: time}: recorded_at of the entry before; the clock afterwards

**Key rotation.** The note's text is five lines, each ended by a newline:

    devicetrail/key-rotation/v1
    <origin>
    <size>                      decimal: a tree size <= seq of this entry
    <base64 of the root hash>   the root at that size
    <vkey of the new key>

It carries one signature line by the key in force until now and one by the new key. Checkpoints
of a size greater than the rotation entry's seq are signed by the new key (the first of them by
both); those of a size up to it by the old one.

**Checkpoints, keys** are C2SP: see `checkpoint.py`, `note.py`. A key's **fingerprint** is
SHA-256(vkey text in UTF-8) in hex.
"""

from __future__ import annotations

import os
import re
import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from hashlib import sha256
from typing import Any, Final
from uuid import UUID

import orjson

from audit.ledger import canonical
from audit.ledger.merkle import leaf_hash
from audit.ledger.types import DocumentRef, Draft, Entry, PayloadCommit, StreamLink
from base.clock import parse_rfc3339, rfc3339
from base.errors import IntegrityBroken, Misuse, message

FORMATS: Final = {"entry": 1, "heads": 1, "payload": 1, "rotation": 1}
OPENED: Final = "log.opened"
KEY_ROTATED: Final = "log.key_rotated"
STREAM_HEADS: Final = "stream.heads"
ERASURE: Final = "erasure"
CLOCK_STEPPED: Final = "clock.stepped"
OWN_KINDS: Final = frozenset({OPENED, KEY_ROTATED, STREAM_HEADS, ERASURE, CLOCK_STEPPED})

MAX_STREAMS: Final = 64
SALT_SIZE: Final = 32
COMMIT_PREFIX: Final = b"devicetrail/payload/v1\n"

BAD_DRAFT = message(
    "ledger.bad_draft",
    zh="待追加条目的“{key}”不成立：{reason}",
    en="the draft's '{key}' is not acceptable: {reason}",
)
ENTRY_TOO_LARGE = message(
    "ledger.entry_too_large",
    zh="条目约 {size} 字节，超过 65,535 字节；应分为一个主条目和若干 record.lines 条目",
    en="the entry needs about {size} bytes, more than 65,535; split it into a header entry and "
    "record.lines entries",
)
BAD_ENTRY = message(
    "ledger.bad_entry",
    zh="条目字节不符合格式：“{key}” {reason}",
    en="the entry's bytes are not of the format: '{key}' {reason}",
)

_is_kind = re.compile(r"[a-z][a-z0-9_]*(?:\.[a-z0-9_]+)*").fullmatch
_is_schema = re.compile(r"[a-z][a-z0-9_.]*/[1-9][0-9]{0,8}").fullmatch
_is_token = re.compile(r"[!-~]{1,128}").fullmatch
_is_plain_token = re.compile(r"[!#-\[\]-~]{1,128}").fullmatch
"""A token that JSON writes without an escape."""
_is_media_type = re.compile(r"[ -~]{1,128}").fullmatch
_is_hash = re.compile(r"[0-9a-f]{64}").fullmatch
_is_stream = re.compile(r"[a-z][a-z0-9_]*:[^\x00-\x1f\x7f-\x9f]{1,500}").fullmatch


@dataclass(slots=True)
class Prepared:
    """A draft with everything computed that does not depend on its place in the log."""

    draft: Draft
    front: str
    """The members from `actor` to `payload`, already in JSON."""
    back: str
    """`supersedes` and `v`, already in JSON."""
    streams: tuple[str, ...]
    """Each stream's name in JSON, in the draft's order."""
    salt: bytes
    commit: PayloadCommit | None
    size: int
    """Bytes that the entry and its payload will take, about."""
    ledger: Mapping[str, Any] | None = None


def payload_commit(salt: bytes, data: bytes) -> bytes:
    """SHA-256("devicetrail/payload/v1\\n" || salt || data)."""
    return sha256(COMMIT_PREFIX + salt + data).digest()


def new_key() -> str:
    """A fresh entry key: UUIDv7, so that keys made later sort later."""
    moment = time.time_ns() // 1_000_000
    value = moment << 80 | int.from_bytes(os.urandom(10), "big")
    value = value & ~(0xF << 76) & ~(0x3 << 62) | 0x7 << 76 | 0x2 << 62
    return str(UUID(int=value))


def prepare(
    draft: Draft,
    origin: str,
    *,
    ledger: Mapping[str, Any] | None = None,
    salt: bytes | None = None,
) -> Prepared:
    """Check a draft and encode what is known of it. `ledger` is the member of that name, given for
    the ledger's own kinds only. Raises Misuse naming the key of whatever is not acceptable."""
    if (draft.kind in OWN_KINDS) != (ledger is not None):
        raise _refuse("kind", f"{draft.kind!r} is the ledger's own")
    parts = [f'{{"actor":{_token("actor", draft.actor)}']
    if draft.documents:
        listed = [_document(at, document) for at, document in enumerate(draft.documents)]
        parts.append(f',"documents":{orjson.dumps(listed).decode()}')
    key = draft.key
    if not _is_plain_token(key):
        if not _is_token(key):
            raise _refuse("key", "1 to 128 visible ASCII characters")
        key = orjson.dumps(key).decode()[1:-1]
    parts.append(f',"key":"{key}","kind":"{_kind(draft.kind)}"')
    if ledger is not None:
        parts.append(f',"ledger":{canonical.encode(ledger).decode()}')
    if draft.occurred_at is not None:
        if draft.occurred_at.tzinfo is None:
            raise _refuse("occurred_at", "a moment needs a time zone")
        parts.append(f',"occurred_at":"{rfc3339(draft.occurred_at)}"')
    parts.append(f',"origin":{_origin(origin)}')
    commit, salt = None, salt or b""
    size = 0
    payload = draft.payload
    if payload is not None:
        schema, data = _schema(payload.schema), payload.data
        if type(data) is not bytes:
            raise _refuse("payload.data", "bytes")
        salt = salt or os.urandom(SALT_SIZE)
        size = len(data)
        digest = sha256(COMMIT_PREFIX + salt + data)
        commit = PayloadCommit(digest.digest(), size, schema)
        parts.append(
            f',"payload":{{"commit":"{digest.hexdigest()}","schema":"{schema}","size":{size}}}'
        )
    streams = _streams(draft.streams) if draft.streams else ()
    back = ',"v":1}'
    if draft.supersedes:
        back = f',"supersedes":{orjson.dumps(_seqs(draft.supersedes)).decode()}{back}'
    if draft.expect:
        for name, count in draft.expect.items():
            if type(count) is not int or count < 0:
                raise _refuse(f"expect.{name}", repr(count))
    front = "".join(parts)
    # Each character takes at most four bytes; only what might be too long is measured exactly.
    room = len(front) + len(back) + 256 + sum([len(name) + 128 for name in streams])
    if room * 4 > canonical.MAX_BYTES:
        room += sum([len(text.encode()) - len(text) for text in (front, *streams)])
        if room > canonical.MAX_BYTES:
            raise Misuse(ENTRY_TOO_LARGE, size=room)
    return Prepared(draft, front, back, streams, salt, commit, room + size, ledger)


def place(
    prepared: Prepared,
    origin: str,
    seq: int,
    prev: bytes | None,
    recorded_at: datetime,
    recorded_text: str,
    links: tuple[StreamLink, ...],
) -> Entry:
    """The entry of a prepared draft at its place. `recorded_text` is `recorded_at` as in JSON."""
    text = prepared.front if prev is None else f'{prepared.front},"prev":"{prev.hex()}"'
    if links:
        listed = ",".join(
            [
                f'{{"n":{link.n},"stream":{name}}}'
                if link.prev is None
                else f'{{"n":{link.n},"prev":"{link.prev.hex()}","stream":{name}}}'
                for name, link in zip(prepared.streams, links, strict=True)
            ]
        )
        text = f'{text},"recorded_at":"{recorded_text}","seq":{seq},"streams":[{listed}]'
    else:
        text = f'{text},"recorded_at":"{recorded_text}","seq":{seq}'
    raw = f"{text}{prepared.back}".encode()
    draft = prepared.draft
    return Entry(
        raw,
        sha256(b"\0" + raw).digest(),
        origin,
        seq,
        prev,
        draft.kind,
        draft.key,
        draft.actor,
        recorded_at,
        draft.occurred_at,
        links,
        prepared.commit,
        draft.documents,
        draft.supersedes,
        prepared.ledger,
    )


def same_content(stored: Entry, draft: Draft, salt: bytes | None) -> bool:
    """Whether a draft asks for what a stored entry says, its payload judged by the stored salt."""
    if (draft.payload is not None) != (salt is not None):
        return False
    if draft.kind in OWN_KINDS:
        return False
    again = prepare(draft, stored.origin, salt=salt)
    follows = ',"prev":"' if stored.prev is not None else ',"recorded_at":"'
    return (
        stored.raw.startswith((again.front + follows).encode())
        and tuple(link.stream for link in stored.streams) == draft.streams
        and stored.supersedes == draft.supersedes
    )


def parse_entry(raw: bytes) -> Entry:
    """Read an entry's bytes strictly. Raises IntegrityBroken naming the member that is wrong."""
    value = canonical.decode(raw)
    key = ""
    try:
        key = "v"
        if value["v"] != 1:
            raise IntegrityBroken(BAD_ENTRY, key=key, reason=repr(value["v"]))
        key = "streams"
        links = tuple(
            StreamLink(link["stream"], link["n"], _bytes(link.get("prev")))
            for link in value.get("streams", ())
        )
        key = "payload"
        kept = value.get("payload")
        commit = kept and PayloadCommit(bytes.fromhex(kept["commit"]), kept["size"], kept["schema"])
        key = "documents"
        documents = tuple(
            DocumentRef(document["sha256"], document["size"], document["media_type"])
            for document in value.get("documents", ())
        )
        key = "occurred_at"
        occurred = value.get("occurred_at")
        key = "actor, key, kind, origin, prev, recorded_at, seq or supersedes"
        return Entry(
            raw,
            leaf_hash(raw),
            value["origin"],
            value["seq"],
            _bytes(value.get("prev")),
            value["kind"],
            value["key"],
            value["actor"],
            parse_rfc3339(value["recorded_at"]),
            occurred and parse_rfc3339(occurred),
            links,
            commit,
            documents,
            tuple(value.get("supersedes", ())),
            value.get("ledger"),
        )
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise IntegrityBroken(BAD_ENTRY, key=key, reason=f"({error!r})") from error


def _document(at: int, document: DocumentRef) -> dict[str, object]:
    key = f"documents[{at}]"
    if not _is_hash(document.sha256):
        raise _refuse(f"{key}.sha256", "64 lower-case hex digits")
    if type(document.size) is not int or not 0 <= document.size <= canonical.MAX_INTEGER:
        raise _refuse(f"{key}.size", repr(document.size))
    if not _is_media_type(document.media_type):
        raise _refuse(f"{key}.media_type", repr(document.media_type))
    return {
        "media_type": document.media_type,
        "sha256": document.sha256,
        "size": document.size,
    }


def _streams(names: tuple[str, ...]) -> tuple[str, ...]:
    if len(names) > MAX_STREAMS:
        raise _refuse("streams", f"{len(names)} streams, at most {MAX_STREAMS}")
    if len(names) > 1 and len(set(names)) != len(names):
        raise _refuse("streams", "a stream named twice")
    return tuple([_stream(name) for name in names])


# What recurs in every draft is checked and encoded once.


@lru_cache(maxsize=1 << 16)
def _stream(name: str) -> str:
    if not _is_stream(name):
        raise _refuse("streams", f"{name[:80]!r} is not like lot:… in 1 to 500 characters")
    return canonical.string(name, "streams").decode()


@lru_cache(maxsize=1 << 12)
def _token(key: str, value: str) -> str:
    if not _is_token(value):
        raise _refuse(key, "1 to 128 visible ASCII characters")
    return orjson.dumps(value).decode()


@lru_cache(maxsize=1 << 10)
def _kind(kind: str) -> str:
    if not _is_kind(kind) or len(kind) > 64:
        raise _refuse("kind", repr(kind))
    return kind


@lru_cache(maxsize=1 << 10)
def _schema(schema: str) -> str:
    if not _is_schema(schema):
        raise _refuse("payload.schema", repr(schema))
    return schema


@lru_cache(maxsize=64)
def _origin(origin: str) -> str:
    return canonical.string(origin, "origin").decode()


def _seqs(seqs: tuple[int, ...]) -> list[int]:
    if len(set(seqs)) != len(seqs):
        raise _refuse("supersedes", "a seq named twice")
    for seq in seqs:
        if type(seq) is not int or not 0 <= seq <= canonical.MAX_INTEGER:
            raise _refuse("supersedes", repr(seq))
    return list(seqs)


def _bytes(text: str | None) -> bytes | None:
    return None if text is None else bytes.fromhex(text)


def _refuse(key: str, reason: str) -> Misuse:
    return Misuse(BAD_DRAFT, key=key, reason=reason)
