"""Help texts in both languages, and the nouns and verbs that carry them.

A text is written once as `both(zh, en)`; `localise` picks the language when the command line runs.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any, Final, TypeVar

import typer
from typer import rich_utils

from base.errors import Lang

_BAR: Final = "\x1f"
_F = TypeVar("_F", bound=Callable[..., Any])

_FIXED: Final = {
    "ARGUMENTS_PANEL_TITLE": ("参数", "Arguments"),
    "OPTIONS_PANEL_TITLE": ("选项", "Options"),
    "COMMANDS_PANEL_TITLE": ("命令", "Commands"),
    "ERRORS_PANEL_TITLE": ("错误", "Error"),
    "ABORTED_TEXT": ("已中止。", "Aborted."),
    "DEFAULT_STRING": ("（默认：{}）", "[default: {}]"),
    "REQUIRED_LONG_STRING": ("（必填）", "[required]"),
}
_HELP_OPTION: Final = ("显示本说明。", "Show this message.")


_USAGE_ERRORS: Final = (
    (r"No such option:? '?([^']*?)'?\.?$", r"没有选项 \1"),
    (r"No such option '?([^']*?)'?\. (.*)$", r"没有选项 \1（\2）"),
    (r"No such command '(.*)'\.?$", r"没有命令 \1"),
    (r"Missing argument '(.*)'\.?$", r"缺少参数 \1"),
    (r"Missing option '(.*)'\.?$", r"缺少选项 \1"),
    (r"Missing command\.?$", "缺少命令"),
    (r"Got unexpected extra argument\S* \((.*)\)\.?$", r"多余的参数 \1"),
    (r"Option '(.*)' requires an argument\.?$", r"选项 \1 需要一个值"),
    (r"Invalid value for '(.*)': (.*)$", r"\1 的值不可用：\2"),
)


def usage_error(text: str, lang: Lang) -> str:
    """What the parser says of a wrong command line; in Chinese where its sentence is known."""
    if lang == "zh":
        for pattern, chinese in _USAGE_ERRORS:
            if found := re.match(pattern, text, re.DOTALL):
                return found.expand(chinese)
    return text.rstrip(".")


def both(zh: str, en: str) -> str:
    """A text that `localise` will show in one language."""
    return f"{zh}{_BAR}{en}"


def noun(parent: typer.Typer, name: str, zh: str, en: str) -> typer.Typer:
    """A group of commands: `source`, `record`, …"""
    group = typer.Typer(no_args_is_help=True, add_completion=False)
    parent.add_typer(group, name=name, help=both(zh, en))
    return group


def verb(app: typer.Typer, name: str, zh: str, en: str) -> Callable[[_F], _F]:
    """Enter a function as a command."""
    return app.command(name, help=both(zh, en))


def argument(zh: str, en: str, **more: Any) -> Any:
    return typer.Argument(help=both(zh, en), show_default=False, **more)


def option(*names: str, zh: str, en: str, **more: Any) -> Any:
    return typer.Option(*names, help=both(zh, en), show_default=False, **more)


def localise(command: Any, lang: Lang) -> None:
    """Put every help text below a command into one language."""
    _walk(command, 0 if lang == "zh" else 1)


def speak(lang: Lang) -> None:
    """Put the fixed words of every help page into one language."""
    for name, texts in _FIXED.items():
        setattr(rich_utils, name, texts[0 if lang == "zh" else 1])


def _walk(command: Any, index: int) -> None:
    for name in ("help", "short_help", "epilog"):
        if text := getattr(command, name, None):
            setattr(command, name, _pick(text, index))
    for parameter in command.params:
        if text := getattr(parameter, "help", None):
            parameter.help = _pick(text, index)
    original, usage = command.get_help_option, command.get_usage

    def help_option(context: Any) -> Any:
        found = original(context)
        if found is not None:
            found.help = _HELP_OPTION[index]
        return found

    command.get_help_option = help_option
    if index == 0:
        command.get_usage = lambda context: usage(context).replace("Usage:", "用法：", 1)
    for child in getattr(command, "commands", {}).values():
        _walk(child, index)


def _pick(text: str, index: int) -> str:
    parts = text.split(_BAR)
    return parts[index] if len(parts) > 1 else text
