"""What an attacker tries: requests that are nearly ordinary, answers that nobody made, accounts that come back."""

import base64
import json
import threading
from collections.abc import Callable
from functools import partial
from io import BytesIO
from typing import Any, NoReturn

import orjson
import pytest
from flask import Flask
from werkzeug.test import create_environ, run_wsgi_app

from consent_service.api import recording_together
from consent_service.operators.queries import list_credentials
from consent_service.operators.service import revoke_credential
from consent_service.services import services
from tests.accounts import SIGN_IN, Browser
from tests.factories import consent, seed_policies
from tests.integration.conftest import ACTOR, Api, MovableClock
from tests.integration.test_consents import ADVERTISING
from tests.integration.test_short_way import consents_of, sent_together

Client = Callable[[str], Api]


@pytest.mark.parametrize("declared", ["application/json-patch+json", "application/jsonlines", "application/json5"])
def test_a_body_that_is_declared_as_something_like_json_is_refused(api: Client, app: Flask, declared: str) -> None:
    uof = api("uof")
    headers = {"Authorization": f"Bearer {uof.secret}", "Content-Type": declared}
    answer = app.test_client().post("/api/v1/consents", data=json.dumps(consent()), headers=headers)

    assert answer.status_code == 415
    assert consents_of(app) == 0


def test_a_request_that_was_cut_off_records_nothing(api: Client, app: Flask) -> None:
    uof, body = api("uof"), orjson.dumps(consent())
    sent = create_environ(method="POST", path="/api/v1/consents", data=body, content_type="application/json")
    sent["HTTP_AUTHORIZATION"] = f"Bearer {uof.secret}"

    for promised in (str(len(body) + 1), "9" * 5000):
        sent |= {"wsgi.input": BytesIO(body), "CONTENT_LENGTH": promised}
        assert run_wsgi_app(app.wsgi_app, sent)[1].startswith("400")

    assert consents_of(app) == 0


def test_whatever_goes_wrong_among_many_each_is_answered_by_the_view(
    api: Client, app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> NoReturn:
        raise RuntimeError("nobody foresaw this")

    monkeypatch.setattr(recording_together, "record_all", fail)
    uof = api("uof")
    people = [consent(subject={"ref": f"p-{one}"}) for one in range(3)]

    answers = sent_together(app, [partial(uof.post, "/consents", one) for one in people])

    assert [answer.status_code for answer in answers] == [201] * 3
    assert consents_of(app) == 3


def test_a_key_that_is_asked_with_while_it_is_revoked_is_known_no_longer(api: Client, app: Flask) -> None:
    uof = api("uof")
    asked = partial(uof.get, "/permissions", subject="person-1", purpose=ADVERTISING)
    with app.app_context(), services().write(ACTOR) as unbound:
        uow = unbound.for_operator(seed_policies.number(unbound, "uof"))
        (key,) = [one.id for one in list_credentials(uow) if one.revoked_at is None]
        revoke_credential(uow, key)
        statuses: list[int] = []
        other = threading.Thread(target=lambda: statuses.append(asked().status_code))
        other.start()
        other.join()
        assert statuses == [200], "it is not committed yet"

    assert asked().status_code == 401


@pytest.mark.parametrize(
    "cursor",
    [
        json.dumps(["0001-01-01T00:00:00+23:59", "0198c0de-0000-7000-8000-000000000000"]),
        json.dumps(["9999-12-31T23:59:59-23:59", "0198c0de-0000-7000-8000-000000000000"]),
        "[" * 2000,
    ],
)
def test_a_place_in_a_list_that_nobody_gave_out_is_refused(api: Client, cursor: str) -> None:
    uof = api("uof")
    made = base64.urlsafe_b64encode(cursor.encode()).decode().rstrip("=")

    for path in ("/consents", "/withdrawals", "/subject-requests", "/erasure-orders"):
        answer = uof.get(path, cursor=made)
        assert answer.status_code == 422, (path, answer.json)


def client_data(said: Any) -> str:  # Any: JSON values
    return json.dumps({"response": {"clientDataJSON": base64.urlsafe_b64encode(json.dumps(said).encode()).decode()}})


@pytest.mark.parametrize(
    "answer",
    [
        "[" * 5000,
        json.dumps({"response": {"clientDataJSON": 7}}),
        client_data({"challenge": 7}),
        client_data({"challenge": ["a"]}),
        client_data({"challenge": "ÿ"}),
        client_data([]),
        "null",
    ],
)
def test_an_answer_of_no_passkey_is_refused_like_any_other(app: Flask, clock: MovableClock, answer: str) -> None:
    visitor = Browser(app, clock)

    assert visitor.post(f"{SIGN_IN}/passkey", page=SIGN_IN, answer=answer).status_code == 403
