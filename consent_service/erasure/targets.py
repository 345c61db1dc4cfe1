"""Where data of a person lie outside our own tables: what each such place must be able to do.

Whoever composes the process gives the targets of an operator as ``Targets``; the road of erasure knows no other.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Protocol, runtime_checkable
from uuid import UUID

from consent_service.kernel.uow import UnitOfWork
from consent_service.subjects.identity import IdentifierKind


@dataclass(frozen=True, slots=True, repr=False)
class Whom:
    """Whom an order concerns, in clear: the operator's reference and identifiers.  Lives in memory alone.

    ``further``: identifiers beside those, such as an e-mail address of before.
    """

    order_id: UUID
    ref: str
    identifiers: Mapping[IdentifierKind, str]
    further: Mapping[IdentifierKind, Sequence[str]] = field(default_factory=dict)

    @classmethod
    def known(cls, order_id: UUID, ref: str, revealed: Sequence[Mapping[str, str]]) -> "Whom":
        """Make it of everything that a person is known by, the latest last, as ``reveal_identifiers()`` has it."""
        found: dict[IdentifierKind, list[str]] = {}
        for one in revealed:
            found.setdefault(IdentifierKind(one["kind"]), []).append(one["value"])
        latest = {kind: values[-1] for kind, values in found.items()}
        return cls(order_id, ref, latest, {kind: values[:-1] for kind, values in found.items() if values[1:]})

    def values(self, kind: IdentifierKind) -> list[str]:
        """Return all identifiers of a kind."""
        latest = self.identifiers.get(kind)
        return [*([] if latest is None else [latest]), *self.further.get(kind, ())]


class Outcome(StrEnum):
    """How a target answered; a failure is an exception."""

    CONFIRMED = "confirmed"
    LATER = "later"  # it has not finished, or somebody has yet to confirm: ask again


@dataclass(frozen=True, slots=True)
class Kept:
    """Rows of a table that stay as they are, and on which ground; None where there is nothing in them to take away."""

    rows: int
    basis: str | None


@dataclass(frozen=True, slots=True)
class Erased:
    """What one call has erased.

    ``counts``: rows that are gone by this call, by "table: action" or by category.  ``method``: a short code, such as
    sql, webhook, mail_task.  ``left``: rows that reading back still found; all zero where the outcome is CONFIRMED.
    ``k``: by table that was depersonalised, how many rows alike hide each of those that were changed.
    ``kept``: the tables of which whole rows stay, as the description says; they are no rows that had to go.
    """

    outcome: Outcome
    counts: Mapping[str, int]
    method: str
    left: Mapping[str, int]
    k: Mapping[str, int] = field(default_factory=dict)
    kept: Mapping[str, Kept] = field(default_factory=dict)


Asked = tuple[Whom, Mapping[str, int]]  # whom, and what was found before


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


@runtime_checkable
class BatchTarget(Target, Protocol):
    """A target that looks and erases for many people at once, for little more than the price of one."""

    def find_many(self, whoms: Sequence[Whom]) -> Mapping[UUID, Mapping[str, int]]:
        """Count what is there of people, as ``find`` does; by order."""

    def erase_many(self, asked: Sequence[Asked]) -> Mapping[UUID, Erased | Exception]:
        """Erase people as ``erase`` does; returns for each order what was erased, or why it was not.

        One person's failure is no other's.  Nothing is raised for what concerns some of them alone.

        Raises:
            Exception: None of them was erased, for a reason that concerns all: the place cannot be reached.
        """


def erase_all(target: Target, asked: Sequence[Asked]) -> dict[UUID, Erased | Exception]:
    """Erase people at a target, together where it can: what was erased or why not, by order."""
    if isinstance(target, BatchTarget):
        try:
            return dict(target.erase_many(asked))
        except Exception as error:  # noqa: BLE001 - whatever it is, it is the outcome of each order
            failed = error.with_traceback(None)  # its frames would keep open what they hold
            return {whom.order_id: failed for whom, _ in asked}
    found: dict[UUID, Erased | Exception] = {}
    for whom, before in asked:
        try:
            found[whom.order_id] = target.erase(whom, before)
        except Exception as error:  # noqa: BLE001 - as above, and the others go on
            found[whom.order_id] = error.with_traceback(None)
    return found


Targets = Callable[[UnitOfWork], Sequence[Target]]


def no_targets(_uow: UnitOfWork) -> Sequence[Target]:
    """Return the targets of an operator who has none."""
    return ()
