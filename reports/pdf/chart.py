"""A cold-chain leg as a drawing: readings, limits, excursions and gaps. SVG, made here.

Pure. Times are epoch seconds, temperatures centi-degrees Celsius, as in `checks.cold_chain`. Many
readings are thinned to the lowest and highest of each column of pixels, so that no peak is lost.
Colour is never alone: excursions are filled and hatched, gaps are hatched and lettered, several
loggers differ in their dashes and are named above the drawing.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, tzinfo
from html import escape
from typing import Final

from base.clock import SHANGHAI
from base.fonts import FONT_FAMILY

WIDTH: Final = 720
HEIGHT: Final = 216
LEFT, RIGHT, TOP, BOTTOM = 40, 12, 14, 34
INK, GRID, LINE = "#2b3338", "#d9dee1", "#0c5a6e"
GOOD, BAD, GAP = "#e7f1ea", "#c23434", "#8b7a3a"
STROKES: Final = (
    (LINE, ""), ("#7a4b94", "6 2"), ("#3f7d3a", "2 2"), ("#9a5b13", "8 2 2 2"), ("#42566b", "1 2"),
)  # fmt: skip
"""Colour and dashes of the first, second, … logger of a leg."""
_STEPS: Final = (600, 1_800, 3_600, 7_200, 10_800, 21_600, 43_200, 86_400, 172_800, 604_800,
          1_209_600, 2_592_000)  # fmt: skip
DAY: Final = 86_400
_DEGREES: Final = (100, 200, 500, 1_000, 2_000, 5_000)


@dataclass(frozen=True, slots=True)
class Span:
    """A stretch of time [start, end)."""

    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Curve:
    """What one more logger read."""

    name: str
    times: Sequence[int]
    values: Sequence[int]


@dataclass(frozen=True, slots=True)
class Leg:
    """What is drawn. low, high: the limits (None: that side is open).

    more: loggers beside the first, whose name is `name`. hold: a logger's line is broken where it
    is silent for longer, in seconds (None: at the gaps only).
    """

    times: Sequence[int]
    values: Sequence[int]
    window: Span
    low: int | None
    high: int | None
    gaps: tuple[Span, ...] = ()
    excursions: tuple[Span, ...] = ()
    zone: tzinfo = SHANGHAI
    name: str = ""
    more: tuple[Curve, ...] = ()
    hold: int | None = None


@dataclass(frozen=True, slots=True)
class _Scale:
    window: Span
    bottom: int
    top: int

    def x(self, moment: int) -> float:
        part = (moment - self.window.start) / max(1, self.window.end - self.window.start)
        return LEFT + part * (WIDTH - LEFT - RIGHT)

    def y(self, value: int) -> float:
        part = (value - self.bottom) / max(1, self.top - self.bottom)
        return HEIGHT - BOTTOM - part * (HEIGHT - TOP - BOTTOM)


def draw(leg: Leg, gap_word: str) -> str:
    """The SVG. `gap_word` is written into each gap that is wide enough."""
    curves = [
        (curve.name, _inside(curve, leg.window))
        for curve in (Curve(leg.name, leg.times, leg.values), *leg.more)
    ]
    seen = [value for _, inside in curves for _, value in inside]
    seen += [v for v in (leg.low, leg.high) if v is not None]
    step = _degree_step(min(seen, default=0), max(seen, default=1_000))
    bottom = (min(seen, default=0) // step) * step - (0 if seen else step)
    top = -(-max(seen, default=1_000) // step) * step
    scale = _Scale(leg.window, bottom - step // 2, top + step // 2)
    parts = [_head(), *_band(leg, scale), *_grid(leg, scale, bottom, top, step)]
    for gap in leg.gaps:
        parts.append(_box(scale, gap, "url(#gap)"))
        if scale.x(gap.end) - scale.x(gap.start) > 26:
            middle = (scale.x(gap.start) + scale.x(gap.end)) / 2
            parts.append(_text(middle, TOP + 12, gap_word, GAP, "middle", 9))
    for excursion in leg.excursions:
        parts.append(_box(scale, excursion, "url(#bad)"))
    parts += _limits(leg, scale)
    for number, (name, inside) in enumerate(curves):
        colour, dash = STROKES[number % len(STROKES)]
        parts += _curve(inside, leg, scale, colour, dash)
        if len(curves) > 1:
            parts += _legend(number, name, colour, dash)
    parts.append("</svg>")
    return "".join(parts)


def _inside(curve: Curve, window: Span) -> list[tuple[int, int]]:
    return [
        (moment, value)
        for moment, value in zip(curve.times, curve.values, strict=True)
        if window.start <= moment <= window.end
    ]


def _legend(number: int, name: str, colour: str, dash: str) -> list[str]:
    x = LEFT + 28 + number * 132
    return [
        _stroke(x - 24, TOP - 6, x - 4, TOP - 6, colour, 1.4, dash),
        _text(x, TOP - 3, name, INK, "start", 8),
    ]


def _head() -> str:
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH}" height="{HEIGHT}" '
        f'viewBox="0 0 {WIDTH} {HEIGHT}" font-family="{FONT_FAMILY}"><defs>'
        '<pattern id="gap" width="6" height="6" patternUnits="userSpaceOnUse" '
        f'patternTransform="rotate(45)"><rect width="6" height="6" fill="#f6f1df"/>'
        f'<rect width="1.2" height="6" fill="{GAP}" fill-opacity="0.55"/></pattern>'
        '<pattern id="bad" width="5" height="5" patternUnits="userSpaceOnUse" '
        f'patternTransform="rotate(-45)"><rect width="5" height="5" fill="{BAD}" '
        f'fill-opacity="0.12"/><rect width="1" height="5" fill="{BAD}" fill-opacity="0.5"/>'
        "</pattern></defs>"
    )


def _band(leg: Leg, scale: _Scale) -> list[str]:
    """The permitted range."""
    top = scale.y(leg.high) if leg.high is not None else float(TOP)
    bottom = scale.y(leg.low) if leg.low is not None else float(HEIGHT - BOTTOM)
    return [_rect(LEFT, top, WIDTH - LEFT - RIGHT, bottom - top, GOOD)]


def _grid(leg: Leg, scale: _Scale, bottom: int, top: int, step: int) -> list[str]:
    parts = []
    for value in range(bottom, top + 1, step):
        y = scale.y(value)
        parts.append(_stroke(LEFT, y, WIDTH - RIGHT, y, GRID, 0.6))
        parts.append(_text(LEFT - 5, y + 3, f"{value / 100:g}", INK, "end", 9))
    parts.append(_text(6, TOP - 3, "°C", INK, "start", 9))
    for moment, text in _ticks(leg.window, leg.zone):
        x = scale.x(moment)
        parts.append(_stroke(x, TOP, x, HEIGHT - BOTTOM + 3, GRID, 0.6))
        day, _, hour = text.partition(" ")
        if hour:
            parts.append(_text(x, HEIGHT - BOTTOM + 13, hour, INK, "middle", 9))
            parts.append(_text(x, HEIGHT - BOTTOM + 24, day, "#66727a", "middle", 8))
        else:
            parts.append(_text(x, HEIGHT - BOTTOM + 13, day, INK, "middle", 9))
    parts.append(_stroke(LEFT, HEIGHT - BOTTOM, WIDTH - RIGHT, HEIGHT - BOTTOM, INK, 0.8))
    return parts


def _ticks(window: Span, zone: tzinfo) -> list[tuple[int, str]]:
    length = max(1, window.end - window.start)
    step = next((one for one in _STEPS if length / one <= 9), 7_776_000)
    here = datetime.fromtimestamp(window.start, zone)
    offset = int((here.utcoffset() or datetime.now(UTC) - datetime.now(UTC)).total_seconds())
    first = -(-(window.start + offset) // step) * step - offset
    shown = "%Y-%m-%d" if step >= DAY else "%m-%d %H:%M"
    return [
        (moment, f"{datetime.fromtimestamp(moment, zone):{shown}}")
        for moment in range(first, window.end + 1, step)
    ]


def _limits(leg: Leg, scale: _Scale) -> list[str]:
    parts = []
    for value, above in ((leg.high, True), (leg.low, False)):
        if value is not None:
            y = scale.y(value)
            parts.append(_stroke(LEFT, y, WIDTH - RIGHT, y, BAD, 0.9, "5 3"))
            sign = "≤" if above else "≥"
            label = f"{sign} {value / 100:g} °C"
            parts.append(_text(WIDTH - RIGHT - 3, y - 3 if above else y + 10, label, BAD, "end", 8))
    return parts


def _curve(
    readings: Sequence[tuple[int, int]], leg: Leg, scale: _Scale, colour: str, dash: str
) -> list[str]:
    """The line, broken at every gap."""
    parts: list[str] = []
    run: list[str] = []
    last: int | None = None
    for moment, value in _thin(readings, scale):
        if last is not None and _broken(leg, last, moment):
            parts.append(_polyline(run, colour, dash))
            run = []
        run.append(f"{scale.x(moment):.1f},{scale.y(value):.1f}")
        last = moment
    parts.append(_polyline(run, colour, dash))
    return [part for part in parts if part]


def _broken(leg: Leg, last: int, moment: int) -> bool:
    if leg.hold is not None and moment - last > leg.hold:
        return True
    return any(last <= gap.start < gap.end <= moment for gap in leg.gaps)


def _thin(readings: Sequence[tuple[int, int]], scale: _Scale) -> list[tuple[int, int]]:
    """Lowest and highest of each half pixel, in order of time."""
    if len(readings) <= 2 * WIDTH:
        return list(readings)
    columns: dict[int, list[tuple[int, int]]] = {}
    for one in readings:
        columns.setdefault(int(scale.x(one[0]) * 2), []).append(one)
    out = []
    for column in columns.values():
        ends = {min(column, key=lambda r: r[1]), max(column, key=lambda r: r[1])}
        out += sorted(ends | {column[0], column[-1]})
    return out


def _degree_step(low: int, high: int) -> int:
    return next((one for one in _DEGREES if (high - low) / one <= 7), 10_000)


def _polyline(points: Sequence[str], colour: str, dash: str) -> str:
    if len(points) == 1:
        x, y = points[0].split(",")
        return f'<circle cx="{x}" cy="{y}" r="1.4" fill="{colour}"/>'
    if not points:
        return ""
    dashed = f' stroke-dasharray="{dash}"' if dash else ""
    return (
        f'<polyline points="{" ".join(points)}" fill="none" stroke="{colour}" stroke-width="1.2" '
        f'stroke-linejoin="round"{dashed}/>'
    )


def _box(scale: _Scale, span: Span, fill: str) -> str:
    x = scale.x(max(span.start, scale.window.start))
    end = scale.x(min(span.end, scale.window.end))
    return _rect(x, TOP, max(0.8, end - x), HEIGHT - BOTTOM - TOP, fill)


def _rect(x: float, y: float, width: float, height: float, fill: str) -> str:
    return (
        f'<rect x="{x:.1f}" y="{y:.1f}" width="{width:.1f}" height="{max(0, height):.1f}" '
        f'fill="{fill}"/>'
    )


def _stroke(
    x1: float, y1: float, x2: float, y2: float, colour: str, width: float, dash: str = ""
) -> str:
    dashed = f' stroke-dasharray="{dash}"' if dash else ""
    return (
        f'<line x1="{x1:.1f}" y1="{y1:.1f}" x2="{x2:.1f}" y2="{y2:.1f}" stroke="{colour}" '
        f'stroke-width="{width}"{dashed}/>'
    )


def _text(x: float, y: float, text: str, colour: str, anchor: str, size: int) -> str:
    return (
        f'<text x="{x:.1f}" y="{y:.1f}" fill="{colour}" text-anchor="{anchor}" '
        f'font-size="{size}">{escape(text)}</text>'
    )
