"""Labelled values in the text of a page, as Chinese papers set them.

Labels may be spaced out (`名　　称`), stand beside or above their value, several in a line; long
values go on in the following lines. Text is compared in its compatibility form, character by
character, and values are cut out of the line as it stands.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from functools import cache
from typing import Final

from audit.records.model import Record
from audit.records.provenance import Source
from ingest.parsers.build import Word, column_of
from ingest.parsers.frames import find_frame, fold, same_length
from ingest.readers.layout import display_width
from ingest.readers.types import TextPage
from ingest.values import Form

TEXT_CONFIDENCE: Final = Decimal("0.9")
"""A text layer says what was printed; that the label goes with the value is our reading."""

_BROKEN: Final = 30
"""A line at least so wide, and the widest of its block, may have been broken at its end."""
_NOISE: Final = re.compile(
    r"^\s*(第\s*\d+\s*页.*|[-—]\s*\d+\s*[-—]|共\s*\d+\s*页.*|\d+\s*/\s*\d+)\s*$"
)
_OTHER_LABEL: Final = re.compile(r"(?<=\S)\s{2,}(?=[一-鿿()（）/、]{2,16}\s?[:：])")
"""A label nobody knows ends the value before it all the same."""
_NOTHING: Final = frozenset({"/", "//", "-", "--", "—", "——", "无", "不适用", "此栏空白", "n/a"})
_WIDE: Final = "一-鿿\u3000-\u303f“”‘’\uff01-\uff65"
_LOOSE: Final = re.compile(rf"(?<=[{_WIDE}])\s+|\s+(?=[{_WIDE}])")
"""Spaces beside Chinese characters come from the setting, not from the author."""
_DAY: Final = re.compile(
    r"\d{4}\s*[-/.年]\s*\d{1,2}\s*[-/.月]\s*\d{1,2}\s*日?|(?<!\d)(?:19|20)\d{6}(?!\d)"
    r"|[〇○零一二三四五六七八九]{4}年[一二三四五六七八九十]{1,3}月[一二三四五六七八九十]{1,3}日"
)
_MONTH: Final = re.compile(r"\d{4}\s*[-/.年]\s*\d{1,2}\s*月?")


@dataclass(frozen=True, slots=True)
class Labelled:
    """A label as declared, its value, and the page (from 1) it stands on."""

    label: str
    value: str
    page: int


@dataclass(slots=True)
class _Open:
    label: str
    page: int
    column: int
    brim: int | None = None
    parts: list[str] = field(default_factory=list)

    def close(self) -> Labelled:
        return Labelled(self.label, join_lines(self.parts), self.page)


def labelled(
    pages: Sequence[TextPage], labels: Collection[str], long: Collection[str] = ()
) -> list[Labelled]:
    """Every label of `labels` with its value, in reading order.

    long: labels whose values may run on below at any indentation; others run on only below
    their own beginning.
    """
    pattern = _pattern(tuple(sorted(labels, key=lambda label: (-len(label), label))))
    by_fold = {fold(label): label for label in labels}
    done: list[Labelled] = []
    for page in pages:
        done.extend(_page(page, pattern, by_fold, frozenset(long)))
    return done


def _page(
    page: TextPage, pattern: re.Pattern[str], by_fold: Mapping[str, str], long: frozenset[str]
) -> Iterator[Labelled]:
    lines = (page.layout_text or page.text).split("\n")
    frame = find_frame(lines, by_fold)
    if frame is None:
        yield from _running(lines, page.number, pattern, by_fold, long)
        return
    yield from _running(lines[: frame.first], page.number, pattern, by_fold, long)
    for label, parts in frame.values:
        yield Labelled(label, join_lines(parts), page.number)
    yield from _running(lines[frame.end :], page.number, pattern, by_fold, long)


def _running(
    lines: Sequence[str],
    page: int,
    pattern: re.Pattern[str],
    by_fold: Mapping[str, str],
    long: frozenset[str],
) -> Iterator[Labelled]:
    """Labels in running lines: several in a line, values going on below."""
    open_: list[_Open] = []
    widest = _widest(lines)
    for line in lines:
        plain = same_length(line)
        found = list(pattern.finditer(plain))
        if not found:
            _go_on(open_, line, plain, long, widest)
            continue
        yield from (one.close() for one in open_)
        open_ = []
        for at, match in enumerate(found):
            end = found[at + 1].start() if at + 1 < len(found) else len(line)
            value = _OTHER_LABEL.split(line[match.end() : end], maxsplit=1)[0]
            label = by_fold[fold(match["label"])]
            start = match.end() + len(value) - len(value.lstrip())
            column = display_width(line[:start]) if value.strip() else -1
            entry = _Open(label, page, column)
            if value.strip():
                entry.parts.append(value.strip())
            open_.append(entry)
        open_[-1].brim = _brim(line, widest)
    yield from (one.close() for one in open_)


def _indent(line: str) -> int:
    return display_width(line[: len(line) - len(line.lstrip())])


def _widest(lines: Sequence[str]) -> dict[int, int]:
    """The width of the widest line of each indentation."""
    widest: dict[int, int] = {}
    for line in lines:
        at = _indent(line)
        widest[at] = max(widest.get(at, 0), display_width(line.rstrip()))
    return widest


def _brim(line: str, widest: Mapping[int, int]) -> int | None:
    """The indentation at which a line that was broken at its end runs on; None if it was not."""
    at, width = _indent(line), display_width(line.rstrip())
    return at if width >= widest.get(at, 0) - 1 and width - at >= _BROKEN else None


def _go_on(
    open_: list[_Open],
    line: str,
    plain: str,
    long: frozenset[str],
    widest: Mapping[int, int],
) -> None:
    """Give a line without label to the value that it continues, if there is one."""
    if not plain.strip() or _NOISE.match(plain):
        return
    column = _indent(line)
    for entry in reversed(open_):
        if entry.column < 0:
            entry.column = column
            entry.parts.append(line.strip())
            return
        if entry.label in long or column >= entry.column - 1 or entry.brim == column:
            entry.parts.append(line.strip())
            entry.brim = _brim(line, widest)
            return


def words(
    kind: type[Record],
    found: Sequence[Labelled],
    fields: Mapping[str, str],
    source: Source = Source.PDF_TEXT,
    confidence: Decimal = TEXT_CONFIDENCE,
) -> list[Word]:
    """What labelled values say on the fields of a kind. `fields`: label to field path.

    A dash or `无` says nothing. From a date field's value the date is cut out.
    """
    said = []
    for one in found:
        path = fields.get(one.label)
        if not path or is_nothing(one.value):
            continue
        form = column_of(kind, path).form
        said.append(
            Word(path, one.value, source, f"p{one.page}", confidence, _cut(one.value, form))
        )
    return said


def _cut(value: str, form: Form) -> str | None:
    if form is Form.DATE:
        return find_day(value)
    if form in (Form.MONTH, Form.EXPIRY):
        return find_day(value) or find_month(value)
    return None


def find_day(text: str) -> str | None:
    """The first date inside a text, as written there."""
    found = _DAY.search(same_length(text))
    return found[0] if found else None


def find_days(text: str) -> list[str]:
    """Every date inside a text, in order."""
    return [found[0] for found in _DAY.finditer(same_length(text))]


def find_month(text: str) -> str | None:
    """The first year and month inside a text."""
    found = _MONTH.search(same_length(text))
    return found[0] if found else None


def is_nothing(value: str) -> bool:
    """A dash, `无` or blank: the paper says that there is nothing to say."""
    return fold(value) in _NOTHING or not value.strip()


def join_lines(parts: Sequence[str]) -> str:
    """Lines of one value: Chinese runs on without a space, Latin words keep one."""
    text = ""
    for part in parts:
        spaced = text and text[-1].isascii() and text[-1].isalnum() and part[:1].isascii()
        text += (" " if spaced and part[:1].isalnum() else "") + part
    return _LOOSE.sub("", re.sub(r"\s{2,}", " ", text)).strip()


@cache
def _pattern(labels: tuple[str, ...]) -> re.Pattern[str]:
    """A label with a colon anywhere at a word's beginning, or without one where a column begins."""
    any_label = "|".join(r"\s*".join(map(re.escape, same_length(label))) for label in labels)
    aside = r"(?:\s*\([^)]{0,16}\))?"
    return re.compile(
        rf"(?:(?:(?<![一-鿿A-Za-z0-9])|(?<=[日号]))(?=(?:{any_label}){aside}\s*:)"
        rf"|(?:^\s*|(?<=\s\s)|(?<=[|│]))(?=(?:{any_label}){aside}(?:\s|$)))"
        rf"(?P<label>{any_label}){aside}\s*:?",
    )
