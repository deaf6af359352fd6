"""Files that cannot be taken, laid among the sound ones: each with the reason it must be given."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Final

from ingest.templates import csv_table
from service.demo.deeds import sales_records
from service.demo.inbox import DemoFile, path_of_trip
from service.demo.model import Device, Period, Sale, World
from service.demo.planted import Outcome, Planted
from service.demo.writers import broken, certificates, invoices, licences, loggers, ofd
from service.demo.writers.press import Paper, Press

_SCANNED: Final = "dealer05"


@dataclass(frozen=True, slots=True)
class Spoiled:
    """A file and what must become of it."""

    file: DemoFile
    planted: Planted


def _case(
    file: DemoFile,
    name: str,
    zh: str,
    en: str,
    rule: str,
    outcome: Outcome = "quarantined",
    also: tuple[str, ...] = (),
) -> Spoiled:
    return Spoiled(file, Planted(name, zh, en, "ingest", rule, outcome, "", file.path, also))


def spoiled(world: World, press: Press, sound: dict[str, DemoFile]) -> Iterator[Spoiled]:
    """Every file that must end in quarantine, or be named a duplicate. sound: by what it is."""
    company = world.company
    made = date(2026, 9, 1)
    business = {
        key: licences.business(company.parties[key]) for key in ("carrier", "laboratory", _SCANNED)
    }
    yield _case(
        DemoFile("suppliers/carrier/营业执照.pdf",
                 broken.locked(press.pdf(business["carrier"], made)), "spoiled/locked"),
        "locked_pdf", "加密的 PDF", "a PDF behind a password", "read.encrypted",
    )  # fmt: skip
    yield _case(
        DemoFile("suppliers/laboratory/营业执照.pdf",
                 broken.cut_off(press.pdf(business["laboratory"], made)), "spoiled/cut"),
        "cut_off_pdf", "传输中断的 PDF", "a PDF that broke off", "read.truncated",
    )  # fmt: skip
    yield _case(
        DemoFile(f"customers/{_SCANNED}/营业执照_扫描件.pdf",
                 broken.scanned(press.picture(business[_SCANNED], made, 110)), "spoiled/scan"),
        "scanned_pdf", "只有图像的扫描件", "a scan without text", "read.ocr_needed",
    )  # fmt: skip
    yield _case(
        DemoFile("invoices/2026-10/说明.pdf", broken.program(), "spoiled/program"),
        "not_a_pdf", "名为 PDF 的程序", "a program that calls itself a PDF", "read.type_mismatch",
    )  # fmt: skip
    yield _case(
        DemoFile("customers/hospital16/通知.pdf", press.pdf(_menu(), made), "spoiled/menu"),
        "unknown_paper", "与业务无关的文件", "a paper that is nothing we know",
        "ingest.unknown_document",
    )  # fmt: skip
    yield from _invoices(world, press)
    yield from _records(world, press)
    twin = sound["master/首营品种"]
    yield _case(
        DemoFile("registers/master/首营品种_副本.xlsx", twin.data, "spoiled/twin"),
        "duplicate_file", "同一文件收到两次", "the same file received twice", "", "duplicate",
    )  # fmt: skip


def _menu() -> Paper:
    return Paper(
        layout="letter", title="职工食堂一周菜谱", prose=["本周供应如下，欢迎选用。"],
        rows=[("周一", "番茄炒蛋、清炒时蔬"), ("周二", "红烧豆腐、紫菜汤")], seal=False,
    )  # fmt: skip


def _invoices(world: World, press: Press) -> Iterator[Spoiled]:
    company = world.company
    base = next(
        one for one in reversed(world.events) if isinstance(one, Sale) and one.invoice is not None
    )
    assert base.invoice is not None
    xml = invoices.digital_xml(company, replace(base.invoice, number="2632290000" + "9" * 10))
    yield _case(
        DemoFile("invoices/2026-10/发票_转发.xml", broken.with_entity(xml), "spoiled/entity"),
        "xml_entity", "带实体声明的 XML", "an XML with an entity declaration", "read.xml_entity",
    )  # fmt: skip
    forged = replace(base.invoice, number="2632290000" + "8" * 10)
    yield _case(
        DemoFile("invoices/2026-10/发票_改动.ofd",
                 ofd.ofd(company, forged, "none", tampered=True), "spoiled/forged"),
        "forged_ofd", "摘要不符的 OFD 发票", "an OFD invoice whose digest does not agree",
        "document.integrity", "noted", ("record.source_conflict",),
    )  # fmt: skip


def _records(world: World, press: Press) -> Iterator[Spoiled]:
    company = world.company
    tampered = next(e for e in world.events if isinstance(e, Sale) and "tampered_log" in e.tags)
    assert tampered.trip is not None
    yield _case(
        DemoFile(path_of_trip(tampered.trip, tampered.delivery_note),
                 loggers.edited(loggers.berlinger(tampered.trip)), "spoiled/tampered"),
        "edited_log", "被手工改动的签名温度记录", "a signed log edited by hand",
        "read.integrity_failed",
    )  # fmt: skip
    device = next(one for one in company.devices if one.key == "bag")
    yield _case(
        DemoFile("suppliers/bingwu/certificates/注册证_更正件.pdf",
                 _other_end(world, press, device), "spoiled/conflict"),
        "conflicting_paper", "同一证书两份内容不同的文件", "two papers of one certificate disagree",
        "record.conflict",
    )  # fmt: skip
    sale = next(one for one in reversed(world.events) if isinstance(one, Sale))
    record = next(iter(sales_records(sale, company)))
    strange = record.model_copy(update={"record_no": f"{record.record_no}-补"})
    table = csv_table("sales_record", [strange]).decode("utf-8-sig")
    wrong = table.replace(record.sold_on.isoformat(), "2026-02-30")
    yield _case(
        DemoFile("registers/2026-10/销售补登_2026-10.csv", b"\xef\xbb\xbf" + wrong.encode(),
                 "spoiled/date"),
        "impossible_date", "不存在的日期（2月30日）", "a day that does not exist",
        "record.date_impossible",
    )  # fmt: skip


def _other_end(world: World, press: Press, device: Device) -> bytes:
    paper = device.certificate
    period = paper.periods[-1]
    later = Period(period.approved, period.begins, period.ends + timedelta(days=365))
    other = replace(paper, periods=(*paper.periods[:-1], later))
    twin = replace(device, certificate=other)
    form = certificates.registration(world.company, twin, later, paper.numbers[-1])
    return press.pdf(form, period.approved)
