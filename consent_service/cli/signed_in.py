"""Who decides by a command says who they are, as on the page."""

from contextlib import suppress
from uuid import UUID

from consent_service.accounts.sign_in import TriedFrom, begin_sign_in, finish_sign_in, is_right
from consent_service.cli.app import ACTOR
from consent_service.cli.output import fail
from consent_service.kernel.errors import CredentialError
from consent_service.services import Services


def signed_in(app: Services, email: str, password: str) -> UUID:
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
