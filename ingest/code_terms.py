"""The Chinese words for the codes that cells of a table may hold, and how a cell is read back."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from typing import Final

from ingest.values import NotUnderstood, plain

Terms = tuple[tuple[str, str], ...]

_ZH: Final[dict[str, str]] = {
    "yes": "是",
    "no": "否",
    "unknown": "未知",
    "none": "无",
    "stated": "载明",
    "login": "系统登录",
    "source_login": "源系统登录",
    "typed": "手工填写",
    "each": "个",
    "inner": "中包装",
    "case": "箱",
    "pallet": "托盘",
    "production": "生产日期",
    "sterilisation": "灭菌日期",
}
"""By code, for codes that mean the same in every list."""

_ZH_IN_LIST: Final[dict[tuple[str, str], str]] = {}
"""By name of the list and code, where one code means different things."""


def code_terms(name: str, codes: Sequence[str]) -> Terms:
    """The codes of a list, each with its Chinese word (empty where none is kept)."""
    return tuple((code, _ZH_IN_LIST.get((name, code)) or _ZH.get(code, "")) for code in codes)


def read_code(terms: Terms, text: str) -> str:
    """The code meant by a cell: the code, its Chinese word, or both. Raises NotUnderstood."""
    found = _lookup(terms).get(_fold(text))
    if found is None:
        raise NotUnderstood(text)
    return found


@cache
def _lookup(terms: Terms) -> dict[str, str]:
    found: dict[str, str] = {}
    for code, zh in terms:
        for written in (code, code.replace("_", " "), zh, f"{zh} {code}", f"{code} {zh}"):
            if written.strip():
                found.setdefault(_fold(written), code)
    return found


def _fold(text: str) -> str:
    return plain(text).replace(" ", "").replace("_", "").lower()
