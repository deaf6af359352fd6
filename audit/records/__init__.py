"""What is known, as values: record kinds, identifiers, dates. Pure: no file, clock or database.

Importing this package registers every kind in `KINDS`.
"""

from audit.records import (
    certificates,
    codes,
    cold_chain,
    goods,
    holds,
    licences,
    outbound,
    parties,
    product,
    sales,
    trade,
)
from audit.records.model import KINDS, Operator, Origin, Part, Record, RecordDraft, Ref

__all__ = [
    "KINDS",
    "Operator",
    "Origin",
    "Part",
    "Record",
    "RecordDraft",
    "Ref",
    "certificates",
    "codes",
    "cold_chain",
    "goods",
    "holds",
    "licences",
    "outbound",
    "parties",
    "product",
    "sales",
    "trade",
]
