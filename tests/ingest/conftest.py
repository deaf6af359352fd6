"""A journal, warm readers and a pipeline; forms set by a typesetter as PDF with text."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from sqlalchemy import Engine

from audit.journal import Journal
from ingest.parsers.context import Own
from ingest.pipeline import Pipeline
from ingest.readers.pool import ReaderPool
from ingest.readers.types import ReadOptions
from tests.journal.making import new_journal

OWN = "海川示例医疗器械有限公司"


@pytest.fixture(scope="session")
def readers() -> Iterator[ReaderPool]:
    with ReaderPool(2) as pool:
        yield pool


@pytest.fixture
def journal(
    sqlite_url: str, make_engine: Callable[[str], Engine], tmp_path: Path
) -> Iterator[Journal]:
    made = new_journal(make_engine(sqlite_url), tmp_path)
    yield made
    made.close()


@pytest.fixture
def pipeline(journal: Journal, readers: ReaderPool) -> Pipeline:
    return Pipeline(
        journal,
        readers,
        own=Own.of([OWN]),
        options_of=lambda document: ReadOptions(max_bytes=2_000_000, max_unpacked=5_000_000),
    )
