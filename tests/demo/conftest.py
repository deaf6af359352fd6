"""One invented world for all of these tests, written once."""

from pathlib import Path

import pytest

from base.errors import Unavailable
from base.fonts import font_paths
from service.demo.generate import SEED, DemoCompany, generate
from service.demo.model import World
from service.demo.story import make_world


@pytest.fixture(scope="session")
def world() -> World:
    return make_world(SEED)


@pytest.fixture(scope="session")
def demo(tmp_path_factory: pytest.TempPathFactory) -> DemoCompany:
    need_fonts()
    target: Path = tmp_path_factory.mktemp("demo")
    return generate(target)


def need_fonts() -> None:
    """Skip, visibly, where `npm ci` has not brought the fonts."""
    try:
        font_paths()
    except Unavailable as missing:
        pytest.skip(missing.text("en"))
