"""One measured figure beside its reference, and small helpers to measure with."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from statistics import median


@dataclass(frozen=True, slots=True)
class Row:
    """`value` and `reference` are in `unit`, measured in the same run.

    floor, aim: in the unit of `compared`: "ratio" compares value / reference, "value" the value
    itself. `smaller` says that less is better (times), else more is (rates).
    """

    area: str
    work: str
    value: float
    unit: str
    reference: float | None = None
    reference_is: str = ""
    floor: float | None = None
    aim: float | None = None
    compared: str = "ratio"
    smaller: bool = False
    note: str = ""

    @property
    def ratio(self) -> float | None:
        return self.value / self.reference if self.reference else None

    @property
    def judged(self) -> float | None:
        return self.ratio if self.compared == "ratio" else self.value

    @property
    def verdict(self) -> str:
        """`aim`, `floor`, `below`, or `` when nothing is asked."""
        figure = self.judged
        if figure is None or self.floor is None:
            return ""

        def reached(asked: float | None) -> bool:
            return asked is not None and (figure <= asked if self.smaller else figure >= asked)

        return "aim" if reached(self.aim) else "floor" if reached(self.floor) else "below"


@contextmanager
def timed() -> Iterator[Callable[[], float]]:
    """Yields a function that tells the seconds since the block began, frozen at its end."""
    started = time.perf_counter()
    ended: list[float] = []
    yield lambda: (ended[0] if ended else time.perf_counter()) - started
    ended.append(time.perf_counter())


def interleaved(rounds: int, *measures: Callable[[], float]) -> list[float]:
    """Medians of several measures taken in turn, so that a slow moment strikes all alike."""
    taken: list[list[float]] = [[] for _ in measures]
    for _ in range(rounds):
        for at, measure in enumerate(measures):
            taken[at].append(measure())
    return [median(figures) for figures in taken]


def percentile(values: list[float], share: float) -> float:
    """The value below which `share` of all lie."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(len(ordered) * share))]
