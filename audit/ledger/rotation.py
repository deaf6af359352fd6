"""Key rotation: an entry whose note both keys signed. The format is in `entry.py`."""

from __future__ import annotations

from base64 import b64encode
from typing import TYPE_CHECKING, Any, Final

from audit.ledger.checkpoint import parse_body
from audit.ledger.entry import KEY_ROTATED, new_key, prepare
from audit.ledger.note import Signer, Verifier, open_note, parse_vkey, sign_note
from audit.ledger.queue import Group
from audit.ledger.rows import Rows
from audit.ledger.types import Draft, Entry, Lane
from base.errors import IntegrityBroken, Misuse, message

if TYPE_CHECKING:
    from audit.ledger.log import Log

HEADER: Final = "devicetrail/key-rotation/v1"

BAD_ROTATION = message(
    "ledger.bad_rotation", zh="密钥更换不成立：{reason}", en="not a key rotation: {reason}"
)


def rotate(log: Log, rows: Rows, old: Signer, new: Signer, actor: str) -> Entry:
    """Append `log.key_rotated`, and the new key to the key table in the same transaction."""
    if old.vkey == new.vkey or parse_vkey(old.vkey).name != parse_vkey(new.vkey).name:
        raise Misuse(BAD_ROTATION, reason="the new key must differ and keep the name")
    checkpoint = log.checkpoint()
    text = statement(log.origin, checkpoint.size, checkpoint.root, new.vkey)
    facts = {"note": sign_note(text, [old, new])}
    prepared = prepare(Draft(KEY_ROTATED, new_key(), actor), log.origin, ledger=facts)

    def add_key(cursor: Any, entries: tuple[Entry, ...]) -> None:
        vkey, number = rows.run(
            cursor,
            "SELECT vkey, number FROM ledger_log_key WHERE log_id = ? ORDER BY number DESC LIMIT 1",
            rows.log_id,
        ).fetchone()
        if vkey != old.vkey:
            raise Misuse(BAD_ROTATION, reason="the old key is no longer in force")
        rows.insert(cursor, "log_key", [(rows.log_id, number + 1, new.vkey, entries[0].seq + 1)])

    group = Group([prepared], Lane.INTERACTIVE, after=add_key)
    return log.append_own(prepared.draft, facts, group)


def statement(origin: str, size: int, root: bytes, vkey: str) -> str:
    """The text that both keys sign."""
    return f"{HEADER}\n{origin}\n{size}\n{b64encode(root).decode()}\n{vkey}\n"


def verify_rotation(note: str, origin: str, old: Verifier) -> tuple[Verifier, int, bytes]:
    """The new key, and the size and root that the statement names. Raises IntegrityBroken unless
    both keys signed exactly this origin's hand-over."""
    text = note[: note.rfind("\n\n") + 1]
    header, _, rest = text.partition("\n")
    found, size, root, extensions = parse_body(rest)
    if header != HEADER or found != origin or len(extensions) != 1:
        raise IntegrityBroken(BAD_ROTATION, reason="another statement")
    new = parse_vkey(extensions[0])
    opened = open_note(note, [old, new])
    signed = {(line.name, line.key_id) for line in opened.verified}
    if signed != {(old.name, old.key_id), (new.name, new.key_id)}:
        raise IntegrityBroken(BAD_ROTATION, reason="not signed by both keys")
    return new, size, root
