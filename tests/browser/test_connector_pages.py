"""The page of connected systems is without a fault that axe knows: empty, with systems, checked, tried."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from tests.browser.conftest import Served
from tests.browser.looks import Scheme, looks
from tests.browser.test_dashboard_pages import check, page_of, sign_in
from tests.crm import CRM, PEOPLE, TABLES, Crm, connect, disconnect

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def connected(served: Served, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Crm]:
    crm = Crm("sqlite", f"sqlite:///{Path(tmp_path_factory.mktemp('crm')) / 'crm.db'}")
    crm.run(*TABLES, *PEOPLE)
    connect(served.app, CRM.format(dialect="sqlite"), {"crm": crm.url})
    yield crm
    disconnect(served.app)


@pytest.mark.parametrize(("language", "scheme", "width"), looks(__name__))
def test_connected_systems_are_without_fault(
    browser: Browser, served: Served, connected: Crm, language: str, scheme: Scheme, width: int
) -> None:
    connected.run("DROP TABLE IF EXISTS complaints")
    with page_of(browser, served, language, scheme, width) as page:
        sign_in(page)
        page.goto("/dashboard/dar/connectors")
        check(page)
        page.goto("/dashboard/uof/connectors")
        check(page)
        page.fill("#subject", "person-1")
        page.press("#subject", "Enter")
        expect(page.get_by_text("invoices: clear columns")).to_be_visible()
        check(page)
        connected.run(
            "CREATE TABLE IF NOT EXISTS complaints (id INTEGER PRIMARY KEY, c INTEGER REFERENCES customers (id))"
        )
        page.locator("button[value=check]").click()
        expect(page.locator("ul[lang=en]")).to_be_visible()
        check(page)
