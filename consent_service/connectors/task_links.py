"""The links by which mail tasks are opened: random, kept as keyed hashes, good for two weeks."""

import re
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from sqlalchemy import delete, insert, select

from consent_service.connectors.tables import MailTaskLink
from consent_service.kernel.crypto import blind_index
from consent_service.kernel.db import changed_rows, table_of
from consent_service.kernel.errors import NotFoundError
from consent_service.kernel.ids import new_token
from consent_service.kernel.uow import UnitOfWork

GOOD_FOR = timedelta(days=14)
_LINKS = table_of(MailTaskLink)
_KEY = "mail-task-link|v1"
_TOKEN = re.compile(r"([0-9a-f]{1,7})_[A-Za-z0-9_-]{43}", re.ASCII)  # 256 random bits behind the operator's number


@dataclass(frozen=True, slots=True)
class KnownLink:
    """The task that a link opens."""

    operator_id: int
    order_id: UUID
    target: str


def make_link(uow: UnitOfWork, task: tuple[UUID, str]) -> str:
    """Return a new token for a task; the ones before stay good until their own day."""
    token = new_token(f"{uow.operator_id:x}_")
    uow.session.execute(
        insert(_LINKS).values(
            operator_id=uow.operator_id,
            token_hash=_hash(uow, token),
            order_id=task[0],
            target=task[1],
            expires_at=uow.now + GOOD_FOR,
        )
    )
    return token


def find_link(uow: UnitOfWork, token: str) -> KnownLink:
    """Return the task of a token, for a unit of work that is bound to no operator yet.

    Raises:
        NotFoundError: It is unknown or over; the two look alike.
    """
    match = _TOKEN.fullmatch(token)
    row = None
    if match:
        row = uow.session.execute(
            select(_LINKS.c.operator_id, _LINKS.c.order_id, _LINKS.c.target).where(
                _LINKS.c.operator_id == int(match[1], 16),
                _LINKS.c.token_hash == _hash(uow, token),
                _LINKS.c.expires_at > uow.now,
            )
        ).first()
    if row is None:
        raise NotFoundError("There is no such task, or its link is over. The latest mail has one that is good.")
    return KnownLink(*row)


def forget_links(uow: UnitOfWork) -> int:
    """Forget links that are over; returns how many."""
    gone = uow.session.execute(
        delete(_LINKS).where(_LINKS.c.operator_id == uow.operator_id, _LINKS.c.expires_at <= uow.now)
    )
    return changed_rows(gone)


def forget_links_of(uow: UnitOfWork, task: tuple[UUID, str]) -> None:
    """Forget the links of a task."""
    uow.session.execute(
        delete(_LINKS).where(
            _LINKS.c.operator_id == uow.operator_id, _LINKS.c.order_id == task[0], _LINKS.c.target == task[1]
        )
    )


def _hash(uow: UnitOfWork, token: str) -> bytes:
    return blind_index(uow.keys.derived(_KEY), token)
