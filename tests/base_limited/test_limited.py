"""Limited children: each limit holds, names itself, and leaves the pool ready for the next job."""

from __future__ import annotations

import struct
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from base.errors import Unavailable
from base.limited import Limit, LimitedPool, LimitHit, Terms
from base.limited_child import HEAD

TERMS = Terms(
    target="tests.base_limited.targets:act",
    seconds=1.5,
    memory_bytes=512 * 1024 * 1024,
    output_bytes=1024 * 1024,
)


@pytest.fixture(scope="module")
def pool() -> Iterator[LimitedPool]:
    with LimitedPool(TERMS) as made:
        yield made


def _limit_of(pool: LimitedPool, job: dict[str, Any], *blobs: bytes) -> LimitHit:
    with pytest.raises(LimitHit) as caught:
        pool.run(job, blobs)
    assert pool.run({"do": "echo"}).value["got"] == {"do": "echo"}, "the pool is ready again"
    return caught.value


def test_values_and_bytes_come_back_as_they_were_sent(pool: LimitedPool) -> None:
    parcel = pool.run({"do": "echo", "text": "冷链 2–8 ℃", "n": [1, None, 2.5]}, (b"abc", b""))
    assert parcel.value["got"] == {"do": "echo", "text": "冷链 2–8 ℃", "n": [1, None, 2.5]}
    assert parcel.blobs == (b"cba", b"")


def test_a_warm_child_is_used_again(pool: LimitedPool) -> None:
    first = pool.run({"do": "echo"}).value["pid"]
    assert pool.run({"do": "echo"}).value["pid"] == first


def test_a_child_that_sleeps_too_long_is_ended(pool: LimitedPool) -> None:
    assert _limit_of(pool, {"do": "sleep"}).hit is Limit.TIMEOUT


def test_a_child_that_computes_without_end_is_ended(pool: LimitedPool) -> None:
    assert _limit_of(pool, {"do": "spin"}).hit is Limit.TIMEOUT


def test_a_child_that_eats_memory_says_so(pool: LimitedPool) -> None:
    assert _limit_of(pool, {"do": "eat"}).hit is Limit.MEMORY


def test_an_answer_beyond_the_limit_is_not_taken(pool: LimitedPool) -> None:
    assert _limit_of(pool, {"do": "shout", "size": 2 * 1024 * 1024}).hit is Limit.OUTPUT


def test_a_segmentation_fault_is_an_error_not_an_outage(pool: LimitedPool) -> None:
    hit = _limit_of(pool, {"do": "fault"})
    assert hit.hit is Limit.CRASHED
    assert hit.params["detail"] == "SIGSEGV"


def test_a_child_that_leaves_is_replaced(pool: LimitedPool) -> None:
    hit = _limit_of(pool, {"do": "leave"})
    assert (hit.hit, hit.params["detail"]) == (Limit.CRASHED, "exit 3")


def test_an_exception_crosses_the_border_as_its_name_only(pool: LimitedPool) -> None:
    hit = _limit_of(pool, {"do": "raise"})
    assert hit.params["detail"] == "ZeroDivisionError"
    assert "secret" not in str(hit)


def test_a_child_after_a_limit_is_a_new_process(pool: LimitedPool) -> None:
    before = pool.run({"do": "echo"}).value["pid"]
    _limit_of(pool, {"do": "raise"})
    assert pool.run({"do": "echo"}).value["pid"] != before


def test_nothing_of_the_environment_is_inherited(
    pool: LimitedPool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DEVICETRAIL_SECRET", "to be kept")
    with LimitedPool(TERMS) as fresh:
        assert set(fresh.run({"do": "environment"}).value) <= {
            "PATH",
            "LANG",
            "LC_CTYPE",
            "OPENBLAS_NUM_THREADS",
        }


def test_a_child_cannot_write_a_file(pool: LimitedPool, tmp_path: Path) -> None:
    target = tmp_path / "left-behind"
    assert pool.run({"do": "write", "path": str(target)}).value["refused"] == "OSError"
    assert not target.exists() or target.stat().st_size == 0


def test_a_child_is_replaced_after_its_share_of_jobs() -> None:
    with LimitedPool(Terms(**{**_as_dict(TERMS), "jobs": 2})) as short:
        pids = [short.run({"do": "echo"}).value["pid"] for _ in range(4)]
    assert pids[0] == pids[1] != pids[2] == pids[3]


def _as_dict(terms: Terms) -> dict[str, Any]:
    return {name: getattr(terms, name) for name in Terms.__slots__}


def test_many_threads_share_a_few_children() -> None:
    seen: list[int] = []
    with LimitedPool(TERMS, workers=2) as shared:

        def work(number: int) -> None:
            seen.append(shared.run({"do": "echo", "n": number}).value["got"]["n"])

        threads = [threading.Thread(target=work, args=(n,)) for n in range(24)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert sorted(seen) == list(range(24))


def test_a_closed_pool_refuses_work() -> None:
    closed = LimitedPool(TERMS)
    closed.close()
    with pytest.raises(Unavailable, match=r"limited\.closed"):
        closed.run({"do": "echo"})


def test_a_target_that_does_not_exist_is_our_fault_not_the_files() -> None:
    with (
        LimitedPool(Terms(**{**_as_dict(TERMS), "target": "base.nowhere:act"})) as broken,
        pytest.raises(Unavailable, match=r"limited\.no_start"),
    ):
        broken.run({"do": "echo"})


@pytest.mark.parametrize(
    ("frame", "limit"),
    [
        (HEAD.pack(0xFFFFFFFF, 0), Limit.OUTPUT),
        (HEAD.pack(2, 0xFFFF), Limit.OUTPUT),
        (HEAD.pack(2, 1) + struct.pack("<Q", 1 << 62) + b"{}", Limit.OUTPUT),
        (HEAD.pack(4, 0) + b"\x80\x04N.", Limit.CRASHED),
        (HEAD.pack(2, 0) + b"[]", Limit.CRASHED),
        (HEAD.pack(2, 0) + b"{}", Limit.CRASHED),
        (HEAD.pack(40, 0) + b"{", Limit.TIMEOUT),
    ],
    ids=["huge", "many", "huge blob", "pickle", "list", "empty", "half"],
)
def test_a_child_that_was_taken_over_can_lie_but_not_harm(
    pool: LimitedPool, frame: bytes, limit: Limit
) -> None:
    assert _limit_of(pool, {"do": "lie"}, frame).hit is limit


JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=5), inner),
    max_leaves=10,
)


@settings(max_examples=40, deadline=None)
@given(value=JSON, blobs=st.lists(st.binary(max_size=2000), max_size=5))
def test_whatever_goes_in_comes_out(pool: LimitedPool, value: Any, blobs: list[bytes]) -> None:
    parcel = pool.run({"do": "echo", "value": value}, blobs)
    assert parcel.value["got"]["value"] == value
    assert parcel.blobs == tuple(blob[::-1] for blob in blobs)
