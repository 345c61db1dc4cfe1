"""Blocking what stands of a person, letting it stand again, ending it for good (Law 94-V art. 25(2)(8))."""

from collections.abc import Collection
from datetime import datetime
from uuid import UUID

from sqlalchemy import select, update

from consent_service.consents.loose_ends import note_loose_ends
from consent_service.consents.states import LIVE, ConsentState
from consent_service.consents.tables import Consent, ConsentChoice
from consent_service.kernel.db import changed_rows, table_of
from consent_service.kernel.uow import UnitOfWork

_CHOICES = table_of(ConsentChoice)
_CONSENTS = table_of(Consent)


def block(uow: UnitOfWork, subject_id: UUID, document_id: UUID | None) -> int:
    """Block what stands of a person, of one document or of all; returns how many answers.

    The caller holds the lock of the person.
    """
    query = update(_CHOICES).where(
        _CHOICES.c.operator_id == uow.operator_id,
        _CHOICES.c.subject_id == subject_id,
        _CHOICES.c.is_current,
        _CHOICES.c.state.in_(LIVE),
        _CHOICES.c.blocked_at.is_(None),
    )
    if document_id is not None:
        of_document = select(_CONSENTS.c.id).where(
            _CONSENTS.c.operator_id == uow.operator_id,
            _CONSENTS.c.subject_id == subject_id,
            _CONSENTS.c.document_id == document_id,
        )
        query = query.where(_CHOICES.c.consent_id.in_(of_document))
    return changed_rows(uow.session.execute(query.values(blocked_at=uow.now)))


def block_all(uow: UnitOfWork, subject_ids: Collection[UUID], document_id: UUID) -> list[UUID]:
    """Block what stands of some people of one document; returns of whom something was blocked.

    The caller holds the locks of the people.
    """
    of_document = select(_CONSENTS.c.id).where(
        _CONSENTS.c.operator_id == uow.operator_id,
        _CONSENTS.c.subject_id.in_(subject_ids),
        _CONSENTS.c.document_id == document_id,
    )
    blocked = uow.session.scalars(
        update(_CHOICES)
        .where(
            _CHOICES.c.operator_id == uow.operator_id,
            _CHOICES.c.subject_id.in_(subject_ids),
            _CHOICES.c.is_current,
            _CHOICES.c.state.in_(LIVE),
            _CHOICES.c.blocked_at.is_(None),
            _CHOICES.c.consent_id.in_(of_document),
        )
        .values(blocked_at=uow.now)
        .returning(_CHOICES.c.subject_id)
    )
    return sorted(set(blocked))


def unblock(uow: UnitOfWork, subject_id: UUID) -> int:
    """Let everything that was blocked stand again as it is beneath; returns how many answers."""
    freed = uow.session.execute(
        update(_CHOICES)
        .where(
            _CHOICES.c.operator_id == uow.operator_id,
            _CHOICES.c.subject_id == subject_id,
            _CHOICES.c.blocked_at.is_not(None),
        )
        .values(blocked_at=None)
    )
    return changed_rows(freed)


def end_blocked(uow: UnitOfWork, subject_id: UUID) -> int:
    """End for good what was blocked: the violation is confirmed, so nothing may rest on it; returns how many."""
    ended = uow.session.execute(
        update(_CHOICES)
        .where(
            _CHOICES.c.operator_id == uow.operator_id,
            _CHOICES.c.subject_id == subject_id,
            _CHOICES.c.state.in_(LIVE),
            _CHOICES.c.blocked_at.is_not(None),
        )
        .values(state=ConsentState.WITHDRAWN, blocked_at=None, state_since=uow.now, ends_at=uow.now)
        .returning(_CHOICES.c.consent_id)
    )
    consents = ended.scalars().all()
    note_loose_ends(uow, [(subject_id, consent_id) for consent_id in set(consents)])
    return len(consents)


def end_answered_until(uow: UnitOfWork, subject_id: UUID, until: datetime) -> int:
    """End for good what a person answered up to an instant, and leave what was answered later; returns how many."""
    ended = uow.session.execute(
        update(_CHOICES)
        .where(
            _CHOICES.c.operator_id == uow.operator_id,
            _CHOICES.c.subject_id == subject_id,
            _CHOICES.c.state.in_(LIVE),
            _CHOICES.c.answered_at <= until,
        )
        .values(state=ConsentState.WITHDRAWN, blocked_at=None, state_since=uow.now, ends_at=uow.now)
    )
    return changed_rows(ended)
