"""Registers and cases as people meet them: searched, looked into, decided, wide and narrow, by keyboard."""

import re

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.conftest import Served
from tests.browser.looks import Scheme, looks
from tests.browser.test_dashboard_pages import check, page_of, sign_in
from tests.factories import consent
from tests.integration.conftest import Api, client_of

pytestmark = pytest.mark.browser
UOF = "/dashboard/uof"
OPEN_ALL = "document.querySelectorAll('main details').forEach(one => one.open = true)"


def given(served: Served, ref: str) -> Api:
    """Return the API of an operator at which somebody has just consented to everything."""
    uof = client_of(served.app, "uof")
    version = uof.get("/documents/uof/personal-data-agreement/versions").json["items"][0]
    choices = [{"purpose": purpose["code"], "granted": True} for purpose in version["purposes"]]
    identifiers = {"email": f"{ref}@example.kz", "full_name": "Канарейкина Айжан"}
    body = consent(subject={"ref": ref, "identifiers": identifiers}, choices=choices)
    assert uof.post("/consents", body).status_code == 201
    return uof


def check_ids(page: Page) -> None:
    """Assert that no id stands twice on a page of many forms."""
    ids = page.evaluate("[...document.querySelectorAll('[id]')].map(one => one.id)")
    assert len(ids) == len(set(ids))


@pytest.mark.parametrize(("language", "scheme", "width"), looks(__name__))
def test_a_withdrawal_goes_through_its_pages_without_fault(
    browser: Browser, served: Served, language: str, scheme: Scheme, width: int
) -> None:
    ref = f"shown-{language}-{scheme}-{width}"
    given(served, ref)
    with page_of(browser, served, language, scheme, width) as page:
        sign_in(page)
        for path in (
            "/",
            "/duties?state=late",
            "/jobs",
            "/ledger",
            "/withdrawals?refused=1",
            "/withdrawals?state=closed",
            "/nothing",
        ):
            page.goto(UOF + path)
            check(page)
        page.goto(f"{UOF}/withdrawals")
        page.fill("#subject", "nobody-known")
        page.press("#subject", "Enter")
        expect(page.get_by_role("alert")).to_be_visible()
        check(page)
        page.goto(f"{UOF}/withdrawals/new")
        check(page)
        page.select_option("#document", "personal-data-agreement")
        page.fill("#subject", ref)
        page.press("#subject", "Enter")
        expect(page.locator("#purposes")).to_be_visible()
        page.evaluate(OPEN_ALL)
        check(page)
        check_ids(page)
        page.press("#wanted_on", "Enter")
        expect(page.locator(".foreseen")).to_be_visible()
        check(page)
        page.locator("main form button:not([name])").click()
        expect(page.locator(".clock li").first).to_be_visible()
        page.evaluate(OPEN_ALL)
        check(page)
        check_ids(page)
        page.fill("#refuse-reference", "contract 17")
        page.fill("#refuse-reason", "unpaid")
        page.press("#refuse-reference", "Enter")
        expect(page.locator(".foreseen")).to_be_visible()
        check(page)
        page.locator("form:has(#refuse-reason) button:not([name])").click()
        expect(page.locator(".foreseen")).to_have_count(0)
        page.evaluate(OPEN_ALL)  # with the letter that tells of the refusal
        check(page)
        page.goto(f"{UOF}/withdrawals?refused=1")
        expect(page.locator("table.due tbody tr").first).to_contain_text("contract 17")
        check(page)
        assert ref not in page.content()


@pytest.mark.parametrize(("language", "scheme", "width"), looks(__name__))
def test_a_request_goes_through_its_pages_without_fault(
    browser: Browser, served: Served, language: str, scheme: Scheme, width: int
) -> None:
    ref = f"asking-{language}-{scheme}-{width}"
    given(served, ref)
    with page_of(browser, served, language, scheme, width) as page:
        sign_in(page)
        page.goto(f"{UOF}/requests?state=closed&type=claim")
        check(page)
        page.goto(f"{UOF}/requests/new")
        page.select_option("#type", "blocking")
        page.fill("#email", f"{ref}@example.kz")
        page.fill("#text", "Not what I agreed to")
        page.press("#email", "Enter")
        expect(page.locator(".foreseen")).to_be_visible()
        check(page)
        page.locator("main form button:not([name])").click()
        expect(page.locator("#by_hand-seen")).to_be_attached()
        page.evaluate(OPEN_ALL)
        check(page)
        check_ids(page)
        page.locator("form:has(#by_hand-seen) button:not([name])").click()
        expect(page.get_by_role("alert")).to_be_visible()
        check(page)
        page.check("#by_hand-seen")
        page.locator("form:has(#by_hand-seen) button:not([name])").click()
        expect(page.locator("#refuse-reason")).to_be_attached()
        page.evaluate(OPEN_ALL)
        check(page)
        check_ids(page)
        page.select_option("#because-words", "answer")
        page.locator("form[action$=words] button").click()
        expect(page.locator(".written")).to_have_text("Not what I agreed to")
        check(page)
        page.evaluate(OPEN_ALL)
        page.locator("form:has(input[value=confirm_violation]) button[name=look]").click()
        expect(page.locator(".foreseen")).to_be_visible()
        check(page)
        assert "Канарейкина" not in page.content()


def test_enter_in_a_field_shows_what_would_change_and_moves_the_focus_there(browser: Browser, served: Served) -> None:
    uof = given(served, "by-keyboard")
    made = uof.post(
        "/withdrawals", {"subject": "by-keyboard", "document": "personal-data-agreement", "channel": "email"}
    ).json
    with page_of(browser, served, "en") as page:
        sign_in(page)
        page.goto(f"{UOF}/withdrawals/{made['id']}")
        page.locator("summary", has_text="Refuse on one of the three bars").focus()
        page.keyboard.press("Enter")
        page.keyboard.press("Tab")
        page.keyboard.press("Tab")
        page.keyboard.type("contract 17")
        page.keyboard.press("Tab")
        page.keyboard.type("unpaid")
        page.keyboard.press("Shift+Tab")
        page.keyboard.press("Enter")
        expect(page.locator(".foreseen")).to_be_visible()

        expect(page.locator(".foreseen")).to_be_focused()
        expect(page.locator("#refuse-reason")).to_have_value("unpaid")
        assert uof.get(f"/withdrawals/{made['id']}").json["state"] == "scheduled"


def test_what_is_wrong_is_said_first_and_leads_to_its_field(browser: Browser, served: Served) -> None:
    uof = given(served, "wrong-form")
    made = uof.post(
        "/withdrawals", {"subject": "wrong-form", "document": "personal-data-agreement", "channel": "email"}
    ).json
    with page_of(browser, served, "en") as page:
        sign_in(page)
        page.goto(f"{UOF}/withdrawals/{made['id']}")
        page.evaluate(OPEN_ALL)
        page.fill("#correct-received_at", "2031-01-01T10:00")
        page.fill("#correct-reason", "kept words")
        page.locator("form:has(#correct-reason) button:not([name])").click()

        expect(page.locator(".problem")).to_be_focused()
        page.get_by_role("alert").get_by_role("link").click()
        expect(page).to_have_url(re.compile("#correct-received_at$"))
        expect(page.locator("#correct-reason")).to_have_value("kept words")
        expect(page.locator("#refuse-reason")).to_have_value("")


def test_the_numbers_of_today_lead_to_their_lists_and_a_duty_to_its_case(browser: Browser, served: Served) -> None:
    with page_of(browser, served, "en") as page:
        sign_in(page)
        page.goto(f"{UOF}/")
        late = int(page.locator(".tile strong").first.inner_text())
        page.get_by_role("link", name="Late", exact=True).click()
        expect(page.locator("table.due tbody > tr")).to_have_count(min(late, 25))
        page.goto(f"{UOF}/")
        page.locator("table.due td a").first.click()
        expect(page.locator("nav.sections a[aria-current=true]")).to_have_text("Withdrawals")
