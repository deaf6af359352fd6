"""The list of evidence: originals by digest, records by entry."""

from __future__ import annotations

from collections.abc import Sequence

from reports.package.model import Given
from reports.package.report.words import Words, moment
from reports.pdf.model import Section, Table


def evidence(w: Words) -> Section:
    """Originals and records, by entry."""
    documents = {one.sha256: one for one in w.facts.selection.documents}
    known = w.store.documents(w.at, sha256=sorted(documents)) if documents else []
    originals = tuple(
        (
            str(one.receipts[0]),
            f"{(one.file_name or '') if _named(w, one.receipts) else '—'}\n{one.sha256}",
            moment(one.received_at),
        )
        for one in sorted(known, key=lambda one: one.receipts[0])
        if documents[one.sha256].given
    )
    kept = len(documents) - len(originals)
    records = tuple(
        (
            str(seq),
            w.name(stored.kind),
            str(stored.occurred_on or ""),
            moment(stored.recorded_at),
            (stored.document or "")[:16],
            w.state(stored),
        )
        for seq, stored in w.shown.items()
    )
    return Section(
        w.t("证据清单", "List of evidence"),
        (
            w.t(
                "条目号为账本序号；SHA-256 即包内 originals/ 下的文件名。",
                "Entry numbers are those of the ledger; the SHA-256 is the file's name under "
                "originals/.",
            ),
        ),
        (
            Table(
                w.t("原件", "Originals"),
                w.heads("条目|文件名与 SHA-256|收到时间", "Entry|File and SHA-256|Received"),
                ("13mm", "1fr", "29mm"),
                originals,
                mono=(0,),
                note=w.t(
                    f"另有 {kept:,} 份原件未提供，原因见“未收入或未提供”；"
                    "其 SHA-256 在 selection.json。",
                    f"{kept:,} more originals are not given, for the reasons under 'Left out or "
                    "not given'; their SHA-256 stand in selection.json.",
                )
                if kept
                else "",
            ),
            Table(
                w.t("记录", "Records"),
                w.heads(
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


def _named(w: Words, receipts: Sequence[int]) -> bool:
    """A file's name is said only where its receipt is given."""
    return any(w.given.get(seq) is Given.GIVEN for seq in receipts)
