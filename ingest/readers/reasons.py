"""Why a file was not read: stable codes with a sentence in both languages."""

from __future__ import annotations

from base.errors import message

TRUNCATED = message(
    "read.truncated",
    zh="文件不完整（被截断或损坏）：{detail}",
    en="The file is incomplete (cut off or damaged): {detail}",
)
ENCRYPTED = message(
    "read.encrypted",
    zh="文件已加密，需要密码，请提供未加密的版本",
    en="The file is encrypted; please supply it without a password",
)
EMPTY = message("read.empty", zh="文件是空的", en="The file is empty")
TOO_LARGE = message(
    "read.too_large",
    zh="文件有 {actual} 字节，超过上限 {limit} 字节",
    en="The file has {actual} bytes, more than the limit of {limit}",
)
TOO_MANY_PAGES = message(
    "read.too_many_pages",
    zh="文件有 {actual} 页，超过上限 {limit} 页",
    en="The file has {actual} pages, more than the limit of {limit}",
)
TOO_MANY_CELLS = message(
    "read.too_many_cells",
    zh="表格超过 {limit} 个单元格",
    en="The table has more than {limit} cells",
)
TOO_MANY_MEMBERS = message(
    "read.too_many_members",
    zh="压缩包内有 {actual} 个文件，超过上限 {limit} 个",
    en="The archive has {actual} members, more than the limit of {limit}",
)
ZIP_BOMB = message(
    "read.zip_bomb",
    zh="压缩包展开后超过上限（{limit} 字节），拒绝解压",
    en="The archive unpacks to more than {limit} bytes; it was not unpacked",
)
XML_ENTITY = message(
    "read.xml_entity",
    zh="XML 含有 DTD 或实体声明，拒绝读取",
    en="The XML carries a DTD or an entity declaration; it was refused",
)
PATH_IN_ARCHIVE = message(
    "read.path_in_archive",
    zh="压缩包内有越出目录的路径：{name}",
    en="The archive names a path outside itself: {name}",
)
TYPE_MISMATCH = message(
    "read.type_mismatch",
    zh="文件名说是 {expected}，内容却是 {actual}",
    en="The file name says {expected}, the content is {actual}",
)
UNKNOWN_FORMAT = message(
    "read.unknown_format",
    zh="认不出的文件内容：{detail}",
    en="The content is of no kind that is known here: {detail}",
)
CRASHED = message(
    "read.crashed",
    zh="读取进程在读此文件时崩溃（{detail}），文件已隔离",
    en="The reading process crashed on this file ({detail}); the file is kept apart",
)
TIMEOUT = message(
    "read.timeout",
    zh="读取超过 {seconds} 秒，已中止",
    en="Reading took more than {seconds} seconds and was stopped",
)
MEMORY = message(
    "read.memory",
    zh="读取所需内存超过上限（{limit} 字节），已中止",
    en="Reading needed more memory than the limit of {limit} bytes and was stopped",
)
OUTPUT = message(
    "read.output",
    zh="读出的内容超过上限（{limit} 字节），已中止",
    en="What was read is larger than the limit of {limit} bytes and was not taken",
)
OCR_NEEDED = message(
    "read.ocr_needed",
    zh="没有文字层（扫描件或图片），等待文字识别",
    en="There is no text in it (a scan or a picture); it waits for text recognition",
)
ZONE_MISSING = message(
    "read.zone_missing",
    zh="记录仪 {logger} 的文件没有写明时区，请为该记录仪或来源设定时区",
    en="The file of logger {logger} states no time zone; set one for the logger or its source",
)
ZONE_UNKNOWN = message(
    "read.zone_unknown", zh="不认识的时区：{zone}", en="Not a time zone known here: {zone}"
)
DATE_ORDER_AMBIGUOUS = message(
    "read.date_order_ambiguous",
    zh="日期 {example} 的日月次序无法确定，请为来源设定次序",
    en="The order of day and month in {example} cannot be decided; set it for the source",
)
DATE_UNREADABLE = message(
    "read.date_unreadable",
    zh="第 {row} 行的时间 {value} 无法理解",
    en="The time {value} in row {row} cannot be understood",
)
VALUE_UNREADABLE = message(
    "read.value_unreadable",
    zh="第 {row} 行的数值 {value} 无法理解",
    en="The value {value} in row {row} cannot be understood",
)
HEADER_MISSING = message(
    "read.header_missing",
    zh="没有表头，不知道各列是什么",
    en="There is no header row, so what the columns hold is unknown",
)
UNIT_MISSING = message(
    "read.unit_missing",
    zh="温度列 {column} 没有写明单位（℃ 或 ℉）",
    en="The temperature column {column} states no unit (°C or °F)",
)
NO_TEMPERATURE = message(
    "read.no_temperature",
    zh="是记录仪文件，但没有温度列（只有：{columns}）",
    en="This is a logger file without a temperature column (it has: {columns})",
)
INTEGRITY_FAILED = message(
    "read.integrity_failed",
    zh="文件自带的签名或摘要不符：{detail}",
    en="The file's own signature or digest does not agree: {detail}",
)
OPTION_INVALID = message(
    "read.option_invalid",
    zh="读取选项 {option} 不合法",
    en="The reading option {option} is invalid",
)
