"""Readable records beside the proofs: one JSON Lines and one CSV file for each kind.

They repeat what the payloads say; the verifier compares them. Written while the payloads pass by,
into temporary files, since a bag is a stream and a kind's records come scattered.
"""

from __future__ import annotations

import csv
import io
import json
import tempfile
from collections.abc import Iterator
from contextlib import AbstractContextManager
from pathlib import Path
from types import TracebackType
from typing import Any, BinaryIO, Final, Self, cast

from audit.records import KINDS
from reports.package.bag import Source
from reports.package.model import canonical
from reports.package.personal import masked as without_personal

BOM: Final = "\ufeff"
_FORMULA: Final = ("=", "+", "-", "@", "\t", "\r")


class Spools:
    """Named temporary files, gone when the package is done."""

    def __init__(self) -> None:
        self._folder = tempfile.TemporaryDirectory(prefix="devicetrail-")
        self._open: dict[str, BinaryIO] = {}

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        for file in self._open.values():
            file.close()
        self._folder.cleanup()

    def open(self, name: str) -> BinaryIO:
        """The file of that name, for writing; the same one when asked again."""
        if name not in self._open:
            self._open[name] = (Path(self._folder.name) / name).open("wb")
        return self._open[name]

    def source(self, path: str, name: str) -> Source:
        """What was written, as a file of the package."""
        self.open(name).flush()
        file = Path(self._folder.name) / name

        def opened() -> AbstractContextManager[BinaryIO]:
            return cast(BinaryIO, file.open("rb"))

        return Source(path, file.stat().st_size, opened)


def safe_cell(value: object) -> str:
    """Text for a spreadsheet: never taken for a formula, numbers as they are."""
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    if text.startswith(_FORMULA) and not _is_number(text):
        return "'" + text
    return text


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return "_" not in text and text.strip() == text and text[1:2].isdigit()


def csv_line(cells: list[object]) -> bytes:
    """One CSV row, CRLF, quoted where needed."""
    out = io.StringIO()
    csv.writer(out).writerow(safe_cell(cell) for cell in cells)
    return out.getvalue().encode()


class RecordViews:
    """Collects the readable records of a package."""

    def __init__(self, spools: Spools) -> None:
        self._spools = spools
        self._kinds: set[str] = set()
        spools.open("index").write(
            BOM.encode() + csv_line(["sha256", "文件名 file name", "类型 media type",
                                     "字节数 bytes", "来源 source", "条目 entry"])
        )  # fmt: skip

    def add(self, seq: int, kind: str, payload: bytes, *, masked: bool) -> None:
        """A member's payload. Kinds that are no records only reach the index of originals."""
        if kind == "document.received":
            self._index(seq, json.loads(payload))
        name = kind.removeprefix("record.")
        if not kind.startswith("record.") or name not in KINDS:
            return
        value = json.loads(payload)
        record = value["record"]
        if masked:
            record = without_personal(name, record)
        row: dict[str, Any] = {"kind": kind, "record": record, "seq": seq}
        if "document" in value:
            row["document"] = value["document"]
        if masked:
            row["masked"] = True
        self._spools.open(f"{name}.jsonl").write(canonical(row) + b"\n")
        fields = KINDS[name].model_fields
        table = self._spools.open(f"{name}.csv")
        if name not in self._kinds:
            self._kinds.add(name)
            heads = ["条目 entry", "原件 original", *(_head(f, i) for f, i in fields.items())]
            table.write(BOM.encode() + csv_line(list(heads)))
        cells = [seq, value.get("document", ""), *(record.get(field, "") for field in fields)]
        table.write(csv_line(cells))

    def _index(self, seq: int, value: dict[str, Any]) -> None:
        source = value.get("source", {})
        said = " ".join(str(source[key]) for key in ("connector", "name", "ref") if key in source)
        fields = ("sha256", "file_name", "media_type", "size")
        row = [*(value.get(field, "") for field in fields), said, seq]
        self._spools.open("index").write(csv_line(row))

    def finish(self) -> Iterator[tuple[str, str]]:
        """(path in the package, name of the spool) of every file made."""
        for name in sorted(self._kinds):
            yield f"records/{name}.jsonl", f"{name}.jsonl"
            yield f"records/{name}.csv", f"{name}.csv"


def _head(field: str, info: Any) -> str:
    extra = info.json_schema_extra if isinstance(info.json_schema_extra, dict) else {}
    return f"{extra.get('zh', field)} {extra.get('en', '')}".strip()
