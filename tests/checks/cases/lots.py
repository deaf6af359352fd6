"""Lots and their expiry: in stock, sold, received, near it."""

from audit.records.certificates import CancellationReason
from audit.records.product import LotSource
from checks.cases import Case
from checks.verdicts import Result
from tests.checks.papers import (
    LOT,
    D,
    cancelled,
    certificate,
    conformity,
    inspected,
    lot,
    moved,
    opening,
    returned,
    sold,
    until,
)

PASS, FAIL, UNKNOWN, NONE = Result.PASS, Result.FAIL, Result.UNKNOWN, Result.NOT_APPLICABLE
EXPIRY = D(2025, 6, 30)
EVE, NEXT = D(2025, 6, 29), D(2025, 7, 1)
LABEL = lot(expiry=until(EXPIRY))
IN = inspected(D(2024, 9, 1))
CASES: list[Case] = []


def _add(rule: str, name: str, on: D, expect: Result, *given: object, **more: object) -> None:
    CASES.append(Case(rule, name, LOT, given, on, expect, **more))  # type: ignore[arg-type]


STOCK = "lot.expired_in_stock"
_add(STOCK, "the day before expiry", EVE, PASS, LABEL, IN, review_at=NEXT)
_add(STOCK, "the day of expiry", EXPIRY, PASS, LABEL, IN, review_at=NEXT)
_add(STOCK, "the day after expiry", NEXT, FAIL, LABEL, IN)
_add(STOCK, "a month of expiry counts to its end", EXPIRY, PASS, lot(expiry="2025-06"), IN)
_add(STOCK, "the day after a month of expiry", NEXT, FAIL, lot(expiry="2025-06"), IN)
_add(STOCK, "all sold before", NEXT, PASS, LABEL, IN, sold(D(2024, 10, 1)), says="lot.none_left")
_add(STOCK, "some sold, some left", NEXT, FAIL, LABEL, IN, sold(D(2024, 10, 1), quantity=9))
_add(STOCK, "moved to the nonconforming zone in time", NEXT, PASS, LABEL, IN, moved(NEXT),
     says="lot.expired_isolated")  # fmt: skip
_add(STOCK, "moved a day late", NEXT, FAIL, LABEL, IN, moved(D(2025, 7, 2)),
     review_at=D(2025, 7, 2))  # fmt: skip
_add(STOCK, "only a part was moved", NEXT, FAIL, LABEL, IN, moved(NEXT, quantity=4))
_add(STOCK, "sold and taken back", NEXT, FAIL, LABEL, IN, sold(D(2024, 10, 1)),
     returned(D(2024, 11, 1)))  # fmt: skip
_add(STOCK, "sold, came back and judged nonconforming", NEXT, PASS, LABEL, IN,
     sold(D(2024, 10, 1)), returned(D(2024, 11, 1), "nonconforming"))  # fmt: skip
_add(STOCK, "opening stock", NEXT, FAIL, LABEL, opening(D(2024, 1, 1)))
_add(STOCK, "nothing says how much there is", NEXT, UNKNOWN, LABEL)
_add(STOCK, "more was sold than came in", NEXT, UNKNOWN, LABEL, IN,
     sold(D(2024, 10, 1), quantity=11))  # fmt: skip
_add(STOCK, "pieces in and boxes out cannot be added up", NEXT, UNKNOWN, LABEL, IN,
     sold(D(2024, 10, 1), quantity=1, unit="盒"))  # fmt: skip
_add(STOCK, "expiry unknown", NEXT, UNKNOWN, lot(), says="lot.expiry_unknown")
_add(STOCK, "the label states none", NEXT, NONE, lot(expiry="none"))
_add(STOCK, "two sources, one result", EVE, PASS, LABEL, IN, conformity(expiry=until(EVE)))
_add(STOCK, "two sources, two results", EXPIRY, UNKNOWN, LABEL, IN, conformity(expiry=until(EVE)),
     says="lot.expiry_disputed")  # fmt: skip
_add(STOCK, "one source says that there is none", NEXT, UNKNOWN, LABEL, IN,
     lot(LotSource.SYSTEM, expiry="none"))  # fmt: skip

SOLD = "lot.sold_after_expiry"
_add(SOLD, "sold the day before expiry", NEXT, PASS, LABEL, IN, sold(EVE))
_add(SOLD, "sold on the day of expiry", NEXT, PASS, LABEL, IN, sold(EXPIRY))
_add(SOLD, "sold the day after expiry", NEXT, FAIL, LABEL, IN, sold(NEXT))
_add(SOLD, "not sold", NEXT, NONE, LABEL, IN)
_add(SOLD, "expiry unknown", NEXT, UNKNOWN, lot(), sold(NEXT))
_add(SOLD, "a sale still to come", EVE, NONE, LABEL, sold(NEXT), review_at=NEXT)

RECEIVED = "lot.received_expired"
_add(RECEIVED, "came the day before expiry", NEXT, PASS, LABEL, inspected(EVE))
_add(RECEIVED, "came on the day of expiry", NEXT, PASS, LABEL, inspected(EXPIRY))
_add(RECEIVED, "came the day after expiry", NEXT, FAIL, LABEL, inspected(NEXT))
_add(RECEIVED, "came before and was inspected after", NEXT, PASS, LABEL,
     inspected(NEXT, received_on=EXPIRY))  # fmt: skip
_add(RECEIVED, "expiry unknown", NEXT, UNKNOWN, lot(), inspected(EVE))
_add(RECEIVED, "never came", NEXT, NONE, LABEL)

NEAR = "lot.near_expiry"
_add(NEAR, "180 days ahead", D(2025, 1, 1), PASS, LABEL, IN, review_at=D(2025, 1, 2))
_add(NEAR, "179 days ahead", D(2025, 1, 2), FAIL, LABEL, IN)
_add(NEAR, "a shorter warning by policy", D(2025, 6, 1), PASS, LABEL, IN,
     policy={"lot.near_expiry_days": 10})  # fmt: skip
_add(NEAR, "the day of expiry", EXPIRY, FAIL, LABEL, IN, review_at=NEXT)
_add(NEAR, "past it is no longer near", NEXT, NONE, LABEL, IN)
_add(NEAR, "none is left", EXPIRY, PASS, LABEL, IN, sold(D(2024, 10, 1)))
_add(NEAR, "nothing says how much there is", EXPIRY, UNKNOWN, LABEL)

SHIP = "lot.fit_to_ship"
_add(SHIP, "leaves the day before expiry", EVE, PASS, LABEL)
_add(SHIP, "leaves on the day of expiry", EXPIRY, PASS, LABEL, review_at=NEXT)
_add(SHIP, "leaves the day after", NEXT, FAIL, LABEL)
_add(SHIP, "expiry unknown", EVE, UNKNOWN, lot())

BARRED = "certificate.cancelled"
REVOKED = cancelled(D(2024, 6, 1), CancellationReason.REVOKED)
_add(BARRED, "all sold before the revocation", NEXT, PASS, certificate(), lot(),
     opening(D(2024, 1, 1)), sold(D(2024, 5, 31)), REVOKED,
     says="certificate.gone_before_bar")  # fmt: skip
_add(BARRED, "sold on the day of the revocation", NEXT, FAIL, certificate(), lot(),
     opening(D(2024, 1, 1)), sold(D(2024, 6, 1)), REVOKED,
     says="certificate.sold_while_barred")  # fmt: skip
