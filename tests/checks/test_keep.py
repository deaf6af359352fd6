"""Until when a paper is kept: every duty, its last day, and that nothing unknown ever frees it."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from audit.records.dates import CountedFrom, Duration, Expiry
from audit.records.model import RetentionClass
from audit.records.product import YesNoUnknown
from checks.retention.keep import Duty, Kept, LotKept, first_free_day, keep_until
from checks.validity.periods import Span

D = date
ON = D(2020, 1, 1)
NO, YES, UNKNOWN = YesNoUnknown.NO, YesNoUnknown.YES, YesNoUnknown.UNKNOWN
GOODS_IN, SALES = RetentionClass.GOODS_IN, RetentionClass.SALES


def _lot(
    *expiries: str, implantable: YesNoUnknown = NO, moved: date | None = None, **more: object
) -> LotKept:
    known = tuple(Expiry.model_validate(expiry) for expiry in expiries)
    return LotKept("lot:x", implantable, known, last_movement=moved, **more)  # type: ignore[arg-type]


def _kept(*lots: LotKept, on: date | None = ON, as_: RetentionClass = GOODS_IN) -> Kept:
    return Kept(as_, on, lots)


def test_a_lot_with_an_expiry_is_kept_two_years_beyond_it_the_last_day_included() -> None:
    keep = keep_until([_kept(_lot("2024-02-29"))], 5)
    assert (keep.duty, keep.until) == (Duty.LOT_EXPIRY, D(2026, 2, 28))
    assert not keep.over(D(2026, 2, 28))
    assert keep.over(D(2026, 3, 1))
    assert first_free_day(keep) == D(2026, 3, 1)


def test_an_expiry_known_to_the_month_counts_to_the_month_s_end() -> None:
    assert keep_until([_kept(_lot("2024-04"))], 5).until == D(2026, 4, 30)


def test_the_company_s_own_years_stand_above_a_short_expiry() -> None:
    keep = keep_until([_kept(_lot("2020-06-30"))], 5)
    assert (keep.duty, keep.until) == (Duty.POLICY, D(2025, 1, 1))


def test_no_expiry_counts_five_years_from_the_later_of_record_and_last_movement() -> None:
    assert keep_until([_kept(_lot("none"))], 1).until == D(2025, 1, 1)
    moved = keep_until([_kept(_lot("none", moved=D(2022, 5, 5)))], 1)
    assert (moved.duty, moved.until) == (Duty.NO_EXPIRY, D(2027, 5, 5))


@pytest.mark.parametrize(
    ("lot", "duty"),
    [
        (_lot(), Duty.EXPIRY_UNKNOWN),
        (_lot("2022-01-01", implantable=UNKNOWN), Duty.IMPLANT_UNKNOWN),
        (_lot("2022-01-01", implantable=YES), Duty.IMPLANT),
    ],
)
def test_what_is_not_known_keeps_and_an_implant_is_kept_for_ever(lot: LotKept, duty: Duty) -> None:
    keep = keep_until([_kept(lot)], 5)
    assert keep.duty is duty
    assert not keep.over(D(2999, 1, 1))


def test_a_labelled_service_life_counts_as_an_expiry() -> None:
    life = Duration(months=120, counted_from=CountedFrom.PRODUCTION)
    span = Span(D(2020, 5, 1), D(2020, 5, 31))
    lot = _lot("none", service_lives=(life,), produced=(span,))
    assert keep_until([_kept(lot)], 5).until == D(2032, 5, 31)


def test_a_service_life_without_a_beginning_is_not_settled() -> None:
    life = Duration(months=120)
    assert keep_until([_kept(_lot("none", service_lives=(life,)))], 5).duty is Duty.EXPIRY_UNKNOWN


def test_sources_that_state_other_expiries_keep_to_the_later_one() -> None:
    assert keep_until([_kept(_lot("2024-01-31", "2025-01-31"))], 1).until == D(2027, 1, 31)


def test_the_longest_lot_of_a_paper_decides() -> None:
    keep = keep_until([_kept(_lot("2024-01-31"), _lot("2027-01-31"))], 5)
    assert keep.until == D(2029, 1, 31)


def test_a_goods_paper_that_names_no_lot_is_kept() -> None:
    assert keep_until([_kept()], 5).duty is Duty.LOT_UNKNOWN


def test_a_voucher_is_kept_thirty_years_from_the_end_of_its_fiscal_year() -> None:
    voucher = Kept(RetentionClass.ACCOUNTING, D(2026, 3, 5), booked_year=2026, tax_year=2026)
    keep = keep_until([voucher], 5)
    assert (keep.duty, keep.until) == (Duty.VOUCHER, D(2056, 12, 31))


def test_a_voucher_whose_year_of_booking_is_not_known_is_kept() -> None:
    voucher = Kept(RetentionClass.ACCOUNTING, D(2026, 3, 5), tax_year=2026)
    assert keep_until([voucher], 5).duty is Duty.BOOKING_UNKNOWN


def test_a_voucher_with_an_open_claim_is_kept_whatever_the_day() -> None:
    voucher = Kept(RetentionClass.ACCOUNTING, D(1980, 3, 5), booked_year=1980, claim_open=True)
    assert not keep_until([voucher], 5).over(D(2026, 1, 1))


def test_a_tax_paper_is_kept_ten_years_from_the_end_of_its_year() -> None:
    paper = Kept(RetentionClass.OTHER, D(2020, 3, 5), tax_year=2020)
    assert keep_until([paper], 5).until == D(2030, 12, 31)


def test_a_paper_of_which_nothing_was_read_is_kept() -> None:
    assert not keep_until([], 5).determined


EXPIRIES = st.lists(
    st.one_of(st.dates(D(2015, 1, 1), D(2035, 1, 1)).map(str), st.just("none")), max_size=3
)
LOTS = st.builds(
    lambda expiries, implant, moved: _lot(*expiries, implantable=implant, moved=moved),
    EXPIRIES,
    st.sampled_from(YesNoUnknown),
    st.none() | st.dates(D(2015, 1, 1), D(2030, 1, 1)),
)
RECORDS = st.builds(
    lambda lots, on, kind, year: Kept(kind, on, tuple(lots), booked_year=year),
    st.lists(LOTS, max_size=3),
    st.none() | st.dates(D(2015, 1, 1), D(2030, 1, 1)),
    st.sampled_from(RetentionClass),
    st.none() | st.integers(2015, 2030),
)


@given(st.lists(RECORDS, min_size=1, max_size=3), RECORDS)
def test_one_more_record_never_shortens_the_duty(records: list[Kept], more: Kept) -> None:
    one, two = keep_until(records, 5), keep_until([*records, more], 5)
    if two.until is not None:
        assert one.until is not None and one.until <= two.until


@given(st.lists(RECORDS, min_size=1, max_size=3))
def test_the_duty_ends_the_day_after_its_last_day(records: list[Kept]) -> None:
    keep = keep_until(records, 5)
    if keep.until is not None:
        assert not keep.over(keep.until)
        assert keep.over(keep.until + timedelta(days=1))
    else:
        assert not keep.over(D(2200, 1, 1))
