"""`init`, `login`, `logout`, `whoami`, `user …`: an installation and the people in it."""

from __future__ import annotations

from datetime import date, datetime
from pathlib import Path
from typing import Annotated, Any

import typer

from service.cli.session import (
    keep_token,
    password_of,
    read_token,
    signed_in,
    terminal_of,
    token_path,
)
from service.cli.words import argument, noun, option, verb
from service.permissions import Operation, Role

PasswordFile = Annotated[
    Path | None,
    option(
        "--password-file",
        zh="密码文件：首行为密码，或每行“用户名:密码”",
        en="File with the password on its first line, or lines name:password",
    ),
]
UserName = Annotated[str, argument("用户名", "User name")]
Roles = Annotated[
    list[str],
    option(
        "--role",
        zh=f"角色，可重复：{'、'.join(Role)}",
        en=f"Role, may be repeated: {', '.join(Role)}",
    ),
]
_COLUMNS = (
    ("user", "编号", "Id"),
    ("name", "用户名", "Name"),
    ("full_name", "姓名", "Full name"),
    ("roles", "角色", "Roles"),
    ("status", "状态", "Status"),
    ("until", "有效至", "Until"),
)


def register(app: typer.Typer) -> None:
    verb(
        app, "init", "新建数据目录、签名密钥和首批账户", "Make a data directory, key and accounts"
    )(init)
    verb(app, "login", "登录", "Sign in")(login)
    verb(app, "logout", "退出登录", "Sign out")(logout)
    verb(app, "whoami", "当前登录者及其角色", "Who is signed in, and his roles")(whoami)
    user = noun(app, "user", "用户与角色", "Users and roles")
    verb(user, "add", "新增用户", "Add a user")(add)
    verb(user, "list", "列出用户", "List users")(list_users)
    verb(user, "roles", "设定用户的角色", "Set a user's roles")(set_roles)
    verb(user, "disable", "停用用户", "Disable a user")(disable)
    verb(user, "enable", "恢复用户", "Enable a user again")(enable)
    verb(user, "password", "更改密码", "Change a password")(change_password)


def init(
    context: typer.Context,
    organisation: Annotated[
        str, option("--organisation", zh="组织代号（小写字母、数字、连字符）", en="Short key")
    ],
    organisation_name: Annotated[
        str, option("--name", zh="企业名称", en="Name of the company")
    ] = "",
    uscc: Annotated[
        str | None, option("--uscc", zh="统一社会信用代码", en="Unified social credit code")
    ] = None,
    admin: Annotated[
        str, option("--admin", zh="系统管理员用户名", en="User name of the administrator")
    ] = "admin",
    admin_name: Annotated[
        str, option("--admin-name", zh="系统管理员姓名", en="Full name of the administrator")
    ] = "",
    quality: Annotated[
        str, option("--quality", zh="质量负责人用户名", en="User name of the quality head")
    ] = "quality",
    quality_name: Annotated[
        str, option("--quality-name", zh="质量负责人姓名", en="Full name of the quality head")
    ] = "",
    password_file: PasswordFile = None,
    host: Annotated[
        str | None, option("--host", zh="账本名称中的主机名", en="Host in the log's name")
    ] = None,
    database: Annotated[
        str | None,
        option(
            "--database",
            zh="数据库地址（默认数据目录中的 SQLite）",
            en="Database address (default: SQLite in the data directory)",
        ),
    ] = None,
    originals: Annotated[
        Path | None, option("--originals", zh="原件文件夹", en="Folder of the originals")
    ] = None,
    s3_bucket: Annotated[
        str | None,
        option(
            "--s3-bucket",
            zh="原件存于 S3 存储桶（凭据取自环境变量）",
            en="Bucket for the originals (credentials from the environment)",
        ),
    ] = None,
    s3_endpoint: Annotated[
        str | None, option("--s3-endpoint", zh="S3 服务地址", en="Address of the S3 service")
    ] = None,
    key_dir: Annotated[
        Path | None,
        option(
            "--key-dir",
            zh="密钥目录；放在数据目录之外才能发现整个目录被换旧",
            en="Key directory; outside the data directory an old copy put back is noticed",
        ),
    ] = None,
) -> None:
    from service.founding import initialise
    from service.people import NewUser

    terminal = terminal_of(context)
    chosen: dict[str, Any] = {
        "organisation": organisation,
        "organisation_name": organisation_name or organisation,
        "uscc": uscc,
        "host": host,
        "database": database,
        "originals": originals and originals.absolute(),
        "key_dir": key_dir and key_dir.absolute(),
        "s3": s3_bucket and {"bucket": s3_bucket, "endpoint": s3_endpoint},
    }
    variables = ("DEVICETRAIL_ADMIN_PASSWORD", "DEVICETRAIL_QUALITY_PASSWORD")
    people = [
        NewUser(
            name,
            full_name,
            frozenset({role}),
            password_of(terminal, name, password_file, variable, new=True),
        )
        for name, full_name, role, variable in (
            (admin, admin_name, Role.ADMINISTRATOR, variables[0]),
            (quality, quality_name, Role.QUALITY_HEAD, variables[1]),
        )
    ]
    given = {key: value for key, value in chosen.items() if value is not None}
    founded = initialise(terminal.data, given, *people)
    terminal.answer(
        {
            "data": str(terminal.data),
            "origin": founded.origin,
            "vkey": founded.vkey,
            "fingerprint": founded.fingerprint,
        },
        "已建立 {data}\n账本 {origin}\n密钥指纹 {fingerprint}（请交给将来核验的人）",
        "made {data}\nlog {origin}\nkey fingerprint {fingerprint} (give it to those who verify)",
    )


def login(context: typer.Context, name: UserName, password_file: PasswordFile = None) -> None:
    from service.house import open_house

    terminal = terminal_of(context)
    with open_house(terminal.data, current=False) as house:
        password = password_of(terminal, name, password_file)
        actor, token = house.people.sign_in(name, password)
        keep_token(terminal.data, token)
    terminal.answer(
        {"user": actor.id, "name": actor.name, "roles": ", ".join(sorted(actor.roles))},
        "已登录：{name}（{roles}）",
        "signed in: {name} ({roles})",
    )


def logout(context: typer.Context) -> None:
    from service.house import open_house

    terminal = terminal_of(context)
    with open_house(terminal.data, current=False) as house:
        house.accounts.close_session(read_token(terminal.data))
    token_path(terminal.data).unlink(missing_ok=True)
    terminal.answer({"signed_out": True}, "已退出登录", "signed out")


def whoami(context: typer.Context) -> None:
    from service.house import open_house

    terminal = terminal_of(context)
    with open_house(terminal.data, current=False) as house:
        actor = house.people.actor(read_token(terminal.data))
    terminal.answer(
        {
            "user": actor.id,
            "name": actor.name,
            "full_name": actor.full_name,
            "roles": ", ".join(sorted(actor.roles)),
        },
        "{name}（{full_name}）：{roles}",
        "{name} ({full_name}): {roles}",
    )


def add(
    context: typer.Context,
    name: UserName,
    role: Roles,
    full_name: Annotated[str, option("--full-name", zh="姓名", en="Full name")] = "",
    until: Annotated[
        datetime | None,
        option("--until", zh="最后有效日", en="Last day of access", formats=["%Y-%m-%d"]),
    ] = None,
    password_file: PasswordFile = None,
) -> None:
    from service.people import NewUser
    from service.permissions import roles_named

    with signed_in(context, Operation.MANAGE_USERS) as desk:
        variable = "DEVICETRAIL_NEW_PASSWORD"
        password = password_of(desk.terminal, name, password_file, variable, new=True)
        last: date | None = until.date() if until else None
        new = NewUser(name, full_name, roles_named(role), password, last)
        user = desk.house.people.add(desk.actor.id, new)
        desk.terminal.answer({"user": user, "name": name}, "已新增 {name}", "added {name}")


def list_users(context: typer.Context) -> None:
    with signed_in(context, Operation.MANAGE_USERS) as desk:
        users = desk.house.people.listed()
        rows = ({**user.body, "status": user.status} for user in users)
        desk.terminal.table(_COLUMNS, rows)


def set_roles(context: typer.Context, name: UserName, role: Roles) -> None:
    with signed_in(context, Operation.MANAGE_USERS) as desk:
        desk.house.people.set_roles(desk.actor.id, name, role)
        said = {"name": name, "roles": ", ".join(role)}
        desk.terminal.answer(said, "{name} 的角色：{roles}", "roles of {name}: {roles}")


def disable(
    context: typer.Context,
    name: UserName,
    reason: Annotated[str, option("--reason", zh="原因", en="Reason")],
) -> None:
    with signed_in(context, Operation.MANAGE_USERS) as desk:
        desk.house.people.disable(desk.actor.id, name, reason)
        desk.terminal.answer({"name": name}, "已停用 {name}", "disabled {name}")


def enable(context: typer.Context, name: UserName) -> None:
    with signed_in(context, Operation.MANAGE_USERS) as desk:
        desk.house.people.enable(desk.actor.id, name)
        desk.terminal.answer({"name": name}, "已恢复 {name}", "enabled {name}")


def change_password(
    context: typer.Context,
    name: Annotated[
        str | None, argument("用户名，默认本人", "User name, by default one's own")
    ] = None,
    password_file: PasswordFile = None,
    new_password_file: Annotated[
        Path | None, option("--new-password-file", zh="新密码文件", en="File of the new password")
    ] = None,
) -> None:
    from service.house import open_house

    terminal = terminal_of(context)
    with open_house(terminal.data) as house:
        actor = house.people.actor(read_token(terminal.data))
        if name is None or name == actor.name:
            name = actor.name
            house.people.prove(actor, password_of(terminal, name, password_file))
        else:
            actor.demand(Operation.MANAGE_USERS)
        variable = "DEVICETRAIL_NEW_PASSWORD"
        new = password_of(terminal, name, new_password_file, variable, new=True)
        house.people.set_password(actor.id, name, new)
    terminal.answer({"name": name}, "已更改 {name} 的密码", "changed the password of {name}")
