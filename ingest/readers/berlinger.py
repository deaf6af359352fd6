"""Signed text exports of Berlinger Fridge-tag and Q-tag loggers.

The file is an indented tree of keys with CRLF endings. Its last lines are a certificate of the
production lot (`Cert:` to the line `Sig Cert:`, signed by the issuer) and a signature over
everything before the line `Sig:`, made with the lot's key. Both are ECDSA on P-256 with SHA-256;
every integer, and the digest too, is written with its least significant byte first. The issuers'
key is not published by the maker: `issuers.toml` says how far each is to be trusted.
"""

from __future__ import annotations

import hashlib
import re
import tomllib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from functools import cache
from importlib import resources
from typing import Final

import numpy as np
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric import ec, utils
from cryptography.hazmat.primitives.hashes import SHA256

from ingest.readers import reasons
from ingest.readers.types import (
    GAP,
    AlarmLimit,
    DailyAggregate,
    DailyLog,
    FieldValue,
    Integrity,
    IntegrityState,
    Issuer,
    Logger,
    LoggerSummary,
    Place,
    ReadDocument,
    ReadOptions,
    Series,
    Source,
    Unreadable,
)
from ingest.readers.values import hundredths
from ingest.readers.zones import settle, to_utc

READER: Final = "berlinger/1"
SCHEME: Final = "berlinger-ecdsa-p256"
_LAST_LINE: Final = re.compile(rb"Sig: ([0-9a-f]{128})(?:\r\n)?")
_HEX64: Final = re.compile(r"[0-9a-f]{128}")
_LOW_TYPES: Final = frozenset({"1", "3"})
_CUMULATIVE: Final = frozenset({"3", "4"})


@dataclass(slots=True)
class Node:
    """A key of the tree with its value, the line it stands on, and what is indented below it."""

    key: str
    value: str
    line: int
    children: list[Node] = field(default_factory=list)

    def get(self, *path: str) -> str | None:
        """The value along a path of keys, None when it is not there or empty."""
        node: Node | None = self
        for key in path:
            node = None if node is None else node.child(key)
        return node.value or None if node is not None else None

    def child(self, key: str) -> Node | None:
        return next((child for child in self.children if child.key == key), None)


@cache
def built_in_issuers() -> tuple[Issuer, ...]:
    """The keys that come with the product, each with the state of its confirmation."""
    text = resources.files("ingest.readers").joinpath("issuers.toml").read_text("utf-8")
    return tuple(Issuer(**row) for row in tomllib.loads(text)["berlinger"])


def read_berlinger(data: bytes, options: ReadOptions, file_name: str = "") -> ReadDocument:
    """Raises Unreadable: cut off, signature wrong, zone missing, value not understood."""
    integrity = verify(data, options.issuers or built_in_issuers())
    if integrity.state is IntegrityState.FAILED:
        raise Unreadable(reasons.INTEGRITY_FAILED, detail=", ".join(integrity.failed))
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError:
        text = data.decode("latin-1")
    tree, rows = parse_tree(text)
    logger = Logger(
        vendor="Berlinger" if "Fridge-tag" in (tree.get("Device") or "") else "Q-tag",
        model=tree.get("Device"),
        serial=tree.get("Conf", "Serial"),
        run=tree.get("Res", "Run Number"),
        firmware=tree.get("Fw Vers"),
    )
    zone, origin = settle(_stated_zone(tree), logger.serial, options, file_name)
    series = tuple(_series(tree, rows, logger, zone, origin))
    daily = tuple(_daily(tree, logger, zone, origin))
    if not series and not daily:
        raise Unreadable(reasons.TRUNCATED, detail="neither readings nor days")
    return ReadDocument(
        media_type="text/plain",
        format="berlinger-txt",
        reader=READER,
        fields=tuple(_fields(tree)),
        series=series,
        daily=daily,
        integrity=(integrity,),
    )


def verify(data: bytes, issuers: Sequence[Issuer]) -> Integrity:
    """Check the file's signature with the lot's key and the lot's certificate with an issuer's.

    The file's signature covers the certificate too, so any edit shows as `file`. A certificate that
    no known key fits is `issuer_unknown` (a new key, or a forger's), unless the maker has confirmed
    a key for the issuer it names. `details` carries lot, issuer and the state of the key that
    fitted. Raises Unreadable when the signature lines are missing: such a file was cut off.
    """
    cert_at = data.find(b"\nCert:") + 1
    sig_cert_at = data.find(b"\nSig Cert: ", cert_at) + 1
    sig_at = data.find(b"\nSig: ", sig_cert_at) + 1
    if not 0 < cert_at < sig_cert_at < sig_at:
        raise Unreadable(reasons.TRUNCATED, detail="signature lines are missing")
    certificate = data[cert_at:sig_cert_at]
    cert_tree, _ = parse_tree(certificate.decode("latin-1"))
    lot_key = cert_tree.get("Cert", "Public Key") or ""
    details = {
        "lot": cert_tree.get("Cert", "Lot") or "",
        "issuer": cert_tree.get("Cert", "Issuer") or "",
    }
    failed = []
    last = _LAST_LINE.fullmatch(data, sig_at)
    if last is None or not _signed(data[:sig_at], last.group(1).decode(), lot_key):
        failed.append("file")
    signature = data[sig_cert_at:sig_at].partition(b": ")[2].strip().decode("latin-1")
    fitting = [issuer for issuer in issuers if _signed(certificate, signature, issuer.key)]
    if fitting:
        details |= {"key_state": fitting[0].state, "key": fitting[0].key[:16]}
    elif any(one.state == "confirmed" and one.name == details["issuer"] for one in issuers):
        failed.append("certificate")
    if failed:
        state = IntegrityState.FAILED
    else:
        state = IntegrityState.VERIFIED if fitting else IntegrityState.ISSUER_UNKNOWN
    return Integrity(SCHEME, state, tuple(failed), details)


def _signed(message: bytes, signature: str, key: str) -> bool:
    """ECDSA with every number turned round; False for anything that is not a key or signature."""
    if not _HEX64.fullmatch(signature) or not _HEX64.fullmatch(key):
        return False
    r, s = _little(signature[:64]), _little(signature[64:])
    digest = hashlib.sha256(message).digest()[::-1]
    try:
        public = ec.EllipticCurvePublicNumbers(
            _little(key[:64]), _little(key[64:]), ec.SECP256R1()
        ).public_key()
        public.verify(utils.encode_dss_signature(r, s), digest, ec.ECDSA(utils.Prehashed(SHA256())))
    except (InvalidSignature, ValueError):
        return False
    return True


def _little(text: str) -> int:
    return int.from_bytes(bytes.fromhex(text), "little")


def parse_tree(text: str) -> tuple[Node, list[tuple[int, list[str]]]]:
    """The tree under a nameless root, and the tab-separated rows below `Data:` with their lines."""
    root = Node("", "", 0)
    stack: list[tuple[int, Node]] = [(-1, root)]
    rows: list[tuple[int, list[str]]] = []
    for number, line in enumerate(text.splitlines(), start=1):
        if line.startswith("\t"):
            if stack[-1][1].key == "Data":
                rows.append((number, line.strip("\t\r\n").split("\t")))
            continue
        bare = line.strip()
        if not bare:
            continue
        indent = len(line) - len(line.lstrip(" "))
        while stack[-1][0] >= indent:
            stack.pop()
        nodes = list(_nodes(bare, number))
        stack[-1][1].children.extend(nodes)
        stack.append((indent, nodes[-1]))
    return root, rows


def _nodes(bare: str, number: int) -> Iterator[Node]:
    """One line may hold several pairs: `Min T: +4.0, TS Min T: 00:42`."""
    for part in re.split(r", (?=[A-Za-z ]+:)", bare):
        key, _, value = part.partition(":")
        yield Node(key.strip(), value.strip(), number)


def _stated_zone(tree: Node) -> str | None:
    """`Zone: 0.00` counts where nobody can set the clock (its report then says GMT); where the
    user sets it, 0.00 is what the device was delivered with and proves nothing."""
    stated = tree.get("Conf", "Zone")
    if stated is None or tree.get("Conf", "User Clock Config") not in (None, "0"):
        return None
    try:
        minutes = int(Decimal(stated) * 60)
    except InvalidOperation:
        return None
    if minutes == 0:
        return "UTC"
    return f"{'+' if minutes > 0 else '-'}{abs(minutes) // 60:02d}:{abs(minutes) % 60:02d}"


def _series(
    tree: Node,
    rows: list[tuple[int, list[str]]],
    logger: Logger,
    zone: str | None,
    origin: str | None,
) -> Iterator[Series]:
    readings = [(line, cells) for line, cells in rows if cells[0][:1].isdigit()]
    if not readings:
        return
    wall = np.fromiter((_seconds(line, cells[0]) for line, cells in readings), dtype=np.int64)
    unit = tree.get("Conf", "Temp unit") or "C"
    values, _ = hundredths(
        [cells[1] if len(cells) > 1 else "" for _, cells in readings],
        unit,
        lambda index: readings[index][0],
    )
    interval = tree.get("Conf", "Logging Interval")
    yield Series(
        logger=logger,
        channel="T",
        zone=zone,
        zone_origin=origin,
        unit=unit,
        interval=int(interval) * 60 if interval and interval.isdigit() else None,
        seconds=to_utc(wall, zone),
        celsius=values,
        place=Place(path=f"line {readings[0][0]}"),
        summary=_summary(tree, unit),
    )


def _seconds(line: int, text: str) -> int:
    try:
        moment = datetime.strptime(text.strip(), "%Y-%m-%d %H:%M")  # noqa: DTZ007 - a wall clock
    except ValueError as error:
        raise Unreadable(reasons.DATE_UNREADABLE, row=line, value=text[:40]) from error
    return int((moment - datetime(1970, 1, 1)).total_seconds())  # noqa: DTZ001 - a wall clock


def _celsius(text: str | None, unit: str) -> Decimal | None:
    if text is None:
        return None
    values, _ = hundredths([text], unit, lambda _: 0)
    return None if values[0] == GAP else Decimal(int(values[0])) / 100


def _summary(tree: Node, unit: str) -> LoggerSummary | None:
    result = tree.child("Res")
    if result is None:
        return None
    counted = {node.key: node for node in _children(result, "Alarm")}
    alarms = []
    for node in _children(tree.child("Conf"), "Alarm"):
        kind = node.get("Type")
        limit = _celsius(node.get("T AL"), unit)
        if kind is None or limit is None:
            continue
        minutes = [_minutes(run.value) for run in _all(counted.get(node.key), "t A")]
        alarms.append(
            AlarmLimit(
                side="below" if kind in _LOW_TYPES else "above",
                limit=limit,
                allowed_minutes=_minutes(node.get("t AL")),
                minutes=sum(minutes),
                cumulative=kind in _CUMULATIVE,
            )
        )
    return LoggerSummary(
        minimum=_celsius(result.get("Min T"), unit),
        maximum=_celsius(result.get("Max T"), unit),
        mean=_celsius(result.get("Avrg T"), unit),
        mkt=_celsius(result.get("MKT"), unit),
        alarms=tuple(alarms),
    )


def _children(node: Node | None, key: str) -> list[Node]:
    found = None if node is None else node.child(key)
    return [] if found is None else found.children


def _all(node: Node | None, key: str) -> list[Node]:
    return [] if node is None else [child for child in node.children if child.key == key]


def _minutes(text: str | None) -> int:
    return int(text) if text is not None and text.isdigit() else 0


def _daily(tree: Node, logger: Logger, zone: str | None, origin: str | None) -> Iterator[DailyLog]:
    history = tree.child("Hist")
    days = [] if history is None else [node for node in history.children if node.key.isdigit()]
    if not days:
        return
    unit = tree.get("Conf", "Temp unit") or "C"
    written = (history.get("TS Report Creation") or "")[:10] if history else ""
    yield DailyLog(
        logger=logger,
        zone=zone,
        zone_origin=origin,
        unit=unit,
        days=tuple(_day(node, unit, written) for node in reversed(days)),
        alarms=tuple(_day_alarms(tree, unit)),
        place=Place(path=f"line {days[0].line}"),
    )


def _day_alarms(tree: Node, unit: str) -> Iterator[AlarmLimit]:
    """Alarm 0 is the lower one, alarm 1 the upper one."""
    for node in _children(tree.child("Conf"), "Alarm"):
        limit = _celsius(node.get("T AL"), unit)
        if limit is not None:
            yield AlarmLimit(
                side="below" if node.key == "0" else "above",
                limit=limit,
                allowed_minutes=_minutes(node.get("t AL")),
            )


def _day(node: Node, unit: str, written: str) -> DailyAggregate:
    text = node.get("Date") or ""
    try:
        day = date.fromisoformat(text)
    except ValueError as error:
        raise Unreadable(reasons.DATE_UNREADABLE, row=node.line, value=text[:40]) from error
    return DailyAggregate(
        day=day,
        minimum=_celsius(node.get("Min T"), unit),
        maximum=_celsius(node.get("Max T"), unit),
        mean=_celsius(node.get("Avrg T"), unit),
        minutes_low=_minutes(node.get("Alarm", "0", "t Acc")),
        minutes_high=_minutes(node.get("Alarm", "1", "t Acc")),
        sensor_timeout_minutes=_minutes(node.get("Int Sensor timeout", "t AccST")),
        complete=text != written,
        minimum_at=node.get("TS Min T"),
        maximum_at=node.get("TS Max T"),
    )


def _fields(tree: Node) -> Iterator[FieldValue]:
    for name, path in (
        ("logger_model", ("Device",)),
        ("logger_serial", ("Conf", "Serial")),
        ("logger_lot", ("Conf", "Lot")),
        ("logger_firmware", ("Fw Vers",)),
        ("logger_run", ("Res", "Run Number")),
        ("activated_at", ("Hist", "TS Actv")),
        ("report_created_at", ("Hist", "TS Report Creation")),
        ("started_at", ("Res", "TS Start")),
        ("stopped_at", ("Res", "TS Stop")),
        ("temperature_offset", ("Conf", "Temp Offset")),
    ):
        if (value := tree.get(*path)) is not None:
            yield FieldValue(name, value, Source.LOGGER, Place(path="/".join(path)))
