"""One full example of every record kind, as the plain values a parser would give."""

from __future__ import annotations

from typing import Any

from audit.records import KINDS, Record

PRODUCT: dict[str, Any] = {
    "name": "一次性使用导管",
    "model": "XL-10",
    "spec": "10 mm",
    "registration_no": "国械注准20203140123",
    "registrant": "示例医疗器械有限公司",
    "production_licence_no": "沪药监械生产许20242792号",
    "di": "06901234567892",
}
LOT: dict[str, Any] = {
    **PRODUCT,
    "lot_no": "A1B2",
    "production_date": "2024-05",
    "expiry": "2027-05-31",
    "udi": "(01)06901234567892(10)A1B2",
}
MANY: dict[str, Any] = {**LOT, "quantity": "10.00", "unit": "盒", "package_level": "inner"}
PRICE: dict[str, Any] = {"unit_price": "99.50", "amount": "995.00", "tax_rate": "0.13"}
SUPPLIER: dict[str, Any] = {
    "name": "供货医疗器械有限公司",
    "uscc": "91310000MA1K35XY0A",
    "address": "上海市某路 1 号",
    "contact": "021-00000000",
    "licence_no": "沪浦药监械经营许20230001号",
}
BUYER: dict[str, Any] = {
    "name": "某市人民医院",
    "address": "某市某路 2 号",
    "contact": "张三 13800000000",
    "licence_no": "PDY10001X31010117A1001",
}
OPERATOR: dict[str, Any] = {
    "name": "李四",
    "origin": "source_login",
    "source_user": "u17",
    "source_time": "2026-01-05T09:30:00+08:00",
}
PLACE: dict[str, Any] = {"warehouse": "一号库", "zone": "冷库", "bin": "A-01-02"}
SCOPE: list[dict[str, Any]] = [
    {"catalogue": "2017", "code": "03", "device_class": 3, "written": "03 神经和心血管手术器械"},
    {"catalogue": "2002", "code": "6840", "exclude": "体外诊断试剂", "cold": "no"},
]
LICENCE: dict[str, Any] = {
    "number": "沪浦药监械经营许20230001号",
    "paper": "issued",
    "issued_on": "2023-03-01",
    "valid_on": "2023-03-01",
    "valid_to": "2028-02-29",
    "holder": SUPPLIER,
    "legal_representative": "王五",
    "responsible_person": "赵六",
    "domicile": "上海市某路 1 号",
    "premises": ["上海市某路 1 号"],
    "scope": SCOPE,
    "authority": "某区市场监督管理局",
}

EXAMPLES: dict[str, dict[str, Any]] = {
    "device": {
        **PRODUCT,
        "agency": "GS1",
        "packages": [
            {"di": "16901234567899", "level": "case", "contains": "06901234567892", "count": 20}
        ],
        "device_class": 3,
        "catalogue_code": "03-13-06",
        "implantable": "no",
        "storage": {"low": "2", "high": "8", "written": "2~8℃"},
        "transport": {"high": "25"},
        "shelf_life": {"months": 36, "counted_from": "production"},
        "published_on": "2022-06-01",
        "source_version": "3",
    },
    "registration_certificate": {
        "registration_no": "国械注准20203140123",
        "paper": "initial",
        "issued_on": "2020-02-17",
        "registrant": {"name": "示例医疗器械有限公司"},
        "name": "一次性使用导管",
        "models": ["XL-10"],
        "device_class": 3,
        "periods": [
            {"valid_from": "2020-02-17", "valid_until": "2025-02-16", "approved_on": "2020-02-17"}
        ],
    },
    "lot": {
        "di": "06901234567892",
        "lot_no": "A1B2",
        "source": "label",
        "production_date": "2024-05",
        "expiry": "none",
    },
    "conformity_certificate": {**LOT, "certificate_no": "HG-1", "conforms": True},
    "product_approval": {
        **PRODUCT,
        "supplier": SUPPLIER,
        "outcome": "approved",
        "approved_on": "2024-01-05",
        "approvers": ["钱七"],
        "label_sample": "0" * 64,
        "seal_confirmed_by": "李四",
    },
    "party": {**{k: SUPPLIER[k] for k in ("name", "uscc", "address", "contact")},
              "roles": ["supplier"], "former_names": ["供货公司(旧名)"]},
    "business_licence": {
        "uscc": "91310000MA1K35XY0A",
        "name": "供货医疗器械有限公司",
        "legal_representative": "王五",
        "issued_on": "2019-01-01",
    },
    "operating_licence": {**LICENCE, "mode": "wholesale", "warehouses": ["上海市某路 3 号"]},
    "class_ii_filing": {
        **{k: v for k, v in LICENCE.items() if k != "valid_to"},
        "number": "沪浦药监械经营备20230001号",
        "mode": "wholesale",
        "warehouses": [],
    },
    "production_licence": {**LICENCE, "number": "沪药监械生产许20242792号"},
    "institution_licence": {"number": "PDY10001X31010117A1001", "holder": BUYER,
                            "issued_on": "2022-01-01", "valid_to": "2037-01-01"},
    "authorisation_letter": {
        "type": "supplier_salesperson",
        "grantor": SUPPLIER,
        "salesperson": "孙八",
        "id_number": "11010519491231002X",
        "items": [{"registration_no": "国械注准20203140123"}],
        "regions": ["上海市"],
        "valid_on": "2026-01-01",
        "valid_to": "2026-12-31",
        "seal_confirmed_by": "李四",
    },
    "party_approval": {
        "party": SUPPLIER,
        "dealing_as": "supplier",
        "outcome": "approved",
        "approved_on": "2024-01-04",
        "licence_nos": ["沪浦药监械经营许20230001号"],
    },
    "purchase_order": {
        "order_no": "PO-2026-001",
        "supplier": SUPPLIER,
        "ordered_on": "2026-01-02",
        "lines": [{**PRODUCT, **PRICE, "quantity": "10", "unit": "盒", "line_no": "1"}],
    },
    "sales_order": {
        "order_no": "SO-2026-001",
        "buyer": BUYER,
        "ordered_on": "2026-01-08",
        "lines": [{**PRODUCT, **PRICE, "quantity": "10", "unit": "盒"}],
    },
    "invoice": {
        "form": "digital_special",
        "number": "24952000000110579895",
        "issued_on": "2026-01-09",
        "seller": SUPPLIER,
        "buyer": BUYER,
        "lines": [
            {"name": "*医疗仪器器械*导管", "amount": "880.53", "tax": "114.47", "tax_rate": "0.13"}
        ],
        "amount": "880.53",
        "tax": "114.47",
        "total": "995.00",
        "drawer": "周九",
        "fiscal_year": 2026,
    },
    "delivery_note": {
        "number": "SH-1",
        "direction": "supplier",
        "supplier": SUPPLIER,
        "consignee": {"name": "本公司", "contact": "吴十"},
        "ship_to": "某市某路 5 号",
        "shipped_on": "2026-01-03",
        "seal": {"kind": "outbound", "confirmed_by": "李四", "confirmed_on": "2026-01-05"},
        "lines": [{**MANY, "storage_text": "2~8℃"}],
    },
    "goods_in_inspection": {
        **MANY,
        "record_no": "YS-1",
        "line_no": "1",
        "supplier": SUPPLIER,
        "purchased_on": "2026-01-02",
        "inspected_on": "2026-01-05",
        "conclusion": "accepted",
        "accepted_quantity": "10",
        "inspector": OPERATOR,
        "cold": {
            "mode": "refrigerated_vehicle",
            "departed_at": "2026-01-04T20:00:00+08:00",
            "arrived_at": "2026-01-05T08:00:00+08:00",
            "arrival_temperature": "4.5",
        },
        "place": PLACE,
    },
    "put_away": {**MANY, "record_no": "RK-1", "put_away_on": "2026-01-05", "place": PLACE},
    "stock_movement": {
        **MANY,
        "record_no": "YK-1",
        "reason": "status",
        "moved_on": "2026-01-06",
        "place_from": PLACE,
        "place_to": {**PLACE, "zone": "合格品区"},
        "status_to": "qualified",
    },
    "opening_balance": {**MANY, "as_of": "2026-01-01", "place": PLACE},
    "quality_hold": {
        "hold_no": "SD-1",
        "subjects": [{"di": "06901234567892", "lot_no": "A1B2"}],
        "reason": "excursion",
        "why": "冷库温度超标",
        "placed_on": "2026-01-07",
        "operator": OPERATOR,
    },
    "quality_release": {
        "hold_no": "SD-1",
        "outcome": "freed",
        "why": "超标未影响质量",
        "released_on": "2026-01-08",
    },
    "sales_record": {
        **MANY,
        **PRICE,
        "record_no": "XS-1",
        "line_no": "1",
        "sold_on": "2026-01-09",
        "buyer": BUYER,
        "ship_to": "某市某路 2 号",
        "salesperson": "郑某",
        "operator": OPERATOR,
    },
    "outbound_check": {
        **MANY,
        "record_no": "CK-1",
        "buyer": BUYER,
        "checked_on": "2026-01-09",
        "operator": OPERATOR,
    },
    "transport_record": {
        "record_no": "YS-2026-1",
        "consignee": BUYER,
        "ship_to": "某市某路 2 号",
        "mode": "refrigerated_vehicle",
        "plate": "沪A00000",
        "staff": ["司机甲"],
        "shipped_on": "2026-01-09",
        "delivery_note_nos": ["FH-1"],
        "lines": [MANY],
    },
    "customer_acceptance": {
        "delivery_note_no": "FH-1",
        "customer": BUYER,
        "accepted_on": "2026-01-09",
        "signed_by": "收货员乙",
        "lines": [{**MANY, "accepted_quantity": "10"}],
    },
    "return_record": {
        **MANY,
        "record_no": "TH-1",
        "direction": "from_customer",
        "returned_on": "2026-02-01",
        "outbound_no": "CK-1",
        "party": BUYER,
        "conditions_text": "2~8℃",
        "reason": "多发",
        "state": "完好",
        "inspector": OPERATOR,
    },
    "temperature_log": {
        "form": "series",
        "logger": "L-001",
        "run": "7",
        "zone": "Asia/Shanghai",
        "interval_seconds": 300,
        "count": 288,
        "first": "2026-01-04T20:00:00+08:00",
        "last": "2026-01-05T20:00:00+08:00",
        "min": "2.1",
        "max": "7.9",
        "chunks": ["a" * 64],
        "place": {"vehicle": "沪A00000", "shipment_no": "FH-1"},
    },
    "calibration_certificate": {
        "equipment_no": "L-001",
        "certificate_no": "JZ-1",
        "calibrated_on": "2025-06-01",
        "valid_to": "2026-05-31",
        "points": ["2", "8.0"],
    },
    "approval": {
        "purpose": "采购订单审批",
        "subject_kind": "purchase_order",
        "subject_identity": "order:po:PO-2026-001",
        "subject_streams": ["order:po:PO-2026-001"],
        "digest": "b" * 64,
        "outcome": "approved",
        "approver": OPERATOR,
        "approved_on": "2026-01-02",
    },
    "external_code": {
        "system": "hospital",
        "owner": "某市人民医院",
        "type": "物资编码",
        "code": "H-00123",
        "subject": "device:di:06901234567892",
        "valid_on": "2026-01-01",
    },
}  # fmt: skip


def example(kind: str, **changes: Any) -> Record:
    """The example record of a kind, some fields replaced."""
    return KINDS[kind].model_validate({**EXAMPLES[kind], **changes})
