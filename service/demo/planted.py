"""What the demonstration is about: faults put in on purpose, and what must not alarm.

Each is known by name. The trade ones are acts in the books (`STEPS`), the temperature ones change
a trip's readings (`story.bend`), the ingest ones are files that cannot be taken (`writers.broken`).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, slots=True)
class Planted:
    """A fault put in on purpose, or a case that must not alarm.

    family: expiry, cold_chain, retention, ingest. rule: the id of the rule that must speak (for
    ingest the quarantine's reason code). result: what it must say. subject: the stream key it
    must name. file: the file it rests on, relative to the inbox; empty where a file is missing.
    """

    name: str
    zh: str
    en: str
    family: Literal["expiry", "cold_chain", "retention", "ingest"]
    rule: str
    subject: str
    file: str
    result: Literal["fail", "unknown", "pass", "quarantined", "duplicate"] = "fail"
