"""Originals are kept as long as a duty runs, whole and readable, and not a day less.

Until when is computed by `checks.retention.keep`; here stand the violations: an original that is
missing, rotted or unreadable while its duty runs, and one disposed of too early, judged by what was
known on its day. `retention.may_dispose` is the question before a disposal or an erasure.
"""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any, Final

from base.errors import message
from checks.retention.keep import Duty, Keep, first_free_day
from checks.retention.papers import READS, known_before, paper_kept
from checks.types import (
    Answer,
    Authority,
    Cure,
    Evidence,
    Fixity,
    Paper,
    Policy,
    Selector,
    Severity,
    failed,
    law,
    not_applicable,
    parameter,
    passed,
    rule,
    say,
    unknown,
)

POLICY_YEARS = parameter(
    "retention.years",
    zh="企业自定最短保存年限（自记录日期起）",
    en="The company's own minimum, years from the record's date",
    default=5,
    unit="year",
    floor=5,
    origin="GSP 23: not less than 5 years where there is no expiry",
)
READABLE_DAYS = parameter(
    "retention.readable_within_days",
    zh="收到的单据应在多少天内识读或录入完毕",
    en="Days within which a received paper is read or completed by a person",
    default=7,
    unit="day",
    floor=1,
    ceiling=60,
)

KEPT_SOUND = message("retention.sound", zh="原件完好", en="the original is sound")
KEPT_UNSEEN = message(
    "retention.unseen", zh="收到后尚未复核原件", en="not looked at again since it was received"
)
BROKEN = message(
    "retention.broken",
    zh="原件{state}，保存期限尚未届满（{until}）",
    en="the original is {state} while it must be kept ({until})",
)
BROKEN_FREE = message(
    "retention.broken_after_duty",
    zh="原件{state}，保存期限已于 {until} 届满",
    en="the original is {state}; the duty to keep it ended on {until}",
)
UNREADABLE = message(
    "retention.unreadable",
    zh="{received} 收到，尚未能识读",
    en="received on {received} and still not readable",
)
READING = message(
    "retention.being_read",
    zh="{received} 收到，待人工处理",
    en="received on {received}, waits for a person",
)
DISPOSED = message("retention.disposed", zh="已于 {on} 处置", en="disposed of on {on}")
KEEP_WHOLE = message(
    "retention.keep_whole",
    zh="保存期限内原件完好可读",
    en="the original whole and readable while the duty runs",
)
RESTORE = message(
    "retention.restore",
    zh="从备份或对方处取回原件",
    en="restore it from a backup or obtain it again",
)
COMPLETE = message(
    "retention.complete",
    zh="在隔离区对照原件补录，或重新取得清晰的单据",
    en="complete it beside the original, or obtain a readable one",
)

STATUTES: Final = (
    law("GSP", "23"),
    law("54号令", "32"),
    law("54号令", "38"),
    law("会计档案办法", "14"),
    law("会计档案办法", "15"),
    law("会计档案办法", "19"),
    law("税收征管细则", "29"),
)

_CITES: Final = {
    Duty.LOT_EXPIRY: ("GSP", "54号令"),
    Duty.NO_EXPIRY: ("GSP", "54号令"),
    Duty.IMPLANT: ("GSP", "54号令"),
    Duty.IMPLANT_UNKNOWN: ("GSP", "54号令"),
    Duty.EXPIRY_UNKNOWN: ("GSP", "54号令"),
    Duty.LOT_UNKNOWN: ("GSP", "54号令"),
    Duty.VOUCHER: ("会计档案办法 14", "会计档案办法 15"),
    Duty.BOOKING_UNKNOWN: ("会计档案办法 14", "会计档案办法 15"),
    Duty.CLAIM_OPEN: ("会计档案办法 19",),
    Duty.TAX: ("税收征管细则",),
    Duty.POLICY: (),
    Duty.DAY_UNKNOWN: ("GSP",),
}


def _facts(keep: Keep) -> dict[str, Any]:
    return {
        "duty": keep.duty.value,
        "until": keep.until,
        "for_ever": keep.for_ever,
        "lot": keep.lot,
    }


def _until(keep: Keep) -> str:
    return keep.until.isoformat() if keep.until else keep.duty.value


def _paper(evidence: Evidence) -> Paper | None:
    return evidence.papers.get(evidence.subject.removeprefix("document:"))


NO_ORIGINAL = message(
    "retention.no_original", zh="没有收到过原件", en="no original was ever received"
)


@rule(
    "retention.original",
    zh="保存期限内原件完好可读",
    en="Originals are whole and readable while they must be kept",
    why_zh="质量记录应妥善保存，防止损坏和丢失。保存期限内原件缺失、字节改变或长期不能识读都是问题。",
    why_en="Quality records are kept safe from damage and loss. An original that is missing, whose "
    "bytes changed, or that stays unreadable while the duty runs is a violation.",
    bases=(law("GSP", "23"),),
    severity=Severity.MAJOR,
    subject="document",
    reads=READS,
    population="every original ever received",
    parameters=(POLICY_YEARS, READABLE_DAYS),
    requirements=("R01", "R51", "R54"),
    papers=True,
    can_be_unknown=False,
)
def original_kept(document: str, evidence: Evidence, policy: Policy, valid_at: date) -> Answer:
    paper = _paper(evidence)
    if paper is None:
        return not_applicable(say(NO_ORIGINAL))
    if paper.disposal is not None and paper.disposal.on <= valid_at:
        return not_applicable(say(DISPOSED, on=paper.disposal.on), entries=(paper.disposal.seq,))
    gone = paper.disposal.on if paper.disposal else None
    if paper.fixity in (Fixity.MISSING, Fixity.ROTTED):
        return _broken(paper, evidence, policy, valid_at, gone)
    if paper.quarantined:
        due = paper.received_on + timedelta(days=policy.days(READABLE_DAYS, valid_at))
        if valid_at <= due:
            return passed(
                say(READING, received=paper.received_on), entries=paper.entries,
                review_at=_first(due + timedelta(days=1), gone),
            )  # fmt: skip
        return failed(
            say(UNREADABLE, received=paper.received_on), expected=say(KEEP_WHOLE),
            cures=(Cure(say(COMPLETE), paper.entries),), entries=paper.entries, review_at=gone,
        )  # fmt: skip
    seen = paper.fixity is Fixity.SOUND
    return passed(say(KEPT_SOUND if seen else KEPT_UNSEEN), entries=paper.entries, review_at=gone)


def _broken(
    paper: Paper, evidence: Evidence, policy: Policy, valid_at: date, gone: date | None
) -> Answer:
    keep = paper_kept(evidence, policy.days(POLICY_YEARS, valid_at))
    entries = (*paper.entries, *keep.entries)
    facts = {**_facts(keep), "fixity": paper.fixity.value}
    if keep.over(valid_at) and not paper.held(valid_at):
        what = say(BROKEN_FREE, state=paper.fixity.value, until=_until(keep))
        return passed(what, entries=entries, facts=facts, review_at=gone)
    return failed(
        say(BROKEN, state=paper.fixity.value, until=_until(keep)),
        expected=say(KEEP_WHOLE),
        cures=(Cure(say(RESTORE)),),
        facts=facts,
        entries=entries,
        review_at=_first(gone, _ahead(first_free_day(keep), valid_at), _turn(paper, valid_at)),
    )


def _first(*days: date | None) -> date | None:
    return min((day for day in days if day), default=None)


def _ahead(day: date | None, valid_at: date) -> date | None:
    return day if day and day > valid_at else None


def _turn(paper: Paper, valid_at: date) -> date | None:
    """The next day on which a hold begins or ends."""
    days = [hold.placed_on for hold in paper.holds]
    days += [hold.lifted_on for hold in paper.holds if hold.lifted_on]
    return min((day for day in days if day > valid_at), default=None)


TOO_EARLY = message(
    "retention.disposed_too_early",
    zh="{on} 处置，按当时所知应保存至 {until}",
    en="disposed of on {on}; by what was known then it had to be kept until {until}",
)
UNDER_HOLD = message(
    "retention.disposed_under_hold",
    zh="{on} 处置时处于法律保全",
    en="disposed of on {on} under a legal hold",
)
IN_TIME = message(
    "retention.disposed_in_time",
    zh="保存期限 {until} 届满后处置",
    en="disposed of after its duty ended on {until}",
)
NOT_DISPOSED = message("retention.not_disposed", zh="没有处置", en="not disposed of")
NOT_BEFORE = message(
    "retention.not_before", zh="保存期限届满后方可处置", en="disposed of only after its duty ended"
)
RECOVER = message(
    "retention.recover",
    zh="从备份或对方处取回原件，并报告质量负责人",
    en="obtain it again from a backup or the other party, and report to the quality head",
)


@rule(
    "retention.disposed_early",
    zh="没有提前处置的原件",
    en="No original was disposed of early",
    why_zh="保存期限：批次有效期满后2年；没有有效期的不少于5年；植入类永久；会计凭证自会计年度终了起30年；"
    "涉税资料10年；取其最长，届满当日仍须保存。按处置当日所知判断。",
    why_en="Keep for: the lot's expiry + 2 years; at least 5 years without an expiry; implants for "
    "ever; vouchers 30 years from the end of the fiscal year; tax papers 10 years; the longest "
    "counts, its last day included. A disposal is judged by what was known on its day.",
    bases=STATUTES,
    severity=Severity.CRITICAL,
    subject="document",
    reads=READS,
    population="every disposal recorded",
    parameters=(POLICY_YEARS,),
    requirements=("R01", "R51", "R52", "R54"),
    papers=True,
    can_be_unknown=False,
)
def disposed_early(document: str, evidence: Evidence, policy: Policy, valid_at: date) -> Answer:
    paper = _paper(evidence)
    disposal = paper.disposal if paper else None
    if paper is None or disposal is None:
        return not_applicable(say(NOT_DISPOSED))
    if disposal.on > valid_at:
        return not_applicable(say(NOT_DISPOSED), review_at=disposal.on)
    keep = paper_kept(known_before(evidence, disposal.seq), policy.days(POLICY_YEARS, disposal.on))
    common: dict[str, Any] = {
        "facts": {**_facts(keep), "disposed": disposal.on},
        "entries": (disposal.seq, *keep.entries),
        "dates": {Selector.VALID_AT: disposal.on},
        "cites": _CITES[keep.duty],
        "authority": Authority.POLICY if keep.duty is Duty.POLICY else None,
    }
    expected = say(NOT_BEFORE)
    cures = (Cure(say(RECOVER)),)
    if paper.held(disposal.on):
        what = say(UNDER_HOLD, on=disposal.on)
        return failed(what, expected=expected, cures=cures, **common)
    if keep.over(disposal.on):
        return passed(say(IN_TIME, until=_until(keep)), expected=expected, **common)
    what = say(TOO_EARLY, on=disposal.on, until=_until(keep))
    return failed(what, expected=expected, cures=cures, **common)


MAY = message(
    "retention.may_dispose",
    zh="保存期限已于 {until} 届满",
    en="the duty to keep it ended on {until}",
)
MAY_NOT = message(
    "retention.may_not_dispose",
    zh="须保存至 {until}（{duty}）",
    en="to be kept until {until} ({duty})",
)
FOR_EVER = message("retention.for_ever", zh="永久保存（植入类）", en="kept for ever (implant)")
HELD = message(
    "retention.held",
    zh="处于法律保全，须由两人解除",
    en="under a legal hold, which two people lift",
)
OPEN = message(
    "retention.open",
    zh="保存期限不能确定（{duty}），继续保存",
    en="how long to keep it is not settled ({duty}): it is kept",
)
SUPPLY = {
    Duty.IMPLANT_UNKNOWN: message(
        "retention.state_implant",
        zh="确认 {lot} 是否为植入类",
        en="confirm whether {lot} is implantable",
    ),
    Duty.EXPIRY_UNKNOWN: message(
        "retention.state_expiry", zh="补充 {lot} 的有效期", en="supply the expiry of {lot}"
    ),
    Duty.LOT_UNKNOWN: message(
        "retention.state_lot",
        zh="补充单据涉及的批次",
        en="supply the lots that the paper is about",
    ),
    Duty.BOOKING_UNKNOWN: message(
        "retention.state_booking",
        zh="补充入账的会计年度",
        en="supply the fiscal year in which it was booked",
    ),
    Duty.DAY_UNKNOWN: message(
        "retention.state_day",
        zh="识读或补录该单据",
        en="have the paper read or completed",
    ),
    Duty.CLAIM_OPEN: message(
        "retention.settle_claim",
        zh="结清债权债务后再处置",
        en="settle the claim first",
    ),
}
WAIT = message("retention.wait", zh="{on} 起可以处置", en="may be disposed of from {on}")
LIFT = message("retention.lift_hold", zh="由两人解除法律保全", en="two people lift the hold")
NEVER = message("retention.never", zh="不处置", en="it is not disposed of")


@rule(
    "retention.may_dispose",
    zh="可以处置或删除",
    en="It may be disposed of or erased",
    why_zh="处置原件或删除内容之前的判断：任何一项保存义务尚未届满、不能确定，或处于法律保全，都不允许。",
    why_en="The question before an original is disposed of or content erased: not while any duty "
    "runs or is unsettled, nor under a legal hold.",
    bases=STATUTES,
    severity=Severity.CRITICAL,
    subject="document",
    reads=READS,
    population="every disposal or erasure asked for",
    parameters=(POLICY_YEARS,),
    requirements=("R01", "R51", "R52", "R53", "R54", "R85"),
    papers=True,
    gate_only=True,
)
def may_dispose(document: str, evidence: Evidence, policy: Policy, valid_at: date) -> Answer:
    return _allowed(evidence, policy, valid_at)


@rule(
    "retention.may_erase",
    zh="可以删除没有原件的记录",
    en="A record without an original may be erased",
    why_zh="由人员或系统直接录入、没有原件的记录，删除内容之前的判断与处置原件相同。",
    why_en="The same question for a record that a person or a system entered without an original.",
    bases=STATUTES,
    severity=Severity.CRITICAL,
    subject="entry",
    reads=READS,
    population="every erasure asked for",
    parameters=(POLICY_YEARS,),
    requirements=("R01", "R51", "R52", "R85"),
    gate_only=True,
)
def may_erase(entry: str, evidence: Evidence, policy: Policy, valid_at: date) -> Answer:
    return _allowed(evidence, policy, valid_at)


def _allowed(evidence: Evidence, policy: Policy, valid_at: date) -> Answer:
    paper = _paper(evidence)
    keep = paper_kept(evidence, policy.days(POLICY_YEARS, valid_at))
    turn = _turn(paper, valid_at) if paper else None
    common: dict[str, Any] = {
        "facts": _facts(keep),
        "entries": keep.entries,
        "cites": _CITES[keep.duty],
        "authority": Authority.POLICY if keep.duty is Duty.POLICY else None,
        "review_at": _first(turn, _ahead(first_free_day(keep), valid_at)),
    }
    expected = say(NOT_BEFORE)
    if paper is not None and paper.held(valid_at):
        holds = [hold.seq for hold in paper.holds]
        common["entries"] = (*keep.entries, *holds)
        return failed(
            say(HELD), expected=expected, cures=(Cure(say(LIFT), tuple(holds)),), **common
        )
    if keep.for_ever:
        return failed(say(FOR_EVER), expected=expected, cures=(Cure(say(NEVER)),), **common)
    if not keep.determined or keep.until is None:
        cure = Cure(say(SUPPLY[keep.duty], lot=keep.lot or "-"), keep.entries)
        return unknown(say(OPEN, duty=keep.duty.value), cures=(cure,), **common)
    if keep.over(valid_at):
        return passed(say(MAY, until=keep.until), expected=expected, **common)
    free = first_free_day(keep)
    return failed(
        say(MAY_NOT, until=keep.until, duty=keep.duty.value),
        expected=expected,
        cures=(Cure(say(WAIT, on=free or "-")),),
        **common,
    )
