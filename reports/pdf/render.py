"""Typesets a report. The template is ours and fixed; the data goes in beside it, as JSON.

PDF/A-3a: tagged, fonts embedded, no network, no system fonts, the same bytes for the same report.
Each volume is set in a child process with a ceiling on memory and time, so that a typesetter's
memory never stays with the service. (Not a `base.limited` child: the typesetter needs threads,
which those children may not start; and its input is our own data, not a stranger's file.)
"""

from __future__ import annotations

import json
import subprocess
import sys
from datetime import datetime
from pathlib import Path
from typing import Any, Final

from base.errors import Unavailable, message
from base.fonts import FONT_FAMILY, font_paths
from reports.pdf.model import Report

TEMPLATES: Final = Path(__file__).with_name("templates")
STANDARD: Final = "a-3a"
SECONDS: Final = 120
MEMORY: Final = 4 << 30
"""Bytes of address space, much of it never touched; 2,500 rows need about half a GiB."""

NOT_SET: Final = message(
    "report.not_set",
    zh="报告未能排版：{reason}",
    en="The report could not be typeset: {reason}",
)


def render(report: Report, *, made_at: datetime) -> bytes:
    """The report as PDF/A-3a.

    made_at: the moment written into the file; the cut's, so that the bytes stay the same.
    Raises Unavailable when the Chinese fonts are not installed, or a limit was met.
    """
    job = {
        "data": report.to_data(),
        "fonts": [str(folder) for folder in font_paths()],
        "made_at": int(made_at.timestamp()),
    }
    paths = [str(Path(__file__).resolve().parents[2]), *(path for path in sys.path if path)]
    code = f"import sys; sys.path[:] = {paths!r}; from reports.pdf.render import child; child()"
    try:
        done = subprocess.run(  # noqa: S603 - our own interpreter and code
            [sys.executable, "-I", "-B", "-X", "utf8", "-c", code],
            input=json.dumps(job, ensure_ascii=False).encode(),
            capture_output=True,
            timeout=SECONDS,
            check=False,
        )
    except subprocess.TimeoutExpired as error:
        raise Unavailable(NOT_SET, reason=f"> {SECONDS} s") from error
    if done.returncode or not done.stdout.startswith(b"%PDF-"):
        said = done.stderr.decode(errors="replace").strip().splitlines()
        raise Unavailable(NOT_SET, reason=said[-1] if said else f"exit {done.returncode}")
    return done.stdout


def child() -> None:
    """The inside of the child: one job from standard input, the PDF to standard output."""
    import resource

    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    resource.setrlimit(resource.RLIMIT_CPU, (2 * SECONDS, 2 * SECONDS))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    sys.stdout.buffer.write(typeset(json.load(sys.stdin)))


def typeset(job: dict[str, Any]) -> bytes:
    """`{data, fonts, made_at}` to a PDF, in this process."""
    import typst

    compiler = typst.Compiler(
        TEMPLATES / "report.typ",
        root=TEMPLATES,
        font_paths=list(job["fonts"]),
        ignore_system_fonts=True,
        sys_inputs={"data": json.dumps(job["data"], ensure_ascii=False), "font": FONT_FAMILY},
    )
    pdf = compiler.compile(format="pdf", pdf_standards=STANDARD, timestamp=job["made_at"])
    if not isinstance(pdf, bytes):
        raise TypeError("the typesetter gave no single file")
    return pdf
