"""Who decides by a command says who they are, as on the page."""

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from uuid import UUID

from consent_service.accounts.sign_in import TriedFrom, begin_sign_in, finish_sign_in, is_right
from consent_service.cli.app import ACTOR, opened
from consent_service.cli.output import fail
from consent_service.kernel.errors import CredentialError
from consent_service.kernel.uow import Actor, UnitOfWork
from consent_service.operators.queries import operator_number
from consent_service.services import Services


@contextmanager
def as_whoever_signs_in(operator: str, email: str, password: str) -> Iterator[tuple[UnitOfWork, UUID]]:
    """Begin a unit of work at an operator in the name of who signs in; yield who that is, too."""
    with opened() as app:
        who = _signed_in(app, email, password)
        with app.write(Actor("staff", str(who))) as unbound:
            yield unbound.for_operator(operator_number(unbound.session, operator)), who


def _signed_in(app: Services, email: str, password: str) -> UUID:
    """Return who signs in with this address and password; a wrong try counts as on the page."""
    with app.read(ACTOR) as uow:
        attempt = begin_sign_in(uow, email, TriedFrom("console"))
    right = is_right(attempt, password)
    who = None
    with app.write(ACTOR) as uow, suppress(CredentialError):  # that it was wrong is noted with this transaction
        who = finish_sign_in(uow, attempt, right=right)
    if who is None:
        fail("The address or the password is wrong, or it was tried too often. Wait a little and try again.")
    return who
