"""What every record kind must be able to say of itself."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from types import NoneType
from typing import Any, get_args

import pytest

from audit.records import KINDS, Part, Record
from audit.records.completeness import lacking, parts_in, personal_paths
from audit.records.model import register
from tests.records.examples import EXAMPLES, LICENCE, example

ALL = sorted(KINDS)


def parts_of(cls: type[Part]) -> set[type[Part]]:
    found: set[type[Part]] = set()
    waiting = [cls]
    while waiting:
        part = waiting.pop()
        if part not in found:
            found.add(part)
            for field in part.model_fields.values():
                waiting += [inner for inner, _ in parts_in(field.annotation)]
    return found


def test_every_kind_has_an_example() -> None:
    assert set(EXAMPLES) == set(KINDS)


@pytest.mark.parametrize("kind", ALL)
def test_every_kind_and_field_is_named_in_both_languages(kind: str) -> None:
    cls = KINDS[kind]
    assert cls.zh and cls.en and cls.group and cls.__doc__ and len(cls.__doc__) > 40
    for part in parts_of(cls):
        for name, field in part.model_fields.items():
            extra = field.json_schema_extra
            assert isinstance(extra, dict) and extra.get("zh") and extra.get("en"), (part, name)


@pytest.mark.parametrize("kind", ALL)
def test_every_quantity_has_a_unit(kind: str) -> None:
    for part in parts_of(KINDS[kind]):
        for name, field in part.model_fields.items():
            flat = (field.annotation, *get_args(field.annotation))
            if Decimal in flat and "Decimal" in str(field.annotation):
                extra: Any = field.json_schema_extra
                assert extra.get("unit"), f"{part.__name__}.{name} has no unit"


@pytest.mark.parametrize("kind", ALL)
def test_a_field_that_has_a_default_does_not_take_none_for_it(kind: str) -> None:
    """Absent and None are one thing in the stored form, so None may only mean absent."""
    for part in parts_of(KINDS[kind]):
        for name, field in part.model_fields.items():
            optional = NoneType in get_args(field.annotation)
            assert not optional or field.get_default(call_default_factory=True) is None, name


@pytest.mark.parametrize("kind", ALL)
def test_every_example_names_subjects_and_a_stable_identity(kind: str) -> None:
    record, again = example(kind), example(kind)
    assert record == again and record.identity() == again.identity() != ""
    streams = record.streams()
    assert streams and len(streams) <= 64
    for stream in streams:
        subject, _, rest = stream.partition(":")
        assert subject.isascii() and rest and not any(c.isspace() for c in stream)
    for ref in record.refs():
        assert ref.role
    assert all(a != b for a, b in record.links())
    assert type(record).affects or kind == "approval"


@pytest.mark.parametrize("kind", ALL)
def test_nothing_personal_stands_in_identity_or_streams(kind: str) -> None:
    record = example(kind)
    public = " ".join((record.identity(), *record.streams()))
    for path in personal_paths(type(record)):
        for value in values_at(record, path.split(".")):
            assert str(value) not in public, path


def values_at(value: Any, steps: list[str]) -> list[Any]:
    if value is None:
        return []
    if not steps:
        return list(value) if isinstance(value, tuple) else [value]
    if steps[0] == "*":
        return [found for one in value for found in values_at(one, steps[1:])]
    return values_at(getattr(value, steps[0]), steps[1:])


@pytest.mark.parametrize("kind", ALL)
def test_every_demanded_path_exists_and_names_its_article(kind: str) -> None:
    record = example(kind)
    for path, article in KINDS[kind].mandatory.items():
        assert any(char.isdigit() for char in article)
        lines, _, rest = path.rpartition(".*.")
        for one in rest.split("|"):
            part: Any = getattr(record, lines)[0] if lines else record
            for step in one.split(".")[:-1]:
                part = getattr(part, step)
            assert hasattr(part, one.split(".")[-1]), path


def test_a_sale_without_price_and_registrant_is_kept_and_both_are_reported() -> None:
    record = example("sales_record", unit_price=None, registrant=None)
    assert [(lack.path, lack.article) for lack in lacking(record)] == [
        ("unit_price", "GSP 84(1)"),
        ("registrant", "GSP 84(3)"),
    ]


def test_a_complete_sale_lacks_nothing_and_needs_no_production_date() -> None:
    assert lacking(example("sales_record", production_date=None)) == ()


def test_an_unknown_expiry_is_lacking_and_a_stated_absence_is_not() -> None:
    assert [lack.path for lack in lacking(example("sales_record", expiry="unknown"))] == ["expiry"]
    assert lacking(example("sales_record", expiry="none")) == ()


def test_an_imported_device_needs_no_chinese_production_licence() -> None:
    home = example("goods_in_inspection", production_licence_no=None)
    abroad = example(
        "goods_in_inspection", production_licence_no=None, registration_no="国械注进20203140123"
    )
    assert [lack.path for lack in lacking(home)] == ["production_licence_no|imported"]
    assert lacking(abroad) == ()


def test_a_retail_sale_does_not_ask_for_the_buyers_licence() -> None:
    buyer = {"name": "个人消费者"}
    wholesale = lacking(example("sales_record", buyer=buyer, ship_to=None))
    assert {lack.path for lack in wholesale} == {
        "ship_to|retail", "buyer.contact|retail", "buyer.licence_no|retail",
    }  # fmt: skip
    assert lacking(example("sales_record", buyer=buyer, ship_to=None, mode="retail")) == ()


def test_what_a_line_lacks_is_reported_with_the_lines_number() -> None:
    line = dict(EXAMPLES["delivery_note"]["lines"][0])
    bad = {**line, "registrant": None}
    note = example("delivery_note", lines=[line, bad], seal=None)
    assert [(lack.path, lack.article) for lack in lacking(note)] == [
        ("lines.1.registrant", "GSP 92(2)"),
        ("seal", "GSP 91"),
    ]


def test_a_direct_delivery_needs_its_mark_company_and_reason() -> None:
    note = example("delivery_note", direct=True)
    assert {lack.article for lack in lacking(note)} == {"GSP 93"} and len(lacking(note)) == 3


def test_a_rejected_lot_needs_fault_and_disposition() -> None:
    bad = example("goods_in_inspection", conclusion="rejected", accepted_quantity="0")
    assert {lack.path.split("|")[0] for lack in lacking(bad)} == {"fault", "disposition"}


def test_more_accepted_than_arrived_is_no_record() -> None:
    with pytest.raises(ValueError, match="more was accepted"):
        example("goods_in_inspection", accepted_quantity="11")


@pytest.mark.parametrize("kind", ["sales_record", "goods_in_inspection", "outbound_check"])
def test_a_lot_or_a_serial_number_is_needed(kind: str) -> None:
    with pytest.raises(ValueError, match="lot number or a serial"):
        example(kind, lot_no=None)
    assert example(kind, lot_no=None, serial_no="S1").streams()[0].endswith("/SN:S1")


def test_floats_are_refused_and_equal_amounts_are_one_content() -> None:
    with pytest.raises(ValueError, match="float"):
        example("sales_record", quantity=1.5)
    assert example("sales_record", quantity="10") == example("sales_record", quantity="10.000")
    assert example("sales_record", quantity=1000).model_dump(mode="json")["quantity"] == "1000"


def test_times_without_zone_are_refused() -> None:
    with pytest.raises(ValueError, match="timezone"):
        example("sales_record", operator={"name": "x", "origin": "typed",
                                          "source_time": "2026-01-05T09:30:00"})  # fmt: skip


def test_two_salespeople_with_letters_of_the_same_days_are_told_apart_without_their_numbers() -> (
    None
):
    one = example("authorisation_letter")
    other = example("authorisation_letter", id_number="110105199001011234", salesperson="另一人")
    assert one.identity() != other.identity()
    assert "11010519491231002X" not in one.identity()


def test_a_supplier_and_we_may_use_the_same_delivery_note_number() -> None:
    theirs = example("delivery_note")
    ours = example("delivery_note", direction="ours")
    assert theirs.identity() == "delivery:uscc:91310000MA1K35XY0A/SH-1"
    assert ours.identity() == "shipment:SH-1"


def test_devices_link_every_name_papers_may_use_but_never_all_models_of_a_certificate() -> None:
    device = example("device")
    assert set(device.links()) == {
        ("device:di:06901234567892", "device:di:16901234567899"),
        ("device:di:06901234567892", "device:reg:国械注准20203140123/XL-10,10MM"),
    }
    bare = example("device", model=None, spec=None, packages=[])
    assert list(bare.links()) == []


def test_a_party_is_found_under_former_names() -> None:
    assert list(example("party").links()) == [
        ("party:uscc:91310000MA1K35XY0A", "party:name:供货医疗器械有限公司"),
        ("party:uscc:91310000MA1K35XY0A", "party:name:供货公司(旧名)"),
    ]


def test_master_data_waits_and_releases_free_goods_only_when_signed() -> None:
    waiting = {kind for kind, cls in KINDS.items() if cls.master_data}
    assert waiting == {
        "device", "registration_certificate", "product_approval", "party", "business_licence",
        "operating_licence", "class_ii_filing", "production_licence", "institution_licence",
        "authorisation_letter", "party_approval", "opening_balance", "calibration_certificate",
        "external_code",
    }  # fmt: skip
    assert {kind for kind, cls in KINDS.items() if cls.frees_goods} == {"quality_release"}


def test_a_red_invoice_has_a_negative_total_and_names_what_it_reverses() -> None:
    with pytest.raises(ValueError, match="negative"):
        example("invoice", red=True)
    red = example("invoice", red=True, total="-995", amount="-880.53", tax="-114.47")
    assert [lack.path for lack in lacking(red)] == ["red_of|blue"]


def test_validity_is_of_the_kind_that_has_one() -> None:
    assert example("operating_licence").valid_until() == date(2028, 2, 29)
    assert example("class_ii_filing").valid_until() is None
    assert example("sales_record").valid_from() is None
    assert example("business_licence", cancelled_on="2025-01-01").valid_until() == date(2025, 1, 1)


def test_a_licence_without_an_end_is_refused_where_the_law_gives_it_one() -> None:
    bare = {**LICENCE, "valid_to": None}
    with pytest.raises(ValueError, match="until when"):
        KINDS["operating_licence"].model_validate(bare)
    with pytest.raises(ValueError, match="until when"):
        KINDS["production_licence"].model_validate(bare)
    assert KINDS["production_licence"].model_validate({**bare, "filing": True})


def test_two_kinds_cannot_take_one_name() -> None:
    with pytest.raises(ValueError, match="declared twice"):

        @register
        class Other(Record):
            kind = "device"
