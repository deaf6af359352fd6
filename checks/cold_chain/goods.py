"""Which goods are kept cold, and within which range. The label's range wins over any habit."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import ROUND_CEILING, ROUND_FLOOR, ROUND_HALF_EVEN, Decimal
from typing import Final

from audit.records.product import Device
from audit.records.quantities import TemperatureRange
from checks.evidence import Evidence, Exhibit

COLD_AT_MOST: Final = Decimal(10)
"""A device whose label allows no more than this is handled cold, whatever its master data says."""


@dataclass(frozen=True, slots=True)
class ColdRange:
    """Limits in centi-degrees (None: open side) with the entries that state them."""

    low: int | None
    high: int | None
    entries: tuple[int, ...]

    @property
    def contradictory(self) -> bool:
        """Goods of ranges that do not meet: no one temperature suits them all."""
        return self.low is not None and self.high is not None and self.low > self.high

    def text(self) -> str:
        """Like `2~8 °C`, `<= -15 °C`."""
        if self.low is None:
            return f"<= {degrees(self.high)} °C"
        if self.high is None:
            return f">= {degrees(self.low)} °C"
        return f"{degrees(self.low)}~{degrees(self.high)} °C"


def degrees(centi: int | None) -> str:
    """Centi-degrees as degrees: `-0.5`, `8`."""
    return "" if centi is None else f"{Decimal(centi) / 100:f}"


def centi(value: Decimal) -> int:
    """A measured or stated temperature at the readings' own resolution."""
    return int((value * 100).to_integral_value(ROUND_HALF_EVEN))


def _lower(value: Decimal) -> int:
    return int((value * 100).to_integral_value(ROUND_FLOOR))


def _upper(value: Decimal) -> int:
    """A limit from °F has endless digits: 46 °F is 7.777… °C, and a reading of 7.78 is that."""
    return int((value * 100).to_integral_value(ROUND_CEILING))


def is_cold(device: Device) -> bool:
    """Whether the device needs cold or frozen handling by its label or its master data."""
    if device.cold_chain is not None:
        return device.cold_chain
    limits = [one for one in (device.storage, device.transport) if one is not None]
    return any(one.high is not None and one.high <= COLD_AT_MOST for one in limits)


def cold_devices(
    evidence: Evidence, subjects: Iterable[str] | None = None
) -> list[Exhibit[Device]]:
    """Device master data of cold goods; `subjects`: only of these devices."""
    wanted = None if subjects is None else set(subjects)
    return [
        exhibit
        for exhibit in evidence.of(Device)
        if is_cold(exhibit.record)
        and (wanted is None or wanted & set(exhibit.subjects.get("device", ())))
    ]


def narrowest(devices: Iterable[Exhibit[Device]], *, transport: bool) -> ColdRange | None:
    """The range that suits all of them; None where no label states one.

    In transport the label's transport range counts, else its storage range.
    """
    low: int | None = None
    high: int | None = None
    entries: list[int] = []
    for exhibit in devices:
        limits = _range(exhibit.record, transport=transport)
        if limits is None:
            continue
        entries.append(exhibit.seq)
        if limits.low is not None:
            low = _lower(limits.low) if low is None else max(low, _lower(limits.low))
        if limits.high is not None:
            high = _upper(limits.high) if high is None else min(high, _upper(limits.high))
    return ColdRange(low, high, tuple(entries)) if entries else None


def _range(device: Device, *, transport: bool) -> TemperatureRange | None:
    return (device.transport or device.storage) if transport else device.storage
