"""The ledger's tables and their guards, on SQLite and PostgreSQL.

Append-only: entry, payload, stream_link, tile, checkpoint, key, erased. Only the head row of a
log and the stream heads are updated, and never backwards. The guards below refuse the rest, save
the deletion of a payload that an `erasure` entry names. They are rails against mistakes; proof is
`verify`. `metadata` may be merged into the house's migrations.
"""

from __future__ import annotations

from typing import Final

from sqlalchemy import (
    BigInteger,
    Column,
    Connection,
    Integer,
    LargeBinary,
    MetaData,
    PrimaryKeyConstraint,
    Table,
    Text,
    UniqueConstraint,
    inspect,
    text,
)
from sqlalchemy.dialects import postgresql
from sqlalchemy.schema import SchemaItem

FORMAT: Final = 1
"""Version of these tables, kept in each log's head row. Data from a newer one is not opened."""

metadata = MetaData()
_Bytes = Text().with_variant(Text(collation="C"), "postgresql")
"""Text that sorts by its UTF-8 bytes on both databases."""


def _table(name: str, *columns: SchemaItem, rowid: bool = False) -> Table:
    return Table(
        f"ledger_{name}",
        metadata,
        Column("log_id", Integer, nullable=False),
        *columns,
        sqlite_with_rowid=rowid,
    )


log = _table(
    "log",
    Column("origin", Text, nullable=False),
    Column("format", Integer, nullable=False),
    Column("size", BigInteger, nullable=False),
    Column("root", LargeBinary, nullable=False),
    Column("frontier", LargeBinary, nullable=False),
    Column("head_leaf", LargeBinary, nullable=True),
    Column("head_time", Text, nullable=True),
    PrimaryKeyConstraint("log_id"),
    UniqueConstraint("origin"),
)
log_key = _table(
    "log_key",
    Column("number", Integer, nullable=False),
    Column("vkey", Text, nullable=False),
    Column("from_size", BigInteger, nullable=False),
    PrimaryKeyConstraint("log_id", "number"),
)
entry = _table(
    "entry",
    Column("seq", BigInteger, nullable=False),
    Column("key", _Bytes, nullable=False),
    Column("leaf", LargeBinary, nullable=False),
    Column("raw", LargeBinary, nullable=False),
    PrimaryKeyConstraint("log_id", "seq"),
    UniqueConstraint("log_id", "key"),
    rowid=True,
)
payload = _table(
    "payload",
    Column("seq", BigInteger, nullable=False),
    Column("salt", LargeBinary, nullable=False),
    Column("data", LargeBinary, nullable=False),
    PrimaryKeyConstraint("log_id", "seq"),
    rowid=True,
)
erased = _table(
    "erased",
    Column("seq", BigInteger, nullable=False),
    Column("by_seq", BigInteger, nullable=False),
    PrimaryKeyConstraint("log_id", "seq"),
)
stream_head = _table(
    "stream_head",
    Column("stream", _Bytes, nullable=False),
    Column("n", BigInteger, nullable=False),
    Column("seq", BigInteger, nullable=False),
    Column("slot", Integer, nullable=False),
    PrimaryKeyConstraint("log_id", "stream"),
)
stream_link = _table(
    "stream_link",
    # Where the stream of entry `seq`, place `slot` in its list, was before: a list that is written
    # in the log's own order, so that an append never touches a stream's older pages.
    Column("seq", BigInteger, nullable=False),
    Column("slot", Integer, nullable=False),
    Column("prev_seq", BigInteger, nullable=False),
    Column("prev_slot", Integer, nullable=False),
    PrimaryKeyConstraint("log_id", "seq", "slot"),
)
tile = _table(
    "tile",
    Column("level", Integer, nullable=False),
    Column("tile", BigInteger, nullable=False),
    Column("root", LargeBinary, nullable=False),
    Column("middle", LargeBinary, nullable=False),
    Column("data", LargeBinary, nullable=False),
    PrimaryKeyConstraint("log_id", "level", "tile"),
    rowid=True,
)
checkpoint = _table(
    "checkpoint",
    Column("number", Integer, nullable=False),
    Column("size", BigInteger, nullable=False),
    Column("root", LargeBinary, nullable=False),
    Column("note", Text, nullable=False),
    Column("signed_at", Text, nullable=False),
    PrimaryKeyConstraint("log_id", "number"),
)

_APPEND_ONLY = (entry, stream_link, tile, checkpoint, log_key, erased)
_FORWARD_ONLY = {log: "size", stream_head: "n"}
_NAMED = "EXISTS (SELECT 1 FROM ledger_erased e WHERE e.log_id = OLD.log_id AND e.seq = OLD.seq)"


def create_tables(connection: Connection) -> None:
    """Create the tables and guards that are absent, inside the caller's transaction."""
    present = set(inspect(connection).get_table_names())
    metadata.create_all(connection)
    if log.name in present:
        return
    for statement in guards(connection.dialect.name):
        connection.execute(text(statement))


def guards(dialect: str) -> list[str]:
    """The statements that create the guards, for migrations too."""
    return _postgresql_guards() if dialect == postgresql.dialect.name else _sqlite_guards()


def _sqlite_guards() -> list[str]:
    def trigger(table: Table, action: str, when: str, reason: str) -> str:
        name = f"{table.name}_no_{action.lower()}"
        return (
            f"CREATE TRIGGER {name} BEFORE {action} ON {table.name} {when}"
            f" BEGIN SELECT RAISE(ABORT, 'ledger: {table.name} {reason}'); END"
        )

    made = []
    for table in _APPEND_ONLY:
        made.append(trigger(table, "UPDATE", "", "is append-only"))
        made.append(trigger(table, "DELETE", "", "is append-only"))
    made.append(trigger(payload, "UPDATE", "", "is append-only"))
    made.append(trigger(payload, "DELETE", f"WHEN NOT {_NAMED}", "is named by no erasure"))
    for table, column in _FORWARD_ONLY.items():
        when = f"WHEN NEW.{column} <= OLD.{column} OR NEW.log_id <> OLD.log_id"
        made.append(trigger(table, "UPDATE", when, "only moves forward"))
        made.append(trigger(table, "DELETE", "", "only moves forward"))
    return made


def _postgresql_guards() -> list[str]:
    made = [
        "CREATE OR REPLACE FUNCTION ledger_refuse() RETURNS trigger LANGUAGE plpgsql AS $$"
        " BEGIN RAISE EXCEPTION 'ledger: % refuses %', TG_TABLE_NAME, TG_OP; END $$",
        "CREATE OR REPLACE FUNCTION ledger_refuse_unnamed() RETURNS trigger LANGUAGE plpgsql AS $$"
        f" BEGIN IF {_NAMED} THEN RETURN OLD; END IF;"
        " RAISE EXCEPTION 'ledger: payload % is named by no erasure', OLD.seq; END $$",
    ]

    def refuse(table: Table, events: str, each: str = "STATEMENT", when: str = "") -> str:
        name = f"{table.name}_no_{events.split()[0].lower()}_{each.lower()}"
        return (
            f"CREATE TRIGGER {name} BEFORE {events} ON {table.name} FOR EACH {each} {when}"
            " EXECUTE FUNCTION ledger_refuse()"
        )

    for table in _APPEND_ONLY:
        made.append(refuse(table, "UPDATE OR DELETE OR TRUNCATE"))
    made.append(refuse(payload, "UPDATE OR TRUNCATE"))
    made.append(
        f"CREATE TRIGGER {payload.name}_named BEFORE DELETE ON {payload.name} FOR EACH ROW"
        " EXECUTE FUNCTION ledger_refuse_unnamed()"
    )
    for table, column in _FORWARD_ONLY.items():
        made.append(refuse(table, "DELETE OR TRUNCATE"))
        when = f"WHEN (NEW.{column} <= OLD.{column} OR NEW.log_id <> OLD.log_id)"
        made.append(refuse(table, "UPDATE", "ROW", when))
    # Tiles and hashes do not compress; do not let TOAST try.
    made.append(f"ALTER TABLE {tile.name} ALTER COLUMN data SET STORAGE EXTERNAL")
    return made
