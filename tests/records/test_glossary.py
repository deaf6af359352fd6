"""The glossary in docs is the one the models give."""

from pathlib import Path

from audit.records import KINDS
from audit.records.glossary import TERMS, glossary

PAGE = Path(__file__).parents[2] / "docs" / "glossary.md"


def test_the_page_in_docs_is_up_to_date() -> None:
    written = PAGE.read_text(encoding="utf-8")
    assert written == glossary(), "run: python -m audit.records.glossary > docs/glossary.md"


def test_every_kind_stands_in_the_glossary_in_both_languages() -> None:
    page = glossary()
    for kind, cls in KINDS.items():
        assert f"### {cls.zh} · {cls.en} · `{kind}`" in page


def test_a_word_of_the_trade_is_explained_once() -> None:
    assert len({zh for zh, _, _ in TERMS}) == len(TERMS)
