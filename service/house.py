"""Opening the house: engine, ledger, documents, journal, people, in that order.

The one place that knows which parts belong together. Everything below is handed what it needs.
What the storage says when it fails is turned into a sentence here (`as_unavailable`).
"""

from __future__ import annotations

import errno
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from sqlalchemy import Engine, create_engine
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError, DBAPIError, NoSuchModuleError

from audit.documents import DocumentStore, LocalDocuments
from audit.journal import Journal
from audit.ledger import KeySigner, Log, load_signer
from audit.ledger.keys import make_current
from audit.ledger.session import storage_failure
from audit.store import Projection, Snapshot, Store, upgrade
from audit.store.revisions import REBUILD_FIRST, require_current
from audit.store.sql import as_unavailable as database_unavailable
from base.clock import Clock, SystemClock, legal_day
from base.errors import Misuse, Unavailable, message
from service import settings as config
from service.accounts import Accounts
from service.people import People

STORAGE_FULL = message(
    "service.storage_full",
    zh="磁盘已满，本次没有写入任何内容：{place}",
    en="the disk is full, nothing of this was written: {place}",
)
STORAGE_READ_ONLY = message(
    "service.storage_read_only",
    zh="无法读写：{place}（{detail}）",
    en="cannot be read or written: {place} ({detail})",
)
DATABASE_MISSING = message(
    "service.database_missing",
    zh="数据库文件 {path} 不存在；不会另建一个空库",
    en="the database file {path} is not there; no empty one is made in its place",
)
DATABASE_BAD = message(
    "service.database_bad",
    zh="数据库地址不可用：{detail}",
    en="the database address cannot be used: {detail}",
)

CONNECT_SECONDS: Final = 10


@dataclass(slots=True)
class House:
    """An open installation of one organisation."""

    data: Path
    settings: config.Settings
    clock: Clock
    engine: Engine
    journal: Journal
    accounts: Accounts
    people: People
    signer: KeySigner | None

    @property
    def log(self) -> Log:
        return self.journal.log

    @property
    def store(self) -> Store:
        return self.journal.store

    @property
    def documents(self) -> DocumentStore:
        return self.journal.documents

    @property
    def key_dir(self) -> Path:
        return config.key_dir(self.data, self.settings)

    def now(self) -> Snapshot:
        """What is known now, on today's legal day."""
        return self.store.snapshot(legal_day(self.clock.now()))


def engine_for(data: Path, settings: config.Settings, *, new: bool = False) -> Engine:
    """An engine on the configured database. Raises Misuse on an address that is none, Unavailable
    when an SQLite file that should be there is not."""
    address = config.database_url(data, settings)
    try:
        url = make_url(address)
        if url.get_backend_name() == "sqlite":
            path = Path(url.database or "")
            if not new and not path.is_file():
                raise Unavailable(DATABASE_MISSING, path=path)
            return create_engine(url, connect_args={"timeout": settings.patience_seconds})
        arguments = {"connect_timeout": CONNECT_SECONDS}
        return create_engine(url, connect_args=arguments, pool_pre_ping=True)
    except (ArgumentError, NoSuchModuleError, ImportError) as wrong:
        raise Misuse(DATABASE_BAD, detail=str(wrong).splitlines()[0]) from wrong


def documents_for(data: Path, settings: config.Settings) -> DocumentStore:
    """Where originals are kept: a folder, or an S3 bucket."""
    if settings.s3 is None:
        return LocalDocuments(config.originals_dir(data, settings))
    from audit.documents import S3Documents

    options = {"region": settings.s3.region}
    client: dict[str, object] = {}
    if settings.s3.endpoint:
        options["endpoint"] = settings.s3.endpoint
        client["allow_http"] = settings.s3.endpoint.startswith("http://")
    prefix = settings.s3.prefix or "documents"
    return S3Documents.connect(
        settings.s3.bucket, prefix=prefix, options=options, client_options=client
    )


@contextmanager
def open_house(
    data: Path,
    *,
    signing: bool = False,
    compare: bool = True,
    current: bool = True,
    clock: Clock | None = None,
) -> Iterator[House]:
    """Open an installation for reading and writing.

    signing: load the signing key too. compare: with the checkpoint kept beside the key; only a
    verification, which reports what it finds, says False. current: insist on read tables made by
    this program's projections; only signing in, rebuild and verification do with older ones.

    Raises Unavailable when it is not there, newer than this program, locked, full or out of reach;
    IntegrityBroken when the log is smaller than or other than what was signed.
    """
    settings = config.load(data)
    signer = _signer(data, settings) if signing else None
    engine = engine_for(data, settings)
    try:
        house = _open(data, settings, engine, signer, compare, clock or SystemClock())
        try:
            if signer is not None and house.log.verifiers()[-1].vkey != signer.vkey:
                # A rotation was interrupted between its entry and the file that names the key.
                house.journal.close()
                signer = _signer(data, settings, house.log.verifiers()[-1].vkey)
                house = _open(data, settings, engine, signer, compare, house.clock)
                make_current(house.key_dir, signer.vkey)
            _require_tables(house, current)
            yield house
        finally:
            house.journal.close()
    finally:
        engine.dispose()


def _open(
    data: Path,
    settings: config.Settings,
    engine: Engine,
    signer: KeySigner | None,
    compare: bool,
    clock: Clock,
) -> House:
    upgrade(engine)
    projection = Projection()
    log = Log.open(
        engine,
        origin=settings.origin,
        signer=signer,
        key_dir=config.key_dir(data, settings) if compare or signer else None,
        clock=clock,
        projector=projection,
        patience=settings.patience_seconds,
    )
    projection.log_id = log.log_id
    journal = Journal(log, documents_for(data, settings), projection, clock)
    accounts = Accounts(engine, log.log_id, clock)
    people = People(journal, accounts, clock)
    return House(data, settings, clock, engine, journal, accounts, people, signer)


def _require_tables(house: House, current: bool) -> None:
    try:
        require_current(house.engine, house.log.log_id)
    except Unavailable as error:
        if current or error.message is not REBUILD_FIRST:
            raise


def _signer(data: Path, settings: config.Settings, vkey: str | None = None) -> KeySigner:
    phrase = config.passphrase(data, settings).decode("utf-8", "replace")
    return load_signer(config.key_dir(data, settings), phrase, vkey=vkey)


def as_unavailable(error: BaseException) -> Unavailable | None:
    """What the storage's failure is called; None when it is not the storage that failed."""
    if isinstance(error, DBAPIError):
        return storage_failure(error) or (
            database_unavailable(error.orig)
            if error.orig is not None and error.connection_invalidated
            else None
        )
    if (found := storage_failure(error)) is not None:
        return found
    if isinstance(error, OSError) and error.errno is not None:
        place = str(error.filename or "-")
        if error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG):
            return Unavailable(STORAGE_FULL, place=place)
        if error.errno in (errno.EROFS, errno.EACCES, errno.EPERM, errno.EIO):
            return Unavailable(STORAGE_READ_ONLY, place=place, detail=error.strerror)
    return None
