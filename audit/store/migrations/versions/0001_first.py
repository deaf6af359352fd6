"""The ledger's tables with their guards, the read tables, the operational tables.

Revision ID: 0001
"""

from __future__ import annotations

from alembic import op

from audit.ledger import tables as ledger_tables
from audit.store import tables as store_tables

revision = "0001"
down_revision = None


def upgrade() -> None:
    connection = op.get_bind()
    ledger_tables.create_tables(connection)
    store_tables.metadata.create_all(connection)
