"""Alembic migrations of all tables, the ledger's included."""
