"""Deep verification names table, row and entry; nothing edited beside the log passes."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import pytest
from sqlalchemy import text

from audit.journal import Journal
from audit.ledger.problems import Layer, Problem
from audit.records import readings
from audit.records.cold_chain import LogForm, TemperatureLog
from audit.store import State, Store, rebuild, verify_deep
from audit.store import tables as t
from base.errors import IntegrityBroken, message
from tests.journal.making import (
    CLERK,
    HEAD,
    device,
    draft,
    lot_by_di,
    lot_by_number,
    now,
    paper,
    read_of,
    sale,
    signed,
)

SCRAWL = message("test.unreadable", zh="字迹不清", en="cannot be read")
LATER = message("test.judged_otherwise", zh="重新判定不同", en="judged otherwise")


def fill(journal: Journal) -> None:
    """At least one row in every derived table."""
    receipt = paper(journal)
    first = [draft(device(), receipt), draft(lot_by_di(), receipt), draft(lot_by_number(), receipt)]
    journal.append_records(CLERK, first, read=read_of(receipt))
    journal.confirm(signed(), [2])
    wide = [sale(f"XS{n}", lot_no=f"L{n}") for n in range(3)]
    journal.append_records("source:erp", [draft(one) for one in wide])
    journal.append_records(CLERK, [draft(hold(70))])
    aside = paper(journal, b"another paper")
    journal.quarantine("system:reader", aside.sha256, SCRAWL)
    said = {"fingerprint": "f1", "rule": "cold-chain.gap", "subject": "lot:1"}
    journal.note("system:engine", "finding.opened", said)
    journal.note(HEAD, "hold.placed", {"hold": "h1", "subjects": ["lot:1"]})
    journal.erase(HEAD, [8], "person.request")


def hold(count: int) -> object:
    from audit.records.holds import QualityHold

    lots = [{"di": "06901234567892", "lot_no": f"H{n}"} for n in range(count)]
    values = {"hold_no": "ZL-1", "subjects": lots, "reason": "suspected", "placed_on": "2026-03-01"}
    values["reason"] = next(iter(QualityHold.model_fields["reason"].annotation)).value  # type: ignore[union-attr, arg-type]
    return QualityHold.model_validate(values)


EDITS = {
    "read_record": "UPDATE read_record SET body = replace(body, '导管', '支架') WHERE seq = 2",
    "read_state": "UPDATE read_state SET state = 'confirmed' WHERE state = 'pending'",
    "read_ref": "DELETE FROM read_ref WHERE seq = 4 AND n = 0",
    "read_line": "UPDATE read_line SET start = start + 1",
    "read_subject": "UPDATE read_subject SET subject = 'lot:x' WHERE identifier LIKE 'lot:di%/A1'",
    "read_link": "UPDATE read_link SET to_seq = from_seq + 1",
    "read_receipt": "UPDATE read_receipt SET file_name = 'other.pdf'",
    "read_document": "UPDATE read_document SET state = 'rejected' WHERE to_seq IS NULL",
    "read_quarantine": "UPDATE read_quarantine SET state = 'released'",
    "read_finding": "UPDATE read_finding SET status = 'closed'",
    "read_fact": "DELETE FROM read_fact",
    "read_erasure": "INSERT INTO read_erasure SELECT log_id, 1, reason, actor, from_seq, to_seq"
    " FROM read_erasure",
}


def test_every_derived_table_has_its_edit() -> None:
    assert set(EDITS) == {table.name for table in t.DERIVED}


def test_an_edit_of_any_read_table_is_named(journal: Journal) -> None:
    fill(journal)
    assert verify_deep(journal.log, journal.documents) == []
    for table, edit in EDITS.items():
        with journal.log.engine.begin() as connection:
            assert connection.execute(text(edit)).rowcount > 0, table
        problems = verify_deep(journal.log, journal.documents)
        assert [p.layer for p in problems] == [Layer.READ_TABLE], table
        assert problems[0].subject.startswith(table), table
        assert problems[0].index is not None
        rebuild(journal.log)
    assert verify_deep(journal.log, journal.documents) == []


def test_the_first_changed_row_is_named_with_what_it_should_say(journal: Journal) -> None:
    journal.append_records(CLERK, [draft(device())])
    journal.append_records("source:erp", [draft(sale("XS1")), draft(sale("XS2"))])
    with journal.log.engine.begin() as connection:
        connection.execute(text("UPDATE read_state SET state = 'refused' WHERE seq IN (2, 3)"))
    (problem,) = verify_deep(journal.log, journal.documents)
    assert problem.index == 2
    assert problem.subject == "read_state (seq=2 from_seq=2).state"
    assert (problem.expected, problem.found) == ("effective", "refused")


def test_lost_and_rotten_originals_are_named(journal: Journal) -> None:
    lost, rotten, gone = (paper(journal, content) for content in (b"one", b"two", b"three"))
    journal.dispose(HEAD, gone.sha256, "retention.ended")
    journal.documents.path(lost.sha256).unlink()  # type: ignore[attr-defined]
    path = journal.documents.path(rotten.sha256)  # type: ignore[attr-defined]
    path.chmod(0o600)
    path.write_bytes(b"TWO")
    problems = verify_deep(journal.log, journal.documents)
    assert [(p.layer, p.index, p.found) for p in problems] == [
        (Layer.DOCUMENT, lost.seq, "missing"),
        (Layer.DOCUMENT, rotten.seq, "rotted"),
    ]


def series() -> tuple[TemperatureLog, dict[str, bytes]]:
    times = np.arange(1_772_323_200, 1_772_323_200 + 2_000 * 300, 300, dtype=np.int64)
    values = (500 + np.arange(2_000) % 100).astype(np.int16)
    chunks = readings.pack(times, values)
    log = TemperatureLog.model_validate(
        {
            "form": LogForm.SERIES,
            "logger": "LG-1",
            "zone": "Asia/Shanghai",
            "first": "2026-03-01T00:00:00Z",
            "last": "2026-03-07T22:35:00Z",
            "count": 2_000,
            "chunks": [chunk.sha256 for chunk in chunks],
        }
    )
    return log, {chunk.sha256: chunk.data for chunk in chunks}


def test_readings_come_back_and_a_changed_chunk_is_named(journal: Journal) -> None:
    record, chunks = series()
    (written,) = journal.append_records("source:logger", [draft(record)], readings=chunks)
    kept = journal.store.readings(now(journal), written.seq)
    assert kept == tuple(chunks.values())
    assert len(readings.unpack_all(kept)[0]) == 2_000
    engine = journal.log.engine
    with engine.begin() as connection:
        connection.execute(
            text("UPDATE reading_chunk SET data = :data WHERE sha256 = :sha256"),
            {"data": b"DTR1", "sha256": record.chunks[1]},
        )
    (problem,) = verify_deep(journal.log, journal.documents)
    assert (problem.layer, problem.index) == (Layer.PAYLOAD, written.seq)
    assert problem.subject == record.chunks[1]
    with engine.begin() as connection:
        connection.execute(text("DELETE FROM reading_chunk"))
    assert len(verify_deep(journal.log, journal.documents)) == 2
    with pytest.raises(IntegrityBroken, match=r"store\.chunk_missing"):
        journal.store.readings(now(journal), written.seq)


def test_rules_judge_again_on_what_the_payloads_say(journal: Journal) -> None:
    """A read row that was edited when a decision was made, and put back since."""
    fill(journal)

    def judge(truth: Store) -> Iterable[Problem]:
        states = {r.seq: r.state for r in truth.records(now(journal), ["device"])}
        if states != {2: State.REFUSED}:
            yield Problem(LATER, Layer.DECISION, 9, "refused", str(states[2]))

    (problem,) = verify_deep(journal.log, journal.documents, replayers=[judge])
    assert (problem.layer, problem.found) == (Layer.DECISION, "confirmed")
