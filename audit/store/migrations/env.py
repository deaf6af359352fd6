"""Runs the migrations on the connection that `audit.store.migrate` hands over."""

from __future__ import annotations

from alembic import context

from audit.ledger import tables as ledger_tables
from audit.store import tables as store_tables

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=[ledger_tables.metadata, store_tables.metadata],
    transactional_ddl=True,
)
with context.begin_transaction():
    context.run_migrations()
