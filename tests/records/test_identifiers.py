"""Numbers as papers write them, and the keys they lead to."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from audit.records import identifiers as ids
from audit.records.numbers import (
    GTIN_CHECK,
    INSTITUTION_FORM,
    INVOICE_YEAR,
    USCC_CHECK,
    Agency,
    LicenceForm,
)
from audit.records.registration_numbers import (
    CODE_DIGITS,
    CROSS_RULE,
    OLD_YEAR,
    PROVINCES,
    NumberForm,
)

FULL_WIDTH = str.maketrans(
    "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ()-",
    "０１２３４５６７８９ＡＢＣＤＥＦＧＨＩＪＫＬＭＮＯＰＱＲＳＴＵＶＷＸＹＺ（）－",
)
spaces = st.sampled_from(["", " ", "\u3000", "\u200b", " \t"])
digits = st.text(alphabet="0123456789")


def spaced(text: str, gap: str) -> str:
    return gap.join(text) + gap


# ---- normalising -------------------------------------------------------------------------------


@given(st.text())
def test_normalising_twice_changes_nothing_more(text: str) -> None:
    once = ids.normalise(text)
    assert ids.normalise(once) == once
    assert not any(c.isspace() for c in once)


@given(st.text(), st.text())
def test_two_segments_never_read_as_three(a: str, b: str) -> None:
    joined = f"{ids.segment(a)}/{ids.segment(b)}"
    assert joined.count("/") == 1
    assert (ids.segment(a) == ids.segment(b)) == (ids.normalise(a) == ids.normalise(b))


def test_width_brackets_dashes_and_spaces_do_not_matter() -> None:
    assert ids.normalise("国食药监械【准】字 ２０１３－１") == "国食药监械(准)字2013-1"
    assert ids.normalise("ａ—ｂ\u200b c") == "A-BC"


# ---- registration numbers ----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "form", "authority", "origin", "year", "grade", "code", "serial"),
    [
        ("国械注准20203140123", "registration", "国", "准", 2020, 3, "14", "0123"),
        ("国械注进20162705149", "registration", "国", "进", 2016, 2, "70", "5149"),
        ("国械注许20183220001", "registration", "国", "许", 2018, 3, "22", "0001"),
        ("浙械注准20192140001", "registration", "浙", "准", 2019, 2, "14", "0001"),
        ("国械注准20243400902", "registration", "国", "准", 2024, 3, "40", "0902"),
        ("国械备20150001号", "filing", "国", "备", 2015, 1, None, "0001"),
        ("沪松械备20210012号", "filing", "沪松", "备", 2021, 1, None, "0012"),
        ("粤穗械备20140001", "filing", "粤穗", "备", 2014, 1, None, "0001"),
        ("国食药监械(进)字2013第2250408号", "legacy", "国", "进", 2013, 2, "25", "0408"),
        ("国食药监械许字2008第3220032号更", "legacy", "国", "许", 2008, 3, "22", "0032"),
        ("浙食药监械(准)字2013第240089", "legacy", "浙", "准", 2013, 2, "40", "089"),
        ("国药监械(准)字2003第3460123号", "legacy", "国", "准", 2003, 3, "46", "0123"),
        ("沪松食药监械（准）字2010第1640123号", "legacy", "沪松", "准", 2010, 1, "64", "0123"),
    ],
)
def test_every_historic_form_is_understood(
    text: str, form: str, authority: str, origin: str, year: int, grade: int,
    code: str | None, serial: str,
) -> None:  # fmt: skip
    read = ids.parse_registration_no(text)
    assert read is not None and read.written == text
    assert (read.form, read.authority, read.origin, read.year) == (form, authority, origin, year)
    assert (read.device_class, read.code, read.serial) == (grade, code, serial)
    assert read.warnings == ()


@pytest.mark.parametrize(
    ("text", "warning"),
    [
        ("国械注准20202140123", CROSS_RULE),  # the state registers class 3 at home
        ("浙械注准20193140001", CROSS_RULE),  # a province class 2
        ("浙械注进20192140001", CROSS_RULE),  # imports are the state's
        ("国械注进20201140001", CROSS_RULE),  # class 1 is filed
        ("国械注准20123140123", OLD_YEAR),
        ("国械备20100001号", OLD_YEAR),
        ("国食药监械(准)字2018第3460123号", OLD_YEAR),
        ("国械注准20203990123", CODE_DIGITS),
    ],
)
def test_an_odd_number_is_kept_and_warned_of(text: str, warning: object) -> None:
    read = ids.parse_registration_no(text)
    assert read is not None and warning in read.warnings


def test_only_the_code_digits_may_change_in_one_certificates_life() -> None:
    first, renewed = ids.certificate_key("国械注准20143460123"), "国械注准20143130123"
    assert first == ids.certificate_key(renewed) == "certificate:国准:2014:3:0123"
    for other in ("国械注准20153460123", "国械注进20143460123", "国械注准20143460124",
                  "国食药监械(准)字2014第3460123号"):  # fmt: skip
        assert ids.certificate_key(other) != first


def test_filings_have_their_own_key_and_unknown_forms_too() -> None:
    assert ids.certificate_key("沪松械备20210012号") == "certificate:备:沪松:2021:0012"
    assert ids.certificate_key("K123456 / FDA") == "certificate:other:K123456%2FFDA"


@given(
    st.sampled_from("国" + PROVINCES), st.sampled_from("准进许"), st.integers(2014, 2099),
    st.sampled_from("123"), st.integers(0, 99), st.integers(0, 99999), spaces, st.booleans(),
)  # fmt: skip
def test_any_present_form_survives_how_it_is_written(
    authority: str, origin: str, year: int, grade: str, code: int, serial: int, gap: str, wide: bool
) -> None:
    number = f"{authority}械注{origin}{year}{grade}{code:02d}{serial:04d}"
    written = spaced(number.translate(FULL_WIDTH) if wide else number, gap)
    read = ids.parse_registration_no(written)
    assert read is not None and read.value == number and read.written == written
    assert read.form is NumberForm.REGISTRATION
    assert read.key == f"certificate:{authority}{origin}:{year}:{grade}:{serial:04d}"
    assert ids.parse_registration_no(read.value).key == read.key  # type: ignore[union-attr]


@given(
    st.sampled_from("国" + PROVINCES), st.text(alphabet="松穗马浦海", max_size=2),
    st.sampled_from(["食药监", "药监", "食药管"]), st.sampled_from("准进许试"),
    st.booleans(), st.integers(2000, 2014), st.sampled_from("123"), st.integers(0, 99999),
    st.sampled_from(["", "号", "号更", "号(延)"]),
)  # fmt: skip
def test_any_older_form_is_understood(
    authority: str, city: str, office: str, origin: str, bracket: bool, year: int, grade: str,
    serial: int, tail: str,
) -> None:  # fmt: skip
    place = authority if authority == "国" else authority + city
    form = f"({origin})" if bracket else origin
    read = ids.parse_registration_no(
        f"{place}{office}械{form}字{year}第{grade}46{serial:04d}{tail}"
    )
    assert read is not None and read.form is NumberForm.LEGACY
    assert (read.authority, read.serial) == (place, f"{serial:04d}")
    assert read.key == f"certificate:{place}字{origin}:{year}:{grade}:{serial:04d}"


@given(st.text(max_size=40))
def test_any_text_has_a_certificate_key_and_the_parsers_never_break(text: str) -> None:
    key = ids.certificate_key(text)
    assert key.startswith("certificate:") and key == ids.certificate_key(f" {text} ")
    ids.parse_licence_no(text)
    ids.parse_uscc(text)
    ids.parse_institution_no(text)
    ids.parse_device_identifier(text)
    ids.parse_invoice_no(text)
    ids.parse_invoice_no(text, text)


# ---- licences ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "form", "authority", "year", "serial"),
    [
        ("粤穗食药监械经营许20171161号", "operating", "粤穗", 2017, "1161"),
        ("皖马食药监械经营备20140017号", "operating_filing", "皖马", 2014, "0017"),
        ("沪浦药监械经营许20230001号", "operating", "沪浦", 2023, "0001"),
        ("沪药监械生产许20242792号", "production", "沪", 2024, "2792"),
        ("苏食药监械生产备20150012号", "production_filing", "苏", 2015, "0012"),
        ("许可证编号：沪浦药监械经营许20230001号", "operating", "沪浦", 2023, "0001"),
        ("京朝药监械经营备２０２３０００１２号", "operating_filing", "京朝", 2023, "00012"),
    ],
)
def test_licences_of_every_form_are_understood(
    text: str, form: str, authority: str, year: int, serial: str
) -> None:
    read = ids.parse_licence_no(text)
    assert read is not None and read.form is LicenceForm(form)
    assert (read.authority, read.year, read.serial) == (authority, year, serial)


def test_label_and_final_sign_do_not_make_another_licence() -> None:
    keys = {
        ids.licence_key(text)
        for text in ("沪浦药监械经营许20230001号", "沪浦药监械经营许 20230001",
                     "许可证编号：沪浦药监械经营许20230001号")
    }  # fmt: skip
    assert keys == {"licence:沪浦药监械经营许20230001"}


@given(
    st.sampled_from(PROVINCES), st.text(alphabet="松穗马浦海", max_size=2),
    st.sampled_from(["食药监械", "药监械"]), st.sampled_from(["经营", "生产"]),
    st.sampled_from("许备"), st.integers(2014, 2099), st.integers(0, 99999), spaces,
)  # fmt: skip
def test_any_licence_number_survives_how_it_is_written(
    province: str, city: str, office: str, act: str, grade: str, year: int, serial: int, gap: str
) -> None:
    number = f"{province}{city}{office}{act}{grade}{year}{serial:04d}"
    read = ids.parse_licence_no(spaced(f"{number}号", gap))
    assert read is not None and read.value == number and read.warnings == ()
    assert (read.authority, read.year, int(read.serial)) == (province + city, year, serial)
    assert ids.licence_key(spaced(f"{number}号", gap)) == f"licence:{number}"


# ---- companies and institutions ----------------------------------------------------------------


def test_a_credit_code_with_a_wrong_check_character_is_kept_and_warned_of() -> None:
    good, bad = ids.parse_uscc("91440300587908164C"), ids.parse_uscc("91440300587908164D")
    assert good is not None and good.warnings == ()
    assert bad is not None and bad.warnings == (USCC_CHECK,) and bad.value.endswith("D")
    assert ids.party_key(uscc="91440300587908164D") == "party:uscc:91440300587908164D"


@pytest.mark.parametrize("text", ["9144030058790816", "I1440300587908164C", "某公司", ""])
def test_what_has_not_the_form_of_a_credit_code_is_none(text: str) -> None:
    assert ids.parse_uscc(text) is None


@given(
    st.integers(0, 10**6 - 1), st.text("0123456789ABCDEFGHJKLMNPQRTUWXY", min_size=9, max_size=9)
)
def test_exactly_one_check_character_is_right(region: int, body: str) -> None:
    alphabet = "0123456789ABCDEFGHJKLMNPQRTUWXY"
    reads = [ids.parse_uscc(f"91{region:06d}{body}{c}") for c in alphabet]
    assert sum(read is not None and read.warnings == () for read in reads) == 1


def test_an_institutions_number_is_never_refused() -> None:
    assert ids.parse_institution_no("PDY10001X31010117A1001").warnings == ()
    short = ids.parse_institution_no("123456789012")
    assert short.value == "123456789012" and short.warnings == (INSTITUTION_FORM,)


def test_a_party_without_code_goes_by_its_name_however_bracketed() -> None:
    assert ids.party_key(name="某（上海）有限公司") == ids.party_key(name="某(上海) 有限公司")
    with pytest.raises(ValueError):
        ids.party_key(name=" ")


# ---- device identifiers ------------------------------------------------------------------------


@given(st.text("0123456789", min_size=13, max_size=13), st.sampled_from("0123456789"))
def test_gtins_are_checked_and_never_refused(body: str, last: str) -> None:
    read = ids.parse_device_identifier(body + last)
    assert read is not None and read.value == body + last and read.agency is Agency.GS1
    right = last == ids.gtin_check_digit(body)
    assert read.warnings == (() if right else (GTIN_CHECK,))


@pytest.mark.parametrize("short", ["6901234567892", "(01)06901234567892", "06901234567892"])
def test_gtins_of_every_length_meet_in_fourteen_digits(short: str) -> None:
    assert ids.di_key(short) == "device:di:06901234567892"


def test_codes_of_the_other_agencies_are_taken_as_written() -> None:
    ma = ids.parse_device_identifier("MA.156.M0.100001.0123456789")
    assert ma is not None and ma.agency is Agency.MA and ma.warnings
    ahm = ids.parse_device_identifier("ahm1234567890", Agency.AHM)
    assert ahm is not None and ahm.agency is Agency.AHM
    assert ids.parse_device_identifier("not a code") is None


# ---- invoices ----------------------------------------------------------------------------------


def test_invoice_numbers_old_and_new_are_understood() -> None:
    new = ids.parse_invoice_no("2495 2000 0001 1057 9895")
    assert new is not None and new.value == "24952000000110579895" and new.warnings == ()
    old = ids.parse_invoice_no("00123456", "044001900111")
    assert old is not None and old.value == "044001900111-00123456"
    assert ids.invoice_key("00123456", "044001900111") == "invoice:044001900111-00123456"
    assert ids.parse_invoice_no("FA-2017-0008") is None
    assert ids.invoice_key("FA-2017-0008") == "invoice:FA-2017-0008"


def test_an_impossible_year_in_a_digital_invoice_is_warned_of() -> None:
    read = ids.parse_invoice_no("19952000000110579895")
    assert read is not None and read.warnings == (INVOICE_YEAR,)


@given(digits, st.one_of(st.none(), digits))
def test_one_invoice_number_has_one_key(number: str, code: str | None) -> None:
    assert ids.invoice_key(f" {number} ", code) == ids.invoice_key(number, code)


# ---- lots --------------------------------------------------------------------------------------


def test_lots_are_named_by_device_and_lot_or_serial() -> None:
    device = ids.device_key(di="06901234567892")
    assert ids.lot_key(device, lot_no="A1B2") == "lot:di:06901234567892/A1B2"
    assert ids.lot_key(device, serial_no="s 1") == "lot:di:06901234567892/SN:S1"
    reg = ids.device_key(registration_no="国械注准20203140123", model="XL-10")
    assert ids.lot_key(reg, lot_no="a1b2") == "lot:reg:国械注准20203140123/XL-10/A1B2"
    with pytest.raises(ValueError):
        ids.lot_key(device)
    with pytest.raises(ValueError):
        ids.device_key()


@given(st.text(min_size=1), st.text(min_size=1), st.text(min_size=1), st.text(min_size=1))
def test_two_lots_share_a_key_only_when_model_and_lot_are_the_same(
    model: str, lot: str, other_model: str, other_lot: str
) -> None:
    n = ids.normalise
    if not (n(lot) and n(other_lot)) or n(lot).startswith("SN:") or n(other_lot).startswith("SN:"):
        return

    def key(m: str, b: str) -> str:
        return ids.lot_key(ids.device_key(registration_no="国械注准20203140123", model=m), lot_no=b)

    same = (n(model), n(lot)) == (n(other_model), n(other_lot))
    assert (key(model, lot) == key(other_model, other_lot)) == same


@given(st.text())
def test_a_mark_tells_little_and_the_same_each_time(text: str) -> None:
    assert ids.mark(text) == ids.mark(text) and len(ids.mark(text)) == 4
