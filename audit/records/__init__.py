"""What is known, as values: record kinds, identifiers, dates. Pure: no file, clock or database.

Importing this package registers every kind in `KINDS`.
"""

from audit.records import (
    certificates,
    cold_chain,
    parties,
    product,
    sales,
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
    "cold_chain",
    "parties",
    "product",
    "sales",
]
