"""One pool of readers for all tests: limits as in service, so that a slow test is a finding."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from ingest.readers.pool import ReaderPool
from ingest.readers.types import ReadDocument, ReadOptions, Unreadable

Read = Callable[..., ReadDocument]
Refuse = Callable[..., Unreadable]


@pytest.fixture(scope="session")
def pool() -> Iterator[ReaderPool]:
    with ReaderPool(seconds=20) as made:
        yield made


@pytest.fixture
def refused(pool: ReaderPool) -> Refuse:
    """Reads what must be refused and gives the refusal."""

    def refuse(data: bytes, name: str = "", options: ReadOptions | None = None) -> Unreadable:
        with pytest.raises(Unreadable) as caught:
            pool.read(data, name, options or ReadOptions())
        error = caught.value
        assert error.text("zh") and error.text("en"), "both languages are complete"
        return error

    return refuse


@pytest.fixture(scope="session")
def loggers(samples: Path) -> Path:
    return samples / "loggers"


@pytest.fixture(scope="session")
def invoices(samples: Path) -> Path:
    return samples / "invoices"
