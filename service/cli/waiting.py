"""`quarantine …` and `hold …`: what waits for a person, and what may not be touched."""

from __future__ import annotations

import secrets
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from base.errors import CATALOGUE, Misuse, message
from service.cli.people import PasswordFile
from service.cli.session import Desk, signed_in
from service.cli.words import argument, noun, option, verb
from service.permissions import Operation

if TYPE_CHECKING:
    from audit.store import Quarantined

UNKNOWN_HOLD = message("hold.unknown", zh="没有留存 {hold}", en="there is no hold {hold}")
NOTHING_HELD = message(
    "hold.nothing_named",
    zh="请用 --subject 指明对象，或用 --everything",
    en="name what is held by --subject, or --everything",
)

Item = Annotated[int, argument("隔离项编号", "Number of the item")]
Reason = Annotated[str, option("--reason", zh="理由", en="Reason")]
_COLUMNS = (
    ("item", "编号", "No."),
    ("file_name", "文件", "File"),
    ("reason", "原因", "Reason"),
    ("code", "代码", "Code"),
)


def register(app: typer.Typer) -> None:
    quarantine = noun(app, "quarantine", "隔离区：未能成为记录的资料", "What made no record")
    verb(quarantine, "list", "列出待处理的隔离项", "List what waits")(list_items)
    verb(quarantine, "show", "查看隔离项：读到了什么，缺什么", "Show an item")(show)
    verb(quarantine, "retry", "重新识读", "Read again")(retry)
    verb(quarantine, "release", "签名了结隔离项", "Close an item, signed")(release)
    verb(quarantine, "reject", "签名判定不作为记录", "Say that it is no record, signed")(reject)
    verb(quarantine, "export", "导出隔离清单（XLSX）", "Export the list as a workbook")(export)
    hold = noun(app, "hold", "法律留存", "Legal holds")
    verb(hold, "place", "设定留存：停止处置和删除", "Stop disposal and erasure")(place)
    verb(hold, "lift", "解除留存（须两人先后签名）", "Lift a hold (two people sign)")(lift)
    verb(hold, "list", "列出留存", "List holds")(list_holds)


def list_items(context: typer.Context) -> None:
    from ingest.quarantine import waiting

    with signed_in(context, Operation.READ_OWN) as desk:
        rows = _rows(desk, waiting(desk.house.journal))
        count = desk.terminal.table(_COLUMNS, rows)
        desk.terminal.say(f"{count} 项", f"{count} items")


def show(context: typer.Context, item: Item) -> None:
    from ingest.quarantine import detail_of

    with signed_in(context, Operation.READ) as desk:
        found = _item(desk, item)
        detail = detail_of(found)
        (row,) = _rows(desk, [found])
        desk.terminal.details(
            (*_COLUMNS, ("document", "原件", "Original"), ("parser", "解析器", "Parser")),
            {**row, "document": found.document, "parser": detail.get("parser"), "detail": detail},
        )
        if not desk.terminal.as_json:
            columns = (
                ("field", "字段", "Field"),
                ("value", "读作", "Read as"),
                ("written", "原文", "As written"),
                ("place", "位置", "Place"),
            )
            if detail.get("fields"):
                desk.terminal.table(columns, detail["fields"])
            for refusal in _refusals(detail):
                desk.terminal.say(*([_sentence(desk, refusal)] * 2))


def retry(
    context: typer.Context,
    items: Annotated[
        list[int] | None, argument("隔离项编号，默认全部", "Numbers, by default all")
    ] = None,
    code: Annotated[
        list[str] | None, option("--code", zh="只限原因代码", en="Only these reason codes")
    ] = None,
    zone: Annotated[
        str | None, option("--zone", zh="未注明的时区", en="Zone of clocks that name none")
    ] = None,
) -> None:
    from ingest.quarantine import retry as read_again
    from ingest.readers.types import ReadOptions
    from service.cli.sources import show_outcomes
    from service.intake import pipeline_for

    with signed_in(context, Operation.RELEASE, signing=True) as desk:
        documents = [_item(desk, item).document for item in items] if items else None
        options = ReadOptions(zone=zone)
        with pipeline_for(desk.house, desk.actor.id, otherwise=options) as pipeline:
            outcomes = read_again(pipeline, desk.actor.id, documents=documents, codes=code or None)
            show_outcomes(desk, outcomes, (), None)


def release(
    context: typer.Context, item: Item, reason: Reason, password_file: PasswordFile = None
) -> None:
    _end(context, item, "document.released", "how", reason, password_file)


def reject(
    context: typer.Context, item: Item, reason: Reason, password_file: PasswordFile = None
) -> None:
    _end(context, item, "document.rejected", "why", reason, password_file)


def _end(
    context: typer.Context,
    item: int,
    kind: str,
    member: str,
    reason: str,
    password_file: Path | None,
) -> None:
    with signed_in(context, Operation.RELEASE) as desk:
        found = _item(desk, item)
        signature = desk.sign(kind, reason, password_file)
        said = {
            "document": found.document,
            "seq": item,
            member: reason,
            "signature": desk.house.people.signed(signature),
        }
        stream = f"document:{found.document}"
        entry = desk.house.journal.note(desk.actor.id, kind, said, streams=(stream,))
        desk.terminal.answer(
            {"item": item, "seq": entry.seq},
            "隔离项 {item} 已了结（条目 {seq}）",
            "item {item} is closed (entry {seq})",
        )


def export(
    context: typer.Context,
    xlsx: Annotated[Path, option("--xlsx", zh="输出工作簿", en="Workbook to write")],
) -> None:
    from ingest.quarantine import waiting
    from service.cli.sources import write_new
    from service.quarantine_book import book

    with signed_in(context, Operation.EXPORT) as desk:
        items = waiting(desk.house.journal)
        rows = _rows(desk, items)
        data = book(rows, items, lambda refusal: _sentence(desk, refusal), desk.terminal.lang)
        write_new(xlsx, data)
        said = {"what": "quarantine", "count": len(items)}
        desk.house.journal.note(desk.actor.id, "list.exported", said)
        desk.terminal.answer(
            {"out": str(xlsx), "items": len(items)},
            "已写出 {out}（{items} 项）",
            "wrote {out} ({items} items)",
        )


def place(
    context: typer.Context,
    reason: Reason,
    subject: Annotated[
        list[str] | None,
        option(
            "--subject",
            zh="对象标识，可重复，如 lot:…、party:…、document:…",
            en="What is held, may be repeated: lot:…, party:…, document:…",
        ),
    ] = None,
    everything: Annotated[
        bool, option("--everything", zh="全部资料", en="Everything there is")
    ] = False,
) -> None:
    with signed_in(context, Operation.HOLD) as desk:
        if not subject and not everything:
            raise Misuse(NOTHING_HELD)
        house = desk.house
        at = house.now()
        name = f"hold-{secrets.token_hex(6)}"
        named = sorted(set(house.store.subject_ids(at, subject or ()).values()))
        said: dict[str, Any] = {
            "hold": name,
            "reason": reason,
            "placed_on": at.valid_at.isoformat(),
            "subjects": named,
        }
        if everything:
            said["all"] = True
        house.journal.note(desk.actor.id, "hold.placed", said, streams=(f"hold:{name}", *named))
        desk.terminal.answer(said, "已设定留存 {hold}", "placed the hold {hold}")


def lift(
    context: typer.Context,
    hold: Annotated[str, argument("留存编号", "Name of the hold")],
    reason: Reason,
    password_file: PasswordFile = None,
) -> None:
    with signed_in(context, Operation.HOLD) as desk:
        house = desk.house
        if not any(one.name == hold for one in house.store.holds(house.now())):
            raise Misuse(UNKNOWN_HOLD, hold=hold)
        signature = desk.sign("hold.lifted", reason, password_file)
        said = {
            "hold": hold,
            "reason": reason,
            "lifted_on": house.now().valid_at.isoformat(),
            "signature": house.people.signed(signature),
        }
        house.journal.note(desk.actor.id, "hold.lifted", said, streams=(f"hold:{hold}",))
        over = not any(one.name == hold for one in house.store.holds(house.now()))
        desk.terminal.answer(
            {"hold": hold, "lifted": over},
            "留存 {hold} 已解除" if over else "已签第一人；须另一人再签后解除 {hold}",
            "the hold {hold} is lifted" if over else "one has signed; {hold} needs another person",
        )


def list_holds(context: typer.Context) -> None:
    with signed_in(context, Operation.READ) as desk:
        columns = (
            ("hold", "编号", "Name"),
            ("status", "状态", "Status"),
            ("placed_on", "设定日", "Placed on"),
            ("reason", "理由", "Reason"),
            ("subjects", "对象", "Subjects"),
        )
        facts = desk.house.store.facts(desk.house.now(), "hold")
        desk.terminal.table(columns, ({**one.body, "status": one.status} for one in facts))


def _item(desk: Desk, item: int) -> Quarantined:
    from ingest.quarantine import NOT_WAITING, waiting

    for found in waiting(desk.house.journal):
        if found.seq == item:
            return found
    raise Misuse(NOT_WAITING, item=item)


def _rows(desk: Desk, items: list[Quarantined]) -> list[dict[str, Any]]:
    house = desk.house
    names = {
        one.sha256: (one.file_name, one.received_by)
        for one in house.store.documents(house.now(), sha256={item.document for item in items})
    }
    return [
        {
            "item": item.seq,
            "file_name": names[item.document][0],
            "reason": _sentence(desk, {"code": item.reason, "params": item.params}),
            "code": item.reason,
            "document": item.document,
        }
        for item in items
        if desk.actor.may(Operation.READ) or names[item.document][1] == desk.actor.id
    ]


def _refusals(detail: dict[str, Any]) -> list[dict[str, Any]]:
    rows = [one for row in detail.get("rows", ()) for one in row.get("refusals", ())]
    return [*detail.get("refusals", ()), *rows]


def _sentence(desk: Desk, refusal: dict[str, Any]) -> str:
    """A stored reason as a sentence; its code when this version does not know it."""
    known = CATALOGUE.get(refusal["code"])
    if known is None:
        return str(refusal["code"])
    try:
        said = desk.terminal.text(known, **refusal.get("params", {}))
    except KeyError:
        return str(refusal["code"])
    place = refusal.get("place")
    return f"{place}: {said}" if place else said
