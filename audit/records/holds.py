"""Goods stopped from use and sale, and how that was decided."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from enum import StrEnum

from pydantic import AwareDatetime, model_validator

from audit.records.identifiers import certificate_key, device_key, lot_key, named_key, segment
from audit.records.model import (
    Operator,
    Part,
    Record,
    Ref,
    RetentionClass,
    articles,
    register,
    term,
)
from audit.records.parts import Place
from audit.records.quantities import Quantity


class HoldReason(StrEnum):
    DOUBT = "doubt"  # 质量疑问, GSP 74
    EXCURSION = "excursion"  # 温度超标
    COMPLAINT = "complaint"
    RECALL = "recall"
    STOP_SALE = "stop_sale"  # 停止经营, GSP 110
    EXPIRY = "expiry"  # GSP 76
    PAPERS = "papers"  # 资质问题
    OTHER = "other"


class HeldSubject(Part):
    """What is held: a lot or serial, else every lot of the product, else of the certificate."""

    di: str | None = term("产品标识 UDI-DI", "UDI-DI", default=None)
    registration_no: str | None = term("注册证编号", "Registration number", default=None)
    model: str | None = term("型号", "Model", default=None)
    spec: str | None = term("规格", "Specification", default=None)
    lot_no: str | None = term("生产批号", "Lot number", default=None)
    serial_no: str | None = term("序列号", "Serial number", default=None)
    whole_certificate: bool = term("该注册证全部产品", "All of the certificate", default=False)

    @model_validator(mode="after")
    def _named(self) -> HeldSubject:
        if not (self.di or self.registration_no):
            raise ValueError("a product needs a UDI-DI or a registration number")
        if self.whole_certificate and not self.registration_no:
            raise ValueError("a hold on a certificate names it")
        return self

    @property
    def key(self) -> str:
        if self.whole_certificate and self.registration_no:
            return certificate_key(self.registration_no)
        device = device_key(
            di=self.di, registration_no=self.registration_no, model=self.model, spec=self.spec
        )
        if self.lot_no or self.serial_no:
            return lot_key(device, lot_no=self.lot_no, serial_no=self.serial_no)
        return device

    def refs(self, line: int | None = None) -> Iterator[Ref]:
        yield Ref(self.key.partition(":")[0], self.key, line)


@register
class QualityHold(Record):
    """Goods are stopped from use and sale. Works at once, whoever enters it. GSP 74, 76, 87, 110.

    Identity: number of the hold.
    """

    kind = "quality_hold"
    zh, en, group = "质量锁定", "Quality hold", "goods"
    retention = RetentionClass.GOODS_IN
    affects = ("lot", "device", "certificate")
    mandatory = articles({"why": "GSP 74, 87", "placed_on": "GSP 74"})

    hold_no: str = term("锁定单号", "Number of the hold", matters=True)
    subjects: tuple[HeldSubject, ...] = term("锁定对象", "What is held")
    reason: HoldReason = term("锁定原因", "Reason", matters=True)
    why: str | None = term("原因说明", "Why, in words", default=None)
    quantity: Quantity | None = term("数量", "Quantity", unit="in `unit`", default=None)
    unit: str | None = term("单位", "Unit", default=None)
    place: Place = term("隔离位置", "Where it is kept apart", default_factory=Place)
    placed_on: date = term("锁定日期", "Held from", matters=True)
    placed_at: AwareDatetime | None = term("锁定时间", "Held from (time)", default=None)
    operator: Operator | None = term("操作人", "Operator", default=None)

    @property
    def key(self) -> str:
        return named_key("hold", self.hold_no)

    def identity(self) -> str:
        return self.key

    def refs(self) -> Iterator[Ref]:
        yield Ref("hold", self.key)
        for n, subject in enumerate(self.subjects):
            yield from subject.refs(n)
        yield from self.place.refs()

    def valid_from(self) -> date | None:
        return self.placed_on

    def occurred_on(self) -> date | None:
        return self.placed_on


class ReleaseOutcome(StrEnum):
    FREED = "freed"  # 放行
    NONCONFORMING = "nonconforming"  # 判定不合格: never frees
    RETURNED = "returned"  # 退供货者
    PARTLY_FREED = "partly_freed"


@register
class QualityRelease(Record):
    """A hold was decided: freed, or judged nonconforming. Counts only when a quality role has
    signed it. GSP 74. Identity: the hold and the release's own number or day."""

    kind = "quality_release"
    zh, en, group = "质量锁定解除", "Release of a quality hold", "goods"
    retention = RetentionClass.GOODS_IN
    frees_goods = True
    affects = ("lot", "device", "certificate")
    mandatory = articles({"why": "GSP 74", "released_on": "GSP 74"})

    hold_no: str = term("锁定单号", "Number of the hold", matters=True)
    release_no: str | None = term("解除单号", "Number of the release", default=None)
    outcome: ReleaseOutcome = term("处理结论", "Outcome", matters=True)
    subjects: tuple[HeldSubject, ...] = term(
        "解除对象", "What is released; empty: all that was held", default=()
    )
    quantity: Quantity | None = term("数量", "Quantity", unit="in `unit`", default=None)
    unit: str | None = term("单位", "Unit", default=None)
    why: str | None = term("结论依据", "On what grounds", default=None)
    released_on: date = term("解除日期", "Released on", matters=True)
    released_at: AwareDatetime | None = term("解除时间", "Released at", default=None)
    operator: Operator | None = term("操作人", "Operator", default=None)

    @property
    def key(self) -> str:
        return named_key("hold", self.hold_no)

    def identity(self) -> str:
        return f"{self.key}/{segment(self.release_no or str(self.released_on))}"

    def refs(self) -> Iterator[Ref]:
        yield Ref("hold", self.key)
        for n, subject in enumerate(self.subjects):
            yield from subject.refs(n)

    def valid_from(self) -> date | None:
        return self.released_on

    def occurred_on(self) -> date | None:
        return self.released_on
