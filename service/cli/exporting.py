"""`export …`, `verify-package`: what leaves the house, and whether it can be trusted."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from base.errors import Misuse, message
from service.cli.people import PasswordFile
from service.cli.session import signed_in, terminal_of
from service.cli.words import argument, noun, option, verb
from service.permissions import Operation

if TYPE_CHECKING:
    from reports.package.request import Selector
    from service.house import House

ONE_SELECTOR = message(
    "cli.one_selector",
    zh="请在 --lot、--party、--from 与 --to 中选一种",
    en="choose one of --lot, --party, or --from with --to",
)

From = Annotated[
    datetime | None, option("--from", zh="期间首日", en="First day", formats=["%Y-%m-%d"])
]
To = Annotated[datetime | None, option("--to", zh="期间末日", en="Last day", formats=["%Y-%m-%d"])]


def register(app: typer.Typer) -> None:
    export = noun(app, "export", "导出", "Exports")
    verb(export, "inspection", "检查包：证据、证明、报告与登记表", "An inspection package")(
        inspection
    )
    verb(export, "registers", "法定登记表（XLSX）", "The statutory registers as a workbook")(
        registers
    )
    verb(app, "verify-package", "核验检查包（不需要本系统的数据）", "Verify a package, alone")(
        verify_package
    )


def inspection(
    context: typer.Context,
    out: Annotated[Path, option("--out", zh="输出（.zip 或文件夹）", en="A .zip or a folder")],
    lot: Annotated[str | None, option("--lot", zh="批号或批次标识", en="Lot number or key")] = None,
    party: Annotated[
        str | None,
        option("--party", zh="单位名称、信用代码或标识", en="Name, credit code or key of a party"),
    ] = None,
    start: From = None,
    end: To = None,
    findings: Annotated[
        bool,
        option("--findings", zh="附检查发现册（质量负责人签名）", en="With the findings, signed"),
    ] = False,
    purpose: Annotated[
        str,
        option(
            "--purpose",
            zh="用途：inspection、due_diligence、self_inspection",
            en="inspection, due_diligence or self_inspection",
        ),
    ] = "inspection",
    asked_by: Annotated[str, option("--asked-by", zh="何人索取", en="Who asks")] = "",
    reference: Annotated[str, option("--reference", zh="来文号", en="Reference")] = "",
    password_file: PasswordFile = None,
) -> None:
    from reports.package.export import export_package
    from reports.package.report import inspection_files
    from reports.package.request import Request
    from service.exports import purpose_named

    _one_selector(lot, party, start, end)
    with signed_in(context, Operation.EXPORT, signing=True) as desk:
        house, terminal = desk.house, desk.terminal
        selector = _selector(house, lot, party, start, end)
        request = Request(
            selector,
            purpose=purpose_named(purpose),
            asked_by=asked_by,
            reference=reference,
            findings=findings,
            lang=terminal.lang,
        )
        if findings:
            desk.actor.demand(Operation.EXPORT_FINDINGS)
            signature = desk.sign("findings.released", reference or purpose, password_file)
            said = {
                "request": request.to_payload(),
                "signature": house.people.signed(signature),
            }
            house.journal.note(desk.actor.id, "findings.released", said)
        assert house.signer is not None
        with terminal.progress("写检查包", "writing the package") as advance:
            made = export_package(
                house.journal,
                request,
                out.absolute(),
                house.signer,
                actor=desk.actor.id,
                extras=inspection_files(house.journal),
                progress=advance,
            )
        house.log.checkpoint()
        terminal.answer(
            {
                "package": made.package,
                "out": str(made.written.path),
                "cut": made.cut.seq,
                "members": len(made.selection.members),
                "files": made.written.files,
                "bytes": made.written.size,
                "manifest": made.written.manifest,
                "fingerprint": made.written.fingerprint,
            },
            "检查包 {package}：{members} 条条目，{files} 个文件\n已写出 {out}\n"
            "密钥指纹 {fingerprint}",
            "package {package}: {members} entries, {files} files\nwrote {out}\n"
            "key fingerprint {fingerprint}",
        )


def registers(
    context: typer.Context,
    out: Annotated[Path, option("--out", zh="输出工作簿", en="Workbook to write")],
    start: From = None,
    end: To = None,
    personal: Annotated[
        bool, option("--personal", zh="含个人信息（默认遮盖）", en="With personal data")
    ] = False,
) -> None:
    from service.cli.sources import FILE_EXISTS
    from service.exports import write_period

    if out.exists():
        raise Misuse(FILE_EXISTS, path=out)
    with signed_in(context, Operation.EXPORT) as desk:
        first = start.date() if start else None
        last = end.date() if end else None
        rows = write_period(
            desk.house, out, first, last, lang=desk.terminal.lang, personal=personal
        )
        said: dict[str, Any] = {"rows": rows, "personal": personal}
        period = {"from": first, "to": last}
        said |= {name: day.isoformat() for name, day in period.items() if day}
        desk.house.journal.note(desk.actor.id, "registers.exported", said)
        desk.terminal.answer(
            {"out": str(out), "rows": rows},
            "已写出 {out}（{rows} 行）",
            "wrote {out} ({rows} rows)",
        )


def verify_package(
    context: typer.Context,
    path: Annotated[Path, argument("检查包（zip 或文件夹）", "Package (zip or folder)")],
    fingerprint: Annotated[
        str | None,
        option("--fingerprint", zh="您所持的密钥指纹", en="The key's fingerprint you hold"),
    ] = None,
    earlier: Annotated[
        Path | None,
        option("--earlier", zh="您所持的早先检查点或检查包", en="An earlier checkpoint or package"),
    ] = None,
) -> None:
    from reports.verifier import verify_package as verify
    from service.cli.sources import NO_PATH

    for given in (path, earlier):
        if given is not None and not given.exists():
            raise Misuse(NO_PATH, path=given)
    terminal = terminal_of(context)
    verdict = verify(path, fingerprint=fingerprint, earlier=earlier)
    if terminal.as_json:
        terminal.json(verdict.as_dict())
    else:
        said = "\n".join(verdict.lines(terminal.lang))
        terminal.say(said, said)
    if not verdict.ok:
        raise typer.Exit(3)


def _one_selector(
    lot: str | None, party: str | None, start: datetime | None, end: datetime | None
) -> None:
    period = start is not None or end is not None
    if sum((lot is not None, party is not None, period)) != 1 or (start is None) != (end is None):
        raise Misuse(ONE_SELECTOR)


def _selector(
    house: House,
    lot: str | None,
    party: str | None,
    start: datetime | None,
    end: datetime | None,
) -> Selector:
    from reports.package.request import ByLot, ByParty, ByPeriod
    from service.exports import lot_named, party_named

    if lot is not None:
        return ByLot(lot_named(house, lot))
    if party is not None:
        return ByParty(party_named(party))
    assert start is not None
    assert end is not None
    return ByPeriod(start.date(), end.date())
