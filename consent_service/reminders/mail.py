"""Writes reminders and digests when they are sent: what has been met meanwhile is left out."""

from collections.abc import Sequence
from datetime import date, datetime
from uuid import UUID

from consent_service.deadlines.catalogue import Catalogue
from consent_service.deadlines.periods import Period, Unit
from consent_service.deadlines.rules import almaty_day
from consent_service.duties.queries import BindingDuty, binding, still_binding
from consent_service.kernel.errors import NotFoundError
from consent_service.kernel.uow import UnitOfWork
from consent_service.outbox.mail import Mail
from consent_service.outbox.service import Owed
from consent_service.reminders.entries import Writing
from consent_service.reminders.rules import days_late
from consent_service.reminders.states import ReminderKind
from consent_service.reminders.words import DIGEST_OPENING, DIGEST_SUBJECT, FOOT, LATE, MORE, OPENING, SUBJECT

SOONEST = 20  # duties named in a digest


def reminder_mail(uow: UnitOfWork, owed: Owed, catalogue: Catalogue, base_url: str) -> Mail:
    """Write one reminder.

    Raises:
        NotFoundError: Nothing of it is owed any more.
    """
    writing = Writing.of(uow, owed.language, catalogue, base_url)
    kind, named = ReminderKind(owed.facts["kind"]), owed.facts["duties"].split(",")
    duties = still_binding(uow, [UUID(one) for one in named])
    if not duties:
        raise NotFoundError("Nothing of this reminder is owed any more.")
    more = int(owed.facts["count"]) - len(named)
    first = duties[0].due_on
    subject = SUBJECT[kind][owed.language].format(
        count=len(duties) + more,
        operator=writing.operator,
        on=_day(date.fromisoformat(owed.facts["on"])),
        first=_day(first),
        late=_late(first, uow.now, owed.language),
    )
    return Mail(subject, _body(writing, OPENING[kind][owed.language], duties, more, uow.now))


def digest_mail(uow: UnitOfWork, owed: Owed, catalogue: Catalogue, base_url: str) -> Mail:
    """Write the digest of a day: its counts, and the soonest of what is owed now."""
    writing = Writing.of(uow, owed.language, catalogue, base_url)
    facts = dict(owed.facts) | {name: _day(date.fromisoformat(owed.facts[name])) for name in ("on", "since")}
    subject = DIGEST_SUBJECT[owed.language].format(**facts, operator=writing.operator)
    duties = binding(uow, limit=SOONEST)
    more = max(0, int(facts["open"]) - len(duties))
    return Mail(subject, _body(writing, DIGEST_OPENING[owed.language].format(**facts), duties, more, uow.now))


def _body(writing: Writing, opening: str, duties: Sequence[BindingDuty], more: int, now: datetime) -> str:
    parts = [writing.operator, opening, *(_entry(writing, duty, now) for duty in duties)]
    if more:
        parts.append(MORE[writing.language].format(more=more, link=writing.pages))
    parts.append(FOOT[writing.language].format(link=f"{writing.pages}reminders"))
    return "\n\n".join(parts) + "\n"


def _entry(writing: Writing, duty: BindingDuty, now: datetime) -> str:
    marks = writing.marks(duty)
    if duty.due_at <= now:
        marks = [LATE[writing.language].format(late=_late(duty.due_on, now, writing.language)), *marks]
    noted = f" ({'; '.join(marks)})" if marks else ""
    return f"{_day(duty.due_on)}{noted}\n{writing.name(duty)}\n{duty.source[writing.language]}\n{writing.link(duty)}"


def _late(due_on: date, now: datetime, language: str) -> str:
    return Period(days_late(due_on, almaty_day(now)), Unit.DAYS).in_words(language)


def _day(day: date) -> str:
    return day.strftime("%d.%m.%Y")
