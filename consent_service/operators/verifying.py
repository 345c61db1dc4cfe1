"""What lets somebody act at an operator against the events that gave it: its rules, secret keys and staff."""

from collections.abc import Sequence
from typing import Any

from consent_service.kernel.db import table_of
from consent_service.kernel.uow import UnitOfWork
from consent_service.ledger.events import EventType
from consent_service.ledger.records import Covered, Fixed, Record, Said, becomes
from consent_service.ledger.service import operator_stream
from consent_service.operators.tables import Credential, Operator, StaffRole


def _gone(_said: Fixed, _facts: Fixed) -> Said:
    return None


def _keys(uow: UnitOfWork, rows: Sequence[Any]) -> list[Record]:  # Any: rows of secret keys
    stream = operator_stream(uow.operator_id)
    return [Record(row.id, [stream], {"scopes": row.scopes, "is_revoked": row.revoked_at is not None}) for row in rows]


CREDENTIALS = Covered(
    "secret key",
    table_of(Credential),
    EventType.CREDENTIAL_CREATED,
    "credential",
    _keys,
    lambda facts: {"scopes": facts["scopes"], "is_revoked": False},
    amended={EventType.CREDENTIAL_REVOKED: becomes(is_revoked=True)},
)


def _roles(uow: UnitOfWork, rows: Sequence[Any]) -> list[Record]:  # Any: rows of roles
    stream = operator_stream(uow.operator_id)
    return [Record(row.staff_id, [stream], {"role": str(row.role)}) for row in rows]


def _role(facts: Fixed) -> Fixed:
    return {"role": facts["role"]}


STAFF = Covered(
    "role of staff",
    table_of(StaffRole),
    EventType.STAFF_ADDED,
    "staff",
    _roles,
    _role,
    amended={EventType.STAFF_ROLE_SET: lambda _said, facts: _role(facts), EventType.STAFF_REMOVED: _gone},
    id_column="staff_id",
)


def _operators(uow: UnitOfWork, rows: Sequence[Any]) -> list[Record]:  # Any: rows of operators
    return [
        Record(
            row.slug,
            [operator_stream(uow.operator_id)],
            {"rules": row.rules, "is_closed": row.closed_at is not None, "is_ended": row.ended_at is not None},
        )
        for row in rows
    ]


OPERATORS = Covered(
    "operator",
    table_of(Operator),
    EventType.OPERATOR_REGISTERED,
    "operator",
    _operators,
    lambda _facts: {"rules": {}, "is_closed": False, "is_ended": False},
    amended={
        EventType.OPERATOR_RULES_SET: lambda said, facts: said | {"rules": facts["rules"]},
        EventType.OPERATOR_END_BEGUN: becomes(is_closed=True),
        EventType.OPERATOR_ENDED: becomes(is_ended=True),
    },
    id_column="slug",
    owner_column="id",
)
