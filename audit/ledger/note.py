"""C2SP signed notes and verifier keys (`vkey`), Ed25519 only.

A note is text ending in a newline, a blank line, then signature lines `— <name> <base64>` (U+2014)
whose base64 holds a 4-byte key id and the signature of the text. The key id is
SHA-256(name || 0x0A || type || public key)[:4]; a vkey is `name+hex(key id)+base64(type || key)`.
Signatures by unknown keys are ignored; one by a known key that fails refuses the whole note.
"""

from __future__ import annotations

import binascii
import unicodedata
from base64 import b64decode, b64encode
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import Final, Protocol

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from base.errors import IntegrityBroken, Misuse, message

ED25519: Final = 0x01
MAX_SIGNATURES: Final = 100

BAD_VKEY = message(
    "ledger.bad_vkey", zh="验证公钥不成立：{reason}", en="not a verifier key: {reason}"
)
MALFORMED_NOTE = message(
    "ledger.malformed_note", zh="签名文本格式不正确：{reason}", en="malformed signed note: {reason}"
)
BAD_SIGNATURE = message(
    "ledger.bad_signature",
    zh="密钥 {vkey} 的签名不成立",
    en="the signature by {vkey} does not hold",
)
NO_SIGNATURE = message(
    "ledger.no_verifiable_signature",
    zh="没有可由已知密钥验证的签名（所带签名：{names}）",
    en="no signature by a known key (signed by: {names})",
)


class Signer(Protocol):
    """Something that signs a note's text as one key."""

    @property
    def vkey(self) -> str:
        """The verifier key, `name+hash+base64`."""
        ...

    def sign(self, text: bytes) -> bytes:
        """The bare signature of the text."""
        ...


@dataclass(frozen=True, slots=True)
class Verifier:
    """One Ed25519 public key under a name."""

    name: str
    public: bytes

    def __post_init__(self) -> None:
        """Raises Misuse on a name that a note cannot carry."""
        if not is_key_name(self.name):
            raise Misuse(BAD_VKEY, reason=f"the name {self.name!r}")

    @property
    def key_id(self) -> bytes:
        prefix = self.name.encode() + b"\n" + bytes([ED25519])
        return sha256(prefix + self.public).digest()[:4]

    @property
    def vkey(self) -> str:
        key = b64encode(bytes([ED25519]) + self.public).decode()
        return f"{self.name}+{self.key_id.hex()}+{key}"

    def holds(self, text: bytes, signature: bytes) -> bool:
        """Whether the signature is this key's over the text."""
        try:
            Ed25519PublicKey.from_public_bytes(self.public).verify(signature, text)
        except (InvalidSignature, ValueError):
            return False
        return True


@dataclass(frozen=True, slots=True)
class SignatureLine:
    """One line of a note: key name, 4-byte key id, signature."""

    name: str
    key_id: bytes
    signature: bytes

    def __str__(self) -> str:
        return f"— {self.name} {b64encode(self.key_id + self.signature).decode()}\n"


@dataclass(frozen=True, slots=True)
class Note:
    """A parsed note; nothing in it is verified."""

    text: str
    lines: tuple[SignatureLine, ...]

    def __str__(self) -> str:
        return self.text + "\n" + "".join(map(str, self.lines))


@dataclass(frozen=True, slots=True)
class OpenedNote:
    """A note of which at least one signature is by a known key."""

    text: str
    verified: tuple[SignatureLine, ...]
    unverified: tuple[SignatureLine, ...]


def fingerprint(vkey: str) -> str:
    """SHA-256 of the vkey text in hex: what a person compares or prints."""
    return sha256(vkey.encode()).hexdigest()


def is_key_name(name: str) -> bool:
    """Non-empty, no Unicode space, no control character, no plus sign."""
    return bool(name) and not any(
        char == "+" or char.isspace() or unicodedata.category(char) in {"Cc", "Cs"} for char in name
    )


def strict_base64(text: str) -> bytes:
    """Standard base64 with padding in its one form. Raises ValueError on any other."""
    try:
        data = b64decode(text.encode("ascii"), validate=True)
    except (binascii.Error, UnicodeEncodeError) as error:
        raise ValueError("not base64") from error
    if b64encode(data).decode() != text:
        raise ValueError("base64 in another than its one form")
    return data


def parse_vkey(text: str) -> Verifier:
    """Read a verifier key. Raises Misuse when malformed, when its id is wrong, or not Ed25519."""
    name, _, rest = text.partition("+")
    hexed, _, encoded = rest.partition("+")
    if not is_key_name(name) or len(hexed) != 8 or set(hexed) - set("0123456789abcdef"):
        raise Misuse(BAD_VKEY, reason="not name+hash+key")
    try:
        data = strict_base64(encoded)
    except ValueError as error:
        raise Misuse(BAD_VKEY, reason=str(error)) from error
    if not data or data[0] != ED25519:
        raise Misuse(BAD_VKEY, reason="not an Ed25519 key")
    if len(data) != 33:
        raise Misuse(BAD_VKEY, reason=f"an Ed25519 key of {len(data) - 1} bytes")
    verifier = Verifier(name, data[1:])
    if verifier.key_id.hex() != hexed:
        raise Misuse(BAD_VKEY, reason=f"key id {hexed}, expected {verifier.key_id.hex()}")
    return verifier


def parse_note(raw: str | bytes) -> Note:
    """Split a note into text and signature lines. Raises IntegrityBroken when malformed."""
    if isinstance(raw, bytes):
        try:
            raw = raw.decode()
        except UnicodeDecodeError as error:
            raise _malformed("not UTF-8") from error
    if any(unicodedata.category(char) in {"Cc", "Cs"} and char != "\n" for char in raw):
        raise _malformed("a control character")
    at = raw.rfind("\n\n")
    if at < 0:
        raise _malformed("no signature block")
    text, block = raw[: at + 1], raw[at + 2 :]
    if not block.endswith("\n"):
        raise _malformed("no newline after the last signature")
    lines = block[:-1].split("\n")
    if len(lines) > MAX_SIGNATURES:
        raise _malformed(f"{len(lines)} signatures")
    return Note(text, tuple(map(_signature_line, lines)))


def open_note(raw: str | bytes, verifiers: Iterable[Verifier]) -> OpenedNote:
    """Verify a note against known keys. Raises IntegrityBroken when it is malformed, when a known
    key's signature fails, when two known keys answer to one line, or when none signed."""
    note = parse_note(raw)
    known: dict[tuple[str, bytes], list[Verifier]] = {}
    for verifier in verifiers:
        same = known.setdefault((verifier.name, verifier.key_id), [])
        if verifier not in same:
            same.append(verifier)
    text = note.text.encode()
    verified: dict[tuple[str, bytes], SignatureLine] = {}
    unverified: dict[SignatureLine, None] = {}
    for line in note.lines:
        keys = known.get((line.name, line.key_id))
        if keys is None:
            unverified[line] = None
        elif len(keys) > 1:
            raise _malformed(f"two known keys for {line.name}+{line.key_id.hex()}")
        elif (line.name, line.key_id) not in verified:
            if not keys[0].holds(text, line.signature):
                raise IntegrityBroken(BAD_SIGNATURE, vkey=f"{line.name}+{line.key_id.hex()}")
            verified[line.name, line.key_id] = line
    if not verified:
        names = ", ".join(f"{line.name}+{line.key_id.hex()}" for line in unverified)
        raise IntegrityBroken(NO_SIGNATURE, names=names)
    return OpenedNote(note.text, tuple(verified.values()), tuple(unverified))


def sign_note(text: str, signers: Sequence[Signer]) -> str:
    """The note of a text with one line for each signer, in order. Raises Misuse on text that a
    note cannot carry."""
    bad = not text.endswith("\n") or any(
        unicodedata.category(char) in {"Cc", "Cs"} and char != "\n" for char in text
    )
    if bad:
        raise Misuse(
            MALFORMED_NOTE, reason="text without a final newline or with control characters"
        )
    body, lines = text.encode(), []
    for signer in signers:
        verifier = parse_vkey(signer.vkey)
        lines.append(SignatureLine(verifier.name, verifier.key_id, signer.sign(body)))
    return str(Note(text, tuple(lines)))


def _signature_line(line: str) -> SignatureLine:
    dash, _, rest = line.partition(" ")
    name, _, encoded = rest.partition(" ")
    if dash != "—" or not is_key_name(name):
        raise _malformed(f"the signature line {line[:80]!r}")
    try:
        data = strict_base64(encoded)
    except ValueError as error:
        raise _malformed(str(error)) from error
    if len(data) < 5:
        raise _malformed("a signature without bytes")
    return SignatureLine(name, data[:4], data[4:])


def _malformed(why: str) -> IntegrityBroken:
    return IntegrityBroken(MALFORMED_NOTE, reason=why)
