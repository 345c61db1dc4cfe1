"""Reads about the end of an operator: where it stands, how far it is, its act."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import select

from consent_service.kernel.db import table_of
from consent_service.kernel.errors import NotFoundError
from consent_service.kernel.uow import UnitOfWork
from consent_service.termination.contents import EMPTIED_TABLES
from consent_service.termination.states import OPEN, TO_CARRY_OUT, EndingReason, EndingState, WithoutExport
from consent_service.termination.tables import OperatorEnding

_ENDINGS = table_of(OperatorEnding)


@dataclass(frozen=True, slots=True)
class EndingView:
    """An order to end an operator, and how far it is.

    ``erased``: rows that are gone so far, by table; ``last_error``: why it stopped, or what the last try could not do.
    """

    id: UUID
    state: EndingState
    because: EndingReason
    without_export: WithoutExport | None
    ordered_by: str
    ordered_at: datetime
    decided_by: str | None
    decided_at: datetime | None
    begun_at: datetime | None
    people: int
    erased: Mapping[str, int]
    last_error: str | None
    ended_at: datetime | None

    @property
    def percent(self) -> int:
        """How much is gone, of a hundred: people, and then tables; the last of it is said when it is read back."""
        gone = min(self.erased.get("subjects", 0), self.people)
        people = gone / self.people if self.people else 1
        tables = sum(table in self.erased for table in EMPTIED_TABLES) / len(EMPTIED_TABLES)
        return min(99, round(80 * people + 20 * tables))


_COLUMNS = [_ENDINGS.c[name] for name in EndingView.__dataclass_fields__]


def last_ending(uow: UnitOfWork) -> EndingView:
    """Return the latest order to end the operator.

    Raises:
        NotFoundError: Nobody ever ordered it.
    """
    query = select(*_COLUMNS).where(_ENDINGS.c.operator_id == uow.operator_id)
    row = uow.session.execute(query.order_by(_ENDINGS.c.id.desc()).limit(1)).first()
    if row is None:
        raise NotFoundError("Nobody has ordered the end of this operator.")
    return EndingView(*row)


def is_to_end(ending: EndingView | None) -> bool:
    """Say whether an order stands: it waits, or is being carried out."""
    return ending is not None and ending.state in OPEN


def operators_to_end(unbound: UnitOfWork) -> list[int]:
    """Return the operators whose end the worker has to carry out."""
    mine = select(_ENDINGS.c.operator_id).where(_ENDINGS.c.state.in_(TO_CARRY_OUT))
    return list(unbound.session.scalars(mine.order_by(_ENDINGS.c.operator_id)))


def to_carry_out(uow: UnitOfWork) -> EndingView | None:
    """Return the order that the worker has to carry out; None where there is none."""
    mine = (_ENDINGS.c.operator_id == uow.operator_id, _ENDINGS.c.state.in_(TO_CARRY_OUT))
    row = uow.session.execute(select(*_COLUMNS).where(*mine)).first()
    return None if row is None else EndingView(*row)
