"""Things that have a name and a present status: users, policies, holds, packages, runs, sources.

They all look alike in the read tables: a family, a name, a status, and what the entries said,
later members over earlier ones. So they share one table and one way of being projected.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

import orjson

from audit.ledger.types import Entry
from audit.store import tables as t
from audit.store.derive import canonical_text
from audit.store.projection.batch import Batch
from audit.store.projection.registry import projects
from base.errors import Refused, message

SAME_PERSON = message(
    "store.hold_second_person",
    zh="解除留存需由第二个人完成：{actor} 已经签过",
    en="lifting a hold takes a second person: {actor} has signed already",
)


@dataclass(frozen=True, slots=True)
class Step:
    """One entry kind: the family it belongs to, the member that names the thing (None: the
    entry's own key), and the status afterwards (None: as before)."""

    family: str
    named_by: str | None
    status: str | None


STEPS: Final = {
    "user.added": Step("user", "user", "active"),
    "user.changed": Step("user", "user", None),
    "user.roles": Step("user", "user", None),
    "user.disabled": Step("user", "user", "disabled"),
    "user.enabled": Step("user", "user", "active"),
    "policy.set": Step("policy", "policy", "set"),
    "source.added": Step("source", "source", "active"),
    "source.changed": Step("source", "source", None),
    "source.removed": Step("source", "source", "removed"),
    "package.cut": Step("package", "package", "cut"),
    "package.exported": Step("package", "package", "exported"),
    "check.run": Step("check_run", None, "done"),
    "decision.made": Step("decision", "decision", "live"),
    "decision.superseded": Step("decision", "decision", "superseded"),
    "decision.confirmed": Step("decision", "decision", "confirmed"),
    "decision.cancelled": Step("decision", "decision", "cancelled"),
    "decision.expired": Step("decision", "decision", "expired"),
    "decision.revoked": Step("decision", "decision", "revoked"),
    "decision.overridden": Step("decision", "decision", "overridden"),
    "key.added": Step("key", "key", "active"),
    "key.revoked": Step("key", "key", "revoked"),
    "webhook.added": Step("webhook", "webhook", "active"),
    "webhook.removed": Step("webhook", "webhook", "removed"),
    "hold.placed": Step("hold", "hold", "placed"),
}

_HOLD_ENDS: Final = 2
"""How many people lift a legal hold."""


@projects(*STEPS, name="fact", revision=1)
def stepped(batch: Batch, entry: Entry, payload: bytes | None) -> None:
    """The step's own members, merged over what was said of this name before."""
    if payload is not None:
        step = STEPS[entry.kind]
        _put(batch, entry, payload, step, lambda before: step.status)


_WORST_PROOF: Final = ("failed", "issuer_unknown", "unverifiable", "verified")


@projects("document.integrity", name="document.integrity", revision=1)
def proved(batch: Batch, entry: Entry, payload: bytes | None) -> None:
    """{document, scheme, state, failed, details}: what a file proves by itself. One fact for each
    document: `proofs`, by scheme and signature; its status is the worst of them."""
    if payload is None:
        return

    def status(said: dict[str, Any]) -> str:
        proof = {name: said.pop(name) for name in ("scheme", "state", "failed", "details")}
        which = f"{proof['scheme']}/{proof['details'].get('signature', '')}"
        said.setdefault("proofs", {})[which] = {**proof, "entry": entry.seq}
        states = [str(one["state"]) for one in said["proofs"].values()]
        return next(state for state in (*_WORST_PROOF, *states) if state in states)

    _put(batch, entry, payload, Step("integrity", "document", None), status)


@projects("document.disposal_asked", name="document.disposal_asked", revision=1)
def asked(batch: Batch, entry: Entry, payload: bytes | None) -> None:
    """{subject, act, why, asked_on, result, until, verdict_sha256}: a disposal or erasure that was
    refused. One fact for each subject: `asked`, in order."""
    if payload is None:
        return

    def status(said: dict[str, Any]) -> str:
        names = ("act", "why", "asked_on", "result", "duty", "until", "verdict_sha256")
        one = {name: said.pop(name) for name in names if name in said}
        said.setdefault("asked", []).append({**one, "entry": entry.seq, "by": entry.actor})
        return "refused"

    _put(batch, entry, payload, Step("disposal_asked", "subject", None), status)


@projects("hold.lifted", name="hold.lifted", revision=1)
def lifted(batch: Batch, entry: Entry, payload: bytes | None) -> None:
    """{hold, reason}: lifted once two different people have said so."""
    if payload is None:
        return

    def status(said: dict[str, Any]) -> str:
        signed = said.setdefault("lifted_by", [])
        if entry.actor in signed:
            raise Refused(SAME_PERSON, actor=entry.actor)
        signed.append(entry.actor)
        return "lifted" if len(signed) >= _HOLD_ENDS else "placed"

    _put(batch, entry, payload, Step("hold", "hold", None), status)


def _put(
    batch: Batch,
    entry: Entry,
    payload: bytes,
    step: Step,
    status: Callable[[dict[str, Any]], str | None],
) -> None:
    said = orjson.loads(payload)
    name = said[step.named_by] if step.named_by else entry.key
    rows = batch.query(
        "SELECT status, first_seq, body FROM read_fact WHERE log_id = ? AND family = ?"
        " AND name = ? AND to_seq IS NULL",
        step.family,
        name,
    )
    before, first = None, entry.seq
    if rows:
        before, first = rows[0][0], rows[0][1]
        said = {**orjson.loads(rows[0][2]), **said}
        batch.change(
            "UPDATE read_fact SET to_seq = ? WHERE family = ? AND name = ? AND to_seq IS NULL"
            " AND log_id = ?",
            entry.seq,
            step.family,
            name,
        )
    now = status(said) or before or "active"
    batch.add(t.fact, step.family, name, now, first, canonical_text(said), entry.seq, None)
