"""The log's signing key, and the last signed checkpoint kept beside it, outside the database.

A key directory holds `<key id>.pem` (PKCS#8, encrypted, mode 0600), `current` (the vkey in force)
and `last-checkpoint-<origin digest>`. The passphrase is stretched by scrypt, whose salt stands in
a comment above the PEM block, before PKCS#8's own derivation. Files are replaced atomically and
synchronised to disk with their folder.
"""

from __future__ import annotations

import fcntl
import os
import re
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from hashlib import scrypt, sha256
from pathlib import Path
from typing import Final

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from audit.ledger.note import Verifier, parse_vkey
from base.errors import Misuse, Unavailable, message

SCRYPT_N: Final = 1 << 14

NO_KEY = message(
    "ledger.no_key",
    zh="密钥目录中没有可用的签名密钥：{reason}",
    en="no usable signing key in the key directory: {reason}",
)
NOT_KEPT = message(
    "ledger.checkpoint_not_kept",
    zh="检查点无法可靠地保存，本次没有签发：{reason}",
    en="the checkpoint could not be kept for certain and is not issued: {reason}",
)


@dataclass(frozen=True, slots=True)
class KeySigner:
    """An Ed25519 private key in memory that signs under a name. Never printed."""

    name: str
    _key: Ed25519PrivateKey

    @classmethod
    def generate(cls, name: str) -> KeySigner:
        """A new key that is kept nowhere."""
        return cls(name, Ed25519PrivateKey.generate())

    @property
    def verifier(self) -> Verifier:
        return Verifier(self.name, self._key.public_key().public_bytes_raw())

    @property
    def vkey(self) -> str:
        return self.verifier.vkey

    def sign(self, text: bytes) -> bytes:
        return self._key.sign(text)

    def __repr__(self) -> str:
        return f"KeySigner({self.vkey})"


def create_key(key_dir: Path, name: str, passphrase: str) -> KeySigner:
    """Make a key, write it encrypted, and name it `current` when the directory has none yet.

    Raises Misuse when the passphrase is empty or the name cannot stand in a note.
    """
    if not passphrase:
        raise Misuse(NO_KEY, reason="an empty passphrase")
    signer = KeySigner.generate(name)
    verifier = signer.verifier
    salt = os.urandom(16)
    pem = signer._key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.BestAvailableEncryption(_stretch(passphrase, salt)),
    )
    text = f"vkey: {verifier.vkey}\nscrypt: n={SCRYPT_N} r=8 p=1 salt={salt.hex()}\n".encode()
    key_dir.mkdir(parents=True, exist_ok=True, mode=0o700)
    write_durably(key_dir / f"{verifier.key_id.hex()}.pem", text + pem)
    if not (key_dir / "current").exists():
        make_current(key_dir, verifier.vkey)
    return signer


def make_current(key_dir: Path, vkey: str) -> None:
    """Record which key `load_signer` takes."""
    write_durably(key_dir / "current", vkey.encode() + b"\n")


def holds_key(key_dir: Path, vkey: str) -> bool:
    """Whether the directory has the file of this key."""
    return (key_dir / f"{parse_vkey(vkey).key_id.hex()}.pem").exists()


def load_signer(key_dir: Path, passphrase: str, *, vkey: str | None = None) -> KeySigner:
    """The key in force, or the one of `vkey`. Raises Unavailable when it is not there, when others
    may read its file, or when the passphrase is wrong."""
    try:
        verifier = parse_vkey((vkey or (key_dir / "current").read_text()).strip())
        path = key_dir / f"{verifier.key_id.hex()}.pem"
        mode, pem = path.stat().st_mode, path.read_bytes()
    except OSError as error:
        raise Unavailable(NO_KEY, reason=str(error)) from error
    if mode & 0o077:
        raise Unavailable(NO_KEY, reason=f"{path.name} has mode {mode & 0o777:o}, expected 600")
    salt = re.search(rb"^scrypt: n=(\d+) r=8 p=1 salt=([0-9a-f]{32})$", pem, re.MULTILINE)
    if salt is None or int(salt[1]) != SCRYPT_N:
        raise Unavailable(NO_KEY, reason=f"{path.name} lacks its scrypt line")
    try:
        secret = _stretch(passphrase, bytes.fromhex(salt[2].decode()))
        key = serialization.load_pem_private_key(pem, secret)
    except ValueError as error:
        raise Unavailable(NO_KEY, reason="wrong passphrase or damaged file") from error
    if not isinstance(key, Ed25519PrivateKey):
        raise Unavailable(NO_KEY, reason="not an Ed25519 key")
    signer = KeySigner(verifier.name, key)
    if signer.vkey != verifier.vkey:
        raise Unavailable(NO_KEY, reason=f"{path.name} holds another key")
    return signer


def checkpoint_path(key_dir: Path, origin: str) -> Path:
    """Where the last signed checkpoint of an origin is kept."""
    return key_dir / f"last-checkpoint-{sha256(origin.encode()).hexdigest()[:16]}"


def read_checkpoint(key_dir: Path, origin: str) -> str | None:
    """The note kept beside the key, not verified; None when there is none."""
    with suppress(FileNotFoundError):
        return checkpoint_path(key_dir, origin).read_text()
    return None


def keep_checkpoint(key_dir: Path, origin: str, note: str) -> None:
    """Keep a signed checkpoint beside the key, durably. Callers hold `key_dir_lock`. Raises
    Unavailable when the disk refuses."""
    try:
        write_durably(checkpoint_path(key_dir, origin), note.encode())
    except OSError as error:
        raise Unavailable(NOT_KEPT, reason=str(error)) from error


@contextmanager
def key_dir_lock(key_dir: Path) -> Iterator[None]:
    """One process at a time reads, signs and keeps a checkpoint. Freed when the process ends.
    Raises Unavailable when the directory cannot be used."""
    try:
        key_dir.mkdir(parents=True, exist_ok=True, mode=0o700)
        handle = os.open(key_dir / ".lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    except OSError as error:
        raise Unavailable(NOT_KEPT, reason=str(error)) from error
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield
    finally:
        os.close(handle)


def write_durably(path: Path, data: bytes) -> None:
    """Replace a file so that after a crash it is either the old or the new one, mode 0600."""
    new = path.with_name(f".{path.name}.{os.getpid()}.new")
    handle = os.open(new, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o600)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        new.replace(path)
    except OSError:
        new.unlink(missing_ok=True)
        raise
    folder = os.open(path.parent, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


def _stretch(passphrase: str, salt: bytes) -> bytes:
    return scrypt(passphrase.encode(), salt=salt, n=SCRYPT_N, r=8, p=1).hex().encode()
