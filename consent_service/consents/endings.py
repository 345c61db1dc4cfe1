"""How a consent ends and comes back: by withdrawal, by its term, by taking a withdrawal back."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, delete, select, update

from consent_service.consents.loose_ends import note_loose_ends
from consent_service.consents.rules import is_allowed
from consent_service.consents.states import OVER, WITHDRAWABLE, ConsentState
from consent_service.consents.tables import Consent, ConsentChoice
from consent_service.deadlines.rules import end_of_day
from consent_service.kernel.db import table_of
from consent_service.kernel.uow import UnitOfWork
from consent_service.storage.states import StorageStart

_CHOICES = table_of(ConsentChoice)
_CONSENTS = table_of(Consent)


@dataclass(frozen=True, slots=True)
class StandingChoice:
    """An answer that still stands."""

    consent_id: UUID
    purpose_id: UUID
    version_id: UUID
    state: ConsentState
    answered_at: datetime
    expires_on: date | None
    needs_consent: bool


@dataclass(frozen=True, slots=True)
class EndingChoice:
    """An answer whose term ends, or is over."""

    consent_id: UUID
    purpose_id: UUID
    subject_id: UUID
    expires_on: date
    ends_at: datetime
    language: str


def standing_choices(uow: UnitOfWork, subject_id: UUID, document_id: UUID, *, until: datetime) -> list[StandingChoice]:
    """Return the answers of a person that can be withdrawn from a document, the latest first.

    What was answered after ``until``, when the withdrawal was received, is a later answer: it stands.
    The caller holds the lock of the person.
    """
    rows = uow.session.execute(
        select(
            _CHOICES.c.consent_id,
            _CHOICES.c.purpose_id,
            _CONSENTS.c.version_id,
            _CHOICES.c.state,
            _CHOICES.c.answered_at,
            _CHOICES.c.expires_on,
            _CHOICES.c.needs_consent,
        )
        .join(
            _CONSENTS,
            (_CONSENTS.c.operator_id == _CHOICES.c.operator_id) & (_CONSENTS.c.id == _CHOICES.c.consent_id),
        )
        .where(
            _CHOICES.c.operator_id == uow.operator_id,
            _CHOICES.c.subject_id == subject_id,
            _CHOICES.c.is_current,
            _CHOICES.c.state.in_(WITHDRAWABLE),
            _CONSENTS.c.document_id == document_id,
            _CHOICES.c.answered_at <= until,
        )
        .order_by(_CHOICES.c.answered_at.desc(), _CHOICES.c.consent_id.desc())
    )
    return [StandingChoice(*row) for row in rows]


def standing_documents(uow: UnitOfWork, subject_id: UUID) -> dict[UUID, set[UUID]]:
    """Return the purposes that stand of a person, by the version under which the latest answer was given."""
    rows = uow.session.execute(
        select(_CONSENTS.c.document_id, _CONSENTS.c.version_id, _CHOICES.c.purpose_id)
        .join(
            _CONSENTS,
            (_CONSENTS.c.operator_id == _CHOICES.c.operator_id) & (_CONSENTS.c.id == _CHOICES.c.consent_id),
        )
        .where(
            _CHOICES.c.operator_id == uow.operator_id,
            _CHOICES.c.subject_id == subject_id,
            _CHOICES.c.is_current,
            _CHOICES.c.state.in_(WITHDRAWABLE),
        )
        .order_by(_CHOICES.c.answered_at)
    ).all()
    latest = {row.document_id: row.version_id for row in rows}
    found: dict[UUID, set[UUID]] = {version_id: set() for version_id in latest.values()}
    for row in rows:
        found[latest[row.document_id]].add(row.purpose_id)
    return found


def choice_of(uow: UnitOfWork, consent_id: UUID, purpose_id: UUID) -> StandingChoice | None:
    """Return an answer that still rules and can be withdrawn; None where it was answered again, or has ended."""
    row = uow.session.execute(
        select(
            _CHOICES.c.consent_id,
            _CHOICES.c.purpose_id,
            _CONSENTS.c.version_id,
            _CHOICES.c.state,
            _CHOICES.c.answered_at,
            _CHOICES.c.expires_on,
            _CHOICES.c.needs_consent,
        )
        .join(
            _CONSENTS,
            (_CONSENTS.c.operator_id == _CHOICES.c.operator_id) & (_CONSENTS.c.id == _CHOICES.c.consent_id),
        )
        .where(
            _CHOICES.c.operator_id == uow.operator_id,
            _CHOICES.c.consent_id == consent_id,
            _CHOICES.c.purpose_id == purpose_id,
            _CHOICES.c.is_current,
            _CHOICES.c.state.in_(WITHDRAWABLE),
        )
    ).first()
    return None if row is None else StandingChoice(*row)


def withdraw_choice(
    uow: UnitOfWork,
    choice: StandingChoice,
    *,
    received_at: datetime,
    effective_at: datetime,
    ended_by: StorageStart = StorageStart.WITHDRAWAL,
) -> None:
    """Stop a consent at an instant: at once when it is past, else pending until then.

    ``ended_by``: a withdrawal, or the end of the agreement.

    An answer that allowed nothing (implied where consent is needed, not approved yet) has nothing to run out: it ends
    at once, so that no withdrawal ever allows more than there was before.
    """
    ends = effective_at
    if choice.expires_on is not None:
        ends = min(ends, end_of_day(choice.expires_on))
    allowed = is_allowed(choice.state, needs_consent=choice.needs_consent, ends_at=None, now=uow.now)
    over = effective_at <= uow.now or not allowed
    _set(
        uow,
        choice.consent_id,
        choice.purpose_id,
        state=ConsentState.WITHDRAWN if over else ConsentState.WITHDRAWAL_PENDING,
        state_since=min(effective_at, uow.now) if over else uow.now,
        ruled_at=received_at,
        ends_at=ends,
        ended_by=ended_by,
    )


def reschedule_choice(uow: UnitOfWork, consent_id: UUID, purpose_id: UUID, *, effective_at: datetime) -> bool:
    """Let a pending withdrawal end the consent at another instant; False where the person has answered again."""
    expires_on = _expires_on(uow, consent_id, purpose_id)
    ends = effective_at if expires_on is None else min(effective_at, end_of_day(expires_on))
    return _set(uow, consent_id, purpose_id, only=(ConsentState.WITHDRAWAL_PENDING,), ends_at=ends)


def finish_withdrawal(uow: UnitOfWork, consent_id: UUID, purpose_id: UUID, *, effective_at: datetime) -> bool:
    """Turn a pending withdrawal into a withdrawn consent; False where the person has answered again since."""
    return _set(
        uow,
        consent_id,
        purpose_id,
        only=(ConsentState.WITHDRAWAL_PENDING, ConsentState.WITHDRAWN),
        state=ConsentState.WITHDRAWN,
        state_since=effective_at,
    )


def restore_choice(
    uow: UnitOfWork, consent_id: UUID, purpose_id: UUID, state: ConsentState, *, ruled_at: datetime | None = None
) -> bool:
    """Put a withdrawn or pending consent back to what it was; False where the person has answered again since.

    ``ruled_at``: when the person took the withdrawal back; None where it was refused, which is no act of theirs.
    """
    expires_on = _expires_on(uow, consent_id, purpose_id)
    return _set(
        uow,
        consent_id,
        purpose_id,
        only=(ConsentState.WITHDRAWAL_PENDING, ConsentState.WITHDRAWN),
        state=state,
        state_since=uow.now,
        ruled_at=_CHOICES.c.answered_at if ruled_at is None else ruled_at,
        ended_by=None,
        ends_at=None if expires_on is None else end_of_day(expires_on),
    )


def is_current(uow: UnitOfWork, consent_id: UUID, purpose_id: UUID) -> bool:
    """Say whether an answer is still the one that rules."""
    return bool(
        uow.session.scalar(
            select(_CHOICES.c.is_current).where(
                _CHOICES.c.operator_id == uow.operator_id,
                _CHOICES.c.consent_id == consent_id,
                _CHOICES.c.purpose_id == purpose_id,
            )
        )
    )


def is_replaced(operator_id: Any, consent_id: Any, purpose_id: Any) -> ColumnElement[bool]:  # Any: columns
    """Return the condition that the person has given a later answer, for a statement of another capability."""
    return (
        select(_CHOICES.c.consent_id)
        .where(
            _CHOICES.c.operator_id == operator_id,
            _CHOICES.c.consent_id == consent_id,
            _CHOICES.c.purpose_id == purpose_id,
            ~_CHOICES.c.is_current,
        )
        .exists()
    )


def expire_choice(uow: UnitOfWork, consent_id: UUID, purpose_id: UUID, *, ended_at: datetime) -> bool:
    """End a consent whose term is over."""
    return _set(
        uow,
        consent_id,
        purpose_id,
        only=tuple(WITHDRAWABLE),
        state=ConsentState.EXPIRED,
        state_since=ended_at,
        ended_by=StorageStart.CONSENT_ENDED,
    )


def mark_renewal_offered(uow: UnitOfWork, consent_id: UUID, purpose_id: UUID) -> bool:
    """Remember that the person was offered to renew a consent before its term ends; False when it no longer stands."""
    return _set(uow, consent_id, purpose_id, only=tuple(WITHDRAWABLE), renewal_offered_at=uow.now)


def remove_proof(uow: UnitOfWork, subject_id: UUID) -> None:
    """Delete the records of an erased person whose evidence term is over."""
    for table in (_CHOICES, _CONSENTS):
        uow.session.execute(
            delete(table).where(table.c.operator_id == uow.operator_id, table.c.subject_id == subject_id)
        )


def ending_choices(uow: UnitOfWork, *, last_on: date, offered: bool | None, limit: int) -> Sequence[EndingChoice]:
    """Return current consents whose last day is at the latest ``last_on``, the earliest first.

    Args:
        uow: The unit of work.
        last_on: Almaty date.
        offered: Only those that were (True) or were not (False) offered to renew; None for both.
        limit: How many at most.
    """
    query = (
        select(
            _CHOICES.c.consent_id,
            _CHOICES.c.purpose_id,
            _CHOICES.c.subject_id,
            _CHOICES.c.expires_on,
            _CHOICES.c.ends_at,
            _CONSENTS.c.language,
        )
        .join(
            _CONSENTS,
            (_CONSENTS.c.operator_id == _CHOICES.c.operator_id) & (_CONSENTS.c.id == _CHOICES.c.consent_id),
        )
        .where(
            _CHOICES.c.operator_id == uow.operator_id,
            _CHOICES.c.is_current,
            _CHOICES.c.state.in_(WITHDRAWABLE),
            _CHOICES.c.expires_on <= last_on,
        )
    )
    if offered is not None:
        known = _CHOICES.c.renewal_offered_at
        query = query.where(known.is_not(None) if offered else known.is_(None))
    return [EndingChoice(*row) for row in uow.session.execute(query.order_by(_CHOICES.c.expires_on).limit(limit))]


def _expires_on(uow: UnitOfWork, consent_id: UUID, purpose_id: UUID) -> date | None:
    return uow.session.scalar(
        select(_CHOICES.c.expires_on).where(
            _CHOICES.c.operator_id == uow.operator_id,
            _CHOICES.c.consent_id == consent_id,
            _CHOICES.c.purpose_id == purpose_id,
        )
    )


def _set(
    uow: UnitOfWork, consent_id: UUID, purpose_id: UUID, *, only: tuple[ConsentState, ...] = (), **values: Any
) -> bool:  # Any: column values
    query = update(_CHOICES).where(
        _CHOICES.c.operator_id == uow.operator_id,
        _CHOICES.c.consent_id == consent_id,
        _CHOICES.c.purpose_id == purpose_id,
        _CHOICES.c.is_current,
    )
    if only:
        query = query.where(_CHOICES.c.state.in_(only))
    changed = uow.session.scalars(query.values(**values).returning(_CHOICES.c.subject_id)).all()
    if values.get("state") in OVER:
        note_loose_ends(uow, [(subject_id, consent_id) for subject_id in changed])
    return bool(changed)
