"""Which subjects a record names, and in which role."""

from __future__ import annotations

from datetime import date

import pytest

from audit.records import KINDS, Record
from audit.records.completeness import demanded
from tests.records.examples import EXAMPLES, example


def named(record: Record) -> dict[str, set[str]]:
    roles: dict[str, set[str]] = {}
    for ref in record.refs():
        roles.setdefault(ref.role, set()).add(ref.identifier)
    return roles


def test_a_sale_names_lot_device_certificate_buyer_order_shipment_and_invoice() -> None:
    sale = example("sales_record", order_no="SO-1", delivery_note_no="FH-1", warehouse="一号库",
                   invoice_no="24952000000110579895", contract_manufacturer="代工厂")  # fmt: skip
    roles = named(sale)
    assert roles["lot"] == {"lot:di:06901234567892/A1B2"}
    assert roles["device"] == {"device:di:06901234567892"}
    assert roles["certificate"] == {"certificate:国准:2020:3:0123"}
    assert roles["order"] == {"order:so:SO-1"} and roles["shipment"] == {"shipment:FH-1"}
    assert roles["invoice"] == {"invoice:24952000000110579895"}
    assert roles["warehouse"] == {"warehouse:一号库"}
    assert roles["contract_manufacturer"] == {"party:name:代工厂"}
    assert roles["production_licence"] == {"licence:沪药监械生产许20242792"}


def test_lines_carry_their_number() -> None:
    line = EXAMPLES["delivery_note"]["lines"][0]
    note = example("delivery_note", order_no="PO-1", lines=[line, {**line, "lot_no": "C3"}])
    lots = {ref.line: ref.identifier for ref in note.refs() if ref.role == "lot"}
    assert lots == {0: "lot:di:06901234567892/A1B2", 1: "lot:di:06901234567892/C3"}
    assert named(note)["order"] == {"order:po:PO-1"}


@pytest.mark.parametrize(
    ("direction", "role", "order", "note"),
    [
        ("from_customer", "returner", "order:so:O-1", ("shipment", "shipment:N-1")),
        ("to_supplier", "supplier", "order:po:O-1", ("delivery", "delivery:name:某市人民医院/N-1")),
    ],
)
def test_a_return_names_the_papers_of_its_direction(
    direction: str, role: str, order: str, note: tuple[str, str]
) -> None:
    back = example("return_record", direction=direction, order_no="O-1", delivery_note_no="N-1",
                   out_of_custody_logger="L-9")  # fmt: skip
    roles = named(back)
    assert roles[role] == {"party:name:某市人民医院"} and roles["order"] == {order}
    assert roles[note[0]] == {note[1]} and roles["logger"] == {"logger:L-9"}


def test_a_hold_stops_a_lot_a_product_or_a_whole_certificate() -> None:
    subjects = [
        {"di": "06901234567892", "serial_no": "7"},
        {"di": "06901234567892"},
        {"registration_no": "国械注准20203140123", "whole_certificate": True},
    ]
    roles = named(example("quality_hold", subjects=subjects))
    assert roles["lot"] == {"lot:di:06901234567892/SN:7"}
    assert roles["device"] == {"device:di:06901234567892"}
    assert roles["certificate"] == {"certificate:国准:2020:3:0123"}
    assert roles["hold"] == {"hold:SD-1"} == named(example("quality_release"))["hold"]
    with pytest.raises(ValueError, match="names it"):
        example("quality_hold", subjects=[{"di": "06901234567892", "whole_certificate": True}])


def test_daily_aggregates_are_a_log_of_their_days() -> None:
    daily = [
        {"on": "2026-01-02", "min": "2.0", "max": "8.4", "alarm_high_minutes": 45},
        {"on": "2026-01-01", "min": "2.5", "max": "7.0", "sensor_timeout_minutes": 3},
    ]
    log = example("temperature_log", form="daily", daily=daily, run=None, first=None, last=None,
                  place={"warehouse": "一号库", "zone": "冷库"}, channel="2")  # fmt: skip
    assert log.identity() == "logger:L-001/2@2026-01-01..2026-01-02"
    assert log.occurred_on() == date(2026, 1, 2)
    assert named(log)["zone"] == {"zone:一号库/冷库"}
    for wrong in ({"form": "daily"}, {"first": None}, {"first": "2026-02-01T00:00:00+08:00"}):
        with pytest.raises(ValueError):
            example("temperature_log", **wrong)


def test_loggers_and_other_equipment_are_calibrated_under_their_own_keys() -> None:
    assert "logger" in named(example("calibration_certificate", laboratory="某计量院"))
    other = example("calibration_certificate", is_logger=False)
    assert named(other)["equipment"] == {"equipment:L-001"}
    assert (other.valid_from(), other.valid_until()) == (date(2025, 6, 1), date(2026, 5, 31))


def test_transport_is_known_by_number_waybill_or_shipment() -> None:
    own = example("transport_record", boxes=["B1"], loggers=["L-001"])
    waybill = example(
        "transport_record", record_no=None, waybill_no="SF1", carrier={"name": "承运"}
    )
    bare = example("transport_record", record_no=None)
    assert own.identity() == "no/YS-2026-1"
    assert waybill.identity() == "waybill/party:name:承运/SF1"
    assert bare.identity() == "shipment/FH-1/2026-01-09"
    assert {"box", "logger", "vehicle", "shipment"} <= set(named(own))


def test_a_customers_acceptance_is_known_by_what_it_answers() -> None:
    by_note, by_order = example("customer_acceptance"), example(
        "customer_acceptance", delivery_note_no=None, order_no="SO-1"
    )  # fmt: skip
    assert by_note.identity() == "party:name:某市人民医院/shipment/FH-1"
    assert by_order.identity() == "party:name:某市人民医院/order/SO-1@2026-01-09"


def test_an_invoice_line_names_a_subject_only_where_it_states_one() -> None:
    line = {**EXAMPLES["invoice"]["lines"][0], "registration_no": "国械注准20203140123",
            "spec": "XL-10", "lot_no": "A1B2"}  # fmt: skip
    invoice = example("invoice", lines=[line, EXAMPLES["invoice"]["lines"][0]], order_no="SO-1",
                      purchase_order_no="PO-1", delivery_note_no="FH-1")  # fmt: skip
    assert [ref.line for ref in invoice.refs() if ref.line is not None] == [0, 0, 0]
    assert named(invoice)["order"] == {"order:so:SO-1", "order:po:PO-1"}
    foreign = example("invoice", form="foreign", number="FA-1")
    assert foreign.identity() == "invoice:FA-1@party:uscc:91310000MA1K35XY0A"


def test_letters_and_approvals_name_who_gives_and_who_gets() -> None:
    letter = example("authorisation_letter", type="registrant_to_distributor", letter_no="SQ-1",
                     grantee={"name": "本公司"}, withdrawn_on="2026-06-30",
                     items=[{"registrant": "示例医疗器械有限公司"}])  # fmt: skip
    roles = named(letter)
    assert roles["letter"] == {"letter:registrant_to_distributor/uscc:91310000MA1K35XY0A/SQ-1"}
    assert roles["grantee"] == {"party:name:本公司"} and letter.valid_until() == date(2026, 6, 30)
    assert letter.identity().endswith("/withdrawn")
    refused = example("party_approval", outcome="refused")
    assert refused.valid_from() is None and example("party_approval").valid_from() is not None


def test_a_line_without_number_is_told_apart_by_its_lot() -> None:
    one, other = example("put_away"), example("put_away", lot_no="C3")
    assert one.identity() != other.identity()
    assert example("put_away", line_no="1").identity() == "RK-1#1"


def test_demanded_paths_keep_their_lines() -> None:
    paths = demanded(KINDS["delivery_note"])
    assert paths["lines.*.model"] == paths["lines.*.spec"] == "GSP 92(3)"
