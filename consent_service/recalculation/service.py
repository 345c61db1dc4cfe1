"""Deciding on a recalculation and carrying it out; a preview changes nothing."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import insert, select, update

from consent_service.deadlines.service import Law
from consent_service.deadlines.working_days import Calendar
from consent_service.duties.redating import Dates, Difference, Page, differing, redate
from consent_service.duties.rules import Case
from consent_service.duties.states import ClockKind
from consent_service.kernel.db import table_of
from consent_service.kernel.errors import ConflictError
from consent_service.kernel.ids import new_id
from consent_service.kernel.sealed_columns import SealedColumn
from consent_service.kernel.uow import UnitOfWork
from consent_service.ledger.events import EventType
from consent_service.ledger.service import append, operator_stream
from consent_service.operators.service import lock_operator
from consent_service.recalculation.states import RecalculationState
from consent_service.recalculation.tables import Recalculation
from consent_service.withdrawals.redating import recalculate as recalculate_withdrawal
from consent_service.withdrawals.rules import CASE_KIND as WITHDRAWAL

PAGE = 1000
_RUNS = table_of(Recalculation)
REASON = SealedColumn(_RUNS.c.reason_sealed)
# A kind of case whose own dates follow its duties.
_FOLLOW: Mapping[str, Callable[..., list[Difference]]] = {WITHDRAWAL: recalculate_withdrawal}


@dataclass(frozen=True, slots=True)
class RecalculationView:
    """A decision and how far it has been carried out."""

    id: UUID
    edition: str
    author: str
    reason: str
    state: RecalculationState
    seen: int
    moved: int
    approved_at: datetime
    done_at: datetime | None


def pages(uow: UnitOfWork, calendar: Calendar) -> Iterator[Page]:
    """Compute all open duties of an operator again, page by page, from their clock logs; changes nothing."""
    dates = Dates(calendar)
    after = None
    while True:
        page = differing(uow, dates, after=after, limit=PAGE)
        yield page
        after = page.last
        if after is None:
            return


def decide(uow: UnitOfWork, calendar: Calendar, *, reason: str) -> UUID:
    """Decide that open duties are dated again with an edition; the worker carries it out.

    Raises:
        ConflictError: Another one is being carried out.
    """
    lock_operator(uow)
    waiting = uow.session.scalar(
        select(_RUNS.c.id).where(_RUNS.c.operator_id == uow.operator_id, _RUNS.c.state == RecalculationState.APPROVED)
    )
    if waiting is not None:
        raise ConflictError("Another recalculation is being carried out; wait until it is done.")
    run_id = new_id(uow.now)
    uow.session.execute(
        insert(_RUNS).values(
            operator_id=uow.operator_id,
            id=run_id,
            edition=calendar.edition,
            author=str(uow.actor),
            reason_sealed=REASON.seal(uow, reason.encode(), run_id),
            state=RecalculationState.APPROVED,
            after_case=None,
            after_duty=None,
            seen=0,
            moved=0,
            approved_at=uow.now,
            done_at=None,
        )
    )
    append(
        uow,
        EventType.RECALCULATION_APPROVED,
        operator_stream(uow.operator_id),
        {"recalculation": str(run_id), "edition": calendar.edition},
    )
    return run_id


def waiting(uow: UnitOfWork) -> UUID | None:
    """Return the recalculation that is to be carried out."""
    found: UUID | None = uow.session.scalar(
        select(_RUNS.c.id).where(_RUNS.c.operator_id == uow.operator_id, _RUNS.c.state == RecalculationState.APPROVED)
    )
    return found


def next_page(uow: UnitOfWork, run_id: UUID, dates: Dates) -> tuple[Page, str]:
    """Return the page that a recalculation has come to, and the reason it was decided for.

    Raises:
        ConflictError: Another edition was decided on than the one at hand.
    """
    run = uow.session.execute(select(_RUNS).where(_RUNS.c.operator_id == uow.operator_id, _RUNS.c.id == run_id)).one()
    if run.edition != dates.calendar.edition:
        raise ConflictError(
            f"Edition {run.edition} was decided on, but {dates.calendar.edition} is at hand: decide again."
        )
    after = None if run.after_case is None else (run.after_case, run.after_duty)
    reason = REASON.open(uow, run.reason_sealed, run_id).decode()
    return differing(uow, dates, after=after, limit=PAGE), reason


def move_case(uow: UnitOfWork, case: Case, law: Law, *, reason: str) -> int:
    """Date one case again, with what follows its dates; returns how many duties moved."""
    follow = _FOLLOW.get(case.kind)
    if follow is not None:
        return len(follow(uow, case.id, reason=reason, law=law))
    return len(redate(uow, case, law.calendar, kind=ClockKind.RECALCULATED, reason=reason))


def page_done(uow: UnitOfWork, run_id: UUID, page: Page, moved: int) -> None:
    """Remember how far a recalculation has come; it is done after the last page."""
    after_case, after_duty = page.last or (None, None)
    uow.session.execute(
        update(_RUNS)
        .where(_RUNS.c.operator_id == uow.operator_id, _RUNS.c.id == run_id)
        .values(
            after_case=after_case,
            after_duty=after_duty,
            seen=_RUNS.c.seen + page.seen,
            moved=_RUNS.c.moved + moved,
            state=RecalculationState.APPROVED if page.last else RecalculationState.DONE,
            done_at=None if page.last else uow.now,
        )
    )
    if page.last is None:
        append(uow, EventType.RECALCULATION_DONE, run_id, {"recalculation": str(run_id)})


def give_up(uow: UnitOfWork, run_id: UUID) -> None:
    """End a recalculation that cannot go on, such as one of an edition that is no longer at hand."""
    uow.session.execute(
        update(_RUNS)
        .where(_RUNS.c.operator_id == uow.operator_id, _RUNS.c.id == run_id)
        .values(state=RecalculationState.DONE, done_at=uow.now)
    )
    append(uow, EventType.RECALCULATION_GIVEN_UP, run_id, {"recalculation": str(run_id)})


def recalculations(uow: UnitOfWork, limit: int = 20) -> list[RecalculationView]:
    """Return the latest decisions."""
    rows = uow.session.execute(
        select(_RUNS)
        .where(_RUNS.c.operator_id == uow.operator_id)
        .order_by(_RUNS.c.approved_at.desc(), _RUNS.c.id.desc())
        .limit(limit)
    )
    return [
        RecalculationView(
            row.id,
            row.edition,
            row.author,
            REASON.open(uow, row.reason_sealed, row.id).decode(),
            row.state,
            row.seen,
            row.moved,
            row.approved_at,
            row.done_at,
        )
        for row in rows
    ]
