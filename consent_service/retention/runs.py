"""Where runs stand: approved, ordered, carried out; and how fast."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, delete, func, select, update

from consent_service.duties.service import meet
from consent_service.erasure.approvals import decision_on
from consent_service.erasure.counts import is_run_open, orders_of_run
from consent_service.erasure.service import ERASING_ACTIONS
from consent_service.erasure.states import OPEN, ApprovalState, OrderState
from consent_service.kernel.db import changed_rows, table_of
from consent_service.kernel.errors import NotFoundError
from consent_service.kernel.uow import UnitOfWork
from consent_service.retention.states import OPEN_RUNS, RunState
from consent_service.retention.tables import UNORDERED_ROWS, RetentionPart, RetentionRun, RetentionWalk

_RUNS, _PARTS, _WALKS = table_of(RetentionRun), table_of(RetentionPart), table_of(RetentionWalk)


@dataclass(frozen=True, slots=True)
class OpenRun:
    """A run that goes on: for whom it was announced, on which day."""

    id: UUID
    on_day: date
    people: int
    state: RunState


@dataclass(frozen=True, slots=True)
class RunView:
    """A run as shown.

    ``orders``: by their state.  ``ends_at``: when it will be done at the rate so far; None where nobody can say.
    """

    id: UUID
    on_day: date
    state: RunState
    people: int
    due_on: date | None
    counts: Mapping[str, Any]  # Any: JSON values
    opened_by: str
    opened_at: datetime
    ordered_at: datetime | None
    done_at: datetime | None
    looked_at: int
    ordered: int
    held: int
    orders: Mapping[OrderState, int]
    ends_at: datetime | None

    @property
    def done(self) -> int:
        """How many people the run is done with."""
        return sum(count for state, count in self.orders.items() if state not in OPEN)


_OPEN = [_RUNS.c[name] for name in OpenRun.__dataclass_fields__]
_AFTER = {ApprovalState.APPROVED: RunState.ORDERING, ApprovalState.REJECTED: RunState.REJECTED}
_SHOWN = ("id", "on_day", "state", "people", "due_on", "counts", "opened_by", "opened_at", "ordered_at", "done_at")


def unordered_run(uow: UnitOfWork) -> OpenRun | None:
    """Return the run that waits for its approval or is being ordered."""
    row = uow.session.execute(select(*_OPEN).where(_RUNS.c.operator_id == uow.operator_id, UNORDERED_ROWS)).first()
    return None if row is None else OpenRun(*row)


def open_runs(uow: UnitOfWork) -> list[OpenRun]:
    """Return the runs that are not over, the earliest first."""
    rows = uow.session.execute(
        select(*_OPEN)
        .where(_RUNS.c.operator_id == uow.operator_id, _RUNS.c.state.in_(OPEN_RUNS))
        .order_by(_RUNS.c.opened_at, _RUNS.c.id)
    )
    return [OpenRun(*row) for row in rows]


def was_opened_since(uow: UnitOfWork, since: datetime) -> bool:
    """Say whether a run was opened since an instant."""
    query = select(_RUNS.c.id).where(_RUNS.c.operator_id == uow.operator_id, _RUNS.c.opened_at >= since).limit(1)
    return uow.session.scalar(query) is not None


def follow_approval(uow: UnitOfWork, run: OpenRun) -> RunState:
    """Let a run that waits go on, or end, as was decided; returns where it stands."""
    if run.state is not RunState.WAITING:
        return run.state
    state = _decided(uow, run.id)
    if state is RunState.ORDERING:
        _move(uow, run.id, RunState.WAITING, state)
    if state is RunState.REJECTED:
        _move(uow, run.id, RunState.WAITING, state, done_at=uow.now)
    return state


def end_ordering(uow: UnitOfWork, run_id: UUID) -> None:
    """Note that everybody of a run is ordered; nothing happens where that was noted before."""
    _move(uow, run_id, RunState.ORDERING, RunState.ORDERED, ordered_at=uow.now)


def end_if_done(uow: UnitOfWork, run_id: UUID) -> bool:
    """End a run whose orders are all done or cancelled; its duty is met then."""
    if is_run_open(uow, run_id):
        return False
    if _move(uow, run_id, RunState.ORDERED, RunState.DONE, done_at=uow.now):
        meet(uow, run_id, ERASING_ACTIONS)
    return True


def list_runs(uow: UnitOfWork, limit: int = 20) -> list[RunView]:
    """Return the latest runs."""
    rows = uow.session.execute(
        select(*(_RUNS.c[name] for name in _SHOWN))
        .where(_RUNS.c.operator_id == uow.operator_id)
        .order_by(_RUNS.c.opened_at.desc(), _RUNS.c.id.desc())
        .limit(limit)
    ).all()
    return [_view(uow, row) for row in rows]


def run_view(uow: UnitOfWork, run_id: UUID) -> RunView:
    """Return one run with its progress.

    Raises:
        NotFoundError: The operator has none with this id.
    """
    row = uow.session.execute(
        select(*(_RUNS.c[name] for name in _SHOWN)).where(_RUNS.c.operator_id == uow.operator_id, _RUNS.c.id == run_id)
    ).first()
    if row is None:
        raise NotFoundError("There is no such run.")
    return _view(uow, row)


def forget_runs(uow: UnitOfWork, before: datetime, limit: int) -> int:
    """Forget runs, and walks through documents, that were over before an instant; returns how many runs."""
    old = list(
        uow.session.scalars(
            select(_RUNS.c.id).where(_RUNS.c.operator_id == uow.operator_id, _RUNS.c.done_at < before).limit(limit)
        )
    )
    for table, of_run in ((_PARTS, _PARTS.c.run_id), (_RUNS, _RUNS.c.id)):
        uow.session.execute(delete(table).where(table.c.operator_id == uow.operator_id, of_run.in_(old)))
    uow.session.execute(delete(_WALKS).where(_WALKS.c.operator_id == uow.operator_id, _WALKS.c.over_at < before))
    return len(old)


def _decided(uow: UnitOfWork, run_id: UUID) -> RunState:
    """Return where a run that waits goes on to, by what was decided on it."""
    decided = decision_on(uow, run_id)
    return RunState.WAITING if decided is None else _AFTER.get(decided, RunState.WAITING)


def _view(uow: UnitOfWork, row: Any) -> RunView:  # Any: a result row
    parts = uow.session.execute(
        select(
            func.coalesce(func.sum(_PARTS.c.looked_at), 0),
            func.coalesce(func.sum(_PARTS.c.ordered), 0),
            func.coalesce(func.sum(_PARTS.c.held), 0),
            func.min(_PARTS.c.at),
        ).where(*_parts(uow, row.id))
    ).one()
    looked_at, ordered, held, began_at = parts
    orders = orders_of_run(uow, row.id)
    values = {name: getattr(row, name) for name in _SHOWN}
    if row.state is RunState.WAITING:
        values["state"] = _decided(uow, row.id)  # the worker follows within a minute
    view = RunView(**values, looked_at=looked_at, ordered=ordered, held=held, orders=orders, ends_at=None)
    return RunView(**values, looked_at=looked_at, ordered=ordered, held=held, orders=orders,
                   ends_at=_estimate(view, began_at, uow.now))  # fmt: skip


def _estimate(view: RunView, began_at: datetime | None, now: datetime) -> datetime | None:
    """Estimate the end: half of the way is ordering, half is carrying out."""
    ahead, behind = 2 * view.people - view.ordered - view.done, view.ordered + view.done
    if view.done_at is not None or began_at is None or behind <= 0 or ahead <= 0 or now <= began_at:
        return None
    return now + timedelta(seconds=(now - began_at).total_seconds() * ahead / behind)


def _parts(uow: UnitOfWork, run_id: UUID) -> tuple[ColumnElement[bool], ...]:
    return (_PARTS.c.operator_id == uow.operator_id, _PARTS.c.run_id == run_id)


def _move(
    uow: UnitOfWork,
    run_id: UUID,
    before: RunState,
    after: RunState,
    **values: Any,  # Any: column values
) -> bool:
    moved = uow.session.execute(
        update(_RUNS)
        .where(_RUNS.c.operator_id == uow.operator_id, _RUNS.c.id == run_id, _RUNS.c.state == before)
        .values(state=after, **values)
    )
    return bool(changed_rows(moved))
