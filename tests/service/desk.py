"""A command line to try: in this process for speed, as a child where the process matters."""

from __future__ import annotations

import contextlib
import io
import json
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from service.cli.app import run

ROOT = Path(__file__).parents[2]
PASSWORDS = {
    "admin": "administrator-1",
    "head": "quality-head-1",
    "chen": "quality-staff-1",
    "wang": "quality-staff-2",
    "li": "business-user-1",
    "inspector": "inspector-of-1",
}
ROLES = {
    "chen": "quality_staff",
    "wang": "quality_staff",
    "li": "business",
    "inspector": "auditor",
}


@dataclass(frozen=True)
class Answer:
    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return json.loads(self.out)

    @property
    def error(self) -> Any:
        return json.loads(self.err)

    @property
    def said(self) -> str:
        return self.out + self.err


@dataclass
class Desk:
    """An installation, and whoever sits before it."""

    data: Path
    state: Path

    def environment(self, **more: str) -> dict[str, str]:
        kept = {k: v for k, v in os.environ.items() if not k.startswith("DEVICETRAIL_")}
        own = {"XDG_STATE_HOME": str(self.state), "DEVICETRAIL_DATA": str(self.data)}
        return {**kept, **own, **more}

    def __call__(
        self, *arguments: object, by: str | None = None, lang: str = "en", **more: str
    ) -> Answer:
        """Run a command in this process. by: whose password is given where one is asked for."""
        out, err = io.StringIO(), io.StringIO()
        if by is not None:
            more["DEVICETRAIL_PASSWORD"] = PASSWORDS[by]
        before = dict(os.environ)
        os.environ.clear()
        os.environ.update(self.environment(DEVICETRAIL_LANG=lang, **more))
        try:
            with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
                code = run([str(word) for word in arguments])
        finally:
            os.environ.clear()
            os.environ.update(before)
        return Answer(code, out.getvalue(), err.getvalue())

    def json(self, *arguments: object, by: str | None = None) -> Any:
        """What a command answers as JSON; it must have gone as hoped."""
        answer = self(*arguments, "--json", by=by)
        assert answer.code == 0, answer.said
        return answer.json

    def sign_in(self, name: str) -> None:
        assert self("login", name, by=name).code == 0

    def child(self, *arguments: object, before: tuple[str, ...] = (), **more: str) -> Answer:
        """Run a command in a process of its own, as a person would."""
        done = subprocess.run(
            [*before, *command(), *map(str, arguments)],
            env=self.environment(DEVICETRAIL_LANG="en", **more),
            cwd=ROOT,
            capture_output=True,
            text=True,
            timeout=60,
        )
        return Answer(done.returncode, done.stdout, done.stderr)


def command() -> list[str]:
    return [sys.executable, "-c", "from service.cli import main; main()"]


def found(desk: Desk, **more: str) -> Answer:
    """`init`, with the passwords of these tests."""
    passwords = {
        "DEVICETRAIL_ADMIN_PASSWORD": PASSWORDS["admin"],
        "DEVICETRAIL_QUALITY_PASSWORD": PASSWORDS["head"],
    }
    return desk(
        "init",
        *("--organisation", "sample", "--name", "供货医疗器械有限公司"),
        *("--admin", "admin", "--quality", "head", "--quality-name", "Zhou Head"),
        **{**passwords, **more},
    )


def staff(desk: Desk) -> None:
    """Add one user of each other role."""
    desk.sign_in("admin")
    for name, role in ROLES.items():
        added = desk("user", "add", name, "--role", role, DEVICETRAIL_NEW_PASSWORD=PASSWORDS[name])
        assert added.code == 0, added.said
