"""Temperature logs in tables: recognised by their columns, whichever logger wrote them.

A table is a log when it has a time, a temperature and nothing but what loggers write beside them.
Anything else stays a table for the parsers. A log is refused, with the reason, when its clock's
zone, the order of its dates or its unit cannot be known.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from ingest.readers import reasons
from ingest.readers.columns import (
    ColumnKind,
    Start,
    Vendor,
    closing_rows,
    find_start,
    headings,
    kinds_of,
    plain,
    profile,
)
from ingest.readers.moments import read_moments
from ingest.readers.tables import Grid, Row
from ingest.readers.types import (
    GAP,
    Hundredths,
    Logger,
    Place,
    ReadOptions,
    Seconds,
    Series,
    Unreadable,
    column_letters,
)
from ingest.readers.values import hundredths, unit_of
from ingest.readers.zones import settle, to_utc, zone_in

_UNIT = re.compile(r"(?:°|º|∞|deg(?:rees)?\s*|\()\s*([cf])\b|temp(?:erature)?[ ,]+([cf])$")
_PREAMBLE_UNIT = re.compile(
    r"temp[a-z ]*\s*[=:：]\s*(?:°|º|∞|deg)?\s*([cf])\b|温度单位\s*[:：]\s*°?([cf])"
)

Mask = npt.NDArray[np.bool_]

_TEMPLATE = "devicetrail:"
"""How a filled template begins (`ingest.templates.MARKER`): it says itself what it is."""


@dataclass(frozen=True, slots=True)
class Log:
    """A recognised log: the series, and stable notes on what was seen."""

    series: tuple[Series, ...]
    notes: tuple[str, ...]


def read_log(grid: Grid, file_name: str, options: ReadOptions) -> Log | None:
    """The log in a grid; None when the grid is some other table. Raises Unreadable."""
    if grid.rows and grid.rows[0] and (grid.rows[0][0] or "").startswith(_TEMPLATE):
        return None
    start = find_start(grid)
    if start is None:
        return None
    notes = []
    if closing := closing_rows(grid, start):
        notes.append(f"log.closing_rows:{closing}")
        grid = Grid(grid.sheet, grid.rows[:-closing], grid.row_numbers[:-closing])
    heads = headings(grid, start)
    kinds = kinds_of(grid, start, heads)
    if ColumnKind.UNKNOWN in kinds:
        return None
    if ColumnKind.TEMPERATURE not in kinds:
        return Log((), ("log.no_temperature",)) if ColumnKind.HUMIDITY in kinds else None
    if not any(heads):
        return None
    return _Reading(grid, start, heads, kinds, file_name, options, notes).log()


class _Reading:
    """One pass over one recognised grid."""

    def __init__(
        self,
        grid: Grid,
        start: Start,
        heads: list[list[str]],
        kinds: list[ColumnKind],
        file_name: str,
        options: ReadOptions,
        notes: list[str],
    ) -> None:
        self.grid, self.start, self.heads, self.kinds = grid, start, heads, kinds
        self.file_name, self.options = file_name, options
        self.above = [" ".join(cell for cell in row if cell) for row in grid.rows[: start.row]]
        self.notes = notes
        self.rows, self.numbers = self._body()

    def log(self) -> Log:
        texts = [self._moment_text(row) for row in self.rows]
        moments = read_moments(
            texts, self.numbers.__getitem__, self.file_name, self.options.date_order
        )
        stated = moments.zone or self._stated_zone()
        vendor = self._vendor()
        series = []
        for group, members in self._groups():
            for column in self._columns(ColumnKind.TEMPERATURE):
                serial = self._serial(vendor, column) or group
                zone, origin = settle(stated, serial, self.options, self.file_name)
                wall = moments.seconds if members is None else moments.seconds[members]
                utc = wall if moments.zone == "UTC" else to_utc(wall, zone)
                series.append(self._series(column, members, utc, zone, origin, vendor, serial))
        return Log(tuple(series), tuple(self.notes))

    def _body(self) -> tuple[list[Row], list[int]]:
        """The rows of readings. A row amid them without a time is not passed over."""
        at, clock = self.start.moment, self.start.clock
        rows = list(self.grid.rows[self.start.row :])
        numbers = list(self.grid.row_numbers[self.start.row :])
        for row, number in zip(rows, numbers, strict=True):
            if at >= len(row) or row[at] is None or (clock is not None and clock >= len(row)):
                raise Unreadable(reasons.DATE_UNREADABLE, row=number, value="")
        return rows, numbers

    def _moment_text(self, row: Row) -> str:
        moment = row[self.start.moment] or ""
        return moment if self.start.clock is None else f"{moment} {row[self.start.clock] or ''}"

    def _columns(self, kind: ColumnKind) -> list[int]:
        return [index for index, one in enumerate(self.kinds) if one is kind]

    def _cells(self, column: int, members: Sequence[int] | None) -> list[str | None]:
        cells = [row[column] if column < len(row) else None for row in self.rows]
        return cells if members is None else [cells[index] for index in members]

    def _groups(self) -> Iterator[tuple[str | None, list[int] | None]]:
        """Rows of several sensors under each other, told apart by what names the sensor."""
        naming = [
            column
            for column in self._columns(ColumnKind.SENSOR)
            if len({row[column] if column < len(row) else None for row in self.rows}) > 1
        ]
        if not naming:
            yield self._constant_sensor(), None
            return
        members: dict[str, list[int]] = {}
        for index, row in enumerate(self.rows):
            name = "/".join(row[column] or "" for column in naming if column < len(row))
            members.setdefault(name, []).append(index)
        yield from members.items()

    def _constant_sensor(self) -> str | None:
        columns = [*self._columns(ColumnKind.SENSOR), *self._columns(ColumnKind.CONSTANT)]
        for column in columns:
            value = next((cell for cell in self._cells(column, None) if cell), None)
            if value and any(char.isdigit() for char in value) and self._names_id(column):
                return value
        return None

    def _names_id(self, column: int) -> bool:
        text = plain(self._heading(column))
        return bool(
            re.search(r"编号|序列号|设备号|s/?n\b|serial|logger ?id|device ?id|\bid\b", text)
        )

    def _heading(self, column: int) -> str:
        return self.heads[column][0] if self.heads[column] else column_letters(column + 1)

    def _stated_zone(self) -> str | None:
        columns = [self.start.moment, *filter(None, [self.start.clock])]
        texts = [text for column in columns for text in self.heads[column]]
        return next(filter(None, map(zone_in, [*texts, *self.above])), None)

    def _vendor(self) -> Vendor:
        whole = "\n".join(plain(text) for text in [*self.above, *map(str, self.heads)])
        return next(one for one in profile().vendors if re.search(one.mark, whole))

    def _serial(self, vendor: Vendor, column: int) -> str | None:
        if vendor.serial_row:
            for row in self.grid.rows[: self.start.row]:
                if plain(row[0] or "") == vendor.serial_row and column < len(row):
                    return row[column]
        if vendor.serial is None:
            return None
        for text in [*self.heads[column], *self.above]:
            bare = re.sub(r"[_\s]+", " ", text)
            if match := re.search(vendor.serial, bare, re.IGNORECASE):
                return match.group(1)
        return None

    def _unit(self, column: int, cells: Sequence[str | None]) -> str:
        """From the cells, the headings, the rows above. 温度 without a unit is Celsius: the law on
        measurement (计量法, art. 3) knows no other in China."""
        for cell in cells[:20]:
            if cell and (unit := unit_of(cell)):
                return unit
        for text in self.heads[column]:
            if match := _UNIT.search(plain(text)):
                return (match.group(1) or match.group(2)).upper()
        for text in self.above:
            if match := _PREAMBLE_UNIT.search(plain(text)):
                return (match.group(1) or match.group(2)).upper()
        if self.options.temperature_unit in ("C", "F"):
            return self.options.temperature_unit
        if any("温" in text for text in self.heads[column]):
            self.notes.append("log.unit_by_law")
            return "C"
        raise Unreadable(reasons.UNIT_MISSING, column=self._heading(column)[:60])

    def _series(
        self,
        column: int,
        members: list[int] | None,
        seconds: Seconds,
        zone: str | None,
        origin: str | None,
        vendor: Vendor,
        serial: str | None,
    ) -> Series:
        cells = self._cells(column, members)
        unit = self._unit(column, cells)
        celsius = self._read(cells, unit, members)
        beside = self._humidity_of(column)
        humidity = (
            None if beside is None else self._read(self._cells(beside, members), "%", members)
        )
        blank = celsius == GAP
        if humidity is not None:
            blank &= humidity == GAP
        own = {column, beside}
        others = self._filled(members, own, ColumnKind.TEMPERATURE, ColumnKind.HUMIDITY)
        events = self._filled(members, own, ColumnKind.EVENT)
        keep = _due(seconds, blank, others, events)
        row = self.numbers[0 if members is None else members[0]]
        cell = f"{column_letters(column + 1)}{row}"
        return Series(
            logger=Logger(vendor=vendor.name or None, serial=serial),
            channel=self._heading(column),
            zone=zone,
            zone_origin=origin,
            unit=unit,
            interval=_interval(seconds[keep]),
            seconds=seconds[keep],
            celsius=celsius[keep],
            humidity=None if humidity is None else humidity[keep],
            place=Place(cell=f"{self.grid.sheet}!{cell}" if self.grid.sheet else cell),
        )

    def _read(
        self, cells: Sequence[str | None], unit: str, members: list[int] | None
    ) -> Hundredths:
        values, impossible = hundredths(
            cells, unit, lambda i: self.numbers[i if members is None else members[i]]
        )
        if impossible:
            self.notes.append(f"log.impossible_values:{impossible}")
        return values

    def _filled(
        self, members: Sequence[int] | None, own: set[int | None], *kinds: ColumnKind
    ) -> Mask:
        """The rows in which a column of these kinds, other than the sensor's own, says anything."""
        filled = np.zeros(len(self.rows if members is None else members), dtype=bool)
        for column, kind in enumerate(self.kinds):
            if kind in kinds and column not in own:
                filled |= np.array([cell is not None for cell in self._cells(column, members)])
        return filled

    def _humidity_of(self, column: int) -> int | None:
        """The humidity that belongs to a temperature: the only one, or the next to its right."""
        humid = self._columns(ColumnKind.HUMIDITY)
        warm = self._columns(ColumnKind.TEMPERATURE)
        if len(warm) == 1 and len(humid) == 1:
            return humid[0]
        later = [other for other in warm if other > column]
        bound = later[0] if later else len(self.kinds)
        return next((other for other in humid if column < other < bound), None)


def _due(seconds: Seconds, blank: Mask, others: Mask, events: Mask) -> Mask:
    """Which rows to keep: a blank at a time when this sensor had nothing to report is no reading.

    Tables merge sensors that read at different minutes, and rows that only note an event. A blank
    is left out where it stands off the beat of this sensor and the row belongs to others: sensors
    that hardly ever report together with this one, or an event. Every other blank stays a gap.
    (Leaving a row out never hides a hole: the distance between the readings around it remains.)
    """
    keep = np.ones(len(seconds), dtype=bool)
    times = seconds[~blank]
    interval = _interval(times)
    if not blank.any() or interval is None or len(times) < 3:
        return keep
    steps = np.diff(times)
    if np.count_nonzero(steps == interval) * 10 < len(steps) * 9:
        return keep
    apart = np.count_nonzero(others & ~blank) * 10 < len(times)
    foreign = (others if apart else np.zeros_like(keep)) | (events & ~others)
    off_beat = (seconds - times[0]) % interval != 0
    keep[blank & off_beat & foreign] = False
    return keep


def _interval(seconds: Seconds) -> int | None:
    """The usual distance of two readings in seconds."""
    if len(seconds) < 2:
        return None
    middle = int(np.median(np.diff(seconds)))
    return middle if middle > 0 else None
