"""Bring a database to this version's tables, or say why that is not possible."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Engine, inspect

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


def upgrade(engine: Engine) -> None:
    """Apply the migrations that are missing. Safe to call at every start.

    Raises Unavailable when the database is from a newer version or does not answer.
    """
    durable(engine)
    script = ScriptDirectory(str(_MIGRATIONS))
    head = script.get_current_head()
    with sql.unavailable(), engine.connect() as connection:
        found = MigrationContext.configure(connection).get_current_revision()
    if found == head:
        return
    if found is not None and found not in {step.revision for step in script.walk_revisions()}:
        raise Unavailable(NEWER_DATABASE, found=found, known=head)
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
        return MigrationContext.configure(connection).get_current_revision()
