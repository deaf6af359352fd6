"""Asking to dispose of evidence, or to erase it, while it must be kept.

The request was refused, so nothing is lost; that somebody wanted it gone is a finding all the same,
with who, when and which duty stood in the way. A request against a duty that ran is judged by the
answer given on that day; where that could not be settled then, by what is known now.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any, Final

from base.errors import message
from checks.evidence import Asked
from checks.retention.papers import ENTRY, READS, own_records, paper_kept
from checks.rules.retention import NOT_BEFORE, POLICY_YEARS, STATUTES
from checks.types import (
    Answer,
    Cure,
    Evidence,
    Policy,
    Result,
    Selector,
    Sentence,
    Severity,
    earliest,
    failed,
    not_applicable,
    passed,
    rule,
    say,
    unknown,
)

REFUSED = message(
    "retention.asked_too_early",
    zh="{by} 于 {on} 申请{act}，当时应保存至 {until}（{duty}）",
    en="{by} asked for {act} on {on}, when it had to be kept until {until} ({duty})",
)
REFUSED_HELD = message(
    "retention.asked_while_kept",
    zh="{by} 于 {on} 申请{act}，当时不得处置（{duty}）",
    en="{by} asked for {act} on {on}, when it might not be disposed of ({duty})",
)
REFUSED_OPEN = message(
    "retention.asked_while_open",
    zh="{by} 于 {on} 申请{act}，当时保存期限不能确定（{duty}）",
    en="{by} asked for {act} on {on}, when it was not settled how long to keep it ({duty})",
)
NOT_ASKED = message(
    "retention.not_asked", zh="没有被拒绝的处置申请", en="no disposal was asked for and refused"
)
ENDED_THEN = message(
    "retention.asked_after_duty",
    zh="{by} 于 {on} 申请{act}；按现在所知，保存期限已于 {until} 届满",
    en="{by} asked for {act} on {on}; by what is known now the duty had ended on {until}",
)
GONE = message(
    "retention.asked_for_what_is_gone",
    zh="申请涉及的记录已不再有效",
    en="the record that was asked about no longer stands",
)
ASK_WHY = message(
    "retention.ask_why",
    zh="由质量负责人了解申请的原因，并说明保存期限",
    en="the quality head asks why, and explains how long to keep it",
)
SETTLE = message(
    "retention.settle_duty",
    zh="补充批次、有效期或是否植入类，使保存期限可以确定",
    en="supply lot, expiry or whether it is an implant, so that the duty can be settled",
)

_WHY_ZH: Final = (
    "保存期限未届满、不能确定或处于法律保全时申请处置原件或删除内容的，系统予以拒绝并记录；申请本身作为问题，"
    "由质量负责人核实。"
)
_WHY_EN: Final = (
    "A request to dispose of an original or to erase content while a duty runs, is not settled, or "
    "under a legal hold is refused and recorded; that it was made is a matter for the quality head."
)


def _judged(evidence: Evidence, policy: Policy, valid_at: date) -> Answer:
    """The latest refused request speaks; one against a running duty outweighs an unsettled one."""
    known = [one for one in evidence.asked if one.on <= valid_at]
    ahead = earliest(*(one.on for one in evidence.asked if one.on > valid_at))
    if not known:
        return not_applicable(say(NOT_ASKED), review_at=ahead)
    against = [one for one in known if one.result == Result.FAIL.value]
    last = (against or known)[-1]
    common: dict[str, Any] = {
        "facts": {
            "asked": sorted({one.on.isoformat() for one in known}),
            "by": sorted({one.by for one in known}),
            "duty": last.duty,
            "until": last.until,
        },
        "entries": [one.entry for one in known],
        "dates": {Selector.VALID_AT: last.on},
        "expected": say(NOT_BEFORE),
        "review_at": ahead,
    }
    if against:
        return failed(_too_early(last), cures=(Cure(say(ASK_WHY), (last.entry,)),), **common)
    return _unsettled(evidence, last, policy, common)


def _too_early(one: Asked) -> Sentence:
    what = REFUSED if one.until else REFUSED_HELD
    return say(what, by=one.by, on=one.on, act=one.act, until=one.until, duty=one.duty)


def _unsettled(evidence: Evidence, last: Asked, policy: Policy, common: dict[str, Any]) -> Answer:
    """How long to keep it could not be said then; perhaps it can be now."""
    if evidence.subject.startswith(ENTRY) and not own_records(evidence):
        return passed(say(GONE), **common)
    keep = paper_kept(evidence, policy.days(POLICY_YEARS, last.on))
    common["facts"] |= {
        "duty": keep.duty.value,
        "until": keep.until.isoformat() if keep.until else "",
    }
    common["entries"] = [*common["entries"], *keep.entries]
    now = replace(last, duty=keep.duty.value, until=keep.until.isoformat() if keep.until else "")
    if keep.over(last.on):
        what = say(ENDED_THEN, by=last.by, on=last.on, act=last.act, until=now.until)
        return passed(what, **common)
    if keep.for_ever or (keep.determined and keep.until is not None):
        return failed(_too_early(now), cures=(Cure(say(ASK_WHY), (last.entry,)),), **common)
    what = say(REFUSED_OPEN, by=last.by, on=last.on, act=last.act, duty=now.duty)
    return unknown(what, cures=(Cure(say(SETTLE)),), **common)


@rule(
    "retention.asked_early",
    zh="没有提前申请处置原件",
    en="Nobody asked too early for an original to be disposed of",
    why_zh=_WHY_ZH,
    why_en=_WHY_EN,
    bases=STATUTES,
    severity=Severity.MAJOR,
    subject="document",
    reads=READS,
    population="every disposal or erasure that was asked for and refused",
    parameters=(POLICY_YEARS,),
    requirements=("R01", "R51"),
    papers=True,
)
def asked_early(document: str, evidence: Evidence, policy: Policy, valid_at: date) -> Answer:
    return _judged(evidence, policy, valid_at)


@rule(
    "retention.erasure_asked_early",
    zh="没有提前申请删除没有原件的记录",
    en="Nobody asked too early for a record without an original to be erased",
    why_zh=_WHY_ZH,
    why_en=_WHY_EN,
    bases=STATUTES,
    severity=Severity.MAJOR,
    subject="entry",
    reads=READS,
    population="every erasure that was asked for and refused",
    parameters=(POLICY_YEARS,),
    requirements=("R01", "R51"),
    papers=True,
)
def erasure_asked(entry: str, evidence: Evidence, policy: Policy, valid_at: date) -> Answer:
    return _judged(evidence, policy, valid_at)
