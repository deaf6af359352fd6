"""Driver-level SQL that reads the same on SQLite and PostgreSQL.

Statements are written once, with `?` for a value and `IN :many` for a list of any length; the
list travels as one parameter (a JSON array or a PostgreSQL array), so neither database's limit on
parameters nor its statement cache minds thousands of members.
"""

from __future__ import annotations

import re
import secrets
import sqlite3
import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from functools import lru_cache
from itertools import chain
from typing import Any, Final

import orjson
import psycopg
from sqlalchemy import BigInteger, Connection, Engine, Integer, LargeBinary, Table
from sqlalchemy.exc import OperationalError

from base.errors import Unavailable, message

Row = tuple[Any, ...]
Value = str | int | bytes | None | list[str] | list[int]

VISIBLE: Final = "{0}.from_seq < ? AND ({0}.to_seq IS NULL OR {0}.to_seq >= ?)"
"""A row as known at a ledger size; the size is given twice."""

_ROWS: Final = (64, 16, 4, 1)
"""Rows in one INSERT on SQLite: few sizes, so that the driver's statement cache holds them all."""

PATIENCE: Final = 30.0
"""Seconds to wait for SQLite's write lock outside the ledger's own writer."""

LOCKED = message(
    "store.locked",
    zh="数据库正被占用，请稍后再试",
    en="the database is busy; try again",
)
DATABASE = message(
    "store.database",
    zh="数据库不可用：{reason}",
    en="the database is not available: {reason}",
)


def query(connection: Connection, sql: str, *values: Value) -> list[Row]:
    """The rows of a statement, read whole. Raises what the driver raises."""
    statement, parameters = _prepare(connection.dialect.name, sql, values)
    cursor = _cursor(connection)
    try:
        cursor.execute(statement, parameters)
        rows: list[Row] = cursor.fetchall()
        return rows
    finally:
        cursor.close()


def stream(connection: Connection, sql: str, *values: Value) -> Iterator[Row]:
    """The rows of a statement, a few thousand in memory at a time."""
    statement, parameters = _prepare(connection.dialect.name, sql, values)
    driver: Any = connection.connection.dbapi_connection
    if connection.dialect.name == "sqlite":
        cursor = driver.cursor()
    else:
        cursor = driver.cursor(name=f"stream_{secrets.token_hex(4)}")
    try:
        cursor.execute(statement, parameters)
        while rows := cursor.fetchmany(2_000):
            yield from rows
    finally:
        cursor.close()


def execute(connection: Connection, sql: str, *values: Value) -> int:
    """Run a statement; how many rows it touched. Raises what the driver raises."""
    statement, parameters = _prepare(connection.dialect.name, sql, values)
    cursor = _cursor(connection)
    try:
        cursor.execute(statement, parameters)
        return int(cursor.rowcount)
    finally:
        cursor.close()


def insert(connection: Connection, table: Table, rows: Sequence[Row]) -> None:
    """Insert rows whose values stand in the order of the table's columns, in one round trip."""
    if not rows:
        return
    cursor = _cursor(connection)
    try:
        if connection.dialect.name == "sqlite":
            _insert_sqlite(cursor, table, rows)
        else:
            cursor.execute(_postgresql_insert(table), [list(c) for c in zip(*rows, strict=True)])
    finally:
        cursor.close()


_INDEX: Final = re.compile(r":index\((\w+)\)")
"""Which index SQLite is to use where, without statistics, it would choose another."""


@lru_cache(maxsize=256)
def translate(dialect: str, sql: str) -> str:
    """The statement in the driver's own words."""
    if dialect == "sqlite":
        return _INDEX.sub(r"INDEXED BY \1", sql).replace(
            "IN :many", "IN (SELECT value FROM json_each(?))"
        )
    sql = _INDEX.sub("", sql)
    return sql.replace("%", "%%").replace("IN :many", "= ANY(?)").replace("?", "%s")


@contextmanager
def unavailable() -> Iterator[None]:
    """Turn what the driver says of a busy, full or lost database into Unavailable."""
    try:
        yield
    except OperationalError as error:
        raise as_unavailable(error.orig or error) from error
    except (sqlite3.OperationalError, psycopg.OperationalError) as error:
        raise as_unavailable(error) from error


def as_unavailable(error: BaseException) -> Unavailable:
    if is_busy(error):
        return Unavailable(LOCKED)
    reason = str(error).strip().splitlines()
    return Unavailable(DATABASE, reason=reason[0] if reason else type(error).__name__)


def is_busy(error: BaseException) -> bool:
    code = getattr(error, "sqlite_errorcode", 0) & 0xFF
    return isinstance(error, sqlite3.Error) and code in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED)


@contextmanager
def writing(engine: Engine) -> Iterator[Connection]:
    """A transaction that writes, durable when it ends. For rows beside the ledger's own writer.

    On SQLite it takes the write lock at once, asking every millisecond for `PATIENCE` seconds:
    the ledger's writer holds it for milliseconds. Raises Unavailable when it stays taken.
    """
    with unavailable(), engine.connect() as connection, connection.begin():
        if connection.dialect.name == "sqlite":
            _begin_immediate(connection)
        yield connection


@contextmanager
def reading(engine: Engine) -> Iterator[Connection]:
    """A connection to read from. Raises Unavailable when the database does not answer."""
    with unavailable(), engine.connect() as connection, connection.begin():
        yield connection


def _begin_immediate(connection: Connection) -> None:
    deadline = time.monotonic() + PATIENCE
    cursor = _cursor(connection)
    cursor.execute("PRAGMA busy_timeout = 0")
    while True:
        try:
            cursor.execute("BEGIN IMMEDIATE")
            return
        except sqlite3.OperationalError as error:
            if not is_busy(error) or time.monotonic() > deadline:
                raise as_unavailable(error) from error
            time.sleep(0.001)


def _cursor(connection: Connection) -> Any:
    """The driver's own cursor: on the writer's path SQLAlchemy's would cost more than the work."""
    driver = connection.connection.dbapi_connection
    assert driver is not None
    return driver.cursor()


def _prepare(dialect: str, sql: str, values: Iterable[Value]) -> tuple[str, tuple[Any, ...]]:
    if dialect == "sqlite":
        made = tuple(orjson.dumps(v).decode() if type(v) is list else v for v in values)
        return translate(dialect, sql), made
    return translate(dialect, sql), tuple(values)


def _insert_sqlite(cursor: Any, table: Table, rows: Sequence[Row]) -> None:
    """Many rows in one statement: the driver lets other threads run at every step of a statement,
    and with sixty-four clients waiting, each step of an `executemany` would queue behind them."""
    at = 0
    for count in _ROWS:
        while len(rows) - at >= count:
            some = rows[at : at + count]
            cursor.execute(_sqlite_insert(table, count), tuple(chain.from_iterable(some)))
            at += count


@lru_cache(maxsize=256)
def _sqlite_insert(table: Table, count: int) -> str:
    columns = [column.name for column in table.columns]
    marks = f"({','.join('?' * len(columns))})"
    values = ",".join([marks] * count)
    return f"INSERT INTO {table.name} ({','.join(columns)}) VALUES {values}"  # noqa: S608


@lru_cache(maxsize=64)
def _postgresql_insert(table: Table) -> str:
    arrays = ",".join(f"%s::{_array(column.type)}" for column in table.columns)
    columns = ",".join(column.name for column in table.columns)
    return f"INSERT INTO {table.name} ({columns}) SELECT * FROM unnest({arrays})"  # noqa: S608


def _array(kind: object) -> str:
    if isinstance(kind, BigInteger):
        return "bigint[]"
    if isinstance(kind, Integer):
        return "integer[]"
    return "bytea[]" if isinstance(kind, LargeBinary) else "text[]"
