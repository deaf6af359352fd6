"""Invoices that come as XML: five vocabularies, one set of field names.

EInvoice (fully digital, 数电票), eInvoice (older VAT invoices, edrm), MOF 电子凭证 XBRL
(财会〔2025〕9号), UN/CEFACT CII (Factur-X) and UBL 2.1. Each vocabulary is a table from the path of
local names to the field's name; values are taken as they stand.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Final
from xml.etree.ElementTree import Element

from ingest.readers.markup import find_all, local, text_of
from ingest.readers.types import FieldValue, Place, Source

Paths = Mapping[str, str]
"""`Seller/SellerName` -> `seller_name`, below the root or below a line."""

_DIGITAL: Final[Paths] = {
    "TaxSupervisionInfo/InvoiceNumber": "invoice_number",
    "TaxSupervisionInfo/IssueTime": "issue_date",
    "TaxSupervisionInfo/TaxBureauName": "tax_bureau",
    "Header/EIid": "einvoice_id",
    "Header/InherentLabel/InIssuType/LabelCode": "blue_invoice_flag",
    "Header/InherentLabel/GeneralOrSpecialVAT/LabelCode": "invoice_type_code",
    "Header/InherentLabel/GeneralOrSpecialVAT/LabelName": "invoice_type",
    "EInvoiceData/SellerInformation/SellerName": "seller_name",
    "EInvoiceData/SellerInformation/SellerIdNum": "seller_uscc",
    "EInvoiceData/SellerInformation/SellerAddr": "seller_address",
    "EInvoiceData/SellerInformation/SellerTelNum": "seller_phone",
    "EInvoiceData/SellerInformation/SellerBankName": "seller_bank",
    "EInvoiceData/SellerInformation/SellerBankAccNum": "seller_bank_account",
    "EInvoiceData/BuyerInformation/BuyerName": "buyer_name",
    "EInvoiceData/BuyerInformation/BuyerIdNum": "buyer_uscc",
    "EInvoiceData/BuyerInformation/BuyerAddr": "buyer_address",
    "EInvoiceData/BuyerInformation/BuyerTelNum": "buyer_phone",
    "EInvoiceData/BuyerInformation/BuyerBankName": "buyer_bank",
    "EInvoiceData/BuyerInformation/BuyerBankAccNum": "buyer_bank_account",
    "EInvoiceData/BasicInformation/TotalAmWithoutTax": "total_without_tax",
    "EInvoiceData/BasicInformation/TotalTaxAm": "total_tax",
    "EInvoiceData/BasicInformation/TotalTax-includedAmount": "total_with_tax",
    "EInvoiceData/BasicInformation/TotalTax-includedAmountInChinese": "total_with_tax_words",
    "EInvoiceData/BasicInformation/Drawer": "drawer",
    "EInvoiceData/BasicInformation/RequestTime": "request_time",
    "EInvoiceData/AdditionalInformation/Remark": "remarks",
    "TaxBureauSignature/SignatureTime": "signature_time",
}
_DIGITAL_LINE: Final[Paths] = {
    "ItemName": "item_name",
    "SpecMod": "spec",
    "MeaUnits": "unit",
    "Quantity": "quantity",
    "UnPrice": "unit_price",
    "Amount": "amount",
    "TaxRate": "tax_rate",
    "ComTaxAm": "tax_amount",
    "TotaltaxIncludedAmount": "amount_with_tax",
    "TaxClassificationCode": "tax_class_code",
}

VAT: Final[Paths] = {
    "InvoiceCode": "invoice_code",
    "InvoiceNo": "invoice_number",
    "IssueDate": "issue_date",
    "InvoiceCheckCode": "check_code",
    "MachineNo": "machine_number",
    "TypeCode": "invoice_type_code",
    "Buyer/BuyerName": "buyer_name",
    "Buyer/BuyerTaxID": "buyer_uscc",
    "Buyer/BuyerAddrTel": "buyer_address_phone",
    "Buyer/BuyerFinancialAccount": "buyer_bank_account",
    "Seller/SellerName": "seller_name",
    "Seller/SellerTaxID": "seller_uscc",
    "Seller/SellerAddrTel": "seller_address_phone",
    "Seller/SellerFinancialAccount": "seller_bank_account",
    "TaxInclusiveTotalAmount": "total_with_tax",
    "TaxTotalAmount": "total_tax",
    "TaxExclusiveTotalAmount": "total_without_tax",
    "GraphCode": "qr_payload",
    "Note": "remarks",
    "InvoiceClerk": "drawer",
    "Payee": "payee",
    "Checker": "reviewer",
}
VAT_LINE: Final[Paths] = {
    "Item": "item_name",
    "Specification": "spec",
    "MeasurementDimension": "unit",
    "Quantity": "quantity",
    "Price": "unit_price",
    "Amount": "amount",
    "TaxScheme": "tax_rate",
    "TaxAmount": "tax_amount",
}
VAT_LINES: Final = ("GoodsInfos", "GoodsInfo")

_XBRL: Final[Paths] = {
    "TypeOfInvoice": "invoice_type",
    "CodeOfInvoice": "invoice_code",
    "NumberOfInvoice": "invoice_number",
    "UniqueCodeOfInvoice": "invoice_unique_code",
    "DateOfIssue": "issue_date",
    "IdentifyingCode": "check_code",
    "NumberOfInvoiceMachine": "machine_number",
    "NameOfPurchaser": "buyer_name",
    "TaxpayerIdentificationNumberUnifiedSocialCreditCodeOfPurchaser": "buyer_uscc",
    "AddressPhoneNumberOfPurchaser": "buyer_address_phone",
    "DepositBankAndAccountNumberOfPurchaser": "buyer_bank_account",
    "NameOfSeller": "seller_name",
    "TaxpayerIdentificationNumberUnifiedSocialCreditCodeOfSeller": "seller_uscc",
    "AddressPhoneNumberOfSeller": "seller_address_phone",
    "DepositBankAndAccountNumberOfSeller": "seller_bank_account",
    "TotalAmountExcludingTax": "total_without_tax",
    "TotalTaxAmount": "total_tax",
    "TaxIncludedAmountInFigures": "total_with_tax",
    "TaxIncludedAmountInWords": "total_with_tax_words",
    "WhetherEinvoiceIsRedEinvoice": "red_invoice_flag",
    "Remarks": "remarks",
    "Issuer": "drawer",
    "Payee": "payee",
    "Reviewer": "reviewer",
}
_XBRL_LINE: Final[Paths] = {
    "NameOfTaxableGoodsOrServices": "item_name",
    "Specification": "spec",
    "UnitOfGoodsOrServices": "unit",
    "QuantityOfGoodsOrServices": "quantity",
    "UnitPriceOfGoodsOrServices": "unit_price",
    "AmountExcludingTax": "amount",
    "TaxRate": "tax_rate",
    "TaxAmount": "tax_amount",
}

_TRADE: Final = "SupplyChainTradeTransaction"
_AGREED: Final = f"{_TRADE}/ApplicableHeaderTradeAgreement"
_SETTLED: Final = f"{_TRADE}/ApplicableHeaderTradeSettlement"
_SUMS: Final = f"{_SETTLED}/SpecifiedTradeSettlementHeaderMonetarySummation"
_CII: Final[Paths] = {
    "ExchangedDocument/ID": "invoice_number",
    "ExchangedDocument/TypeCode": "invoice_type_code",
    "ExchangedDocument/IssueDateTime/DateTimeString": "issue_date",
    f"{_AGREED}/SellerTradeParty/Name": "seller_name",
    f"{_AGREED}/SellerTradeParty/SpecifiedTaxRegistration/ID": "seller_tax_id",
    f"{_AGREED}/BuyerTradeParty/Name": "buyer_name",
    f"{_AGREED}/BuyerTradeParty/SpecifiedTaxRegistration/ID": "buyer_tax_id",
    f"{_AGREED}/BuyerOrderReferencedDocument/IssuerAssignedID": "order_number",
    f"{_SETTLED}/InvoiceCurrencyCode": "currency",
    f"{_SUMS}/TaxBasisTotalAmount": "total_without_tax",
    f"{_SUMS}/TaxTotalAmount": "total_tax",
    f"{_SUMS}/GrandTotalAmount": "total_with_tax",
}
_CII_LINE: Final[Paths] = {
    "SpecifiedTradeProduct/Name": "item_name",
    "SpecifiedTradeProduct/GlobalID": "global_id",
    "SpecifiedTradeProduct/SellerAssignedID": "seller_item_id",
    "SpecifiedTradeProduct/IndividualTradeProductInstance/BatchID": "lot",
    "SpecifiedLineTradeDelivery/BilledQuantity": "quantity",
    "SpecifiedLineTradeAgreement/NetPriceProductTradePrice/ChargeAmount": "unit_price",
    "SpecifiedLineTradeSettlement/SpecifiedTradeSettlementLineMonetarySummation/LineTotalAmount": (
        "amount"
    ),
    "SpecifiedLineTradeSettlement/ApplicableTradeTax/RateApplicablePercent": "tax_rate",
}

_UBL: Final[Paths] = {
    "ID": "invoice_number",
    "IssueDate": "issue_date",
    "InvoiceTypeCode": "invoice_type_code",
    "DocumentCurrencyCode": "currency",
    "OrderReference/ID": "order_number",
    "AccountingSupplierParty/Party/PartyName/Name": "seller_name",
    "AccountingSupplierParty/Party/PartyLegalEntity/RegistrationName": "seller_legal_name",
    "AccountingSupplierParty/Party/PartyTaxScheme/CompanyID": "seller_tax_id",
    "AccountingCustomerParty/Party/PartyName/Name": "buyer_name",
    "AccountingCustomerParty/Party/PartyLegalEntity/RegistrationName": "buyer_legal_name",
    "AccountingCustomerParty/Party/PartyTaxScheme/CompanyID": "buyer_tax_id",
    "LegalMonetaryTotal/TaxExclusiveAmount": "total_without_tax",
    "TaxTotal/TaxAmount": "total_tax",
    "LegalMonetaryTotal/TaxInclusiveAmount": "total_with_tax",
}
_UBL_LINE: Final[Paths] = {
    "Item/Name": "item_name",
    "Item/SellersItemIdentification/ID": "seller_item_id",
    "Item/StandardItemIdentification/ID": "global_id",
    "Item/ItemInstance/LotIdentification/LotNumberID": "lot",
    "InvoicedQuantity": "quantity",
    "Price/PriceAmount": "unit_price",
    "LineExtensionAmount": "amount",
    "Item/ClassifiedTaxCategory/Percent": "tax_rate",
}


class Vocabulary:
    """How one kind of XML invoice is read."""

    def __init__(
        self, name: str, source: Source, head: Paths, lines: tuple[str, ...], line: Paths
    ) -> None:
        self.name = name
        self.source = source
        self.head = head
        self.lines = lines
        self.line = line


_VOCABULARIES: Final[Mapping[str, Vocabulary]] = {
    "EInvoice": Vocabulary(
        "einvoice-xml",
        Source.EMBEDDED_XML,
        _DIGITAL,
        ("EInvoiceData", "IssuItemInformation"),
        _DIGITAL_LINE,
    ),
    "eInvoice": Vocabulary("vat-xml", Source.EMBEDDED_XML, VAT, VAT_LINES, VAT_LINE),
    "xbrl": Vocabulary(
        "mof-xbrl",
        Source.XBRL,
        _XBRL,
        ("InformationOfTaxableGoodsOrServicesDetailItemsTuple",),
        _XBRL_LINE,
    ),
    "CrossIndustryInvoice": Vocabulary(
        "cii-xml",
        Source.EMBEDDED_XML,
        _CII,
        (_TRADE, "IncludedSupplyChainTradeLineItem"),
        _CII_LINE,
    ),
    "Invoice": Vocabulary("ubl-xml", Source.EMBEDDED_XML, _UBL, ("InvoiceLine",), _UBL_LINE),
}


def vocabulary_of(root: Element) -> Vocabulary | None:
    """The vocabulary by the root's local name; None when it is no invoice known here."""
    known = _VOCABULARIES.get(local(root))
    if known is not None and known.name == "mof-xbrl" and "xbrl.mof.gov.cn" not in str(_tags(root)):
        return None
    return known


def _tags(root: Element) -> set[str]:
    return {child.tag for child in root if isinstance(child.tag, str)}


def invoice_fields(root: Element, vocabulary: Vocabulary, member: str = "") -> list[FieldValue]:
    """Every field that has a value, header first, then the lines in order."""
    return list(
        mapped(root, vocabulary.head, vocabulary.lines, vocabulary.line, vocabulary.source, member)
    )


def mapped(
    root: Element,
    head: Paths,
    lines: tuple[str, ...],
    line: Paths,
    source: Source,
    member: str,
    value_of: Callable[[Element], str] = text_of,
) -> Iterator[FieldValue]:
    """Fields of a header table and a line table; `value_of` says how an element holds its text."""
    yield from _level(root, head, "", source, f"{member}#", value_of)
    for number, element in enumerate(find_all(root, *lines), start=1):
        place = f"{member}#{'/'.join(lines)}[{number}]/"
        yield from _level(element, line, f"lines.{number}.", source, place, value_of)


def _level(
    element: Element,
    paths: Paths,
    prefix: str,
    source: Source,
    place: str,
    value_of: Callable[[Element], str],
) -> Iterator[FieldValue]:
    for path, name in paths.items():
        for found in find_all(element, *path.split("/")):
            if value := value_of(found):
                yield FieldValue(prefix + name, value, source, Place(path=place + path))
                break
