"""Texts of documents as people read them: without fault, wide and narrow, on paper, by keyboard."""

import re
from datetime import date

import pytest
from playwright.sync_api import Browser, expect

from tests.browser.conftest import Served
from tests.browser.looks import Scheme, looks
from tests.browser.test_dashboard_pages import check, page_of
from tests.changes import NEXT, new_recipient, publish
from tests.integration.test_policy_pages import reworded

pytestmark = pytest.mark.browser
DOCUMENT = "/p/worksection/privacy-policy"
VERSION = f"{DOCUMENT}/2022-07-31"


@pytest.fixture(scope="module")
def changed(served: Served) -> Served:
    """The service with a second version of a document."""
    publish(
        served.app, "worksection", "privacy-policy", date(2027, 6, 1),
        alter=new_recipient, reword=reworded, name=NEXT,
    )  # fmt: skip
    return served


@pytest.mark.parametrize(("language", "scheme", "width"), looks(__name__))
def test_every_page_of_a_text_is_without_fault(
    browser: Browser, changed: Served, language: str, scheme: Scheme, width: int
) -> None:
    paths = ("/p/worksection", DOCUMENT, VERSION, "/p/worksection/dpa", f"{DOCUMENT}/{NEXT}/since/2022-07-31")
    with page_of(browser, changed, language, scheme, width) as page:
        for path in paths:
            page.goto(f"{path}?lang={language}")
            expect(page.locator("html")).to_have_attribute("lang", language)
            check(page)


def test_a_clause_is_reached_by_keyboard_and_by_its_address(browser: Browser, changed: Served) -> None:
    with page_of(browser, changed, "en") as page:
        page.goto(f"{VERSION}?lang=en")
        page.keyboard.press("Tab")
        assert page.evaluate("document.activeElement.className") == "skip"
        page.locator("nav.contents a").nth(2).focus()
        page.keyboard.press("Enter")
        expect(page).to_have_url(re.compile("#3$"))
        expect(page.locator("h2:target")).to_have_count(1)
        page.goto(f"{VERSION}?lang=en#3%5B1%5D(b)")
        assert page.evaluate("document.querySelector(':target').id") == "3[1](b)"


def test_on_paper_there_is_the_text_alone(browser: Browser, changed: Served) -> None:
    with page_of(browser, changed, "kk") as page:
        page.goto(f"{VERSION}?lang=kk")
        page.emulate_media(media="print")
        expect(page.locator("article")).to_be_visible()
        expect(page.locator("code")).to_be_visible()
        for away in (".bar nav", "nav.contents", "footer", ".skip"):
            expect(page.locator(away)).to_be_hidden()


def test_two_versions_are_chosen_and_compared_without_script(browser: Browser, changed: Served) -> None:
    context = browser.new_context(locale="ru", java_script_enabled=False, base_url=changed.url)
    page = context.new_page()
    page.goto(f"{DOCUMENT}?lang=ru")
    page.get_by_role("button").click()
    expect(page).to_have_url(re.compile(re.escape(f"{DOCUMENT}/{NEXT}/since/2022-07-31?lang=ru") + "$"))
    expect(page.locator("ins").first).to_be_visible()
    expect(page.locator("main")).to_contain_text("Новый получатель")
    context.close()
