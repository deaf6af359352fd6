"""Documents, quarantine, findings and named facts, as known at a snapshot."""

# ruff: noqa: S608 - statements are joined from constants; values travel as parameters
from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection
from typing import Any

import orjson

from audit.store import sql
from audit.store.sql import VISIBLE, Row
from audit.store.state import Snapshot
from audit.store.types import Fact, Quarantined, StoredDocument, StoredFinding
from base.clock import parse_rfc3339


class Worklists:
    """The part of `Store` that lists what people work through."""

    log_id: int

    def read(self, statement: str, *values: sql.Value) -> list[Row]:
        raise TypeError("a store reads")

    def documents(
        self,
        at: Snapshot,
        *,
        states: Collection[str] | None = None,
        sha256: Collection[str] | None = None,
        limit: int | None = None,
        after: int = -1,
    ) -> list[StoredDocument]:
        """Originals in order of the entry that last changed them, those after seq `after`."""
        where, values = _filters({"state": states, "sha256": sha256})
        rows = self.read(
            "SELECT sha256, state, by_seq, body FROM read_document WHERE log_id = ?"
            f" AND {VISIBLE.format('read_document')}{where} AND by_seq > ?"
            f" ORDER BY by_seq, sha256{_limit(limit)}",
            *(at.known_at, at.known_at, *values, after),
        )
        arrivals = self._receipts(at, [row[0] for row in rows])
        found = []
        for digest, state, since, body in rows:
            first, seqs = arrivals[digest]
            size, media_type, sm3, file_name, source, received_at, actor = first
            found.append(
                StoredDocument(
                    sha256=digest,
                    state=state,
                    size=size,
                    media_type=media_type,
                    sm3=sm3,
                    file_name=file_name,
                    source=_loads(source) or {},
                    received_at=parse_rfc3339(received_at),
                    received_by=actor,
                    receipts=tuple(seqs),
                    outcome=_loads(body) or {},
                    since=since,
                )
            )
        return found

    def document(self, at: Snapshot, sha256: str) -> StoredDocument | None:
        """One original; None when it was never received."""
        return next(iter(self.documents(at, sha256=[sha256])), None)

    def quarantine(
        self,
        at: Snapshot,
        *,
        states: Collection[str] | None = ("open",),
        documents: Collection[str] | None = None,
    ) -> list[Quarantined]:
        """What did not become a record, oldest first; by default what is still open."""
        where, values = _filters({"state": states, "document": documents})
        rows = self.read(
            "SELECT seq, document, reason, state, params, detail, draft, ended, from_seq"
            f" FROM read_quarantine WHERE log_id = ? AND {VISIBLE.format('read_quarantine')}"
            f"{where} ORDER BY seq",
            *(at.known_at, at.known_at, *values),
        )
        return [
            Quarantined(
                *(seq, document, reason, state, _loads(params) or {}, detail, _loads(draft)),
                *(ended, since),
            )
            for seq, document, reason, state, params, detail, draft, ended, since in rows
        ]

    def findings(
        self,
        at: Snapshot,
        *,
        statuses: Collection[str] | None = None,
        subjects: Collection[str] | None = None,
        rules: Collection[str] | None = None,
        fingerprints: Collection[str] | None = None,
    ) -> list[StoredFinding]:
        """Findings in order of their fingerprint."""
        where, values = _filters(
            {"status": statuses, "subject": subjects, "rule": rules, "fingerprint": fingerprints}
        )
        rows = self.read(
            "SELECT fingerprint, rule, subject, status, opened_seq, times, body, from_seq"
            f" FROM read_finding WHERE log_id = ? AND {VISIBLE.format('read_finding')}{where}"
            " ORDER BY fingerprint",
            *(at.known_at, at.known_at, *values),
        )
        return [_finding(row) for row in rows]

    def facts(
        self,
        at: Snapshot,
        family: str,
        *,
        names: Collection[str] | None = None,
        statuses: Collection[str] | None = None,
    ) -> list[Fact]:
        """Users, policies, holds, … of one family, in order of their name."""
        where, values = _filters({"name": names, "status": statuses})
        rows = self.read(
            "SELECT family, name, status, first_seq, body, from_seq FROM read_fact"
            f" WHERE log_id = ? AND family = ? AND {VISIBLE.format('read_fact')}{where}"
            " ORDER BY name",
            *(family, at.known_at, at.known_at, *values),
        )
        return [_fact(row) for row in rows]

    def users(self, at: Snapshot, *, statuses: Collection[str] | None = ("active",)) -> list[Fact]:
        """People and keys with a sign-in, and their roles; not those whose access ended before
        `valid_at` (member `until`)."""
        day = at.valid_at.isoformat()
        known = self.facts(at, "user", statuses=statuses)
        return [user for user in known if user.body.get("until", day) >= day]

    def policies(self, at: Snapshot) -> list[Fact]:
        """Policies by name, as last set by `known_at` for a day not after `valid_at` (member
        `valid_from`)."""
        day = at.valid_at.isoformat()
        rows = self.read(
            "SELECT family, name, status, first_seq, body, from_seq FROM read_fact"
            " WHERE log_id = ? AND family = 'policy' AND from_seq < ? ORDER BY name, from_seq",
            at.known_at,
        )
        found: dict[str, Fact] = {}
        for row in rows:
            said = _fact(row)
            if said.body.get("valid_from", day) <= day:
                found[said.name] = said
        return list(found.values())

    def holds(self, at: Snapshot, subjects: Collection[str] | None = None) -> list[Fact]:
        """Legal holds that stand; given subjects, those that name one of them (members
        `subjects`, or `all`)."""
        standing = self.facts(at, "hold", statuses=["placed"])
        if subjects is None:
            return standing
        asked = set(subjects)
        return [
            hold
            for hold in standing
            if hold.body.get("all") or asked & set(hold.body.get("subjects", ()))
        ]

    def packages(self, at: Snapshot) -> list[Fact]:
        """Packages that were cut or exported."""
        return self.facts(at, "package")

    def runs(self, at: Snapshot) -> list[Fact]:
        """Check runs, oldest first."""
        return sorted(self.facts(at, "check_run"), key=lambda run: run.first_seq)

    def _receipts(self, at: Snapshot, digests: list[str]) -> dict[str, tuple[Row, list[int]]]:
        found: dict[str, Row] = {}
        seqs: defaultdict[str, list[int]] = defaultdict(list)
        for seq, digest, *rest in self.read(
            "SELECT seq, document, size, media_type, sm3, file_name, source, received_at, actor"
            " FROM read_receipt WHERE log_id = ? AND document IN :many AND from_seq < ?"
            " ORDER BY seq",
            digests,
            at.known_at,
        ):
            found.setdefault(digest, tuple(rest))
            seqs[digest].append(seq)
        return {digest: (found[digest], seqs[digest]) for digest in found}


def _finding(row: Row) -> StoredFinding:
    fingerprint, rule, subject, status, opened, times, body, since = row
    said = _loads(body) or {}
    return StoredFinding(fingerprint, rule, subject, status, opened, times, said, since)


def _fact(row: Row) -> Fact:
    family, name, status, first, body, since = row
    return Fact(family, name, status, first, _loads(body) or {}, since)


def _filters(columns: dict[str, Collection[str] | None]) -> tuple[str, list[sql.Value]]:
    given = {column: sorted(values) for column, values in columns.items() if values is not None}
    values: list[sql.Value] = list(given.values())
    return "".join(f" AND {column} IN :many" for column in given), values


def _limit(limit: int | None) -> str:
    return f" LIMIT {int(limit)}" if limit is not None else ""


def _loads(text: str | None) -> Any:
    return orjson.loads(text) if text else None
