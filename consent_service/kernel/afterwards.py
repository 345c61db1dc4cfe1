"""What is to be done once a transaction is committed, and never where it is not."""

from collections.abc import Callable

from sqlalchemy.orm import Session

_AFTERWARDS = "afterwards"
Act = Callable[[], object]


def after_commit(session: Session, act: Act) -> None:
    """Have something done when the transaction of a unit of work is committed, in the order of asking.

    No listener of the session: those are never let go, and a worker keeps its session for many transactions.
    """
    session.info.setdefault(_AFTERWARDS, []).append(act)


def take_afterwards(session: Session) -> list[Act]:
    """Return what was asked for since the last time, and forget it."""
    acts: list[Act] = session.info.pop(_AFTERWARDS, [])
    return acts
