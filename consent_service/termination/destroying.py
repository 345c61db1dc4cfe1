"""Destroying what is kept of an operator, part by part, each in a transaction that counts what it took away.

Any number of workers may do it at once: each part is done under the lock of the order.
"""

from collections import Counter
from collections.abc import Callable, Mapping
from typing import Any
from uuid import UUID

from sqlalchemy import Table, delete, func, select, tuple_, update

from consent_service.consents.blocking import block, end_blocked
from consent_service.consents.ruling import ruling_answers
from consent_service.deadlines.rules import almaty_day
from consent_service.erasure.approvals import announce_approved
from consent_service.erasure.batches import execute_batch
from consent_service.erasure.log import ErasureLog
from consent_service.erasure.service import OrderErasure, Run, order_as_many
from consent_service.erasure.states import Ground
from consent_service.kernel.db import changed_rows, table_named, table_of
from consent_service.kernel.errors import ConsentServiceError
from consent_service.kernel.ids import new_id
from consent_service.kernel.uow import UnitOfWork
from consent_service.ledger.events import EventType
from consent_service.ledger.service import append
from consent_service.subjects.many import count_rows_of, lock_among
from consent_service.subjects.queries import some_people
from consent_service.termination.contents import BY_THE_ROAD, EMPTIED_TABLES, WORDS
from consent_service.termination.states import EndingState
from consent_service.termination.tables import OperatorEnding

CAUSE = "operator_end"
_ENDINGS = table_of(OperatorEnding)
_TENANT = "operator_id"


class NobodyErasedError(ConsentServiceError):
    """People are left whom the last try could not erase: somebody has them locked, or a legal hold was placed."""

    code = "nobody-erased"


def erase_part(
    uow: UnitOfWork,
    ending_id: UUID,
    limit: int,
    log: ErasureLog,
    *,
    evidence_years: int,
    locking: Callable[[], None],
) -> int:
    """Erase the next people by the road of erasure: their answers end, each gets an order, all of it is read back.

    They are not told that nothing is kept of them: the operator may go on with their data elsewhere.
    Returns how many are erased; zero where nobody is left.

    Raises:
        NobodyErasedError: People are left, and none of them could be erased.
        ErasureIncompleteError: Reading back found rows that were to be gone.
    """
    ids = some_people(uow, limit)
    if not ids:
        return 0
    locking()
    ending = lock_running(uow, ending_id)
    people = list(lock_among(uow, ids))
    for subject_id in people:
        block(uow, subject_id, None)
        ended = end_blocked(uow, subject_id)
        if ended:
            facts = {"ground": str(Ground.RELATION_ENDED), "changed": ended, **ruling_answers(uow, subject_id)}
            append(uow, EventType.ANSWERS_ENDED, subject_id, facts)
    run = Run(new_id(uow.now), len(people))
    announce_approved(uow, run.id, run.people, requested_by=ending.ordered_by, decided_by=ending.decided_by)
    order_as_many(uow, run, [_order(uow, one, ending.ordered_by) for one in people])
    before = Counter(count_rows_of(uow, people))
    done = execute_batch(
        uow, run.id, None, run.people, log, evidence_years=evidence_years, is_told=False, locking=locking
    ).done
    if not done:
        raise NobodyErasedError("Nobody of those who are left could be erased now; it is tried again.")
    before.subtract(count_rows_of(uow, people))
    count_erased(uow, ending_id, before)
    return done


def empty_part(uow: UnitOfWork, ending_id: UUID, name: str, limit: int) -> int:
    """Delete the next rows of the operator in a table; returns how many, fewer than ``limit`` at its end."""
    lock_running(uow, ending_id)
    gone = delete_some(uow, table_named(name), limit)
    count_erased(uow, ending_id, {name: gone})
    return gone


def clear_words(uow: UnitOfWork, ending_id: UUID) -> None:
    """Clear sealed words in rows that stay."""
    lock_running(uow, ending_id)
    for name, column in WORDS:
        table = table_named(name)
        words = update(table).where(table.c[_TENANT] == uow.operator_id, table.c[column].is_not(None))
        count_erased(
            uow, ending_id, {f"{name}.{column}": changed_rows(uow.session.execute(words.values({column: None})))}
        )


def left_over(uow: UnitOfWork) -> dict[str, int]:
    """Count what is left in each table that has to be empty, and what words are; the tables alone that are not."""
    counts = {name: _count(uow, table_named(name)) for name in EMPTIED_TABLES}
    counts |= count_people(uow)
    for name, column in WORDS:
        counts[f"{name}.{column}"] = _count(uow, table_named(name), column)
    return {name: rows for name, rows in counts.items() if rows}


def count_people(uow: UnitOfWork) -> dict[str, int]:
    """Count the rows of people that are left, by table."""
    return {name: _count(uow, table_named(name)) for name in BY_THE_ROAD}


def lock_running(uow: UnitOfWork, ending_id: UUID) -> Any:  # Any: a result row
    """Lock an order that is being carried out, and return it.

    Raises:
        NoResultFound: It is not, or not any more.
    """
    return uow.session.execute(
        select(_ENDINGS)
        .where(
            _ENDINGS.c.operator_id == uow.operator_id,
            _ENDINGS.c.id == ending_id,
            _ENDINGS.c.state == EndingState.RUNNING,
        )
        .with_for_update()
    ).one()


def count_erased(uow: UnitOfWork, ending_id: UUID, gone: Mapping[str, int]) -> None:
    """Add to what an order has destroyed, by table; the caller holds its lock."""
    mine = (_ENDINGS.c.operator_id == uow.operator_id, _ENDINGS.c.id == ending_id)
    erased = Counter(uow.session.execute(select(_ENDINGS.c.erased).where(*mine)).scalar_one())
    erased.update(gone)
    uow.session.execute(update(_ENDINGS).where(*mine).values(erased=dict(erased), last_error=None))


def delete_some(uow: UnitOfWork, table: Table, limit: int) -> int:
    """Delete some rows of the operator in a table."""
    keys = list(table.primary_key.columns)
    some = select(*keys).where(table.c[_TENANT] == uow.operator_id).limit(limit)
    return changed_rows(uow.session.execute(delete(table).where(tuple_(*keys).in_(some))))


def _count(uow: UnitOfWork, table: Table, column: str | None = None) -> int:
    query = select(func.count()).select_from(table).where(table.c[_TENANT] == uow.operator_id)
    query = query if column is None else query.where(table.c[column].is_not(None))
    return uow.session.execute(query).scalar_one()


def _order(uow: UnitOfWork, subject_id: UUID, ordered_by: str) -> OrderErasure:
    return OrderErasure(
        subject_id=subject_id,
        cause_kind=CAUSE,
        cause_id=new_id(uow.now),
        ground=Ground.RELATION_ENDED,
        run_after=uow.now,
        due_on=almaty_day(uow.now),
        demanded=True,
        ordered_by=ordered_by,
    )
