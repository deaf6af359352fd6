"""`check …`, `rules …`, `policy …`: what the evidence is judged by."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from typing import Annotated, Any

import typer

from base.errors import Misuse, message
from service.cli.findings import COLUMNS, OPEN, RuleOption, finding_row, verdict_row
from service.cli.people import PasswordFile
from service.cli.session import signed_in
from service.cli.words import argument, noun, option, verb
from service.permissions import Operation

UNKNOWN_RULE = message("rule.unknown", zh="没有规则 {rule}", en="there is no rule {rule}")
UNKNOWN_PARAMETER = message(
    "cli.unknown_parameter", zh="没有参数 {name}", en="there is no parameter {name}"
)

Day = Annotated[
    datetime | None,
    option("--valid-at", zh="按哪一日判断，默认今日", en="Day to judge by", formats=["%Y-%m-%d"]),
]
KnownAt = Annotated[
    int | None,
    option(
        "--known-at",
        zh="按账本多大时所知判断（只回答，不记录）",
        en="Ledger size to judge by (answers, writes nothing)",
    ),
]


def register(app: typer.Typer) -> None:
    check = noun(app, "check", "检查", "Checks")
    verb(check, "run", "按规则检查并更新发现项", "Judge the rules and update the findings")(run)
    rules = noun(app, "rules", "规则", "Rules")
    verb(rules, "list", "列出规则", "List rules")(list_rules)
    verb(rules, "show", "查看规则：依据、参数、对象", "Show a rule: basis, parameters, subject")(
        show_rule
    )
    policy = noun(app, "policy", "企业参数", "The company's parameters")
    verb(policy, "show", "查看参数及法定界限", "Show parameters and the law's bounds")(show_policy)
    verb(policy, "set", "签名设定参数", "Set a parameter, signed")(set_policy)


def run(
    context: typer.Context,
    valid_at: Day = None,
    known_at: KnownAt = None,
    rule: RuleOption = None,
    full: Annotated[
        bool, option("--full", zh="检查全部对象", en="Judge every subject anew")
    ] = False,
) -> None:
    from checks.run import run as judge

    with signed_in(context, Operation.CHECK, signing=True) as desk:
        _rules()
        house = desk.house
        day = valid_at.date() if valid_at else house.now().valid_at
        with desk.terminal.progress("检查", "judging"):
            result = judge(house.journal, day, known_at, rule or None, actor=desk.actor.id)
        house.log.checkpoint()
        counts = {
            name: sum(one.get(name, 0) for one in result.counts.values())
            for name in ("pass", "fail", "unknown", "not_applicable")
        }
        told = {
            "valid_at": result.valid_at,
            "known_at": result.known_at,
            "revision": result.revision,
            "counts": counts,
            "rules": result.counts,
            "steps": [event.kind for event in result.events],
            "entry": result.entry,
            "verdicts_sha256": result.verdicts_sha256,
        }
        if result.entry is None:
            rows = [verdict_row(desk, one.document()) for one in result.verdicts]
            bad = [row for row in rows if row["result"] in ("fail", "unknown")]
        else:
            chosen = list(result.counts)
            found = house.store.findings(house.now(), statuses=OPEN, rules=chosen)
            bad = [finding_row(desk, one) for one in found]
        if desk.terminal.as_json:
            desk.terminal.json({**told, "findings": bad})
        else:
            if bad:
                desk.terminal.table(COLUMNS, bad)
            desk.terminal.answer(
                counts,
                "{pass} 项符合，{fail} 项不符合，{unknown} 项不明，{not_applicable} 项不适用",
                "{pass} pass, {fail} fail, {unknown} unknown, {not_applicable} not applicable",
            )
        if bad:
            raise typer.Exit(1)


def list_rules(context: typer.Context) -> None:
    with signed_in(context, Operation.SEE_POLICY) as desk:
        columns = (
            ("id", "编号", "Id"),
            ("title", "名称", "Title"),
            ("severity", "程度", "Severity"),
            ("subject", "对象", "Subject"),
            ("bases", "依据", "Basis"),
        )
        rows = [
            {
                "id": one.id,
                "title": desk.terminal.pick(one.zh, one.en),
                "severity": one.severity.value,
                "subject": one.subject,
                "bases": [basis.citation for basis in one.bases],
                "requirements": list(one.requirements),
            }
            for _, one in sorted(_rules().items())
        ]
        count = desk.terminal.table(columns, rows)
        desk.terminal.say(f"{count} 条规则", f"{count} rules")


def show_rule(context: typer.Context, rule: Annotated[str, argument("规则编号", "Rule")]) -> None:
    with signed_in(context, Operation.SEE_POLICY) as desk:
        one = _rules().get(rule)
        if one is None:
            raise Misuse(UNKNOWN_RULE, rule=rule)
        desk.terminal.details(
            (
                ("id", "编号", "Id"),
                ("title", "名称", "Title"),
                ("why", "说明", "Why"),
                ("authority", "来源", "Authority"),
                ("bases", "依据", "Basis"),
                ("severity", "程度", "Severity"),
                ("subject", "对象", "Subject"),
                ("population", "应有清单", "Population"),
                ("reads", "所读记录", "Records read"),
                ("parameters", "参数", "Parameters"),
                ("requirements", "对应要求", "Requirements"),
                ("clauses", "检查条款", "Inspection clauses"),
            ),
            {
                "id": one.id,
                "title": desk.terminal.pick(one.zh, one.en),
                "why": desk.terminal.pick(one.why_zh, one.why_en),
                "authority": one.authority.value,
                "bases": [basis.citation for basis in one.bases],
                "severity": one.severity.value,
                "subject": one.subject,
                "population": one.population,
                "reads": sorted(one.kinds),
                "parameters": [parameter.name for parameter in one.parameters],
                "requirements": list(one.requirements),
                "clauses": list(one.clauses),
            },
        )


def show_policy(context: typer.Context, valid_at: Day = None) -> None:
    from checks.policy import PARAMETERS
    from checks.store_source import policy_at

    with signed_in(context, Operation.SEE_POLICY) as desk:
        _rules()
        at = desk.house.now()
        day = valid_at.date() if valid_at else at.valid_at
        values = policy_at(desk.house.store, at).values_on(day)
        columns = (
            ("name", "参数", "Parameter"),
            ("title", "说明", "Meaning"),
            ("value", "现值", "Value"),
            ("unit", "单位", "Unit"),
            ("default", "默认", "Default"),
            ("floor", "下限", "Floor"),
            ("ceiling", "上限", "Ceiling"),
            ("origin", "来源", "Origin"),
        )
        rows = (
            {
                "name": name,
                "title": desk.terminal.pick(one.zh, one.en),
                "value": values[name],
                "unit": one.unit,
                "default": one.default,
                "floor": one.floor,
                "ceiling": one.ceiling,
                "origin": one.origin,
            }
            for name, one in sorted(PARAMETERS.items())
        )
        desk.terminal.table(columns, rows)


def set_policy(
    context: typer.Context,
    name: Annotated[str, argument("参数", "Parameter")],
    value: Annotated[str, argument("值", "Value")],
    reason: Annotated[str, option("--reason", zh="理由", en="Reason")],
    valid_from: Annotated[
        datetime | None,
        option(
            "--from", zh="生效日，默认今日", en="First day, default today", formats=["%Y-%m-%d"]
        ),
    ] = None,
    password_file: PasswordFile = None,
) -> None:
    from checks.policy import PARAMETERS, accept

    with signed_in(context, Operation.SET_POLICY) as desk:
        _rules()
        if name not in PARAMETERS:
            raise Misuse(UNKNOWN_PARAMETER, name=name)
        typed = accept(PARAMETERS[name], _typed(PARAMETERS[name].default, value))
        signature = desk.sign("policy.set", reason, password_file)
        day = valid_from.date() if valid_from else desk.house.now().valid_at
        said = {
            "policy": name,
            "value": str(typed) if isinstance(typed, Decimal) else typed,
            "valid_from": day.isoformat(),
            "reason": reason,
            "signature": desk.house.people.signed(signature),
        }
        desk.house.journal.note(desk.actor.id, "policy.set", said, streams=(f"policy:{name}",))
        desk.terminal.answer(
            said, "{policy} 自 {valid_from} 起为 {value}", "{policy} is {value} from {valid_from}"
        )


def _typed(default: Any, text: str) -> Any:
    """What a person typed, in the parameter's type; as it stands where it cannot be that."""
    if isinstance(default, bool):
        return {"true": True, "false": False}.get(text.lower(), text)
    if isinstance(default, int):
        return int(text) if text.lstrip("-").isdecimal() else text
    return text


def _rules() -> Mapping[str, Any]:
    """Every rule there is; importing the families enters them, and their parameters."""
    import checks.rules
    from checks.registry import RULES

    assert checks.rules
    return RULES
