"""The repository's own promises: both languages, lists pinned without addresses, no paths."""

from __future__ import annotations

import importlib
import json
import pkgutil
import re
import string
import subprocess
from pathlib import Path

import pytest

from base.errors import CATALOGUE

ROOT = Path(__file__).parent.parent
ROOMS = ("base", "audit", "ingest", "checks", "reports", "service")


def modules() -> list[str]:
    found = []
    for room in ROOMS:
        package = importlib.import_module(room)
        for module in pkgutil.walk_packages(package.__path__, f"{room}."):
            if "migrations.versions" not in module.name and not module.name.endswith("env"):
                found.append(module.name)
    return found


@pytest.fixture(scope="module")
def catalogue():
    for name in modules():
        importlib.import_module(name)
    return CATALOGUE


def test_every_message_speaks_both_languages_about_the_same_places(catalogue):
    assert len(catalogue) > 100
    for message in catalogue.values():
        assert re.search("[一-鿿]", message.zh), message.code
        assert not re.search("[一-鿿]", message.en.replace("{", "").replace("}", "")) or (
            message.code.startswith("read.")
        ), message.code
        places = [
            # A place may carry the language's own word: `{field_zh}` beside `{field_en}`.
            {
                field.removesuffix(f"_{lang}")
                for _, field, _, _ in string.Formatter().parse(text)
                if field is not None
            }
            for lang, text in (("zh", message.zh), ("en", message.en))
        ]
        assert places[0] == places[1], message.code
        assert re.fullmatch(r"[a-z][a-z0-9_]*(\.[a-z0-9_]+)+", message.code), message.code


@pytest.mark.parametrize("name", sorted(p.name for p in (ROOT / "requirements").glob("*.txt")))
def test_pinned_lists_carry_hashes_and_no_addresses(name):
    text = (ROOT / "requirements" / name).read_text("utf-8")
    assert "--hash=sha256:" in text
    assert not re.search(r"https?://|file:|^-|--index|--find-links", text, re.M)
    pins = [line for line in text.splitlines() if re.match(r"[a-z0-9]", line, re.I)]
    assert all(re.match(r"[\w.\[\]-]+==", line, re.I) for line in pins)


def test_the_npm_lock_carries_hashes_and_no_addresses():
    lock = json.loads((ROOT / "package-lock.json").read_text("utf-8"))
    packages = [value for key, value in lock["packages"].items() if key]
    assert packages
    assert all("integrity" in one and "resolved" not in one for one in packages)


def tracked() -> list[Path]:
    listed = subprocess.run(
        ["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, check=False
    ).stdout.decode()
    return [ROOT / name for name in listed.split("\0") if name and (ROOT / name).is_file()]


def test_no_tracked_file_names_a_machine_path_or_a_download():
    words = re.compile(r"/(?:home|root|work|Users)/\w|https?://\S+\.(?:whl|tgz|tar\.gz)")
    for path in tracked():
        if path.suffix in {".png", ".ico"} or path.name == Path(__file__).name:
            continue
        found = words.search(path.read_text("utf-8", errors="replace"))
        assert not found, f"{path.relative_to(ROOT)}: {found and found.group()}"


def test_no_mark_of_unfinished_work_is_left():
    marks = re.compile(r"\b(?:TODO|FIXME|XXX|raise NotImplementedError)\b")
    for path in tracked():
        if path.suffix == ".py" and path.name != Path(__file__).name:
            assert not marks.search(path.read_text("utf-8")), path.relative_to(ROOT)
