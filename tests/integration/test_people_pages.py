"""Consents, looking for people, and one person on one page: nothing personal in addresses, everything recorded."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from flask.testing import FlaskClient

from consent_service.jobs.runner import find_job, run_now
from consent_service.services import services
from tests.factories import consent
from tests.integration.conftest import Api, client_of
from tests.integration.test_dashboard import form_token, sign_in
from tests.integration.test_subject_requests import ask
from tests.integration.test_withdrawals import withdraw, work
from tests.office import AUDITOR, DPO, OWNER, PASSWORD, Office

EMAIL, PHONE, IIN, NAME = "canary@example.kz", "+77012345678", "900101300017", "Канарейкина Айжан"
VALUES = {"email": "  Canary@Example.kz ", "phone": "8 701 234 56 78", "iin": IIN, "ref": "person-1"}
Entered = Callable[[str], FlaskClient]


@pytest.fixture
def uof(office: Office) -> Api:
    api = client_of(office.app, "uof")
    known = {"email": EMAIL, "phone": PHONE, "iin": IIN, "full_name": NAME}
    for ref, identifiers in (("person-1", known), ("person-2", {"email": "other@example.kz"})):
        answer = api.post("/consents", consent(subject={"ref": ref, "identifiers": identifiers}))
        assert answer.status_code == 201, answer.json
    return api


@pytest.fixture
def entered(office: Office, uof: Api) -> Entered:
    def enter(address: str) -> FlaskClient:
        client = office.app.test_client()
        assert sign_in(client, PASSWORD, address) == 302
        client.get("/language/en")
        return client

    return enter


def send(client: FlaskClient, path: str, **form: str) -> Any:  # Any: Werkzeug's test answer
    return client.post(path, data={"csrf_token": form_token(client, "/dashboard/uof/consents"), **form})


def seek(client: FlaskClient, by: str, value: str) -> Any:  # Any: as above
    return send(client, "/dashboard/uof/consents", by=by, value=value)


def facts(office: Office, kind: str) -> list[dict[str, Any]]:  # Any: JSON values
    rows = office.rows(f"SELECT body FROM ledger_events WHERE kind = '{kind}'")
    return [json.loads(bytes(body))["facts"] for (body,) in rows]  # type: ignore[call-overload]  # bytes, by the column


def person_of(client: FlaskClient) -> str:
    page = client.get(seek(client, "ref", "person-1").location).get_data(as_text=True)
    return page.partition("/dashboard/uof/people/")[2].partition('"')[0]


@pytest.mark.parametrize("by", list(VALUES))
def test_a_person_is_found_by_each_kind_of_word_and_the_address_says_nothing(
    office: Office, entered: Entered, by: str
) -> None:
    client = entered(DPO)

    answer = seek(client, by, VALUES[by])

    assert answer.status_code == 302
    assert answer.location.startswith("/dashboard/uof/consents?search=")
    page = client.get(answer.location).get_data(as_text=True)
    assert page.count("<tr>") == 2
    for planted in (EMAIL, "canary", "7012345678", IIN, "Канарейкина", "person-1"):
        assert planted not in page + answer.location
    (recorded,) = facts(office, "subject_searched")
    assert recorded["by"] == [by]
    assert recorded["found"] == 1
    assert set(recorded) == {"search", "by", "found"}
    kept = str(office.rows("SELECT * FROM subject_searches"))
    assert not any(planted in kept for planted in ("canary", "7012345678", IIN, "person-1"))


def test_a_search_that_finds_nobody_shows_nobody_and_is_recorded(office: Office, entered: Entered) -> None:
    client = entered(DPO)

    page = client.get(seek(client, "email", "nobody@example.kz").location).get_data(as_text=True)

    assert "Nobody was found" in page
    assert "<tr>" not in page
    assert facts(office, "subject_searched")[0]["found"] == 0


def test_what_cannot_be_right_is_refused_without_being_repeated_or_recorded(office: Office, entered: Entered) -> None:
    client = entered(DPO)

    answer = seek(client, "iin", "900101300018")

    assert answer.status_code == 422
    assert "900101300018" not in answer.get_data(as_text=True)
    assert seek(client, "name", "x").status_code == 422
    assert facts(office, "subject_searched") == []


def test_a_search_is_of_whoever_made_it_at_this_operator_and_ends(office: Office, entered: Entered) -> None:
    office.staff(DPO, slug="dar")
    client, other = entered(DPO), entered(OWNER)
    address = seek(client, "email", EMAIL).location
    assert "<tr>" in client.get(address).get_data(as_text=True)

    assert "Nobody was found" in other.get(address).get_data(as_text=True)
    assert "Nobody was found" in client.get(address.replace("/uof/", "/dar/")).get_data(as_text=True)
    assert "Nobody was found" in client.get("/dashboard/uof/consents?search=nonsense").get_data(as_text=True)
    office.clock.move(minutes=29)
    client.get("/dashboard/uof/consents")
    assert "<tr>" in client.get(address).get_data(as_text=True)
    office.clock.move(minutes=2)
    assert "Nobody was found" in client.get(address).get_data(as_text=True)
    with office.app.app_context():
        run_now(services(), find_job("housekeeping"))
    assert office.rows("SELECT count(*) FROM subject_searches") == [(0,)]


def test_consents_are_filtered_by_document_purpose_state_and_day(office: Office, uof: Api, entered: Entered) -> None:
    withdraw(uof)
    office.clock.move(days=11)
    with office.app.app_context():
        run_now(services(), find_job("withdrawals.take_effect"))
    client = entered(DPO)

    def count(query: str) -> int:
        answer = client.get(f"/dashboard/uof/consents?{query}")
        assert answer.status_code == 200
        return max(0, answer.get_data(as_text=True).count("<tr>") - 1)

    assert count("") == 2
    assert count("state=withdrawn") == count("state=active") == 1
    assert count("state=withdrawn&document=personal-data-agreement") == 1
    assert count("state=withdrawn&order=earliest&since=2026-11-23&until=2026-11-23") == 1
    assert count("state=withdrawn&since=2026-11-24") == count("until=2026-11-22") == count("state=blocked") == 0
    assert count("purpose=uof/personal-data-agreement%23targeted_advertising") == 2
    assert count("purpose=nonsense&document=nonsense&since=nonsense") == 2


def test_one_page_shows_all_that_is_kept_of_a_person_and_nobody(office: Office, uof: Api, entered: Entered) -> None:
    withdraw(uof)
    ask(uof, "access")
    client = entered(DPO)
    office.clock.move(days=11)
    sign_in(client, PASSWORD, DPO)
    with office.app.app_context():
        run_now(services(), find_job("withdrawals.take_effect"))

    page = client.get(f"/dashboard/uof/people/{person_of(client)}").get_data(as_text=True)

    for part in ("Withdrawal of consent", "Access to one", "What happened", "Erasures"):
        assert part in page
    assert page.count("••••••") == 5
    for planted in (EMAIL, "7012345678", IIN, "Канарейкина", "person-1"):
        assert planted not in page


def test_who_a_person_is_is_shown_to_those_who_say_why_and_recorded(office: Office, entered: Entered) -> None:
    client = entered(DPO)
    address = f"/dashboard/uof/people/{person_of(client)}"
    assert send(client, address, because="answer", reference="").status_code == 422
    assert send(client, address, because="", reference="letter 12").status_code == 422
    assert send(client, address, because="answer", reference="of canary@example.kz").status_code == 422
    assert facts(office, "subject_revealed") == []

    answer = send(client, address, because="answer", reference="letter 12")

    page = answer.get_data(as_text=True)
    for planted in (EMAIL, PHONE, IIN, NAME, "person-1"):
        assert planted in page
    assert answer.headers["Cache-Control"] == "no-store"
    (recorded,) = facts(office, "subject_revealed")
    assert (recorded["because"], recorded["reference"]) == ("answer", "letter 12")
    assert recorded["what"] == ["email", "full_name", "iin", "phone", "ref"]
    assert EMAIL not in client.get(address).get_data(as_text=True)


def test_an_auditor_looks_for_people_and_never_sees_who_they_are(office: Office, entered: Entered) -> None:
    client = entered(AUDITOR)
    address = f"/dashboard/uof/people/{person_of(client)}"

    assert "Show who it is" not in client.get(address).get_data(as_text=True)
    assert send(client, address, because="answer", reference="letter 12").status_code == 403
    assert facts(office, "subject_revealed") == []


def test_whoever_has_been_erased_is_nobody_on_the_page(office: Office, uof: Api, entered: Entered) -> None:
    client = entered(DPO)
    address = f"/dashboard/uof/people/{person_of(client)}"
    withdraw(uof)
    office.clock.move(days=12)
    assert work(office.app) == 0
    sign_in(client, PASSWORD, DPO)

    page = client.get(address).get_data(as_text=True)

    assert "has been erased" in page
    assert ">done</span>" in page
    assert send(client, address, because="answer", reference="letter 12").status_code == 404
    assert client.get("/dashboard/uof/people/0199a1b2-0000-7000-8000-00000000abcd").status_code == 404
    assert client.get(address.replace("/uof/", "/nobody-s/")).status_code == 404
