"""A house that is killed over and over: making it, and asking whether anything was lost."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path
from typing import Any

import orjson
from sqlalchemy import create_engine, select

from audit.documents import LocalDocuments
from audit.journal import Journal
from audit.ledger import create_key, verify_log
from audit.records import KINDS
from audit.store.deep import verify_deep
from audit.store.tables import reading_chunk
from base.clock import legal_day
from tests.crash.ingest_child import ORIGIN, PASSPHRASE, Order
from tests.crash.lives import Life

_SEQ_KEYED = ("document.quarantined", "document.read")
"""Kinds whose keys are made of the seq at which their document arrived."""


@dataclass(slots=True)
class House:
    """A database, and a folder with originals and keys. size and leaf: of the log when last seen.
    received: what the killed processes had been promised, document and source ref."""

    url: str
    folder: Path
    size: int = 0
    leaf: bytes = b""
    received: set[tuple[str, str]] = field(default_factory=set)
    done: set[str] = field(default_factory=set)
    signed: int = 0

    @classmethod
    def made(cls, url: str, folder: Path) -> House:
        """A new one, empty."""
        engine = create_engine(url)
        Journal.create(
            engine,
            LocalDocuments(folder / "originals"),
            origin=ORIGIN,
            signer=create_key(folder / "keys", ORIGIN, PASSPHRASE),
            key_dir=folder / "keys",
            actor="user:founder",
        ).close()
        engine.dispose()
        return cls(url, folder)

    def order(self, **more: Any) -> Order:
        return Order(self.url, str(self.folder), **more)

    @contextmanager
    def opened(self) -> Iterator[Journal]:
        engine = create_engine(self.url)
        try:
            journal = Journal.open(
                engine,
                LocalDocuments(self.folder / "originals"),
                origin=ORIGIN,
                key_dir=self.folder / "keys",
            )
            with journal.log:
                yield journal
        finally:
            engine.dispose()

    def remember(self, life: Life) -> None:
        """Keep what a process was promised before it died."""
        for sha, ref in life.said("received"):
            self.received.add((sha, bytes.fromhex(ref).decode()))
        self.done |= {sha for sha, _ in life.said("done")}
        self.signed = max([self.signed, *(int(size) for (size,) in life.said("signed"))])

    def complaints(self) -> list[str]:
        """What is wrong after a kill; nothing, if all promises hold and all layers agree."""
        with self.opened() as journal:
            found = self._verified(journal)
            found += self._continued(journal)
            found += self._promised(journal)
            return found

    def _verified(self, journal: Journal) -> list[str]:
        engine, keys = journal.log.engine, self.folder / "keys"
        report = verify_log(engine, origin=ORIGIN, key_dir=keys)
        problems = [*report.findings, *verify_deep(journal.log, journal.documents)]
        found = [problem.message for problem in problems]
        if report.signed_size < self.signed:
            found.append(f"signed up to {report.signed_size}, promised {self.signed}")
        return found

    def _continued(self, journal: Journal) -> list[str]:
        """The log only grows, and what was seen of it stays."""
        size, before = journal.log.size(), self.size
        if size < before:
            return [f"the log had {before} entries and has {size}"]
        if before and journal.log.entry(before - 1).leaf != self.leaf:
            return [f"entry {before - 1} is another one than before"]
        self.size, self.leaf = size, journal.log.entry(size - 1).leaf
        return []

    def _promised(self, journal: Journal) -> list[str]:
        at = journal.store.snapshot(legal_day(journal.clock.now()))
        states = {one.sha256: one.state for one in journal.store.documents(at)}
        receipts = set(receipts_of(journal))
        lost = [f"receipt of {sha} {ref}" for sha, ref in sorted(self.received - receipts)]
        return lost + [
            f"{sha} was dealt with and is {states.get(sha, 'unknown')}"
            for sha in sorted(self.done)
            if states.get(sha, "received") == "received"
        ]


def receipts_of(journal: Journal) -> list[tuple[str, str]]:
    """Document and source ref of every receipt from the folder."""
    rows = journal.store.read("SELECT document, source FROM read_receipt WHERE log_id = ?")
    said = [(document, orjson.loads(source)) for document, source in rows]
    return [(document, one["ref"]) for document, one in said if one["connector"] == "folder"]


def standing(journal: Journal) -> Counter[str]:
    """What the ledger says, entry by entry, told without the places at which it says it, and the
    chunks of readings. Two houses that took in the same files have the same."""
    keys: dict[int, str] = {}
    said = Counter[str]()
    for appended in journal.log.appended():
        entry = appended.entry
        payload = orjson.loads(appended.payload) if appended.payload else {}
        keys[entry.seq] = entry.key
        if entry.kind == "log.opened":
            continue
        if "duplicates" in payload:
            payload["duplicates"] = sorted(keys[seq] for seq in payload["duplicates"])
        params = payload.get("params", {})
        if found := re.fullmatch(r"entry (\d+)", str(params.get("against"))):
            params["against"] = keys[int(found[1])]
        told = {
            "kind": entry.kind,
            "actor": entry.actor,
            "key": "" if entry.kind in _SEQ_KEYED else entry.key,
            "streams": [link.stream for link in entry.streams],
            "documents": [reference.sha256 for reference in entry.documents],
            "supersedes": [keys[seq] for seq in entry.supersedes],
            "payload": payload,
        }
        said[orjson.dumps(told, option=orjson.OPT_SORT_KEYS).decode()] += 1
    with journal.log.engine.connect() as connection:
        for row in connection.execute(select(reading_chunk)):
            said[f"chunk {row.sha256} {sha256(row.data).hexdigest()}"] += 1
    return said


def twice(journal: Journal) -> list[str]:
    """Records, receipts and quarantine items that stand more than once."""
    at = journal.store.snapshot(legal_day(journal.clock.now()))
    stood = Counter[tuple[str, ...]]()
    stood.update((r.kind, r.identity) for r in journal.store.records(at, sorted(KINDS)))
    stood.update(("receipt", *one) for one in receipts_of(journal))
    stood.update(
        ("quarantine", q.document, q.reason, str(q.detail), str(q.draft))
        for q in journal.store.quarantine(at)
    )
    return [" ".join(one)[:200] for one, times in stood.items() if times > 1]


def strays(journal: Journal) -> list[str]:
    """Files among the originals that no entry names; half-written ones are swept first."""
    documents = journal.documents
    assert isinstance(documents, LocalDocuments)
    documents.sweep(older_than=0)
    at = journal.store.snapshot(legal_day(journal.clock.now()))
    known = {documents.path(one.sha256) for one in journal.store.documents(at)}
    there = {path for path in documents.root.rglob("*") if path.is_file()}
    return sorted(str(path) for path in there ^ known)


def difference(found: Counter[str], expected: Counter[str]) -> str:
    """The first few of what is there too often and too rarely; empty when equal."""
    more = [f"+{n} {what[:400]}" for what, n in (found - expected).items()]
    less = [f"-{n} {what[:400]}" for what, n in (expected - found).items()]
    return "\n".join([*more[:5], *less[:5]])
