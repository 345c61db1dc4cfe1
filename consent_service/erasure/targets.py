"""Where data of a person lie outside our own tables: what each such place must be able to do.

Whoever composes the process gives the targets of an operator as ``Targets``; the road of erasure knows no other.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Protocol
from uuid import UUID

from consent_service.kernel.uow import UnitOfWork
from consent_service.subjects.identity import IdentifierKind


@dataclass(frozen=True, slots=True, repr=False)
class Whom:
    """Whom an order concerns, in clear: the operator's reference and identifiers.  Lives in memory alone."""

    order_id: UUID
    ref: str
    identifiers: Mapping[IdentifierKind, str]


class Outcome(StrEnum):
    """How a target answered; a failure is an exception."""

    CONFIRMED = "confirmed"
    LATER = "later"  # it has not finished, or somebody has yet to confirm: ask again


@dataclass(frozen=True, slots=True)
class Erased:
    """What one call has erased.

    ``counts``: rows that are gone by this call, by "table: action" or by category.  ``method``: a short code, such as
    sql, webhook, mail_task.  ``left``: rows that reading back still found; all zero where the outcome is CONFIRMED.
    """

    outcome: Outcome
    counts: Mapping[str, int]
    method: str
    left: Mapping[str, int]


class Target(Protocol):
    """One place outside us.  Its name is unique for an operator and stays the same over restarts."""

    @property
    def name(self) -> str:
        """The name under which an order keeps what became of it."""

    @property
    def kind(self) -> str:
        """What kind of place it is: a short code."""

    def find(self, whom: Whom) -> Mapping[str, int]:
        """Count what is there of a person now, by table; changes nothing.

        Raises:
            Exception: It cannot be told; nothing found is an answer and raises nothing.
        """

    def collect(self, whom: Whom) -> Mapping[str, Sequence[Mapping[str, Any]]]:  # Any: column values
        """Return the rows of a person by table, for an answer to an access request."""

    def erase(self, whom: Whom, found_before: Mapping[str, int]) -> Erased:
        """Erase a person and read back; may be called again after a crash or a failure.

        ``found_before``: what ``find()`` or an access request saw first.  Where it had rows, an erasure of zero rows
        is an error, unless an earlier call is recorded to have erased some of them.

        Raises:
            Exception: It was not erased, or what was read back says otherwise.  Nothing personal stands in it.
        """


Targets = Callable[[UnitOfWork], Sequence[Target]]


def no_targets(_uow: UnitOfWork) -> Sequence[Target]:
    """Return the targets of an operator who has none."""
    return ()
