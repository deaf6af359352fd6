"""What a document is, from what stands in it: title, labels, headings, fields. Never its name.

The answer has a confidence; below the threshold nobody guesses and the document waits for a
person as `ingest.unknown_document`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import partial
from typing import Final

from audit.records.model import RecordDraft
from base.errors import AnswerIsNo
from ingest import reasons
from ingest.parsers.build import NotARecord
from ingest.parsers.context import Context
from ingest.parsers.frames import fold
from ingest.parsers.invoice import PARSER as INVOICE_PARSER
from ingest.parsers.invoice import is_invoice, parse_invoice
from ingest.parsers.known import PAPERS
from ingest.parsers.papers import Paper
from ingest.parsers.sheet import PARSER as SHEET_PARSER
from ingest.parsers.sheet import Layout, RefusedRows, all_rows, layout_of, parse_rows
from ingest.parsers.temperature import PARSER as TEMPERATURE_PARSER
from ingest.parsers.temperature import TemperatureDraft, is_temperature, parse_temperature
from ingest.readers.types import ReadDocument, Table

THRESHOLD: Final = Decimal("0.6")
_TITLE_LINES: Final = 8
_HEADERS_ENOUGH: Final = Decimal("0.5")

Parsed = RecordDraft | TemperatureDraft | RefusedRows
"""What a parser makes of a part of a document."""


@dataclass(frozen=True, slots=True)
class Recognised:
    """kind: of the records, or of the first sheet's. parse raises `NotARecord`."""

    kind: str
    parser: str
    confidence: Decimal
    parse: Callable[[Context], Iterator[Parsed]]
    left_over: tuple[str, ...] = ()


class NotRecognised(AnswerIsNo):
    """No kind is likely enough; the message says what came nearest."""


def recognise(read: ReadDocument) -> Recognised:
    """The kind of a document that was read. Raises `NotRecognised`."""
    if is_invoice(read):
        return Recognised("invoice", INVOICE_PARSER, Decimal(1), partial(_invoice, read))
    if is_temperature(read):
        return Recognised(
            "temperature_log",
            TEMPERATURE_PARSER,
            Decimal(1),
            lambda context: parse_temperature(read, context.document),
        )
    if read.tables:
        return _tables(read)
    return _paper(read)


def _invoice(read: ReadDocument, context: Context) -> Iterator[Parsed]:
    yield parse_invoice(read, context.document)


def _tables(read: ReadDocument) -> Recognised:
    found: list[tuple[Table, Layout]] = []
    unknown: list[str] = []
    for table in read.tables:
        layout = layout_of(all_rows(table), name=table.sheet or table.name)
        if layout is not None and (layout.marked or layout.share >= _HEADERS_ENOUGH):
            found.append((table, layout))
        elif table.rows:
            unknown.append(table.sheet or table.name)
    if not found:
        heads = "、".join(read.tables[0].columns[:12])
        raise NotRecognised(reasons.UNKNOWN_DOCUMENT, detail=heads)
    best = found[0][1]
    share = Decimal(1) if best.marked else min(Decimal(1), Decimal(str(round(best.share, 3))))
    return Recognised(
        best.kind.kind,
        SHEET_PARSER,
        share,
        partial(_rows, found),
        tuple(unknown),
    )


def _rows(found: Sequence[tuple[Table, Layout]], context: Context) -> Iterator[Parsed]:
    for table, layout in found:
        yield from parse_rows(
            all_rows(table),
            layout,
            document=context.document,
            sheet=table.sheet,
            first_column=table.first_column,
        )


def _paper(read: ReadDocument) -> Recognised:
    titles = _titles(read)
    whole = fold("".join(page.text for page in read.pages))
    best = max(
        ((score, paper) for paper in PAPERS if (score := _score(paper, titles, whole)) > 0),
        key=lambda scored: scored[0],
        default=None,
    )
    if best is None or best[0] < THRESHOLD:
        title = next(iter(titles), "")[:60]
        raise NotRecognised(reasons.UNKNOWN_DOCUMENT, detail=title or read.format)
    score, paper = best
    return Recognised(
        paper.kind.kind, paper.parser, min(score, Decimal(1)), partial(_one, paper, read)
    )


def _one(paper: Paper, read: ReadDocument, context: Context) -> Iterator[Parsed]:
    yield paper.parse(read, context)


def _titles(read: ReadDocument) -> list[str]:
    """The first lines of the first page, without spaces: where a title stands."""
    if not read.pages:
        return []
    lines = [fold(line) for line in read.pages[0].text.split("\n")]
    return [line for line in lines if line][:_TITLE_LINES]


def _score(paper: Paper, titles: Sequence[str], whole: str) -> Decimal:
    """How likely it is that paper: its title, then how many of its labels are there.

    A title alone on its line is better than one inside a longer line, a longer title better than
    a shorter one (`…注册证` stands inside `…注册证注销…`), and labels decide between equals.
    """
    if any(fold(word) in title for word in paper.without for title in titles):
        return Decimal(0)
    if paper.says and not any(fold(word) in whole for word in paper.says):
        return Decimal(0)
    best = Decimal(0)
    for word in map(fold, paper.titles):
        for title in titles:
            if word == title:
                best = max(best, Decimal("0.8") + Decimal(len(word)) / 1000)
            elif word in title and len(title) <= len(word) + 24:
                best = max(best, Decimal("0.65") + Decimal(len(word)) / 1000)
    if not best:
        return best
    labels = sum(label in whole for label in paper.folded)
    return best + min(Decimal(labels) / 100, Decimal("0.15"))


__all__ = ["NotARecord", "NotRecognised", "Parsed", "Recognised", "recognise"]
