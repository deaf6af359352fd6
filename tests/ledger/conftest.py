"""A log of its own for each test, on both databases, and what the public vectors need."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine

from audit.ledger import KeySigner, Log
from base.clock import FixedClock
from tests.ledger.making import ORIGIN


@pytest.fixture
def clock() -> FixedClock:
    return FixedClock(datetime(2026, 3, 1, 8, tzinfo=UTC))


@pytest.fixture
def signer() -> KeySigner:
    return KeySigner.generate(ORIGIN)


@pytest.fixture
def key_dir(tmp_path: Path) -> Path:
    return tmp_path / "keys"


@pytest.fixture
def open_log(
    engine: Engine, signer: KeySigner, key_dir: Path, clock: FixedClock
) -> Iterator[Callable[..., Log]]:
    """Opens the test's log again, with whatever is given instead of the usual."""
    opened: list[Log] = []

    def open_again(**changed: Any) -> Log:
        usual: dict[str, Any] = {
            "engine": engine,
            "signer": signer,
            "key_dir": key_dir,
            "clock": clock,
        }
        arguments = usual | changed
        opened.append(Log.open(arguments.pop("engine"), **arguments))
        return opened[-1]

    yield open_again
    for log in opened:
        log.close()


@pytest.fixture
def log(engine: Engine, signer: KeySigner, key_dir: Path, clock: FixedClock) -> Iterator[Log]:
    """A new log with its entry 0."""
    made = Log.create(
        engine, origin=ORIGIN, signer=signer, key_dir=key_dir, clock=clock, actor="user:1"
    )
    yield made
    made.close()


@pytest.fixture(scope="session")
def vectors(samples: Path) -> Path:
    """The folder of public ledger vectors."""
    path = samples / "ledger-vectors"
    if not path.is_dir():
        pytest.skip(f"no ledger vectors at {path}")
    return path
