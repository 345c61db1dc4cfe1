"""Hot paths take few round trips, and as many for the hundredth row as for the first."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest
from flask import Flask
from sqlalchemy import event

from consent_service.database import db
from consent_service.jobs.runner import find_job, run_now
from consent_service.services import services
from tests.factories import consent
from tests.integration.conftest import Api, MovableClock
from tests.integration.test_consents import ADVERTISING
from tests.integration.test_withdrawals import withdraw

Client = Callable[[str], Api]


@contextmanager
def counted(app: Flask) -> Iterator[list[str]]:
    """Collect the statements that are sent to the database."""
    sent: list[str] = []

    def note(_connection: object, _cursor: object, statement: str, *_rest: object) -> None:
        sent.append(statement)

    with app.app_context():
        engine = db.engine
    event.listen(engine, "before_cursor_execute", note)
    try:
        yield sent
    finally:
        event.remove(engine, "before_cursor_execute", note)


def test_recording_takes_few_statements_the_first_time_and_again(api: Client, app: Flask, clock: MovableClock) -> None:
    uof = api("uof")
    body = consent(subject={"ref": "person-0", "identifiers": {"email": "a@example.kz"}})
    assert uof.post("/consents", body).status_code == 201  # warms what a process keeps
    clock.move(minutes=1)

    with counted(app) as first:
        assert uof.post("/consents", body | {"subject": {"ref": "person-1"}}).status_code == 201
    with counted(app) as again:
        assert uof.post("/consents", body | {"subject": {"ref": "person-1"}}).status_code == 201

    assert len(first) <= 11, first
    assert len(again) <= 11, again


def test_a_permission_check_takes_two_statements(api: Client, app: Flask) -> None:
    uof = api("uof")
    uof.post("/consents", consent())
    purpose = f"uof/personal-data-agreement#{ADVERTISING}"
    uof.get("/permissions", subject="person-1", purpose=purpose)

    with counted(app) as sent:
        assert uof.get("/permissions", subject="person-1", purpose=purpose).status_code == 200

    assert len([one for one in sent if one.startswith("SELECT")]) <= 2, sent


@pytest.mark.parametrize("purposes", [1, 3])
def test_replacing_answers_takes_as_many_statements_for_one_purpose_as_for_several(
    api: Client, app: Flask, clock: MovableClock, purposes: int
) -> None:
    uof = api("uof")
    codes = [
        one["code"] for one in uof.get("/documents/uof/personal-data-agreement/versions").json["items"][0]["purposes"]
    ]
    body = consent(choices=[{"purpose": code, "granted": True} for code in codes[:purposes]])
    uof.post("/consents", body)
    clock.move(minutes=1)

    with counted(app) as sent:
        assert uof.post("/consents", body).status_code == 201

    assert len(sent) <= 11, sent


def test_a_list_takes_as_many_statements_for_ten_as_for_three(api: Client, app: Flask) -> None:
    uof = api("uof")
    for number in range(10):
        uof.post("/consents", consent(subject={"ref": f"person-{number}"}))
    uof.get("/consents", limit=1)

    with counted(app) as three:
        assert len(uof.get("/consents", limit=3).json["items"]) == 3
    with counted(app) as ten:
        assert len(uof.get("/consents", limit=10).json["items"]) == 10

    assert len(three) == len(ten) <= 5


def test_erasing_ten_people_takes_as_many_statements_as_erasing_three(
    api: Client, app: Flask, clock: MovableClock
) -> None:
    uof = api("uof")

    def erasing(people: range) -> list[str]:
        for number in people:
            subject = {"ref": f"p-{number}", "identifiers": {"email": f"p{number}@example.kz"}}
            uof.post("/consents", consent(subject=subject, given_at=f"{clock():%Y-%m-%dT%H:%M:%SZ}"))
            withdraw(uof, subject=f"p-{number}")
        clock.move(days=12)
        with app.app_context():
            run_now(services(), find_job("withdrawals.take_effect"))
        with counted(app) as sent, app.app_context():
            assert run_now(services(), find_job("erasures.execute")).done == len(people)
        return [one for one in sent if not one.startswith("BEGIN")]

    erasing(range(2))  # warms what a process keeps
    three, ten = erasing(range(2, 5)), erasing(range(5, 15))

    assert len(three) == len(ten) <= 80, ten
    assert sum(one.startswith("DELETE FROM subjects") for one in ten) == 1
