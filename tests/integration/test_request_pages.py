"""The pages of requests: who asks is made sure of, every decision has its form, what is held is handed out on record."""

import io
from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from pypdf import PdfReader
from sqlalchemy import text

from consent_service.database import db
from tests.integration.conftest import Api, MovableClock, client_of
from tests.integration.test_consents import ADVERTISING, allowed
from tests.integration.test_dashboard import form_token, sign_in
from tests.integration.test_register_pages import AUDITOR, client, read, send  # noqa: F401 - client is a fixture
from tests.integration.test_request_identity import code_in
from tests.integration.test_subject_requests import ask, known
from tests.integration.test_withdrawal_pages import signed_in_at
from tests.integration.test_withdrawals import work
from tests.mail import Inbox

Client = Callable[[str], Api]
MAIL = {"email": "aizhan@example.kz"}


def place_of(request: Any) -> str:  # Any: JSON
    return f"requests/{request['id']}"


def now(api: Api, request: Any) -> Any:  # Any: JSON
    return api.get(f"/subject-requests/{request['id']}").json


def revealed(app: Flask) -> list[str]:
    with app.app_context(), db.engine.connect() as connection:
        rows = connection.execute(text("SELECT body FROM ledger_events WHERE kind = 'subject_revealed'"))
        return [bytes(row.body).decode() for row in rows]


def test_a_request_that_came_by_phone_is_recorded_after_its_dates_were_seen(
    client: FlaskClient,  # noqa: F811
    api: Client,
    app: Flask,
) -> None:
    uof = known(app)
    form = {"type": "correction", "channel": "phone", "email": "aizhan@example.kz", "text": "My name is Айжанова"}

    status, page = send(client, "requests/new", **form, look="1")
    assert (status, "24.11.2026, open" in page, "My name is" in page) == (200, True, True)
    assert uof.get("/subject-requests").json["items"] == []
    status, place = send(client, "requests/new", **form)

    assert status == 302
    page = read(client, place)
    for planted in ("aizhan", "Айжанова", "Сапарова"):
        assert planted not in page
    assert "not known yet" in page
    status, page = send(client, "requests/new", **form | {"email": "nonsense"})
    assert (status, "Write an e-mail address such as" in page, "nonsense" in page) == (422, True, True)


def test_what_was_written_is_read_on_record_and_never_by_an_auditor(
    client: FlaskClient,  # noqa: F811
    app: Flask,
) -> None:
    request = ask(known(app), "correction", text="My name is Айжанова")
    place = place_of(request)
    assert "Айжанова" not in read(client, place)

    status, page = send(client, f"{place}/words", page=place, because="answer")

    assert (status, "My name is Айжанова" in page) == (200, True)
    (facts,) = revealed(app)
    assert request["id"] in facts
    assert "Айжанова" not in facts
    auditor = app.test_client()
    sign_in(auditor, email=AUDITOR)
    assert "words" not in read(auditor, place)
    assert send(auditor, f"{place}/words", page="requests")[0] == 403
    assert len(revealed(app)) == 1


def test_messages_are_written_and_recorded_and_read_on_record(client: FlaskClient, app: Flask) -> None:  # noqa: F811
    request = ask(known(app), "correction")
    place = place_of(request)

    assert send(client, place, act="message")[0] == 422
    assert send(client, place, act="message", words="Which street is right?")[0] == 302
    assert send(client, place, act="message", words="Canary street.", came="on")[0] == 302

    page = read(client, place)
    assert "№ 2026/1" in page  # what goes out is a letter
    assert "street" not in page
    page = send(client, f"{place}/words", page=place, because="answer")[1]
    assert page.index("Which street is right?") < page.index("Canary street.")
    assert len(revealed(app)) == 1
    assert "street" not in revealed(app)[0]


def code_for(inbox: Inbox, address: str) -> str:
    """Return the code of the last message to somebody; the staff get reminders meanwhile."""
    inbox.received[:] = [mail for mail in inbox.received if mail["X-To"] == address]
    return code_in(inbox)


def test_a_code_is_sent_compared_and_its_tries_count(mailed: tuple[Inbox, Flask], clock: MovableClock) -> None:
    inbox, app = mailed
    signed = signed_in_at(app, "uof")
    uof = known(app)
    request = ask(uof, "access", identifiers=MAIL)
    place = place_of(request)

    assert send(signed, place, act="send_code", by="email")[0] == 302
    assert "on its way" in read(signed, place)
    work(app)
    code = code_for(inbox, MAIL["email"])
    for _ in range(5):
        status, page = send(signed, place, act="enter_code", by="email", code="x")
        assert (status, "This code is wrong or no longer good" in page) == (422, True)
    assert send(signed, place, act="enter_code", by="email", code=code)[0] == 422  # right, but too many tries
    clock.move(minutes=1)
    assert send(signed, place, act="send_code", by="email")[0] == 302
    work(app)
    assert send(signed, place, act="enter_code", by="email", code=code_for(inbox, MAIL["email"]))[0] == 302

    assert (now(uof, request)["state"], now(uof, request)["identity"]) == ("in_progress", "email_code")
    page = read(signed, place)
    assert "a code by e-mail" in page
    assert "aizhan" not in page


def test_without_a_number_on_file_no_text_message_is_sent_and_that_is_said(
    client: FlaskClient,  # noqa: F811
    api: Client,
) -> None:
    request = ask(api("uof"), "access", identifiers=MAIL)

    status, page = send(client, place_of(request), act="send_code", by="sms")

    assert status == 422
    assert "No address for a code by text message is on file" in page


def test_94_v_7_10_seeing_the_document_has_to_be_said_and_no_copy_is_kept(
    client: FlaskClient,  # noqa: F811
    app: Flask,
) -> None:
    uof = known(app)
    request = ask(uof, "access", identifiers=MAIL)
    place = place_of(request)

    status, page = send(client, place, act="by_hand")
    assert (status, "Tick that you have seen the document yourself." in page) == (422, True)
    assert send(client, place, act="by_hand", seen="1")[0] == 302

    assert now(uof, request)["identity"] == "by_hand"
    assert "the document was seen, no copy kept" in read(client, place)


def test_who_cannot_be_identified_is_answered_by_a_letter_and_told_nothing(
    client: FlaskClient,  # noqa: F811
    app: Flask,
) -> None:
    uof = known(app)
    request = ask(uof, "access", identifiers=MAIL)
    place = place_of(request)
    form = {"act": "unidentified", "reference": "94-V 25", "reason": "Two letters stayed unanswered."}

    status, page = send(client, place, **form, look="1")
    assert (status, "№ 2026/1" in page, "Two letters stayed" in page) == (200, True, True)
    assert now(uof, request)["state"] == "received"
    assert send(client, place, **form | {"channel": "registered_mail"})[0] == 302

    done = now(uof, request)
    assert (done["state"], done["letters"][0]["channel"]) == ("refused", "registered_mail")
    token = {"csrf_token": form_token(client, f"/dashboard/uof/{place}"), "because": "check"}
    letter = client.post(f"/dashboard/uof/letters/{done['letters'][0]['id']}.ru.pdf", data=token).data
    assert "установить не удалось" in PdfReader(io.BytesIO(letter)).pages[0].extract_text()


def test_everything_held_is_handed_out_as_data_and_on_paper_only_to_who_answers_and_on_record(
    client: FlaskClient,  # noqa: F811
    app: Flask,
) -> None:
    uof = known(app)
    unknown = place_of(ask(uof, "access", identifiers=MAIL))
    assert send(client, f"{unknown}/package.json", page=unknown, because="answer")[0] == 409
    place = place_of(ask(uof, "access"))
    token = {"csrf_token": form_token(client, f"/dashboard/uof/{place}"), "because": "answer"}

    held = client.post(f"/dashboard/uof/{place}/package.json", data=token)
    printed = {
        language: client.post(f"/dashboard/uof/{place}/package.{language}.pdf", data=token) for language in ("kk", "ru")
    }

    assert held.json
    assert {one["value"] for one in held.json["identifiers"]} >= {"person-1", "aizhan@example.kz"}
    assert held.headers["Cache-Control"] == "no-store"
    for language, words in (("kk", "Сіз туралы сақталатын мәліметтер"), ("ru", "Сведения о Вас, которые хранятся")):
        page = "".join(one.extract_text() for one in PdfReader(io.BytesIO(printed[language].data)).pages)
        assert words in page
        assert "aizhan@example.kz" in page
    assert client.post(f"/dashboard/uof/{place}/package.en.pdf", data=token).status_code == 404
    assert len(revealed(app)) == 3
    auditor = app.test_client()
    sign_in(auditor, email=AUDITOR)
    assert send(auditor, f"{place}/package.json", page="requests")[0] == 403


@pytest.mark.parametrize(
    ("decision", "violation", "state"),
    [("confirm_violation", "confirmed", "never"), ("reject_violation", "not_confirmed", "active")],
)
def test_94_v_25_a_check_is_decided_on_the_page_after_what_it_does_was_seen(
    client: FlaskClient,  # noqa: F811
    app: Flask,
    decision: str,
    violation: str,
    state: str,
) -> None:
    uof = known(app)
    request = ask(uof, "blocking", document="personal-data-agreement")
    place = place_of(request)
    assert 'name="act" value="answer"' not in read(client, place)  # the check comes first

    status, page = send(client, place, act=decision, look="1")
    assert (status, "What this would change" in page) == (200, True)
    assert now(uof, request)["violation"] is None
    assert send(client, place, act=decision)[0] == 302

    assert now(uof, request)["violation"] == violation
    assert (allowed(uof, ADVERTISING) == (True, "active")) is (state == "active")
    assert 'name="act" value="answer"' in read(client, place)
    status, page = send(client, place, act=decision)
    assert (status, "The check has ended already" in page) == (422, True)


def test_a_request_is_refused_with_its_article_and_names_nobody_in_it(
    client: FlaskClient,  # noqa: F811
    app: Flask,
) -> None:
    uof = known(app)
    request = ask(uof, "access")
    place = place_of(request)
    form = {"act": "refuse", "reference": "94-V 25", "reason": "Refused before."}

    status, page = send(client, place, **form | {"reference": "canary@example.kz"})
    assert (status, 'href="#refuse-reference"' in page, "Refused before." in page) == (422, True, True)
    assert send(client, place, **form)[0] == 302
    assert now(uof, request)["reference"] == "94-V 25"
    status, page = send(client, place, act="answer")
    assert (status, "it cannot become" in page) == (422, True)


def test_the_register_is_searched_and_filtered_by_kind_and_state(
    client: FlaskClient,  # noqa: F811
    app: Flask,
    clock: MovableClock,
) -> None:
    uof = known(app)
    ask(uof, "access")
    ask(uof, "correction")
    ask(uof, "complaint", identifiers={"email": "other@example.kz"})

    assert read(client, "requests").count("<tr>") == 4
    assert read(client, "requests?type=access").count("<tr>") == 2
    assert read(client, "requests?state=unidentified").count("<tr>") == 2
    assert read(client, "requests?state=in_progress&type=correction").count("<tr>") == 2
    assert "Nothing fits what you asked for." in read(client, "requests?state=closed")
    status, place = send(client, "requests", subject="person-1")
    assert (status, "person-1" in place) == (302, False)
    assert read(client, place).count("<tr>") == 3
    assert "1 working day left" in read(client, "requests?type=correction")
    clock.move(days=2)
    sign_in(client)
    assert "late by 1 day" in read(client, "requests?type=correction")


def test_today_counts_lead_to_what_they_count(client: FlaskClient, app: Flask, clock: MovableClock) -> None:  # noqa: F811
    uof = known(app)
    ask(uof, "access", identifiers={"email": "other@example.kz"})
    ask(uof, "correction")
    client_of(app, "uof").post(
        "/withdrawals", {"subject": "person-1", "document": "personal-data-agreement", "channel": "email"}
    )
    clock.move(days=2)
    sign_in(client)

    page = read(client, "")

    for address in (
        "duties?state=late",
        "duties?state=soon",
        "withdrawals?state=not_executed",
        "requests?state=unidentified",
    ):
        assert f'href="/dashboard/uof/{address}"' in page
    late, soon = read(client, "duties?state=late"), read(client, "duties?state=soon")
    assert (late.count("late by"), soon.count("late by")) == (1, 0)
    assert "working day left" in soon
    assert "14.12.2026" not in late + soon
    assert "14.12.2026" in page
    case = page.partition("/dashboard/uof/cases/request/")[2].partition('"')[0]
    assert client.get(f"/dashboard/uof/cases/request/{case}").location.endswith(f"/uof/requests/{case}")


def test_an_unknown_page_or_case_keeps_the_navigation_of_whoever_is_signed_in(
    client: FlaskClient,  # noqa: F811
    app: Flask,
) -> None:
    nobody = "0199a1b2-0000-7000-8000-00000000abcd"
    for path in ("nothing", f"withdrawals/{nobody}", f"requests/{nobody}", f"requests/{nobody}/nothing"):
        answer = client.get(f"/dashboard/uof/{path}")
        page = answer.get_data(as_text=True)
        assert (answer.status_code, "There is nothing here" in page) == (404, True)
        assert 'href="/dashboard/uof/requests"' in page, path
        assert "Sign out" in page
    for path in ("dar/nothing", "nowhere/", "nowhere/nothing"):  # none of this account's operators
        page = client.get(f"/dashboard/{path}").get_data(as_text=True)
        assert "Sign out" in page
        assert 'class="sections"' not in page
    stranger = app.test_client().get("/dashboard/uof/nothing")
    assert (stranger.status_code, b"Sign out" in stranger.data) == (404, False)


def test_the_section_of_a_case_is_marked_as_where_one_is(client: FlaskClient, app: Flask) -> None:  # noqa: F811
    place = place_of(ask(known(app), "access"))

    assert 'href="/dashboard/uof/requests" aria-current="page"' in read(client, "requests")
    page = read(client, place)

    assert 'href="/dashboard/uof/requests" aria-current="true"' in page
    assert page.count("aria-current=") == 2  # the language is the other
