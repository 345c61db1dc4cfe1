"""The pages as people meet them: in three languages, wide and narrow, by keyboard, without a fault that axe knows."""

import re
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect

from tests.browser.conftest import EMAIL, PASSWORD, Served
from tests.browser.looks import Scheme, looks

pytestmark = pytest.mark.browser
LANGUAGES = ("kk", "ru", "en")
WIDTHS = (1280, 320)


@contextmanager
def page_of(
    browser: Browser, served: Served, language: str, scheme: Scheme = "light", width: int = 1280
) -> Iterator[Page]:
    """Open a page, and fail on anything said on its console."""
    context = browser.new_context(
        locale=language,
        color_scheme=scheme,
        viewport={"width": width, "height": 900},
        base_url=served.url,
    )
    page = context.new_page()
    said: list[str] = []
    page.on("console", lambda message: said.append(message.text) if message.type in {"error", "warning"} else None)
    page.on("pageerror", lambda error: said.append(str(error)))
    try:
        yield page
        assert [text for text in said if "status of 4" not in text] == []  # a page may say that it refuses
    finally:
        context.close()


def sign_in(page: Page) -> None:
    page.goto("/dashboard/")
    page.fill("#email", EMAIL)
    page.fill("#password", PASSWORD)
    page.press("#password", "Enter")
    page.wait_for_url(re.compile(r"/dashboard/\w+/$"))


def check(page: Page) -> None:
    """Assert that axe finds nothing, and that the page fits wide and narrow."""
    found = Axe().run(page)
    assert found.violations_count == 0, found.generate_report()
    seen = page.viewport_size
    assert seen
    for width in WIDTHS:
        page.set_viewport_size({"width": width, "height": seen["height"]})
        assert page.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth")
        small = page.evaluate(
            "[...document.querySelectorAll('a, button, summary, input:not([type=hidden])')]"
            ".filter(e => e.offsetParent && !e.classList.contains('skip') && e.getBoundingClientRect().height < 23.5"
            " && getComputedStyle(e).display !== 'inline').map(e => e.outerHTML)"
        )
        assert small == []
    page.set_viewport_size(seen)


@pytest.mark.parametrize(("language", "scheme", "width"), looks(__name__))
def test_every_page_is_without_fault(
    browser: Browser, served: Served, language: str, scheme: Scheme, width: int
) -> None:
    with page_of(browser, served, language, scheme, width) as page:
        page.goto("/dashboard/sign-in")
        expect(page.locator("html")).to_have_attribute("lang", language)
        check(page)
        page.fill("#email", "nobody@example.kz")
        page.fill("#password", "wrong password here")
        page.press("#password", "Enter")
        expect(page.get_by_role("alert")).to_be_visible()
        check(page)
        sign_in(page)
        page.goto("/dashboard/uof/")
        expect(page.locator("html")).to_have_attribute("lang", language)
        for summary in page.locator("table.due summary").all()[:2]:
            summary.click()
        check(page)
        page.goto("/dashboard/nobody-s/")
        check(page)


def test_the_list_is_reached_and_read_by_keyboard_alone(browser: Browser, served: Served) -> None:
    with page_of(browser, served, "en") as page:
        page.goto("/dashboard/")
        for _ in range(12):
            if page.evaluate("document.activeElement.id") == "email":
                break
            page.keyboard.press("Tab")
        page.keyboard.type(EMAIL)
        page.keyboard.press("Tab")
        page.keyboard.type(PASSWORD)
        page.keyboard.press("Enter")
        page.wait_for_url(re.compile(r"/dashboard/\w+/$"))
        page.goto("/dashboard/uof/")
        page.keyboard.press("Tab")
        assert page.evaluate("document.activeElement.className") == "skip"
        page.keyboard.press("Enter")
        for _ in range(40):
            page.keyboard.press("Tab")
            if page.evaluate("document.activeElement.tagName") == "SUMMARY" and page.evaluate(
                "!!document.activeElement.closest('table')"
            ):
                break
        page.keyboard.press("Enter")
        assert page.evaluate("document.activeElement.closest('details').open")
        outline = page.evaluate("getComputedStyle(document.activeElement).outlineStyle")
        assert outline != "none"


def test_the_list_is_in_order_masks_people_and_says_days_in_words(browser: Browser, served: Served) -> None:
    with page_of(browser, served, "ru") as page:
        sign_in(page)
        page.goto("/dashboard/uof/duties")
        dates = [text.split(".")[::-1] for text in page.locator("table.due .date").all_inner_texts()]
        assert dates
        assert dates == sorted(dates)
        body = page.inner_text("main")
        assert "просрочено на" in body
        assert "рабочих дней" in body
        assert "Закон 94-V, статья 8, пункт 7" in body
        for planted in ("canary", "Канарейкина", "person-"):
            assert planted not in page.content()


def test_language_and_operator_are_switched_and_signing_out_ends_the_session(browser: Browser, served: Served) -> None:
    with page_of(browser, served, "en") as page:
        sign_in(page)
        page.get_by_role("link", name="Қазақша").click()
        expect(page.locator("html")).to_have_attribute("lang", "kk")
        page.get_by_role("link", name="dar", exact=True).click()
        expect(page.locator("h1")).to_contain_text("DAR Solutions")
        page.locator(".account summary").click()
        page.get_by_role("button", name="Шығу", exact=True).click()
        page.wait_for_url(re.compile("/sign-in"))
        page.goto("/dashboard/uof/")
        assert "/sign-in" in page.url
