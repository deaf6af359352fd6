"""Signing a checkpoint: only what was read back, re-hashed and found to continue the last one.

Steps, under the lock of the key directory so that no two processes sign at once:
1. Take the last signed checkpoint from beside the key and the newest in the database; verify both.
2. The stored log must be at least as large as either, and its root at their sizes must be theirs.
3. Re-read every entry since the larger of them, hash its bytes, follow the chain, extend the tree.
4. The root so found must be the head row's. Sign it.
5. Keep it beside the key first (durably), then in the database: a crash between leaves a checkpoint
   that the database, which is durable up to that size, still agrees with.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from sqlalchemy import Engine

from audit.ledger.checkpoint import Checkpoint, body, open_checkpoint
from audit.ledger.keys import NOT_KEPT, keep_checkpoint, key_dir_lock, read_checkpoint
from audit.ledger.merkle import frontier_of, leaf_hash
from audit.ledger.note import Signer, Verifier, parse_vkey, sign_note
from audit.ledger.rows import Head, Rows, reading
from audit.ledger.session import Session, storage_failure
from base.clock import Clock, rfc3339
from base.errors import IntegrityBroken, Refused, Unavailable, message

SIGN_STEP = 2_000

ROLLED_BACK = message(
    "ledger.rolled_back",
    zh="拒绝签名：账本只有 {size} 个条目，少于已签名检查点的 {signed} 个（恢复了旧数据？）",
    en="refusing to sign: the log holds {size} entries, fewer than the {signed} already signed"
    " (was an old database put back?)",
)
INCONSISTENT = message(
    "ledger.inconsistent",
    zh="拒绝签名：大小 {size} 处的根应为 {expected}，实为 {found}",
    en="refusing to sign: the root at size {size} should be {expected}, is {found}",
)
NOT_AS_HASHED = message(
    "ledger.not_as_hashed",
    zh="拒绝签名：条目 {seq} 的{what}应为 {expected}，实为 {found}",
    en="refusing to sign: the {what} of entry {seq} should be {expected}, is {found}",
)
CHECKPOINT_MISSING = message(
    "ledger.checkpoint_missing",
    zh="拒绝签名：密钥目录中没有最后签名的检查点，而数据库中有大小为 {size} 的检查点",
    en="refusing to sign: no last signed checkpoint beside the key, yet the database holds one of"
    " size {size}",
)
NOT_THE_KEY = message(
    "ledger.not_the_key",
    zh="签名密钥 {found} 不是账本现行密钥 {expected}",
    en="the signer {found} is not the log's key in force, {expected}",
)


def sign(
    engine: Engine,
    rows: Rows,
    origin: str,
    signers: Sequence[Signer],
    key_dir: Path,
    clock: Clock,
    *,
    force: bool = False,
) -> Checkpoint:
    """The checkpoint of the log as it stands: the last one when nothing was appended since (and not
    `force`), else a new one, by the steps above. Raises IntegrityBroken instead of signing."""
    with key_dir_lock(key_dir):
        with reading(engine) as cursor:
            head = rows.head(cursor)
            last = last_signed(cursor, rows, origin, key_dir)
            # The checkpoint beside the key may be newer than the head read just before it was
            # signed by another process; the lock makes that impossible from here on.
            _reread(cursor, rows, head, last)
            in_force = rows.run(
                cursor,
                "SELECT vkey FROM ledger_log_key WHERE log_id = ? ORDER BY number DESC LIMIT 1",
                rows.log_id,
            ).fetchone()[0]
        if signers[-1].vkey != in_force:
            raise Refused(NOT_THE_KEY, expected=in_force, found=signers[-1].vkey)
        if last is not None and last.size == head.size and not force:
            return last
        note = sign_note(body(origin, head.size, head.root), signers)
        keep_checkpoint(key_dir, origin, note)
        _store(engine, rows, head, note, rfc3339(clock.now()))
        return Checkpoint(origin, head.size, head.root, note)


def known_keys(cursor: Any, rows: Rows) -> list[Verifier]:
    """All keys that the log has had, oldest first."""
    found = rows.run(
        cursor, "SELECT vkey FROM ledger_log_key WHERE log_id = ? ORDER BY number", rows.log_id
    ).fetchall()
    return [parse_vkey(row[0]) for row in found]


def stored_checkpoints(cursor: Any, rows: Rows, limit: int = 1 << 31) -> list[str]:
    """The notes in the database, newest first."""
    found = rows.run(
        cursor,
        "SELECT note FROM ledger_checkpoint WHERE log_id = ? ORDER BY number DESC LIMIT ?",
        *(rows.log_id, limit),
    ).fetchall()
    return [row[0] for row in found]


def last_signed(cursor: Any, rows: Rows, origin: str, key_dir: Path | None) -> Checkpoint | None:
    """The newest of the checkpoints beside the key and in the database, both verified, both found
    to agree with the stored tree. Raises IntegrityBroken."""
    keys = known_keys(cursor, rows)
    notes = stored_checkpoints(cursor, rows, 1)
    beside = read_checkpoint(key_dir, origin) if key_dir is not None else None
    found = [open_checkpoint(note, keys, origin) for note in notes]
    if beside is not None:
        found.append(open_checkpoint(beside, keys, origin))
    elif found and key_dir is not None:
        raise IntegrityBroken(CHECKPOINT_MISSING, size=found[0].size)
    size = rows.head(cursor).size
    for checkpoint in found:
        if checkpoint.size > size:
            raise IntegrityBroken(ROLLED_BACK, size=size, signed=checkpoint.size)
        stored = frontier_of(rows.nodes(cursor), checkpoint.size).root()
        if stored != checkpoint.root:
            raise IntegrityBroken(
                INCONSISTENT,
                size=checkpoint.size,
                expected=checkpoint.root.hex(),
                found=stored.hex(),
            )
    return max(found, key=lambda checkpoint: checkpoint.size, default=None)


def _reread(cursor: Any, rows: Rows, head: Head, last: Checkpoint | None) -> None:
    """Hash again what is new and recompute the root from it."""
    size = 0 if last is None else last.size
    frontier = frontier_of(rows.nodes(cursor), size)
    before = rows.edge(cursor, 0, size - 1, size)[0] if size else None
    while frontier.size < head.size:
        start = frontier.size
        found = rows.range(cursor, start, min(head.size, start + SIGN_STEP))
        for seq, leaf, raw in found:
            if seq != frontier.size:
                break
            hashed = leaf_hash(raw)
            if hashed != leaf:
                raise _differs(seq, "leaf hash", leaf, hashed)
            if before is not None and b'"prev":"%b"' % before.hex().encode() not in raw:
                raise _differs(seq, "prev", before, b"")
            frontier.push(hashed)
            before = hashed
        if frontier.size == start:
            raise _differs(start, "row", b"", b"")
    if frontier.root() != head.root:
        raise IntegrityBroken(
            INCONSISTENT, size=head.size, expected=head.root.hex(), found=frontier.root().hex()
        )


def _store(engine: Engine, rows: Rows, head: Head, note: str, signed_at: str) -> None:
    session = None
    try:
        session = Session(engine, 5.0)
        session.begin()
        rows.head(session.cursor, lock=True)
        number = rows.run(
            session.cursor,
            "SELECT coalesce(max(number) + 1, 0) FROM ledger_checkpoint WHERE log_id = ?",
            rows.log_id,
        ).fetchone()[0]
        row = (rows.log_id, number, head.size, head.root, note, signed_at)
        rows.insert(session.cursor, "checkpoint", [row])
        session.commit()
        session.ended()
    except Exception as error:
        if storage_failure(error) is not None:
            raise Unavailable(NOT_KEPT, reason=str(error)) from error
        raise
    finally:
        if session is not None:
            session.close()


def _differs(seq: int, what: str, expected: bytes, found: bytes) -> IntegrityBroken:
    return IntegrityBroken(
        NOT_AS_HASHED, seq=seq, what=what, expected=expected.hex(), found=found.hex()
    )
