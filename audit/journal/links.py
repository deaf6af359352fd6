"""What records say of identities, as entries of their own: `identity.linked`, `.unlinked`.

A record that is effective at once links when it is appended; one that waits links when it is
confirmed. Each link remembers the record that it rests on, so a correction takes back exactly
what that record said, and a link that another record also states stays.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import orjson

from audit.journal.records import derived_key
from audit.ledger import Draft, Payload
from audit.records import Record
from audit.store.types import Link


def link_drafts(actor: str, record: Record, key: str, *, by: str | None = None) -> list[Draft]:
    """The links that the record with that key states. `by`: key of the entry that makes them
    hold, when that is a later confirmation."""
    return [
        _draft(
            "identity.linked", actor, a, b, key, "record", derived_key("linked", by or key, a, b)
        )
        for a, b in _pairs(record)
    ]


def unlink_drafts(actor: str, standing: Sequence[Link], by: str) -> list[Draft]:
    """Take back links, because the record `by` supersedes the one that they rest on."""
    return [
        _draft(
            "identity.unlinked",
            *(actor, link.a, link.b, link.because, "superseded"),
            derived_key("unlinked", by, link.because, link.a, link.b),
        )
        for link in standing
    ]


def _pairs(record: Record) -> Iterator[tuple[str, str]]:
    seen = set()
    for a, b in record.links():
        pair = (min(a, b), max(a, b))
        if a != b and pair not in seen:
            seen.add(pair)
            yield pair


def _draft(kind: str, actor: str, a: str, b: str, because: str, reason: str, key: str) -> Draft:
    said = {"a": a, "b": b, "because": because, "reason": reason}
    data = orjson.dumps(said, option=orjson.OPT_SORT_KEYS)
    return Draft(kind, key, actor, Payload(f"{kind}/1", data), (a, b))
