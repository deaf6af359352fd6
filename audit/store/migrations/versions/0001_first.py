"""The ledger's tables with their guards, the read tables, the operational tables.

The ledger makes its own tables (`audit.ledger.tables`, versioned by the `format` in each log's
head row), so that a verifier needs no migrations; all others are spelled out here.

Revision ID: 0001
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from audit.ledger import tables as ledger_tables

revision = "0001"
down_revision = None

WORD = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")


def upgrade() -> None:
    ledger_tables.create_tables(op.get_bind())
    op.create_table(
        "account",
        sa.Column("log_id", sa.Integer(), nullable=False),
        sa.Column("user_id", WORD, nullable=False),
        sa.Column("password_hash", sa.Text(), nullable=True),
        sa.Column("totp_secret", sa.Text(), nullable=True),
        sa.Column("failures", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("locked_until", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("log_id", "user_id"),
    )
    op.create_table(
        "claim",
        sa.Column("log_id", sa.Integer(), nullable=False),
        sa.Column("job", WORD, nullable=False),
        sa.Column("firing", WORD, nullable=False),
        sa.Column("claimed_by", sa.Text(), nullable=False),
        sa.Column("claimed_at", sa.Text(), nullable=False),
        sa.Column("done_at", sa.Text(), nullable=True),
        sa.Column("outcome", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("log_id", "job", "firing"),
    )
    op.create_table(
        "read_document",
        sa.Column("log_id", sa.Integer(), nullable=False),
        sa.Column("sha256", WORD, nullable=False),
        sa.Column("state", WORD, nullable=False),
        sa.Column("by_seq", sa.BigInteger(), nullable=False),
        sa.Column("body", sa.Text(), nullable=True),
        sa.Column("from_seq", sa.BigInteger(), nullable=False),
        sa.Column("to_seq", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("log_id", "sha256", "from_seq"),
        sqlite_with_rowid=False,
    )
    op.create_index(
        "read_document_state", "read_document", ["log_id", "state", "from_seq"], unique=False
    )
    op.create_table(
        "read_erasure",
        sa.Column("log_id", sa.Integer(), nullable=False),
        sa.Column("seq", sa.BigInteger(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("actor", sa.Text(), nullable=True),
        sa.Column("from_seq", sa.BigInteger(), nullable=False),
        sa.Column("to_seq", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("log_id", "seq", "from_seq"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "read_fact",
        sa.Column("log_id", sa.Integer(), nullable=False),
        sa.Column("family", WORD, nullable=False),
        sa.Column("name", WORD, nullable=False),
        sa.Column("status", WORD, nullable=False),
        sa.Column("first_seq", sa.BigInteger(), nullable=False),
        sa.Column("body", sa.Text(), nullable=True),
        sa.Column("from_seq", sa.BigInteger(), nullable=False),
        sa.Column("to_seq", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("log_id", "family", "name", "from_seq"),
        sqlite_with_rowid=False,
    )
    op.create_index("read_fact_status", "read_fact", ["log_id", "family", "status"], unique=False)
    op.create_table(
        "read_finding",
        sa.Column("log_id", sa.Integer(), nullable=False),
        sa.Column("fingerprint", WORD, nullable=False),
        sa.Column("rule", WORD, nullable=False),
        sa.Column("subject", WORD, nullable=False),
        sa.Column("status", WORD, nullable=False),
        sa.Column("opened_seq", sa.BigInteger(), nullable=False),
        sa.Column("times", sa.Integer(), nullable=False),
        sa.Column("body", sa.Text(), nullable=True),
        sa.Column("from_seq", sa.BigInteger(), nullable=False),
        sa.Column("to_seq", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("log_id", "fingerprint", "from_seq"),
        sqlite_with_rowid=False,
    )
    op.create_index("read_finding_rule", "read_finding", ["log_id", "rule"], unique=False)
    op.create_index("read_finding_status", "read_finding", ["log_id", "status"], unique=False)
    op.create_index("read_finding_subject", "read_finding", ["log_id", "subject"], unique=False)
    op.create_table(
        "read_line",
        sa.Column("log_id", sa.Integer(), nullable=False),
        sa.Column("seq", sa.BigInteger(), nullable=False),
        sa.Column("of_seq", sa.BigInteger(), nullable=False),
        sa.Column("start", sa.Integer(), nullable=False),
        sa.Column("from_seq", sa.BigInteger(), nullable=False),
        sa.Column("to_seq", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("log_id", "seq"),
        sqlite_with_rowid=False,
    )
    op.create_index("read_line_of", "read_line", ["log_id", "of_seq"], unique=False)
    op.create_table(
        "read_link",
        sa.Column("log_id", sa.Integer(), nullable=False),
        sa.Column("a", WORD, nullable=False),
        sa.Column("b", WORD, nullable=False),
        sa.Column("because", WORD, nullable=False),
        sa.Column("from_seq", sa.BigInteger(), nullable=False),
        sa.Column("to_seq", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("log_id", "a", "b", "because", "from_seq"),
        sqlite_with_rowid=False,
    )
    op.create_index("read_link_because", "read_link", ["log_id", "because"], unique=False)
    op.create_index("read_link_reverse", "read_link", ["log_id", "b"], unique=False)
    op.create_table(
        "read_projection",
        sa.Column("log_id", sa.Integer(), nullable=False),
        sa.Column("name", WORD, nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("log_id", "name"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "read_quarantine",
        sa.Column("log_id", sa.Integer(), nullable=False),
        sa.Column("seq", sa.BigInteger(), nullable=False),
        sa.Column("document", WORD, nullable=False),
        sa.Column("reason", WORD, nullable=False),
        sa.Column("state", WORD, nullable=False),
        sa.Column("params", sa.Text(), nullable=True),
        sa.Column("detail", sa.Text(), nullable=True),
        sa.Column("draft", sa.Text(), nullable=True),
        sa.Column("ended", sa.Text(), nullable=True),
        sa.Column("from_seq", sa.BigInteger(), nullable=False),
        sa.Column("to_seq", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("log_id", "seq", "from_seq"),
        sqlite_with_rowid=False,
    )
    op.create_index(
        "read_quarantine_document", "read_quarantine", ["log_id", "document"], unique=False
    )
    op.create_index("read_quarantine_state", "read_quarantine", ["log_id", "state"], unique=False)
    op.create_table(
        "read_receipt",
        sa.Column("log_id", sa.Integer(), nullable=False),
        sa.Column("seq", sa.BigInteger(), nullable=False),
        sa.Column("document", WORD, nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("media_type", sa.Text(), nullable=False),
        sa.Column("sm3", sa.Text(), nullable=True),
        sa.Column("file_name", sa.Text(), nullable=True),
        sa.Column("connector", sa.Text(), nullable=True),
        sa.Column("source", sa.Text(), nullable=True),
        sa.Column("received_at", sa.Text(), nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("from_seq", sa.BigInteger(), nullable=False),
        sa.Column("to_seq", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("log_id", "seq"),
        sqlite_with_rowid=False,
    )
    op.create_index("read_receipt_document", "read_receipt", ["log_id", "document"], unique=False)
    op.create_table(
        "read_record",
        sa.Column("log_id", sa.Integer(), nullable=False),
        sa.Column("seq", sa.BigInteger(), nullable=False),
        sa.Column("kind", WORD, nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("identity", WORD, nullable=True),
        sa.Column("document", WORD, nullable=True),
        sa.Column("valid_from", sa.Text(), nullable=True),
        sa.Column("valid_until", sa.Text(), nullable=True),
        sa.Column("occurred_on", sa.Text(), nullable=True),
        sa.Column("recorded_at", sa.Text(), nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("parser", sa.Text(), nullable=True),
        sa.Column("supersedes", sa.BigInteger(), nullable=True),
        sa.Column("parts", sa.Integer(), nullable=False),
        sa.Column("conflicts", sa.Text(), nullable=True),
        sa.Column("body", sa.Text(), nullable=True),
        sa.Column("from_seq", sa.BigInteger(), nullable=False),
        sa.Column("to_seq", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("log_id", "seq"),
        sqlite_with_rowid=True,
    )
    op.create_index("read_record_document", "read_record", ["log_id", "document"], unique=False)
    op.create_index("read_record_identity", "read_record", ["log_id", "identity"], unique=False)
    op.create_index("read_record_kind", "read_record", ["log_id", "kind", "seq"], unique=False)
    op.create_table(
        "read_ref",
        sa.Column("log_id", sa.Integer(), nullable=False),
        sa.Column("seq", sa.BigInteger(), nullable=False),
        sa.Column("n", sa.Integer(), nullable=False),
        sa.Column("role", WORD, nullable=False),
        sa.Column("identifier", WORD, nullable=False),
        sa.Column("line", sa.Integer(), nullable=True),
        sa.Column("kind", WORD, nullable=False),
        sa.Column("from_seq", sa.BigInteger(), nullable=False),
        sa.Column("to_seq", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("log_id", "seq", "n"),
        sqlite_with_rowid=False,
    )
    op.create_index(
        "read_ref_identifier", "read_ref", ["log_id", "identifier", "kind", "seq"], unique=False
    )
    op.create_table(
        "read_state",
        sa.Column("log_id", sa.Integer(), nullable=False),
        sa.Column("seq", sa.BigInteger(), nullable=False),
        sa.Column("state", WORD, nullable=False),
        sa.Column("from_seq", sa.BigInteger(), nullable=False),
        sa.Column("to_seq", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("log_id", "seq", "from_seq"),
        sqlite_with_rowid=False,
    )
    op.create_index("read_state_change", "read_state", ["log_id", "from_seq"], unique=False)
    op.create_table(
        "read_subject",
        sa.Column("log_id", sa.Integer(), nullable=False),
        sa.Column("identifier", WORD, nullable=False),
        sa.Column("subject", WORD, nullable=False),
        sa.Column("from_seq", sa.BigInteger(), nullable=False),
        sa.Column("to_seq", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("log_id", "identifier", "from_seq"),
        sqlite_with_rowid=False,
    )
    op.create_index("read_subject_change", "read_subject", ["log_id", "from_seq"], unique=False)
    op.create_index(
        "read_subject_members", "read_subject", ["log_id", "subject", "identifier"], unique=False
    )
    op.create_table(
        "reading_chunk",
        sa.Column("sha256", WORD, nullable=False),
        sa.Column("data", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("sha256"),
    )
    op.create_table(
        "task",
        sa.Column("log_id", sa.Integer(), nullable=False),
        sa.Column("task_id", WORD, nullable=False),
        sa.Column("kind", WORD, nullable=False),
        sa.Column("state", WORD, nullable=False),
        sa.Column("owner", sa.Text(), nullable=True),
        sa.Column("due_at", sa.Text(), nullable=True),
        sa.Column("attempts", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("log_id", "task_id"),
    )
    op.create_index("task_due", "task", ["log_id", "state", "due_at"], unique=False)
    op.create_table(
        "web_session",
        sa.Column("log_id", sa.Integer(), nullable=False),
        sa.Column("token_hash", WORD, nullable=False),
        sa.Column("user_id", WORD, nullable=False),
        sa.Column("created_at", sa.Text(), nullable=False),
        sa.Column("expires_at", sa.Text(), nullable=False),
        sa.Column("body", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("log_id", "token_hash"),
    )
    op.create_index("web_session_user", "web_session", ["log_id", "user_id"], unique=False)
