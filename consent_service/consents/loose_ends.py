"""People who said no: where nothing else stands of them, what was kept has no ground any more (Law 94-V art. 18)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import delete, select

from consent_service.consents.tables import LooseEnd
from consent_service.kernel.db import insert_or_skip, table_of
from consent_service.kernel.uow import UnitOfWork

_ENDS = table_of(LooseEnd)


@dataclass(frozen=True, slots=True)
class LooseEndView:
    """A refusal after which it must be looked whether anything stands."""

    consent_id: UUID
    subject_id: UUID
    since: datetime


def note_loose_end(uow: UnitOfWork, subject_id: UUID, consent_id: UUID) -> None:
    """Remember to look, from the transaction of the refusal."""
    values = {
        "operator_id": uow.operator_id,
        "consent_id": consent_id,
        "subject_id": subject_id,
        "since": uow.now,
    }
    uow.session.execute(insert_or_skip(uow.session, _ENDS).values(values))


def loose_ends(uow: UnitOfWork, limit: int) -> Sequence[LooseEndView]:
    """Return refusals after which nobody has looked yet, the earliest first."""
    rows = uow.session.execute(
        select(_ENDS.c.consent_id, _ENDS.c.subject_id, _ENDS.c.since)
        .where(_ENDS.c.operator_id == uow.operator_id)
        .order_by(_ENDS.c.since)
        .limit(limit)
    )
    return [LooseEndView(*row) for row in rows]


def tied(uow: UnitOfWork, consent_id: UUID) -> None:
    """Forget a loose end: it was looked at."""
    uow.session.execute(delete(_ENDS).where(_ENDS.c.operator_id == uow.operator_id, _ENDS.c.consent_id == consent_id))
