"""What SQLite should believe about the sizes of our tables.

Every key begins with `log_id`, and a database mostly holds one log. Knowing nothing, SQLite takes
any equality on a key's first column to be selective and then reads a whole table by its primary
key where an index would have found ten rows. It lets its statistics be written by hand
(https://sqlite.org/fileformat2.html#stat1tab), so they are, once, for a distributor of ordinary
size; `ANALYZE` may replace them at any time. PostgreSQL gathers its own.
"""

from __future__ import annotations

from typing import Final

from sqlalchemy import Connection, text

ROWS: Final = 1_000_000

_REPEATS: Final = {
    "sqlite_autoindex_read_record_1": ("read_record", (1,)),
    "read_record_kind": ("read_record", (20_000, 1)),
    "read_record_identity": ("read_record", (2,)),
    "read_record_document": ("read_record", (50,)),
    "read_state": ("read_state", (2, 1)),
    "read_state_change": ("read_state", (4,)),
    "read_ref": ("read_ref", (6, 1)),
    "read_ref_identifier": ("read_ref", (30, 10, 2)),
    "read_line": ("read_line", (1,)),
    "read_line_of": ("read_line", (10,)),
    "read_subject": ("read_subject", (2, 1)),
    "read_subject_members": ("read_subject", (4, 2)),
    "read_subject_change": ("read_subject", (4,)),
    "read_link": ("read_link", (4, 3, 2, 1)),
    "read_link_reverse": ("read_link", (4,)),
    "read_link_because": ("read_link", (4,)),
    "read_receipt": ("read_receipt", (1,)),
    "read_receipt_document": ("read_receipt", (2,)),
    "read_document": ("read_document", (3, 1)),
    "read_document_state": ("read_document", (100_000, 1)),
    "read_quarantine": ("read_quarantine", (2, 1)),
    "read_quarantine_state": ("read_quarantine", (100_000,)),
    "read_quarantine_document": ("read_quarantine", (10,)),
    "read_finding": ("read_finding", (3, 1)),
    "read_finding_status": ("read_finding", (100_000,)),
    "read_finding_subject": ("read_finding", (10,)),
    "read_finding_rule": ("read_finding", (5_000,)),
    "read_fact": ("read_fact", (50_000, 3, 1)),
    "read_fact_status": ("read_fact", (50_000, 10_000)),
    "read_erasure": ("read_erasure", (1, 1)),
}
"""Index -> table, and after `log_id` the rows that share each longer prefix of its columns. The
primary key of a table without rowid bears the table's own name."""


def write_statistics(connection: Connection) -> None:
    """Tell SQLite, on this connection and every later one; nothing on PostgreSQL."""
    if connection.dialect.name != "sqlite":
        return
    connection.execute(text("ANALYZE"))
    connection.execute(text("DELETE FROM sqlite_stat1 WHERE tbl LIKE 'read\\_%' ESCAPE '\\'"))
    for index, (table, repeats) in _REPEATS.items():
        stat = " ".join(map(str, (ROWS, ROWS, *repeats)))
        connection.execute(
            text("INSERT INTO sqlite_stat1 (tbl, idx, stat) VALUES (:tbl, :idx, :stat)"),
            {"tbl": table, "idx": index, "stat": stat},
        )
    connection.execute(text("ANALYZE sqlite_schema"))


def described() -> set[str]:
    """The indices that are described."""
    return set(_REPEATS)
