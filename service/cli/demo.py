"""`demo`: the whole way of the evidence on an invented distributor's papers."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from service.cli.session import terminal_of
from service.cli.words import option, verb


def register(app: typer.Typer) -> None:
    verb(
        app,
        "demo",
        "用一家虚构企业的资料演示全过程",
        "Show the whole way on an invented distributor's papers",
    )(run)


def run(
    context: typer.Context,
    place: Annotated[
        Path,
        option(
            "--place", zh="演示目录（已有的演示会被替换）", en="Folder; a demo there is replaced"
        ),
    ] = Path("demo-data"),
    scale: Annotated[
        int, option("--scale", zh="业务量倍数", en="How many times the trade", min=1, max=1000)
    ] = 1,
) -> None:
    from service.demo.run import demo

    raise typer.Exit(demo(terminal_of(context), place.absolute(), scale=scale))
