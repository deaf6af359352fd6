"""The read tables, the operational tables, and the side table of temperature readings.

Three classes (ADR 0002):

- **derived** (`read_*`): made from entries and payloads alone, dropped and made again by
  `rebuild`, compared with a replay by `verify --deep`. Every row carries `from_seq`, the entry
  that made it true, and `to_seq`, the entry that ended it; rows are closed, not changed, so the
  state as known at any ledger size stays readable.
- **evidence** (`reading_chunk`): content-addressed bytes that records commit to. Never rebuilt.
- **operational** (`account`, `web_session`, `claim`, `task`): never touched by rebuild.

Times are RFC 3339 text as in the entries, dates ISO text: the same bytes on both databases.
"""

from __future__ import annotations

from typing import Any, Final

from sqlalchemy import (
    BigInteger,
    Column,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    PrimaryKeyConstraint,
    Table,
    Text,
    text,
)

metadata = MetaData()
_Key = Text().with_variant(Text(collation="C"), "postgresql")
"""Text that sorts by its UTF-8 bytes on both databases: prefixes become ranges."""

DERIVED: Final[list[Table]] = []
"""In the order in which rebuild compares them."""


def _derived(name: str, *parts: Column[Any], key: tuple[str, ...], rowid: bool = False) -> Table:
    table: Table = Table(
        f"read_{name}",
        metadata,
        Column("log_id", Integer, nullable=False),
        *parts,
        Column("from_seq", BigInteger, nullable=False),
        Column("to_seq", BigInteger, nullable=True),
        PrimaryKeyConstraint("log_id", *key),
        sqlite_with_rowid=rowid,
    )
    DERIVED.append(table)
    return table


def _seq(name: str = "seq", *, nullable: bool = False) -> Column[int]:
    return Column(name, BigInteger, nullable=nullable)


def _word(name: str, *, nullable: bool = False) -> Column[str]:
    return Column(name, _Key, nullable=nullable)


def _text(name: str, *, nullable: bool = True) -> Column[str]:
    return Column(name, Text, nullable=nullable)


record = _derived(
    "record",
    _seq(),
    _word("kind"),
    Column("version", Integer, nullable=False),
    _word("identity", nullable=True),
    _word("document", nullable=True),
    _text("valid_from"),
    _text("valid_until"),
    _text("occurred_on"),
    _text("recorded_at", nullable=False),
    _text("actor", nullable=False),
    _text("key", nullable=False),
    _text("parser"),
    _seq("supersedes", nullable=True),
    Column("parts", Integer, nullable=False),  # entries of lines that belong to it
    _text("conflicts"),
    _text("body"),  # canonical JSON of the record; null once erased
    key=("seq",),
    rowid=True,
)
Index("read_record_kind", record.c.log_id, record.c.kind, record.c.seq)
Index("read_record_identity", record.c.log_id, record.c.identity)
Index("read_record_document", record.c.log_id, record.c.document)

state = _derived("state", _seq(), _word("state"), key=("seq", "from_seq"))
Index("read_state_change", state.c.log_id, state.c.from_seq)

ref = _derived(
    "ref",
    _seq(),
    Column("n", Integer, nullable=False),
    _word("role"),
    _word("identifier"),
    Column("line", Integer, nullable=True),
    _word("kind"),
    key=("seq", "n"),
)
Index("read_ref_identifier", ref.c.log_id, ref.c.identifier, ref.c.kind, ref.c.seq)

line = _derived(
    "line",
    _seq(),  # of the entry that carries these lines
    _seq("of_seq"),
    Column("start", Integer, nullable=False),
    key=("seq",),
)
Index("read_line_of", line.c.log_id, line.c.of_seq)

subject = _derived("subject", _word("identifier"), _word("subject"), key=("identifier", "from_seq"))
Index("read_subject_members", subject.c.log_id, subject.c.subject, subject.c.identifier)
Index("read_subject_change", subject.c.log_id, subject.c.from_seq)

link = _derived(
    "link", _word("a"), _word("b"), _word("because"), key=("a", "b", "because", "from_seq")
)
Index("read_link_reverse", link.c.log_id, link.c.b)
Index("read_link_because", link.c.log_id, link.c.because)

receipt = _derived(
    "receipt",
    _seq(),
    _word("document"),
    Column("size", BigInteger, nullable=False),
    _text("media_type", nullable=False),
    _text("sm3"),
    _text("file_name"),
    _text("connector"),
    _text("source"),  # canonical JSON of the whole source
    _text("received_at", nullable=False),
    _text("actor", nullable=False),
    key=("seq",),
)
Index("read_receipt_document", receipt.c.log_id, receipt.c.document)

document = _derived(
    "document",
    _word("sha256"),
    _word("state"),
    _seq("by_seq"),
    _text("body"),  # canonical JSON of what the entry said
    key=("sha256", "from_seq"),
)
Index("read_document_state", document.c.log_id, document.c.state, document.c.from_seq)

quarantine = _derived(
    "quarantine",
    _seq(),
    _word("document"),
    _word("reason"),
    _word("state"),
    _text("params"),
    _text("detail"),
    _text("draft"),
    _text("ended"),  # how it was released, or why rejected
    key=("seq", "from_seq"),
)
Index("read_quarantine_state", quarantine.c.log_id, quarantine.c.state)
Index("read_quarantine_document", quarantine.c.log_id, quarantine.c.document)

finding = _derived(
    "finding",
    _word("fingerprint"),
    _word("rule"),
    _word("subject"),
    _word("status"),
    _seq("opened_seq"),
    Column("times", Integer, nullable=False),
    _text("body"),
    key=("fingerprint", "from_seq"),
)
Index("read_finding_status", finding.c.log_id, finding.c.status)
Index("read_finding_subject", finding.c.log_id, finding.c.subject)
Index("read_finding_rule", finding.c.log_id, finding.c.rule)

fact = _derived(
    "fact",
    _word("family"),
    _word("name"),
    _word("status"),
    _seq("first_seq"),
    _text("body"),
    key=("family", "name", "from_seq"),
)
Index("read_fact_status", fact.c.log_id, fact.c.family, fact.c.status)

erasure = _derived("erasure", _seq(), _text("reason"), _text("actor"), key=("seq", "from_seq"))

projection = Table(
    "read_projection",
    metadata,
    Column("log_id", Integer, nullable=False),
    Column("name", _Key, nullable=False),
    Column("revision", Integer, nullable=False),
    PrimaryKeyConstraint("log_id", "name"),
    sqlite_with_rowid=False,
)
"""Which revision of each projection made the rows that are there."""

reading_chunk = Table(
    "reading_chunk",
    metadata,
    Column("sha256", _Key, nullable=False),
    Column("data", LargeBinary, nullable=False),
    PrimaryKeyConstraint("sha256"),
)
"""Packed temperature readings by the SHA-256 of their bytes (ADR 0003)."""

account = Table(
    "account",
    metadata,
    Column("log_id", Integer, nullable=False),
    Column("user_id", _Key, nullable=False),
    Column("password_hash", Text, nullable=True),  # argon2id; null: no local password
    Column("totp_secret", Text, nullable=True),  # encrypted at rest
    Column("failures", Integer, nullable=False, server_default=text("0")),
    Column("locked_until", Text, nullable=True),
    PrimaryKeyConstraint("log_id", "user_id"),
)
web_session = Table(
    "web_session",
    metadata,
    Column("log_id", Integer, nullable=False),
    Column("token_hash", _Key, nullable=False),
    Column("user_id", _Key, nullable=False),
    Column("created_at", Text, nullable=False),
    Column("expires_at", Text, nullable=False),
    Column("body", Text, nullable=True),
    PrimaryKeyConstraint("log_id", "token_hash"),
)
Index("web_session_user", web_session.c.log_id, web_session.c.user_id)
claim = Table(
    "claim",
    metadata,
    Column("log_id", Integer, nullable=False),
    Column("job", _Key, nullable=False),
    Column("firing", _Key, nullable=False),  # RFC 3339 time the schedule named
    Column("claimed_by", Text, nullable=False),
    Column("claimed_at", Text, nullable=False),
    Column("done_at", Text, nullable=True),
    Column("outcome", Text, nullable=True),
    PrimaryKeyConstraint("log_id", "job", "firing"),
)
task = Table(
    "task",
    metadata,
    Column("log_id", Integer, nullable=False),
    Column("task_id", _Key, nullable=False),
    Column("kind", _Key, nullable=False),
    Column("state", _Key, nullable=False),
    Column("owner", Text, nullable=True),
    Column("due_at", Text, nullable=True),
    Column("attempts", Integer, nullable=False, server_default=text("0")),
    Column("body", Text, nullable=False),
    PrimaryKeyConstraint("log_id", "task_id"),
)
Index("task_due", task.c.log_id, task.c.state, task.c.due_at)
