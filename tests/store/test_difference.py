"""What verification says of a changed row: where, how, and never who."""

from __future__ import annotations

import orjson
import pytest

from audit.store.difference import difference


def body(**fields: object) -> str:
    return orjson.dumps(fields, option=orjson.OPT_SORT_KEYS).decode()


def test_a_changed_amount_is_named_by_its_path() -> None:
    one = body(amount="813.2", record_no="XS1", salesperson="孙七")
    other = body(amount="814.2", record_no="XS1", salesperson="孙七")
    assert difference("body", "sales_record", one, other) == ('amount: "813.2"', 'amount: "814.2"')


@pytest.mark.parametrize(
    ("kind", "one", "other", "path"),
    [
        ("sales_record", {"salesperson": "孙七"}, {"salesperson": "吴十"}, "salesperson"),
        ("sales_record", {"buyer": {"contact": "王五"}}, {"buyer": {"contact": "周八"}},
         "buyer.contact"),
        ("sales_record", {"buyer": {"contact": "王五"}}, {}, "buyer"),
        ("transport_record", {"staff": ["钱一"]}, {"staff": ["孙七"]}, "staff.0"),
        ("sales_record", {"secret": "孙七"}, {"secret": "吴十"}, "secret"),
        (None, {"name": "孙七"}, {"name": "吴十"}, "name"),
    ],
)  # fmt: skip
def test_a_person_is_never_printed(
    kind: str | None, one: dict[str, object], other: dict[str, object], path: str
) -> None:
    said = difference("body", kind, body(**one), body(**other))
    assert all(text.startswith(f"{path}: (") for text in said)
    assert said[0] != said[1]
    assert not any(name in "".join(said) for name in ("孙七", "吴十", "王五", "周八", "钱一"))


def test_a_body_that_is_no_json_any_more_is_not_printed() -> None:
    said = difference("body", "sales_record", body(salesperson="孙七"), '{"salesperson":"孙七')
    assert "孙七" not in "".join(said)


def test_what_people_wrote_is_not_printed() -> None:
    assert "王五" not in "".join(difference("file_name", None, "王五身份证.pdf", "x.pdf"))


def test_a_long_value_is_cut_around_the_first_difference() -> None:
    one, other = difference("key", None, "a" * 50 + "b" + "c" * 50, "a" * 50 + "x" + "c" * 50)
    assert one == "…" + "a" * 20 + "b" + "c" * 19 + "…"
    assert other == "…" + "a" * 20 + "x" + "c" * 19 + "…"


def test_a_state_stands_as_it_is() -> None:
    assert difference("state", None, "effective", "refused") == ("effective", "refused")
