"""Remembers what was about to go before a database of an operator commits: the two cannot commit as one.

After a crash it is told from what is still there whether that commit took place, so that every row is counted once.
"""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field, replace
from datetime import timedelta
from uuid import UUID

from sqlalchemy import delete, select

from consent_service.connectors.tables import ConnectorAttempt
from consent_service.erasure.queries import order_scope
from consent_service.erasure.states import OrderState
from consent_service.kernel.db import changed_rows, table_of, upsert
from consent_service.kernel.uow import UnitOfWork

KEPT = timedelta(days=400)
_ATTEMPTS = table_of(ConnectorAttempt)
Begin = Callable[[], AbstractContextManager[UnitOfWork]]


@dataclass(frozen=True, slots=True)
class Attempt:
    """What was tried: rows gone so far, those of the last commit among them, and how many were to go before it.

    ``kept``: rows that stay, by table; once what leads to them has gone they are not found again.
    """

    gone: Mapping[str, int] = field(default_factory=dict)
    flight: Mapping[str, int] = field(default_factory=dict)
    pending: int = 0
    k: Mapping[str, int] = field(default_factory=dict)
    kept: Mapping[str, int] = field(default_factory=dict)

    def settled(self, pending: int) -> "Attempt":
        """Return what is certain, now that so many rows are still to go.

        >>> Attempt({"crm: delete": 3}, {"crm: delete": 3}, pending=3).settled(0).gone
        {'crm: delete': 3}
        >>> Attempt({"crm: delete": 3}, {"crm: delete": 3}, pending=3).settled(3).gone
        {}
        """
        if pending <= self.pending - sum(self.flight.values()):
            return Attempt(self.gone, {}, pending, self.k, self.kept)
        return Attempt(dict(Counter(self.gone) - Counter(self.flight)), {}, pending, {}, self.kept)

    def landed(self) -> "Attempt":
        """Return the attempt, of which it is known now that its last commit took place."""
        return replace(self, flight={})

    def then(self, flight: Mapping[str, int], pending: int, k: Mapping[str, int]) -> "Attempt":
        """Return the attempt with what is about to go; of ``k`` the smaller one counts."""
        smallest = {**k, **{table: min(k.get(table, before), before) for table, before in self.k.items()}}
        return Attempt(added(self.gone, flight), dict(flight), pending, smallest, self.kept)

    def beside(self, kept: Mapping[str, int]) -> "Attempt":
        """Return the attempt with the rows that stay: those of this look, or of one before it where that saw more."""
        return replace(
            self, kept={table: max(kept.get(table, 0), rows) for table, rows in {**kept, **self.kept}.items()}
        )


def added(counts: Mapping[str, int], more: Mapping[str, int]) -> dict[str, int]:
    """Return the sums of two counts.

    >>> added({"orders: delete": 1}, {"orders: delete": 2, "items: delete": 1})
    {'orders: delete': 3, 'items: delete': 1}
    """
    return {**counts, **{name: counts.get(name, 0) + count for name, count in more.items()}}


@dataclass(frozen=True, slots=True)
class Journal:
    """The attempts at one target, each read and noted in a transaction of its own."""

    begin: Begin
    target: str

    def read(self, orders: Sequence[UUID]) -> dict[UUID, Attempt]:
        """Return what was tried for orders that are not done: what is done has been counted."""
        with self.begin() as uow:
            rows = uow.session.execute(
                select(_ATTEMPTS).where(
                    _ATTEMPTS.c.operator_id == uow.operator_id,
                    _ATTEMPTS.c.target == self.target,
                    _ATTEMPTS.c.order_id.in_(orders),
                )
            ).all()
            return {row.order_id: Attempt(**row.attempt) for row in rows if not _is_done(uow, row.order_id)}

    def note(self, attempts: Mapping[UUID, Attempt]) -> None:
        """Note what is about to go, before it goes; where nothing has gone there is nothing to note."""
        rows = [
            {"order_id": order, "attempt": {name: getattr(one, name) for name in Attempt.__dataclass_fields__}}
            for order, one in attempts.items()
            if one.gone
        ]
        if not rows:
            return
        with self.begin() as uow:
            adding = upsert(uow.session, _ATTEMPTS)
            names = ("attempt", "tried_at")
            uow.session.execute(
                adding.on_conflict_do_update(
                    index_elements=["operator_id", "order_id", "target"],
                    set_={name: adding.excluded[name] for name in names},
                ),
                [{"operator_id": uow.operator_id, "target": self.target, "tried_at": uow.now, **row} for row in rows],
            )


def forget_attempts(uow: UnitOfWork, limit: int) -> int:
    """Forget attempts of more than a year ago; returns how many."""
    old = (
        select(_ATTEMPTS.c.order_id)
        .where(_ATTEMPTS.c.operator_id == uow.operator_id, _ATTEMPTS.c.tried_at < uow.now - KEPT)
        .limit(limit)
    )
    gone = uow.session.execute(
        delete(_ATTEMPTS).where(
            _ATTEMPTS.c.operator_id == uow.operator_id,
            _ATTEMPTS.c.tried_at < uow.now - KEPT,
            _ATTEMPTS.c.order_id.in_(old.scalar_subquery()),
        )
    )
    return changed_rows(gone)


def _is_done(uow: UnitOfWork, order_id: UUID) -> bool:
    scope = order_scope(uow, order_id)
    return scope is not None and scope.state is OrderState.DONE
