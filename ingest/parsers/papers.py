"""A printed paper with labels: its titles, its labels, and how they make a record.

Each group of kinds declares its papers in its own file; `ingest.recognise` finds the paper by
title and labels, `parse` makes the draft.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Final

from audit.records.model import Record, RecordDraft
from audit.records.provenance import Source
from ingest import reasons
from ingest.parsers.build import NotARecord, Refusal, Word, describe, draft
from ingest.parsers.context import Context
from ingest.parsers.frames import fold
from ingest.parsers.labels import (
    TEXT_CONFIDENCE,
    Labelled,
    find_day,
    is_nothing,
    labelled,
    words,
)
from ingest.readers.types import ReadDocument, TextPage

Finish = Callable[[list[Word], "Text"], list[Word]]
"""Adds what labels alone do not say: which paper it is, lines, parts of a value."""


@dataclass(frozen=True)
class Text:
    """The text of a document and its labelled values, for `Finish`."""

    pages: Sequence[TextPage]
    found: Sequence[Labelled]
    context: Context

    @cached_property
    def whole(self) -> str:
        """All pages in drawing order."""
        return "\n".join(page.text for page in self.pages)

    def value(self, *labels: str) -> str | None:
        """The first value of the first of these labels that has one."""
        spoken = (one for label in labels for one in self.found if one.label == label)
        return next((one.value for one in spoken if one.value), None)

    def word(self, field: str, value: str, like: str) -> Word:
        """A word on a field: `value` is understood from `like`, which stands in the text."""
        page = next((one.page for one in self.found if one.value == like), None)
        if page is None:
            page = next((p.number for p in self.pages if like and like in p.text), 1)
        return Word(field, like, Source.PDF_TEXT, f"p{page}", TEXT_CONFIDENCE, value)

    def day(self, field: str, *labels: str) -> list[Word]:
        """A word with the day after one of the labels; none when the paper does not say."""
        value = self.value(*labels)
        if not value or is_nothing(value):
            return []
        return [self.word(field, find_day(value) or value, value)]

    def text(self, field: str, *labels: str) -> list[Word]:
        """A word with what stands after one of the labels; none when the paper does not say."""
        value = self.value(*labels)
        return [] if not value or is_nothing(value) else [self.word(field, value, value)]


@dataclass(frozen=True)
class Paper:
    """A kind of paper.

    titles: folded words of which one stands in the title, most telling first. labels: label to
    field path; an empty path marks a label whose value `finish` takes or that only ends the value
    before it. long: labels whose values run on for lines. needs: fields without which the paper is
    quarantined, besides those that the kind itself demands. without: words in the title that make
    it another paper. says: words of which one must stand somewhere in it.
    """

    name: str
    kind: type[Record]
    titles: tuple[str, ...]
    labels: Mapping[str, str]
    long: frozenset[str] = frozenset()
    needs: tuple[str, ...] = ()
    without: tuple[str, ...] = ()
    says: tuple[str, ...] = ()
    finish: Finish = field(default=lambda said, text: said)
    version: int = 1

    @property
    def parser(self) -> str:
        """Name and version as records carry it."""
        return f"{self.name}/{self.version}"

    @cached_property
    def folded(self) -> tuple[str, ...]:
        """The labels for comparison."""
        return tuple(map(fold, self.labels))

    def parse(self, read: ReadDocument, context: Context) -> RecordDraft:
        """The draft record. Raises `NotARecord` with everything that is missing or odd."""
        found = labelled(read.pages, tuple(self.labels), self.long)
        said = words(self.kind, found, {k: v for k, v in self.labels.items() if v})
        said = self.finish(said, Text(read.pages, found, context))
        missing = [path for path in self.needs if not any(word.field == path for word in said)]
        if missing:
            named = "；".join(describe(self.kind, path) for path in missing)
            params = {"kind": f"{self.kind.zh} {self.kind.en}", "fields": named}
            raise NotARecord(self.kind, [Refusal(reasons.FIELD_MISSING, params)], said)
        return draft(self.kind, said, document=context.document, parser=self.parser)


PAPERS: Final[list[Paper]] = []
"""Every paper known, in order of declaration; `ingest.parsers.known` fills it."""


def paper(declared: Paper) -> Paper:
    """Enter a paper in `PAPERS`."""
    PAPERS.append(declared)
    return declared
