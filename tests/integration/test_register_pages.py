"""The pages of recipients and registers: what was entered is kept, what is wrong is said, nothing personal leaks."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient

from consent_service.kernel.uow import Actor
from consent_service.operators.access import Role
from consent_service.operators.staff import add_staff
from consent_service.services import services
from tests.factories import consent, seed_policies
from tests.integration.conftest import START, Api, MovableClock
from tests.integration.test_accounts import events
from tests.integration.test_dashboard import PASSWORD, form_token, sign_in
from tests.integration.test_governance import NAME
from tests.integration.test_recipients import PURPOSE, notices
from tests.integration.test_recipients import enter as enter_recipient
from tests.integration.test_withdrawals import withdraw, work

AUDITOR = "auditor@acme.example"
PAGES = ("recipients", "recipients/new", "registers", "registers/new")
RECIPIENT = {
    "name": "Жарнама ЖШС", "country": "kz", "since_on": "2026-01-01", "purposes": PURPOSE, "data": "email",
    "contract": "7/2026", "contract_on": "2026-01-01", "contact": "canary-office@example.kz",
}  # fmt: skip
ORDER = {"kind": "dpo_order", "done_on": "2026-01-12", "reference": "12-к", "persons": NAME}


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    """Somebody in charge of personal data, signed in, who reads English."""
    with app.app_context(), services().write(Actor("command", "test")) as unbound:
        uow = unbound.for_operator(seed_policies.number(unbound, "uof"))
        add_staff(uow, "dpo@acme.example", PASSWORD, Role.DPO)
        add_staff(uow, AUDITOR, PASSWORD, Role.AUDITOR)
    signed = app.test_client()
    sign_in(signed)
    signed.get("/language/en")
    return signed


def send(client: FlaskClient, path: str, page: str | None = None, **form: object) -> tuple[int, str]:
    token = form_token(client, f"/dashboard/uof/{page or path}")
    answer = client.post(f"/dashboard/uof/{path}", data={"csrf_token": token} | form)
    if answer.status_code == 302:
        return 302, answer.location.removeprefix("/dashboard/uof/")
    return answer.status_code, answer.get_data(as_text=True)


def read(client: FlaskClient, path: str) -> str:
    answer = client.get(f"/dashboard/uof/{path}")
    assert answer.status_code == 200, path
    return answer.get_data(as_text=True)


@pytest.mark.parametrize("language", ["kk", "ru", "en"])
def test_every_page_opens_empty_in_every_language(client: FlaskClient, language: str) -> None:
    client.get(f"/language/{language}")

    for path in PAGES:
        assert "<h1>" in read(client, path)
    for path in ("recipients/register.pdf", f"registers/inspection.{language}.pdf"):
        assert client.get(f"/dashboard/uof/{path}").mimetype == "application/pdf"
    assert client.get("/dashboard/uof/recipients/register.csv").mimetype == "text/csv"
    assert client.get("/dashboard/uof/recipients/register.txt").status_code == 404


def test_a_recipient_is_entered_changed_and_its_history_shown(client: FlaskClient) -> None:
    status, place = send(client, "recipients/new", **RECIPIENT)
    assert status == 302

    changed = send(client, place, edition=1, **RECIPIENT | {"name": "Жарнама Плюс ЖШС"})
    stale = send(client, place, edition=1, **RECIPIENT | {"name": "Басқа"})

    assert changed == (302, place)
    assert stale[0] == 422
    assert "Somebody else has changed this entry" in stale[1]
    page = read(client, place)
    assert "Жарнама Плюс ЖШС" in page
    assert "Жарнама ЖШС" in page
    assert "Жарнама Плюс ЖШС" in read(client, "recipients")


def test_a_recipient_that_cannot_be_taken_is_said_by_field_and_what_was_written_stays(client: FlaskClient) -> None:
    status, page = send(client, "recipients/new", **RECIPIENT | {"country": "DE", "contract_on": ""})

    assert status == 422
    assert 'href="#cross_border"' in page
    assert 'href="#contract_on"' in page
    assert 'value="7/2026"' in page
    assert send(client, "recipients/new", name="")[0] == 422


def test_a_transfer_is_recorded_and_its_people_told(client: FlaskClient, api: Callable[[str], Api]) -> None:
    api("uof").post("/consents", consent())
    _, place = send(client, "recipients/new", **RECIPIENT)
    form = {"transferred_on": "2026-11-23", "purpose": PURPOSE, "moved_data": "email", "notice_agreed": "on"}

    nobody = send(client, f"{place}/transfers", place, **form)
    unknown = send(client, f"{place}/transfers", place, **form, subjects="person-9")
    recorded = send(client, f"{place}/transfers", place, **form, subjects="person-1")

    assert (nobody[0], unknown[0], recorded) == (422, 422, (302, place))
    assert ">must be told<" in read(client, place)
    assert "Tell the subject of the transfer" in read(client, "")
    transfer = api("uof").get("/transfers").json["items"][0]["id"]
    assert send(client, f"transfers/{transfer}/told", place, how="e-mail") == (302, place)
    assert ">must be told<" not in read(client, place)


def test_a_notice_is_printed_sent_and_answered(
    client: FlaskClient, api: Callable[[str], Api], app: Flask, clock: MovableClock
) -> None:
    uof = api("uof")
    uof.post("/consents", consent())
    place = f"recipients/{enter_recipient(uof, contact=None)}"
    withdraw(uof)
    clock.set(START + timedelta(days=11))
    assert work(app) == 0
    sign_in(client)
    (notice,) = notices(uof)
    one = f"recipient-notices/{notice['id']}"

    assert "to be sent by hand" in read(client, "recipients")
    assert client.get(f"/dashboard/uof/{one}.kk.pdf").status_code == 405
    assert send(client, f"{one}.kk.pdf", place)[0] == 422
    assert events(app, "subject_revealed") == []
    form = {"csrf_token": form_token(client, f"/dashboard/uof/{place}"), "because": "reach"}
    assert client.post(f"/dashboard/uof/{one}.kk.pdf", data=form).mimetype == "application/pdf"
    assert ['"because":"reach"' in body for body in events(app, "subject_revealed")] == [True]
    assert send(client, one, place, words="RK1") == (302, place)
    early = send(client, one, place, act="answer", on="2026-12-01", words="15")
    assert early[0] == 422
    assert send(client, one, place, act="answer", on="2026-12-04", words="15") == (302, place)
    assert "answered" in read(client, place)
    assert "person-1" not in read(client, place)


def test_an_entry_is_made_changed_and_asks_for_review(client: FlaskClient) -> None:
    assert "The registers lack" in read(client, "registers")
    status, place = send(client, "registers/new", **ORDER | {"review_on": "2026-12-01"})
    assert status == 302

    changed = send(client, place, edition=1, **ORDER | {"until_on": "2027-01-01", "review_on": "2026-12-01"})
    stale = send(client, place, edition=1, **ORDER)
    wrong = send(client, "registers/new", **ORDER | {"persons": "", "until_on": "yesterday"})

    assert changed == (302, place)
    assert (stale[0], wrong[0]) == (422, 422)
    assert 'href="#until_on"' in wrong[1]
    page = read(client, "registers")
    for found in (NAME, "To be reviewed", "12-к", "medium operator"):
        assert found in page
    assert "01.01.2027" in read(client, place)


def test_an_auditor_reads_and_changes_nothing(app: Flask, client: FlaskClient) -> None:
    _, place = send(client, "registers/new", **ORDER)
    auditor = app.test_client()
    sign_in(auditor, email=AUDITOR)

    page = auditor.get(f"/dashboard/uof/{place}").get_data(as_text=True)
    token = form_token(auditor, "/dashboard/uof/registers")

    assert NAME in page
    assert "<textarea" not in page
    assert auditor.post("/dashboard/uof/registers/new", data={"csrf_token": token} | ORDER).status_code == 403
