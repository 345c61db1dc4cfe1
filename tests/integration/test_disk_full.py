"""What a caller is told when there is no room for another page of the database, and that nothing is lost by it."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from flask import Flask
from sqlalchemy import event, text

from consent_service.api.problems import RETRY_AFTER_SECONDS
from consent_service.database import db
from tests.factories import consent
from tests.integration.conftest import client_of

MOST = 200


@contextmanager
def no_more_room(app: Flask) -> Iterator[None]:
    """Let SQLite take no page beyond those that there are, as on a full disk."""
    with app.app_context():
        engines = list(db.engines.values())
        with db.engine.connect() as connection:
            pages = int(connection.execute(text("PRAGMA page_count")).scalar_one())

    def limit(connection: Any, *_: object) -> None:  # Any: of the driver
        connection.execute(f"PRAGMA max_page_count = {pages}")

    def lift(connection: Any, *_: object) -> None:  # Any: as above
        connection.execute("PRAGMA max_page_count = 1073741823")

    for engine in engines:
        event.listen(engine, "checkout", limit)
        event.listen(engine, "checkin", lift)
    try:
        yield
    finally:
        for engine in engines:
            event.remove(engine, "checkout", limit)
            event.remove(engine, "checkin", lift)


def test_a_full_disk_is_a_503_and_whoever_comes_again_is_recorded_once(house: Flask) -> None:
    api = client_of(house, "uof")
    acknowledged: set[str] = set()

    def record(number: int) -> Any:  # Any: of the test client
        body = consent(subject={"ref": f"person-{number}"})
        answer = api.post("/consents", body, Idempotency_Key=f"key-{number}")
        if answer.status_code == 201:
            acknowledged.add(answer.json["id"])
        return answer

    with no_more_room(house):
        number, told = next((number, answer) for number in range(MOST) if (answer := record(number)).status_code != 201)
        assert (told.status_code, told.json["code"]) == (503, "unavailable")
        assert told.headers["Retry-After"] == RETRY_AFTER_SECONDS
        assert record(number).status_code == 503, "as long as it is full"
        assert api.get("/operator").status_code == 200, "what is there can be read"

    assert record(number).status_code == 201
    with house.app_context(), db.engine.connect() as connection:
        assert connection.execute(text("SELECT count(*) FROM consents")).scalar_one() == len(acknowledged)
