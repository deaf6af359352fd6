#!/usr/bin/env python3
"""Verifies a DeviceTrail inspection package, alone: this file, Python >= 3.8 and `cryptography`.

    python verify.py PACKAGE [--fingerprint HEX] [--earlier CHECKPOINT_OR_PACKAGE] [--lang zh]

Take this file from the release you trust, not from the package you doubt. It shares no code with
the service that wrote the package, and follows these steps in this order; each stops at the first
thing that is broken and names its layer, place, what was expected and what was found.

 0  container   a folder or a zip of stored members; nothing that could be read in two ways
 1  bag         BagIt 1.0 (RFC 8493): every file listed, every digest right (SHA-256 and SM3)
 2  signature   the checkpoint (C2SP signed note), under the key that entry 0 names, or the one
                to which signed rotations lead
 3  entry       every entry: exact bytes, the one canonical form, the same log
 4  tree        inclusion of every entry under the verified checkpoint's own size and root
 5  chain       `prev` of each entry whose predecessor is here too
 6  cut         package.cut ends the package and binds its members, streams and selection
 7  stream      numbers and links of every stream; whole streams end at the head that
                `stream.heads` states (heads): no entry between was left out
 8  payload     commitment of every payload given; those not given are declared so
 9  document    content address of every original given; those not given are declared so
10  record      the readable records repeat what the payloads say
11  anchor      consistency from the earlier published checkpoints in the package
12  trust       the key or an earlier checkpoint against what you held before

Exit codes: 0 nothing broken (read the verdict: what was it compared with?), 2 usage, 3 broken.
"""

# Runs on Python 3.8: %-formatting and zip() as they were then.
# ruff: noqa: UP031, B905

from __future__ import annotations

import argparse
import base64
import binascii
import hashlib
import json
import os
import re
import stat
import sys
import unicodedata
import zipfile
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import IO, Any, NoReturn

try:
    from cryptography.exceptions import InvalidSignature
    from cryptography.hazmat.primitives import hashes
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
except ImportError:  # pragma: no cover - told to the reader in words
    sys.stderr.write("需要 Python 包 cryptography / needs the Python package `cryptography`\n")
    raise SystemExit(2) from None

EXIT_GOOD, EXIT_USAGE, EXIT_BROKEN = 0, 2, 3
CHUNK = 1 << 20
MAX_ENTRY = 65_535
MAX_SMALL = 64 << 20
MAX_INT = (1 << 53) - 1

HEX64 = re.compile(r"[0-9a-f]{64}\Z")
KIND = re.compile(r"[a-z][a-z0-9_]*(\.[a-z0-9_]+)*\Z")
KEY_CHARS = re.compile(r"[a-z0-9_.]+\Z")
TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z\Z", re.ASCII)
DECIMAL = re.compile(r"(0|[1-9][0-9]*)\Z")
VISIBLE = re.compile(r"[\x21-\x7e]{1,128}\Z")
OWN_KINDS = {"log.opened", "log.key_rotated", "stream.heads", "erasure", "clock.stepped"}
MEMBERS = {
    "actor", "documents", "key", "kind", "ledger", "occurred_at", "origin", "payload", "prev",
    "recorded_at", "seq", "streams", "supersedes", "v",
}  # fmt: skip

# What may lie in a package, and nothing else.
TAG_FILES = {
    "bagit.txt", "bag-info.txt", "manifest-sha256.txt", "manifest-sm3.txt",
    "tagmanifest-sha256.txt", "tagmanifest-sm3.txt", "package.note",
}  # fmt: skip
REQUIRED = {
    "data/checkpoints/checkpoint", "data/heads/streams.jsonl", "data/selection.json",
    "data/payloads/salts.csv",
}  # fmt: skip
DATA_FILES = REQUIRED | {
    "data/report.pdf", "data/registers.xlsx", "data/verify.py", "data/verify.html",
    "data/README.zh.txt", "data/README.en.txt", "data/originals/index.csv",
}  # fmt: skip
ENTRY_PATH = re.compile(r"data/entries/(\d{9})/(\d{12})\.json\Z", re.ASCII)
PROOF_PATH = re.compile(r"data/proofs/(\d{9})/(\d{12})\.tlog-proof\Z", re.ASCII)
PAYLOAD_PATH = re.compile(r"data/payloads/(\d{9})/(\d{12})\.json\Z", re.ASCII)
ORIGINAL_PATH = re.compile(r"data/originals/[0-9a-f]{2}/([0-9a-f]{64})\Z", re.ASCII)
RECORDS_PATH = re.compile(r"data/records/[a-z0-9_]+\.(jsonl|csv)\Z", re.ASCII)
READINGS_PATH = re.compile(r"data/records/readings/(\d{12})\.csv\Z", re.ASCII)
EARLIER_PATH = re.compile(
    r"data/checkpoints/earlier/(\d{12})\.(checkpoint|consistency)\Z", re.ASCII
)
VOLUME_PATH = re.compile(r"data/(report|findings)(-\d{1,3})?\.pdf\Z", re.ASCII)

# code: (Chinese, English). The code never changes; the layer is what stands before the dot.
MESSAGES = {
    "container.unreadable": ("打不开这个包", "the package cannot be opened"),
    "container.shape": ("容器形式不允许", "the container has a shape that is not allowed"),
    "container.path": ("文件路径不允许", "a file path is not allowed"),
    "container.unexpected": ("内容形状出乎意料", "the content has an unexpected shape"),
    "container.duplicate": ("同一路径出现两次", "one path occurs twice"),
    "bag.declaration": ("bagit.txt 不合规定", "bagit.txt is not as the standard demands"),
    "bag.manifest": ("清单格式不对", "a manifest is malformed"),
    "bag.missing": ("清单所列文件缺失", "a file is missing"),
    "bag.extra": ("有清单之外的文件", "a file that does not belong here"),
    "bag.digest": ("文件内容与清单摘要不符", "a file does not have the digest in the manifest"),
    "bag.oxum": ("文件总数或总字节数不符", "number or size of files differs from bag-info.txt"),
    "bag.info": ("bag-info.txt 不对", "bag-info.txt is wrong"),
    "bag.note": ("整包签名不对", "the signature over the whole package is wrong"),
    "signature.note": ("检查点不是规范的签名文本", "the checkpoint is no well-formed signed note"),
    "signature.checkpoint": ("检查点正文不规范", "the checkpoint's text is malformed"),
    "signature.key": ("验证公钥不对", "the verifier key is malformed or not this log's"),
    "signature.invalid": ("检查点签名无效", "the checkpoint's signature is invalid"),
    "signature.missing": ("检查点没有该账本密钥的签名", "no signature by the log's key"),
    "signature.rotation": ("换钥记录无效", "a key rotation is not signed by both keys"),
    "entry.missing": ("缺少条目", "an entry is missing"),
    "entry.profile": ("条目不是规范编码", "an entry is not in the canonical form"),
    "entry.field": ("条目字段不对", "a member of an entry is wrong"),
    "entry.origin": ("条目属于另一账本", "an entry belongs to another log"),
    "entry.seq": ("条目序号与文件名不符", "an entry's number is not that of its file"),
    "tree.missing": ("缺少包含证明", "an inclusion proof is missing"),
    "tree.proof": ("包含证明格式不对", "an inclusion proof is malformed"),
    "tree.index": ("条目超出检查点大小", "an entry lies beyond the checkpoint's size"),
    "tree.root": ("条目不在已签名的树中", "an entry is not in the signed tree"),
    "chain.prev": ("前后条目的链断开", "the chain between two entries is broken"),
    "cut.missing": ("没有 package.cut 条目", "there is no package.cut"),
    "cut.last": ("package.cut 不是最后一条", "package.cut is not the last entry"),
    "cut.payload": ("package.cut 的内容不对", "package.cut's payload is malformed"),
    "cut.selection": ("选取说明与 package.cut 不符", "the selection is not the one that was cut"),
    "cut.members": ("成员与 package.cut 不符", "the members are not those that were cut"),
    "cut.streams": ("所覆盖的流与 package.cut 不符", "the streams are not those that were cut"),
    "cut.range": ("区间内缺少条目", "an entry of the declared range is missing"),
    "stream.fork": ("同一流有两个同号条目", "two entries claim one number of a stream"),
    "stream.gap": ("流中缺少条目", "an entry of a whole stream is missing"),
    "stream.prev": ("流的链断开", "the chain of a stream is broken"),
    "stream.head": ("流的末端与流首图不符", "a stream does not end at its stated head"),
    "heads.missing": ("缺少 stream.heads 条目", "the stream.heads entry is missing"),
    "heads.proof": ("流首图证明不对", "a map proof is malformed"),
    "heads.root": ("流首不在流首图中", "a stream's head is not in the signed map"),
    "payload.missing": ("缺少声明已提供的内容", "a payload declared as given is missing"),
    "payload.undeclared": ("内容未作声明", "a payload is here, or absent, without being declared"),
    "payload.salt": ("盐值表不对", "the table of salts is malformed"),
    "payload.commit": ("内容与条目中的承诺不符", "a payload is not the one the entry commits to"),
    "payload.erased": ("删除没有依据条目", "a payload is called erased without an erasure entry"),
    "document.missing": ("缺少声明已提供的原件", "an original declared as given is missing"),
    "document.undeclared": ("原件未作声明", "an original is here, or not, undeclared"),
    "document.hash": ("原件与其内容地址不符", "an original is not the one its address names"),
    "document.size": ("原件大小与条目不符", "an original's size is not the one in the entry"),
    "record.differs": ("可读记录与内容不符", "a readable record differs from the payload"),
    "anchor.earlier": ("早先的检查点不对", "an earlier checkpoint is malformed or not signed"),
    "anchor.consistency": ("与早先检查点不一致", "the log is not a continuation of an earlier one"),
    "trust.fingerprint": ("密钥指纹与您所持的不同", "the key is not the one you named"),
    "trust.earlier": ("与您所持的早先检查点不一致", "not a continuation of what you held before"),
    "trust.unproved": (
        "无法与您所持的检查点比较",
        "cannot be compared with the checkpoint you held before",
    ),
}  # fmt: skip


class Broken(Exception):
    """The first broken thing: stable code, where, what was expected, what was found."""

    def __init__(
        self,
        code: str,
        where: object = "",
        index: int | None = None,
        expected: object = "",
        found: object = "",
    ) -> None:
        self.code = code
        self.layer = code.split(".", 1)[0]
        self.where = str(where)
        self.index = index
        self.expected = _short(expected)
        self.found = _short(found)
        super().__init__("%s at %s: expected %s, found %s" % (code, where, expected, found))

    def lines(self, lang: str) -> list[str]:
        """The finding in plain words, one language."""
        zh, en = MESSAGES[self.code]
        if lang == "zh":
            out = ["不通过：%s" % zh, "  代码 %s，层 %s" % (self.code, self.layer)]
            names = ("位置", "条目号", "应为", "实为")
        else:
            out = ["BROKEN: %s" % en, "  code %s, layer %s" % (self.code, self.layer)]
            names = ("where", "entry", "expected", "found")
        values = (self.where, "" if self.index is None else self.index, self.expected, self.found)
        return out + ["  %s: %s" % pair for pair in zip(names, values) if str(pair[1]) != ""]

    def as_dict(self) -> dict[str, Any]:
        """The finding for machines."""
        return {
            "code": self.code, "layer": self.layer, "where": self.where, "index": self.index,
            "expected": self.expected, "found": self.found,
        }  # fmt: skip


def _short(value: object) -> str:
    """A value fit for a terminal: no control characters, never long."""
    text = value.hex() if isinstance(value, bytes) else str(value)
    text = "".join(c if c.isprintable() else "?" for c in text)
    return text if len(text) <= 200 else text[:197] + "..."


# --- 0  container -----------------------------------------------------------------------------


def check_path(path: str) -> str:
    """Refuse every path that could leave the bag or be read in two ways."""
    parts = path.split("/")
    if (
        not path
        or any(part in ("", ".", "..") for part in parts)
        or path.startswith(("/", "~"))
        or "\\" in path
        or re.match(r"[A-Za-z]:", path)
        or any(unicodedata.category(c) in ("Cc", "Cf", "Cs") for c in path)
        or unicodedata.normalize("NFC", path) != path
    ):
        raise Broken("container.path", path)
    return path


class Source:
    """Where a package lies: its files by path, with their sizes."""

    sizes: dict[str, int]

    def open(self, path: str) -> IO[bytes]:
        """A file of `sizes`, for reading."""
        raise KeyError(path)


class Folder(Source):
    """A package lying in a folder."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.sizes = {}
        for base, folders, names in os.walk(str(root)):
            for name in folders + names:
                full = Path(base) / name
                mode = full.lstat().st_mode
                path = full.relative_to(root).as_posix()
                if stat.S_ISLNK(mode) or not (stat.S_ISREG(mode) or stat.S_ISDIR(mode)):
                    raise Broken("container.shape", path, expected="a plain file", found="a link")
                if stat.S_ISREG(mode):
                    self.sizes[check_path(path)] = full.lstat().st_size
        _no_twins(self.sizes)

    def open(self, path: str) -> IO[bytes]:
        return (self.root / path).open("rb")


class Zip(Source):
    """A package in a zip: one top folder, members stored, never compressed, never twice."""

    def __init__(self, file: Path) -> None:
        try:
            self.zip = zipfile.ZipFile(str(file))
        except (zipfile.BadZipFile, OSError, ValueError) as error:
            raise Broken("container.unreadable", file, found=error) from error
        self.infos: dict[str, zipfile.ZipInfo] = {}
        tops = set()
        for info in self.zip.infolist():
            name = info.filename
            if name != info.orig_filename:
                raise Broken("container.path", name)
            if info.is_dir():
                raise Broken("container.shape", name, expected="files only", found="a folder")
            check_path(name)
            top, _, path = name.partition("/")
            tops.add(top)
            if not path:
                raise Broken("container.shape", name, expected="one top folder", found="a file")
            kind = stat.S_IFMT(info.external_attr >> 16)
            if kind not in (0, stat.S_IFREG):
                raise Broken("container.shape", name, expected="a plain file", found="a link")
            if info.compress_type != zipfile.ZIP_STORED or info.flag_bits & 1:
                raise Broken("container.shape", name, expected="stored, not encrypted")
            if info.file_size != info.compress_size:
                raise Broken("container.shape", name, info.file_size, info.compress_size)
            if path in self.infos:
                raise Broken("container.duplicate", path)
            self.infos[path] = info
        if len(tops) != 1:
            raise Broken("container.shape", file, expected="one top folder", found=sorted(tops))
        self.sizes = {path: info.file_size for path, info in self.infos.items()}
        _no_twins(self.sizes)

    def open(self, path: str) -> IO[bytes]:
        try:
            return self.zip.open(self.infos[path])
        except (zipfile.BadZipFile, OSError, NotImplementedError) as error:
            raise Broken("container.unreadable", path, found=error) from error


def _no_twins(paths: Iterable[str]) -> None:
    """On a system that ignores case, two such paths would be one file."""
    seen: dict[str, str] = {}
    for path in paths:
        if seen.setdefault(path.casefold(), path) != path:
            raise Broken("container.duplicate", path, found=seen[path.casefold()])


def open_package(path: str | os.PathLike[str]) -> Source:
    """The package at `path`: a folder, or a zip."""
    path = Path(path)
    if path.is_dir():
        return Folder(path)
    if not path.is_file():
        raise Broken("container.unreadable", path, found="no such file")
    return Zip(path)


def read(source: Source, path: str, code: str = "bag.missing", limit: int = MAX_SMALL) -> bytes:
    """A small file in full."""
    if path not in source.sizes:
        raise Broken(code, path, expected="the file", found="nothing")
    if source.sizes[path] > limit:
        raise Broken("container.shape", path, expected="<= %d bytes" % limit)
    try:
        with source.open(path) as stream:
            return stream.read()
    except (zipfile.BadZipFile, EOFError, OSError) as error:
        raise Broken("container.unreadable", path, found=error) from error


def text_of(data: bytes, code: str, where: object) -> str:
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError as error:
        raise Broken(code, where, expected="UTF-8", found=error) from error


# --- 1  bag -----------------------------------------------------------------------------------


def sm3() -> Any:
    """SM3 by the system's OpenSSL, or by `cryptography`."""
    try:
        return hashlib.new("sm3")
    except ValueError:
        return _Sm3()


class _Sm3:
    def __init__(self) -> None:
        self.hash = hashes.Hash(hashes.SM3())

    def update(self, data: bytes) -> None:
        self.hash.update(data)

    def hexdigest(self) -> str:
        return self.hash.finalize().hex()


def digests(source: Source, path: str) -> tuple[str, str]:
    """SHA-256 and SM3 of a file, read in pieces."""
    one, two = hashlib.sha256(), sm3()
    try:
        with source.open(path) as stream:
            while True:
                piece = stream.read(CHUNK)
                if not piece:
                    return one.hexdigest(), two.hexdigest()
                one.update(piece)
                two.update(piece)
    except (zipfile.BadZipFile, EOFError, OSError) as error:
        raise Broken("container.unreadable", path, found=error) from error


def manifest(source: Source, name: str) -> dict[str, str]:
    """A manifest as {path: digest}. One form only: 64 hex digits, two spaces, the path."""
    text = text_of(read(source, name), "bag.manifest", name)
    if not text.endswith("\n") or "\r" in text or text.startswith("\ufeff"):
        raise Broken("bag.manifest", name, expected="lines ended by a line feed")
    listed: dict[str, str] = {}
    for number, line in enumerate(text[:-1].split("\n"), 1):
        where = "%s:%d" % (name, number)
        found = re.match(r"([0-9a-f]{64})  ([^ ].*)\Z", line)
        if not found:
            raise Broken("bag.manifest", where, expected="digest, two spaces, path", found=line)
        digest, path = found.groups()
        if "%" in path:
            raise Broken("bag.manifest", where, expected="a path without %", found=path)
        check_path(path)
        if path in listed:
            raise Broken("bag.manifest", where, expected="each path once", found=path)
        if path.startswith("data/") == name.startswith("tagmanifest"):
            raise Broken("bag.manifest", where, expected="payload or tag files", found=path)
        listed[path] = digest
    return listed


def check_bag(source: Source) -> dict[str, str]:
    """RFC 8493, stricter than it demands. Gives {path: SHA-256} of the payload files."""
    declaration = read(source, "bagit.txt")
    wanted = b"BagIt-Version: 1.0\nTag-File-Character-Encoding: UTF-8\n"
    if declaration != wanted:
        raise Broken("bag.declaration", "bagit.txt", expected=wanted.decode(), found=declaration)
    lists = {name: manifest(source, name) for name in sorted(TAG_FILES) if "manifest" in name}
    tag_files = {path for path in source.sizes if not path.startswith("data/")}
    payload = set(source.sizes) - tag_files
    for path in sorted(tag_files - TAG_FILES):
        raise Broken("bag.extra", path)
    for name, listed in sorted(lists.items()):
        there = payload
        if name.startswith("tagmanifest"):
            there = {path for path in tag_files if not path.startswith("tagmanifest")}
        for path in sorted(set(listed) - there):
            raise Broken("bag.missing", path, expected="listed in " + name, found="nothing")
        for path in sorted(there - set(listed)):
            raise Broken("bag.extra", path, expected="listed in " + name)
    tags_256, tags_sm3 = lists["tagmanifest-sha256.txt"], lists["tagmanifest-sm3.txt"]
    data_256, data_sm3 = lists["manifest-sha256.txt"], lists["manifest-sm3.txt"]
    for path in sorted(tags_256) + sorted(payload):
        one, two = digests(source, path)
        tag = path in tags_256
        for expected, found in (
            ((tags_256 if tag else data_256)[path], one),
            ((tags_sm3 if tag else data_sm3)[path], two),
        ):
            if expected != found:
                raise Broken("bag.digest", path, expected=expected, found=found)
    for path in sorted(payload):
        if path not in DATA_FILES and not any(
            pattern.match(path)
            for pattern in (
                ENTRY_PATH, PROOF_PATH, PAYLOAD_PATH, ORIGINAL_PATH, RECORDS_PATH, READINGS_PATH,
                EARLIER_PATH, VOLUME_PATH,
            )
        ):  # fmt: skip
            raise Broken("bag.extra", path, expected="a file of the package format")
    for path in sorted(REQUIRED - payload):
        raise Broken("bag.missing", path)
    info = bag_info(source)
    oxum = "%d.%d" % (sum(source.sizes[path] for path in payload), len(payload))
    if info.get("Payload-Oxum") != oxum:
        raise Broken("bag.oxum", "bag-info.txt", expected=oxum, found=info.get("Payload-Oxum"))
    return data_256


def bag_info(source: Source) -> dict[str, str]:
    """bag-info.txt as {label: value}, each label once."""
    text = text_of(read(source, "bag-info.txt"), "bag.info", "bag-info.txt")
    info: dict[str, str] = {}
    for line in text.splitlines():
        label, colon, value = line.partition(": ")
        if not colon or not re.match(r"[A-Za-z0-9-]+\Z", label) or label in info:
            raise Broken("bag.info", "bag-info.txt", expected="Label: value, once", found=line)
        info[label] = value
    return info


# --- 2  signature -----------------------------------------------------------------------------


def b64(text: str, code: str, where: object) -> bytes:
    """Strict base64: one text for one value."""
    try:
        data = base64.b64decode(text.encode("ascii"), validate=True)
    except (UnicodeEncodeError, binascii.Error, ValueError) as error:
        raise Broken(code, where, expected="base64", found=text) from error
    if base64.b64encode(data).decode() != text:
        raise Broken(code, where, expected="canonical base64", found=text)
    return data


def _bad_name(name: str) -> bool:
    return not name or "+" in name or any(c.isspace() for c in name)


class Key:
    """A verifier key `name+keyid+base64(type || public key)`; type 0x01 is Ed25519."""

    def __init__(self, text: object, where: object) -> None:
        parts = text.split("+", 2) if isinstance(text, str) else []
        if len(parts) != 3 or _bad_name(parts[0]) or not re.match(r"[0-9a-f]{8}\Z", parts[1]):
            raise Broken("signature.key", where, expected="name+keyid+key", found=text)
        data = b64(parts[2], "signature.key", where)
        if len(data) != 33 or data[0] != 1:
            raise Broken("signature.key", where, expected="an Ed25519 key", found=text)
        self.text, self.name = "+".join(parts), parts[0]
        self.id = hashlib.sha256(self.name.encode() + b"\n" + data).digest()[:4]
        if self.id.hex() != parts[1]:
            raise Broken("signature.key", where, expected=self.id.hex(), found=parts[1])
        self.public = Ed25519PublicKey.from_public_bytes(data[1:])
        self.fingerprint = hashlib.sha256(self.text.encode()).hexdigest()


def open_note(
    data: bytes, where: object, code: str = "signature.note"
) -> tuple[str, list[tuple[str, bytes, bytes]]]:
    """A C2SP signed note as (text, [(name, keyid, signature)])."""
    note = text_of(data, code, where)
    if any(ord(c) < 0x20 and c != "\n" for c in note):
        raise Broken(code, where, expected="no control characters")
    cut = note.rfind("\n\n")
    if cut < 0 or not note.endswith("\n"):
        raise Broken(code, where, expected="text, blank line, signatures")
    text, lines = note[: cut + 1], note[cut + 2 : -1].split("\n")
    if len(lines) > 100:
        raise Broken(code, where, expected="at most 100 signatures", found=len(lines))
    signatures = []
    for line in lines:
        parts = line.split(" ")
        if len(parts) != 3 or parts[0] != "\u2014" or _bad_name(parts[1]):
            raise Broken(code, where, expected="a signature line", found=line)
        blob = b64(parts[2], code, where)
        if len(blob) < 5:
            raise Broken(code, where, expected="key id and signature", found=line)
        signatures.append((parts[1], blob[:4], blob[4:]))
    return text, signatures


def signed_by(
    key: Key, text: str, signatures: list[tuple[str, bytes, bytes]], where: object
) -> bool:
    """True when `key` signed; a signature in its name that fails breaks the whole note."""
    found = False
    for name, key_id, signature in signatures:
        if name == key.name and key_id == key.id:
            try:
                key.public.verify(signature, text.encode())
            except InvalidSignature:
                raise Broken("signature.invalid", where, expected=key.text) from None
            found = True
    return found


class Checkpoint:
    """Origin, size and root of a checkpoint's text."""

    def __init__(self, text: str, where: object, code: str = "signature.checkpoint") -> None:
        lines = text.split("\n")
        if len(lines) < 4 or lines[-1] != "" or "" in lines[:-1]:
            raise Broken(code, where, expected="origin, size, root", found=text)
        if not DECIMAL.match(lines[1]):
            raise Broken(code, where, expected="a decimal size", found=lines[1])
        self.origin, self.size = lines[0], int(lines[1])
        self.root = b64(lines[2], code, where)
        if len(self.root) != 32 or len(lines) > 4:
            raise Broken(code, where, expected="32 bytes of root and no more", found=text)


# --- 3  entry ---------------------------------------------------------------------------------


def strict_json(data: bytes, code: str, where: object, index: int | None = None) -> Any:
    """JSON without duplicate keys, floats, nulls or NaN."""

    def pairs(items: list[tuple[str, Any]]) -> dict[str, Any]:
        seen: dict[str, Any] = {}
        for key, value in items:
            if key in seen:
                raise Broken(code, where, index, "each key once", key)
            if value is None:
                raise Broken(code, where, index, "no null", key)
            seen[key] = value
        return seen

    def no(text: str) -> NoReturn:
        raise Broken(code, where, index, "no floats", text)

    def whole(text: str) -> int:
        value = int(text) if len(text) < 20 else MAX_INT + 1
        if abs(value) > MAX_INT:
            raise Broken(code, where, index, "|integer| <= 2^53-1", text)
        return value

    try:
        return json.loads(
            text_of(data, code, where),
            object_pairs_hook=pairs, parse_float=no, parse_constant=no, parse_int=whole,
        )  # fmt: skip
    except (ValueError, RecursionError) as error:
        raise Broken(code, where, index, "JSON", error) from error


def canonical(value: object) -> bytes:
    """The one way to write a value (the subset of RFC 8785 that entries use)."""
    text = json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return text.encode("utf-8", "surrogatepass")


def _depth(value: object, level: int = 0) -> int:
    if isinstance(value, dict):
        return max([_depth(v, level + 1) for v in value.values()] or [level + 1])
    if isinstance(value, list):
        return max([_depth(v, level + 1) for v in value] or [level + 1])
    return level


def leaf_hash(data: bytes) -> bytes:
    return hashlib.sha256(b"\x00" + data).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    return hashlib.sha256(b"\x01" + left + right).digest()


class Entry:
    """What later steps need of one entry; its bytes are not kept."""

    __slots__ = ("documents", "kind", "leaf", "ledger", "payload", "prev", "seq", "streams")

    def __init__(self, raw: bytes, seq: int, origin: str, where: str) -> None:
        def field(ok: object, name: str, expected: str) -> None:
            if not ok:
                raise Broken("entry.field", where, seq, expected, "%s = %r" % (name, e.get(name)))

        if len(raw) > MAX_ENTRY:
            raise Broken("entry.profile", where, seq, "<= 65,535 bytes", len(raw))
        e = strict_json(raw, "entry.profile", where, seq)
        if not isinstance(e, dict):
            raise Broken("entry.profile", where, seq, "an object")
        _check_keys(e, where, seq)
        if canonical(e) != raw or _depth(e) > 32:
            raise Broken("entry.profile", where, seq, "canonical bytes")
        if set(e) - MEMBERS:
            raise Broken("entry.field", where, seq, "known members", sorted(set(e) - MEMBERS))
        field(e.get("v") == 1 and e["v"] is not True, "v", "1")
        if e.get("origin") != origin:
            raise Broken("entry.origin", where, seq, origin, e.get("origin"))
        if not _count(e.get("seq")) or e["seq"] != seq:
            raise Broken("entry.seq", where, seq, seq, e.get("seq"))
        kind = e.get("kind")
        field(isinstance(kind, str) and KIND.match(kind) and len(kind) <= 64, "kind", "a kind")
        field(isinstance(e.get("recorded_at"), str) and TIME.match(e["recorded_at"]),
              "recorded_at", "RFC 3339, six digits, Z")  # fmt: skip
        if "occurred_at" in e:
            field(isinstance(e["occurred_at"], str) and TIME.match(e["occurred_at"]),
                  "occurred_at", "RFC 3339, six digits, Z")  # fmt: skip
        for name in ("actor", "key"):
            field(isinstance(e.get(name), str) and VISIBLE.match(e[name]), name, "visible ASCII")
        field(("prev" in e) == (seq > 0), "prev", "absent in entry 0 only")
        if seq:
            field(_is_hash(e["prev"]), "prev", "a hash")
        field(("ledger" in e) == (kind in OWN_KINDS), "ledger", "in the ledger's own kinds only")
        field((kind == "log.opened") == (seq == 0), "kind", "log.opened is entry 0")
        self.seq, self.kind, self.leaf = seq, str(kind), leaf_hash(raw)
        self.prev = bytes.fromhex(e["prev"]) if seq else None
        field(isinstance(e.get("ledger", {}), dict), "ledger", "an object")
        self.ledger: dict[str, Any] = e.get("ledger", {})
        self.streams: dict[str, tuple[int, bytes | None]] = {}
        for link in _list(e, "streams", field):
            field(isinstance(link, dict) and set(link) <= {"n", "prev", "stream"}
                  and isinstance(link.get("stream"), str) and _count(link.get("n"))
                  and not any(unicodedata.category(c) == "Cc" for c in link["stream"])
                  and ("prev" in link) == (link["n"] > 0)
                  and (link["n"] == 0 or _is_hash(link["prev"]))
                  and link["stream"] not in self.streams, "streams", "n, prev, stream")  # fmt: skip
            prev = bytes.fromhex(link["prev"]) if link["n"] else None
            self.streams[link["stream"]] = (link["n"], prev)
        field(len(self.streams) <= 64, "streams", "at most 64")
        self.documents: dict[str, int] = {}
        for item in _list(e, "documents", field):
            field(isinstance(item, dict) and set(item) == {"media_type", "sha256", "size"}
                  and _is_hash(item["sha256"]) and _count(item["size"]),
                  "documents", "media_type, sha256, size")  # fmt: skip
            self.documents[item["sha256"]] = item["size"]
        for item in _list(e, "supersedes", field):
            field(_count(item) and item < seq, "supersedes", "earlier entries")
        self.payload: dict[str, Any] | None = e.get("payload")
        if self.payload is not None:
            field(isinstance(self.payload, dict)
                  and set(self.payload) == {"commit", "schema", "size"}
                  and _is_hash(self.payload["commit"]) and _count(self.payload["size"])
                  and isinstance(self.payload["schema"], str),
                  "payload", "commit, schema, size")  # fmt: skip


def _check_keys(value: object, where: str, seq: int) -> None:
    if isinstance(value, dict):
        for key, inner in value.items():
            if not KEY_CHARS.match(key):
                raise Broken("entry.profile", where, seq, "keys of a-z 0-9 _ .", key)
            _check_keys(inner, where, seq)
    elif isinstance(value, list):
        for inner in value:
            _check_keys(inner, where, seq)


def _list(entry: dict[str, Any], name: str, field: Callable[[object, str, str], None]) -> list[Any]:
    items = entry.get(name, [])
    field(isinstance(items, list) and (name not in entry or items), name, "a list, not empty")
    return list(items)


def _is_hash(value: object) -> bool:
    return isinstance(value, str) and HEX64.match(value) is not None


def _count(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value >= 0


def seq_of(pattern: re.Pattern[str], path: str) -> int | None:
    """The entry number in a path, or None; its folder must be the number's thousands."""
    found = pattern.match(path)
    if not found:
        return None
    folder, seq = int(found.group(1)), int(found.group(2))
    if folder != seq // 1000:
        raise Broken("container.path", path, expected="the folder of its thousands")
    return seq


def entry_path(seq: int) -> str:
    return "data/entries/%09d/%012d.json" % (seq // 1000, seq)


def payload_path(seq: int) -> str:
    return "data/payloads/%09d/%012d.json" % (seq // 1000, seq)


def numbered(pattern: re.Pattern[str], source: Source) -> set[int]:
    """The entry numbers of the files that a pattern names."""
    found = (seq_of(pattern, path) for path in source.sizes)
    return {seq for seq in found if seq is not None}


def load_entries(source: Source, origin: str) -> dict[int, Entry]:
    """Every entry in the package, by number."""
    entries = {}
    for seq in sorted(numbered(ENTRY_PATH, source)):
        path = entry_path(seq)
        entries[seq] = Entry(read(source, path, limit=MAX_ENTRY), seq, origin, path)
    return entries


# --- 4  tree ----------------------------------------------------------------------------------


def root_of_inclusion(leaf: bytes, index: int, size: int, path: Sequence[bytes]) -> bytes | None:
    """RFC 9162 2.1.3.2: the root that a path leads to, or None if its length is wrong."""
    if not 0 <= index < size:
        return None
    fn, sn, root = index, size - 1, leaf
    for sibling in path:
        if sn == 0:
            return None
        if fn & 1 or fn == sn:
            root = node_hash(sibling, root)
            while not fn & 1 and fn:
                fn >>= 1
                sn >>= 1
        else:
            root = node_hash(root, sibling)
        fn >>= 1
        sn >>= 1
    return root if sn == 0 else None


def consistent(
    old_size: int, old_root: bytes, new_size: int, new_root: bytes, path: Sequence[bytes]
) -> bool:
    """RFC 9162 2.1.4.2. Equal sizes need equal roots and no path; size 0 proves nothing."""
    if old_size == new_size:
        return not path and old_root == new_root
    if not 0 < old_size < new_size or not path:
        return False
    if old_size & (old_size - 1) == 0:
        path = [old_root, *path]
    fn, sn = old_size - 1, new_size - 1
    while fn & 1:
        fn >>= 1
        sn >>= 1
    fr = sr = path[0]
    for c in path[1:]:
        if sn == 0:
            return False
        if fn & 1 or fn == sn:
            fr, sr = node_hash(c, fr), node_hash(c, sr)
            while not fn & 1 and fn:
                fn >>= 1
                sn >>= 1
        else:
            sr = node_hash(sr, c)
        fn >>= 1
        sn >>= 1
    return sn == 0 and fr == old_root and sr == new_root


def tree_root(leaves: Sequence[bytes]) -> bytes:
    """RFC 6962 root over leaf hashes; the empty tree is SHA-256("")."""
    if not leaves:
        return hashlib.sha256(b"").digest()
    stack: list[bytes] = []
    for number, leaf in enumerate(leaves, 1):
        stack.append(leaf)
        while not number & 1:
            right = stack.pop()
            stack.append(node_hash(stack.pop(), right))
            number >>= 1
    root = stack.pop()
    while stack:
        root = node_hash(stack.pop(), root)
    return root


def check_inclusion(
    source: Source, entries: dict[int, Entry], checkpoint: Checkpoint, note: bytes
) -> None:
    """A tlog-proof for each entry. Index is the entry's; size and root are the checkpoint's."""
    proofs = numbered(PROOF_PATH, source)
    for seq in sorted(proofs - set(entries)):
        raise Broken("bag.extra", "proof of entry %d" % seq, seq, "the entry itself")
    head = b"c2sp.org/tlog-proof@v1\n"
    for seq, entry in sorted(entries.items()):
        path = "data/proofs/%09d/%012d.tlog-proof" % (seq // 1000, seq)
        data = read(source, path, "tree.missing", MAX_ENTRY)
        body, blank, tail = data.partition(b"\n\n")
        if not data.startswith(head) or not blank or tail != note:
            raise Broken("tree.proof", path, seq, "a tlog-proof with this package's checkpoint")
        lines = text_of(body, "tree.proof", path)[len(head) :].split("\n")
        if lines[0] != "index %d" % seq:
            raise Broken("tree.proof", path, seq, "index %d" % seq, lines[0])
        if seq >= checkpoint.size:
            raise Broken("tree.index", path, seq, "< %d" % checkpoint.size, seq)
        hashes_ = [b64(line, "tree.proof", path) for line in lines[1:]]
        if len(hashes_) > 63 or any(len(h) != 32 for h in hashes_):
            raise Broken("tree.proof", path, seq, "hashes of 32 bytes")
        root = root_of_inclusion(entry.leaf, seq, checkpoint.size, hashes_)
        if root != checkpoint.root:
            raise Broken("tree.root", entry_path(seq), seq, checkpoint.root, root or "no root")


def check_chain(entries: dict[int, Entry]) -> None:
    """`prev` wherever both neighbours are here."""
    for seq, entry in sorted(entries.items()):
        before = entries.get(seq - 1)
        if before is not None and entry.prev != before.leaf:
            raise Broken("chain.prev", entry_path(seq), seq, before.leaf, entry.prev)


# --- 2  keys ----------------------------------------------------------------------------------


def keys_in_force(entries: dict[int, Entry], origin: str) -> list[tuple[int, Key]]:
    """[(from which seq the key's checkpoints begin, key)]: entry 0, then signed rotations."""
    if 0 not in entries:
        raise Broken("entry.missing", entry_path(0), 0, "log.opened")
    first = Key(entries[0].ledger.get("vkey"), entry_path(0))
    if first.name != origin:
        raise Broken("signature.key", entry_path(0), 0, origin, first.name)
    chain = [(0, first)]
    for seq, entry in sorted(entries.items()):
        if entry.kind != "log.key_rotated":
            continue
        where, note = entry_path(seq), entry.ledger.get("note")
        if not isinstance(note, str):
            raise Broken("signature.rotation", where, seq, "a signed note", note)
        text, signatures = open_note(note.encode("utf-8", "replace"), where, "signature.rotation")
        lines = text.split("\n")
        if (
            len(lines) != 6
            or lines[:2] != ["devicetrail/key-rotation/v1", origin]
            or not DECIMAL.match(lines[2])
            or not 0 < int(lines[2]) <= seq
        ):
            raise Broken("signature.rotation", where, seq, "a rotation of this log", text)
        new = Key(lines[4], where)
        if new.name != origin:
            raise Broken("signature.key", where, seq, origin, new.name)
        for key in (chain[-1][1], new):
            if not signed_by(key, text, signatures, where):
                raise Broken("signature.rotation", where, seq, "signed by " + key.text, note)
        chain.append((seq, new))
    return chain


def key_for(chain: list[tuple[int, Key]], size: int) -> Key:
    """The key that signs checkpoints of `size`: greater than its rotation entry's number."""
    return [key for seq, key in chain if seq == 0 or size > seq][-1]


def open_checkpoint(
    data: bytes, chain: list[tuple[int, Key]], where: object
) -> tuple[Checkpoint, Key]:
    """A checkpoint whose signature by the key in force is valid."""
    text, signatures = open_note(data, where)
    checkpoint = Checkpoint(text, where)
    key = key_for(chain, checkpoint.size)
    if checkpoint.origin != key.name:
        raise Broken("signature.checkpoint", where, expected=key.name, found=checkpoint.origin)
    if not signed_by(key, text, signatures, where):
        raise Broken("signature.missing", where, expected=key.text)
    return checkpoint, key


# --- 6, 7  cut and streams --------------------------------------------------------------------


def map_leaf(stream: str, n: int, leaf: str) -> bytes:
    """Leaf of the sorted map stream -> (number, leaf hash) of the stream's last entry."""
    text = "devicetrail/stream-head/v1\n%s\n%d\n%s\n" % (stream, n, leaf)
    return leaf_hash(text.encode())


def check_cut(
    source: Source, entries: dict[int, Entry], salts: dict[int, bytes]
) -> tuple[dict[str, Any], dict[str, Any], Entry]:
    """package.cut ends the package, and binds what it holds. Gives (cut, selection, heads)."""
    cuts = [seq for seq, entry in sorted(entries.items()) if entry.kind == "package.cut"]
    last = max(entries)
    if not cuts:
        raise Broken("cut.missing", expected="one package.cut", found="none")
    cut_seq = cuts[-1]
    if cut_seq != last:
        raise Broken("cut.last", entry_path(last), last, cut_seq, last)
    path = payload_path(cut_seq)
    data = read(source, path, "cut.payload")
    check_payload(entries[cut_seq], data, salts, path)
    cut = strict_json(data, "cut.payload", path, cut_seq)
    shape = {"entries": ("count", "root"), "streams": ("count", "root")}
    if (
        not isinstance(cut, dict)
        or any(
            not isinstance(cut.get(name), dict)
            or not _count(cut[name].get("count"))
            or not _is_hash(cut[name].get("root"))
            for name in shape
        )
        or not _is_hash(cut.get("selection"))
        or not _count(cut.get("heads"))
        or cut["heads"] >= cut_seq
    ):
        raise Broken("cut.payload", path, cut_seq, "entries, streams, heads, selection")
    selected = read(source, "data/selection.json", "cut.selection")
    if hashlib.sha256(selected).hexdigest() != cut["selection"]:
        raise Broken("cut.selection", "data/selection.json", cut_seq, cut["selection"],
                     hashlib.sha256(selected).hexdigest())  # fmt: skip
    selection = strict_json(selected, "cut.selection", "data/selection.json")
    heads_seq = cut["heads"]
    heads = entries.get(heads_seq)
    if heads is None or heads.kind != "stream.heads":
        raise Broken("heads.missing", entry_path(heads_seq), heads_seq, "stream.heads")
    where = "data/selection.json"
    if (
        not isinstance(selection, dict)
        or not isinstance(selection.get("members"), list)
        or not isinstance(selection.get("frame"), list)
        or not all(isinstance(row, dict) and _count(row.get("seq")) for row in selection["members"])
        or not all(_count(seq) for seq in selection["frame"])
    ):
        raise Broken("cut.selection", where, expected="members and frame, by number")
    ordered = [row["seq"] for row in selection["members"]]
    members, frame = set(ordered), selection["frame"]
    if ordered != sorted(members):
        raise Broken("cut.selection", where, expected="members in order, once")
    declared = members | set(frame) | {cut_seq}
    for seq in sorted(declared - set(entries)):
        raise Broken("entry.missing", entry_path(seq), seq, "an entry", "nothing")
    for seq in sorted(set(entries) - declared):
        raise Broken("cut.members", entry_path(seq), seq, "a declared entry", entries[seq].kind)
    for seq in frame:
        if seq in members or entries[seq].kind not in OWN_KINDS:
            raise Broken("cut.members", entry_path(seq), seq, "log's own", entries[seq].kind)
    for seq in ordered:
        if seq >= heads_seq:
            raise Broken("cut.members", entry_path(seq), seq, "< %d" % heads_seq, seq)
    root = tree_root([entries[seq].leaf for seq in ordered]).hex()
    if (len(ordered), root) != (cut["entries"]["count"], cut["entries"]["root"]):
        raise Broken("cut.members", path, cut_seq, cut["entries"], "%d, %s" % (len(ordered), root))
    span = cut.get("range")
    if span is not None:
        if not isinstance(span, dict) or not _count(span.get("from")) or not _count(span.get("to")):
            raise Broken("cut.payload", path, cut_seq, "range from, to", span)
        for seq in range(span["from"], span["to"]):
            if seq not in entries:
                raise Broken("cut.range", entry_path(seq), seq, "an entry", "nothing")
    return cut, selection, heads


def check_streams(
    source: Source, entries: dict[int, Entry], cut: dict[str, Any], heads: Entry
) -> int:
    """Links of every stream here; whole streams run from 0 to the head in the signed map."""
    where = "data/heads/streams.jsonl"
    places: dict[str, dict[int, tuple[bytes | None, Entry]]] = {}
    for seq, entry in sorted(entries.items()):
        for stream, (n, prev) in entry.streams.items():
            if seq >= heads.seq:
                continue
            found = places.setdefault(stream, {})
            if n in found:
                raise Broken("stream.fork", stream, seq, "number %d once" % n,
                             "also entry %d" % found[n][1].seq)  # fmt: skip
            found[n] = (prev, entry)
    for stream, found in sorted(places.items()):
        order = sorted(found)
        for n in order:
            prev, entry = found[n]
            if n - 1 in found:
                before = found[n - 1][1]
                if prev != before.leaf:
                    raise Broken("stream.prev", stream, entry.seq, before.leaf, prev)
                if before.seq >= entry.seq:
                    raise Broken("stream.prev", stream, entry.seq, "a later entry", before.seq)
    size: Any = heads.ledger.get("size")
    count: Any = heads.ledger.get("count")
    root: Any = heads.ledger.get("root")
    if not _count(size) or not _count(count) or not _is_hash(root) or size != heads.seq:
        raise Broken("heads.missing", entry_path(heads.seq), heads.seq, "size, count, root",
                     heads.ledger)  # fmt: skip
    leaves: list[bytes] = []
    last: str | None = None
    data = read(source, where)
    lines = text_of(data, "heads.proof", where).split("\n")
    if lines[-1] != "":
        raise Broken("heads.proof", where, expected="lines ended by a line feed")
    for number, line in enumerate(lines[:-1], 1):
        place = "%s:%d" % (where, number)
        row = strict_json(line.encode(), "heads.proof", place)
        if (
            not isinstance(row, dict)
            or set(row) != {"index", "leaf", "n", "proof", "stream"}
            or not _count(row["index"]) or not _count(row["n"]) or not _is_hash(row["leaf"])
            or not isinstance(row["stream"], str) or not isinstance(row["proof"], list)
            or len(row["proof"]) > 63 or not all(_is_hash(h) for h in row["proof"])
        ):  # fmt: skip
            raise Broken("heads.proof", place, expected="stream, n, leaf, index, proof", found=line)
        stream, n = row["stream"], row["n"]
        if last is not None and stream.encode() <= last.encode():
            raise Broken("heads.proof", place, expected="streams sorted, once", found=stream)
        last = stream
        leaf = map_leaf(stream, n, row["leaf"])
        path = [bytes.fromhex(h) for h in row["proof"]]
        found_root = root_of_inclusion(leaf, row["index"], count, path)
        if found_root is None or found_root.hex() != root:
            raise Broken("heads.root", stream, heads.seq, root, found_root or "no root")
        found = places.get(stream, {})
        for missing in range(n + 1):
            if missing not in found:
                raise Broken("stream.gap", stream, None, "number %d of 0..%d" % (missing, n),
                             "no entry")  # fmt: skip
        end = found[n][1]
        if end.leaf.hex() != row["leaf"] or max(found) != n:
            raise Broken("stream.head", stream, end.seq, row["leaf"], end.leaf)
        leaves.append(leaf)
    covered = (len(leaves), tree_root(leaves).hex())
    if covered != (cut["streams"]["count"], cut["streams"]["root"]):
        raise Broken("cut.streams", where, max(entries), cut["streams"], "%d, %s" % covered)
    return len(leaves)


# --- 8, 9, 10  payloads, documents, records ---------------------------------------------------


def load_salts(source: Source) -> dict[int, bytes]:
    """{seq: salt} of the payloads given."""
    where = "data/payloads/salts.csv"
    lines = text_of(read(source, where), "payload.salt", where).split("\n")
    if lines[0] != "seq,salt" or lines[-1] != "":
        raise Broken("payload.salt", where, expected="seq,salt", found=lines[0])
    salts: dict[int, bytes] = {}
    last = -1
    for number, line in enumerate(lines[1:-1], 2):
        seq, comma, salt = line.partition(",")
        if not comma or not DECIMAL.match(seq) or not HEX64.match(salt) or int(seq) <= last:
            raise Broken("payload.salt", "%s:%d" % (where, number), found=line)
        last = int(seq)
        salts[last] = bytes.fromhex(salt)
    return salts


def check_payload(entry: Entry, data: bytes, salts: dict[int, bytes], where: str) -> None:
    if entry.payload is None:
        raise Broken("payload.undeclared", where, entry.seq, "no payload")
    salt = salts.get(entry.seq)
    if salt is None:
        raise Broken("payload.salt", where, entry.seq, "a salt", "none")
    commit = hashlib.sha256(b"devicetrail/payload/v1\n" + salt + data).hexdigest()
    if commit != entry.payload["commit"] or len(data) != entry.payload["size"]:
        raise Broken("payload.commit", where, entry.seq, entry.payload["commit"], commit)


def check_payloads(
    source: Source,
    entries: dict[int, Entry],
    selection: dict[str, Any],
    salts: dict[int, bytes],
    cut_seq: int,
) -> int:
    """Each payload given is the committed one; each not given is declared. Gives (n given)."""
    given = numbered(PAYLOAD_PATH, source)
    for seq in sorted(set(salts) - given):
        raise Broken("payload.salt", "data/payloads/salts.csv", seq, "a payload", "none")
    erased: set[int] = set()
    for entry in entries.values():
        if entry.kind == "erasure":
            erased.update(seq for seq in entry.ledger.get("seqs", []) if _count(seq))
    status = {row["seq"]: row.get("payload") for row in selection["members"]}
    for seq, entry in sorted(entries.items()):
        path = payload_path(seq)
        said = status.get(seq, "given" if seq == cut_seq or seq in given else "none")
        if said == "given":
            if entry.payload is None:
                raise Broken("payload.undeclared", path, seq, "none", "given")
            check_payload(entry, read(source, path, "payload.missing"), salts, path)
        elif seq in given:
            raise Broken("payload.undeclared", path, seq, said, "given")
        elif said == "none":
            if entry.payload is not None and seq in status:
                raise Broken("payload.undeclared", path, seq, "a declared payload", "none")
        elif said == "erased":
            if seq not in erased:
                raise Broken("payload.erased", path, seq, "an erasure entry", "none")
        elif said not in ("withheld", "masked") or entry.payload is None:
            raise Broken("payload.undeclared", path, seq, "given, withheld, masked, erased", said)
    for seq in sorted(given - set(entries)):
        raise Broken("payload.undeclared", "payload of entry %d" % seq, seq, "an entry", "none")
    return len(given)


def check_documents(
    source: Source,
    entries: dict[int, Entry],
    selection: dict[str, Any],
    digests_256: dict[str, str],
) -> int:
    """Each original given has its content address; each not given is declared. Gives (n given)."""
    where = "data/selection.json"
    rows = selection.get("documents")
    if not isinstance(rows, list) or not all(
        isinstance(row, dict) and _is_hash(row.get("sha256")) and row.get("given") in (True, False)
        for row in rows
    ):
        raise Broken("document.undeclared", where, expected="a list of documents")
    declared = {row["sha256"]: row["given"] for row in rows}
    named: dict[str, tuple[int, int]] = {}
    members = {row["seq"] for row in selection["members"]}
    for seq, entry in sorted(entries.items()):
        for sha256, size in entry.documents.items():
            if seq in members and sha256 not in declared:
                raise Broken("document.undeclared", sha256, seq, "declared in " + where, "nothing")
            if named.setdefault(sha256, (size, seq))[0] != size:
                raise Broken("document.size", sha256, seq, named[sha256][0], size)
    here = {}
    for path in source.sizes:
        found = ORIGINAL_PATH.match(path)
        if found:
            if path.split("/")[2] != found.group(1)[:2]:
                raise Broken("container.path", path, expected="the folder of its first digits")
            here[found.group(1)] = path
    for sha256 in sorted(set(here) - {s for s, given in declared.items() if given}):
        raise Broken("document.undeclared", here[sha256], None, "not given", "given")
    for sha256, given in sorted(declared.items()):
        if sha256 not in named:
            raise Broken("document.undeclared", sha256, None, "an entry that names it", "none")
        if not given:
            continue
        size, seq = named[sha256]
        if sha256 not in here:
            raise Broken("document.missing", sha256, seq, "the original", "nothing")
        path = here[sha256]
        if digests_256[path] != sha256:  # recomputed in step 1
            raise Broken("document.hash", path, seq, sha256, digests_256[path])
        if source.sizes[path] != size:
            raise Broken("document.size", path, seq, size, source.sizes[path])
    return len(here)


def check_records(source: Source, entries: dict[int, Entry], selection: dict[str, Any]) -> int:
    """Every line of records/*.jsonl says what its payload says; masked lines are declared."""
    status = {row["seq"]: row.get("payload") for row in selection["members"]}
    seen = 0
    for path in sorted(source.sizes):
        if not RECORDS_PATH.match(path) or not path.endswith(".jsonl"):
            continue
        with source.open(path) as stream:
            for number, line in enumerate(stream, 1):
                where = "%s:%d" % (path, number)
                row = strict_json(line, "record.differs", where)
                if not isinstance(row, dict) or not _count(row.get("seq")):
                    raise Broken("record.differs", where, None, "a record with its entry's number")
                seq = row["seq"]
                said = status.get(seq)
                if said not in ("given", "masked"):
                    raise Broken("record.differs", where, seq, "given or masked", said)
                if said == "masked":
                    continue
                data = read(source, payload_path(seq), "payload.missing")
                payload = strict_json(data, "record.differs", where, seq)
                wanted = payload.get("record") if isinstance(payload, dict) else None
                if wanted is None or row.get("record") != wanted:
                    raise Broken("record.differs", where, seq, wanted, row.get("record"))
                if row.get("kind") != entries[seq].kind:
                    raise Broken("record.differs", where, seq, entries[seq].kind, row.get("kind"))
                seen += 1
    return seen


# --- 11, 12  anchors and trust ----------------------------------------------------------------


def load_consistency(source: Source) -> dict[int, tuple[bytes, list[bytes]]]:
    """{size: (checkpoint bytes, path of hashes)} of the earlier published checkpoints."""
    found: dict[int, dict[str, str]] = {}
    for path in sorted(source.sizes):
        match = EARLIER_PATH.match(path)
        if match:
            found.setdefault(int(match.group(1)), {})[match.group(2)] = path
    out = {}
    for size, files in sorted(found.items()):
        if set(files) != {"checkpoint", "consistency"}:
            raise Broken("anchor.earlier", "checkpoint %d" % size, expected="checkpoint and proof")
        where = files["consistency"]
        lines = text_of(read(source, where), "anchor.consistency", where).split("\n")
        if lines[-1] != "" or len(lines) > 127:
            raise Broken("anchor.consistency", where, expected="lines of base64")
        hashes_ = [b64(line, "anchor.consistency", where) for line in lines[:-1]]
        out[size] = (read(source, files["checkpoint"]), hashes_)
    return out


def check_earlier(
    source: Source, chain: list[tuple[int, Key]], checkpoint: Checkpoint
) -> dict[int, tuple[bytes, list[bytes]]]:
    """This log continues every earlier checkpoint that the package carries."""
    proofs = load_consistency(source)
    for size, (data, path) in sorted(proofs.items()):
        where = "data/checkpoints/earlier/%012d.checkpoint" % size
        earlier, _ = open_checkpoint(data, chain, where)
        if earlier.size != size:
            raise Broken("anchor.earlier", where, expected=size, found=earlier.size)
        if not consistent(size, earlier.root, checkpoint.size, checkpoint.root, path):
            raise Broken("anchor.consistency", where, expected=checkpoint.root, found=earlier.root)
    return proofs


def held_before(path: str | os.PathLike[str]) -> bytes:
    """The checkpoint note in a file, or in an earlier package."""
    path = Path(path)
    if path.is_dir() or zipfile.is_zipfile(str(path)):
        return read(open_package(path), "data/checkpoints/checkpoint")
    try:
        return path.read_bytes()
    except OSError as error:
        raise Broken("trust.unproved", path, found=error) from error


def check_trust(
    chain: list[tuple[int, Key]],
    checkpoint: Checkpoint,
    proofs: dict[int, tuple[bytes, list[bytes]]],
    fingerprint: str | None,
    earlier: str | os.PathLike[str] | None,
) -> list[str]:
    """Compare with what the reader held before. Gives the facts proved, for the verdict."""
    facts = []
    if fingerprint is not None:
        wanted = re.sub(r"[\s:]", "", fingerprint).lower()
        known = [key.fingerprint for _, key in chain]
        if wanted not in known:
            raise Broken("trust.fingerprint", expected=wanted, found=known[-1])
        facts.append("fingerprint")
    if earlier is not None:
        data = held_before(earlier)
        text, signatures = open_note(data, earlier, "trust.earlier")
        old = Checkpoint(text, earlier, "trust.earlier")
        if old.origin != checkpoint.origin:
            raise Broken("trust.earlier", earlier, None, old.origin, checkpoint.origin)
        if not signed_by(key_for(chain, old.size), text, signatures, earlier):
            raise Broken("trust.earlier", earlier, None, "signed by the same log", "another key")
        if old.size == checkpoint.size:
            path: list[bytes] = []
        elif old.size > checkpoint.size:
            raise Broken("trust.unproved", earlier, None, "size <= %d" % checkpoint.size, old.size)
        elif old.size not in proofs:
            wanted = "a consistency proof from size %d" % old.size
            raise Broken("trust.unproved", earlier, None, wanted, "none in the package")
        else:
            path = proofs[old.size][1]
        if not consistent(old.size, old.root, checkpoint.size, checkpoint.root, path):
            raise Broken("trust.earlier", earlier, None, old.root, checkpoint.root)
        facts.append("earlier")
    return facts


def check_note(
    source: Source, manifest_digest: str, key: Key, cut_seq: int, checkpoint: Checkpoint
) -> None:
    """`package.note` binds all files, the report too: signed by the key in force."""
    where = "package.note"
    text, signatures = open_note(read(source, where, "bag.note"), where, "bag.note")
    wanted = "devicetrail/package/v1\n%s\n%d\n%s\n" % (
        checkpoint.origin, cut_seq, manifest_digest,
    )  # fmt: skip
    if text != wanted:
        raise Broken("bag.note", where, cut_seq, wanted, text)
    if not signed_by(key, text, signatures, where):
        raise Broken("bag.note", where, cut_seq, "signed by " + key.text, "not signed by it")


# --- all steps --------------------------------------------------------------------------------


class Verdict:
    """What was proved, against what, and the first thing that is broken (None: nothing)."""

    def __init__(self) -> None:
        self.broken: Broken | None = None
        self.origin = self.fingerprint = self.root = ""
        self.size = self.entries = self.members = self.streams = 0
        self.payloads = self.documents = self.records = self.earlier = 0
        self.withheld: dict[str, int] = {}
        self.trust: list[str] = []

    @property
    def ok(self) -> bool:
        return self.broken is None

    @property
    def compared(self) -> bool:
        return bool(self.trust)

    def as_dict(self) -> dict[str, Any]:
        """The verdict for machines."""
        out = {name: value for name, value in vars(self).items() if name != "broken"}
        out["ok"], out["compared"] = self.ok, self.compared
        out["broken"] = self.broken.as_dict() if self.broken else None
        return out

    def lines(self, lang: str) -> list[str]:
        """The verdict in plain words, one language."""
        if self.broken:
            return self.broken.lines(lang)
        short = self.fingerprint
        if lang == "zh":
            proved = {
                "fingerprint": "密钥指纹与您给出的一致",
                "earlier": "是您所持早先检查点的延续",
            }
            head = (
                "通过：" + "；".join(proved[fact] for fact in self.trust)
                if self.trust
                else "自洽，但未与您先前持有的任何东西比较（密钥指纹 %s）。\n"
                "  请从另一途径取得该账本的指纹或早先的检查点，用 --fingerprint 或 --earlier 再验"
                % short
            )
            return [
                head,
                "  账本 %s" % self.origin,
                "  检查点：%d 条，根 %s" % (self.size, self.root),
                "  密钥指纹 %s" % short,
                "  已证明：%d 条条目在账本中且未改动；%d 条流完整，中间无遗漏；"
                "%d 份内容、%d 份原件与当时登记的逐字节相同；可读记录 %d 条与内容一致；"
                "%d 个早先检查点一致"
                % (self.entries, self.streams, self.payloads, self.documents, self.records,
                   self.earlier),
                "  未提供（仅有承诺）：%s" % (self._withheld("无")),
                "  不能由本包证明：从未录入的事，以及同一天内（两次流首图之间）另立的分支。",
            ]  # fmt: skip
        proved = {
            "fingerprint": "the key is the one you named",
            "earlier": "it continues the checkpoint you held before",
        }
        head = (
            "PASSED: " + "; ".join(proved[fact] for fact in self.trust)
            if self.trust
            else "Self-consistent under key %s; not compared with anything you held before.\n"
            "  Get the log's fingerprint or an earlier checkpoint by another way, and verify again "
            "with --fingerprint or --earlier" % short
        )
        return [
            head,
            "  log %s" % self.origin,
            "  checkpoint: %d entries, root %s" % (self.size, self.root),
            "  key fingerprint %s" % short,
            "  proved: %d entries are in the log, unchanged; %d streams are whole, nothing between "
            "was left out; %d payloads and %d originals are byte for byte those recorded; "
            "%d readable records say the same; consistent with %d earlier checkpoints"
            % (self.entries, self.streams, self.payloads, self.documents, self.records,
               self.earlier),
            "  not given (commitments only): %s" % self._withheld("nothing"),
            "  a package alone cannot show: what was never recorded, nor a fork made within the "
            "same day (between two maps of stream heads).",
        ]  # fmt: skip

    def _withheld(self, nothing: str) -> str:
        items = ["%s × %d" % item for item in sorted(self.withheld.items())]
        return "; ".join(items) or nothing


def verify(
    path: str | os.PathLike[str],
    fingerprint: str | None = None,
    earlier: str | os.PathLike[str] | None = None,
) -> Verdict:
    """All steps on the package at `path`; never raises for what a package can contain."""
    verdict = Verdict()
    try:
        _steps(verdict, path, fingerprint, earlier)
    except Broken as broken:
        verdict.broken = broken
    except (ArithmeticError, LookupError, MemoryError, OSError, RecursionError, TypeError,
            ValueError, AttributeError, zipfile.BadZipFile) as error:  # fmt: skip
        # A shape that no check above foresaw: never a pass, and never a crash.
        verdict.broken = Broken("container.unexpected", found=repr(error))
    return verdict


def _steps(
    verdict: Verdict,
    path: str | os.PathLike[str],
    fingerprint: str | None,
    earlier: str | os.PathLike[str] | None,
) -> None:
    source = open_package(path)
    digests_256 = check_bag(source)
    note = read(source, "data/checkpoints/checkpoint", limit=MAX_ENTRY)
    where = "data/checkpoints/checkpoint"
    unverified = Checkpoint(open_note(note, where)[0], where)
    entries = load_entries(source, unverified.origin)
    chain = keys_in_force(entries, unverified.origin)
    checkpoint, key = open_checkpoint(note, chain, where)
    verdict.origin, verdict.size = checkpoint.origin, checkpoint.size
    verdict.root, verdict.fingerprint = checkpoint.root.hex(), key.fingerprint
    check_inclusion(source, entries, checkpoint, note)
    check_chain(entries)
    salts = load_salts(source)
    cut, selection, heads = check_cut(source, entries, salts)
    verdict.entries, verdict.members = len(entries), len(selection["members"])
    verdict.streams = check_streams(source, entries, cut, heads)
    verdict.payloads = check_payloads(source, entries, selection, salts, max(entries))
    for row in selection["members"]:
        if row.get("payload") in ("withheld", "masked", "erased"):
            kind = entries[row["seq"]].kind
            verdict.withheld[kind] = verdict.withheld.get(kind, 0) + 1
    verdict.documents = check_documents(source, entries, selection, digests_256)
    verdict.records = check_records(source, entries, selection)
    manifest_digest = hashlib.sha256(read(source, "manifest-sha256.txt")).hexdigest()
    check_note(source, manifest_digest, key, max(entries), checkpoint)
    check_info(source, checkpoint, key, max(entries))
    proofs = check_earlier(source, chain, checkpoint)
    verdict.earlier = len(proofs)
    verdict.trust = check_trust(chain, checkpoint, proofs, fingerprint, earlier)


def check_info(source: Source, checkpoint: Checkpoint, key: Key, cut_seq: int) -> None:
    """What bag-info.txt says of the log is what was verified."""
    info = bag_info(source)
    for label, expected in (
        ("DeviceTrail-Origin", checkpoint.origin),
        ("DeviceTrail-Size", str(checkpoint.size)),
        ("DeviceTrail-Root", checkpoint.root.hex()),
        ("DeviceTrail-Fingerprint", key.fingerprint),
        ("DeviceTrail-Cut", str(cut_seq)),
    ):
        if info.get(label) != expected:
            raise Broken("bag.info", "bag-info.txt %s" % label, None, expected, info.get(label))


def main(argv: Sequence[str] | None = None) -> int:
    """The command line."""
    parser = argparse.ArgumentParser(
        description="核验械迹检查包 / verify a DeviceTrail inspection package"
    )
    parser.add_argument("package", help="文件夹或 zip / folder or zip")
    parser.add_argument("--fingerprint", help="您所持的密钥指纹 / the key's fingerprint you hold")
    parser.add_argument("--earlier", help="您所持的早先检查点或检查包 / an earlier one you hold")
    parser.add_argument("--lang", choices=("zh", "en", "both"), default="both")
    parser.add_argument("--json", action="store_true", help="机器可读 / for machines")
    options = parser.parse_args(argv)
    if hasattr(sys.stdout, "reconfigure"):  # a console may know fewer characters than we write
        sys.stdout.reconfigure(errors="replace")
    verdict = verify(options.package, options.fingerprint, options.earlier)
    if options.json:
        sys.stdout.write(json.dumps(verdict.as_dict(), ensure_ascii=False, sort_keys=True) + "\n")
    else:
        for lang in ("zh", "en") if options.lang == "both" else (options.lang,):
            sys.stdout.write("\n".join(verdict.lines(lang)) + "\n")
    return EXIT_GOOD if verdict.ok else EXIT_BROKEN


if __name__ == "__main__":
    raise SystemExit(main())
