"""Findings: one row for each fingerprint and state, the entry's facts merged over time."""

from __future__ import annotations

from typing import Final

import orjson

from audit.ledger.types import Entry
from audit.store import tables as t
from audit.store.derive import canonical_text
from audit.store.projection.batch import Batch
from audit.store.projection.registry import projects
from base.errors import Misuse, message

NO_FINDING = message(
    "store.no_finding",
    zh="没有指纹为 {fingerprint} 的发现项",
    en="there is no finding {fingerprint}",
)

_STATUS: Final = {
    "finding.opened": "open",
    "finding.changed": None,  # stays where it is
    "finding.commented": None,
    "finding.acknowledged": "acknowledged",
    "finding.in_capa": "in_capa",
    "finding.verifying": "verifying",
    "finding.closed": "closed",
    "finding.waived": "waived",
    "finding.not_applicable": "not_applicable",
    "finding.resolved_by_recheck": "resolved_by_recheck",
    "finding.reopened": "open",
}


@projects(*_STATUS, name="finding", revision=1)
def stepped(batch: Batch, entry: Entry, payload: bytes | None) -> None:
    """{fingerprint, rule, subject, …}: opening names rule and subject; a later step only what is
    new. Members of later entries take the place of earlier ones of the same name."""
    if payload is None:
        return
    said = orjson.loads(payload)
    fingerprint = said["fingerprint"]
    rows = batch.query(
        "SELECT rule, subject, status, opened_seq, times, body FROM read_finding"
        " WHERE log_id = ? AND fingerprint = ? AND to_seq IS NULL",
        fingerprint,
    )
    status = _STATUS[entry.kind]
    if rows:
        rule, subject, before, opened, times, body = rows[0]
        said = {**orjson.loads(body), **said}
        batch.change(
            "UPDATE read_finding SET to_seq = ? WHERE fingerprint = ? AND to_seq IS NULL"
            " AND log_id = ?",
            entry.seq,
            fingerprint,
        )
    elif entry.kind != "finding.opened":
        raise Misuse(NO_FINDING, fingerprint=fingerprint)
    else:
        rule, subject, before, opened, times = said["rule"], said["subject"], "open", entry.seq, 0
    times += entry.kind in ("finding.opened", "finding.reopened")
    batch.add(
        t.finding,
        *(fingerprint, rule, subject, status or before, opened, times),
        *(canonical_text(said), entry.seq, None),
    )
