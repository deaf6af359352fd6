"""`devicetrail demo`: the whole way of the evidence, from a folder of papers to a verified package.

Everything that is shown here happens: the papers are real files, the checks know nothing of what
was planted, and the verifier is the file that an inspector runs.
"""

from __future__ import annotations

import hashlib
import secrets
import shutil
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from audit.journal import ReceiptSource
from audit.ledger import verify_log
from audit.ledger.note import fingerprint
from audit.ledger.problems import Problem
from audit.records import KINDS
from audit.store.deep import verify_deep
from audit.store.state import State
from base.errors import Refused, message
from checks.replay import replay_findings
from checks.run import RunResult, run
from checks.verdicts import Result, Severity, Verdict
from ingest.pipeline import DocumentOutcome
from ingest.sources import pull
from reports.package import ByLot, Request, export_package
from reports.package.report import inspection_files
from reports.verifier import VERIFY_PY
from service.cli.terminal import Terminal
from service.demo import tamper
from service.demo.company import found_company
from service.demo.generate import SEED, DemoCompany, generate
from service.demo.planted import Planted
from service.founding import initialise
from service.house import House, open_house
from service.intake import FolderSettings, add_source, pipeline_for, source_named
from service.people import Actor, NewUser
from service.permissions import Role

MARK: Final = ".devicetrail-demo"
"""Only a folder that carries this file is ever removed to make room for a new demonstration."""
SOURCE: Final = "inbox"
SHOWN: Final = "excursion_frozen"
"""The planted fault whose lot the package is about: its report draws the cold chain."""

NOT_A_DEMO = message(
    "demo.not_a_demo",
    zh="{path} 已存在且不是演示目录，不会覆盖",
    en="{path} exists and is no demonstration; it is left as it is",
)


@dataclass(frozen=True, slots=True)
class Compared:
    """What was planted beside what was found.

    extra: faults that nobody planted. reminders: notices of what ends soon, as every company has.
    """

    rows: tuple[Mapping[str, Any], ...]
    missed: int
    extra: tuple[Verdict, ...]
    reminders: int

    @property
    def exact(self) -> bool:
        return not self.missed and not self.extra


def demo(terminal: Terminal, place: Path, *, scale: int = 1) -> int:
    """Run the demonstration in `place`. Returns 0 when all came out as it should, else 1."""
    began = time.monotonic()
    _make_room(place)
    with _step(terminal, "生成虚构企业的资料", "make the invented distributor's papers"):
        company = generate(place / "inbox", scale=scale)
    data = place / "house"
    passwords = {name: secrets.token_urlsafe(12) for name in ("admin", "quality", "business")}
    _found(data, company, passwords, place)
    with open_house(data, signing=True) as house:
        quality, _ = house.people.sign_in("quality", passwords["quality"])
        business, _ = house.people.sign_in("business", passwords["business"])
        with _step(terminal, "收取、识读并写入账本", "take in, read, write to the ledger"):
            outcomes = _ingest(house, business)
        _show_ingest(terminal, outcomes)
        with _step(terminal, "质量负责人确认基础数据", "the quality head confirms master data"):
            confirmed = _confirm(house, quality, passwords["quality"], company)
        terminal.say(f"  已确认 {confirmed} 条", f"  {confirmed} confirmed")
        _mishaps(house, business, company)
        with _step(terminal, "逐条核查", "check everything"):
            result = run(house.journal, company.valid_at, actor=quality.id)
        compared = compare(house, company, result, outcomes)
        _found_again(house, business, company)
        _show_compared(terminal, compared, result)
        lot = next(one.subject for one in company.planted if one.name == SHOWN)
        package = place / "package.zip"
        with _step(terminal, "导出一个批次的检查包", "export the inspection package of a lot"):
            request = Request(
                ByLot(lot), asked_by="示例市市场监督管理局", lang=terminal.lang,
                valid_at=company.valid_at,
            )  # fmt: skip
            assert house.signer is not None
            export_package(
                house.journal, request, package, house.signer, actor=quality.id,
                extras=inspection_files(house.journal),
            )  # fmt: skip
        key = fingerprint(house.signer.vkey)
    verified = _verify_alone(terminal, package, key)
    broken = _verify_broken(terminal, package, place, key)
    named = _tampering(terminal, data, place)
    good = compared.exact and verified and broken and named
    _farewell(terminal, place, data, package, key, time.monotonic() - began)
    if terminal.as_json:
        terminal.json(
            {
                "ok": good,
                "planted": list(compared.rows),
                "extra": [[one.rule, one.subject, one.result.value] for one in compared.extra],
                "package": str(package),
                "fingerprint": key,
            }
        )
    return 0 if good else 1


def _make_room(place: Path) -> None:
    if place.exists() and any(place.iterdir()):
        if not (place / MARK).is_file():
            raise Refused(NOT_A_DEMO, path=place)
        shutil.rmtree(place)
    place.mkdir(parents=True, exist_ok=True)
    (place / MARK).touch()


@contextmanager
def _step(terminal: Terminal, zh: str, en: str) -> Iterator[None]:
    began = time.monotonic()
    yield
    took = time.monotonic() - began
    terminal.say(f"✓ {zh}（{took:.1f} 秒）", f"✓ {en} ({took:.1f} s)")


def _found(data: Path, company: DemoCompany, passwords: Mapping[str, str], place: Path) -> None:
    own = found_company(SEED).parties["self"]
    chosen = {
        "organisation": "demo",
        "organisation_name": own.name,
        "uscc": own.uscc,
        "issuers": (
            {
                "name": company.issuer.name,
                "key": company.issuer.key,
                "state": company.issuer.state,
                "origin": company.issuer.origin,
            },
        ),
    }
    administrator = NewUser(
        "admin", "系统管理员（示例）", frozenset({Role.ADMINISTRATOR}), passwords["admin"]
    )
    head = NewUser(
        "quality", "质量负责人（示例）", frozenset({Role.QUALITY_HEAD}), passwords["quality"]
    )
    initialise(data, chosen, administrator, head)
    with open_house(data) as house:
        admin, _ = house.people.sign_in("admin", passwords["admin"])
        house.people.add(
            admin.id,
            NewUser(
                "business", "业务员（示例）", frozenset({Role.BUSINESS}), passwords["business"]
            ),
        )
        add_source(house, admin.id, FolderSettings(SOURCE, company.root, company.zone))
    path = place / "passwords.txt"
    path.touch(mode=0o600)
    path.write_text("".join(f"{name} {word}\n" for name, word in passwords.items()), "utf-8")


def _ingest(house: House, actor: Actor) -> list[DocumentOutcome]:
    """Pull the folder: what became of each document."""
    with pipeline_for(house, actor.id) as pipeline:
        source = source_named(house, SOURCE).connected()
        return list(pull(source, pipeline, actor=actor.id).outcomes)


def _show_ingest(terminal: Terminal, outcomes: Sequence[DocumentOutcome]) -> None:
    counts = Counter(one.state.value for one in outcomes)
    records = sum(one.records for one in outcomes)
    listed = ", ".join(f"{name} {count}" for name, count in sorted(counts.items()))
    terminal.say(f"  {records} 条记录；文件：{listed}", f"  {records} records; files: {listed}")


def _confirm(house: House, actor: Actor, password: str, company: DemoCompany) -> int:
    """Sign all pending master data, save what the story leaves unconfirmed."""
    signature = house.people.sign(actor, password, "confirmation", "demonstration")
    withheld = {Path(name).name for name in company.withheld}
    at = house.now()
    names = {one.sha256: one.file_name for one in house.store.documents(at)}
    waiting = [
        one.seq
        for one in house.store.records(at, tuple(KINDS), states=(State.PENDING,))
        if names.get(one.document or "") not in withheld
    ]
    for start in range(0, len(waiting), 200):
        house.journal.confirm(signature, waiting[start : start + 200])
    return len(waiting)


def _mishaps(house: House, actor: Actor, company: DemoCompany) -> None:
    """What happens to originals in a careless office: one is lost, one is thrown away too early,
    past the command that would have refused."""
    for one in company.after:
        digest = _digest(company, one.file)
        if one.what == "lost":
            house.documents.remove(digest)
            house.journal.check_fixity(actor.id, digest)
        else:
            day = company.valid_at.isoformat()
            house.journal.dispose(actor.id, digest, "demonstration", disposed_on=day)


def _found_again(house: House, actor: Actor, company: DemoCompany) -> None:
    """The lost original turns up: received again, its bytes are whole."""
    for one in company.after:
        if one.what == "lost":
            file = next(file for file in company.files if file.path == one.file)
            source = ReceiptSource("person", actor.name)
            name = Path(one.file).name
            house.journal.receive(actor.id, file.data, file_name=name, source=source)


def compare(
    house: House, company: DemoCompany, result: RunResult, outcomes: Sequence[DocumentOutcome]
) -> Compared:
    """Planted against found: every fault by its rule and subject, and whatever else alarmed."""
    at = house.store.snapshot(company.valid_at)
    alarms = {
        (one.rule, one.subject): one
        for one in result.verdicts
        if one.result in (Result.FAIL, Result.UNKNOWN)
    }
    planted = (*company.planted, *(one.planted for one in company.after))
    named = [*planted, *company.quiet]
    subjects = house.store.subject_ids(at, [one.subject for one in named if one.subject])
    rows: list[dict[str, Any]] = []
    missed = 0
    expected: set[tuple[str, str]] = set()
    for one in planted:
        if one.outcome == "noted":
            subject = f"document:{_digest(company, one.file)}"
            expected |= {(rule, subject) for rule in (one.rule, *one.also)}
            verdict = alarms.get((one.rule, subject))
            found, good = (verdict.result.value, True) if verdict else ("-", False)
        elif one.family == "ingest":
            became = tuple(_became(house, company, outcomes, one))
            found = ", ".join(became) or "-"
            good = (one.rule if one.outcome == "quarantined" else one.outcome) in became
        else:
            subject = subjects[one.subject]
            expected |= {(rule, subject) for rule in (one.rule, *one.also)}
            verdict = alarms.get((one.rule, subject))
            found = verdict.result.value if verdict else "-"
            good = found == one.outcome
        missed += not good
        rows.append(_row(one, found, good=good))
    for one in company.quiet:
        verdict = alarms.get((one.rule, subjects[one.subject]))
        missed += verdict is not None
        found = verdict.result.value if verdict else "quiet"
        rows.append(_row(one, found, good=verdict is None))
    others = [verdict for key, verdict in sorted(alarms.items()) if key not in expected]
    extra = tuple(one for one in others if one.severity is not Severity.NOTICE)
    return Compared(tuple(rows), missed, extra, len(others) - len(extra))


def _row(one: Planted, found: str, *, good: bool) -> dict[str, Any]:
    return {
        "name": one.name,
        "zh": one.zh,
        "en": one.en,
        "family": one.family,
        "rule": one.rule,
        "planted": one.outcome,
        "found": found,
        "good": "✓" if good else "✗",
    }


def _digest(company: DemoCompany, path: str) -> str:
    data = next(file.data for file in company.files if file.path == path)
    return hashlib.sha256(data).hexdigest()


def _became(
    house: House, company: DemoCompany, outcomes: Sequence[DocumentOutcome], one: Planted
) -> Iterator[str]:
    """Reason codes, or states, of every outcome of a planted file. Of two papers that contradict
    each other the one that is read second goes to quarantine, whichever that is."""
    digest = _digest(company, one.file)
    for outcome in outcomes:
        if outcome.sha256 == digest:
            yield outcome.reason.code if outcome.reason else outcome.state.value
    at = house.now()
    for item in house.store.quarantine(at):
        against = str(item.params.get("against", "")).removeprefix("entry ")
        standing = house.store.record(at, int(against)) if against.isdigit() else None
        if standing is not None and digest in (item.document, standing.document):
            yield item.reason


def _show_compared(terminal: Terminal, compared: Compared, result: RunResult) -> None:
    if terminal.as_json:
        return
    what = terminal.pick("zh", "en")
    columns = (
        ("good", "", ""),
        (what, "埋入的差错与不应报警的情形", "Planted fault, or case that must stay quiet"),
        ("rule", "规则", "Rule"),
        ("planted", "应为", "Expected"),
        ("found", "查出", "Found"),
    )
    terminal.table(columns, compared.rows)
    judged = sum(sum(counts.values()) for counts in result.counts.values())
    terminal.say(
        f"  共 {judged} 项判断；埋入 {len(compared.rows)} 例，不符 {compared.missed} 例，"
        f"多余报警 {len(compared.extra)} 例；另有 {compared.reminders} 条到期提醒",
        f"  {judged} verdicts; {len(compared.rows)} cases, {compared.missed} not as expected, "
        f"{len(compared.extra)} alarms that nobody planted; {compared.reminders} reminders of "
        "what ends soon",
    )
    for verdict in compared.extra:
        text = verdict.found.text(terminal.lang)
        sys.stdout.write(f"    {verdict.rule} {verdict.subject}: {text}\n")


def _verify_alone(terminal: Terminal, package: Path, key: str) -> bool:
    """Run the stand-alone verifier in an interpreter of its own."""
    with _step(terminal, "独立验证程序验证检查包", "the stand-alone verifier judges the package"):
        done = _verifier(terminal, package, key)
    _quote(terminal, done.stdout)
    return done.returncode == 0


def _verifier(terminal: Terminal, package: Path, key: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-I", str(VERIFY_PY), str(package)]
    command += ["--fingerprint", key, "--lang", terminal.lang]
    return subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603


def _quote(terminal: Terminal, text: str) -> None:
    if not terminal.as_json:
        sys.stdout.write("".join(f"    {line}\n" for line in text.splitlines()))


def _verify_broken(terminal: Terminal, package: Path, place: Path, key: str) -> bool:
    """Change one byte in the middle of a copy: the verifier must name what is broken."""
    copy = place / "package-changed.zip"
    data = bytearray(package.read_bytes())
    data[len(data) // 2] ^= 1
    copy.write_bytes(data)
    done = _verifier(terminal, copy, key)
    copy.unlink()
    terminal.say(
        "✓ 检查包副本改动一个字节后，验证程序指出：",
        "✓ with one byte of a copy changed, the verifier says:",
    )
    _quote(terminal, done.stdout)
    return done.returncode == 3


def _tampering(terminal: Terminal, data: Path, place: Path) -> bool:
    """Change the installation's copy in each layer; verification must name index and layer."""
    rows = []
    for change in tamper.CHANGES:
        with tamper.copied(data, place / "tampered") as copy:
            where = tamper.make(change, copy)
            first = _first_problem(copy, deep=change.layer in ("read-table", "document"))
        index = "-" if first is None or first.index is None else str(first.index)
        rows.append(
            {
                "change": terminal.pick(change.zh, change.en),
                "where": where[:24],
                "layer": first.layer.value if first else "-",
                "index": index,
                "says": first.why.text(terminal.lang, subject=first.subject) if first else "-",
                "good": "✓" if first and first.layer.value == change.layer else "✗",
            }
        )
    columns = (
        ("good", "", ""),
        ("change", "在副本上的改动", "Changed in a copy"),
        ("where", "位置", "Where"),
        ("layer", "验证指出的层", "Layer named"),
        ("index", "条目", "Entry"),
        ("says", "验证结论", "Verification says"),
    )
    if not terminal.as_json:
        terminal.table(columns, rows)
    return all(row["good"] == "✓" for row in rows)


def _first_problem(data: Path, *, deep: bool) -> Problem | None:
    """The first thing that `verify`, or `verify --deep`, names."""
    with open_house(data, compare=False) as house:
        found: Sequence[Problem] = verify_log(house.engine, key_dir=house.key_dir).findings
        if deep and not found:
            replayers = (replay_findings,)
            found = verify_deep(house.log, house.documents, replayers=replayers)
        return found[0] if found else None


def _farewell(
    terminal: Terminal, place: Path, data: Path, package: Path, key: str, took: float
) -> None:
    home = "devicetrail" if shutil.which("devicetrail") else ".venv/bin/devicetrail"
    terminal.say(
        f"\n用时 {took:.0f} 秒。\n检查包：{package}\n签名密钥指纹：{key}\n"
        f"继续查看（密码见 {place / 'passwords.txt'}）：\n"
        f"  {home} --data {data} login quality\n"
        f"  {home} --data {data} findings list\n"
        f"  {home} --data {data} verify --deep",
        f"\n{took:.0f} s in all.\nPackage: {package}\nFingerprint of the signing key: "
        f"{key}\nLook further (passwords in {place / 'passwords.txt'}):\n"
        f"  {home} --data {data} login quality\n"
        f"  {home} --data {data} findings list\n"
        f"  {home} --data {data} verify --deep",
    )
