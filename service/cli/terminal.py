"""What every command shares: where the data is, which language, tables or JSON, and the exit."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

import orjson

from base.errors import DeviceTrailError, Lang, Message

if TYPE_CHECKING:
    from rich.console import Console


class Advance(Protocol):
    """Tells how far a long work has come."""

    def __call__(self, done: int, total: int | None = None) -> None: ...


@dataclass(frozen=True, slots=True)
class Terminal:
    """The caller's choices for one command."""

    data: Path
    lang: Lang
    as_json: bool

    def pick(self, zh: str, en: str) -> str:
        return zh if self.lang == "zh" else en

    def text(self, message: Message, **params: Any) -> str:
        return message.text(self.lang, **params)

    def say(self, zh: str, en: str) -> None:
        """One line for a person; nothing when JSON was asked for."""
        if not self.as_json:
            sys.stdout.write(f"{self.pick(zh, en)}\n")

    def json(self, value: object) -> None:
        sys.stdout.write(_dumps(value))

    def answer(self, value: Mapping[str, Any], zh: str, en: str) -> None:
        """A result: the mapping as JSON, or one sentence with its members filled in."""
        if self.as_json:
            self.json(value)
        else:
            self.say(zh.format(**value), en.format(**value))

    def table(
        self,
        columns: Sequence[tuple[str, str, str]],
        rows: Iterable[Mapping[str, Any]],
        *,
        title: tuple[str, str] | None = None,
    ) -> int:
        """Rows as a table, or as a JSON list. Columns are (key, zh, en). Returns how many."""
        listed = list(rows)
        if self.as_json:
            self.json(listed)
            return len(listed)
        from rich.table import Table
        from rich.text import Text

        index = 0 if self.lang == "zh" else 1
        table = Table(title=title[index] if title else None, title_justify="left")
        for column in columns:
            table.add_column(column[1 + index], overflow="fold")
        for row in listed:
            table.add_row(*(Text(_cell(row.get(key))) for key, _, _ in columns))
        self.console().print(table)
        return len(listed)

    def details(self, rows: Sequence[tuple[str, str, str]], values: Mapping[str, Any]) -> None:
        """One thing, a line for each member that has a value; or the mapping as JSON."""
        if self.as_json:
            self.json(values)
            return
        for key, zh, en in rows:
            if (value := values.get(key)) not in (None, "", [], ()):
                mark = "：" if self.lang == "zh" else ": "
                sys.stdout.write(f"{self.pick(zh, en)}{mark}{_cell(value)}\n")

    def console(self) -> Console:
        """A console as wide as the terminal; wide enough for a table where there is none."""
        from rich.console import Console

        return Console(width=None if sys.stdout.isatty() else 160)

    @contextmanager
    def progress(self, zh: str, en: str) -> Iterator[Advance]:
        """A bar on standard error while a long work runs; silent unless that is a terminal."""
        if self.as_json or not sys.stderr.isatty():
            yield lambda done, total=None: None
            return
        from rich.console import Console
        from rich.progress import Progress

        with Progress(console=Console(stderr=True), transient=True) as bar:
            task = bar.add_task(self.pick(zh, en), total=None)
            yield lambda done, total=None: bar.update(task, completed=done, total=total)


def _cell(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, list | tuple):
        return ", ".join(_cell(item) for item in value)
    if isinstance(value, Mapping):
        return orjson.dumps(value, default=str).decode()
    return str(value)


def _dumps(value: object) -> str:
    options = orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE | orjson.OPT_NON_STR_KEYS
    return orjson.dumps(value, option=options, default=_plain).decode()


def _plain(value: object) -> object:
    if isinstance(value, frozenset | set):
        return sorted(value)
    return str(value)


def preferred_language(given: str | None) -> Lang:
    """As given, else DEVICETRAIL_LANG, else Chinese."""
    return "en" if (given or os.environ.get("DEVICETRAIL_LANG", "zh")).startswith("en") else "zh"


def report(error: DeviceTrailError, lang: Lang, *, as_json: bool) -> int:
    """Print an error for its reader; returns the exit code."""
    if as_json:
        params = {key: str(value) for key, value in error.params.items()}
        sys.stderr.write(
            _dumps({"code": error.code, "message": error.text(lang), "params": params})
        )
    else:
        label = "错误" if lang == "zh" else "error"
        sys.stderr.write(f"{label} {error.code}: {error.text(lang)}\n")
    return error.exit_code
