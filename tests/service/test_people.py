"""Signing in, and who may do what."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from base.errors import Misuse, Refused
from service.cli.session import token_path
from service.permissions import ALLOWED, Operation, Role, permitted, roles_named
from tests.service.desk import PASSWORDS, Desk

APPROVES_OR_CHANGES = {
    Operation.INGEST,
    Operation.CONFIRM,
    Operation.CORRECT,
    Operation.RELEASE,
    Operation.ACKNOWLEDGE,
    Operation.WAIVE,
    Operation.HOLD,
    Operation.DISPOSE,
    Operation.EXPORT_FINDINGS,
    Operation.SET_POLICY,
}


def entries(desk: Desk, kind: str) -> list[dict[str, object]]:
    """Payloads of every entry of a kind, read straight from the ledger."""
    from service.house import open_house

    with open_house(desk.data) as house:
        return [
            {**json.loads(one.payload or b"{}"), "by": one.entry.actor}
            for one in house.log.appended()
            if one.entry.kind == kind
        ]


@given(st.sets(st.sampled_from(list(Role))), st.sampled_from(sorted(APPROVES_OR_CHANGES)))
def test_whoever_is_administrator_neither_approves_nor_changes_evidence(
    others: set[Role], operation: Operation
) -> None:
    assert not permitted({Role.ADMINISTRATOR, *others}, operation)


@given(st.sampled_from(list(Role)), st.sampled_from(list(Operation)))
def test_what_the_table_does_not_say_is_refused(role: Role, operation: Operation) -> None:
    assert permitted({role}, operation) == (operation in ALLOWED[role])
    assert not permitted((), operation)


def test_an_auditor_only_reads(founded: Path) -> None:
    assert not ALLOWED[Role.AUDITOR] & APPROVES_OR_CHANGES


def test_an_administrator_has_no_other_role() -> None:
    with pytest.raises(Refused):
        roles_named(["administrator", "quality_head"])
    with pytest.raises(Misuse):
        roles_named(["emperor"])
    with pytest.raises(Misuse):
        roles_named([])


def test_signing_in_keeps_a_token_that_only_its_owner_may_read(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk.sign_in("chen")
    monkeypatch.setenv("XDG_STATE_HOME", str(desk.state))
    monkeypatch.delenv("DEVICETRAIL_TOKEN_FILE", raising=False)
    kept = token_path(desk.data)
    assert kept.stat().st_mode & 0o777 == 0o600
    assert kept.is_relative_to(desk.state)
    assert desk.json("whoami")["name"] == "chen"
    assert desk("logout").code == 0
    assert not kept.exists()
    assert desk("whoami").code == 4


def test_a_token_file_stands_in_for_a_sign_in(desk: Desk, tmp_path: Path) -> None:
    token = tmp_path / "token"
    signed = desk("login", "chen", by="chen", DEVICETRAIL_TOKEN_FILE=str(token))
    assert signed.code == 0
    assert desk("whoami").code == 4
    assert desk("whoami", DEVICETRAIL_TOKEN_FILE=str(token)).code == 0


def test_a_session_that_was_ended_elsewhere_is_worth_nothing(desk: Desk, tmp_path: Path) -> None:
    desk.sign_in("admin")
    token = tmp_path / "token"
    desk("login", "chen", by="chen", DEVICETRAIL_TOKEN_FILE=str(token))
    assert desk("user", "disable", "chen", "--reason", "left").code == 0
    assert desk("whoami", DEVICETRAIL_TOKEN_FILE=str(token)).code == 4
    assert desk("login", "chen", by="chen").code == 4
    assert desk("user", "enable", "chen").code == 0
    assert desk("login", "chen", by="chen").code == 0


def test_entries_carry_an_opaque_id_and_names_stand_only_in_payloads(desk: Desk) -> None:
    from service.house import open_house

    desk.sign_in("chen")
    with open_house(desk.data) as house:
        raw = b"".join(entry.raw for entry in house.log.entries())
    for name in (b"chen", b"Zhou Head", b'"head"'):
        assert name not in raw
    (signed,) = [one for one in entries(desk, "user.signed_in") if one["method"] == "password"][-1:]
    assert signed["by"] == signed["user"]


def test_refused_sign_ins_are_one_entry_a_user_and_minute(desk: Desk) -> None:
    for _ in range(3):
        assert desk("login", "chen", by="head").code == 4
        assert desk("login", "nobody", by="head").code == 4
        assert desk("login", "not-even-this-one", by="head").code == 4
    refused = entries(desk, "user.sign_in_refused")
    assert 2 <= len(refused) <= 4  # a minute may end while the test runs
    assert {one["user"] for one in refused} >= {"unknown"}
    assert len({(one["user"], one["minute"]) for one in refused}) == len(refused)
    assert "nobody" not in str(refused)
    desk.sign_in("chen")
    assert entries(desk, "user.signed_in")[-1]["refused_before"] == 3


def test_five_wrong_passwords_lock_the_account(desk: Desk) -> None:
    for _ in range(5):
        answer = desk("login", "chen", by="head")
    assert "user.sign_in_refused" in answer.err
    answer = desk("login", "chen", by="chen")
    assert answer.code == 4
    assert "user.locked" in answer.err


def test_a_name_is_taken_once_however_it_is_written(desk: Desk) -> None:
    desk.sign_in("admin")
    answer = desk(
        "user", "add", "ＣＨＥＮ", "--role", "auditor", DEVICETRAIL_NEW_PASSWORD="long-enough-1"
    )
    assert answer.code == 2
    assert "user.exists" in answer.err


def test_the_last_administrator_stays(desk: Desk) -> None:
    desk.sign_in("admin")
    for command in (
        ("user", "disable", "admin", "--reason", "x"),
        ("user", "roles", "admin", "--role", "auditor"),
    ):
        answer = desk(*command)
        assert answer.code == 4
        assert "user.last_administrator" in answer.err


def test_roles_can_be_changed_and_count_at_once(desk: Desk) -> None:
    desk.sign_in("admin")
    assert desk("user", "roles", "li", "--role", "quality_staff").code == 0
    users = {user["name"]: user for user in desk.json("user", "list")}
    assert users["li"]["roles"] == ["quality_staff"]
    assert users["chen"]["status"] == "active"


def test_access_ends_after_its_last_day(desk: Desk) -> None:
    desk.sign_in("admin")
    added = desk(
        *("user", "add", "gone", "--role", "auditor", "--until", "2020-01-01"),
        DEVICETRAIL_NEW_PASSWORD="long-enough-1",
    )
    assert added.code == 0
    assert desk("login", "gone", DEVICETRAIL_PASSWORD="long-enough-1").code == 4


def test_a_person_changes_his_password_by_proving_the_old_one(desk: Desk) -> None:
    desk.sign_in("chen")
    wrong = desk("user", "password", by="head", DEVICETRAIL_NEW_PASSWORD="another-one-1")
    assert wrong.code == 4
    assert desk("user", "password", by="chen", DEVICETRAIL_NEW_PASSWORD="another-one-1").code == 0
    assert desk("whoami").code == 4
    assert desk("login", "chen", by="chen").code == 4
    assert desk("login", "chen", DEVICETRAIL_PASSWORD="another-one-1").code == 0


def test_only_the_administrator_manages_users(desk: Desk) -> None:
    for name in ("head", "chen", "li", "inspector"):
        desk.sign_in(name)
        answer = desk("user", "list", "--json")
        assert answer.code == 4
        assert answer.error["code"] == "permission.denied"
    assert len(PASSWORDS) == 6
