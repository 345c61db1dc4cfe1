"""Owing the reminders of a day, once each; who wants which."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from uuid import UUID

from sqlalchemy import delete, select

from consent_service.deadlines.rules import almaty_day
from consent_service.deadlines.working_days import Calendar
from consent_service.duties.queries import DueDuty, binding_until
from consent_service.kernel.db import changed_rows, insert_or_skip, table_of
from consent_service.kernel.ids import new_id
from consent_service.kernel.uow import UnitOfWork
from consent_service.operators.service import lock_operator
from consent_service.operators.staff import in_charge
from consent_service.outbox.service import Message, enqueue_all
from consent_service.reminders.rules import DIGEST_AT, REMIND_AT, horizon, is_past, kind_on, said_on
from consent_service.reminders.states import ReminderKind
from consent_service.reminders.tables import Reminder, ReminderWish
from consent_service.reminders.words import DIGEST, REMINDER

_REMINDERS, _WISHES = table_of(Reminder), table_of(ReminderWish)
NAMED = 50  # duties named in one message; the rest are counted
KEPT = timedelta(days=400)


@dataclass(frozen=True, slots=True)
class Wish:
    """Which messages a member of staff wants at an operator."""

    reminders: bool = True
    digest: bool = True


def remind(uow: UnitOfWork, calendar: Calendar) -> int:
    """Owe whoever is in charge the reminders of today, one message a kind; returns how many duties they name.

    From 09:00 in Almaty: three working days before, on the day, and each working day while late.  What was said is
    kept with the message, so that it is said once, whoever runs this how often.
    """
    today = almaty_day(uow.now)
    if not is_past(uow.now, REMIND_AT):
        return 0
    found: defaultdict[ReminderKind, list[DueDuty]] = defaultdict(list)
    for duty in binding_until(uow, horizon(today, calendar)):
        kind = kind_on(duty.due_on, today, calendar)
        if kind is not None:
            found[kind].append(duty)
    if not found:
        return 0
    lock_operator(uow)
    staff, said = in_charge(uow), 0
    for kind, duties in found.items():
        fresh = _not_said(uow, kind, duties, today)
        said += len(fresh)
        if fresh:
            _owe(uow, kind, fresh, staff, today)
    return said


def digest(uow: UnitOfWork, calendar: Calendar) -> int:
    """Owe the digest of a working day to those in charge who want it, once each; returns to how many.

    From 08:30 in Almaty.
    """
    today = almaty_day(uow.now)
    if not is_past(uow.now, DIGEST_AT) or not calendar.is_working(today):
        return 0
    lock_operator(uow)
    owed = []
    for staff_id, language in in_charge(uow):
        if not wish_of(uow, staff_id).digest or not _say(uow, staff_id, ReminderKind.DIGEST, today):
            continue
        owed.append(Message(DIGEST, new_id(uow.now), language, {"on": today.isoformat()}, staff_id=staff_id))
    enqueue_all(uow, owed)
    return len(owed)


def wish_of(uow: UnitOfWork, staff_id: UUID) -> Wish:
    """Return which messages somebody wants; all of them where nothing was said."""
    row = uow.session.execute(
        select(_WISHES.c.reminders, _WISHES.c.digest).where(
            _WISHES.c.operator_id == uow.operator_id, _WISHES.c.staff_id == staff_id
        )
    ).first()
    return Wish() if row is None else Wish(*row)


def wish(uow: UnitOfWork, staff_id: UUID, wanted: Wish) -> None:
    """Set which messages somebody wants; what is late is told in any case."""
    uow.session.merge(
        ReminderWish(operator_id=uow.operator_id, staff_id=staff_id, reminders=wanted.reminders, digest=wanted.digest)
    )
    uow.session.flush()


def forget_said(uow: UnitOfWork) -> int:
    """Forget what was said more than a year ago."""
    gone = uow.session.execute(delete(_REMINDERS).where(_REMINDERS.c.said_on < almaty_day(uow.now) - KEPT))
    return changed_rows(gone)


def _not_said(uow: UnitOfWork, kind: ReminderKind, duties: Sequence[DueDuty], today: date) -> list[DueDuty]:
    return [duty for duty in duties if _say(uow, duty.id, kind, said_on(kind, duty.due_on, today))]


def _say(uow: UnitOfWork, about_id: UUID, kind: ReminderKind, on: date) -> bool:
    """Note a reminder as said; False where it was before."""
    made = uow.session.execute(
        insert_or_skip(uow.session, _REMINDERS)
        .values(operator_id=uow.operator_id, about_id=about_id, kind=kind, said_on=on)
        .returning(_REMINDERS.c.about_id)
    ).first()
    return made is not None


def _owe(
    uow: UnitOfWork, kind: ReminderKind, duties: Sequence[DueDuty], staff: Sequence[tuple[UUID, str]], today: date
) -> None:
    facts = {
        "kind": str(kind),
        "on": today.isoformat(),
        "duties": ",".join(str(duty.id) for duty in duties[:NAMED]),
        "count": str(len(duties)),
    }
    enqueue_all(
        uow,
        [
            Message(REMINDER, new_id(uow.now), language, facts, staff_id=staff_id)
            for staff_id, language in staff
            if kind is ReminderKind.LATE or wish_of(uow, staff_id).reminders
        ],
    )
