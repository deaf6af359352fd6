"""The fonts are found, or the error says how to get them."""

from pathlib import Path

import pytest

from base.errors import Unavailable
from base.fonts import font_paths


def test_a_folder_named_in_the_environment_is_used(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "Some.ttf").write_bytes(b"\0")
    monkeypatch.setenv("DEVICETRAIL_FONTS", str(tmp_path))
    assert font_paths() == (tmp_path,)


def test_missing_fonts_are_explained_in_both_languages(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DEVICETRAIL_FONTS", str(tmp_path / "nothing"))
    with pytest.raises(Unavailable) as refusal:
        font_paths()
    assert refusal.value.exit_code == 5
    assert "npm ci" in refusal.value.text("zh") and "npm ci" in refusal.value.text("en")
