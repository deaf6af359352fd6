"""Loggers' files: the real exports, and the quirks that turn a reading into a wrong one."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ingest.readers.berlinger import built_in_issuers, read_berlinger, verify
from ingest.readers.pool import ReaderPool
from ingest.readers.types import GAP, IntegrityState, Issuer, ReadOptions, Series, Unreadable
from tests.readers.conftest import Refuse
from tests.readers.files import flip, workbook

CHINA = ReadOptions(zone="Asia/Shanghai")


def _at(series: Series, index: int) -> str:
    return datetime.fromtimestamp(int(series.seconds[index]), UTC).isoformat()


def _only(pool: ReaderPool, data: bytes, name: str, options: ReadOptions = CHINA) -> Series:
    (series,) = pool.read(data, name, options).series
    return series


def _export(lines: str, encoding: str = "utf-8-sig") -> bytes:
    return lines.replace("\n", "\r\n").encode(encoding)


# Biovoice


def test_a_biovoice_trip_has_its_points_and_its_excursion(pool: ReaderPool, loggers: Path) -> None:
    path = next((loggers / "biovoice").glob("*.bv"))
    series = _only(pool, path.read_bytes(), path.name, ReadOptions())
    assert len(series) == 3091
    assert set(np.diff(series.seconds)) == {300}
    above = series.celsius > 800
    assert above.sum() == 60 and above[-60:].all(), "the last five hours"
    assert (series.celsius.min(), series.celsius.max()) == (390, 2380)
    assert series.summary is not None
    assert (series.summary.mkt, series.summary.mean) == (Decimal("5.5"), Decimal("5.2"))
    assert (series.zone, series.zone_origin) == ("+08:00", "file")


def test_a_biovoice_file_is_named_by_its_own_clock(pool: ReaderPool, loggers: Path) -> None:
    path = next((loggers / "biovoice").glob("*.bv"))
    series = _only(pool, path.read_bytes(), path.name, ReadOptions())
    assert _at(series, -1) == "2020-06-09T09:30:56+00:00", "17:30 in its zone, as the name says"


def test_a_biovoice_file_cut_off_is_refused(refused: Refuse, loggers: Path) -> None:
    path = next((loggers / "biovoice").glob("*.bv"))
    data = path.read_bytes()
    assert refused(data[:5000], path.name).code == "read.truncated"
    assert refused(data[:8000] + data[8004:], path.name).code == "read.truncated"


# Berlinger


def _berlinger(loggers: Path) -> list[Path]:
    return sorted((loggers / "berlinger").glob("*/*.txt"))


def test_every_genuine_berlinger_export_verifies_on_both_levels(loggers: Path) -> None:
    found = [verify(path.read_bytes(), built_in_issuers()) for path in _berlinger(loggers)]
    assert len(found) >= 3
    assert {one.state for one in found} == {IntegrityState.VERIFIED}
    assert {one.details["key_state"] for one in found} == {"consistent_across_lots"}


@settings(max_examples=80, deadline=None)
@given(data=st.data())
def test_no_edit_of_one_bit_passes(loggers: Path, data: st.DataObject) -> None:
    original = data.draw(st.sampled_from(_berlinger(loggers))).read_bytes()
    bit = data.draw(st.integers(0, len(original) * 8 - 1))
    with pytest.raises(Unreadable) as caught:
        read_berlinger(flip(original, bit), CHINA)
    assert caught.value.code in ("read.integrity_failed", "read.truncated")


def test_line_endings_made_nice_by_a_mail_program_break_the_signature(
    refused: Refuse, loggers: Path
) -> None:
    data = _berlinger(loggers)[0].read_bytes().replace(b"\r\n", b"\n")
    assert refused(data, "log.txt", CHINA).code == "read.integrity_failed"


def test_readings_taken_out_by_hand_break_the_signature(refused: Refuse, loggers: Path) -> None:
    data = next(path for path in _berlinger(loggers) if "2L" in str(path)).read_bytes()
    at = data.index(b"\t2022-05-20")
    until = data.index(b"\t2022-05-21")
    error = refused(data[:at] + data[until:], "log.txt", CHINA)
    assert (error.code, error.params["detail"]) == ("read.integrity_failed", "file")


def test_a_key_nobody_vouches_for_is_said_to_be_unknown(loggers: Path) -> None:
    data = _berlinger(loggers)[0].read_bytes()
    stranger = built_in_issuers()[0].key[:-2] + "00"
    issuer = "Berlinger & Co. AG"
    unsure = verify(data, (Issuer(issuer, stranger, "consistent_across_lots"),))
    assert unsure.state is IntegrityState.ISSUER_UNKNOWN
    sure = verify(data, (Issuer(issuer, stranger, "confirmed"),))
    assert (sure.state, sure.failed) == (IntegrityState.FAILED, ("certificate",))


def test_a_fridge_tag_gives_days_not_readings(pool: ReaderPool, loggers: Path) -> None:
    path = next((loggers / "berlinger" / "FridgeTag 2").glob("*.txt"))
    document = pool.read(path.read_bytes(), path.name, CHINA)
    (log,) = document.daily
    assert not document.series
    assert (log.logger.serial, len(log.days)) == ("130400191542", 60)
    first, last = log.days[0], log.days[-1]
    assert (first.day, first.minimum, first.maximum) == (
        date(2022, 12, 17),
        Decimal("15.1"),
        Decimal("17.3"),
    )
    assert (first.minutes_high, first.minutes_low, first.sensor_timeout_minutes) == (1440, 0, 0)
    assert (last.minutes_high, last.complete) == (366, False), "the day it was read out"
    assert [(alarm.side, alarm.limit, alarm.allowed_minutes) for alarm in log.alarms] == [
        ("below", Decimal("-0.5"), 60),
        ("above", Decimal(8), 600),
    ]


def test_a_q_tag_gives_readings_and_its_own_summary(pool: ReaderPool, loggers: Path) -> None:
    path = next(path for path in _berlinger(loggers) if "CLm" in str(path))
    series = _only(pool, path.read_bytes(), path.name, ReadOptions())
    assert (len(series), series.interval, series.zone) == (124, 600, "UTC")
    assert _at(series, 0) == "2022-11-08T04:49:00+00:00"
    assert series.summary is not None
    assert (series.summary.mkt, series.summary.maximum) == (Decimal("10.5"), Decimal("24.3"))
    assert int(series.celsius.max()) == 2430
    assert [(a.side, a.allowed_minutes, a.minutes) for a in series.summary.alarms] == [
        ("above", 30, 219),
        ("above", 60, 219),
        ("below", 60, 598),
        ("below", 30, 208),
    ]


def test_a_clock_that_its_user_sets_needs_a_zone(refused: Refuse, loggers: Path) -> None:
    path = next((loggers / "berlinger" / "FridgeTag 2").glob("*.txt"))
    error = refused(path.read_bytes(), path.name)
    assert (error.code, error.params["logger"]) == ("read.zone_missing", "130400191542")


def test_the_zone_of_one_logger_outranks_that_of_its_source(
    pool: ReaderPool, loggers: Path
) -> None:
    path = next((loggers / "berlinger" / "FridgeTag 2L").glob("*.txt"))
    options = ReadOptions(zone="UTC", logger_zones={"130500109088": "+08:00"})
    series = _only(pool, path.read_bytes(), path.name, options)
    assert (series.zone, series.zone_origin) == ("+08:00", "given")
    assert _at(series, 0) == "2022-05-01T20:44:00+00:00"


# Other makers


def test_every_rotronic_export_reads_day_first(pool: ReaderPool, loggers: Path) -> None:
    for path in sorted((loggers / "rotronic").glob("*.csv")):
        series = _only(pool, path.read_bytes(), path.name)
        assert series.logger.vendor == "Rotronic"
        assert series.logger.serial == path.name.split("_")[0]
        assert (series.interval, series.unit) == (43200, "C")
        assert _at(series, 0).startswith("2020-01-24T05:") or _at(series, 0).startswith(
            "2020-01-24T06:"
        )
        assert series.humidity is not None and (series.celsius != GAP).all()


def test_tinytag_cells_carry_their_units(pool: ReaderPool, loggers: Path) -> None:
    path = loggers / "tinytag" / "GH_20.07.21_to_20.09.02.csv"
    series = _only(pool, path.read_bytes(), path.name)
    assert (series.logger.vendor, series.logger.serial) == ("Tinytag", "227659")
    assert (len(series), int(series.celsius[0])) == (2058, 2610)
    assert series.humidity is not None and int(series.humidity[0]) == 3810
    assert str(series.place) == "C6"


def test_a_hobo_states_its_zone_in_the_heading(pool: ReaderPool, loggers: Path) -> None:
    path = loggers / "contdataqc" / "Charlies_AW_20170726_20170926.csv"
    water, air = pool.read(path.read_bytes(), path.name).series
    assert (water.zone, water.zone_origin) == ("-04:00", "file")
    assert _at(water, 0) == "2017-07-26T21:00:00+00:00"
    assert (water.logger.serial, air.logger.serial) == ("10246242", "10246226")
    assert int(water.celsius[0]) == 1928


def test_a_workbook_of_a_hobo_reads_like_its_text(pool: ReaderPool, loggers: Path) -> None:
    path = loggers / "contdataqc" / "HOBOreformat_BEFORE_20240226.xlsx"
    water, air = pool.read(path.read_bytes(), path.name).series
    assert (water.interval, water.zone) == (1800, "-05:00")
    assert _at(water, 0) == "2015-03-05T05:00:00+00:00"
    assert (list(water.celsius[:2]), int(air.celsius[0])) == ([1192, 1192], 1833)
    assert str(water.place) == "Sheet1!C3"


def test_unix_seconds_need_no_zone(pool: ReaderPool, loggers: Path) -> None:
    path = loggers / "contdataqc" / "2019-12-13 151700Z.txt"
    series = _only(pool, path.read_bytes(), path.name, ReadOptions())
    assert _at(series, 0) == "2019-12-13T15:17:00+00:00", "as its name says"
    assert (series.logger.serial, int(series.celsius[0])) == ("7392-354869", 1429)


def test_two_sensors_that_read_at_different_minutes_leave_each_other_no_gaps(
    pool: ReaderPool, loggers: Path
) -> None:
    path = loggers / "contdataqc" / "test4_AW_20160418_20160726.csv"
    water, air = pool.read(path.read_bytes(), path.name, CHINA).series
    assert (len(water), len(air)) == (4754, 4754)
    assert (water.celsius != GAP).all() and (air.celsius != GAP).all()


def test_a_humidity_channel_alone_stays_a_table(pool: ReaderPool, loggers: Path) -> None:
    path = next((loggers / "bms").glob("*Humidity*"))
    document = pool.read(path.read_bytes(), path.name)
    assert (document.series, len(document.tables[0].rows)) == ((), 173)
    assert "log.no_temperature" in document.notes


# Quirks


CHINESE = """记录仪编号：JC-20231107
采集时间,温度(℃),湿度(%RH)
2024/3/1 08:00:00,4.2,55.1
2024/3/1 08:05:00,--.-,
2024/3/1 08:10:00,,54.9
2024/3/1 08:15:00,-0.5,55
"""


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16"])
def test_a_chinese_export_reads_in_every_encoding(pool: ReaderPool, encoding: str) -> None:
    series = _only(pool, _export(CHINESE, encoding), "a.csv")
    assert series.logger.serial == "JC-20231107"
    assert _at(series, 0) == "2024-03-01T00:00:00+00:00"
    assert series.humidity is not None
    assert list(series.humidity) == [5510, GAP, 5490, 5500]


def test_a_missing_reading_is_a_gap_and_never_zero(pool: ReaderPool) -> None:
    series = _only(pool, _export(CHINESE), "a.csv")
    assert list(series.celsius) == [420, GAP, GAP, -50]
    assert len(series) == 4, "the gaps keep their times"


def test_a_zone_in_the_heading_is_the_files_own(pool: ReaderPool) -> None:
    text = CHINESE.replace("采集时间", "采集时间(北京时间)")
    series = _only(pool, _export(text), "a.csv", ReadOptions())
    assert (series.zone, series.zone_origin) == ("+08:00", "file")


def test_without_a_zone_a_chinese_export_waits(refused: Refuse) -> None:
    error = refused(_export(CHINESE), "a.csv")
    assert (error.code, error.params["logger"]) == ("read.zone_missing", "JC-20231107")


def test_wall_clock_times_can_be_shown_to_the_person_who_sets_the_zone(pool: ReaderPool) -> None:
    series = _only(pool, _export(CHINESE), "a.csv", ReadOptions(wall_clock=True))
    assert (series.zone, _at(series, 0)) == (None, "2024-03-01T08:00:00+00:00")


def test_a_zone_that_does_not_exist_is_refused(refused: Refuse) -> None:
    error = refused(_export(CHINESE), "a.csv", ReadOptions(zone="Asia/Atlantis"))
    assert error.code == "read.zone_unknown"


def test_fahrenheit_becomes_celsius_and_stays_on_record(pool: ReaderPool) -> None:
    text = "Date Time,Temp (°F)\n" + "".join(
        f"2024-03-01 0{n}:00,{value}\n" for n, value in enumerate(("32.0", "46.4", "35.6", "-4"))
    )
    series = _only(pool, _export(text), "a.csv")
    assert (list(series.celsius), series.unit) == ([0, 800, 200, -2000], "F")


def test_a_unit_inside_the_cell_outranks_the_heading(pool: ReaderPool) -> None:
    text = "Date Time,Temp (°C)\n2024-03-01 00:00,46.4 °F\n2024-03-01 01:00,50.0 °F\n"
    assert list(_only(pool, _export(text), "a.csv").celsius) == [800, 1000]


def test_a_temperature_without_a_unit_is_refused(refused: Refuse, pool: ReaderPool) -> None:
    text = "Date Time,Temperature\n2024-03-01 00:00,46.4\n2024-03-01 01:00,50.0\n"
    assert refused(_export(text), "a.csv", CHINA).code == "read.unit_missing"
    options = ReadOptions(zone="UTC", temperature_unit="F")
    assert list(_only(pool, _export(text), "a.csv", options).celsius) == [800, 1000]


def test_a_fault_code_is_a_gap_and_is_counted(pool: ReaderPool) -> None:
    text = "时间,温度(℃)\n2024-03-01 00:00,999.9\n2024-03-01 00:05,4.1\n2024-03-01 00:10,4\n"
    document = pool.read(_export(text), "a.csv", CHINA)
    assert list(document.series[0].celsius) == [GAP, 410, 400]
    assert "log.impossible_values:1" in document.notes


def test_a_word_among_the_readings_is_not_passed_over(refused: Refuse) -> None:
    rows = "".join(f"2024-03-{n:02d} 00:00,{n / 7:.3f}\n" for n in range(1, 29))
    text = "时间,温度(℃)\n" + rows + "2024-03-29 00:00,about four\n"
    error = refused(_export(text), "a.csv", CHINA)
    assert (error.code, error.params["row"]) == ("read.value_unreadable", 30)


def test_a_row_without_a_time_amid_the_readings_is_not_passed_over(refused: Refuse) -> None:
    text = "时间,温度(℃)\n2024-03-01 00:00,4\n,5\n2024-03-01 00:10,4\n2024-03-01 00:15,4\n"
    error = refused(_export(text), "a.csv", CHINA)
    assert (error.code, error.params["row"]) == ("read.date_unreadable", 3)


def test_impossible_days_are_refused(refused: Refuse) -> None:
    text = "时间,温度(℃)\n2024-02-29 00:00,4\n2024-02-30 00:00,4\n2024-03-01 00:00,4\n"
    error = refused(_export(text), "a.csv", CHINA)
    assert (error.code, error.params["row"]) == ("read.date_unreadable", 3)


@pytest.mark.parametrize(
    ("first", "second", "name", "starts"),
    [
        ("03/04/2024 23:55", "04/04/2024 00:00", "a.csv", "2024-04-03"),
        ("03/31/2024 23:55", "04/01/2024 00:00", "a.csv", "2024-03-31"),
        ("03/04/2024 10:00", "03/04/2024 10:05", "log_20240304.csv", "2024-03-04"),
        ("03/04/2024 10:00", "03/04/2024 10:05", "log_2024-04-03.csv", "2024-04-03"),
        ("18/05/24 10:00", "18/05/24 10:05", "log_18.05.24.csv", "2018-05-24"),
        ("25-Sep-20 12:00:00 am", "26-Sep-20 12:00:00 am", "a.csv", "2020-09-25"),
        ("2024年3月4日 10时05分", "2024年3月4日 10时10分", "a.csv", "2024-03-04"),
        ("20240304 100500", "20240304 101000", "a.csv", "2024-03-04"),
        ("00:00:00 21/Nov/2025", "00:05:00 21/Nov/2025", "a.csv", "2025-11-21"),
        ("21.11.25 10:00", "22.11.25 10:00", "a.csv", "2025-11-21"),
    ],
)
def test_the_order_of_day_and_month_is_found(
    pool: ReaderPool, first: str, second: str, name: str, starts: str
) -> None:
    text = f"Time;Temp (°C)\n{first};4,5\n{second};4,6\n"
    series = _only(pool, _export(text), name, ReadOptions(zone="UTC"))
    assert _at(series, 0).startswith(starts)
    assert list(series.celsius) == [450, 460]


def test_an_order_that_nothing_decides_is_refused(refused: Refuse, pool: ReaderPool) -> None:
    text = _export("Time,Temp (°C)\n03/04/2024 10:00,4.5\n03/04/2024 10:05,4.5\n")
    assert refused(text, "a.csv", CHINA).code == "read.date_order_ambiguous"
    asked = ReadOptions(zone="UTC", date_order="mdy")
    assert _at(_only(pool, text, "a.csv", asked), 0).startswith("2024-03-04")


def test_an_hour_that_exists_twice_is_told_by_the_flow_of_time(pool: ReaderPool) -> None:
    text = "Time,Temp (°C)\n" + "".join(
        f"2024-10-27 {clock},4.5\n"
        for clock in ("01:30", "02:00", "02:30", "02:00", "02:30", "03:00")
    )
    series = _only(pool, _export(text), "a.csv", ReadOptions(zone="Europe/Zurich"))
    assert set(np.diff(series.seconds)) == {1800}


def test_several_sensors_in_one_table_become_several_series(pool: ReaderPool) -> None:
    text = "测点名称,采集时间,温度(℃),湿度(%RH)\n" + "".join(
        f"{probe},2024-03-01 0{hour}:00,{hour}.{n},50\n"
        for hour in range(4)
        for n, probe in enumerate(("冷库1号", "冷库2号"))
    )
    series = pool.read(_export(text), "a.csv", CHINA).series
    assert [(one.logger.serial, list(one.celsius)) for one in series] == [
        ("冷库1号", [0, 100, 200, 300]),
        ("冷库2号", [10, 110, 210, 310]),
    ]


def test_a_receiving_register_with_temperatures_stays_a_table(pool: ReaderPool) -> None:
    text = "到货时间,产品名称,批号,数量,到货温度(℃)\n" + "".join(
        f"2024-03-0{n} 10:00,试剂盒,L{n},{n * 10},4.{n}\n" for n in range(1, 6)
    )
    document = pool.read(_export(text), "a.csv")
    assert not document.series
    assert document.tables[0].columns[2] == "批号"


def test_closing_remarks_below_the_readings_are_left_out_and_noted(pool: ReaderPool) -> None:
    document = pool.read(_export(CHINESE + "平均温度,4.1\n导出人,张三\n"), "a.csv", CHINA)
    assert len(document.series[0]) == 4
    assert "log.closing_rows:2" in document.notes


def test_a_logger_workbook_with_typed_dates_reads(pool: ReaderPool) -> None:
    rows: list[list[object]] = [["采集时间", "温度(℃)"]]
    rows += [[datetime(2024, 3, 1, 8, 5 * n), 4 + n / 10] for n in range(6)]
    series = _only(pool, workbook(rows), "a.xlsx")
    assert _at(series, 1) == "2024-03-01T00:05:00+00:00"
    assert list(series.celsius) == [400, 410, 420, 430, 440, 450]


@settings(max_examples=40, deadline=None)
@given(
    values=st.lists(
        st.none() | st.decimals(-60, 80, places=2, allow_nan=False), min_size=2, max_size=60
    ),
    unit=st.sampled_from(["C", "F"]),
)
def test_what_a_logger_wrote_is_what_is_read(
    pool: ReaderPool, values: list[Decimal | None], unit: str
) -> None:
    text = f"Date Time,Temp (°{unit})\n" + "".join(
        f"2024-03-01 {n // 60:02d}:{n % 60:02d},{'' if v is None else v}\n"
        for n, v in enumerate(values)
    )
    series = _only(pool, _export(text), "a.csv")
    exact = [None if v is None else (v if unit == "C" else (v - 32) * 5 / 9) * 100 for v in values]
    for read, meant in zip(series.celsius, exact, strict=True):
        if meant is None:
            assert read == GAP
        else:
            assert abs(int(read) - meant) <= Decimal("0.5")
