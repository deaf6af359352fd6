"""What goes wrong around the program is a sentence and an exit code, and changes nothing.

Every case runs the real command line as a process of its own.
"""

from __future__ import annotations

import os
import shutil
import sqlite3
from pathlib import Path

import pytest

from tests.service.desk import PASSWORDS, Answer, Desk


def sentence(answer: Answer, code: int, message: str) -> None:
    assert answer.code == code, answer.said
    assert message in answer.err
    assert "Traceback" not in answer.said
    assert answer.err.count("\n") == 1, answer.err


@pytest.fixture
def signed(filled: Desk) -> Desk:
    filled.sign_in("chen")
    return filled


@pytest.fixture
def papers(tmp_path: Path) -> Path:
    path = tmp_path / "more.csv"
    path.write_bytes(b"anything\n" * 200_000)
    return path


def size(desk: Desk) -> tuple[int, int]:
    """Entries in the ledger, and originals kept."""
    connection = sqlite3.connect(desk.data / "devicetrail.db")
    (entries,) = connection.execute("SELECT size FROM ledger_log").fetchone()
    connection.close()
    return entries, len(list((desk.data / "originals").glob("??/*")))


def test_there_is_no_data_yet(tmp_path: Path) -> None:
    nowhere = Desk(tmp_path / "nowhere", tmp_path / "state")
    sentence(nowhere.child("record", "list"), 5, "service.not_initialised")
    assert not nowhere.data.exists()


def test_the_data_directory_is_of_a_newer_version(signed: Desk) -> None:
    path = signed.data / "devicetrail.toml"
    path.write_text(path.read_text("utf-8").replace("format = 1", "format = 99"), "utf-8")
    sentence(signed.child("record", "list"), 5, "service.data_newer")


def test_the_database_is_of_a_newer_version(signed: Desk) -> None:
    connection = sqlite3.connect(signed.data / "devicetrail.db")
    connection.execute("UPDATE alembic_version SET version_num = '9999'")
    connection.commit()
    connection.close()
    sentence(signed.child("record", "list"), 5, "store.newer_database")


def test_the_database_file_is_gone_and_no_empty_one_takes_its_place(signed: Desk) -> None:
    (signed.data / "devicetrail.db").unlink()
    sentence(signed.child("record", "list"), 5, "service.database_missing")
    assert not (signed.data / "devicetrail.db").exists()


def test_the_database_file_is_no_database(signed: Desk) -> None:
    (signed.data / "devicetrail.db").write_bytes(b"not a database" * 1_000)
    answer = signed.child("record", "list")
    assert answer.code == 5, answer.said
    assert "Traceback" not in answer.said


def test_the_disk_is_full(signed: Desk, papers: Path) -> None:
    before = size(signed)
    # the size that any file may reach stands in for a full disk: the kernel refuses alike
    limited = ("prlimit", "--fsize=1048576:1048576")
    answer = signed.child("ingest", papers, before=limited)
    sentence(answer, 5, "documents.full")
    assert size(signed) == before
    assert signed.child("verify").code == 0


def test_the_disk_is_full_while_the_ledger_is_written(signed: Desk, tmp_path: Path) -> None:
    before = size(signed)
    answer = signed.child(
        *("hold", "place", "--reason", "x" * 40_000, "--everything"),
        before=("prlimit", "--fsize=32768:32768"),
    )
    assert answer.code == 5, answer.said
    assert "Traceback" not in answer.said
    assert size(signed)[0] == before[0]
    assert signed.child("verify").code == 0


def as_ordinary_user() -> tuple[str, ...]:
    """A prefix under which file permissions count, for root too."""
    if os.geteuid() != 0:
        return ()
    if shutil.which("setpriv") is None:
        pytest.skip("running as root and setpriv is not there to give up its powers")
    powers = "-dac_override,-dac_read_search"
    return ("setpriv", f"--bounding-set={powers}", f"--inh-caps={powers}")


@pytest.mark.parametrize("folder", ["", "originals"])
def test_a_folder_is_read_only(signed: Desk, papers: Path, folder: str) -> None:
    before = size(signed)
    frozen = signed.data / folder
    all_folders = [frozen, *(path for path in frozen.rglob("*") if path.is_dir())]
    try:
        for path in all_folders:
            path.chmod(0o500)
        for path in signed.data.glob("devicetrail.db*") if not folder else ():
            path.chmod(0o400)
        answer = signed.child("ingest", papers, before=as_ordinary_user())
    finally:
        for path in all_folders:
            path.chmod(0o700)
        (signed.data / "devicetrail.db").chmod(0o600)
    assert answer.code == 5, answer.said
    assert "Traceback" not in answer.said
    assert size(signed) == before


def test_the_database_is_locked(signed: Desk) -> None:
    holder = sqlite3.connect(signed.data / "devicetrail.db", isolation_level=None)
    holder.execute("BEGIN IMMEDIATE")
    try:
        answer = signed.child(
            *("hold", "place", "--reason", "x", "--everything"),
            DEVICETRAIL_PATIENCE_SECONDS="0.2",
        )
        sentence(answer, 5, "locked")
    finally:
        holder.close()
    assert signed.json("hold", "list") == []


def test_the_passphrase_is_wrong(signed: Desk) -> None:
    answer = signed.child("log", "checkpoint", DEVICETRAIL_KEY_PASSPHRASE="another")
    sentence(answer, 5, "ledger.no_key")
    assert "wrong passphrase" in answer.err


def test_the_passphrase_is_nowhere(signed: Desk) -> None:
    (signed.data / "passphrase").unlink()
    sentence(signed.child("log", "checkpoint"), 5, "service.passphrase_missing")


def test_the_key_is_another_installations(signed: Desk, tmp_path: Path) -> None:
    from audit.ledger import create_key

    phrase = (signed.data / "passphrase").read_text().strip()
    create_key(tmp_path / "other", "devicetrail.local/sample/log/1", phrase)
    for path in (tmp_path / "other").glob("*.pem"):
        shutil.copy(path, signed.data / "keys")
    shutil.copy(tmp_path / "other" / "current", signed.data / "keys" / "current")
    (own,) = {*(signed.data / "keys").glob("*.pem")} - {
        signed.data / "keys" / path.name for path in (tmp_path / "other").glob("*.pem")
    }
    own.unlink()
    sentence(signed.child("log", "checkpoint"), 5, "ledger.no_key")


def test_an_old_database_was_put_back(signed: Desk, tmp_path: Path) -> None:
    shutil.copy(signed.data / "devicetrail.db", tmp_path / "old.db")
    signed.sign_in("chen")
    assert signed("log", "checkpoint").code == 0
    for path in signed.data.glob("devicetrail.db*"):
        path.unlink()
    shutil.copy(tmp_path / "old.db", signed.data / "devicetrail.db")
    sentence(signed.child("record", "list"), 3, "ledger.rolled_back")
    verified = signed.child("verify")
    assert verified.code == 3, verified.said
    assert "Traceback" not in verified.said


def test_postgresql_is_out_of_reach(signed: Desk) -> None:
    address = "postgresql+psycopg://nobody:secret-word@127.0.0.1:1/none"
    answer = signed.child("record", "list", DEVICETRAIL_DATABASE=address)
    assert answer.code == 5, answer.said
    assert "Traceback" not in answer.said
    assert "secret-word" not in answer.said


def test_the_database_address_is_none(signed: Desk) -> None:
    answer = signed.child("record", "list", DEVICETRAIL_DATABASE="nonsense")
    sentence(answer, 2, "service.database_bad")


def test_errors_are_json_for_machines(signed: Desk) -> None:
    import json

    answer = signed.child("login", "chen", "--json", DEVICETRAIL_PASSWORD=PASSWORDS["head"])
    assert answer.code == 4
    error = json.loads(answer.err)
    assert error["code"] == "user.sign_in_refused"
    assert answer.out == ""
