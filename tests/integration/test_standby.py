"""A database that takes no writes, as a standby or a primary that was replaced: nobody is answered out of it."""

from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import Connection, Engine, event, make_url

from consent_service.database import db
from tests.databases import PostgreSQL, app_on
from tests.factories import consent
from tests.integration.conftest import MovableClock, client_of

pytestmark = pytest.mark.postgresql


def read_only(connection: Connection) -> None:
    connection.exec_driver_sql("SET TRANSACTION READ ONLY")


def test_a_write_that_meets_a_standby_is_refused_for_now_and_goes_on_at_the_primary(
    postgresql: PostgreSQL, tmp_path: Path, clock: MovableClock
) -> None:
    with postgresql.copied() as url, app_on(url, tmp_path, clock) as app:
        uof = client_of(app, "uof")
        with app.app_context():
            engine = db.engine
        before = backend(engine)
        event.listen(engine, "begin", read_only)
        refused = uof.post("/consents", consent(), Idempotency_Key="once")
        event.remove(engine, "begin", read_only)

        assert (refused.status_code, refused.json["code"]) == (503, "unavailable")
        assert refused.headers["Retry-After"] == "5"
        assert backend(engine) != before, "what was connected to it is not used again"
        assert uof.post("/consents", consent(), Idempotency_Key="once").status_code == 201


def test_a_standby_is_not_connected_to_and_the_node_is_unready(
    postgresql: PostgreSQL, tmp_path: Path, clock: MovableClock
) -> None:
    with postgresql.copied() as url, app_on(url, tmp_path, clock) as app:
        uof = client_of(app, "uof")
        set_read_only(postgresql, url, "on")
        drop_connections(app)
        refused = app.test_client().get("/readyz")
        told = refused.json or {}
        asked = uof.get("/consents", subject="somebody")
        set_read_only(postgresql, url, "off")

        assert refused.status_code == 503
        assert told["wrong"] == {"database": "cannot be reached, or has no schema"}
        assert (asked.status_code, asked.json["code"]) == (503, "unavailable")
        assert app.test_client().get("/readyz").status_code == 200


def backend(engine: Engine) -> int:
    with engine.connect() as connection:
        return int(connection.exec_driver_sql("SELECT pg_backend_pid()").scalar_one())


def set_read_only(postgresql: PostgreSQL, url: str, value: str) -> None:
    postgresql.run(f'ALTER DATABASE "{make_url(url).database}" SET default_transaction_read_only = {value}')


def drop_connections(app: Flask) -> None:
    with app.app_context():
        for engine in db.engines.values():
            engine.dispose()
