"""Where examples are found: every `cases*.py` or `cases/*.py` below this folder."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path

import checks.rules
from checks.cases import Case

HERE = Path(__file__).resolve().parent


def all_cases() -> list[Case]:
    """Every case below this folder, in order of file and position."""
    assert checks.rules  # importing it enters the rules
    found: list[Case] = []
    files = {*HERE.rglob("cases/*.py"), *HERE.rglob("cases*.py")}
    for path in sorted(files):
        if path.name == "__init__.py":
            continue
        name = "devicetrail_cases." + ".".join(path.relative_to(HERE).with_suffix("").parts)
        spec = importlib.util.spec_from_file_location(name, path)
        assert spec is not None and spec.loader is not None
        module = importlib.util.module_from_spec(spec)
        sys.modules[name] = module
        spec.loader.exec_module(module)
        found.extend(module.CASES)
    return found


CASES = all_cases()
