"""Asking for one's own page by e-mail: the mail tells its owner alone whether anybody is known."""

import re

import pytest
from flask import Flask

from consent_service.jobs.runner import find_job, run_now
from consent_service.services import services
from tests.factories import consent
from tests.integration.conftest import Api, MovableClock, client_of
from tests.integration.test_consents import ADVERTISING, allowed
from tests.integration.test_forms_once import rows
from tests.mail import Inbox
from tests.own_page import OwnPage
from tests.visitors import Visitor, words_of

KNOWN, UNKNOWN = "aizhan@example.kz", "nobody@example.kz"


@pytest.fixture
def uof(mailed: tuple[Inbox, Flask]) -> Api:
    client = client_of(mailed[1], "uof")
    person = {"ref": "person-1", "identifiers": {"email": KNOWN}}
    assert client.post("/consents", consent(subject=person)).status_code == 201
    return client


def begin(app: Flask, network: str = "203.0.113.7") -> Visitor:
    visitor = Visitor(app, network=network)
    begun = visitor.post("/r/uof", kind="own_page")
    assert begun.status_code == 303, words_of(begun)
    visitor.place = begun.headers["Location"]
    return visitor


def ask(app: Flask, clock: MovableClock, address: str, network: str = "203.0.113.7") -> tuple[int, str]:
    visitor = begin(app, network)
    clock.move(seconds=10)
    sent = visitor.post(visitor.place, email=address, work="")
    page = sent if sent.status_code != 303 else visitor.get(sent.headers["Location"])
    return page.status_code, re.sub(r"/r/uof/[\w-]+", "", page.text)


def deliver(app: Flask) -> None:
    with app.app_context():
        run_now(services(), find_job("mail.deliver"))


def link_in(inbox: Inbox) -> str | None:
    words = inbox.received[-1].get_payload(decode=True).decode()  # type: ignore[union-attr]  # a text part
    found = re.search(r"/my/\S+", words)
    return found[0] if found else None


def test_the_answer_is_the_same_whoever_is_known_and_the_mail_brings_the_page(
    uof: Api, mailed: tuple[Inbox, Flask], clock: MovableClock
) -> None:
    inbox, app = mailed

    assert ask(app, clock, UNKNOWN) == ask(app, clock, KNOWN)
    assert (rows(app, "outbox_messages"), rows(app, "preference_links")) == (2, 0)
    deliver(app)

    words = {one["X-To"]: one.get_payload(decode=True).decode() for one in inbox.received}  # type: ignore[union-attr]  # text parts
    assert set(words) == {KNOWN, UNKNOWN}
    assert "/r/uof" in words[UNKNOWN]
    assert "/my/" not in words[UNKNOWN]
    found = re.search(r"/my/\S+", words[KNOWN])
    assert found
    page = OwnPage(app, found[0])
    page.press("/personal-data-agreement/withdraw")
    assert allowed(uof, ADVERTISING) == (True, "withdrawal_takes_effect")
    assert [one["channel"] for one in uof.get("/withdrawals").json["items"]] == ["form"]


def test_an_address_that_several_share_opens_nobody_s_page(
    uof: Api, mailed: tuple[Inbox, Flask], clock: MovableClock
) -> None:
    inbox, app = mailed
    uof.post("/consents", consent(subject={"ref": "person-2", "identifiers": {"email": KNOWN}}))

    ask(app, clock, KNOWN)
    deliver(app)

    assert link_in(inbox) is None
    assert rows(app, "preference_links") == 0


def test_machines_and_the_impatient_are_slowed_down_and_nobody_is_mailed_without_end(
    uof: Api, mailed: tuple[Inbox, Flask], clock: MovableClock
) -> None:
    _, app = mailed
    visitor = begin(app)
    quick = visitor.post(visitor.place, email=KNOWN, work="")
    assert (quick.status_code, "faster than people" in words_of(quick)) == (422, True)
    clock.move(seconds=10)
    trapped = visitor.post(visitor.place, email=KNOWN, website="x")
    assert (trapped.status_code, "for machines alone" in words_of(trapped)) == (422, True)
    assert visitor.post(visitor.place, email="x").status_code == 422
    assert visitor.post(visitor.place, email=KNOWN).status_code == 303
    assert visitor.post(visitor.place, email=KNOWN).status_code == 303  # it was sent: nothing more goes out
    assert rows(app, "outbox_messages") == 1

    said = [ask(app, clock, UNKNOWN)[0] for _ in range(5)]
    assert said == [200, 200, 200, 200, 422]  # five of one network without work
    other = [ask(app, clock, KNOWN, "198.51.100.7")[0] for _ in range(5)]
    assert other == [200, 200, 200, 200, 422]  # five to one address, whoever asks


def test_the_form_is_of_its_browser_and_of_no_other_kind(
    uof: Api, mailed: tuple[Inbox, Flask], clock: MovableClock
) -> None:
    _, app = mailed
    visitor = begin(app)
    place = visitor.place.removesuffix("/own-page")
    assert Visitor(app).get(visitor.place).status_code == 404
    for step in ("onward", "review", "contact", "done"):
        assert visitor.get(f"{place}/{step}").status_code == 404
    complaint = Visitor(app).begin("complaint")
    assert complaint.get(f"{complaint.place}/own-page").status_code == 404


def test_without_a_mail_server_it_is_not_offered(app: Flask) -> None:
    visitor = Visitor(app)
    assert "See and change my consents" not in words_of(visitor.get("/r/uof"))
    assert visitor.post("/r/uof", kind="own_page").status_code == 422
