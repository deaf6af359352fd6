"""What follows an expiry: renewed, deemed renewed, undecided, lapsed.

Certificates (order 47 arts. 82-84, Regulations art. 22): filed no later than six months before
expiry. Licences (order 54 art. 16, order 53 art. 17): filed 90 to 30 working days before expiry. In
both, an authority that has not decided by the expiry is taken to have granted the renewal (for
production licences by Regulations art. 32 with the Administrative Licensing Law art. 50). A
renewal approved after the expiry begins on the day of approval: what was done in between is left
open here, also where it counted as deemed until the decision came.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Final

from audit.records.dates import add_months
from base.calendar import working_days
from checks.validity.periods import ONE_DAY, Segment, Span, Standing, Timeline, joined

MOST_WORKING_DAYS: Final = 90
LEAST_WORKING_DAYS: Final = 30
MONTHS_BEFORE: Final = 6


class Regime(StrEnum):
    """Which law of renewal applies."""

    CERTIFICATE = "certificate"
    LICENCE = "licence"
    NONE = "none"  # no deemed renewal known: institution licences, letters


class Decision(StrEnum):
    APPROVED = "approved"
    REFUSED = "refused"


class InTime(StrEnum):
    YES = "yes"
    NO = "no"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Application:
    """A renewal application: filed and accepted days as far as known, and the decision.

    notice: an acceptance notice is on file. expiry: the end it is for, when the paper says so.
    """

    filed_on: date | None
    accepted_on: date | None
    notice: bool
    decision: Decision | None = None
    decided_on: date | None = None
    expiry: date | None = None
    entries: tuple[int, ...] = ()

    @property
    def known_by(self) -> date | None:
        """The earliest day that stands on its papers."""
        days = [day for day in (self.filed_on, self.accepted_on, self.decided_on) if day]
        return min(days, default=None)


@dataclass(frozen=True, slots=True)
class Permit:
    """A certificate, licence or filing as its papers have it."""

    regime: Regime
    periods: tuple[Segment, ...]
    applications: tuple[Application, ...] = ()


def certificate_limit(expiry: date) -> date:
    """The last day to file for a certificate: six months before expiry, month's end clamped."""
    return add_months(expiry, -MONTHS_BEFORE)


def filed_in_time(regime: Regime, application: Application, expiry: date) -> InTime:
    """Whether it was filed in time. The acceptance is never earlier than the filing.

    Unknown: no day known; only an acceptance that is too late itself; a licence application filed
    more than 90 working days ahead and accepted nevertheless (the text says from 90 on).
    """
    filed, accepted = application.filed_on, application.accepted_on
    day = filed or accepted
    if day is None or regime is Regime.NONE:
        return InTime.UNKNOWN
    if regime is Regime.CERTIFICATE:
        late = day > certificate_limit(expiry)
        early = False
    else:
        ahead = working_days(day, expiry).days
        late = ahead < LEAST_WORKING_DAYS
        early = ahead > MOST_WORKING_DAYS
    if late:
        return InTime.NO if filed else InTime.UNKNOWN
    return InTime.UNKNOWN if early else InTime.YES


def timeline(permit: Permit) -> Timeline:
    """All days on which the permit is in force, deemed or undecided."""
    periods = joined(permit.periods)
    segments: list[Segment] = []
    for index, period in enumerate(periods):
        segments.append(period)
        if period.span.last is None:
            break
        following = periods[index + 1] if index + 1 < len(periods) else None
        segments.extend(_after(permit, period.span.last, following))
    return Timeline(tuple(segments))


def _after(permit: Permit, expiry: date, following: Segment | None) -> Sequence[Segment]:
    """What stands between one expiry and the next period (or for ever)."""
    until = following.span.first - ONE_DAY if following and following.span.first else None
    gap = Span(expiry + ONE_DAY, until)
    application = application_for(permit, expiry, following)
    if following is not None:
        # An approval that came after the expiry: the days before it are left open.
        entries = application.entries if application else ()
        return (Segment(gap, Standing.UNDECIDED, (*entries, *following.entries)),)
    if application is None:
        return ()
    return _undetermined(permit.regime, application, expiry, gap)


def _undetermined(
    regime: Regime, application: Application, expiry: date, gap: Span
) -> Sequence[Segment]:
    decided, entries = application.decided_on, application.entries
    if application.decision is Decision.REFUSED:
        if decided is None:
            return (Segment(gap, Standing.UNDECIDED, entries),)
        if decided <= expiry + ONE_DAY:
            return ()
        return (Segment(Span(gap.first, decided - ONE_DAY), Standing.UNDECIDED, entries),)
    if application.decision is Decision.APPROVED:
        return (Segment(gap, Standing.UNDECIDED, entries),)  # the new certificate is not on file
    match filed_in_time(regime, application, expiry):
        case InTime.YES if application.notice:
            return (Segment(gap, Standing.DEEMED, entries),)
        case InTime.NO:
            return ()
        case _:
            return (Segment(gap, Standing.UNDECIDED, entries),)


def application_for(
    permit: Permit, expiry: date, following: Segment | None = None
) -> Application | None:
    """The application that belongs to one expiry: named for it, or the last one between the
    beginning of that period and the next one."""
    until = following.span.first if following else None
    starts = [
        p.span.first
        for p in permit.periods
        if p.span.first and p.span.last and p.span.last <= expiry
    ]
    since = max(starts, default=None)
    fitting = [one for one in permit.applications if _fits(one, expiry, since, until)]
    return max(fitting, key=lambda one: (one.known_by or date.min, one.entries), default=None)


def _fits(one: Application, expiry: date, since: date | None, until: date | None) -> bool:
    if one.expiry is not None:
        return one.expiry == expiry
    if one.known_by is None:  # only its number is known: taken for the last term
        return until is None
    return (since is None or one.known_by >= since) and (until is None or one.known_by <= until)
