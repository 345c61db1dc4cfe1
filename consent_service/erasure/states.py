"""States on the road of erasure, and the grounds that an order may stand on."""

from enum import StrEnum

OPERATOR_END = "operator_end"  # the kind of cause of an order that is a part of the end of an operator
REPLAY = "replay"  # the kind of cause of an order that erases again who came back with a database that was put back


class OrderState(StrEnum):
    """Where an erasure order stands."""

    SCHEDULED = "scheduled"
    AWAITING_APPROVAL = "awaiting_approval"
    HELD = "held"  # a legal hold bars it, before it has started or between two targets
    RUNNING = "running"  # claimed by a worker, or waiting for a target that answered "later"
    FAILED = "failed"  # a try did not succeed; it is tried again
    DONE = "done"
    CANCELLED = "cancelled"


_S = OrderState
MOVES: dict[OrderState, frozenset[OrderState]] = {
    _S.SCHEDULED: frozenset({_S.HELD, _S.RUNNING, _S.CANCELLED}),
    _S.AWAITING_APPROVAL: frozenset({_S.SCHEDULED, _S.CANCELLED}),
    _S.HELD: frozenset({_S.SCHEDULED, _S.RUNNING, _S.CANCELLED}),  # running: it had started, and is taken up again
    _S.RUNNING: frozenset({_S.RUNNING, _S.HELD, _S.FAILED, _S.DONE}),  # running: a worker succeeds one that died
    _S.FAILED: frozenset({_S.RUNNING, _S.HELD}),
    _S.DONE: frozenset(),
    _S.CANCELLED: frozenset(),
}
OPEN = frozenset(state for state, after in MOVES.items() if after)
DUE_FROM = frozenset({_S.SCHEDULED, _S.FAILED})  # from which a worker takes an order up once its time has come


class Ground(StrEnum):
    """Why data must go: the grounds of Law 94-V art. 18."""

    STORAGE_ENDED = "18(1)"
    RELATION_ENDED = "18(2)"
    COURT_DECISION = "18(3)"
    WITHOUT_CONSENT = "18(3-1)"
    OTHER_LAW = "18(4)"


class TargetState(StrEnum):
    """Where one place outside our tables stands in an order."""

    WAITING = "waiting"  # nobody has asked it yet
    RUNNING = "running"  # a try has begun, and what came of it is not recorded yet
    LATER = "later"  # it wants to be asked again
    CONFIRMED = "confirmed"  # read back, nothing left
    FAILED = "failed"


class ApprovalState(StrEnum):
    """Where the approval of a run stands, or of one order."""

    AWAITED = "awaited"
    NOT_NEEDED = "not_needed"  # by the rule of the operator, when the run was announced
    APPROVED = "approved"
    REJECTED = "rejected"


class Cancelled(StrEnum):
    """Why an order was cancelled."""

    CAUSE_ENDED = "cause_ended"  # what it was ordered for was taken back, refused or answered anew
    REJECTED = "rejected"
    BY_HAND = "by_hand"
