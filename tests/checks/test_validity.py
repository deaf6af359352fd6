"""Time lines against a day-by-day model; the production interval's arithmetic."""

from __future__ import annotations

from datetime import date, timedelta
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from audit.records.dates import CountedFrom, DayOrMonth, Duration, add_months
from checks.validity.periods import Segment, Span, Standing, Timeline, in_force, joined
from checks.validity.production import LotDates, ShelfLife, Stated, production_spans
from checks.validity.renewal import (
    Application,
    Permit,
    Regime,
    certificate_limit,
    timeline,
)

D = date
BEGIN = D(2024, 1, 1)
DAYS = st.integers(0, 60).map(lambda n: BEGIN + timedelta(days=n))
OUTER = [BEGIN + timedelta(days=n) for n in range(-5, 70)]


def _span(first: date, last: date) -> Span:
    return Span(min(first, last), max(first, last))


SPANS = st.builds(_span, DAYS, DAYS)


@st.composite
def timelines(draw: st.DrawFn) -> Timeline:
    """Segments in order that do not overlap, the last one perhaps without an end."""
    cuts = sorted(draw(st.sets(st.integers(0, 60), min_size=2, max_size=10)))
    segments = []
    for first, after in zip(cuts[::2], cuts[1::2], strict=False):
        standing = draw(st.sampled_from(list(Standing)))
        span = Span(BEGIN + timedelta(days=first), BEGIN + timedelta(days=after - 1))
        segments.append(Segment(span, standing))
    if segments and draw(st.booleans()):
        last = segments[-1]
        segments[-1] = Segment(Span(last.span.first, None), last.standing)
    return Timeline(tuple(segments))


def _by_day(line: Timeline, day: date) -> Standing:
    for segment in line.segments:
        if segment.span.touches(Span(day, day)):
            return segment.standing
    return Standing.OUT


@given(timelines(), SPANS)
def test_a_span_meets_exactly_the_standings_of_its_days(line: Timeline, span: Span) -> None:
    assert span.first and span.last
    days = [span.first + timedelta(days=n) for n in range((span.last - span.first).days + 1)]
    assert line.meets(span).standings == {_by_day(line, day) for day in days}


@given(timelines(), DAYS)
def test_the_standing_is_the_same_until_its_next_turn(line: Timeline, day: date) -> None:
    turn = line.next_turn(day)
    for later in OUTER:
        if day <= later and (turn is None or later < turn):
            assert _by_day(line, later) == _by_day(line, day)


@given(timelines(), SPANS)
def test_nothing_is_in_force_in_a_gap_and_all_else_stays(line: Timeline, gap: Span) -> None:
    cut = line.without([gap])
    for day in OUTER:
        inside = gap.touches(Span(day, day))
        assert _by_day(cut, day) == (Standing.OUT if inside else _by_day(line, day))


@given(timelines(), DAYS)
def test_a_bar_ends_everything_from_its_day_on(line: Timeline, bar: date) -> None:
    cut = line.barred_from(bar)
    for day in OUTER:
        assert _by_day(cut, day) == (Standing.OUT if day >= bar else _by_day(line, day))


@given(st.lists(SPANS, max_size=6))
def test_joined_periods_cover_the_same_days_and_never_adjoin(spans: list[Span]) -> None:
    periods = joined([in_force(span.first, span.last) for span in spans])
    for day in OUTER:
        one = Span(day, day)
        assert any(p.span.touches(one) for p in periods) == any(s.touches(one) for s in spans)
    for before, after in pairwise(periods):
        assert before.span.last and after.span.first
        assert before.span.last + timedelta(days=1) < after.span.first


def test_a_span_without_a_beginning_or_an_end_is_out_where_the_line_is_not() -> None:
    line = Timeline((in_force(D(2024, 1, 1), D(2024, 12, 31)),))
    assert line.meets(Span(None, D(2024, 6, 1))).standings == {Standing.IN_FORCE, Standing.OUT}
    assert line.meets(Span(D(2024, 6, 1), None)).standings == {Standing.IN_FORCE, Standing.OUT}
    assert line.meets(Span(None, D(2023, 6, 1))).wholly_out
    for_ever = Timeline((in_force(D(2024, 1, 1), None),))
    assert for_ever.meets(Span(D(2024, 6, 1), None)).wholly_in_force


def _made(expiry: DayOrMonth, months: int, **more: object) -> Span:
    life = Duration(months=months, counted_from=CountedFrom.PRODUCTION)
    (made,) = production_spans(
        LotDates(expiry=(Stated(expiry, 1),), shelf_life=(ShelfLife(life, 2),), **more)  # type: ignore[arg-type]
    )
    return made.span


def test_months_go_back_one_after_the_other_and_clamp_to_the_month_s_end() -> None:
    # 31 August less six months is 28 February; a month before that is 28 January.
    assert _made(DayOrMonth(2026, 8, 31), 6) == Span(D(2026, 1, 28), D(2026, 3, 28))
    assert _made(DayOrMonth(2028, 8, 31), 6) == Span(D(2028, 1, 29), D(2028, 3, 29))


def test_an_expiry_known_to_the_month_widens_both_ends() -> None:
    assert _made(DayOrMonth(2026, 8), 24) == Span(D(2024, 7, 1), D(2024, 9, 30))


def test_goods_that_were_here_before_they_could_be_made_leave_every_day_open() -> None:
    span = _made(DayOrMonth(2026, 8, 31), 24, not_after=((D(2024, 1, 1), 9),))
    assert span == Span(D(2024, 1, 1), D(2024, 7, 31))


@given(
    st.dates(D(2020, 1, 1), D(2030, 1, 1)),
    st.integers(1, 60),
    st.dates(D(2020, 1, 1), D(2030, 1, 1)),
)
def test_the_true_day_of_production_always_lies_in_the_interval(
    made: date, months: int, seen: date
) -> None:
    if seen < made:
        seen = made
    expiry = DayOrMonth.of(add_months(made, months))
    span = _made(expiry, months, not_after=((seen, 9),))
    assert span.touches(Span(made, made))


@given(st.dates(D(2020, 1, 1), D(2030, 1, 1)), st.integers(-200, 400))
def test_a_renewal_is_deemed_exactly_when_it_was_filed_six_months_ahead(
    expiry: date, days: int
) -> None:
    filed = expiry - timedelta(days=days)
    permit = Permit(
        Regime.CERTIFICATE,
        (in_force(D(2015, 1, 1), expiry),),
        (Application(filed, filed, notice=True),),
    )
    after = timeline(permit).on(expiry + timedelta(days=1)).standings
    in_time = filed <= certificate_limit(expiry)
    assert after == ({Standing.DEEMED} if in_time else {Standing.OUT})
