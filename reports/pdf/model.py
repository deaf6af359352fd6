"""What a report says, as values. Everything is text by now: the template only lays it out.

Nothing here is ever put into typst source: the whole value goes across as JSON data.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any, Final

from base.errors import Lang
from reports.pdf.labels import labels

VOLUME_ROWS: Final = 2_500
"""Most table rows in one volume; beyond it the typesetter's memory grows past a child's limit."""


@dataclass(frozen=True, slots=True)
class Pair:
    """A label and its value, on the cover or in a box."""

    label: str
    value: str
    mono: bool = False


@dataclass(frozen=True, slots=True)
class Table:
    """A table. widths: typst fractions or lengths, one for each column, like `1fr` or `22mm`.
    mono: indices of columns with hashes and numbers. A row's cells are as many as the heads."""

    title: str
    heads: tuple[str, ...]
    widths: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    mono: tuple[int, ...] = ()
    note: str = ""
    empty: str = ""
    alarm: tuple[int, ...] = ()
    """Indices of rows to be marked (expired, out of range, gap)."""


@dataclass(frozen=True, slots=True)
class Chart:
    """A cold-chain leg: drawn, with its facts beside it. alt: the drawing in words.

    svg "": there is nothing to draw; alarm then says why, in red. note: a line below.
    """

    title: str
    svg: str
    alt: str
    facts: tuple[Pair, ...]
    events: Table | None = None
    alarm: str = ""
    note: str = ""


@dataclass(frozen=True, slots=True)
class Section:
    """A chapter: paragraphs, then tables, then charts."""

    title: str
    text: tuple[str, ...] = ()
    tables: tuple[Table, ...] = ()
    charts: tuple[Chart, ...] = ()
    new_page: bool = False


@dataclass(frozen=True, slots=True)
class Seal:
    """Who signed in the system, and the box for seal and hand."""

    statement: str
    signed: tuple[Pair, ...] = ()


@dataclass(frozen=True, slots=True)
class Report:
    """One report. fingerprint stands on every page; draft marks what may not leave the house."""

    lang: Lang
    title: str
    subtitle: str
    company: str
    number: str
    cover: tuple[Pair, ...]
    ledger: tuple[Pair, ...]
    fingerprint: str
    sections: tuple[Section, ...]
    seal: Seal
    date: str
    volume: int = 1
    volumes: int = 1

    def to_data(self) -> dict[str, Any]:
        """The template's input: plain values, and the fixed words in the report's language."""
        return {**asdict(self), "words": labels(self.lang)}


def rows_of(sections: Sequence[Section]) -> int:
    """How many table rows the sections hold."""
    return sum(len(table.rows) for section in sections for table in section.tables)


def volumes(report: Report, limit: int = VOLUME_ROWS) -> list[Report]:
    """The report in volumes of at most `limit` table rows, tables cut where they must be."""
    parts: list[list[Section]] = [[]]
    left = limit
    for section in report.sections:
        for piece, rows in _pieces(section, left, limit):
            if rows > left:
                parts.append([])
                left = limit
            parts[-1].append(piece)
            left -= rows
    return [
        replace(report, sections=tuple(part), volume=number, volumes=len(parts))
        for number, part in enumerate(parts, 1)
    ]


def _pieces(section: Section, left: int, limit: int) -> list[tuple[Section, int]]:
    """A section cut so that each piece fits: first into what is left, then into whole volumes."""
    total = rows_of([section])
    if total <= left or total <= limit // 2:
        return [(section, total)]
    out: list[tuple[Section, int]] = []
    tables: list[Table] = []
    room = left
    first = True
    for table in section.tables:
        at = 0
        while at < len(table.rows) or not table.rows:
            take = min(room, len(table.rows) - at)
            alarm = tuple(row - at for row in table.alarm if at <= row < at + take)
            tables.append(replace(table, rows=table.rows[at : at + take], alarm=alarm))
            at += take
            room -= take
            if room == 0:
                piece = replace(section, text=section.text if first else (), tables=tuple(tables),
                                charts=())  # fmt: skip
                out.append((piece, rows_of([piece])))
                tables, room, first = [], limit, False
            if not table.rows:
                break
    last = replace(section, text=section.text if first else (), tables=tuple(tables))
    out.append((last, rows_of([last])))
    return out
