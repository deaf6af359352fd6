"""The derived files of a package: what they say, and what they must not."""

from __future__ import annotations

import io
from datetime import date

import pytest
from hand_log import unpack
from openpyxl import load_workbook
from pypdf import PdfReader
from small_trade import LOT, REGISTRATION, House

from base.errors import Lang, Unavailable
from base.fonts import font_paths
from checks.run import run
from reports.package import ByLot, ByPeriod, Purpose, Request, export_package, write_again
from reports.package.report import inspection_files
from reports.verifier import verify_package


@pytest.fixture(autouse=True, scope="module")
def _fonts() -> None:
    try:
        font_paths()
    except Unavailable as missing:
        pytest.skip(f"no Chinese fonts here: {missing.text('en')}")


def export(house: House, request: Request, name: str = "p.zip") -> dict[str, bytes]:
    done = export_package(
        house.journal, request, house.folder / name, house.signer, actor="quality",
        extras=inspection_files(house.journal),
    )  # fmt: skip
    verdict = verify_package(done.written.path, fingerprint=done.written.fingerprint)
    assert verdict.ok, verdict.broken
    return unpack(done.written.path)


def pdf_text(body: bytes) -> str:
    return "\n".join(page.extract_text() for page in PdfReader(io.BytesIO(body)).pages)


def test_the_report_follows_the_lot_from_purchase_to_acceptance(house: House) -> None:
    files = export(house, Request(ByLot(LOT)))
    text = pdf_text(files["data/report.pdf"])
    steps = ["PO-2026-0188", "YS-03", "RK-1", "XS-1", "CK-11", "YD-7730018", "SX-0302"]
    places = [text.index(step) for step in steps]
    assert places == sorted(places)
    for said in (REGISTRATION, "沪浦药监械经营许20210456号", "10.4 °C", "2 ~ 8 °C", LOT):
        assert said in text, said
    assert "ZZ9" not in text


def test_the_excursion_and_both_gaps_are_in_words_too(house: House) -> None:
    text = pdf_text(export(house, Request(ByLot(LOT)))["data/report.pdf"])
    assert "超上限" in text
    assert "起始无读数" in text
    assert "记录间断" in text
    assert "60 分钟" in text


def test_registers_hold_the_given_records_with_their_entries(house: House) -> None:
    files = export(house, Request(ByLot(LOT)))
    book = load_workbook(io.BytesIO(files["data/registers.xlsx"]))
    cells = [str(cell.value) for row in book["销售记录"].iter_rows(min_row=2) for cell in row]
    assert "XS-1" in cells
    assert "A1B2" in cells
    assert len(list(book["进货查验记录"].rows)) == 2


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_due_diligence_says_no_person_in_report_or_registers(house: House, lang: Lang) -> None:
    request = Request(ByLot(LOT), purpose=Purpose.DUE_DILIGENCE, lang=lang)
    files = export(house, request)
    text = pdf_text(files["data/report.pdf"])
    book = load_workbook(io.BytesIO(files["data/registers.xlsx"]))
    text += "".join(str(c.value) for sheet in book for row in sheet.rows for c in row)
    for name in ("王五", "赵六", "孙七", "周八", "钱一"):
        assert name not in text
    assert "上海市第某人民医院" in text


def checked(house: House) -> set[int]:
    """Run the checks and give the numbers of the entries that they left."""
    before = house.journal.store.size()
    run(house.journal, date(2026, 3, 20), actor="quality")
    return set(range(before, house.journal.store.size()))


def test_findings_are_a_volume_apart_and_only_when_released(house: House) -> None:
    entries = checked(house)
    kept = export(house, Request(ByLot(LOT)))
    assert "data/findings.pdf" not in kept
    assert not any(f"data/payloads/000000000/{seq:012d}.json" in kept for seq in entries)
    cover = PdfReader(io.BytesIO(kept["data/report.pdf"])).pages[0].extract_text()
    assert "发现" not in cover


@pytest.mark.parametrize(
    ("lang", "said"),
    [("zh", "运输温度在标签范围内"), ("en", "Kept within its range on the way")],
)
def test_released_findings_speak_in_sentences_and_are_counted(
    house: House, lang: Lang, said: str
) -> None:
    entries = checked(house)
    released = Request(ByLot(LOT), findings=True, lang=lang)
    files = export(house, released)
    volume = pdf_text(files["data/findings.pdf"])
    assert said in ("" if lang == "zh" else " ").join(volume.split())
    assert "10.4" in volume
    assert "cold_chain.out_of_range" not in volume  # a code is no sentence
    given = {seq for seq in entries if f"data/payloads/000000000/{seq:012d}.json" in files}
    found = house.journal.store.findings(house.journal.store.snapshot(date(2026, 3, 20)))
    assert given
    assert given <= {one.opened_seq for one in found}
    for cover in (volume, pdf_text(files["data/report.pdf"])):
        assert (f"共 {len(given)} 项" if lang == "zh" else f"{len(given)}: ") in cover


def test_findings_about_other_lots_stay_at_home(house: House) -> None:
    checked(house)
    volume = pdf_text(export(house, Request(ByLot(LOT), findings=True))["data/findings.pdf"])
    assert "A1B2" in volume
    assert "ZZ9" not in volume


def test_a_period_names_no_file_whose_receipt_it_withholds(house: House) -> None:
    request = Request(ByPeriod(date(2026, 3, 1), date(2026, 3, 4)), lang="en")
    text = pdf_text(export(house, request)["data/report.pdf"])
    assert "销售.csv" in text
    assert "别的批.csv" not in text
    assert "Every entry from 1 to" in text


def test_the_same_cut_gives_the_same_report_and_registers(house: House) -> None:
    request = Request(ByLot(LOT))
    done = export_package(
        house.journal, request, house.folder / "a.zip", house.signer, actor="quality",
        extras=inspection_files(house.journal),
    )  # fmt: skip
    write_again(house.journal, done.cut.seq, house.folder / "b.zip", house.signer,
                extras=inspection_files(house.journal))  # fmt: skip
    assert unpack(house.folder / "a.zip") == unpack(house.folder / "b.zip")
