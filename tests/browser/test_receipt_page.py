"""The page that checks receipts, in a real browser: a file is dropped, the words are read, nothing is at fault."""

import json
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from consent_service.kernel.uow import Actor
from consent_service.operators.service import create_credential
from consent_service.services import services
from tests.browser.conftest import Served
from tests.browser.looks import Scheme, looks
from tests.browser.test_dashboard_pages import check, page_of
from tests.factories import consent, seed_policies
from tests.integration.conftest import Api

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def receipt(served: Served, tmp_path_factory: pytest.TempPathFactory) -> tuple[str, Path]:
    """The number of a consent, and its printed receipt."""
    with served.app.app_context(), services().write(Actor("command", "test")) as unbound:
        _, secret = create_credential(unbound.for_operator(seed_policies.number(unbound, "uof")), "receipts")
    api = Api(served.app.test_client(), secret)
    number = json.loads(api.post("/consents", consent()).text)["id"]
    file = tmp_path_factory.mktemp("receipts") / "receipt.pdf"
    file.write_bytes(api.get(f"/consents/{number}/receipt.pdf", lang="kk").data)
    return number, file


@pytest.mark.parametrize(("language", "scheme", "width"), looks(__name__))
def test_a_receipt_is_checked_on_a_page_without_fault(
    browser: Browser, served: Served, receipt: tuple[str, Path], language: str, scheme: Scheme, width: int
) -> None:
    number, file = receipt
    with page_of(browser, served, language, scheme, width) as page:
        page.goto("/check")
        check(page)
        page.fill("#text", "no receipt")
        page.locator("main form button").click()
        expect(page.get_by_role("alert")).to_be_visible()
        check(page)
        page.set_input_files("#file", file)
        page.locator("main form button").click()
        expect(page.locator("main")).to_contain_text(number)
        expect(page.locator(".finding.good").nth(1)).to_be_visible()
        check(page)
        page.goto(f"/check/{number}")
        expect(page.locator(".finding.good").first).to_be_visible()
        check(page)
        page.goto("/check/00000000-0000-0000-0000-000000000000")
        check(page)
