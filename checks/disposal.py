"""The way to destroy evidence: only after the question whether any duty or hold still runs.

Both acts say in their entry which verdict allowed them, so that a later run can judge them by what
was known on that day. A request that was refused is an entry, too: having asked is a finding.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from audit.journal import Journal
from audit.ledger import Entry
from base.clock import legal_day
from base.errors import Refused, message
from checks.examine import examine
from checks.registry import RULES
from checks.store_source import StoreSource, policy_at
from checks.verdicts import Result, Verdict

MUST_BE_KEPT = message(
    "retention.must_be_kept",
    zh="{subject} 不得处置：{why_zh}",
    en="{subject} may not be disposed of: {why_en}",
)


def disposal_allowed(
    journal: Journal, document: str, on: date, known_at: int | None = None
) -> Verdict:
    """Whether an original (SHA-256, hex) may be disposed of on a day; anything but pass is no."""
    return _ask(journal, "retention.may_dispose", f"document:{document}", on, known_at)


def erasure_allowed(
    journal: Journal, seqs: Sequence[int], on: date, known_at: int | None = None
) -> tuple[Verdict, ...]:
    """Whether the contents of records may be erased on a day, one verdict each original or record.

    A record read from an original shares that original's duties.
    """
    at = journal.store.snapshot(on, known_at)
    verdicts: dict[str, Verdict] = {}
    for stored in journal.store.by_seqs(at, seqs):
        if stored.document:
            subject, rule = f"document:{stored.document}", "retention.may_dispose"
        else:
            subject, rule = f"entry:{stored.seq}", "retention.may_erase"
        if subject not in verdicts:
            verdicts[subject] = _ask(journal, rule, subject, on, known_at)
    return tuple(verdicts.values())


def dispose(journal: Journal, actor: str, document: str, why: str) -> Entry:
    """Destroy an original after its duties ended. Raises Refused while one runs or is unsettled."""
    on = legal_day(journal.clock.now())
    verdict = disposal_allowed(journal, document, on)
    _refuse_unless(journal, actor, "disposal", why, on, (verdict,))
    return journal.dispose(
        actor, document, why, disposed_on=on.isoformat(), verdict_sha256=verdict.said()
    )


def erase(journal: Journal, actor: str, seqs: Sequence[int], reason: str) -> Entry:
    """Erase records' contents after their duties ended. Raises Refused while one runs."""
    on = legal_day(journal.clock.now())
    _refuse_unless(journal, actor, "erasure", reason, on, erasure_allowed(journal, seqs, on))
    return journal.erase(actor, seqs, reason)


def _ask(journal: Journal, rule: str, subject: str, on: date, known_at: int | None) -> Verdict:
    at = journal.store.snapshot(on, known_at)
    (verdict,) = examine(
        StoreSource(journal.store),
        at,
        policy=policy_at(journal.store, at),
        rules=(RULES[rule],),
        subjects=(subject,),
    )
    return verdict


def note_refused(
    journal: Journal, actor: str, act: str, why: str, on: date, verdicts: Sequence[Verdict]
) -> None:
    """Write down that a disposal or an erasure was asked for and refused: one entry for each
    verdict that is no pass. Whoever refuses calls it first; a request without a trace was never
    asked. act: `disposal` or `erasure`."""
    refused = [verdict for verdict in verdicts if verdict.result is not Result.PASS]
    if refused:
        journal.notes(
            actor,
            [
                ("document.disposal_asked", _asked(verdict, act, why, on), (verdict.subject,))
                for verdict in refused
            ],
        )


def _refuse_unless(
    journal: Journal, actor: str, act: str, why: str, on: date, verdicts: Sequence[Verdict]
) -> None:
    """Raises Refused for the first verdict that is not a pass."""
    note_refused(journal, actor, act, why, on, verdicts)
    for verdict in verdicts:
        if verdict.result is not Result.PASS:
            raise Refused(
                MUST_BE_KEPT,
                subject=verdict.subject,
                why_zh=verdict.found.text("zh"),
                why_en=verdict.found.text("en"),
            )


def _asked(verdict: Verdict, act: str, why: str, on: date) -> dict[str, str]:
    """What was asked, when, and what the question came to."""
    return {
        "subject": verdict.subject,
        "act": act,
        "why": why,
        "asked_on": on.isoformat(),
        "result": verdict.result.value,
        "duty": str(verdict.facts.get("duty", "")),
        "until": str(verdict.facts.get("until", "")),
        "verdict_sha256": verdict.said(),
    }
