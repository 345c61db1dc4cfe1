"""Making, finding and ending the links by which people open their own page."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import delete, insert, select, tuple_
from sqlalchemy.orm import Session

from consent_service.kernel.bound_tokens import new_bound_token
from consent_service.kernel.crypto import blind_index
from consent_service.kernel.db import changed_rows, table_of
from consent_service.kernel.errors import NotFoundError
from consent_service.kernel.uow import UnitOfWork
from consent_service.ledger.events import EventType
from consent_service.ledger.service import append
from consent_service.preferences.states import OpenedBy
from consent_service.preferences.tables import PreferenceLink
from consent_service.subjects.queries import is_known
from consent_service.subjects.service import Person

# Long enough to read a text and decide; short enough that an address left in a history or a mailbox opens nothing.
GOOD_FOR = timedelta(hours=1)
_LINKS = table_of(PreferenceLink)


class LinkOverError(NotFoundError):
    """A link is unknown, over or ended, or its person has been erased; the four look alike."""

    code = "link-over"

    def __init__(self) -> None:
        super().__init__("There is nothing under this address, or it is over: ask for a new one.")


@dataclass(frozen=True, slots=True)
class NewLink:
    """A link that was just made; the token is shown once."""

    token: str
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class OpenLink:
    """Whose page a link opens."""

    subject_id: UUID
    opened_by: OpenedBy
    expires_at: datetime


def make_link(uow: UnitOfWork, person: Person, opened_by: OpenedBy) -> NewLink:
    """Return a link to a person's page, on record; those made before stay good until their own end.

    The caller holds the lock of the person.
    """
    token, expires_at = new_bound_token(uow.operator_id), uow.now + GOOD_FOR
    uow.session.execute(
        insert(_LINKS).values(
            operator_id=uow.operator_id,
            token_hash=_hash(uow, token),
            subject_id=person.id,
            opened_by=opened_by,
            created_at=uow.now,
            expires_at=expires_at,
        )
    )
    append(uow, EventType.PREFERENCES_LINKED, person.id, {"by": str(opened_by)})
    return NewLink(token, expires_at)


def find_link(uow: UnitOfWork, token: str) -> OpenLink:
    """Return whose page a token opens.

    Raises:
        LinkOverError: It opens nothing.
    """
    row = uow.session.execute(
        select(_LINKS.c.subject_id, _LINKS.c.opened_by, _LINKS.c.expires_at).where(
            _LINKS.c.operator_id == uow.operator_id,
            _LINKS.c.token_hash == _hash(uow, token),
            _LINKS.c.expires_at > uow.now,
        )
    ).first()
    if row is None or not is_known(uow, row.subject_id):
        raise LinkOverError
    return OpenLink(*row)


def end_link(uow: UnitOfWork, token: str) -> None:
    """End a link before its time: whoever comes with it later finds nothing."""
    uow.session.execute(
        delete(_LINKS).where(_LINKS.c.operator_id == uow.operator_id, _LINKS.c.token_hash == _hash(uow, token))
    )


def forget_links(session: Session, now: datetime, limit: int) -> int:
    """Delete links that are over; returns how many."""
    key = (_LINKS.c.operator_id, _LINKS.c.token_hash)
    over = select(*key).where(_LINKS.c.expires_at <= now).limit(limit)
    return changed_rows(session.execute(delete(_LINKS).where(tuple_(*key).in_(over))))


def _hash(uow: UnitOfWork, token: str) -> bytes:
    return blind_index(uow.keys.derived("preference-link|v1"), token)
