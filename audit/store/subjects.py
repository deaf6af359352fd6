"""Which identifiers are one subject, as known at a snapshot."""

# ruff: noqa: S608 - statements are joined from constants; values travel as parameters
from __future__ import annotations

from collections.abc import Collection, Iterator

from audit.store import sql
from audit.store.sql import VISIBLE, Row
from audit.store.state import Snapshot
from audit.store.types import Link


class Subjects:
    """The part of `Store` that resolves identifiers."""

    log_id: int

    def read(self, statement: str, *values: sql.Value) -> list[Row]:
        raise TypeError("a store reads")

    def subject(self, at: Snapshot, identifier: str) -> str:
        """The subject's id: the canonical identifier of everything linked to this one."""
        return self.subject_ids(at, [identifier])[identifier]

    def subject_ids(self, at: Snapshot, identifiers: Collection[str]) -> dict[str, str]:
        """The subject ids of many identifiers; one never seen is its own subject."""
        return {i: i for i in identifiers} | dict(self._visible(at, "identifier", identifiers))

    def closure(self, at: Snapshot, identifier: str) -> frozenset[str]:
        """Every identifier seen so far that is this subject, this one included."""
        subject = self.subject(at, identifier)
        return frozenset(i for i, _ in self._visible(at, "subject", [subject])) | {identifier}

    def closures(self, at: Snapshot, subjects: Collection[str]) -> dict[str, list[str]]:
        """Every identifier of each subject id."""
        found: dict[str, list[str]] = {subject: [] for subject in subjects}
        for identifier, subject in self._visible(at, "subject", subjects):
            found[subject].append(identifier)
        return found

    def subjects(self, at: Snapshot, type: str) -> Iterator[str]:
        """Subject ids of a type (`lot`, `party`, `certificate`, …), sorted."""
        rows = self.read(
            "SELECT DISTINCT subject FROM read_subject WHERE log_id = ? AND subject >= ?"
            " AND subject < ? AND from_seq < ? AND (to_seq IS NULL OR to_seq >= ?)"
            " ORDER BY subject",
            *(f"{type}:", f"{type};", at.known_at, at.known_at),
        )
        return (row[0] for row in rows)

    def relinked(self, at: Snapshot, since: int) -> set[str]:
        """Subject ids that gained or lost identifiers by the entries [since, known_at), new
        identifiers included: both the ids from before and the present ones."""
        rows = self.read(
            "SELECT DISTINCT b.subject FROM read_subject a CROSS JOIN read_subject b"
            " WHERE a.log_id = ? AND a.from_seq >= ? AND a.from_seq < ? AND b.log_id = a.log_id"
            " AND b.identifier = a.identifier AND b.from_seq < ?"
            " AND (b.to_seq IS NULL OR b.to_seq >= ?)",
            *(since, at.known_at, at.known_at, since),
        )
        return {row[0] for row in rows}

    def links(self, at: Snapshot, identifier: str) -> list[Link]:
        """The links that name an identifier, and why."""
        rows = self.read(
            "SELECT a, b, because, from_seq, to_seq FROM read_link WHERE log_id = ?"
            f" AND (a = ? OR b = ?) AND {VISIBLE.format('read_link')} ORDER BY from_seq, a, b",
            *(identifier, identifier, at.known_at, at.known_at),
        )
        return [Link(*row) for row in rows]

    def links_because(self, keys: Collection[str]) -> list[Link]:
        """The links that stand now because of records with these keys."""
        rows = self.read(
            "SELECT a, b, because, from_seq, to_seq FROM read_link WHERE log_id = ?"
            " AND because IN :many AND to_seq IS NULL ORDER BY from_seq, a, b",
            list(keys),
        )
        return [Link(*row) for row in rows]

    def _visible(self, at: Snapshot, column: str, values: Collection[str]) -> list[Row]:
        return self.read(
            "SELECT i.identifier, i.subject FROM read_subject i WHERE i.log_id = ?"
            f" AND i.{column} IN :many AND {VISIBLE.format('i')} ORDER BY i.identifier",
            *(list(values), at.known_at, at.known_at),
        )
