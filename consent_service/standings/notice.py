"""Writes the notice of a change to one person."""

from datetime import datetime

from consent_service.deadlines.service import Law
from consent_service.kernel.errors import NotFoundError
from consent_service.kernel.uow import UnitOfWork
from consent_service.operators.queries import operator_view
from consent_service.outbox.mail import Mail
from consent_service.outbox.service import Owed
from consent_service.policies.difference import compare
from consent_service.policies.queries import Version, text_of, version_by_id
from consent_service.standings.queries import standing_row
from consent_service.standings.rules import Course, course
from consent_service.standings.states import StandingState
from consent_service.standings.words import ASK, CHANGED, COURSE, NEWS, OPENING, SUBJECT, last_day_before

_MOST_CLAUSES = 60
_TOLD_IN = frozenset({StandingState.TO_NOTIFY, StandingState.ASKED_AGAIN, StandingState.WAITING})


def change_notice(uow: UnitOfWork, owed: Owed, law: Law) -> Mail:
    """Write the notice of a change: what changed, from when, what binds, how to object.

    Raises:
        NotFoundError: The person is gone, or need not be told any more.
    """
    row = None if owed.subject_id is None else standing_row(uow, owed.subject_id, owed.case_id)
    if row is None or row.state not in _TOLD_IN:
        raise NotFoundError("The person need not be told of this change any more.")
    old, new = version_by_id(uow, row.base_version_id), version_by_id(uow, owed.case_id)
    language = owed.language
    planned = course(old.terms, new.terms, new.change_kind)
    facts = {
        "operator": operator_view(uow).name[language],
        "title": new.terms.title[language],
        "version": new.version,
        "in_force_on": new.in_force_on.strftime("%d.%m.%Y"),
    }
    body = [OPENING[language].format(**facts)]
    clauses = changed_clauses(uow, old, new, language)
    if clauses:
        shown = ", ".join(clauses[:_MOST_CLAUSES]) + (" …" if len(clauses) > _MOST_CLAUSES else "")
        body.append(CHANGED[language].format(clauses=shown))
    body.append(_what_follows(planned, language, planned.binds_at(uow.now, new.in_force_at, law.calendar)))
    return Mail(SUBJECT[language].format(**facts), "\n".join(body))


def changed_clauses(uow: UnitOfWork, old: Version, new: Version, language: str) -> list[str]:
    """Return the numbers of the clauses that differ, where both versions have a text in the language."""
    if language not in old.texts or language not in new.texts:
        return []
    before, _ = text_of(uow, old.id, language)
    after, _ = text_of(uow, new.id, language)
    return list(dict.fromkeys(change.number for change in compare(before, after)))


def _what_follows(planned: Course, language: str, binds_at: datetime | None) -> str:
    if planned.news:
        news = "\n".join(f"– {one.name[language]} ({', '.join(one.clause) or '–'})" for one in planned.news)
        return NEWS[language].format(news=news)
    if planned.rule is None or binds_at is None:
        return ASK[language]
    clause = ", ".join(planned.rule.clause)
    return COURSE[planned.rule.binds][language].format(clause=clause, on=last_day_before(binds_at))
