"""Codes of other systems, and approvals bound to what was approved."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from enum import StrEnum

from pydantic import AwareDatetime, Field, model_validator

from audit.records.identifiers import escape, named_key
from audit.records.model import Operator, Record, Ref, RetentionClass, articles, register, term
from audit.records.product import ApprovalOutcome


class CodeSystem(StrEnum):
    ERP = "erp"
    WMS = "wms"
    HOSPITAL = "hospital"  # a hospital's own item codes
    INSURANCE = "insurance"  # 医保医用耗材编码
    PROCUREMENT = "procurement"  # 集采/挂网平台
    DISEASE = "disease"
    DRG = "drg"
    CUSTOMS = "customs"
    OTHER = "other"


@register
class ExternalCode(Record):
    """A code of another system stands for a subject of ours, for some time.

    Identity: system (and whose), type, code and first day.
    """

    kind = "external_code"
    zh, en, group = "外部编码对照", "External code", "codes"
    master_data = True
    affects = ("device", "party", "warehouse")

    system: CodeSystem = term("系统", "System", matters=True)
    owner: str | None = term("编码所有者", "Whose system", default=None)
    type: str = term("编码类型", "Type of code", matters=True)
    code: str = term("编码", "Code", matters=True)
    subject: str = term("对应对象", "Subject (stream key)", matters=True)
    name: str | None = term("名称", "Name over there", default=None)
    valid_on: date | None = term("生效日期", "Valid from", default=None, matters=True)
    valid_to: date | None = term("失效日期", "Valid until", default=None, matters=True)

    @model_validator(mode="after")
    def _in_order(self) -> ExternalCode:
        if self.valid_on and self.valid_to and self.valid_on > self.valid_to:
            raise ValueError("a code ends before it begins")
        if ":" not in self.subject:
            raise ValueError("the subject is a stream key like device:di:…")
        return self

    @property
    def key(self) -> str:
        system = f"code:{self.system.value}"
        return named_key(system, self.owner or "", self.type, self.code)

    def identity(self) -> str:
        return f"{self.key}@{self.valid_on or ''}"

    def refs(self) -> Iterator[Ref]:
        yield Ref("code", self.key)
        yield Ref("subject", self.subject)

    def valid_from(self) -> date | None:
        return self.valid_on

    def valid_until(self) -> date | None:
        return self.valid_to

    def occurred_on(self) -> date | None:
        return self.valid_on


@register
class Approval(Record):
    """One kind for every approval: orders, contracts, prices, procedures, disposals, waivers.

    Bound to the digest of what was approved (`audit.records.codec.digest`, or a document's
    SHA-256): a later change of the content leaves the approval behind. Identity: digest, purpose
    and step; who approved is personal and no part of it.
    """

    kind = "approval"
    zh, en, group = "审批", "Approval", "trade"
    retention = RetentionClass.OTHER
    affects = ("order", "party", "device", "document")
    mandatory = articles({"approver": "GSP 51"})

    purpose: str = term("审批事项", "What for", matters=True)
    subject_kind: str = term("对象种类", "Kind of what is approved")
    subject_identity: str = term("对象标识", "Identity of what is approved")
    subject_streams: tuple[str, ...] = term("相关对象", "Stream keys it concerns", default=())
    digest: str = Field(
        pattern=r"^[0-9a-f]{64}$",
        title="内容摘要",
        json_schema_extra={
            "zh": "内容摘要",
            "en": "SHA-256 of what is approved",
            "personal": False,
            "matters": True,
        },
    )
    step: str = term("审批步骤", "Step", default="1")
    outcome: ApprovalOutcome = term("审批结论", "Outcome", matters=True)
    approver: Operator | None = term("审批人", "Approver", default=None)
    role: str | None = term("审批角色", "Role of the approver", default=None)
    approved_on: date = term("审批日期", "Approved on", matters=True)
    approved_at: AwareDatetime | None = term("审批时间", "Approved at", default=None)
    comment: str | None = term("审批意见", "Comment", default=None)

    def identity(self) -> str:
        return f"{self.digest}/{self.purpose}/{self.step}"

    def refs(self) -> Iterator[Ref]:
        yield Ref("approval", f"approval:{self.subject_kind}/{escape(self.subject_identity)}")
        for stream in self.subject_streams:
            yield Ref("subject", stream)

    def occurred_on(self) -> date | None:
        return self.approved_on
