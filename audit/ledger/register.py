"""Which logs a database holds."""

from __future__ import annotations

from sqlalchemy import Engine, inspect

from audit.ledger.merkle import EMPTY_ROOT
from audit.ledger.rows import Rows, reading
from audit.ledger.session import Session
from audit.ledger.tables import FORMAT
from base.errors import Misuse, Refused, Unavailable, message

NO_LOG = message("ledger.no_log", zh="没有账本 {origin}", en="there is no log {origin}")
LOG_EXISTS = message("ledger.log_exists", zh="账本 {origin} 已存在", en="the log {origin} exists")
SEVERAL_LOGS = message(
    "ledger.several_logs",
    zh="数据库中有 {count} 个账本，请指明名称",
    en="the database holds {count} logs; name the origin",
)
NEWER_FORMAT = message(
    "ledger.newer_format",
    zh="数据来自更新的版本（格式 {found}，本程序支持到 {supported}），请升级程序",
    en="data from a newer version (format {found}, this program knows {supported}); upgrade first",
)


def new_log(engine: Engine, origin: str, vkey: str, patience: float) -> int:
    """Insert the head row and first key of a new log; returns its log_id. Raises Refused when the
    origin is taken."""
    session = Session(engine, patience)
    try:
        rows = Rows(engine.dialect.name, 0)
        cursor = session.cursor
        session.begin()
        if rows.postgresql:
            cursor.execute("LOCK TABLE ledger_log IN EXCLUSIVE MODE")
        if rows.run(cursor, "SELECT 1 FROM ledger_log WHERE origin = ?", origin).fetchone():
            raise Refused(LOG_EXISTS, origin=origin)
        log_id: int = rows.run(
            cursor, "SELECT coalesce(max(log_id), 0) + 1 FROM ledger_log"
        ).fetchone()[0]
        rows.run(
            cursor,
            "INSERT INTO ledger_log (log_id, origin, format, size, root, frontier)"
            " VALUES (?, ?, ?, 0, ?, ?)",
            *(log_id, origin, FORMAT, EMPTY_ROOT, b""),
        )
        rows.insert(cursor, "log_key", [(log_id, 0, vkey, 0)])
        session.commit()
        session.ended()
        return log_id
    finally:
        session.close()


def find_log(engine: Engine, origin: str | None) -> tuple[int, str]:
    """log_id and origin; without `origin` the only log. Raises as `Log.open`."""
    if not inspect(engine).has_table("ledger_log"):
        raise Unavailable(NO_LOG, origin=origin or "")
    rows = Rows(engine.dialect.name, 0)
    with reading(engine) as cursor:
        found = rows.run(cursor, "SELECT log_id, origin, format FROM ledger_log").fetchall()
    if origin is None and len(found) > 1:
        raise Misuse(SEVERAL_LOGS, count=len(found))
    for log_id, name, version in found:
        if origin is None or name == origin:
            if version > FORMAT:
                raise Unavailable(NEWER_FORMAT, found=version, supported=FORMAT)
            return log_id, name
    raise Unavailable(NO_LOG, origin=origin or "")
