"""Whether an address on a paper is one of those on a licence. Text only, normalised."""

from __future__ import annotations

import re
from collections.abc import Iterable
from enum import StrEnum
from typing import Final

from audit.records.text import normalise

_LOOKS_LIKE_ONE: Final = re.compile(r"(?:路|街|道|巷|弄|村|镇|乡|里|园|区|县|市).*\d|\d+号")
_HOUSE: Final = re.compile(r"[^省市区县]{1,8}?(?:路|街|道|巷|弄|大街|大道)\d+(?:-\d+)?号?")
_ALIKE: Final = 0.6
"""Share of the shorter text's pairs of signs from which two writings may be of one place."""


class Same(StrEnum):
    """Whether two writings are one place."""

    YES = "same"
    OPEN = "open"
    NO = "other"


def listed(stated: str, places: Iterable[str]) -> Same:
    """Whether an address is one of the places listed; the best answer of all."""
    found = {same_place(stated, place) for place in places}
    return next((one for one in Same if one in found), Same.NO)


def same_place(stated: str, place: str) -> Same:
    """The paper's writing beside the licence's.

    Same: equal, more exact than the licence (a floor, a room), or without province or city. Open:
    less exact, only a name, or the same house written otherwise. Else another place.
    """
    paper, licence = normalise(stated), normalise(place)
    if not paper or not licence:
        return Same.OPEN
    if paper == licence or _within(licence, paper) or (licence.endswith(paper) and _houses(paper)):
        return Same.YES
    if not _is(paper) or not _is(licence) or paper in licence:
        return Same.OPEN
    of_paper, of_licence = _houses(paper), _houses(licence)
    if of_paper and of_licence:
        alike = any(a.endswith(b) or b.endswith(a) for a in of_paper for b in of_licence)
        return Same.OPEN if alike else Same.NO
    same_digits = re.findall(r"\d+", paper) == re.findall(r"\d+", licence)
    return Same.OPEN if same_digits and _likeness(paper, licence) >= _ALIKE else Same.NO


def _is(text: str) -> bool:
    """Whether it reads like an address and not like a warehouse's name."""
    return _LOOKS_LIKE_ONE.search(text) is not None


def _within(licence: str, paper: str) -> bool:
    """The licence's writing stands whole in the paper's; a number does not go on after it."""
    at = paper.find(licence)
    if at < 0 or not _is(licence):
        return False
    following = paper[at + len(licence) :][:1]
    return not (licence[-1].isdigit() and following.isdigit())


def _houses(text: str) -> set[str]:
    """Street with house number."""
    return {found.removesuffix("号") for found in _HOUSE.findall(text)}


def _likeness(a: str, b: str) -> float:
    pairs = [{text[at : at + 2] for at in range(len(text) - 1)} for text in (a, b)]
    shorter = min(len(one) for one in pairs)
    return len(pairs[0] & pairs[1]) / shorter if shorter else 0.0
