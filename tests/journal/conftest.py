"""A journal of its own for each test, on both databases."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Engine

from audit.journal import Journal
from tests.journal.making import new_journal


@pytest.fixture
def journal(engine: Engine, tmp_path: Path) -> Iterator[Journal]:
    made = new_journal(engine, tmp_path)
    yield made
    made.close()
