"""Forms as people meet them: by keyboard, without a script, on a phone, in three languages, without fault."""

import re
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from tests import sent_files
from tests.browser.conftest import House
from tests.browser.looks import Scheme, looks
from tests.browser.test_dashboard_pages import LANGUAGES, check, page_of

pytestmark = pytest.mark.browser
FOCUS = "document.activeElement"
LAST = "main form:has([name=seen]) button"  # of the review, which has others for a letter instead


def tab_to(page: Page, selector: str) -> None:
    """Move the focus with the Tab key until it is where it is wanted, and see that it shows."""
    for _ in range(60):
        if page.evaluate(f"{FOCUS}.matches({selector!r})"):
            assert (
                page.evaluate(f"getComputedStyle({FOCUS}).outlineStyle") != "none"
                or page.evaluate(f"getComputedStyle({FOCUS}).boxShadow") != "none"
            )
            return
        page.keyboard.press("Tab")
    pytest.fail(f"the Tab key does not reach {selector}")


def choose(page: Page, value: str) -> None:
    """Choose one of several with the arrow keys, and go on with Enter."""
    tab_to(page, "main input[type=radio]")
    page.keyboard.press("Space")
    for _ in range(20):
        if page.evaluate(f"{FOCUS}.value") == value:
            break
        page.keyboard.press("ArrowDown")
    assert page.evaluate(f"{FOCUS}.value") == value
    enter(page)


def enter(page: Page) -> None:
    """Press Enter, and wait for the page that comes."""
    with page.expect_navigation():
        page.keyboard.press("Enter")


def write(page: Page, field: str, words: str) -> None:
    tab_to(page, f"#{field}")
    page.keyboard.type(words)


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_consent_is_withdrawn_by_keyboard_alone_without_a_script_on_a_phone(
    browser: Browser, house: House, language: str
) -> None:
    house.wait()
    context = browser.new_context(
        locale=language, java_script_enabled=False, viewport={"width": 320, "height": 800}, base_url=house.served.url
    )
    page = context.new_page()
    page.goto("/r/uof")
    expect(page.locator("html")).to_have_attribute("lang", language)
    choose(page, "withdrawal")
    choose(page, "all")
    choose(page, "self")
    write(page, "full_name", "Айжан Сапарова")
    write(page, "email", f"{language}@example.kz")
    enter(page)
    tab_to(page, "button[value=send]")
    enter(page)
    write(page, "code", "1")
    enter(page)
    expect(page.get_by_role("alert")).to_be_visible()
    assert page.title().startswith({"kk": "Қате", "ru": "Ошибка", "en": "Error"}[language])
    write(page, "code", house.code())
    enter(page)
    expect(page.locator(".foreseen").first).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth")
    tab_to(page, "main form button")
    enter(page)
    expect(page.locator(".done")).to_be_visible()
    link = page.locator("a[href*='/r/track/']").get_attribute("href")
    assert link
    page.goto(link.removeprefix("http://127.0.0.1:8000"))
    write(page, "text", "Рақмет")
    tab_to(page, "button[value=message]")
    enter(page)
    expect(page.locator(".messages li")).to_have_count(1)
    context.close()


@pytest.mark.parametrize(("language", "scheme", "width"), looks(__name__))
def test_every_page_of_a_form_is_without_fault(
    browser: Browser, house: House, language: str, scheme: Scheme, width: int, tmp_path: Path
) -> None:
    house.wait()
    deed = tmp_path / "deed.pdf"
    deed.write_bytes(sent_files.pdf())
    with page_of(browser, house.served, language, scheme, width) as page:

        def go_on() -> None:
            page.locator("main form button:not([value=remove]):not([value=add])").last.click()

        def fail_and_check() -> None:
            check(page)
            go_on()
            expect(page.get_by_role("alert")).to_be_visible()
            check(page)

        page.goto("/r/uof/letter")
        fail_and_check()
        page.goto("/r/uof")
        fail_and_check()
        page.check("input[value=correction]")
        go_on()
        fail_and_check()
        page.check("input[value=none]")
        go_on()
        fail_and_check()
        page.fill("#text", "Аты-жөнім қате жазылған")
        go_on()
        fail_and_check()
        page.check("input[value=other]")
        go_on()
        fail_and_check()
        page.fill("#name", "Сапар Сапаров")
        page.check("input[value=attorney]")
        page.fill("#basis", "Сенімхат")
        go_on()
        check(page)
        page.set_input_files("#file", {"name": "x.svg", "mimeType": "image/svg+xml", "buffer": b"<svg/>"})
        page.locator("button[value=add]").click()
        expect(page.get_by_role("alert")).to_be_visible()
        check(page)
        page.set_input_files("#file", deed)
        page.locator("button[value=add]").click()
        expect(page.locator("main")).to_contain_text("deed.pdf")
        check(page)
        page.locator("button[value=onward]").click()
        fail_and_check()
        page.fill("#full_name", "Айжан Сапарова")
        page.fill("#email", f"{language}.{scheme}.{width}@example.kz")
        go_on()
        check(page)
        page.locator("button[value=without]").click()
        check(page)
        house.wait()
        page.locator("main form button").click()
        expect(page.locator(".done")).to_be_visible()
        check(page)
        link = page.locator("a[href*='/r/track/']").get_attribute("href")
        assert link
        page.goto(link.removeprefix("http://127.0.0.1:8000"))
        check(page)
        page.locator("button[value=message]").click()
        expect(page.get_by_role("alert")).to_be_visible()
        check(page)
        page.goto("/r/uof/nothing/review")
        check(page)


@pytest.mark.parametrize(("language", "scheme", "width"), looks(__name__))
def test_every_page_of_a_withdrawal_is_without_fault(
    browser: Browser, house: House, language: str, scheme: Scheme, width: int
) -> None:
    house.wait()
    with page_of(browser, house.served, language, scheme, width) as page:
        page.goto("/r/5qbe")
        page.check("input[value=withdrawal]")
        page.locator("main form button").click()
        check(page)
        page.check("input[value=some]")
        page.locator("main form button").click()
        expect(page.get_by_role("alert")).to_be_visible()
        check(page)
        page.locator("input[name=purposes]").first.check()
        page.locator("main form button").click()
        page.check("input[value=self]")
        page.locator("main form button").click()
        page.fill("#full_name", "Айжан")
        page.fill("#email", f"w.{language}.{scheme}.{width}@example.kz")
        page.locator("main form button").click()
        page.locator("button[value=send]").click()
        expect(page.locator("#code")).to_be_visible()
        check(page)
        page.locator("button[value=without]").click()
        check(page)
        page.locator(LAST).click()
        expect(page.locator(".done")).to_be_visible()
        check(page)


def test_a_browser_with_scripts_does_the_work_that_a_code_is_asked_for_with(browser: Browser, house: House) -> None:
    house.wait()
    with page_of(browser, house.served, "en") as page:
        page.goto("/r/dar")
        page.check("input[value=access]")
        page.locator("main form button").click()
        page.locator("main form button").click()
        page.check("input[value=self]")
        page.locator("main form button").click()
        page.fill("#full_name", "Айжан")
        page.fill("#email", "worker@example.kz")
        page.locator("main form button").click()
        house.wait()
        with page.expect_request(lambda one: one.method == "POST") as sent:
            page.locator("button[value=send]").click()
        expect(page.locator("#code")).to_be_visible()
        assert re.search(r"work=[A-Za-z0-9%]{200}", sent.value.post_data or "")
        assert "act=send" in (sent.value.post_data or "")


def test_what_is_wrong_takes_the_focus_and_leads_to_its_field(browser: Browser, house: House) -> None:
    house.wait()
    with page_of(browser, house.served, "en") as page:
        page.goto("/r/dar")
        page.check("input[value=withdrawal]")
        page.locator("main form button").click()
        page.check("input[value=all]")
        page.locator("main form button").click()
        page.check("input[value=self]")
        page.locator("main form button").click()
        page.fill("#email", "wrong")
        page.locator("main form button").click()

        expect(page.locator(".problem")).to_be_focused()
        page.get_by_role("alert").get_by_role("link").nth(1).click()
        expect(page.locator("#email")).to_be_focused()
        expect(page.locator("#email")).to_have_attribute("aria-describedby", "email-wrong")
        expect(page.locator("#email")).to_have_value("wrong")


def test_back_after_sending_shows_the_receipt_and_sends_nothing_again(browser: Browser, house: House) -> None:
    house.wait()
    with page_of(browser, house.served, "en") as page:
        page.goto("/r/dar")
        page.check("input[value=withdrawal]")
        for answer in ("all", "self"):
            page.locator("main form button").click()
            page.check(f"input[value={answer}]")
        page.locator("main form button").click()
        page.fill("#full_name", "Айжан")
        page.fill("#phone", "+7 701 000 00 01")
        page.locator("main form button").click()
        page.locator(LAST).click()
        number = page.locator(".done dd.mono").inner_text()
        page.go_back()
        expect(page.locator(".done dd.mono")).to_have_text(number)
