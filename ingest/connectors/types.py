"""The one small protocol of every connector: list since a cursor, fetch, acknowledge."""

from __future__ import annotations

from collections.abc import Container
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from base.errors import Message, message

CHANGED_WHILE_READING = message(
    "source.changed_while_reading",
    zh="{name} 在读取过程中被改动，留待下次接收",
    en="{name} was changed while it was being read; it is left for the next pull",
)
LINK_LEAVES_ROOT = message(
    "source.link_leaves_root",
    zh="{name} 是指向文件夹之外的链接，已拒绝",
    en="{name} is a link that leads out of the folder; it was refused",
)
NOT_REGULAR = message(
    "source.not_a_file",
    zh="{name} 不是普通文件，已拒绝",
    en="{name} is not a regular file; it was refused",
)
UNREADABLE = message(
    "source.unreadable",
    zh="{name} 无法打开：{detail}",
    en="{name} cannot be opened: {detail}",
)
ROOT_MISSING = message(
    "source.root_missing",
    zh="来源文件夹不存在或不是文件夹：{name}",
    en="The source folder does not exist or is no folder: {name}",
)


@dataclass(frozen=True, slots=True)
class Item:
    """Something that can be fetched.

    name: the path or subject as a person knows it. ref: what makes this very version of it
    unique inside the source; a ref already on record is not listed again. handle: the
    connector's own key for fetching. size in bytes, None when the source does not say.
    """

    name: str
    ref: str
    handle: str
    size: int | None = None
    media_type: str | None = None


@dataclass(frozen=True, slots=True)
class Skipped:
    """Something that was seen and not taken, and why. Nothing is passed over silently."""

    name: str
    why: Message
    params: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Listing:
    """What a source holds now. items: new, in a stable order. waiting: not finished yet."""

    items: tuple[Item, ...]
    skipped: tuple[Skipped, ...] = ()
    waiting: tuple[str, ...] = ()


class Connector(Protocol):
    """A source of documents."""

    @property
    def kind(self) -> str:
        """Name of the connector, like `folder`; goes into every receipt."""
        ...

    def listing(self, known: Container[str]) -> Listing:
        """What is there and not in `known` (refs on record). Raises `Unavailable`."""
        ...

    def fetch(self, item: Item) -> bytes | Path:
        """The content; a path for what is too large to hold. Raises `Unavailable`."""
        ...

    def acknowledge(self, item: Item, sha256: str) -> None:
        """Called only after the receipt is durable. May be called again for the same item."""
        ...
