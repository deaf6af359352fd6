"""Folding SQLite's write-ahead log into the database beside the writer, not inside its commits.

A checkpoint of the WAL copies megabytes and synchronises the database file; inside a commit it
would be every hundredth caller's wait. Here another connection does it passively, which blocks
nobody. Should it not keep up, the writer's own limit (`session.WAL_PAGES`) still bounds the file.
"""

from __future__ import annotations

import sqlite3
import threading
from typing import Final

from sqlalchemy import Engine
from sqlalchemy.exc import DBAPIError

FOLD_BYTES: Final = 16 << 20


class WalFolder:
    """A thread that folds whenever enough was written."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._written = 0
        self._due = threading.Event()
        self._closed = False
        self._thread = threading.Thread(target=self._run, name="ledger-wal", daemon=True)
        self._thread.start()

    def wrote(self, size: int) -> None:
        """The writer committed about so many bytes."""
        self._written += size
        if self._written >= FOLD_BYTES:
            self._written = 0
            self._due.set()

    def close(self) -> None:
        self._closed = True
        self._due.set()
        self._thread.join()

    def _run(self) -> None:
        while True:
            self._due.wait()
            # Cleared before looking, or a `close` in between would be forgotten and wait for ever.
            self._due.clear()
            if self._closed:
                return
            try:
                with self._engine.connect() as connection:
                    connection.exec_driver_sql("PRAGMA wal_checkpoint(PASSIVE)").fetchall()
            except (DBAPIError, sqlite3.Error):
                # Nothing is lost: the writer's own limit folds, and says so if it cannot.
                continue
