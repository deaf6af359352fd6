"""The sorted map of all streams' heads, its root and proofs. Language-neutral format, version 1.

A `stream.heads` entry with seq s states, in its member `ledger`, for the entries 0..s-1:

    size   s, the number of entries covered
    count  how many streams they touch
    root   the RFC 6962 root over one leaf for each stream, sorted by the UTF-8 bytes of its name

    leaf data = "devicetrail/stream-head/v1\\n" || stream || "\\n" || n || "\\n" || leaf || "\\n"

`n` (decimal) is the running number of the stream's last entry below `size`, `leaf` its leaf hash
in hex. The map leaf's hash is SHA-256(0x00 || leaf data), nodes are SHA-256(0x01 || l || r), the
map of no streams has the root SHA-256(""). A stream name never contains a control character.

A **map proof** that a stream stands at (n, leaf) is an RFC 6962 inclusion proof of that map leaf
at its index in a tree of `count` leaves. A proof that a stream is **absent** is the inclusion
proofs of the two neighbours it would stand between: indices i and i+1 with
name(i) < stream < name(i+1); at either end only the first (index 0) or last (index count-1).

A package's cut (`package.cut`) uses the same leaf data and tree over the streams it covers.
"""

from __future__ import annotations
