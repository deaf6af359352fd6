"""Pieces of text with positions, set out as lines in which columns stand under each other."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Piece:
    """A run of text: left edge, vertical middle (growing downwards), height; any one unit.

    right: its right edge, where that is known."""

    left: float
    middle: float
    height: float
    text: str
    right: float | None = None


def lay_out(pieces: Iterable[Piece], column: float) -> str:
    """Lines from top to bottom; `column` is the width of one half-width character.

    Pieces whose middles lie within half a line of each other share a line. A piece keeps a space
    from its left neighbour unless they touch, or are Chinese and Latin letters set a little apart:
    that gap is typesetting, and 国械注准20243130001 is one word.
    """
    lines: list[list[Piece]] = []
    for piece in sorted(pieces, key=lambda piece: (piece.middle, piece.left)):
        if lines and abs(piece.middle - lines[-1][0].middle) < 0.5 * max(
            piece.height, lines[-1][0].height, 0.1
        ):
            lines[-1].append(piece)
        else:
            lines.append([piece])
    return "\n".join(_line(line, column) for line in lines)


def _line(pieces: list[Piece], column: float) -> str:
    text = ""
    width = 0
    before: Piece | None = None
    for piece in sorted(pieces, key=lambda piece: piece.left):
        words = piece.text.strip()
        if not words:
            continue
        start = min(round(piece.left / column), 400)
        if before is not None and _joined(before, piece):
            spaces = 0
        else:
            spaces = max(start - width, 1 if text else 0)
        text += " " * spaces + words
        width += spaces + display_width(words)
        before = piece
    return text


def _joined(before: Piece, piece: Piece) -> bool:
    if before.right is None or before.text[-1:].isspace() or piece.text[:1].isspace():
        return False
    gap = (piece.left - before.right) / max(before.height, piece.height, 0.1)
    mixed = before.text[-1:].isascii() != piece.text[:1].isascii()
    return gap < (0.4 if mixed else 0.1)


def display_width(text: str) -> int:
    """Columns on a fixed-width display: Chinese characters take two."""
    if text.isascii():
        return len(text)
    return sum(2 if unicodedata.east_asian_width(char) in "WF" else 1 for char in text)
