"""The two README files of a package: what lies where, and how to verify it. In plain words."""

from __future__ import annotations

from collections.abc import Iterator

from reports.package.model import Given, Selection

_ZH = """械迹检查包

账本：{origin}
密钥指纹：{key}
选取：{request}
条目 {members} 条，原件 {documents} 份；未提供的内容 {withheld} 份（仅有承诺，见 selection.json）。

怎样核验
  1. 不要用包里的 verify.py 核验这个包：请用您自己从发布页取得的那一份（包内的只为对照）。
  2. 需要 Python 3.8 以上和 cryptography 包：
       python verify.py 本包的路径 --fingerprint 您所持的指纹
     若您持有早先的检查点或检查包：
       python verify.py 本包的路径 --earlier 那个文件
  3. 不给出指纹或早先的检查点时，结论只是"自洽"，不是"通过"。
  4. 退出码 0：没有损坏；3：有损坏，第一处会写明位置、应为、实为。

哪里有什么
  report.pdf        报告（供阅读；以条目和原件为准）
  registers.xlsx    购进、验收、销售、出库、运输台账
  originals/        原件，文件名是其 SHA-256；对照表 index.csv
  records/          每种记录一份 JSON Lines 和一份 CSV
  entries/          账本条目，原样字节
  payloads/         条目所承诺的内容；salts.csv 是其盐值
  proofs/           每条条目的包含证明（C2SP tlog-proof）
  heads/            所覆盖的每条流的末端及其在流首图中的证明
  checkpoints/      检查点，以及与早先发布的检查点一致的证明
  selection.json    请求、选取的路径、成员、未提供的内容及原因
  ../manifest-*.txt 所有文件的 SHA-256 与 SM3

本包不能证明：从未录入的事；同一天内（两次流首图之间）另立的分支。
"""

_EN = """DeviceTrail inspection package

Log: {origin}
Key fingerprint: {key}
Selection: {request}
{members} entries, {documents} originals; {withheld} payloads are not given (commitments only, see
selection.json).

How to verify
  1. Do not verify this package with the verify.py inside it: use your own copy from the release
     (the one inside is for comparison).
  2. Python 3.8 or later and the package `cryptography`:
       python verify.py PACKAGE --fingerprint THE_FINGERPRINT_YOU_HOLD
     If you hold an earlier checkpoint or package:
       python verify.py PACKAGE --earlier THAT_FILE
  3. Without a fingerprint or earlier checkpoint the verdict reads "self-consistent", not "passed".
  4. Exit code 0: nothing broken; 3: broken, the first place is named with expected and found.

What lies where
  report.pdf        the report (for reading; entries and originals are what counts)
  registers.xlsx    registers of purchase, inspection, sale, outbound, transport
  originals/        originals, named by their SHA-256; index.csv gives their names
  records/          one JSON Lines and one CSV file for each kind of record
  entries/          the log's entries, exact bytes
  payloads/         what the entries commit to; salts.csv holds the salts
  proofs/           an inclusion proof for each entry (C2SP tlog-proof)
  heads/            the last entry of each covered stream and its proof in the map of heads
  checkpoints/      the checkpoint, and proofs of consistency with earlier published ones
  selection.json    the request, the walk, the members, what was left out and why
  ../manifest-*.txt SHA-256 and SM3 of every file

A package alone cannot show: what was never recorded; a fork made within the same day (between two
maps of stream heads).
"""


def files(selection: Selection, origin: str, key: str) -> Iterator[tuple[str, bytes]]:
    """(path, content) of both."""
    withheld = sum(one.payload in (Given.WITHHELD, Given.MASKED) for one in selection.members)
    said = {
        "origin": origin,
        "key": key,
        "request": "; ".join(f"{name} = {value}" for name, value in selection.request.items()),
        "members": len(selection.members),
        "documents": sum(one.given for one in selection.documents),
        "withheld": withheld,
    }
    yield "README.zh.txt", _ZH.format(**said).encode()
    yield "README.en.txt", _EN.format(**said).encode()
