"""`python -m bench.run [area…]`: a table, and a JSON file under bench/results/."""

from __future__ import annotations

import importlib
import json
import os
import pkgutil
import platform
import sys
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path

from rich.console import Console
from rich.table import Table

import bench
from bench.row import Row

RESULTS = Path(__file__).parent / "results"
NOT_AREAS = {"row", "run"}


def areas() -> list[str]:
    """All modules of this package that have `rows()`."""
    names = [module.name for module in pkgutil.iter_modules(bench.__path__)]
    return [name for name in names if name not in NOT_AREAS and not name.startswith("_")]


def table(rows: list[Row]) -> Table:
    """The figures for a person."""
    shown = Table(title="DeviceTrail bench", show_lines=False)
    for heading in ("area", "work", "value", "unit", "reference", "ratio", "floor", "aim", ""):
        shown.add_column(heading, overflow="fold")
    for row in rows:
        shown.add_row(
            row.area,
            row.work,
            _figure(row.value),
            row.unit,
            f"{_figure(row.reference)} {row.reference_is}".strip(),
            _figure(row.ratio),
            _figure(row.floor),
            _figure(row.aim),
            row.verdict,
        )
    return shown


def _figure(value: float | None) -> str:
    if value is None:
        return ""
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:.3g}"


def main(asked: list[str]) -> int:
    """Run the areas asked for, or all. Exit code 1 when a figure lies below its floor."""
    console = Console(width=160)
    rows: list[Row] = []
    for area in asked or areas():
        console.print(f"running {area} …")
        rows += importlib.import_module(f"bench.{area}").rows()
    console.print(table(rows))
    RESULTS.mkdir(exist_ok=True)
    now = datetime.now(UTC)
    result = {
        "at": now.isoformat(timespec="seconds"),
        "python": platform.python_version(),
        "machine": f"{platform.machine()}, {os.cpu_count()} cores",
        "rows": [{**asdict(row), "ratio": row.ratio, "verdict": row.verdict} for row in rows],
    }
    path = RESULTS / f"{now:%Y%m%dT%H%M%SZ}-{'-'.join(asked) or 'all'}.json"
    path.write_text(json.dumps(result, indent=1, ensure_ascii=False))
    console.print(f"written to {path}")
    return int(any(row.verdict == "below" for row in rows))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
