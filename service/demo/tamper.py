"""One changed byte at a time, on a copy: an entry, a payload, a tile, a read row, an original.

What somebody with the database password would do: the guards are dropped first, since they are
rails and not proof. The installation itself is never touched.
"""

from __future__ import annotations

import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

DATABASE: Final = "devicetrail.db"
ORIGINALS: Final = "originals"


@dataclass(frozen=True, slots=True)
class Change:
    """A change by hand.

    layer: the verification layer that must name it. index: the entry that must be named (None:
    the whole database is meant). select gives the key and the bytes of one row, update writes
    them back; empty for an original, which is a file.
    """

    name: str
    zh: str
    en: str
    layer: str
    select: str = ""
    update: str = ""


CHANGES: Final = (
    Change(
        "entry",
        "改动账本条目的一个字节",
        "one byte of an entry",
        "tree",
        "SELECT seq, raw FROM ledger_entry WHERE seq = (SELECT max(seq) / 2 FROM ledger_entry)",
        "UPDATE ledger_entry SET raw = ? WHERE seq = ?",
    ),
    Change(
        "payload",
        "改动记录内容的一个字节",
        "one byte of a record's content",
        "payload",
        "SELECT seq, data FROM ledger_payload WHERE seq >= "
        "(SELECT max(seq) / 3 FROM ledger_payload) ORDER BY seq LIMIT 1",
        "UPDATE ledger_payload SET data = ? WHERE seq = ?",
    ),
    Change(
        "tile",
        "改动树的一个字节",
        "one byte of the tree's tiles",
        "tree",
        "SELECT tile, data FROM ledger_tile WHERE level = 0 ORDER BY tile LIMIT 1 OFFSET 1",
        "UPDATE ledger_tile SET data = ? WHERE level = 0 AND tile = ?",
    ),
    Change(
        "row",
        "改动查询表中的一个日期",
        "one digit of a read row",
        "read-table",
        "SELECT seq, body FROM read_record WHERE kind = 'sales_record' ORDER BY seq LIMIT 1",
        "UPDATE read_record SET body = ? WHERE seq = ?",
    ),
    Change("document", "改动原件的一个字节", "one byte of an original", "document"),
)


@contextmanager
def copied(data: Path, place: Path) -> Iterator[Path]:
    """A copy of the installation in `place`, removed afterwards. Originals are hard links, save
    those that a change replaces."""
    shutil.copytree(
        data,
        place,
        ignore=shutil.ignore_patterns("*.db-wal", "*.db-shm", DATABASE, ORIGINALS),
    )
    try:
        with (
            closing(sqlite3.connect(data / DATABASE)) as live,
            closing(sqlite3.connect(place / DATABASE)) as copy,
        ):
            live.backup(copy)
        shutil.copytree(data / ORIGINALS, place / ORIGINALS, copy_function=_link)
        yield place
    finally:
        shutil.rmtree(place, ignore_errors=True)


def _link(source: str, target: str) -> str:
    Path(target).hardlink_to(source)
    return target


def make(change: Change, place: Path) -> str:
    """Make a change in a copy. Returns where: `seq 17`, `tile 1`, or the original's digest."""
    if not change.select:
        return _original(place / ORIGINALS)
    with closing(sqlite3.connect(place / DATABASE)) as connection, connection:
        guards = connection.execute(
            "SELECT name FROM sqlite_master WHERE type = 'trigger'"
        ).fetchall()
        for (name,) in guards:
            connection.execute(f'DROP TRIGGER "{name}"')
        key, value = connection.execute(change.select).fetchone()
        connection.execute(change.update, (_changed(value), key))
    return f"{'tile' if change.name == 'tile' else 'seq'} {key}"


def _changed(value: str | bytes) -> str | bytes:
    """One digit of a text, or one bit of a byte in the middle."""
    if isinstance(value, str):
        at = next(i for i in range(len(value) // 2, len(value)) if value[i].isdigit())
        return value[:at] + str((int(value[at]) + 1) % 10) + value[at + 1 :]
    changed = bytearray(value)
    changed[len(changed) // 2] ^= 1
    return bytes(changed)


def _original(originals: Path) -> str:
    """Replace the first original, in order of its name, by one that differs in a bit."""
    path = min(path for path in originals.rglob("*") if path.is_file())
    data = _changed(path.read_bytes())
    assert isinstance(data, bytes)
    path.unlink()
    path.write_bytes(data)
    return path.name
