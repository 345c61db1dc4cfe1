"""Writes reminders and digests.  Nothing personal is in them: duty, article, day, and where to look."""

from collections.abc import Sequence
from datetime import date
from uuid import UUID

from consent_service.deadlines.rules import almaty_day
from consent_service.deadlines.service import Law
from consent_service.duties.queries import DueDuty, binding_until, duties_by_id
from consent_service.kernel.errors import NotFoundError
from consent_service.kernel.uow import UnitOfWork
from consent_service.operators.queries import operator_slug, operator_view
from consent_service.outbox.mail import Mail
from consent_service.outbox.service import Owed
from consent_service.reminders.rules import horizon
from consent_service.reminders.states import ReminderKind
from consent_service.reminders.words import FOOT, LINE, MORE, NOTHING, OPENING, SUBJECT, UNSETTLED

SOONEST = 20


def reminder_mail(uow: UnitOfWork, owed: Owed, law: Law, base_url: str) -> Mail:
    """Write one reminder of what is still owed of the duties it was meant for.

    Raises:
        NotFoundError: Nothing of it is owed any more.
    """
    kind = ReminderKind(owed.facts["kind"])
    duties = duties_by_id(uow, [UUID(one) for one in owed.facts["duties"].split(",")])
    if not duties:
        raise NotFoundError("Nothing of this reminder is owed any more.")
    more = int(owed.facts["count"]) - len(owed.facts["duties"].split(","))
    days = (almaty_day(uow.now) - min(duty.due_on for duty in duties)).days
    subject = SUBJECT[kind][owed.language].format(count=len(duties) + more, days=days)
    return Mail(subject, _body(uow, duties, more, owed.language, law, base_url))


def digest_mail(uow: UnitOfWork, owed: Owed, law: Law, base_url: str) -> Mail:
    """Write the digest of a day: how many are late, due today and soon, and the soonest of them."""
    today = date.fromisoformat(owed.facts["on"])
    duties = list(binding_until(uow, horizon(today, law.calendar)))
    counts = {
        "late": sum(duty.due_on < today for duty in duties),
        "today": sum(duty.due_on == today for duty in duties),
        "soon": sum(duty.due_on > today for duty in duties),
    }
    subject = SUBJECT[ReminderKind.DIGEST][owed.language].format(**counts)
    more = max(0, len(duties) - SOONEST)
    return Mail(subject, _body(uow, duties[:SOONEST], more, owed.language, law, base_url))


def duty_words(duty: DueDuty, language: str, law: Law) -> str:
    """Return what a duty is called; one of a document by its document alone."""
    named = law.catalogue.name_of(duty.code)
    return named[language] if named else source_of(duty, language)


def source_of(duty: DueDuty, language: str) -> str:
    """Return the article, or the document with its clause."""
    return duty.source[language] + (f", {duty.clause}" if duty.clause else "")


def _body(uow: UnitOfWork, duties: Sequence[DueDuty], more: int, language: str, law: Law, base_url: str) -> str:
    place = f"{base_url}/dashboard/{operator_slug(uow)}/"
    lines = [OPENING[language].format(operator=operator_view(uow).name[language])]
    lines += [
        LINE[language].format(
            due_on=duty.due_on.strftime("%d.%m.%Y"),
            name=duty_words(duty, language, law),
            source=source_of(duty, language),
            mark="" if duty.settled else UNSETTLED[language],
            link=f"{place}cases/{duty.case_kind}/{duty.case_id}",
        )
        for duty in duties
    ]
    if not duties:
        lines.append(NOTHING[language])
    if more:
        lines.append(MORE[language].format(more=more, link=place))
    return "\n".join(lines) + FOOT[language].format(link=f"{place}reminders")
