"""Where the Chinese fonts lie: folders that a typesetter may be given.

Noto Sans SC (SIL Open Font License) comes from npm by `npm ci`; `DEVICETRAIL_FONTS` names another
folder, for a machine without Node or with its own fonts.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Final

from base.errors import Unavailable, message

FONT_FAMILY: Final = "Noto Sans SC"
"""The family's name inside the font files, as a typesetter asks for it."""

FONTS_MISSING = message(
    "base.fonts_missing",
    zh="找不到中文字体：{looked_in}。"
    "请在项目目录运行 npm ci，或用环境变量 DEVICETRAIL_FONTS 指定字体文件夹",
    en="No Chinese fonts in {looked_in}. Run `npm ci` in the project's folder, or name a folder "
    "with fonts in the environment variable DEVICETRAIL_FONTS",
)

_PACKAGE: Final = Path("node_modules/@expo-google-fonts/noto-sans-sc")
_WEIGHTS: Final = ("400Regular", "700Bold")
_SUFFIXES: Final = frozenset({".ttf", ".otf", ".ttc"})


def font_paths() -> tuple[Path, ...]:
    """Folders with the fonts, regular and bold only where they come from npm.

    Raises Unavailable with both languages' hint when there are none.
    """
    named = os.environ.get("DEVICETRAIL_FONTS")
    if named:
        folders: tuple[Path, ...] = (Path(named),)
    else:
        package = Path(__file__).resolve().parent.parent / _PACKAGE
        folders = tuple(package / weight for weight in _WEIGHTS)
    if not all(_has_font(folder) for folder in folders):
        raise Unavailable(FONTS_MISSING, looked_in=", ".join(str(folder) for folder in folders))
    return folders


def _has_font(folder: Path) -> bool:
    return folder.is_dir() and any(
        path.suffix.lower() in _SUFFIXES for path in folder.rglob("*") if path.is_file()
    )
