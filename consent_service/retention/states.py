"""What is decided about the data of a person, and where a run of decisions stands."""

from enum import StrEnum


class Verdict(StrEnum):
    """What is decided on a day."""

    KEEP = "keep"
    HOLD = "hold"  # it would go, and a legal hold keeps it back
    ACT = "act"


class Because(StrEnum):
    """Why that was decided."""

    NOTHING_STARTED = "nothing_started"  # no term runs: the purpose is not reached
    TERM_RUNS = "term_runs"
    MAY_BE_TAKEN_BACK = "may_be_taken_back"
    ELSE_STANDS = "else_stands"
    ELSE_COMES_LATER = "else_comes_later"
    ORDERED = "ordered"
    HELD = "held"
    TERM_OVER = "term_over"


COMING = frozenset({Because.TERM_RUNS, Because.MAY_BE_TAKEN_BACK, Because.ELSE_COMES_LATER})


class RunState(StrEnum):
    """Where a run stands: it decides and orders part by part, and what it has ordered is carried out."""

    WAITING = "waiting"  # for a second person
    ORDERING = "ordering"
    ORDERED = "ordered"  # carried out as the road of erasure allows: held, executed
    DONE = "done"
    REJECTED = "rejected"


OPEN_RUNS = frozenset({RunState.WAITING, RunState.ORDERING, RunState.ORDERED})
