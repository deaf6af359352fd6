"""`verify`, `log …`, `key …`, `rebuild`, `worker`: the ledger and the process behind it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from base.errors import Misuse, message
from service.cli.session import (
    read_token,
    signed_in,
    signed_in_to_verify,
    terminal_of,
)
from service.cli.words import argument, noun, option, verb
from service.permissions import Operation

if TYPE_CHECKING:
    from audit.ledger import Problem
    from service.cli.terminal import Terminal

UNREADABLE = message(
    "cli.unreadable", zh="{path} 无法读取：{detail}", en="{path} cannot be read: {detail}"
)
Out = Annotated[Path | None, option("--out", zh="写入文件", en="Write to a file")]


def register(app: typer.Typer) -> None:
    verb(app, "verify", "核验全部账本", "Verify the whole ledger")(verify)
    verb(app, "rebuild", "由账本重建读取表", "Make the read tables again from the ledger")(rebuild)
    verb(app, "worker", "后台进程：定时收取、检查、签名", "The background process")(worker)
    log = noun(app, "log", "账本", "The ledger")
    verb(log, "checkpoint", "签发检查点", "Sign a checkpoint")(checkpoint)
    verb(log, "prove", "一条条目的包含证明", "Inclusion proof of an entry")(prove)
    verb(log, "consistency", "两个大小之间的一致性证明", "Consistency proof of two sizes")(
        consistency
    )
    key = noun(app, "key", "签名密钥", "The signing key")
    verb(key, "show", "现行密钥及其指纹", "The key in force and its fingerprint")(show_key)
    verb(key, "rotate", "更换签名密钥", "Hand over to a new key")(rotate)


def verify(
    context: typer.Context,
    deep: Annotated[
        bool,
        option("--deep", zh="连同原件、读取表和结论", en="With originals, read tables, decisions"),
    ] = False,
    fingerprint: Annotated[
        list[str] | None,
        option("--fingerprint", zh="您所信任的密钥指纹", en="Fingerprint of a key you trust"),
    ] = None,
    earlier: Annotated[
        list[Path] | None,
        option("--earlier", zh="您所持的早先检查点", en="An earlier checkpoint that you hold"),
    ] = None,
) -> None:
    from audit.ledger import verify_log
    from audit.store import verify_deep

    notes = [_read(path) for path in earlier or ()]
    with signed_in_to_verify(context) as desk:
        house, terminal = desk.house, desk.terminal
        with terminal.progress("核验", "verifying"):
            report = verify_log(
                house.engine,
                origin=house.log.origin,
                fingerprints=fingerprint or (),
                earlier=notes,
                key_dir=house.key_dir,
            )
            problems = list(report.findings)
            if deep:
                from checks.replay import replay_findings

                found = verify_deep(house.log, house.documents, replayers=[replay_findings])
                problems = sorted([*problems, *found], key=lambda problem: problem.rank)
        told = {
            "ok": not problems,
            "origin": report.origin,
            "size": report.size,
            "root": report.root.hex(),
            "signed_size": report.signed_size,
            "fingerprints": list(report.fingerprints),
            "compared": list(report.compared),
            "deep": deep,
            "verdict": report.verdict(terminal.lang),
            "problems": [_problem(problem, terminal) for problem in problems],
        }
        if terminal.as_json:
            terminal.json(told)
        else:
            for problem in problems:
                terminal.say(problem.text("zh"), problem.text("en"))
            if problems and report.ok:
                first = problems[0]
                terminal.say(
                    f"不成立：{len(problems)} 处问题，首个为 {first.text('zh')}",
                    f"broken: {len(problems)} problems, the first is {first.text('en')}",
                )
            else:
                terminal.say(report.verdict("zh"), report.verdict("en"))
            terminal.say(
                f"{report.origin}：{report.size} 条条目，已签检查点覆盖 {report.signed_size} 条",
                f"{report.origin}: {report.size} entries, {report.signed_size} below a checkpoint",
            )
        if problems:
            raise typer.Exit(3)


def rebuild(context: typer.Context) -> None:
    from audit.store import rebuild as make_again
    from service.house import open_house

    terminal = terminal_of(context)
    with open_house(terminal.data, current=False) as house:
        actor = house.people.actor(read_token(terminal.data))
        actor.demand(Operation.REBUILD)
        with terminal.progress("重建", "rebuilding"):
            size = make_again(house.log)
        house.journal.note(actor.id, "tables.rebuilt", {"entries": size})
    terminal.answer(
        {"entries": size}, "已由 {entries} 条条目重建", "made again from {entries} entries"
    )


def worker(
    context: typer.Context,
    once: Annotated[
        bool, option("--once", zh="只做到期的工作一遍", en="Do what is due once, then end")
    ] = False,
) -> None:
    from service.worker import serve

    serve(terminal_of(context).data, once=once)


def checkpoint(context: typer.Context, out: Out = None) -> None:
    with signed_in(context, Operation.CHECKPOINT, signing=True) as desk:
        made = desk.house.log.checkpoint()
        if out is not None:
            _write(out, made.note)
        if desk.terminal.as_json:
            desk.terminal.json({"size": made.size, "root": made.root.hex(), "note": made.note})
        elif out is None:
            desk.terminal.say(made.note.rstrip(), made.note.rstrip())
        else:
            desk.terminal.say(f"已写出 {out}", f"wrote {out}")


def prove(
    context: typer.Context,
    seq: Annotated[int, argument("条目编号", "Number of the entry")],
    out: Out = None,
) -> None:
    with signed_in(context, Operation.VERIFY, signing=True) as desk:
        log = desk.house.log
        log.entry(seq)
        text = log.proof_text(seq, log.checkpoint())
        _show(desk.terminal, {"seq": seq, "proof": text}, text, out)


def consistency(
    context: typer.Context,
    old: Annotated[int, argument("较小的大小", "The smaller size")],
    new: Annotated[
        int | None, argument("较大的大小，默认现在", "The larger, now by default")
    ] = None,
    out: Out = None,
) -> None:
    import base64

    with signed_in(context, Operation.VERIFY) as desk:
        log = desk.house.log
        size = log.size() if new is None else new
        hashes = [base64.b64encode(one).decode() for one in log.consistency_proof(old, size)]
        told = {"old": old, "new": size, "proof": hashes}
        _show(desk.terminal, told, "".join(f"{one}\n" for one in hashes), out)


def show_key(context: typer.Context) -> None:
    from audit.ledger.note import fingerprint

    with signed_in(context, Operation.VERIFY) as desk:
        columns = (("vkey", "公钥", "Key"), ("fingerprint", "指纹", "Fingerprint"))
        rows = [
            {"vkey": one.vkey, "fingerprint": fingerprint(one.vkey)}
            for one in desk.house.log.verifiers()
        ]
        desk.terminal.table(columns, rows)


def rotate(context: typer.Context) -> None:
    from audit.ledger.keys import create_key, make_current
    from audit.ledger.note import fingerprint
    from service import settings as config

    with signed_in(context, Operation.MANAGE_KEYS, signing=True) as desk:
        house = desk.house
        phrase = config.passphrase(house.data, house.settings).decode("utf-8", "replace")
        new = create_key(house.key_dir, house.settings.origin, phrase)
        entry = house.log.rotate_key(new, desk.actor.id)
        make_current(house.key_dir, new.vkey)
        desk.terminal.answer(
            {"seq": entry.seq, "vkey": new.vkey, "fingerprint": fingerprint(new.vkey)},
            "已更换密钥（条目 {seq}），新指纹 {fingerprint}",
            "the key was changed (entry {seq}); new fingerprint {fingerprint}",
        )


def _problem(problem: Problem, terminal: Terminal) -> dict[str, Any]:
    return {
        "code": problem.code,
        "layer": problem.layer.value,
        "index": problem.index,
        "expected": problem.expected,
        "found": problem.found,
        "subject": problem.subject,
        "message": problem.text(terminal.lang),
    }


def _show(terminal: Terminal, told: dict[str, Any], text: str, out: Path | None) -> None:
    if out is not None:
        _write(out, text)
    if terminal.as_json:
        terminal.json(told)
    elif out is None:
        terminal.say(text.rstrip(), text.rstrip())
    else:
        terminal.say(f"已写出 {out}", f"wrote {out}")


def _write(out: Path, text: str) -> None:
    from service.cli.sources import write_new

    write_new(out, text.encode())


def _read(path: Path) -> str:
    try:
        return path.read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise Misuse(UNREADABLE, path=path, detail=error) from error
