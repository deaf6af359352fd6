"""From a paper's records to the duties to keep it: which classes, which lots, which dates."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import replace
from typing import Final

from audit.records import KINDS
from audit.records.dates import Duration, ExpiryState
from audit.records.model import Record, RetentionClass
from audit.records.product import Device, Lot, YesNoUnknown
from audit.records.trade import Invoice
from base.clock import legal_day
from checks.evidence import Evidence, Exhibit, Hop
from checks.retention.keep import Keep, Kept, LotKept, keep_until
from checks.source import device_of
from checks.stock import MOVES
from checks.validity.papers import LOT_PAPERS, StatedExpiry, lot_expiries, lot_made

ENTRY: Final = "entry:"
"""Subjects that are one record, entered without an original: `entry:<seq>`."""

_TRAVELS: Final = ("delivery_note", "sales_record")

READS: Final = (
    Hop(tuple(sorted(KINDS))),
    Hop(_TRAVELS, role="shipment", via=("temperature_log", "transport_record", "loading_record")),
    Hop(_TRAVELS, role="delivery", via=("temperature_log", "transport_record", "loading_record")),
    Hop(tuple(dict.fromkeys((*LOT_PAPERS, *MOVES))), role="lot"),
    Hop(("device",), role="device"),
)
"""The records on the paper, the lots they name (cold-chain records: those of their shipment), and
what is known of these lots."""


def own_records(evidence: Evidence) -> tuple[Exhibit[Record], ...]:
    """The records that were read from the paper itself; of an `entry:` subject, its one record."""
    if evidence.subject.startswith(ENTRY):
        seq = int(evidence.subject.removeprefix(ENTRY))
        return tuple(exhibit for exhibit in evidence.exhibits if exhibit.seq == seq)
    sha256 = evidence.subject.removeprefix("document:")
    return tuple(exhibit for exhibit in evidence.exhibits if exhibit.document == sha256)


def paper_kept(evidence: Evidence, policy_years: int) -> Keep:
    """Until when the paper must be kept, with the entries that say so."""
    own = own_records(evidence)
    keep = keep_until([_kept(exhibit, evidence) for exhibit in own], policy_years)
    entries = {exhibit.seq for exhibit in own} | set(keep.entries)
    return replace(keep, entries=tuple(sorted(entries)))


def known_before(evidence: Evidence, seq: int) -> Evidence:
    """The same evidence as it was known before an entry."""
    return replace(evidence, exhibits=tuple(e for e in evidence.exhibits if e.seq < seq))


def _kept(exhibit: Exhibit[Record], evidence: Evidence) -> Kept:
    record = exhibit.record
    lots: Iterable[str] = exhibit.subjects.get("lot", ())
    if record.retention is RetentionClass.COLD_CHAIN and not lots:
        lots = _travelling_lots(exhibit, evidence)
    on = record.occurred_on() or legal_day(exhibit.recorded_at)
    kept = Kept(record.retention, on, tuple(_lot(lot, evidence) for lot in sorted(set(lots))))
    if not isinstance(record, Invoice):
        return kept
    booked = record.fiscal_year or (record.booked_on.year if record.booked_on else None)
    return replace(kept, booked_year=booked, tax_year=record.issued_on.year)


def _travelling_lots(exhibit: Exhibit[Record], evidence: Evidence) -> Collection[str]:
    journeys = {one for role in ("shipment", "delivery") for one in exhibit.subjects.get(role, ())}
    return {
        lot
        for other in evidence.exhibits
        if other.kind in _TRAVELS
        and any(one in journeys for role in ("shipment", "delivery")
                for one in other.subjects.get(role, ()))
        for lot in other.subjects.get("lot", ())
    }  # fmt: skip


def _lot(lot: str, evidence: Evidence) -> LotKept:
    about = Evidence(
        lot,
        tuple(e for e in evidence.exhibits if e.names("lot", lot) or _is_device(e, lot)),
    )
    stated = lot_expiries(about)
    movements = [
        day
        for exhibit in about.exhibits
        if exhibit.kind in MOVES and (day := exhibit.record.occurred_on())
    ]
    return LotKept(
        lot,
        _implantable(about),
        tuple(one.expiry for one in stated),
        _service_lives(about),
        tuple(made.span for made in lot_made(about)) if _needs_production(stated) else (),
        max(movements, default=None),
        tuple(sorted(e.seq for e in about.exhibits if e.kind in ("lot", "device"))),
    )


def _is_device(exhibit: Exhibit[Record], lot: str) -> bool:
    return exhibit.kind == "device" and exhibit.names("device", device_of(lot))


def _needs_production(stated: Iterable[StatedExpiry]) -> bool:
    return all(one.expiry.state is not ExpiryState.STATED for one in stated)


def _implantable(about: Evidence) -> YesNoUnknown:
    """Yes where any word says so; no only where every word does."""
    words = {device.record.implantable for device in about.of(Device)}
    if YesNoUnknown.YES in words:
        return YesNoUnknown.YES
    return YesNoUnknown.NO if words == {YesNoUnknown.NO} else YesNoUnknown.UNKNOWN


def _service_lives(about: Evidence) -> tuple[Duration, ...]:
    lives = [e.record.service_life for e in about.of(Lot)]
    lives += [e.record.service_life for e in about.of(Device)]
    return tuple(dict.fromkeys(life for life in lives if life))
