"""Numbers of the invented world are valid by form and check digit, and nobody's."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st
from stdnum import ean
from stdnum.cn import uscc as real_uscc

from audit.records.identifiers import (
    parse_institution_no,
    parse_invoice_no,
    parse_licence_no,
    parse_registration_no,
)
from service.demo.model import Purchase, Sale, World
from service.demo.numbers import (
    amount_in_words,
    chance,
    gtin14,
    identity_card,
    invented_uscc,
)


@given(st.integers(0, 10**9), st.sampled_from(["91", "12"]))
def test_every_invented_credit_code_has_its_check_character(seed: int, category: str) -> None:
    code = invented_uscc(chance(seed, "any"), category)
    assert real_uscc.is_valid(code)
    assert code[8:11] == "MAY", "organisation codes that begin so have not been given to anybody"


@given(st.integers(0, 9999), st.integers(0, 999))
def test_every_article_number_has_its_check_digit(maker: int, item: int) -> None:
    assert ean.is_valid(gtin14(0, maker, item))


@given(st.dates(date(1950, 1, 1), date(2010, 1, 1)), st.integers(100, 999))
def test_an_identity_card_has_a_right_check_character_and_a_region_nobody_has(
    born: date, serial: int
) -> None:
    card = identity_card(born, serial)
    weights = [pow(2, place, 11) for place in range(17, -1, -1)]
    values = [10 if char == "X" else int(char) for char in card]
    assert sum(v * w for v, w in zip(values, weights, strict=True)) % 11 == 1
    assert card.startswith("000000")


@pytest.mark.parametrize(
    ("fen", "words"),
    [
        (0, "零圆整"),
        (1120, "壹拾壹圆贰角整"),
        (5430, "伍拾肆圆叁角整"),
        (1600000, "壹万陆仟圆整"),
        (10000005, "壹拾万圆零伍分"),
        (2000050000, "贰仟万零伍佰圆整"),
    ],
)
def test_amounts_are_written_in_capital_figures(fen: int, words: str) -> None:
    assert amount_in_words(fen) == words


def test_every_registration_number_is_valid_by_form_and_cross_rules(world: World) -> None:
    for certificate in world.company.certificates:
        for number in certificate.numbers:
            parsed = parse_registration_no(number)
            assert parsed is not None, number
            assert not parsed.warnings, (number, parsed.warnings)
            assert parsed.device_class == certificate.device_class


def test_every_licence_number_is_valid_by_form(world: World) -> None:
    for party in world.company.parties.values():
        for licence in party.licences:
            if licence.form == "institution":
                parsed = parse_institution_no(licence.number)
            else:
                parsed = parse_licence_no(licence.number)
            assert parsed is not None and not parsed.warnings, licence.number


def test_every_party_at_home_has_a_valid_credit_code_of_its_own(world: World) -> None:
    codes = [party.uscc for party in world.company.parties.values() if party.uscc]
    assert all(real_uscc.is_valid(code) for code in codes)
    assert len(set(codes)) == len(codes)


def test_every_invoice_number_is_valid_and_used_once(world: World) -> None:
    invoices = [
        event.invoice
        for event in world.events
        if isinstance(event, Purchase | Sale) and event.invoice is not None
    ]
    assert len({(one.code, one.number) for one in invoices}) == len(invoices)
    for one in invoices:
        parsed = parse_invoice_no(one.number, one.code)
        assert parsed is not None and not parsed.warnings, (one.number, parsed)
