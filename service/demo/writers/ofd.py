"""Invoices as OFD (GB/T 33190): a page, tags that point at it, attachments, and digests of all.

Every member is listed with its SM3 digest in the signature file; the seal itself is a placeholder,
since nobody but a tax bureau can make one.
"""

from __future__ import annotations

import base64
import hashlib
import io
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final
from xml.sax.saxutils import escape

from cryptography.hazmat.primitives import hashes

from service.demo.calendar import moment
from service.demo.model import Company, Invoice
from service.demo.writers.invoices import (
    FP,
    HEAD,
    day_padded,
    item_name,
    line_tax,
    original_xml,
    totals,
    xbrl,
)
from service.demo.writers.words import amount

_OFD: Final = 'xmlns:ofd="http://www.ofdspec.org/2016"'


def ofd(company: Company, invoice: Invoice, attachment: str, *, tampered: bool = False) -> bytes:
    """An invoice as OFD. attachment: `original` (older invoices), `xbrl`, `none` (tags only).

    tampered: one member was changed after the digests were taken.
    """
    fields = _page_fields(company, invoice)
    members = {
        "OFD.xml": _root(invoice, company),
        "Doc_0/Document.xml": _document(attachment != "none"),
        "Doc_0/PublicRes.xml": f'{HEAD}<ofd:Res {_OFD} BaseLoc="Res"><ofd:Fonts><ofd:Font ID="3" '
        'FontName="宋体" FamilyName="宋体"/></ofd:Fonts></ofd:Res>',
        "Doc_0/Pages/Page_0/Content.xml": _page(fields),
        "Doc_0/Tags/CustomTags.xml": f'{HEAD}<ofd:CustomTags {_OFD}><ofd:CustomTag TypeID="fp">'
        "<ofd:FileLoc>Tag_Invoice.xml</ofd:FileLoc></ofd:CustomTag></ofd:CustomTags>",
        "Doc_0/Tags/Tag_Invoice.xml": _tags(fields),
    }
    if attachment != "none":
        name = "original_invoice.xml"
        if attachment == "xbrl":
            key = (invoice.code or "") + invoice.number
            name = f"inv_ord_issuer_{invoice.issued:%Y%m%d}_{key}.xml"
        body = xbrl(company, invoice) if attachment == "xbrl" else original_xml(company, invoice)
        members["Doc_0/Attachs/Attachments.xml"] = (
            f'{HEAD}<ofd:Attachments {_OFD}><ofd:Attachment ID="1" Name="original_invoice" '
            f'Format="{"xbrl" if attachment == "xbrl" else "xml"}" Visible="false">'
            f"<ofd:FileLoc>{name}</ofd:FileLoc></ofd:Attachment></ofd:Attachments>"
        )
        members[f"Doc_0/Attachs/{name}"] = body
    files = {name: text.encode() for name, text in members.items()}
    files["Doc_0/Signs/Sign_0/Signature.xml"] = _signature(invoice, files)
    files["Doc_0/Signs/Signatures.xml"] = (
        f'{HEAD}<ofd:Signatures {_OFD}><ofd:MaxSignId>1</ofd:MaxSignId><ofd:Signature ID="1" '
        'Type="Seal" BaseLoc="/Doc_0/Signs/Sign_0/Signature.xml"/></ofd:Signatures>'
    ).encode()
    files["Doc_0/Signs/Sign_0/SignedValue.dat"] = b"sample seal: no tax bureau signed this"
    if tampered:
        page = "Doc_0/Pages/Page_0/Content.xml"
        total = str(totals(invoice).gross)
        digit = "8" if total.startswith("9") else "9"
        files[page] = files[page].replace(total.encode(), (digit + total[1:]).encode())
    return _zipped(files)


def _zipped(files: dict[str, bytes]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in files.items():
            archive.writestr(zipfile.ZipInfo(name, (2026, 10, 31, 9, 0, 0)), data)
    return out.getvalue()


def _root(invoice: Invoice, company: Company) -> str:
    sums = totals(invoice)
    seller, buyer = company.parties[invoice.seller], company.parties[invoice.buyer]
    custom = {
        "发票代码": invoice.code or "",
        "发票号码": invoice.number,
        "开票日期": day_padded(invoice),
        "合计金额": str(sums.net),
        "合计税额": str(sums.tax),
        "价税合计": str(sums.gross),
        "购买方名称": buyer.name,
        "购买方纳税人识别号": buyer.uscc,
        "销售方名称": seller.name,
        "销售方纳税人识别号": seller.uscc,
    }
    datas = "".join(
        f'<ofd:CustomData Name="{name}">{escape(value)}</ofd:CustomData>'
        for name, value in custom.items()
        if value
    )
    ident = hashlib.sha256(invoice.number.encode()).hexdigest()[:32]
    return (
        f'{HEAD}<ofd:OFD {_OFD} DocType="OFD" Version="1.1"><ofd:DocBody><ofd:DocInfo>'
        f"<ofd:DocID>{ident}</ofd:DocID><ofd:CreationDate>{invoice.issued}</ofd:CreationDate>"
        f"<ofd:CustomDatas>{datas}</ofd:CustomDatas></ofd:DocInfo>"
        "<ofd:DocRoot>Doc_0/Document.xml</ofd:DocRoot>"
        "<ofd:Signatures>/Doc_0/Signs/Signatures.xml</ofd:Signatures></ofd:DocBody></ofd:OFD>"
    )


def _document(attached: bool) -> str:
    attachments = "<ofd:Attachments>Attachs/Attachments.xml</ofd:Attachments>" if attached else ""
    return (
        f"{HEAD}<ofd:Document {_OFD}><ofd:CommonData><ofd:MaxUnitID>500</ofd:MaxUnitID>"
        "<ofd:PageArea><ofd:PhysicalBox>0 0 210 140</ofd:PhysicalBox></ofd:PageArea>"
        "<ofd:PublicRes>PublicRes.xml</ofd:PublicRes></ofd:CommonData><ofd:Pages>"
        '<ofd:Page ID="1" BaseLoc="Pages/Page_0/Content.xml"/></ofd:Pages>'
        f"<ofd:CustomTags>Tags/CustomTags.xml</ofd:CustomTags>{attachments}</ofd:Document>"
    )


@dataclass(frozen=True, slots=True)
class _Text:
    """A piece of text on the page. tag: path in the tag file, empty for mere decoration."""

    ident: int
    tag: str
    text: str
    x: float
    y: float


def _page_fields(company: Company, invoice: Invoice) -> list[_Text]:
    seller, buyer = company.parties[invoice.seller], company.parties[invoice.buyer]
    sums = totals(invoice)
    plain: list[tuple[str, str, float, float]] = [
        ("", "电子发票（增值税专用发票）", 70, 8),
        ("InvoiceCode", invoice.code or "", 160, 5),
        ("InvoiceNo", invoice.number, 160, 11),
        ("IssueDate", day_padded(invoice), 160, 17),
        ("Buyer/BuyerName", buyer.name, 30, 30),
        ("Buyer/BuyerTaxID", buyer.uscc, 30, 36),
        ("Seller/SellerName", seller.name, 130, 30),
        ("Seller/SellerTaxID", seller.uscc, 130, 36),
        ("TaxExclusiveTotalAmount", str(sums.net), 130, 100),
        ("TaxTotalAmount", str(sums.tax), 185, 100),
        ("", sums.words, 50, 107),
        ("TaxInclusiveTotalAmount", str(sums.gross), 160, 107),
        ("InvoiceClerk", invoice.drawer, 30, 128),
    ]
    for number, line in enumerate(invoice.lines):
        y = 52 + 6 * number
        at = f"GoodsInfos/GoodsInfo[{number}]"
        plain += [
            (f"{at}/Item", item_name(line), 8, y),
            (f"{at}/Specification", line.device.model, 62, y),
            (f"{at}/MeasurementDimension", line.device.unit, 90, y),
            (f"{at}/Quantity", str(line.quantity), 103, y),
            (f"{at}/Price", str(line.price), 118, y),
            (f"{at}/Amount", str(amount(line)), 140, y),
            (f"{at}/TaxScheme", f"{int(invoice.rate * 100)}%", 165, y),
            (f"{at}/TaxAmount", str(line_tax(line, invoice.rate)), 185, y),
        ]
    kept = [piece for piece in plain if piece[1]]
    return [_Text(20 + n, *piece) for n, piece in enumerate(kept)]


def _page(fields: Sequence[_Text]) -> str:
    objects = "".join(
        f'<ofd:TextObject ID="{one.ident}" Boundary="{one.x:g} {one.y:g} 60 5" Font="3" '
        f'Size="3.175"><ofd:TextCode X="0" Y="4" DeltaX="g {max(1, len(one.text) - 1)} 3.175">'
        f"{escape(one.text)}</ofd:TextCode></ofd:TextObject>"
        for one in fields
    )
    return (
        f"{HEAD}<ofd:Page {_OFD}><ofd:Area><ofd:PhysicalBox>0 0 210 140</ofd:PhysicalBox>"
        f'</ofd:Area><ofd:Content><ofd:Layer ID="2">{objects}</ofd:Layer></ofd:Content></ofd:Page>'
    )


def _tags(fields: Sequence[_Text]) -> str:
    tree: dict[str, list[_Text]] = {}
    for one in fields:
        if one.tag:
            tree.setdefault(one.tag.rpartition("/")[0], []).append(one)
    body = "".join(_tag(one) for one in tree.get("", []))
    for group in ("Buyer", "Seller"):
        inner = "".join(_tag(one) for one in tree.get(group, []))
        body += f"<fp:{group}>{inner}</fp:{group}>"
    goods = "".join(
        f"<fp:GoodsInfo>{''.join(_tag(one) for one in inner)}</fp:GoodsInfo>"
        for group, inner in tree.items()
        if group.startswith("GoodsInfos/")
    )
    body += f"<fp:GoodsInfos>{goods}</fp:GoodsInfos>"
    return f'{HEAD}<fp:eInvoice xmlns:fp="{FP}" version="1.0">{body}</fp:eInvoice>'


def _tag(one: _Text) -> str:
    name = one.tag.rpartition("/")[2]
    return f'<fp:{name}><fp:ObjectRef PageRef="1">{one.ident}</fp:ObjectRef></fp:{name}>'


def _signature(invoice: Invoice, files: dict[str, bytes]) -> bytes:
    references = "".join(
        f'<ofd:Reference FileRef="/{name}"><ofd:CheckValue>{_sm3(data)}</ofd:CheckValue>'
        "</ofd:Reference>"
        for name, data in files.items()
    )
    at = moment(invoice.issued, 10, 12)
    return (
        f'{HEAD}<ofd:Signature {_OFD}><ofd:SignedInfo><ofd:Provider ProviderName="sample" '
        'Company="sample" Version="1.0"/>'
        "<ofd:SignatureMethod>1.2.156.10197.1.501</ofd:SignatureMethod>"
        f"<ofd:SignatureDateTime>{at:%Y%m%d%H%M%S}</ofd:SignatureDateTime>"
        f'<ofd:References CheckMethod="1.2.156.10197.1.401">{references}</ofd:References>'
        '<ofd:StampAnnot ID="1" PageRef="1" Boundary="90 8 30 20"/></ofd:SignedInfo>'
        "<ofd:SignedValue>/Doc_0/Signs/Sign_0/SignedValue.dat</ofd:SignedValue></ofd:Signature>"
    ).encode()


def _sm3(data: bytes) -> str:
    digest = hashes.Hash(hashes.SM3())
    digest.update(data)
    return base64.b64encode(digest.finalize()).decode()
