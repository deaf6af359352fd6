"""Who exists, with which roles, and every sign-in: as entries.

An entry carries a person's opaque id; his name stands only in payloads, which can be erased.
Refused sign-ins are counted, one entry a user and minute (all unknown names together are one
user), and the next sign-in says how many there were: nobody outside can grow the log at will.
"""

from __future__ import annotations

import secrets
import unicodedata
from collections.abc import Collection
from dataclasses import dataclass
from datetime import date
from typing import Final

from audit.journal import Journal, Signature
from audit.store import Fact, Snapshot
from base.clock import Clock, legal_day, rfc3339
from base.errors import Misuse, Refused, message
from service.accounts import NOT_SIGNED_IN, Accounts, hash_password
from service.permissions import Operation, Role, demand, permitted, roles_named

UNKNOWN_USER = message("user.unknown", zh="没有用户 {name}", en="there is no user {name}")
USER_EXISTS = message("user.exists", zh="用户 {name} 已存在", en="there already is a user {name}")
NAME_BAD = message(
    "user.name_bad",
    zh="用户名 {name!r} 不可用：1 到 64 个字符，不含空格和冒号",
    en="{name!r} cannot be a user name: 1 to 64 characters without space or colon",
)
LAST_ADMINISTRATOR = message(
    "user.last_administrator",
    zh="至少须保留一名在用的系统管理员",
    en="at least one active administrator has to remain",
)

SYSTEM_ACTOR: Final = "system"
"""What the worker and `init` sign their entries with: nobody in particular."""
ALL: Final = "users:all"
"""The stream of every change of users: two cannot take one name at once."""
UNKNOWN: Final = "unknown"


@dataclass(frozen=True, slots=True)
class NewUser:
    """name: for signing in. full_name: as printed under a signature. until: last day of access."""

    name: str
    full_name: str
    roles: frozenset[Role]
    password: str
    until: date | None = None


@dataclass(frozen=True, slots=True)
class Actor:
    """A signed-in person. `id` is opaque and is what entries carry."""

    id: str
    name: str
    full_name: str
    roles: frozenset[Role]

    def demand(self, operation: Operation) -> None:
        """Raises Refused unless a role of his allows it."""
        demand(self.name, self.roles, operation)

    def may(self, operation: Operation) -> bool:
        return permitted(self.roles, operation)


class People:
    """Users of one log, and their way in."""

    def __init__(self, journal: Journal, accounts: Accounts, clock: Clock) -> None:
        self._journal = journal
        self._accounts = accounts
        self._clock = clock

    # Users

    def listed(self) -> list[Fact]:
        """All users, disabled and ended ones too."""
        return self._journal.store.facts(self._now(), "user")

    def named(self, name: str) -> Fact:
        """A user by the name he signs in with. Raises Misuse when there is none."""
        found = self._find(name)
        if found is None:
            raise Misuse(UNKNOWN_USER, name=name)
        return found

    def add(self, by: str, new: NewUser) -> str:
        """A new user; his id. Raises Misuse on a taken or unusable name or a short password,
        Refused on roles that exclude each other."""
        name = folded(new.name)
        hashed = hash_password(new.password)
        roles = roles_named(new.roles)
        changes = self._journal.log.stream_size(ALL)
        if self._find(name) is not None:
            raise Misuse(USER_EXISTS, name=name)
        user = f"user-{secrets.token_hex(8)}"
        said: dict[str, object] = {
            "user": user,
            "name": name,
            "full_name": new.full_name.strip() or name,
            "roles": sorted(role.value for role in roles),
        }
        if new.until is not None:
            said["until"] = new.until.isoformat()
        self._note(by, "user.added", said, expect={ALL: changes})
        self._accounts.set_password(user, hashed)
        return user

    def set_roles(self, by: str, name: str, roles: Collection[str]) -> None:
        """Give a user exactly these roles."""
        user, new = self.named(name), roles_named(roles)
        if Role.ADMINISTRATOR not in new:
            self._keep_one_administrator(user)
        self._note(
            by, "user.roles", {"user": user.name, "roles": sorted(role.value for role in new)}
        )

    def disable(self, by: str, name: str, reason: str) -> None:
        """End a user's access at once, his sessions too."""
        user = self.named(name)
        self._keep_one_administrator(user)
        self._note(by, "user.disabled", {"user": user.name, "reason": reason})
        self._accounts.close_sessions(user.name)

    def enable(self, by: str, name: str) -> None:
        self._note(by, "user.enabled", {"user": self.named(name).name})

    def set_password(self, by: str, name: str, password: str) -> None:
        """A new password; his sessions end."""
        user, hashed = self.named(name), hash_password(password)
        self._note(by, "user.password_set", {"user": user.name})
        self._accounts.set_password(user.name, hashed)

    # Signing in and signing

    def sign_in(self, name: str, password: str) -> tuple[Actor, str]:
        """The person and a new session's token. Raises Refused, and enters that it was."""
        user = self._active(name)
        refused_before = self._check(user.name if user else None, password)
        assert user is not None
        said: dict[str, object] = {"user": user.name, "method": "password"}
        if refused_before:
            said["refused_before"] = refused_before
        self._note(user.name, "user.signed_in", said, all_users=False)
        return _actor(user), self._accounts.open_session(user.name)

    def actor(self, token: str) -> Actor:
        """Who a session belongs to. Raises Refused when it ended, or the user's access did."""
        user_id = self._accounts.session_user(token)
        for user in self._journal.store.users(self._now()):
            if user.name == user_id:
                return _actor(user)
        raise Refused(NOT_SIGNED_IN)

    def prove(self, actor: Actor, password: str) -> None:
        """Raises Refused when the password is not his."""
        self._check(actor.id, password)

    def sign(self, actor: Actor, password: str, meaning: str, reason: str = "") -> Signature:
        """An electronic signature: the person proves again who he is. Raises Refused."""
        self.prove(actor, password)
        return Signature(actor.id, actor.full_name, meaning, "password", reason or None)

    def signed(self, signature: Signature) -> dict[str, str]:
        """A signature as a member of an entry that is not a record's."""
        return {
            "actor": signature.actor,
            "name": signature.name,
            "at": rfc3339(self._clock.now()),
            "meaning": signature.meaning,
            "method": signature.method,
        }

    # Within

    def _check(self, user_id: str | None, password: str) -> int:
        try:
            return self._accounts.check(user_id, password).failures
        except Refused as refused:
            self._count_refusal(user_id or UNKNOWN, refused.code)
            raise

    def _count_refusal(self, user_id: str, why: str) -> None:
        """One entry a user, minute and reason: the same key again is the same entry."""
        minute = f"{self._clock.now():%Y-%m-%dT%H:%MZ}"
        said = {"user": user_id, "minute": minute, "reason": why}
        self._journal.note(
            SYSTEM_ACTOR, "user.sign_in_refused", said, key=f"refused/{user_id}/{minute}/{why}"
        )

    def _keep_one_administrator(self, leaving: Fact) -> None:
        administrators = {
            user.name
            for user in self._journal.store.users(self._now())
            if Role.ADMINISTRATOR in user.body["roles"]
        }
        if administrators == {leaving.name}:
            raise Refused(LAST_ADMINISTRATOR)

    def _active(self, name: str) -> Fact | None:
        users = self._journal.store.users(self._now())
        return next((u for u in users if u.body.get("name") == _normal(name)), None)

    def _find(self, name: str) -> Fact | None:
        wanted = _normal(name)
        return next((user for user in self.listed() if user.body.get("name") == wanted), None)

    def _note(
        self,
        by: str,
        kind: str,
        said: dict[str, object],
        *,
        expect: dict[str, int] | None = None,
        all_users: bool = True,
    ) -> None:
        streams = (f"user:{said['user']}", *((ALL,) if all_users else ()))
        self._journal.note(by, kind, said, streams=streams, expect=expect)

    def _now(self) -> Snapshot:
        return self._journal.store.snapshot(legal_day(self._clock.now()))


def folded(name: str) -> str:
    """A user name in the form it is kept. Raises Misuse when it cannot be one."""
    normal = _normal(name)
    if not 1 <= len(normal) <= 64 or any(c.isspace() or c == ":" for c in normal):
        raise Misuse(NAME_BAD, name=name)
    return normal


def _normal(name: str) -> str:
    return unicodedata.normalize("NFKC", name).strip().casefold()


def _actor(user: Fact) -> Actor:
    body = user.body
    roles = frozenset(Role(role) for role in body["roles"])
    return Actor(user.name, body["name"], body["full_name"], roles)
