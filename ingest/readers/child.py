"""What a limited child runs: one job is one file."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ingest.readers.detect import read
from ingest.readers.types import Unreadable
from ingest.readers.wire import decode_options, encode


def read_job(value: Any, blobs: Sequence[bytes]) -> tuple[Any, list[bytes]]:
    """value: the file's name and the options; blobs: its bytes. A refusal is an answer too."""
    try:
        document = read(blobs[0], str(value["name"]), decode_options(value["options"]))
    except Unreadable as refusal:
        return {"unreadable": refusal.code, "params": refusal.params}, []
    return encode(document)
