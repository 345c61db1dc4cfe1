"""The application as commands use it."""

import os
from collections.abc import Iterator
from contextlib import contextmanager

from consent_service.app import create_app
from consent_service.config import Settings
from consent_service.kernel.uow import Actor, UnitOfWork
from consent_service.operators.queries import operator_number
from consent_service.schema import migrate
from consent_service.services import Services, services

ACTOR = Actor("command", "cli")


@contextmanager
def opened() -> Iterator[Services]:
    """Yield the services of this installation, with the database at the schema of this release."""
    app = create_app(Settings.from_env(os.environ))
    migrate(app)
    with app.app_context():
        yield services()


@contextmanager
def writing(slug: str) -> Iterator[UnitOfWork]:
    """Yield a unit of work for one operator.

    Raises:
        NotFoundError: There is no operator of that name.
    """
    with opened() as app, app.write(ACTOR) as uow:
        yield uow.for_operator(operator_number(uow.session, slug))
