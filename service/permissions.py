"""Who may do what: one table, default deny.

Roles are those of the design: the administrator runs the system and may neither approve nor
change evidence; quality approves; business uploads; the auditor reads. An operation that is not
in the table is refused for everybody.
"""

from __future__ import annotations

from collections.abc import Collection
from enum import StrEnum
from typing import Final

from base.errors import Refused, message


class Role(StrEnum):
    ADMINISTRATOR = "administrator"  # 系统管理员
    QUALITY_HEAD = "quality_head"  # 质量负责人
    QUALITY_STAFF = "quality_staff"  # 质量管理人员
    BUSINESS = "business"  # 业务人员
    AUDITOR = "auditor"  # 检查员、审计员


class Operation(StrEnum):
    INGEST = "ingest"
    READ = "read"
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
    SET_POLICY = "set_policy"


_QUALITY_STAFF: Final = frozenset(
    {
        Operation.INGEST,
        Operation.READ,
        Operation.CONFIRM,
        Operation.CORRECT,
        Operation.RELEASE,
        Operation.CHECK,
        Operation.ACKNOWLEDGE,
        Operation.EXPORT,
        Operation.VERIFY,
        Operation.CHECKPOINT,
    }
)

ALLOWED: Final[dict[Role, frozenset[Operation]]] = {
    Role.ADMINISTRATOR: frozenset(
        {
            Operation.MANAGE_USERS,
            Operation.MANAGE_KEYS,
            Operation.MANAGE_SOURCES,
            Operation.REBUILD,
            Operation.VERIFY,
            Operation.CHECKPOINT,
        }
    ),
    Role.QUALITY_HEAD: _QUALITY_STAFF
    | {
        Operation.WAIVE,
        Operation.HOLD,
        Operation.DISPOSE,
        Operation.EXPORT_FINDINGS,
        Operation.SET_POLICY,
    },
    Role.QUALITY_STAFF: _QUALITY_STAFF,
    Role.BUSINESS: frozenset({Operation.INGEST, Operation.READ}),
    Role.AUDITOR: frozenset({Operation.READ, Operation.VERIFY}),
}

NOT_PERMITTED = message(
    "permission.denied",
    zh="用户 {user} 无权执行 {operation}（角色：{roles}）",
    en="user {user} may not {operation} (roles: {roles})",
)


def permitted(roles: Collection[Role], operation: Operation) -> bool:
    """Whether any of the roles allows the operation."""
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
