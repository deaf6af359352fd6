"""The evidence that the cold-chain rules judge, gathered as they gather it: what a report shows of
a lot's storage or of a shipment rests on the same records as the verdicts.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from audit.store import Store
from audit.store.state import Snapshot
from checks.evidence import Evidence
from checks.examine import rules_named
from checks.source import Fetched, gather
from checks.store_source import StoreSource

STORAGE: Final = "cold_chain.storage"
TRANSPORT: Final = "cold_chain.excursion"


def storage_evidence(store: Store, at: Snapshot, lot: str, *, readings: bool = False) -> Evidence:
    """What says where a lot lay and what hung there; with the readings only when asked."""
    return _gathered(store, at, STORAGE, lot, readings=readings)


def shipment_evidence(store: Store, at: Snapshot, shipment: str) -> Evidence:
    """Papers, goods and logs of a shipment, with the readings."""
    return _gathered(store, at, TRANSPORT, shipment, readings=True)


def _gathered(store: Store, at: Snapshot, rule: str, subject: str, *, readings: bool) -> Evidence:
    (declared,) = rules_named([rule])
    wanted = replace(declared, readings=readings)
    return gather(Fetched(StoreSource(store), at), wanted, [subject])[subject]
