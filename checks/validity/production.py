"""When a lot was made: a stated day or month, else the interval that its other dates allow.

The interval is [expiry - shelf life - 1 month, earliest of the date on the certificate of
conformity, goods-in or opening balance, and expiry - shelf life + 1 month]. The shelf life is taken
off first and the month after that, each clamped to the month's end. Where the label counts from
sterilisation the lot may have been made long before: no lower end. A source that gives only a
month means any day of it; sources that disagree are each judged.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from audit.records.dates import CountedFrom, DayOrMonth, Duration, add_months
from checks.validity.periods import Span


@dataclass(frozen=True, slots=True)
class Stated:
    """A date as one source has it."""

    when: DayOrMonth
    entry: int


@dataclass(frozen=True, slots=True)
class ShelfLife:
    """A shelf life as one source has it."""

    life: Duration
    entry: int


@dataclass(frozen=True, slots=True)
class LotDates:
    """What the papers say about one lot. `not_after`: days on which it already existed."""

    production: tuple[tuple[Span, int], ...] = ()
    expiry: tuple[Stated, ...] = ()
    shelf_life: tuple[ShelfLife, ...] = ()
    not_after: tuple[tuple[date, int], ...] = ()


@dataclass(frozen=True, slots=True)
class Made:
    """One possible span of days on which the lot was made, and the entries that say so."""

    span: Span
    stated: bool
    entries: tuple[int, ...]


def production_spans(dates: LotDates) -> tuple[Made, ...]:
    """Every span that the sources allow; several only where sources disagree. Never empty."""
    if dates.production:
        return _distinct(Made(span, True, (entry,)) for span, entry in dates.production)
    existed = min(dates.not_after, default=None)
    found = [
        _between(expiry, life, existed) for expiry in dates.expiry for life in dates.shelf_life
    ]
    if not found:
        last, entries = (existed[0], (existed[1],)) if existed else (None, ())
        return (Made(Span(None, last), False, entries),)
    return _distinct(found)


def _between(expiry: Stated, life: ShelfLife, existed: tuple[date, int] | None) -> Made:
    low: date | None = add_months(_before(expiry.when.first, life.life), -1)
    high = add_months(_before(expiry.when.last, life.life), 1)
    entries = {expiry.entry, life.entry}
    if life.life.counted_from is CountedFrom.STERILISATION:
        low = None
    if existed is not None and existed[0] < high:
        high = existed[0]
        entries.add(existed[1])
    if low is not None and low > high:
        low, high = high, low  # the dates contradict each other: any day between them is left open
    return Made(Span(low, high), False, tuple(sorted(entries)))


def _before(day: date, life: Duration) -> date:
    return add_months(day, -life.months) - timedelta(days=life.days)


def after_life(day: date, life: Duration) -> date:
    """The last day of a life that began on a day."""
    return add_months(day, life.months) + timedelta(days=life.days)


def _distinct(spans: Iterable[Made]) -> tuple[Made, ...]:
    by_span: dict[Span, set[int]] = {}
    stated: dict[Span, bool] = {}
    for made in spans:
        by_span.setdefault(made.span, set()).update(made.entries)
        stated[made.span] = made.stated
    return tuple(Made(span, stated[span], tuple(sorted(seqs))) for span, seqs in by_span.items())


def entries_of(spans: Sequence[Made]) -> tuple[int, ...]:
    """All entries behind the spans."""
    return tuple(sorted({entry for made in spans for entry in made.entries}))
