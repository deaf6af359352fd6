"""Originals in an S3 bucket (or what speaks its protocol), by conditional put.

`If-None-Match: *` makes the store itself refuse to overwrite. Retention against deletion is the
bucket's own default rule (Object Lock), set by whoever owns the bucket; the service then needs no
right to change it.
"""

from __future__ import annotations

import io
from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO

import obstore
from obstore.exceptions import AlreadyExistsError, BaseError, NotFoundError
from obstore.store import S3Store

from audit.documents.types import (
    MISSING,
    ROTTED,
    UNREACHABLE,
    Fixity,
    Stored,
    hash_pieces,
    pieces_of,
    require_address,
    unavailable,
    verified,
)
from base.errors import IntegrityBroken, Unavailable

if TYPE_CHECKING:
    from obstore.store import ObjectStore


class S3Documents:
    """Originals as objects `<prefix>/<first two digits>/<sha256>` of one bucket."""

    def __init__(self, store: ObjectStore, *, place: str, prefix: str = "documents") -> None:
        self._store = store
        self._place = place
        self._prefix = prefix.strip("/")

    @classmethod
    def connect(
        cls,
        bucket: str,
        *,
        prefix: str = "documents",
        options: Mapping[str, Any] | None = None,
        client_options: Mapping[str, Any] | None = None,
    ) -> S3Documents:
        """Open a bucket. `options` are obstore's S3 settings (endpoint, region, keys); keys not
        given come from the environment, as every S3 client takes them."""
        settings: dict[str, Any] = {"conditional_put": "etag", **(options or {})}
        store = S3Store(
            bucket,
            config=settings,  # type: ignore[arg-type]
            client_options=client_options,  # type: ignore[arg-type]
        )
        return cls(store, place=f"s3://{bucket}/{prefix}", prefix=prefix)

    def put(self, content: bytes | Path) -> Stored:
        try:
            sha256, sm3, size = hash_pieces(pieces_of(content))
            body = content if isinstance(content, bytes) else content.read_bytes()
        except OSError as error:
            raise unavailable(error, str(content)) from error
        try:
            obstore.put(self._store, self._name(sha256), body, mode="create")
        except AlreadyExistsError:
            return self._present(sha256, sm3, size)
        except BaseError as error:
            raise self._unreachable(error) from error
        return Stored(sha256, sm3, size, existed=False)

    def open(self, sha256: str) -> AbstractContextManager[BinaryIO]:
        return io.BytesIO(b"".join(self._stream(sha256)))

    def pieces(self, sha256: str) -> Iterator[bytes]:
        yield from verified(sha256, self._stream(sha256))

    def fixity(self, sha256: str) -> Fixity:
        try:
            found, _, _ = hash_pieces(self._stream(sha256))
        except IntegrityBroken:
            return Fixity.MISSING
        return Fixity.OK if found == sha256 else Fixity.ROTTED

    def remove(self, sha256: str) -> bool:
        try:
            obstore.head(self._store, self._name(sha256))
            obstore.delete(self._store, self._name(sha256))
        except (NotFoundError, FileNotFoundError):
            return False
        except BaseError as error:
            raise self._unreachable(error) from error
        return True

    def _present(self, sha256: str, sm3: str, size: int) -> Stored:
        """What stands under the address already; its content is compared, not assumed."""
        found, _, _ = hash_pieces(self._stream(sha256))
        if found != sha256:
            raise IntegrityBroken(ROTTED, sha256=sha256, found=found)
        return Stored(sha256, sm3, size, existed=True)

    def _stream(self, sha256: str) -> Iterator[bytes]:
        try:
            for piece in obstore.get(self._store, self._name(sha256)).stream():
                yield bytes(piece)
        except (NotFoundError, FileNotFoundError) as error:
            raise IntegrityBroken(MISSING, sha256=sha256) from error
        except BaseError as error:
            raise self._unreachable(error) from error

    def _name(self, sha256: str) -> str:
        return f"{self._prefix}/{require_address(sha256)[:2]}/{sha256}"

    def _unreachable(self, error: Exception) -> Unavailable:
        reason = str(error).strip().splitlines()[0]
        return Unavailable(UNREACHABLE, place=self._place, reason=reason)
