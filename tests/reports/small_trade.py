"""A journal on a real SQLite file with a small trade: one lot bought, stored, sold, delivered."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import numpy as np
import pytest
from sqlalchemy import create_engine

from audit.documents import LocalDocuments
from audit.journal import DocumentRead, Journal, ReceiptSource, Signature
from audit.ledger import Signer, create_key, load_signer
from audit.records import Operator, Origin, Record, RecordDraft, readings
from audit.records.certificates import CertificatePaper, Period, RegistrationCertificate
from audit.records.cold_chain import LogForm, TemperatureLog
from audit.records.goods import Conclusion, GoodsInInspection, PutAway, TransportMode
from audit.records.licences import LicencePaper, OperatingLicence
from audit.records.outbound import (
    AcceptanceLine,
    CustomerAcceptance,
    OutboundCheck,
    TransportRecord,
)
from audit.records.parties import Party, PartyRole
from audit.records.parts import LotQuantity, NamedParty, Place
from audit.records.product import Device
from audit.records.quantities import TemperatureRange
from audit.records.sales import SalesRecord
from audit.records.trade import OrderLine, PurchaseOrder
from base.clock import FixedClock

ORIGIN = "trail.example/acme/log/1"
DI = "06901234567892"
REGISTRATION = "国械注准20203400123"
SUPPLIER = NamedParty(name="江苏某某生物科技有限公司", address="苏州市某路 1 号", contact="王五")
HOSPITAL = NamedParty(name="上海市第某人民医院", address="上海市某路 9 号")
SELF = NamedParty(name="上海某某医疗器械有限公司")
LOT = f"lot:di:{DI}/A1B2"
DEPARTED = datetime(2026, 3, 2, 0, 0, tzinfo=UTC)


@dataclass
class House:
    """A journal, the signer of its log, its clock and its folder."""

    journal: Journal
    signer: Signer
    clock: FixedClock
    folder: Path

    def paper(
        self, name: str, body: bytes, *records: Record, chunks: dict[str, bytes] | None = None
    ) -> list[int]:
        """An original comes in and is read."""
        self.clock.at += timedelta(minutes=1)
        receipt = self.journal.receive(
            "clerk", body, file_name=name, media_type="application/pdf",
            source=ReceiptSource("folder", "in", name),
        )  # fmt: skip
        drafts = [RecordDraft(record, receipt.sha256) for record in records]
        read = DocumentRead(receipt.sha256, "pdf/1", "manual/1", records[0].kind)
        written = self.journal.append_records("clerk", drafts, read=read, readings=chunks)
        return [one.seq for one in written]

    def confirm(self, *seqs: int) -> None:
        signature = Signature("quality", "质量负责人", "核对无误", "password")
        self.journal.confirm(signature, seqs)


def goods(lot: str = "A1B2", quantity: int = 20) -> dict[str, object]:
    return {
        "name": "人绒毛膜促性腺激素检测试剂盒", "model": "XL-10", "registration_no": REGISTRATION,
        "registrant": SUPPLIER.name, "di": DI, "lot_no": lot, "quantity": Decimal(quantity),
        "unit": "盒",
    }  # fmt: skip


def temperatures() -> tuple[TemperatureLog, dict[str, bytes]]:
    times = np.arange(0, 12 * 3600, 300, dtype=np.int64) + int(DEPARTED.timestamp())
    values = np.full(len(times), 480, np.int16)
    values[60:72] = 1_040
    keep = (np.arange(len(times)) < 90) | (np.arange(len(times)) > 102)
    times, values = times[keep], values[keep]
    chunks = {chunk.sha256: chunk.data for chunk in readings.pack(times, values)}
    log = TemperatureLog(
        form=LogForm.SERIES, logger="SN4411", zone="Asia/Shanghai", interval_seconds=300,
        count=len(times), first=datetime.fromtimestamp(int(times[0]), UTC),
        last=datetime.fromtimestamp(int(times[-1]), UTC), min=Decimal("4.8"), max=Decimal("10.4"),
        limit_low=Decimal(0), limit_high=Decimal(12), chunks=tuple(chunks),
        place=Place(shipment_no="SX-0302", vehicle="沪A12345"),
    )  # fmt: skip
    return log, chunks


def trade(house: House) -> None:
    """What the company recorded."""
    me = Operator(name="赵六", origin=Origin.LOGIN)
    house.paper("本企业.pdf", b"%PDF self", Party(name=SELF.name, roles=(PartyRole.SELF,)))
    own = house.paper("许可证.pdf", b"%PDF licence", licence("沪浦药监械经营许20210456号", SELF))
    theirs = house.paper("供方.pdf", b"%PDF theirs", licence("苏药监械经营许20220033号", SUPPLIER))
    house.confirm(*own, *theirs)
    certificate = house.paper("注册证.pdf", b"%PDF certificate", certificate_record())
    house.confirm(*certificate)
    house.confirm(*house.paper("产品.xlsx", b"product", device()))
    line = OrderLine(**{k: v for k, v in goods(quantity=200).items() if k != "lot_no"},
                     unit_price=Decimal("35.5"), amount=Decimal(7100))  # fmt: skip
    house.paper(
        "采购订单.pdf",
        b"%PDF order",
        PurchaseOrder(
            order_no="PO-2026-0188", supplier=SUPPLIER, ordered_on=date(2026, 2, 20), lines=(line,)
        ),
    )
    house.paper(
        "验收.csv",
        b"inspection",
        GoodsInInspection(
            **goods(quantity=200),
            record_no="YS-03",
            line_no="1",
            supplier=SUPPLIER,
            inspected_on=date(2026, 2, 26),
            conclusion=Conclusion.ACCEPTED,
            accepted_quantity=Decimal(200),
            inspector=me,
            order_no="PO-2026-0188",
        ),
    )
    house.paper(
        "入库.csv",
        b"put away",
        PutAway(
            **goods(quantity=200),
            record_no="RK-1",
            put_away_on=date(2026, 2, 26),
            place=Place(warehouse="冷库 1 号", zone="A"),
        ),
    )
    house.paper(
        "别的批.csv",
        b"another lot",
        PutAway(**goods("ZZ9", 5), record_no="RK-2", put_away_on=date(2026, 2, 27)),
    )
    house.paper(
        "销售.csv",
        b"sale",
        SalesRecord(
            **goods(),
            record_no="XS-1",
            sold_on=date(2026, 3, 1),
            buyer=HOSPITAL,
            order_no="SO-0310",
            delivery_note_no="SX-0302",
            salesperson="孙七",
            unit_price=Decimal(80),
            amount=Decimal(1600),
        ),
    )
    house.paper(
        "出库.csv",
        b"outbound",
        OutboundCheck(
            **goods(),
            record_no="CK-11",
            buyer=HOSPITAL,
            checked_on=date(2026, 3, 2),
            operator=me,
            delivery_note_no="SX-0302",
        ),
    )
    house.paper(
        "运输.csv",
        b"transport",
        TransportRecord(
            record_no="YD-7730018",
            delivery_note_nos=("SX-0302",),
            consignee=HOSPITAL,
            mode=TransportMode.REFRIGERATED_VEHICLE,
            plate="沪A12345",
            loggers=("SN4411",),
            shipped_on=date(2026, 3, 2),
            departed_at=DEPARTED - timedelta(minutes=30),
            arrived_at=DEPARTED + timedelta(hours=12),
            lines=(LotQuantity(**goods()),),
        ),
    )
    log, chunks = temperatures()
    house.paper("温度.txt", b"temperatures", log, chunks=chunks)
    house.paper("签收.pdf", b"%PDF accepted", acceptance())


def licence(number: str, holder: NamedParty) -> OperatingLicence:
    return OperatingLicence(
        number=number, paper=LicencePaper.ISSUED, issued_on=date(2021, 9, 15), holder=holder,
        valid_to=date(2026, 9, 14), scope_text="Ⅲ类：6840 体外诊断试剂",
        legal_representative="钱一",
    )  # fmt: skip


def certificate_record() -> RegistrationCertificate:
    return RegistrationCertificate(
        registration_no=REGISTRATION, paper=CertificatePaper.INITIAL, registrant=SUPPLIER,
        name="人绒毛膜促性腺激素检测试剂盒", models=("XL-10",),
        periods=(Period(valid_from=date(2020, 5, 18), valid_until=date(2030, 5, 17)),),
    )  # fmt: skip


def device() -> Device:
    """Kept at 2~8 °C by its label; the logger was set to other limits."""
    label = TemperatureRange(low=Decimal(2), high=Decimal(8), written="2~8℃")
    return Device(name="人绒毛膜促性腺激素检测试剂盒", model="XL-10", di=DI,
                  registration_no=REGISTRATION, storage=label, cold_chain=True)  # fmt: skip


def acceptance() -> CustomerAcceptance:
    return CustomerAcceptance(
        delivery_note_no="SX-0302", customer=HOSPITAL, accepted_on=date(2026, 3, 2),
        accepted_at=DEPARTED + timedelta(hours=13), signed_by="周八",
        lines=(AcceptanceLine(**goods(), accepted_quantity=Decimal(20)),),
    )  # fmt: skip


def trade_on(url: str, folder: Path) -> House:
    """The trade, recorded in a database of its own. The caller closes the journal."""
    clock = FixedClock(datetime(2026, 3, 4, 2, 0, tzinfo=UTC))
    signer = create_key(folder / "keys", ORIGIN, "secret")
    journal = Journal.create(
        create_engine(url), LocalDocuments(folder / "originals"), origin=ORIGIN, signer=signer,
        key_dir=folder / "keys", actor="system", clock=clock,
    )  # fmt: skip
    house = House(journal, signer, clock, folder)
    trade(house)
    return house


@pytest.fixture(scope="session")
def traded(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, datetime]:
    """The trade, recorded once; every test works on its own copy."""
    folder = tmp_path_factory.mktemp("traded")
    house = trade_on(f"sqlite:///{folder / 'trail.db'}", folder)
    house.journal.close()
    house.journal.log.engine.dispose()
    return folder, house.clock.at


@pytest.fixture
def house(traded: tuple[Path, datetime], tmp_path: Path) -> Iterator[House]:
    folder = tmp_path / "house"
    shutil.copytree(traded[0], folder)
    clock = FixedClock(traded[1])
    signer = load_signer(folder / "keys", "secret")
    engine = create_engine(f"sqlite:///{folder / 'trail.db'}")
    journal = Journal.open(
        engine, LocalDocuments(folder / "originals"), signer=signer, key_dir=folder / "keys",
        clock=clock,
    )  # fmt: skip
    yield House(journal, signer, clock, folder)
    journal.close()
    engine.dispose()
