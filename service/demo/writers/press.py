"""Typesetting the invented papers as PDF with text, by typst and the Chinese fonts."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Any, Final, TypedDict

import typst

from base.fonts import font_paths
from service.demo.calendar import moment

_TEMPLATE: Final = Path(__file__).parent / "papers.typ"

Pair = tuple[str, str]
"""A label and what stands after it."""


class Paper(TypedDict, total=False):
    """What `papers.typ` understands. layout: framed, licence, twofold, letter, goods, card,
    results. widths: relative column widths of the goods table. seal: a red round stamp."""

    layout: str
    title: str
    subtitle: str
    number: Pair
    rows: Sequence[Pair]
    prose: Sequence[str]
    head: Sequence[str]
    widths: Sequence[int]
    goods: Sequence[Sequence[str]]
    feet: Sequence[Pair]
    seal: bool
    flip: bool
    paper: str
    size: float
    title_size: float


class Press:
    """One compiler with its fonts for many papers; about two milliseconds a page."""

    def __init__(self) -> None:
        folders: list[Any] = [str(folder) for folder in font_paths()]
        fonts = typst.Fonts(
            include_system_fonts=False, include_embedded_fonts=False, font_paths=folders
        )
        self._template = _TEMPLATE.read_bytes()
        self._compiler = typst.Compiler(self._template, font_paths=fonts)

    def pdf(self, paper: Paper, made: date) -> bytes:
        """The paper as PDF, stated to be made at nine on that day."""
        return self._compile(paper, "pdf", made)

    def picture(self, paper: Paper, made: date, ppi: float = 100) -> bytes:
        """The paper as PNG, for what was scanned."""
        return self._compile(paper, "png", made, ppi)

    def _compile(
        self, paper: Mapping[str, Any], form: Any, made: date, ppi: float | None = None
    ) -> bytes:
        out = self._compiler.compile(
            input=self._template,
            format=form,
            ppi=ppi,
            sys_inputs={"data": json.dumps(paper, ensure_ascii=False)},
            timestamp=int(moment(made, 9).timestamp()),
            pdf_tags=False,
        )
        return out if isinstance(out, bytes) else (out or [b""])[0]
