"""What a person takes back by itself while the consent stands: third parties, publication, abroad (art. 24(1)(5))."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import select, update

from consent_service.consents.endings import StandingChoice
from consent_service.consents.tables import ConsentChoice
from consent_service.kernel.db import table_of
from consent_service.kernel.errors import ConflictError
from consent_service.kernel.uow import UnitOfWork
from consent_service.ledger.service import instant

_CHOICES = table_of(ConsentChoice)


def withdraw_parts(uow: UnitOfWork, choice: StandingChoice, parts: Sequence[str], effective_at: datetime) -> None:
    """Stop some of what is done under a consent from an instant on.

    Raises:
        ConflictError: All of it was withdrawn before.
    """
    known = _known(uow, choice.consent_id, choice.purpose_id)
    fresh = {str(part): instant(effective_at) for part in parts if str(part) not in known}
    if not fresh:
        raise ConflictError(f"These parts were withdrawn before: {', '.join(map(str, parts))}.")
    _keep(uow, choice.consent_id, choice.purpose_id, {**known, **fresh})


def reschedule_parts(
    uow: UnitOfWork, consent_id: UUID, purpose_id: UUID, parts: Sequence[str], effective_at: datetime
) -> None:
    """Stop parts from another instant on than was said before."""
    _keep(
        uow,
        consent_id,
        purpose_id,
        {**_known(uow, consent_id, purpose_id), **dict.fromkeys(parts, instant(effective_at))},
    )


def restore_parts(uow: UnitOfWork, consent_id: UUID, purpose_id: UUID, parts: Sequence[str]) -> None:
    """Allow parts again: the withdrawal was refused or taken back."""
    known = _known(uow, consent_id, purpose_id)
    _keep(uow, consent_id, purpose_id, {part: at for part, at in known.items() if part not in parts})


def stopped_parts(withdrawn: Mapping[str, str], now: datetime) -> tuple[str, ...]:
    """Return the parts that are withdrawn at an instant, in the order of the alphabet."""
    return tuple(sorted(part for part, at in withdrawn.items() if datetime.fromisoformat(at) <= now))


def _known(uow: UnitOfWork, consent_id: UUID, purpose_id: UUID) -> Mapping[str, str]:
    found: Mapping[str, str] | None = uow.session.scalar(
        select(_CHOICES.c.withdrawn_parts).where(
            _CHOICES.c.operator_id == uow.operator_id,
            _CHOICES.c.consent_id == consent_id,
            _CHOICES.c.purpose_id == purpose_id,
        )
    )
    return found or {}


def _keep(uow: UnitOfWork, consent_id: UUID, purpose_id: UUID, parts: Mapping[str, str]) -> None:
    uow.session.execute(
        update(_CHOICES)
        .where(
            _CHOICES.c.operator_id == uow.operator_id,
            _CHOICES.c.consent_id == consent_id,
            _CHOICES.c.purpose_id == purpose_id,
        )
        .values(withdrawn_parts=dict(parts))
    )
