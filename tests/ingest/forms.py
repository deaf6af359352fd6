"""Papers as companies and authorities set them, made with a typesetter of their own.

Different from the demonstration's: other label wordings, other frames, other breaks of lines.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache

import typst

from base.fonts import FONT_FAMILY, font_paths


@cache
def _fonts() -> typst.Fonts:
    folders = [str(folder) for folder in font_paths()]
    return typst.Fonts(include_system_fonts=False, include_embedded_fonts=False, font_paths=folders)


def pdf(body: str, *, flipped: bool = False) -> bytes:
    """A PDF of typst source, with a text layer."""
    head = (
        f'#set page(paper: "a4", flipped: {"true" if flipped else "false"}, margin: 18mm)\n'
        f'#set text(font: "{FONT_FAMILY}", size: 10pt, lang: "zh", cjk-latin-spacing: none)\n'
    )
    out = typst.Compiler((head + body).encode(), font_paths=_fonts()).compile(format="pdf")
    assert isinstance(out, bytes)
    return out


def lines(*texts: str) -> str:
    """Lines of running text."""
    return " \\\n".join(_safe(text) for text in texts) + "\n\n"


def framed(rows: Sequence[tuple[str, str]], *, align: str = "horizon", label: str = "30mm") -> str:
    """A ruled form: labels left, values right."""
    cells = ", ".join(f"[{_safe(k)}], [{_safe(v)}]" for k, v in rows)
    return f"#table(columns: ({label}, 1fr), align: {align}, {cells})\n\n"


def table(head: Sequence[str], rows: Sequence[Sequence[str]], widths: Sequence[int]) -> str:
    """A table of goods with cells that break."""
    columns = ", ".join(f"{width}fr" for width in widths)
    cells = ", ".join(f"[{_safe(cell)}]" for row in (head, *rows) for cell in row)
    return f"#text(size: 8pt)[#table(columns: ({columns}), align: center + horizon, {cells})]\n\n"


def _safe(text: str) -> str:
    return "".join(f"\\{char}" if char in "#$*_@<>[]\\`/~" else char for char in text)
