"""`ingest`, `source …`, `template`: how evidence comes in."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from base.errors import Misuse, message
from service.cli.session import Desk, signed_in, terminal_of
from service.cli.words import argument, noun, option, verb
from service.permissions import Operation

if TYPE_CHECKING:
    from ingest.connectors.types import Skipped
    from ingest.pipeline import DocumentOutcome, Pipeline
    from ingest.readers.types import ReadOptions
    from ingest.sources import Pulled

NO_PATH = message("cli.no_path", zh="{path} 不存在", en="{path} is not there")
FILE_EXISTS = message(
    "cli.file_exists",
    zh="{path} 已存在，不会覆盖",
    en="{path} exists already and is left as it is",
)

SourceName = Annotated[str, argument("来源名称", "Name of the source")]
Zone = Annotated[
    str | None,
    option(
        "--zone",
        zh="文件未注明时区时所用的时区，如 Asia/Shanghai",
        en="Zone of clocks in files that name none, like Asia/Shanghai",
    ),
]
_OUTCOMES = (
    ("file_name", "文件", "File"),
    ("state", "结果", "Result"),
    ("kind", "种类", "Kind"),
    ("records", "新记录", "Records"),
    ("duplicates", "重复", "Duplicates"),
    ("conflicts", "冲突", "Conflicts"),
    ("refused", "未采用行", "Rows refused"),
    ("reason", "原因", "Reason"),
)
_BAD = ("quarantined", "partial")


def register(app: typer.Typer) -> None:
    verb(app, "ingest", "接收文件或文件夹并识读", "Take in files or folders and read them")(ingest)
    source = noun(app, "source", "资料来源", "Sources of papers")
    verb(source, "add", "登记一个文件夹来源", "Add a folder as a source")(add)
    verb(source, "list", "列出来源", "List sources")(list_sources)
    verb(source, "remove", "停用来源", "Stop using a source")(remove)
    verb(source, "pull", "立即收取新资料", "Take in what is new")(pull)
    verb(source, "test", "试看来源，不收取", "Look at a source, take nothing")(test)
    verb(app, "template", "导出某种记录的填写模板", "Write the table to fill in for a record kind")(
        template
    )


def ingest(
    context: typer.Context,
    paths: Annotated[list[Path], argument("文件或文件夹", "Files or folders")],
    zone: Zone = None,
) -> None:
    from ingest.readers.types import ReadOptions
    from service.intake import pipeline_for

    for path in paths:
        if not path.exists():
            raise Misuse(NO_PATH, path=path)
    with signed_in(context, Operation.INGEST, signing=True) as desk:
        options = ReadOptions(zone=zone)
        with pipeline_for(desk.house, desk.actor.id, otherwise=options) as pipeline:
            skipped: list[Skipped] = []
            streams = [_own_unfinished(desk, pipeline)]
            streams += [_taken(desk, pipeline, path, options, skipped) for path in paths]
            show_outcomes(desk, chain.from_iterable(streams), skipped, None)


def add(
    context: typer.Context,
    name: SourceName,
    path: Annotated[Path, argument("文件夹", "Folder")],
    zone: Zone = None,
    date_order: Annotated[
        str | None,
        option("--date-order", zh="数字日期的次序：dmy、mdy、ymd", en="dmy, mdy or ymd"),
    ] = None,
    unit: Annotated[
        str | None,
        option("--temperature-unit", zh="未注明时的温度单位：C 或 F", en="C or F"),
    ] = None,
    every: Annotated[
        int, option("--every", zh="后台收取间隔（分钟）", en="Minutes between pulls", min=1)
    ] = 5,
) -> None:
    from service.intake import FolderSettings, add_source

    with signed_in(context, Operation.MANAGE_SOURCES) as desk:
        new = FolderSettings(name, path.absolute(), zone, date_order, unit, every)
        add_source(desk.house, desk.actor.id, new)
        desk.terminal.answer({"source": name}, "已登记来源 {source}", "added the source {source}")


def list_sources(context: typer.Context) -> None:
    from service.intake import configured

    with signed_in(context, Operation.SEE_SOURCES) as desk:
        columns = (
            ("name", "名称", "Name"),
            ("path", "文件夹", "Folder"),
            ("zone", "时区", "Zone"),
            ("every_minutes", "间隔（分钟）", "Minutes"),
        )
        rows = ({key: getattr(one, key) for key, _, _ in columns} for one in configured(desk.house))
        desk.terminal.table(columns, ({**row, "path": str(row["path"])} for row in rows))


def remove(context: typer.Context, name: SourceName) -> None:
    from service.intake import remove_source

    with signed_in(context, Operation.MANAGE_SOURCES) as desk:
        remove_source(desk.house, desk.actor.id, name)
        desk.terminal.answer({"source": name}, "已停用来源 {source}", "{source} is used no longer")


def pull(
    context: typer.Context,
    names: Annotated[
        list[str] | None, argument("来源名称，默认全部", "Names of sources, by default all")
    ] = None,
) -> None:
    from ingest.sources import pull as pull_from
    from service.intake import configured, pipeline_for, source_named

    with signed_in(context, Operation.INGEST, signing=True) as desk:
        chosen = (
            [source_named(desk.house, name) for name in names] if names else configured(desk.house)
        )
        with pipeline_for(desk.house, desk.actor.id) as pipeline:
            pulled = [pull_from(one.connected(), pipeline, actor=desk.actor.id) for one in chosen]
            outcomes = chain(_own_unfinished(desk, pipeline), *(one.outcomes for one in pulled))
            skipped = _Several(pulled)
            show_outcomes(desk, outcomes, skipped, sum(one.total for one in pulled))


def test(context: typer.Context, name: SourceName) -> None:
    from ingest.sources import known_refs
    from service.intake import source_named

    with signed_in(context, Operation.SEE_SOURCES) as desk:
        source = source_named(desk.house, name).connected()
        listing = source.connector.listing(known_refs(desk.house.journal, source))
        desk.terminal.answer(
            {
                "source": name,
                "new": len(listing.items),
                "waiting": len(listing.waiting),
                "skipped": len(listing.skipped),
            },
            "{source}：{new} 个新文件，{waiting} 个尚未写完，{skipped} 个不收取",
            "{source}: {new} new files, {waiting} still being written, {skipped} not taken",
        )


def template(
    context: typer.Context,
    kind: Annotated[str, argument("记录种类，如 lot", "Record kind, like lot")],
    out: Annotated[
        Path, option("--out", zh="输出文件（.xlsx 或 .csv）", en="File to write (.xlsx or .csv)")
    ],
) -> None:
    from ingest.templates import csv_table, xlsx_table

    data = csv_table(kind) if out.suffix.lower() == ".csv" else xlsx_table({kind: ()})
    write_new(out, data)
    terminal_of(context).answer({"out": str(out)}, "已写出 {out}", "wrote {out}")


def write_new(path: Path, data: bytes) -> None:
    """Write a file that is not there yet. Raises Misuse when it is."""
    try:
        with path.open("xb") as file:
            file.write(data)
    except FileExistsError:
        raise Misuse(FILE_EXISTS, path=path) from None


class _Several:
    """The skipped items of several pulls; they grow while the outcomes are consumed."""

    def __init__(self, pulled: Iterable[Pulled]) -> None:
        self._pulled = list(pulled)

    def __iter__(self) -> Iterator[Skipped]:
        return chain.from_iterable(one.skipped for one in self._pulled)


def _own_unfinished(desk: Desk, pipeline: Pipeline) -> Iterator[DocumentOutcome]:
    """What an earlier run of the same person left when it was interrupted."""
    house = desk.house
    left = pipeline.unfinished()
    received = {
        document.sha256
        for document in house.store.documents(house.now(), sha256=left)
        if document.received_by == desk.actor.id
    }
    return pipeline.process([sha256 for sha256 in left if sha256 in received])


def _taken(
    desk: Desk, pipeline: Pipeline, path: Path, options: ReadOptions, skipped: list[Skipped]
) -> Iterator[DocumentOutcome]:
    from audit.journal import ReceiptSource
    from ingest.sources import folder_source
    from ingest.sources import pull as pull_from

    if path.is_dir():
        source = folder_source(str(path.resolve()), path, options)
        pulled = pull_from(source, pipeline, actor=desk.actor.id)
        yield from pulled.outcomes
        skipped += pulled.skipped
        return
    receipt = pipeline.receive(
        desk.actor.id, path, file_name=path.name, source=ReceiptSource("upload")
    )
    yield from pipeline.process([receipt.sha256])


def show_outcomes(
    desk: Desk,
    outcomes: Iterable[DocumentOutcome],
    skipped: Iterable[Skipped],
    total: int | None,
) -> None:
    """Print what became of each document; exit 1 when something waits for a person."""
    rows: list[dict[str, Any]] = []
    with desk.terminal.progress("识读", "reading") as advance:
        for outcome in outcomes:
            rows.append(outcome_row(desk, outcome))
            advance(len(rows), total)
    for one in skipped:
        reason = desk.terminal.text(one.why, **{"name": one.name, **dict(one.params)})
        rows.append({"file_name": one.name, "state": "skipped", "reason": reason})
    desk.house.log.checkpoint()
    shown = rows if desk.terminal.as_json else [r for r in rows if r["state"] != "read"]
    if shown or desk.terminal.as_json:
        desk.terminal.table(_OUTCOMES, shown)
    counts = Counter(row["state"] for row in rows)
    records = sum(row.get("records", 0) for row in rows)
    said = ", ".join(f"{state} {count}" for state, count in sorted(counts.items()))
    desk.terminal.say(
        f"{len(rows)} 个文件（{said}），{records} 条新记录",
        f"{len(rows)} files ({said}), {records} new records",
    )
    if any(row["state"] in _BAD or row.get("conflicts") for row in rows):
        raise typer.Exit(1)


def outcome_row(desk: Desk, outcome: DocumentOutcome) -> dict[str, Any]:
    """One document's outcome as values, its reason as a sentence."""
    reason = None
    if outcome.reason is not None:
        try:
            reason = desk.terminal.text(outcome.reason, **outcome.params)
        except KeyError:
            reason = outcome.reason.code
    return {
        "sha256": outcome.sha256,
        "file_name": outcome.file_name,
        "state": outcome.state.value,
        "kind": outcome.kind,
        "parser": outcome.parser,
        "records": outcome.records,
        "duplicates": outcome.duplicates,
        "conflicts": outcome.conflicts,
        "refused": outcome.refused,
        "code": outcome.reason.code if outcome.reason else None,
        "reason": reason,
    }
