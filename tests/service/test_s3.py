"""Originals in a bucket, everything else as ever."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import boto3
import pytest
from moto.server import ThreadedMotoServer

from ingest.templates import csv_table
from tests.records.examples import example
from tests.service.desk import PASSWORDS, Desk

KEYS = {"AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test"}


@pytest.fixture
def server() -> Iterator[ThreadedMotoServer]:
    made = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    made.start()
    yield made
    made.stop()


def test_originals_go_to_the_bucket_and_one_that_is_gone_is_found(
    server: ThreadedMotoServer, tmp_path: Path
) -> None:
    host, port = server.get_host_and_port()
    endpoint = f"http://{host}:{port}"
    client = boto3.client(
        "s3",
        endpoint_url=endpoint,
        region_name="us-east-1",
        aws_access_key_id="test",
        aws_secret_access_key="test",
    )
    client.create_bucket(Bucket="originals")
    desk = Desk(tmp_path / "data", tmp_path / "state")
    made = desk(
        *("init", "--organisation", "sample", "--quality", "head"),
        *("--s3-bucket", "originals", "--s3-endpoint", endpoint),
        DEVICETRAIL_ADMIN_PASSWORD=PASSWORDS["admin"],
        DEVICETRAIL_QUALITY_PASSWORD=PASSWORDS["head"],
        **KEYS,
    )
    assert made.code == 0, made.said
    desk.sign_in("head")
    paper = tmp_path / "lot.csv"
    paper.write_bytes(csv_table("lot", [example("lot")]))
    assert desk("ingest", paper, **KEYS).code == 0
    (stored,) = client.list_objects_v2(Bucket="originals")["Contents"]
    (listed,) = desk("document", "list", "--json", **KEYS).json
    assert stored["Key"].endswith(listed["sha256"])
    assert not (desk.data / "originals").exists()

    client.delete_object(Bucket="originals", Key=stored["Key"])
    broken = desk("verify", "--deep", "--json", **KEYS)
    assert broken.code == 3
    assert broken.json["problems"][0]["layer"] == "document"
