"""How much of a lot is here on a day, by the papers: opening + in - out, returns and moves.

Unknown (None) where nothing came in by the papers, where units differ, or where more left than
came: the balance rules speak about that, here it only means that nothing can be concluded.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from audit.records.goods import (
    GoodsInInspection,
    MovementReason,
    OpeningBalance,
    StockMovement,
    StockStatus,
)
from audit.records.model import Record
from audit.records.outbound import ReturnDirection, ReturnOutcome, ReturnRecord
from audit.records.sales import SalesRecord
from checks.evidence import Evidence, Exhibit

MOVES = (
    "opening_balance",
    "goods_in_inspection",
    "sales_record",
    "return_record",
    "stock_movement",
    "disposal_record",
)
"""Kinds that change how much of a lot is here, or where."""

ISOLATED = frozenset({StockStatus.NONCONFORMING})
ZERO = Decimal(0)


@dataclass(frozen=True, slots=True)
class Stock:
    """A lot's stock on a day.

    saleable: all that is not in the nonconforming zone. isolated: what is there. None: not known.
    next_move: the first later day on which a paper moves the lot. last_move: the latest so far.
    """

    saleable: Decimal | None
    isolated: Decimal | None
    next_move: date | None
    last_move: date | None
    entries: tuple[int, ...]

    @property
    def gone(self) -> bool:
        """Whether the papers say that all of it has left."""
        return self.saleable == ZERO and not self.isolated


@dataclass(frozen=True, slots=True)
class Change:
    """One paper's effect."""

    on: date
    saleable: Decimal
    isolated: Decimal
    unit: tuple[str | None, str | None]
    seq: int
    brings: bool


def stock_of(evidence: Evidence, on: date) -> Stock:
    """The stock of the lot that is the evidence's subject, at the end of a day."""
    changes = sorted(_changes(evidence), key=lambda change: (change.on, change.seq))
    past = [change for change in changes if change.on <= on]
    next_move = min((change.on for change in changes if change.on > on), default=None)
    last_move = max((change.on for change in past), default=None)
    entries = tuple(sorted(change.seq for change in past))
    saleable = sum((change.saleable for change in past), ZERO)
    isolated = sum((change.isolated for change in past), ZERO)
    units = {change.unit for change in past if change.unit != (None, None)}
    known = any(change.brings for change in past) and len(units) <= 1
    if not known or saleable < 0 or isolated < 0:
        return Stock(None, None, next_move, last_move, entries)
    return Stock(saleable, isolated, next_move, last_move, entries)


def _changes(evidence: Evidence) -> Iterator[Change]:
    for exhibit in evidence.exhibits:
        if exhibit.kind not in MOVES or not exhibit.names("lot", evidence.subject):
            continue
        day = exhibit.record.occurred_on()
        effect = _effect(exhibit)
        if day is None or effect is None:
            continue
        saleable, isolated, brings = effect
        level = getattr(exhibit.record, "package_level", None)
        unit = (getattr(exhibit.record, "unit", None), level.value if level else None)
        yield Change(day, saleable, isolated, unit, exhibit.seq, brings)


def _effect(exhibit: Exhibit[Record]) -> tuple[Decimal, Decimal, bool] | None:
    """Saleable, isolated, and whether goods came in by this paper."""
    match exhibit.record:
        case OpeningBalance(quantity=quantity, status=status):
            return (*_placed(quantity, status), True)
        case GoodsInInspection(direct=True) | SalesRecord(direct=True):
            return None
        case GoodsInInspection(accepted_quantity=accepted, quantity=quantity, conclusion=verdict):
            if accepted is None:
                accepted = quantity if verdict == "accepted" else ZERO
            return accepted, ZERO, True
        case SalesRecord(quantity=quantity):
            return -quantity, ZERO, False
        case ReturnRecord(direction=ReturnDirection.FROM_CUSTOMER) as back:
            if back.outcome is ReturnOutcome.ACCEPTED:
                return back.quantity, ZERO, True
            if back.outcome is ReturnOutcome.NONCONFORMING:
                return ZERO, back.quantity, True
            return None
        case ReturnRecord(quantity=quantity):
            return -quantity, ZERO, False
        case StockMovement() as move:
            return _moved(move)
        case record if record.kind == "disposal_record":
            quantity = getattr(record, "quantity", ZERO)
            return ZERO, -quantity, False
    return None


def _placed(quantity: Decimal, status: StockStatus) -> tuple[Decimal, Decimal]:
    return (ZERO, quantity) if status in ISOLATED else (quantity, ZERO)


def _moved(move: StockMovement) -> tuple[Decimal, Decimal, bool] | None:
    if move.reason is MovementReason.COUNT:
        status = move.status_to or move.status_from or StockStatus.QUALIFIED
        return (*_placed(move.quantity, status), False)
    if move.reason is MovementReason.SCRAP:
        status = move.status_from or StockStatus.NONCONFORMING
        return (*_placed(-move.quantity, status), False)
    before = move.status_from in ISOLATED if move.status_from else None
    after = move.status_to in ISOLATED if move.status_to else None
    if after is None or before == after:
        return None
    if after:
        return -move.quantity, move.quantity, False
    return (move.quantity, -move.quantity, False) if before else None
