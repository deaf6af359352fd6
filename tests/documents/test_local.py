"""Originals in a folder: durable, never overwritten, found rotten when they are."""

from __future__ import annotations

import hashlib
import os
import re
import resource
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from audit.documents import Fixity, LocalDocuments
from base.errors import DeviceTrailError, IntegrityBroken, Misuse

PAPER = "随货同行单 GJ-2026-0001".encode()
ADDRESS = hashlib.sha256(PAPER).hexdigest()


@pytest.fixture
def documents(tmp_path: Path) -> LocalDocuments:
    return LocalDocuments(tmp_path / "originals")


def names(documents: LocalDocuments) -> list[str]:
    return sorted(p.name for p in documents.root.rglob("*") if p.is_file())


def test_an_original_is_kept_under_both_its_hashes(documents: LocalDocuments) -> None:
    stored = documents.put(PAPER)
    assert stored.sha256 == ADDRESS
    assert stored.sm3 == hashlib.new("sm3", PAPER).hexdigest()
    assert stored.size == len(PAPER)
    assert not stored.existed
    with documents.open(ADDRESS) as stream:
        assert stream.read() == PAPER
    assert b"".join(documents.pieces(ADDRESS)) == PAPER
    assert names(documents) == [ADDRESS]


def test_the_same_bytes_from_a_file_are_the_same_original(
    documents: LocalDocuments, tmp_path: Path
) -> None:
    documents.put(PAPER)
    (tmp_path / "copy.pdf").write_bytes(PAPER)
    assert documents.put(tmp_path / "copy.pdf").existed
    assert names(documents) == [ADDRESS]


def test_twenty_threads_storing_one_original_leave_one(documents: LocalDocuments) -> None:
    with ThreadPoolExecutor(20) as pool:
        stored = list(pool.map(documents.put, [PAPER] * 20))
    assert sum(not one.existed for one in stored) == 1
    assert names(documents) == [ADDRESS]


@settings(max_examples=25, deadline=None)
@given(st.binary(max_size=3000))
def test_any_bytes_come_back_unchanged(content: bytes) -> None:
    with tempfile.TemporaryDirectory() as folder:
        documents = LocalDocuments(Path(folder))
        stored = documents.put(content)
        assert b"".join(documents.pieces(stored.sha256)) == content
        assert documents.fixity(stored.sha256) is Fixity.OK


def test_one_changed_byte_is_rot_and_a_lost_file_is_missing(documents: LocalDocuments) -> None:
    documents.put(PAPER)
    assert documents.fixity(ADDRESS) is Fixity.OK
    rot(documents.path(ADDRESS))
    assert documents.fixity(ADDRESS) is Fixity.ROTTED
    with pytest.raises(IntegrityBroken, match=r"documents\.rotted"):
        list(documents.pieces(ADDRESS))
    documents.path(ADDRESS).unlink()
    assert documents.fixity(ADDRESS) is Fixity.MISSING
    with pytest.raises(IntegrityBroken, match=r"documents\.missing"):
        documents.open(ADDRESS)


def test_good_bytes_take_the_place_of_rotten_ones_which_are_put_aside(
    documents: LocalDocuments,
) -> None:
    documents.put(PAPER)
    rot(documents.path(ADDRESS))
    assert documents.put(PAPER).restored
    assert documents.fixity(ADDRESS) is Fixity.OK
    assert len(names(documents)) == 2
    assert any(".rotted-" in name for name in names(documents))


def test_a_disposed_original_is_gone_and_a_second_disposal_says_so(
    documents: LocalDocuments,
) -> None:
    documents.put(PAPER)
    assert documents.remove(ADDRESS)
    assert not documents.remove(ADDRESS)


@pytest.mark.parametrize("address", ["", "../../etc/passwd", "A" * 64, ADDRESS + "/x"])
def test_what_is_no_address_never_becomes_a_path(documents: LocalDocuments, address: str) -> None:
    with pytest.raises(Misuse):
        documents.fixity(address)


def test_leftovers_of_a_crash_are_swept_but_not_a_write_in_progress(
    documents: LocalDocuments,
) -> None:
    left = documents.root / ".incoming" / "half"
    left.write_bytes(b"half a paper")
    assert documents.sweep() == 0
    os.utime(left, (1, 1))
    assert documents.sweep() == 1
    assert names(documents) == []


def test_a_read_only_folder_is_named_and_nothing_is_left(open_folder: Path) -> None:
    documents = LocalDocuments(open_folder / "originals")
    for folder in (documents.root / ".incoming", documents.root):
        folder.chmod(0o555)
    assert as_ordinary_user(lambda: documents.put(PAPER)) == "5 documents.read_only"
    assert names(documents) == []


def test_a_full_disk_is_named_and_no_half_file_is_left(open_folder: Path) -> None:
    documents = LocalDocuments(open_folder / "originals")
    for folder in (documents.root / ".incoming", documents.root):
        folder.chmod(0o777)

    def put_too_much() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (4096, 4096))
        documents.put(os.urandom(8192))

    assert as_ordinary_user(put_too_much) == "5 documents.full"
    assert names(documents) == []


@pytest.mark.skipif(shutil.which("strace") is None, reason="strace is not installed")
def test_the_bytes_are_durable_before_they_have_a_name(tmp_path: Path) -> None:
    script = (
        "import sys, pathlib; from audit.documents import LocalDocuments;"
        f"LocalDocuments(pathlib.Path(sys.argv[1])).put({PAPER!r})"
    )
    log = tmp_path / "strace.log"
    traced = subprocess.run(
        [
            *("strace", "-f", "-y", "-o", str(log), "-e", "trace=write,fsync,link,linkat,mkdir"),
            *(sys.executable, "-c", script, str(tmp_path / "originals")),
        ],
        capture_output=True,
        text=True,
        check=False,
    )
    if "ptrace" in traced.stderr and traced.returncode != 0:
        pytest.skip(f"strace may not attach here: {traced.stderr.strip()[:100]}")
    assert traced.returncode == 0, traced.stderr
    folder = tmp_path / "originals"
    steps = [step for line in log.read_text().splitlines() if (step := what(line, folder))]
    assert (
        steps
        == [
            f"fsync {tmp_path}",  # originals/ was made in it
            f"fsync {folder}",  # .incoming/ was made in it
            "write temporary",
            "fsync temporary",
            f"fsync {folder}",  # the folder of the address was made in it
            "link",
            f"fsync {folder / ADDRESS[:2]}",
        ]
    )


def what(line: str, folder: Path) -> str | None:
    """A line of strace as a step of the promise, or None for other files."""
    if str(folder.parent) not in line:
        return None
    if "link(" in line or "linkat(" in line:
        return "link" if "unlink" not in line else None
    if found := re.search(r"(write|fsync)\(\d+<([^>]*)>", line):
        place = "temporary" if "/.incoming/" in found[2] else found[2]
        return f"{found[1]} {place}"
    return None


def rot(path: Path) -> None:
    content = bytearray(path.read_bytes())
    content[3] ^= 1
    path.chmod(0o600)
    path.write_bytes(content)


@pytest.fixture
def open_folder() -> Iterator[Path]:
    """A folder that every user may enter, as the tests themselves may run as root."""
    folder = Path(tempfile.mkdtemp())
    folder.chmod(0o755)
    yield folder
    shutil.rmtree(folder)


def as_ordinary_user(act: Callable[[], object]) -> str:
    """Run in a child process whom permissions bind; exit code and code of the error it raised."""
    reader, writer = os.pipe()
    child = os.fork()
    if child == 0:
        try:
            if os.getuid() == 0:
                os.setgid(65534)
                os.setuid(65534)
            act()
            said = "0"
        except DeviceTrailError as error:
            said = f"{error.exit_code} {error.code}"
        except BaseException as error:  # noqa: BLE001 - the child may only end by _exit
            said = repr(error)
        os.write(writer, said.encode())
        os._exit(0)
    os.close(writer)
    os.waitpid(child, 0)
    with os.fdopen(reader) as stream:
        return stream.read()
