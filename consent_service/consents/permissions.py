"""The permission check: may data of a person be processed for a purpose, now?

It is answered from what the database says at that moment: a withdrawal that was accepted anywhere is seen by the next
check on every node.  What is remembered are names alone, of purposes and versions.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import cache
from typing import Any
from uuid import UUID

from sqlalchemy import Engine, Select, and_, bindparam, select, true

from consent_service.consents.parts import stopped_parts
from consent_service.consents.queries import last_day
from consent_service.consents.rules import is_allowed, reason_for, shown_state, until_reached
from consent_service.consents.states import ConsentState
from consent_service.consents.tables import Consent, ConsentChoice
from consent_service.kernel.db import table_of
from consent_service.kernel.keys import Keyring
from consent_service.kernel.ready_statements import ReadyStatement, listed, names_of
from consent_service.kernel.uow import UnitOfWork
from consent_service.policies.queries import (
    PurposeRef,
    remembered_purposes,
    remembered_version,
    resolve_purposes,
    version_by_id,
)
from consent_service.policies.reached import reached_at
from consent_service.subjects.identity import check_ref
from consent_service.subjects.indexes import index_values
from consent_service.subjects.queries import id_of_any

_CONSENTS = table_of(Consent)
_CHOICES = table_of(ConsentChoice)


@dataclass(frozen=True, slots=True)
class PermissionItem:
    """May data of a person be processed for a purpose, now?"""

    purpose: str
    allowed: bool
    state: str
    consent_id: UUID | None
    document: str
    version: str | None
    since: datetime | None
    ends_on: date | None
    reason: str
    withdrawn_parts: tuple[str, ...] = ()


FEW = 4  # of more purposes than that all answers that rule for a person are read: they have few, names cost more


@cache
def _answers(indexes: int, purposes: int) -> Select[Any]:  # Any: columns of two tables
    """Build the read of the answers that rule for a person, by how many indexes and purposes; of 0 purposes all."""
    operator_id = bindparam("operator_id", type_=_CHOICES.c.operator_id.type)
    wanted = [bindparam(name, type_=_CHOICES.c.purpose_id.type) for name in names_of("purpose", purposes)]
    answers = (
        select(
            _CHOICES.c.purpose_id,
            _CHOICES.c.consent_id,
            _CHOICES.c.state,
            _CHOICES.c.state_since,
            _CHOICES.c.needs_consent,
            _CHOICES.c.ends_at,
            _CHOICES.c.answered_at,
            reached_at(operator_id, _CHOICES.c.purpose_id).label("reached_at"),
            _CHOICES.c.blocked_at,
            _CHOICES.c.withdrawn_parts,
            _CONSENTS.c.version_id,
        )
        .join(
            _CONSENTS,
            and_(_CONSENTS.c.operator_id == _CHOICES.c.operator_id, _CONSENTS.c.id == _CHOICES.c.consent_id),
        )
        .where(
            _CHOICES.c.operator_id == operator_id,
            _CHOICES.c.subject_id == id_of_any(operator_id, names_of("index", indexes)),
            _CHOICES.c.is_current,
        )
    )
    # IS TRUE: without statistics PostgreSQL takes an index for the purposes, and reads all people's answers by it.
    return answers.where(_CHOICES.c.purpose_id.in_(wanted).is_(true())) if wanted else answers


_READY = ReadyStatement(_answers)


def check_permissions(uow: UnitOfWork, ref: str, names: Sequence[str]) -> list[PermissionItem]:
    """Say for each purpose whether processing is allowed now; what was never asked is not allowed."""
    wanted = resolve_purposes(uow, names)
    indexes = index_values(uow.keys, uow.operator_id, check_ref(ref))
    asked = _asked(wanted)
    values = {"operator_id": uow.operator_id} | listed("index", indexes) | listed("purpose", asked)
    rows = {row.purpose_id: row for row in uow.session.execute(_answers(len(indexes), len(asked)), values)}
    versions = {row.version_id: version_by_id(uow, row.version_id).version for row in rows.values()}
    return [_permission(purpose, rows.get(purpose.id), versions, uow.now) for purpose in wanted]


def check_quickly(
    engine: Engine, single_reads: Engine, keys: Keyring, operator_id: int, ref: str, names: Sequence[str], now: datetime
) -> list[PermissionItem] | None:
    """Answer the same by one statement and no unit of work; None where a name must be looked up first.

    Raises:
        InvalidInputError: The reference cannot be one.
    """
    wanted = remembered_purposes(engine, operator_id, names, now)
    if wanted is None:
        return None
    indexes = index_values(keys, operator_id, check_ref(ref))
    asked = _asked(wanted)
    values = {"operator_id": operator_id} | listed("index", indexes) | listed("purpose", asked)
    rows = {row.purpose_id: row for row in _READY.rows(single_reads, len(indexes), len(asked), values=values)}
    versions = {}
    for row in rows.values():
        version = remembered_version(operator_id, row.version_id)
        if version is None:
            return None
        versions[row.version_id] = version.version
    return [_permission(purpose, rows.get(purpose.id), versions, now) for purpose in wanted]


def _asked(wanted: Sequence[PurposeRef]) -> list[UUID]:
    asked = list(dict.fromkeys(purpose.id for purpose in wanted))
    return asked if len(asked) <= FEW else []


def _permission(
    purpose: PurposeRef, row: Any, versions: dict[UUID, str], now: datetime
) -> PermissionItem:  # Any: a row
    document = purpose.document_name
    name = f"{document}#{purpose.code}"
    if row is None:
        return PermissionItem(name, False, "never_asked", None, document, None, None, None, "never_asked")
    state = shown_state(row.state, row.blocked_at)
    ends_at = until_reached(row.ends_at, answered_at=row.answered_at, reached_at=row.reached_at)
    allowed = is_allowed(state, needs_consent=row.needs_consent, ends_at=ends_at, now=now)
    return PermissionItem(
        name,
        allowed,
        str(state),
        row.consent_id,
        document,
        versions[row.version_id],
        row.blocked_at if state is ConsentState.BLOCKED else row.state_since,
        last_day(ends_at),
        reason_for(state, allowed=allowed, ends_at=ends_at, now=now),
        stopped_parts(row.withdrawn_parts, now),
    )
