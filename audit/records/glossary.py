"""The glossary: Chinese, English and code name of every kind and field, and of the trade's words.

`python -m audit.records.glossary` writes it to standard output; `docs/glossary.md` is that text.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from typing import Final

from audit.records import KINDS, Part, Record
from audit.records.completeness import demanded, parts_in

TERMS: Final[tuple[tuple[str, str, str], ...]] = (
    ("首营企业", "First approval of a supplier", "`party_approval`, dealing as supplier"),
    ("首营品种", "First approval of a product, per supplier", "`product_approval`"),
    ("购货者资质审核", "Customer qualification", "`party_approval`, dealing as customer"),
    ("注册人 / 备案人", "Registrant (class II, III) / filer (class I)", "`registrant`"),
    ("代理人", "Agent in China of a foreign registrant", "`agent`"),
    ("受托生产企业", "Contract manufacturer", "`contract_manufacturer`"),
    ("注册证", "Registration certificate", "`registration_certificate`, paper `initial`"),
    ("延续注册", "Renewal of a registration", "paper `renewal`"),
    ("变更注册 / 变更备案", "Change of a registration", "paper `change`"),
    ("受理通知书", "Acceptance notice", "paper `acceptance`"),
    ("视为准予延续", "Deemed renewed", "computed by rules, never stored"),
    ("注销 / 吊销 / 撤销", "Cancellation / revocation / annulment", "`cancellation.reason`"),
    ("第一类备案凭证", "Class I filing", "paper `filing`"),
    ("经营许可证", "Operating licence (class III)", "`operating_licence`"),
    ("第二类经营备案", "Class II operating filing", "`class_ii_filing`"),
    ("经营方式", "Mode: wholesale, retail or both", "`mode`"),
    ("经营范围", "Scope", "`scope`, one `ScopeItem` each"),
    ("分类目录", "Classification catalogue (2002: 68NN; 2017: 01 to 22)", "`catalogue`"),
    ("植入类", "Implantable", "`implantable`: yes, no, unknown"),
    ("唯一标识", "Unique device identification (UDI)", "`udi`, the full carrier"),
    ("产品标识", "Device identifier", "`di`"),
    ("生产标识", "Production identifier (lot, serial, dates)", "the other parts of `udi`"),
    ("发码机构", "Issuing agency (GS1, MA, AHM)", "`agency`"),
    ("合格证", "Certificate of conformity", "`conformity_certificate`"),
    ("灭菌日期", "Sterilisation date", "`sterilised_on`"),
    ("失效日期 / 使用期限", "Expiry / use-by", "`expiry`: stated, none, unknown"),
    ("进货查验", "Goods-in inspection", "`goods_in_inspection`"),
    ("待验区 / 合格品区 / 不合格品区", "Pending, qualified, nonconforming area", "`StockStatus`"),
    ("出库复核", "Outbound check", "`outbound_check`"),
    ("随货同行单", "Delivery note that travels with the goods", "`delivery_note`"),
    ("出库印章", "Outbound seal", "`seal`, confirmed by a person"),
    ("直调", "Direct shipment from supplier to buyer", "`direct`, `direct_reason`"),
    ("选配", "Selection by the hospital before the sale is certain", "`for_selection`"),
    ("销后退回 / 购进退出", "Return by a customer / to a supplier", "`return_record.direction`"),
    ("期初库存", "Opening balance", "`opening_balance`"),
    ("启运 / 到货", "Departure / arrival", "`departed_at`, `arrived_at`"),
    ("平均动力学温度", "Mean kinetic temperature (MKT)", "`mkt`"),
    ("授权书", "Authorisation letter, three types", "`authorisation_letter.type`"),
    ("窜货", "Sale outside the agreed territory", "region of ship-to against `regions`"),
    ("数电发票", "Fully digital invoice, 20-digit number", "`invoice`, form `digital_…`"),
    ("红字发票", "Red invoice, a reversal", "`red`, `red_of`"),
    ("价税合计", "Total with tax", "`total`"),
    ("统一社会信用代码", "Unified social credit code, GB 32100", "`uscc`"),
    ("医疗机构执业许可证", "Medical institution licence", "`institution_licence`"),
    ("质量管理人员", "Quality staff", "the role that confirms master data and releases"),
    ("原始凭证", "Original accounting voucher, kept 30 years", "retention class `accounting`"),
)


def glossary() -> str:
    """The whole glossary as Markdown."""
    return "\n".join((*_head(), *_kinds(), *_fields(), ""))


def _head() -> Iterator[str]:
    yield "# Glossary"
    yield ""
    yield "Written by `python -m audit.records.glossary`; a test keeps it in step with the models."
    yield ""
    yield "## Words of the trade"
    yield ""
    yield from _table(("Chinese", "English", "In the code"), TERMS)


def _kinds() -> Iterator[str]:
    yield ""
    yield "## Record kinds"
    yield ""
    yield "`pending`: waits for quality staff to confirm it. `signed`: counts only when signed."
    yield ""
    rows = [
        (cls.zh, cls.en, f"`{kind}`", cls.group, cls.retention.value, _waits(cls))
        for kind, cls in sorted(KINDS.items(), key=lambda item: (item[1].group, item[0]))
    ]
    yield from _table(("Chinese", "English", "Code", "Group", "Kept as", "Effective"), rows)


def _waits(cls: type[Record]) -> str:
    return "pending" if cls.master_data else "signed" if cls.frees_goods else "at once"


def _fields() -> Iterator[str]:
    yield ""
    yield "## Fields"
    yield ""
    yield "*p*: personal. *m*: sources that disagree open a finding. Articles: who demands it."
    for kind, cls in sorted(KINDS.items(), key=lambda item: (item[1].group, item[0])):
        yield ""
        yield f"### {cls.zh} · {cls.en} · `{kind}`"
        yield ""
        rows = [row for row in _rows(cls, "", demanded(cls)) if row[2] != "`paper_location`"]
        yield from _table(("Chinese", "English", "Code", "Unit", "Marks", "Article"), rows)


def _rows(cls: type[Part], prefix: str, articles: dict[str, str]) -> Iterator[tuple[str, ...]]:
    for name, field in cls.model_fields.items():
        extra = field.json_schema_extra
        assert isinstance(extra, dict)
        marks = ("p" if extra.get("personal") else "") + ("m" if extra.get("matters") else "")
        path = prefix + name
        unit, article = str(extra.get("unit", "")), articles.get(path, "")
        yield (str(extra["zh"]), str(extra["en"]), f"`{path}`", unit, marks, article)
        for inner, many in parts_in(field.annotation):
            yield from _rows(inner, f"{path}.*." if many else f"{path}.", articles)


def _table(head: tuple[str, ...], rows: object) -> Iterator[str]:
    assert isinstance(rows, list | tuple)
    yield "| " + " | ".join(head) + " |"
    yield "|" + "---|" * len(head)
    for row in rows:
        yield "| " + " | ".join(cell.replace("|", "\\|") for cell in row) + " |"


if __name__ == "__main__":
    sys.stdout.write(glossary())
