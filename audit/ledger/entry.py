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
                      [, restored: {checkpoint: string (signed note), origin: string [, heads: hash]}]}
    log.key_rotated  {note: string}: a signed note by the old and by the new key, see below
    stream.heads     {count: integer, root: hash, size: integer}: see `heads.py`; size = seq
    erasure          {reason: string, seqs: [integer ascending]}: the payloads of these entries, with
                     their salts, have been deleted; each seq < this entry's seq and had a payload
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
