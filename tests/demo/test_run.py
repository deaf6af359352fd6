"""`devicetrail demo` as a stranger runs it: everything planted is found, nothing else, and every
changed byte is named."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from service.demo.run import MARK

COMMAND = [sys.executable, "-c", "from service.cli import main; main()", "demo"]


def run(*arguments: str, home: Path) -> subprocess.CompletedProcess[str]:
    environment = {
        **os.environ,
        "XDG_STATE_HOME": str(home / "state"),
        "PYTHONPATH": str(Path.cwd()),
    }
    return subprocess.run(
        [*COMMAND, *arguments], capture_output=True, text=True, check=False, env=environment
    )


@pytest.mark.timeout(600)
def test_the_demo_finds_what_was_planted_and_nothing_else_and_proves_it(tmp_path: Path) -> None:
    place = tmp_path / "demo"
    done = run("--place", str(place), "--json", home=tmp_path)
    assert done.returncode == 0, done.stdout[-4000:] + done.stderr[-4000:]
    answer = json.loads(done.stdout)
    assert answer["ok"]
    assert answer["extra"] == []
    wrong = [row for row in answer["planted"] if row["good"] != "✓"]
    assert wrong == []
    families = {row["family"] for row in answer["planted"]}
    assert families == {"expiry", "cold_chain", "retention", "ingest"}
    assert len(answer["planted"]) > 35
    with zipfile.ZipFile(place / "package.zip") as package:
        names = package.namelist()
    assert any(name.endswith("data/verify.py") for name in names)
    assert any(name.endswith("data/report.pdf") for name in names)
    assert (place / "passwords.txt").stat().st_mode & 0o777 == 0o600


def test_a_folder_that_is_no_demonstration_is_left_alone(tmp_path: Path) -> None:
    place = tmp_path / "papers"
    place.mkdir()
    (place / "contract.pdf").write_bytes(b"kept")
    done = run("--place", str(place), "--lang", "en", home=tmp_path)
    assert done.returncode == 4
    assert "demo.not_a_demo" in done.stderr
    assert [path.name for path in place.iterdir()] == ["contract.pdf"]
    assert not (place / MARK).exists()
