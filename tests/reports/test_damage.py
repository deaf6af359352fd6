"""Every kind of damage to a package is named, by the layer that it belongs to."""

from __future__ import annotations

from pathlib import Path

import pytest
from damage import CUT, DAMAGES, Damage
from hand_log import HandLog, cut, pack, sample, seal, unpack, write

from reports.verifier import verify_package

LOT = "lot:di:069/A1"


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> tuple[HandLog, dict[str, bytes], Path]:
    log = sample()
    target = tmp_path_factory.mktemp("package") / "whole.zip"
    write(log, cut(log, [LOT], [1]), target)
    return log, unpack(target), target


def test_there_are_sixty_kinds_of_damage_and_no_name_twice() -> None:
    assert len(DAMAGES) >= 60
    assert len({one.name for one in DAMAGES}) == len(DAMAGES)


def test_the_undamaged_package_passes_also_when_packed_by_hand(
    whole: tuple[HandLog, dict[str, bytes], Path], tmp_path: Path
) -> None:
    log, files, target = whole
    assert verify_package(target).ok
    files = dict(files)
    seal(files, log.signer, CUT)
    verdict = verify_package(pack(files, tmp_path / "again.zip"))
    assert verdict.ok, verdict.broken


@pytest.mark.parametrize("one", DAMAGES, ids=lambda one: one.name)
def test_damage_is_named(
    one: Damage, whole: tuple[HandLog, dict[str, bytes], Path], tmp_path: Path
) -> None:
    log, before, _ = whole
    files = dict(before)
    one.do(files)
    assert files != before
    if one.cover == "tags":
        seal(files, tags_only=True)
    elif one.cover != "bare":
        seal(files, log.signer if one.cover == "signed" else None, CUT)
    verdict = verify_package(
        pack(files, tmp_path / "damaged.zip"), fingerprint=log.signer.fingerprint
    )
    assert verdict.broken is not None
    assert verdict.broken.code == one.code, (verdict.broken, one)
    assert verdict.broken.layer == one.code.split(".")[0]
    for lang in ("zh", "en"):
        assert one.code in "\n".join(verdict.lines(lang))
