"""Range and continuity judged from what the loggers show. For transport and storage alike."""

from __future__ import annotations

from typing import Any

from checks.cold_chain.goods import ColdRange, degrees
from checks.cold_chain.kernel import Gap
from checks.cold_chain.logs import Shown, local
from checks.cold_chain.sentences import (
    DAY_OUT_OF_RANGE,
    GAP_FOUND,
    IN_RANGE,
    NO_GAP,
    OUT_OF_RANGE,
    PART_DAY_OUT,
    PART_DAY_SILENT,
    QUARANTINE_GOODS,
    SHOULD_BE_CONTINUOUS,
    SHOULD_BE_IN_RANGE,
    SUPPLY_LOG,
    SUPPLY_READINGS,
)
from checks.types import Answer, Cure, failed, passed, say, unknown


def in_range(limits: ColdRange, shown: Shown) -> Answer:
    """Judge what was shown against the range. Used for transport and storage alike."""
    entries = (*limits.entries, *shown.entries)
    expected = say(SHOULD_BE_IN_RANGE, range=limits.text())
    cure = Cure(say(QUARANTINE_GOODS), shown.entries)
    if shown.excursions:
        reading = shown.reading
        assert reading is not None
        low = min(one.peak for one in shown.excursions)
        high = max(one.peak for one in shown.excursions)
        low = min(low, reading.lowest if reading.lowest is not None else low)
        high = max(high, reading.highest if reading.highest is not None else high)
        minutes = sum(one.seconds for one in shown.excursions) // 60
        first = shown.excursions[0]
        return failed(
            say(
                OUT_OF_RANGE,
                range=limits.text(),
                low=degrees(low),
                high=degrees(high),
                minutes=minutes,
                start=local(first.start),
            ),
            expected=expected,
            facts=_excursion_facts(shown),
            entries=entries,
            cures=(cure,),
        )
    for day in shown.daily_out:
        shape = {"day": day.on, "range": limits.text()}
        if day.whole:
            found = say(DAY_OUT_OF_RANGE, low=degrees(day.low), high=degrees(day.high), **shape)
            return failed(found, expected=expected, entries=entries, cures=(cure,))
    if shown.daily_out:
        partly = say(PART_DAY_OUT, day=shown.daily_out[0].on, range=limits.text())
        need = Cure(say(SUPPLY_READINGS), shown.entries)
        return unknown(partly, expected=expected, entries=entries, cures=(need,))
    reading = shown.reading
    low_text = degrees(reading.lowest) if reading else ""
    high_text = degrees(reading.highest) if reading else ""
    return passed(
        say(IN_RANGE, range=limits.text(), low=low_text, high=high_text),
        expected=expected,
        facts=_range_facts(shown),
        entries=entries,
    )


def _range_facts(shown: Shown) -> dict[str, Any]:
    reading = shown.reading
    if reading is None or reading.mkt is None:
        return {}
    return {
        "readings": reading.readings,
        "lowest": degrees(reading.lowest),
        "highest": degrees(reading.highest),
        "mkt": f"{reading.mkt:.2f}",
        "covered_seconds": reading.covered,
    }


def _excursion_facts(shown: Shown) -> dict[str, Any]:
    high = [one.seconds for one in shown.excursions if one.side.value == "high"]
    low = [one.seconds for one in shown.excursions if one.side.value == "low"]
    return {
        **_range_facts(shown),
        "excursions": len(shown.excursions),
        "seconds_high": sum(high),
        "seconds_low": sum(low),
        "longest_high": max(high, default=0),
        "longest_low": max(low, default=0),
        "seconds_at_most": sum(one.seconds_at_most for one in shown.excursions),
        "duration_known": all(one.duration_known for one in shown.excursions),
    }


def without_gap(shown: Shown, papers: tuple[int, ...]) -> Answer:
    """Judge the gaps of what was shown. Used for transport and storage alike."""
    entries = (*papers, *shown.entries)
    expected = say(SHOULD_BE_CONTINUOUS)
    cure = Cure(say(SUPPLY_LOG), entries)
    if shown.gaps:
        return failed(
            _gap_sentence(shown.gaps),
            expected=expected,
            facts={
                "gaps": len(shown.gaps),
                "gap_seconds": _seconds(shown.gaps),
                "positions": tuple(sorted({one.position.value for one in shown.gaps})),
            },
            entries=entries,
            cures=(cure,),
        )
    if shown.daily_silent and shown.only_daily:
        on, whole = shown.daily_silent[0]
        found = say(PART_DAY_SILENT, day=on)
        if not whole:
            return unknown(found, expected=expected, entries=entries, cures=(cure,))
        return failed(found, expected=expected, entries=entries, cures=(cure,))
    return passed(say(NO_GAP), expected=expected, entries=entries)


def _seconds(gaps: tuple[Gap, ...]) -> int:
    return sum(one.end - one.start for one in gaps)


def _gap_sentence(gaps: tuple[Gap, ...]) -> Any:
    first = gaps[0]
    return say(
        GAP_FOUND,
        count=len(gaps),
        minutes=_seconds(gaps) // 60,
        start=local(first.start),
        end=local(first.end),
    )
