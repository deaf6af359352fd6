"""What a person reads comes in the language that was asked for."""

from __future__ import annotations

import re

import pytest

from tests.service.desk import Desk

CHINESE = re.compile(r"[\u4e00-\u9fff]")
LISTS = [
    ("record", "list"),
    ("document", "list"),
    ("quarantine", "list"),
    ("findings", "list"),
    ("rules", "list"),
    ("policy", "show"),
    ("hold", "list"),
    ("source", "list"),
    ("key", "show"),
]


@pytest.mark.parametrize("words", LISTS, ids=" ".join)
def test_the_headings_of_lists_are_in_the_readers_language(
    words: tuple[str, ...], judged: Desk
) -> None:
    judged.sign_in("inspector")
    chinese, english = judged(*words, lang="zh"), judged(*words, lang="en")
    assert chinese.code == english.code == 0
    assert CHINESE.search(chinese.out.splitlines()[1])
    assert not CHINESE.search(english.out.splitlines()[1])


def test_single_answers_are_in_the_readers_language(judged: Desk) -> None:
    judged.sign_in("chen")
    for words in (
        ("hold", "place", "--reason", "x", "--everything"),
        ("check", "run", "--rule", "retention"),
        ("verify",),
        ("logout",),
    ):
        chinese = judged(*words, lang="zh")
        if words == ("logout",):
            judged.sign_in("chen")
        english = judged(*words, lang="en")
        assert chinese.code == english.code == 0, english.said
        assert CHINESE.search(chinese.out)
        assert not CHINESE.search(english.out), english.out


def test_chinese_comes_first_and_codes_never_change(judged: Desk) -> None:
    refused = judged("record", "list", lang="")
    assert "尚未登录" in refused.err
    assert "user.not_signed_in" in refused.err
    assert "user.not_signed_in" in judged("record", "list", lang="en").err
