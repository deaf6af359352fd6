"""Requests to dispose of evidence or to erase it that were refused."""

from typing import Any

from audit.records.product import YesNoUnknown
from checks.cases import Case, Given
from checks.evidence import Asked, Paper
from checks.verdicts import Result
from tests.checks.papers import D, device, inspected, lot, until

PASS, FAIL, UNKNOWN, NONE = Result.PASS, Result.FAIL, Result.UNKNOWN, Result.NOT_APPLICABLE
SHA = "cd" * 32
ENDS = D(2026, 6, 30)  # two years after the lot's expiry; its last day is kept, too
BEFORE, AFTER = D(2026, 6, 29), D(2026, 7, 1)
NOW = D(2026, 12, 1)
LOT = (lot(expiry=until(D(2024, 6, 30))), device())


def asked(on: D, result: str = "fail", act: str = "disposal", **more: Any) -> Asked:
    """Somebody asked and was refused."""
    given = {"duty": "lot_expiry", "until": "2026-06-30", **more}
    return Asked(act, on, "user:clerk", result, given["duty"], given["until"], 40)


DOCUMENTS, ENTRIES = "retention.asked_early", "retention.erasure_asked_early"
OPEN: dict[str, Any] = {"result": "unknown", "duty": "implant_unknown", "until": ""}


def _case(rule: str, name: str, expect: Result, *requests: Asked, known: tuple[Any, ...] = LOT,
          on: D = NOW, **more: Any) -> Case:  # fmt: skip
    """Of an original with an inspection, or of an inspection that was entered without one."""
    source = SHA if rule == DOCUMENTS else None
    given = (Given(inspected(D(2020, 3, 1)), document=source), *known)
    papers = (Paper(SHA, D(2020, 3, 2)),) if source else ()
    subject = f"document:{SHA}" if source else "entry:0"
    return Case(rule, name, subject, given, on, expect, papers=papers, asked=requests, **more)


CASES: list[Case] = []
for RULE in (DOCUMENTS, ENTRIES):
    CASES += [
        _case(RULE, "nobody asked", NONE),
        _case(RULE, "asked while a duty ran", FAIL, asked(BEFORE),
              says="retention.asked_too_early"),
        _case(RULE, "asked twice, the first time before it was settled", FAIL,
              asked(D(2025, 1, 1), **OPEN), asked(BEFORE)),
        _case(RULE, "asked under a legal hold", FAIL, asked(AFTER, until=""),
              says="retention.asked_while_kept"),
        _case(RULE, "the day before it was asked", NONE, asked(BEFORE), on=D(2026, 6, 28),
              review_at=BEFORE),
        _case(RULE, "asked before it was settled, and it is not settled yet", UNKNOWN,
              asked(AFTER, **OPEN), known=(LOT[0], device(implantable=YesNoUnknown.UNKNOWN))),
        _case(RULE, "not settled then; known now: the day before the last day", FAIL,
              asked(BEFORE, **OPEN)),
        _case(RULE, "not settled then; known now: the last day", FAIL, asked(ENDS, **OPEN)),
        _case(RULE, "not settled then; known now: the day after the last day", PASS,
              asked(AFTER, **OPEN)),
        _case(RULE, "not settled then; known now to be an implant", FAIL, asked(AFTER, **OPEN),
              known=(LOT[0], device(implantable=YesNoUnknown.YES))),
    ]  # fmt: skip
CASES.append(
    Case(ENTRIES, "the record was refused since", "entry:0",
         (Given(inspected(D(2020, 3, 1)), state="refused"),), NOW, PASS,
         asked=(asked(AFTER, "unknown", "erasure", duty="lot_unknown", until=""),))
)  # fmt: skip
