"""The calendar as people meet it: without fault, wide and narrow, and by keyboard alone."""

import re

import pytest
from playwright.sync_api import Browser, expect

from tests.browser.conftest import Served
from tests.browser.looks import Scheme, looks
from tests.browser.test_dashboard_pages import check, page_of, sign_in

pytestmark = pytest.mark.browser
CALENDAR = "/dashboard/uof/calendar"


@pytest.mark.parametrize(("language", "scheme", "width"), looks(__name__))
def test_the_calendar_is_without_fault(
    browser: Browser, served: Served, language: str, scheme: Scheme, width: int
) -> None:
    with page_of(browser, served, language, scheme, width) as page:
        sign_in(page)
        for path in ("", "?from=2026-11-23&amount=15&unit=wd", "?from=x&amount=15&unit=wd", "/2026", "/transfer"):
            page.goto(CALENDAR + path)
            check(page)
        page.fill("#day_off", "2026-11-24")
        page.fill("#act", "№ 12")
        page.press("#act", "Enter")
        expect(page.locator("#override")).to_be_visible()
        check(page)
        page.fill("#worked", "2027-01-05")
        page.press("#act", "Enter")
        expect(page.locator("#worked-help")).to_be_visible()
        check(page)


def test_a_deadline_is_counted_and_a_day_is_opened_by_keyboard_alone(browser: Browser, served: Served) -> None:
    with page_of(browser, served, "en") as page:
        sign_in(page)
        page.goto(CALENDAR)
        page.focus("#amount")
        page.keyboard.type("15")
        page.keyboard.press("Enter")
        expect(page.get_by_role("status")).to_contain_text("15 working days")
        page.locator(".month a").first.focus()
        page.keyboard.press("Enter")
        page.wait_for_url(re.compile(r"/duties\?since=(\d{4}-\d\d-\d\d)&until=\1$"))
        expect(page.locator("table.due tbody tr").first).to_be_visible()
