"""Signing in with codes, sessions that end, asking once more who it is, and pauses that lock nobody else out."""

import re
import threading
from datetime import timedelta
from uuid import UUID

import pytest
from flask import Flask

from consent_service.accounts.resetting import reset_proofs
from consent_service.accounts.sign_in import FREE_TRIES_EVERYWHERE
from consent_service.jobs.runner import find_job, run_now
from consent_service.operators.access import Role
from consent_service.operators.staff import staff_at
from consent_service.services import services
from tests.accounts import ACCOUNT, EMAIL, SIGN_IN, Browser, add
from tests.factories import consent
from tests.integration.conftest import ACTOR, MovableClock, client_of
from tests.integration.test_jobs import rows
from tests.office import PASSWORD, bound

FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:153.0) Gecko/20100101 Firefox/153.0"


@pytest.fixture
def me(app: Flask, clock: MovableClock) -> Browser:
    """Somebody in charge of personal data, signed in."""
    add(app)
    made = Browser(app, clock)
    assert made.sign_in().status_code == 302
    return made


def events(app: Flask, kind: str) -> list[str]:
    return [str(body) for (body,) in rows(app, f"SELECT body FROM ledger_events WHERE kind = '{kind}' ORDER BY id")]


def test_with_an_app_the_password_alone_opens_nothing(me: Browser, clock: MovableClock) -> None:
    app, _ = me.set_up_app()
    clock.move(minutes=1)
    other = Browser(me.app, clock)

    first = other.sign_in()
    assert (first.status_code, other.is_in) == (200, False)
    wrong = other.second(first, "000000")
    assert (wrong.status_code, other.is_in) == (403, False)

    assert other.second(first, app.at(clock.now)).status_code == 302
    assert other.is_in


def test_a_code_is_taken_once_and_none_before_it_is_taken_after_it(me: Browser, clock: MovableClock) -> None:
    app, _ = me.set_up_app()
    confirmed = app.at(clock.now)
    other = Browser(me.app, clock)
    assert other.second(other.sign_in(), confirmed).status_code == 403  # it confirmed the app already
    clock.move(seconds=60)
    code, earlier = app.at(clock.now), app.at(clock.now - timedelta(seconds=30))
    assert other.second(other.sign_in(), code).status_code == 302

    for replayed in (code, earlier):
        third = Browser(me.app, clock)
        assert third.second(third.sign_in(), replayed).status_code == 403
        assert not third.is_in


def test_a_code_that_two_browsers_send_at_once_lets_one_in(me: Browser, clock: MovableClock) -> None:
    app, _ = me.set_up_app()
    clock.move(minutes=1)
    code = app.at(clock.now)
    browsers = [Browser(me.app, clock) for _ in range(4)]
    firsts = [one.sign_in() for one in browsers]
    answers: list[int] = []
    threads = [
        threading.Thread(target=lambda one=one, first=first: answers.append(one.second(first, code).status_code))
        for one, first in zip(browsers, firsts, strict=True)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sorted(answers).count(302) == 1
    assert sum(one.is_in for one in browsers) == 1


def test_a_recovery_code_opens_once_and_stands_nowhere_in_clear(me: Browser, clock: MovableClock) -> None:
    app, codes = me.set_up_app()
    other, third = Browser(me.app, clock), Browser(me.app, clock)

    assert other.second(other.sign_in(), codes[0].upper()).status_code == 302
    assert third.second(third.sign_in(), codes[0]).status_code == 403

    assert "9" in re.findall(r"codes left: (\d+)", me.get(ACCOUNT).get_data(as_text=True))
    assert [body.count('"left"') for body in events(me.app, "recovery_code_used")] == [1]
    held = str(rows(me.app, "SELECT * FROM staff_recovery_codes")) + str(
        rows(me.app, "SELECT * FROM staff_authenticators")
    )
    assert not any(code in held for code in codes)
    assert app.secret not in held


def test_a_ticket_of_the_second_step_is_good_once_and_for_five_minutes(me: Browser, clock: MovableClock) -> None:
    app, _ = me.set_up_app()
    clock.move(minutes=1)
    other = Browser(me.app, clock)
    first = other.sign_in()
    clock.move(minutes=6)
    assert other.second(first, app.at(clock.now)).status_code == 403

    first = other.sign_in()
    assert other.second(first, app.at(clock.now)).status_code == 302
    clock.move(minutes=1)
    third = Browser(me.app, clock)
    third.client = other.client
    third.post("/dashboard/sign-out")
    assert third.second(first, app.at(clock.now)).status_code == 403


def test_guessing_codes_with_the_right_password_is_slowed_down(me: Browser, clock: MovableClock) -> None:
    app, _ = me.set_up_app()
    clock.move(minutes=1)
    thief = Browser(me.app, clock, network="198.51.100.7")
    for _ in range(5):
        assert thief.second(thief.sign_in(), "000000").status_code == 403

    assert thief.sign_in().status_code == 403  # the right password, too soon
    clock.move(seconds=31)
    assert thief.second(thief.sign_in(), app.at(clock.now)).status_code == 302


def test_whoever_lost_everything_is_helped_by_whoever_runs_the_service(me: Browser, clock: MovableClock) -> None:
    me.set_up_app()
    with me.app.app_context(), services().write(ACTOR) as unbound:
        uow = bound(unbound)
        reset_proofs(uow, staff_at(uow, EMAIL))

    assert not me.is_in
    assert Browser(me.app, clock).sign_in().status_code == 302
    (facts,) = events(me.app, "staff_proofs_reset")
    assert '"had_app":true' in facts.replace(" ", "")


def test_setting_up_and_removing_an_app_is_recorded_and_asks_who_it_is(me: Browser, clock: MovableClock) -> None:
    app, _ = me.set_up_app()
    clock.move(minutes=11)

    asked = me.post("/account/app/remove")
    assert (asked.status_code, "confirm_proof" in asked.get_data(as_text=True)) == (403, True)
    assert me.post("/account/app/remove", confirm_proof=PASSWORD).status_code == 403  # the code is asked for now
    assert me.post("/account/app/remove", confirm_proof=app.at(clock.now)).status_code == 302

    assert len(events(me.app, "authenticator_set")) == len(events(me.app, "authenticator_removed")) == 1
    assert Browser(me.app, clock).sign_in().status_code == 302


def test_sessions_are_listed_without_addresses_and_ended_one_by_one_or_all(app: Flask, clock: MovableClock) -> None:
    add(app)
    here = Browser(app, clock)
    there = [Browser(app, clock, network=f"198.51.100.{number}") for number in (77, 78)]
    for one in (here, *there):
        one.client.environ_base["HTTP_USER_AGENT"] = FIREFOX
        one.sign_in()
    page = here.get(ACCOUNT).get_data(as_text=True)
    assert page.count("Firefox, Linux") == 3
    assert page.count("198.51.100.0/24") == 2
    assert "198.51.100.77" not in page
    assert "198.51.100" not in str(rows(app, "SELECT * FROM staff_sessions"))

    others = re.findall(r'name="session" value="([0-9a-f-]{36})"', page)
    assert here.post("/account/sessions", session=others[0]).status_code == 302
    assert sorted(one.is_in for one in there) == [False, True]
    assert here.post("/account/sessions", session="others").status_code == 302
    assert [one.is_in for one in there] == [False, False]
    assert here.is_in


def test_nobody_ends_the_session_of_somebody_else(me: Browser, clock: MovableClock) -> None:
    ((mine,),) = rows(me.app, "SELECT id FROM staff_sessions")
    add(me.app, Role.OWNER, "other@acme.example")
    other = Browser(me.app, clock, email="other@acme.example")
    other.sign_in()

    assert other.post("/account/sessions", session=str(UUID(str(mine)))).status_code == 404
    assert me.is_in


def test_an_export_asks_once_more_who_it_is_and_then_goes_on_by_itself(me: Browser, clock: MovableClock) -> None:
    register = "/dashboard/uof/recipients/register.csv"
    assert me.get(register).status_code == 200  # just signed in
    clock.move(minutes=11)

    assert me.get(register).status_code == 403
    assert me.post("/account/confirm", next=register, confirm_proof="wrong password").location == register
    assert me.get(register).status_code == 403
    assert me.post("/account/confirm", next=register, confirm_proof=PASSWORD).location == register
    assert me.get(register).status_code == 200
    clock.move(minutes=11)
    assert me.get(register).status_code == 403


def test_a_form_that_is_asked_about_is_carried_on_whole(me: Browser, clock: MovableClock) -> None:
    client_of(me.app, "uof").post("/consents", consent(subject={"ref": "person-1"}))
    ordered = me.post(
        "/dashboard/uof/erasures/new",
        page="/dashboard/uof/erasures/new",
        subject="person-1",
        ground="18(3)",
        reference="decision 2-17 of a court",
    )
    assert ordered.status_code == 302, ordered.get_data(as_text=True)
    clock.move(minutes=11)

    asked = me.post(ordered.location, act="cancel", reference='a "second" decision <1>')
    page = asked.get_data(as_text=True)
    assert asked.status_code == 403
    assert 'name="reference" value="a &#34;second&#34; decision &lt;1&gt;"' in page
    assert "scheduled" in str(rows(me.app, "SELECT state FROM erasure_orders"))
    done = me.post(ordered.location, act="cancel", reference='a "second" decision <1>', confirm_proof=PASSWORD)

    assert done.status_code == 302
    assert rows(me.app, "SELECT state FROM erasure_orders") == [("cancelled",)]


@pytest.mark.parametrize("network", ["198.51.100.7", "2001:db8::7"])
def test_whoever_tries_passwords_elsewhere_slows_down_nobody_but_themselves(
    me: Browser, clock: MovableClock, network: str
) -> None:
    thief = Browser(me.app, clock, network=network)
    for _ in range(20):
        assert thief.sign_in("wrong password").status_code == 403
    assert thief.sign_in().status_code == 403  # even the right one, for now

    assert me.post("/dashboard/sign-out").status_code == 302
    assert me.sign_in().status_code == 302
    assert Browser(me.app, clock, network="192.0.2.9").sign_in().status_code == 302  # a new browser elsewhere


def test_tries_from_everywhere_together_slow_down_new_browsers_and_never_a_known_one(
    me: Browser, clock: MovableClock
) -> None:
    for number in range(FREE_TRIES_EVERYWHERE):
        assert Browser(me.app, clock, network=f"198.51.{number}.7").sign_in("wrong password").status_code == 403

    assert Browser(me.app, clock, network="192.0.2.9").sign_in().status_code == 403
    me.post("/dashboard/sign-out")
    assert me.sign_in().status_code == 302

    clock.move(minutes=16)
    assert Browser(me.app, clock, network="192.0.2.9").sign_in().status_code == 302


def test_a_known_browser_is_slowed_down_by_its_own_failures(me: Browser, clock: MovableClock) -> None:
    me.post("/dashboard/sign-out")
    for _ in range(5):
        assert me.sign_in("wrong password").status_code == 403

    assert me.sign_in().status_code == 403
    clock.move(seconds=31)
    assert me.sign_in().status_code == 302


def test_the_cookie_of_a_browser_counts_for_its_own_account_alone(me: Browser, clock: MovableClock) -> None:
    add(me.app, Role.OWNER, "other@acme.example")
    me.post("/dashboard/sign-out")
    me.email = "other@acme.example"
    for _ in range(5):
        me.sign_in("wrong password")

    assert Browser(me.app, clock, email=me.email).sign_in().status_code == 403  # the same network, for one account
    assert Browser(me.app, clock, network="192.0.2.9", email=me.email).sign_in().status_code == 302


def test_what_was_begun_and_browsers_not_used_for_half_a_year_are_forgotten(me: Browser, clock: MovableClock) -> None:
    me.set_up_app()
    Browser(me.app, clock).sign_in()
    assert len(rows(me.app, "SELECT * FROM sign_in_tickets")) == len(rows(me.app, "SELECT * FROM staff_devices")) == 1
    clock.move(days=181)

    with me.app.app_context():
        run_now(services(), find_job("housekeeping"))

    assert rows(me.app, "SELECT * FROM sign_in_tickets") == rows(me.app, "SELECT * FROM staff_devices") == []


def test_a_form_of_another_page_signs_nobody_in(app: Flask, clock: MovableClock) -> None:
    add(app)
    browser = Browser(app, clock)
    answer = browser.client.post(f"{SIGN_IN}/code", data={"csrf_token": "0" * 64, "ticket": "x", "code": "000000"})

    assert answer.status_code == 403
    assert EMAIL not in answer.get_data(as_text=True)
