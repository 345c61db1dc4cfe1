"""Answers that have ended: what was kept for them must go in time (Law 94-V art. 18), and somebody must look when."""

from collections.abc import Iterable, Sequence
from uuid import UUID

from sqlalchemy import delete, select

from consent_service.consents.tables import LooseEnd
from consent_service.kernel.db import insert_or_skip, table_of
from consent_service.kernel.uow import UnitOfWork

_ENDS = table_of(LooseEnd)


def note_loose_ends(uow: UnitOfWork, ended: Iterable[tuple[UUID, UUID]]) -> None:
    """Remember to look at people whose consent or other case has ended, as (person, case), in the same transaction."""
    rows = [
        {"operator_id": uow.operator_id, "consent_id": consent_id, "subject_id": subject_id, "since": uow.now}
        for subject_id, consent_id in ended
    ]
    if rows:
        uow.session.execute(insert_or_skip(uow.session, _ENDS), rows)


def take_loose_ends(uow: UnitOfWork, limit: int) -> Sequence[UUID]:
    """Take some people whom nobody has looked at yet, the earliest first: the caller looks, in this transaction."""
    rows = uow.session.execute(
        select(_ENDS.c.consent_id, _ENDS.c.subject_id)
        .where(_ENDS.c.operator_id == uow.operator_id)
        .order_by(_ENDS.c.since)
        .limit(limit)
        .with_for_update(skip_locked=True)
    ).all()
    if rows:
        looked_at = [row.consent_id for row in rows]
        uow.session.execute(
            delete(_ENDS).where(_ENDS.c.operator_id == uow.operator_id, _ENDS.c.consent_id.in_(looked_at))
        )
    return list(dict.fromkeys(row.subject_id for row in rows))
