"""The projector that the ledger calls inside each append, and that a rebuild calls again."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import Connection

from audit.ledger.types import Appended
from audit.store.derive import Memo
from audit.store.projection.batch import Batch, OpenHeader
from audit.store.projection.identity import first_seen
from audit.store.projection.registry import rule_for
from base.errors import Misuse, message

LINES_MISSING = message(
    "store.lines_missing",
    zh="记录的明细不完整：{key}",
    en="the lines of a record are not complete: {key}",
)


class Projection:
    """Turns appended entries into rows. Pure but for the read tables it is given.

    whole: every call gets whole groups, as the ledger's writer does; a record without all of its
    lines is then refused. A rebuild reads entries in runs that may cut a group, and says False.
    """

    def __init__(self, log_id: int = 0, memo: Memo | None = None, *, whole: bool = True) -> None:
        """`log_id` may be set later: a log that is being created gets its number first, and its
        entry 0 leaves no rows."""
        self.log_id = log_id
        self.memo = memo or Memo()
        self._whole = whole
        self._open: dict[str, OpenHeader] = {}

    def __call__(self, connection: Connection, appended: Sequence[Appended]) -> None:
        """Project entries in order. Raising leaves it to the caller to roll back."""
        batch = Batch(connection, self.log_id, self.memo, first_seen)
        if not self._whole:
            batch.open_headers = self._open
        for one in appended:
            rule = rule_for(one.entry.kind)
            if rule is not None:
                rule.project(batch, one.entry, one.payload)
        if self._whole and batch.open_headers:
            raise Misuse(LINES_MISSING, key=next(iter(batch.open_headers)))
        batch.flush()


__all__ = ["Projection"]
