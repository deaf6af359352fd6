"""The cover: what it is about, for whom, and against what it can be verified."""

from __future__ import annotations

from typing import Final

from reports.package.report.words import Words, moment
from reports.package.request import ByLot, ByParty, ByPeriod
from reports.pdf.model import Pair, Report, Seal, Section

_PURPOSES: Final = {
    "inspection": ("监督检查", "inspection by an authority"),
    "due_diligence": ("尽职调查", "due diligence"),
    "self_inspection": ("自查", "self-inspection"),
}


def bound(
    w: Words, title: str, sections: list[Section], statement: str, more: tuple[Pair, ...] = ()
) -> Report:
    """A report with its cover. more: what the cover says besides."""
    facts, request = w.facts, w.facts.request
    said = [
        Pair(w.t("检查对象", "Subject"), _subject(w)),
        Pair(w.t("用途", "Purpose"), w.t(*_PURPOSES[request.purpose.value])),
    ]
    if request.asked_by:
        said.append(Pair(w.t("请求方", "Asked by"), request.asked_by))
    if request.reference:
        said.append(Pair(w.t("文号", "Reference"), request.reference))
    said += [
        Pair(
            w.t("截至", "As known"),
            w.t(
                f"账本第 {w.at.known_at:,} 条之前；事实日期 {w.at.valid_at}",
                f"before entry {w.at.known_at:,}; facts as of {w.at.valid_at}",
            ),
        ),
        Pair(
            w.t("内容", "Holds"),
            w.t(
                f"条目 {len(facts.selection.members):,} 条，"
                f"原件 {sum(d.given for d in facts.selection.documents):,} 份",
                f"{len(facts.selection.members):,} entries, "
                f"{sum(d.given for d in facts.selection.documents):,} originals",
            ),
        ),
    ]
    said += more
    ledger = (
        Pair(w.t("账本", "Log"), facts.origin, True),
        Pair(
            w.t("检查点", "Checkpoint"),
            w.t(f"{facts.checkpoint_size:,} 条", f"{facts.checkpoint_size:,} entries"),
        ),
        Pair(w.t("根", "Root"), facts.root.hex(), True),
        Pair(w.t("密钥指纹", "Key fingerprint"), facts.fingerprint, True),
        Pair(
            w.t("截取条目", "Cut"),
            w.t(
                f"第 {facts.cut.seq:,} 条，{moment(facts.cut_at)}",
                f"entry {facts.cut.seq:,}, {moment(facts.cut_at)}",
            ),
        ),
    )
    return Report(
        lang=request.lang,
        title=title,
        subtitle=w.t("医疗器械经营质量管理证据", "Evidence of medical device distribution"),
        company=_company(w),
        number=facts.package,
        cover=tuple(said),
        ledger=ledger,
        fingerprint=facts.fingerprint,
        sections=tuple(sections),
        seal=Seal(statement),
        date=moment(facts.cut_at)[:10],
    )


def title_of(w: Words) -> str:
    """What the main report is called."""
    match w.facts.request.selector:
        case ByLot():
            return w.t("批次检查报告", "Inspection report on a lot")
        case ByParty():
            return w.t("往来单位检查报告", "Inspection report on a party")
        case ByPeriod():
            return w.t("期间检查报告", "Inspection report on a period")


def _subject(w: Words) -> str:
    match w.facts.request.selector:
        case ByLot(lot):
            names = {
                r.record.name
                for r in w.shown.values()
                if lot in {i for ids in r.subjects.values() for i in ids}
                and r.record is not None
                and hasattr(r.record, "lot_no")
                and hasattr(r.record, "name")
            }
            return " ".join([lot.removeprefix("lot:"), *sorted(map(str, names))[:1]])
        case ByParty(party):
            return party.removeprefix("party:").removeprefix("name:")
        case ByPeriod(start, end):
            return w.t(f"{start} 至 {end}", f"{start} to {end}")


def _company(w: Words) -> str:
    for party in w.store.records(w.at, ["party"]):
        if "self" in getattr(party.record, "roles", ()):
            return str(getattr(party.record, "name", w.facts.origin))
    return w.facts.origin
