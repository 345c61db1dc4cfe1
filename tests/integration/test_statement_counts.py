"""How many statements the hot paths take once the process knows what never changes, BEGIN and COMMIT not counted."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest
from flask import Flask
from sqlalchemy import event

from consent_service.database import db
from tests.factories import consent
from tests.integration.conftest import Api

Client = Callable[[str], Api]
PURPOSE = "uof/personal-data-agreement#targeted_advertising"
OTHER = "service_quality_research"


@contextmanager
def statements(app: Flask) -> Iterator[list[str]]:
    """Collect the statements that the application sends."""
    seen: list[str] = []

    def note(_connection: object, _cursor: object, statement: str, *_rest: object) -> None:
        if not statement.startswith("BEGIN"):
            seen.append(statement)

    with app.app_context():
        engine = db.engine
    event.listen(engine, "before_cursor_execute", note)
    try:
        yield seen
    finally:
        event.remove(engine, "before_cursor_execute", note)


def record(uof: Api, ref: str) -> None:
    choices = [{"purpose": "targeted_advertising", "granted": True}, {"purpose": OTHER, "granted": False}]
    subject = {"ref": ref, "identifiers": {"email": f"{ref}@mail.example"}}
    assert uof.post("/consents", consent(subject=subject, choices=choices)).status_code == 201


@pytest.fixture
def uof(api: Client) -> Api:
    client = api("uof")
    record(client, "known")
    assert client.get("/permissions", subject="known", purpose=PURPOSE).status_code == 200
    return client


def test_a_first_answer_takes_ten(uof: Api, app: Flask) -> None:
    with statements(app) as sent:
        record(uof, "person-1")

    # key; version in force; person, made, identifiers; current answers; record, answers; head of the ledger, event
    assert len(sent) == 10, sent


def test_an_answer_that_replaces_others_takes_one_for_those_that_stood_and_one_for_the_rest(
    uof: Api, app: Flask
) -> None:
    with statements(app) as sent:
        record(uof, "known")

    # as above, the person not made again
    assert len(sent) == 9 + 2, sent


def test_a_permission_takes_the_key_and_the_answers(uof: Api, app: Flask) -> None:
    with statements(app) as sent:
        assert uof.get("/permissions", subject="known", purpose=PURPOSE).json["items"][0]["allowed"]

    assert len(sent) == 2, sent


def test_a_list_takes_the_same_however_long_it_is(uof: Api, app: Flask) -> None:
    for number in range(10):
        record(uof, f"person-{number}")
    taken = {}
    for length in (3, 10):
        with statements(app) as sent:
            assert len(uof.get("/consents", limit=length).json["items"]) == length
        taken[length] = len(sent)

    assert taken == {3: 4, 10: 4}
