"""The derived files of a package, made in a folder."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path

from audit.journal import Journal
from audit.records import codec
from audit.store import Store
from audit.store.state import LIVE
from audit.store.types import StoredRecord
from reports.package.export import Facts
from reports.package.model import Given
from reports.package.personal import masked
from reports.package.report import cold
from reports.package.report.cover import bound, title_of
from reports.package.report.custody import custody
from reports.package.report.evidence import evidence
from reports.package.report.findings import counted, findings, released
from reports.package.report.permits import permits
from reports.package.report.scope import completeness, scope
from reports.package.report.words import Words
from reports.package.write import Extra
from reports.pdf.model import Report, volumes
from reports.pdf.render import render
from reports.registers import RegisterRow, write_registers


def inspection_files(journal: Journal) -> Callable[[Facts, Path], Sequence[Extra]]:
    """The maker of a package's derived files, reading through `journal`."""

    def make(facts: Facts, folder: Path) -> Sequence[Extra]:
        return list(_files(journal.store, facts, folder))

    return make


def _files(store: Store, facts: Facts, folder: Path) -> Iterator[Extra]:
    records = facts.load()
    words = Words(store, facts, records)
    made = [("report", main_report(words))]
    if facts.request.findings:
        made.append(("findings", findings_report(words)))
    for name, report in made:
        parts = volumes(report)
        for number, part in enumerate(parts, 1):
            file = f"{name}.pdf" if len(parts) == 1 else f"{name}-{number}.pdf"
            (folder / file).write_bytes(render(part, made_at=facts.cut_at))
            yield Extra(file, folder / file)
    path = folder / "registers.xlsx"
    rows = list(_register_rows(facts, records))
    write_registers(path, rows, lang=facts.request.lang, made_at=facts.cut_at, title=facts.package)
    yield Extra("registers.xlsx", path)


def _register_rows(facts: Facts, records: Mapping[int, StoredRecord]) -> Iterator[RegisterRow]:
    given = {one.seq: one.payload for one in facts.selection.members}
    for seq, stored in sorted(records.items()):
        if stored.record is None or stored.state not in LIVE:
            continue
        if given.get(seq) not in (Given.GIVEN, Given.MASKED):
            continue
        values = codec.dump(stored.record)
        if given[seq] is Given.MASKED:
            values = masked(stored.kind, values)
        yield RegisterRow(seq, stored.kind, values)


def main_report(w: Words) -> Report:
    """The report: scope, completeness, custody, papers, cold chain, list of evidence."""
    chapters = (scope(w), completeness(w), custody(w), permits(w), cold.section(w), evidence(w))
    statement = w.t(
        "本册由系统自账本生成。所列条目、内容与原件均在同一检查包内，可用核验程序独立验证。",
        "Made by the system from the ledger. Entries, contents and originals named here lie in "
        "the same package and can be verified independently.",
    )
    counts = counted(w, released(w)) if w.facts.request.findings else ()
    return bound(w, title_of(w), [one for one in chapters if one], statement, counts)


def findings_report(w: Words) -> Report:
    """The findings volume, released apart."""
    found = released(w)
    statement = w.t(
        "本册经质量负责人签发后随检查包提供。",
        "This volume is provided once released by the head of quality.",
    )
    title = w.t("检查发现（另册）", "Findings (separate volume)")
    return bound(w, title, [findings(w, found)], statement, counted(w, found))
