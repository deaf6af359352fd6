"""经营范围 and 生产范围 as items: catalogue code, class, limits, cold goods.

What is not understood is kept as an item of its own, so that it makes the answer unknown instead
of vanishing.
"""

from __future__ import annotations

import re
from typing import Any, Final

from ingest.parsers.frames import same_length

_MARK: Final = re.compile(
    r"(?P<catalogue>《?(?:医疗器械)?(?P<year>2002|2017|旧|新|原)(?:年?版?)?[^,;:、。\d]{0,14}目录》?"
    r"(?:\([^)]*\))?\s*:?)"
    r"|(?P<grade>(?<![一-鿿])第?\s*(?P<digit>III|II|I|Ⅲ|Ⅱ|Ⅰ|三|二|一|3|2|1)\s*类(?:医疗器械)?\s*:?)"
    r"|(?P<code>68\d{2}|(?:0[1-9]|1\d|2[0-2])(?:-\d{2}){0,2})(?!\d)\s*-?"
    r"(?P<name>(?:[^\d,;:、。()\s]|、(?!\s*\d))*)\s*(?P<aside>(?:\([^)]*\)\s*)*)"
)
_GRADE: Final = {"III": 3, "Ⅲ": 3, "三": 3, "3": 3, "II": 2, "Ⅱ": 2, "二": 2, "2": 2,
                 "I": 1, "Ⅰ": 1, "一": 1, "1": 1}  # fmt: skip
_FILLER: Final = re.compile(r"[\s,;:、。*#\-]+|以下空白|经营范围|生产范围|批发|零售")
_COLD: Final = re.compile(r"冷藏|冷冻|冷链|低温")
_NOT: Final = re.compile(r"不含|除外|不包括|不得|除")
_ONLY: Final = re.compile(r"^(?:仅限?|限)(?:于|经营|生产)?")


def scope_items(text: str) -> list[dict[str, Any]]:
    """Items as the fields of `ScopeItem`, in the order of the text."""
    plain = same_length(text)
    items: list[dict[str, Any]] = []
    grade: int | None = None
    catalogue: str | None = None
    at = 0
    for mark in _MARK.finditer(plain):
        _left_over(items, text[at : mark.start()])
        at = mark.end()
        if mark["catalogue"]:
            catalogue = "2002" if mark["year"] in ("2002", "旧", "原") else "2017"
        elif mark["grade"]:
            grade = _GRADE[mark["digit"]]
        else:
            items.append(_item(mark, text[mark.start() : mark.end()], grade, catalogue))
    _left_over(items, text[at:])
    return items


def _item(
    mark: re.Match[str], written: str, grade: int | None, catalogue: str | None
) -> dict[str, Any]:
    old = len(mark["code"]) == 4 and mark["code"].startswith("68")
    item: dict[str, Any] = {
        "catalogue": "2002" if old else (catalogue or "2017") if not old else catalogue,
        "code": mark["code"],
        "written": written.strip(" ,，;；、"),
    }
    if grade:
        item["device_class"] = grade
    if mark["name"]:
        item["name"] = mark["name"]
    for aside in re.findall(r"\(([^)]*)\)", mark["aside"]):
        _qualify(item, aside.strip())
    return item


def _qualify(item: dict[str, Any], aside: str) -> None:
    """A bracket after an item: goods kept cold, only these, all but these, or not understood."""
    if _COLD.search(aside):
        item["cold"] = "no" if _NOT.search(aside) else "yes"
        if len(aside) > 24:
            item["unparsed"] = aside
    elif _ONLY.match(aside):
        item["only"] = _ONLY.sub("", aside)
    elif _NOT.search(aside):
        item["exclude"] = re.sub(r"^(?:不含|不包括|除)|除外$|外$", "", aside)
    else:
        item["unparsed"] = aside


def _left_over(items: list[dict[str, Any]], text: str) -> None:
    rest = text.strip()
    if not _FILLER.sub("", same_length(rest)):
        return
    if items and _COLD.search(rest) and re.match(r"^[,;，；。\s]*(?:以上|上述|均)", rest):
        for item in items:
            item.setdefault("cold", "no" if _NOT.search(rest) else "yes")
        return
    aside = re.fullmatch(r"[((](.*)[))][\s*]*", rest)
    if aside and items:
        _qualify(items[-1], aside[1])
        return
    items.append({"catalogue": "unknown", "unparsed": rest, "written": rest})
