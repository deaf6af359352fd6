"""Founding an installation: everything is made beside its place and moved there when complete.

Until the last step nothing stands under the data directory's name, so an attempt that fails
leaves nothing half made. (A PostgreSQL database keeps the empty log of a failed attempt; a new
attempt then names another organisation key or incarnation.)
"""

from __future__ import annotations

import os
import secrets
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from audit.journal import Journal
from audit.ledger.keys import create_key, write_durably
from base.clock import Clock, SystemClock
from base.errors import Misuse, Refused, message
from service import settings as config
from service.accounts import MIN_PASSWORD, PASSWORD_WEAK, Accounts
from service.house import documents_for, engine_for
from service.people import SYSTEM_ACTOR, NewUser, People, folded

ALREADY_THERE = message(
    "service.already_initialised",
    zh="{path} 已有内容，不会覆盖",
    en="{path} already holds something and is left as it is",
)
KEY_THERE = message(
    "service.key_exists",
    zh="密钥目录 {path} 已存在，不会混用",
    en="the key directory {path} exists already; two installations do not share one",
)
SAME_NAME = message(
    "service.same_name",
    zh="系统管理员和质量负责人须是两个人",
    en="administrator and quality head have to be two people",
)


@dataclass(frozen=True, slots=True)
class Founded:
    """What was made: the log's name, and its key (for everybody who will verify)."""

    origin: str
    vkey: str
    fingerprint: str


def initialise(
    data: Path,
    chosen: dict[str, Any],
    administrator: NewUser,
    quality_head: NewUser,
    *,
    clock: Clock | None = None,
) -> Founded:
    """Make a new installation. `chosen` are values of `Settings`.

    Raises Refused when something is there already, Misuse on a wrong setting, name or password,
    Unavailable when the storage is.
    """
    from audit.ledger.note import fingerprint

    if data.exists() and (not data.is_dir() or any(data.iterdir())):
        raise Refused(ALREADY_THERE, path=data)
    settings = config.made({"format": config.FORMAT_VERSION, **chosen}, data / config.SETTINGS_FILE)
    _acceptable(administrator, quality_head)
    if settings.key_dir is not None and settings.key_dir.exists():
        raise Refused(KEY_THERE, path=settings.key_dir)
    data.parent.mkdir(parents=True, exist_ok=True)
    staging = data.with_name(f".{data.name}.{os.getpid()}.new")
    staging.mkdir(mode=0o700)
    try:
        vkey = _make(staging, settings, administrator, quality_head, clock or SystemClock())
        config.write(staging, settings)
        staging.rename(data)
        _fsync(data.parent)
    except BaseException:
        shutil.rmtree(staging, ignore_errors=True)
        if settings.key_dir is not None:  # it was not there before
            shutil.rmtree(settings.key_dir, ignore_errors=True)
        raise
    return Founded(settings.origin, vkey, fingerprint(vkey))


def _make(
    place: Path,
    settings: config.Settings,
    administrator: NewUser,
    quality_head: NewUser,
    clock: Clock,
) -> str:
    phrase = _passphrase(place, settings)
    key_dir = config.key_dir(place, settings)
    signer = create_key(key_dir, settings.origin, phrase)
    engine = engine_for(place, settings, new=True)
    try:
        journal = Journal.create(
            engine,
            documents_for(place, settings),
            origin=settings.origin,
            signer=signer,
            key_dir=key_dir,
            actor=SYSTEM_ACTOR,
            clock=clock,
            patience=settings.patience_seconds,
        )
        try:
            people = People(journal, Accounts(engine, journal.log.log_id, clock), clock)
            for new in (administrator, quality_head):
                people.add(SYSTEM_ACTOR, new)
            journal.log.checkpoint()
        finally:
            journal.close()
    finally:
        engine.dispose()
    return signer.vkey


def _passphrase(place: Path, settings: config.Settings) -> str:
    """The one given in the environment or a file of the owner's, else a new random one."""
    if not os.environ.get(config.PASSPHRASE_ENV) and settings.passphrase_file is None:
        write_durably(place / config.PASSPHRASE_FILE, f"{secrets.token_urlsafe(32)}\n".encode())
    return config.passphrase(place, settings).decode("utf-8", "replace")


def _acceptable(administrator: NewUser, quality_head: NewUser) -> None:
    if folded(administrator.name) == folded(quality_head.name):
        raise Misuse(SAME_NAME)
    if min(len(administrator.password), len(quality_head.password)) < MIN_PASSWORD:
        raise Misuse(PASSWORD_WEAK, least=MIN_PASSWORD)


def _fsync(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
