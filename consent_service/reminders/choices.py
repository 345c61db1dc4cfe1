"""Who gets which messages."""

from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import select

from consent_service.kernel.db import table_of
from consent_service.kernel.uow import UnitOfWork
from consent_service.ledger.events import EventType
from consent_service.ledger.service import append, operator_stream
from consent_service.operators.access import Role
from consent_service.operators.colleagues import Colleague, colleagues
from consent_service.operators.service import lock_operator
from consent_service.reminders.rules import TOLD, Choice, usual
from consent_service.reminders.tables import ReminderChoice

_CHOICES = table_of(ReminderChoice)


@dataclass(frozen=True, slots=True)
class Recipients:
    """Who is sent what at an operator."""

    reminders: tuple[Colleague, ...]
    digest: tuple[Colleague, ...]
    of_lateness: tuple[Colleague, ...]


def recipients(uow: UnitOfWork) -> Recipients:
    """Return who is sent what; an auditor reads in the dashboard and is sent nothing."""
    rows = uow.session.execute(
        select(_CHOICES.c.staff_id, _CHOICES.c.reminders, _CHOICES.c.digest).where(
            _CHOICES.c.operator_id == uow.operator_id
        )
    )
    chosen = {row.staff_id: Choice(row.reminders, row.digest) for row in rows}
    everybody = [(one, chosen.get(one.staff_id) or usual(one.role)) for one in colleagues(uow) if one.role in TOLD]
    return Recipients(
        reminders=tuple(one for one, choice in everybody if choice.reminders),
        digest=tuple(one for one, choice in everybody if choice.digest),
        of_lateness=tuple(one for one, _ in everybody),
    )


def choice_of(uow: UnitOfWork, staff_id: UUID, role: Role) -> Choice:
    """Return which messages somebody gets at the operator."""
    row = uow.session.execute(
        select(_CHOICES.c.reminders, _CHOICES.c.digest).where(
            _CHOICES.c.operator_id == uow.operator_id, _CHOICES.c.staff_id == staff_id
        )
    ).first()
    return usual(role) if row is None else Choice(*row)


def choose(uow: UnitOfWork, staff_id: UUID, wanted: Choice) -> None:
    """Set which messages somebody gets at the operator; what is late is told in any case."""
    lock_operator(uow)
    uow.session.merge(
        ReminderChoice(operator_id=uow.operator_id, staff_id=staff_id, reminders=wanted.reminders, digest=wanted.digest)
    )
    append(
        uow,
        EventType.REMINDERS_CHOSEN,
        operator_stream(uow.operator_id),
        {"staff": str(staff_id), "reminders": wanted.reminders, "digest": wanted.digest},
    )
    uow.session.flush()
