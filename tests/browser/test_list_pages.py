"""Lists, consents and a person as somebody in charge meets them: without fault, by keyboard, without a script."""

import re

import pytest
from playwright.sync_api import Browser, expect

from tests.browser.conftest import Served
from tests.browser.looks import Scheme, looks
from tests.browser.test_dashboard_pages import check, page_of, sign_in

pytestmark = pytest.mark.browser
UOF = "/dashboard/uof"


@pytest.mark.parametrize(("language", "scheme", "width"), looks(__name__))
def test_lists_and_a_person_are_without_fault(
    browser: Browser, served: Served, language: str, scheme: Scheme, width: int
) -> None:
    with page_of(browser, served, language, scheme, width) as page:
        sign_in(page)
        for path in (
            "/duties",
            "/withdrawals?state=in_course",
            "/erasures?order=due",
            "/consents?state=withdrawn",
            "/audit?group=withdrawals",
        ):
            page.goto(UOF + path)
            check(page)
        page.goto(f"{UOF}/withdrawals?state=not_executed")
        page.locator(".views summary").click()
        page.fill("#view-name", f"{language} {scheme} {width}")
        page.press("#view-name", "Enter")
        expect(page.get_by_role("status")).to_be_visible()
        check(page)
        page.locator(".views li a").click()
        page.locator(".views button").click()
        expect(page.locator(".views li")).to_have_count(0)
        page.goto(f"{UOF}/consents")
        page.fill("#value", "not an address")
        page.press("#value", "Enter")
        expect(page.get_by_role("alert")).to_be_visible()
        check(page)
        page.fill("#value", "canary1@example.kz")
        page.press("#value", "Enter")
        page.wait_for_url(re.compile(r"search=[0-9a-f-]{36}$"))
        check(page)
        page.locator(".filters a.mono").first.click()
        page.locator("main details summary").first.click()
        check(page)
        page.select_option("#because", "answer")
        page.fill("#reference", "letter 12")
        page.press("#reference", "Enter")
        expect(page.get_by_text("canary1@example.kz")).to_be_visible()
        check(page)


def test_lines_are_filtered_ticked_and_given_by_keyboard_alone(browser: Browser, served: Served) -> None:
    with page_of(browser, served, "en") as page:
        sign_in(page)
        page.goto(f"{UOF}/withdrawals")
        page.focus("#state")
        page.keyboard.type("takes effect")
        page.focus("#order")
        page.keyboard.press("ArrowDown")
        for _ in range(3):
            if page.evaluate("document.activeElement.type") == "submit":
                break
            page.keyboard.press("Tab")
        page.keyboard.press("Enter")
        page.wait_for_url(re.compile(r"state=scheduled.*order=earliest"))
        page.locator("input.tick").first.focus()
        page.keyboard.press("Space")
        page.focus("#giving")
        page.keyboard.press("ArrowDown")
        page.keyboard.press("Tab")
        page.keyboard.press("Enter")
        expect(page.get_by_role("status")).to_contain_text("changed hands")
        assert "state=scheduled" in page.url
        with page.expect_download() as kept:
            page.locator(".file button").click()
        assert kept.value.suggested_filename == "withdrawals-uof.csv"
