"""Originals in S3, against a real HTTP server that speaks its protocol."""

from __future__ import annotations

import hashlib
import os
import uuid
from collections.abc import Iterator
from pathlib import Path

import boto3
import pytest
from moto.server import ThreadedMotoServer

from audit.documents import Fixity, S3Documents
from base.errors import IntegrityBroken, Unavailable

PAPER = "医疗器械注册证".encode()
ADDRESS = hashlib.sha256(PAPER).hexdigest()
KEYS = {"region": "us-east-1", "access_key_id": "test", "secret_access_key": "test"}


@pytest.fixture(scope="module")
def endpoint() -> Iterator[str]:
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    yield f"http://{host}:{port}"
    server.stop()


@pytest.fixture
def bucket(endpoint: str) -> tuple[str, object]:
    client = boto3.client(
        "s3",
        endpoint_url=endpoint,
        region_name="us-east-1",
        aws_access_key_id="test",
        aws_secret_access_key="test",
    )
    name = f"originals-{uuid.uuid4().hex[:8]}"
    client.create_bucket(Bucket=name)
    return name, client


@pytest.fixture
def documents(endpoint: str, bucket: tuple[str, object]) -> S3Documents:
    return S3Documents.connect(
        bucket[0], options={"endpoint": endpoint, **KEYS}, client_options={"allow_http": True}
    )


def test_an_original_comes_back_and_the_second_put_is_the_same_one(
    documents: S3Documents, tmp_path: Path
) -> None:
    first = documents.put(PAPER)
    (tmp_path / "copy").write_bytes(PAPER)
    second = documents.put(tmp_path / "copy")
    assert (first.sha256, first.existed) == (ADDRESS, False)
    assert (second.sha256, second.existed) == (ADDRESS, True)
    assert b"".join(documents.pieces(ADDRESS)) == PAPER
    with documents.open(ADDRESS) as stream:
        assert stream.read() == PAPER


def test_twelve_megabytes_pass_through(documents: S3Documents) -> None:
    content = os.urandom(12 << 20)
    stored = documents.put(content)
    assert documents.fixity(stored.sha256) is Fixity.OK


def test_an_object_is_never_overwritten_and_its_rot_is_named(
    documents: S3Documents, bucket: tuple[str, object]
) -> None:
    documents.put(PAPER)
    name, client = bucket
    key = f"documents/{ADDRESS[:2]}/{ADDRESS}"
    client.put_object(Bucket=name, Key=key, Body=b"another paper")  # type: ignore[attr-defined]
    assert documents.fixity(ADDRESS) is Fixity.ROTTED
    with pytest.raises(IntegrityBroken, match=r"documents\.rotted"):
        documents.put(PAPER)
    body = client.get_object(Bucket=name, Key=key)["Body"]  # type: ignore[attr-defined]
    assert body.read() == b"another paper"


def test_a_lost_object_is_missing(documents: S3Documents) -> None:
    documents.put(PAPER)
    assert documents.remove(ADDRESS)
    assert documents.fixity(ADDRESS) is Fixity.MISSING
    assert not documents.remove(ADDRESS)
    with pytest.raises(IntegrityBroken, match=r"documents\.missing"):
        list(documents.pieces(ADDRESS))


def test_a_store_that_does_not_answer_is_not_available() -> None:
    closed = S3Documents.connect(
        "nowhere",
        options={"endpoint": "http://127.0.0.1:9", **KEYS},
        client_options={"allow_http": True, "connect_timeout": "1s", "timeout": "1s"},
    )
    with pytest.raises(Unavailable, match=r"documents\.unreachable"):
        closed.put(PAPER)
