"""The pages of documents and their findings, without a fault that axe knows, wide and narrow."""

import pytest
from playwright.sync_api import Browser, expect

from tests.browser.conftest import Served
from tests.browser.looks import Scheme, looks
from tests.browser.test_dashboard_pages import check, page_of, sign_in

pytestmark = pytest.mark.browser


@pytest.mark.parametrize(("language", "scheme", "width"), looks(__name__))
def test_documents_and_their_findings_are_without_fault(
    browser: Browser, served: Served, language: str, scheme: Scheme, width: int
) -> None:
    with page_of(browser, served, language, scheme, width) as page:
        sign_in(page)
        page.goto("/dashboard/dar/documents")
        check(page)
        page.click("table.due a")
        expect(page.locator("section h2").first).to_contain_text("5")
        for summary in page.locator("main > details > summary").all():
            summary.click()
        check(page)


@pytest.mark.parametrize(("language", "width"), [("kk", 320), ("ru", 1280)])
def test_a_draft_is_begun_edited_and_compared_without_fault(
    browser: Browser, served: Served, language: str, width: int
) -> None:
    with page_of(browser, served, language, width=width) as page:
        sign_in(page)
        page.goto("/dashboard/dar/documents")
        page.locator("table.due a").first.click()
        page.locator("main > details summary").first.click()
        page.fill("#name", f"draft-{language}")
        page.fill("#in_force_on", "2027-02-01")
        page.press("#in_force_on", "Enter")
        page.wait_for_url("**/drafts/**")
        page.locator("main > details summary").last.click()
        check(page)

        page.fill("#clauses", "no number")
        page.locator("form:has(#clauses) button").click()
        expect(page.get_by_role("alert")).to_be_visible()
        assert page.input_value("#clauses") == "no number"
        check(page)
        page.goto(page.url)
        page.fill("#clauses", page.input_value("#clauses") + " 2027")
        page.locator("form:has(#clauses) button").click()
        expect(page.locator("ins")).to_have_text("2027")
        check(page)
