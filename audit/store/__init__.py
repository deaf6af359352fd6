"""The read tables: projections of the ledger, snapshot queries, rebuild, deep verification.

Everything in `read_*` follows from entries and payloads alone. Nothing here decides anything: the
rules, the gate and the reports ask, at a `Snapshot`, and get what was known then.
"""

from audit.store.deep import Replayer, verify_deep
from audit.store.migrate import upgrade
from audit.store.projection import Projection
from audit.store.projection.records import IdentityTaken
from audit.store.replay import rebuild
from audit.store.state import COUNTING, LIVE, Snapshot, State
from audit.store.store import Store
from audit.store.types import (
    Fact,
    Link,
    Quarantined,
    StoredDocument,
    StoredFinding,
    StoredRecord,
)

__all__ = [
    "COUNTING",
    "LIVE",
    "Fact",
    "IdentityTaken",
    "Link",
    "Projection",
    "Quarantined",
    "Replayer",
    "Snapshot",
    "State",
    "Store",
    "StoredDocument",
    "StoredFinding",
    "StoredRecord",
    "rebuild",
    "upgrade",
    "verify_deep",
]
