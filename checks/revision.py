"""The rule-set revision: what a verdict depends on beside the evidence.

A SHA-256 over the source of the rules and of what they compute with, the working-day calendar's
data, and the declared parameters with their defaults and bounds. A replay is exact only under the
same installed revision.
"""

from __future__ import annotations

import hashlib
from functools import cache
from pathlib import Path

from base import calendar
from checks.policy import PARAMETERS, Policy
from checks.verdicts import digest_of

_ROOT = Path(__file__).resolve().parent


@cache
def code_version() -> str:
    """SHA-256 (hex) over every Python file of `checks` and of what rules compute with."""
    digest = hashlib.sha256()
    packages = (_ROOT, _ROOT.parent / "audit" / "records")
    files = [file for package in packages for file in sorted(package.rglob("*.py"))]
    for file in (*files, _ROOT.parent / "base" / "calendar.py"):
        name = file.relative_to(_ROOT.parent).as_posix()
        content = hashlib.sha256(file.read_bytes()).hexdigest()
        digest.update(f"{name} {content}\n".encode())
    digest.update(calendar.SOURCE.encode())
    return digest.hexdigest()


def revision(policy: Policy | None = None) -> str:
    """The revision (hex) of the installed rules under a policy."""
    declared = {
        name: [str(one.default), str(one.floor), str(one.ceiling), one.unit]
        for name, one in sorted(PARAMETERS.items())
    }
    versions = [
        [version.since.isoformat(), {name: str(v) for name, v in sorted(version.values.items())}]
        for version in (policy or Policy()).versions
    ]
    return digest_of([code_version(), declared, versions])
