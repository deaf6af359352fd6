"""Making an installation: whole or not at all."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.service.desk import Desk, found


@pytest.fixture
def fresh(tmp_path: Path) -> Desk:
    return Desk(tmp_path / "data", tmp_path / "state")


def test_init_makes_a_key_that_only_its_owner_may_read(founded: Path) -> None:
    data = founded / "data"
    private = [data / "passphrase", *(data / "keys").glob("*.pem")]
    assert len(private) == 2
    assert {path.stat().st_mode & 0o777 for path in private} == {0o600}
    assert len((data / "passphrase").read_text()) > 40


def test_init_leaves_what_is_there_alone(desk: Desk) -> None:
    before = (desk.data / "devicetrail.toml").read_bytes()
    answer = found(desk)
    assert answer.code == 4
    assert "service.already_initialised" in answer.err
    assert (desk.data / "devicetrail.toml").read_bytes() == before


def test_a_refused_init_leaves_nothing_behind(fresh: Desk) -> None:
    answer = found(fresh, DEVICETRAIL_QUALITY_PASSWORD="short")
    assert answer.code == 2
    assert "user.password_weak" in answer.err
    assert not fresh.data.exists()
    assert not list(fresh.data.parent.iterdir())


def test_an_init_that_fails_late_leaves_nothing_behind(fresh: Desk) -> None:
    outside = fresh.data.parent / "keys"
    answer = fresh(
        "init",
        *("--organisation", "sample", "--key-dir", outside),
        *("--database", "postgresql+psycopg://nobody@127.0.0.1:1/none"),
        DEVICETRAIL_ADMIN_PASSWORD="administrator-1",
        DEVICETRAIL_QUALITY_PASSWORD="quality-head-1",
    )
    assert answer.code == 5, answer.said
    assert not list(fresh.data.parent.iterdir())


def test_administrator_and_quality_head_are_two_people(fresh: Desk) -> None:
    answer = fresh(
        "init",
        *("--organisation", "sample", "--admin", "zhou", "--quality", "Zhou"),
        DEVICETRAIL_ADMIN_PASSWORD="administrator-1",
        DEVICETRAIL_QUALITY_PASSWORD="quality-head-1",
    )
    assert answer.code == 2
    assert "service.same_name" in answer.err


def test_passwords_of_both_come_from_one_file(fresh: Desk, tmp_path: Path) -> None:
    passwords = tmp_path / "passwords"
    passwords.write_text("admin:administrator-9\nquality:quality-head-9\n", "utf-8")
    made = fresh.json("init", "--organisation", "sample", "--password-file", passwords)
    assert made["origin"] == "devicetrail.local/sample/log/1"
    assert len(made["fingerprint"]) == 64
    assert fresh("login", "quality", "--password-file", passwords).code == 0
    assert fresh.json("whoami")["roles"] == "quality_head"


def test_without_a_password_init_says_where_it_may_come_from(fresh: Desk) -> None:
    answer = fresh.child("init", "--organisation", "sample", "--json")
    assert answer.code == 2
    error = json.loads(answer.err)
    assert error["code"] == "cli.no_password"
    assert "DEVICETRAIL_ADMIN_PASSWORD" in error["message"]


def test_a_misspelt_setting_is_refused(desk: Desk) -> None:
    path = desk.data / "devicetrail.toml"
    path.write_text(path.read_text("utf-8") + 'daily_chek_at = "01:00"\n', "utf-8")
    answer = desk("whoami")
    assert answer.code == 2
    assert "daily_chek_at" in answer.err


def test_the_environment_outranks_the_settings_file(desk: Desk) -> None:
    answer = desk("whoami", DEVICETRAIL_DAILY_CHECK_AT="25:00")
    assert answer.code == 2
    assert "daily_check_at" in answer.err


def test_a_key_directory_outside_notices_the_whole_data_directory_put_back(
    fresh: Desk, tmp_path: Path
) -> None:
    import shutil

    outside = tmp_path / "keys"
    passwords = tmp_path / "passwords"
    passwords.write_text("admin:administrator-9\nquality:quality-head-9\n", "utf-8")
    fresh.json(
        "init", "--organisation", "sample", "--key-dir", outside, "--password-file", passwords
    )
    shutil.copytree(fresh.data, tmp_path / "old")
    assert fresh("login", "admin", "--password-file", passwords).code == 0
    assert fresh("log", "checkpoint").code == 0
    shutil.rmtree(fresh.data)
    (tmp_path / "old").rename(fresh.data)
    answer = fresh("whoami")
    assert answer.code == 3
    assert "ledger.rolled_back" in answer.err
