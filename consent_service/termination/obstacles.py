"""What stands in the way of an end: an export that lacks something, legal holds, erasures that are under way."""

from collections.abc import Sequence
from uuid import UUID

from consent_service.erasure.holds import holds_stand
from consent_service.erasure.queries import orders_under_way
from consent_service.exports.queries import list_exports
from consent_service.kernel.errors import ConflictError
from consent_service.kernel.uow import UnitOfWork
from consent_service.ledger.audit import last_recorded_at
from consent_service.ledger.bodies import bodies_of
from consent_service.ledger.events import EventType
from consent_service.ledger.service import COMMIT_WITHIN
from consent_service.packs.states import PackState
from consent_service.termination.states import Obstacle, WithoutExport

# Looking, taking along and this order itself change nothing that an export would hold.
_NO_CHANGE = frozenset(
    {
        EventType.SIGNED_IN,
        EventType.SIGNED_OUT,
        EventType.SIGN_INS_FAILED,
        EventType.SESSIONS_ENDED,
        EventType.SUBJECT_SEARCHED,
        EventType.SUBJECT_REVEALED,
        EventType.LIST_EXPORTED,
        EventType.INSPECTION_PACK_ORDERED,
        EventType.INSPECTION_PACK_MADE,
        EventType.INSPECTION_PACK_TAKEN,
        EventType.OPERATOR_EXPORT_ORDERED,
        EventType.OPERATOR_EXPORT_MADE,
        EventType.OPERATOR_EXPORT_TAKEN,
        EventType.OPERATOR_END_ORDERED,
        EventType.OPERATOR_END_APPROVED,
        EventType.OPERATOR_END_CANCELLED,
    }
)


class ObstaclesError(ConflictError):
    """Something stands in the way of the end of an operator; nothing was changed."""

    code = "operator-not-to-end"

    def __init__(self, obstacles: Sequence[Obstacle]) -> None:
        super().__init__(f"The operator cannot be ended yet: {', '.join(obstacles)}.")
        self.obstacles = tuple(obstacles)


def obstacles(uow: UnitOfWork, without_export: WithoutExport | None) -> list[Obstacle]:
    """Return what stands in the way; ``without_export``: why nothing is taken along."""
    export = _obstacle_of_export(uow) if without_export is None else None
    found = [] if export is None else [export]
    found += [Obstacle.HOLDS] if holds_stand(uow) else []
    found += [Obstacle.ORDERS_UNDER_WAY] if orders_under_way(uow) else []
    return found


def check_obstacles(uow: UnitOfWork, without_export: WithoutExport | None) -> None:
    """Refuse an end that something stands in the way of.

    Raises:
        ObstaclesError: It says what.
    """
    found = obstacles(uow, without_export)
    if found:
        raise ObstaclesError(found)


def _obstacle_of_export(uow: UnitOfWork) -> Obstacle | None:
    taken = {
        UUID(body["facts"]["export"])
        for _, _, body in bodies_of(uow.session, EventType.OPERATOR_EXPORT_TAKEN, uow.operator_id)
    }
    read_at = [
        one.made_at
        for one in list_exports(uow)
        if one.state is PackState.READY and one.id in taken and one.made_at is not None
    ]
    if not read_at:
        return Obstacle.NO_EXPORT
    changed_at = last_recorded_at(uow, besides=_NO_CHANGE)
    # What was recorded shortly before may have been committed after the export was read.
    is_whole = changed_at is None or changed_at + COMMIT_WITHIN < max(read_at)
    return None if is_whole else Obstacle.EXPORT_OUTDATED
