"""Accounts, staff and keys in a real browser: passkeys by its virtual authenticator, each role's way, no fault of axe."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

import pyotp
import pytest
from flask import Flask
from playwright.sync_api import Browser, Page, expect

from consent_service.accounts.invitations import invite
from consent_service.exports.service import order_export
from consent_service.exports.states import ExportReason
from consent_service.jobs.runner import find_job, run_now
from consent_service.kernel.uow import Actor
from consent_service.operators.access import Role
from consent_service.operators.staff import add_staff, staff_at
from consent_service.services import services
from tests.browser.conftest import PASSWORD, Served, prepare, serve
from tests.browser.looks import Scheme, looks
from tests.browser.test_dashboard_pages import check, page_of
from tests.databases import app_on, migrated_sqlite
from tests.integration.conftest import MovableClock
from tests.office import bound

pytestmark = pytest.mark.browser
WITH_APP = "with-app@roles.example"
EXPORT = "/dashboard/uof/operator/export"
END = "/dashboard/uof/operator/end"
LEDGER = "/dashboard/uof/ledger"
OPEN_ALL = "document.querySelectorAll('main details').forEach(one => one.open = true)"


@dataclass(frozen=True)
class House:
    """The service, its clock, and an address for each role."""

    served: Served
    clock: MovableClock

    @staticmethod
    def email(role: Role) -> str:
        return f"{role}@roles.example"


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    folder, clock = tmp_path_factory.mktemp("accounts"), MovableClock()
    with app_on(f"sqlite:///{migrated_sqlite(folder)}", folder, clock, SMTP_URL="smtp://127.0.0.1:9") as app:
        prepare(app, clock)
        for role in Role:
            with app.app_context(), services().write(Actor("command", "test")) as unbound:
                add_staff(bound(unbound), House.email(role), PASSWORD, role)
        with app.app_context(), services().write(Actor("command", "test")) as unbound:
            add_staff(bound(unbound), WITH_APP, PASSWORD, Role.INTEGRATOR)
            order_export(bound(unbound), ExportReason.OWN_ARCHIVE)
        make_exports(app)
        with serve(app) as served:
            yield House(served, clock)


def make_exports(app: Flask) -> None:
    run_jobs(app, "exports.make")


def run_jobs(app: Flask, *names: str) -> None:
    with app.app_context():
        for name in names:
            assert run_now(services(), find_job(name)).failed == 0


def enter(page: Page, email: str) -> None:
    page.goto("/dashboard/sign-in")
    page.fill("#email", email)
    page.fill("#password", PASSWORD)
    page.press("#password", "Enter")


def sign_in(page: Page, role: Role) -> None:
    enter(page, House.email(role))
    page.wait_for_url(re.compile(r"/dashboard/\w+/"))


def authenticator(page: Page) -> None:
    """Give the browser an authenticator that holds passkeys and is unlocked at once."""
    cdp = page.context.new_cdp_session(page)
    cdp.send("WebAuthn.enable")
    options = {
        "protocol": "ctap2", "transport": "internal", "hasResidentKey": True, "hasUserVerification": True,
        "isUserVerified": True, "automaticPresenceSimulation": True,
    }  # fmt: skip
    cdp.send("WebAuthn.addVirtualAuthenticator", {"options": options})


def test_a_passkey_is_made_signs_in_alone_and_is_taken_away(browser: Browser, home: House) -> None:
    with page_of(browser, home.served, "en") as page:
        page.goto(home.served.url.replace("127.0.0.1", "localhost") + "/dashboard/sign-in")
        authenticator(page)
        page.fill("#email", House.email(Role.EDITOR))
        page.fill("#password", PASSWORD)
        page.press("#password", "Enter")
        page.goto(page.url.partition("/dashboard")[0] + "/account/")
        page.fill("#name", "Laptop")
        page.get_by_role("button", name="Add a passkey").click()
        expect(page.get_by_text("Laptop")).to_be_visible()
        check(page)

        page.locator("details.account summary").click()
        page.get_by_role("button", name="Sign out", exact=True).click()
        page.get_by_role("button", name="Sign in with a passkey").click()
        page.wait_for_url(re.compile(r"/dashboard/uof/documents"))

        page.goto(page.url.partition("/dashboard")[0] + "/account/")
        expect(page.get_by_text("last used")).to_be_visible()
        page.get_by_role("button", name="Remove").click()
        expect(page.get_by_text("Laptop")).to_have_count(0)
        page.locator("details.account summary").click()
        page.get_by_role("button", name="Sign out", exact=True).click()
        page.get_by_role("button", name="Sign in with a passkey").click()  # the authenticator has it, the service not
        expect(page.get_by_role("alert").filter(visible=True)).to_be_visible()
        assert "/sign-in" in page.url


def test_no_passkey_is_offered_where_the_address_is_a_number_since_browsers_make_none(
    browser: Browser, home: House
) -> None:
    with page_of(browser, home.served, "en") as page:
        page.goto("/dashboard/sign-in")
        expect(page.get_by_role("button", name="Sign in", exact=True)).to_be_visible()
        expect(page.get_by_role("button", name="Sign in with a passkey")).to_have_count(0)
        sign_in(page, Role.EDITOR)
        page.goto("/account/")
        expect(page.get_by_text("Browsers keep passkeys for a name alone")).to_be_visible()
        expect(page.get_by_role("button", name="Add a passkey")).to_have_count(0)
        check(page)


def test_an_answer_of_a_passkey_is_taken_once_and_not_for_another_site(browser: Browser, home: House) -> None:
    with page_of(browser, home.served, "en") as page:
        base = home.served.url.replace("127.0.0.1", "localhost")
        page.goto(base + "/dashboard/sign-in")
        authenticator(page)
        page.fill("#email", House.email(Role.AUDITOR))
        page.fill("#password", PASSWORD)
        page.press("#password", "Enter")
        page.goto(base + "/account/")
        page.fill("#name", "Telephone")
        page.get_by_role("button", name="Add a passkey").click()
        expect(page.get_by_text("Telephone", exact=True)).to_be_visible()
        page.locator("details.account summary").click()
        page.get_by_role("button", name="Sign out", exact=True).click()
        sent: list[str] = []
        page.on("request", lambda one: sent.append(one.post_data or "") if one.url.endswith("/passkey") else None)
        page.get_by_role("button", name="Sign in with a passkey").click()
        page.wait_for_url(re.compile(r"/dashboard/uof/$"))

        again = page.context.request
        page.goto(base + "/account/")
        page.locator("details.account summary").click()
        page.get_by_role("button", name="Sign out", exact=True).click()
        token = page.locator("input[name=csrf_token]").first.input_value()
        body = re.sub(r"csrf_token=[^&]+", f"csrf_token={token}", sent[0])
        kind = {"Content-Type": "application/x-www-form-urlencoded"}
        replayed = again.post(base + "/dashboard/sign-in/passkey", data=body, headers=kind, max_redirects=0)

        assert replayed.status == 403


def test_an_app_is_set_up_and_its_code_asked_for_without_javascript(browser: Browser, home: House) -> None:
    context = browser.new_context(base_url=home.served.url, locale="en", java_script_enabled=False)
    page = context.new_page()
    enter(page, WITH_APP)
    page.goto("/account/")
    page.get_by_role("button", name="Set up an app").click()
    app = pyotp.TOTP(page.locator("#secret").inner_text())
    page.fill("#code", app.at(home.clock.now))
    page.get_by_role("button", name="Use this app").click()
    expect(page.locator("section.foreseen li")).to_have_count(10)
    context.clear_cookies()
    enter(page, WITH_APP)
    home.clock.move(minutes=1)
    page.fill("#code", app.at(home.clock.now))
    page.press("#code", "Enter")
    page.wait_for_url(re.compile(r"/dashboard/uof/forms"))
    context.close()


@pytest.mark.parametrize(("language", "scheme", "width"), looks(__name__))
def test_pages_of_accounts_staff_and_keys_are_without_fault(
    browser: Browser, home: House, language: str, scheme: Scheme, width: int
) -> None:
    with home.served.app.app_context(), services().write(Actor("command", "test")) as unbound:
        uow = bound(unbound)
        invite(
            uow, f"{language}-{width}@roles.example", Role.ASSIGNEE, language, staff_at(uow, House.email(Role.OWNER))
        )
    with page_of(browser, home.served, language, scheme, width) as page:
        sign_in(page, Role.OWNER)
        for path in (
            "/dashboard/uof/staff",
            "/dashboard/uof/keys",
            "/dashboard/uof/mine",
            EXPORT,
            END,
            "/account/operators",
            "/account/",
        ):
            page.goto(path)
            page.evaluate(OPEN_ALL)
            check(page)
        page.locator("form[action='/account/app'] button, #secret").first.click()
        expect(page.locator("img.code")).to_be_visible()
        check(page)
        page.goto("/dashboard/uof/letters")
        page.evaluate(OPEN_ALL)
        check(page)
        home.clock.move(minutes=11)
        page.goto("/dashboard/uof/recipients/register.csv")
        expect(page.locator("#confirm_proof")).to_be_visible()
        check(page)


def test_an_owner_asks_for_everything_sees_it_made_and_takes_it(browser: Browser, home: House) -> None:
    with page_of(browser, home.served, "en") as page:
        sign_in(page, Role.OWNER)
        page.goto("/dashboard/uof/operator")
        page.get_by_role("link", name="Full export").click()
        ready = page.locator("#exports form button").count()
        page.select_option("#because", "contract_end")
        page.get_by_role("button", name="Make the export").click()
        expect(page.locator("#exports[data-live]")).to_be_visible()
        check(page)

        make_exports(home.served.app)

        expect(page.locator("#exports form button")).to_have_count(ready + 1)  # by itself
        with page.expect_download() as taken:
            page.locator("#exports form button").first.click()
        assert taken.value.suggested_filename.startswith("export-uof-")


def test_an_owner_orders_a_check_of_the_ledger_and_sees_what_it_comes_to(browser: Browser, home: House) -> None:
    run_jobs(home.served.app, "ledger.seal", "ledger.publish")
    with page_of(browser, home.served, "ru", width=320) as page:
        sign_in(page, Role.OWNER)
        page.goto(LEDGER)
        page.locator("#check-now").click()
        expect(page.locator("#checks[data-live]")).to_be_visible()
        check(page)

        run_jobs(home.served.app, "ledger.check")

        expect(page.locator("#check-now")).to_be_visible()  # by itself
        expect(page.locator("#checks .tag.good").first).to_be_visible()
        page.evaluate(OPEN_ALL)
        check(page)
        assert "/ledger/1+" in page.locator("#key").inner_text()


@pytest.mark.parametrize("role", Role)
def test_each_role_walks_every_page_that_it_is_shown_and_meets_no_refusal(
    browser: Browser, home: House, role: Role
) -> None:
    with page_of(browser, home.served, "ru") as page:
        sign_in(page, role)
        page.goto("/dashboard/")
        paths = page.locator("nav.sections a").evaluate_all("links => links.map(link => link.pathname)")
        for path in paths or [page.url]:
            answer = page.goto(path)
            assert answer
            assert answer.status == 200, path
