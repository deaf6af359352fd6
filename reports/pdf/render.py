"""Typesets a report. The template is ours and fixed; the data goes in beside it, as JSON.

PDF/A-3a: tagged, fonts embedded, no network, no system fonts, the same bytes for the same report.
"""

from __future__ import annotations

import json
from datetime import datetime
from pathlib import Path
from typing import Any, Final

from base.fonts import FONT_FAMILY, font_paths
from reports.pdf.model import Report

TEMPLATES: Final = Path(__file__).with_name("templates")
STANDARD: Final = "a-3a"


def render(report: Report, *, made_at: datetime) -> bytes:
    """The report as PDF/A-3a.

    made_at: the moment written into the file; the cut's, so that the bytes stay the same.
    Raises Unavailable when the Chinese fonts are not installed.
    """
    _, (pdf,) = typeset(
        {
            "data": report.to_data(),
            "fonts": [str(folder) for folder in font_paths()],
            "made_at": int(made_at.timestamp()),
        },
        (),
    )
    return pdf


def typeset(value: Any, blobs: tuple[bytes, ...]) -> tuple[Any, tuple[bytes, ...]]:
    """One job of a (limited) child: `{data, fonts, made_at}` to a PDF."""
    import typst

    compiler = typst.Compiler(
        TEMPLATES / "report.typ",
        root=TEMPLATES,
        font_paths=list(value["fonts"]),
        ignore_system_fonts=True,
        sys_inputs={"data": json.dumps(value["data"], ensure_ascii=False), "font": FONT_FAMILY},
    )
    pdf = compiler.compile(format="pdf", pdf_standards=STANDARD, timestamp=value["made_at"])
    if not isinstance(pdf, bytes):
        raise TypeError("the typesetter gave no single file")
    return {}, (pdf,)
