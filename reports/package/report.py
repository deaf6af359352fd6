"""What the report of a package says: from its selection and records to pages and sheets.

`inspection_files` makes the derived files of a package: report (in volumes), findings volume when
released, registers. They repeat the evidence for readers; the evidence itself lies beside them.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any, Final

from audit.journal import Journal
from audit.records import KINDS, codec
from audit.store import Store
from audit.store.state import LIVE, Snapshot
from audit.store.types import StoredFinding, StoredRecord
from base.clock import SHANGHAI
from reports.package.cold import cold_chain
from reports.package.export import Facts
from reports.package.model import Given
from reports.package.personal import masked
from reports.package.request import ByLot, ByParty, ByPeriod
from reports.package.write import Extra
from reports.pdf.model import Pair, Report, Seal, Section, Table, volumes
from reports.pdf.render import render
from reports.registers import RegisterRow, write_registers

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
_LICENCES: Final = (
    "business_licence",
    "operating_licence",
    "class_ii_filing",
    "production_licence",
    "institution_licence",
    "institution_filing",
    "authorisation_letter",
    "party_approval",
)
_PURPOSES: Final = {
    "inspection": ("监督检查", "inspection by an authority"),
    "due_diligence": ("尽职调查", "due diligence"),
    "self_inspection": ("自查", "self-inspection"),
}
LOTS: Final = 200
"""Lots whose custody is printed; the registers hold all."""


def inspection_files(journal: Journal) -> Callable[[Facts, Path], Sequence[Extra]]:
    """The maker of a package's derived files, reading through `journal`."""

    def make(facts: Facts, folder: Path) -> Sequence[Extra]:
        return list(_files(journal.store, facts, folder))

    return make


def _files(store: Store, facts: Facts, folder: Path) -> Iterator[Extra]:
    records = facts.load()
    for name, report in (
        ("report", Writing(store, facts, records).report()),
        ("findings", Writing(store, facts, records).findings() if facts.request.findings else None),
    ):
        parts = volumes(report) if report is not None else []
        for number, part in enumerate(parts, 1):
            file = f"{name}.pdf" if len(parts) == 1 else f"{name}-{number}.pdf"
            (folder / file).write_bytes(render(part, made_at=facts.cut_at))
            yield Extra(file, folder / file)
    given = {one.seq: one.payload for one in facts.selection.members}
    rows = []
    for seq, stored in sorted(records.items()):
        if stored.record is None or stored.state not in LIVE:
            continue
        if given.get(seq) not in (Given.GIVEN, Given.MASKED):
            continue
        values = codec.dump(stored.record)
        if given[seq] is Given.MASKED:
            values = masked(stored.kind, values)
        rows.append(RegisterRow(seq, stored.kind, values))
    path = folder / "registers.xlsx"
    write_registers(path, rows, lang=facts.request.lang, made_at=facts.cut_at, title=facts.package)
    yield Extra("registers.xlsx", path)


class Writing:
    """Puts one package's facts into words, in one language."""

    def __init__(self, store: Store, facts: Facts, records: Mapping[int, StoredRecord]) -> None:
        self._store = store
        self._facts = facts
        self._zh = facts.request.lang == "zh"
        self._at = Snapshot(facts.selection.known_at, facts.selection.valid_at)
        self._given = {one.seq: one.payload for one in facts.selection.members}
        self._shown = {
            seq: stored
            for seq, stored in sorted(records.items())
            if stored.record is not None
            and stored.state in LIVE
            and self._given.get(seq) in (Given.GIVEN, Given.MASKED)
        }

    def _t(self, zh: str, en: str) -> str:
        return zh if self._zh else en

    # The volumes

    def report(self) -> Report:
        """The report: scope, completeness, custody, papers, cold chain, list of evidence."""
        sections = [self._scope(), self._completeness(), self._custody(), self._papers()]
        cold = self._cold()
        return self._bound(
            self._title(),
            [*sections, *([cold] if cold else []), self._evidence()],
            self._t(
                "本册由系统自账本生成。所列条目、内容与原件均在同一检查包内，可用核验程序独立验证。",
                "Made by the system from the ledger. Entries, contents and originals named here "
                "lie in the same package and can be verified independently.",
            ),
        )

    def findings(self) -> Report:
        """The findings volume, released apart."""
        subjects = {s for r in self._shown.values() for ids in r.subjects.values() for s in ids}
        found = self._store.findings(self._at, subjects=sorted(subjects)) if subjects else []
        rows = tuple(self._finding(one) for one in found)
        heads = self._t(
            "规则|对象|状态|应为|实为|发现条目", "Rule|Subject|Status|Expected|Found|Entry"
        )
        table = Table(
            "",
            tuple(heads.split("|")),
            ("28mm", "2fr", "18mm", "2fr", "2fr", "14mm"),
            rows,
            mono=(5,),
            empty=self._t("范围内没有检查发现。", "No findings within the scope."),
        )
        section = Section(self._t("检查发现", "Findings"), (), (table,))
        return self._bound(
            self._t("检查发现（另册）", "Findings (separate volume)"),
            [section],
            self._t(
                "本册经质量负责人签发后随检查包提供。",
                "This volume is provided once released by the head of quality.",
            ),
        )

    def _bound(self, title: str, sections: list[Section], statement: str) -> Report:
        facts, request = self._facts, self._facts.request
        said = [
            Pair(self._t("检查对象", "Subject"), self._subject()),
            Pair(self._t("用途", "Purpose"), self._t(*_PURPOSES[request.purpose.value])),
        ]
        if request.asked_by:
            said.append(Pair(self._t("请求方", "Asked by"), request.asked_by))
        if request.reference:
            said.append(Pair(self._t("文号", "Reference"), request.reference))
        said += [
            Pair(
                self._t("截至", "As known"),
                self._t(
                    f"账本第 {self._at.known_at:,} 条之前；事实日期 {self._at.valid_at}",
                    f"before entry {self._at.known_at:,}; facts as of {self._at.valid_at}",
                ),
            ),
            Pair(
                self._t("内容", "Holds"),
                self._t(
                    f"条目 {len(facts.selection.members):,} 条，"
                    f"原件 {sum(d.given for d in facts.selection.documents):,} 份",
                    f"{len(facts.selection.members):,} entries, "
                    f"{sum(d.given for d in facts.selection.documents):,} originals",
                ),
            ),
        ]
        ledger = (
            Pair(self._t("账本", "Log"), facts.origin, True),
            Pair(
                self._t("检查点", "Checkpoint"),
                self._t(f"{facts.checkpoint_size:,} 条", f"{facts.checkpoint_size:,} entries"),
            ),
            Pair(self._t("根", "Root"), facts.root.hex(), True),
            Pair(self._t("密钥指纹", "Key fingerprint"), facts.fingerprint, True),
            Pair(
                self._t("截取条目", "Cut"),
                self._t(
                    f"第 {facts.cut.seq:,} 条，{_moment(facts.cut_at)}",
                    f"entry {facts.cut.seq:,}, {_moment(facts.cut_at)}",
                ),
            ),
        )
        return Report(
            lang=request.lang,
            title=title,
            subtitle=self._t("医疗器械经营质量管理证据", "Evidence of medical device distribution"),
            company=self._company(),
            number=facts.package,
            cover=tuple(said),
            ledger=ledger,
            fingerprint=facts.fingerprint,
            sections=tuple(sections),
            seal=Seal(statement),
            date=_moment(facts.cut_at)[:10],
        )

    # The chapters

    def _scope(self) -> Section:
        facts = self._facts
        yes, no = self._t("完整", "whole"), self._t("所及", "as reached")
        steps = tuple(
            (
                self._name(step.start),
                self._name(step.end),
                self._t(step.zh, step.en),
                str(step.depth),
                yes if step.whole else no,
            )
            for step in facts.selection.walk
        )
        kinds = Counter(one.kind for one in facts.selection.members)
        given = Counter(
            one.kind
            for one in facts.selection.members
            if one.payload in (Given.GIVEN, Given.NONE, Given.MASKED)
        )
        return Section(
            self._t("范围与选取", "Scope and selection"),
            (
                self._t(
                    "按下列路径自所选对象出发逐层收集。路径、成员与未提供的内容由截取条目固定，"
                    "事后不能更改。",
                    "Collected step by step along this walk from the selected subject. The walk, "
                    "the members and what is not given are fixed by the cut entry.",
                ),
            ),
            (
                Table(
                    self._t("选取路径", "Walk"),
                    self._heads("自|至|所取|深度|范围", "From|To|What is taken|Depth|Extent"),
                    ("20mm", "22mm", "1fr", "12mm", "20mm"),
                    steps,
                ),
                Table(
                    self._t("包内条目", "Entries in the package"),
                    self._heads("种类|代码|条目数|提供内容", "Kind|Code|Entries|Contents given"),
                    ("1fr", "1fr", "22mm", "24mm"),
                    tuple(
                        (
                            self._name(kind.removeprefix("record.")),
                            kind,
                            f"{count:,}",
                            f"{given[kind]:,}",
                        )
                        for kind, count in sorted(kinds.items())
                    ),
                ),
                Table(
                    self._t("未提供（仅有承诺）", "Not given (commitments only)"),
                    self._heads("种类|数量|原因", "Kind|Count|Why"),
                    ("1fr", "20mm", "2fr"),
                    tuple(
                        (
                            self._name(one.kind.removeprefix("record.")),
                            f"{one.count:,}",
                            self._t(one.zh, one.en),
                        )
                        for one in facts.selection.left_out
                    ),
                ),
            ),
        )

    def _completeness(self) -> Section:
        selection = self._facts.selection
        text = []
        if selection.range is not None:
            start, end = selection.range
            text.append(
                self._t(
                    f"账本第 {start:,} 条至第 {end - 1:,} 条全部在包内，逐条相连，中间没有遗漏。",
                    f"Every entry from {start:,} to {end - 1:,} is here, each linked to the one "
                    "before; none between is missing.",
                )
            )
        if selection.whole:
            text.append(
                self._t(
                    f"{len(selection.whole):,} 条流完整：自第 0 号起每一号都在包内，"
                    f"末号与第 {self._heads_seq():,} 条流首图一致。",
                    f"{len(selection.whole):,} streams are whole: every number from 0 is here, the "
                    f"last agrees with the map of heads in entry {self._heads_seq():,}.",
                )
            )
        text.append(
            self._t(
                "账本证明：登记之后未改、未删、未抽换。从未登记的事，账本不能证明；"
                "须以编号连续、税务开票清单与库存平衡三项核对。",
                "The ledger proves that nothing was changed, deleted or exchanged after it was "
                "recorded. What was never recorded it cannot prove: number series, the tax "
                "bureau's invoice list and the stock balance are compared for that.",
            )
        )
        rows = tuple((name,) for name in selection.whole)
        table = Table(
            self._t("完整的流", "Whole streams"),
            (self._t("流", "Stream"),),
            ("1fr",),
            rows,
            mono=(0,),
        )
        return Section(self._t("完整性", "Completeness"), tuple(text), (table,) if rows else ())

    def _heads_seq(self) -> int:
        return self._facts.selection.known_at

    def _custody(self) -> Section:
        lots: dict[str, list[StoredRecord]] = {}
        wanted = self._wanted_lots()
        for stored in self._shown.values():
            if stored.kind in _STAGES:
                for lot in stored.subjects.get("lot", ()):
                    if wanted is None or lot in wanted:
                        lots.setdefault(lot, []).append(stored)
        orders = [r for r in self._shown.values() if r.kind == "purchase_order"]
        tables = []
        for lot, records in sorted(lots.items())[:LOTS]:
            numbers = {o for r in records for o in r.subjects.get("order", ())}
            bought = [r for r in orders if set(r.subjects.get("order", ())) & numbers]
            found = {r.seq: r for r in [*bought, *records]}
            ordered = sorted(
                found.values(),
                key=lambda r: (r.occurred_on or r.recorded_at.date(), _STAGES.index(r.kind), r.seq),
            )
            tables.append(
                Table(
                    self._lot_title(lot, ordered),
                    self._heads(
                        "环节|日期|单号|数量|对方或位置|条目",
                        "Step|Date|Number|Quantity|Counterpart or place|Entry",
                    ),
                    ("26mm", "20mm", "2fr", "22mm", "3fr", "14mm"),
                    tuple(self._step(r, lot) for r in ordered),
                    mono=(2, 5),
                )
            )
        text = []
        if len(lots) > LOTS:
            text.append(
                self._t(
                    f"共 {len(lots):,} 个批次，此处列前 {LOTS} 个，其余见台账。",
                    f"{len(lots):,} lots; the first {LOTS} are shown, the registers hold all.",
                )
            )
        if not tables:
            text.append(self._t("范围内没有货物记录。", "No goods records within the scope."))
        return Section(
            self._t("批次流转", "Chain of custody"), tuple(text), tuple(tables), (), True
        )

    def _wanted_lots(self) -> set[str] | None:
        if isinstance(self._facts.request.selector, ByLot):
            return {self._store.subject(self._at, self._facts.request.selector.lot)}
        return None

    def _named(self, receipts: Sequence[int]) -> bool:
        """A file's name is said only where its receipt is given."""
        return any(self._given.get(seq) is Given.GIVEN for seq in receipts)

    def _lot_title(self, lot: str, records: Sequence[StoredRecord]) -> str:
        names = (self._values(r).get("name") for r in records)
        name = next((str(name) for name in names if name), "")
        return f"{self._t('批次', 'Lot')} {_lot_no(lot)}　{name}（{lot.removeprefix('lot:')}）"

    def _step(self, stored: StoredRecord, lot: str) -> tuple[str, ...]:
        record: Any = self._values(stored)
        number = next(
            (
                str(record[n])
                for n in ("record_no", "order_no", "delivery_note_no")
                if record.get(n)
            ),
            "",
        )
        quantity, unit = record.get("quantity", ""), record.get("unit", "")
        if "lines" in record and not quantity:
            mine = [
                line
                for line in record["lines"]
                if stored.kind == "purchase_order" or _lot_no(line) == _lot_no(lot)
            ]
            if len(mine) == 1:
                quantity, unit = mine[0].get("quantity", ""), mine[0].get("unit", "")
        other = next(
            (
                record[n]["name"]
                for n in ("supplier", "buyer", "customer", "consignee")
                if isinstance(record.get(n), dict)
            ),
            "",
        )
        if not other and isinstance(record.get("place"), dict):
            other = " ".join(
                str(record["place"][n])
                for n in ("warehouse", "zone", "bin")
                if n in record["place"]
            )
        if stored.kind == "transport_record":
            carrier = record.get("carrier", {}).get("name") or record.get("plate", "")
            other = f"{carrier} → {other}" if carrier else other
        day = stored.occurred_on
        return (
            self._name(stored.kind),
            str(day or ""),
            number,
            f"{quantity} {unit}".strip(),
            other,
            str(stored.seq),
        )

    def _papers(self) -> Section:
        certificates: list[tuple[str, ...]] = []
        licences: list[tuple[str, ...]] = []
        alarms: dict[str, list[int]] = {"certificate": [], "licence": []}
        day = self._at.valid_at
        for stored in self._shown.values():
            record = self._values(stored)
            until = stored.valid_until
            if stored.kind == "registration_certificate":
                if until is not None and until < day:
                    alarms["certificate"].append(len(certificates))
                holder = record.get("registrant", {})
                certificates.append(
                    (
                        str(record.get("registration_no", "")),
                        str(record.get("name", "")),
                        str(holder.get("name", "")) if isinstance(holder, dict) else "",
                        self._term(stored),
                        self._state(stored),
                        str(stored.seq),
                    )
                )
            elif stored.kind in _LICENCES:
                if until is not None and until < day:
                    alarms["licence"].append(len(licences))
                named: dict[str, Any] = next(
                    (
                        record[n]
                        for n in ("holder", "grantor", "party", "supplier")
                        if isinstance(record.get(n), dict)
                    ),
                    {},
                )
                licences.append(
                    (
                        str(named.get("name") or record.get("name", "")),
                        self._name(stored.kind),
                        str(
                            record.get("number")
                            or record.get("letter_no")
                            or record.get("uscc")
                            or ""
                        ),
                        self._term(stored),
                        self._state(stored),
                        str(stored.seq),
                    )
                )
        return Section(
            self._t("证照与资质", "Certificates and licences"),
            (
                self._t(
                    "有效期首尾两日均含在内；已过期的标红。待确认的尚未经质量人员签字。",
                    "Both days of a validity are included; lapsed ones are marked. Pending: not "
                    "yet signed by quality staff.",
                ),
            ),
            (
                Table(
                    self._t("产品注册证与备案凭证", "Registration certificates and filings"),
                    self._heads(
                        "证号|产品|注册人/备案人|有效期|状态|条目",
                        "Number|Product|Registrant|Validity|State|Entry",
                    ),
                    ("34mm", "3fr", "3fr", "37mm", "14mm", "12mm"),
                    tuple(certificates),
                    mono=(0, 5),
                    alarm=tuple(alarms["certificate"]),
                ),
                Table(
                    self._t("企业与机构资质", "Licences of companies and institutions"),
                    self._heads(
                        "单位|证照|编号|有效期|状态|条目",
                        "Holder|Paper|Number|Validity|State|Entry",
                    ),
                    ("3fr", "2fr", "36mm", "37mm", "14mm", "12mm"),
                    tuple(licences),
                    mono=(2, 5),
                    alarm=tuple(alarms["licence"]),
                ),
            ),
        )

    def _cold(self) -> Section | None:
        request = self._facts.request
        found = cold_chain(self._store, self._at, self._shown, request.selector, request.lang)
        if not found.legs:
            return None
        text = self._t(
            "范围取自产品标签：运输途中按运输温度（未标明的按贮存温度），库内按贮存温度；不用记录仪自设的报警限。"
            "起止取自单据：启运至交接，入库至离库。判断方法与系统核查相同。"
            "绿带为标签范围，红色斜纹为超限，黄色斜纹为无读数。",
            "Limits are the label's: its transport range on the way (else its storage range), its "
            "storage range in store; never the logger's own alarm settings. Start and end come "
            "from the papers: departure to hand-over, put-away until it left. Judged as the "
            "system's checks judge. Green: the label's range; red hatching: out of range; yellow "
            "hatching: no readings.",
        )
        count = self._t(
            f"共 {found.legs} 段，其中 {found.faulty} 段超限、缺失或无记录；"
            f"绘出 {len(found.charts)} 段。",
            f"{found.legs} legs, {found.faulty} of them out of range, with gaps or without record; "
            f"{len(found.charts)} drawn.",
        )
        return Section(
            self._t("冷链", "Cold chain"), (text, count), (found.table,), found.charts, True
        )

    def _evidence(self) -> Section:
        documents = {one.sha256: one for one in self._facts.selection.documents}
        known = self._store.documents(self._at, sha256=sorted(documents)) if documents else []
        yes, no = self._t("已提供", "given"), self._t("未提供", "not given")
        originals = tuple(
            (
                str(one.receipts[0]),
                (one.file_name or "") if self._named(one.receipts) else "—",
                _moment(one.received_at),
                one.sha256,
                yes if documents[one.sha256].given else no,
            )
            for one in sorted(known, key=lambda one: one.receipts[0])
        )
        records = tuple(
            (
                str(seq),
                self._name(stored.kind),
                str(stored.occurred_on or ""),
                _moment(stored.recorded_at),
                (stored.document or "")[:16],
                self._state(stored),
            )
            for seq, stored in self._shown.items()
        )
        return Section(
            self._t("证据清单", "List of evidence"),
            (
                self._t(
                    "条目号为账本序号；SHA-256 即包内 originals/ 下的文件名。",
                    "Entry numbers are those of the ledger; the SHA-256 is the file's name under "
                    "originals/.",
                ),
            ),
            (
                Table(
                    self._t("原件", "Originals"),
                    self._heads(
                        "条目|文件名|收到时间|SHA-256|提供", "Entry|File|Received|SHA-256|"
                    ),
                    ("13mm", "1fr", "27mm", "80mm", "15mm"),
                    originals,
                    mono=(0, 3),
                ),
                Table(
                    self._t("记录", "Records"),
                    self._heads(
                        "条目|种类|发生日期|登记时间|原件（前 16 位）|状态",
                        "Entry|Kind|Happened on|Recorded at|Original (16 digits)|State",
                    ),
                    ("13mm", "1fr", "22mm", "30mm", "34mm", "18mm"),
                    records,
                    mono=(0, 4),
                ),
            ),
            (),
            True,
        )

    # Words

    def _values(self, stored: StoredRecord) -> dict[str, Any]:
        assert stored.record is not None
        values = codec.dump(stored.record)
        if self._given.get(stored.seq) is Given.MASKED:
            return masked(stored.kind, values)
        return values

    def _finding(self, one: StoredFinding) -> tuple[str, ...]:
        body = one.body
        return (
            one.rule,
            one.subject,
            one.status,
            _words(body.get("expected", "")),
            _words(body.get("found", "")),
            str(one.opened_seq),
        )

    def _heads(self, zh: str, en: str) -> tuple[str, ...]:
        return tuple(self._t(zh, en).split("|"))

    def _name(self, kind: str) -> str:
        if kind in KINDS:
            return KINDS[kind].zh if self._zh else KINDS[kind].en
        zh, en = _NAMES.get(kind, (kind, kind))
        return self._t(zh, en)

    def _term(self, stored: StoredRecord) -> str:
        if stored.valid_from is None and stored.valid_until is None:
            return ""
        end = stored.valid_until or self._t("长期", "no end")
        return self._t(f"{stored.valid_from or ''} 至 {end}", f"{stored.valid_from or ''} to {end}")

    def _state(self, stored: StoredRecord) -> str:
        zh, en = _STATES.get(stored.state.value, (stored.state.value, stored.state.value))
        return self._t(zh, en)

    def _title(self) -> str:
        match self._facts.request.selector:
            case ByLot():
                return self._t("批次检查报告", "Inspection report on a lot")
            case ByParty():
                return self._t("往来单位检查报告", "Inspection report on a party")
            case ByPeriod():
                return self._t("期间检查报告", "Inspection report on a period")

    def _subject(self) -> str:
        match self._facts.request.selector:
            case ByLot(lot):
                names = {
                    r.record.name
                    for r in self._shown.values()
                    if lot in {i for ids in r.subjects.values() for i in ids}
                    and r.record is not None
                    and hasattr(r.record, "lot_no")
                    and hasattr(r.record, "name")
                }
                return " ".join([lot.removeprefix("lot:"), *sorted(map(str, names))[:1]])
            case ByParty(party):
                return party.removeprefix("party:").removeprefix("name:")
            case ByPeriod(start, end):
                return self._t(f"{start} 至 {end}", f"{start} to {end}")

    def _company(self) -> str:
        for party in self._store.records(self._at, ["party"]):
            if "self" in getattr(party.record, "roles", ()):
                return str(getattr(party.record, "name", self._facts.origin))
        return self._facts.origin


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
    "document": ("原件", "original"),
    "entry": ("条目", "entry"),
    "original": ("原件", "original"),
    "document.received": ("原件收到", "original received"),
    "document.read": ("原件读取", "original read"),
    "document.quarantined": ("原件待处理", "original put aside"),
    "document.released": ("待处理解除", "original taken up again"),
    "document.rejected": ("原件不采用", "original not used"),
    "document.disposed": ("原件处置", "original disposed of"),
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


def _moment(moment: datetime) -> str:
    return f"{moment.astimezone(SHANGHAI):%Y-%m-%d %H:%M}"


def _lot_no(of: Any) -> str:
    if isinstance(of, dict):
        return str(of.get("lot_no") or of.get("serial_no") or "")
    return str(of).rsplit("/", 1)[-1].removeprefix("SN:")


def _words(value: Any) -> str:
    if isinstance(value, dict):
        return "; ".join(f"{key} {_words(inner)}" for key, inner in sorted(value.items()))
    if isinstance(value, list):
        return "; ".join(_words(one) for one in value)
    return str(value)
