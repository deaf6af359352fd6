"""A package is whole or not there; other people's tools read it."""

from __future__ import annotations

import errno
import io
import os
import stat
import subprocess
import sys
import zipfile
from contextlib import nullcontext
from pathlib import Path

import bagit
import pytest
from damage import original
from hand_log import cut, sample, unpack, write

import reports.package.container as container_module
from base.errors import IntegrityBroken, Misuse, Unavailable
from reports.package.bag import Bag, Source
from reports.package.container import container
from reports.verifier import VERIFY_PY, verify_package

LOT = "lot:di:069/A1"


def test_bagit_py_accepts_the_folder_and_so_do_we(tmp_path: Path) -> None:
    log = sample()
    target = write(log, cut(log, [LOT], [1]), tmp_path / "package").path
    bagit.Bag(str(target)).validate()
    assert verify_package(target, fingerprint=log.signer.fingerprint).compared


def test_the_zip_and_the_folder_hold_the_same_files(tmp_path: Path) -> None:
    log = sample()
    plan = cut(log, [LOT], [1])
    zipped = unpack(write(log, plan, tmp_path / "package.zip").path)
    folder = write(log, plan, tmp_path / "package").path
    assert {str(path.relative_to(folder)): path.read_bytes()
            for path in folder.rglob("*") if path.is_file()} == zipped  # fmt: skip


def test_a_package_never_replaces_another(tmp_path: Path) -> None:
    log = sample()
    (tmp_path / "p.zip").write_text("mine")
    with pytest.raises(Misuse) as refused:
        write(log, cut(log, [LOT]), tmp_path / "p.zip")
    assert refused.value.code == "package.exists"
    assert (tmp_path / "p.zip").read_text() == "mine"


@pytest.mark.parametrize("name", ["p.zip", "folder"])
def test_a_full_disk_leaves_nothing_behind(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(container_module.os, "fsync", full)
    log = sample()
    with pytest.raises(Unavailable) as refused:
        write(log, cut(log, [LOT]), tmp_path / name)
    assert refused.value.code == "package.no_space"
    assert list(tmp_path.iterdir()) == []


def test_a_really_full_disk_is_said_in_words(tmp_path: Path) -> None:
    """A child whose files may not grow past 64 KiB: the system itself refuses."""
    script = (
        "import resource, signal, sys; from pathlib import Path\n"
        "signal.signal(signal.SIGXFSZ, signal.SIG_IGN)\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (65536, 65536))\n"
        "from hand_log import cut, sample, write\n"
        "from base.errors import Unavailable\n"
        "log = sample()\n"
        "try: write(log, cut(log, ['lot:di:069/A1'], [1]), Path(sys.argv[1]))\n"
        "except Unavailable as error: print(error.code)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", script, str(tmp_path / "p.zip")],
        capture_output=True, text=True, check=False, cwd=Path.cwd(),
        env={**os.environ, "PYTHONPATH": f"{Path(__file__).parent}{os.pathsep}{Path.cwd()}"},
    )  # fmt: skip
    assert done.stdout.strip() == "package.no_space", done.stderr
    assert list(tmp_path.iterdir()) == []


def test_an_original_that_rotted_stops_the_package(tmp_path: Path) -> None:
    log = sample()
    plan = cut(log, [LOT], [1])
    name, body = next(iter(log.originals.items()))
    log.originals[name] = body[:-1] + b"X"
    with pytest.raises(IntegrityBroken) as broken:
        write(log, plan, tmp_path / "p.zip")
    assert broken.value.code == "package.document_changed"
    assert list(tmp_path.iterdir()) == []


def test_a_payload_gone_without_an_erasure_stops_the_package(tmp_path: Path) -> None:
    log = sample()
    plan = cut(log, [LOT])
    del log.stored[4]
    with pytest.raises(IntegrityBroken) as broken:
        write(log, plan, tmp_path / "p.zip")
    assert broken.value.code == "package.payload_gone"
    assert list(tmp_path.iterdir()) == []


def test_a_zip_beyond_the_old_limits_is_still_a_zip(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The 32-bit limits are lowered, so that every zip64 field is really written and read."""
    monkeypatch.setattr(container_module, "_LIMIT16", 4)
    with container(tmp_path / "p.zip") as sink, Bag(sink) as bag:
        bag.put_all(
            (Source(f"{i}", 9, lambda: nullcontext(io.BytesIO(b"123456789"))) for i in range(20)),
            lambda source, found: None,
        )
        bag.finish({}, lambda manifest: b"note")
    with zipfile.ZipFile(tmp_path / "p.zip") as archive:
        assert archive.testzip() is None
        assert len(archive.namelist()) == 27


def test_members_are_stored_plain_files_of_one_fixed_time(tmp_path: Path) -> None:
    log = sample()
    write(log, cut(log, [LOT], [1]), tmp_path / "p.zip")
    with zipfile.ZipFile(tmp_path / "p.zip") as archive:
        for info in archive.infolist():
            assert info.compress_type == zipfile.ZIP_STORED
            assert info.date_time == (1980, 1, 1, 0, 0, 0)
            assert stat.S_ISREG(info.external_attr >> 16)


@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_a_compressed_member_and_a_link_are_refused(tmp_path: Path) -> None:
    log = sample()
    files = unpack(write(log, cut(log, [LOT], [1]), tmp_path / "p.zip").path)
    with zipfile.ZipFile(tmp_path / "deflated.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        for path, body in files.items():
            archive.writestr(f"package/{path}", body)
    with zipfile.ZipFile(tmp_path / "link.zip", "w") as archive:
        for path, body in files.items():
            info = zipfile.ZipInfo(f"package/{path}")
            info.external_attr = (stat.S_IFLNK if path == original(files) else 0) << 16
            archive.writestr(info, body)
    with zipfile.ZipFile(tmp_path / "twice.zip", "w") as archive:
        for path, body in [*files.items(), *files.items()]:
            archive.writestr(f"package/{path}", body)
    for name, code in (("deflated", "shape"), ("link", "shape"), ("twice", "duplicate")):
        broken = verify_package(tmp_path / f"{name}.zip").broken
        assert broken is not None
        assert broken.code == f"container.{code}"


def test_a_link_inside_a_folder_is_refused(tmp_path: Path) -> None:
    log = sample()
    target = write(log, cut(log, [LOT], [1]), tmp_path / "package").path
    (target / "data" / "report.pdf").symlink_to("/etc/passwd")
    broken = verify_package(target).broken
    assert broken is not None
    assert broken.code == "container.shape"


def test_cut_off_zips_are_unreadable_not_a_crash(tmp_path: Path) -> None:
    log = sample()
    body = write(log, cut(log, [LOT], [1]), tmp_path / "p.zip").path.read_bytes()
    for length in (0, 10, len(body) // 2, len(body) - 1):
        (tmp_path / "short.zip").write_bytes(body[:length])
        broken = verify_package(tmp_path / "short.zip").broken
        assert broken is not None
        assert broken.layer == "container"


def test_the_verifier_runs_alone(tmp_path: Path) -> None:
    """Copied elsewhere, with nothing of the project to import, it says the same."""
    log = sample()
    target = write(log, cut(log, [LOT], [1]), tmp_path / "p.zip").path
    alone = tmp_path / "elsewhere"
    alone.mkdir()
    (alone / "verify.py").write_bytes(VERIFY_PY.read_bytes())
    done = subprocess.run(
        [sys.executable, "-I", "verify.py", str(target), "--fingerprint", log.signer.fingerprint],
        capture_output=True, text=True, check=False, cwd=alone,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    assert "PASSED" in done.stdout


def test_the_verifier_keeps_to_what_python_3_8_knows() -> None:
    import ast

    tree = ast.parse(VERIFY_PY.read_text(), feature_version=(3, 8))
    names = {node.attr for node in ast.walk(tree) if isinstance(node, ast.Attribute)}
    assert not names & {"removeprefix", "removesuffix", "bit_count", "is_relative_to", "hexdigits"}
    imported = {
        alias.name.split(".")[0]
        for node in ast.walk(tree)
        if isinstance(node, ast.Import)
        for alias in node.names
    } | {
        (node.module or "").split(".")[0]
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom)
    }
    assert imported <= set(sys.stdlib_module_names) | {"cryptography"}
