"""Inspection package: 10,000 documents of 200 KB, against zipping and hashing the same files.

The reference is `zip -0`, then SHA-256 and SM3 of each file, in one process.

The ledger is real: each document is received, read and has one record of the lot, so that the
package carries 30,000 entries with proofs beside the originals. The export runs in a process of
its own, whose peak memory is the second row.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import subprocess
import sys
import tempfile
from datetime import date
from decimal import Decimal
from pathlib import Path

from sqlalchemy import create_engine

from audit.documents import LocalDocuments
from audit.journal import DocumentRead, Journal, ReceiptSource
from audit.ledger import Lane, create_key, load_signer
from audit.records import RecordDraft
from audit.records.goods import PutAway
from bench.row import Row, timed
from reports.package import ByLot, Request, export_package
from reports.verifier import verify_package

DOCUMENTS = int(os.environ.get("DEVICETRAIL_BENCH_DOCUMENTS", "10000"))
SIZE = 200_000
ORIGIN = "bench.example/package/log/1"
LOT = "lot:di:06901234567892/A1"


def rows() -> list[Row]:
    """Time and memory of one export, and the time to verify it."""
    folder = Path(tempfile.mkdtemp(prefix="devicetrail-bench-"))
    try:
        _fill(folder)
        reference = _reference(folder)
        done = subprocess.run(
            [sys.executable, "-m", "bench.package", str(folder)],
            capture_output=True, text=True, check=True,
        )  # fmt: skip
        said = json.loads(done.stdout)
        with timed() as elapsed:
            verdict = verify_package(folder / "package.zip")
        if not verdict.ok:
            raise RuntimeError(f"the package does not verify: {verdict.broken}")
        work = f"inspection package, {DOCUMENTS:,} documents of 200 KB, PDF excluded"
        return [
            Row("package", work, said["seconds"], "s", reference,
                "s for zip -0, SHA-256 and SM3 of the same files", 2.0, 1.3, smaller=True),
            Row("package", "peak memory of that export", said["mebibytes"], "MiB", None, "",
                300.0, 300.0, compared="value", smaller=True),
            Row("package", "verification of that package by verify.py", elapsed(), "s", reference,
                "s for zip -0, SHA-256 and SM3"),
        ]  # fmt: skip
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _fill(folder: Path) -> None:
    signer = create_key(folder / "keys", ORIGIN, "bench")
    engine = create_engine(f"sqlite:///{folder / 'trail.db'}")
    documents = LocalDocuments(folder / "originals")
    journal = Journal.create(
        engine, documents, origin=ORIGIN, signer=signer, key_dir=folder / "keys", actor="bench"
    )
    plain = folder / "plain"
    plain.mkdir()
    seed = os.urandom(SIZE)
    drafts: list[tuple[RecordDraft, DocumentRead]] = []
    for number in range(DOCUMENTS):
        body = number.to_bytes(8, "big") + seed[8:]
        (plain / f"{number:05d}.pdf").write_bytes(body)
        receipt = journal.receive(
            "bench", body, file_name=f"{number}.pdf", media_type="application/pdf",
            source=ReceiptSource("folder", "bench", str(number)), lane=Lane.BULK,
        )  # fmt: skip
        record = PutAway(
            name="reagent", model="XL", di="06901234567892", lot_no="A1", quantity=Decimal(1),
            unit="box", record_no=f"R{number}", put_away_on=date(2026, 3, 1),
        )  # fmt: skip
        read = DocumentRead(receipt.sha256, "bench/1", "bench/1", "put_away")
        drafts.append((RecordDraft(record, receipt.sha256), read))
    for draft, read in drafts:
        journal.append_records("bench", [draft], read=read)
    journal.close()
    engine.dispose()


def _reference(folder: Path) -> float:
    """The floor of the work: the same bytes zipped without compression and hashed twice."""
    with timed() as elapsed:
        subprocess.run(
            ["zip", "-0", "-q", "-r", str(folder / "plain.zip"), "."], cwd=folder / "plain",
            check=True,
        )  # fmt: skip
        for path in sorted((folder / "plain").iterdir()):
            body = path.read_bytes()
            hashlib.sha256(body).hexdigest()
            hashlib.new("sm3", body).hexdigest()
    (folder / "plain.zip").unlink()
    return elapsed()


def export(folder: Path) -> None:
    """The measured process: one export, its seconds and peak memory to standard output."""
    import resource

    signer = load_signer(folder / "keys", "bench")
    engine = create_engine(f"sqlite:///{folder / 'trail.db'}")
    journal = Journal.open(
        engine, LocalDocuments(folder / "originals"), signer=signer, key_dir=folder / "keys"
    )
    with timed() as elapsed:
        export_package(journal, Request(ByLot(LOT)), folder / "package.zip", signer, actor="bench")
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(json.dumps({"seconds": elapsed(), "mebibytes": peak}))
    journal.close()


if __name__ == "__main__":
    export(Path(sys.argv[1]))
