"""What rules now between a person and an operator: one answer a purpose, the latest."""

from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from sqlalchemy import select

from consent_service.consents.queries import last_day
from consent_service.consents.rules import is_allowed, reason_for, shown_state
from consent_service.consents.states import WITHDRAWABLE, ConsentState
from consent_service.consents.tables import Consent, ConsentChoice
from consent_service.kernel.db import table_of
from consent_service.kernel.uow import UnitOfWork

_CONSENTS, _CHOICES = table_of(Consent), table_of(ConsentChoice)


@dataclass(frozen=True, slots=True)
class CurrentAnswer:
    """The answer that rules for a purpose; ``stands``: it can be withdrawn, and its term is not over.

    ``withdrawn_parts``: what was taken back of it by itself (art. 24(1)(5)), from whatever instant on.
    """

    document_id: UUID
    version_id: UUID
    consent_id: UUID
    purpose_id: UUID
    answered_at: datetime
    state: ConsentState
    allowed: bool
    reason: str
    stands: bool
    ends_on: date | None
    withdrawn_parts: frozenset[str]


def current_answers(uow: UnitOfWork, subject_id: UUID) -> list[CurrentAnswer]:
    """Return the answers of a person that rule, the earliest first."""
    rows = uow.session.execute(
        select(_CHOICES, _CONSENTS.c.document_id, _CONSENTS.c.version_id)
        .join(
            _CONSENTS,
            (_CONSENTS.c.operator_id == _CHOICES.c.operator_id) & (_CONSENTS.c.id == _CHOICES.c.consent_id),
        )
        .where(_CHOICES.c.operator_id == uow.operator_id, _CHOICES.c.subject_id == subject_id, _CHOICES.c.is_current)
        .order_by(_CHOICES.c.answered_at, _CHOICES.c.consent_id)
    )
    found = []
    for row in rows:
        state = shown_state(row.state, row.blocked_at)
        allowed = is_allowed(state, needs_consent=row.needs_consent, ends_at=row.ends_at, now=uow.now)
        found.append(
            CurrentAnswer(
                row.document_id,
                row.version_id,
                row.consent_id,
                row.purpose_id,
                row.answered_at,
                state,
                allowed,
                reason_for(state, allowed=allowed, ends_at=row.ends_at, now=uow.now),
                row.state in WITHDRAWABLE and (row.ends_at is None or uow.now < row.ends_at),
                last_day(row.ends_at),
                frozenset(row.withdrawn_parts or ()),
            )
        )
    return found
