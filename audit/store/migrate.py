"""Bring a database to this version's tables, or say why that is not possible."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from sqlalchemy import Engine, inspect, text

from audit.ledger.session import durable
from audit.store import sql
from audit.store.statistics import write_statistics
from base.errors import Unavailable, message

NEWER_DATABASE = message(
    "store.newer_database",
    zh="数据库来自更新的版本（{found}），本程序只认识到 {known}，请升级程序",
    en="the database is from a newer version ({found}); this program knows up to {known}; "
    "upgrade first",
)

_MIGRATIONS: Final = Path(__file__).parent / "migrations"


def newest() -> str:
    """The last migration's revision: the number its file begins with."""
    return max(path.name for path in (_MIGRATIONS / "versions").glob("[0-9]*.py"))[:4]


def upgrade(engine: Engine) -> None:
    """Apply the migrations that are missing. Safe to call at every start.

    Raises Unavailable when the database is from a newer version or does not answer.
    """
    durable(engine)
    found = current(engine)
    if found == newest():
        return
    # Loaded only for a database that has to change: every command passes here.
    from alembic import command
    from alembic.config import Config
    from alembic.script import ScriptDirectory

    script = ScriptDirectory(str(_MIGRATIONS))
    if found is not None and found not in {step.revision for step in script.walk_revisions()}:
        raise Unavailable(NEWER_DATABASE, found=found, known=newest())
    config = Config()
    config.set_main_option("script_location", str(_MIGRATIONS))
    with sql.unavailable(), engine.begin() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, "head")
        write_statistics(connection)


def current(engine: Engine) -> str | None:
    """The migration that a database stands at; None before the first."""
    with sql.unavailable(), engine.connect() as connection:
        if not inspect(connection).has_table("alembic_version"):
            return None
        return connection.execute(text("SELECT version_num FROM alembic_version")).scalar()
