"""Writes docs/sample-files.md: what the readers make of every sample file.

    python -m tests.readers.sample_table [SAMPLES]

SAMPLES is the folder of sample files (else DEVICETRAIL_SAMPLES, else ../shared/data). A test
compares the committed page with what the readers do now.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Final

import numpy as np

from ingest.readers.detect import read
from ingest.readers.types import GAP, ReadDocument, ReadOptions, Series, Unreadable

ROOT: Final = Path(__file__).parents[2]
PAGE: Final = ROOT / "docs" / "sample-files.md"
FOLDERS: Final = ("loggers", "invoices")
ZONE: Final = "Asia/Shanghai"

_HEAD: Final = f"""# Sample files and what the readers make of them

Real and reference files that nobody here wrote, as the readers see them. Written by
`python -m tests.readers.sample_table`; a test keeps it true.

"As it comes" is the file without anything known about its source. Loggers whose clock is set by
their users state no zone: such a file waits (`read.zone_missing`) until the zone of the logger or
of its source is set. "With a zone" is the same file when its source's zone is set to {ZONE}; a
zone that the file states itself outranks it. A dash means: the same.

"""
_TABLE: Final = "| file | as it comes | with a zone |\n|---|---|---|\n"


@cache
def page(samples: Path) -> str:
    """The whole page."""
    parts = [_HEAD]
    for folder in FOLDERS:
        parts.append(f"## {folder}\n\n{_TABLE}")
        parts.extend(_rows(samples, samples / folder))
        parts.append("\n")
    return "".join(parts).rstrip("\n") + "\n"


def _rows(samples: Path, folder: Path) -> Iterator[str]:
    for path in sorted(folder.rglob("*")):
        if path.is_file():
            data = path.read_bytes()
            plain = outcome(data, path.name, ReadOptions())
            zoned = outcome(data, path.name, ReadOptions(zone=ZONE))
            name = str(path.relative_to(folder)).replace("|", "\\|")
            yield f"| {name} | {plain} | {'–' if zoned == plain else zoned} |\n"


def outcome(data: bytes, name: str, options: ReadOptions) -> str:
    """One cell: what was read, or the reason why not."""
    try:
        document = read(data, name, options)
    except Unreadable as refusal:
        params = {
            key: value for key, value in refusal.params.items() if key in ("logger", "detail")
        }
        detail = ", ".join(str(value) for value in params.values() if value != name)
        return f"refused: `{refusal.code}`" + (f" ({detail})" if detail else "")
    return "; ".join(_said(document)).replace("|", "\\|")


def _said(document: ReadDocument) -> Iterator[str]:
    yield f"**{document.format}**"
    if document.pages:
        yield _count(len(document.pages), "page")
    if document.tables and not document.series:
        yield f"{_count(sum(len(table.rows) for table in document.tables), 'row')} as a table"
    if document.fields:
        yield _count(len(document.fields), "field")
    yield from map(_series, document.series)
    for log in document.daily:
        yield f"{_count(len(log.days), 'day')}, {log.days[0].day} to {log.days[-1].day}"
    for proof in document.integrity:
        wrong = f": {', '.join(proof.failed)}" if proof.failed else ""
        yield f"{proof.scheme} {proof.state}{wrong}"
    if document.embedded:
        yield "embedded " + ", ".join(item.name for item in document.embedded)
    for note in document.notes:
        if not note.startswith("encoding:utf"):
            yield f"`{note}`"


def _series(series: Series) -> str:
    gaps = int(np.count_nonzero(series.celsius == GAP))
    present = series.celsius[series.celsius != GAP]
    low, high = (int(present.min()) / 100, int(present.max()) / 100) if len(present) else (0, 0)
    every = "" if series.interval is None else f" every {series.interval} s"
    return (
        f"{series.logger.serial or 'no serial'}: {_count(len(series), 'reading')}{every}, "
        f"{low:g} to {high:g} °C"
        + (f", {_count(gaps, 'gap')}" if gaps else "")
        + (" with humidity" if series.humidity is not None else "")
        + f", {series.zone}"
    )


def _count(number: int, thing: str) -> str:
    return f"{number:,} {thing}{'' if number == 1 else 's'}"


def main() -> None:
    default = os.environ.get("DEVICETRAIL_SAMPLES", ROOT.parent / "shared" / "data")
    samples = Path(sys.argv[1] if len(sys.argv) > 1 else default)
    PAGE.write_text(page(samples), encoding="utf-8")


if __name__ == "__main__":
    main()
