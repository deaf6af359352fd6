"""Who may do what: one table, default deny.

Roles are those of the design: the administrator runs the system and may neither approve nor
change evidence; quality approves; business uploads; the auditor reads. An operation that is not
in the table is refused for everybody.
"""

from __future__ import annotations

from collections.abc import Collection
from enum import StrEnum
from typing import Final

from base.errors import Misuse, Refused, message


class Role(StrEnum):
    ADMINISTRATOR = "administrator"  # 系统管理员
    QUALITY_HEAD = "quality_head"  # 质量负责人
    QUALITY_STAFF = "quality_staff"  # 质量管理人员
    BUSINESS = "business"  # 业务人员
    AUDITOR = "auditor"  # 检查员、审计员


class Operation(StrEnum):
    """What a command asks for. READ_OWN is READ of what one entered oneself."""

    INGEST = "ingest"
    READ = "read"
    READ_OWN = "read_own"
    CONFIRM = "confirm"
    CORRECT = "correct"
    RELEASE = "release"
    CHECK = "check"
    ACKNOWLEDGE = "acknowledge"
    WAIVE = "waive"
    HOLD = "hold"
    DISPOSE = "dispose"
    EXPORT = "export"
    EXPORT_FINDINGS = "export_findings"
    VERIFY = "verify"
    CHECKPOINT = "checkpoint"
    REBUILD = "rebuild"
    MANAGE_USERS = "manage_users"
    MANAGE_KEYS = "manage_keys"
    MANAGE_SOURCES = "manage_sources"
    SEE_SOURCES = "see_sources"
    SEE_POLICY = "see_policy"
    SET_POLICY = "set_policy"


_O = Operation
_QUALITY_STAFF: Final = frozenset(
    {
        _O.INGEST,
        _O.READ,
        _O.READ_OWN,
        _O.CONFIRM,
        _O.CORRECT,
        _O.RELEASE,
        _O.CHECK,
        _O.ACKNOWLEDGE,
        _O.HOLD,
        _O.EXPORT,
        _O.VERIFY,
        _O.CHECKPOINT,
        _O.SEE_SOURCES,
        _O.SEE_POLICY,
    }
)

ALLOWED: Final[dict[Role, frozenset[Operation]]] = {
    Role.ADMINISTRATOR: frozenset(
        {
            _O.MANAGE_USERS,
            _O.MANAGE_KEYS,
            _O.MANAGE_SOURCES,
            _O.SEE_SOURCES,
            _O.SEE_POLICY,
            _O.REBUILD,
            _O.VERIFY,
            _O.CHECKPOINT,
        }
    ),
    Role.QUALITY_HEAD: _QUALITY_STAFF | {_O.WAIVE, _O.DISPOSE, _O.EXPORT_FINDINGS, _O.SET_POLICY},
    Role.QUALITY_STAFF: _QUALITY_STAFF,
    Role.BUSINESS: frozenset({_O.INGEST, _O.READ_OWN, _O.SEE_POLICY}),
    Role.AUDITOR: frozenset({_O.READ, _O.READ_OWN, _O.VERIFY, _O.SEE_SOURCES, _O.SEE_POLICY}),
}

NOT_PERMITTED = message(
    "permission.denied",
    zh="用户 {user} 无权执行 {operation}（角色：{roles}）",
    en="user {user} may not {operation} (roles: {roles})",
)
UNKNOWN_ROLE = message(
    "permission.unknown_role",
    zh="没有角色 {role}；可用：{known}",
    en="there is no role {role}; known are {known}",
)
ADMINISTRATOR_ALONE = message(
    "permission.administrator_alone",
    zh="系统管理员不得兼任其他角色：管理员不得审批或更改证据",
    en="an administrator has no other role: he may neither approve nor change evidence",
)


def roles_named(names: Collection[str]) -> frozenset[Role]:
    """Roles by their names. Raises Misuse on an unknown one or none, Refused on an administrator
    with another role beside."""
    found = set()
    for name in names or ("",):
        if name not in set(Role):
            raise Misuse(UNKNOWN_ROLE, role=name or "-", known=", ".join(Role))
        found.add(Role(name))
    if Role.ADMINISTRATOR in found and len(found) > 1:
        raise Refused(ADMINISTRATOR_ALONE)
    return frozenset(found)


def permitted(roles: Collection[Role], operation: Operation) -> bool:
    """Whether the roles allow the operation. Being administrator takes away all but its own."""
    if Role.ADMINISTRATOR in roles:
        roles = {Role.ADMINISTRATOR}
    return any(operation in ALLOWED[role] for role in roles)


def demand(user: str, roles: Collection[Role], operation: Operation) -> None:
    """Raises Refused unless the operation is allowed."""
    if not permitted(roles, operation):
        raise Refused(
            NOT_PERMITTED,
            user=user,
            operation=operation.value,
            roles=", ".join(sorted(roles)) or "-",
        )
