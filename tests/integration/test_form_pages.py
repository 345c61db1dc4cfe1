"""The page of sites and forms: what each asks, its counts, how it is embedded."""

import html
from collections.abc import Callable

import pytest
from flask import Flask
from flask.testing import FlaskClient

from consent_service.kernel.uow import Actor
from consent_service.operators.access import Role
from consent_service.operators.staff import add_staff
from consent_service.services import services
from consent_service.widget.embedding import newest
from tests.browsers import RESEARCH, bound, enter
from tests.integration.conftest import Api
from tests.integration.test_dashboard import PASSWORD, sign_in
from tests.integration.test_intents import BOXES
from tests.integration.test_tokens import PERSON, READ, confirm

Client = Callable[[str], Api]


@pytest.fixture
def staff(app: Flask) -> FlaskClient:
    """Somebody in charge of personal data, signed in, who reads English."""
    with app.app_context(), services().write(Actor("command", "test")) as unbound:
        add_staff(bound(unbound, "uof"), "dpo@acme.example", PASSWORD, Role.DPO)
    signed = app.test_client()
    sign_in(signed)
    signed.get("/language/en")
    return signed


def shown(staff: FlaskClient, form: str) -> str:
    page = html.unescape(staff.get("/dashboard/uof/forms").get_data(as_text=True))
    return page.partition(f'<span class="mono">{form}</span>')[2].partition("</article>")[0]


def test_a_form_shows_its_counts_at_once_and_what_a_page_needs(staff: FlaskClient, api: Client, app: Flask) -> None:
    page, uof = enter(app, "sign-up", BOXES), api("uof")
    confirm(uof, page.token(READ, RESEARCH))
    uof.post(
        "/consents", {"displayed": page.displayed(READ, RESEARCH) | {"site_key": page.site_key}, "subject": PERSON}
    )

    told = shown(staff, "sign-up")

    for number, what in ((2, "saw it"), (1, "ticked"), (1, "confirmed by token")):
        assert f"<strong>{number}</strong> <span>{what}</span>" in told
    assert "<strong>1</strong> <span>without a token: 50 %</span>" in told
    assert 'class="tile soon"' in told
    assert f'integrity="{newest().integrity}" crossorigin="anonymous"' in told
    assert f'<k-field site="{page.site_key}" form-id="sign-up" name="agreement"></k-field>' in told
    assert "script-src http://127.0.0.1:8000; connect-src http://127.0.0.1:8000" in told
    assert "Research to improve the quality of services" in told


def test_a_form_that_nobody_sent_says_so(staff: FlaskClient) -> None:
    assert "Not sent in this time." in shown(staff, "terms-of-use")


def test_the_page_is_for_those_of_the_operator(app: Flask, staff: FlaskClient) -> None:
    assert staff.get("/dashboard/dar/forms").status_code == 404
    assert app.test_client().get("/dashboard/uof/forms").status_code == 302
