"""The pages of recipients and registers, full and empty, without a fault that axe knows, wide and narrow."""

import pytest
from playwright.sync_api import Browser, expect

from tests.browser.conftest import Served
from tests.browser.looks import Scheme, looks
from tests.browser.test_dashboard_pages import check, page_of, sign_in

pytestmark = pytest.mark.browser
OPEN_ALL = "document.querySelectorAll('main > details').forEach(one => one.open = true)"


@pytest.mark.parametrize(("language", "scheme", "width"), looks(__name__))
def test_recipients_and_registers_are_without_fault(
    browser: Browser, served: Served, language: str, scheme: Scheme, width: int
) -> None:
    with page_of(browser, served, language, scheme, width) as page:
        sign_in(page)
        for path in ("recipients", "registers"):
            page.goto(f"/dashboard/dar/{path}")
            check(page)
        page.goto("/dashboard/dar/recipients/new")
        page.fill("#name", "Алушы ЖШС")
        page.check("#purposes-1")
        page.check("#data-1")
        page.press("#name", "Enter")
        expect(page.locator("h1")).to_contain_text("Алушы ЖШС")
        for summary in page.locator("main > details > summary").all():
            summary.click()
        check(page)
        page.fill("#group_size", "7")
        page.press("#group_size", "Enter")
        expect(page.get_by_role("alert")).to_be_visible()  # the document wants a contract first
        check(page)
        page.goto("/dashboard/dar/registers/new")
        page.fill("#reference", "1")
        page.press("#reference", "Enter")
        expect(page.get_by_role("alert")).to_be_visible()
        check(page)
        page.fill("#persons", "А. Б.")
        page.press("#reference", "Enter")
        expect(page.locator("h1")).to_contain_text("№ 1")
        check(page)
        page.goto("/dashboard/dar/recipients")
        check(page)


@pytest.mark.parametrize(("language", "scheme", "width"), looks(__name__))
def test_pages_of_cases_are_without_fault(
    browser: Browser, served: Served, language: str, scheme: Scheme, width: int
) -> None:
    with page_of(browser, served, language, scheme, width) as page:
        sign_in(page)
        page.goto("/dashboard/uof/")
        for path in page.locator("nav.sections a").evaluate_all("links => links.map(link => link.pathname)"):
            page.goto(path)
            check(page)
        page.goto("/dashboard/uof/withdrawals")
        page.locator("table.due a").first.click()
        page.evaluate(OPEN_ALL)
        check(page)
        page.goto("/dashboard/uof/incidents/new")
        page.fill("#detected_at", "2026-11-23T09:00")
        page.fill("#what", "Диск жоғалды")
        page.check("#categories-1")
        page.locator("main form button").click()
        expect(page.locator("h1")).to_contain_text("23.11.2026 09:00")
        page.evaluate(OPEN_ALL)
        check(page)
        page.goto("/dashboard/uof/reminders")
        page.uncheck("#digest")
        page.locator("button[value=messages]").click()
        expect(page.get_by_role("status")).to_be_visible()
        expect(page.locator("#digest")).not_to_be_checked()
        page.check("#digest")
        page.press("#digest", "Enter")
        expect(page.locator("#digest")).to_be_checked()
        page.fill("#days", "99")
        page.press("#days", "Enter")
        expect(page.get_by_role("alert")).to_be_visible()
        check(page)
        page.goto("/dashboard/uof/reminders")
        page.locator("button[value=feed]").click()
        expect(page.locator("#address")).to_contain_text(".ics")
        check(page)
        page.goto("/dashboard/uof/reminders")
        page.locator("button[value=revoke]").click()
        expect(page.locator("button[value=revoke]")).to_have_count(0)


@pytest.mark.parametrize(("language", "scheme", "width"), looks(__name__))
def test_webhooks_are_without_fault(
    browser: Browser, served: Served, language: str, scheme: Scheme, width: int
) -> None:
    with page_of(browser, served, language, scheme, width) as page:
        sign_in(page)
        page.goto("/dashboard/uof/webhooks")
        page.fill("#address", "http://hooks.example.kz/consents")
        page.check("#events-1")
        page.press("#address", "Enter")
        expect(page.get_by_role("alert")).to_be_visible()
        check(page)
        page.fill("#address", "https://hooks.example.kz/consents/of/a/rather/long/address/that/has/to/be/broken")
        page.press("#address", "Enter")
        expect(page.locator("#secret")).to_contain_text("whsec_")
        check(page)
        page.locator("button[value=test]").click()
        expect(page.get_by_role("status")).to_be_visible()
        check(page)
        page.locator("button[value=disable]").click()
        expect(page.locator("button[value=enable]")).to_be_visible()
        check(page)
        page.goto("/dashboard/uof/webhooks")
        check(page)
