"""The list of projections: which function turns which entry kinds into rows, at which revision."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from audit.ledger.types import Entry
from audit.store.projection.batch import Batch

Project = Callable[[Batch, Entry, bytes | None], None]
"""Gets None for the payload of an entry that has none, or whose payload was erased."""


@dataclass(frozen=True, slots=True)
class Rule:
    """One projection. Raise `revision` when its rows would come out differently."""

    name: str
    revision: int
    project: Project


PROJECTIONS: Final[dict[str, Rule]] = {}
"""By entry kind; a kind that is not here leaves no row."""

_RECORD: Final = "record."


def projects(*kinds: str, name: str, revision: int) -> Callable[[Project], Project]:
    """Decorator: enter a projection for entry kinds. Raises ValueError on a kind taken twice."""

    def enter(project: Project) -> Project:
        rule = Rule(name, revision, project)
        for kind in kinds:
            if PROJECTIONS.setdefault(kind, rule) is not rule:
                raise ValueError(f"two projections for the entry kind {kind}")
        return project

    return enter


def rule_for(kind: str) -> Rule | None:
    """The projection of an entry kind, if it leaves rows."""
    rule = PROJECTIONS.get(kind)
    if rule is None and kind.startswith(_RECORD):
        return PROJECTIONS["record.*"]
    return rule


def revisions() -> dict[str, int]:
    """Every projection's revision in this code, by name."""
    return {rule.name: rule.revision for rule in PROJECTIONS.values()}
