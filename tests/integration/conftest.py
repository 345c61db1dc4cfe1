"""The application on a migrated database: SQLite by a copied file, PostgreSQL by a copied database."""

import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from consent_service.kernel.uow import Actor, UnitOfWork
from consent_service.operators.service import RegisterOperator, create_credential, register_operator
from consent_service.reminders.choices import choose
from consent_service.reminders.rules import Choice
from consent_service.services import services
from tests.crm import PEOPLE, TABLES, Crm
from tests.databases import PostgreSQL, app_on, migrated_sqlite, start_postgresql
from tests.factories import seed_policies
from tests.mail import Inbox, smtp_server
from tests.mariadb import MariaDB, start_mariadb
from tests.office import AUDITOR, DPO, OWNER, Office, bound

START = datetime(2026, 11, 23, 5, 0, tzinfo=UTC)  # Monday, 10:00 in Almaty
ACTOR = Actor("command", "test")


class MovableClock:
    """A clock that stands still until it is moved."""

    def __init__(self) -> None:
        self.now = START

    def __call__(self) -> datetime:
        return self.now

    def move(self, **by: float) -> None:
        """Move the clock forward by days, hours, minutes."""
        self.now += timedelta(**by)

    def set(self, to: datetime) -> None:
        """Set the clock."""
        self.now = to


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A migrated SQLite file with the five operators and their published documents."""
    return migrated_sqlite(tmp_path_factory.mktemp("sqlite"))


@pytest.fixture(scope="session")
def sealed(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A SQLite file whose ledger has heads and holes; copy it before changing it."""
    from tests.sealed_ledger import make_sealed  # noqa: PLC0415 - it needs the clock above

    return make_sealed(sqlite_template, tmp_path_factory.mktemp("sealed"))


@pytest.fixture(scope="session")
def postgresql(tmp_path_factory: pytest.TempPathFactory) -> Iterator[PostgreSQL]:
    """A real PostgreSQL server with a migrated template database."""
    server = start_postgresql(tmp_path_factory)
    yield server
    server.stop()


@pytest.fixture(scope="session")
def mariadb() -> Iterator[MariaDB]:
    """A real MariaDB server."""
    server = start_mariadb()
    yield server
    server.stop()


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgresql)])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """An empty-of-people database of each kind, with operators and documents."""
    if request.param == "sqlite":
        copied = tmp_path / "kelisim.db"
        shutil.copy(request.getfixturevalue("sqlite_template"), copied)
        yield f"sqlite:///{copied}"
        return
    server: PostgreSQL = request.getfixturevalue("postgresql")
    with server.copied() as url:
        yield url


@pytest.fixture(
    params=[
        "sqlite",
        pytest.param("postgresql", marks=pytest.mark.postgresql),
        pytest.param("mariadb", marks=pytest.mark.mariadb),
    ]
)
def crm(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Crm]:
    """A database of an operator, with people in it, on each kind of server."""
    with ExitStack() as stack:
        url = f"sqlite:///{tmp_path / 'crm.db'}"
        if request.param == "postgresql":
            url = stack.enter_context(request.getfixturevalue("postgresql").empty())
        if request.param == "mariadb":
            url = stack.enter_context(request.getfixturevalue("mariadb").database())
        made = Crm(request.param, url)
        made.run(*TABLES, *PEOPLE)
        yield made


@pytest.fixture
def house(sqlite_template: Path, tmp_path: Path, clock: MovableClock) -> Iterator[Flask]:
    """The application on SQLite, for tests of other databases."""
    copied = shutil.copy(sqlite_template, tmp_path / "kelisim.db")
    with app_on(f"sqlite:///{copied}", tmp_path, clock) as made, made.app_context():
        yield made


@pytest.fixture
def clock() -> MovableClock:
    return MovableClock()


@pytest.fixture
def app(database_url: str, tmp_path: Path, clock: MovableClock) -> Iterator[Flask]:
    """The application on a database of its own, with a clock that the test moves."""
    with app_on(database_url, tmp_path, clock) as made:
        yield made


@pytest.fixture
def uow_factory(app: Flask) -> Callable[[], AbstractContextManager[UnitOfWork]]:
    """A committed transaction of a fresh operator "fresh"."""

    @contextmanager
    def factory() -> Iterator[UnitOfWork]:
        with app.app_context(), services().write(ACTOR) as unbound:
            number = register_operator(
                unbound,
                RegisterOperator(
                    slug="fresh",
                    name={"kk": "Жаңа", "ru": "Новый", "en": "Fresh"},
                    identifier_kind="absent",
                    identifier=None,
                    country="KZ",
                    place={"kk": "Алматы", "ru": "Алматы", "en": "Almaty"},
                    contacts={},
                ),
            )
            yield unbound.for_operator(number)

    return factory


class Api:
    """A client of the HTTP API with the secret key of one operator."""

    def __init__(self, client: FlaskClient, secret: str) -> None:
        self.client = client
        self.secret = secret

    def get(self, path: str, **query: Any) -> Any:  # Any: Werkzeug's test answer
        return self.client.get(f"/api/v1{path}", query_string=query, headers=self._headers())

    def post(self, path: str, body: Any = None, **headers: str) -> Any:  # Any: a JSON value; Werkzeug's test answer
        names = {name.replace("_", "-"): value for name, value in headers.items()}
        return self.client.post(
            f"/api/v1{path}", json=body if body is not None else {}, headers=self._headers() | names
        )

    def _headers(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.secret}"}


@pytest.fixture
def api(app: Flask) -> Callable[[str], Api]:
    """Clients by operator: ``api("uof").get("/operator")``."""

    return partial(client_of, app)


@pytest.fixture
def mailed(database_url: str, tmp_path: Path, clock: MovableClock) -> Iterator[tuple[Inbox, Flask]]:
    """An inbox, and the application that sends its mail there."""
    with smtp_server() as (inbox, url), app_on(database_url, tmp_path, clock, SMTP_URL=url) as app:
        yield inbox, app


@pytest.fixture
def office(mailed: tuple[Inbox, Flask], clock: MovableClock) -> Office:
    """An operator with somebody in charge, an owner and an auditor, and real mail; the digest is switched off."""
    inbox, app = mailed
    made = Office(app, clock, inbox)
    people = made.staff(DPO, OWNER, AUDITOR)
    with app.app_context(), services().write(ACTOR) as unbound:
        choose(bound(unbound), people[DPO], Choice(reminders=True, digest=False))
    return made


@pytest.fixture
def ending(mailed: tuple[Inbox, Flask], clock: MovableClock) -> Office:
    """An operator without staff, that is about to end."""
    inbox, app = mailed
    return Office(app, clock, inbox)


def client_of(app: Flask, slug: str) -> Api:
    """Return a client with a fresh secret key of an operator."""
    with app.app_context(), services().write(ACTOR) as unbound:
        _, secret = create_credential(unbound.for_operator(seed_policies.number(unbound, slug)), "test")
    return Api(app.test_client(), secret)


@pytest.fixture(scope="module")
def own_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[PostgreSQL]:
    """A server that may be killed."""
    if os.environ.get("TEST_DATABASE_URL"):
        pytest.skip("TEST_DATABASE_URL names a server, which is not ours to kill")
    server = start_postgresql(tmp_path_factory)
    yield server
    server.stop()


@pytest.fixture
def restorable(
    app: Flask, clock: MovableClock, database_url: str, tmp_path: Path, request: pytest.FixtureRequest
) -> Iterator[Any]:  # Any: a House of tests.restoring, which needs the clock above
    """An installation and an operator's database, on servers of one kind, that can be put back."""
    from tests.restoring import make_house  # noqa: PLC0415 - see above

    if database_url.startswith("sqlite"):
        yield from make_house(app, clock, database_url, Crm("sqlite", f"sqlite:///{tmp_path / 'crm.db'}"), tmp_path)
        return
    with request.getfixturevalue("postgresql").empty() as url:
        yield from make_house(app, clock, database_url, Crm("postgresql", url), tmp_path)
