"""The pages of erasures, full and with everything open, without a fault that axe knows, wide and narrow."""

import pytest
from playwright.sync_api import Browser, expect

from tests.browser.conftest import Served
from tests.browser.looks import Scheme, looks
from tests.browser.test_dashboard_pages import check, page_of, sign_in
from tests.browser.test_register_pages import OPEN_ALL
from tests.factories import consent
from tests.integration.conftest import client_of

pytestmark = pytest.mark.browser


@pytest.mark.parametrize(("language", "scheme", "width"), looks(__name__))
def test_orders_and_holds_are_without_fault(
    browser: Browser, served: Served, language: str, scheme: Scheme, width: int
) -> None:
    ref = f"ordered-{language}-{scheme}-{width}"
    assert client_of(served.app, "uof").post("/consents", consent(subject={"ref": ref})).status_code == 201
    with page_of(browser, served, language, scheme, width) as page:
        sign_in(page)
        page.goto("/dashboard/uof/erasures/holds")
        page.fill("#subject", "nobody")
        page.fill("#reference", "2-77/2026")
        page.fill("#basis", "94-V 18")
        page.press("#basis", "Enter")
        expect(page.get_by_role("alert")).to_be_visible()  # nobody is known under it
        check(page)
        page.select_option("#on", "document")
        page.select_option("#document", "personal-data-agreement")
        page.press("#basis", "Enter")
        expect(page.locator("table.due")).to_contain_text("2-77/2026")
        check(page)
        page.locator("table.due input[name=reference]").first.fill("3/2026")
        page.locator("table.due input[name=reference]").first.press("Enter")
        expect(page.locator("table.due")).to_contain_text("3/2026")

        page.goto("/dashboard/uof/erasures/new")
        page.fill("#subject", ref)
        page.fill("#reference", "2-77/2026")
        page.press("#reference", "Enter")
        expect(page.get_by_role("alert")).to_be_visible()
        check(page)
        page.select_option("#ground", "18(3)")
        page.press("#reference", "Enter")
        expect(page.locator("h1 .mono")).to_be_visible()
        page.evaluate(OPEN_ALL)
        check(page)
        page.fill("#cancel-reference", "4/2026")
        page.press("#cancel-reference", "Enter")
        expect(page.locator("button[value=again]")).to_be_visible()
        check(page)
        page.goto("/dashboard/uof/erasures")
        check(page)
