"""Originals come in: durable before the entry, once as a document, each time as a receipt."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from audit.journal import Journal, ReceiptSource
from audit.store.projection.documents import RETRY
from base.errors import Misuse, message
from tests.journal.making import CLERK, HEAD, draft, now, paper, read_of, sale

TORN = message("test.torn", zh="第 {page} 页缺失", en="page {page} is missing")


def test_a_received_document_is_unfinished_work_until_it_is_read(journal: Journal) -> None:
    receipt = paper(journal)
    assert journal.unfinished() == [receipt.sha256]
    journal.append_records("source:erp", [draft(sale(), receipt)], read=read_of(receipt))
    assert journal.unfinished() == []
    document = journal.store.document(now(journal), receipt.sha256)
    assert document is not None
    assert (document.state, document.file_name, document.size) == ("read", "paper.pdf", 7)
    assert document.source == {"connector": "folder", "name": "inbox", "ref": ""}
    assert document.outcome["kind"] == "mixed"


def test_the_same_bytes_twice_are_one_document_with_two_receipts(journal: Journal) -> None:
    first, second = paper(journal), paper(journal)
    assert (first.duplicate, second.duplicate) == (False, True)
    (document,) = journal.store.documents(now(journal))
    assert document.receipts == (first.seq, second.seq)


def test_the_same_item_of_a_source_delivered_again_is_the_same_receipt(journal: Journal) -> None:
    first, again = paper(journal, ref="<id@mail>"), paper(journal, ref="<id@mail>")
    assert (first.seq, again.duplicate) == (again.seq, False)
    assert journal.log.size() == 2


def test_bytes_left_by_a_crash_without_an_entry_are_no_duplicate(journal: Journal) -> None:
    journal.documents.put(b"a paper")
    assert not paper(journal).duplicate


def test_a_document_is_quarantined_with_its_reason_and_read_again(journal: Journal) -> None:
    receipt = paper(journal)
    partial = {"fields": {"number": "XS1"}}
    entry = journal.quarantine(
        "system:reader", receipt.sha256, TORN, {"page": 2}, "tail cut", partial
    )
    (item,) = journal.store.quarantine(now(journal))
    assert (item.seq, item.reason, item.params) == (entry.seq, "test.torn", {"page": 2})
    assert (item.detail, item.draft) == ("tail cut", partial)
    assert journal.unfinished() == []
    journal.release(CLERK, receipt.sha256, RETRY)
    assert journal.unfinished() == [receipt.sha256]
    assert journal.store.quarantine(now(journal)) == []
    (ended,) = journal.store.quarantine(now(journal), states=["released"])
    assert ended.ended == RETRY


def test_a_rejected_document_stays_and_never_comes_back_as_work(journal: Journal) -> None:
    receipt = paper(journal)
    journal.quarantine("system:reader", receipt.sha256, TORN, {"page": 1})
    journal.reject(CLERK, receipt.sha256, "not ours")
    document = journal.store.document(now(journal), receipt.sha256)
    assert document is not None and document.state == "rejected"
    paper(journal)
    assert journal.unfinished() == []


def test_a_restored_original_says_so_in_the_ledger(journal: Journal) -> None:
    receipt = paper(journal)
    path = journal.documents.path(receipt.sha256)  # type: ignore[attr-defined]
    path.chmod(0o600)
    path.write_bytes(b"rotten!")
    assert journal.check_fixity(HEAD, receipt.sha256).value == "rotted"
    paper(journal)
    assert journal.check_fixity(HEAD, receipt.sha256).value == "ok"
    results = [fact.status for fact in journal.store.facts(now(journal), "fixity")]
    assert sorted(results) == ["restored", "rotted"]


def test_what_was_never_received_cannot_be_disposed_of(journal: Journal) -> None:
    with pytest.raises(Misuse, match=r"journal\.no_document"):
        journal.dispose(HEAD, "0" * 64, "retention.ended")


def test_a_source_may_say_who_and_when(journal: Journal) -> None:
    receipt = journal.receive(
        "key:erp",
        b"x",
        file_name="x.csv",
        source=ReceiptSource("api", "erp", "42", user="zhang"),
        note="手工重发",
    )
    document = journal.store.document(now(journal), receipt.sha256)
    assert document is not None and document.source["user"] == "zhang"


SCRIPT = """
import pathlib, sys
from sqlalchemy import create_engine
from audit.documents import LocalDocuments
from audit.journal import Journal, ReceiptSource
from audit.ledger import KeySigner
folder = pathlib.Path(sys.argv[1])
engine = create_engine(f"sqlite:///{folder / 'traced.db'}")
origin = "example.org/strace/log/1"
journal = Journal.create(engine, LocalDocuments(folder / "originals"), origin=origin,
    signer=KeySigner.generate(origin), key_dir=folder / "keys", actor="user:a")
journal.receive("user:a", b"warm", file_name="a", source=ReceiptSource("upload"))
journal.receive("user:a", b"the traced paper", file_name="b", source=ReceiptSource("upload"))
journal.close()
"""


@pytest.mark.skipif(shutil.which("strace") is None, reason="strace is not installed")
def test_the_original_is_durable_before_its_entry_is_committed(tmp_path: Path) -> None:
    trace = tmp_path / "trace.log"
    calls = "trace=write,pwrite64,fsync,fdatasync,link,linkat"
    traced = subprocess.run(
        [
            *("strace", "-f", "-y", "-s", "40", "-o", str(trace), "-e", calls),
            *(sys.executable, "-c", SCRIPT, str(tmp_path)),
        ],
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    if "ptrace" in traced.stderr and traced.returncode != 0:
        pytest.skip(f"strace may not attach here: {traced.stderr.strip()[:100]}")
    assert traced.returncode == 0, traced.stderr
    steps = [name for line in trace.read_text().splitlines() if (name := _step(line))]
    written = steps.index("write original: the traced paper")
    after = steps[written:]
    assert after[: after.index("fsync folder") + 1] == [
        "write original: the traced paper",
        "fsync original",
        *(["fsync root"] if "fsync root" in after[:4] else []),
        "link original",
        "fsync folder",
    ]
    assert "write wal" in after and after.index("fsync folder") < after.index("write wal")
    assert after.index("write wal") < after.index("fsync wal")


def _step(line: str) -> str | None:
    """A line of strace as a step, in words; None for what does not matter here."""
    if "link(" in line or "linkat(" in line:
        return "link original" if ".incoming" in line and "unlink" not in line else None
    if not (found := re.search(r"(write|pwrite64|fsync|fdatasync)\(\d+<([^>]*)>(.*)", line)):
        return None
    call = "write" if "write" in found[1] else "fsync"
    if "/.incoming/" in found[2]:
        if call == "fsync":
            return "fsync original"
        content = re.search(r'"([^"]*)"', found[3])
        return f"write original: {content[1] if content else ''}"
    if found[2].endswith("-wal"):
        return f"{call} wal"
    if found[2].endswith("/originals"):
        return "fsync root"
    if re.search(r"/originals/[0-9a-f]{2}$", found[2]):
        return "fsync folder"
    return None
