"""Who comes without an account: one actor for all, at the operator whose page it is."""

from collections.abc import Iterator
from contextlib import contextmanager

from consent_service.kernel.uow import Actor, UnitOfWork
from consent_service.operators.queries import operator_number
from consent_service.services import services

VISITOR = Actor("system", "portal")


@contextmanager
def reading(slug: str) -> Iterator[UnitOfWork]:
    """Yield a unit of work for reads at an operator.

    Raises:
        NotFoundError: There is no such operator.
    """
    with services().read(VISITOR) as unbound:
        yield unbound.for_operator(operator_number(unbound.session, slug))


@contextmanager
def writing(slug: str) -> Iterator[UnitOfWork]:
    """Yield a unit of work at an operator, committed when the block ends.

    Raises:
        NotFoundError: There is no such operator.
    """
    with services().write(VISITOR) as unbound:
        yield unbound.for_operator(operator_number(unbound.session, slug))
