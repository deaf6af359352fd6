"""Steps that a person takes on a finding: seen, waived. Each is an entry with actor and reason."""

from __future__ import annotations

from datetime import date
from typing import Any

from audit.journal import Journal, Signature
from audit.ledger import Entry
from base.clock import legal_day
from base.errors import Misuse, Refused, message
from checks.findings import OVER, Finding, FindingState
from checks.store_source import findings_at

NO_FINDING = message(
    "finding.not_found",
    zh="没有指纹为 {fingerprint} 的发现项",
    en="there is no finding {fingerprint}",
)
ALREADY_OVER = message(
    "finding.over",
    zh="发现项 {fingerprint} 已结束",
    en="the finding {fingerprint} is over already",
)
NO_REASON = message("finding.no_reason", zh="需要写明理由", en="a reason is needed")
NOT_IN_FUTURE = message(
    "finding.waiver_not_in_future",
    zh="豁免截止日 {until} 已过",
    en="the waiver's last day {until} has passed",
)


def acknowledge(
    journal: Journal, signature: Signature, fingerprint: str, reason: str = ""
) -> Entry:
    """Somebody has seen it and takes it up. Raises Misuse (unknown), Refused (over)."""
    finding = _live(journal, fingerprint)
    return _step(
        journal, signature, finding, FindingState.ACKNOWLEDGED, {"reason": reason} if reason else {}
    )


def waive(
    journal: Journal, signature: Signature, fingerprint: str, *, reason: str, until: date
) -> Entry:
    """Accept it until a day, inclusive; it comes back by itself after that.

    The signer is the approver; whether his role may is decided above. Raises Misuse without a
    reason or with a day that has passed, Refused where the finding is over.
    """
    if not reason.strip():
        raise Misuse(NO_REASON)
    if until < legal_day(journal.clock.now()):
        raise Misuse(NOT_IN_FUTURE, until=until.isoformat())
    finding = _live(journal, fingerprint)
    said = {"reason": reason.strip(), "until": until.isoformat()}
    return _step(journal, signature, finding, FindingState.WAIVED, said)


def _live(journal: Journal, fingerprint: str) -> Finding:
    at = journal.store.snapshot(legal_day(journal.clock.now()))
    finding = findings_at(journal.store, at).get(fingerprint)
    if finding is None:
        raise Misuse(NO_FINDING, fingerprint=fingerprint)
    if finding.state in OVER:
        raise Refused(ALREADY_OVER, fingerprint=fingerprint)
    return finding


def _step(
    journal: Journal,
    signature: Signature,
    finding: Finding,
    state: FindingState,
    said: dict[str, Any],
) -> Entry:
    payload = {
        "fingerprint": finding.fingerprint,
        "rule": finding.rule,
        "subject": finding.subject,
        "state": state.value,
        "actor_name": signature.name,
        "actor_meaning": signature.meaning,
        "actor_method": signature.method,
        **said,
    }
    streams = (finding.subject, f"finding:{finding.fingerprint}")
    return journal.note(signature.actor, f"finding.{state.value}", payload, streams=streams)
