"""Temperature logs as instruments export them: delimited text, workbooks, signed Berlinger text."""

from __future__ import annotations

import csv
import hashlib
import io
import math
import re
import zipfile
from collections.abc import Sequence
from datetime import datetime, timedelta
from functools import cache
from typing import Final

import xlsxwriter
from cryptography.hazmat.primitives.asymmetric import ec, utils
from cryptography.hazmat.primitives.hashes import SHA256

from base.clock import SHANGHAI
from service.demo.model import Reading, Trip

ISSUER_NAME: Final = "Sample Issuer"
_LOT: Final = "2610DEMO"
_MISSING: Final = "--.-"


def _key(name: str) -> ec.EllipticCurvePrivateKey:
    """A key that anybody can make again: it signs samples and guards nothing."""
    seed = hashlib.sha256(f"sample key {name}".encode()).digest()
    return ec.derive_private_key(int.from_bytes(seed, "big") >> 1, ec.SECP256R1())


@cache
def _issuer() -> ec.EllipticCurvePrivateKey:
    return _key("issuer")


@cache
def _lot_key() -> ec.EllipticCurvePrivateKey:
    return _key("lot")


def issuer_key() -> str:
    """The sample issuer's public key as logger certificates write it: 128 hex digits."""
    return _public(_issuer())


def _public(key: ec.EllipticCurvePrivateKey) -> str:
    numbers = key.public_key().public_numbers()
    return (_little(numbers.x) + _little(numbers.y)).hex()


def _little(number: int) -> bytes:
    return number.to_bytes(32, "little")


def _sign(key: ec.EllipticCurvePrivateKey, message: bytes) -> str:
    """ECDSA over the digest turned round, numbers with the least significant byte first."""
    digest = hashlib.sha256(message).digest()[::-1]
    der = key.sign(digest, ec.ECDSA(utils.Prehashed(SHA256()), deterministic_signing=True))
    r, s = utils.decode_dss_signature(der)
    return (_little(r) + _little(s)).hex()


def export(trip: Trip) -> bytes:
    """A trip's log in the trip's own form."""
    if trip.form == "berlinger":
        return berlinger(trip)
    if trip.form == "xlsx":
        return workbook(trip)
    return delimited(trip, gb=trip.form == "csv_gb")


def delimited(trip: Trip, *, gb: bool) -> bytes:
    """A Chinese recorder's export: GB18030 with humidity, or UTF-8 with byte order mark."""
    rows: list[list[str]] = [
        [f"记录仪编号：{trip.logger}"],
        [f"运行编号：{trip.run}"],
        [f"车辆/箱号：{trip.vehicle}"],
        *([[f"随货同行单号：{trip.note}"]] if trip.note else []),
        [f"报警下限：{_degrees(trip.low)}℃  报警上限：{_degrees(trip.high)}℃"],
    ]
    if gb:
        rows.append(["序号", "采集时间", "温度(℃)", "湿度(%)"])
        rows += [
            [str(n), f"{r.at:%Y-%m-%d %H:%M:%S}", _degrees(r.value), str(45 + n % 7)]
            for n, r in enumerate(trip.readings, 1)
        ]
    else:
        rows.append(["时间", "温度(℃)", "状态"])
        rows += [
            [f"{r.at:%Y/%m/%d %H:%M}", _degrees(r.value), _state(r, trip.low, trip.high)]
            for r in trip.readings
        ]
    text = _csv(rows)
    return text.encode("gb18030") if gb else b"\xef\xbb\xbf" + text.encode()


def storage(logger: str, warehouse: str, zone: str, points: Sequence[Sequence[Reading]]) -> bytes:
    """A store's recorder with several measuring points, UTF-8 with byte order mark."""
    rows = [
        [f"记录仪编号：{logger}"],
        [f"库房：{warehouse}"],
        [f"位置：{zone}"],
        ["时间", *[f"测点{n}温度(℃)" for n in range(1, len(points) + 1)]],
    ]
    rows += [
        [f"{together[0].at:%Y-%m-%d %H:%M}", *[_degrees(one.value) for one in together]]
        for together in zip(*points, strict=True)
    ]
    return b"\xef\xbb\xbf" + _csv(rows).encode()


def _csv(rows: Sequence[Sequence[str]]) -> str:
    text = io.StringIO(newline="")
    csv.writer(text, lineterminator="\r\n").writerows(rows)
    return text.getvalue()


def _degrees(value: int | None) -> str:
    return "" if value is None else f"{value / 100:.1f}"


def _state(reading: Reading, low: int, high: int) -> str:
    if reading.value is None:
        return "无数据"
    return "正常" if low <= reading.value <= high else "超限"


def workbook(trip: Trip) -> bytes:
    """A recorder's workbook: facts above, readings below."""
    out = io.BytesIO()
    with xlsxwriter.Workbook(out, {"in_memory": True}) as book:
        sheet = book.add_worksheet("温度记录")
        moments = book.add_format({"num_format": "yyyy-mm-dd hh:mm:ss"})
        facts = (
            f"记录仪编号：{trip.logger}",
            f"运行编号：{trip.run}",
            f"车辆/箱号：{trip.vehicle}",
            f"记录间隔：{trip.interval}分钟",
            *([f"随货同行单号：{trip.note}"] if trip.note else []),
        )
        for row, fact in enumerate(facts):
            sheet.write_string(row, 0, fact)
        sheet.write_row(len(facts), 0, ["记录时间", "温度(℃)"])
        sheet.set_column(0, 0, 20)
        for row, reading in enumerate(trip.readings, len(facts) + 1):
            sheet.write_datetime(row, 0, reading.at.replace(tzinfo=None), moments)
            if reading.value is not None:
                sheet.write_number(row, 1, reading.value / 100)
    return steady(out.getvalue())


_CREATED: Final = re.compile(rb"(<dcterms:(created|modified)[^>]*>)[^<]*")


def steady(workbook_bytes: bytes) -> bytes:
    """The same workbook with a fixed time of making, so that it is the same every time."""
    out = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(workbook_bytes)) as old,
        zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as new,
    ):
        for info in old.infolist():
            data = old.read(info)
            if info.filename == "docProps/core.xml":
                data = _CREATED.sub(rb"\g<1>2026-10-31T01:00:00Z", data)
            member = zipfile.ZipInfo(info.filename, (2026, 10, 31, 9, 0, 0))
            new.writestr(member, data, zipfile.ZIP_DEFLATED)
    return out.getvalue()


def berlinger(trip: Trip) -> bytes:
    """A signed text export in the manner of Berlinger's Q-tag, under the sample issuer's key."""
    body = "\r\n".join([*_device(trip), *_result(trip), *_data(trip)]) + "\r\n"
    certificate = "\r\n".join(
        [
            "Cert:", " Vers: 1.0", f" Lot: {_LOT}", f" Issuer: {ISSUER_NAME}",
            " Valid from: 2024-01-02 07:00", " Owner: Sample Owner",
            f" Public Key: {_public(_lot_key())}", "",
        ]
    )  # fmt: skip
    text = body + certificate + f"Sig Cert: {_sign(_issuer(), certificate.encode())}\r\n"
    return (text + f"Sig: {_sign(_lot_key(), text.encode())}\r\n").encode()


def _device(trip: Trip) -> list[str]:
    return [
        "Device: Q-tag CLm doc LR", "Vers: 1.9", "Fw Vers: 4.7.04o", "Device ID: 80", "Sensor: 1",
        "Conf:", f" Serial: {trip.logger}", f" Lot: {_LOT}", " Zone: 8.00", " Start Delay: 0",
        " MKT Energy: 83.0", " Temp Offset: 0.0", " Restartable Options: 1",
        f" Logging Interval: {trip.interval}", " Alarm:",
        "  1:", f"   Type: 2, T AL: {_degrees(trip.high)}, t AL: 30",
        "  5:", f"   Type: 1, T AL: {_degrees(trip.low)}, t AL: 30",
    ]  # fmt: skip


def _result(trip: Trip) -> list[str]:
    known = [(r.at, r.value) for r in trip.readings if r.value is not None]
    coldest, warmest = min(known, key=lambda r: r[1]), max(known, key=lambda r: r[1])
    values = [value for _, value in known]
    lines = [
        "Res:", f" TS Actv: {_stamp(known[0][0] - timedelta(minutes=30))}",
        f" TS Start: {_stamp(known[0][0])}", f" TS Stop: {_stamp(known[-1][0])}",
        f" Min T: {_degrees(coldest[1])}, TS Min T: {_stamp(coldest[0])}",
        f" Max T: {_degrees(warmest[1])}, TS Max T: {_stamp(warmest[0])}",
        f" MKT: {kinetic_mean(values):.1f}", f" Avrg T: {sum(values) / len(values) / 100:.1f}",
        f" Run Number: {trip.run}", " Alarm:",
    ]  # fmt: skip
    above = [r.at for r in trip.readings if r.value is not None and r.value > trip.high]
    if above:
        minutes = len(above) * trip.interval
        lines += ["  1:", f"   TS S: {_stamp(above[0])}, t A: {minutes}"]
    return lines


def _data(trip: Trip) -> list[str]:
    lines = ["Data:", "\tyyyy-MM-dd hh:mm\tT\tOut of limits"]
    for r in trip.readings:
        value = _MISSING if r.value is None else _degrees(r.value)
        out = r.value is not None and not trip.low <= r.value <= trip.high
        lines.append(f"\t{_stamp(r.at)}\t{value}\t{'x' if out else ''}")
    return lines


def _stamp(at: datetime) -> str:
    return f"{at.astimezone(SHANGHAI):%Y-%m-%d %H:%M}"


def kinetic_mean(values: Sequence[int]) -> float:
    """Mean kinetic temperature in °C of hundredths, equal weights, ΔH/R = 10,000 K."""
    total = sum(math.exp(-10_000 / (value / 100 + 273.15)) for value in values)
    return 10_000 / -math.log(total / len(values)) - 273.15


def edited(signed: bytes) -> bytes:
    """The same export with its warmest reading made cooler by hand: the signature cannot agree."""
    lines = signed.split(b"\r\n")
    first = lines.index(b"\tyyyy-MM-dd hh:mm\tT\tOut of limits") + 3
    cells = lines[first].split(b"\t")
    cells[2] = b"4.0"
    if lines[first] == b"\t".join(cells):
        cells[2] = b"4.1"
    lines[first] = b"\t".join(cells)
    return b"\r\n".join(lines)
