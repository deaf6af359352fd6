"""The folder of files, the process that bears children, and an undisturbed run for each database.

Tests of this room share all three, so `make test` keeps them in one worker.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import count
from pathlib import Path

import pytest
from sqlalchemy import create_engine, text
from sqlalchemy.engine import make_url

from base.errors import Unavailable
from tests.crash import papers
from tests.crash.house import House, standing
from tests.crash.lives import Life, Nursery, nursery

_numbers = count()


@pytest.fixture(scope="session")
def inbox(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """All forty files."""
    return _laid_out(tmp_path_factory.mktemp("crash-inbox"), few=False)


@pytest.fixture(scope="session")
def small_inbox(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A dozen of them, for the quick run."""
    return _laid_out(tmp_path_factory.mktemp("crash-small-inbox"), few=True)


def _laid_out(folder: Path, *, few: bool) -> Path:
    try:
        papers.lay_out(folder, few=few)
    except Unavailable as missing:  # the fonts that `npm ci` brings
        pytest.skip(missing.text("en"))
    return folder


@pytest.fixture(scope="session")
def children() -> Iterator[Nursery]:
    with nursery() as opened:
        yield opened


@pytest.fixture
def make_house(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Callable[[str], House]:
    """Makes a house on a fresh database: `sqlite` or `postgresql`."""

    def make(kind: str) -> House:
        folder: Path = tmp_path_factory.mktemp("house")
        if kind == "sqlite":
            return House.made(f"sqlite:///{folder / 'house.db'}", folder)
        server: str = request.getfixturevalue("postgresql_server")
        schema = f"crash_{next(_numbers)}"
        engine = create_engine(server)
        with engine.begin() as connection:
            connection.execute(text(f"CREATE SCHEMA {schema}"))
        engine.dispose()
        url = make_url(server).update_query_dict({"options": f"-csearch_path={schema}"})
        return House.made(url.render_as_string(hide_password=False), folder)

    return make


@dataclass(frozen=True, slots=True)
class Undisturbed:
    """What one run without a kill left standing, and how it went."""

    stands: Counter[str]
    life: Life


@pytest.fixture(scope="session")
def _undisturbed() -> dict[tuple[str, Path], Undisturbed]:
    return {}


@pytest.fixture
def undisturbed(
    _undisturbed: dict[tuple[str, Path], Undisturbed],
    make_house: Callable[[str], House],
    children: Nursery,
) -> Callable[[str, Path], Undisturbed]:
    """The undisturbed run of an inbox on a kind of database, made once."""

    def run(kind: str, inbox: Path) -> Undisturbed:
        if (kind, inbox) not in _undisturbed:
            house = make_house(kind)
            life = children.life(house.order(inbox=str(inbox)))
            assert life.status == 0, life.trouble
            house.remember(life)
            assert house.complaints() == []
            with house.opened() as journal:
                _undisturbed[kind, inbox] = Undisturbed(standing(journal), life)
        return _undisturbed[kind, inbox]

    return run
