"""What holds for every command there is: help in two languages, a session, a fast start."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import typer

from service.cli.app import build, split_global
from service.cli.words import localise
from tests.service.desk import ROOT, Desk

CHINESE = re.compile(r"[\u4e00-\u9fff]")
OPEN_TO_ALL = {
    "init",  # there is nobody yet
    "login",
    "template",  # says nothing that is anybody's
    "verify-package",  # for an inspector who has no account here
    "demo",  # makes a place of its own
    "worker",  # a process, not a person
}


def commands(command: Any, path: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], Any]]:
    children = getattr(command, "commands", {})
    if path:
        yield path, command
    for name, child in children.items():
        yield from commands(child, (*path, name))


def tree() -> Any:
    return typer.main.get_command(build())


PATHS = [path for path, _ in commands(tree())]
LEAVES = [(path, command) for path, command in commands(tree()) if not hasattr(command, "commands")]


@pytest.mark.parametrize("path", PATHS, ids=" ".join)
def test_help_is_complete_in_both_languages(path: tuple[str, ...], desk_nowhere: Desk) -> None:
    chinese = desk_nowhere(*path, "--help", lang="zh")
    english = desk_nowhere(*path, "--help", "--lang", "en", lang="zh")
    assert chinese.code == english.code == 0
    assert CHINESE.search(chinese.out)
    assert not CHINESE.search(english.out), english.out
    assert "\x1f" not in chinese.out + english.out


@pytest.fixture
def desk_nowhere(tmp_path: Path) -> Desk:
    return Desk(tmp_path / "nowhere", tmp_path / "state")


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_every_text_of_every_command_has_both_languages(lang: Any) -> None:
    command = tree()
    for _, one in commands(command):
        texts = [one.help, *(getattr(parameter, "help", None) for parameter in one.params)]
        for text in texts:
            if text and not text.startswith("Show this"):
                parts = text.split("\x1f")
                assert len(parts) == 2, text
                assert all(part.strip() for part in parts), text
    localise(command, lang)


def dummy(parameter: Any, place: Path) -> list[str]:
    """A value for a required parameter of a command that will be refused anyhow."""
    kind = str(parameter.type_descriptor.annotation)
    if parameter.name in ("paths", "path"):
        value = str(place)
    elif "int" in kind:
        value = "1"
    elif "date" in kind:
        value = "2026-01-01"
    else:
        value = "x"
    if parameter.param_type_name == "argument":
        return [value]
    return [parameter.opts[0], value]


@pytest.mark.parametrize(
    ("path", "command"),
    [(path, command) for path, command in LEAVES if path[0] not in OPEN_TO_ALL],
    ids=lambda value: " ".join(value) if isinstance(value, tuple) else "",
)
def test_every_other_command_needs_a_session(
    path: tuple[str, ...], command: Any, founded: Path, tmp_path: Path
) -> None:
    nobody = Desk(founded / "data", tmp_path / "state")
    words = [word for one in command.params if one.required for word in dummy(one, tmp_path)]
    if path == ("export", "inspection"):
        words += ["--lot", "lot:x"]
    answer = nobody(*path, *words, "--json", by="admin")
    assert answer.code == 4, answer.said
    assert answer.error["code"] == "user.not_signed_in"
    assert answer.out == ""


def test_global_options_may_stand_anywhere() -> None:
    rest, values, as_json = split_global(
        ["record", "--data", "/x", "list", "--json", "--lang=en", "--", "--json"]
    )
    assert rest == ["record", "list", "--", "--json"]
    assert values == {"data": "/x", "lang": "en"}
    assert as_json


def test_a_reason_may_look_like_an_option() -> None:
    rest, values, as_json = split_global(["waive", "--reason", "--json"])
    assert rest == ["waive", "--reason", "--json"]
    assert not values
    assert not as_json


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("nonsense",), "没有命令"),
        (("record", "show"), "缺少参数"),
        (("record", "show", "x"), "不可用"),
        (("record", "list", "--nonsense"), "没有选项"),
        (("record", "correct", "1"), "缺少选项"),
        (("whoami", "x"), "多余"),
        (("whoami", "--data"), "需要一个值"),
    ],
)
def test_a_wrong_command_line_is_a_sentence(
    words: tuple[str, ...], said: str, desk_nowhere: Desk
) -> None:
    chinese = desk_nowhere(*words, lang="zh")
    english = desk_nowhere(*words, lang="en")
    assert chinese.code == english.code == 2
    assert said in chinese.err
    assert not CHINESE.search(english.err)


def imported(*arguments: str) -> set[str]:
    """Top-level modules that a command line imports."""
    program = (
        "import sys; sys.argv = ['devicetrail', *sys.argv[1:]]\n"
        "from service.cli import main\n"
        "try:\n    main()\nexcept SystemExit:\n    pass\n"
        "print('\\n' + ' '.join(sorted({name.split('.')[0] for name in sys.modules})))"
    )
    done = subprocess.run(
        [sys.executable, "-c", program, *arguments],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    return set(done.stdout.rsplit("\n", 2)[-2].split())


HEAVY = {"sqlalchemy", "alembic", "numpy", "pypdf", "openpyxl", "typst", "obstore", "apscheduler"}


def test_the_version_is_said_without_loading_anything() -> None:
    loaded = imported("--version")
    assert not loaded & (HEAVY | {"typer", "rich", "pydantic", "audit", "checks", "ingest"})


def test_help_loads_nothing_heavy() -> None:
    assert not imported("record", "--help") & (HEAVY | {"checks", "ingest", "reports"})
