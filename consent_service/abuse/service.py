"""Counting what a network or an address does; who it is stands nowhere, and is forgotten when its room is whole."""

from datetime import datetime

from sqlalchemy import delete, select, tuple_, update
from sqlalchemy.orm import Session

from consent_service.abuse.rules import Rate, room_until
from consent_service.abuse.tables import RateUse
from consent_service.kernel.crypto import blind_index
from consent_service.kernel.db import changed_rows, insert_or_skip, table_of
from consent_service.kernel.uow import UnitOfWork

_USES = table_of(RateUse)


def take(uow: UnitOfWork, rate: Rate, who: str) -> bool:
    """Use a doer's room once, in the transaction of what is done; False, and nothing used, where none is left."""
    place = (uow.operator_id, rate.name, blind_index(uow.keys.derived("rates|v1"), f"{rate.name}|{who}"))
    here = tuple_(_USES.c.operator_id, _USES.c.rate, _USES.c.who) == tuple_(*place)
    uow.session.execute(
        insert_or_skip(uow.session, _USES).values(operator_id=place[0], rate=place[1], who=place[2], full_at=uow.now)
    )
    full_at = uow.session.scalars(select(_USES.c.full_at).where(here).with_for_update()).one()
    after = room_until(full_at, rate, uow.now)
    if after is None:
        return False
    uow.session.execute(update(_USES).where(here).values(full_at=after))
    return True


def forget_whole(session: Session, now: datetime, limit: int) -> int:
    """Forget doers who have all of their room; returns how many."""
    key = (_USES.c.operator_id, _USES.c.rate, _USES.c.who)
    whole = select(*key).where(_USES.c.full_at <= now).limit(limit)
    return changed_rows(session.execute(delete(_USES).where(tuple_(*key).in_(whole))))
