"""A form with labels in a left column and values in a right one, ruled or not.

A label may break over lines and stand at the middle of a value of several lines, as forms made
with a word processor have it, or at its beginning. Which of the two it is shows in the whole form.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import Final

from ingest.readers.layout import display_width

_CELL: Final = re.compile(r"\S+(?: \S+)*")
_ENOUGH: Final = 2
"""So many labels with a value beside them, in the same column, make a form."""


@dataclass(frozen=True, slots=True)
class Frame:
    """Lines `first` to before `end`, and the parts of each label's value in order."""

    first: int
    end: int
    values: tuple[tuple[str, tuple[str, ...]], ...]


@dataclass(slots=True)
class _Unit:
    """A label on lines start to end, and the lines of floating text before and after it."""

    label: str | None
    start: int
    end: int
    before: int = 0
    after: int = 0


@dataclass(slots=True)
class _Halves:
    """A line of the form. floats: a value without a label, beginning where values begin."""

    left: list[str] = field(default_factory=list)
    right: list[str] = field(default_factory=list)
    floats: bool = False


def cells(line: str) -> list[tuple[int, str]]:
    """Pieces of a line parted by two spaces or more, each with its display column."""
    return [
        (display_width(line[: found.start()]), line[found.start() : found.end()])
        for found in _CELL.finditer(same_length(line))
    ]


def find_frame(lines: Sequence[str], by_fold: Mapping[str, str]) -> Frame | None:
    """The form on a page, when some labels of `by_fold` stand beside values in one column."""
    split = [cells(line) for line in lines]
    beside = [
        (at, row[1][0])
        for at, row in enumerate(split)
        if len(row) >= 2 and fold(row[0][1]) in by_fold
    ]
    if len(beside) < _ENOUGH:
        return None
    column, votes = Counter(start for _, start in beside).most_common(1)[0]
    if votes < _ENOUGH:
        return None
    halves = [_halves(row, column) for row in split]
    units, end = _units(halves, beside[0][0], by_fold)
    while units and units[0].label is None:
        units.pop(0)
    if not units:
        return None
    first = units[0].start
    while first > 0 and halves[first - 1].floats:
        first -= 1
    _share_out(units, first, end)
    return Frame(first, end, tuple(_values(units, halves)))


def _halves(row: Sequence[tuple[int, str]], column: int) -> _Halves:
    made = _Halves(floats=bool(row) and abs(row[0][0] - column) <= 1)
    for start, text in row:
        (made.right if start >= column - 1 else made.left).append(text)
    return made


def _units(
    halves: Sequence[_Halves], first: int, by_fold: Mapping[str, str]
) -> tuple[list[_Unit], int]:
    """Labels from line `first` on, and the line after the form."""
    units: list[_Unit] = []
    at = first
    while at < len(halves):
        if halves[at].floats:
            at += 1
            continue
        unit = _unit(halves, at, by_fold)
        if unit is None:
            break
        units.append(unit)
        at = unit.end + 1
    return units, at


def _unit(halves: Sequence[_Halves], at: int, by_fold: Mapping[str, str]) -> _Unit | None:
    """The label that begins on a line, over as many lines as it takes; None ends the form."""
    text = ""
    for line in range(at, min(at + 6, len(halves))):
        piece = fold("".join(halves[line].left))
        if not piece and halves[line].floats:
            continue
        if not piece or ":" in piece:
            break
        text += piece
        if text in by_fold:
            return _Unit(by_fold[text], at, line)
        if not any(label.startswith(text) for label in by_fold):
            break
    piece = "".join(halves[at].left)
    if halves[at].right and ":" not in same_length(piece) and len(fold(piece)) <= 14:
        return _Unit(None, at, at)
    return None


def _share_out(units: list[_Unit], first: int, end: int) -> None:
    """Give the lines between labels to the label above or below.

    Labels in the middle: as many lines before as after, over the whole form. When no sharing
    achieves that, labels stand at the beginning and every line belongs to the label above.
    """
    gaps = [units[n + 1].start - units[n].end - 1 for n in range(len(units) - 1)] + [
        end - units[-1].end - 1
    ]
    before = units[0].start - first
    for unit, gap in zip(units, gaps, strict=True):
        unit.before = before
        unit.after = min(before, gap)
        before = gap - unit.after
        if unit.after != unit.before:
            break
    else:
        if before == 0:
            return
    for unit, gap in zip(units, gaps, strict=True):
        unit.before, unit.after = 0, gap
    units[0].before = units[0].start - first


def _values(
    units: Sequence[_Unit], halves: Sequence[_Halves]
) -> Iterator[tuple[str, tuple[str, ...]]]:
    for unit in units:
        if unit.label is None:
            continue
        lines = halves[unit.start - unit.before : unit.end + unit.after + 1]
        yield unit.label, tuple(" ".join(half.right) for half in lines if half.right)


def same_length(text: str) -> str:
    """Compatibility form of each character that has one of its own length; spaces made plain."""
    return text if text.isascii() else "".join(map(_same, text))


@cache
def _same(char: str) -> str:
    folded = unicodedata.normalize("NFKC", char)
    if len(folded) != 1:
        return char
    return " " if folded.isspace() else folded


def fold(text: str) -> str:
    """Text for comparison: compatibility form, no spaces, lower case."""
    return "".join(unicodedata.normalize("NFKC", text).split()).lower()
