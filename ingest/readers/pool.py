"""Reading in the parent: hand a file to a limited child, take back plain data.

A crash, an endless loop or a memory bomb in a file is a reason why that file is not read. The
child is thrown away and the next file meets a fresh one.
"""

from __future__ import annotations

from types import TracebackType
from typing import Final, Self

from base.errors import CATALOGUE
from base.limited import Limit, LimitedPool, LimitHit, Terms
from ingest.readers import reasons
from ingest.readers.types import ReadDocument, ReadOptions, Unreadable
from ingest.readers.wire import NotThisShape, decode_document, encode

WARM: Final = (
    "numpy",
    "pypdf",
    "pypdfium2",
    "ingest.readers.pdf",
    "ingest.readers.documents",
    "ingest.readers.ofd",
    "ingest.readers.berlinger",
    "ingest.readers.sheets",
)

_DEFAULTS: Final = ReadOptions()


class ReaderPool:
    """Warm limited children that read files. May be used from many threads."""

    def __init__(
        self,
        workers: int = 1,
        seconds: float = 30.0,
        memory_bytes: int = 1024 * 1024 * 1024,
        output_bytes: int = 256 * 1024 * 1024,
    ) -> None:
        terms = Terms(
            target="ingest.readers.child:read_job",
            seconds=seconds,
            memory_bytes=memory_bytes,
            output_bytes=output_bytes,
            warm=WARM,
        )
        self._terms = terms
        self._pool = LimitedPool(terms, workers)

    def read(self, data: bytes, file_name: str, options: ReadOptions = _DEFAULTS) -> ReadDocument:
        """What stands in the file. Raises Unreadable with a stable reason, and Unavailable when
        no child can be started (which says nothing about the file)."""
        if len(data) > options.max_bytes:
            raise Unreadable(reasons.TOO_LARGE, actual=len(data), limit=options.max_bytes)
        value, _ = encode(options)
        try:
            parcel = self._pool.run({"name": file_name, "options": value}, (data,))
        except LimitHit as hit:
            raise self._reason(hit) from hit
        answer = parcel.value
        try:
            if isinstance(answer, dict) and "unreadable" in answer:
                raise _refusal(answer)
            return decode_document(answer, parcel.blobs)
        except NotThisShape as error:
            raise Unreadable(reasons.CRASHED, detail=str(error)) from error

    def _reason(self, hit: LimitHit) -> Unreadable:
        if hit.hit is Limit.TIMEOUT:
            return Unreadable(reasons.TIMEOUT, seconds=int(self._terms.seconds))
        if hit.hit is Limit.MEMORY:
            return Unreadable(reasons.MEMORY, limit=self._terms.memory_bytes)
        if hit.hit is Limit.OUTPUT:
            return Unreadable(reasons.OUTPUT, limit=self._terms.output_bytes)
        return Unreadable(reasons.CRASHED, detail=str(hit.params.get("detail", "")))

    def close(self) -> None:
        self._pool.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()


def _refusal(answer: dict[str, object]) -> Unreadable:
    """A child's refusal, believed only as far as it is one of the declared reasons."""
    why = CATALOGUE.get(str(answer["unreadable"]))
    params = answer.get("params")
    if why is None or not why.code.startswith("read.") or not isinstance(params, dict):
        raise NotThisShape("no such reason")
    plain = {str(name): value for name, value in params.items() if isinstance(value, str | int)}
    try:
        return Unreadable(why, **plain)
    except KeyError as error:
        raise NotThisShape("a reason without its details") from error
