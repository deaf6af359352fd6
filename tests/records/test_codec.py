"""Records to plain values and back."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any, ClassVar

import pytest

from audit.records import KINDS, Record
from audit.records.codec import (
    UPCASTERS,
    RecordNotValid,
    digest,
    dump,
    load,
    load_schema,
    upcaster,
)
from audit.records.model import term
from base.errors import Misuse
from tests.records.examples import example


def leaves(value: Any) -> Iterator[Any]:
    if isinstance(value, dict):
        assert all(isinstance(key, str) for key in value)
        for inner in value.values():
            yield from leaves(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from leaves(inner)
    else:
        yield value


@pytest.mark.parametrize("kind", sorted(KINDS))
def test_every_kind_survives_the_way_through_plain_json(kind: str) -> None:
    record = example(kind)
    data = dump(record)
    assert all(type(leaf) in (str, int, bool) for leaf in leaves(data))
    back = load(kind, KINDS[kind].version, json.loads(json.dumps(data)))
    assert back == record and dump(back) == data and digest(back) == digest(record)
    assert load_schema(record.schema_name(), data) == record


def test_digests_follow_the_content_and_nothing_else() -> None:
    one, same = example("sales_record", quantity="10"), example("sales_record", quantity="10.0")
    other = example("sales_record", quantity="11")
    assert digest(one) == digest(same) != digest(other)
    assert len(digest(one)) == 64


def test_an_unknown_kind_or_a_version_from_the_future_is_refused() -> None:
    with pytest.raises(Misuse, match=r"record\.kind_unknown"):
        load("no_such_kind", 1, {})
    for version in (0, 99):
        with pytest.raises(Misuse, match=r"record\.version_unknown"):
            load("party", version, {"name": "x"})


def test_what_makes_no_record_says_where_it_is_wrong_and_repeats_no_value() -> None:
    data = dump(example("sales_record"))
    data["buyer"]["contact"] = {"secret": "13800000000"}
    del data["sold_on"]
    with pytest.raises(RecordNotValid) as caught:
        load("sales_record", 1, data)
    assert {path for path, _ in caught.value.faults} == {"sold_on", "buyer.contact"}
    assert "13800000000" not in str(caught.value) + caught.value.text("zh")


def test_a_field_nobody_declared_is_refused() -> None:
    with pytest.raises(RecordNotValid):
        load("party", 1, {"name": "x", "nickname": "y"})


def test_older_versions_are_lifted_step_by_step(monkeypatch: pytest.MonkeyPatch) -> None:
    class Third(Record):
        kind: ClassVar[str] = "third"
        version: ClassVar[int] = 3
        whole: str = term("整体", "Whole")

    monkeypatch.setitem(KINDS, "third", Third)
    upcaster("third", 1)(lambda old: {"a": old["x"], "b": old["y"]})
    upcaster("third", 2)(lambda old: {"whole": old["a"] + old["b"]})
    try:
        for version, data in ((1, {"x": "p", "y": "q"}), (2, {"a": "p", "b": "q"})):
            assert load("third", version, data) == Third(whole="pq")
        with pytest.raises(ValueError, match="declared twice"):
            upcaster("third", 1)(lambda old: old)
    finally:
        del UPCASTERS["third", 1], UPCASTERS["third", 2]
    with pytest.raises(Misuse):
        load("third", 1, {"x": "p", "y": "q"})
