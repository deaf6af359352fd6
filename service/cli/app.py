"""The root command: global choices taken from anywhere on the line, errors as sentences."""

from __future__ import annotations

import importlib
import os
import sys
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path
from typing import Any, Final

import typer

from base.errors import DeviceTrailError, Lang, Misuse, Unavailable, message
from service import settings
from service.cli.terminal import Terminal, preferred_language, report
from service.cli.words import both, localise, speak, usage_error

NOUNS: Final = (
    "demo",
    "people",
    "sources",
    "evidence",
    "waiting",
    "checking",
    "findings",
    "exporting",
    "integrity",
)
"""Modules of this package, each with `register(app)`; they import what is heavy when called."""

OPTION_VALUE_MISSING = message(
    "cli.option_value_missing",
    zh="选项 {option} 需要一个值",
    en="option {option} needs a value",
)
USAGE = message(
    "cli.usage",
    zh="命令行有误：{detail}（用 --help 查看说明）",
    en="the command line is wrong: {detail} (see --help)",
)
INTERRUPTED = message("cli.interrupted", zh="已中断", en="interrupted")

_VALUED: Final = {"--data": "data", "--lang": "lang"}
_OWN_VALUES: Final = frozenset({"--set", "--reason", "--why"})
"""Options whose value is free text: what follows them is never one of ours."""


def build() -> typer.Typer:
    """The whole command line."""
    app = typer.Typer(
        name="devicetrail",
        no_args_is_help=True,
        add_completion=False,
        pretty_exceptions_enable=False,
        help=both(
            "DeviceTrail 械迹：医疗器械经营合规与追溯审计。"
            "全局选项可放在任何位置：--data 目录，--lang zh 或 en，--json，--version",
            "DeviceTrail: compliance and traceability audit for medical device distributors. "
            "Anywhere on the line: --data DIR, --lang zh or en, --json, --version",
        ),
    )
    for name in NOUNS:
        importlib.import_module(f"service.cli.{name}").register(app)
    return app


@cache
def _command(lang: Lang) -> Any:
    """The command line in one language."""
    command = typer.main.get_command(build())
    localise(command, lang)
    return command


def split_global(arguments: list[str]) -> tuple[list[str], dict[str, str], bool]:
    """Take `--data`, `--lang` and `--json` from anywhere before `--`.

    Returns the rest, the values, and whether JSON was asked for.
    """
    rest: list[str] = []
    values: dict[str, str] = {}
    as_json = False
    words: Iterator[str] = iter(arguments)
    for word in words:
        name, equals, value = word.partition("=")
        if word == "--":
            rest.append(word)
            rest.extend(words)
        elif word in _OWN_VALUES:
            rest.append(word)
            rest.extend(following for following in (next(words, None),) if following is not None)
        elif word == "--json":
            as_json = True
        elif name in _VALUED:
            given = value if equals else next(words, None)
            if given is None:
                raise Misuse(OPTION_VALUE_MISSING, option=name)
            values[_VALUED[name]] = given
        else:
            rest.append(word)
    return rest, values, as_json


def run(arguments: list[str]) -> int:
    """Run one command line and return its exit code."""
    values: dict[str, str] = {}
    as_json = "--json" in arguments
    try:
        rest, values, as_json = split_global(arguments)
        data = settings.data_dir(Path(values["data"]) if "data" in values else None)
        terminal = Terminal(data, preferred_language(values.get("lang")), as_json)
        speak(terminal.lang)
        code = _command(terminal.lang).main(
            args=rest, standalone_mode=False, obj=terminal, prog_name="devicetrail"
        )
    except KeyboardInterrupt:
        return _failed(Unavailable(INTERRUPTED), values, as_json)
    except BrokenPipeError:
        # Whoever read our output has gone: nothing more to say to him.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except Exception as error:  # noqa: BLE001 - `_ended` names it or raises it again
        return _ended(error, values, as_json)
    return code if isinstance(code, int) else 0


def _ended(error: Exception, values: dict[str, str], as_json: bool) -> int:
    """The exit code of what a command raised. What is ours to fix is raised again."""
    if isinstance(error, DeviceTrailError):
        return _failed(error, values, as_json)
    if isinstance(error, typer.Exit):
        return error.exit_code
    if isinstance(error, typer.Abort):
        return _failed(Unavailable(INTERRUPTED), values, as_json)
    said: Callable[[], str] | None = getattr(error, "format_message", None)
    if said is not None:  # the parser's own errors
        text = said()
        if not text:
            show = getattr(error, "show", None)
            return show() or 2 if callable(show) else 2
        return _failed(
            Misuse(USAGE, detail=usage_error(text, preferred_language(values.get("lang")))),
            values,
            as_json,
        )
    from service.house import as_unavailable

    unavailable = as_unavailable(error)
    if unavailable is None:
        raise error
    return _failed(unavailable, values, as_json)


def _failed(error: DeviceTrailError, values: dict[str, str], as_json: bool) -> int:
    return report(error, preferred_language(values.get("lang")), as_json=as_json)
