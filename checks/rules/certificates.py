"""Registration certificates at the day of production.

A device counts as registered when it was made within its certificate's validity (order 47 art.
112), so a lot made before the certificate lapsed may still be sold until its own expiry.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date
from typing import Final

from audit.records.product import ConformityCertificate, Device, Lot
from base.errors import message
from checks.types import (
    Answer,
    Cure,
    Effect,
    Evidence,
    Gate,
    Hop,
    Policy,
    Result,
    Sentence,
    Severity,
    failed,
    law,
    not_applicable,
    passed,
    rule,
    say,
    unknown,
)
from checks.validity.papers import (
    LOT_PAPERS,
    Certificate,
    certificates,
    lot_lines,
    lot_made,
    lot_model,
    model_gaps,
)
from checks.validity.periods import Met, Span, Standing, Timeline
from checks.validity.production import Made, entries_of

_TO_CERTIFICATE: Final = (
    Hop(LOT_PAPERS),
    Hop(("device",), role="device"),
    Hop(("registration_certificate",), role="certificate"),
)
_SALES: Final = ("sales_record",)

NO_NUMBER = message(
    "certificate.no_number",
    zh="该批次的资料没有注册证编号或备案编号",
    en="no paper of this lot gives a registration or filing number",
)
NOT_ON_FILE = message(
    "certificate.not_on_file",
    zh="没有 {certificate} 的注册证或备案凭证",
    en="no certificate or filing of {certificate} is on file",
)
SUPPLY_CERTIFICATE = message(
    "certificate.supply", zh="提供注册证或备案凭证", en="supply the certificate or filing"
)
FILING = message(
    "certificate.filing_has_no_end",
    zh="第一类备案没有有效期",
    en="a class I filing has no period of validity",
)
MADE_WITHIN = message(
    "certificate.made_within",
    zh="生产日期 {made} 在注册证有效期内",
    en="made {made}, while the certificate was in force",
)
MADE_DEEMED = message(
    "certificate.made_while_deemed",
    zh="生产日期 {made} 在视为准予延续期间（已受理，逾期未作决定）",
    en="made {made}, while renewal was deemed granted (accepted, not decided in time)",
)
MADE_OUTSIDE = message(
    "certificate.made_outside",
    zh="生产日期 {made} 不在注册证有效期内",
    en="made {made}, outside the certificate's validity",
)
MADE_PARTLY = message(
    "certificate.made_partly",
    zh="可能的生产日期 {made} 只有一部分在注册证有效期内",
    en="possibly made {made}, only partly within the certificate's validity",
)
MADE_UNDECIDED = message(
    "certificate.made_undecided",
    zh="生产日期 {made} 在有效期届满之后、延续结果确定之前",
    en="made {made}, after the expiry and before the renewal was settled",
)
MADE_UNKNOWN = message(
    "certificate.made_unknown",
    zh="生产日期无从得知",
    en="nothing tells when the lot was made",
)
MADE_DISPUTED = message(
    "certificate.made_disputed",
    zh="各来源的日期得出不同结论（生产日期 {made}）",
    en="the sources' dates lead to different answers (made {made})",
)
SHOULD_BE_WITHIN = message(
    "certificate.should_be_within",
    zh="生产日期在注册证 {certificate} 的有效期内",
    en="made within the validity of certificate {certificate}",
)
PHOTO = message(
    "certificate.photo",
    zh="提供标签照片或合格证（生产日期）",
    en="photo of the label or certificate of conformity (production date)",
)
RENEWAL_PAPERS = message(
    "certificate.renewal_papers",
    zh="提供延续注册证、受理通知书或审批决定",
    en="supply the renewed certificate, the acceptance notice or the decision",
)
OTHER_LOT = message(
    "certificate.quarantine_lot",
    zh="停止经营该批次并联系供货者",
    en="stop dealing in this lot and contact the supplier",
)


def numbers_of(evidence: Evidence) -> tuple[tuple[str, ...], bool]:
    """Certificates of the lot, and whether its own papers name them (else the device does)."""
    own: dict[str, None] = {}
    for exhibit in (*evidence.of(Lot), *evidence.of(ConformityCertificate)):
        own.update(dict.fromkeys(exhibit.subjects.get("certificate", ())))
    if own:
        return tuple(own), True
    for line in lot_lines(evidence):
        own.update(dict.fromkeys(line.exhibit.subjects.get("certificate", ())))
    if len(own) == 1:
        return tuple(own), True
    devices = (one for e in evidence.of(Device) for one in e.subjects.get("certificate", ()))
    return tuple(dict.fromkeys(devices)) or tuple(own), False


@rule(
    "certificate.production_date",
    zh="生产日期在注册证有效期内",
    en="The lot was made while its certificate was in force",
    why_zh="注册证有效期按生产日期判断：有效期内生产的产品，在其自身有效期内可以继续经营；"
    "有效期外生产的属于未依法注册。只知年月或区间时逐日判断，不能确定的不放行。",
    why_en="The certificate is judged on the day of production: goods made while it was in force "
    "may be sold until their own expiry, goods made outside it are unregistered. A month or an "
    "interval is judged day by day; what stays open is not released.",
    bases=(law("47号令", "112"), law("条例", "55"), law("54号令", "45")),
    severity=Severity.CRITICAL,
    subject="lot",
    reads=_TO_CERTIFICATE,
    population="every lot that a paper names",
    requirements=("R23", "R24"),
    gate=Gate(Effect.BLOCK, Effect.HOLD),
)
def made_in_validity(lot: str, evidence: Evidence, policy: Policy, valid_at: date) -> Answer:
    numbers, own = numbers_of(evidence)
    if not numbers:
        return unknown(say(NO_NUMBER), cures=(Cure(say(SUPPLY_CERTIFICATE)),))
    known = certificates(evidence)
    spans = lot_made(evidence)
    model = lot_model(evidence)
    answers = [_made_under(number, known.get(number), spans, model) for number in numbers]
    if own:
        return _agreed(answers, spans)
    return min(answers, key=lambda answer: _BEST.index(answer.result))


_BEST: Final = (Result.PASS, Result.UNKNOWN, Result.FAIL, Result.NOT_APPLICABLE)


def _agreed(answers: Sequence[Answer], spans: Sequence[Made]) -> Answer:
    """Papers that name different certificates are each judged; one answer stands, else unknown."""
    if len({answer.result for answer in answers}) == 1:
        return answers[0]
    return unknown(
        say(MADE_DISPUTED, made=_shown(spans)),
        cures=(Cure(say(PHOTO)),),
        entries={entry for answer in answers for entry in answer.entries},
    )


def _made_under(
    number: str, known: Certificate | None, spans: Sequence[Made], model: str | None
) -> Answer:
    if known is None or not known.history.periods:
        entries = known.entries if known else ()
        return unknown(
            say(NOT_ON_FILE, certificate=number),
            cures=(Cure(say(SUPPLY_CERTIFICATE)),),
            entries=entries,
        )
    if all(period.valid_until is None for period in known.history.periods):
        return not_applicable(say(FILING), entries=known.entries)
    gaps = model_gaps(known, model)
    timelines = [line.without(gaps) for line in known.timelines]
    meetings = [line.meets(made.span) for line in timelines for made in spans]
    results = {_result(met) for met in meetings}
    entries = (*entries_of(spans), *known.entries)
    facts = {
        "certificate": number,
        "made": _shown(spans),
        "stated": all(made.stated for made in spans),
        "validity": [interval.shown() for interval in _validity(known.timelines)],
        "changes": [
            change.fact.on
            for change in known.history.changes
            if any(made.span.last is None or change.fact.on <= made.span.last for made in spans)
        ],
        "model": model if gaps else None,
        "model_not_covered": [gap.shown() for gap in gaps] or None,
        "standing": sorted({s.value for met in meetings for s in met.standings}),
    }
    expected = say(SHOULD_BE_WITHIN, certificate=number)
    made = _shown(spans)
    if results == {Result.PASS}:
        deemed = any(Standing.DEEMED in met.standings for met in meetings)
        found = say(MADE_DEEMED if deemed else MADE_WITHIN, made=made)
        return passed(found, expected=expected, facts=facts, entries=entries)
    if results == {Result.FAIL}:
        return failed(
            say(MADE_OUTSIDE, made=made),
            expected=expected,
            facts=facts,
            entries=entries,
            cures=(Cure(say(OTHER_LOT)),),
        )
    return unknown(
        _why_open(meetings, results, spans),
        expected=expected,
        facts=facts,
        entries=entries,
        cures=tuple(_cures(meetings, spans)),
    )


def _result(met: Met) -> Result:
    if met.wholly_in_force:
        return Result.PASS
    return Result.FAIL if met.wholly_out else Result.UNKNOWN


def _why_open(meetings: Sequence[Met], results: set[Result], spans: Sequence[Made]) -> Sentence:
    made = _shown(spans)
    if all(made.span.last is None and made.span.first is None for made in spans):
        return say(MADE_UNKNOWN)
    if len(results) > 1:
        return say(MADE_DISPUTED, made=made)
    if any(Standing.UNDECIDED in met.standings for met in meetings):
        return say(MADE_UNDECIDED, made=made)
    return say(MADE_PARTLY, made=made)


def _cures(meetings: Sequence[Met], spans: Sequence[Made]) -> Iterable[Cure]:
    if any(Standing.UNDECIDED in met.standings for met in meetings):
        yield Cure(say(RENEWAL_PAPERS))
    known = all(made.stated and made.span.first == made.span.last for made in spans)
    if not known or len(spans) > 1:
        yield Cure(say(PHOTO), entries_of(spans))
    elif len(meetings) > 1:
        yield Cure(say(SUPPLY_CERTIFICATE))


def _shown(spans: Sequence[Made]) -> str:
    return ", ".join(made.span.shown() for made in spans)


def _validity(timelines: Iterable[Timeline]) -> tuple[Span, ...]:
    spans = {
        segment.span: None
        for line in timelines
        for segment in line.segments
        if segment.standing is Standing.IN_FORCE
    }
    return tuple(spans)
