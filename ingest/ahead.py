"""Doing the next piece of work while the last one is waited for, in order and with its errors."""

from __future__ import annotations

import queue
import threading
from collections.abc import Iterable, Iterator
from typing import TypeVar

Item = TypeVar("Item")


def ahead(items: Iterable[Item], depth: int) -> Iterator[Item]:
    """The same items in the same order, made by a thread that runs at most `depth` ahead.

    An error of the maker is raised where its item would have come. When the taker stops early,
    the maker stops after the item it is at.
    """
    made: queue.Queue[tuple[Item | None, BaseException | None, bool]] = queue.Queue(depth)
    stopped = threading.Event()

    def put(what: tuple[Item | None, BaseException | None, bool]) -> None:
        while not stopped.is_set():
            try:
                made.put(what, timeout=0.1)
            except queue.Full:
                continue
            return

    def make() -> None:
        try:
            for item in items:
                put((item, None, False))
                if stopped.is_set():
                    return
            put((None, None, True))
        except BaseException as error:  # noqa: BLE001 - raised again in the taker's thread
            put((None, error, True))

    maker = threading.Thread(target=make, name="ahead", daemon=True)
    maker.start()
    try:
        while True:
            item, error, last = made.get()
            if error is not None:
                raise error
            if last:
                return
            yield item  # type: ignore[misc]
    finally:
        stopped.set()
        maker.join()
