"""The one door for writers: original, entry and read tables together.

An original is durable before its entry; an entry and its rows are one transaction; keys are
deterministic, so that what a crash interrupted is simply done again. Who may do what is decided
above; what the journal itself refuses is what would make the evidence contradict itself.
"""

from audit.journal.journal import Journal
from audit.journal.records import NotApplicable
from audit.journal.types import (
    DocumentRead,
    Outcome,
    Receipt,
    ReceiptSource,
    Signature,
    Written,
)

__all__ = [
    "DocumentRead",
    "Journal",
    "NotApplicable",
    "Outcome",
    "Receipt",
    "ReceiptSource",
    "Signature",
    "Written",
]
