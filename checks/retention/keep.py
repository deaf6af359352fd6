"""Until which day a paper must be kept: the longest of all duties that apply to it.

The last day is included: a paper may be disposed of on the day after `until`. What is not known
keeps: an unknown expiry is not "no expiry", an unknown `implantable` is not "no".

goods-in, sales, cold chain (as the sale of its lot), adverse events (as goods-in), over every lot
that the paper names: expiry + 2 years; no expiry: 5 years from the later of the record's day and
the lot's last movement; implants for ever (GSP 23; order 54 arts. 32, 38; adverse event measures
art. 22). Accounting vouchers: 30 years from the end of the fiscal year of booking, and never while
a claim is open (archives measures 14, 15, 19); tax papers: 10 years (tax rules 29). The company's
own figure stands above all of these.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from enum import StrEnum
from typing import Final

from audit.records.dates import CountedFrom, Duration, Expiry, ExpiryState, add_months
from audit.records.model import RetentionClass
from audit.records.product import YesNoUnknown
from checks.validity.periods import Span
from checks.validity.production import after_life

AFTER_EXPIRY_YEARS: Final = 2
WITHOUT_EXPIRY_YEARS: Final = 5
VOUCHER_YEARS: Final = 30
TAX_YEARS: Final = 10

BY_LOT: Final = frozenset(
    {RetentionClass.GOODS_IN, RetentionClass.SALES, RetentionClass.COLD_CHAIN}
)


class Duty(StrEnum):
    """Which duty decides. `open` ones have no day yet."""

    LOT_EXPIRY = "lot_expiry"
    NO_EXPIRY = "no_expiry"
    IMPLANT = "implant"
    VOUCHER = "voucher"
    TAX = "tax"
    POLICY = "policy"
    IMPLANT_UNKNOWN = "implant_unknown"
    EXPIRY_UNKNOWN = "expiry_unknown"
    LOT_UNKNOWN = "lot_unknown"
    BOOKING_UNKNOWN = "booking_unknown"
    DAY_UNKNOWN = "day_unknown"
    CLAIM_OPEN = "claim_open"


UNDETERMINED: Final = frozenset(
    {
        Duty.IMPLANT_UNKNOWN,
        Duty.EXPIRY_UNKNOWN,
        Duty.LOT_UNKNOWN,
        Duty.BOOKING_UNKNOWN,
        Duty.DAY_UNKNOWN,
        Duty.CLAIM_OPEN,
    }
)


@dataclass(frozen=True, slots=True)
class LotKept:
    """What is known of one lot that a paper names.

    expiries: every expiry that a source states (unknown ones are left out). service_lives and
    produced: a labelled service life counts as an expiry, from the last possible day of production.
    last_movement: the latest receipt, sale, return or disposal of the lot.
    """

    lot: str
    implantable: YesNoUnknown
    expiries: tuple[Expiry, ...] = ()
    service_lives: tuple[Duration, ...] = ()
    produced: tuple[Span, ...] = ()
    last_movement: date | None = None
    entries: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Kept:
    """One record on the paper: its class, its own day, its lots; for vouchers the year booked.

    booked_year: fiscal year in which it was booked (None: unknown). claim_open: the debt that it
    proves is not settled (None: nobody has said; the law asks about known claims only).
    tax_year: the year a tax paper belongs to.
    """

    retention: RetentionClass
    on: date | None
    lots: tuple[LotKept, ...] = ()
    booked_year: int | None = None
    claim_open: bool = False
    tax_year: int | None = None


@dataclass(frozen=True, slots=True)
class Keep:
    """The answer for one duty, or the longest of several.

    until: last day of the duty. None with `duty` IMPLANT: for ever; None otherwise: undetermined,
    which keeps. lot: the lot that decides.
    """

    duty: Duty
    until: date | None
    lot: str | None = None
    entries: tuple[int, ...] = field(default=())

    @property
    def for_ever(self) -> bool:
        return self.duty is Duty.IMPLANT

    @property
    def determined(self) -> bool:
        return self.duty not in UNDETERMINED

    def over(self, on: date) -> bool:
        """Whether the duty has ended: the day lies after the last day."""
        return self.until is not None and on > self.until


def keep_until(records: Sequence[Kept], policy_years: int) -> Keep:
    """The longest duty over all records of a paper. policy_years: the company's own figure.

    A paper of which nothing was read (no records) is kept: nobody knows what it proves.
    """
    if not records:
        return Keep(Duty.DAY_UNKNOWN, None)
    return longest(keep for record in records for keep in duties(record, policy_years))


def duties(record: Kept, policy_years: int) -> Iterable[Keep]:
    """Every duty that applies to one record."""
    if record.on is None:
        yield Keep(Duty.DAY_UNKNOWN, None)
    else:
        yield Keep(Duty.POLICY, add_months(record.on, 12 * policy_years))
    if record.retention in BY_LOT:
        if not record.lots:
            yield Keep(Duty.LOT_UNKNOWN, None)
        for lot in record.lots:
            yield from _for_lot(lot, record.on)
    if record.retention is RetentionClass.ACCOUNTING:
        yield _voucher(record)
    if record.tax_year is not None:
        yield Keep(Duty.TAX, date(record.tax_year + TAX_YEARS, 12, 31))


def _voucher(record: Kept) -> Keep:
    if record.claim_open:
        return Keep(Duty.CLAIM_OPEN, None)
    if record.booked_year is None:
        return Keep(Duty.BOOKING_UNKNOWN, None)
    return Keep(Duty.VOUCHER, date(record.booked_year + VOUCHER_YEARS, 12, 31))


def _for_lot(lot: LotKept, on: date | None) -> Iterable[Keep]:
    if lot.implantable is YesNoUnknown.YES:
        yield Keep(Duty.IMPLANT, None, lot.lot, lot.entries)
        return
    if lot.implantable is YesNoUnknown.UNKNOWN:
        yield Keep(Duty.IMPLANT_UNKNOWN, None, lot.lot, lot.entries)
    ends = [expiry.last_day for expiry in lot.expiries if expiry.last_day]
    states_none = any(expiry.state is ExpiryState.NONE for expiry in lot.expiries)
    if not ends and lot.service_lives:
        states_none = False  # a labelled service life counts as expiry
        ends = _service_ends(lot)
        if not ends:
            yield Keep(Duty.EXPIRY_UNKNOWN, None, lot.lot, lot.entries)
    elif not ends and not states_none:
        yield Keep(Duty.EXPIRY_UNKNOWN, None, lot.lot, lot.entries)
    for end in ends:
        until = add_months(end, 12 * AFTER_EXPIRY_YEARS)
        yield Keep(Duty.LOT_EXPIRY, until, lot.lot, lot.entries)
    if states_none:
        yield _no_expiry(lot, on)


def _no_expiry(lot: LotKept, on: date | None) -> Keep:
    start = max((day for day in (on, lot.last_movement) if day), default=None)
    if start is None:
        return Keep(Duty.DAY_UNKNOWN, None, lot.lot, lot.entries)
    until = add_months(start, 12 * WITHOUT_EXPIRY_YEARS)
    return Keep(Duty.NO_EXPIRY, until, lot.lot, lot.entries)


def _service_ends(lot: LotKept) -> list[date]:
    """The ends of the labelled service lives; none when the beginning is not known."""
    if any(life.counted_from is CountedFrom.STERILISATION for life in lot.service_lives):
        return []
    starts = [span.last for span in lot.produced if span.last is not None]
    return [after_life(start, life) for life in lot.service_lives for start in starts]


def longest(keeps: Iterable[Keep]) -> Keep:
    """For ever before undetermined before the latest day."""
    return max(
        keeps,
        key=lambda k: (k.for_ever, k.until is None, k.until or date.min, k.duty.value, k.lot or ""),
    )


def first_free_day(keep: Keep) -> date | None:
    """The first day on which the paper may be disposed of; None while there is none."""
    return keep.until + timedelta(days=1) if keep.until else None
