"""Two years played from the first day to the last: everyday trade with the scenarios in it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date
from typing import Final

from service.demo import everyday, scenarios
from service.demo.calendar import months, next_open
from service.demo.company import found_company
from service.demo.model import Company, Event, Sale, World
from service.demo.numbers import chance
from service.demo.papers import BEGIN, END
from service.demo.trade import Books

COUNTED_IN: Final = (6, 12)
"""Months that end with a stock-take."""


def play(company: Company, scale: int = 1) -> Iterator[Event]:
    """Every event of the two years, month by month. Memory holds one month and the stock."""
    books = Books(company, chance(company.seed, "trade"))
    opening = scenarios.kept_opening(books) + everyday.opening_lots(books, scale)
    yield books.open(BEGIN, opening)
    later: dict[str, list[scenarios.Planned]] = {}
    for one in scenarios.acts():
        later.setdefault(f"{one.day:%Y-%m}", []).append(one)
        if one.box:
            books.reserve(one.box, one.day)
    for number, (first, last) in enumerate(months(BEGIN, END), 1):
        yield from _month(books, number, first, last, scale, later.get(f"{first:%Y-%m}", []))


def _month(
    books: Books,
    number: int,
    first: date,
    last: date,
    scale: int,
    planned: list[scenarios.Planned],
) -> Iterator[Event]:
    steps: list[everyday.Step] = everyday.agenda(books, first, last, scale)
    steps += [(one.day, _bound(books, one.act)) for one in planned]
    sales: list[Sale] = []
    for _, act in sorted(steps, key=lambda step: step[0]):
        event = act()
        if event is None:
            continue
        if isinstance(event, Sale):
            sales.append(event)
        yield event
    if number % 3 == 0:
        yield from everyday.comes_back(books, sales, last)
    yield from everyday.grow_old(books, last)
    if last.month in COUNTED_IN:
        yield books.count(_last_open(last))


def _bound(books: Books, act: scenarios.Act) -> Callable[[], Event | None]:
    return lambda: act(books)


def _last_open(last: date) -> date:
    day = last
    while next_open(day) != day:
        day = date.fromordinal(day.toordinal() - 1)
    return day


def make_world(seed: int, scale: int = 1) -> World:
    """The company and all of its trade at once."""
    company = found_company(seed)
    return World(company, tuple(play(company, scale)))
