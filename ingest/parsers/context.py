"""What a parser may know besides the paper: its hash, its name, and who we are."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from audit.records.text import normalise


@dataclass(frozen=True, slots=True)
class Own:
    """Our own company as papers name it: names and credit codes. Empty: not configured."""

    names: frozenset[str] = frozenset()
    usccs: frozenset[str] = frozenset()

    @classmethod
    def of(cls, names: Iterable[str], usccs: Iterable[str] = ()) -> Own:
        """Names and codes as written anywhere."""
        return cls(frozenset(map(normalise, names)), frozenset(map(normalise, usccs)))

    def is_us(self, name: str | None, uscc: str | None = None) -> bool:
        """Whether a party on a paper is our own company."""
        if uscc and normalise(uscc) in self.usccs:
            return True
        return bool(name) and normalise(name or "") in self.names


@dataclass(frozen=True, slots=True)
class Context:
    """document: SHA-256 of the original, None when there is none. file_name: as received."""

    document: str | None = None
    file_name: str = ""
    own: Own = Own()
