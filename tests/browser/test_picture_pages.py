"""Pictures as people meet them: without fault, readable without colour, on a narrow screen, without a script."""

import pytest
from playwright.sync_api import Browser, expect

from tests.browser.conftest import Served
from tests.browser.looks import Scheme, looks
from tests.browser.test_dashboard_pages import check, page_of, sign_in

pytestmark = pytest.mark.browser


@pytest.mark.parametrize(("language", "scheme", "width"), looks(__name__))
def test_pictures_are_without_fault(
    browser: Browser, served: Served, language: str, scheme: Scheme, width: int
) -> None:
    with page_of(browser, served, language, scheme, width) as page:
        sign_in(page)
        page.goto("/dashboard/uof/pictures")
        check(page)
        for summary in page.locator(".picture summary").all():
            summary.click()
        expect(page.locator(".picture table").first).to_be_visible()
        check(page)
        wide = page.evaluate(
            "[...document.querySelectorAll('.plot')].filter(e => e.getBoundingClientRect().width > innerWidth).length"
        )
        assert wide == 0


def test_each_line_of_a_picture_has_a_filling_of_its_own(browser: Browser, served: Served) -> None:
    with page_of(browser, served, "en") as page:
        sign_in(page)
        page.goto("/dashboard/uof/pictures")
        given, withdrawn = page.locator("#answers svg").all()
        assert given.locator("rect.bar-full").count() > 0
        assert withdrawn.locator("rect.bar-outline").first.get_attribute("fill") == "url(#plot-answers-2-1)"
        with page.expect_download() as kept:
            page.get_by_role("link", name="CSV: Consents given and withdrawn").click()
        assert kept.value.suggested_filename == "answers-uof.csv"
