"""What goes to quarantine: a document with its reason, or one record that contradicts another."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from audit.journal.records import Ready, payload_of
from audit.ledger import Draft, Payload, canonical
from audit.records import RecordDraft
from audit.store.derive import canonical_text
from base.errors import Message, Refused, message

CONFLICT = message(
    "record.conflict",
    zh="{kind} {identity} 已有内容不同的记录（{against}）",
    en="{kind} {identity} is recorded already with other content ({against})",
)


def quarantine_key(one: Ready) -> str:
    """The key under which a record is put aside: one for each draft, also after a crash."""
    return f"{one.key}.aside"


def conflict_draft(actor: str, one: Ready, against: str) -> Draft:
    """Put aside a record that contradicts what stands. Raises Refused without a document: then
    there is nothing to put aside, and whoever entered it is there to be told."""
    kind, identity = one.derived.kind, one.derived.identity
    params = {"kind": kind, "identity": identity, "against": against}
    if one.draft.document is None:
        raise Refused(CONFLICT, **params)
    key = quarantine_key(one)
    return quarantined_draft(actor, one.draft.document, CONFLICT, params, None, one.draft, key)


def quarantined_draft(
    actor: str,
    document: str,
    reason: Message,
    params: Mapping[str, Any],
    detail: str | None,
    draft: RecordDraft | Mapping[str, Any] | None,
    key: str,
) -> Draft:
    """A `document.quarantined` entry. `draft`: what could be read, as a record or in parts."""
    said: dict[str, Any] = {"document": document, "reason": reason.code}
    said["params"] = {
        name: value if isinstance(value, str | int) else str(value)
        for name, value in params.items()
    }
    if detail is not None:
        said["detail"] = detail
    if isinstance(draft, RecordDraft):
        said["draft"] = {"schema": draft.record.schema_name(), **payload_of(draft)}
    elif draft is not None:
        said["draft"] = dict(draft)
    canonical.check(said)
    kind = "document.quarantined"
    return Draft(
        kind,
        key,
        actor,
        Payload(f"{kind}/1", canonical_text(said).encode()),
        (f"document:{document}",),
    )
