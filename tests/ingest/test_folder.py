"""The folder connector: what it lists, what it leaves alone, and that it moves nothing."""

from __future__ import annotations

import os
import time
from pathlib import Path

import pytest

from base.errors import Unavailable
from ingest.connectors.folder import IN_MEMORY, FolderConnector


def _put(path: Path, data: bytes = b"x", age: float = 60) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)
    then = time.time() - age
    os.utime(path, (then, then))
    return path


def test_files_are_listed_below_the_root_in_the_order_of_their_paths(tmp_path: Path) -> None:
    for name in ("b/2.pdf", "a/1.pdf", "b/1.pdf", "注册证.pdf"):
        _put(tmp_path / name)
    names = [item.name for item in FolderConnector(tmp_path).listing(()).items]
    assert names == ["a/1.pdf", "b/1.pdf", "b/2.pdf", "注册证.pdf"]


def test_half_made_and_private_files_are_passed_over(tmp_path: Path) -> None:
    for name in (".hidden", "~$order.xlsx", "a.pdf.part", "b.tmp", "c.crdownload", "Thumbs.db"):
        _put(tmp_path / name)
    _put(tmp_path / ".git/x.pdf")
    _put(tmp_path / "kept.pdf")
    assert [item.name for item in FolderConnector(tmp_path).listing(()).items] == ["kept.pdf"]


def test_what_is_on_record_is_not_listed_again_until_it_changes(tmp_path: Path) -> None:
    path = _put(tmp_path / "a.csv", b"1")
    folder = FolderConnector(tmp_path)
    known = {item.ref for item in folder.listing(()).items}
    assert folder.listing(known).items == ()
    _put(path, b"22")
    assert [item.size for item in folder.listing(known).items] == [2]


def test_a_file_that_still_grows_waits_for_the_next_pull(tmp_path: Path) -> None:
    growing, fresh = _put(tmp_path / "growing.csv", age=0), _put(tmp_path / "fresh.csv", age=0)

    def grow(_: float) -> None:
        growing.write_bytes(b"more than before")

    listing = FolderConnector(tmp_path, sleep=grow).listing(())
    assert [item.name for item in listing.items] == [fresh.name]
    assert listing.waiting == (growing.name,)
    assert FolderConnector(tmp_path, settle=0).listing(()).waiting == ()


def test_a_link_out_of_the_root_is_refused_and_named(tmp_path: Path) -> None:
    outside = _put(tmp_path / "outside/secret.pdf")
    root = tmp_path / "root"
    _put(root / "own.pdf")
    (root / "leak.pdf").symlink_to(outside)
    (root / "leak-folder").symlink_to(outside.parent)
    (root / "loop.pdf").symlink_to(root / "loop.pdf")
    listing = FolderConnector(root).listing(())
    assert [item.name for item in listing.items] == ["own.pdf"]
    assert {(s.name, s.why.code) for s in listing.skipped} == {
        ("leak.pdf", "source.link_leaves_root"),
        ("leak-folder", "source.link_leaves_root"),
        ("loop.pdf", "source.link_leaves_root"),
    }


def test_a_pipe_is_named_and_not_opened(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.csv")
    listing = FolderConnector(tmp_path).listing(())
    assert [(s.name, s.why.code) for s in listing.skipped] == [("pipe.csv", "source.not_a_file")]


def test_fetch_gives_the_listed_bytes_and_refuses_changed_ones(tmp_path: Path) -> None:
    path = _put(tmp_path / "a.csv", b"first")
    folder = FolderConnector(tmp_path)
    (item,) = folder.listing(()).items
    assert folder.fetch(item) == b"first"
    folder.acknowledge(item, "0" * 64)
    assert path.read_bytes() == b"first"
    path.write_bytes(b"second")
    with pytest.raises(Unavailable) as caught:
        folder.fetch(item)
    assert caught.value.code == "source.changed_while_reading"
    path.unlink()
    with pytest.raises(Unavailable) as caught:
        folder.fetch(item)
    assert caught.value.code == "source.unreadable"


def test_a_file_too_large_for_memory_is_handed_over_as_a_path(tmp_path: Path) -> None:
    path = tmp_path / "large.bin"
    with path.open("wb") as file:
        file.truncate(IN_MEMORY + 1)
    folder = FolderConnector(tmp_path, settle=0)
    (item,) = folder.listing(()).items
    assert folder.fetch(item) == path


def test_a_name_that_is_not_utf8_is_listed_and_can_be_fetched(tmp_path: Path) -> None:
    (tmp_path / os.fsdecode("注册证.pdf".encode("gb18030"))).write_bytes(b"gbk")
    folder = FolderConnector(tmp_path, settle=0)
    (item,) = folder.listing(()).items
    item.name.encode()
    assert folder.fetch(item) == b"gbk"


def test_a_missing_root_is_unavailable(tmp_path: Path) -> None:
    with pytest.raises(Unavailable) as caught:
        FolderConnector(tmp_path / "none")
    assert caught.value.code == "source.root_missing"
