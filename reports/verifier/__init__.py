"""The stand-alone verifier, and the same steps for a caller in this process.

`verify.py` is one file that imports nothing of this project: an inspector runs it alone.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Final

from reports.verifier.verify import Broken, Verdict, verify

VERIFY_PY: Final = Path(__file__).with_name("verify.py")
"""The file that goes into every package and every release."""


def verify_package(
    path: str | os.PathLike[str],
    *,
    fingerprint: str | None = None,
    earlier: str | os.PathLike[str] | None = None,
) -> Verdict:
    """Verify the package (zip or folder) at `path`; never raises for what a package can hold.

    fingerprint: the log's key fingerprint as the reader knows it from elsewhere.
    earlier: a checkpoint or package that the reader held before.
    `verdict.ok`: nothing broken; `verdict.compared`: against something held before;
    `verdict.broken`: the first broken thing (`code`, `layer`, `where`, `index`, `expected`,
    `found`); `verdict.lines("zh" | "en")` says it in words. Exit code 3 when not ok.
    """
    return verify(path, fingerprint, earlier)


__all__ = ["VERIFY_PY", "Broken", "Verdict", "verify_package"]
