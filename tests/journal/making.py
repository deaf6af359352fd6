"""A journal on a fresh database, and papers to put into it."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from decimal import Decimal
from pathlib import Path

from sqlalchemy import Engine

from audit.documents import LocalDocuments
from audit.journal import DocumentRead, Journal, Receipt, ReceiptSource, Signature
from audit.ledger import KeySigner
from audit.records import Record, RecordDraft
from audit.records.holds import QualityRelease
from audit.records.parties import Party
from audit.records.parts import NamedParty
from audit.records.product import Device, Lot, LotSource
from audit.records.sales import SalesRecord
from audit.store import Snapshot
from base.clock import Clock, FixedClock, parse_rfc3339

ORIGIN = "example.org/store-tests/log/1"
DAY = date(2026, 3, 1)
DI = "06901234567892"
NUMBER = "国械注准20203140123"
CLERK, QUALITY, HEAD = "user:clerk", "user:quality", "user:head"


class TickingClock(FixedClock):
    """Goes on by a second at every look, so that entries are told apart by their times."""

    def now(self) -> datetime:
        self.at += timedelta(seconds=1)
        return self.at


def ticking() -> TickingClock:
    return TickingClock(parse_rfc3339("2026-03-01T01:00:00.000000Z"))


def new_journal(engine: Engine, folder: Path, clock: Clock | None = None) -> Journal:
    return Journal.create(
        engine,
        LocalDocuments(folder / "originals"),
        origin=ORIGIN,
        signer=KeySigner.generate(ORIGIN),
        key_dir=folder / "keys",
        actor="user:admin",
        clock=clock or ticking(),
    )


def now(journal: Journal) -> Snapshot:
    return journal.store.snapshot(DAY)


def paper(journal: Journal, content: bytes = b"a paper", ref: str = "") -> Receipt:
    return journal.receive(
        "source:folder",
        content,
        file_name="paper.pdf",
        media_type="application/pdf",
        source=ReceiptSource("folder", "inbox", ref),
    )


def read_of(receipt: Receipt, kind: str = "mixed") -> DocumentRead:
    return DocumentRead(receipt.sha256, "pdf/1", "test/1", kind)


def signed(actor: str = QUALITY, reason: str | None = None) -> Signature:
    return Signature(actor, "李质管", "确认与原件一致", "password", reason)


def device(name: str = "一次性使用无菌导管", **changes: object) -> Device:
    values: dict[str, object] = {
        "name": name,
        "di": DI,
        "registration_no": NUMBER,
        "model": "XL-10",
        **changes,
    }
    return Device.model_validate(values)


def lot_by_di(lot_no: str = "A1", source: LotSource = LotSource.LABEL) -> Lot:
    return Lot(di=DI, lot_no=lot_no, source=source)


def lot_by_number(lot_no: str = "A1", source: LotSource = LotSource.SYSTEM) -> Lot:
    return Lot(registration_no=NUMBER, model="XL-10", lot_no=lot_no, source=source)


def sale(no: str = "XS1", *, quantity: int = 10, lot_no: str = "A1", **changes: object) -> Record:
    values: dict[str, object] = {
        "record_no": no,
        "sold_on": DAY,
        "name": "一次性使用无菌导管",
        "model": "XL-10",
        "registration_no": NUMBER,
        "lot_no": lot_no,
        "quantity": Decimal(quantity),
        "unit": "支",
        "buyer": NamedParty(name="第一医院"),
        **changes,
    }
    return SalesRecord.model_validate(values)


def draft(record: Record, receipt: Receipt | None = None) -> RecordDraft:
    return RecordDraft(record, receipt.sha256 if receipt else None, parser="test/1")


__all__ = [
    "CLERK",
    "DAY",
    "DI",
    "HEAD",
    "NUMBER",
    "ORIGIN",
    "QUALITY",
    "Party",
    "QualityRelease",
    "TickingClock",
    "device",
    "draft",
    "lot_by_di",
    "lot_by_number",
    "new_journal",
    "now",
    "paper",
    "read_of",
    "sale",
    "signed",
    "ticking",
]
