"""`findings …`: what is open, what was done about it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Any, Final

import typer

from base.errors import Misuse, message
from service.cli.people import PasswordFile
from service.cli.session import Desk, signed_in
from service.cli.words import argument, noun, option, verb
from service.permissions import Operation

if TYPE_CHECKING:
    from audit.store import StoredFinding

UNKNOWN_FINDING = message(
    "finding.unknown",
    zh="没有指纹以 {fingerprint} 开头的发现项",
    en="there is no finding whose fingerprint begins with {fingerprint}",
)
AMBIGUOUS = message(
    "finding.ambiguous",
    zh="有 {count} 个发现项的指纹以 {fingerprint} 开头，请多给几位",
    en="{count} findings begin with {fingerprint}; give more digits",
)
Fingerprint = Annotated[str, argument("指纹或其开头", "Fingerprint, or how it begins")]
RuleOption = Annotated[
    list[str] | None, option("--rule", zh="规则或规则族，可重复", en="Rule or family, repeatable")
]
OPEN: Final = ("open", "acknowledged", "in_capa", "verifying")
_SHOWN: Final = 12
COLUMNS: Final = (
    ("short", "指纹", "Fingerprint"),
    ("severity", "程度", "Severity"),
    ("result", "结论", "Result"),
    ("status", "状态", "Status"),
    ("rule", "规则", "Rule"),
    ("subject", "对象", "Subject"),
    ("found", "发现", "Found"),
)


def register(app: typer.Typer) -> None:
    findings = noun(app, "findings", "发现项", "Findings")
    verb(findings, "list", "列出发现项", "List findings")(list_findings)
    verb(findings, "show", "查看发现项", "Show a finding")(show_finding)
    verb(findings, "ack", "签收发现项", "Acknowledge a finding")(acknowledge)
    verb(findings, "waive", "签名豁免至某日", "Waive a finding until a day, signed")(waive)


def list_findings(
    context: typer.Context,
    status: Annotated[
        list[str] | None, option("--status", zh="状态，默认未了结", en="Status, default: open")
    ] = None,
    everything: Annotated[
        bool, option("--all", zh="含已了结", en="Those that are over too")
    ] = False,
    subject: Annotated[
        list[str] | None, option("--subject", zh="对象标识", en="Identifier of the subject")
    ] = None,
    rule: RuleOption = None,
) -> None:
    with signed_in(context, Operation.READ) as desk:
        house = desk.house
        at = house.now()
        subjects = set(house.store.subject_ids(at, subject).values()) if subject else None
        statuses = None if everything else (status or OPEN)
        found = house.store.findings(at, statuses=statuses, subjects=subjects)
        rows = [
            finding_row(desk, one)
            for one in found
            if not rule or one.rule in rule or one.rule.partition(".")[0] in rule
        ]
        order = ("critical", "major", "minor", "notice")
        rows.sort(key=lambda row: (order.index(row["severity"]), row["rule"], row["subject"]))
        count = desk.terminal.table(COLUMNS, rows)
        desk.terminal.say(f"{count} 项", f"{count} findings")


def show_finding(context: typer.Context, fingerprint: Fingerprint) -> None:
    from service.findings import steps

    with signed_in(context, Operation.READ) as desk:
        found = _finding(desk, fingerprint)
        body = found.body
        row = finding_row(desk, found)
        taken = steps(desk.house, found)
        full = {
            **row,
            "expected": _sentence(desk, body.get("expected")),
            "cure": [_sentence(desk, cure) for cure in body.get("cure") or ()],
            "bases": body.get("bases"),
            "facts": body.get("facts"),
            "entries": body.get("entries"),
            "times": found.times,
            "reason": body.get("reason"),
            "until": body.get("until"),
            "steps": taken,
        }
        desk.terminal.details(
            (
                ("fingerprint", "指纹", "Fingerprint"),
                *COLUMNS[1:],
                ("expected", "应为", "Expected"),
                ("cure", "处理办法", "Cure"),
                ("bases", "依据", "Basis"),
                ("facts", "事实", "Facts"),
                ("entries", "所据条目", "Entries"),
                ("times", "出现次数", "Times"),
                ("reason", "理由", "Reason"),
                ("until", "豁免至", "Waived until"),
            ),
            full,
        )
        if not desk.terminal.as_json:
            columns = (("seq", "条目", "Entry"), ("at", "时间", "At"), ("step", "步骤", "Step"),
                       ("actor", "何人", "Who"), ("reason", "理由", "Reason"))  # fmt: skip
            desk.terminal.table(columns, taken)


def acknowledge(
    context: typer.Context,
    fingerprint: Fingerprint,
    reason: Annotated[str, option("--reason", zh="说明", en="Remark")] = "",
) -> None:
    from audit.journal import Signature
    from checks.steps import acknowledge as step

    with signed_in(context, Operation.ACKNOWLEDGE) as desk:
        found = _finding(desk, fingerprint)
        signature = Signature(
            desk.actor.id, desk.actor.full_name, "finding.acknowledged", "session", reason or None
        )
        entry = step(desk.house.journal, signature, found.fingerprint, reason)
        _stepped(desk, found, entry.seq)


def waive(
    context: typer.Context,
    fingerprint: Fingerprint,
    reason: Annotated[str, option("--reason", zh="理由", en="Reason")],
    until: Annotated[
        datetime, option("--until", zh="豁免的最后一日", en="Last day", formats=["%Y-%m-%d"])
    ],
    password_file: PasswordFile = None,
) -> None:
    from checks.steps import waive as step

    with signed_in(context, Operation.WAIVE) as desk:
        found = _finding(desk, fingerprint)
        signature = desk.sign("finding.waived", reason, password_file)
        entry = step(
            desk.house.journal, signature, found.fingerprint, reason=reason, until=until.date()
        )
        _stepped(desk, found, entry.seq)


def finding_row(desk: Desk, found: StoredFinding) -> dict[str, Any]:
    """A finding as a line of a list."""
    return {
        **verdict_row(desk, {**found.body, "rule": found.rule, "subject": found.subject}),
        "fingerprint": found.fingerprint,
        "short": found.fingerprint[:_SHOWN],
        "status": found.status,
    }


def verdict_row(desk: Desk, said: Mapping[str, Any]) -> dict[str, Any]:
    from checks.verdicts import fingerprint

    whole = fingerprint(said["rule"], said["subject"])
    return {
        "fingerprint": whole,
        "short": whole[:_SHOWN],
        "severity": said.get("severity"),
        "result": said.get("result"),
        "status": said.get("state"),
        "rule": said["rule"],
        "subject": said["subject"],
        "found": _sentence(desk, said.get("found")),
    }


def _sentence(desk: Desk, said: Mapping[str, Any] | None) -> str:
    import checks.examine
    import checks.rules
    from checks.verdicts import sentence_from

    assert checks.rules and checks.examine  # they declare the sentences
    if not said:
        return ""
    try:
        return sentence_from(said).text(desk.terminal.lang)
    except KeyError:
        return str(said["code"])


def _finding(desk: Desk, fingerprint: str) -> StoredFinding:
    found = [
        one
        for one in desk.house.store.findings(desk.house.now())
        if one.fingerprint.startswith(fingerprint)
    ]
    if not found:
        raise Misuse(UNKNOWN_FINDING, fingerprint=fingerprint)
    if len(found) > 1:
        raise Misuse(AMBIGUOUS, fingerprint=fingerprint, count=len(found))
    return found[0]


def _stepped(desk: Desk, found: StoredFinding, seq: int) -> None:
    desk.terminal.answer(
        {"fingerprint": found.fingerprint, "rule": found.rule, "seq": seq},
        "{rule}：已记录（条目 {seq}）",
        "{rule}: recorded (entry {seq})",
    )
