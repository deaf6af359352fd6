"""`kill -9` at random moments during ingest: nothing lost, nothing twice, `verify --deep` clean.

Each house takes in the same files, forty in the full run and a dozen in the quick one. Its process
is killed at a moment drawn by lot, started again, killed again, until it comes to its end; then the
next house begins, until enough processes have died. After every kill all promises made before it
are asked for and every layer is verified.
"""

from __future__ import annotations

import logging
import os
import random
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.crash.conftest import Undisturbed
from tests.crash.house import House, difference, standing, strays, twice
from tests.crash.lives import Life, Nursery, drawn

SEED = int(os.environ.get("DEVICETRAIL_CRASH_SEED", "20261031"))
DATABASES = ("sqlite", "postgresql")
_log = logging.getLogger(__name__)

pytestmark = pytest.mark.xdist_group("crash")


class Ordeal:
    """Kills one house after the other until `kills` processes have died."""

    def __init__(
        self, kind: str, lot: random.Random, children: Nursery, inbox: Path, calm: Undisturbed
    ) -> None:
        self.kind, self.lot, self.children, self.inbox, self.calm = kind, lot, children, inbox, calm
        self.died = Counter[str]()
        self.houses = 0

    def run(self, make_house: Callable[[str], House], kills: int) -> None:
        while self.died.total() < kills:
            self._through(make_house(self.kind), kills)
            self.houses += 1
            _log.info("%s: %d kills in %d houses", self.kind, self.died.total(), self.houses)

    def _through(self, house: House, kills: int) -> None:
        """From an empty house to a full one; the last of its processes is left alone."""
        while self.died.total() < kills:
            moment = drawn(self.lot, self.calm.life)
            readers = self.lot.choice((1, 2))
            order = house.order(inbox=str(self.inbox), readers=readers)
            life = self.children.life(order, moment)
            self._after(house, life)
            if not life.killed:
                break
            self.died[life.phase] += 1
        self._at_the_end(house)

    def _after(self, house: House, life: Life) -> None:
        where = f"{self.kind}, seed {SEED}, kill {self.died.total() + 1} after {life.lines[-1:]}"
        assert life.killed or life.status == 0, f"{where}: ended by itself\n{life.trouble}"
        assert life.orphans == 0, f"{where}: {life.orphans} readers outlived their parent"
        house.remember(life)
        assert house.complaints() == [], where

    def _at_the_end(self, house: House) -> None:
        order = house.order(inbox=str(self.inbox))
        life = self.children.life(order)
        self._after(house, life)
        with house.opened() as journal:
            assert difference(standing(journal), self.calm.stands) == ""
            assert twice(journal) == []
            assert strays(journal) == []
            assert journal.unfinished() == []
        size = house.size
        again = self.children.life(order)
        self._after(house, again)
        assert house.size == size, "running once more added something"
        assert again.said("done") == []


@pytest.mark.parametrize("kind", DATABASES)
def test_a_few_kills_lose_nothing_and_repeat_nothing(
    kind: str,
    make_house: Callable[[str], House],
    undisturbed: Callable[[str, Path], Undisturbed],
    children: Nursery,
    small_inbox: Path,
) -> None:
    calm = undisturbed(kind, small_inbox)
    ordeal = Ordeal(kind, random.Random(SEED), children, small_inbox, calm)
    ordeal.run(make_house, 6)
    assert ordeal.died.total() == 6


@pytest.mark.slow
@pytest.mark.timeout(3600)
@pytest.mark.parametrize("kind", DATABASES)
def test_two_hundred_kills_lose_nothing_and_repeat_nothing(
    kind: str,
    make_house: Callable[[str], House],
    undisturbed: Callable[[str, Path], Undisturbed],
    children: Nursery,
    inbox: Path,
) -> None:
    calm = undisturbed(kind, inbox)
    ordeal = Ordeal(kind, random.Random(SEED + 1), children, inbox, calm)
    ordeal.run(make_house, 200)
    assert ordeal.died.total() == 200
    _log.info("%s: killed after %s, over %d houses", kind, dict(ordeal.died), ordeal.houses)
    assert {"opening", "opened", "received", "done", "signed", "closing"} <= set(ordeal.died)


def test_both_databases_come_to_say_the_same(
    undisturbed: Callable[[str, Path], Undisturbed], small_inbox: Path
) -> None:
    on_sqlite, on_postgresql = (undisturbed(kind, small_inbox).stands for kind in DATABASES)
    assert difference(on_sqlite, on_postgresql) == ""
    assert on_sqlite.total() > 200
