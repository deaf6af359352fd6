"""Which identifiers are one subject: rows of `read_subject`, kept through links and unlinks.

A paper names a device by its UDI-DI or by registration number and model, a party by its credit
code or by its name. `identity.linked` says that two identifiers are one subject; the subject's id
is the smallest identifier of the closure over all links, so it does not depend on the order in
which papers arrive. An identifier that contains another (a lot contains its device, a supplier's
delivery note its supplier) follows the other's links by itself.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

import orjson

from audit.ledger.types import Entry
from audit.store import tables as t
from audit.store.projection.batch import Batch
from audit.store.projection.registry import projects
from base.errors import Misuse, message

_CONTAINERS: Final = {"lot": "device", "delivery": "party"}
"""Type of an identifier that contains another, and the type of the one inside."""

_LINKED_CONTAINERS: Final = (
    "SELECT a, b FROM read_link WHERE log_id = ? AND to_seq IS NULL"
    " AND (a >= 'lot:' AND a < 'lot;' OR a >= 'delivery:' AND a < 'delivery;')"
)
"""Links join identifiers of one type, so the type of one end is the type of both."""
LINK_TYPES = message(
    "store.link_types",
    zh="“{a}”与“{b}”不是同一类对象，不能关联",
    en="'{a}' and '{b}' are not subjects of one type and cannot be linked",
)


def owner(identifier: str) -> str | None:
    """The identifier inside this one: a lot's device, a delivery note's supplier."""
    kind, _, rest = identifier.partition(":")
    inner = _CONTAINERS.get(kind)
    head, slash, _ = rest.rpartition("/")
    if inner is None or not slash:
        return None
    return f"{inner}:{_unescape(head) if kind == 'delivery' else head}"


def moved_to(identifier: str, new_owner: str) -> str:
    """The same lot or delivery note under another name of its owner."""
    kind, _, rest = identifier.partition(":")
    head = new_owner.partition(":")[2]
    tail = rest.rpartition("/")[2]
    return f"{kind}:{_escape(head) if kind == 'delivery' else head}/{tail}"


def _contained_prefixes(identifier: str) -> list[str]:
    """What the identifiers begin with that contain this one."""
    kind, _, rest = identifier.partition(":")
    if kind == "device":
        return [f"lot:{rest}/"]
    return [f"delivery:{_escape(rest)}/"] if kind == "party" else []


def rank(identifier: str) -> tuple[bool, str, str]:
    """Order in which identifiers are preferred as a subject's id: codes before names."""
    inner = owner(identifier)
    named = ":name:" in (inner or identifier)
    if inner is None:
        return named, identifier, ""
    return named, inner, identifier.rpartition("/")[2]


def first_seen(batch: Batch, seen: dict[str, int]) -> None:
    """Give every identifier that has none its row: its own subject, or its owner's way."""
    known = {
        row[0]
        for row in batch.peek(
            "SELECT identifier FROM read_subject WHERE log_id = ? AND identifier IN :many"
            " AND to_seq IS NULL",
            list(seen),
        )
    }
    new = [identifier for identifier in seen if identifier not in known]
    contained = {identifier: own for identifier in new if (own := owner(identifier))}
    labels = _labels_of_contained(batch, contained) if contained else {}
    for identifier in new:
        label = labels.get(identifier, identifier)
        batch.add(t.subject, identifier, label, seen[identifier], None)


@projects("identity.linked", name="identity", revision=1)
def linked(batch: Batch, entry: Entry, payload: bytes | None) -> None:
    """{a, b, because, reason}: two identifiers are one subject, because a record says so."""
    if payload is None:
        return
    said = orjson.loads(payload)
    a, b = sorted((said["a"], said["b"]))
    if a == b or a.partition(":")[0] != b.partition(":")[0]:
        raise Misuse(LINK_TYPES, a=a, b=b)
    because = said.get("because") or entry.key
    standing = batch.query(
        "SELECT 1 FROM read_link WHERE log_id = ? AND a = ? AND b = ? AND because = ?"
        " AND to_seq IS NULL",
        a,
        b,
        because,
    )
    if standing:
        return
    batch.saw((a, b), entry.seq)
    batch.add(t.link, a, b, because, entry.seq, None)
    batch.flush()
    relabel(batch, (a, b), entry.seq)


@projects("identity.unlinked", name="identity.unlinked", revision=1)
def unlinked(batch: Batch, entry: Entry, payload: bytes | None) -> None:
    """{a, b, because?, reason}: takes back one record's word, or without `because` all of them."""
    if payload is None:
        return
    said = orjson.loads(payload)
    a, b = sorted((said["a"], said["b"]))
    because = said.get("because")
    where = "a = ? AND b = ? AND to_seq IS NULL" + (" AND because = ?" if because else "")
    values = (a, b, because) if because else (a, b)
    batch.change(
        f"UPDATE read_link SET to_seq = ? WHERE {where} AND log_id = ?",  # noqa: S608
        entry.seq,
        *values,
    )
    relabel(batch, (a, b), entry.seq)


def relabel(batch: Batch, changed: Iterable[str], seq: int) -> None:
    """After links changed: give every identifier concerned its subject, containers too."""
    batch.flush()
    done: set[str] = set()
    for start in changed:
        if start in done:
            continue
        members = component(batch, {start})
        done |= members
        label = min(members, key=rank)
        _assign(batch, dict.fromkeys(members, label), seq)
        contained = {
            row[0]: member
            for member in members
            for prefix in _contained_prefixes(member)
            for row in batch.peek(
                "SELECT identifier FROM read_subject WHERE log_id = ? AND identifier >= ?"
                " AND identifier < ? AND to_seq IS NULL",
                prefix,
                prefix[:-1] + "0",  # the character after "/"
            )
        }
        if contained:
            _assign(batch, _labels_of_contained(batch, contained), seq)


def component(batch: Batch, start: set[str]) -> set[str]:
    """Every identifier that links lead to. A container is also every name that its owner has."""
    found: set[str] = set()
    edge = set(start)
    while edge:
        for identifier in tuple(edge):
            own = owner(identifier)
            if own is not None:
                edge |= {moved_to(identifier, name) for name in component(batch, {own})}
        edge -= found
        found |= edge
        many = sorted(edge)
        forth = "SELECT b FROM read_link WHERE log_id = ? AND a IN :many AND to_seq IS NULL"
        back = "SELECT a FROM read_link WHERE log_id = ? AND b IN :many AND to_seq IS NULL"
        edge = {row[0] for row in batch.peek(forth, many) + batch.peek(back, many)} - found
    return found


def _labels_of_contained(batch: Batch, contained: dict[str, str]) -> dict[str, str]:
    """The subjects of containers, given their owners. Those that a person linked by themselves
    need the closure, and take its other members along; the rest simply go with their owner."""
    subject_of: dict[str, str] = dict(
        batch.peek(
            "SELECT identifier, subject FROM read_subject WHERE log_id = ? AND identifier IN :many"
            " AND to_seq IS NULL",
            sorted(set(contained.values())),
        )
    )
    by_hand = {_tail(end) for row in batch.peek(_LINKED_CONTAINERS) for end in row}
    labels = {}
    for identifier, own in contained.items():
        if _tail(identifier) not in by_hand:
            labels[identifier] = moved_to(identifier, subject_of.get(own, own))
        elif identifier not in labels:
            members = component(batch, {identifier})
            labels |= dict.fromkeys(members, min(members, key=rank))
    return labels


def _assign(batch: Batch, subjects: dict[str, str], seq: int) -> None:
    """Close the rows whose subject is another one now, and open new ones."""
    rows = batch.peek(
        "SELECT identifier, subject, from_seq FROM read_subject WHERE log_id = ?"
        " AND identifier IN :many AND to_seq IS NULL",
        sorted(subjects),
    )
    stale = [(i, since) for i, subject, since in rows if subject != subjects[i]]
    closed = [identifier for identifier, since in stale if since != seq]
    if closed:
        batch.change(
            "UPDATE read_subject SET to_seq = ? WHERE identifier IN :many AND to_seq IS NULL"
            " AND log_id = ?",
            seq,
            closed,
        )
    again = [identifier for identifier, since in stale if since == seq]
    if again:
        batch.change(
            "DELETE FROM read_subject WHERE identifier IN :many AND to_seq IS NULL AND log_id = ?",
            again,
        )
    for identifier, _ in stale:
        batch.add(t.subject, identifier, subjects[identifier], seq, None)
    batch.flush()


def _tail(identifier: str) -> str:
    return identifier.rpartition("/")[2]


def _escape(text: str) -> str:
    return text.replace("%", "%25").replace("/", "%2F")


def _unescape(text: str) -> str:
    return text.replace("%2F", "/").replace("%25", "%")
