"""Warnings before an end, certificate renewal, calibration."""

from datetime import timedelta

from audit.records.certificates import Cancellation, CancellationReason, Decision
from audit.records.licences import LicencePaper
from checks.cases import Case, pending
from checks.verdicts import Result
from tests.checks.papers import (
    CERTIFICATE,
    LICENCE,
    D,
    calibration,
    cancelled,
    certificate,
    letter,
    licence,
    licence_notice,
    notice,
    renewal,
)

PASS, FAIL, UNKNOWN, NONE = Result.PASS, Result.FAIL, Result.UNKNOWN, Result.NOT_APPLICABLE
END, AFTER = D(2025, 6, 30), D(2025, 7, 1)
CERT_END, CERT_AFTER = D(2025, 2, 28), D(2025, 3, 1)
CASES: list[Case] = []


def _add(rule: str, subject: str, name: str, on: D, expect: Result, *given: object,
         **more: object) -> None:  # fmt: skip
    CASES.append(Case(rule, name, subject, given, on, expect, **more))  # type: ignore[arg-type]


def _ahead(end: D, days: int) -> D:
    return end - timedelta(days=days)


C = "certificate.expiring"
_add(C, CERTIFICATE, "180 days before", _ahead(CERT_END, 180), PASS, certificate())
_add(C, CERTIFICATE, "179 days before", _ahead(CERT_END, 179), FAIL, certificate())
_add(C, CERTIFICATE, "on its last day", CERT_END, FAIL, certificate(), review_at=CERT_AFTER)
_add(C, CERTIFICATE, "the day after", CERT_AFTER, NONE, certificate())
_add(C, CERTIFICATE, "renewed already", CERT_END, PASS, certificate(),
     renewal(CERT_AFTER, D(2030, 2, 28)))  # fmt: skip
_add(C, CERTIFICATE, "renewal applied for", CERT_END, PASS, certificate(), notice(D(2024, 8, 1)))
_add(C, CERTIFICATE, "cancelled", CERT_END, NONE, certificate(),
     cancelled(D(2024, 1, 1), CancellationReason.VOLUNTARY))  # fmt: skip
_add(C, CERTIFICATE, "a shorter warning by policy", _ahead(CERT_END, 10), PASS, certificate(),
     policy={"certificate.expiring_days": 10})  # fmt: skip

L = "licence.expiring"
_add(L, LICENCE, "180 days before", _ahead(END, 180), PASS, licence())
_add(L, LICENCE, "179 days before", _ahead(END, 179), FAIL, licence())
_add(L, LICENCE, "on its last day", END, FAIL, licence())
_add(L, LICENCE, "the day after", AFTER, NONE, licence())
_add(L, LICENCE, "renewal applied for", END, PASS, licence(), licence_notice(D(2025, 4, 1)))
_add(L, LICENCE, "renewed", END, PASS, licence(),
     licence(first=AFTER, last=D(2030, 6, 30), paper=LicencePaper.RENEWED))  # fmt: skip
GONE = Cancellation(on=D(2025, 6, 1), reason=CancellationReason.VOLUNTARY)
_add(L, LICENCE, "cancelled", END, NONE, licence(),
     licence(paper=LicencePaper.CANCELLATION, cancellation=GONE))  # fmt: skip
_add(L, LICENCE, "a pending renewal holds", END, UNKNOWN, licence(),
     pending(licence(first=AFTER, last=D(2030, 6, 30), paper=LicencePaper.RENEWED)))  # fmt: skip

A = "letter.expiring"
KEY = letter().key
_add(A, KEY, "60 days before", _ahead(END, 60), PASS, letter())
_add(A, KEY, "59 days before", _ahead(END, 59), FAIL, letter())
_add(A, KEY, "on its last day", END, FAIL, letter())
_add(A, KEY, "the day after", AFTER, NONE, letter())
_add(A, KEY, "without an end", AFTER, PASS, letter(last=None))
_add(A, KEY, "withdrawn", END, NONE, letter(), letter(withdrawn_on=D(2025, 6, 1)))

R = "certificate.renewal"
LIMIT = D(2024, 8, 28)
_add(R, CERTIFICATE, "the last day to apply", LIMIT, PASS, certificate(),
     review_at=D(2024, 8, 29))  # fmt: skip
_add(R, CERTIFICATE, "the day after it", D(2024, 8, 29), FAIL, certificate())
_add(R, CERTIFICATE, "the day before it", D(2024, 8, 27), PASS, certificate())
_add(R, CERTIFICATE, "applied for on the last day", CERT_END, PASS, certificate(), notice(LIMIT))
_add(R, CERTIFICATE, "applied for a day late", CERT_END, FAIL, certificate(),
     notice(D(2024, 8, 29)))  # fmt: skip
_add(R, CERTIFICATE, "only a late acceptance is known", CERT_END, UNKNOWN, certificate(),
     notice(accepted=D(2024, 8, 29)))  # fmt: skip
_add(R, CERTIFICATE, "refused", CERT_END, FAIL, certificate(),
     notice(LIMIT, LIMIT, Decision.REFUSED, D(2025, 1, 5)))  # fmt: skip
_add(R, CERTIFICATE, "the day before the refusal", D(2025, 1, 4), PASS, certificate(),
     notice(LIMIT, LIMIT, Decision.REFUSED, D(2025, 1, 5)), review_at=D(2025, 1, 5))  # fmt: skip

ON = D(2024, 7, 1)
LOGGERS = (("logger", "logger:T1", {}), ("equipment", "equipment:T1", {"is_logger": False}))
for thing, key, extra in LOGGERS:
    K, W = f"calibration.{thing}", f"calibration.{thing}_due"
    _add(K, key, "on the printed last day", END, PASS, calibration(ON, END, **extra))
    _add(K, key, "the day after it", AFTER, FAIL, calibration(ON, END, **extra))
    _add(K, key, "the day before it", _ahead(END, 1), PASS, calibration(ON, END, **extra))
    _add(K, key, "a year after, no end printed", D(2025, 7, 1), PASS, calibration(ON, **extra))
    _add(K, key, "a year and a day after", D(2025, 7, 2), FAIL, calibration(ON, **extra))
    _add(K, key, "calibrated anew", D(2025, 7, 2), PASS, calibration(ON, **extra),
         calibration(END, **extra))  # fmt: skip
    _add(K, key, "found not conforming", END, FAIL, calibration(ON, END, conforms=False, **extra))
    _add(K, key, "before the first calibration", D(2024, 6, 30), NONE, calibration(ON, **extra),
         review_at=ON)  # fmt: skip
    _add(K, key, "pending", END, UNKNOWN, calibration(D(2023, 1, 1), **extra),
         pending(calibration(ON, END, **extra)))  # fmt: skip
    _add(W, key, "30 days before", _ahead(END, 30), PASS, calibration(ON, END, **extra))
    _add(W, key, "29 days before", _ahead(END, 29), FAIL, calibration(ON, END, **extra))
    _add(W, key, "on the last day", END, FAIL, calibration(ON, END, **extra))
    _add(W, key, "the day after", AFTER, NONE, calibration(ON, END, **extra))
