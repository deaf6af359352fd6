"""A folder and what is below it. Moves nothing, deletes nothing, follows no link outside.

The cursor is what the ledger has: a file's ref is its path, time of change and size, so a file
that was replaced is taken again and a restart needs no state of its own.
"""

from __future__ import annotations

import os
import stat
import time
from collections.abc import Callable, Container, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from base.errors import Unavailable
from ingest.connectors.types import (
    CHANGED_WHILE_READING,
    LINK_LEAVES_ROOT,
    NOT_REGULAR,
    ROOT_MISSING,
    UNREADABLE,
    Item,
    Listing,
    Skipped,
)

IN_MEMORY: Final = 64 * 1024 * 1024
"""Larger files are handed over as a path instead of bytes."""

_PARTIAL_ENDINGS: Final = (
    ".tmp",
    ".temp",
    ".part",
    ".partial",
    ".filepart",
    ".crdownload",
    ".download",
    ".swp",
    ".lock",
    ".!ut",
)
_SYSTEM_NAMES: Final = frozenset({"thumbs.db", "desktop.ini", "__macosx", "$recycle.bin"})


@dataclass(frozen=True, slots=True)
class _Seen:
    path: Path
    name: str
    size: int
    changed: int


def is_passed_over(name: str) -> bool:
    """Whether a file or folder name is one that programs use for half-made or private files."""
    lower = name.lower()
    return (
        lower.startswith((".", "~"))
        or lower.endswith(("~", *_PARTIAL_ENDINGS))
        or lower in _SYSTEM_NAMES
    )


class FolderConnector:
    """Lists files under `root`, in the order of their paths.

    settle: seconds for which a file must not have changed. A file younger than that is looked at
    twice with the pause between; one that moved in between is left for the next pull.
    """

    kind = "folder"

    def __init__(
        self,
        root: Path,
        *,
        settle: float = 1.0,
        now: Callable[[], float] = time.time,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        if not root.is_dir():
            raise Unavailable(ROOT_MISSING, name=str(root))
        self._root = root.resolve()
        self._settle = settle
        self._now = now
        self._sleep = sleep

    def listing(self, known: Container[str]) -> Listing:
        """New files by path. Raises `Unavailable` when the root has gone."""
        if not self._root.is_dir():
            raise Unavailable(ROOT_MISSING, name=str(self._root))
        skipped: list[Skipped] = []
        found = [seen for seen in self._walk(self._root, skipped) if _ref(seen) not in known]
        young = [seen for seen in found if self._age(seen) < self._settle]
        moving: set[str] = set()
        if young:
            self._sleep(self._settle)
            moving = {seen.name for seen in young if not _unchanged(seen)}
        items = tuple(
            Item(seen.name, _ref(seen), os.fspath(seen.path), seen.size)
            for seen in found
            if seen.name not in moving
        )
        return Listing(items, tuple(skipped), tuple(sorted(moving)))

    def fetch(self, item: Item) -> bytes | Path:
        """The bytes exactly as listed. Raises `Unavailable` if they changed since."""
        path = Path(item.handle)
        try:
            with path.open("rb") as file:
                before = os.fstat(file.fileno())
                if _ref_of(item.name, before) != item.ref:
                    raise Unavailable(CHANGED_WHILE_READING, name=item.name)
                if before.st_size > IN_MEMORY:
                    return path
                data = file.read()
                after = os.fstat(file.fileno())
        except OSError as error:
            raise Unavailable(UNREADABLE, name=item.name, detail=str(error.strerror)) from error
        if _ref_of(item.name, after) != item.ref or len(data) != after.st_size:
            raise Unavailable(CHANGED_WHILE_READING, name=item.name)
        return data

    def acknowledge(self, item: Item, sha256: str) -> None:
        """Nothing to do: the receipt in the ledger is the cursor, and files stay where they are."""

    def _walk(self, folder: Path, skipped: list[Skipped]) -> Iterator[_Seen]:
        try:
            entries = sorted(os.scandir(folder), key=lambda entry: os.fsencode(entry.name))
        except OSError as error:
            skipped.append(
                Skipped(self._name(folder), UNREADABLE, (("detail", str(error.strerror)),))
            )
            return
        for entry in entries:
            if is_passed_over(entry.name):
                continue
            path = Path(entry.path)
            if entry.is_symlink() and not self._inside(path):
                skipped.append(Skipped(self._name(path), LINK_LEAVES_ROOT))
            elif entry.is_dir(follow_symlinks=False):
                yield from self._walk(path, skipped)
            elif not (entry.is_symlink() and path.is_dir()):
                yield from self._file(path, skipped)

    def _file(self, path: Path, skipped: list[Skipped]) -> Iterator[_Seen]:
        name = self._name(path)
        try:
            state = path.stat()
        except OSError as error:
            skipped.append(Skipped(name, UNREADABLE, (("detail", str(error.strerror)),)))
            return
        if not stat.S_ISREG(state.st_mode):
            skipped.append(Skipped(name, NOT_REGULAR))
            return
        yield _Seen(path, name, state.st_size, state.st_mtime_ns)

    def _inside(self, path: Path) -> bool:
        try:
            return path.resolve(strict=True).is_relative_to(self._root)
        except (OSError, RuntimeError):
            return False

    def _name(self, path: Path) -> str:
        relative = path.relative_to(self._root).as_posix()
        return os.fsencode(relative).decode("utf-8", "backslashreplace")

    def _age(self, seen: _Seen) -> float:
        return self._now() - seen.changed / 1e9


def _ref(seen: _Seen) -> str:
    return f"{seen.name}@{seen.changed}+{seen.size}"


def _ref_of(name: str, state: os.stat_result) -> str:
    return f"{name}@{state.st_mtime_ns}+{state.st_size}"


def _unchanged(seen: _Seen) -> bool:
    try:
        state = seen.path.stat()
    except OSError:
        return False
    return (state.st_size, state.st_mtime_ns) == (seen.size, seen.changed)
