"""What was asked for, how it was collected, what is missing; and what is complete."""

from __future__ import annotations

from collections import Counter

from reports.package.model import Given
from reports.package.report.words import Words
from reports.pdf.model import Section, Table


def scope(w: Words) -> Section:
    """Request, walk, what lies in the package and what does not."""
    facts = w.facts
    yes, no = w.t("完整", "whole"), w.t("所及", "as reached")
    steps = tuple(
        (
            w.name(step.start),
            w.name(step.end),
            w.t(step.zh, step.en),
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
        w.t("范围与选取", "Scope and selection"),
        (
            w.t(
                "按下列路径自所选对象出发逐层收集。路径、成员与未提供的内容由截取条目固定，"
                "事后不能更改。",
                "Collected step by step along this walk from the selected subject. The walk, "
                "the members and what is not given are fixed by the cut entry.",
            ),
        ),
        (
            Table(
                w.t("选取路径", "Walk"),
                w.heads("自|至|所取|深度|范围", "From|To|What is taken|Depth|Extent"),
                ("20mm", "22mm", "1fr", "12mm", "20mm"),
                steps,
            ),
            Table(
                w.t("包内条目", "Entries in the package"),
                w.heads("种类|代码|条目数|提供内容", "Kind|Code|Entries|Contents given"),
                ("1fr", "1fr", "22mm", "24mm"),
                tuple(
                    (
                        w.name(kind.removeprefix("record.")),
                        kind,
                        f"{count:,}",
                        f"{given[kind]:,}",
                    )
                    for kind, count in sorted(kinds.items())
                ),
            ),
            Table(
                w.t("未收入或未提供", "Left out or not given"),
                w.heads("种类|数量|原因", "Kind|Count|Why"),
                ("1fr", "20mm", "2fr"),
                tuple(
                    (
                        w.name(one.kind.removeprefix("record.")),
                        f"{one.count:,}",
                        w.t(one.zh, one.en),
                    )
                    for one in facts.selection.left_out
                ),
            ),
        ),
    )


def completeness(w: Words) -> Section:
    """Which streams and runs of entries are here without a gap, and what that proves."""
    selection = w.facts.selection
    text = []
    if selection.range is not None:
        start, end = selection.range
        text.append(
            w.t(
                f"账本第 {start:,} 条至第 {end - 1:,} 条全部在包内，逐条相连，中间没有遗漏。",
                f"Every entry from {start:,} to {end - 1:,} is here, each linked to the one "
                "before; none between is missing.",
            )
        )
    if selection.whole:
        text.append(
            w.t(
                f"{len(selection.whole):,} 条流完整：自第 0 号起每一号都在包内，"
                f"末号与第 {w.at.known_at:,} 条流首图一致。",
                f"{len(selection.whole):,} streams are whole: every number from 0 is here, the "
                f"last agrees with the map of heads in entry {w.at.known_at:,}.",
            )
        )
    text.append(
        w.t(
            "账本证明：登记之后未改、未删、未抽换。从未登记的事，账本不能证明；"
            "须以编号连续、税务开票清单与库存平衡三项核对。",
            "The ledger proves that nothing was changed, deleted or exchanged after it was "
            "recorded. What was never recorded it cannot prove: number series, the tax "
            "bureau's invoice list and the stock balance are compared for that.",
        )
    )
    rows = tuple((name,) for name in selection.whole)
    table = Table(
        w.t("完整的流", "Whole streams"),
        (w.t("流", "Stream"),),
        ("1fr",),
        rows,
        mono=(0,),
    )
    return Section(w.t("完整性", "Completeness"), tuple(text), (table,) if rows else ())
