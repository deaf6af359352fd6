"""Forty real files in the formats that arrive: sound ones, broken ones, twins, one inside another.

Taken from the invented company, made once for a test session. Their times lie in the past, so that
the folder connector takes them without looking twice.
"""

from __future__ import annotations

import io
import os
import zipfile
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import Final

from ingest.templates import csv_table
from service.demo import inbox
from service.demo.deeds import sales_records
from service.demo.generate import SEED, ZONE
from service.demo.inbox import DemoFile
from service.demo.model import Sale, World
from service.demo.story import make_world
from service.demo.writers import broken
from service.demo.writers.press import Press

SOURCE: Final = "crash"
ZONE_OF_LOGGERS: Final = ZONE
_WRITTEN: Final = 1_750_000_000
"""When every file of the folder was last changed, in seconds."""


def lay_out(folder: Path, *, few: bool = False) -> int:
    """Write the files below `folder`; how many. few: about every third, of all formats. Raises
    Unavailable when the fonts are missing."""
    world, press = make_world(SEED), Press()
    files = list(_sound(world, press))
    files += _twins_and_parcels(files)
    files += _spoiled(world, files)
    if few:
        files = [file for number, file in enumerate(files) if number % 3 == 0 or number > 36]
    for number, file in enumerate(files):
        # Mixed, so that a register stands beside an invoice and a log in the order of reading.
        path = folder / f"{number * 7 % 10}" / f"{number:02}_{file.path.rpartition('/')[2]}"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(file.data)
        os.utime(path, (_WRITTEN, _WRITTEN))
    return len(files)


def _sound(world: World, press: Press) -> Iterator[DemoFile]:
    yield from islice(inbox.certificate_files(world, press), 5)
    yield from islice(inbox.licence_files(world, press), 4)
    yield from islice(inbox.letter_files(world, press), 2)
    yield from islice(inbox.calibration_files(world, press), 1)
    yield from islice(inbox.month_registers(world), 4)  # a few hundred rows
    yield from islice(inbox.storage_files(world), 1)
    trips = (trip for event in world.events for trip in inbox.event_files(world, press, event))
    early = islice(trips, 40)
    yield from islice((f for f in early if f.path.startswith("loggers/transport/")), 6)
    late = (event for event in reversed(world.events) if isinstance(event, Sale))
    papers = (file for event in late for file in inbox.event_files(world, press, event))
    found = {"xml": 0, "ofd": 0}
    for file in islice(papers, 60):
        ending = file.path.rpartition(".")[2]
        if ending in found and found[ending] < 5:
            found[ending] += 1
            yield file


def _twins_and_parcels(files: list[DemoFile]) -> Iterator[DemoFile]:
    """The same bytes under another name, and an archive whose files come again by themselves."""
    pdf = next(file for file in files if file.path.endswith(".pdf"))
    yield DemoFile("副本.pdf", pdf.data, "twin")
    xml = [file for file in files if file.path.endswith(".xml")][:2]
    parcel = io.BytesIO()
    with zipfile.ZipFile(parcel, "w") as archive:
        for file in xml:
            name = zipfile.ZipInfo(file.path.rpartition("/")[2], (2026, 9, 1, 9, 0, 0))
            archive.writestr(name, file.data)
        archive.writestr(zipfile.ZipInfo("note.txt", (2026, 9, 1, 9, 0, 0)), "see the invoices")
    yield DemoFile("来件.zip", parcel.getvalue(), "parcel")


def _spoiled(world: World, files: list[DemoFile]) -> Iterator[DemoFile]:
    pdfs = [file for file in files if file.path.endswith(".pdf")]
    yield DemoFile("断.pdf", broken.cut_off(pdfs[1].data), "cut off")
    yield DemoFile("锁.pdf", broken.locked(pdfs[2].data), "locked")
    yield DemoFile("程序.pdf", broken.program(), "a program")
    xml = next(file for file in files if file.path.endswith(".xml"))
    yield DemoFile("实体.xml", broken.with_entity(xml.data), "an entity")
    yield DemoFile("补登.csv", _some_rows_wrong(world), "rows")


def _some_rows_wrong(world: World) -> bytes:
    """A register of new records, every fifth of them on a day that does not exist, and one record
    of another register with another quantity."""
    sales = [event for event in world.events if isinstance(event, Sale)]
    records = [
        record.model_copy(update={"record_no": f"{record.record_no}-补{number}"})
        for sale in sales[-40:]
        for number, record in enumerate(sales_records(sale, world.company))
    ]
    stands = next(iter(sales_records(sales[0], world.company)))
    records.append(stands.model_copy(update={"quantity": stands.quantity + 1}))
    lines = csv_table("sales_record", records).decode("utf-8-sig").splitlines(keepends=True)
    first = len(lines) - len(records)
    for number, record in enumerate(records[:-1]):
        if number % 5 == 4:
            day = record.sold_on.isoformat()
            lines[first + number] = lines[first + number].replace(day, "2026-02-30")
    return b"\xef\xbb\xbf" + "".join(lines).encode()
