"""What verification says: a stable code, a layer, the index, what was expected and found."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from base.errors import Lang, Message, message


class Layer(StrEnum):
    """Which part of the evidence a problem lies in, outermost last."""

    TREE = "tree"
    CHAIN = "chain"
    STREAM = "stream"
    PAYLOAD = "payload"
    HEADS = "heads"
    SIGNATURE = "signature"
    DOCUMENT = "document"
    READ_TABLE = "read-table"
    DECISION = "decision"
    ANCHOR = "anchor"
    WITNESS = "witness"


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that does not agree. `index` is the entry's seq, or None when none is to blame."""

    why: Message
    layer: Layer
    index: int | None
    expected: str
    found: str
    subject: str = ""
    """What exactly: a stream, a tile, a column."""

    @property
    def code(self) -> str:
        return self.why.code

    @property
    def message(self) -> str:
        """The sentence in English."""
        return self.text("en")

    def text(self, lang: Lang = "zh") -> str:
        """One sentence with everything in it."""
        where = "" if self.index is None else f" #{self.index}"
        what = self.why.text(lang, subject=self.subject)
        if lang == "zh":
            return f"[{self.layer}{where}] {what}：应为 {self.expected}，实为 {self.found}"
        return f"[{self.layer}{where}] {what}: expected {self.expected}, found {self.found}"

    @property
    def rank(self) -> tuple[int, int]:
        """Sorts the first bad index first; what belongs to no entry comes last."""
        index = 1 << 62 if self.index is None else self.index
        return index, list(Layer).index(self.layer)


ENTRY_CHANGED: Final = message(
    "verify.entry_changed",
    zh="条目字节与其叶哈希不符",
    en="the entry's bytes do not have its leaf hash",
)
ENTRY_MISSING: Final = message("verify.entry_missing", zh="条目缺失", en="the entry is missing")
ENTRY_MALFORMED: Final = message(
    "verify.entry_malformed",
    zh="条目不符合格式（{subject}）",
    en="the entry is not of the format ({subject})",
)
ENTRY_BEYOND: Final = message(
    "verify.entry_beyond_head",
    zh="条目在账本头所述大小之外",
    en="an entry beyond the size that the head row states",
)
LEAF_CHANGED: Final = message(
    "verify.leaf_changed",
    zh="叶哈希列与条目不符",
    en="the leaf hash column does not belong to the entry",
)
COLUMN_CHANGED: Final = message(
    "verify.column_changed",
    zh="列 {subject} 与条目不符",
    en="the column {subject} does not agree with the entry",
)
TILE_CHANGED: Final = message(
    "verify.tile_changed", zh="树块 {subject} 被改动", en="the tile {subject} was changed"
)
TILE_MISSING: Final = message(
    "verify.tile_missing", zh="树块 {subject} 缺失", en="the tile {subject} is missing"
)
HEAD_ROW_CHANGED: Final = message(
    "verify.head_row_changed",
    zh="账本头的 {subject} 与条目不符",
    en="the head row's {subject} does not agree with the entries",
)
CHAIN_BROKEN: Final = message(
    "verify.chain_broken",
    zh="哈希链断裂（{subject}）",
    en="the hash chain is broken ({subject})",
)
STREAM_BROKEN: Final = message(
    "verify.stream_broken",
    zh="流 {subject} 有缺口或分叉",
    en="the stream {subject} has a gap or a fork",
)
STREAM_HEAD_CHANGED: Final = message(
    "verify.stream_head_changed",
    zh="流头表中的 {subject} 与条目不符",
    en="the stream head row of {subject} does not agree with the entries",
)
STREAM_INDEX_CHANGED: Final = message(
    "verify.stream_index_changed",
    zh="流索引表中的 {subject} 与条目不符",
    en="the stream index rows of {subject} do not agree with the entries",
)
HEADS_WRONG: Final = message(
    "verify.heads_wrong",
    zh="流头条目的 {subject} 不正确",
    en="the {subject} of the stream.heads entry is wrong",
)
PAYLOAD_CHANGED: Final = message(
    "verify.payload_changed",
    zh="载荷或其盐与条目中的承诺不符",
    en="the payload or its salt does not have the commitment in the entry",
)
PAYLOAD_MISSING: Final = message(
    "verify.payload_missing",
    zh="载荷缺失，且没有擦除条目",
    en="the payload is missing and no erasure entry names it",
)
PAYLOAD_PRESENT: Final = message(
    "verify.payload_present_after_erasure",
    zh="载荷在擦除之后仍然存在",
    en="the payload is there although it was erased",
)
PAYLOAD_UNASKED: Final = message(
    "verify.payload_unasked",
    zh="存在没有条目承诺的载荷",
    en="there are payloads that no entry commits to",
)
ERASURE_WRONG: Final = message(
    "verify.erasure_wrong",
    zh="擦除记录与擦除条目不符（{subject}）",
    en="the erasure record does not agree with the erasure entries ({subject})",
)
SIGNATURE_WRONG: Final = message(
    "verify.signature_wrong",
    zh="检查点签名不成立（{subject}）",
    en="the checkpoint's signature does not hold ({subject})",
)
NO_CHECKPOINT: Final = message(
    "verify.no_checkpoint", zh="没有检查点（{subject}）", en="there is no checkpoint ({subject})"
)
ROOT_DIFFERS: Final = message(
    "verify.root_differs",
    zh="大小 {subject} 处的根与已签名的检查点不符",
    en="the root at size {subject} is not the one that was signed",
)
TRUNCATED: Final = message(
    "verify.truncated",
    zh="账本小于已签名的检查点（{subject}）",
    en="the log is smaller than a checkpoint that was signed ({subject})",
)
ROTATION_WRONG: Final = message(
    "verify.rotation_wrong",
    zh="密钥更换条目不成立（{subject}）",
    en="the key rotation does not hold ({subject})",
)
KEY_TABLE_CHANGED: Final = message(
    "verify.key_table_changed",
    zh="密钥表与条目不符",
    en="the key table does not agree with the entries",
)
OTHER_KEY: Final = message(
    "verify.other_key",
    zh="账本从未使用您所信任的密钥",
    en="the log never had a key that you trust",
)
