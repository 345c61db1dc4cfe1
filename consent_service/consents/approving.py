"""Use cases that decide on an application: approving it, rejecting it (where the document wants an approval)."""

from collections.abc import Sequence
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import select, update

from consent_service.consents.loose_ends import note_loose_ends
from consent_service.consents.queries import ConsentView, consent_view
from consent_service.consents.ruling import ruling_answers
from consent_service.consents.states import ConsentState
from consent_service.consents.tables import Consent, ConsentChoice
from consent_service.consents.validity import validity
from consent_service.deadlines.working_days import Calendar
from consent_service.kernel.db import table_of
from consent_service.kernel.errors import ConflictError, NotFoundError, TransitionError
from consent_service.kernel.uow import UnitOfWork
from consent_service.ledger.events import EventType
from consent_service.ledger.service import append
from consent_service.policies.queries import version_by_id
from consent_service.subjects.service import keep_note, lock_by_id
from consent_service.webhooks.announcing import announce
from consent_service.webhooks.states import Kind

_CHOICES = table_of(ConsentChoice)


def approve(uow: UnitOfWork, consent_id: UUID, calendar: Calendar) -> ConsentView:
    """Approve an application: the approval is the acceptance, so the term runs from now.

    Raises:
        NotFoundError: There is no such consent.
        TransitionError: It does not wait for approval.
    """
    consent, pending = _lock_pending(uow, consent_id)
    version = version_by_id(uow, consent.version_id)
    codes = version.codes
    purposes = {purpose.code: purpose for purpose in version.terms.purposes}
    expires_on = {}
    for choice in pending:
        code = codes[choice.purpose_id]
        terms = validity(version.terms, purposes[code], uow.now, calendar)
        _move(uow, choice, ConsentState.ACTIVE, expires_on=terms.expires_on, ends_at=terms.ends_at)
        expires_on[code] = _day(terms.expires_on)
    facts = {"consent": str(consent_id), "expires_on": expires_on, **ruling_answers(uow, consent.subject_id)}
    append(uow, EventType.CONSENT_APPROVED, consent.subject_id, facts)
    approved = [choice.purpose_id for choice in pending]
    for kind in (Kind.CONSENT_GIVEN, Kind.PERMISSION_CHANGED):
        announce(uow, kind, consent.subject_id, approved, consent=consent_id)
    return consent_view(uow, consent_id)


def reject(uow: UnitOfWork, consent_id: UUID, reason: str | None) -> ConsentView:
    """Reject an application; the reason is sealed.

    Raises:
        NotFoundError: There is no such consent.
        TransitionError: It does not wait for approval.
    """
    consent, pending = _lock_pending(uow, consent_id)
    for choice in pending:
        _move(uow, choice, ConsentState.REJECTED)
    if reason:
        person = lock_by_id(uow, consent.subject_id)
        if person is not None:
            keep_note(uow, person, consent_id, "rejection", reason)
    note_loose_ends(uow, [(consent.subject_id, consent_id)])
    facts = {"consent": str(consent_id), **ruling_answers(uow, consent.subject_id)}
    append(uow, EventType.CONSENT_REJECTED, consent.subject_id, facts)
    return consent_view(uow, consent_id)


def _lock_pending(uow: UnitOfWork, consent_id: UUID) -> tuple[Consent, Sequence[ConsentChoice]]:
    consent = uow.session.get(Consent, (uow.operator_id, consent_id))
    if consent is None:
        raise NotFoundError("There is no such consent.")
    if lock_by_id(uow, consent.subject_id) is None:
        raise ConflictError("The person has been erased; only the proof is left.")
    choices = uow.session.scalars(
        select(ConsentChoice).where(
            ConsentChoice.operator_id == uow.operator_id,
            ConsentChoice.consent_id == consent_id,
            ConsentChoice.state == ConsentState.PENDING_APPROVAL,
        )
    ).all()
    if not choices:
        raise TransitionError("This consent does not wait for approval.")
    return consent, choices


def _move(uow: UnitOfWork, choice: ConsentChoice, to: ConsentState, **values: Any) -> None:  # Any: column values
    uow.session.execute(
        update(_CHOICES)
        .where(
            _CHOICES.c.operator_id == uow.operator_id,
            _CHOICES.c.consent_id == choice.consent_id,
            _CHOICES.c.purpose_id == choice.purpose_id,
        )
        .values(state=to, state_since=uow.now, **values)
    )
    uow.session.expire(choice)


def _day(day: date | None) -> str | None:
    return day.isoformat() if day else None
