"""The page on which somebody chooses what comes, how early, and makes or ends the address of a calendar feed."""

import re

import pytest
from flask import Flask
from flask.testing import FlaskClient

from consent_service.operators.queries import operator_rules
from consent_service.services import services
from tests.integration.conftest import ACTOR, MovableClock
from tests.integration.test_dashboard import form_token, sign_in
from tests.mail import Inbox
from tests.office import AUDITOR, DPO, OWNER, PASSWORD, SLUG, Office, bound

PAGE = f"/dashboard/{SLUG}/reminders"


@pytest.fixture
def office(app: Flask, clock: MovableClock) -> Office:
    made = Office(app, clock, Inbox())
    made.staff(DPO, OWNER, AUDITOR)
    return made


def client(office: Office, email: str = DPO) -> FlaskClient:
    signed = office.app.test_client()
    assert sign_in(signed, PASSWORD, email) == 302
    signed.get("/language/en")
    return signed


def send(client: FlaskClient, **form: str) -> tuple[int, str]:
    answer = client.post(PAGE, data={"csrf_token": form_token(client, PAGE)} | form)
    if answer.status_code == 302:
        assert answer.location == f"{PAGE}?saved=1"
        answer = client.get(answer.location)
        assert "Saved." in answer.get_data(as_text=True)
        return 302, answer.get_data(as_text=True)
    return answer.status_code, answer.get_data(as_text=True)


def ticked(page: str) -> set[str]:
    return set(re.findall(r'<input type="checkbox" id="(\w+)"[^>]* checked', page))


@pytest.mark.parametrize(("email", "usual"), [(DPO, {"reminders", "digest"}), (OWNER, set())])
def test_the_one_in_charge_gets_everything_and_others_what_is_late(office: Office, email: str, usual: set[str]) -> None:
    page = client(office, email).get(PAGE).get_data(as_text=True)

    assert ticked(page) == usual
    assert "This cannot be switched off." in page
    assert "No mail server is set" in page


def test_what_was_chosen_is_kept_for_this_person_here_alone(office: Office) -> None:
    office.staff(DPO, slug="dar")
    dpo = client(office)
    status, page = send(dpo, act="messages", reminders="on", language="ru")

    assert (status, ticked(page)) == (302, {"reminders"})
    assert '<option value="ru" selected>' in page
    assert ticked(dpo.get("/dashboard/dar/reminders").get_data(as_text=True)) == {"reminders", "digest"}
    assert ticked(client(office, OWNER).get(PAGE).get_data(as_text=True)) == set()
    assert office.rows("SELECT count(*) FROM ledger_events WHERE kind = 'reminders_chosen'") == [(1,)]


@pytest.mark.parametrize("days", ["0", "16", "-1", "", "many", "3.5", "٣", "9" * 30])
def test_how_early_is_bounded_and_what_was_typed_stays(office: Office, days: str) -> None:
    status, page = send(client(office), act="days", days=days)

    assert status == 422
    assert 'role="alert"' in page
    assert f'value="{days}"' in page
    with office.app.app_context(), services().read(ACTOR) as unbound:
        assert operator_rules(bound(unbound)).remind_working_days == 3


def test_how_early_holds_for_the_operator(office: Office) -> None:
    send(client(office), act="days", days="7")

    assert 'value="7"' in client(office, OWNER).get(PAGE).get_data(as_text=True)


@pytest.mark.parametrize("form", [{}, {"act": "other"}, {"act": "messages", "language": "de"}, {"act": "messages"}])
def test_a_form_that_asks_for_nothing_known_changes_nothing(office: Office, form: dict[str, str]) -> None:
    status, _ = send(client(office), **form)

    assert status == 422
    assert office.rows("SELECT count(*) FROM reminder_choices") == [(0,)]


def test_the_address_is_shown_once_replaced_and_ended(office: Office) -> None:
    dpo = client(office)
    _, made = send(dpo, act="feed")
    first = address(made)
    assert dpo.get(first).status_code == 200
    shown_later = dpo.get(PAGE).get_data(as_text=True)
    _, again = send(dpo, act="feed")
    second = address(again)
    old, new = dpo.get(first).status_code, dpo.get(second).status_code
    send(dpo, act="revoke")

    assert first not in shown_later
    assert "Last read" in shown_later
    assert "23.11.2026 10:00" in shown_later
    assert (old, new, dpo.get(second).status_code) == (404, 200, 404)
    assert "There is no address yet." in dpo.get(PAGE).get_data(as_text=True)
    assert [kind for (kind,) in office.rows("SELECT kind FROM ledger_events WHERE kind LIKE 'calendar%' ORDER BY stream_seq")] == [
        "calendar_feed_made", "calendar_feed_made", "calendar_feed_revoked",
    ]  # fmt: skip


def test_the_page_with_an_address_is_kept_by_nobody(office: Office) -> None:
    dpo = client(office)
    answer = dpo.post(PAGE, data={"csrf_token": form_token(dpo, PAGE), "act": "feed"})

    assert answer.headers["Cache-Control"] == "no-store"
    assert dpo.post(PAGE, data={"csrf_token": "0" * 32, "act": "feed"}).status_code == 403


def test_an_auditor_reads_and_changes_nothing(office: Office) -> None:
    auditor = client(office, AUDITOR)
    page = auditor.get(PAGE).get_data(as_text=True)

    assert "As an auditor" in page
    token = form_token(auditor, f"/dashboard/{SLUG}/")
    assert auditor.post(PAGE, data={"csrf_token": token, "act": "feed"}).status_code == 403
    assert office.rows("SELECT count(*) FROM calendar_feeds") == [(0,)]


def address(page: str) -> str:
    match = re.search(r'id="address">http://127\.0\.0\.1:8000(/calendar/[0-9a-f]+_[A-Za-z0-9_-]{43}\.ics)<', page)
    assert match, page
    return match[1]
