"""Who is at the terminal: the session token's file, passwords, and the door of every command."""

from __future__ import annotations

import hashlib
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

from base.errors import Misuse, Refused, message
from service.cli.terminal import Terminal
from service.permissions import Operation

if TYPE_CHECKING:
    import typer

    from audit.journal import Signature
    from service.house import House
    from service.people import Actor

TOKEN_FILE_ENV: Final = "DEVICETRAIL_TOKEN_FILE"  # noqa: S105 - a variable's name
PASSWORD_ENV: Final = "DEVICETRAIL_PASSWORD"  # noqa: S105 - a variable's name

NO_PASSWORD = message(
    "cli.no_password",
    zh="需要 {name} 的密码：请在终端输入，或用 --password-file，或设置 {variable}",
    en="the password of {name} is needed: on a terminal, by --password-file, or in {variable}",
)
PASSWORD_FILE_BAD = message(
    "cli.password_file_bad",
    zh="密码文件 {path} 无法读取：{detail}",
    en="the password file {path} cannot be read: {detail}",
)


@dataclass(frozen=True, slots=True)
class Desk:
    """A command at work: its terminal, the open house, and who signed in."""

    terminal: Terminal
    house: House
    actor: Actor

    def sign(self, meaning: str, reason: str = "", password_file: Path | None = None) -> Signature:
        """The person proves again who he is. Raises Refused when he does not."""
        password = password_of(self.terminal, self.actor.name, password_file)
        return self.house.people.sign(self.actor, password, meaning, reason)


def terminal_of(context: typer.Context) -> Terminal:
    found = context.find_object(Terminal)
    assert found is not None
    return found


@contextmanager
def signed_in(
    context: typer.Context, operation: Operation, *, signing: bool = False, compare: bool = True
) -> Iterator[Desk]:
    """Open the house for one command. Raises Refused without a session or the permission."""
    from service import logs
    from service.house import open_house

    logs.to_stderr()
    terminal = terminal_of(context)
    with open_house(terminal.data, signing=signing, compare=compare) as house:
        actor = house.people.actor(read_token(terminal.data))
        actor.demand(operation)
        yield Desk(terminal, house, actor)


@contextmanager
def signed_in_to_verify(context: typer.Context) -> Iterator[Desk]:
    """The same for a verification, which opens a ledger whatever state it is in.

    An old database put back may not know the session any more: then that is what is said.
    Raises IntegrityBroken in that case, else Refused.
    """
    from audit.ledger import Log
    from service.house import open_house

    terminal = terminal_of(context)
    with open_house(terminal.data, compare=False, current=False) as house:
        try:
            actor = house.people.actor(read_token(terminal.data))
            actor.demand(Operation.VERIFY)
        except Refused:
            Log.open(house.engine, origin=house.log.origin, key_dir=house.key_dir).close()
            raise
        yield Desk(terminal, house, actor)


def token_path(data: Path) -> Path:
    """Where the session of a data directory is kept: DEVICETRAIL_TOKEN_FILE, else a file of mode
    0600 below XDG_STATE_HOME."""
    if given := os.environ.get(TOKEN_FILE_ENV):
        return Path(given)
    base = os.environ.get("XDG_STATE_HOME") or Path.home() / ".local" / "state"
    digest = hashlib.sha256(os.fsencode(data.resolve())).hexdigest()[:16]
    return Path(base) / "devicetrail" / f"session-{digest}"


def read_token(data: Path) -> str:
    """The session's token. Raises Refused when nobody signed in."""
    from service.accounts import NOT_SIGNED_IN

    try:
        return token_path(data).read_text("utf-8").strip()
    except FileNotFoundError:
        raise Refused(NOT_SIGNED_IN) from None


def keep_token(data: Path, token: str) -> Path:
    """Keep a session's token where only its owner may read it."""
    from audit.ledger.keys import write_durably

    path = token_path(data)
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    write_durably(path, f"{token}\n".encode())
    return path


def password_of(
    terminal: Terminal,
    name: str,
    file: Path | None = None,
    variable: str = PASSWORD_ENV,
    *,
    new: bool = False,
) -> str:
    """A password: from the file, the environment, or asked for on a terminal.

    The file holds it alone on its first line, or `name:password` lines for several people.
    Raises Misuse when there is none.
    """
    if file is not None:
        return _from_file(file, name)
    if given := os.environ.get(variable):
        return given
    if not sys.stdin.isatty():
        raise Misuse(NO_PASSWORD, name=name, variable=variable)
    import typer

    prompt = terminal.pick(f"{name} 的密码", f"Password of {name}")
    return str(typer.prompt(prompt, hide_input=True, confirmation_prompt=new))


def _from_file(path: Path, name: str) -> str:
    try:
        lines = path.read_text("utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise Misuse(PASSWORD_FILE_BAD, path=path, detail=error) from error
    for line in lines:
        if line.startswith(f"{name}:"):
            return line.removeprefix(f"{name}:")
    if not lines or not lines[0]:
        raise Misuse(PASSWORD_FILE_BAD, path=path, detail=name)
    return lines[0]
