"""Erasure: payload and salt go, the entry and its commitment stay, and an entry says so.

The mechanism only; whether a retention duty or legal hold forbids it is the caller's to decide.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any, Final

from audit.ledger.entry import prepare
from audit.ledger.queue import Group
from audit.ledger.rows import Rows
from audit.ledger.types import Draft, Entry, Lane
from base.errors import Misuse, message

MAX_SEQS: Final = 4_096

CANNOT_ERASE = message(
    "ledger.cannot_erase",
    zh="不能擦除：{reason}",
    en="cannot erase: {reason}",
)
_is_reason = re.compile(r"[a-z][a-z0-9_.]{0,63}").fullmatch


def group(rows: Rows, origin: str, draft: Draft, seqs: Sequence[int], reason: str) -> Group:
    """The group that appends an `erasure` entry and deletes what it names in the same transaction.

    Raises Misuse when the list is empty, too long or names a seq twice, or the reason is no code.
    """
    named = sorted(set(seqs))
    if not named or len(named) != len(seqs) or len(named) > MAX_SEQS:
        raise Misuse(CANNOT_ERASE, reason=f"{len(seqs)} seqs; 1 to {MAX_SEQS}, each once")
    if not _is_reason(reason):
        raise Misuse(CANNOT_ERASE, reason=f"the reason {reason[:80]!r} is not a code")
    prepared = prepare(draft, origin, ledger={"reason": reason, "seqs": named})

    def delete(cursor: Any, entries: tuple[Entry, ...]) -> None:
        by_seq = entries[0].seq
        for seq in named:
            if not rows.holds_payload(cursor, seq):
                raise Misuse(CANNOT_ERASE, reason=f"entry {seq} has no payload, or no longer")
        # Named first: the guard lets only what is named be deleted.
        rows.insert(cursor, "erased", [(rows.log_id, seq, by_seq) for seq in named])
        for seq in named:
            rows.delete_payload(cursor, seq)

    return Group([prepared], Lane.INTERACTIVE, after=delete)
