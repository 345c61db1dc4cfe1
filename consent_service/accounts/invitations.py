"""Invitations by mail: a link that is good once and for a few days, after which the invited person has a place."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, insert, select, update

from consent_service.accounts.resetting import begin_anew
from consent_service.accounts.tables import Invitation
from consent_service.accounts.words import BODY, INVITATION, ROLES, SUBJECT
from consent_service.deadlines.rules import ALMATY
from consent_service.kernel.bound_tokens import new_bound_token
from consent_service.kernel.crypto import blind_index
from consent_service.kernel.db import changed_rows, table_of
from consent_service.kernel.errors import InvalidInputError, NotFoundError
from consent_service.kernel.ids import new_id
from consent_service.kernel.sealed_columns import SealedColumn
from consent_service.kernel.uow import Actor, UnitOfWork
from consent_service.ledger.acting import STAFF
from consent_service.ledger.events import EventType
from consent_service.ledger.service import append, operator_stream
from consent_service.operators.access import Role
from consent_service.operators.colleagues import LANGUAGES, set_language
from consent_service.operators.queries import operator_named
from consent_service.operators.service import lock_operator
from consent_service.operators.staff import account_at, add_staff, as_address, set_password
from consent_service.outbox.mail import Mail
from consent_service.outbox.service import Message, Owed, drop_unsent, enqueue

GOOD_FOR = timedelta(days=7)
_INVITATIONS = table_of(Invitation)
INVITED = SealedColumn(_INVITATIONS.c.email_sealed)


class InvitationOverError(NotFoundError):
    """An invitation is unknown, over, used or taken back; the four look alike."""

    code = "invitation-over"

    def __init__(self) -> None:
        super().__init__("This invitation is over, was used or taken back: ask for a new one.")


@dataclass(frozen=True, slots=True, repr=False)
class OpenInvitation:
    """An invitation that waits.  ``has_account``: whoever is invited signs in here already."""

    id: UUID
    email: str
    role: Role
    expires_at: datetime
    has_account: bool


def invite(uow: UnitOfWork, email: str, role: Role, language: str, invited_by: UUID) -> UUID:
    """Owe somebody the mail that invites them.

    Raises:
        InvalidInputError: The address or the language cannot be taken.
    """
    address = as_address(email)
    if language not in LANGUAGES:
        raise InvalidInputError.of("language", f"Choose one of {', '.join(LANGUAGES)}.")
    lock_operator(uow)
    invitation_id, token, expires_at = new_id(uow.now), new_bound_token(uow.operator_id), uow.now + GOOD_FOR
    uow.session.execute(
        insert(_INVITATIONS).values(
            operator_id=uow.operator_id,
            id=invitation_id,
            token_hash=_hash(uow, token),
            email_sealed=INVITED.seal(uow, address.encode(), invitation_id),
            role=role,
            language=language,
            invited_by=invited_by,
            created_at=uow.now,
            expires_at=expires_at,
            used_at=None,
            revoked_at=None,
        )
    )
    facts = {"role": str(role), "until": expires_at.astimezone(ALMATY).strftime("%d.%m.%Y %H:%M")}
    enqueue(uow, Message(INVITATION, invitation_id, language, facts, address=address, secret=token))
    _record(uow, EventType.STAFF_INVITED, invitation_id, role)
    return invitation_id


def invitation_mail(uow: UnitOfWork, owed: Owed, base_url: str) -> Mail:
    """Write the mail that invites.

    Raises:
        NotFoundError: The invitation was taken back, or it is over.
    """
    _find(uow, owed.secret or "")
    language = owed.language
    operator = operator_named(uow).name[language]
    body = BODY[language].format(
        operator=operator,
        role=ROLES[Role(owed.facts["role"])][language],
        until=owed.facts["until"],
        link=f"{base_url}/account/invitations/{owed.secret}",
    )
    return Mail(SUBJECT[language].format(operator=operator), body)


def find_invitation(uow: UnitOfWork, token: str) -> OpenInvitation:
    """Return the invitation of a link.

    Raises:
        InvitationOverError: It opens nothing.
    """
    return _find(uow, token)


def accept(uow: UnitOfWork, token: str, password: str) -> UUID:
    """Give whoever was invited their place, and use the link up; the password of an account there is stays.

    The caller has seen that the password is the account's, where there is one.

    Raises:
        InvitationOverError: The link opens nothing.
        InvalidInputError: The password cannot be taken.
    """
    lock_operator(uow)
    invitation = _find(uow, token)
    used = update(_INVITATIONS).where(*_waiting(uow), _INVITATIONS.c.id == invitation.id)
    language = uow.session.scalar(used.values(used_at=uow.now, token_hash=None).returning(_INVITATIONS.c.language))
    if language is None:
        raise InvitationOverError
    staff_id = add_staff(uow, invitation.email, password, invitation.role)
    if not invitation.has_account:
        set_password(uow, invitation.email, password)  # where the account was closed, its old one counts no more
        begin_anew(uow, staff_id)
        set_language(uow, staff_id, language)
    theirs = replace(uow, actor=Actor(STAFF, str(staff_id)))  # nobody came in yet, but the account says who it was
    _record(theirs, EventType.INVITATION_ACCEPTED, invitation.id, invitation.role)
    return staff_id


def revoke_invitation(uow: UnitOfWork, invitation_id: UUID) -> None:
    """Take an invitation back: its link opens nothing any more.

    Raises:
        NotFoundError: There is none that waits.
    """
    lock_operator(uow)
    taken_back = update(_INVITATIONS).where(*_waiting(uow), _INVITATIONS.c.id == invitation_id)
    role = uow.session.scalar(taken_back.values(revoked_at=uow.now, token_hash=None).returning(_INVITATIONS.c.role))
    if role is None:
        raise NotFoundError("There is no such invitation that waits.")
    drop_unsent(uow, invitation_id)
    _record(uow, EventType.INVITATION_REVOKED, invitation_id, role)


def waiting_invitations(uow: UnitOfWork) -> list[OpenInvitation]:
    """Return the invitations of the operator that nobody has accepted yet, the latest first."""
    rows = uow.session.execute(
        select(_INVITATIONS).where(*_waiting(uow)).order_by(_INVITATIONS.c.created_at.desc(), _INVITATIONS.c.id)
    )
    return [_view(uow, row) for row in rows]


def forget_invitations(uow: UnitOfWork, limit: int) -> int:
    """Forget invitations of the operator that were over a term ago; returns how many."""
    old = select(_INVITATIONS.c.id).where(
        _INVITATIONS.c.operator_id == uow.operator_id, _INVITATIONS.c.expires_at <= uow.now - GOOD_FOR
    )
    gone = _INVITATIONS.delete().where(
        _INVITATIONS.c.operator_id == uow.operator_id, _INVITATIONS.c.id.in_(old.limit(limit))
    )
    return changed_rows(uow.session.execute(gone))


def _find(uow: UnitOfWork, token: str) -> OpenInvitation:
    row = uow.session.execute(
        select(_INVITATIONS).where(*_waiting(uow), _INVITATIONS.c.token_hash == _hash(uow, token))
    ).first()
    if row is None:
        raise InvitationOverError
    return _view(uow, row)


def _view(uow: UnitOfWork, row: Any) -> OpenInvitation:  # Any: a result row
    email = INVITED.open(uow, row.email_sealed, row.id).decode()
    return OpenInvitation(row.id, email, row.role, row.expires_at, account_at(uow, email) is not None)


def _waiting(uow: UnitOfWork) -> tuple[ColumnElement[bool], ...]:
    return (
        _INVITATIONS.c.operator_id == uow.operator_id,
        _INVITATIONS.c.used_at.is_(None),
        _INVITATIONS.c.revoked_at.is_(None),
        _INVITATIONS.c.expires_at > uow.now,
    )


def _record(uow: UnitOfWork, kind: EventType, invitation_id: UUID, role: Role) -> None:
    append(uow, kind, operator_stream(uow.operator_id), {"invitation": str(invitation_id), "role": str(role)})


def _hash(uow: UnitOfWork, token: str) -> bytes:
    return blind_index(uow.keys.derived("staff-invitation|v1"), token)
