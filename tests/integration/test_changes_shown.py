"""What changed since the person's version comes before the whole text: in the field's answer, its token, the clients."""

from collections.abc import Callable
from datetime import date
from typing import Any
from uuid import UUID

import pytest
from flask import Flask
from sqlalchemy import text

from clients.python.kelisim_client import Client as SiteClient
from clients.python.kelisim_client import fallback_html
from consent_service.kernel.uow import Actor
from consent_service.services import services
from consent_service.subjects.service import open_notes
from tests.browsers import DOCUMENT, HOST, RESEARCH, Page, bound, enter
from tests.changes import NEXT, draft, new_recipient, publish
from tests.factories import consent
from tests.integration.conftest import Api, MovableClock
from tests.integration.test_intents import BOXES, claims_of
from tests.sites import serving

Client = Callable[[str], Api]
FIRST, READ = "2026-01-01", "online-payments"
KNOWN = f"{DOCUMENT}@{FIRST}"


@pytest.fixture
def page(app: Flask, clock: MovableClock) -> Page:
    """A form whose agreement has got a new recipient."""
    made = enter(app, "sign-up", BOXES)
    publish(app, "uof", DOCUMENT, date(2026, 11, 24), alter=new_recipient)
    clock.move(days=2)
    return made


def since(page: Page, *known: str) -> Any:  # Any: JSON
    query = "".join(f"&since={one}" for one in known)
    headers = {"Origin": HOST}
    path = f"/api/v1/sites/{page.site_key}/forms/{page.form}?lang={page.language}{query}"
    shown: Any = page.app.test_client().get(path, headers=headers).json
    return next(one for one in shown["documents"] if one["document"] == DOCUMENT)["since"]


@pytest.mark.parametrize(
    ("language", "title", "line"),
    [
        ("kk", f"{FIRST} редакциясынан кейін не өзгерді", "Жаңа алушы: Жаңа серіктес"),
        ("ru", f"Что изменилось после редакции {FIRST}", "Новый получатель: Новый партнёр"),
        ("en", f"What has changed since version {FIRST}", "New recipient: A new partner"),
    ],
)
def test_who_answered_to_an_earlier_version_is_told_what_is_new_in_words(
    page: Page, language: str, title: str, line: str
) -> None:
    page.language = language

    told = since(page, KNOWN)

    assert (told["version"], told["title"], told["asks_again"]) == (FIRST, title, True)
    assert [one for one in told["lines"] if one.startswith(line)]
    assert told["url"].endswith(f"/p/uof/{DOCUMENT}/{NEXT}/since/{FIRST}?lang={language}")


def test_without_an_earlier_version_nothing_is_told_and_no_draft_is_given_away(page: Page, app: Flask) -> None:
    draft(app, "uof", DOCUMENT, date(2027, 6, 1), name="2027-secret")
    publish(app, "uof", DOCUMENT, date(2027, 7, 1), name="2027-later")

    named = [NEXT, "2027-secret", "2027-later", "none"]
    for known in ("", *(f"{DOCUMENT}@{one}" for one in named), f"{READ}@{FIRST}", f"privacy-policy@{FIRST}"):
        assert since(page, *filter(None, [known])) is None


def test_what_is_told_is_kept_in_memory_apart_for_each_earlier_version(page: Page) -> None:
    assert [since(page, *known) is None for known in ((), (KNOWN,), (), (KNOWN, KNOWN))] == [True, False, True, False]


@pytest.mark.parametrize("known", ["", "@", "a", "a@", "@1", "a b@1", "a@1\n", "a@b@c", "ә@1", "a@" + "1" * 64])
def test_what_is_no_version_of_a_document_is_refused(page: Page, known: str) -> None:
    path = f"/api/v1/sites/{page.site_key}/forms/{page.form}"
    answer: Any = page.app.test_client().get(path, query_string={"since": known})

    assert (answer.status_code, answer.json["code"]) == (422, "invalid-input")


def test_the_token_and_the_record_say_that_the_changes_were_shown(page: Page, api: Client, app: Flask) -> None:
    displayed = page.displayed(READ, RESEARCH)
    displayed["documents"] = [
        one | ({"since": FIRST} if one["document"] == DOCUMENT else {}) for one in displayed["documents"]
    ]
    token = page.send(displayed).json["token"]

    made = api("uof").post("/consents", {"token": token, "subject": {"ref": "person-1"}}).json

    assert claims_of(token)["documents"] == displayed["documents"]
    with app.app_context(), services().read(Actor("command", "test")) as unbound:
        uow = bound(unbound, "uof")
        subject = uow.session.execute(text("SELECT subject_id FROM consents")).scalar_one()
        kept = open_notes(uow, UUID(str(subject)), UUID(made["id"]))["evidence"]
    assert kept["since"] == {DOCUMENT: FIRST}


def test_a_site_asks_which_versions_bind_a_person_and_shows_what_changed_without_scripts_too(
    app: Flask, api: Client, clock: MovableClock
) -> None:
    uof, page = api("uof"), enter(app, "sign-up", BOXES)
    assert uof.post("/consents", consent(subject={"ref": "person-1"})).status_code == 201
    publish(app, "uof", DOCUMENT, date(2026, 11, 24), alter=new_recipient)
    clock.move(days=2)
    with serving(app) as url:
        site = SiteClient(url, uof.secret, page.site_key)

        assert (site.since("person-1"), site.since("nobody-1")) == ([KNOWN], [])
        shown = site.form("sign-up", "en", site.since("person-1"))

    inside = fallback_html(shown)
    first, whole = inside.index("New recipient: A new partner"), inside.index(f"{NEXT}?lang=en")
    assert first < whole
    assert "&quot;since&quot;: &quot;2026-01-01&quot;" in inside
