"""What people do with records and originals, behind the command line: confirm, correct, dispose.

The journal refuses what would make the evidence contradict itself; here stands what depends on
people: nobody confirms what he handed in himself, and nothing is disposed of while a duty runs.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from audit.journal import Signature, Written
from audit.ledger import Entry
from audit.records import Record, codec
from audit.store import Snapshot, State, StoredRecord
from base.errors import Lang, Misuse, Refused, message
from service.house import House

NO_RECORD = message("record.not_found", zh="没有编号为 {seq} 的记录", en="there is no record {seq}")
NOT_PENDING = message(
    "record.not_pending",
    zh="记录 {seq} 并非待确认（现为 {state}）",
    en="record {seq} does not wait for confirmation (it is {state})",
)
OWN_DOCUMENT = message(
    "record.own_document",
    zh="记录 {seq} 的原件由本人提交，须由他人确认",
    en="the original of record {seq} was handed in by the same person; somebody else confirms it",
)
BAD_SETTING = message(
    "record.bad_setting",
    zh="{given} 不成立：应写作 字段=值，列表用序号，如 lines.0.lot_no=A1",
    en="{given} is not field=value; items of a list go by number, like lines.0.lot_no=A1",
)
MUST_KEEP = message(
    "document.must_keep",
    zh="原件 {sha256} 不得处置：{because}",
    en="the original {sha256} may not be disposed of: {because}",
)
NO_DOCUMENT = message(
    "document.not_found", zh="没有原件 {sha256}", en="there is no original {sha256}"
)

CONFIRM_AT_ONCE = 200
"""Records confirmed as one group, all or none."""


def record_at(house: House, at: Snapshot, seq: int) -> StoredRecord:
    """Raises Misuse when the entry is no record or is not known at the snapshot."""
    found = house.store.record(at, seq)
    if found is None:
        raise Misuse(NO_RECORD, seq=seq)
    return found


def waiting(house: House, kinds: Sequence[str]) -> list[StoredRecord]:
    """Records that wait for confirmation, oldest first."""
    return list(house.store.records(house.now(), kinds, states=[State.PENDING]))


def handed_in_by(house: House, records: Iterable[StoredRecord], actor: str) -> set[int]:
    """Those of the records that a person entered, or whose original he handed in."""
    listed = list(records)
    documents = {one.document for one in listed if one.document}
    received = {
        document.sha256
        for document in house.store.documents(house.now(), sha256=documents)
        if document.received_by == actor
    }
    return {one.seq for one in listed if one.actor == actor or one.document in received}


def confirm(house: House, signature: Signature, seqs: Sequence[int]) -> int:
    """Sign pending records; how many. Raises Misuse or Refused before anything is signed."""
    at = house.now()
    records = [record_at(house, at, seq) for seq in dict.fromkeys(seqs)]
    for record in records:
        if record.state is not State.PENDING:
            raise Refused(NOT_PENDING, seq=record.seq, state=record.state.value)
    own = handed_in_by(house, records, signature.actor)
    if own:
        raise Refused(OWN_DOCUMENT, seq=min(own))
    ordered = [record.seq for record in records]
    for start in range(0, len(ordered), CONFIRM_AT_ONCE):
        house.journal.confirm(signature, ordered[start : start + CONFIRM_AT_ONCE])
    return len(ordered)


def correct(house: House, actor: str, seq: int, settings: Sequence[str], reason: str) -> Written:
    """Supersede a record by one with some fields changed. Raises Misuse on a field that is none,
    AnswerIsNo when what results is no record."""
    stored = record_at(house, house.now(), seq)
    if stored.record is None:
        raise Misuse(NO_RECORD, seq=seq)
    values = codec.dump(stored.record)
    for given in settings:
        _put(values, given)
    kind = type(stored.record)
    changed: Record = codec.load(kind.kind, kind.version, values)
    return house.journal.correct(actor, seq, changed, reason)


def _put(values: dict[str, Any], given: str) -> None:
    path, equals, text = given.partition("=")
    *steps, last = path.split(".")
    place: Any = values
    try:
        for step in steps:
            place = place[int(step)] if isinstance(place, list) else place.setdefault(step, {})
        if isinstance(place, list):
            place[int(last)] = text
        elif not equals or not last or not isinstance(place, dict):
            raise Misuse(BAD_SETTING, given=given)
        elif text:
            place[last] = text
        else:
            place.pop(last, None)
    except (ValueError, IndexError) as wrong:
        raise Misuse(BAD_SETTING, given=given) from wrong


def dispose(house: House, lang: Lang, signature: Signature, sha256: str) -> Entry:
    """Remove an original whose duties have all ended. Raises Refused with the reason and the cure
    while one runs, is not settled, or a legal hold stands."""
    import checks.rules
    from checks.disposal import disposal_allowed, note_refused
    from checks.verdicts import Result

    assert checks.rules  # enters the question
    at = house.now()
    document = house.store.document(at, sha256)
    if document is None or document.state == "disposed":
        raise Misuse(NO_DOCUMENT, sha256=sha256)
    verdict = disposal_allowed(house.journal, sha256, at.valid_at)
    if verdict.result is not Result.PASS:
        why = signature.reason or ""
        note_refused(house.journal, signature.actor, "disposal", why, at.valid_at, (verdict,))
        said = [verdict.found.text(lang), *(cure.what.text(lang) for cure in verdict.cures)]
        raise Refused(MUST_KEEP, sha256=sha256, because="; ".join(said))
    return house.journal.dispose(
        signature.actor,
        sha256,
        signature.reason or "",
        disposed_on=at.valid_at.isoformat(),
        known_at=at.known_at,
        verdict_sha256=verdict.said(),
        signature=house.people.signed(signature),
    )
