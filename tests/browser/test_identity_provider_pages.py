"""A real identity provider and a real browser: in by it, with a code, confirmed anew there, out again at both."""

import os
import re
import shutil
import socket
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from consent_service.kernel.clock import system_clock
from consent_service.kernel.uow import Actor
from consent_service.operators.access import Role
from consent_service.operators.staff import add_staff
from consent_service.schema import migrate
from consent_service.services import services
from scripts.assets import NPM_FILES, ROOT, npm
from tests.browser.conftest import PASSWORD, Served, serve
from tests.browser.looks import Scheme
from tests.browser.test_dashboard_pages import check, page_of
from tests.databases import app_on
from tests.factories import seed_policies
from tests.office import bound

pytestmark = pytest.mark.browser
SECRET, EDITOR, AUDITOR = "a secret of the two", "editor@acme.example", "unverified@acme.example"
BEGIN = "Sign in through ACME ID"


def missing(what: str) -> None:
    """Skip with the reason, or fail where nothing may be skipped."""
    if os.environ.get("REQUIRE_EXAMPLES") == "1":
        pytest.fail(f"there is no {what}")
    pytest.skip(f"there is no {what}")


@contextmanager
def provider(folder: Path, service: str) -> Iterator[str]:
    """Run a provider by Node.js, installed as the lock file pins it; yields how it calls itself."""
    if not shutil.which("node"):
        missing("Node.js (Debian: apt-get install nodejs npm)")
    for file in NPM_FILES:
        shutil.copy(ROOT / file, folder)
    shutil.copy(ROOT / "tests" / "provider.mjs", folder)
    install = [*npm(folder), "ci", "--ignore-scripts", "--loglevel=error"]
    if subprocess.run(install, check=False, cwd=folder, capture_output=True).returncode:
        missing("identity provider, which npm could not install")
    command = ["node", "provider.mjs", "kelisim", SECRET, service]
    with subprocess.Popen(command, cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as running:
        try:
            assert running.stdout
            issuer = next((line.strip() for line in running.stdout if line.startswith("http://")), "")
            if not issuer:
                missing("identity provider that this Node.js can run: 20 or newer is needed")
            yield issuer
        finally:
            running.kill()


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """A service whose staff come by the provider; both go by the clock of this machine."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    place, service = tmp_path_factory.mktemp("service"), f"http://127.0.0.1:{port}"
    with provider(tmp_path_factory.mktemp("provider"), service) as issuer:
        settings = {
            "OIDC_ISSUER": issuer,
            "OIDC_CLIENT_ID": "kelisim",
            "OIDC_CLIENT_SECRET": SECRET,
            "OIDC_NAME": "ACME ID",
            "INSECURE_ALLOW_PRIVATE_ADDRESSES": "1",
        }
        with app_on(f"sqlite:///{place / 'kelisim.db'}", place, system_clock, **settings) as app:
            migrate(app)
            seed_policies(app)
            with app.app_context(), services().write(Actor("command", "test")) as unbound:
                add_staff(bound(unbound), EDITOR, PASSWORD, Role.EDITOR)
                add_staff(bound(unbound), AUDITOR, PASSWORD, Role.AUDITOR)
            with serve(app, port) as served:
                yield served


@contextmanager
def opened(
    browser: Browser, house: Served, language: str, scheme: Scheme = "light", width: int = 1280
) -> Iterator[Page]:
    """Open a page; the letters that the provider's own pages want from elsewhere come from nowhere."""
    with page_of(browser, house, language, scheme, width) as page:
        page.context.route(re.compile("^https://"), lambda one: one.fulfill(body="", content_type="text/css"))
        yield page


def at_provider(page: Page, email: str, *, agree: bool = True) -> None:
    """Say there who one is, and the first time agree that it is told."""
    page.fill("input[name=login]", email)
    page.fill("input[name=password]", "whatever")
    page.locator("button[type=submit]").click()
    if agree:
        page.get_by_role("button", name="Continue").click()


def test_in_by_a_real_provider_confirmed_there_anew_and_out_at_both(browser: Browser, house: Served) -> None:
    with opened(browser, house, "en") as page:
        page.goto("/dashboard/uof/changes")
        check(page)
        page.get_by_role("button", name=BEGIN).click()
        at_provider(page, EDITOR)
        page.wait_for_url(re.compile(r"/dashboard/uof/changes$"))

        page.goto("/account/")
        expect(page.locator("#provider ~ p .tag").first).to_have_text("tied")
        check(page)
        page.get_by_role("button", name="Set up an app").click()  # a session at the provider proves nothing just now
        check(page)
        with page.expect_popup() as popup:
            page.get_by_role("link", name="Confirm there").click()
        beside = popup.value
        at_provider(beside, EDITOR, agree=False)
        expect(beside.get_by_role("heading", name="It is you")).to_be_visible()
        beside.close()
        page.get_by_role("button", name="I have confirmed it there, go on").click()
        expect(page.locator("#secret")).to_be_visible()

        page.goto("/dashboard/uof/documents")
        page.locator("details.account summary").click()
        page.get_by_role("button", name="Sign out", exact=True).click()
        check(page)
        page.get_by_role("button", name="Sign out at ACME ID as well").click()
        page.get_by_role("button", name="Yes, sign me out").click()
        page.wait_for_url(re.compile(r"/dashboard/sign-in"))
        page.get_by_role("button", name=BEGIN).click()
        expect(page.locator("input[name=login]")).to_be_visible()  # there as well


@pytest.mark.parametrize("language", ["kk", "ru", "en"])
def test_an_address_that_the_provider_has_not_verified_is_refused_in_words(
    browser: Browser, house: Served, language: str
) -> None:
    with opened(browser, house, language, "dark", 320) as page:
        page.goto("/dashboard/sign-in/provider")
        at_provider(page, AUDITOR)
        expect(page.locator("h1")).to_be_visible()
        assert "/sign-in/provider/answer" in page.url
        assert AUDITOR not in page.content()
        check(page)
        page.locator("a[role=button]").click()
        expect(page.locator("#email")).to_be_visible()
