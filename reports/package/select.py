"""Finds the members of a package: the streams of the subject, the declared walk, the papers that
each member rests on; and decides of each payload and original whether it is given.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC, date, timedelta
from typing import Final, TypeVar

from audit.ledger import DocumentRef, Entry, Log
from audit.records import KINDS, codec
from audit.records.cold_chain import TemperatureLog
from audit.store import Store
from audit.store.state import Snapshot
from audit.store.types import StoredRecord
from base.errors import AnswerIsNo, message
from reports.package.focus import Focus, midnight, overlaps
from reports.package.ledger_source import runs
from reports.package.model import Document, Given, LeftOut, Member, Selection
from reports.package.personal import has_personal
from reports.package.request import ByLot, ByParty, ByPeriod, Request
from reports.package.walk import GOODS, Seen, Walk, steps

NOTHING: Final = message(
    "package.nothing_found",
    zh="账本里没有与 {what} 有关的任何条目",
    en="the ledger holds nothing about {what}",
)
T = TypeVar("T")
_EVIDENCE: Final = ("record.", "document.", "identity.")
_FINDINGS: Final = ("finding.", "check.")
_REASONS: Final = {
    "scope": ("不在请求范围内，仅有承诺", "outside the request's scope: commitment only"),
    "findings": ("检查发现另册，须签发", "findings are a volume apart, released by signature"),
    "masked": ("含个人信息，已遮盖", "holds personal data: masked"),
    "erased": ("已依据删除条目删除", "erased, as an entry of the log says"),
    "walk.other_goods": (
        "只涉及其他批次或产品，不收入",
        "about other lots or products only: not taken",
    ),
    "walk.other_party": (
        "不是该批次单据所载单位的，或不是给本企业及这些单位的授权，不收入",
        "not of a party that the lot's papers name, or a letter to somebody else: not taken",
    ),
    "walk.other_person": (
        "该批次的销售未载明此销售人员，不收入",
        "for salespeople whom the lot's sales do not name: not taken",
    ),
    "walk.other_time": (
        "不在该批次存放或运输的时间内，不收入",
        "of a time when the lot neither lay there nor was under way: not taken",
    ),
    "original.personal": ("原件含个人信息，未提供", "the original holds personal data"),
    "original.others": ("原件还载有范围外的记录", "the original also holds others' records"),
    "original.scope": ("原件不在请求范围内", "the original is outside the request's scope"),
    "original.disposed": ("原件保存期满已处置", "disposed of after its retention"),
}


class Selecting:
    """One selection at one snapshot. The result is a plain value; this object is thrown away."""

    def __init__(self, log: Log, store: Store, at: Snapshot, request: Request) -> None:
        self._log = log
        self._store = store
        self._at = at
        self._request = request
        self._walk = _walk(store, at, request)
        self._because: dict[int, str] = {}
        self._whole: set[str] = set()
        self._in_scope: set[int] | None = None
        self._range: tuple[int, int] | None = None
        self._named: dict[str, DocumentRef] = {}
        self._named_in: set[str] = set()
        self._persons: set[int] = set()
        self.records: tuple[int, ...] = ()
        """Numbers of the members that are records, once selected."""
        self.leaves: list[bytes] = []
        """Leaf hashes of the members, in order, once selected."""

    def select(self) -> Selection:
        """The selection; `records` and `leaves` are known afterwards.

        Raises AnswerIsNo when nothing is known of what was asked for.
        """
        match self._request.selector:
            case ByLot(lot):
                by = self._start("lot", lot)
            case ByParty(party):
                by = self._start("party", party)
            case ByPeriod(start, end):
                by = self._period(start, end)
        self._lines()
        self._reach(self._walk.run())
        self._signatures()
        self._lines()
        documents = self._papers()
        if self._request.findings:
            self._findings(documents)
        members, left = self._members()
        left += self._walk.left()
        originals = self._originals(documents, members, left)
        self.records = tuple(sorted(self._records))
        return Selection(
            request=self._request.to_payload(),
            known_at=self._at.known_at,
            valid_at=self._at.valid_at,
            members=tuple(members),
            documents=tuple(originals),
            whole=tuple(sorted(self._whole, key=str.encode)),
            walk=steps(by),
            left_out=tuple(
                LeftOut(kind, count, *_REASONS[why]) for (kind, why), count in sorted(left.items())
            ),
            range=self._range,
        )

    def _keep(self, record: StoredRecord) -> None:
        """Remember a record, and whether it names a person; its body is let go."""
        self._walk.see(record)
        body = None if self._request.purpose.personal else record.record
        if body is not None and has_personal(record.kind, codec.dump(body)):
            self._persons.add(record.seq)
            if record.document is not None:
                self._named_in.add(record.document)

    @property
    def _records(self) -> Mapping[int, Seen]:
        return self._walk.known

    # Where it starts

    def _start(self, by: str, identifier: str) -> str:
        for name in sorted(self._store.closure(self._at, identifier)):
            seqs = [seq for seq in self._log.stream_seqs(name) if seq < self._at.known_at]
            if seqs:
                self._whole.add(name)
            for seq in seqs:
                self._because.setdefault(seq, f"{by} {name}")
        if not self._because:
            raise AnswerIsNo(NOTHING, what=identifier)
        self._load(sorted(self._because))
        return by

    def _period(self, start: date, end: date) -> str:
        """The run of entries recorded since the period began, and what happened in it."""
        opens = midnight(start).astimezone(UTC)
        low, high = 1, self._at.known_at
        while low < high:
            middle = (low + high) // 2
            if self._log.entry(middle).recorded_at < opens:
                low = middle + 1
            else:
                high = middle
        self._range = (low, self._at.known_at)
        for seq in range(low, self._at.known_at):
            self._because[seq] = "period"
        kinds = [kind for kind in GOODS if kind in KINDS]
        inside = {
            record.seq: record
            for record in self._store.records(self._at, kinds)
            if _happened(record, start, end)
        }
        if not inside:
            raise AnswerIsNo(NOTHING, what=f"{start} – {end}")
        for record in inside.values():
            self._keep(record)
        for seq in inside:
            self._because.setdefault(seq, "period")
        self._in_scope = set(inside)
        return "period"

    # What it reaches

    def _reach(self, found: Iterable[tuple[StoredRecord, str]]) -> None:
        for record, because in found:
            self._keep(record)
            self._because.setdefault(record.seq, because)
            if self._in_scope is not None:
                self._in_scope.add(record.seq)

    def _load(self, seqs: Sequence[int]) -> None:
        for chunk in _chunks(seqs):
            for record in self._store.by_seqs(self._at, chunk):
                self._keep(record)

    def _signatures(self) -> None:
        """The entry by which each record came to stand as it does (confirmed, refused)."""
        for record in list(self._records.values()):
            if record.state_since != record.seq and record.state_since < self._at.known_at:
                self._because.setdefault(record.state_since, f"entry {record.seq}")
                if self._in_scope is not None and record.seq in self._in_scope:
                    self._in_scope.add(record.state_since)

    def _lines(self) -> None:
        """Headers of line entries, and line entries of headers: a paper is whole or not there."""
        for column, seqs in (("seq", sorted(self._because)), ("of_seq", sorted(self._records))):
            for chunk in _chunks(seqs):
                rows = self._store.read(
                    f"SELECT seq, of_seq FROM read_line WHERE log_id = ? AND {column} IN :many"  # noqa: S608
                    " AND seq < ?",
                    chunk,
                    self._at.known_at,
                )
                headers = sorted({of_seq for _, of_seq in rows} - set(self._records))
                self._load(headers)
                for seq, of_seq in rows:
                    self._because.setdefault(of_seq, f"entry {seq}")
                    self._because.setdefault(seq, f"entry {of_seq}")

    def _papers(self) -> dict[str, list[int]]:
        """Originals behind the records in scope, with every entry about them."""
        papers: dict[str, list[int]] = {}
        for seq, record in sorted(self._records.items()):
            if record.document is not None and self._scoped(seq):
                papers.setdefault(record.document, []).append(seq)
        for sha256, seqs in papers.items():
            for seq in self._log.stream_seqs(f"document:{sha256}"):
                if seq < self._at.known_at:
                    self._because.setdefault(seq, f"entry {seqs[0]}")
                    if self._in_scope is not None:
                        self._in_scope.add(seq)
        return papers

    def _findings(self, documents: Iterable[str]) -> None:
        """What the checks found about subjects of the package, with every step of it."""
        subjects = {f"document:{sha256}" for sha256 in documents}
        for seq, record in self._records.items():
            if self._scoped(seq):
                subjects.update(one for those in record.subjects.values() for one in those)
        for chunk in _chunks(sorted(subjects)):
            for one in self._store.findings(self._at, subjects=chunk):
                for seq in self._log.stream_seqs(f"finding:{one.fingerprint}"):
                    if seq < self._at.known_at:
                        self._because.setdefault(seq, f"finding {one.subject}")
                        if self._in_scope is not None:
                            self._in_scope.add(seq)

    # What is given

    def _members(self) -> tuple[list[Member], Counter[tuple[str, str]]]:
        members: list[Member] = []
        left: Counter[tuple[str, str]] = Counter()
        for chunk in _chunks(sorted(self._because)):
            kept = self._kept(chunk)
            for entry in self._log_entries(chunk):
                given, why = self._given(entry, entry.seq in kept)
                if why:
                    left[entry.kind, why] += 1
                members.append(Member(entry.seq, entry.kind, self._because[entry.seq], given))
                self.leaves.append(entry.leaf)
                self._named |= {ref.sha256: ref for ref in entry.documents}
        return members, left

    def _given(self, entry: Entry, kept: bool) -> tuple[Given, str]:
        if entry.payload is None:
            return Given.NONE, ""
        if not kept:
            return Given.ERASED, "erased"
        if entry.kind.startswith(_FINDINGS) and not self._request.findings:
            return Given.WITHHELD, "findings"
        kind = entry.kind.removeprefix("record.")
        outside = kind in self._request.withheld or not self._scoped(entry.seq)
        if outside or not entry.kind.startswith((*_EVIDENCE, *_FINDINGS)):
            return Given.WITHHELD, "scope"
        if not self._request.purpose.personal and self._personal(entry, kind):
            return Given.MASKED, "masked"
        return Given.GIVEN, ""

    def _scoped(self, seq: int) -> bool:
        record = self._records.get(seq)
        if record is not None and record.kind in self._request.withheld:
            return False
        return self._in_scope is None or seq in self._in_scope

    def _personal(self, entry: Entry, kind: str) -> bool:
        """Whether an entry's payload may name a person; in doubt it does.

        A signature does; lines and quarantined drafts may; so may the name and the reading of a
        paper whose records do.
        """
        if entry.seq in self._records:
            return entry.seq in self._persons
        if entry.kind.startswith("document."):
            papers = {stream.stream.removeprefix("document:") for stream in entry.streams}
            return entry.kind == "document.quarantined" or not papers.isdisjoint(self._named_in)
        return entry.kind.startswith("record.")

    def _originals(
        self, papers: dict[str, list[int]], members: list[Member], left: Counter[tuple[str, str]]
    ) -> list[Document]:
        said = {one.seq: one.payload for one in members}
        known = self._named
        states = {
            one.sha256: one.state for one in self._store.documents(self._at, sha256=sorted(known))
        }
        found = []
        for sha256, ref in sorted(known.items()):
            seqs = papers.get(sha256, ())
            why = ""
            if states.get(sha256) == "disposed":
                why = "original.disposed"
            elif not any(said.get(seq) in (Given.GIVEN, Given.MASKED) for seq in seqs):
                why = "original.scope"
            elif any(said.get(seq) is Given.MASKED for seq in seqs):
                why = "original.personal"
            elif not self._request.purpose.personal and self._names_others(sha256, said):
                why = "original.others"
            if why:
                left["original", why] += 1
            found.append(Document(sha256, ref.size, ref.media_type, not why, why))
        return found

    def _names_others(self, sha256: str, said: Mapping[int, Given]) -> bool:
        """Whether an original also holds records that are not in the package."""
        return any(one.seq not in said for one in self._store.by_document(self._at, sha256))

    def _log_entries(self, seqs: Sequence[int]) -> Iterator[Entry]:
        return (entry for start, stop in runs(seqs) for entry in self._log.entries(start, stop))

    def _kept(self, seqs: Sequence[int]) -> set[int]:
        """Those whose payload is there: never erased."""
        rows = self._store.read(
            "SELECT seq FROM ledger_payload WHERE log_id = ? AND seq IN :many", list(seqs)
        )
        return {row[0] for row in rows}


def _happened(record: StoredRecord, start: date, end: date) -> bool:
    """Whether a record is of the days from `start` to `end`; a log, whether it covers some."""
    if isinstance(record.record, TemperatureLog):
        return overlaps(record.record, midnight(start), midnight(end + timedelta(days=1)))
    return record.occurred_on is not None and start <= record.occurred_on <= end


def _walk(store: Store, at: Snapshot, request: Request) -> Walk:
    match request.selector:
        case ByLot(lot):
            return Walk(store, at, "lot", Focus.on(store, at, lot))
        case ByParty():
            return Walk(store, at, "party", None)
        case ByPeriod():
            return Walk(store, at, "period", None)


def _chunks(values: Sequence[T], size: int = 500) -> Iterator[list[T]]:
    for at in range(0, len(values), size):
        yield list(values[at : at + size])
