"""The read tables as an `EvidenceSource`: what the rules ask, answered from `audit.store`."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import date
from typing import Any, Final

from audit.store import LIVE, Snapshot, Store
from audit.store.types import StoredFinding, StoredRecord
from base.clock import legal_day
from checks.evidence import Asked, Disposal, Fixity, Hold, Paper, Proof, ProofState
from checks.findings import Finding, FindingState
from checks.policy import PARAMETERS, Policy, policy_from
from checks.source import Found

_DOCUMENT: Final = "document:"
_ENTRY: Final = "entry:"
_ASKED: Final = "disposal_asked"
_FIXITY: Final = {
    "ok": Fixity.SOUND,
    "restored": Fixity.SOUND,
    "missing": Fixity.MISSING,
    "rotted": Fixity.ROTTED,
}


class StoreSource:
    """Answers from the read tables of one log. Holds nothing but the store."""

    def __init__(self, store: Store) -> None:
        self.store = store

    def subjects(self, at: Snapshot, type: str) -> Iterator[str]:
        if type == "document":
            return iter(sorted(f"document:{d.sha256}" for d in self.store.documents(at)))
        if type == "entry":
            asked = self.store.facts(at, _ASKED)
            return (fact.name for fact in asked if fact.name.startswith(_ENTRY))
        return self.store.subjects(at, type)

    def records_of(
        self, at: Snapshot, kinds: Sequence[str], subjects: Collection[str]
    ) -> Mapping[str, Sequence[Found]]:
        papers = [s.removeprefix(_DOCUMENT) for s in subjects if s.startswith(_DOCUMENT)]
        entries = [int(s.removeprefix(_ENTRY)) for s in subjects if s.startswith(_ENTRY)]
        named = [s for s in subjects if not s.startswith((_DOCUMENT, _ENTRY))]
        found: dict[str, list[StoredRecord]] = dict(self.store.records_of(at, kinds, named))
        for sha256, records in self._of_documents(at, papers).items():
            found[f"{_DOCUMENT}{sha256}"] = [r for r in records if r.kind in kinds]
        if entries:
            for record in self.store.by_seqs(at, entries, states=LIVE):
                found[f"{_ENTRY}{record.seq}"] = [record] if record.kind in kinds else []
        return {subject: list(map(_found, records)) for subject, records in found.items()}

    def _of_documents(
        self, at: Snapshot, documents: Sequence[str]
    ) -> dict[str, list[StoredRecord]]:
        """Live records by the original they were read from, all originals in two questions."""
        if not documents:
            return {}
        rows = self.store.read(
            "SELECT seq FROM read_record WHERE log_id = ? AND document IN :many",
            list(documents),
        )
        found: dict[str, list[StoredRecord]] = {document: [] for document in documents}
        for record in self.store.by_seqs(at, [row[0] for row in rows], states=LIVE):
            if record.document is not None:
                found[record.document].append(record)
        return found

    def resolve(self, at: Snapshot, identifiers: Collection[str]) -> Mapping[str, str]:
        return self.store.subject_ids(at, identifiers)

    def readings(self, at: Snapshot, seq: int) -> Iterable[Any]:
        return self.store.readings(at, seq)

    def papers(self, at: Snapshot, documents: Collection[str]) -> Mapping[str, Paper]:
        wanted = list(documents)
        if not wanted:
            return {}
        open_ = {q.document: q.seq for q in self.store.quarantine(at, documents=wanted)}
        fixity = _fixities(self.store, at)
        proofs = {
            fact.name: tuple(_proofs(fact.body))
            for fact in self.store.facts(at, "integrity", names=wanted)
        }
        return {
            one.sha256: replace(
                self._paper(at, one, open_.get(one.sha256), fixity.get(one.sha256)),
                proofs=proofs.get(one.sha256, ()),
            )
            for one in self.store.documents(at, sha256=wanted)
        }

    def asked(self, at: Snapshot, subjects: Collection[str]) -> Mapping[str, tuple[Asked, ...]]:
        return {
            fact.name: tuple(map(_asked, fact.body["asked"]))
            for fact in self.store.facts(at, _ASKED, names=subjects)
        }

    def _paper(
        self, at: Snapshot, document: Any, quarantined: int | None, fixity: tuple[str, int] | None
    ) -> Paper:
        disposal = None
        if document.state == "disposed":
            disposal = Disposal(_disposed_on(document, at), document.since)
        entries = [*document.receipts[:1]]
        entries += [quarantined] if quarantined is not None else []
        entries += [fixity[1]] if fixity else []
        return Paper(
            sha256=document.sha256,
            received_on=legal_day(document.received_at),
            fixity=_FIXITY.get(fixity[0], Fixity.UNSEEN) if fixity else Fixity.UNSEEN,
            quarantined=quarantined is not None,
            disposal=disposal,
            holds=self._holds(at, document.sha256, disposal),
            entries=tuple(sorted(entries)),
        )

    def _holds(self, at: Snapshot, sha256: str, disposal: Disposal | None) -> tuple[Hold, ...]:
        """Holds that stand on the paper or on a subject its records name; for a paper that was
        disposed of, those that stood then."""
        then = at if disposal is None else Snapshot(disposal.seq, at.valid_at)
        standing = self.store.holds(then)
        if not standing:
            return ()
        subjects = {f"document:{sha256}"}
        for record in self._of_documents(then, [sha256])[sha256]:
            subjects.update(one for those in record.subjects.values() for one in those)
        return tuple(
            Hold(hold.first_seq, _day(hold.body.get("placed_on")))
            for hold in standing
            if hold.body.get("all") or subjects & set(hold.body.get("subjects", ()))
        )


def _proofs(body: Mapping[str, Any]) -> Iterator[Proof]:
    for _, said in sorted(body["proofs"].items()):
        yield Proof(said["scheme"], ProofState(said["state"]), tuple(said["failed"]), said["entry"])


def _asked(said: Mapping[str, Any]) -> Asked:
    return Asked(
        said["act"], _day(said["asked_on"]), said["by"], said["result"], said["duty"],
        said["until"], said["entry"],
    )  # fmt: skip


def _found(record: StoredRecord) -> Found:
    return record  # type: ignore[return-value]  # erased records, without a model, are left out


def _fixities(store: Store, at: Snapshot) -> dict[str, tuple[str, int]]:
    """The last look at each original that found something: result and entry."""
    found: dict[str, tuple[str, int]] = {}
    for fact in sorted(store.facts(at, "fixity"), key=lambda fact: fact.first_seq):
        found[fact.body["document"]] = (fact.status, fact.first_seq)
    return found


def _disposed_on(document: Any, at: Snapshot) -> date:
    """The day of the disposal as its entry says; without one, the snapshot's."""
    return _day(document.outcome.get("disposed_on"), at.valid_at)


def _day(text: Any, otherwise: date = date.min) -> date:
    return date.fromisoformat(text) if isinstance(text, str) else otherwise


def policy_at(store: Store, at: Snapshot) -> Policy:
    """The company's parameters as known at a snapshot: those in force and those that begin later.

    `policy.set` entries carry {policy: name of the parameter, value, valid_from}.
    """
    known = {}
    for moment in (at, Snapshot(at.known_at, date.max)):
        for fact in store.policies(moment):
            if fact.name in PARAMETERS:
                since = _day(fact.body.get("valid_from"))
                known[fact.since] = (since, {fact.name: fact.body["value"]}, fact.since)
    return policy_from(known.values())


def findings_at(
    store: Store, at: Snapshot, *, rules: Collection[str] | None = None
) -> dict[str, Finding]:
    """The findings of some rules as known at a snapshot, by fingerprint."""
    return {one.fingerprint: _finding(one) for one in store.findings(at, rules=rules)}


def _finding(stored: StoredFinding) -> Finding:
    state = FindingState(stored.status)
    until = stored.body.get("until") if state is FindingState.WAIVED else None
    return Finding(
        fingerprint=stored.fingerprint,
        rule=stored.rule,
        subject=stored.subject,
        state=state,
        verdict_sha256=str(stored.body.get("verdict_sha256", "")),
        count=stored.times,
        until=date.fromisoformat(until) if until else None,
    )
