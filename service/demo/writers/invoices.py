"""Invoices as XML: the tax bureau's own, the one inside an older OFD, and the accounting data.

Amounts are without tax a line, rounded to the fen. Signature values are placeholders, since nobody
but a tax bureau can make one.
"""

from __future__ import annotations

import base64
import hashlib
from dataclasses import dataclass
from datetime import datetime, time
from decimal import Decimal
from typing import Final
from xml.sax.saxutils import escape

from service.demo.model import Company, Invoice, Line
from service.demo.numbers import amount_in_words
from service.demo.writers.words import amount, fen

_SIGNED: Final = (
    "/Einvoice/Header|/Einvoice/EinvoiceData|/Einvoice/SellerAuthentication"
    "|/Einvoice/TaxSupervisionInfo|/Einvoice/TaxBureauSignature/SignatureTime"
)
_BUREAUS: Final = {
    "12": "天津市", "31": "上海市", "32": "江苏省", "33": "浙江省", "36": "江西省", "37": "山东省",
    "41": "河南省", "42": "湖北省", "44": "广东省",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Totals:
    """Of an invoice: without tax, tax, with tax."""

    net: Decimal
    tax: Decimal
    gross: Decimal

    @property
    def words(self) -> str:
        return amount_in_words(int(self.gross * 100))


def line_tax(line: Line, rate: Decimal) -> Decimal:
    """Tax of one line."""
    return fen(amount(line) * rate)


def totals(invoice: Invoice) -> Totals:
    """The sums of the lines."""
    net = sum((amount(line) for line in invoice.lines), Decimal(0))
    tax = sum((line_tax(line, invoice.rate) for line in invoice.lines), Decimal(0))
    return Totals(net, tax, net + tax)


def item_name(line: Line) -> str:
    """`*category*name`, as the tax bureau's coding has it."""
    return f"*{line.device.tax_category}*{line.device.name}"


def element(name: str, text: object, prefix: str = "") -> str:
    return f"<{prefix}{name}>{escape(str(text))}</{prefix}{name}>"


def digital_xml(company: Company, invoice: Invoice) -> bytes:
    """数电票 as the tax bureau hands it out in XML (vocabulary EInvoice 0.31)."""
    seller, buyer = company.parties[invoice.seller], company.parties[invoice.buyer]
    sums = totals(invoice)
    region = invoice.number[2:4]
    stamp = datetime.combine(invoice.issued, time(10, 12, 7))
    lines = "".join(_digital_line(line, invoice.rate) for line in invoice.lines)
    signature = base64.b64encode(hashlib.sha256(invoice.number.encode()).digest() * 2).decode()
    return f"""<?xml version="1.0" encoding="utf-8" standalone="yes"?>
<EInvoice>
  <Header>
    {element("EIid", invoice.number)}
    <EInvoiceTag>SWEI3200</EInvoiceTag>
    <Version>0.31</Version>
    <InherentLabel>
      <InIssuType><LabelCode>Y</LabelCode><LabelName>是否蓝字发票标志</LabelName></InIssuType>
      <EInvoiceType><LabelCode>01</LabelCode><LabelName>电子发票</LabelName></EInvoiceType>
      <GeneralOrSpecialVAT><LabelCode>01</LabelCode><LabelName>增值税专用发票</LabelName></GeneralOrSpecialVAT>
      <TaxpayerType><LabelCode>1</LabelCode><LabelName>一般纳税人</LabelName></TaxpayerType>
    </InherentLabel>
    <UndefinedLabel/>
  </Header>
  <EInvoiceData>
    <SellerInformation>
      {element("SellerIdNum", seller.uscc)}
      {element("SellerName", seller.name)}
      {element("SellerAddr", seller.address)}
      {element("SellerTelNum", seller.phone)}
    </SellerInformation>
    <BuyerInformation>
      {element("BuyerIdNum", buyer.uscc)}
      {element("BuyerName", buyer.name)}
    </BuyerInformation>
    <BasicInformation>
      {element("TotalAmWithoutTax", sums.net)}
      {element("TotalTaxAm", sums.tax)}
      {element("TotalTax-includedAmount", sums.gross)}
      {element("TotalTax-includedAmountInChinese", sums.words)}
      {element("Drawer", invoice.drawer)}
      {element("RequestTime", stamp)}
    </BasicInformation>
    {lines}<SpecificInformation/>
    <AdditionalInformation/>
  </EInvoiceData>
  <SellerAuthentication><AuthenticationMethods>01</AuthenticationMethods></SellerAuthentication>
  <TaxSupervisionInfo>
    {element("InvoiceNumber", invoice.number)}
    {element("IssueTime", invoice.issued)}
    {element("TaxBureauCode", f"1{region}00000000")}
    {element("TaxBureauName", f"国家税务总局{_BUREAUS.get(region, '示例')}税务局")}
  </TaxSupervisionInfo>
  <TaxBureauSignature>
    <Reference URI="{_SIGNED}"/>
    <SignatureAlgorithm>1.2.156.10197.1.501</SignatureAlgorithm>
    <SignatureFormat>DETACH</SignatureFormat>
    {element("SignatureTime", stamp)}
    {element("SignatureValue", signature)}
    <KeyInfo/>
  </TaxBureauSignature>
</EInvoice>
""".encode()


def _digital_line(line: Line, rate: Decimal) -> str:
    net, tax = amount(line), line_tax(line, rate)
    parts = [
        element("ItemName", item_name(line)),
        element("SpecMod", line.device.model),
        element("MeaUnits", line.device.unit),
        element("Quantity", line.quantity),
        element("UnPrice", line.price),
        element("Amount", net),
        element("TaxRate", rate),
        element("ComTaxAm", tax),
        element("TotaltaxIncludedAmount", net + tax),
        element("TaxClassificationCode", "1090511000000000000"),
    ]
    return f"<IssuItemInformation>{''.join(parts)}</IssuItemInformation>\n    "


HEAD: Final = '<?xml version="1.0" encoding="UTF-8"?>\n'
FP: Final = "http://www.edrm.org.cn/schema/e-invoice/2019"


def day_padded(invoice: Invoice) -> str:
    """2025年03月07日, as invoices print it."""
    return f"{invoice.issued:%Y年%m月%d日}"


def original_xml(company: Company, invoice: Invoice) -> str:
    """The XML that an older VAT invoice carries inside its OFD."""
    seller, buyer = company.parties[invoice.seller], company.parties[invoice.buyer]
    sums = totals(invoice)
    check = str(int(hashlib.sha256(invoice.number.encode()).hexdigest(), 16))[:20]
    graph = (
        f"01,10,{invoice.code},{invoice.number},{sums.net},{invoice.issued:%Y%m%d},{check},A1B2,"
    )
    goods = "".join(
        "<fp:GoodsInfo>"
        + element("Item", item_name(line), "fp:")
        + element("Specification", line.device.model, "fp:")
        + element("MeasurementDimension", line.device.unit, "fp:")
        + element("Price", line.price, "fp:")
        + element("Quantity", line.quantity, "fp:")
        + element("Amount", amount(line), "fp:")
        + element("TaxScheme", f"{int(invoice.rate * 100)}%", "fp:")
        + element("TaxAmount", line_tax(line, invoice.rate), "fp:")
        + "</fp:GoodsInfo>"
        for line in invoice.lines
    )
    head = "".join(
        element(name, text, "fp:")
        for name, text in (
            ("DocID", "01"),
            ("InvoiceCode", invoice.code or ""),
            ("InvoiceNo", invoice.number),
            ("TypeCode", "0"),
            ("IssueDate", day_padded(invoice)),
            ("InvoiceCheckCode", check),
            ("MachineNo", "661900000001"),
        )
    )
    return (
        f'{HEAD}<eInvoice xmlns:fp="{FP}" Version="1.0">{head}<fp:Buyer>'
        + element("BuyerName", buyer.name, "fp:")
        + element("BuyerTaxID", buyer.uscc, "fp:")
        + "</fp:Buyer><fp:Seller>"
        + element("SellerName", seller.name, "fp:")
        + element("SellerTaxID", seller.uscc, "fp:")
        + "</fp:Seller>"
        + element("TaxInclusiveTotalAmount", sums.gross, "fp:")
        + element("InvoiceClerk", invoice.drawer, "fp:")
        + element("TaxTotalAmount", sums.tax, "fp:")
        + element("TaxExclusiveTotalAmount", sums.net, "fp:")
        + element("GraphCode", graph, "fp:")
        + f"<fp:GoodsInfos>{goods}</fp:GoodsInfos></eInvoice>"
    )


_TAXPAYER: Final = "TaxpayerIdentificationNumberUnifiedSocialCreditCodeOf"


def xbrl(company: Company, invoice: Invoice) -> str:
    """The accounting data of 财会〔2025〕9号 in the taxonomy of 2021-09-30."""
    seller, buyer = company.parties[invoice.seller], company.parties[invoice.buyer]
    sums = totals(invoice)
    money = 'contextRef="c1" unitRef="u1" decimals="2"'

    def fact(name: str, text: object, attributes: str = 'contextRef="c1"') -> str:
        return f"<inv:{name} {attributes}>{escape(str(text))}</inv:{name}>"

    lines = "".join(
        "<inv:InformationOfTaxableGoodsOrServicesDetailItemsTuple>"
        + fact("NameOfTaxableGoodsOrServices", item_name(line))
        + fact("Specification", line.device.model)
        + fact("UnitOfGoodsOrServices", line.device.unit)
        + fact("QuantityOfGoodsOrServices", line.quantity, money)
        + fact("UnitPriceOfGoodsOrServices", line.price, money)
        + fact("AmountExcludingTax", amount(line), money)
        + fact("TaxRate", f"{int(invoice.rate * 100)}.00%")
        + fact("TaxAmount", line_tax(line, invoice.rate), money)
        + "</inv:InformationOfTaxableGoodsOrServicesDetailItemsTuple>"
        for line in invoice.lines
    )
    return (
        '<xbrl xmlns="http://www.xbrl.org/2003/instance" '
        'xmlns:inv="http://xbrl.mof.gov.cn/taxonomy/2021-09-30/inv" '
        'xmlns:link="http://www.xbrl.org/2003/linkbase" '
        'xmlns:iso4217="http://www.xbrl.org/2003/iso4217" '
        'xmlns:xlink="http://www.w3.org/1999/xlink">'
        '<link:schemaRef xlink:type="simple" xlink:href="inv_issuer_entry_point_2021-09-30.xsd"/>'
        '<context id="c1"><entity><identifier scheme="http://xbrl.mof.gov.cn">'
        f"{seller.uscc}</identifier></entity><period><instant>{invoice.issued}</instant></period>"
        '</context><unit id="u1"><measure>iso4217:CNY</measure></unit>'
        + fact("TypeOfInvoice", "增值税电子专用发票")
        + fact("UniqueCodeOfInvoice", (invoice.code or "") + invoice.number)
        + (fact("CodeOfInvoice", invoice.code) if invoice.code else "")
        + fact("NumberOfInvoice", invoice.number)
        + fact("DateOfIssue", invoice.issued)
        + fact("NameOfPurchaser", buyer.name)
        + fact(f"{_TAXPAYER}Purchaser", buyer.uscc)
        + fact("TotalAmountExcludingTax", sums.net, money)
        + fact("TotalTaxAmount", sums.tax, money)
        + fact("TaxIncludedAmountInWords", sums.words)
        + fact("TaxIncludedAmountInFigures", sums.gross, money)
        + lines
        + fact("NameOfSeller", seller.name)
        + fact(f"{_TAXPAYER}Seller", seller.uscc)
        + fact("Issuer", invoice.drawer)
        + "</xbrl>"
    )
