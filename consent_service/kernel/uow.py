"""One unit of work: one transaction, one instant, one actor, one operator."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from consent_service.kernel.errors import NotAllowedError
from consent_service.kernel.keys import Keyring

UNBOUND = 0  # the operator of a unit of work that belongs to none yet


@dataclass(frozen=True, slots=True)
class Actor:
    """Who acts: kind (``key``, ``staff``, ``job``, ``command``, ``system``) and an opaque reference, never a name."""

    kind: str
    ref: str

    def __str__(self) -> str:
        return f"{self.kind}:{self.ref}"


@dataclass(frozen=True, slots=True)
class UnitOfWork:
    """What every use case is given first.

    ``now`` is the one instant of the transaction.  ``operator_id`` binds every statement to its operator.
    """

    session: Session
    now: datetime
    actor: Actor
    keys: Keyring
    operator_id: int

    def for_operator(self, operator_id: int) -> "UnitOfWork":
        """Return the same unit of work bound to an operator, where none was bound before (jobs and commands)."""
        if self.operator_id not in (UNBOUND, operator_id):
            raise NotAllowedError("This unit of work belongs to another operator.")
        return UnitOfWork(self.session, self.now, self.actor, self.keys, operator_id)
