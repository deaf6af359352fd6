"""The fixed words of a report in both languages. The template holds none of its own."""

from __future__ import annotations

from typing import Final

from base.errors import Lang

_WORDS: Final[dict[str, tuple[str, str]]] = {
    "brand": ("械迹 DeviceTrail", "DeviceTrail"),
    "number": ("编号", "No."),
    "contents": ("目录", "Contents"),
    "ledger": ("账本与核验", "Ledger and verification"),
    "fingerprint": ("密钥指纹", "Key fingerprint"),
    "page": ("第", "Page"),
    "of": ("页　共", "of"),
    "page_end": ("页", ""),
    "volume": ("第", "Volume"),
    "volume_of": ("册　共", "of"),
    "volume_end": ("册", ""),
    "seal_title": ("签章", "Signature and seal"),
    "seal": ("单位公章", "Company seal"),
    "quality_head": ("质量负责人（签字）", "Head of quality (signature)"),
    "maker": ("经办人（签字）", "Prepared by (signature)"),
    "inspector": ("检查人员（签收）", "Received by inspector"),
    "sign_date": ("日期", "Date"),
    "copy": ("复印件与原件一致", "Copy agrees with the original"),
    "paper": ("加盖公章的纸质原件存放处", "Where the stamped paper originals lie"),
    "none": ("无", "None"),
    "read_aloud": (
        "本报告供阅读；以检查包内的原件、条目与证明为准。",
        "This report is for reading; the originals, entries and proofs in the package count.",
    ),
    "continued": ("（续）", "(continued)"),
}


def labels(lang: Lang) -> dict[str, str]:
    """Every fixed word in one language."""
    return {key: zh if lang == "zh" else en for key, (zh, en) in _WORDS.items()}
