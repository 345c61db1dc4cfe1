"""The last days of an operator: closed, so that nothing of it answers any more, and then ended for good."""

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from consent_service.kernel.db import table_of
from consent_service.kernel.errors import NotFoundError
from consent_service.kernel.uow import UnitOfWork
from consent_service.ledger.events import EventType
from consent_service.ledger.service import append, operator_stream
from consent_service.operators.known_keys import forget_credentials
from consent_service.operators.tables import Credential, Operator

_OPERATORS, _CREDENTIALS = table_of(Operator), table_of(Credential)
IS_SERVED = _OPERATORS.c.closed_at.is_(None)


def begin_closing(uow: UnitOfWork) -> None:
    """Close an operator whose row is locked: its secret keys end, no subscriber is told anything, no page answers."""
    closed = {"closed_at": uow.now, "webhook_kinds": []}
    uow.session.execute(update(_OPERATORS).where(_OPERATORS.c.id == uow.operator_id).values(closed))
    in_force = (_CREDENTIALS.c.operator_id == uow.operator_id, _CREDENTIALS.c.revoked_at.is_(None))
    revoked = update(_CREDENTIALS).where(*in_force).values(revoked_at=uow.now).returning(_CREDENTIALS.c.id)
    for credential_id in sorted(uow.session.scalars(revoked)):
        facts = {"credential": str(credential_id)}
        append(uow, EventType.CREDENTIAL_REVOKED, operator_stream(uow.operator_id), facts)
    forget_credentials(uow.session)
    uow.session.expire_all()


def close(uow: UnitOfWork) -> None:
    """Mark a closed operator as ended, and forget how it was to be reached; the row is locked."""
    ended = {"ended_at": uow.now, "contacts": {}}
    uow.session.execute(update(_OPERATORS).where(_OPERATORS.c.id == uow.operator_id).values(ended))
    uow.session.expire_all()


def check_served(session: Session, operator_id: int) -> None:
    """Refuse what is asked of an operator that is closed.

    Raises:
        NotFoundError: It is closed, or there is none.
    """
    served = select(_OPERATORS.c.id).where(_OPERATORS.c.id == operator_id, IS_SERVED)
    if session.scalar(served) is None:
        raise NotFoundError("This operator is not served here any more.")
