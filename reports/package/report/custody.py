"""Each lot's way through the house, step by step."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from audit.store.types import StoredRecord
from reports.package.report.words import Words, lot_no
from reports.package.request import ByLot
from reports.pdf.model import Section, Table

_STAGES: Final = (
    "opening_balance",
    "purchase_order",
    "receipt",
    "goods_in_inspection",
    "put_away",
    "stock_movement",
    "quality_hold",
    "quality_release",
    "sales_record",
    "outbound_check",
    "transport_record",
    "customer_acceptance",
    "return_record",
    "nonconforming_record",
    "disposal_record",
    "recall",
    "stop_sale",
)
_IN_HOUSE: Final = ("opening_balance", "put_away", "stock_movement", "quality_hold")
Goods = frozenset[str]
LOTS: Final = 200
"""Lots whose custody is printed; the registers hold all."""


def custody(w: Words) -> Section:
    """Each lot's records in the order of its way."""
    lots: dict[str, list[StoredRecord]] = {}
    wanted = _wanted_lots(w)
    for stored in w.shown.values():
        if stored.kind in _STAGES:
            for lot in stored.subjects.get("lot", ()):
                if wanted is None or lot in wanted:
                    lots.setdefault(lot, []).append(stored)
    orders = [r for r in w.shown.values() if r.kind == "purchase_order"]
    tables = []
    for lot, records in sorted(lots.items())[:LOTS]:
        numbers = {o for r in records for o in r.subjects.get("order", ())}
        bought = [r for r in orders if set(r.subjects.get("order", ())) & numbers]
        found = {r.seq: r for r in [*bought, *records]}
        ordered = sorted(
            found.values(),
            key=lambda r: (r.occurred_on or r.recorded_at.date(), _STAGES.index(r.kind), r.seq),
        )
        goods = frozenset(one for r in records for one in _goods(w.values(r)))
        tables.append(
            Table(
                _lot_title(w, lot, ordered),
                w.heads(
                    "环节|日期|单号|数量|对方或位置|条目",
                    "Step|Date|Number|Quantity|Counterpart or place|Entry",
                ),
                ("30mm", "20mm", "2fr", "20mm", "3fr", "13mm"),
                tuple(_step(w, r, lot, goods) for r in ordered),
                mono=(2, 5),
            )
        )
    text = []
    if len(lots) > LOTS:
        text.append(
            w.t(
                f"共 {len(lots):,} 个批次，此处列前 {LOTS} 个，其余见台账。",
                f"{len(lots):,} lots; the first {LOTS} are shown, the registers hold all.",
            )
        )
    if not tables:
        text.append(w.t("范围内没有货物记录。", "No goods records within the scope."))
    return Section(w.t("批次流转", "Chain of custody"), tuple(text), tuple(tables))


def _wanted_lots(w: Words) -> set[str] | None:
    if isinstance(w.facts.request.selector, ByLot):
        return {w.store.subject(w.at, w.facts.request.selector.lot)}
    return None


def _lot_title(w: Words, lot: str, records: Sequence[StoredRecord]) -> str:
    names = (w.values(r).get("name") for r in records)
    name = next((str(name) for name in names if name), "")
    return f"{w.t('批次', 'Lot')} {lot_no(lot)}　{name}（{lot.removeprefix('lot:')}）"


def _step(w: Words, stored: StoredRecord, lot: str, goods: Goods) -> tuple[str, ...]:
    record: Any = w.values(stored)
    number = next(
        (str(record[n]) for n in ("record_no", "order_no", "delivery_note_no") if record.get(n)),
        "",
    )
    return (
        w.name(stored.kind),
        str(stored.occurred_on or ""),
        number,
        _amount(stored.kind, record, lot, goods),
        _whom(stored.kind, record),
        str(stored.seq),
    )


def _amount(kind: str, record: Any, lot: str, goods: Goods) -> str:
    """How much of this lot; of an order, how much of its product."""
    said = record
    if "lines" in record and not record.get("quantity"):
        mine = [
            line
            for line in record["lines"]
            if (goods & _goods(line) if kind == "purchase_order" else lot_no(line) == lot_no(lot))
        ]
        said = mine[0] if len(mine) == 1 else {}
    return f"{said.get('quantity', '')} {said.get('unit', '')}".strip()


def _goods(record: Any) -> Goods:
    """What tells a product: its DI, or its registration with the model."""
    names = {str(record["di"])} if record.get("di") else set()
    if record.get("registration_no"):
        model = record.get("model") or record.get("spec") or ""
        names.add(f"{record['registration_no']} {model}")
    return frozenset(names)


def _whom(kind: str, record: Any) -> str:
    """The counterpart of a deal; the place of a put-away; from where to where of a movement."""
    places = [_place(record.get(name)) for name in ("place_from", "place_to", "place")]
    if kind in _IN_HOUSE and any(places):
        return " → ".join(filter(None, places))
    other = next(
        (
            str(record[name]["name"])
            for name in ("supplier", "buyer", "customer", "consignee", "party")
            if isinstance(record.get(name), dict)
        ),
        "",
    )
    if kind == "transport_record":
        carrier = record.get("carrier", {}).get("name") or record.get("plate", "")
        return f"{carrier} → {other}" if carrier else other
    return other or " → ".join(filter(None, places))


def _place(place: Any) -> str:
    if not isinstance(place, dict):
        return ""
    return " ".join(str(place[n]) for n in ("warehouse", "zone", "bin") if place.get(n))
