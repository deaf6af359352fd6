"""`record …` and `document …`: what is known, confirmed, corrected, kept and disposed of."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from base.errors import Misuse, Refused, message
from service.cli.people import PasswordFile
from service.cli.session import Desk, signed_in
from service.cli.words import argument, noun, option, verb
from service.permissions import NOT_PERMITTED, Operation

if TYPE_CHECKING:
    from audit.store import StoredRecord

NOTHING_CHOSEN = message(
    "cli.nothing_chosen",
    zh="请给出记录编号，或用 --all",
    en="give the numbers of records, or --all",
)

Seqs = Annotated[list[int], argument("记录编号", "Numbers of records")]
Reason = Annotated[str, option("--reason", zh="理由", en="Reason")]
_COLUMNS = (
    ("seq", "编号", "No."),
    ("kind", "种类", "Kind"),
    ("identity", "标识", "Identity"),
    ("state", "状态", "State"),
    ("valid_until", "有效至", "Valid until"),
    ("recorded_at", "入账时间", "Recorded at"),
)


def register(app: typer.Typer) -> None:
    record = noun(app, "record", "记录", "Records")
    verb(record, "list", "列出记录", "List records")(list_records)
    verb(record, "show", "查看一条记录及其来源", "Show a record and where it comes from")(show)
    verb(record, "confirm", "核对原件后签名确认待确认记录", "Sign pending records after comparing")(
        confirm
    )
    verb(record, "refuse", "签名拒绝待确认记录", "Refuse pending records, signed")(refuse)
    verb(record, "correct", "更正记录（新条目取代旧条目）", "Correct a record by a new entry")(
        correct
    )
    document = noun(app, "document", "原件", "Originals")
    verb(document, "list", "列出原件", "List originals")(list_documents)
    verb(document, "show", "查看一份原件的去向", "Show what became of an original")(show_document)
    verb(document, "save", "取出原件", "Write an original to a file")(save_document)
    verb(document, "dispose", "处置保存期满的原件", "Dispose of an original after its retention")(
        dispose
    )


def list_records(
    context: typer.Context,
    kind: Annotated[
        list[str] | None, option("--kind", zh="种类，可重复", en="Kind, may be repeated")
    ] = None,
    pending: Annotated[
        bool, option("--pending", zh="只列待确认", en="Only those that wait for confirmation")
    ] = False,
    document: Annotated[
        str | None, option("--document", zh="原件的 SHA-256", en="SHA-256 of the original")
    ] = None,
    limit: Annotated[int, option("--limit", zh="最多条数", en="At most so many", min=1)] = 200,
) -> None:
    from audit.records import KINDS
    from audit.store import LIVE, State
    from ingest.templates import kind_named

    with signed_in(context, Operation.READ_OWN) as desk:
        kinds = [kind_named(name).kind for name in kind] if kind else sorted(KINDS)
        states = [State.PENDING] if pending else list(LIVE)
        at = desk.house.now()
        if document is not None:
            found = desk.house.store.by_document(at, document)
            records = [one for one in found if one.kind in kinds and one.state in states]
        else:
            records = list(desk.house.store.records(at, kinds, states=states, limit=limit))
        rows = [_row(desk, one) for one in _visible(desk, records)][:limit]
        shown = desk.terminal.table(_COLUMNS, rows)
        desk.terminal.say(f"{shown} 条", f"{shown} records")


def show(
    context: typer.Context, seq: Annotated[int, argument("记录编号", "Number of the record")]
) -> None:
    from audit.records import codec
    from reports.package.personal import has_personal
    from service.evidence import record_at

    with signed_in(context, Operation.READ_OWN) as desk:
        house = desk.house
        stored = record_at(house, house.now(), seq)
        if not _visible(desk, [stored]):
            raise Refused(NOT_PERMITTED, user=desk.actor.name, operation="read", roles="business")
        values = {} if stored.record is None else codec.dump(stored.record)
        if has_personal(stored.kind, values):
            house.journal.note(desk.actor.id, "personal.read", {"seq": seq, "kind": stored.kind})
        full = {
            **_row(desk, stored),
            "document": stored.document,
            "actor": stored.actor,
            "supersedes": stored.supersedes,
            "conflicts": list(stored.conflicts),
            "subjects": {role: list(ids) for role, ids in stored.subjects.items()},
            "record": values,
        }
        if desk.terminal.as_json:
            desk.terminal.json(full)
            return
        desk.terminal.details(
            (
                *_COLUMNS,
                ("document", "原件", "Original"),
                ("actor", "录入者", "Entered by"),
                ("supersedes", "取代", "Supersedes"),
            ),
            full,
        )
        rows = _fields(desk, stored, values)
        columns = (("field", "字段", "Field"), ("term", "名称", "Term"), ("value", "值", "Value"))
        desk.terminal.table(columns, rows)


def confirm(
    context: typer.Context,
    seqs: Annotated[list[int] | None, argument("记录编号", "Numbers of records")] = None,
    everything: Annotated[
        bool,
        option(
            "--all",
            zh="全部待确认记录（本人提交的除外）",
            en="Every pending record save those handed in by oneself",
        ),
    ] = False,
    kind: Annotated[
        list[str] | None, option("--kind", zh="与 --all 合用：只限种类", en="With --all: kinds")
    ] = None,
    reason: Annotated[str, option("--reason", zh="说明", en="Remark")] = "",
    password_file: PasswordFile = None,
) -> None:
    from audit.records import KINDS
    from ingest.templates import kind_named
    from service import evidence

    with signed_in(context, Operation.CONFIRM, signing=True) as desk:
        chosen = list(seqs or ())
        left = 0
        if everything:
            kinds = [kind_named(name).kind for name in kind] if kind else sorted(KINDS)
            pending = evidence.waiting(desk.house, kinds)
            own = evidence.handed_in_by(desk.house, pending, desk.actor.id)
            chosen, left = [one.seq for one in pending if one.seq not in own], len(own)
        elif not chosen:
            raise Misuse(NOTHING_CHOSEN)
        count = 0
        if chosen:
            signature = desk.sign("record.confirmed", reason, password_file)
            count = evidence.confirm(desk.house, signature, chosen)
            desk.house.log.checkpoint()
        desk.terminal.answer(
            {"confirmed": count, "left": left},
            "已确认 {confirmed} 条，{left} 条由本人提交须他人确认",
            "confirmed {confirmed} records; {left} were handed in by yourself and are left",
        )


def refuse(
    context: typer.Context, seqs: Seqs, reason: Reason, password_file: PasswordFile = None
) -> None:
    with signed_in(context, Operation.CONFIRM) as desk:
        signature = desk.sign("record.refused", reason, password_file)
        desk.house.journal.refuse(signature, seqs)
        desk.terminal.answer({"refused": len(seqs)}, "已拒绝 {refused} 条", "refused {refused}")


def correct(
    context: typer.Context,
    seq: Annotated[int, argument("记录编号", "Number of the record")],
    setting: Annotated[
        list[str],
        option("--set", zh="字段=值，可重复；空值删去", en="field=value, repeatable; empty: drop"),
    ],
    reason: Reason,
) -> None:
    from service import evidence

    with signed_in(context, Operation.CORRECT) as desk:
        written = evidence.correct(desk.house, desk.actor.id, seq, setting, reason)
        desk.terminal.answer(
            {"seq": written.seq, "supersedes": seq},
            "条目 {seq} 取代 {supersedes}",
            "entry {seq} supersedes {supersedes}",
        )


def list_documents(
    context: typer.Context,
    state: Annotated[
        list[str] | None, option("--state", zh="状态，可重复", en="State, may be repeated")
    ] = None,
    limit: Annotated[int, option("--limit", zh="最多条数", en="At most so many", min=1)] = 200,
) -> None:
    with signed_in(context, Operation.READ_OWN) as desk:
        house = desk.house
        found = house.store.documents(house.now(), states=state or None)
        if not desk.actor.may(Operation.READ):
            found = [one for one in found if one.received_by == desk.actor.id]
        columns = (
            ("sha256", "SHA-256", "SHA-256"),
            ("file_name", "文件", "File"),
            ("state", "状态", "State"),
            ("size", "字节", "Bytes"),
            ("received_at", "收到时间", "Received at"),
        )
        rows = [{key: getattr(one, key) for key, _, _ in columns} for one in found[:limit]]
        desk.terminal.table(columns, rows)


def show_document(
    context: typer.Context, sha256: Annotated[str, argument("原件的 SHA-256", "Its SHA-256")]
) -> None:
    with signed_in(context, Operation.READ) as desk:
        document = _document(desk, sha256)
        records = desk.house.store.by_document(desk.house.now(), sha256)
        desk.terminal.details(
            (
                ("sha256", "SHA-256", "SHA-256"),
                ("sm3", "SM3", "SM3"),
                ("file_name", "文件", "File"),
                ("size", "字节", "Bytes"),
                ("state", "状态", "State"),
                ("source", "来源", "Source"),
                ("received_at", "收到时间", "Received at"),
                ("received_by", "提交者", "Handed in by"),
                ("receipts", "收件条目", "Receipts"),
                ("records", "记录", "Records"),
            ),
            {
                "sha256": document.sha256,
                "sm3": document.sm3,
                "file_name": document.file_name,
                "size": document.size,
                "state": document.state,
                "source": dict(document.source),
                "received_at": document.received_at,
                "received_by": document.received_by,
                "receipts": list(document.receipts),
                "outcome": dict(document.outcome),
                "records": [f"{one.seq} {one.kind} {one.state.value}" for one in records],
            },
        )


def save_document(
    context: typer.Context,
    sha256: Annotated[str, argument("原件的 SHA-256", "Its SHA-256")],
    out: Annotated[Path, option("--out", zh="输出文件", en="File to write")],
) -> None:
    from service.cli.sources import write_new

    with signed_in(context, Operation.EXPORT) as desk:
        document = _document(desk, sha256)
        data = b"".join(desk.house.documents.pieces(sha256))
        write_new(out, data)
        said = {"document": sha256, "purpose": "copy"}
        desk.house.journal.note(
            desk.actor.id, "document.exported", said, streams=(f"document:{sha256}",)
        )
        desk.terminal.answer(
            {"out": str(out), "file_name": document.file_name}, "已写出 {out}", "wrote {out}"
        )


def dispose(
    context: typer.Context,
    sha256: Annotated[str, argument("原件的 SHA-256", "Its SHA-256")],
    reason: Reason,
    password_file: PasswordFile = None,
) -> None:
    from service import evidence

    with signed_in(context, Operation.DISPOSE, signing=True) as desk:
        signature = desk.sign("document.disposed", reason, password_file)
        entry = evidence.dispose(desk.house, desk.terminal.lang, signature, sha256)
        desk.house.log.checkpoint()
        desk.terminal.answer(
            {"document": sha256, "seq": entry.seq},
            "已处置 {document}（条目 {seq}）",
            "disposed of {document} (entry {seq})",
        )


def _document(desk: Desk, sha256: str) -> Any:
    from service.evidence import NO_DOCUMENT

    found = desk.house.store.document(desk.house.now(), sha256)
    if found is None:
        raise Misuse(NO_DOCUMENT, sha256=sha256)
    return found


def _visible(desk: Desk, records: list[StoredRecord]) -> list[StoredRecord]:
    """The one place where what a person may read is narrowed to what is his own."""
    if desk.actor.may(Operation.READ):
        return records
    from service.evidence import handed_in_by

    own = handed_in_by(desk.house, records, desk.actor.id)
    return [one for one in records if one.seq in own]


def _row(desk: Desk, stored: StoredRecord) -> dict[str, Any]:
    from audit.records import KINDS

    cls = KINDS.get(stored.kind)
    words = stored.kind if cls is None else desk.terminal.pick(cls.zh, cls.en)
    return {
        "seq": stored.seq,
        "kind": stored.kind if desk.terminal.as_json else words,
        "identity": stored.identity,
        "state": stored.state.value,
        "valid_from": stored.valid_from,
        "valid_until": stored.valid_until,
        "recorded_at": stored.recorded_at.isoformat(timespec="seconds"),
    }


def _fields(desk: Desk, stored: StoredRecord, values: dict[str, Any]) -> list[dict[str, Any]]:
    """Each field on a line, with the term of the record kind."""
    fields = type(stored.record).model_fields if stored.record is not None else {}
    rows: list[dict[str, Any]] = []

    def walk(path: str, value: Any) -> None:
        if isinstance(value, dict):
            for name, inner in value.items():
                walk(f"{path}.{name}" if path else name, inner)
        elif isinstance(value, list) and any(isinstance(one, dict) for one in value):
            for number, inner in enumerate(value):
                walk(f"{path}.{number}", inner)
        else:
            info = fields.get(path.partition(".")[0])
            extra = info.json_schema_extra if info is not None else None
            terms = extra if isinstance(extra, dict) else {}
            term = terms.get("zh" if desk.terminal.lang == "zh" else "en", "")
            rows.append({"field": path, "term": term, "value": value})

    walk("", values)
    return rows
