"""Invoices in every structured form: the fields, where each stands, and what the file proves."""

from __future__ import annotations

from pathlib import Path

import pytest

from ingest.readers.pool import ReaderPool
from ingest.readers.types import IntegrityState, ReadDocument, Source
from tests.readers.conftest import Refuse
from tests.readers.files import pdf, unzipped, with_attachments, zipped


def _values(document: ReadDocument, source: Source | None = None) -> dict[str, str]:
    return {
        field.name: field.value
        for field in document.fields
        if source is None or field.source is source
    }


@pytest.mark.parametrize(
    ("name", "form", "expected"),
    [
        (
            "fully-digital-einvoice.xml",
            "einvoice-xml",
            {
                "invoice_number": "01234567890123456789",
                "issue_date": "2024-01-24",
                "total_with_tax": "16000.00",
                "total_without_tax": "15841.58",
                "total_tax": "158.42",
                "blue_invoice_flag": "Y",
                "lines.1.item_name": "*信息技术服务*信息技术服务",
                "lines.1.tax_rate": "0.01",
            },
        ),
        (
            "evoucher-xbrl-attachment.ofd",
            "ofd-invoice",
            {
                "invoice_number": "99934328",
                "invoice_code": "033002200211",
                "seller_name": "杭州融运科技有限公司",
                "seller_uscc": "91330106MA7GAL1299",
                "buyer_uscc": "913202133140424571",
                "total_with_tax": "11.20",
                "lines.1.spec": "62202",
                "lines.1.unit_price": "9.91150442",
            },
        ),
        (
            "vat-signed-5-pages.ofd",
            "ofd-invoice",
            {
                "invoice_number": "12235358",
                "total_with_tax": "10600.00",
                "qr_payload": (
                    "01,10,050001700111,12235358,10000.00,20200805,16630282980991510014,7257"
                ),
                "lines.100.tax_amount": "6.00",
            },
        ),
        (
            "invoice_EN16931.pdf",
            "pdf-with-invoice",
            {"invoice_number": "F20260023", "seller_name": "LE FOURNISSEUR"},
        ),
        (
            "ubl-21-en16931.xml",
            "ubl-xml",
            {"invoice_number": "F124212", "total_with_tax": "308.03"},
        ),
    ],
)
def test_a_structured_invoice_gives_its_fields(
    pool: ReaderPool, invoices: Path, name: str, form: str, expected: dict[str, str]
) -> None:
    document = pool.read((invoices / name).read_bytes(), name)
    assert document.format == form
    best = _values(document, min((f.source for f in document.fields), key=lambda s: s.rank))
    assert {key: best.get(key) for key in expected} == expected


def test_every_source_that_spoke_is_kept_with_its_place(pool: ReaderPool, invoices: Path) -> None:
    name = "vat-signed-one-digest-wrong.ofd"
    document = pool.read((invoices / name).read_bytes(), name)
    spoken = [field for field in document.fields if field.name == "seller_uscc"]
    assert [(str(field.place), field.source) for field in spoken] == [
        ("Doc_0/Attachs/original_invoice.xml#Seller/SellerTaxID", Source.EMBEDDED_XML),
        ("OFD.xml#CustomDatas/销售方纳税人识别号", Source.OFD_TAG),
    ]
    assert {field.value for field in spoken} == {"91500106MA2CE71F65"}


def test_tags_that_point_at_printed_text_give_fields_too(pool: ReaderPool, invoices: Path) -> None:
    name = "vat-signed-5-pages.ofd"
    document = pool.read((invoices / name).read_bytes(), name)
    tagged = {
        field.name: field.value
        for field in document.fields
        if field.place.path and "Tag_Invoice" in field.place.path
    }
    assert (tagged["invoice_code"], tagged["seller_name"]) == (
        "050001700111",
        "财天下科技有限公司",
    )


def test_the_one_wrong_digest_names_its_member(pool: ReaderPool, invoices: Path) -> None:
    name = "vat-signed-one-digest-wrong.ofd"
    (integrity,) = pool.read((invoices / name).read_bytes(), name).integrity
    assert (integrity.state, integrity.failed) == (
        IntegrityState.FAILED,
        ("/Doc_0/Document.xml",),
    )
    assert integrity.details["members"] == "13"


def test_the_other_signed_ofds_agree_with_all_their_digests(
    pool: ReaderPool, invoices: Path
) -> None:
    for name in ("evoucher-xbrl-attachment.ofd", "vat-signed-5-pages.ofd"):
        (integrity,) = pool.read((invoices / name).read_bytes(), name).integrity
        assert (integrity.state, integrity.failed) == (IntegrityState.VERIFIED, ())


def test_an_amount_changed_in_a_signed_ofd_shows(pool: ReaderPool, invoices: Path) -> None:
    members = unzipped((invoices / "vat-signed-5-pages.ofd").read_bytes())
    path = "Doc_0/Attachs/original_invoice.xml"
    members[path] = members[path].replace(b">10600.00<", b">90600.00<")
    (integrity,) = pool.read(zipped(members), "a.ofd").integrity
    assert (integrity.state, integrity.failed) == (IntegrityState.FAILED, ("/" + path,))


def test_a_member_taken_out_of_a_signed_ofd_shows(pool: ReaderPool, invoices: Path) -> None:
    members = unzipped((invoices / "vat-signed-5-pages.ofd").read_bytes())
    del members["Doc_0/Res/qrcode.png"]
    (integrity,) = pool.read(zipped(members), "a.ofd").integrity
    assert integrity.failed == ("/Doc_0/Res/qrcode.png",)


def test_an_ofd_that_is_no_invoice_is_read_as_text_with_its_attachment(
    pool: ReaderPool, invoices: Path
) -> None:
    name = "plain-not-an-invoice.ofd"
    document = pool.read((invoices / name).read_bytes(), name)
    assert (document.format, document.fields) == ("ofd", ())
    assert document.pages[0].text == "这是一个带有附件的OFD文件"
    assert [item.name for item in document.embedded] == ["eg_tulip.jpg"]


def test_the_layout_of_an_ofd_keeps_label_and_value_on_one_line(
    pool: ReaderPool, invoices: Path
) -> None:
    name = "vat-signed-5-pages.ofd"
    lines = pool.read((invoices / name).read_bytes(), name).pages[0].layout_text.splitlines()
    assert any("价税合计" in line and "10600.00" in line for line in lines)


def test_a_zipped_invoice_is_read_in_its_place(pool: ReaderPool, invoices: Path) -> None:
    data = (invoices / "fully-digital-einvoice.xml").read_bytes()
    document = pool.read(zipped({"dzfp_0123.xml": data}), "dzfp.zip")
    assert str(document.fields[0].place) == "dzfp_0123.xml#TaxSupervisionInfo/InvoiceNumber"


def test_an_invoice_in_gb18030_reads_the_same(pool: ReaderPool, invoices: Path) -> None:
    data = (invoices / "fully-digital-einvoice.xml").read_bytes()
    text = data.decode().replace('encoding="utf-8"', 'encoding="GBK"')
    document = pool.read(text.encode("gb18030"), "a.xml")
    assert _values(document) == _values(pool.read(data, "a.xml"))


def test_an_invoice_inside_a_pdf_speaks_before_the_printed_text(
    pool: ReaderPool, invoices: Path
) -> None:
    ofd = unzipped((invoices / "evoucher-xbrl-attachment.ofd").read_bytes())
    xbrl = next(data for name, data in ofd.items() if "inv_ord_issuer" in name)
    data = with_attachments(pdf([["Total 11.20"]]), {"inv_ord_issuer.xml": xbrl, "note.txt": b"x"})
    document = pool.read(data, "invoice.pdf")
    assert document.format == "pdf-with-invoice"
    assert _values(document)["total_with_tax"] == "11.20"
    assert {field.source for field in document.fields} == {Source.XBRL}
    assert [(item.name, item.data) for item in document.embedded] == [("note.txt", b"x")]


def test_a_delivery_note_inside_an_invoice_is_handed_on(pool: ReaderPool, invoices: Path) -> None:
    document = pool.read((invoices / "invoice_EN16931.pdf").read_bytes(), "invoice.pdf")
    (note,) = document.embedded
    assert note.name == "Bon_de_livraison.pdf"
    assert pool.read(note.data, note.name).pages


def test_a_tax_bureau_signature_is_named_but_not_claimed(pool: ReaderPool, invoices: Path) -> None:
    name = "fully-digital-einvoice.xml"
    (integrity,) = pool.read((invoices / name).read_bytes(), name).integrity
    assert (integrity.scheme, integrity.state) == ("sm2-detached", IntegrityState.UNVERIFIABLE)


def test_xbrl_of_another_taxonomy_is_not_taken_for_an_invoice(refused: Refuse) -> None:
    other = (
        b'<xbrl xmlns:a="http://example.org/tax"><a:NumberOfInvoice>1</a:NumberOfInvoice></xbrl>'
    )
    assert refused(other, "a.xml").code == "read.unknown_format"
