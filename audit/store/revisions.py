"""Whether the rows that are there were made by the projections of this code."""

from __future__ import annotations

from sqlalchemy import Connection, Engine

from audit.store import sql
from audit.store import tables as t
from audit.store.projection.registry import revisions
from base.errors import Unavailable, message

REBUILD_FIRST = message(
    "store.rebuild_first",
    zh="读取表由旧版投影“{name}”生成（{found}，现为 {current}），请先执行 devicetrail rebuild",
    en="the read tables were made by an older projection '{name}' (revision {found}, now "
    "{current}); run `devicetrail rebuild` first",
)
NEWER_ROWS = message(
    "store.newer_rows",
    zh="读取表由更新版本的投影“{name}”生成（{found}，本程序为 {current}），请升级程序",
    en="the read tables were made by a newer projection '{name}' (revision {found}, this program "
    "has {current}); upgrade first",
)


def require_current(engine: Engine, log_id: int) -> None:
    """Raises Unavailable when any projection's rows are older or newer than this code."""
    with sql.reading(engine) as connection:
        found = stored(connection, log_id)
    for name, current in revisions().items():
        revision = found.get(name, 0)
        if revision < current:
            raise Unavailable(REBUILD_FIRST, name=name, found=revision, current=current)
        if revision > current:
            raise Unavailable(NEWER_ROWS, name=name, found=revision, current=current)


def mark_current(engine: Engine, log_id: int) -> None:
    """Say that every projection's rows are of this code: after `create` and after a rebuild."""
    with sql.writing(engine) as connection:
        write_current(connection, log_id)


def write_current(connection: Connection, log_id: int) -> None:
    """The same inside the caller's transaction."""
    sql.execute(connection, "DELETE FROM read_projection WHERE log_id = ?", log_id)
    rows = [(log_id, name, revision) for name, revision in sorted(revisions().items())]
    sql.insert(connection, t.projection, rows)


def stored(connection: Connection, log_id: int) -> dict[str, int]:
    """The revision of each projection that made the rows there."""
    return dict(
        sql.query(connection, "SELECT name, revision FROM read_projection WHERE log_id = ?", log_id)
    )
