"""Certificates: the day of production, cancellation, re-classification."""

from audit.records.certificates import CancellationReason, Decision
from audit.records.dates import CountedFrom, DayOrMonth, Expiry
from audit.records.product import LotSource
from checks.cases import Case, pending
from checks.verdicts import Result
from tests.checks.papers import (
    LOT,
    D,
    cancelled,
    certificate,
    change,
    conformity,
    device,
    lot,
    months,
    notice,
    renewal,
    until,
)

PASS, FAIL, UNKNOWN, NONE = Result.PASS, Result.FAIL, Result.UNKNOWN, Result.NOT_APPLICABLE
NOW = D(2025, 9, 1)
PRODUCTION = "certificate.production_date"
REFUSED, APPROVED = Decision.REFUSED, Decision.APPROVED


def _made(name: str, expect: Result, *given: object, says: str | None = None) -> Case:
    return Case(PRODUCTION, name, LOT, given, NOW, expect, says)  # type: ignore[arg-type]


def _on(name: str, day: D, expect: Result, *papers: object, says: str | None = None) -> Case:
    return _made(name, expect, certificate(), *papers, lot(production_date=day), says=says)


MONTH = DayOrMonth(2025, 2)
IN_TIME, LATE = D(2024, 8, 28), D(2024, 8, 29)

CASES = [
    _on("made on the first day", D(2020, 3, 1), PASS),
    _on("made the day before the first", D(2020, 2, 29), FAIL, says="certificate.made_outside"),
    _on("made the day after the first", D(2020, 3, 2), PASS),
    _on("made the day before the last", D(2025, 2, 27), PASS),
    _on("made on the last day", D(2025, 2, 28), PASS),
    _on("made the day after the last", D(2025, 3, 1), FAIL),
    _made(
        "made before the certificate lapsed and judged long after",
        PASS, certificate(), lot(production_date=D(2024, 1, 5)), says="certificate.made_within",
    ),
    _made("a month wholly inside", PASS, certificate(), lot(production_date=MONTH)),
    _made("a month that the expiry cuts", UNKNOWN, certificate(last=D(2025, 2, 27)),
          lot(production_date=MONTH), says="certificate.made_partly"),
    _made("a month wholly outside", FAIL, certificate(last=D(2025, 1, 31)),
          lot(production_date=MONTH)),
    _made("label and certificate of conformity disagree across the expiry", UNKNOWN, certificate(),
          lot(production_date=D(2025, 2, 28)), conformity(production_date=DayOrMonth(2025, 3, 1)),
          says="certificate.made_disputed"),
    _made("sources disagree and both days are inside", PASS, certificate(),
          lot(production_date=D(2024, 2, 28)), conformity(production_date=DayOrMonth(2024, 3, 1))),
    _made("a delivery note's production date alone does not count", UNKNOWN, certificate(),
          lot(LotSource.DELIVERY_NOTE, production_date=D(2024, 2, 28))),
    # The interval: expiry 2026-08-31 less 24 months is 2024-08-31, a month either side.
    _made("the whole interval inside", PASS, certificate(),
          lot(expiry=until(D(2026, 8, 31)), shelf_life=months(24))),
    _made("the interval's last day is the certificate's last", PASS,
          certificate(last=D(2024, 9, 30)),
          lot(expiry=until(D(2026, 8, 31)), shelf_life=months(24))),
    _made("the interval ends a day after the certificate", UNKNOWN,
          certificate(last=D(2024, 9, 29)),
          lot(expiry=until(D(2026, 8, 31)), shelf_life=months(24)), says="certificate.made_partly"),
    _made("the certificate of conformity's own date cuts the interval short", PASS,
          certificate(last=D(2024, 9, 20)),
          lot(expiry=until(D(2026, 8, 31)), shelf_life=months(24)),
          conformity(issued_on=D(2024, 9, 20))),
    _made("the interval begins on the certificate's first day", PASS,
          certificate(D(2024, 7, 31), D(2029, 7, 30)),
          lot(expiry=until(D(2026, 8, 31)), shelf_life=months(24))),
    _made("the interval begins a day before the certificate", UNKNOWN,
          certificate(D(2024, 8, 1), D(2029, 7, 31)),
          lot(expiry=until(D(2026, 8, 31)), shelf_life=months(24))),
    _made("the interval wholly before the certificate", FAIL,
          certificate(D(2024, 10, 1), D(2029, 9, 30)),
          lot(expiry=until(D(2026, 8, 31)), shelf_life=months(24))),
    _made("the device's shelf life serves where the lot has none", PASS, certificate(),
          device(shelf_life=months(24)), lot(expiry=until(D(2026, 8, 31)))),
    _made("counted from sterilisation: no lower end", UNKNOWN, certificate(),
          lot(expiry=until(D(2026, 8, 31)), shelf_life=months(24, CountedFrom.STERILISATION))),
    _made("sterilised before the certificate existed", FAIL,
          certificate(D(2024, 10, 1), D(2029, 9, 30)),
          lot(expiry=until(D(2026, 8, 31)), shelf_life=months(24, CountedFrom.STERILISATION))),
    _made("nothing tells when it was made", UNKNOWN, certificate(), lot(expiry=Expiry()),
          says="certificate.made_unknown"),
    # Renewals.
    _on("adjoining periods are one", D(2025, 3, 1), PASS, renewal(D(2025, 3, 1), D(2030, 2, 28))),
    _made("a month that lies across adjoining periods", PASS, certificate(last=D(2025, 2, 15)),
          renewal(D(2025, 2, 16), D(2030, 2, 15)), lot(production_date=MONTH)),
    _on("between expiry and a later approval", D(2025, 3, 31), UNKNOWN,
        renewal(D(2025, 4, 1), D(2030, 3, 31), D(2025, 4, 1)), says="certificate.made_undecided"),
    _on("on the day of a later approval", D(2025, 4, 1), PASS,
        renewal(D(2025, 4, 1), D(2030, 3, 31), D(2025, 4, 1))),
    _on("deemed: filed on the last day, accepted, undecided", D(2025, 3, 1), PASS,
        notice(IN_TIME, D(2024, 9, 3)), says="certificate.made_while_deemed"),
    _on("filed a day too late: nothing is deemed", D(2025, 3, 1), FAIL,
        notice(LATE, D(2024, 9, 3))),
    _on("only the acceptance is known and it is in time", D(2025, 3, 1), PASS,
        notice(accepted=IN_TIME)),
    _on("only the acceptance is known and it is late", D(2025, 3, 1), UNKNOWN,
        notice(accepted=LATE)),
    _on("filed in time without an acceptance notice", D(2025, 3, 1), UNKNOWN, notice(IN_TIME)),
    _on("refused before the expiry: nothing is deemed", D(2025, 3, 1), FAIL,
        notice(IN_TIME, IN_TIME, REFUSED, D(2025, 2, 27))),
    _on("refused on the last day", D(2025, 3, 1), FAIL,
        notice(IN_TIME, IN_TIME, REFUSED, D(2025, 2, 28))),
    _on("made before a late refusal", D(2025, 4, 9), UNKNOWN,
        notice(IN_TIME, IN_TIME, REFUSED, D(2025, 4, 10))),
    _on("made on the day of a late refusal", D(2025, 4, 10), FAIL,
        notice(IN_TIME, IN_TIME, REFUSED, D(2025, 4, 10))),
    _on("made after a late refusal", D(2025, 4, 11), FAIL,
        notice(IN_TIME, IN_TIME, REFUSED, D(2025, 4, 10))),
    _on("approved, the renewed certificate not on file", D(2025, 3, 1), UNKNOWN,
        notice(IN_TIME, IN_TIME, APPROVED, D(2025, 1, 10))),
    _made("two prints of the certificate state other last days", UNKNOWN, certificate(),
          certificate(last=D(2025, 3, 28), paper_no="2"), lot(production_date=D(2025, 3, 10)),
          says="certificate.made_disputed"),
    # Changes: a model is covered from the change that added it.
    _made("made on the day a change added the model", PASS, certificate(models=("XL-9",)),
          change(D(2023, 1, 1), models=("XL-9", "XL-10")), device(),
          lot(production_date=D(2023, 1, 1))),
    _made("made the day before the change that added the model", FAIL,
          certificate(models=("XL-9",)), change(D(2023, 1, 1), models=("XL-9", "XL-10")), device(),
          lot(production_date=D(2022, 12, 31))),
    _made("made in the month in which a change added the model", UNKNOWN,
          certificate(models=("XL-9",)), change(D(2023, 1, 15), models=("XL-9", "XL-10")), device(),
          lot(production_date=DayOrMonth(2023, 1))),
    _made("models described in words tell nothing", PASS, certificate(models=("见附页",)),
          change(D(2023, 1, 1), models=("XL-9",)), device(), lot(production_date=D(2022, 12, 31))),
    # Confirmed and pending.
    _made("a pending renewal holds instead of failing", UNKNOWN, certificate(),
          pending(renewal(D(2025, 3, 1), D(2030, 2, 28))), lot(production_date=D(2025, 3, 1)),
          says="check.differs_with_pending"),
    _made("a pending paper that changes nothing is no obstacle", PASS, certificate(),
          pending(change(D(2023, 1, 1))), lot(production_date=D(2024, 3, 1))),
    # Numbers.
    _made("a class I filing has no end", NONE,
          certificate(registration_no="苏苏械备20210001号", last=None, paper="filing"),
          lot(registration_no="苏苏械备20210001号"), says="certificate.filing_has_no_end"),
    _made("no certificate on file", UNKNOWN, lot(production_date=D(2024, 1, 1)),
          says="certificate.not_on_file"),
    _made("no number on any paper", UNKNOWN, lot(registration_no=None),
          says="certificate.no_number"),
    _made("the number comes from the device", PASS, device(), certificate(),
          lot(registration_no=None, production_date=D(2024, 1, 1))),
]  # fmt: skip

CANCELLED = "certificate.cancelled"
BAR = D(2024, 6, 1)
SOUND = (certificate(), lot(production_date=D(2023, 1, 1)))


def _cancelled(
    name: str, on: D, reason: CancellationReason, expect: Result, **more: object
) -> Case:
    given = (*SOUND, cancelled(BAR, reason))
    return Case(CANCELLED, name, LOT, given, on, expect, **more)  # type: ignore[arg-type]


REVOKED, RE_EVALUATION = CancellationReason.REVOKED, CancellationReason.RE_EVALUATION

CASES += [
    Case(CANCELLED, "nothing cancelled", LOT, SOUND, NOW, PASS),
    _cancelled("the day before a revocation", D(2024, 5, 31), REVOKED, PASS, review_at=BAR),
    _cancelled("the day of a revocation", BAR, REVOKED, FAIL),
    _cancelled("the day after a revocation", D(2024, 6, 2), REVOKED, FAIL),
    _cancelled("the day before a re-evaluation counts", D(2024, 5, 31), RE_EVALUATION, PASS),
    _cancelled("the day a re-evaluation counts", BAR, RE_EVALUATION, FAIL),
    _cancelled("cancelled because it lapsed", NOW, CancellationReason.LAPSED, PASS),
    _cancelled("withdrawn by its holder", BAR, CancellationReason.VOLUNTARY, UNKNOWN),
    _cancelled("cancelled for an unknown reason", BAR, CancellationReason.UNKNOWN, UNKNOWN),
    Case(CANCELLED, "a pending revocation never passes", LOT,
         (*SOUND, pending(cancelled(BAR, REVOKED))), NOW, UNKNOWN, "check.differs_with_pending"),
    Case(CANCELLED, "no certificate on file", LOT, (lot(),), NOW, NONE),
]  # fmt: skip

CUT_OFF = "certificate.reclassified"
TIP = {"registration_no": "苏械注准20202010123", "name": "超声切割止血刀头"}
CLASS_II = (
    certificate(catalogue_code="01-01-03", **TIP),
    lot(production_date=D(2023, 1, 1), registration_no=TIP["registration_no"]),
)
RF = {"registration_no": "苏械注准20202090123", "name": "射频治疗仪"}
RF_II = (
    certificate(catalogue_code="09-07-02", **RF),
    lot(production_date=D(2023, 1, 1), registration_no=RF["registration_no"]),
)
OTHER = (
    certificate(catalogue_code="01-01-03", registration_no=TIP["registration_no"], name="手柄"),
    lot(registration_no=TIP["registration_no"]),
)

CASES += [
    Case(CUT_OFF, "no notice for the product", LOT, SOUND, NOW, NONE),
    Case(CUT_OFF, "the day before the cut-off", LOT, CLASS_II, D(2025, 12, 31), PASS,
         review_at=D(2026, 1, 1)),
    Case(CUT_OFF, "the cut-off day", LOT, CLASS_II, D(2026, 1, 1), FAIL, "certificate.cut_off"),
    Case(CUT_OFF, "the day after the cut-off", LOT, CLASS_II, D(2026, 1, 2), FAIL),
    Case(CUT_OFF, "a class III certificate is enough", LOT,
         (certificate(catalogue_code="01-01-03", name="超声切割止血刀头"), lot()), D(2026, 1, 2),
         PASS),
    Case(CUT_OFF, "the name does not tell", LOT, OTHER, D(2026, 1, 1), UNKNOWN,
         "certificate.kind_open"),
    Case(CUT_OFF, "radio frequency: the first notice's date", LOT, RF_II, D(2024, 4, 1), FAIL),
    Case(CUT_OFF, "radio frequency: the day before it", LOT, RF_II, D(2024, 3, 31), PASS),
    Case(CUT_OFF, "radio frequency: moved by the later notice", LOT, RF_II, D(2024, 7, 8), PASS),
    Case(CUT_OFF, "radio frequency: the moved date", LOT, RF_II, D(2026, 4, 1), FAIL),
    Case(CUT_OFF, "radio frequency: the day before the moved date", LOT, RF_II, D(2026, 3, 31),
         PASS),
]  # fmt: skip
