"""The report on paper: what can be copied from it, and that data stays data."""

from __future__ import annotations

import io
import xml.etree.ElementTree as ET
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pypdf import PdfReader
from sample_report import FINGERPRINT, REGISTRATION, leg, report

from base.errors import Unavailable
from base.fonts import font_paths
from reports.pdf.chart import Leg, Span, draw
from reports.pdf.labels import labels
from reports.pdf.model import Report, Section, Table, rows_of, volumes
from reports.pdf.render import render

AT = datetime(2026, 3, 4, 2, 22, 31, tzinfo=UTC)


@pytest.fixture(autouse=True, scope="module")
def _fonts() -> None:
    try:
        font_paths()
    except Unavailable as missing:
        pytest.skip(f"no Chinese fonts here: {missing.text('en')}")


def text_of(pdf: bytes) -> str:
    return "\n".join(page.extract_text() for page in PdfReader(io.BytesIO(pdf)).pages)


def test_numbers_copy_without_a_space_inside() -> None:
    text = text_of(render(report(), made_at=AT))
    for number in (
        REGISTRATION, FINGERPRINT, "沪浦药监械经营许20210456号", "苏食药监械生产许20150033号",
        "42500123X31011511A1001", "06901234567892", "YS-20260226-03", "PK-20260304-0007",
        "c9a60f4bd86c5c1f39d7a54bd3d7b8b56d7aeb1f7a3fd1e8c67bd0c8a26b5a10",
    ):  # fmt: skip
        assert number in text, number


def test_every_page_carries_the_fingerprint_and_its_number_of_all() -> None:
    pages = PdfReader(io.BytesIO(render(report(), made_at=AT))).pages
    for number, page in enumerate(pages, 1):
        text = page.extract_text()
        assert FINGERPRINT in text
        assert f"第 {number} 页" in text.replace("\u3000", " ")
        assert f"共 {len(pages)} 页" in text.replace("\u3000", " ")


def test_markup_in_a_name_stays_a_name() -> None:
    name = '#panic("x") *b* _i_ $x^2$ @ref `raw` </text><script> \\u{1} //c [y] "q"'
    text = text_of(render(report(name=name), made_at=AT)).replace("\n", "")
    for piece in ('#panic("x")', "*b*", "_i_", "$x^2$", "@ref", "`raw`", "<script>", "//c", "[y]"):
        assert piece in text, piece


def test_the_file_says_it_is_pdf_a_3a_and_is_tagged() -> None:
    reader = PdfReader(io.BytesIO(render(report(), made_at=AT)))
    metadata = reader.trailer["/Root"]["/Metadata"].get_data().decode()
    assert "<pdfaid:part>3</pdfaid:part>" in metadata
    assert "<pdfaid:conformance>A</pdfaid:conformance>" in metadata
    assert bool(reader.trailer["/Root"]["/MarkInfo"]["/Marked"])
    assert reader.trailer["/Root"]["/Lang"] == "zh-CN"


def test_the_same_report_gives_the_same_bytes() -> None:
    assert render(report(), made_at=AT) == render(report(), made_at=AT)


def test_an_english_report_holds_no_chinese_words_of_ours() -> None:
    bare = Report("en", "Title", "Sub", "Acme", "N1", (), (), FINGERPRINT, (), report().seal, "d")
    bare = replace(bare, seal=replace(bare.seal, statement="Made by the system.", signed=()))
    text = text_of(render(bare, made_at=AT))
    assert "Page" in text
    assert not any("\u4e00" <= character <= "\u9fff" for character in text)


def test_both_languages_have_every_word() -> None:
    assert labels("zh").keys() == labels("en").keys()
    assert all(labels("zh").values())


def table(rows: int) -> Table:
    cells = tuple((str(number), "x") for number in range(rows))
    return Table("t", ("n", "x"), ("1fr", "1fr"), cells, alarm=tuple(range(0, rows, 7)))


@settings(max_examples=60, deadline=None)
@given(st.lists(st.lists(st.integers(0, 90), max_size=3), max_size=5), st.integers(5, 60))
def test_volumes_hold_every_row_once_and_never_too_many(shape: list[list[int]], limit: int) -> None:
    sections = tuple(Section(f"s{i}", (), tuple(table(n) for n in one))
                     for i, one in enumerate(shape))  # fmt: skip
    whole = replace(report(), sections=sections)
    parts = volumes(whole, limit)
    assert all(rows_of(part.sections) <= limit for part in parts)
    assert [part.volume for part in parts] == list(range(1, len(parts) + 1))

    def rows(reports: list[Report]) -> list[tuple[str, bool]]:
        return [
            (row[0], index in one.alarm)
            for part in reports for section in part.sections for one in section.tables
            for index, row in enumerate(one.rows)
        ]  # fmt: skip

    assert rows(parts) == rows([whole])


def test_a_chart_shows_limits_excursions_and_gaps_and_breaks_the_line_there() -> None:
    drawing = ET.fromstring(draw(leg(), "gap <&>"))
    space = "{http://www.w3.org/2000/svg}"
    fills = [one.get("fill") for one in drawing.iter(f"{space}rect")]
    assert fills.count("url(#gap)") == 2
    assert fills.count("url(#bad)") == 1
    assert len(list(drawing.iter(f"{space}polyline"))) == 2
    words = {one.text for one in drawing.iter(f"{space}text")}
    assert {"≤ 8 °C", "≥ 2 °C", "gap <&>"} <= words


def test_thinning_a_long_leg_never_loses_its_peak() -> None:
    times = list(range(0, 600_000, 10))
    values = [500] * len(times)
    values[31_337] = 1_990
    drawing = ET.fromstring(draw(Leg(times, values, Span(0, 600_000), 200, 800), "gap"))
    line = next(drawing.iter("{http://www.w3.org/2000/svg}polyline"))
    heights = [float(point.split(",")[1]) for point in (line.get("points") or "").split()]
    assert len(heights) < 6_000
    assert min(heights) < 40 < 120 < sorted(heights)[3]  # the one high reading is there


@pytest.mark.parametrize("leg", [Leg([], [], Span(0, 3_600), 200, 800),
                                 Leg([5], [400], Span(0, 10), None, 800),
                                 Leg([5], [400], Span(0, 10), None, None)])  # fmt: skip
def test_a_leg_with_next_to_nothing_is_still_drawn(leg: Leg) -> None:
    assert ET.fromstring(draw(leg, "gap")).tag.endswith("svg")


def test_a_full_volume_keeps_to_its_limits_and_does_not_grow_this_process() -> None:
    import resource

    big = replace(report(), sections=(Section("s", (), (table(2_500),)),))
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    pdf = render(big, made_at=AT)
    after = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    assert after - before < 60_000  # KiB; the child's half GiB went with the child
    assert len(PdfReader(io.BytesIO(pdf)).pages) > 40


def test_a_typesetter_that_cannot_start_is_said_in_words(monkeypatch: pytest.MonkeyPatch) -> None:
    import reports.pdf.render as module

    monkeypatch.setattr(module, "font_paths", lambda: ())
    monkeypatch.setattr(module, "SECONDS", 0.001)
    with pytest.raises(Unavailable) as failed:
        render(report(), made_at=AT)
    assert failed.value.code == "report.not_set"
