"""A process that ingests until it is killed: run by `test_crash.py`, with a database address, a
folder and a number to begin with. Prints one line for each thing that it was told is durable."""

from __future__ import annotations

import sys
import threading
from pathlib import Path

from sqlalchemy import create_engine

from audit.documents import LocalDocuments
from audit.journal import DocumentRead, Journal, ReceiptSource
from audit.records import RecordDraft
from tests.journal.making import device, lot_by_number, sale, signed

ROWS = 9


def main() -> None:
    url, folder, begin = sys.argv[1], Path(sys.argv[2]), int(sys.argv[3])
    journal = Journal.open(create_engine(url), LocalDocuments(folder / "originals"))
    say = threading.Lock()

    def told(*words: object) -> None:
        with say:
            print(*words, flush=True)  # noqa: T201 - it speaks to the test by its output

    def ingest(n: int) -> None:
        while True:
            content = f"paper {n}".encode()
            receipt = journal.receive(
                "source:folder",
                content,
                file_name=f"{n}.csv",
                source=ReceiptSource("folder", "inbox", f"{n}.csv"),
            )
            told("received", receipt.sha256)
            finish(journal, receipt.sha256, n)
            told("read", receipt.sha256)
            n += 4

    def sign(n: int) -> None:
        while True:
            made = device(f"导管{n}", di=f"{n:013d}", model=f"M{n}")
            drafts = [RecordDraft(made, None), RecordDraft(lot_by_number(f"C{n}"), None)]
            (first, _) = journal.append_records("user:clerk", drafts)
            told("recorded", first.seq)
            journal.confirm(signed(), [first.seq])
            told("confirmed", first.seq)
            n += 1

    workers = [threading.Thread(target=ingest, args=(begin + w,), daemon=True) for w in range(4)]
    workers.append(threading.Thread(target=sign, args=(begin,), daemon=True))
    for worker in workers:
        worker.start()
    told("ready")
    for worker in workers:
        worker.join()


def finish(journal: Journal, sha256: str, n: int) -> None:
    """What the pipeline does with a paper: its records in two calls, then the reading."""
    rows = [
        RecordDraft(sale(f"XS{n}-{row}", lot_no=f"L{n}"), sha256, parser="crash/1")
        for row in range(ROWS)
    ]
    read = DocumentRead(sha256, "csv/1", "crash/1", "sales_record")
    before = journal.append_records("source:folder", rows[:5])
    journal.append_records("source:folder", rows[5:], read=read, before=before)


if __name__ == "__main__":
    main()
