"""Holding the rounds of a day: its digest and its reminders, each once, in one transaction with their messages."""

from collections import defaultdict
from collections.abc import Container, Sequence
from datetime import date, timedelta
from uuid import UUID

from sqlalchemy import delete, select

from consent_service.deadlines.rules import almaty_day
from consent_service.deadlines.working_days import Calendar
from consent_service.duties.queries import BindingDuty, binding, tally
from consent_service.kernel.db import changed_rows, insert_or_skip, table_of
from consent_service.kernel.ids import new_id
from consent_service.kernel.uow import UnitOfWork
from consent_service.ledger.events import EventType
from consent_service.ledger.service import append, operator_stream
from consent_service.operators.colleagues import Colleague
from consent_service.operators.queries import operator_rules
from consent_service.operators.service import lock_operator
from consent_service.outbox.service import Message, enqueue_all
from consent_service.reminders.choices import Recipients, recipients
from consent_service.reminders.rules import (
    ROUNDS,
    Today,
    begins_at,
    digest_before,
    end_of_week,
    kind_on,
    said_on,
    today,
)
from consent_service.reminders.states import ReminderKind, Round
from consent_service.reminders.tables import ReminderSent, RoundHeld
from consent_service.reminders.words import DIGEST, REMINDER

_SENT, _ROUNDS = table_of(ReminderSent), table_of(RoundHeld)
NAMED = 50  # duties named in one message; the rest are counted
PAGE = 1000
KEPT = timedelta(days=400)


def rounds_waiting(uow: UnitOfWork, calendar: Calendar) -> list[Round]:
    """Return the rounds of today whose time has come and that nobody has held yet, where there is somebody to tell."""
    on = almaty_day(uow.now)
    begun = [one for one in ROUNDS if uow.now >= begins_at(on, one)]
    if not begun:
        return []
    held = set(
        uow.session.scalars(
            select(_ROUNDS.c.round).where(_ROUNDS.c.operator_id == uow.operator_id, _ROUNDS.c.day == on)
        )
    )
    waiting = [one for one in begun if one not in held]
    if not waiting:
        return []
    who = recipients(uow)
    is_told = {Round.DIGEST: bool(who.digest) and calendar.is_working(on), Round.REMINDERS: bool(who.of_lateness)}
    return [one for one in waiting if is_told[one]]


def hold(uow: UnitOfWork, one: Round, calendar: Calendar) -> None:
    """Hold a round of today; nothing happens when somebody has held it meanwhile."""
    on = almaty_day(uow.now)
    lock_operator(uow)
    held = uow.session.execute(
        insert_or_skip(uow.session, _ROUNDS)
        .values(operator_id=uow.operator_id, day=on, round=one, held_at=uow.now)
        .returning(_ROUNDS.c.day)
    ).first()
    if held is None:
        return
    who = recipients(uow)
    if one is Round.DIGEST:
        _send_digest(uow, on, who.digest, calendar)
    else:
        _send_reminders(uow, today(on, calendar, operator_rules(uow).remind_working_days), who)


def forget_sent(uow: UnitOfWork, limit: int) -> int:
    """Forget reminders and rounds of more than a year ago; returns how many reminders."""
    before = uow.now - KEPT
    uow.session.execute(
        delete(_ROUNDS).where(_ROUNDS.c.operator_id == uow.operator_id, _ROUNDS.c.day < almaty_day(before))
    )
    oldest = uow.session.scalars(
        select(_SENT.c.sent_at)
        .where(_SENT.c.operator_id == uow.operator_id, _SENT.c.sent_at < before)
        .order_by(_SENT.c.sent_at)
        .limit(limit)
    ).all()
    if not oldest:
        return 0
    gone = uow.session.execute(
        delete(_SENT).where(_SENT.c.operator_id == uow.operator_id, _SENT.c.sent_at <= oldest[-1])
    )
    return changed_rows(gone)


def _send_digest(uow: UnitOfWork, on: date, who: Sequence[Colleague], calendar: Calendar) -> None:
    """Owe the digest; on a day with nothing to tell there is none."""
    since = digest_before(on, calendar)
    counts = tally(uow, today=on, week_ends_on=end_of_week(on), since=since)
    if not counts.open:
        return
    facts = {
        "on": on.isoformat(),
        "since": almaty_day(since).isoformat(),
        "open": str(counts.open),
        "late": str(counts.late),
        "today": str(counts.today),
        "week": str(counts.week),
        "new": str(counts.new),
    }
    _owe(uow, DIGEST, facts, who)


def _send_reminders(uow: UnitOfWork, day: Today, who: Recipients) -> None:
    """Owe one message for each kind of reminder that some duty calls for; it names the soonest and counts the rest."""
    told = {ReminderKind.BEFORE: who.reminders, ReminderKind.TODAY: who.reminders, ReminderKind.LATE: who.of_lateness}
    wanted = frozenset(kind for kind, some in told.items() if some)
    named: defaultdict[ReminderKind, list[UUID]] = defaultdict(list)
    counts: defaultdict[ReminderKind, int] = defaultdict(int)
    last: BindingDuty | None = None
    while True:
        page = binding(uow, until=day.soon_until, after=last, limit=PAGE)
        for duty_id, kind in _note(uow, day, page, wanted):
            counts[kind] += 1
            if len(named[kind]) < NAMED:
                named[kind].append(duty_id)
        if len(page) < PAGE:
            break
        last = page[-1]
    for kind, count in counts.items():
        facts = {
            "kind": str(kind),
            "on": day.on.isoformat(),
            "duties": ",".join(str(duty_id) for duty_id in named[kind]),
            "count": str(count),
        }
        _owe(uow, REMINDER, facts, told[kind])
        append(
            uow,
            EventType.REMINDERS_SENT,
            operator_stream(uow.operator_id),
            {"kind": str(kind), "on": day.on.isoformat(), "duties": count},
        )


def _note(
    uow: UnitOfWork, day: Today, duties: Sequence[BindingDuty], wanted: Container[ReminderKind | None]
) -> list[tuple[UUID, ReminderKind]]:
    """Note which duties are reminded of, for kinds that somebody wants; returns those that were not noted before."""
    called_for = [
        (duty, kind) for duty in duties if (kind := kind_on(day, duty.due_on, duty.due_at)) and kind in wanted
    ]
    if not called_for:
        return []
    rows = [
        {
            "operator_id": uow.operator_id,
            "duty_id": duty.id,
            "kind": kind,
            "day": said_on(kind, duty.due_on, day.on),
            "sent_at": uow.now,
        }
        for duty, kind in called_for
    ]
    made = set(uow.session.scalars(insert_or_skip(uow.session, _SENT).values(rows).returning(_SENT.c.duty_id)))
    return [(duty.id, kind) for duty, kind in called_for if duty.id in made]


def _owe(uow: UnitOfWork, template: str, facts: dict[str, str], who: Sequence[Colleague]) -> None:
    batch_id = new_id(uow.now)
    enqueue_all(uow, [Message(template, batch_id, one.language, facts, staff_id=one.staff_id) for one in who])
