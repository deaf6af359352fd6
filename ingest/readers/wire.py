"""A read document as JSON and raw bytes, and back.

The way back is strict: every value is checked against the dataclass it belongs to, because the
child that sent it may have been taken over by the file it read. Nothing is ever evaluated.
Arrays and embedded files travel as blobs, named by position.
"""

from __future__ import annotations

import itertools
import types
import typing
from collections.abc import Callable, Mapping, Sequence
from dataclasses import MISSING, fields, is_dataclass
from datetime import date
from decimal import Decimal, InvalidOperation
from enum import StrEnum
from functools import cache
from typing import Any, Union, cast, get_args, get_origin, get_type_hints

import numpy as np
import orjson

from ingest.readers.types import ReadDocument, ReadOptions, Series, Table

Decoder = Callable[[Any, Sequence[bytes]], Any]


class NotThisShape(ValueError):
    """What came over the border is not the value it should be."""


def encode(document: ReadDocument | ReadOptions) -> tuple[Any, list[bytes]]:
    """A JSON value (as a fragment ready to be written) and its blobs."""
    blobs: list[bytes] = []

    def other(value: object) -> object:
        if isinstance(value, Decimal):
            return str(value)
        if isinstance(value, np.ndarray):
            blobs.append(value.astype(value.dtype.newbyteorder("<"), copy=False).tobytes())
            return {"blob": len(blobs) - 1}
        if isinstance(value, bytes):
            blobs.append(value)
            return {"blob": len(blobs) - 1}
        raise TypeError(f"cannot cross the border: {type(value).__name__}")

    return orjson.Fragment(orjson.dumps(document, default=other)), blobs


def decode_document(value: Any, blobs: Sequence[bytes]) -> ReadDocument:
    """Raises NotThisShape for anything that is not exactly a ReadDocument."""
    document = cast(ReadDocument, _decoder(ReadDocument)(value, blobs))
    for series in document.series:
        _check_series(series)
    for table in document.tables:
        _check_table(table)
    return document


def decode_options(value: Any) -> ReadOptions:
    """Raises NotThisShape for anything that is not exactly ReadOptions."""
    return cast(ReadOptions, _decoder(ReadOptions)(value, ()))


def _check_series(series: Series) -> None:
    counts = {len(series.seconds), len(series.celsius)}
    if series.humidity is not None:
        counts.add(len(series.humidity))
    if len(counts) != 1:
        raise NotThisShape("series: arrays of different length")


def _check_table(table: Table) -> None:
    if len(table.rows) != len(table.row_numbers):
        raise NotThisShape("table: rows without numbers")


@cache
def _decoder(kind: Any) -> Decoder:
    origin, args = get_origin(kind), get_args(kind)
    if origin in (Union, types.UnionType):
        return _optional(next(arg for arg in args if arg is not type(None)))
    if origin is tuple:
        return _many(args[0]) if args[-1] is Ellipsis else _fixed(args)
    if origin is np.ndarray:
        return _array(get_args(args[1])[0])
    if origin is not None and issubclass(origin, Mapping):
        return _texts
    if kind in (str, int, float, bool):
        return _plain(kind)
    if kind is bytes:
        return _blob
    if is_dataclass(kind):
        return _dataclass(cast(type, kind))
    return _parsed(kind)


def _plain(kind: type) -> Decoder:
    def decode(value: Any, _: Sequence[bytes]) -> Any:
        if type(value) is kind or (kind is float and type(value) is int):
            return value
        raise NotThisShape(f"not {kind.__name__}")

    return decode


def _optional(kind: Any) -> Decoder:
    def decode(value: Any, blobs: Sequence[bytes]) -> Any:
        return None if value is None else inner(value, blobs)

    inner = _decoder(kind)
    return decode


ROWS: typing.Final = tuple[tuple[str | None, ...], ...]
STRINGS: typing.Final = tuple[str, ...]


def _many(kind: Any) -> Decoder:
    if kind == get_args(ROWS)[0]:
        return _rows
    if kind in (str, int):
        return _same(kind)
    inner = _decoder(kind)

    def decode(value: Any, blobs: Sequence[bytes]) -> Any:
        if type(value) is not list:
            raise NotThisShape("not a list")
        return tuple(inner(item, blobs) for item in value)

    return decode


def _same(kind: type) -> Decoder:
    def decode(value: Any, _: Sequence[bytes]) -> Any:
        if type(value) is not list or set(map(type, value)) - {kind}:
            raise NotThisShape(f"not a list of {kind.__name__}")
        return tuple(value)

    return decode


def _rows(value: Any, _: Sequence[bytes]) -> Any:
    if type(value) is not list or set(map(type, value)) - {list}:
        raise NotThisShape("not rows")
    if set(map(type, itertools.chain.from_iterable(value))) - {str, type(None)}:
        raise NotThisShape("cells that are not text")
    return tuple(map(tuple, value))


def _fixed(kinds: tuple[Any, ...]) -> Decoder:
    inner = [_decoder(kind) for kind in kinds]

    def decode(value: Any, blobs: Sequence[bytes]) -> Any:
        if type(value) is not list or len(value) != len(inner):
            raise NotThisShape(f"not {len(inner)} values")
        return tuple(one(item, blobs) for one, item in zip(inner, value, strict=True))

    return decode


def _array(dtype: Any) -> Decoder:
    scalar = np.dtype(get_args(dtype)[0] if get_args(dtype) else dtype)

    def decode(value: Any, blobs: Sequence[bytes]) -> Any:
        data = _blob(value, blobs)
        if len(data) % scalar.itemsize:
            raise NotThisShape("array cut off")
        return np.frombuffer(data, dtype=scalar.newbyteorder("<"))

    return decode


def _blob(value: Any, blobs: Sequence[bytes]) -> bytes:
    number = value.get("blob") if type(value) is dict else None
    if type(number) is not int or not 0 <= number < len(blobs):
        raise NotThisShape("no such blob")
    return blobs[number]


def _texts(value: Any, _: Sequence[bytes]) -> Any:
    if type(value) is not dict or set(map(type, value.values())) - {str}:
        raise NotThisShape("not a mapping of texts")
    return value


def _parsed(kind: Any) -> Decoder:
    parse: Callable[[str], Any]
    if kind is Decimal:
        parse = Decimal
    elif kind is date:
        parse = date.fromisoformat
    elif isinstance(kind, type) and issubclass(kind, StrEnum):
        parse = kind
    else:
        raise TypeError(f"no decoder for {kind!r}")

    def decode(value: Any, _: Sequence[bytes]) -> Any:
        if type(value) is not str:
            raise NotThisShape(f"not text for {kind.__name__}")
        try:
            return parse(value)
        except (ValueError, InvalidOperation) as error:
            raise NotThisShape(f"not a {kind.__name__}") from error

    return decode


def _dataclass(kind: type) -> Decoder:
    hints = get_type_hints(kind)
    parts = [(field.name, _decoder(hints[field.name])) for field in fields(kind)]
    needed = {
        field.name
        for field in fields(kind)
        if field.default is MISSING and field.default_factory is MISSING
    }

    def decode(value: Any, blobs: Sequence[bytes]) -> Any:
        if type(value) is not dict or not needed <= value.keys():
            raise NotThisShape(f"not a {kind.__name__}")
        return kind(**{name: part(value[name], blobs) for name, part in parts if name in value})

    return decode
