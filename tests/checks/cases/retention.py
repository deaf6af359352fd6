"""Originals: whole while the duty runs, and disposed of only after it."""

from datetime import timedelta

from audit.records.product import YesNoUnknown
from audit.records.trade import Invoice
from checks.cases import Case, Given
from checks.evidence import Disposal, Fixity, Hold, Paper
from checks.verdicts import Result
from tests.checks.papers import SUPPLIER, US, D, device, inspected, lot, sold, until

PASS, FAIL, UNKNOWN, NONE = Result.PASS, Result.FAIL, Result.UNKNOWN, Result.NOT_APPLICABLE
SHA = "ab" * 32
DOCUMENT = f"document:{SHA}"
RECEIVED = D(2019, 3, 1)
LAST, FREE = D(2024, 6, 30), D(2024, 7, 1)
DAY = timedelta(days=1)
CASES: list[Case] = []


def _read(record: object) -> Given:
    return Given(record, document=SHA)  # type: ignore[arg-type]


PAPER = _read(inspected(RECEIVED))
LOT_PAPERS = (lot(expiry=until(D(2022, 6, 30))), device())


def _add(rule: str, name: str, on: D, expect: Result, *given: object, paper: Paper | None = None,
         **more: object) -> None:  # fmt: skip
    papers = (paper or Paper(SHA, RECEIVED),)
    case = Case(rule, name, DOCUMENT, given, on, expect, papers=papers, **more)  # type: ignore[arg-type]
    CASES.append(case)


MAY = "retention.may_dispose"
_add(MAY, "the last day of expiry + 2 years", LAST, FAIL, PAPER, *LOT_PAPERS, review_at=FREE)
_add(MAY, "the day after it", FREE, PASS, PAPER, *LOT_PAPERS)
_add(MAY, "the day before the last", LAST - DAY, FAIL, PAPER, *LOT_PAPERS)
_add(MAY, "a corrected expiry moves the clock", FREE, FAIL, PAPER,
     lot(expiry=until(D(2023, 6, 30))), device())  # fmt: skip
_add(MAY, "an implant is kept for ever", D(2090, 1, 1), FAIL, PAPER, LOT_PAPERS[0],
     device(implantable=YesNoUnknown.YES), says="retention.for_ever")  # fmt: skip
_add(MAY, "implant or not is unknown", FREE, UNKNOWN, PAPER, LOT_PAPERS[0],
     device(implantable=YesNoUnknown.UNKNOWN))  # fmt: skip
_add(MAY, "the device is not on file", FREE, UNKNOWN, PAPER, LOT_PAPERS[0])
_add(MAY, "the expiry is unknown", FREE, UNKNOWN, PAPER, device())
_add(MAY, "no expiry: five years from the last movement", D(2026, 2, 1), FAIL, PAPER,
     lot(expiry="none"), device(), sold(D(2021, 2, 1)), review_at=D(2026, 2, 2))  # fmt: skip
_add(MAY, "no expiry: the day after", D(2026, 2, 2), PASS, PAPER, lot(expiry="none"), device(),
     sold(D(2021, 2, 1)))  # fmt: skip
_add(MAY, "under a legal hold", FREE, FAIL, PAPER, *LOT_PAPERS,
     paper=Paper(SHA, RECEIVED, holds=(Hold(9, D(2023, 1, 1)),)),
     says="retention.held")  # fmt: skip
_add(MAY, "the hold was lifted", D(2024, 9, 1), PASS, PAPER, *LOT_PAPERS,
     paper=Paper(SHA, RECEIVED, holds=(Hold(9, D(2023, 1, 1), D(2024, 9, 1)),)))  # fmt: skip
_add(MAY, "the day before the hold was lifted", D(2024, 8, 31), FAIL, PAPER, *LOT_PAPERS,
     paper=Paper(SHA, RECEIVED, holds=(Hold(9, D(2023, 1, 1), D(2024, 9, 1)),)),
     review_at=D(2024, 9, 1))  # fmt: skip
_add(MAY, "nothing was read from it", FREE, UNKNOWN)


def _invoice(**more: object) -> Given:
    given = {"form": "digital_ordinary", "number": "24322000000000000001", "issued_on": RECEIVED,
             "seller": SUPPLIER, "buyer": US, "total": "113.00", **more}  # fmt: skip
    return _read(Invoice(**given))  # type: ignore[arg-type]


_add(MAY, "an invoice on the last day of 30 years", D(2049, 12, 31), FAIL,
     _invoice(fiscal_year=2019), review_at=D(2050, 1, 1))  # fmt: skip
_add(MAY, "an invoice the day after", D(2050, 1, 1), PASS, _invoice(booked_on=RECEIVED))
_add(MAY, "an invoice whose year of booking is unknown", D(2050, 1, 1), UNKNOWN, _invoice())

EARLY = "retention.disposed_early"


def _gone(on: D, seq: int = 90, **more: object) -> Paper:
    return Paper(SHA, RECEIVED, disposal=Disposal(on, seq), **more)  # type: ignore[arg-type]


NOW = D(2025, 1, 1)
_add(EARLY, "on the last day", NOW, FAIL, PAPER, *LOT_PAPERS, paper=_gone(LAST))
_add(EARLY, "the day after the last", NOW, PASS, PAPER, *LOT_PAPERS, paper=_gone(FREE))
_add(EARLY, "two days after the last", NOW, PASS, PAPER, *LOT_PAPERS, paper=_gone(FREE + DAY))
_add(EARLY, "not disposed of", NOW, NONE, PAPER, *LOT_PAPERS)
_add(EARLY, "a longer expiry learnt later does not count against it", NOW, PASS, PAPER, *LOT_PAPERS,
     lot("system", expiry=until(D(2023, 6, 30))), paper=_gone(FREE, seq=3))  # fmt: skip
_add(EARLY, "the same, known before", NOW, FAIL, PAPER, *LOT_PAPERS,
     lot("system", expiry=until(D(2023, 6, 30))), paper=_gone(FREE, seq=4))  # fmt: skip
_add(EARLY, "while the expiry was unknown", NOW, FAIL, PAPER, device(), paper=_gone(FREE))
_add(EARLY, "under a legal hold", NOW, FAIL, PAPER, *LOT_PAPERS,
     paper=_gone(FREE, holds=(Hold(9, D(2023, 1, 1)),)),
     says="retention.disposed_under_hold")  # fmt: skip

WHOLE = "retention.original"
_add(WHOLE, "sound", NOW, PASS, PAPER, *LOT_PAPERS, paper=Paper(SHA, RECEIVED, Fixity.SOUND))
_add(WHOLE, "not looked at", NOW, PASS, PAPER, *LOT_PAPERS, says="retention.unseen")
for state in (Fixity.MISSING, Fixity.ROTTED):
    _add(WHOLE, f"{state}, before the provision was in force", D(2024, 6, 30), NONE, PAPER,
         *LOT_PAPERS, paper=Paper(SHA, RECEIVED, state))  # fmt: skip
_add(WHOLE, "missing while a longer duty runs", NOW, FAIL, PAPER,
     lot(expiry=until(D(2023, 6, 30))), device(),
     paper=Paper(SHA, RECEIVED, Fixity.MISSING), review_at=D(2025, 7, 1))  # fmt: skip
_add(WHOLE, "missing after the duty", D(2025, 7, 1), PASS, PAPER,
     lot(expiry=until(D(2023, 6, 30))), device(),
     paper=Paper(SHA, RECEIVED, Fixity.MISSING))  # fmt: skip
_add(WHOLE, "disposed of on purpose", NOW, NONE, PAPER, *LOT_PAPERS, paper=_gone(FREE))
ARRIVED = D(2024, 8, 1)
UNREAD = Paper(SHA, ARRIVED, quarantined=True)
_add(WHOLE, "in quarantine for a week", D(2024, 8, 8), PASS, paper=UNREAD, review_at=D(2024, 8, 9))
_add(WHOLE, "in quarantine for more than a week", D(2024, 8, 9), FAIL, paper=UNREAD)
_add(WHOLE, "in quarantine, a longer time by policy", D(2024, 8, 9), PASS, paper=UNREAD,
     policy={"retention.readable_within_days": 10})  # fmt: skip

ERASE = "retention.may_erase"


def _erase(name: str, on: D, expect: Result, *given: object) -> None:
    CASES.append(Case(ERASE, name, "entry:0", given, on, expect))  # type: ignore[arg-type]


_erase("a record without an original, on the last day", LAST, FAIL, inspected(RECEIVED),
       *LOT_PAPERS)  # fmt: skip
_erase("the day after it", FREE, PASS, inspected(RECEIVED), *LOT_PAPERS)
_erase("expiry unknown", FREE, UNKNOWN, inspected(RECEIVED), device())
