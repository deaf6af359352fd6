"""Certificates and licences of the invented world: periods, renewals, changes, exceptions.

The exceptions are what the demonstration is about; each is named in `planted`.
"""

from __future__ import annotations

import random
from calendar import monthrange
from datetime import date, timedelta
from typing import Final

from service.demo.catalogue import Item
from service.demo.model import Certificate, Change, Licence, Period, Renewal
from service.demo.numbers import chance, filing_number, licence_number, registration_number

BEGIN: Final = date(2024, 11, 1)
END: Final = date(2026, 10, 31)

LAPSED: Final = {"alginate": date(2020, 9, 1), "lenscare": date(2020, 7, 1)}
"""First days of certificates that nobody renewed: they end on 2025-08-31 and 2025-06-30."""

DEEMED: Final = {"hemostat": (date(2016, 4, 1), date(2025, 9, 10), date(2025, 9, 18))}
"""First day, renewal applied for, accepted; no decision known when it ends on 2026-03-31."""

UNAPPLIED: Final = {"nebuliser": date(2021, 12, 16)}
"""Ends within six months of the last day with no application on file."""

_OLD_CODES: Final = {"13-01": "46", "03-13": "77", "14-08": "64", "02-13": "65"}
"""Digits of the 2002 catalogue for what was first registered before August 2018."""


def years_later(day: date, years: int) -> date:
    """The same day some years on; 29 February becomes the 28th."""
    last = monthrange(day.year + years, day.month)[1]
    return day.replace(year=day.year + years, day=min(day.day, last))


def certificate(
    seed: int, serial: int, item: Item, holder: str, agent: str | None, province: str
) -> Certificate:
    """The certificate of one product with every period up to the end of the two years."""
    rng = chance(seed, "certificate", item.key)
    if item.device_class == 1:
        filed = date(item.first, rng.randint(1, 12), rng.randint(1, 28))
        number = filing_number(f"{province}示", item.first, serial)
        return Certificate(item.key, number, 1, "", holder, agent, filed, (), (number,))
    first = _first_day(rng, item)
    periods = _periods(rng, item.key, first)
    codes = _codes(item, len(periods))
    authority = "国" if item.device_class == 3 or "M" in item.flags else province
    form = "进" if "M" in item.flags else "准"
    numbers = tuple(
        registration_number(authority, form, first.year, item.device_class, code, serial)
        for code in codes
    )
    return Certificate(
        item.key, numbers[-1], item.device_class, codes[-1], holder, agent, first, periods, numbers,
        _renewals(rng, item.key, periods), _changes(item, numbers),
    )  # fmt: skip


def _first_day(rng: random.Random, item: Item) -> date:
    fixed = LAPSED.get(item.key) or UNAPPLIED.get(item.key)
    if item.key in DEEMED:
        fixed = DEEMED[item.key][0]
    if fixed:
        return fixed
    while True:
        day = date(item.first, rng.randint(1, 12), rng.randint(1, 28))
        end = years_later(day, 5 * (1 + (END.year + 1 - item.first) // 5)) - timedelta(days=1)
        ends = {
            end,
            years_later(day, 5) - timedelta(days=1),
            years_later(day, 10) - timedelta(days=1),
        }
        if not any(END < one <= date(2027, 6, 30) for one in ends):
            return day


def _periods(rng: random.Random, key: str, first: date) -> tuple[Period, ...]:
    periods = [Period(first, first, years_later(first, 5) - timedelta(days=1))]
    while periods[-1].ends <= END and not (key in LAPSED or (key in DEEMED and len(periods) == 2)):
        begins = periods[-1].ends + timedelta(days=1)
        approved = begins - timedelta(days=rng.randint(20, 80))
        periods.append(Period(approved, begins, years_later(begins, 5) - timedelta(days=1)))
    return tuple(periods)


def _codes(item: Item, count: int) -> tuple[str, ...]:
    new = "40" if item.code == "6840" else item.code[:2]
    old = _OLD_CODES.get(item.code, new) if item.first < 2018 else new
    return (old, *[new] * (count - 1))


def _renewals(rng: random.Random, key: str, periods: tuple[Period, ...]) -> tuple[Renewal, ...]:
    renewals = []
    for before in periods[:-1]:
        applied = before.ends - timedelta(days=rng.randint(190, 260))
        accepted = applied + timedelta(days=rng.randint(3, 8))
        renewals.append(
            Renewal(applied, accepted, f"示受延{accepted:%Y}{rng.randint(90000, 99999)}")
        )
    if key in DEEMED:
        _, applied, accepted = DEEMED[key]
        renewals.append(
            Renewal(applied, accepted, f"示受延{accepted:%Y}{rng.randint(90000, 99999)}")
        )
    return tuple(renewals)


def _changes(item: Item, numbers: tuple[str, ...]) -> tuple[Change, ...]:
    if item.key == "stent":
        return (
            Change(date(2025, 3, 14), f"{numbers[-1]}(变)", "型号、规格", "WL-DES 2.5×18、3.0×18",
                   "WL-DES 2.5×18、3.0×18、3.5×24"),
        )  # fmt: skip
    if item.key == "iol":
        return (
            Change(date(2025, 7, 22), f"{numbers[-1]}(变)", "生产地址", "山东省示例市云锦街5号",
                   "山东省示例市云锦街5号2号楼"),
        )  # fmt: skip
    return ()


ALL_CODES: Final = (
    "01", "02", "03", "04", "06", "07", "08", "09", "10", "13", "14", "16", "21", "22", "6840",
)  # fmt: skip
LATE_LICENCE: Final = ("tingsong", date(2026, 4, 30))
"""This supplier's operating licence ended and he shipped all the same."""
BUYER_LAPSED: Final = ("dealer07", date(2026, 2, 28))
"""This dealer's licence ended and we shipped all the same."""
BUYER_RENEWED: Final = ("dealer08", date(2026, 6, 30))
"""This dealer's licence ended, the renewed one arrived and nobody has confirmed it yet."""
BUYER_NARROW: Final = "dealer09"
"""This dealer's licence does not cover reagents."""


def operating(
    seed: int, key: str, province: str, serial: int, *, warehouses: tuple[str, ...]
) -> tuple[Licence, ...]:
    """The versions of a class III operating licence that were in force in the two years."""
    rng = chance(seed, "operating", key)
    scope = tuple(code for code in ALL_CODES if key != BUYER_NARROW or code != "6840")
    ends = dict([BUYER_LAPSED, BUYER_RENEWED, LATE_LICENCE]).get(key)
    renewed = key == BUYER_RENEWED[0]
    if ends is None and rng.random() < 0.25:
        ends = date(2025, rng.randint(3, 11), rng.randint(1, 28))
        renewed = True
    if ends is None:
        ends = date(rng.choice((2027, 2028)), rng.randint(9, 12), rng.randint(1, 28))
    return _versions(
        rng, key, "operating", "经营许", province, serial, ends, renewed, scope, warehouses
    )


def production(
    seed: int, key: str, province: str, serial: int, codes: tuple[str, ...]
) -> tuple[Licence, ...]:
    """The versions of a production licence that were in force in the two years."""
    rng = chance(seed, "production", key)
    renewed = rng.random() < 0.3
    if renewed:
        ends = date(2025, rng.randint(3, 11), rng.randint(1, 28))
    else:
        ends = date(rng.choice((2027, 2028)), rng.randint(9, 12), rng.randint(1, 28))
    return _versions(rng, key, "production", "生产许", province, serial, ends, renewed, codes, ())


def _versions(
    rng: random.Random,
    key: str,
    form: str,
    words: str,
    province: str,
    serial: int,
    ends: date,
    renewed: bool,
    scope: tuple[str, ...],
    warehouses: tuple[str, ...],
) -> tuple[Licence, ...]:
    begins = years_later(ends, -5) + timedelta(days=1)
    number = licence_number(f"{province}示", words, begins.year, serial)
    first = Licence(
        f"{key}/{form}", key, form, number, Period(begins, begins, ends), "核发", scope, True,
        "批零兼营" if form == "operating" else "", warehouses,
    )  # fmt: skip
    if not renewed:
        return (first,)
    begins = ends + timedelta(days=1)
    approved = begins - timedelta(days=rng.randint(5, 25))
    period = Period(approved, begins, years_later(begins, 5) - timedelta(days=1))
    second = Licence(
        f"{key}/{form}/2", key, form, number, period, "延续", scope, True, first.mode, warehouses
    )
    return (first, second)


def class_ii(
    seed: int, key: str, province: str, serial: int, *, warehouses: tuple[str, ...]
) -> Licence:
    """A class II distribution filing: it does not end."""
    rng = chance(seed, "class_ii", key)
    filed = date(rng.randint(2019, 2023), rng.randint(1, 12), rng.randint(1, 28))
    number = licence_number(f"{province}示", "经营备", filed.year, serial)
    return Licence(
        f"{key}/class_ii", key, "class_ii", number, Period(filed, filed, date.max), "备案",
        ALL_CODES, True, "批零兼营", warehouses,
    )  # fmt: skip
