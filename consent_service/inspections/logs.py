"""The logs of a pack: everything of the period, the latest first, read page by page; people stand by their number."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from consent_service.consents.listing import ConsentFilter, list_consents
from consent_service.consents.queries import ConsentView
from consent_service.deadlines.rules import ALMATY
from consent_service.erasure.act_words import GROUNDS
from consent_service.erasure.queries import DoneOrder, orders_done_between
from consent_service.governance.names import name_of
from consent_service.incidents.queries import IncidentLine, list_incidents
from consent_service.incidents.words import CATEGORIES
from consent_service.inspections.rules import Period
from consent_service.inspections.words import WORDS
from consent_service.kernel.cursors import write_cursor
from consent_service.kernel.uow import UnitOfWork
from consent_service.letters.dispatch import repeatable_proof
from consent_service.letters.queries import LetterView, list_letters
from consent_service.policies.queries import version_by_id
from consent_service.policies.terms import DataKind
from consent_service.subject_requests.queries import RequestLine, list_requests
from consent_service.subject_requests.words import TYPES
from consent_service.subjects.queries import masked
from consent_service.withdrawals.queries import WithdrawalLine, list_withdrawals

PAGE = 500
Row = tuple[str, ...]
_DAY, _MINUTE = "%d.%m.%Y", "%d.%m.%Y %H:%M"
_FIRST = UUID(int=0)


@dataclass(frozen=True, slots=True)
class Log:
    """One log: its name in the words of the pack, and how its lines of a period are read."""

    name: str
    read: Callable[[UnitOfWork, Period, str], Iterator[Row]]


def _consents(uow: UnitOfWork, period: Period, language: str) -> Iterator[Row]:
    wanted = ConsentFilter(from_at=period.from_at, to_at=period.to_at)
    cursor: str | None = None
    while True:
        found, cursor = list_consents(uow, wanted, limit=PAGE, cursor=cursor)
        yield from (_consent(uow, one, language) for one in found)
        if cursor is None:
            return


def _consent(uow: UnitOfWork, one: ConsentView, language: str) -> Row:
    words = WORDS[language]
    terms = version_by_id(uow, one.version_id).terms
    names = {purpose.code: purpose.name[language] for purpose in terms.purposes}
    answers = [
        f"{names.get(choice.purpose, choice.purpose)}: {words['agreed' if choice.granted else 'refused']}"
        for choice in one.choices
    ]
    return (
        _minute(one.given_at),
        short(one.id),
        masked(one.subject_id),
        f"{terms.title[language]}, {one.version} ({one.language})",
        "; ".join(answers),
        name_of(one.evidence_grade, language),
    )


def _requests(uow: UnitOfWork, period: Period, language: str) -> Iterator[Row]:
    cursor: str | None = _before(period)
    while cursor is not None:
        found, cursor = list_requests(uow, limit=PAGE, cursor=cursor)
        for one in found:
            if one.received_on < period.since:
                return
            yield _request(one, language)


def _request(one: RequestLine, language: str) -> Row:
    return (
        one.received_on.strftime(_DAY),
        short(one.id),
        masked(one.subject_id),
        f"{TYPES[one.type][language]}; {name_of(one.channel, language)}",
        name_of(one.state, language),
        _day(one.decided_at),
        one.reference or "",
    )


def _withdrawals(uow: UnitOfWork, period: Period, language: str) -> Iterator[Row]:
    cursor: str | None = _before(period)
    while cursor is not None:
        found, cursor = list_withdrawals(uow, limit=PAGE, cursor=cursor)
        for one in found:
            if one.received_on < period.since:
                return
            yield _withdrawal(one, language)


def _withdrawal(one: WithdrawalLine, language: str) -> Row:
    ground = [name_of(one.bar, language)] if one.bar else []
    return (
        one.received_on.strftime(_DAY),
        short(one.id),
        masked(one.subject_id),
        f"{one.document}; {name_of(one.channel, language)}",
        f"{name_of(one.state, language)}; {one.effective_on.strftime(_DAY)}",
        "; ".join([*ground, *([one.bar_reference] if one.bar_reference else [])]),
    )


def _letters(uow: UnitOfWork, period: Period, language: str) -> Iterator[Row]:
    """Letters are numbered in their order by years, so that one of an earlier year ends it."""
    cursor: str | None = None
    while True:
        found, cursor = list_letters(uow, limit=PAGE, cursor=cursor)
        yield from (_letter(one, language) for one in found if period.holds(one.written_on))
        if cursor is None or found[-1].year < period.since.year:
            return


def _letter(one: LetterView, language: str) -> Row:
    went = [name_of(one.state, language), *([_minute(one.sent_at)] if one.sent_at else [])]
    return (
        f"{one.year}/{one.number}; {one.written_on.strftime(_DAY)}",
        name_of(one.kind, language),
        "; ".join(went),
        repeatable_proof(one.proof) or "",
    )


def _destruction(uow: UnitOfWork, period: Period, language: str) -> Iterator[Row]:
    cursor: str | None = None
    while True:
        found, cursor = orders_done_between(uow, period.from_at, period.to_at, limit=PAGE, cursor=cursor)
        yield from (_destroyed(one, language) for one in found)
        if cursor is None:
            return


def _destroyed(one: DoneOrder, language: str) -> Row:
    return (
        _minute(one.done_at),
        short(one.id),
        masked(one.subject_id),
        f"{one.ground}: {GROUNDS[one.ground][language]}",
        one.due_on.strftime(_DAY),
        _result(one.result, language),
    )


def _result(result: Mapping[str, Any], language: str) -> str:  # Any: counts by table, as stored
    words = WORDS[language]
    if "kept" in result:
        return words["kept"]
    if "already_erased_by" in result:
        return words["earlier"]
    act = f"; № {result['act']['number']}" if "act" in result else ""
    return f"{sum(result['deleted'].values())} {words['rows']}{act}"


def _incidents(uow: UnitOfWork, period: Period, language: str) -> Iterator[Row]:
    cursor: str | None = _before(period)
    while cursor is not None:
        found, cursor = list_incidents(uow, limit=PAGE, cursor=cursor)
        for one in found:
            if one.detected_on < period.since:
                return
            yield _incident(one, language)


def _incident(one: IncidentLine, language: str) -> Row:
    return (
        _minute(one.detected_at),
        short(one.id),
        "; ".join(CATEGORIES[DataKind(kind)][language] for kind in one.categories),
        "" if one.people_estimate is None else str(one.people_estimate),
        name_of(one.state, language),
        "; ".join([*([name_of(one.outcome, language)] if one.outcome else []), _day(one.closed_at)]).strip("; "),
    )


LOGS = (
    Log("consents", _consents),
    Log("requests", _requests),
    Log("withdrawals", _withdrawals),
    Log("letters", _letters),
    Log("destruction", _destruction),
    Log("incidents", _incidents),
)


def short(number: UUID) -> str:
    """Return the number of a case as papers have it."""
    return f"…{number.hex[-12:]}"


def _before(period: Period) -> str:
    """Return the place in a list, the latest first, at which a period begins."""
    return write_cursor(period.to_at, _FIRST)


def _minute(at: datetime) -> str:
    return at.astimezone(ALMATY).strftime(_MINUTE)


def _day(at: datetime | date | None) -> str:
    if at is None:
        return ""
    return (at.astimezone(ALMATY) if isinstance(at, datetime) else at).strftime(_DAY)
