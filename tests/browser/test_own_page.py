"""The page of a person's own consents as they meet it: without fault, by keyboard, without a script, both ways alike."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta

import pytest
from playwright.sync_api import Browser, Page, expect

from consent_service.policies.terms import AppliesTo
from tests.browser.conftest import Served, serve
from tests.browser.looks import Scheme, looks
from tests.browser.test_dashboard_pages import LANGUAGES, check, page_of
from tests.browser.test_form_pages import enter, tab_to
from tests.changes import NEXT, PRIVACY, REFERRAL, agree, new_recipient, publish
from tests.databases import app_on, migrated_sqlite
from tests.integration.conftest import MovableClock, client_of
from tests.integration.test_withdrawals import work
from tests.mail import smtp_server

pytestmark = pytest.mark.browser
DOCUMENTS = {"5qbe": (PRIVACY,), "dar": (PRIVACY,), "worksection": (REFERRAL,), "uof": ("personal-data-agreement",)}


@dataclass(frozen=True)
class House:
    """The service with its clock, and people who have agreed to documents of four operators."""

    served: Served
    clock: MovableClock

    def open(self, slug: str, ref: str = "person-1") -> str:
        """Return the address of a person's page, as the site gets it."""
        made = client_of(self.served.app, slug).post("/preference-links", {"subject": ref})
        url: str = made.json["url"]
        return url[url.index("/my/") :]


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    folder, clock = tmp_path_factory.mktemp("own"), MovableClock()
    with (
        smtp_server() as (_, url),
        app_on(f"sqlite:///{migrated_sqlite(folder)}", folder, clock, SMTP_URL=url) as app,
        serve(app) as served,
    ):
        made = House(served, clock)
        for slug, documents in DOCUMENTS.items():
            for document in documents:
                for ref in ("person-1", *LANGUAGES):
                    agree(client_of(app, slug), slug, document, ref, act="ticked")
        client_of(app, "5qbe").post(
            "/subject-requests", {"type": "access", "channel": "platform", "subject": "person-1"}
        )
        clock.now += timedelta(days=1)
        publish(app, "5qbe", PRIVACY, date(2026, 11, 25), alter=new_recipient)
        publish(app, "worksection", REFERRAL, date(2026, 11, 25), change=AppliesTo.MINOR)
        clock.now += timedelta(days=1, hours=20)
        assert work(app) == 0
        yield made


@pytest.mark.parametrize(("language", "scheme", "width"), looks(__name__))
def test_every_page_of_one_s_own_is_without_fault(
    browser: Browser, house: House, language: str, scheme: Scheme, width: int
) -> None:
    with page_of(browser, house.served, language, scheme, width) as page:

        def look(path: str) -> None:
            page.goto(path)
            expect(page.locator("html")).to_have_attribute("lang", language)
            check(page)

        home = house.open("5qbe")
        look(home)
        look(f"{home}/{PRIVACY}/versions/{NEXT}")
        page.locator("main form button").click()
        expect(page.get_by_role("alert")).to_be_visible()
        check(page)
        page.goto(home)
        page.locator("a[href*='/requests/']").first.click()
        check(page)
        home = house.open("worksection")
        look(f"{home}/{REFERRAL}/versions/{NEXT}")
        look(f"{home}/{REFERRAL}/versions/{NEXT}/object")
        home = house.open("dar")
        page.goto(home)
        page.locator("a.switch.on").first.click()
        check(page)
        page.locator("main form button").click()
        expect(page.get_by_role("status")).to_be_visible()
        page.locator("details summary").first.click()
        check(page)
        page.locator("a.switch:not(.on)").first.click()
        check(page)
        page.goto(home)
        page.locator("form[action*=take-back] button").first.click()
        check(page)
        page.locator("form[action$=close] button").click()
        check(page)
        look(home)
        house.clock.now += timedelta(minutes=10)
        page.goto("/r/dar")
        page.check("input[value=own_page]")
        page.locator("main form button").click()
        page.locator("main form button").click()
        expect(page.get_by_role("alert")).to_be_visible()
        check(page)
        house.clock.now += timedelta(minutes=1)
        page.fill("#email", f"{language}@example.kz")
        page.locator("main form button").click()
        expect(page.locator(".done")).to_be_visible()
        check(page)


def press(page: Page, selector: str) -> int:
    """Press what a person presses next with the keyboard, and count it."""
    tab_to(page, selector)
    enter(page)
    return 1


@pytest.mark.parametrize("language", LANGUAGES)
def test_withdrawing_takes_no_more_presses_than_giving_by_keyboard_without_a_script_on_a_phone(
    browser: Browser, house: House, language: str
) -> None:
    context = browser.new_context(
        locale=language, java_script_enabled=False, viewport={"width": 320, "height": 800}, base_url=house.served.url
    )
    page = context.new_page()
    page.goto(house.open("uof", language))
    switches = page.locator("a.switch.on").count()

    withdrawing = press(page, "a.switch.on")
    expect(page.locator(".foreseen .facts strong").first).to_be_visible()
    withdrawing += press(page, "main form button")
    expect(page.locator("a.switch.on")).to_have_count(switches - 1)
    giving = press(page, "a.switch:not(.on)")
    giving += press(page, "main form button")
    expect(page.locator("a.switch.on")).to_have_count(switches)

    assert withdrawing == giving == 2
    assert page.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth")
    context.close()


def test_text_twice_as_large_fits_and_forced_colours_tell_the_switches_apart(browser: Browser, house: House) -> None:
    context = browser.new_context(
        locale="kk", base_url=house.served.url, viewport={"width": 1280, "height": 900}, forced_colors="active"
    )
    page = context.new_page()
    for path in ("/r/dar", "/r/dar/letter", "/p/dar", f"/p/dar/{PRIVACY}", "/check", house.open("dar")):
        assert page.goto(path)
        page.evaluate("document.documentElement.style.fontSize = '200%'")
        assert page.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth"), path

    looks = "e => [getComputedStyle(e).backgroundColor, getComputedStyle(e, '::after').left]"
    track = page.locator(".switch.on .track").first
    on = track.evaluate(looks)
    track.evaluate("e => e.parentElement.classList.remove('on')")
    off = page.locator(".switch:not(.on) .track").first.evaluate(looks)
    assert on[0] != off[0]
    assert on[1] != off[1]
    context.close()
