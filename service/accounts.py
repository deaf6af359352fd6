"""Passwords, lock-out and sessions: operational rows that no rebuild touches.

Who exists, and with what roles, is said by `user.*` entries (`service.people`). Here are only the
secrets: argon2id hashes, failed attempts, and the hashes of session tokens.
"""

from __future__ import annotations

import hashlib
import secrets
from dataclasses import dataclass
from datetime import timedelta
from functools import cache
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import ColumnElement, Engine, Row, and_, delete, insert, select, update

from audit.store.tables import account, web_session
from base.clock import Clock, parse_rfc3339, rfc3339
from base.errors import Misuse, Refused, message

if TYPE_CHECKING:
    from argon2 import PasswordHasher

MIN_PASSWORD: Final = 10
LOCK_AFTER: Final = 5
LOCK_FOR: Final = timedelta(minutes=15)
SESSION_FOR: Final = timedelta(hours=8)

SIGN_IN_REFUSED = message(
    "user.sign_in_refused",
    zh="登录失败：用户名或密码不正确",
    en="sign-in refused: wrong user name or password",
)
LOCKED = message(
    "user.locked",
    zh="账户已锁定至 {until}（连续失败次数过多）",
    en="the account is locked until {until} (too many failures)",
)
PASSWORD_WEAK = message(
    "user.password_weak",
    zh="密码至少需要 {least} 个字符",
    en="a password needs at least {least} characters",
)
NOT_SIGNED_IN = message(
    "user.not_signed_in",
    zh="尚未登录或登录已过期；请运行 devicetrail login 用户名",
    en="not signed in, or the session has ended; run devicetrail login NAME",
)


@dataclass(frozen=True, slots=True)
class Tried:
    """What a password check found. failures: wrong ones since the last right one, before this."""

    failures: int


class Accounts:
    """Passwords, lock-out and sessions of one log's users."""

    def __init__(self, engine: Engine, log_id: int, clock: Clock) -> None:
        self._engine = engine
        self._log_id = log_id
        self._clock = clock

    def set_password(self, user_id: str, hashed: str) -> None:
        """Keep the hash of a user's password and end his sessions."""
        with self._engine.begin() as connection:
            connection.execute(delete(account).where(self._is(user_id)))
            connection.execute(
                insert(account).values(
                    log_id=self._log_id, user_id=user_id, password_hash=hashed, failures=0
                )
            )
            connection.execute(delete(web_session).where(self._sessions_of(user_id)))

    def check(self, user_id: str | None, password: str) -> Tried:
        """Raises Refused when the password is wrong, the user unknown or the account locked.

        The answer takes as long for an unknown user (None) as for a known one.
        """
        now = self._clock.now()
        row = self._row(user_id)
        if row is not None and row.locked_until and parse_rfc3339(row.locked_until) > now:
            raise Refused(LOCKED, until=row.locked_until)
        hashed = None if row is None else row.password_hash
        if row is not None and verify_password(hashed, password):
            self._update(row.user_id, failures=0, locked_until=None)
            return Tried(row.failures)
        if row is None:
            verify_password(None, password)
        else:
            failures = row.failures + 1
            locked = rfc3339(now + LOCK_FOR) if failures % LOCK_AFTER == 0 else None
            self._update(row.user_id, failures=failures, locked_until=locked)
        raise Refused(SIGN_IN_REFUSED)

    def open_session(self, user_id: str) -> str:
        """A new session's token. Only its hash is kept; sessions that ended are swept."""
        token = f"dts_{secrets.token_urlsafe(32)}"
        now = self._clock.now()
        ended = and_(web_session.c.log_id == self._log_id, web_session.c.expires_at <= rfc3339(now))
        with self._engine.begin() as connection:
            connection.execute(delete(web_session).where(ended))
            connection.execute(
                insert(web_session).values(
                    log_id=self._log_id,
                    token_hash=_token_hash(token),
                    user_id=user_id,
                    created_at=rfc3339(now),
                    expires_at=rfc3339(now + SESSION_FOR),
                )
            )
        return token

    def session_user(self, token: str) -> str:
        """The user id of a live session. Raises Refused when it is unknown or has ended."""
        with self._engine.connect() as connection:
            row = connection.execute(
                select(web_session.c.user_id, web_session.c.expires_at).where(self._session(token))
            ).first()
        if row is None or parse_rfc3339(row.expires_at) <= self._clock.now():
            raise Refused(NOT_SIGNED_IN)
        return str(row.user_id)

    def close_session(self, token: str) -> None:
        with self._engine.begin() as connection:
            connection.execute(delete(web_session).where(self._session(token)))

    def close_sessions(self, user_id: str) -> None:
        """End every session of a user."""
        with self._engine.begin() as connection:
            connection.execute(delete(web_session).where(self._sessions_of(user_id)))

    def _row(self, user_id: str | None) -> Row[Any] | None:
        if user_id is None:
            return None
        with self._engine.connect() as connection:
            return connection.execute(select(account).where(self._is(user_id))).first()

    def _update(self, user_id: str, **values: object) -> None:
        with self._engine.begin() as connection:
            connection.execute(update(account).where(self._is(user_id)).values(**values))

    def _is(self, user_id: str) -> ColumnElement[bool]:
        return and_(account.c.log_id == self._log_id, account.c.user_id == user_id)

    def _session(self, token: str) -> ColumnElement[bool]:
        return and_(
            web_session.c.log_id == self._log_id,
            web_session.c.token_hash == _token_hash(token),
        )

    def _sessions_of(self, user_id: str) -> ColumnElement[bool]:
        return and_(web_session.c.log_id == self._log_id, web_session.c.user_id == user_id)


def _token_hash(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()


@cache
def hasher() -> PasswordHasher:
    """argon2id with the library's present defaults."""
    from argon2 import PasswordHasher

    return PasswordHasher()


def hash_password(password: str) -> str:
    """What is kept of a password. Raises Misuse on a short one."""
    if len(password) < MIN_PASSWORD:
        raise Misuse(PASSWORD_WEAK, least=MIN_PASSWORD)
    return hasher().hash(password)


def verify_password(hashed: str | None, password: str) -> bool:
    """Whether the password is right; spends the same work when there is no hash to compare."""
    from argon2.exceptions import InvalidHashError, VerificationError

    if hashed is None:
        hasher().hash(password)
        return False
    try:
        return hasher().verify(hashed, password)
    except (InvalidHashError, VerificationError):
        return False
