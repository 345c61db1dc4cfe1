"""Where an inspection pack stands."""

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
    _S.MAKING: frozenset({_S.MAKING, _S.READY, _S.FAILED}),  # taken up again after its worker died
    _S.READY: frozenset(),
    _S.FAILED: frozenset(),
}
TO_MAKE = frozenset({_S.WAITING, _S.MAKING})
