"""Cuts a package out of the ledger and writes it: the whole way, in order.

1  `stream.heads` over everything so far, and a checkpoint: the moment of knowledge
2  the selection at that moment (nothing that arrives meanwhile is in it)
3  `package.cut`, which binds the selection; it ends the package
4  a checkpoint that covers the cut; report and registers; the package itself
5  `package.exported` with the manifest's digest; it is not inside

The same cut can be written again: same members, same bytes, save the signature over the whole.
"""

from __future__ import annotations

import hashlib
import json
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from importlib import metadata
from pathlib import Path
from typing import Any, Final

from audit.journal import Journal
from audit.ledger import Entry, Signer
from audit.ledger.checkpoint import read_unverified
from audit.ledger.note import fingerprint
from audit.ledger.rows import Rows, reading
from audit.store.state import Snapshot
from audit.store.types import StoredRecord
from base.clock import legal_day, rfc3339
from base.errors import IntegrityBroken, Misuse, message
from reports.package.ledger_source import LedgerSource
from reports.package.model import Given, Selection, cut_payload
from reports.package.request import ByLot, ByParty, ByPeriod, Purpose, Request
from reports.package.select import Selecting
from reports.package.write import Extra, Plan, Written, write_package

NOT_A_CUT: Final = message(
    "package.not_a_cut",
    zh="条目 {seq} 不是检查包的截取条目",
    en="entry {seq} is not a package.cut",
)
MOVED: Final = message(
    "package.selection_moved",
    zh="截取 {seq} 的选取已不能重现（例如其后有内容被依法删除），请另行截取",
    en="The selection of cut {seq} can no longer be made again (contents may have been erased "
    "since); cut a new package",
)


@dataclass(frozen=True, slots=True)
class Facts:
    """What report and registers are made from, once the cut stands."""

    package: str
    request: Request
    selection: Selection
    load: Callable[[], dict[int, StoredRecord]]
    """The records by entry number; read when asked for, so that evidence only costs no memory."""
    cut: Entry
    cut_at: datetime
    checkpoint_size: int
    root: bytes
    fingerprint: str
    origin: str


Extras = Callable[[Facts, Path], Sequence[Extra]]
"""Makes the derived files in a folder: report, findings volume, registers."""


@dataclass(frozen=True, slots=True)
class Exported:
    """A finished export: the package, its two entries, and what it is called."""

    package: str
    written: Written
    cut: Entry
    exported: Entry | None
    selection: Selection


def no_extras(_facts: Facts, _folder: Path) -> Sequence[Extra]:
    """Evidence only."""
    return ()


def export_package(
    journal: Journal,
    request: Request,
    target: Path,
    signer: Signer,
    *,
    actor: str,
    extras: Extras = no_extras,
    progress: Callable[[int], None] = lambda _files: None,
) -> Exported:
    """Cut and write a package to `target` (a path ending in `.zip`, or a folder's).

    Raises AnswerIsNo when nothing is known of what was asked for, Misuse when the target exists,
    Unavailable when it cannot be written; no half package is left, though the cut stays in the log.
    """
    began = time.monotonic()
    heads = journal.log.append_stream_heads(actor)
    journal.log.checkpoint()
    day = request.valid_at or legal_day(journal.clock.now())
    at = Snapshot(heads.seq, day)
    selecting = Selecting(journal.log, journal.store, at, request)
    selection = selecting.select()
    load = _loader(journal, at, selecting)
    source = LedgerSource(journal.log, journal.store, journal.documents)
    frame = _frame(journal, selection, heads.seq)
    text = selection.to_json(frame)
    package = f"PK-{day:%Y%m%d}-{heads.seq}"
    payload = cut_payload(
        selection,
        text,
        package=package,
        heads=heads.seq,
        leaves=selecting.leaves,
        streams=list(source.heads(heads.seq, selection.whole)),
        tool=tool(),
    )
    cut = journal.note(actor, "package.cut", json.loads(payload))
    plan = Plan(cut.seq, heads.seq, selection, text, (*frame, cut.seq), info=_info(package, cut))
    facts = _facts(package, request, selection, load, cut, source, signer)
    written = _write(target, plan, facts, source, signer, extras, progress)
    exported = journal.note(
        actor,
        "package.exported",
        {
            "package": package,
            "cut": cut.seq,
            "manifest": written.manifest,
            "checkpoint": written.checkpoint_size,
            "bytes": written.size,
            "files": written.files,
            "milliseconds": int((time.monotonic() - began) * 1000),
        },
    )
    return Exported(package, written, cut, exported, selection)


def write_again(
    journal: Journal,
    seq: int,
    target: Path,
    signer: Signer,
    *,
    extras: Extras = no_extras,
) -> Exported:
    """Write the package of an earlier `package.cut` once more: same members, same bytes.

    Raises Misuse when `seq` is no cut, IntegrityBroken when its selection can no longer be made.
    """
    cut = journal.log.entry(seq)
    data = journal.log.payload(seq)
    if cut.kind != "package.cut" or data is None:
        raise Misuse(NOT_A_CUT, seq=seq)
    said: dict[str, Any] = json.loads(data)
    request = request_of(said)
    at = Snapshot(said["known_at"], datetime.fromisoformat(said["valid_at"]).date())
    selecting = Selecting(journal.log, journal.store, at, request)
    selection = selecting.select()
    load = _loader(journal, at, selecting)
    frame = _frame(journal, selection, said["heads"])
    text = selection.to_json(frame)
    if hashlib.sha256(text).hexdigest() != said["selection"]:
        raise IntegrityBroken(MOVED, seq=seq)
    source = LedgerSource(journal.log, journal.store, journal.documents)
    package = said["package"]
    plan = Plan(seq, said["heads"], selection, text, (*frame, seq), info=_info(package, cut))
    facts = _facts(package, request, selection, load, cut, source, signer)
    written = _write(target, plan, facts, source, signer, extras, lambda _files: None)
    return Exported(package, written, cut, None, selection)


def request_of(cut: dict[str, Any]) -> Request:
    """The request that a cut's payload keeps."""
    said = cut["request"]
    selector: ByLot | ByParty | ByPeriod
    if said["by"] == "lot":
        selector = ByLot(said["value"])
    elif said["by"] == "party":
        selector = ByParty(said["value"])
    else:
        start, end = (datetime.fromisoformat(said[name]).date() for name in ("from", "to"))
        selector = ByPeriod(start, end)
    return Request(
        selector,
        Purpose(said["purpose"]),
        said.get("asked_by", ""),
        said.get("reference", ""),
        said.get("findings", False),
        tuple(said.get("withheld", ())),
        said["lang"],
        datetime.fromisoformat(cut["valid_at"]).date(),
    )


def tool() -> str:
    """Name and version of this program, as it stands in the cut."""
    return f"devicetrail {metadata.version('devicetrail')}"


def _loader(
    journal: Journal, at: Snapshot, selecting: Selecting
) -> Callable[[], dict[int, StoredRecord]]:
    def load() -> dict[int, StoredRecord]:
        seqs = selecting.records
        return {
            record.seq: record
            for start in range(0, len(seqs), 1_000)
            for record in journal.store.by_seqs(at, seqs[start : start + 1_000])
        }

    return load


def _frame(journal: Journal, selection: Selection, heads: int) -> tuple[int, ...]:
    """The log's own entries that a reader needs beside the members."""
    rows = Rows(journal.log.engine.dialect.name, journal.log.log_id)
    with reading(journal.log.engine) as cursor:
        frame = {0, heads, *(seq for seq in rows.rotations(cursor) if seq < heads)}
    members = {one.seq for one in selection.members}
    gone = [one.seq for one in selection.members if one.payload is Given.ERASED]
    for at in range(0, len(gone), 500):
        frame |= {
            row[0]
            for row in journal.store.read(
                "SELECT DISTINCT by_seq FROM ledger_erased WHERE log_id = ? AND seq IN :many",
                gone[at : at + 500],
            )
        }
    return tuple(sorted(frame - members))


def _info(package: str, cut: Entry) -> dict[str, str]:
    return {
        "Bag-Software-Agent": tool(),
        "Bagging-Date": legal_day(cut.recorded_at).isoformat(),
        "External-Identifier": package,
        "DeviceTrail-Cut-Time": rfc3339(cut.recorded_at),
    }


def _facts(
    package: str,
    request: Request,
    selection: Selection,
    load: Callable[[], dict[int, StoredRecord]],
    cut: Entry,
    source: LedgerSource,
    signer: Signer,
) -> Facts:
    checkpoint = read_unverified(source.checkpoint_over(cut.seq))
    return Facts(
        package, request, selection, load, cut, cut.recorded_at, checkpoint.size,
        checkpoint.root, fingerprint(signer.vkey), source.origin,
    )  # fmt: skip


def _write(
    target: Path,
    plan: Plan,
    facts: Facts,
    source: LedgerSource,
    signer: Signer,
    extras: Extras,
    progress: Callable[[int], None],
) -> Written:
    with tempfile.TemporaryDirectory(prefix="devicetrail-") as folder:
        made = replace(plan, extras=tuple(extras(facts, Path(folder))))
        return write_package(target, made, source, signer, progress=progress)
