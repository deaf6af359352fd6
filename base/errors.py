"""Errors with stable codes and a sentence in both languages.

A `Message` is declared once, beside the code that needs it, and registers itself in `CATALOGUE`.
The code never changes with the language; adding is allowed, renaming is not.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar, Final, Literal

Lang = Literal["zh", "en"]

CATALOGUE: Final[dict[str, Message]] = {}


@dataclass(frozen=True, slots=True)
class Message:
    """A stable code and its sentence, with `{name}` places, in Chinese and English."""

    code: str
    zh: str
    en: str

    def text(self, lang: Lang = "zh", **params: Any) -> str:
        """The sentence with its places filled. Raises KeyError when a place has no value."""
        return (self.zh if lang == "zh" else self.en).format(**params)


def message(code: str, *, zh: str, en: str) -> Message:
    """Declare a message. Raises ValueError if the code is already taken by another sentence."""
    new = Message(code, zh, en)
    if CATALOGUE.setdefault(code, new) != new:
        raise ValueError(f"message code declared twice: {code}")
    return new


class DeviceTrailError(Exception):
    """Root of every error that a person or a calling system is meant to read.

    `exit_code` is the command line's: 1 the answer is no, 2 usage, 3 integrity broken,
    4 refused, 5 not available now.
    """

    exit_code: ClassVar[int] = 1

    def __init__(self, why: Message, **params: Any) -> None:
        self.message = why
        self.params = params
        super().__init__(f"{why.code}: {why.text('en', **params)}")

    @property
    def code(self) -> str:
        return self.message.code

    def text(self, lang: Lang = "zh") -> str:
        return self.message.text(lang, **self.params)


class AnswerIsNo(DeviceTrailError):
    """The question was understood and the answer is no (findings, blocked, quarantined)."""


class Misuse(DeviceTrailError):
    """The call was wrong: a value outside its range, an unknown name, a missing argument."""

    exit_code = 2


class IntegrityBroken(DeviceTrailError):
    """Stored evidence does not agree with its proofs."""

    exit_code = 3


class Refused(DeviceTrailError):
    """Understood and not permitted: permission, limits, a rule of the house."""

    exit_code = 4


class Unavailable(DeviceTrailError):
    """Not possible now: locked, full, older than the code, a peer that does not answer."""

    exit_code = 5
