"""Where the end of an operator stands, why it is ordered, and what stands in its way."""

from enum import StrEnum


class EndingState(StrEnum):
    """Where an order to end an operator stands."""

    AWAITED = "awaited"  # somebody else of the operator has to approve it
    APPROVED = "approved"  # the worker takes it up next
    RUNNING = "running"  # the operator is served no longer, and what is kept of it is being destroyed
    DONE = "done"
    CANCELLED = "cancelled"
    STOPPED = "stopped"  # something stood in its way by the time the worker took it up; nothing was destroyed


_S = EndingState
MOVES: dict[EndingState, frozenset[EndingState]] = {
    _S.AWAITED: frozenset({_S.APPROVED, _S.CANCELLED}),
    _S.APPROVED: frozenset({_S.RUNNING, _S.CANCELLED, _S.STOPPED}),
    _S.RUNNING: frozenset({_S.DONE}),
    _S.DONE: frozenset(),
    _S.CANCELLED: frozenset(),
    _S.STOPPED: frozenset(),
}
OPEN = frozenset(state for state, after in MOVES.items() if after)
TO_CARRY_OUT = frozenset({_S.APPROVED, _S.RUNNING})
TO_CANCEL = frozenset({_S.AWAITED, _S.APPROVED})


class EndingReason(StrEnum):
    """Why an operator is ended; an owner says it, and it is recorded."""

    CONTRACT_END = "contract_end"
    OTHER_SERVICE = "other_service"
    OPERATOR_CLOSED = "operator_closed"  # whoever processed the data exists no longer
    AUTHORITY = "authority"  # the authorised body or a court demands it


class WithoutExport(StrEnum):
    """Why an operator is ended though nobody took everything along; recorded like the reason."""

    HELD_ELSEWHERE = "held_elsewhere"  # the operator has all of it in systems of its own
    ONLY_TRIED_OUT = "only_tried_out"  # nothing in it was real
    MUST_NOT_BE_KEPT = "must_not_be_kept"  # the authorised body or a court forbids it


class Obstacle(StrEnum):
    """What stands in the way of an end."""

    NO_EXPORT = "no_export"
    EXPORT_OUTDATED = "export_outdated"
    HOLDS = "holds"
    ORDERS_UNDER_WAY = "orders_under_way"
