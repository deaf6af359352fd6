"""Invoices in every structured form to one record; what the invoice itself disagrees on is kept.

数电票 XML, the XML and XBRL inside OFD and PDF, OFD tags, the QR payload, CII and UBL. Checked:
amount and tax make the total, the lines make the sums, words say the figures, the numbers agree,
credit codes carry their check character. Nothing of this rejects an invoice.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from decimal import Decimal
from typing import Final

from audit.records.model import RecordDraft
from audit.records.numbers import parse_uscc
from audit.records.provenance import Conflict, FieldSource, Source
from audit.records.trade import Invoice, InvoiceForm
from ingest.parsers.build import Word, as_text, draft
from ingest.parsers.labels import find_day
from ingest.parsers.money_words import amount_of_words
from ingest.readers.types import FieldValue, ReadDocument
from ingest.values import NotUnderstood, plain, read_number

PARSER: Final = "invoice/1"

_HEAD: Final = {
    "invoice_number": "number",
    "einvoice_id": "number",
    "invoice_code": "code",
    "check_code": "check_code",
    "seller_name": "seller.name",
    "seller_uscc": "seller.uscc",
    "seller_tax_id": "seller.uscc",
    "seller_address": "seller.address",
    "buyer_name": "buyer.name",
    "buyer_uscc": "buyer.uscc",
    "buyer_tax_id": "buyer.uscc",
    "buyer_address": "buyer.address",
    "total_without_tax": "amount",
    "total_tax": "tax",
    "total_with_tax": "total",
    "total_with_tax_words": "total_in_words",
    "currency": "currency",
    "order_number": "purchase_order_no",
    "drawer": "drawer",
    "payee": "payee",
    "reviewer": "reviewer",
    "remarks": "remark",
}
_LINE: Final = {
    "item_name": "name",
    "spec": "spec",
    "unit": "unit",
    "quantity": "quantity",
    "unit_price": "unit_price",
    "amount": "amount",
    "tax_amount": "tax",
    "tax_class_code": "tax_code",
    "lot": "lot_no",
}
_NUMERIC: Final = frozenset({"amount", "tax", "total", "quantity", "unit_price"})
_FEN: Final = Decimal("0.01")
_RED_OF: Final = re.compile(
    r"(?:被红冲蓝字.{0,8}发?票号码|对应正数发票(?:代码[:：]?\s*(?P<code>\d{10,12})\s*号码)|"
    r"对应蓝字发票号码)\s*[:：]?\s*(?P<number>\d{8,20})"
)
_RED_NOTICE: Final = re.compile(
    r"红字(?:发票)?(?:信息)?确认(?:单|信息)?编号\s*[:：]?\s*(\d{10,20})"
)
_QR_KINDS: Final = {
    "01": "paper_special",
    "04": "paper_ordinary",
    "08": "electronic_special",
    "10": "electronic_ordinary",
    "31": "digital_special",
    "32": "digital_ordinary",
    "51": "rail",
    "61": "air",
}


def is_invoice(read: ReadDocument) -> bool:
    """Whether a reader found the fields of an invoice."""
    names = {field.name for field in read.fields}
    return "invoice_number" in names and bool(names & {"total_with_tax", "total_without_tax"})


def parse_invoice(read: ReadDocument, document: str | None) -> RecordDraft:
    """The invoice with every source's word. Raises `NotARecord`."""
    said = [*_words(read.fields), *_qr(read.fields)]
    said += _form(said, read.fields)
    made = draft(Invoice, said, document=document, parser=PARSER)
    assert isinstance(made.record, Invoice)
    return replace(made, conflicts=(*made.conflicts, *_disagreements(made.record, made.sources)))


def _source(field: FieldValue) -> Source:
    return Source(field.source.value)


def _words(fields: Sequence[FieldValue]) -> Iterator[Word]:
    counted = _best_lines(fields)
    for field in fields:
        word = Word("", field.value, _source(field), str(field.place), field.confidence)
        if field.name == "issue_date":
            yield replace(word, field="issued_on", text=find_day(field.value))
        elif field.name in _HEAD:
            path = _HEAD[field.name]
            yield replace(word, field=path, text=_figure(path, field.value))
        elif field.name.startswith("lines."):
            _, number, name = field.name.split(".", 2)
            if _source(field) is Source.OFD_TAG and counted is not Source.OFD_TAG:
                continue  # tags run the lines together; a structured source tells them apart
            line = f"lines.{int(number) - 1}."
            if name in _LINE:
                path = _LINE[name]
                yield replace(word, field=line + path, text=_figure(path, field.value))
            elif name == "tax_rate":
                yield from _rate(word, line, field.value)


def _best_lines(fields: Sequence[FieldValue]) -> Source | None:
    sources = {_source(field) for field in fields if field.name.startswith("lines.")}
    return next((source for source in Source if source in sources), None)


def _figure(path: str, value: str) -> str | None:
    """Money as a printed invoice has it, `¥ 4,197.17`, without what is not the number."""
    if path not in _NUMERIC:
        return None
    return re.sub(r"[¥￥\s]", "", plain(value))


def _rate(word: Word, line: str, value: str) -> Iterator[Word]:
    """`13%`, `0.13`, `13.00` of the European forms, or 免税 and 不征税 in words."""
    try:
        rate = read_number(value)
    except NotUnderstood:
        yield replace(word, field=f"{line}tax_note")
        return
    if abs(rate) >= 1:
        rate /= 100
    yield replace(word, field=f"{line}tax_rate", text=str(rate))


def _qr(fields: Sequence[FieldValue]) -> Iterator[Word]:
    """The payload of the printed code. Its amount is without tax on older forms, with tax on
    fully digital ones; the last field is no checksum and is not looked at."""
    for field in fields:
        if field.name != "qr_payload":
            continue
        parts = [part.strip() for part in field.value.split(",")]
        if len(parts) < 6 or parts[0] != "01":
            continue
        word = Word("", field.value, _source(field), str(field.place), field.confidence)
        _, kind, code, number, amount, day = parts[:6]
        if code:
            yield replace(word, field="code", text=code)
        if number:
            yield replace(word, field="number", text=number)
        if amount:
            yield replace(word, field="total" if kind in ("31", "32") else "amount", text=amount)
        if day:
            yield replace(word, field="issued_on", text=day)
        if kind in _QR_KINDS:
            yield replace(word, field="form", text=_QR_KINDS[kind])


def _form(said: Sequence[Word], fields: Sequence[FieldValue]) -> Iterator[Word]:
    first = next(field for field in fields if field.name == "invoice_number")
    word = Word("form", "", _source(first), str(first.place))
    named = {field.name: field.value for field in reversed(fields)}
    if not any(one.field == "form" for one in said):
        yield replace(word, written=named.get("invoice_type", first.value), text=_form_code(named))
    total = next((one for one in said if one.field == "total"), None)
    negative = total is not None and plain(total.text or total.written).startswith("-")
    flagged = named.get("blue_invoice_flag", "").upper() == "N" or named.get(
        "red_invoice_flag", ""
    ).lower() in ("true", "y", "1", "是")
    if negative or flagged:
        yield replace(word, field="red", written="红字", text="是")
        remark = named.get("remarks", "")
        if found := _RED_OF.search(plain(remark)):
            yield replace(word, field="red_of", written=remark, text=found["number"])
            if found["code"]:
                yield replace(word, field="red_of_code", written=remark, text=found["code"])
        if notice := _RED_NOTICE.search(plain(remark)):
            yield replace(word, field="red_notice_no", written=remark, text=notice[1])


def _form_code(named: dict[str, str]) -> str:
    if "currency" in named or "seller_tax_id" in named:
        return "foreign"
    number, code = plain(named.get("invoice_number", "")), plain(named.get("invoice_code", ""))
    kind = named.get("invoice_type", "") + named.get("invoice_type_code", "")
    special = "专" in kind or kind.endswith("01")
    if len(number) == 20 and not code:
        return "digital_special" if special else "digital_ordinary"
    if len(code) == 12:
        return "electronic_special" if special or code.endswith("13") else "electronic_ordinary"
    if len(code) == 10:
        return "paper_special" if special else "paper_ordinary"
    return "other"


def _disagreements(invoice: Invoice, sources: Sequence[FieldSource]) -> Iterator[Conflict]:
    """Where an invoice contradicts itself. The stated value stays; the other one is computed."""
    kept = {source.field: source for source in reversed(sources)}

    def conflict(field: str, other: object, how: str) -> Iterator[Conflict]:
        stated = kept.get(field)
        if stated is not None:
            text = as_text(other)
            yield Conflict(field, stated, FieldSource(field, stated.source, text, "", how))

    net, tax = invoice.amount, invoice.tax
    if net is not None and tax is not None and abs(net + tax - invoice.total) > _FEN:
        yield from conflict("total", net + tax, "= amount + tax")
    if invoice.lines and invoice.form is not InvoiceForm.FOREIGN:  # those have allowances
        lines = sum((line.amount for line in invoice.lines), Decimal(0))
        if net is not None and abs(lines - net) > _FEN:
            yield from conflict("amount", lines, "= sum of lines.amount")
        taxes = [line.tax for line in invoice.lines if line.tax is not None]
        slack = _FEN * len(taxes)
        if tax is not None and len(taxes) == len(invoice.lines):
            total_tax = sum(taxes, Decimal(0))
            if abs(total_tax - tax) > slack:
                yield from conflict("tax", total_tax, "= sum of lines.tax")
    if invoice.total_in_words:
        words = amount_of_words(invoice.total_in_words)
        if words is not None and words != invoice.total and words != abs(invoice.total):
            yield from conflict("total", words, "= total_in_words")
    for field, code in (("seller.uscc", invoice.seller.uscc), ("buyer.uscc", invoice.buyer.uscc)):
        known = parse_uscc(code) if code else None
        if known is not None and known.warnings:
            from stdnum.cn import uscc  # loads tables: only where a code is odd

            right = known.value[:-1] + uscc.calc_check_digit(known.value[:-1])
            yield from conflict(field, right, "= check character of GB 32100")
    if len(plain(invoice.number)) == 20 and f"{invoice.issued_on:%y}" != invoice.number[:2]:
        yield from conflict("issued_on", f"20{invoice.number[:2]}", "= year in the invoice number")
