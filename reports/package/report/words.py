"""What every chapter needs: the package's facts, what may be shown, and words in one language."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final

from audit.records import KINDS, codec
from audit.store import Store
from audit.store.state import LIVE, Snapshot
from audit.store.types import StoredRecord
from base.clock import SHANGHAI
from reports.package.export import Facts
from reports.package.model import Given
from reports.package.personal import masked


class Words:
    """Puts one package's facts into words. shown: the live records whose content is given."""

    def __init__(self, store: Store, facts: Facts, records: Mapping[int, StoredRecord]) -> None:
        self.store = store
        self.facts = facts
        self.zh = facts.request.lang == "zh"
        self.at = Snapshot(facts.selection.known_at, facts.selection.valid_at)
        self.given = {one.seq: one.payload for one in facts.selection.members}
        self.shown = {
            seq: stored
            for seq, stored in sorted(records.items())
            if stored.record is not None
            and stored.state in LIVE
            and self.given.get(seq) in (Given.GIVEN, Given.MASKED)
        }

    def t(self, zh: str, en: str) -> str:
        """The one of the two in the report's language."""
        return zh if self.zh else en

    def heads(self, zh: str, en: str) -> tuple[str, ...]:
        """Column heads, parted by bars."""
        return tuple(self.t(zh, en).split("|"))

    def name(self, kind: str) -> str:
        """What a kind of record, entry or subject is called."""
        if kind in KINDS:
            return KINDS[kind].zh if self.zh else KINDS[kind].en
        zh, en = _NAMES.get(kind, (kind, kind))
        return self.t(zh, en)

    def values(self, stored: StoredRecord) -> dict[str, Any]:
        """A record's fields as given: personal ones masked where the package masks them."""
        assert stored.record is not None
        values = codec.dump(stored.record)
        if self.given.get(stored.seq) is Given.MASKED:
            return masked(stored.kind, values)
        return values

    def term(self, stored: StoredRecord) -> str:
        """From when to when a paper is valid."""
        if stored.valid_from is None and stored.valid_until is None:
            return ""
        end = stored.valid_until or self.t("长期", "no end")
        return self.t(f"{stored.valid_from or ''} 至 {end}", f"{stored.valid_from or ''} to {end}")

    def state(self, stored: StoredRecord) -> str:
        """Whether a record counts already."""
        zh, en = _STATES.get(stored.state.value, (stored.state.value, stored.state.value))
        return self.t(zh, en)


_STATES: Final = {
    "effective": ("有效", "effective"),
    "pending": ("待确认", "pending"),
    "confirmed": ("已确认", "confirmed"),
}
_NAMES: Final = {
    "lot": ("批次", "lot"),
    "party": ("单位", "party"),
    "period": ("期间", "period"),
    "record": ("记录", "record"),
    "paper": ("单据", "paper"),
    "device": ("产品", "product"),
    "certificate": ("注册证", "certificate"),
    "licence": ("证照", "licence"),
    "temperature": ("温度", "temperature"),
    "logger": ("记录仪", "logger"),
    "sale": ("销售", "sale"),
    "letter": ("授权书", "letter"),
    "zone": ("库区", "zone"),
    "self": ("本企业", "ourselves"),
    "shipment": ("配送", "shipment"),
    "delivery": ("到货", "delivery"),
    "order": ("订单", "order"),
    "vehicle": ("车辆", "vehicle"),
    "warehouse": ("库房", "warehouse"),
    "finding.opened": ("发现登记", "finding opened"),
    "finding.changed": ("发现变化", "finding changed"),
    "finding.reopened": ("发现再现", "finding reopened"),
    "finding.acknowledged": ("发现已知悉", "finding acknowledged"),
    "finding.waived": ("发现豁免", "finding waived"),
    "finding.resolved_by_recheck": ("发现复查消除", "finding resolved by recheck"),
    "log.opened": ("账本启用", "log opened"),
    "source.added": ("来源登记", "source added"),
    "user.added": ("用户登记", "user added"),
    "user.sign_in_refused": ("登录被拒", "sign-in refused"),
    "hold.placed": ("暂停处置", "hold placed"),
    "hold.lifted": ("解除暂停处置", "hold lifted"),
    "document": ("原件", "original"),
    "entry": ("条目", "entry"),
    "original": ("原件", "original"),
    "document.received": ("原件收到", "original received"),
    "document.read": ("原件读取", "original read"),
    "document.quarantined": ("原件待处理", "original put aside"),
    "document.released": ("待处理解除", "original taken up again"),
    "document.rejected": ("原件不采用", "original not used"),
    "document.disposed": ("原件处置", "original disposed of"),
    "document.integrity": ("原件自身签名核对", "original's own signature checked"),
    "document.fixity": ("原件校验", "original re-hashed"),
    "identity.linked": ("标识关联", "identifiers linked"),
    "identity.unlinked": ("标识解除关联", "identifiers unlinked"),
    "confirmed": ("确认签字", "confirmation signed"),
    "refused": ("不予确认", "refused"),
    "lines": ("明细续条", "lines of a paper"),
    "user.signed_in": ("登录", "sign-in"),
    "check.run": ("检查运行", "check run"),
    "stream.heads": ("流首图", "map of stream heads"),
    "package.cut": ("检查包截取", "package cut"),
    "package.exported": ("检查包导出", "package exported"),
    "erasure": ("删除", "erasure"),
    "policy.set": ("政策设定", "policy set"),
}


def moment(at: datetime) -> str:
    """A moment on the clock in China, to the minute."""
    return f"{at.astimezone(SHANGHAI):%Y-%m-%d %H:%M}"


def lot_no(of: Any) -> str:
    """The lot or serial number in a line's fields, or in a lot's identifier."""
    if isinstance(of, dict):
        return str(of.get("lot_no") or of.get("serial_no") or "")
    return str(of).rsplit("/", 1)[-1].removeprefix("SN:")
