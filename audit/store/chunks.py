"""The side table of packed temperature readings: bytes that records commit to by SHA-256.

They are evidence, not derived rows: a rebuild could not make them again. Like an original, a chunk
is durable before the entry that names it; a chunk that no entry names is a harmless leftover of a
crash. See ADR 0003.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from hashlib import sha256

from sqlalchemy import Connection, Engine

from audit.store import sql
from audit.store import tables as t
from base.errors import Misuse, message

NOT_ITS_DIGEST = message(
    "store.chunk_digest",
    zh="读数块的内容与摘要 {sha256} 不符",
    en="a chunk of readings does not have the digest {sha256}",
)


def store_chunks(engine: Engine, chunks: Mapping[str, bytes]) -> int:
    """Make chunks durable; how many were new. Raises Misuse when one is not what its key says."""
    for digest, data in chunks.items():
        if sha256(data).hexdigest() != digest:
            raise Misuse(NOT_ITS_DIGEST, sha256=digest)
    with sql.reading(engine) as connection:
        known = present(connection, chunks)
    new = [(digest, data) for digest, data in chunks.items() if digest not in known]
    if not new:
        return 0
    with sql.writing(engine) as connection:
        known = present(connection, [digest for digest, _ in new])
        new = [row for row in new if row[0] not in known]
        sql.insert(connection, t.reading_chunk, new)
    return len(new)


def present(connection: Connection, digests: Iterable[str]) -> set[str]:
    """Those of the digests whose chunk is there."""
    rows = sql.query(
        connection, "SELECT sha256 FROM reading_chunk WHERE sha256 IN :many", list(digests)
    )
    return {row[0] for row in rows}
