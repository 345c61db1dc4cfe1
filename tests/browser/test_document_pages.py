"""The pages of documents and their findings, without a fault that axe knows, wide and narrow."""

import pytest
from playwright.sync_api import Browser, expect

from tests.browser.conftest import Served
from tests.browser.looks import LOOKS, Scheme
from tests.browser.test_dashboard_pages import check, page_of, sign_in

pytestmark = pytest.mark.browser


@pytest.mark.parametrize(("language", "scheme", "width"), LOOKS)
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
