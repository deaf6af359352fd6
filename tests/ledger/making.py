"""What the ledger's tests append, and how they spoil what was stored."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Engine, text

from audit.ledger import Draft, Log, Payload

ORIGIN = "ledger.example/org-1/log/1"


def draft(key: str, *streams: str, data: bytes | None = b"{}", **more: Any) -> Draft:
    """A draft with the usual members."""
    payload = None if data is None else Payload("record.invoice/1", data)
    return Draft("record.invoice", key, "user:1", payload, streams, **more)


def fill(log: Log, count: int, *, streams: int = 7) -> None:
    """Append `count` entries over a few streams, in groups of a hundred."""
    start = log.size()
    for first in range(start, start + count, 100):
        log.append(
            *(
                draft(f"k{seq}", f"lot:{seq % streams}", f"party:{seq % 3}", data=b"p%d" % seq)
                for seq in range(first, min(first + 100, start + count))
            )
        )


def tamper(engine: Engine, *statements: str) -> None:
    """Change rows as somebody does who drops the guards first."""
    with engine.begin() as connection:
        if engine.dialect.name == "postgresql":
            connection.execute(text("SET LOCAL session_replication_role = replica"))
        else:
            triggers = connection.execute(
                text("SELECT name FROM sqlite_master WHERE type='trigger'")
            )
            for (name,) in triggers.fetchall():
                connection.execute(text(f"DROP TRIGGER {name}"))
        for statement in statements:
            connection.execute(text(statement))
