"""The application as commands use it."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import make_url

from consent_service.config import Settings
from consent_service.kernel.errors import SettingsError
from consent_service.kernel.uow import Actor, UnitOfWork
from consent_service.opening import open_house
from consent_service.operators.queries import operator_number
from consent_service.schema import head, migrate, revision
from consent_service.services import Services, services

ACTOR = Actor("command", "cli")


@contextmanager
def opened(*, keys_may_be_gone: bool = False) -> Iterator[Services]:
    """Yield the services of this installation, with the database at the schema of this release.

    ``keys_may_be_gone``: on a database from before a turn of the keys too, of which little can be read.
    """
    app = open_house(Settings.from_env(os.environ), keys_may_be_gone=keys_may_be_gone)
    migrate(app)
    with app.app_context():
        yield services()


@contextmanager
def opened_as_it_is() -> Iterator[Services]:
    """Yield the services of this installation, on a database that is neither made nor brought up to date.

    Raises:
        SettingsError: There is no database here, or it has the schema of another release.
    """
    settings = Settings.from_env(os.environ)
    url = make_url(settings.database_url)
    is_file = url.get_backend_name() == "sqlite"
    if (is_file and not Path(url.database or "").is_file()) or not settings.key_file.exists():
        raise SettingsError("There is no database, or no key file, where DATA_DIR and DATABASE_URL say: check them.")
    app = open_house(settings)
    with app.app_context():
        if revision(app) != head():
            raise SettingsError("The database has the schema of another release: start this release on it first.")
        yield services()


@contextmanager
def writing(slug: str) -> Iterator[UnitOfWork]:
    """Yield a unit of work for one operator.

    Raises:
        NotFoundError: There is no operator of that name.
    """
    with opened() as app, app.write(ACTOR) as uow:
        yield uow.for_operator(operator_number(uow.session, slug))
