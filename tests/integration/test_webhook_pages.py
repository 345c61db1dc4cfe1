"""The pages on which somebody names addresses, looks at their health, tries them out and sends again."""

import html
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient

from tests.hooks import Hook, House, hook, house_on
from tests.integration.conftest import MovableClock, client_of
from tests.integration.test_dashboard import form_token, sign_in
from tests.mail import Inbox
from tests.office import AUDITOR, DPO, PASSWORD, Office

LIST = "/dashboard/uof/webhooks"
TOKEN = "?key=token-of-the-address"


@pytest.fixture
def receiver() -> Iterator[Hook]:
    with hook() as made:
        yield made


@pytest.fixture
def house(database_url: str, tmp_path: Path, clock: MovableClock) -> Iterator[House]:
    with house_on(database_url, tmp_path, clock, client_of) as made:
        Office(made.app, clock, Inbox()).staff(DPO, AUDITOR)
        yield made


def client(house: House, email: str = DPO) -> FlaskClient:
    signed = house.app.test_client()
    assert sign_in(signed, PASSWORD, email) == 302
    signed.get("/language/en")
    return signed


def send(client: FlaskClient, path: str, page: str = LIST, **form: object) -> tuple[int, str]:
    """Send a form with the token of a page; returns the status, and the page that comes of it."""
    answer = client.post(path, data={"csrf_token": form_token(client, page)} | form)
    status = answer.status_code
    if status == 302:
        answer = client.get(answer.location)
    return status, html.unescape(answer.get_data(as_text=True))


def add(house: House, dpo: FlaskClient, receiver: Hook) -> tuple[str, str]:
    """Add a webhook by the form; returns its page and its secret."""
    status, page = send(dpo, LIST, address=receiver.url + TOKEN, events=["consent.given"])
    assert status == 200
    secret = re.search(r"whsec_[A-Za-z0-9+/=]+", page)
    assert secret
    ((webhook_id),) = [one["id"] for one in house.api.get("/webhooks").json["items"]]
    return f"{LIST}/{webhook_id}", secret[0]


def test_a_webhook_is_added_with_a_secret_that_is_shown_once_and_tried_out(house: House, receiver: Hook) -> None:
    dpo = client(house)
    assert "No webhook yet." in dpo.get(LIST).get_data(as_text=True)
    one, secret = add(house, dpo, receiver)

    assert "whsec_" not in dpo.get(one).get_data(as_text=True)
    status, page = send(dpo, one, one, act="test")
    assert status == 302
    assert "A test is on its way." in page
    house.run()

    assert receiver.signed_by(secret) == [True]
    page = dpo.get(one).get_data(as_text=True)
    assert re.search(r"– 204<br>", page)
    assert "delivered" in page


def test_what_was_given_up_is_sent_again_one_or_all(house: House, receiver: Hook) -> None:
    dpo = client(house)
    one, _ = add(house, dpo, receiver)
    receiver.answers += [422, 422]
    house.give(1)
    house.give(2)
    house.run()
    page = dpo.get(one).get_data(as_text=True)
    assert "given up: 2" in page
    replays = re.findall(r'action="(/dashboard/uof/webhooks/[^"]+/deliveries/[^"]+)"', page)

    assert send(dpo, replays[0], one)[0] == 302
    house.run()
    assert send(dpo, one, one, act="replay")[0] == 302
    house.run()

    assert "given up: 0" in dpo.get(one).get_data(as_text=True)
    assert len(receiver.received) == 4


def test_it_is_stopped_and_started_and_its_secret_is_turned(house: House, receiver: Hook) -> None:
    dpo = client(house)
    one, secret = add(house, dpo, receiver)
    _, page = send(dpo, one, one, act="rotate")
    assert (secret in page, "whsec_" in page) == (False, True)
    assert "The secret before signs too until" in page

    _, page = send(dpo, one, one, act="disable")
    assert "disabled by hand" in page
    assert send(dpo, one, one, act="disable")[0] == 409
    assert "disabled by hand" in dpo.get(LIST).get_data(as_text=True)
    _, page = send(dpo, one, one, act="enable")
    assert "The webhook is enabled." in page
    assert send(dpo, one, one, act="other")[0] == 422


@pytest.mark.parametrize(
    "form",
    [
        {"address": "https://127.0.0.1:x/", "events": ["consent.given"]},
        {"address": "ftp://example.kz/", "events": ["consent.given"]},
        {"address": "", "events": ["consent.given"]},
        {"address": "https://example.kz/hook"},
        {"address": "https://example.kz/hook", "events": ["webhook.test", "other"]},
    ],
)
def test_a_form_that_cannot_be_taken_says_where_and_keeps_what_was_typed(house: House, form: dict[str, Any]) -> None:
    status, page = send(client(house), LIST, **form)

    assert status == 422
    assert 'role="alert"' in page
    assert f'value="{form["address"]}"' in page
    assert house.api.get("/webhooks").json == {"items": []}


def test_an_auditor_reads_without_the_address_and_acts_on_nothing(house: House, receiver: Hook) -> None:
    one, _ = add(house, client(house), receiver)
    auditor = client(house, AUDITOR)

    for path in (LIST, one):
        page = auditor.get(path).get_data(as_text=True)
        assert "127.0.0.1" in page
        assert TOKEN not in page
        assert "<form" not in page.partition("<main")[2]
    assert auditor.post(one, data={"csrf_token": form_token(auditor, LIST), "act": "test"}).status_code == 403
    assert TOKEN in client(house).get(one).get_data(as_text=True)


def test_another_operator_s_webhook_is_not_there(house: House, receiver: Hook) -> None:
    one, _ = add(house, client(house), receiver)
    Office(house.app, house.clock, Inbox()).staff(DPO, slug="dar")
    both = client(house)

    assert both.get(one).status_code == 200
    assert both.get(one.replace("/uof/", "/dar/")).status_code == 404
    assert send(both, one.replace("/uof/", "/dar/"), "/dashboard/dar/webhooks", act="disable")[0] == 404
