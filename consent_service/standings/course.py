"""What every change of a standing does: lock it, move it by an arrow of the machine, and record it."""

from collections.abc import Mapping
from uuid import UUID

from sqlalchemy import select

from consent_service.kernel.errors import TransitionError
from consent_service.kernel.uow import UnitOfWork
from consent_service.ledger.events import EventType
from consent_service.ledger.service import append
from consent_service.policies.queries import Version, version_by_id
from consent_service.standings.rules import Course, course
from consent_service.standings.states import MOVES, StandingState
from consent_service.standings.tables import Standing


def lock_standing(uow: UnitOfWork, subject_id: UUID, version_id: UUID) -> Standing | None:
    """Return a standing, locked until the transaction ends; the caller holds the lock of the person."""
    return uow.session.scalar(
        select(Standing)
        .where(
            Standing.operator_id == uow.operator_id,
            Standing.subject_id == subject_id,
            Standing.version_id == version_id,
        )
        .with_for_update()
        .execution_options(populate_existing=True)
    )


def move(uow: UnitOfWork, standing: Standing, to: StandingState, facts: Mapping[str, object]) -> None:
    """Move a standing to another state and record it.

    Raises:
        TransitionError: The machine has no such arrow.
    """
    if to not in MOVES[standing.state]:
        raise TransitionError(f"The standing is {standing.state}; it cannot become {to}.")
    standing.state = to
    standing.changed_at = uow.now
    uow.session.flush()
    note_standing(uow, standing.subject_id, version_by_id(uow, standing.version_id), to, facts)


def note_standing(
    uow: UnitOfWork, subject_id: UUID, version: Version, state: StandingState, facts: Mapping[str, object]
) -> None:
    """Record in the ledger where a person stands; the caller holds the lock of the person."""
    append(
        uow,
        EventType.STANDING_CHANGED,
        subject_id,
        {"document": version.name, "version": version.version, "state": str(state), **facts},
    )


def course_of(uow: UnitOfWork, standing: Standing) -> Course:
    """Work out again what the version asks of somebody bound by the base version."""
    old, new = version_by_id(uow, standing.base_version_id), version_by_id(uow, standing.version_id)
    return course(old.terms, new.terms, new.change_kind)
