"""How entries become rows of the read tables: one small function for each entry kind.

A function takes the entry and its payload and writes derived rows through a `Batch`. It is the
same function while appending and while rebuilding, so it may look at nothing but the entry, its
payload and the read tables. Raising refuses the append.
"""

from audit.store.projection import documents, facts, findings, identity, records
from audit.store.projection.project import Projection
from audit.store.projection.registry import PROJECTIONS

__all__ = [
    "PROJECTIONS",
    "Projection",
    "documents",
    "facts",
    "findings",
    "identity",
    "records",
]
