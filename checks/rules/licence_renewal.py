"""Renewal of our own operating licence: the window, what was filed, what came of it.

Applications are accepted from 90 to 30 working days before the end (order 54 art. 16). Earlier
ones that were accepted nevertheless stay open: the text does not speak of them.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

from base.calendar import Window, early_window
from base.errors import message
from checks.rules.licences import RENEWAL_PAPERS
from checks.types import (
    Answer,
    Authority,
    Cure,
    Evidence,
    Hop,
    Policy,
    Severity,
    earliest,
    failed,
    law,
    not_applicable,
    passed,
    rule,
    say,
    unknown,
)
from checks.validity.periods import ONE_DAY
from checks.validity.permits import HeldPermit, ourselves, permits
from checks.validity.renewal import (
    LEAST_WORKING_DAYS,
    MOST_WORKING_DAYS,
    Application,
    Decision,
    InTime,
    filed_in_time,
)

FILED = message(
    "licence.renewal_filed",
    zh="已在规定期间内提出延续申请（{filed}）",
    en="renewal was applied for within the window ({filed})",
)
WINDOW_AHEAD = message(
    "licence.window_ahead",
    zh="延续申请期间为 {first} 至 {last}",
    en="renewal may be applied for from {first} to {last}",
)
WINDOW_OPEN = message(
    "licence.window_open",
    zh="延续申请期间 {first} 至 {last}，尚无申请",
    en="renewal may be applied for from {first} to {last}, and has not been",
)
WINDOW_MISSED = message(
    "licence.window_missed",
    zh="延续申请最迟应在 {last} 提出，尚无申请",
    en="renewal had to be applied for by {last}, and no application is on file",
)
FILED_LATE = message(
    "licence.filed_late",
    zh="延续申请最迟应在 {last} 提出，实际 {filed} 提出",
    en="renewal had to be applied for by {last}, and was on {filed}",
)
FILED_EARLY = message(
    "licence.filed_early",
    zh="{filed} 提出申请，早于届满前90个工作日",
    en="applied for on {filed}, more than 90 working days before the end",
)
FILED_UNKNOWN = message(
    "licence.filed_unknown",
    zh="申请日期不明，只知受理日期 {accepted}",
    en="the day of application is not known, only the acceptance on {accepted}",
)
RENEWAL_REFUSED = message(
    "licence.renewal_refused", zh="不予延续（{decided}）", en="renewal was refused ({decided})"
)
APPLY = message(
    "licence.apply",
    zh="在 {last} 前提出延续申请",
    en="apply for renewal by {last}",
)
APPLY_IN_WINDOW = message(
    "licence.apply_in_window",
    zh="届满前90个工作日至30个工作日之间提出延续申请",
    en="apply for renewal between 90 and 30 working days before the end",
)
NEW_LICENCE = message(
    "licence.apply_anew",
    zh="延续已不被受理：重新申请许可",
    en="renewal is no longer accepted: apply for a new licence",
)
NOT_OURS = message("licence.not_ours", zh="不是本企业的许可证", en="not a licence of ours")
NO_END = message("licence.no_end", zh="备案没有有效期", en="a filing does not end")
CANCELLED = message("licence.cancelled", zh="已于 {on} 注销", en="cancelled on {on}")


@rule(
    "licence.renewal",
    zh="经营许可证在规定期间内申请延续",
    en="Renewal of our operating licence is applied for in time",
    why_zh="经营许可证届满前90至30个工作日之间申请延续，逾期不再受理。工作日按已公布的放假安排计算，"
    "未公布年份为估算。",
    why_en="An operating licence is renewed on application between 90 and 30 working days before "
    "it ends; later none is accepted. Working days follow the published calendar; years without "
    "one are estimated.",
    bases=(law("54号令", "16"),),
    severity=Severity.CRITICAL,
    subject="licence",
    reads=(Hop(("operating_licence",)), Hop(("party",), role="holder")),
    population="every operating licence of ours",
    requirements=("R26", "R92"),
)
def renewed_in_time(licence: str, evidence: Evidence, policy: Policy, valid_at: date) -> Answer:
    held = _own_term(evidence, valid_at)
    if isinstance(held, Answer):
        return held
    term, application = held, held.held.application
    known = application.known_by if application else None
    if application is None or (known is not None and known > valid_at):
        return _not_filed(term, valid_at, known)
    return _filed(term, application, valid_at)


@dataclass(frozen=True, slots=True)
class Term:
    """The last term of one of our licences, and the window for its renewal."""

    held: HeldPermit
    end: date
    window: Window

    def facts(self, **more: object) -> dict[str, object]:
        return {
            "ends": self.end,
            "window_first": self.window.first,
            "window_last": self.window.last,
            "provisional": self.window.provisional,
            **more,
        }


def _own_term(evidence: Evidence, valid_at: date) -> Term | Answer:
    """The term, or why the rule does not reach this licence."""
    held = next(iter(permits(evidence)), None)
    if held is None or not held.holders & ourselves(evidence):
        return not_applicable(say(NOT_OURS))
    if held.last_day is None:
        return not_applicable(say(NO_END), entries=held.entries)
    cancelled = held.cancelled_on
    if cancelled and cancelled <= valid_at:
        return not_applicable(say(CANCELLED, on=cancelled), entries=held.entries)
    window = early_window(held.last_day, most=MOST_WORKING_DAYS, least=LEAST_WORKING_DAYS)
    return Term(held, held.last_day, window)


def _not_filed(term: Term, valid_at: date, known: date | None) -> Answer:
    window = term.window
    turns = (term.held.cancelled_on, known, window.first, window.last + ONE_DAY)
    review_at = earliest(*(day for day in turns if day and day > valid_at))
    common: dict[str, Any] = {
        "facts": term.facts(),
        "entries": term.held.entries,
        "review_at": review_at,
    }
    if valid_at < window.first:
        return passed(say(WINDOW_AHEAD, first=window.first, last=window.last), **common)
    if valid_at <= window.last:
        return passed(say(WINDOW_OPEN, first=window.first, last=window.last), **common)
    return failed(
        say(WINDOW_MISSED, last=window.last),
        expected=say(APPLY_IN_WINDOW),
        cures=(Cure(say(NEW_LICENCE)), Cure(say(RENEWAL_PAPERS))),
        **common,
    )


def _filed(term: Term, application: Application, valid_at: date) -> Answer:
    decided, cancelled = application.decided_on, term.held.cancelled_on
    day = application.filed_on or application.accepted_on
    common: dict[str, Any] = {
        "facts": term.facts(filed=application.filed_on, accepted=application.accepted_on),
        "entries": term.held.entries,
        "review_at": earliest(*(d for d in (cancelled, decided) if d and d > valid_at)),
    }
    expected = say(APPLY_IN_WINDOW)
    anew = (Cure(say(NEW_LICENCE)),)
    if application.decision is Decision.REFUSED and decided and decided <= valid_at:
        what = say(RENEWAL_REFUSED, decided=decided)
        return failed(what, expected=expected, cures=anew, **common)
    match filed_in_time(term.held.permit.regime, application, term.end):
        case InTime.YES:
            return passed(say(FILED, filed=day), **common)
        case InTime.NO:
            what = say(FILED_LATE, last=term.window.last, filed=day)
            return failed(what, expected=expected, cures=anew, **common)
        case _:
            early = day is not None and day < term.window.first
            what = say(FILED_EARLY, filed=day) if early else say(FILED_UNKNOWN, accepted=day or "-")
            return unknown(what, cures=(Cure(say(RENEWAL_PAPERS)),), **common)


@rule(
    "licence.renewal_due",
    zh="经营许可证延续申请期间已开始",
    en="The window to renew our operating licence is open",
    why_zh="延续申请期间开始后提醒，直至提出申请或期间结束。",
    why_en="A reminder from the first day of the window until an application is on file or the "
    "window ends.",
    authority=Authority.POLICY,
    severity=Severity.NOTICE,
    subject="licence",
    reads=(Hop(("operating_licence",)), Hop(("party",), role="holder")),
    population="every operating licence of ours",
    requirements=("R26",),
    can_be_unknown=False,
)
def renewal_due(licence: str, evidence: Evidence, policy: Policy, valid_at: date) -> Answer:
    term = _own_term(evidence, valid_at)
    if isinstance(term, Answer):
        return term
    application = term.held.application
    known = application.known_by if application else None
    window = term.window
    turns = (term.held.cancelled_on, known, window.first, window.last + ONE_DAY)
    review_at = earliest(*(day for day in turns if day and day > valid_at))
    common: dict[str, Any] = {
        "facts": term.facts(),
        "entries": term.held.entries,
        "review_at": review_at,
    }
    if application is not None and (known is None or known <= valid_at):
        return passed(say(FILED, filed=known or "-"), **common)
    if window.contains(valid_at):
        return failed(
            say(WINDOW_OPEN, first=window.first, last=window.last),
            expected=say(APPLY, last=window.last),
            cures=(Cure(say(APPLY, last=window.last)),),
            **common,
        )
    return passed(say(WINDOW_AHEAD, first=window.first, last=window.last), **common)
