"""What ends soon, and calibration that has ended: warnings some days ahead, by policy.

Whether something was in force on the day of an act is judged by the families of certificates,
licences and letters; a warning here is over when its day has passed.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, Final

from audit.records.cold_chain import CalibrationCertificate
from audit.records.dates import add_months
from audit.records.parties import AuthorisationLetter
from base.errors import message
from checks.policy import Parameter
from checks.types import (
    Answer,
    Authority,
    Basis,
    Cure,
    Evidence,
    Exhibit,
    Hop,
    Policy,
    Rule,
    Severity,
    earliest,
    failed,
    law,
    not_applicable,
    parameter,
    passed,
    rule,
    say,
    unknown,
)
from checks.validity.papers import certificates
from checks.validity.periods import ONE_DAY
from checks.validity.permits import PERMIT_KINDS, permits
from checks.validity.renewal import (
    Application,
    InTime,
    application_for,
    certificate_limit,
    filed_in_time,
)

ENDS = message("expiring.ends", zh="{end} 届满", en="ends on {end}")
FAR = message("expiring.far", zh="{end} 届满，尚未到预警期", en="ends on {end}, not soon")
OVER = message("expiring.over", zh="已于 {end} 届满", en="ended on {end}")
OPEN_END = message("expiring.open_end", zh="没有届满日期", en="it has no end")
RENEWING = message(
    "expiring.renewing",
    zh="{end} 届满，已于 {filed} 申请延续",
    en="ends on {end}; renewal was applied for on {filed}",
)
NOTHING = message("expiring.nothing_on_file", zh="没有资料", en="nothing is on file")
REPLACE = message(
    "expiring.replace",
    zh="在 {end} 前取得延续或更新的资料",
    en="obtain the renewed or new paper by {end}",
)
RENEWED_BEFORE = message(
    "expiring.renewed_before",
    zh="届满前已延续或更新",
    en="renewed or replaced before its end",
)


@dataclass(frozen=True, slots=True)
class Ending:
    """The last day of something, and a renewal that is under way.

    turn: the next day on which a paper changes this ending itself (cancelled, calibrated anew).
    """

    last: date | None
    entries: tuple[int, ...]
    filed: date | None = None
    turn: date | None = None


Ends = Callable[[Evidence, Policy, date], Ending | None]


def _days_ahead(name: str, zh: str, en: str, default: int) -> Parameter:
    return parameter(
        name, zh=f"{zh}届满预警天数", en=f"Days of warning before {en} ends",
        default=default, unit="day", floor=1,
        origin="GSP 51(5) asks for a warning; the number is the company's",
    )  # fmt: skip


def warning(
    id: str,
    *,
    zh: str,
    en: str,
    why_zh: str,
    why_en: str,
    subject: str,
    kinds: tuple[str, ...],
    ends: Ends,
    days: Parameter,
    bases: tuple[Basis, ...] = (),
    requirements: tuple[str, ...] = (),
) -> Rule:
    """A rule that warns `days` before the last day that `ends` finds, until that day."""

    def judge(subject: str, evidence: Evidence, policy: Policy, valid_at: date) -> Answer:
        ending = ends(evidence, policy, valid_at)
        if ending is None:
            return not_applicable(say(NOTHING))
        common: dict[str, Any] = {"entries": ending.entries, "review_at": ending.turn}
        if ending.last is None:
            return passed(say(OPEN_END), **common)
        last = ending.last
        common["facts"] = {"ends": last}
        if ending.filed is not None and ending.filed <= valid_at:
            return passed(say(RENEWING, end=last, filed=ending.filed), **common)
        begin = last - timedelta(days=policy.days(days, valid_at)) + ONE_DAY
        turns = (begin, last + ONE_DAY, ending.filed, ending.turn)
        common["review_at"] = earliest(*(day for day in turns if day and day > valid_at))
        if valid_at < begin:
            return passed(say(FAR, end=last), **common)
        if valid_at > last:
            return not_applicable(say(OVER, end=last), **common)
        return failed(
            say(ENDS, end=last),
            expected=say(RENEWED_BEFORE),
            cures=(Cure(say(REPLACE, end=last)),),
            **common,
        )

    return rule(
        id, zh=zh, en=en, why_zh=why_zh, why_en=why_en,
        authority=Authority.STATUTE if bases else Authority.POLICY, bases=bases,
        severity=Severity.NOTICE, subject=subject, reads=(Hop(kinds),),
        population=f"every {subject} on file", parameters=(days,), requirements=requirements,
        can_be_unknown=False,
    )(judge)  # fmt: skip


def _filed(application: Application | None) -> date | None:
    return application.known_by if application else None


def _certificate_ends(evidence: Evidence, policy: Policy, valid_at: date) -> Ending | None:
    known = certificates(evidence).get(evidence.subject)
    if known is None or not known.history.periods:
        return None
    if any(fact.on <= valid_at for fact, _ in known.cancellations):
        return None
    ends = [period.valid_until for period in known.history.periods]
    last = None if None in ends else max(end for end in ends if end)
    turn = earliest(*(fact.on for fact, _ in known.cancellations))
    return Ending(last, known.entries, _filed(_application(evidence, last)), turn)


def _application(evidence: Evidence, last: date | None) -> Application | None:
    known = certificates(evidence).get(evidence.subject)
    if known is None or last is None or not known.permits:
        return None
    return application_for(known.permits[0], last)


def _licence_ends(evidence: Evidence, policy: Policy, valid_at: date) -> Ending | None:
    held = next(iter(permits(evidence)), None)
    if held is None or not held.permit.periods:
        return None
    if held.cancelled_on and held.cancelled_on <= valid_at:
        return None
    return Ending(held.last_day, held.entries, _filed(held.application), held.cancelled_on)


def _letter_ends(evidence: Evidence, policy: Policy, valid_at: date) -> Ending | None:
    letters = evidence.of(AuthorisationLetter)
    if not letters:
        return None
    withdrawn = [e.record.withdrawn_on for e in letters if e.record.withdrawn_on]
    if any(day <= valid_at for day in withdrawn):
        return None
    ends = [e.record.valid_to for e in letters if not e.record.withdrawn_on]
    last = None if None in ends or not ends else max(end for end in ends if end)
    return Ending(last, tuple(e.seq for e in letters), turn=earliest(*withdrawn))


CERTIFICATE_DAYS = _days_ahead(
    "certificate.expiring_days", "注册证", "a registration certificate", 180
)
LICENCE_DAYS = _days_ahead("licence.expiring_days", "许可证", "a licence", 180)
LETTER_DAYS = _days_ahead("letter.expiring_days", "授权书", "an authorisation letter", 60)

certificate_expiring = warning(
    "certificate.expiring",
    zh="注册证即将届满",
    en="A certificate ends soon",
    why_zh="系统要对所经营产品的资质效期预警。届满前已申请延续的不再提醒。",
    why_en="The papers of the products dealt in are watched and their end is announced. No warning "
    "once renewal was applied for.",
    subject="certificate",
    kinds=("registration_certificate",),
    ends=_certificate_ends,
    days=CERTIFICATE_DAYS,
    bases=(law("GSP", "51"),),
    requirements=("R25", "R100"),
)
licence_expiring = warning(
    "licence.expiring",
    zh="许可证即将届满",
    en="A licence ends soon",
    why_zh="本企业、供货者和购货者的许可证、执业许可届满前提醒。",
    why_en="A reminder before a licence of ours, of a supplier or of a buyer ends.",
    subject="licence",
    kinds=PERMIT_KINDS,
    ends=_licence_ends,
    days=LICENCE_DAYS,
    requirements=("R26", "R27", "R100"),
)
letter_expiring = warning(
    "letter.expiring",
    zh="授权书即将届满",
    en="An authorisation letter ends soon",
    why_zh="供货者、注册人及本企业销售人员的授权书届满前提醒。",
    why_en="A reminder before a letter of a supplier, a registrant or our own ends.",
    subject="letter",
    kinds=("authorisation_letter",),
    ends=_letter_ends,
    days=LETTER_DAYS,
    requirements=("R21", "R100"),
)


RENEWAL_AHEAD = message(
    "certificate.renewal_ahead",
    zh="延续申请最迟 {limit} 提出",
    en="renewal is applied for by {limit} at the latest",
)
RENEWAL_FILED = message(
    "certificate.renewal_filed",
    zh="已于 {filed} 申请延续",
    en="renewal was applied for on {filed}",
)
RENEWAL_MISSED = message(
    "certificate.renewal_missed",
    zh="届满前6个月（{limit}）已过，未见延续申请",
    en="six months before the end ({limit}) have passed and no application is known",
)
RENEWAL_LATE = message(
    "certificate.renewal_late",
    zh="{filed} 才申请延续，迟于 {limit}",
    en="renewal was applied for on {filed}, later than {limit}",
)
RENEWAL_REFUSED = message(
    "certificate.renewal_refused",
    zh="不予延续（{decided}）",
    en="renewal was refused ({decided})",
)
RENEWAL_UNKNOWN = message(
    "certificate.renewal_filing_unknown",
    zh="申请日期不明，不能判断是否在 {limit} 前提出",
    en="the day of application is not known, so whether it was by {limit} is open",
)
ASK_REGISTRANT = message(
    "certificate.ask_registrant",
    zh="向供货者或注册人索取延续申请、受理通知书或延续注册证",
    en="ask the supplier or registrant for the application, the notice or the renewed certificate",
)
RENEWED_IN_TIME = message(
    "certificate.renewed_in_time",
    zh="届满6个月前申请延续",
    en="renewal applied for six months before the end",
)
NO_LONGER = message(
    "certificate.not_renewable",
    zh="没有可延续的有效期",
    en="there is no validity to renew",
)


@rule(
    "certificate.renewal",
    zh="注册证按期申请延续",
    en="The certificate's renewal is applied for in time",
    why_zh="注册人应在届满6个月前申请延续，迟于此期限的不予延续：届满后生产的产品不能再经营，供应可能"
    "中断。延续是注册人的义务，对本企业是预警。",
    why_en="The registrant applies six months before the end; later applications are refused, and "
    "goods made after the end may not be dealt in. The duty is the registrant's; for us it is a "
    "warning.",
    authority=Authority.POLICY,
    severity=Severity.MINOR,
    subject="certificate",
    reads=(Hop(("registration_certificate",)),),
    population="every certificate on file",
    requirements=("R25",),
)
def certificate_renewal(
    certificate: str, evidence: Evidence, policy: Policy, valid_at: date
) -> Answer:
    ending = _certificate_ends(evidence, policy, valid_at)
    if ending is None or ending.last is None:
        return not_applicable(say(NO_LONGER))
    end = ending.last
    limit = certificate_limit(end)
    application = _application(evidence, end)
    known = certificates(evidence)[evidence.subject]
    cancelled = [fact.on for fact, _ in known.cancellations]
    turns: list[date | None] = [*cancelled, limit + ONE_DAY]
    common: dict[str, Any] = {
        "entries": ending.entries,
        "facts": {"ends": end, "limit": limit},
    }
    expected = say(RENEWED_IN_TIME)
    cures = (Cure(say(ASK_REGISTRANT)),)
    filed = application.known_by if application else None
    turns += [filed, application.decided_on if application else None]
    common["review_at"] = earliest(*(day for day in turns if day and day > valid_at))
    if application is None or (filed is not None and filed > valid_at):
        if valid_at <= limit:
            return passed(say(RENEWAL_AHEAD, limit=limit), **common)
        return failed(say(RENEWAL_MISSED, limit=limit), expected=expected, cures=cures, **common)
    decided = application.decided_on
    if application.decision == "refused" and decided and decided <= valid_at:
        what = say(RENEWAL_REFUSED, decided=decided)
        return failed(what, expected=expected, cures=cures, **common)
    match filed_in_time(known.permits[0].regime, application, end):
        case InTime.YES:
            return passed(say(RENEWAL_FILED, filed=filed or "-"), **common)
        case InTime.NO:
            what = say(RENEWAL_LATE, filed=application.filed_on or "-", limit=limit)
            return failed(what, expected=expected, cures=cures, **common)
        case _:
            return unknown(say(RENEWAL_UNKNOWN, limit=limit), cures=cures, **common)


CALIBRATION_MONTHS = parameter(
    "calibration.interval_months",
    zh="校准证书未写有效期时的校准周期（月）",
    en="Months between calibrations where the certificate states no end",
    default=12,
    unit="month",
    floor=1,
    ceiling=60,
    origin="cold-chain guide 2016-154: at least once a year; a guide, not a limit of law",
)
CALIBRATION_DAYS = _days_ahead("calibration.due_days", "校准", "a calibration", 30)

CALIBRATED = message(
    "calibration.current", zh="校准有效期至 {until}", en="calibrated until {until}"
)
CALIBRATION_OVER = message(
    "calibration.over", zh="校准已于 {until} 到期", en="calibration ended on {until}"
)
NOT_CONFORMING = message(
    "calibration.not_conforming",
    zh="{on} 的校准结论为不合格",
    en="the calibration of {on} found it not conforming",
)
NO_CALIBRATION = message(
    "calibration.none_on_file", zh="没有校准证书", en="no calibration certificate is on file"
)
NO_VERDICT = message("calibration.not_yet", zh="首次校准在 {on}", en="first calibrated on {on}")
CALIBRATE = message(
    "calibration.calibrate",
    zh="送检并提供校准证书；此前停用",
    en="have it calibrated and supply the certificate; out of use until then",
)
SHOULD_BE_CALIBRATED = message(
    "calibration.should_be", zh="校准在有效期内且合格", en="calibrated, conforming, and not overdue"
)


def calibrations(evidence: Evidence) -> list[Exhibit[CalibrationCertificate]]:
    """Certificates of the subject, oldest first."""
    return sorted(
        evidence.of(CalibrationCertificate), key=lambda e: (e.record.calibrated_on, e.seq)
    )


def calibrated_until(one: CalibrationCertificate, policy: Policy, on: date) -> date:
    """The last day of a calibration: as printed, else the policy's interval."""
    months = policy.days(CALIBRATION_MONTHS, on)
    return one.valid_to or add_months(one.calibrated_on, months)


def _calibration(subject: str, evidence: Evidence, policy: Policy, valid_at: date) -> Answer:
    known = calibrations(evidence)
    if not known:
        return unknown(
            say(NO_CALIBRATION),
            cures=(Cure(say(CALIBRATE)),),
            entries=[e.seq for e in evidence.named("temperature_log")][:1],
        )
    later = [e.record.calibrated_on for e in known if e.record.calibrated_on > valid_at]
    past = [e for e in known if e.record.calibrated_on <= valid_at]
    if not past:
        return not_applicable(say(NO_VERDICT, on=min(later)), review_at=min(later))
    last = past[-1]
    until = calibrated_until(last.record, policy, valid_at)
    common: dict[str, Any] = {
        "entries": (last.seq,),
        "facts": {"calibrated": last.record.calibrated_on, "until": until},
    }
    turns = [until + ONE_DAY, *later]
    common["review_at"] = earliest(*(day for day in turns if day > valid_at))
    expected = say(SHOULD_BE_CALIBRATED)
    cures = (Cure(say(CALIBRATE)),)
    if last.record.conforms is False:
        what = say(NOT_CONFORMING, on=last.record.calibrated_on)
        return failed(what, expected=expected, cures=cures, **common)
    if valid_at > until:
        return failed(say(CALIBRATION_OVER, until=until), expected=expected, cures=cures, **common)
    return passed(say(CALIBRATED, until=until), expected=expected, **common)


def _next_calibration(evidence: Evidence, valid_at: date) -> date | None:
    later = [e.record.calibrated_on for e in calibrations(evidence)]
    return min((day for day in later if day > valid_at), default=None)


def _calibration_ends(evidence: Evidence, policy: Policy, valid_at: date) -> Ending | None:
    known = [e for e in calibrations(evidence) if e.record.calibrated_on <= valid_at]
    turn = _next_calibration(evidence, valid_at)
    if not known:
        return None if turn is None else Ending(None, (), turn=turn)
    last = known[-1]
    return Ending(calibrated_until(last.record, policy, valid_at), (last.seq,), turn=turn)


CALIBRATED_THINGS: Final = {
    "logger": ("温度记录仪", "temperature logger", ("calibration_certificate", "temperature_log")),
    "equipment": ("计量器具", "measuring equipment", ("calibration_certificate",)),
}

CALIBRATION_RULES: Final = tuple(
    rule(
        f"calibration.{thing}",
        zh=f"{zh}校准未过期",
        en=f"The calibration of the {en} is current",
        why_zh="温湿度监测设备等计量器具要定期校准或检定并保存记录；校准证书写明有效期的从其规定，没有写明"
        "的按企业规定的周期。",
        why_en="Measuring instruments are calibrated or verified regularly and the records kept; "
        "the certificate's own end counts, else the company's interval.",
        bases=(law("GSP", "49"),),
        severity=Severity.MAJOR,
        subject=thing,
        reads=(Hop(kinds),),
        population=f"every {en} that a temperature log or a calibration certificate names",
        parameters=(CALIBRATION_MONTHS,),
        requirements=("R36",),
        can_be_unknown=thing == "logger",
    )(_calibration)
    for thing, (zh, en, kinds) in CALIBRATED_THINGS.items()
)

CALIBRATION_WARNINGS: Final = tuple(
    warning(
        f"calibration.{thing}_due",
        zh=f"{zh}校准即将到期",
        en=f"The calibration of the {en} ends soon",
        why_zh="校准到期前提醒送检。",
        why_en="A reminder to have it calibrated before the end.",
        subject=thing,
        kinds=("calibration_certificate",),
        ends=_calibration_ends,
        days=CALIBRATION_DAYS,
        requirements=("R36",),
    )
    for thing, (zh, en, _) in CALIBRATED_THINGS.items()
)
