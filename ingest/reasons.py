"""Why a document or a row did not become a record: stable codes, a sentence in both languages."""

from __future__ import annotations

from base.errors import message

UNKNOWN_DOCUMENT = message(
    "ingest.unknown_document",
    zh="认不出这是哪一种资料：{detail}",
    en="What kind of paper this is was not recognised: {detail}",
)
PARSER_FAILED = message(
    "ingest.parser_failed",
    zh="解析 {kind} 时出错（{detail}），文件已隔离",
    en="The parser of {kind} failed ({detail}); the file is kept apart",
)
ROWS_REFUSED = message(
    "ingest.rows_refused",
    zh="{total} 行中有 {refused} 行无法采用，其余已入账",
    en="{refused} of {total} rows could not be taken; the others are recorded",
)
NOTHING_INSIDE = message(
    "ingest.nothing_inside",
    zh="文件里没有任何一行数据",
    en="The file holds not a single row of data",
)
FIELD_MISSING = message(
    "record.field_missing",
    zh="{kind}缺少必填内容：{fields}",
    en="{kind} lacks what it must state: {fields}",
)
DATE_IMPOSSIBLE = message(
    "record.date_impossible",
    zh="{field}写的是 {value}，没有这一天",
    en="{field} says {value}, which is no day of the calendar",
)
VALUE_INVALID = message(
    "record.value_invalid",
    zh="{field}写的是 {value}，无法理解为{expected}",
    en="{field} says {value}, which cannot be read as {expected}",
)
"""`expected` is one of the stable words of `ingest.values.Form`."""
RECORD_INVALID = message(
    "record.invalid",
    zh="{kind}的内容互相矛盾：{detail}",
    en="{kind} contradicts itself: {detail}",
)
