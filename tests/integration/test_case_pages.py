"""The pages of cases: what a form asks for is done, what cannot be done is said, nothing personal is shown."""

from collections.abc import Callable
from datetime import date

import pytest
from flask import Flask
from flask.testing import FlaskClient

from consent_service.kernel.uow import Actor
from consent_service.operators.access import Role
from consent_service.operators.staff import add_staff
from consent_service.services import services
from tests.changes import NEXT, REFERRAL, agree, draft
from tests.factories import consent, seed_policies
from tests.integration.conftest import Api, MovableClock
from tests.integration.test_dashboard import PASSWORD, form_token, sign_in
from tests.integration.test_incidents import known, report
from tests.integration.test_register_pages import client, read, send  # noqa: F401 - client is a fixture
from tests.integration.test_withdrawals import withdraw, work

Client = Callable[[str], Api]
PAGES = (
    "", "duties?state=late", "duties?state=soon", "withdrawals", "withdrawals?refused=1", "withdrawals?state=closed", "withdrawals/new",
    "requests", "requests?state=open&type=access", "requests/new",
    "incidents", "incidents/new", "changes", "reminders",
)  # fmt: skip
CANARY = {"email": "canary@example.kz", "full_name": "Канарейкина Айжан"}


@pytest.mark.parametrize("language", ["kk", "ru", "en"])
def test_every_page_opens_empty_in_every_language(client: FlaskClient, language: str) -> None:  # noqa: F811
    client.get(f"/language/{language}")

    for path in PAGES:
        assert f'lang="{language}"' in read(client, path)


def test_a_withdrawal_is_recorded_refused_resumed_and_put_right_on_its_page(
    client: FlaskClient,  # noqa: F811
    api: Client,
    clock: MovableClock,
) -> None:
    api("uof").post("/consents", consent(subject={"ref": "person-1", "identifiers": CANARY}))
    clock.move(minutes=1)
    form = {
        "document": "personal-data-agreement", "subject": "person-1", "matter": "consent", "channel": "registered_mail",
    }  # fmt: skip

    status, place = send(client, "withdrawals/new", **form, text="Hand-written words")
    assert status == 302
    page = read(client, place)
    assert "2.2" in page
    assert "canary" not in page
    assert "Hand-written" not in page
    bar = {"act": "refuse", "bar": "obligation", "reference": "contract 17", "reason": "unpaid"}
    assert send(client, place, **bar)[0] == 302
    assert "contract 17" in read(client, "withdrawals?refused=1")
    clock.move(minutes=1)
    assert send(client, place, act="resume", why="It was paid.")[0] == 302
    assert "It was paid." in read(client, place)
    status, words = send(client, place, act="cancel")
    assert (status, "gives no right to take this back" in words) == (422, True)


def test_what_a_form_gets_wrong_is_said_and_kept(client: FlaskClient) -> None:  # noqa: F811
    status, words = send(
        client, "withdrawals/new", document="personal-data-agreement", subject="nobody", matter="consent"
    )

    assert status == 422
    assert "Nobody is known under this reference." in words
    assert 'value="nobody"' in words
    assert send(client, "requests/new", type="access", channel="form")[0] == 422
    assert send(client, "incidents/new", what="x")[0] == 422


def test_a_request_is_recorded_identified_and_answered_on_its_page(
    client: FlaskClient,  # noqa: F811
    api: Client,
    app: Flask,
) -> None:
    api("uof").post("/consents", consent(subject={"ref": "person-1", "identifiers": CANARY}))

    status, place = send(client, "requests/new", type="access", channel="email", email="canary@example.kz")
    assert status == 302
    page = read(client, place)
    assert "canary" not in page
    assert send(client, place, act="by_hand", seen="1")[0] == 302
    assert send(client, place, act="answer", text="Here it is.")[0] == 302
    assert send(client, place, act="answer")[0] == 422
    assert work(app) == 0


def test_an_incident_goes_from_its_alarm_to_its_end_on_its_page(
    client: FlaskClient,  # noqa: F811
    api: Client,
) -> None:
    known(api("uof"), "uof", "personal-data-agreement", full_name="Канарейкина Айжан")
    form = {"detected_at": "2026-11-23T09:00", "what": "A disk was lost", "categories": "contact"}

    status, place = send(client, "incidents/new", **form)
    assert status == 302
    assert "notify the authorised body today" in read(client, "")
    assert send(client, place, act="people", subjects="person-1")[0] == 302
    assert send(client, place, act="notify")[0] == 302
    assert "notify the authorised body today" not in read(client, "")
    assert send(client, place, act="close", outcome="resolved", reason="Found.")[0] == 422
    assert send(client, place, act="close", outcome="no_breach", reason="It was empty.")[0] == 302
    page = read(client, place)
    assert "It was empty." in page
    assert "Канарейкина" not in page


def test_a_case_that_a_link_names_leads_to_its_page(client: FlaskClient, api: Client) -> None:  # noqa: F811
    uof = api("uof")
    uof.post("/consents", consent())
    made = withdraw(uof)
    incident = report(uof)

    for kind, case, page in (("withdrawal", made, "withdrawals"), ("incident", incident, "incidents")):
        answer = client.get(f"/dashboard/uof/cases/{kind}/{case['id']}")
        assert answer.location.endswith(f"/uof/{page}/{case['id']}")
    assert client.get(f"/dashboard/uof/incidents/{made['id']}").status_code == 404


def test_a_draft_is_previewed_and_published_only_by_who_has_read_it(
    app: Flask, api: Client, clock: MovableClock
) -> None:
    with app.app_context(), services().write(Actor("command", "test")) as unbound:
        uow = unbound.for_operator(seed_policies.number(unbound, "worksection"))
        add_staff(uow, "dpo@acme.example", PASSWORD, Role.DPO)
    agree(api("worksection"), "worksection", REFERRAL)
    clock.move(days=1)
    signed = app.test_client()
    sign_in(signed)
    signed.get("/language/en")
    draft(app, "worksection", REFERRAL, date(2026, 11, 25))
    path = f"/dashboard/worksection/changes/{REFERRAL}/{NEXT}"
    page = signed.get(f"{path}?change=minor").get_data(as_text=True)
    assert "binds who does not object in time" in page
    assert "too early" in page
    token = form_token(signed, path)
    form = {"csrf_token": token, "in_force_on": "2026-11-25", "change": "minor"}

    assert signed.post(path, data=form).status_code == 422
    assert signed.post(path, data=form | {"sure": "on"}).status_code == 302
    work(app)

    page = signed.get(path).get_data(as_text=True)
    assert "no notice has reached them: 1" in page or "the notice is on its way: 1" in page
