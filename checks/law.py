"""Legal texts that rules rest on, each with the time it is in force, and how a rule cites them.

An article is cited only where the text states that duty for that actor. The short name of a text
is its key; the wording of rules and explanations is this project's own.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Final

from base.errors import Lang


class Selector(StrEnum):
    """Which day decides whether a legal basis applied."""

    ACT = "act"
    PRODUCTION = "production"
    SALE = "sale"
    VALID_AT = "valid_at"


@dataclass(frozen=True, slots=True)
class Law:
    """A legal text. `until` is its last day in force (None: still in force as far as known)."""

    key: str
    zh: str
    en: str
    since: date
    until: date | None = None

    def title(self, lang: Lang = "zh") -> str:
        return self.zh if lang == "zh" else self.en


@dataclass(frozen=True, slots=True)
class Basis:
    """One article of one text, the time it is in force, and the day that selects it."""

    law: Law
    article: str
    selected_by: Selector
    in_force_from: date
    in_force_until: date | None

    @property
    def citation(self) -> str:
        """Short form like `GSP 23`; without an article where the whole text is meant."""
        return f"{self.law.key} {self.article}".strip()

    def in_force(self, on: date) -> bool:
        """Whether it was in force on that legal day, both ends inclusive."""
        return self.in_force_from <= on and (
            self.in_force_until is None or on <= self.in_force_until
        )


def _laws(*texts: Law) -> dict[str, Law]:
    return {text.key: text for text in texts}


LAWS: Final[Mapping[str, Law]] = _laws(
    Law(
        "条例",
        "医疗器械监督管理条例（国务院令第739号）",
        "Regulations on the Supervision of Medical Devices (State Council order 739)",
        date(2021, 6, 1),
    ),
    Law(
        "47号令",
        "医疗器械注册与备案管理办法（市场监管总局令第47号）",
        "Measures for Registration and Filing of Medical Devices (SAMR order 47)",
        date(2021, 10, 1),
    ),
    Law(
        "53号令",
        "医疗器械生产监督管理办法（市场监管总局令第53号）",
        "Measures for Supervision of Medical Device Production (SAMR order 53)",
        date(2022, 5, 1),
    ),
    Law(
        "54号令",
        "医疗器械经营监督管理办法（市场监管总局令第54号）",
        "Measures for Supervision of Medical Device Distribution (SAMR order 54)",
        date(2022, 5, 1),
    ),
    Law(
        "GSP",
        "医疗器械经营质量管理规范（国家药监局公告2023年第153号）",
        "Good Supply Practice for Medical Devices (NMPA notice 2023-153)",
        date(2024, 7, 1),
    ),
    Law(
        "许可法",
        "中华人民共和国行政许可法",
        "Administrative Licensing Law",
        date(2004, 7, 1),
    ),
    Law(
        "不良事件办法",
        "医疗器械不良事件监测和再评价管理办法（市场监管总局、卫生健康委令第1号）",
        "Measures for Adverse Event Monitoring and Re-evaluation of Medical Devices (order 1)",
        date(2019, 1, 1),
    ),
    Law(
        "会计档案办法",
        "会计档案管理办法（财政部、国家档案局令第79号）",
        "Measures for the Administration of Accounting Archives (order 79)",
        date(2016, 1, 1),
    ),
    Law(
        "税收征管细则",
        "税收征收管理法实施细则",
        "Implementing Rules of the Tax Collection Law",
        date(2002, 10, 15),
    ),
    Law(
        "2022-30",
        "关于调整《医疗器械分类目录》部分内容的公告（2022年第30号）",
        "Notice adjusting parts of the device classification catalogue (2022-30)",
        date(2022, 3, 31),
    ),
    Law(
        "2023-101",
        "关于调整《医疗器械分类目录》部分内容的公告（2023年第101号）",
        "Notice adjusting parts of the device classification catalogue (2023-101)",
        date(2023, 8, 31),
    ),
    Law(
        "2024-84",
        "关于进一步明确射频治疗仪类产品有关要求的公告（2024年第84号）",
        "Notice on requirements for radio-frequency therapy devices (2024-84)",
        date(2024, 7, 8),
    ),
    Law(
        "冷链指南",
        "医疗器械冷链（运输、贮存）管理指南（2016年第154号）",
        "Guide to cold-chain transport and storage of medical devices (2016-154)",
        date(2016, 9, 22),
    ),
)


def law(
    key: str,
    article: str,
    *,
    by: Selector = Selector.VALID_AT,
    since: date | None = None,
    until: date | None = None,
) -> Basis:
    """Cite an article. `since`/`until` narrow the text's own time. Raises KeyError on unknown."""
    text = LAWS[key]
    return Basis(text, article, by, since or text.since, until or text.until)
