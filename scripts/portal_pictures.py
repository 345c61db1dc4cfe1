"""The pages that people meet without an account, one after another, as pictures: texts, a request, a withdrawal."""

from collections.abc import Callable
from pathlib import Path

from playwright.sync_api import Page

Snap = Callable[[str], None]
TEXTS = {
    "documents": "/p/worksection",
    "text": "/p/worksection/privacy-policy",
    "version": "/p/worksection/privacy-policy/2022-07-31",
    "announced": "/p/worksection/dpa",
    "check": "/check",
    "letter": "/r/uof/letter",
    "over": "/r/uof/nothing/review",
}


def take_portal(page: Page, folder: Path, ending: str, wait: Callable[[], None]) -> None:
    """Walk through the pages and take a picture of each; ``wait`` lets some seconds pass for the service."""

    def snap(name: str) -> None:
        page.screenshot(path=folder / f"{name}-{ending}.png", full_page=True)

    for name, path in TEXTS.items():
        page.goto(path)
        snap(f"portal-{name}")
    page.goto("/r/uof")
    snap("request-start")
    page.check("input[value=correction]")
    _go_on(page)
    page.check("input[value=none]")
    snap("request-document")
    _go_on(page)
    _go_on(page)
    snap("request-words-wrong")
    page.fill("#text", "Аты-жөнім қате жазылған, дұрысы: Айжан.")
    _go_on(page)
    page.check("input[value=other]")
    snap("request-who")
    _go_on(page)
    page.fill("#name", "Сапар Сапаров")
    page.check("input[value=attorney]")
    page.fill("#basis", "2026-03-01")
    snap("request-representative")
    _go_on(page)
    snap("request-files")
    _go_on(page)
    wait()
    _end(page, snap, "request")
    page.goto("/r/dar")
    page.check("input[value=withdrawal]")
    _go_on(page)
    page.check("input[value=all]")
    snap("withdrawal-purposes")
    _go_on(page)
    page.check("input[value=self]")
    _go_on(page)
    _end(page, snap, "withdrawal")


def take_own(page: Page, folder: Path, ending: str, open_page: Callable[[], str]) -> None:
    """Walk through the page of somebody's own consents; ``open_page`` returns its address as the site gets it."""

    def snap(name: str) -> None:
        page.screenshot(path=folder / f"own-{name}-{ending}.png", full_page=True)

    page.goto(open_page())
    snap("page")
    page.locator("a.switch.on").first.click()
    snap("withdrawal")
    page.locator("main form button").click()
    snap("withdrawn")
    page.locator("a.switch:not(.on)").first.click()
    snap("consent")
    page.locator("main form button").click()
    page.locator("form[action$=close] button").click()
    snap("closed")
    page.goto("/my/1.over")
    snap("over")


def _end(page: Page, snap: Snap, name: str) -> None:
    page.fill("#full_name", "Айжан Сапарова")
    page.fill("#phone", "+7 701 000 00 01")
    snap(f"{name}-contact")
    _go_on(page)
    snap(f"{name}-review")
    page.locator("main form:has([name=seen]) button").click()
    snap(f"{name}-receipt")


def _go_on(page: Page) -> None:
    page.locator("main form button:not([value=add])").last.click()
