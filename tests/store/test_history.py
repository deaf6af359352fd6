"""Any history, looked at as of an earlier ledger size, is what that many entries alone give."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine, create_engine, select

from audit.journal import Journal
from audit.records.product import LotSource
from audit.store import State, Store, rebuild, verify_deep
from audit.store import tables as t
from audit.store.replay import scratch
from base.errors import DeviceTrailError, message
from tests.journal.making import (
    CLERK,
    HEAD,
    QUALITY,
    device,
    draft,
    lot_by_di,
    lot_by_number,
    new_journal,
    now,
    paper,
    read_of,
    sale,
    signed,
)

SCRAWL = message("test.scrawl", zh="字迹不清（{page}）", en="cannot be read ({page})")
small = st.integers(0, 3)
step = st.one_of(
    st.tuples(st.just("device"), small),
    st.tuples(st.just("lots"), small),
    st.tuples(st.just("sale"), small, small),
    st.tuples(st.just("confirm"), small),
    st.tuples(st.just("refuse"), small),
    st.tuples(st.just("correct"), small, small),
    st.tuples(st.just("link"), small, small),
    st.tuples(st.just("unlink"), small, small),
    st.tuples(st.just("document"), small),
    st.tuples(st.just("quarantine"), small),
    st.tuples(st.just("release"), small),
    st.tuples(st.just("finding"), small, st.sampled_from(["opened", "waived", "reopened"])),
    st.tuples(st.just("hold"), small),
    st.tuples(st.just("lift"), small, st.sampled_from([QUALITY, HEAD])),
    st.tuples(st.just("erase"), small),
)


def act(journal: Journal, what: tuple[Any, ...]) -> None:
    """One deed of an office; what the journal refuses simply does not happen."""
    verb, n, *more = what
    pending = [r.seq for r in journal.store.records(now(journal), KINDS, states=[State.PENDING])]
    live = list(journal.store.records(now(journal), KINDS))
    if verb == "device":
        made = device(f"导管{n}", model=f"XL-{n}", di=f"0690123456789{n}")
        journal.append_records(CLERK, [draft(made)])
    elif verb == "lots":
        one = [lot_by_di(f"L{n}"), lot_by_number(f"L{n}", LotSource.SYSTEM)]
        journal.append_records(CLERK, [draft(record) for record in one])
    elif verb == "sale":
        receipt = paper(journal, f"sale {n} {more}".encode())
        made = [draft(sale(f"XS{n}", quantity=more[0] + 1), receipt)]
        journal.append_records("source:erp", made, read=read_of(receipt))
    elif verb == "confirm" and n < len(pending):
        journal.confirm(signed(), [pending[n]])
    elif verb == "refuse" and n < len(pending):
        journal.refuse(signed(reason="看不清"), [pending[n]])
    elif verb == "correct" and n < len(live) and live[n].record is not None:
        changed = live[n].record.model_copy(update={"paper_location": f"柜{more[0]}"})
        journal.correct(CLERK, live[n].seq, changed, "笔误")
    elif verb in ("link", "unlink"):
        say = journal.link if verb == "link" else journal.unlink
        kind = "party:name:" if n % 2 else "lot:di:06901234567892/L"
        say(CLERK, f"{kind}{n}", f"{kind}{more[0]}", "同一对象")
    elif verb == "document":
        paper(journal, f"document {n}".encode())
    elif verb == "quarantine":
        receipt = paper(journal, f"document {n}".encode())
        journal.quarantine("system:reader", receipt.sha256, SCRAWL, {"page": n})
    elif verb == "release":
        for item in journal.store.quarantine(now(journal))[n : n + 1]:
            journal.release(CLERK, item.document, "retry")
    elif verb == "finding":
        said = {"fingerprint": f"f{n}", "rule": "cold-chain.gap", "subject": f"lot:{n}"}
        journal.note("system:engine", f"finding.{more[0]}", said)
    elif verb == "hold":
        journal.note(HEAD, "hold.placed", {"hold": f"h{n}", "subjects": [f"lot:{n}"]})
    elif verb == "lift":
        journal.note(more[0], "hold.lifted", {"hold": f"h{n}", "reason": "检查结束"})
    elif verb == "erase" and n < len(live):
        journal.erase(HEAD, [live[n].seq], "person.request")


KINDS = ["device", "lot", "sales_record"]


def visible(engine: Engine, log_id: int, size: int) -> dict[str, set[tuple[Any, ...]]]:
    """Every derived row as known at a ledger size: what ended later has not ended."""
    seen = {}
    with engine.connect() as connection:
        for table in t.DERIVED:
            rows = set()
            for row in connection.execute(select(table).where(table.c.log_id == log_id)):
                values = dict(row._mapping)
                if values["from_seq"] < size:
                    if values["to_seq"] is not None and values["to_seq"] >= size:
                        values["to_seq"] = None
                    rows.add(tuple(values.items()))
            seen[table.name] = rows
    return seen


def check_history(engine: Engine, folder: Path, steps: list[tuple[Any, ...]], cut: float) -> None:
    journal = new_journal(engine, folder)
    try:
        for what in steps:
            try:
                act(journal, what)
            except DeviceTrailError:
                continue
        log, size = journal.log, journal.log.size()
        for known in {max(1, int(size * cut)), size}:
            with scratch(log, known) as truth:
                expected = visible(truth.engine, log.log_id, known)
                found = visible(engine, log.log_id, known)
                for name in expected:
                    assert found[name] == expected[name], (name, known)
        assert verify_deep(log, journal.documents) == []
        before = visible(engine, log.log_id, size)
        assert rebuild(log) == size
        assert visible(engine, log.log_id, size) == before
    finally:
        journal.close()


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(step, max_size=14), st.floats(0, 1))
def test_any_history_at_an_earlier_size_is_what_that_many_entries_give(
    steps: list[tuple[Any, ...]], cut: float
) -> None:
    with tempfile.TemporaryDirectory() as folder:
        engine = create_engine(f"sqlite:///{Path(folder) / 'history.db'}")
        check_history(engine, Path(folder), steps, cut)
        engine.dispose()


@pytest.mark.slow
@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(step, max_size=30), st.floats(0, 1))
def test_any_long_history_at_an_earlier_size_is_what_that_many_entries_give(
    steps: list[tuple[Any, ...]], cut: float
) -> None:
    with tempfile.TemporaryDirectory() as folder:
        engine = create_engine(f"sqlite:///{Path(folder) / 'history.db'}")
        check_history(engine, Path(folder), steps, cut)
        engine.dispose()


def test_one_full_history_agrees_on_both_databases(
    database_url: str, make_engine: Callable[[str], Engine], tmp_path: Path
) -> None:
    steps = [
        *[("device", 0), ("device", 1), ("lots", 0), ("sale", 0, 1), ("sale", 0, 2)],
        *[("confirm", 0), ("correct", 0, 1), ("confirm", 1), ("refuse", 0), ("lots", 1)],
        *[("link", 0, 2), ("link", 1, 3), ("unlink", 0, 2), ("document", 1)],
        *[("quarantine", 2), ("release", 0), ("finding", 1, "opened"), ("finding", 1, "waived")],
        *[("hold", 1), ("lift", 1, QUALITY), ("lift", 1, HEAD), ("erase", 1)],
    ]
    check_history(make_engine(database_url), tmp_path, steps, 0.6)


def test_an_old_question_gets_the_old_answer(journal: Journal) -> None:
    journal.append_records(CLERK, [draft(device())])
    then = now(journal)
    journal.confirm(signed(), [1])
    today = now(journal)
    store: Store = journal.store
    assert [r.state for r in store.records(then, ["device"])] == [State.PENDING]
    assert [r.state for r in store.records(today, ["device"])] == [State.CONFIRMED]
    assert store.closure(then, f"device:di:{DI}") == {f"device:di:{DI}"}
    assert len(store.closure(today, f"device:di:{DI}")) == 2


DI = "06901234567892"
