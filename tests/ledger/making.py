"""What the ledger's tests append, and how they spoil what was stored."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Engine, text

from audit.ledger import Draft, Log, Payload, verify_log

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


def spoil(engine: Engine, statement: str, **values: object) -> None:
    """One change behind the guards, with values."""
    tamper(engine)
    with engine.begin() as connection:
        if engine.dialect.name == "postgresql":
            connection.execute(text("SET LOCAL session_replication_role = replica"))
        connection.execute(text(statement), values)


def cut_to_one(engine: Engine, log: Log) -> None:
    """Put back what the database was after entry 0, as somebody with all the rows would."""
    log.close()
    root = log.root(1)
    for table in ("payload", "stream_link", "stream_head", "tile", "erased"):
        spoil(engine, f"DELETE FROM ledger_{table}")
    spoil(engine, "DELETE FROM ledger_entry WHERE seq > 0")
    spoil(engine, "DELETE FROM ledger_checkpoint WHERE number > 0")
    spoil(
        engine,
        "UPDATE ledger_log SET size = 1, root = :root, frontier = :root, head_leaf = :root,"
        " head_time = '2026-03-01T08:00:00.000000Z'",
        root=root,
    )
    assert verify_log(engine).ok
