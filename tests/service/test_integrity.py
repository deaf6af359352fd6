"""What leaves the house verifies; what was changed inside is named."""

from __future__ import annotations

import json
import shutil
import sqlite3
from pathlib import Path

import pytest

from tests.service.desk import Desk

LOT = "lot:di:06901234567892/A1B2"


def tamper(desk: Desk, *statements: str) -> None:
    """Change the database as somebody with its file would: guards dropped, a row edited."""
    connection = sqlite3.connect(desk.data / "devicetrail.db")
    names = connection.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall()
    for (name,) in names:
        connection.execute(f"DROP TRIGGER {name}")
    for statement in statements:
        assert connection.execute(statement).rowcount == 1, statement
    connection.commit()
    connection.close()


def test_an_untouched_ledger_verifies_deeply(judged: Desk) -> None:
    judged.sign_in("inspector")
    told = judged.json("verify", "--deep")
    assert told["ok"]
    assert told["problems"] == []
    assert told["signed_size"] <= told["size"]


def test_a_changed_payload_is_named_by_index_and_layer(judged: Desk) -> None:
    judged.sign_in("inspector")
    tamper(judged, "UPDATE ledger_payload SET data = data || ' ' WHERE seq = 13")
    answer = judged("verify", "--json")
    assert answer.code == 3
    first = answer.json["problems"][0]
    assert (first["index"], first["layer"]) == (13, "payload")
    spoken = judged("verify")
    assert "[payload #13]" in spoken.out
    assert "Traceback" not in spoken.said


def test_a_changed_read_row_is_found_by_the_deep_verification_only(judged: Desk) -> None:
    judged.sign_in("inspector")
    tamper(
        judged,
        "UPDATE read_record SET valid_until = '2099-01-01' WHERE kind = 'lot'",
    )
    assert judged("verify").code == 0
    answer = judged("verify", "--deep", "--json")
    assert answer.code == 3
    assert "read-table" in {one["layer"] for one in answer.json["problems"]}
    judged.sign_in("admin")
    assert judged("rebuild").code == 0
    assert judged("verify", "--deep").code == 0


def test_a_rotted_original_is_found(judged: Desk) -> None:
    judged.sign_in("inspector")
    victim = sorted((judged.data / "originals").glob("??/*"))[0]
    victim.chmod(0o600)
    victim.write_bytes(b"rot")
    answer = judged("verify", "--deep", "--json")
    assert answer.code == 3
    assert {one["layer"] for one in answer.json["problems"]} == {"document"}
    assert victim.name in answer.json["problems"][0]["subject"]


def test_a_fingerprint_that_was_never_the_logs_is_a_no(judged: Desk) -> None:
    judged.sign_in("inspector")
    assert judged("verify", "--fingerprint", "0" * 64).code == 3
    (key,) = judged.json("key", "show")
    assert judged.json("verify", "--fingerprint", key["fingerprint"])["compared"]


def test_a_checkpoint_kept_elsewhere_is_compared(judged: Desk, tmp_path: Path) -> None:
    judged.sign_in("chen")
    kept = tmp_path / "checkpoint"
    assert judged("log", "checkpoint", "--out", kept).code == 0
    judged.sign_in("chen")
    told = judged.json("verify", "--earlier", kept)
    assert any("earlier" in one for one in told["compared"])
    kept.write_text(kept.read_text().replace("sample", "simple"))
    assert judged("verify", "--earlier", kept).code == 3
    assert judged("verify", "--earlier", tmp_path / "none").code == 2


def test_proofs_are_given_for_entries_and_sizes(judged: Desk) -> None:
    judged.sign_in("inspector")
    proof = judged.json("log", "prove", 3)["proof"]
    assert proof.startswith("c2sp.org/tlog-proof@v1\nindex 3\n")
    consistency = judged.json("log", "consistency", 3)
    assert consistency["old"] == 3
    assert consistency["proof"]
    assert judged("log", "prove", 10_000).code == 2


def test_a_new_key_takes_over_and_everything_still_verifies(judged: Desk) -> None:
    judged.sign_in("chen")
    assert judged("key", "rotate").code == 4
    judged.sign_in("admin")
    (old,) = judged.json("key", "show")
    new = judged.json("key", "rotate")
    assert new["fingerprint"] != old["fingerprint"]
    judged.sign_in("chen")
    assert judged("log", "checkpoint").code == 0
    told = judged.json("verify", "--deep", "--fingerprint", old["fingerprint"])
    assert told["fingerprints"] == [old["fingerprint"], new["fingerprint"]]


def test_a_rotation_that_was_cut_short_is_finished_at_the_next_start(
    judged: Desk, tmp_path: Path
) -> None:
    judged.sign_in("admin")
    current = judged.data / "keys" / "current"
    before = current.read_text()
    judged.json("key", "rotate")
    current.write_text(before)
    assert judged("log", "checkpoint").code == 0
    assert current.read_text() != before


@pytest.fixture
def package(judged: Desk, tmp_path: Path) -> Path:
    judged.sign_in("head")
    out = tmp_path / "package.zip"
    words = ("export", "inspection", "--lot", LOT, "--out", out, "--findings")
    assert judged(*words, by="chen").code == 4
    assert not out.exists()
    assert judged(*words, "--asked-by", "NMPA", by="head").code == 0
    return out


def test_a_package_verifies_without_the_data_and_a_changed_one_does_not(
    judged: Desk, package: Path, tmp_path: Path
) -> None:
    elsewhere = Desk(tmp_path / "nowhere", tmp_path / "nobody")
    (key,) = judged.json("key", "show")
    alone = elsewhere("verify-package", package)
    assert alone.code == 0
    assert "fingerprint" in alone.out
    held = elsewhere.json("verify-package", package, "--fingerprint", key["fingerprint"])
    assert held["ok"]
    assert held["compared"]
    assert elsewhere("verify-package", package, "--fingerprint", "0" * 64).code == 3

    data = bytearray(package.read_bytes())
    at = data.find(b"A1B2")
    data[at] ^= 1
    package.write_bytes(bytes(data))
    broken = elsewhere("verify-package", package, "--json")
    assert broken.code == 3
    assert json.loads(broken.out)["broken"]
    assert elsewhere("verify-package", tmp_path / "none").code == 2


def test_a_package_never_replaces_another(judged: Desk, package: Path) -> None:
    before = package.read_bytes()
    answer = judged("export", "inspection", "--lot", LOT, "--out", package)
    assert answer.code == 2
    assert package.read_bytes() == before


def test_a_package_is_asked_for_in_one_way(judged: Desk, tmp_path: Path) -> None:
    judged.sign_in("chen")
    out = tmp_path / "p.zip"
    for words in (
        (),
        ("--lot", LOT, "--party", "party:x"),
        ("--from", "2026-01-01"),
        ("--from", "2026-02-01", "--to", "2026-01-01"),
        ("--lot", LOT, "--purpose", "curiosity"),
    ):
        assert judged("export", "inspection", "--out", out, *words).code == 2
    assert judged("export", "inspection", "--out", out, "--lot", "lot:none/1").code == 1
    assert not out.exists()


def test_the_findings_volume_takes_the_heads_signature(judged: Desk, tmp_path: Path) -> None:
    judged.sign_in("chen")
    out = tmp_path / "p.zip"
    words = ("export", "inspection", "--lot", LOT, "--out", out, "--findings")
    assert judged(*words, by="chen").code == 4
    assert not out.exists()


def test_registers_mask_personal_data_unless_asked(judged: Desk, tmp_path: Path) -> None:
    from openpyxl import load_workbook

    judged.sign_in("chen")
    masked, whole, empty = (tmp_path / f"{name}.xlsx" for name in ("a", "b", "c"))
    assert judged("export", "registers", "--out", masked).code == 0
    assert judged("export", "registers", "--out", whole, "--personal").code == 0
    none = judged.json("export", "registers", "--out", empty, "--to", "2020-01-01")
    assert none["rows"] == 0

    def words(path: Path) -> str:
        book = load_workbook(path, read_only=True)
        return str([row for sheet in book for row in sheet.iter_rows(values_only=True)])

    assert "XS-1" in words(masked)
    assert words(masked).count("***") > words(whole).count("***")
    assert judged("export", "registers", "--out", whole).code == 2


def test_tables_of_an_older_program_are_rebuilt_first(judged: Desk) -> None:
    judged.sign_in("admin")
    tamper(judged, "UPDATE read_projection SET revision = 0 WHERE name = 'finding'")
    refused = judged("user", "list")
    assert refused.code == 5
    assert "store.rebuild_first" in refused.err
    judged.sign_in("admin")  # his session may have ended meanwhile
    assert judged("rebuild").code == 0
    assert judged("user", "list").code == 0


def test_tables_of_a_newer_program_are_left_alone(judged: Desk) -> None:
    judged.sign_in("admin")
    tamper(judged, "UPDATE read_projection SET revision = 99 WHERE name = 'finding'")
    for words in (("user", "list"), ("rebuild",), ("login", "admin"), ("verify",)):
        refused = judged(*words, by="admin")
        assert refused.code == 5
        assert "store.newer_rows" in refused.err


def test_a_copy_of_the_data_directory_is_a_whole_installation(judged: Desk, tmp_path: Path) -> None:
    shutil.copytree(judged.data, tmp_path / "copy")
    copy = Desk(tmp_path / "copy", judged.state)
    copy.sign_in("inspector")
    assert copy("verify", "--deep").code == 0
