"""Ordering the end of an operator, approving it as another person, cancelling it before the worker begins."""

from uuid import UUID

from sqlalchemy import ColumnElement, insert, select, update

from consent_service.kernel.db import table_of
from consent_service.kernel.errors import ConflictError, InvalidInputError, NotAllowedError, NotFoundError
from consent_service.kernel.ids import new_id
from consent_service.kernel.uow import UnitOfWork
from consent_service.ledger.events import EventType
from consent_service.ledger.service import append, operator_stream
from consent_service.operators.access import DECIDE, Role
from consent_service.operators.colleagues import colleague, colleagues
from consent_service.operators.service import lock_operator
from consent_service.termination.obstacles import check_obstacles
from consent_service.termination.states import MOVES, OPEN, EndingReason, EndingState, WithoutExport
from consent_service.termination.tables import OperatorEnding

_ENDINGS = table_of(OperatorEnding)


def order_end(
    uow: UnitOfWork, *, slug: str, because: EndingReason, without_export: WithoutExport | None, by: UUID
) -> UUID:
    """Order the end of the operator, which is confirmed by its slug; where another account decides, it must approve.

    Raises:
        NotAllowedError: Whoever orders it is no owner.
        InvalidInputError: The slug is another one's.
        ConflictError: It is ordered already.
        ObstaclesError: Something stands in its way.
    """
    person = colleague(uow, by)
    if person is None or person.role is not Role.OWNER:
        raise NotAllowedError("Only an owner can end the operator.")
    if lock_operator(uow) != slug:
        raise InvalidInputError.of("slug", "Write the short name of this operator, letter for letter.")
    if uow.session.scalar(select(_ENDINGS.c.id).where(_ENDINGS.c.operator_id == uow.operator_id, _OPEN)) is not None:
        raise ConflictError("The end of this operator is ordered already.")
    check_obstacles(uow, without_export)
    others = [one for one in colleagues(uow) if one.role in DECIDE and one.staff_id != by]
    ending_id = new_id(uow.now)
    values: dict[str, object] = {
        "operator_id": uow.operator_id,
        "id": ending_id,
        "state": EndingState.AWAITED if others else EndingState.APPROVED,
        "because": because,
        "without_export": without_export,
        "ordered_by": _actor(by),
        "ordered_at": uow.now,
        **dict.fromkeys(("decided_by", "decided_at", "begun_at", "last_error", "ended_at")),
        "people": 0,
        "erased": {},
    }
    uow.session.execute(insert(_ENDINGS).values(values))
    more = {"because": str(because), "without_export": without_export and str(without_export)}
    record(uow, EventType.OPERATOR_END_ORDERED, slug, ending_id, by=_actor(by), **more)
    return ending_id


def approve_end(uow: UnitOfWork, ending_id: UUID, *, by: UUID) -> None:
    """Approve the end of the operator, as another person than who ordered it.

    Raises:
        NotFoundError: There is no such order.
        NotAllowedError: The same person ordered it, or somebody who may not decide.
        ConflictError: It was decided before.
        ObstaclesError: Something stands in its way by now.
    """
    slug, who = lock_operator(uow), _who_decides(uow, by)
    row = uow.session.execute(select(_ENDINGS).where(*_here(uow, ending_id))).first()
    if row is not None and row.ordered_by == who:
        raise NotAllowedError("Whoever ordered the end of the operator cannot approve it: somebody else must.")
    move(uow, ending_id, EndingState.APPROVED, decided_by=who, decided_at=uow.now)
    check_obstacles(uow, row.without_export if row else None)
    record(uow, EventType.OPERATOR_END_APPROVED, slug, ending_id, by=who)


def cancel_end(uow: UnitOfWork, ending_id: UUID, *, by: UUID) -> None:
    """Cancel the end of the operator, which the worker has not begun; whoever decides may.

    Raises:
        NotFoundError: There is no such order.
        NotAllowedError: Somebody who may not decide.
        ConflictError: It has begun, or is over.
    """
    slug, who = lock_operator(uow), _who_decides(uow, by)
    move(uow, ending_id, EndingState.CANCELLED)
    record(uow, EventType.OPERATOR_END_CANCELLED, slug, ending_id, by=who)


def move(uow: UnitOfWork, ending_id: UUID, to: EndingState, **values: object) -> None:
    """Move an order along an arrow; who comes second moves nothing.

    Raises:
        NotFoundError: There is no such order.
        ConflictError: No arrow leads there from where it stands.
    """
    before = [state for state, after in MOVES.items() if to in after]
    moved = uow.session.scalar(
        update(_ENDINGS)
        .where(*_here(uow, ending_id), _ENDINGS.c.state.in_(before))
        .values(state=to, **values)
        .returning(_ENDINGS.c.id)
    )
    if moved is not None:
        return
    state = uow.session.scalar(select(_ENDINGS.c.state).where(*_here(uow, ending_id)))
    if state is None:
        raise NotFoundError("There is no such order to end the operator.")
    raise ConflictError(f"The end of this operator is {state}: this step is not possible from there.")


def record(uow: UnitOfWork, kind: EventType, slug: str, ending_id: UUID, **more: object) -> None:
    """Append an event of an end to the stream of the operator, whose lock the caller holds."""
    append(uow, kind, operator_stream(uow.operator_id), {"operator": slug, "ending": str(ending_id)} | more)


def _who_decides(uow: UnitOfWork, staff_id: UUID) -> str:
    person = colleague(uow, staff_id)
    if person is None or person.role not in DECIDE:
        raise NotAllowedError("This takes an owner of the operator, or whoever is in charge of personal data there.")
    return _actor(staff_id)


def _actor(staff_id: UUID) -> str:
    return f"staff:{staff_id}"


def _here(uow: UnitOfWork, ending_id: UUID) -> tuple[ColumnElement[bool], ...]:
    return (_ENDINGS.c.operator_id == uow.operator_id, _ENDINGS.c.id == ending_id)


_OPEN = _ENDINGS.c.state.in_(OPEN)
