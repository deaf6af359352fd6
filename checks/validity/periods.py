"""A permit's time line: on which days it is in force, deemed, undecided or not in force."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

ONE_DAY = timedelta(days=1)


class Standing(StrEnum):
    """What holds on a day."""

    IN_FORCE = "in_force"
    DEEMED = "deemed"  # renewed by law because the authority did not decide in time
    UNDECIDED = "undecided"  # the evidence, or the law, leaves it open
    OUT = "out"


@dataclass(frozen=True, slots=True)
class Span:
    """Days from `first` to `last`, both inclusive; None leaves that side open."""

    first: date | None
    last: date | None

    def touches(self, other: Span) -> bool:
        """At least one day is in both."""
        before = self.last is not None and other.first is not None and self.last < other.first
        after = self.first is not None and other.last is not None and self.first > other.last
        return not before and not after

    def covers(self, other: Span) -> bool:
        """Every day of the other is in this one."""
        low = self.first is None or (other.first is not None and self.first <= other.first)
        high = self.last is None or (other.last is not None and other.last <= self.last)
        return low and high

    def shown(self) -> str:
        """ISO 8601 interval, `..` for an open side; a single day as itself."""
        if self.first == self.last and self.first is not None:
            return self.first.isoformat()
        return f"{self.first or '..'}/{self.last or '..'}"


@dataclass(frozen=True, slots=True)
class Segment:
    """A span with its standing and the entries that say so."""

    span: Span
    standing: Standing
    entries: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Met:
    """The standings that a span of days meets on a time line, and the entries behind them."""

    standings: frozenset[Standing]
    entries: tuple[int, ...]

    @property
    def wholly_in_force(self) -> bool:
        return self.standings <= {Standing.IN_FORCE, Standing.DEEMED}

    @property
    def wholly_out(self) -> bool:
        return self.standings == {Standing.OUT}


@dataclass(frozen=True, slots=True)
class Timeline:
    """Segments that do not overlap, in order of time. Days outside every segment are OUT."""

    segments: tuple[Segment, ...]

    def meets(self, days: Span) -> Met:
        """The standings of all days of a span."""
        standings: set[Standing] = set()
        entries: set[int] = set()
        covered_to: date | None = None  # last day accounted for
        open_start = days.first is None
        for segment in self.segments:
            if not segment.span.touches(days):
                continue
            start = segment.span.first
            if start is not None and (
                (covered_to is None and (open_start or (days.first and start > days.first)))
                or (covered_to is not None and start > covered_to + ONE_DAY)
            ):
                standings.add(Standing.OUT)
            standings.add(segment.standing)
            entries.update(segment.entries)
            if segment.span.last is None:
                return Met(frozenset(standings), tuple(sorted(entries)))
            covered_to = segment.span.last
        if covered_to is None or days.last is None or covered_to < days.last:
            standings.add(Standing.OUT)
        return Met(frozenset(standings), tuple(sorted(entries)))

    def on(self, day: date) -> Met:
        """The standing of one day."""
        return self.meets(Span(day, day))

    def next_turn(self, after: date) -> date | None:
        """The first day later than `after` on which the standing changes."""
        turns = [s.span.first for s in self.segments if s.span.first]
        turns += [s.span.last + ONE_DAY for s in self.segments if s.span.last]
        return min((turn for turn in turns if turn > after), default=None)

    def barred_from(self, day: date) -> Timeline:
        """The same, with nothing in force from a day on."""
        kept = []
        for segment in self.segments:
            if segment.span.first is not None and segment.span.first >= day:
                continue
            last = segment.span.last
            if last is None or last >= day:
                last = day - ONE_DAY
            kept.append(Segment(Span(segment.span.first, last), segment.standing, segment.entries))
        return Timeline(tuple(kept))

    def without(self, gaps: Iterable[Span]) -> Timeline:
        """The same, with nothing in force on the days of some spans."""
        segments = list(self.segments)
        for gap in gaps:
            segments = [part for segment in segments for part in _less(segment, gap)]
        return Timeline(tuple(segments))


def _less(segment: Segment, gap: Span) -> Iterable[Segment]:
    """What is left of a segment outside a gap."""
    if not segment.span.touches(gap):
        yield segment
        return
    first, last = segment.span.first, segment.span.last
    if gap.first is not None and (first is None or first < gap.first):
        before = Span(first, gap.first - ONE_DAY)
        yield Segment(before, segment.standing, segment.entries)
    if gap.last is not None and (last is None or gap.last < last):
        after = Span(gap.last + ONE_DAY, last)
        yield Segment(after, segment.standing, segment.entries)


def joined(periods: Iterable[Segment]) -> tuple[Segment, ...]:
    """Periods in force, in order, with adjoining and overlapping ones made one."""
    result: list[Segment] = []
    for period in sorted(
        periods, key=lambda s: (s.span.first or date.min, s.span.last or date.max)
    ):
        before = result[-1] if result else None
        if before is not None and _adjoins(before.span, period.span):
            last = (
                None
                if before.span.last is None or period.span.last is None
                else max(before.span.last, period.span.last)
            )
            entries = tuple(sorted({*before.entries, *period.entries}))
            result[-1] = Segment(Span(before.span.first, last), before.standing, entries)
        else:
            result.append(period)
    return tuple(result)


def _adjoins(before: Span, after: Span) -> bool:
    if before.last is None or after.first is None:
        return True
    return after.first <= before.last + ONE_DAY


def in_force(first: date | None, last: date | None, entries: Sequence[int] = ()) -> Segment:
    """A period in force."""
    return Segment(Span(first, last), Standing.IN_FORCE, tuple(entries))
