"""Where a pack stands."""

from enum import StrEnum


class PackState(StrEnum):
    """Where a pack stands; after its term it is gone, and no row is left."""

    WAITING = "waiting"  # for the worker
    MAKING = "making"
    READY = "ready"
    FAILED = "failed"  # tried several times


_S = PackState
MOVES: dict[PackState, frozenset[PackState]] = {
    _S.WAITING: frozenset({_S.MAKING}),
    # Taken up again after its worker died; waits again where what was read of it is over.
    _S.MAKING: frozenset({_S.MAKING, _S.WAITING, _S.READY, _S.FAILED}),
    _S.READY: frozenset(),
    _S.FAILED: frozenset(),
}
TO_MAKE = frozenset({_S.WAITING, _S.MAKING})
