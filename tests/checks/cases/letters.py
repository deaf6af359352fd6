"""Authorisation letters on the day of the deal."""

from audit.records.parties import LetterType
from checks.cases import Case, pending
from checks.verdicts import Result
from tests.checks.papers import US, D, letter, order, ourselves, party, purchase

PASS, FAIL, UNKNOWN, NONE = Result.PASS, Result.FAIL, Result.UNKNOWN, Result.NOT_APPLICABLE
NOW = D(2025, 12, 1)
END, BEFORE, AFTER = D(2025, 6, 30), D(2025, 6, 29), D(2025, 7, 1)
CASES: list[Case] = []


def _add(rule: str, name: str, expect: Result, *given: object, **more: object) -> None:
    subject = "order:so:O1" if rule == OWN else "order:po:P1"
    on = more.pop("on", NOW)
    CASES.append(Case(rule, name, subject, given, on, expect, **more))  # type: ignore[arg-type]


SUPPLIER, OWN, REGISTRANT = (
    "letter.supplier_salesperson",
    "letter.own_salesperson",
    "letter.registrant",
)
LATER = {"first": D(2025, 1, 1), "last": D(2025, 6, 30)}

_add(SUPPLIER, "ordered the day before it ends", PASS, letter(), purchase(BEFORE))
_add(SUPPLIER, "ordered on the day it ends", PASS, letter(), purchase(END))
_add(SUPPLIER, "ordered the day after it ended", FAIL, letter(), purchase(AFTER))
_add(SUPPLIER, "ordered the day before it begins", FAIL, letter(**LATER), purchase(D(2024, 12, 31)))
_add(SUPPLIER, "ordered on the day it begins", PASS, letter(**LATER), purchase(D(2025, 1, 1)))
_add(SUPPLIER, "no letter on file", UNKNOWN, purchase(END))
_add(SUPPLIER, "a letter of the wrong type does not count", UNKNOWN, purchase(END),
     letter(LetterType.OWN_SALESPERSON))  # fmt: skip
_add(SUPPLIER, "withdrawn on the day of the order", FAIL, letter(), purchase(END),
     letter(withdrawn_on=END))  # fmt: skip
_add(SUPPLIER, "withdrawn the day after the order", PASS, letter(), purchase(END),
     letter(withdrawn_on=AFTER))  # fmt: skip
_add(SUPPLIER, "a second letter covers the day", PASS, letter(), purchase(AFTER),
     letter(letter_no="L2", first=AFTER, last=D(2026, 6, 30)))  # fmt: skip
_add(SUPPLIER, "a pending letter holds", UNKNOWN, purchase(END), pending(letter()))
_add(SUPPLIER, "the order is still to come", NONE, letter(), purchase(END), on=BEFORE,
     review_at=END)  # fmt: skip

OURS = {"type": LetterType.OWN_SALESPERSON, "grantor": US}
_add(OWN, "the day it ends", PASS, ourselves(), letter(**OURS), order(END))
_add(OWN, "the day after it ended", FAIL, ourselves(), letter(**OURS), order(AFTER))
_add(OWN, "the day before it ends", PASS, ourselves(), letter(**OURS), order(BEFORE))
_add(OWN, "another salesperson's letter", UNKNOWN, ourselves(),
     letter(**OURS, salesperson="李四"), order(END))  # fmt: skip
_add(OWN, "the order names nobody", UNKNOWN, ourselves(), letter(**OURS),
     order(END, salesperson=None), says="letter.no_salesperson")  # fmt: skip

MAKER = party("南山生物科技有限公司")
GRANT = {"type": LetterType.REGISTRANT_TO_DISTRIBUTOR, "grantor": MAKER}
_add(REGISTRANT, "the day it ends", PASS, letter(**GRANT), purchase(END, registrant=MAKER.name))
_add(REGISTRANT, "the day after it ended", FAIL, letter(**GRANT),
     purchase(AFTER, registrant=MAKER.name))  # fmt: skip
_add(REGISTRANT, "none on file", UNKNOWN, purchase(END, registrant=MAKER.name))
_add(REGISTRANT, "the supplier is the registrant", NONE,
     purchase(END, registrant="北辰医疗器械有限公司"))  # fmt: skip
