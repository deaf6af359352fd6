"""Every kind of bad input meets its own stable reason, and the pool reads on afterwards."""

from __future__ import annotations

import io
import zipfile

import pytest

from ingest.readers.pool import ReaderPool
from ingest.readers.types import ReadOptions, Unreadable
from tests.readers.conftest import Refuse
from tests.readers.files import (
    encrypted,
    flip,
    pdf,
    pdf_bomb,
    unzipped,
    with_attachments,
    workbook,
    zipped,
)

NOTE = pdf([["Delivery note 2026-0007", "Item\tLot\tQty", "Stent\tL2401\t20"]])
SHEET = workbook([["批号", "数量"], ["L2401", 20], ["L2402", 5]])
INVOICE = (
    b"<EInvoice><Header><EIid>26322000000012345678</EIid></Header><TaxSupervisionInfo>"
    b"<InvoiceNumber>26322000000012345678</InvoiceNumber></TaxSupervisionInfo></EInvoice>"
)
OFD = {
    "OFD.xml": b"<OFD><DocBody><DocRoot>Doc_0/Document.xml</DocRoot></DocBody></OFD>",
    "Doc_0/Document.xml": (
        b"<Document><Pages><Page ID='1' BaseLoc='Pages/P.xml'/></Pages></Document>"
    ),
    "Doc_0/Pages/P.xml": (
        b"<Page><Content><Layer><TextObject ID='2' Boundary='10 10 50 5'>"
        b"<TextCode>hello</TextCode></TextObject></Layer></Content></Page>"
    ),
}


def test_nothing_is_nothing(refused: Refuse) -> None:
    assert refused(b"").code == "read.empty"


@pytest.mark.parametrize("keep", [0.2, 0.5, 0.9])
def test_a_pdf_cut_off_is_truncated(refused: Refuse, keep: float) -> None:
    error = refused(NOTE[: int(len(NOTE) * keep)], "note.pdf")
    assert error.code in ("read.truncated", "read.ocr_needed")


@pytest.mark.parametrize("data", [SHEET, zipped(OFD), zipped({"a.xml": INVOICE})])
@pytest.mark.parametrize("keep", [0.3, 0.7, 0.98])
def test_an_archive_cut_off_is_truncated(refused: Refuse, data: bytes, keep: float) -> None:
    assert refused(data[: int(len(data) * keep)]).code == "read.truncated"


def test_xml_cut_off_is_truncated(refused: Refuse) -> None:
    assert refused(INVOICE[:-20], "a.xml").code == "read.truncated"


def test_a_damaged_member_is_truncated_by_its_checksum(refused: Refuse) -> None:
    data = bytearray(zipped({"a.xml": INVOICE + b" " * 400}, level=0))
    at = data.index(b"12345678")
    data[at] ^= 1
    assert refused(bytes(data)).code == "read.truncated"


def test_a_pdf_with_a_password_is_encrypted(refused: Refuse) -> None:
    assert refused(encrypted(NOTE, "secret"), "note.pdf").code == "read.encrypted"


def test_a_pdf_that_opens_for_everyone_is_read(pool: ReaderPool) -> None:
    document = pool.read(encrypted(NOTE, ""), "note.pdf")
    assert "L2401" in document.pages[0].text


def test_an_encrypted_archive_says_so(refused: Refuse) -> None:
    data = bytearray(zipped({"a.xml": INVOICE}))
    data[6] |= 1
    data[data.rindex(b"PK\x01\x02") + 8] |= 1
    assert refused(bytes(data)).code == "read.encrypted"


def test_an_encrypted_workbook_says_so(refused: Refuse) -> None:
    container = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600)
    container += "EncryptedPackage".encode("utf-16-le") + bytes(64)
    assert refused(container, "orders.xlsx").code == "read.encrypted"


def test_an_old_workbook_is_named_as_such(refused: Refuse) -> None:
    error = refused(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600), "orders.xls")
    assert error.code == "read.unknown_format"
    assert "97-2003" in error.text("en")


def test_a_file_over_the_limit_is_too_large(refused: Refuse) -> None:
    error = refused(NOTE, "note.pdf", ReadOptions(max_bytes=100))
    assert (error.code, error.params["limit"]) == ("read.too_large", 100)


def test_a_zip_bomb_is_not_unpacked(refused: Refuse) -> None:
    bomb = zipped({"a.xml": b"<a>" + bytes(30_000_000)}, level=9)
    assert len(bomb) < 100_000
    assert refused(bomb, "", ReadOptions(max_unpacked=10_000_000)).code == "read.zip_bomb"


def test_a_bomb_that_lies_about_its_size_is_stopped(refused: Refuse) -> None:
    """The directory says 100 bytes; unpacking stops there and the checksum disagrees."""
    bomb = bytearray(zipped({"a.xml": b"<a>" + bytes(30_000_000)}, level=9))
    at = bomb.rindex(b"PK\x01\x02")
    bomb[at + 24 : at + 28] = (100).to_bytes(4, "little")
    assert refused(bytes(bomb)).code == "read.truncated"


def test_a_workbook_bomb_is_not_unpacked(refused: Refuse) -> None:
    parts = unzipped(SHEET) | {"xl/media/image1.png": bytes(30_000_000)}
    options = ReadOptions(max_unpacked=10_000_000)
    assert refused(zipped(parts), "a.xlsx", options).code == "read.zip_bomb"


def test_too_many_cells_are_not_read(refused: Refuse) -> None:
    options = ReadOptions(max_cells=100)
    wide = workbook([["a"] * 20] * 20)
    assert refused(wide, "a.xlsx", options).code == "read.too_many_cells"
    assert refused(b"a,b,c\n" * 100, "a.csv", options).code == "read.too_many_cells"


def test_too_many_members_are_not_read(refused: Refuse) -> None:
    many = zipped({f"{n}.xml": b"<a/>" for n in range(30)})
    assert refused(many, "", ReadOptions(max_members=20)).code == "read.too_many_members"


def test_too_many_pages_are_not_read(refused: Refuse) -> None:
    long = pdf([["page"]] * 30)
    assert refused(long, "a.pdf", ReadOptions(max_pages=20)).code == "read.too_many_pages"


def test_a_page_tree_that_claims_a_billion_pages_does_not_stop_the_house(
    pool: ReaderPool,
) -> None:
    document = pool.read(NOTE.replace(b"/Count 1 ", b"/Count 999999999 "), "a.pdf")
    assert len(document.pages) == 1


def test_a_pdf_that_unpacks_to_more_than_memory_is_one_file_lost() -> None:
    bomb = pdf_bomb(300_000_000)
    assert len(bomb) < 10_000
    with ReaderPool(memory_bytes=400 * 1024 * 1024) as small:
        with pytest.raises(Unreadable) as caught:
            small.read(bomb, "a.pdf")
        assert caught.value.code in ("read.memory", "read.crashed", "read.truncated")
        assert small.read(NOTE, "note.pdf").pages


@pytest.mark.parametrize(
    "prologue",
    [
        b'<!DOCTYPE a [<!ENTITY b "c">]>',
        b'<!DOCTYPE a [<!ENTITY b SYSTEM "file:///etc/passwd">]>',
        b'<!DOCTYPE a SYSTEM "http://example.invalid/a.dtd">',
        b'<!DOCTYPE a [<!ENTITY l "lol"><!ENTITY m "&l;&l;&l;&l;&l;&l;&l;&l;">]>',
    ],
)
def test_a_dtd_or_entity_is_refused_wherever_xml_stands(refused: Refuse, prologue: bytes) -> None:
    hostile = b'<?xml version="1.0"?>' + prologue + INVOICE
    assert refused(hostile, "a.xml").code == "read.xml_entity"
    assert refused(zipped({"a.xml": hostile}), "a.zip").code == "read.xml_entity"
    ofd = OFD | {"OFD.xml": prologue + OFD["OFD.xml"]}
    assert refused(zipped(ofd), "a.ofd").code == "read.xml_entity"
    attached = with_attachments(NOTE, {"factur-x.xml": hostile})
    assert refused(attached, "a.pdf").code == "read.xml_entity"
    parts = unzipped(SHEET)
    parts["xl/sharedStrings.xml"] = prologue + parts["xl/sharedStrings.xml"].split(b"?>", 1)[1]
    assert refused(zipped(parts), "a.xlsx").code == "read.xml_entity"


@pytest.mark.parametrize(
    "name", ["../a.xml", "/etc/a.xml", "x/../../a.xml", "..\\a.xml", "C:\\a.xml", "c:a.xml"]
)
def test_a_path_out_of_the_archive_is_refused(refused: Refuse, name: str) -> None:
    assert refused(zipped({name: INVOICE})).code == "read.path_in_archive"
    assert refused(zipped(OFD | {name: b"x"}), "a.ofd").code == "read.path_in_archive"


def test_a_path_out_of_the_document_finds_nothing(refused: Refuse) -> None:
    ofd = dict(OFD)
    ofd["OFD.xml"] = b"<OFD><DocBody><DocRoot>../../../etc/passwd</DocRoot></DocBody></OFD>"
    assert refused(zipped(ofd), "a.ofd").code == "read.truncated"


@pytest.mark.parametrize(
    ("data", "name"),
    [
        (zipped(OFD), "invoice.pdf"),
        (NOTE, "invoice.ofd"),
        (NOTE, "invoice.xml"),
        (b"\x89PNG\r\n\x1a\n" + bytes(50), "scan.pdf"),
        (b"a,b\n1,2\n", "orders.xlsx"),
        (SHEET, "orders.csv"),
        (b"MZ\x90\x00" + bytes(200), "invoice.pdf"),
        (INVOICE, "log.bv"),
    ],
)
def test_content_that_is_not_what_the_name_says_is_refused(
    refused: Refuse, data: bytes, name: str
) -> None:
    assert refused(data, name).code == "read.type_mismatch"


def test_a_tab_text_under_the_old_excel_name_is_read(pool: ReaderPool) -> None:
    document = pool.read("批号\t数量\nL1\t2\nL2\t3\n".encode("gb18030"), "export.xls")
    assert document.tables[0].columns == ("批号", "数量")


@pytest.mark.parametrize(
    ("data", "detail"),
    [
        (b"MZ\x90\x00" + bytes(200), "4d 5a"),
        (b"<html><body>login</body></html>", "HTML"),
        (b"<udid><devices/></udid>", "<udid>"),
        (b"just a sentence without columns\n", "without columns"),
        (bytes(range(256)) * 20, "00 01 02"),
        (zipped({"[Content_Types].xml": b"<a/>", "word/document.xml": b"<a/>"}), "Word"),
    ],
)
def test_what_nobody_knows_is_named(refused: Refuse, data: bytes, detail: str) -> None:
    error = refused(data)
    assert error.code == "read.unknown_format"
    assert detail in error.text("en")


@pytest.mark.parametrize(
    "data",
    [
        b"\x89PNG\r\n\x1a\n" + bytes(50),
        b"\xff\xd8\xff\xe0" + bytes(50),
        pdf([[], []]),
    ],
)
def test_a_picture_or_a_scan_waits_for_recognition(refused: Refuse, data: bytes) -> None:
    assert refused(data).code == "read.ocr_needed"


def test_a_scanned_page_among_others_is_noted(pool: ReaderPool) -> None:
    document = pool.read(pdf([["Contract 2026-17"], []]), "contract.pdf")
    assert document.notes == ("pdf.page_without_text:2",)


def test_a_table_without_a_header_is_refused(refused: Refuse) -> None:
    assert refused(b"1,2.5,3\n2,3.5,4\n3,1.5,9\n", "a.csv").code == "read.header_missing"


def test_nested_archives_are_handed_on_not_opened(pool: ReaderPool) -> None:
    inner = zipped({"b.xml": INVOICE})
    document = pool.read(zipped({"inner.zip": inner, "note.pdf": NOTE}), "mail.zip")
    assert {item.name: item.data for item in document.embedded} == {
        "inner.zip": inner,
        "note.pdf": NOTE,
    }


def test_deep_xml_does_not_end_the_pool(pool: ReaderPool, refused: Refuse) -> None:
    deep = b"<EInvoice>" + b"<a>" * 200_000 + b"</a>" * 200_000 + b"</EInvoice>"
    assert refused(deep + b"<", "a.xml").code in ("read.truncated", "read.crashed")
    assert pool.read(INVOICE, "a.xml").format == "einvoice-xml"


def test_a_reader_out_of_memory_is_a_reason() -> None:
    with ReaderPool(memory_bytes=400 * 1024 * 1024) as small:
        bomb = b"a,b\n" + b"x,y\n" * 8_000_000
        options = ReadOptions(max_bytes=10**9, max_cells=10**9)
        with pytest.raises(Exception, match=r"read\.(memory|crashed)"):
            small.read(bomb, "a.csv", options)
        assert small.read(NOTE, "note.pdf").pages


def test_an_odd_bit_in_a_text_is_just_another_text(pool: ReaderPool) -> None:
    data = "批号,数量\nL2401,20\nL2402,7\n".encode()
    document = pool.read(flip(data, 8 * data.index(b"L2402") + 1), "a.csv")
    assert document.tables[0].rows[1][0] == "N2402"


def test_central_directory_and_members_must_agree(refused: Refuse) -> None:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("a.xml", INVOICE)
    data = out.getvalue().replace(b"a.xml", b"b.xml", 1)
    assert refused(data).code == "read.truncated"
