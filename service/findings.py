"""The history of a finding, told from its own stream."""

from __future__ import annotations

from typing import Any

import orjson

from audit.store import StoredFinding
from service.house import House


def steps(house: House, finding: StoredFinding) -> list[dict[str, Any]]:
    """Every step of a finding, oldest first: entry, time, what, who, why."""
    names = {user.name: user.body.get("full_name", "") for user in house.people.listed()}
    found = []
    for seq in house.log.stream_seqs(f"finding:{finding.fingerprint}"):
        entry = house.log.entry(seq)
        said = orjson.loads(house.log.payload(seq) or b"{}")
        found.append(
            {
                "seq": seq,
                "at": entry.recorded_at.isoformat(timespec="seconds"),
                "step": entry.kind,
                "actor": names.get(entry.actor) or entry.actor,
                "reason": said.get("reason"),
                "until": said.get("until"),
            }
        )
    return found
