"""The findings volume: what the checks found about what the package holds, released apart."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import Any, Final

import checks.examine
import checks.rules
from audit.store.types import StoredFinding
from checks.registry import RULES
from checks.verdicts import sentence_from
from reports.package.model import Given
from reports.package.report.words import Words
from reports.pdf.model import Pair, Section, Table

assert checks.examine and checks.rules  # they declare the rules and their sentences

_STATUS: Final = {
    "open": ("未处理", "open"),
    "acknowledged": ("已知悉", "acknowledged"),
    "in_capa": ("纠正预防中", "in CAPA"),
    "verifying": ("验证中", "being verified"),
    "waived": ("已豁免", "waived"),
    "not_applicable": ("不适用", "not applicable"),
    "resolved_by_recheck": ("复查已消除", "resolved by recheck"),
    "closed": ("已关闭", "closed"),
}
_SEVERITY: Final = {
    "critical": ("严重", "critical"),
    "major": ("主要", "major"),
    "minor": ("一般", "minor"),
    "notice": ("提示", "notice"),
}
_RESULT: Final = {"fail": ("不符合", "failed"), "unknown": ("不明", "unknown")}


def released(w: Words) -> list[StoredFinding]:
    """The findings whose entries the package gives, the worst first."""
    given = {seq for seq, payload in w.given.items() if payload is Given.GIVEN}
    found = [one for one in w.store.findings(w.at) if {one.opened_seq, one.since} & given]
    order = list(_SEVERITY)

    def rank(one: StoredFinding) -> tuple[int, str, str]:
        severity = str(one.body.get("severity", ""))
        return order.index(severity) if severity in order else 9, one.rule, one.subject

    return sorted(found, key=rank)


def counted(w: Words, found: list[StoredFinding]) -> tuple[Pair, ...]:
    """For the cover: how many findings, how bad, and where they stand."""
    if not found:
        return (Pair(w.t("发现", "Findings"), w.t("无", "none")),)
    severities = Counter(str(one.body.get("severity", "")) for one in found)
    states = Counter(one.status for one in found)
    bad = _tally(w, severities, _SEVERITY)
    now = _tally(w, states, _STATUS)
    total = w.t(f"共 {len(found):,} 项：{bad}", f"{len(found):,}: {bad}")
    return (Pair(w.t("发现", "Findings"), total), Pair(w.t("处理状态", "Where they stand"), now))


def _tally(w: Words, counts: Counter[str], words: Mapping[str, tuple[str, str]]) -> str:
    known = [name for name in words if counts[name]]
    return w.t("，", ", ").join(f"{w.t(*words[name])} {counts[name]}" for name in known)


def findings(w: Words, found: list[StoredFinding]) -> Section:
    """Each finding in a row: rule, subject, what was found, what should have been."""
    table = Table(
        "",
        w.heads(
            "条目|规则|对象|等级与状态|查出|应为",
            "Entry|Rule|Subject|Severity, state|Found|Expected",
        ),
        ("11mm", "36mm", "33mm", "19mm", "1fr", "32mm"),
        tuple(_row(w, one) for one in found),
        mono=(0,),
        empty=w.t("范围内没有检查发现。", "No findings within the scope."),
        alarm=tuple(at for at, one in enumerate(found) if one.body.get("severity") == "critical"),
    )
    said = w.t(
        "系统按规则核查的结果。“不明”是证据不足以判断，不等于不符合；所需补充的证据写在其后。"
        "依据列于规则名之下。",
        "What the system's checks found. 'Unknown' means that the evidence does not suffice to "
        "judge, which is not a failure; what would settle it is named. The legal basis stands "
        "below the rule.",
    )
    return Section(w.t("检查发现", "Findings"), (said,), (table,))


def _row(w: Words, one: StoredFinding) -> tuple[str, ...]:
    body = one.body
    rule = RULES.get(one.rule)
    name = one.rule if rule is None else w.t(rule.zh, rule.en)
    bases = w.t("、", ", ").join(map(str, body.get("bases", ())))
    severity = w.t(*_SEVERITY.get(str(body.get("severity")), ("", "")))
    result = w.t(*_RESULT.get(str(body.get("result")), ("", "")))
    state = w.t(*_STATUS.get(one.status, (one.status, one.status)))
    cures = [_sentence(w, cure) for cure in body.get("cure", ())]
    found = _sentence(w, body.get("found", {}))
    if cures:
        found += "\n" + w.t("处置：", "To do: ") + w.t("；", "; ").join(cures)
    return (
        str(one.opened_seq),
        "\n".join(filter(None, (name, one.rule, bases))),
        _subject(w, one.subject),
        "\n".join(filter(None, (severity, result, state))),
        found,
        _sentence(w, body.get("expected", {})),
    )


def _subject(w: Words, subject: str) -> str:
    kind, _, name = subject.partition(":")
    return f"{w.name(kind)}\n{name}"


def _sentence(w: Words, said: Mapping[str, Any]) -> str:
    """A stored sentence in words; its code where this version no longer knows it."""
    if not said:
        return ""
    try:
        return sentence_from(said).text("zh" if w.zh else "en")
    except KeyError:
        return str(said.get("code", ""))
