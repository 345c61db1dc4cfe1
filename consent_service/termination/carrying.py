"""How the end of an operator begins, and how it is done: nothing is done that was not read back and certified."""

from collections.abc import Mapping
from datetime import timedelta
from uuid import UUID

from sqlalchemy import true, update

from consent_service.erasure.cancelling import cancel
from consent_service.erasure.certificates import issue_whole_act
from consent_service.erasure.states import Cancelled
from consent_service.kernel.db import changed_rows, table_named, table_of
from consent_service.kernel.errors import ConsentServiceError
from consent_service.kernel.uow import UnitOfWork
from consent_service.ledger.events import EventType
from consent_service.ledger.service import COMMIT_WITHIN
from consent_service.operators.closing import begin_closing, close
from consent_service.operators.places import accounts_left
from consent_service.operators.service import lock_operator
from consent_service.subjects.queries import count_subjects
from consent_service.termination.accounts import remove_staff
from consent_service.termination.act import build_whole_act
from consent_service.termination.contents import AT_ONCE
from consent_service.termination.destroying import count_erased, delete_some, left_over, lock_running
from consent_service.termination.obstacles import obstacles
from consent_service.termination.queries import EndingView, last_ending
from consent_service.termination.service import move, record
from consent_service.termination.states import TO_CARRY_OUT, EndingState
from consent_service.termination.tables import OperatorEnding

_ENDINGS = table_of(OperatorEnding)
_PART = 1000
# By then whatever was under way when the operator was closed is committed, or never will be.
SETTLED = COMMIT_WITHIN + timedelta(minutes=1)


class LeftOverError(ConsentServiceError):
    """Reading back found rows of an operator that were to be gone; it is tried again."""

    code = "operator-left-over"

    def __init__(self, left: Mapping[str, int]) -> None:
        super().__init__(", ".join(f"{name}: {rows}" for name, rows in sorted(left.items())))


def begin(uow: UnitOfWork, ending: EndingView) -> bool:
    """Close the operator, which there is no way back from; False where something stood in the way, and it stopped.

    Raises:
        ConflictError: Another worker has begun, or it was cancelled.
    """
    slug = lock_operator(uow)
    found = obstacles(uow, ending.without_export)
    if found:
        move(uow, ending.id, EndingState.STOPPED, last_error=",".join(found))
        record(uow, EventType.OPERATOR_END_STOPPED, slug, ending.id, obstacles=[str(one) for one in found])
        return False
    people = count_subjects(uow)
    move(uow, ending.id, EndingState.RUNNING, begun_at=uow.now, people=people)
    begin_closing(uow)
    gone = {name: _delete_all(uow, name) for name in AT_ONCE}
    count_erased(uow, ending.id, gone)
    cancel(uow, Cancelled.CAUSE_ENDED, true())
    record(uow, EventType.OPERATOR_END_BEGUN, slug, ending.id, people=people)
    return True


def finish(uow: UnitOfWork, ending_id: UUID) -> None:
    """Take the places of staff away, read everything back, certify, and mark the operator as ended.

    Raises:
        LeftOverError: Something is left: nothing is done.
    """
    lock_running(uow, ending_id)
    slug = lock_operator(uow)
    answerable = last_ending(uow)
    gone = remove_staff(uow)
    count_erased(uow, ending_id, gone)
    left = left_over(uow)
    if accounts := accounts_left(uow):
        left["staff_members"] = len(accounts)
    if left:
        raise LeftOverError(left)
    close(uow)
    erased = last_ending(uow).erased
    act = issue_whole_act(
        uow, ending_id, lambda number, operator: build_whole_act(number, uow.now, operator, answerable, erased)
    )
    move(uow, ending_id, EndingState.DONE, ended_at=uow.now, last_error=None)
    record(uow, EventType.OPERATOR_ENDED, slug, ending_id, act=act, rows=sum(erased.values()))


def is_settled(uow: UnitOfWork, ending: EndingView) -> bool:
    """Say whether nothing can come any more that was under way when the operator was closed."""
    return ending.begun_at is not None and uow.now >= ending.begun_at + SETTLED


def note_failure(uow: UnitOfWork, ending_id: UUID, what: str) -> bool:
    """Note what a try could not do, so that it is seen; False where another worker has finished meanwhile."""
    mine = (_ENDINGS.c.operator_id == uow.operator_id, _ENDINGS.c.id == ending_id)
    open_still = _ENDINGS.c.state.in_(TO_CARRY_OUT)
    return changed_rows(uow.session.execute(update(_ENDINGS).where(*mine, open_still).values(last_error=what))) > 0


def _delete_all(uow: UnitOfWork, name: str) -> int:
    table, gone, part = table_named(name), 0, _PART
    while part == _PART:
        part = delete_some(uow, table, _PART)
        gone += part
    return gone
