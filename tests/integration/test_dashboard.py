"""The dashboard's guards: sessions, tokens in forms, operators kept apart, no personal data in pages."""

import re
from collections.abc import Callable
from datetime import timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import text

from consent_service.database import db
from consent_service.kernel.uow import Actor
from consent_service.operators.access import Role
from consent_service.operators.staff import add_staff
from consent_service.services import services
from tests.databases import app_on
from tests.factories import consent, seed_policies
from tests.integration.conftest import Api, MovableClock
from tests.integration.test_withdrawals import work

EMAIL, PASSWORD = "dpo@acme.example", "correct horse battery"


@pytest.fixture
def staff(app: Flask) -> Flask:
    """The app with an account at one operator."""
    with app.app_context(), services().write(Actor("command", "test")) as unbound:
        add_staff(unbound.for_operator(seed_policies.number(unbound, "uof")), EMAIL, PASSWORD, Role.DPO)
    return app


def form_token(client: FlaskClient, path: str = "/dashboard/sign-in") -> str:
    page = client.get(path).get_data(as_text=True)
    match = re.search(r'name="csrf_token" value="([^"]+)"', page)
    assert match, page
    return match[1]


def sign_in(client: FlaskClient, password: str = PASSWORD, email: str = EMAIL, **more: str) -> int:
    form = {"csrf_token": form_token(client), "email": email, "password": password} | more
    return client.post("/dashboard/sign-in", data=form).status_code


def test_pages_need_a_session_and_send_back_to_themselves(staff: Flask) -> None:
    answer = staff.test_client().get("/dashboard/uof/?after=x")

    assert answer.status_code == 302
    assert answer.location == "/dashboard/sign-in?next=/dashboard/uof/?after%3Dx"


def test_signing_in_shows_what_is_due_without_telling_who(staff: Flask, api: Callable[[str], Api]) -> None:
    uof = api("uof")
    identifiers = {"email": "canary@example.kz", "full_name": "Канарейкина Айжан"}
    uof.post("/consents", consent(subject={"ref": "person-1", "identifiers": identifiers}))
    uof.post("/withdrawals", {"subject": "person-1", "document": "personal-data-agreement", "channel": "email"})
    client = staff.test_client()

    assert sign_in(client) == 302
    page = client.get("/dashboard/uof/").get_data(as_text=True)

    assert "14.12.2026" in page
    assert "03.12.2026" in page
    for planted in ("canary", "Канарейкина", "person-1"):
        assert planted not in page


def test_another_operator_s_page_looks_like_a_missing_one(staff: Flask) -> None:
    client = staff.test_client()
    sign_in(client)

    foreign, missing = client.get("/dashboard/dar/"), client.get("/dashboard/nowhere/")

    assert foreign.status_code == missing.status_code == 404


@pytest.mark.parametrize("token", ["", "0" * 32])
def test_a_form_without_the_right_token_does_nothing(staff: Flask, token: str) -> None:
    client = staff.test_client()
    form_token(client)
    assert client.post(
        "/dashboard/sign-in", data={"csrf_token": token, "email": EMAIL, "password": PASSWORD}
    ).status_code == 403  # fmt: skip
    sign_in(client)

    assert client.post("/dashboard/sign-out", data={"csrf_token": token}).status_code == 403

    assert client.get("/dashboard/uof/").status_code == 200


def test_a_session_can_be_revoked_everywhere_at_once(staff: Flask) -> None:
    one, other = staff.test_client(), staff.test_client()
    sign_in(one)
    sign_in(other)

    one.post("/dashboard/sign-out", data={"csrf_token": form_token(one, "/dashboard/uof/"), "everywhere": "1"})

    assert other.get("/dashboard/uof/").status_code == 302


@pytest.mark.parametrize("away", [{"minutes": 31}, {"hours": 12, "minutes": 1}])
def test_a_session_ends_when_idle_and_in_any_case_after_twelve_hours(
    staff: Flask, clock: MovableClock, away: dict[str, int]
) -> None:
    client = staff.test_client()
    sign_in(client)
    for _ in range(0, away.get("hours", 0) * 60, 20):
        clock.move(minutes=20)
        client.get("/dashboard/uof/")
    clock.now += timedelta(minutes=away["minutes"])

    assert client.get("/dashboard/uof/").status_code == 302


def test_many_wrong_passwords_slow_an_address_down_and_never_lock_it(staff: Flask, clock: MovableClock) -> None:
    client = staff.test_client()
    for _ in range(6):
        assert sign_in(client, "wrong password") == 403
    assert sign_in(client) == 403  # right, but too soon
    clock.move(minutes=16)

    assert sign_in(client) == 302


def test_tries_during_the_pause_do_not_lengthen_it(staff: Flask, clock: MovableClock) -> None:
    client = staff.test_client()
    for _ in range(5):
        sign_in(client, "wrong password")
    for _ in range(20):
        assert sign_in(client, "wrong password") == 403
    clock.move(seconds=31)

    assert sign_in(client) == 302


def test_failed_tries_of_unknown_addresses_are_forgotten_after_a_day(staff: Flask, clock: MovableClock) -> None:
    client = staff.test_client()
    for number in range(3):
        sign_in(client, "wrong password", email=f"nobody-{number}@example.kz")
    clock.move(days=1, minutes=1)

    assert work(staff) == 0

    with staff.app_context(), db.engine.connect() as connection:
        assert connection.execute(text("SELECT count(*) FROM sign_in_failures")).scalar_one() == 0


def test_an_unknown_address_is_answered_like_a_wrong_password(staff: Flask) -> None:
    client = staff.test_client()

    form = {"csrf_token": form_token(client), "email": EMAIL, "password": "wrong password"}
    wrong = client.post("/dashboard/sign-in", data=form).data
    unknown = client.post("/dashboard/sign-in", data=form | {"email": "nobody@example.kz"}).data

    assert wrong.replace(EMAIL.encode(), b"") == unknown.replace(b"nobody@example.kz", b"")


@pytest.mark.parametrize("wanted", ["//evil.example/", "https://evil.example/dashboard/", "/dashboard/..\\evil"])
def test_signing_in_leads_nowhere_outside(staff: Flask, wanted: str) -> None:
    client = staff.test_client()
    form = {"csrf_token": form_token(client), "email": EMAIL, "password": PASSWORD, "next": wanted}

    assert client.post("/dashboard/sign-in", data=form).location == "/dashboard/"


def test_over_https_the_cookie_is_bound_to_the_host_and_secure(
    database_url: str, tmp_path_factory: pytest.TempPathFactory, clock: MovableClock
) -> None:
    with app_on(database_url, tmp_path_factory.mktemp("https"), clock, BASE_URL="https://consent.example.kz") as app:
        with app.app_context(), services().write(Actor("command", "test")) as unbound:
            add_staff(unbound.for_operator(seed_policies.number(unbound, "uof")), EMAIL, PASSWORD, Role.DPO)
        client = app.test_client()
        token = form_token_over_https(client)
        answer = client.post(
            "/dashboard/sign-in",
            data={"csrf_token": token, "email": EMAIL, "password": PASSWORD},
            base_url="https://consent.example.kz",
        )

    cookie = next(c for c in answer.headers.getlist("Set-Cookie") if c.startswith("__Host-kelisim="))
    for part in ("Secure", "HttpOnly", "SameSite=Lax", "Path=/"):
        assert part in cookie
    assert "Domain" not in cookie


def test_addresses_and_tokens_of_staff_stand_nowhere_in_clear(staff: Flask) -> None:
    client = staff.test_client()
    sign_in(client)
    cookie = client.get_cookie("kelisim")
    assert cookie is not None
    with staff.app_context(), db.engine.connect() as connection:
        rows = [
            str(row)
            for table in ("staff_members", "staff_sessions")
            for row in connection.execute(text(f"SELECT * FROM {table}"))
        ]

    assert not any(EMAIL in row or cookie.value in row for row in rows)


def form_token_over_https(client: FlaskClient) -> str:
    page = client.get("/dashboard/sign-in", base_url="https://consent.example.kz").get_data(as_text=True)
    match = re.search(r'name="csrf_token" value="([^"]+)"', page)
    assert match
    return match[1]
