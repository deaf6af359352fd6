"""The quick look at a database's version agrees with what Alembic would say."""

from __future__ import annotations

from pathlib import Path

from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Engine

import audit.store
from audit.store.migrate import current, newest, upgrade


def test_the_newest_file_is_the_head_of_all_migrations() -> None:
    place = Path(audit.store.__file__).parent / "migrations"
    assert ScriptDirectory(str(place)).get_current_head() == newest()


def test_a_database_brought_up_says_so_itself(engine: Engine) -> None:
    assert current(engine) is None
    upgrade(engine)
    with engine.connect() as connection:
        assert MigrationContext.configure(connection).get_current_revision() == newest()
    assert current(engine) == newest()
    upgrade(engine)
