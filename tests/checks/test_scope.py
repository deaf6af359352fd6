"""Scopes and addresses by themselves: what the examples of the rules cannot vary."""

from __future__ import annotations

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from audit.records.licences import Catalogue, ColdScope, ScopeItem
from audit.records.registration_numbers import parse_registration_no
from checks.validity.addresses import Same, listed, same_place
from checks.validity.scope import Codes, InScope, goods_of, in_scope, readings

CODES = st.sampled_from(["01", "03", "13", "14", "22", "14-02", "14-02-01", "6840", "6846", "6813"])
NUMBERS = st.sampled_from(
    ["国械注准20203140123", "国械注准20163130123", "国械注准20163460123", "国械注准20243400902"]
)


@st.composite
def items(draw: st.DrawFn) -> ScopeItem:
    code = draw(st.one_of(st.none(), CODES))
    old = code is not None and len(code) == 4
    return ScopeItem(
        catalogue=Catalogue.C2002 if old else Catalogue.C2017,
        code=code,
        device_class=draw(st.sampled_from([None, 2, 3])),
        exclude=draw(st.sampled_from([None, "注射器"])),
        cold=draw(st.sampled_from(ColdScope)),
        unparsed=draw(st.sampled_from([None, "见附页"])),
    )


@given(NUMBERS, st.lists(items(), max_size=5), items())
def test_one_more_category_never_takes_goods_out_of_a_scope(
    number: str, scope: list[ScopeItem], more: ScopeItem
) -> None:
    parsed = parse_registration_no(number)
    goods = goods_of(("吻合器",), parsed, (), 3)
    before, after = in_scope(goods, scope, 3), in_scope(goods, [*scope, more], 3)
    if before is InScope.IN:
        assert after is InScope.IN
    if before is InScope.OPEN and more.code and len(more.code) == 4:
        assert after is not InScope.OUT


@given(NUMBERS, st.lists(items(), max_size=5), st.randoms())
def test_the_order_of_the_items_does_not_matter(
    number: str, scope: list[ScopeItem], order: random.Random
) -> None:
    goods = goods_of(("吻合器",), parse_registration_no(number), (), 3)
    turned = list(scope)
    order.shuffle(turned)
    assert in_scope(goods, scope, 3) is in_scope(goods, turned, 3)


@pytest.mark.parametrize(
    ("number", "expected"),
    [
        ("国械注准20203140123", (Codes("14", None),)),
        ("国械注准20163140123", (Codes("14", None),)),  # 14 was no category of 2002
        ("国械注准20163130123", (Codes("13", None), Codes(None, "6813"))),
        ("国械注准20163460123", (Codes(None, "6846"),)),
        ("国械注准20243400902", (Codes("", "6840"),)),
        ("国械注准20163400902", (Codes("", "6840"), Codes("22", "6840"))),
        ("国食药监械(准)字2013第3130089号", (Codes(None, "6813"),)),
    ],
)
def test_two_digits_are_read_by_the_year_of_the_number(
    number: str, expected: tuple[Codes, ...]
) -> None:
    assert readings(parse_registration_no(number), (), None) == expected


ADDRESS = "江苏省江南市云锦街5号"


@pytest.mark.parametrize(
    ("stated", "same"),
    [
        (ADDRESS, Same.YES),
        ("江苏省 江南市　云锦街５号", Same.YES),
        (f"{ADDRESS}2号楼301室", Same.YES),
        ("云锦街5号", Same.YES),
        ("江南云锦街5号", Same.OPEN),
        ("江苏省江南市云锦街", Same.OPEN),
        ("中心库", Same.OPEN),
        ("江苏省江南市云锦街15号", Same.NO),
        ("江苏省江南市云锦街51号", Same.NO),
        ("江苏省江南市滨江大道5号", Same.NO),
        ("5号", Same.OPEN),
        ("江苏省江南市高新区3号园", Same.NO),
    ],
)
def test_an_address_is_compared_as_a_person_would(stated: str, same: Same) -> None:
    assert same_place(stated, ADDRESS) is same


def test_the_best_of_several_places_counts() -> None:
    assert listed("云锦街5号", ["滨江大道8号", ADDRESS]) is Same.YES
    assert listed("云锦街5号", []) is Same.NO
