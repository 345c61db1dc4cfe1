"""The inspection pack, first steps and details of the operator: without fault, kept up to date, without a script."""

import pytest
from playwright.sync_api import Browser, expect

from consent_service.jobs.runner import find_job, run_now
from consent_service.services import services
from tests.browser.conftest import SIGHTS, Served
from tests.browser.test_dashboard_pages import check, page_of, sign_in

pytestmark = pytest.mark.browser
UOF = "/dashboard/uof"


def work(served: Served) -> None:
    with served.app.app_context():
        assert run_now(services(), find_job("inspections.make")).failed == 0


@pytest.mark.parametrize(("language", "width"), SIGHTS)
def test_a_pack_is_asked_for_told_of_while_somebody_writes_and_taken(
    browser: Browser, served: Served, language: str, width: int
) -> None:
    with page_of(browser, served, language, width=width) as page:
        sign_in(page)
        for path in ("/first-steps", "/operator", "/inspections"):
            page.goto(UOF + path)
            check(page)
        packs = page.locator("#packs form button").count()
        page.fill("#since", "2026-10-01")
        page.press("#since", "Enter")
        expect(page.locator("#packs[data-live]")).to_be_visible()
        check(page)
        page.focus("#until")
        place = page.evaluate("window.marked = 1; window.scrollY")

        work(served)

        expect(page.locator("#packs form button")).to_have_count(packs + 1)  # by itself
        assert page.evaluate("[document.activeElement.id, window.marked, window.scrollY]") == ["until", 1, place]
        check(page)
        with page.expect_download() as taken:
            page.locator("#packs form button").first.click()
        assert taken.value.suggested_filename.startswith("inspection-uof-")


def test_without_a_script_somebody_looks_again(browser: Browser, served: Served) -> None:
    context = browser.new_context(locale="en", base_url=served.url, java_script_enabled=False)
    page = context.new_page()
    sign_in(page)
    page.goto(f"{UOF}/inspections")
    packs = page.locator("#packs form button").count()
    page.press("#since", "Enter")
    expect(page.locator("#packs tbody tr", has_text="waits for the worker")).to_have_count(1)

    work(served)
    page.click("#again")

    expect(page.locator("#packs form button")).to_have_count(packs + 1)
    context.close()
